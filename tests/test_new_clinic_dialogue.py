"""The dialogue of `new clinic`, as a person at a terminal has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoutpress.reading.yamlreader import read_yaml
from tests.founding import ANSWERS, FACTS, options, svg
from tests.terminals import CTRL_C, typed

if TYPE_CHECKING:
    from pathlib import Path

NAME = ("Name of the clinic", "Clínica Ñandú: «piel» #1\n")
DECISIONS = [("(like: ", f"{text}\n") for text in ANSWERS.values()]
REST = [
    ("Phone number that", "call us\n"),
    ("is not a phone number", "020 7946 0018\n"),
    ("When that phone", f"{FACTS['--hours']}\n"),
    ("Who to call after hours", f"{FACTS['--after-hours']}\n"),
    ("Emergency number", "\n"),
    ("Emergency number", "999\n"),
    ("Address, line by line", "1 Sample Lane\n"),
    ("Address, line by line (2", "Exampleford\n"),
    ("Address, line by line (3", "\n"),
    ("Email address", "\n"),
    ("Website", "clinic.example.net\n"),
    ("not written as expected", "https://clinic.example.net\n"),
    ("Paper", "\n"),
    ("Date order", "\n"),
    ("Clock", "24\n"),
]


def test_everything_is_asked_until_it_can_be_used(tmp_path: Path) -> None:
    svg(tmp_path / "our logo.svg", '<rect width="60" height="30" fill="#7b2d8b"/>')
    answers = [
        NAME,
        *REST,
        ("Logo: an SVG", "nowhere.svg\n"),
        ("there is no image `nowhere.svg`", "'our logo.svg'\n"),
        ("What the logo shows", "\n"),
        ("Main colour [#7b2d8b]", "yellow\n"),
        ("too pale to read", "#225588\n"),
        ("Sheets in `es`", "n\n"),
        *DECISIONS,
    ]
    ran = typed(["new", "clinic", "mine"], answers, tmp_path)
    assert (ran.status, ran.out) == (0, "mine\n"), ran.err
    facts = read_yaml(tmp_path / "mine" / "clinic.yaml").data
    assert facts["name"] == "Clínica Ñandú: «piel» #1"
    assert facts["address"] == ["1 Sample Lane", "Exampleford"]
    assert (facts["website"], facts["paper"], facts["clock"]) == ("https://clinic.example.net", "a4", "24")
    assert "email" not in facts
    brand = read_yaml(tmp_path / "mine" / "_brand.yml").data
    assert brand["logo"]["images"]["mark"] == {"path": "logo.svg", "alt": f"{facts['name']} logo"}
    assert brand["color"]["palette"]["main"] == "#225588"


def test_who_stops_leaves_nothing(tmp_path: Path) -> None:
    ran = typed(["new", "clinic", "mine"], [NAME, ("Phone number that", CTRL_C)], tmp_path)
    assert ran.status == 130
    assert "Stopped." in ran.err
    assert list(tmp_path.iterdir()) == []


def test_what_was_typed_is_not_lost_where_it_cannot_be_printed(tmp_path: Path) -> None:
    simple = [each for each in REST if "not" not in each[0] and each[1] != "call us\n"]
    answers = [("Name of the clinic", "诊所 it's\n"), ("Phone number that", "020 7946 0018\n"), *simple]
    answers[answers.index(("Website", "clinic.example.net\n"))] = ("Website", "\n")
    rest = [("Logo: an SVG", "\n"), ("Main colour", "\n"), ("Sheets in `es`", "n\n"), *DECISIONS]
    ran = typed(["new", "clinic", "mine"], [*answers, *rest], tmp_path)
    assert ran.status == 1
    assert "no font covers" in ran.err
    again = " ".join(ran.err.partition("To go on from here:")[2].split())
    assert "new clinic mine --name '诊所 it'\"'\"'s' --phone '020 7946 0018'" in again
    assert list(tmp_path.iterdir()) == []


def test_only_what_no_option_says_is_asked(tmp_path: Path) -> None:
    words = [("when the phone is answered", "de 9 a 5\n"), ("who to call after hours", "llame al 999\n")]
    more = [("(like: ", "Dificultad para respirar\n")] * len(ANSWERS)
    ran = typed(["new", "clinic", "mine", *options(), "--language", "es"], [*words, *more], tmp_path)
    assert ran.status == 0, ran.err
    told = read_yaml(tmp_path / "mine" / "clinic.es.yaml").data
    assert told["hours"] == "de 9 a 5"
    assert set(told["protocol"]) == {name.partition(".")[0] for name in ANSWERS}
