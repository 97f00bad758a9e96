"""The small markup inside a text, and the slots in it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic_core import PydanticCustomError

from handoutpress.errors import suggestion
from handoutpress.reading.inline import Inline, Link, Strong, parse
from handoutpress.reading.slots import SLOTS, Slot, SlotError, parse_slot


def context(text: str) -> dict[str, Any]:
    with pytest.raises(PydanticCustomError) as error:
        parse(text)
    assert error.value.context
    return error.value.context


PHONE = Slot("clinic", "phone")


class TestInline:
    @pytest.mark.parametrize(
        ("text", "parts"),
        [
            ("plain", ("plain",)),
            ("call {clinic.phone} now", ("call ", PHONE, " now")),
            ("{clinic.phone}", (PHONE,)),
            ("a **b** c", ("a ", Strong(("b",)), " c")),
            ("**on {clinic.phone}**", (Strong(("on ", PHONE)),)),
            ("see [the page](https://example.org/a)", ("see ", Link("the page", "https://example.org/a"))),
            ("[write](mailto:a@example.org)", (Link("write", "mailto:a@example.org"),)),
            ("{{clinic.phone}}", ("{clinic.phone}",)),
            ("a * b _c_ <b>&amp;", ("a * b _c_ <b>&amp;",)),
            ("{{}}", ("{}",)),
            ("two\n  lines", ("two lines",)),
        ],
    )
    def test_parses(self, text: str, parts: tuple[object, ...]) -> None:
        assert parse(text).parts == parts

    def test_slots_inside_strong_words_are_found(self) -> None:
        text = parse("{clinic.name} **{clinic.phone}** [a page](https://e.org)")
        assert [slot.path for slot in text.slots()] == ["clinic.name", "clinic.phone"]
        assert [link.url for link in text.links()] == ["https://e.org"]
        assert isinstance(text, Inline)

    @pytest.mark.parametrize(
        ("text", "offset", "width", "said"),
        [
            ("call {clinic.fone} now", 5, 13, "unknown slot"),
            ("**on {clinic.fone}**", 5, 13, "unknown slot"),
            ("a } b", 2, 1, "a stray `}`"),
            ("a { b", 2, 1, "a stray `{`"),
            ("a **b", 2, 2, "a stray `**`"),
            ("{}", 0, 2, "is not a slot"),
            ("{7*7}", 0, 5, "is not a slot"),
            ("see [it here](http://e.org)", 4, 23, "cannot be printed"),
            ("[x](javascript:alert)", 0, 21, "cannot be printed"),
            ("[click here](https://e.org)", 0, 27, "does not say where it goes"),
            ("[https://e.org](https://e.org)", 0, 30, "does not say where it goes"),
            ("**a [b](https://e.org)**", 4, 18, "cannot stand here"),
        ],
    )
    def test_refuses_in_place(self, text: str, offset: int, width: int, said: str) -> None:
        found = context(text)
        assert (found["offset"], found["width"]) == (offset, width)
        assert said in found["said"]

    def test_no_offset_where_lines_were_joined(self) -> None:
        assert context("two\nlines {clinic.fone}")["width"] == 0


class TestSlots:
    def test_the_list_is_closed(self) -> None:
        assert set(SLOTS) == {
            *(f"clinic.{name}" for name in ("name", "phone", "hours", "after_hours", "emergency_phone")),
            *("clinic.email", "clinic.website", "patient.name", "patient.reference", "patient.clinician"),
            *("visit.date", "appointment.date", "appointment.time"),
        }

    def test_help_never_prints_blank(self) -> None:
        needed = {path for path, kind in SLOTS.items() if kind.unset == "stop"}
        assert {"clinic.phone", "clinic.after_hours", "clinic.emergency_phone"} <= needed

    @pytest.mark.parametrize(
        ("written", "slot", "shown"),
        [
            ("visit.date+3", Slot("visit", "date", 3), "{visit.date+3}"),
            ("visit.date-14", Slot("visit", "date", -14), "{visit.date-14}"),
            ("appointment.date", Slot("appointment", "date"), "{appointment.date}"),
            ("visit.date+protocol.days", Slot("visit", "date", 0, "days"), "{visit.date+protocol.days}"),
            ("protocol.any_name2", Slot("protocol", "any_name2"), "{protocol.any_name2}"),
            (" clinic.phone ", PHONE, "{clinic.phone}"),
        ],
    )
    def test_reads(self, written: str, slot: Slot, shown: str) -> None:
        assert parse_slot(written) == slot
        assert str(slot) == shown

    @pytest.mark.parametrize(
        ("written", "said"),
        [
            ("clinic.phone+3", "only dates can be moved"),
            ("appointment.time+1", "only dates can be moved"),
            ("protocol.days+3", "only dates can be moved"),
            ("visit.date+1000", "is not a slot"),
            ("visit.date+clinic.phone", "is not a slot"),
            ("visit.date + 3", "is not a slot"),
            ("clinic.__class__", "is not a slot"),
            ("clinic.phone.real", "is not a slot"),
            ("self.secret", "unknown slot"),
            ("clinic", "is not a slot"),
        ],
    )
    def test_refuses(self, written: str, said: str) -> None:
        with pytest.raises(SlotError, match=said):
            parse_slot(written)

    def test_suggests_the_nearest(self) -> None:
        with pytest.raises(SlotError) as error:
            parse_slot("clinic.fone")
        assert error.value.hint == 'did you mean "clinic.phone"?'
        assert suggestion("zzz", ["b", "a"], "names") == "the names are: a, b"
        assert suggestion("zzz", [], "names") == ""
