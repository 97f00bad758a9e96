"""What is wrong with a change of a clinic's facts: all of it at once, each at its field."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from handoutpress.amending import (
    keep,
    state_of,
)
from handoutpress.places import Places, shipped_folder
from handoutpress.reading.clinic import read_clinic
from tests.amended import SIGNS, TEXTS, change, copied, refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from handoutpress.reading.yamlediting import Value
    from handoutpress.reading.yamlfile import Loc


@pytest.fixture
def own(tmp_path: Path) -> Callable[[str], Places]:
    """Return a function that copies a sample clinic, to change it."""
    return partial(copied, tmp_path)


class TestRefused:
    def test_all_problems_at_once_each_at_its_field(self, own: Callable[[str], Places]) -> None:
        places = own("harbor")
        signs: dict[Loc, str] = {
            ("phone",): "looks like a placeholder",
            ("name",): "has more than 120",
            ("email",): "not written as expected",
            ("address",): "has more than 5",
            ("paper",): "is not one of",
            ("printer", "copies"): "is more than 20",
            ("printer", "colour"): 'unknown key "colour"',
            ("fax",): 'unknown key "fax"',
            ("mail", "from"): "not an email address",
            ("mail", "preference"): '"preference" is missing',
        }
        found = refused(
            places,
            {
                ("phone",): "0000000000",
                ("name",): "x" * 121,
                ("email",): "nobody",
                ("address",): tuple("abcdef"),
                ("paper",): "a3",
                ("printer", "copies"): "21",
                ("printer", "colour"): "yes",
                ("fax",): "1",
                ("mail", "from"): "nobody",
            },
        )
        assert {loc: len(problems) for loc, problems in found.fields.items()} == dict.fromkeys(signs, 1)
        for loc, words in signs.items():
            (problem,) = found.fields[loc]
            assert words in problem.message
            assert problem.place
            assert problem.place.file == places.clinic / "clinic.yaml"
            shown = loc[0] if loc[-1] == "preference" else loc[-1]
            assert f"{shown}:" in problem.place.text
        assert sorted(problem for told in found.fields.values() for problem in map(str, told)) == sorted(
            map(str, found.problems)
        )

    def test_what_is_missing_is_told_at_its_own_field(self, own: Callable[[str], Places]) -> None:
        places = own("example")
        assert list(refused(places, {("name",): None}).fields) == [("name",)]
        (places.clinic / "clinic.yaml").write_text("mail:\n  host: mail.example.org\nname: X\n", "utf-8")
        assert set(refused(places, {("name",): None}).fields) == {
            ("name",),
            ("mail", "from"),
            ("mail", "preference"),
        }

    def test_answers_are_checked_as_the_command_line_does(self, own: Callable[[str], Places]) -> None:
        places = own("harbor")
        topic = ("protocol", "microneedling")
        changes: dict[Loc, Value] = {
            (*topic, "no_sun_days_before"): "a week",
            (*topic, "no_sun_days_befor"): "7",
            ("protocol", "botany", "roots"): "deep",
            (*topic, "wash_how"): "x" * 201,
        }
        too_long = refused(places, changes)
        assert list(too_long.fields) == [(*topic, "wash_how")]  # no answer is checked before it has its form
        del changes[*topic, "wash_how"]
        found = refused(places, changes)
        messages = {loc: [problem.message for problem in told] for loc, told in found.fields.items()}
        assert messages == {
            (*topic, "no_sun_days_before"): ["`a week` is not a whole number of days"],
            (*topic, "no_sun_days_befor"): ["the topic `microneedling` has no slot `no_sun_days_befor`"],
            ("protocol", "botany"): ["there is no topic `botany`"],
        }
        spanish = refused(places, {(*topic, "no_sun_days_before"): "una semana"}, "es")
        assert list(spanish.fields) == [(*topic, "no_sun_days_before")]

    @pytest.mark.parametrize(
        "value",
        [
            "Monday\n  evil: x",
            "Monday\r\nphone: '666'",
            "a\u2028b",
            "a\u0085b",
            "a\x00b",
            "\x1b[2J",
            "\ud800",
            "a\tb",
            ("one", "two\nthree"),
        ],
    )
    def test_one_line_is_one_line(self, clinic: Path, value: Value) -> None:
        loc = ("address",) if isinstance(value, tuple) else ("hours",)
        found = refused(Places(clinic, shipped_folder()), {loc: value, ("phone",): "0000000000"})
        assert set(found.fields) == {loc, ("phone",)}
        assert "line break" in found.fields[loc][0].message

    @pytest.mark.parametrize("value", [text for text in TEXTS if text.strip() and len(text) <= 160])
    def test_hostile_words_are_only_words(self, clinic: Path, value: str) -> None:
        places = Places(clinic, shipped_folder())
        shown = value.strip().replace("\u00a0", "").replace("\u200d", "")
        if not shown.isprintable():
            refused(places, {("hours",): value})
            return
        amendment = change(places, {("hours",): value, SIGNS: value, ("address",): (value, value)})
        keep(amendment, state_of(amendment.path))
        facts = read_clinic(places).facts
        assert facts.hours == facts.protocol["microneedling"]["allergy_signs"] == value.strip()
        assert facts.address == (value.strip(), value.strip())
        assert facts.phone == "(555) 555-0100"

    def test_what_is_too_long_is_refused(self, clinic: Path) -> None:
        places = Places(clinic, shipped_folder())
        assert list(refused(places, {("hours",): "x" * 161}).fields) == [("hours",)]
        (problem,) = refused(places, {("hours",): "x" * 1_000_001}).fields[()]
        assert "too large" in problem.message

    @pytest.mark.parametrize(
        "loc", [(), ("",), ("a b",), ("a\nb",), ("A",), ("address", 0), ("x" * 81,), ("a.b",), ("phone: 1",)]
    )
    def test_what_is_no_field(self, clinic: Path, loc: Loc) -> None:
        found = refused(Places(clinic, shipped_folder()), {loc: "x"})
        assert "is not the name of a field" in found.fields[loc][0].message

    @pytest.mark.parametrize(
        ("loc", "value", "said"),
        [
            (("printer",), "x", "expected `key: value` lines"),
            (("phone", "x"), "y", "expected a text"),
            (("protocol", "microneedling"), "x", "expected `key: value` lines"),
            (("hours",), ("x", "y"), "expected a text"),
            (("address",), "x", "expected a list"),
        ],
    )
    def test_the_wrong_kind_of_value(
        self, own: Callable[[str], Places], loc: Loc, value: Value, said: str
    ) -> None:
        found = refused(own("harbor"), {loc: value})
        assert any(said in problem.message for problem in found.problems), found
