"""`new handout`: a sheet that passes `check` as it stands, says nothing about health, overwrites nothing."""

from __future__ import annotations

import errno
import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from handoutpress.delivery.files import write_whole
from handoutpress.errors import HandoutError, ProblemsFound
from handoutpress.places import Places, shipped_folder
from handoutpress.press import compose_copy, make_copy
from handoutpress.reading.statement import statements
from handoutpress.reading.yamlreader import read_yaml
from handoutpress.scaffolding import writing
from handoutpress.scaffolding.kinds import KINDS
from handoutpress.scaffolding.sheets import begin_sheet, languages
from handoutpress.scaffolding.writing import write_sheet
from handoutpress.wish import Wish
from tests.conftest import PAPERS, TODAY
from tests.verapdf import validate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

    Run = Callable[..., Ran]

LONG = """\
name: The Riverside and Northern Valleys Skin and Laser Clinic (example)
address: [100 Sample Pier, "Floor 3, Suite 300", "Exampleport, ST 00000"]
phone: "(555) 555-0100 ext. 1234"
hours: "Monday to Thursday, 8:30 am to 5 pm, Friday, 8:30 am to 1 pm"
after_hours: "call our nurse line, (555) 555-0199, or go to the clinic at Example Street"
emergency_phone: "911"
website: https://riverside-and-northern-valleys.example.com
"""


def begun(
    clinic: Path, kind: str, name: str = "", topic: str = "wart", language: str = "en", **more: Any
) -> Path:
    """Begin a sheet and write it."""
    places = Places(clinic, shipped_folder())
    new = begin_sheet(places, name or f"{topic}-{kind}", kind, topic, None, language, TODAY, **more)
    write_sheet(places, new)
    return new.sheet


def test_a_first_sheet_passes_check_at_once(run: Run, clinic: Path) -> None:
    ran = run(
        "new", "handout", "wart-care", "--kind", "after", "--title", 'Your "wart": #1', "--clinic", clinic
    )
    assert ran.status == 0, ran.err
    folder = clinic / "handouts" / "wart"
    assert ran.out == f"{folder / 'wart-care.yaml'}\n"
    assert {path.name for path in folder.iterdir()} == {"wart-care.yaml", "evidence.yaml", "protocol.yaml"}
    checked = run("check", "wart-care", "--layout", "--clinic", clinic)
    assert checked.status == 0, checked.err
    shown = json.loads(run("show", "wart-care", "--json", "--clinic", clinic).out)
    assert (shown["title"], shown["topic"]) == ('Your "wart": #1', "Wart")
    assert (shown["dated"], shown["review_by"]) == ("2026-11-24", "2027-11-24")
    for path in folder.iterdir():
        first = path.read_text("utf-8").splitlines()[0]
        assert first.startswith("# yaml-language-server: $schema=../../schemas/")
        schema = json.loads((folder / first.partition("=")[2]).read_text("utf-8"))
        # As an editor takes it, which guesses numbers.
        data = json.loads(json.dumps(yaml.safe_load(path.read_text("utf-8")), default=str))
        jsonschema.validate(data, schema)


