"""Days and times: what has one reading is read, what has two is refused with both."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from handoutpress.reading.days import UnclearDate, quoted, read_day, read_day_and_time, read_time

if TYPE_CHECKING:
    from handoutpress.reading.days import DateOrder

DAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-23", "2026/11/23", "2026.11.23", "23.11.2026", "23. 11. 2026"),
        *("23/11/2026", "11/23/2026", "23-11-2026", "11-23-2026"),
        *("23-Nov-2026", "23 Nov 2026", "23 nov. 2026", "23/NOV/2026", "23. November 2026"),
        *("Nov 23, 2026", "Nov. 23, 2026", "November 23, 2026", "november 23 2026", "Nov 23,2026"),
        *("23 de noviembre de 2026", "23 de Noviembre del 2026", "23 noviembre 2026", "23-nov-2026"),
        *("2026-11-23 00:00:00", "2026-11-23T00:00:00", "2026-11-23T00:00:00.000", "23.11.2026 0:00"),
        *("11/23/2026 12:00:00 AM", "23/11/2026 12:00:00 a. m.", "23 Nov 2026 00:00"),
        *(" 2026-11-23 ", "2026-11-23\t", "23\u00a0Nov\u00a02026", "Nov  23,  2026"),
    ],
)
def test_reads_a_day(text: str) -> None:
    assert read_day(text) == DAY


@pytest.mark.parametrize(
    ("names", "month"),
    [
        ("January Jan enero ene ene.", 1),
        ("February Feb febrero feb.", 2),
        ("March Mar marzo mar.", 3),
        ("April Apr abril abr abr.", 4),
        ("May mayo may.", 5),
        ("June Jun junio jun.", 6),
        ("July Jul julio jul.", 7),
        ("August Aug agosto ago ago.", 8),
        ("September Sep Sept septiembre setiembre sep. sept.", 9),
        ("October Oct octubre oct.", 10),
        ("November Nov noviembre nov.", 11),
        ("December Dec diciembre dic dic. DIC", 12),
    ],
)
def test_every_month_by_name(names: str, month: int) -> None:
    for name in names.split():
        assert read_day(f"9 {name} 2026") == dt.date(2026, month, 9), name
        assert read_day(f"{name} 9, 2026") == dt.date(2026, month, 9), name


@pytest.mark.parametrize("text", ["3/3/2026", "03-03-2026", "3.3.2026"])
def test_two_readings_that_agree_are_one(text: str) -> None:
    assert read_day(text) == dt.date(2026, 3, 3)


@pytest.mark.parametrize("text", ["03/04/2026", "03-04-2026", "3/4/2026", "03/04/2026 00:00:00"])
def test_two_readings_are_refused_with_both(text: str) -> None:
    with pytest.raises(UnclearDate, match="two ways: 3 April 2026 or 4 March 2026") as caught:
        read_day(text)
    assert caught.value.hint == "write it as 2026-04-03 or 2026-03-04"


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("03/04/2026", "day-month", (2026, 4, 3)),
        ("03/04/2026", "month-day", (2026, 3, 4)),
        ("03-04-2026", "month-day", (2026, 3, 4)),
        ("03.04.2026", "month-day", (2026, 4, 3)),  # dots always have the day first
        ("03.04.2026", None, (2026, 4, 3)),
        ("2026-03-04", "day-month", (2026, 3, 4)),
        ("23/11/2026", "day-month", (2026, 11, 23)),
        ("11/23/2026", "month-day", (2026, 11, 23)),
    ],
)
def test_an_order_that_was_said_decides(
    text: str, order: DateOrder | None, day: tuple[int, int, int]
) -> None:
    assert read_day(text, order) == dt.date(*day)


@pytest.mark.parametrize(
    ("text", "order", "said"),
    [
        ("11/23/2026", "day-month", "dates here have the day first"),
        ("23/11/2026", "month-day", "dates here have the month first"),
        ("11.23.2026", None, "dots: the day stands first"),
    ],
)
def test_a_date_against_the_order_is_refused(text: str, order: DateOrder | None, said: str) -> None:
    with pytest.raises(UnclearDate, match=said) as caught:
        read_day(text, order)
    assert caught.value.hint == "write it as 2026-11-23"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("23/11/26", "a year of two digits"),
        ("26-11-23", "a year of two digits"),
        ("23 Nov 26", "a year of two digits"),
        ("Nov 23, 26", "a year of two digits"),
        ("46349", "23 November 2026 in the 1900 system, 24 November 2030 in the 1904 system"),
        ("46349.0", "23 November 2026 in the 1900 system"),
        ("1899-12-31", "the year 1899 is not between 1900 and 2200"),
        ("2201-01-01", "the year 2201"),
        ("23/11/0026", "the year 0026"),
        ("2026-02-30", "not a day of the calendar"),
        ("29.02.2027", "not a day of the calendar"),
        ("31/02/2026", "not a day of the calendar"),
        ("23/13/2026", "not a day of the calendar"),
        ("30 Feb 2026", "not a day of the calendar"),
        ("2026-11-23 14:30", "has a time, and only a day belongs here"),
        ("2026-11-23T14:30:00", "has a time, and only a day belongs here"),
        ("tomorrow", "`tomorrow` is not a date"),
        ("23 Foo 2026", "is not a date"),
        ("20261123", "is not a date"),
        ("2026", "is not a date"),
        ("2026-11/23", "is not a date"),
        ("٢٠٢٦-١١-٢٣", "is not a date"),
        ("2026-11-23T00:00:00Z", "is not a date"),
        ("2026-11-23; 2026-11-24", "is not a date"),
        ("", "is not a date"),
    ],
)
@pytest.mark.parametrize("order", [None, "day-month"])
def test_refuses_what_is_no_day(text: str, said: str, order: DateOrder | None) -> None:
    with pytest.raises(UnclearDate) as caught:
        read_day(text, order)
    assert said in str(caught.value)
    assert caught.value.message == str(caught.value)
    assert "2026-11-23" in caught.value.hint


def test_the_first_and_the_last_year() -> None:
    assert read_day("1900-01-01") == dt.date(1900, 1, 1)
    assert read_day("31.12.2200") == dt.date(2200, 12, 31)


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        *(("14:30", 14, 30), ("14:30:00", 14, 30), ("9:05", 9, 5), ("00:00", 0, 0), ("23:59", 23, 59)),
        *(("2:30 pm", 14, 30), ("2:30 p.m.", 14, 30), ("2:30PM", 14, 30), ("02:30:00 p. m.", 14, 30)),
        *(("2 pm", 14, 0), ("2pm", 14, 0), ("12 pm", 12, 0), ("12:00 am", 0, 0), ("12:30 a.m.", 0, 30)),
        *((" 2:30\u202fPM ", 14, 30), ("11:59 am", 11, 59)),
    ],
)
def test_reads_a_time(text: str, hour: int, minute: int) -> None:
    assert read_time(text) == dt.time(hour, minute)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("25:00", "not a time of day"),
        ("24:00", "not a time of day"),
        ("14:60", "not a time of day"),
        ("14", "a number and not a time"),
        ("1430", "not a time"),
        ("0.604166", "not a time"),
        ("14:3", "not a time"),
        ("14:30:20", "has seconds"),
        ("14:30 pm", "pm goes with the hours 1 to 12"),
        ("0:30 am", "am goes with the hours 1 to 12"),
        ("noon", "not a time"),
        ("", "not a time"),
    ],
)
def test_refuses_what_is_no_time(text: str, said: str) -> None:
    with pytest.raises(UnclearDate, match=said) as caught:
        read_time(text)
    assert caught.value.hint == "write it as 14:30"


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-23 14:30", dt.time(14, 30)),
        ("2026-11-23T14:30", dt.time(14, 30)),
        ("2026-11-23T14:30:00", dt.time(14, 30)),
        ("23.11.2026 9:00", dt.time(9)),
        ("Nov 23, 2026, 2:30 pm", dt.time(14, 30)),
        ("November 23, 2026 at 2 pm", dt.time(14)),
        ("23 de noviembre de 2026 14:30", dt.time(14, 30)),
        ("11/23/2026 2:30:00 PM", dt.time(14, 30)),
        ("2026-11-23", None),
        ("2026-11-23 00:00:00", None),  # a spreadsheet's plain day
    ],
)
def test_reads_a_day_and_its_time(text: str, time: dt.time | None) -> None:
    assert read_day_and_time(text) == (DAY, time)


@pytest.mark.parametrize("text", ["14:30", "2026-11-23 14", "2026-11-23 25:00", "03/04/2026 14:30"])
def test_refuses_a_day_and_time_that_are_not(text: str) -> None:
    with pytest.raises(UnclearDate):
        read_day_and_time(text)


def test_a_message_repeats_nothing_a_terminal_would_act_on() -> None:
    assert quoted("\x1b[31mred\u202e\n" + "x" * 500) == f"`�[31mred� {'x' * 30}…`"
    with pytest.raises(UnclearDate) as caught:
        read_day("\x1b]0;title\x07" + "9" * 5000)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 80
