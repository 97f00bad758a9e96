"""A patient's details: from texts, from a file, from the command line; all that is wrong at once."""

from __future__ import annotations

import dataclasses
import datetime as dt
import pickle
import subprocess
import sys
import unicodedata
from typing import TYPE_CHECKING

import pytest

from handoutpress.cli.options import patient_from
from handoutpress.errors import ProblemsFound
from handoutpress.reading.patient import FIELDS, PatientDetails, WrongDetails, details_from, read_patient

if TYPE_CHECKING:
    from pathlib import Path

FULL = PatientDetails(
    name="Example Patient",
    reference="01/02/1990",
    clinician="Dr Example",
    visit=dt.date(2026, 11, 23),
    appointment=dt.date(2026, 12, 21),
    appointment_time=dt.time(14, 30),
    note="Use the gel.\nTwice a day.",
)
FULL_YAML = """\
name: Example Patient
reference: 01/02/1990
clinician: Dr Example
visit: 23.11.2026
appointment: 2026-12-21 14:30
note: |
  Use the gel.
  Twice a day.
"""


def wrong(**given: str) -> dict[str, str]:
    with pytest.raises(WrongDetails) as caught:
        details_from(given)
    return {each.field: each.message for each in caught.value.wrong}


class TestDetails:
    def test_reads_texts(self) -> None:
        given = {
            **{"name": " Example \t Patient ", "reference": "01/02/1990", "clinician": "Dr Example"},
            **{"visit": "2026-11-23", "appointment": "2026-12-21 2:30 pm", "appointment_time": "14:30"},
            "note": "\r\n\r\nUse  the gel.\rTwice a day. \n\n",
        }
        assert details_from(given) == FULL

    def test_can_be_compared_pickled_and_not_changed(self) -> None:
        assert pickle.loads(pickle.dumps(FULL)) == FULL
        assert dataclasses.replace(FULL, name="Other Example") != FULL
        assert hash(FULL) == hash(pickle.loads(pickle.dumps(FULL)))
        with pytest.raises(dataclasses.FrozenInstanceError):
            FULL.name = "x"  # type: ignore[misc]
        assert not hasattr(FULL, "__dict__")

    @pytest.mark.parametrize("blank", ["", " ", "\t\n", "\u00a0"])
    @pytest.mark.parametrize("field", FIELDS)
    def test_blank_is_not_given(self, field: str, blank: str) -> None:
        assert details_from({field: blank}) == PatientDetails()

    @pytest.mark.parametrize("text", ["03/04/1990", "46349", "1990", "MRN 0007 / B", "3/4/90"])
    def test_a_reference_is_never_parsed(self, text: str) -> None:
        assert details_from({"reference": text}).reference == text

    def test_texts_are_composed(self) -> None:
        assert details_from({"name": "Jose\u0301 Example"}).name == "Jos\u00e9 Example"

    def test_letters_of_other_scripts_stay(self) -> None:
        for name in ("مريض مثال", "示例患者", "उदाहरण रोगी", "می\u200cخواهم"):
            assert details_from({"name": name}).name == name

    @pytest.mark.parametrize(
        "text", ["ക്\u200d", "क्\u200dष", "Muster\u00adname", "\u200dA", "Zoe\u0308\u0323"]
    )
    def test_what_joins_and_marks_letters_stays(self, text: str) -> None:
        composed = unicodedata.normalize("NFC", text)
        assert details_from({"name": text, "note": text}) == PatientDetails(name=composed, note=composed)

    def test_a_note_keeps_its_paragraphs(self) -> None:
        note = details_from({"note": "\n One\u2028two \n\n  three\n \n"}).note
        assert note == "One\ntwo\n\nthree"

    def test_an_order_decides_its_dates(self) -> None:
        given = {"visit": "03/04/2026", "appointment": "05/04/2026 9:00"}
        read = details_from(given, "day-month")
        assert (read.visit, read.appointment) == (dt.date(2026, 4, 3), dt.date(2026, 4, 5))
        assert details_from(given, "month-day").visit == dt.date(2026, 3, 4)

    @pytest.mark.parametrize(("own", "time"), [("", None), ("14:30", dt.time(14, 30)), ("0:00", dt.time(0))])
    def test_a_time_of_its_own(self, own: str, time: dt.time | None) -> None:
        read = details_from({"appointment": "2026-12-21 00:00:00", "appointment_time": own})
        assert (read.appointment, read.appointment_time) == (dt.date(2026, 12, 21), time)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("x" * 81, "has 81 characters, and there is room for 80"),
            ("Example\x00", "control character (U+0000)"),
            ("Example\x1b[31m", "control character (U+001B)"),
            ("Example\x85Patient", "control character (U+0085)"),
            ("Example \u202etneitaP", "turns the direction of reading (U+202E)"),
            ("Example\u200f", "turns the direction"),
            ("\u2066Example", "turns the direction"),
            ("Example\udcff", "not UTF-8"),
            ("\u200b", "a character that cannot be seen (U+200B)"),
            ("\u2060\ufeff", "a character that cannot be seen (U+2060)"),
            ("Ex\u200bample", "a character that cannot be seen (U+200B)"),
            ("Example\U000e0041", "a character that cannot be seen (U+E0041)"),
            (" \u200d \u200c", "no character that can be seen (U+200D)"),
            ("\u00ad", "no character that can be seen (U+00AD)"),
            ("\u034f\ufe0f", "no character that can be seen (U+034F)"),
            ("\u0301 \u0308", "no character that can be seen (U+0301)"),
            ("\u0301Example", "a mark that belongs on a letter before it (U+0301)"),
            (" \u200d\u093eExample", "a mark that belongs on a letter before it (U+093E)"),
        ],
    )
    def test_refuses_a_text(self, text: str, said: str) -> None:
        for field in ("name", "reference", "clinician"):
            assert said in wrong(**{field: text})[field]
        if len(text) < 80:
            assert said in wrong(note=text)["note"]

    def test_the_longest_that_fits(self) -> None:
        assert details_from({"name": "x" * 80, "note": "\n".join(["y" * 49] * 12)}).name == "x" * 80
        assert "has 601 characters" in wrong(note="x" * 601)["note"]
        assert "has 13 lines" in wrong(note="\n".join("x" * 13))["note"]

    def test_all_that_is_wrong_at_once(self) -> None:
        assert wrong(note="x" * 700, visit="tomorrow", name="a\x07", appointment_time="25:00", nam="x") == {
            "nam": "unknown field `nam`",
            "name": "has a control character (U+0007)",
            "visit": "`tomorrow` is not a date",
            "appointment_time": "`25:00` is not a time of day",
            "note": "has 700 characters, and there is room for 600",
        }

    def test_a_time_has_a_day_and_is_one(self) -> None:
        assert wrong(appointment_time="14:30") == {"appointment_time": "a time without a day"}
        assert wrong(appointment_time="14:30", appointment="soon").keys() == {"appointment"}
        both = wrong(appointment="2026-12-21 14:30", appointment_time="15:00")
        assert both == {"appointment_time": "15:00 is not the time that stands in appointment, 14:30"}