@pytest.mark.parametrize("language", languages())
def test_each_kind_prints_as_it_says_on_both_papers_and_is_accessible(
    clinic: Path, tmp_path: Path, language: str
) -> None:
    short = (clinic / "clinic.yaml").read_text("utf-8")
    words = 'hours: "de lunes a viernes, de 9 a 5"\nafter_hours: "llame al 555-555-0199"\n'
    (clinic / "clinic.es.yaml").write_text(words, encoding="utf-8")
    files = []
    for kind in KINDS:
        pages = int(read_yaml(begun(clinic, kind, language=language)).data["pages"])
        for paper, facts in zip(PAPERS, (short, LONG), strict=True):
            if language != "en" and paper == "a4":
                continue  # what is long on the shorter paper says enough of a translation
            (clinic / "clinic.yaml").write_text(facts, encoding="utf-8")
            wish = Wish(language, paper=paper)  # type: ignore[arg-type]
            copy = make_copy(f"wart-{kind}", Places(clinic, shipped_folder()), wish)
            assert (kind, paper, copy.pages) == (kind, paper, pages)
            files.append(tmp_path / f"{kind}-{paper}.pdf")
            files[-1].write_bytes(copy.pdf)
    assert [str(verdict) for verdict in validate(files) if not verdict.compliant] == []


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_nothing_about_health(clinic: Path, kind: str) -> None:
    begun(clinic, kind)
    job = compose_copy(f"wart-{kind}", Places(clinic, shipped_folder()), Wish()).job
    used = {name for _, statement in statements(job.sheet.handout) for name in statement.from_}
    assert used
    assert used <= set(job.evidence.practical)
    assert not job.evidence.facts
    kinds = [entry.kind for entry in job.sheet.handout.blocks]
    assert {"key-points", "warning"} < set(kinds)
    assert {"table", "checklist", "questions"} & set(kinds)


@pytest.mark.parametrize("topic", ["wart", "microneedling"])
@pytest.mark.parametrize("kind", KINDS)
def test_an_example_in_its_comments_does_not_print_without_a_source(
    clinic: Path, kind: str, topic: str
) -> None:
    """Whoever takes only the # away must not hand dots to a patient."""
    path = begun(clinic, kind, f"{topic}-mine", topic)
    written = path.read_text("utf-8")
    lines = written.splitlines()
    (at,) = [number for number, line in enumerate(lines) if line == "blocks:"]
    bare = [line.replace("# ", "", 1) if _is_example(line) else line for line in lines[at:]]
    assert bare != lines[at:]
    path.write_text("\n".join([*lines[:at], *bare]), encoding="utf-8")
    with pytest.raises(ProblemsFound) as found:
        compose_copy(f"{topic}-mine", Places(clinic, shipped_folder()), Wish())
    assert "in evidence.yaml" in str(found.value)
    assert "not readable" not in str(found.value)


def _is_example(line: str) -> bool:
    return line.lstrip().startswith(("# - ", "#   ", "# signs:"))


def test_a_clinic_that_prints_signed_sheets_only_can_begin_one(clinic: Path) -> None:
    facts = clinic / "clinic.yaml"
    facts.write_text(facts.read_text("utf-8") + "require_sign_off: true\n", encoding="utf-8")
    assert begun(clinic, "after").is_file()


class TestJoiningATopic:
    def test_a_shipped_one_keeps_its_files_and_gets_what_it_lacks(self, run: Run, clinic: Path) -> None:
        ran = run("new", "handout", "microneedling-costs", "--kind", "one-page", "--clinic", clinic)
        assert ran.status == 0, ran.err
        folder = clinic / "handouts" / "microneedling"
        assert {path.name for path in folder.iterdir()} == {
            "microneedling-costs.yaml",
            "evidence.changes.yaml",
        }
        text = (folder / "microneedling-costs.yaml").read_text("utf-8")
        assert 'topic: "Microneedling for acne scars"' in text
        assert "from: [P03, P06]" in text
        added = read_yaml(folder / "evidence.changes.yaml").data
        assert added == {
            "practical": {"P901": {"states": "What the clinician says goes before what the sheet says."}}
        }
        assert run("check", "--clinic", clinic).status == 0

    def test_a_file_of_the_clinic_gets_lines_and_keeps_its_words(self, clinic: Path) -> None:
        folder = clinic / "handouts" / "microneedling"
        folder.mkdir(parents=True)
        own = "# Ours.\npractical:\n  P950: {states: We park behind the house.}   # they do\n"
        (folder / "evidence.changes.yaml").write_text(own, encoding="utf-8")
        begun(clinic, "after", "microneedling-mine", "microneedling")
        text = (folder / "evidence.changes.yaml").read_text("utf-8")
        assert text.startswith(own.rstrip("\n"))
        assert set(read_yaml(folder / "evidence.changes.yaml").data["practical"]) == {"P950", "P901"}
        before = (folder / "evidence.changes.yaml").stat().st_mtime_ns
        begun(clinic, "one-page", "microneedling-more", "microneedling")
        assert (folder / "evidence.changes.yaml").stat().st_mtime_ns == before

    def test_its_own_topic_shares_one_list_of_evidence(self, clinic: Path) -> None:
        for kind in KINDS:
            begun(clinic, kind)
        entries = read_yaml(clinic / "handouts" / "wart" / "evidence.yaml").data["practical"]
        assert list(entries) == [f"P{number:02}" for number in range(1, len(entries) + 1)]


TAKEN = {
    "microneedling-about": "`new changes microneedling-about` begins a file with your changes to it",
    "evidence": "`evidence` cannot be the name of a sheet",
    "Wart Care": "small letters a to z, digits and hyphens",
    "../up": "`../up` cannot be the name of a sheet",
    "con.fig": "`con.fig` cannot be the name of a sheet",
}


class TestRefused:
    @pytest.mark.parametrize("name", TAKEN)
    def test_a_name_that_is_taken_or_none(self, run: Run, clinic: Path, name: str) -> None:
        ran = run("new", "handout", "--kind", "after", "--clinic", clinic, "--", name)
        assert ran.status == 1
        assert TAKEN[name] in ran.err
        assert "Nothing was written." in ran.err
        assert not (clinic / "handouts").exists()

    def test_its_own_sheet_is_not_written_over(self, clinic: Path) -> None:
        path = begun(clinic, "after")
        path.write_text("# mine\n" + path.read_text("utf-8"), encoding="utf-8")
        with pytest.raises(ProblemsFound, match="it is your own: change"):
            begun(clinic, "after")
        assert path.read_text("utf-8").startswith("# mine\n")

    def test_a_language_without_a_beginning_and_a_title_that_is_none(self, run: Run, clinic: Path) -> None:
        words = ("--kind", "after", "--language", "fr", "--title", "x" * 121, "--topic", "Our topic")
        ran = run("new", "handout", "wart-care", *words, "--clinic", clinic)
        assert ran.status == 1
        assert "there is nothing to begin with in `fr`" in ran.err
        assert "--title: a title is one line" in ran.err
        assert "`Our topic` cannot be the name of a topic" in ran.err

    def test_what_the_editor_stops_is_told_and_nothing_written(self, run: Run, clinic: Path) -> None:
        words = ("--kind", "after", "--title", "This will remove your scars")
        ran = run("new", "handout", "wart-care", *words, "--clinic", clinic)
        assert ran.status == 1
        assert "wart-care.yaml:" in ran.err
        assert "promises more than anybody can know" in ran.err
        assert not (clinic / "handouts").exists()

    @pytest.mark.parametrize("fails_at", [0, 1])
    def test_nothing_is_left_of_one_that_failed(
        self, clinic: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
    ) -> None:
        folder = clinic / "handouts" / "microneedling"
        folder.mkdir(parents=True)
        (folder / "evidence.changes.yaml").write_text("practical: {}\n", encoding="utf-8")
        before = {path: path.is_file() and path.read_bytes() for path in clinic.rglob("*")}
        left = iter(range(fails_at))

        def fail(path: Path, data: bytes) -> None:
            if next(left, None) is None and data != b"practical: {}\n":
                raise HandoutError(f"no space: {errno.ENOSPC}")
            write_whole(path, data)

        monkeypatch.setattr(writing, "write_whole", fail)
        with pytest.raises(HandoutError, match="no space"):
            begun(clinic, "after", "microneedling-mine", "microneedling")
        assert {path: path.is_file() and path.read_bytes() for path in clinic.rglob("*")} == before