class TestFile:
    def write(self, folder: Path, text: str) -> Path:
        path = folder / "patient.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    def test_reads(self, tmp_path: Path) -> None:
        assert read_patient(self.write(tmp_path, FULL_YAML)) == FULL
        assert read_patient(self.write(tmp_path, "name:\nvisit: ~\nnote: ''\n")) == PatientDetails()

    def test_says_all_problems_in_their_places(self, tmp_path: Path) -> None:
        text = "nam: Example\nvisit: 03/04/2026\nnote: [a]\nappointment_time: 25:00\nzzz: [1]\n"
        with pytest.raises(ProblemsFound) as caught:
            read_patient(self.write(tmp_path, text))
        shown = [
            (each.place.line, each.place.column, each.message, each.hint)
            for each in caught.value.problems
            if each.place
        ]
        fields = "the keys here are: " + ", ".join(sorted(FIELDS))
        ways = '"visit": `03/04/2026` can be read two ways: 3 April 2026 or 4 March 2026'
        assert shown == [
            (1, 1, 'unknown key "nam"', 'did you mean "name"?'),
            (2, 8, ways, "write it as 2026-04-03 or 2026-03-04"),
            (3, 7, '"note": expected a text, not a list or mapping', ""),
            (4, 19, '"appointment_time": `25:00` is not a time of day', "write it as 14:30"),
            (5, 1, 'unknown key "zzz"', fields),
        ]
        assert "patient.yaml:2:8" in str(caught.value)


class TestOptions:
    def asked(
        self, file: Path | None = None, name: str | None = None, **options: str | None
    ) -> PatientDetails:
        told = dict.fromkeys(("reference", "clinician", "visit", "note"))
        appointment = options.pop("appointment", None)
        read = patient_from(file, name, appointment, **{**told, **options})
        assert isinstance(read, PatientDetails)
        return read

    def test_none(self) -> None:
        assert self.asked() == PatientDetails()

    def test_go_before_the_file(self, tmp_path: Path) -> None:
        path = tmp_path / "p.yaml"
        path.write_text(FULL_YAML, encoding="utf-8")
        assert self.asked(path) == FULL
        read = self.asked(path, "Other Example", visit="2027-01-01", note=" ")
        assert read == dataclasses.replace(FULL, name="Other Example", visit=dt.date(2027, 1, 1))

    def test_another_appointment_does_not_keep_the_files_time(self, tmp_path: Path) -> None:
        path = tmp_path / "p.yaml"
        path.write_text(FULL_YAML, encoding="utf-8")
        read = self.asked(path, appointment="2027-01-04")
        assert (read.appointment, read.appointment_time) == (dt.date(2027, 1, 4), None)
        assert self.asked(appointment="2027-01-04T09:15").appointment_time == dt.time(9, 15)

    def test_all_problems_at_once(self, tmp_path: Path) -> None:
        path = tmp_path / "p.yaml"
        path.write_text("nam: Example\n", encoding="utf-8")
        with pytest.raises(ProblemsFound) as caught:
            self.asked(path, "x\x07", visit="tomorrow", appointment="2026-12-07 25:00")
        assert [each.message for each in caught.value.problems] == [
            "--appointment: `25:00` is not a time of day",
            "--name: has a control character (U+0007)",
            "--visit: `tomorrow` is not a date",
            'unknown key "nam"',
        ]


def test_the_fast_path_loads_neither_pydantic_nor_yaml() -> None:
    """A batch's first process has 0.15 s for all it does."""
    modules = ("reading.days", "reading.patient", "reading.rows", "delivery.naming", "delivery.journal")
    script = "import sys\n" + "".join(f"import handoutpress.{name}\n" for name in modules)
    script += (
        "print([name for name in ('pydantic', 'pydantic_core', 'yaml', 'jinja2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
