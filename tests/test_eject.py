"""A clinic's own copies of shipped files: made whole or not at all, noted, never written over."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from handoutpress import __version__
from handoutpress.editing.trying import copy_clinic
from handoutpress.ejecting import copying
from handoutpress.ejecting.notes import Note, Notes, read_notes, write_notes
from handoutpress.ejecting.standing import stand
from handoutpress.errors import HandoutError, ProblemsFound
from handoutpress.places import Places, shipped_folder
from handoutpress.press import compose_copy
from handoutpress.reading.signoffs import read_sign_offs
from handoutpress.reading.topic import read_evidence
from handoutpress.wish import Wish
from tests.conftest import ROOT, TODAY
from tests.overlays import write_changes, write_evidence

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

    Run = Callable[..., Ran]

SHEET = "microneedling-aftercare"
PATH = "templates/parts/title.html"
SHIPPED = (ROOT / PATH).read_bytes()


@pytest.fixture
def places(clinic: Path) -> Places:
    """Return the places of a small clinic."""
    return Places(clinic, shipped_folder())


def text_hash(clinic: Path) -> str:
    return compose_copy(SHEET, Places(clinic, shipped_folder()), Wish(today=TODAY)).composition.text_hash


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_copy_with_what_it_was_made_from(run: Run, clinic: Path) -> None:
    before = files(clinic)
    ran = run("eject", PATH, "--clinic", clinic)
    assert (ran.status, ran.out) == (0, f"{clinic / PATH}\n")
    assert files(clinic) == sorted([*before, PATH, f".ejected/{PATH}", ".ejected/versions.yaml"])
    assert (clinic / PATH).read_bytes() == SHIPPED
    assert (clinic / ".ejected" / PATH).read_bytes() == SHIPPED
    (note,) = read_notes(Places(clinic, shipped_folder())).copies
    assert note.model_dump() == {
        "path": PATH,
        "version": __version__,
        "day": TODAY,
        "sha256": hashlib.sha256(SHIPPED).hexdigest(),
    }
    out = run("where", PATH, "--clinic", clinic).out
    assert f"`eject` made it from version {__version__} on {TODAY}." in out
    assert "The shipped one has not changed since." in out
    assert "delete it, and updates arrive by themselves" in out


def test_two_copies_are_both_noted(run: Run, clinic: Path) -> None:
    for path in ("templates\\words\\en.yaml", "styles/type.css"):
        assert run("eject", path, cwd=clinic).status == 0
    noted = [note.path for note in read_notes(Places(clinic, shipped_folder())).copies]
    assert noted == ["styles/type.css", "templates/words/en.yaml"]


def test_a_sheet_by_its_name_in_one_language(run: Run, clinic: Path) -> None:
    ran = run("eject", SHEET, "--clinic", clinic)
    assert ran.out == f"{clinic}/handouts/microneedling/{SHEET}.yaml\n"
    assert f"`new changes {SHEET}` changes single lines" in ran.err
    assert f"shipped in `es` too: eject {SHEET} --language es" in ran.err
    ran = run("eject", SHEET, "--language", "es", "--clinic", clinic)
    assert ran.out == f"{clinic}/handouts/microneedling/{SHEET}.es.yaml\n"
    assert "shipped in `en` too" in ran.err
    refused = run("eject", SHEET, "--language", "fr", "--clinic", clinic)
    assert refused.status == 1
    assert "is not shipped in language `fr`" in refused.err
    assert "it is there in: en, es" in refused.err


@pytest.mark.parametrize(
    ("path", "smaller"),
    [
        ("templates/sheet.html", '{% extends "shipped:sheet.html" %} and only the block you change (head, '),
        (PATH, '{% include "shipped:parts/title.html" %}'),
        ("styles/blocks.css", "styles/clinic.css with only the rules that differ"),
        (f"handouts/microneedling/{SHEET}.es.yaml", f"`new changes {SHEET}`"),
        ("handouts/microneedling/evidence.yaml", "evidence.changes.yaml in the same folder adds to it"),
        ("templates/words/en.yaml", ""),
        ("styles/icons/tick.svg", ""),
    ],
)
def test_what_a_smaller_change_would_be(places: Places, path: str, smaller: str) -> None:
    told = copying.wanted(places, path).smaller
    assert smaller in told
    assert bool(smaller) == bool(told)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("clinic.yaml", "`new clinic` writes one"),
        ("styles/clinic.css", "this file is the clinic's own"),
        ("templates/nonesuch.html", "there is no `templates/nonesuch.html`"),
        ("handouts/../clinics/harbor/clinic.yaml", "leads out of the folder"),
        ("templates/parts", "is a folder"),
    ],
)
def test_what_is_not_shipped(run: Run, clinic: Path, path: str, said: str) -> None:
    (clinic / "styles").mkdir()
    (clinic / "styles" / "clinic.css").write_text("", encoding="utf-8")
    before = files(clinic)
    ran = run("eject", path, "--clinic", clinic)
    assert (ran.status, ran.out) == (1, "")
    assert said in ran.err
    assert files(clinic) == before


def test_a_file_of_the_clinic_is_never_written_over(run: Run, places: Places) -> None:
    own = places.clinic / PATH
    own.parent.mkdir(parents=True)
    own.write_text("OURS", encoding="utf-8")
    ran = run("eject", PATH, "--clinic", places.clinic)
    assert ran.status == 1
    assert f"{own}  the clinic has its own copy already; it is never written over" in ran.err
    assert f"`eject {PATH} --seen`" in ran.err
    own.unlink()
    assert run("eject", PATH, "--clinic", places.clinic).status == 0
    own.write_text("OURS", encoding="utf-8")
    ran = run("eject", PATH, "--clinic", places.clinic)
    assert f"(made from the one of version {__version__})" in ran.err
    assert own.read_text("utf-8") == "OURS"
    own.unlink()
    own.symlink_to("nowhere.html")
    with pytest.raises(ProblemsFound, match="its own copy already"):
        copying.eject(places, PATH, TODAY)
    assert not own.exists()


def test_a_sheet_that_the_clinic_has_elsewhere(run: Run, clinic: Path) -> None:
    own = clinic / "handouts" / "ours" / f"{SHEET}.yaml"
    own.parent.mkdir(parents=True)
    shutil.copy(ROOT / "handouts" / "microneedling" / own.name, own)
    ran = run("eject", SHEET, "--clinic", clinic)
    assert ran.status == 1
    assert f"{own}  the clinic has its own sheet {SHEET} (en) already" in ran.err
    assert not (clinic / "handouts" / "microneedling").exists()
    assert run("eject", SHEET, "--language", "es", "--clinic", clinic).status == 0


@pytest.mark.parametrize("more", [(), ("--seen",)])
def test_a_path_has_its_language_in_it(run: Run, clinic: Path, more: tuple[str, ...]) -> None:
    ran = run("eject", PATH, "--language", "es", *more, "--clinic", clinic)
    assert ran.status == 1
    assert "--language goes with a sheet's name" in ran.err
    assert not (clinic / ".ejected").exists()


def test_a_file_that_appears_meanwhile_is_not_written_over(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = places.clinic / PATH

    def slow(places: Places, notes: Notes) -> None:
        own.write_text("OURS", encoding="utf-8")
        write_notes(places, notes)

    monkeypatch.setattr("handoutpress.ejecting.copying.write_notes", slow)
    with pytest.raises(HandoutError, match=r"File exists\. No copy was made"):
        copying.eject(places, PATH, TODAY)
    assert own.read_text("utf-8") == "OURS"
    assert not [path for path in files(places.clinic) if "coming" in path]


def test_a_disk_without_links(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_link(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_link)
    assert copying.eject(places, PATH, TODAY).read_bytes() == SHIPPED
    assert not [path for path in files(places.clinic) if "coming" in path]


def test_a_sheet_that_the_clinic_changes_is_not_copied_too(run: Run, clinic: Path) -> None:
    changes = write_changes(clinic, "changes: []\n")
    before = files(clinic)
    ran = run("eject", SHEET, "--clinic", clinic)
    assert (ran.status, files(clinic)) == (1, before)
    assert f"{changes}  the clinic changes handouts/microneedling/{SHEET}.yaml with this file" in ran.err
    assert "keep it, and do not eject; or move it away first" in ran.err
    assert run("eject", SHEET, "--language", "es", "--clinic", clinic).status == 0
    changes.unlink()
    assert run("eject", SHEET, "--clinic", clinic).status == 0


def test_what_adds_to_the_evidence_adds_to_a_copy_of_it(places: Places) -> None:
    write_evidence(places.clinic)
    copying.eject(places, "handouts/microneedling/evidence.yaml", TODAY)
    assert {"C01", "L01"} <= set(read_evidence(places, "microneedling").references)


@pytest.mark.parametrize("link", ["templates", "templates/parts", ".ejected"])
def test_nothing_is_written_through_a_link_that_leads_out(places: Places, tmp_path: Path, link: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (places.clinic / link).parent.mkdir(exist_ok=True)
    (places.clinic / link).symlink_to(outside)
    before = files(places.clinic)
    with pytest.raises(ProblemsFound, match="leads out of the folder"):
        copying.eject(places, PATH, TODAY)
    assert list(outside.iterdir()) == []
    assert files(places.clinic) == before


@pytest.mark.parametrize("blocked", ["templates", ".ejected"])
def test_a_folder_that_cannot_be_made(run: Run, clinic: Path, blocked: str) -> None:
    (clinic / blocked).write_text("a file in the way", encoding="utf-8")
    before = files(clinic)
    ran = run("eject", PATH, "--clinic", clinic)
    assert ran.status == 1
    assert "could not be" in ran.err
    assert "Traceback" not in ran.err
    assert files(clinic) == before


KILLED = """
import os, signal, sys
from pathlib import Path
from handoutpress.ejecting import copying
from handoutpress.places import Places, shipped_folder
import datetime as dt

step, real = sys.argv[2], {}
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if step == "pristine":
    real = copying.write_whole
    copying.write_whole = lambda path, data: real(path, data[:40]) and die() or die()
elif step == "note":
    copying.write_notes = die
elif step == "coming":
    copying._write_new = die
elif step == "copy":
    os.link = die
copying.eject(Places(Path(sys.argv[1]), shipped_folder()), sys.argv[3], dt.date(2026, 11, 23))
"""


@pytest.mark.parametrize("step", ["pristine", "note", "coming", "copy"])
def test_killed_on_the_way_and_done_again(places: Places, step: str) -> None:
    digest = text_hash(places.clinic)
    words = [sys.executable, "-c", KILLED, str(places.clinic), step, PATH]
    assert subprocess.run(words, cwd=ROOT, check=False, timeout=60).returncode == -9
    assert not (places.clinic / PATH).exists()
    assert text_hash(places.clinic) == digest
    assert stand(places, PATH).copies[0].owner == "shipped"
    assert copying.eject(places, PATH, TODAY).read_bytes() == SHIPPED
    assert (places.clinic / ".ejected" / PATH).read_bytes() == SHIPPED
    assert [note.day for note in read_notes(places).copies] == [TODAY]
    assert not [path for path in files(places.clinic) if "coming" in path]


def test_a_sign_off_stands_until_a_copy_says_something_else(run: Run, clinic: Path) -> None:
    said = ("sign-off", SHEET, "--by", "Example Clinician (example)", "--until", "2027-05-31")
    assert run(*said, "--clinic", clinic).status == 0
    places = Places(clinic, shipped_folder())
    (signed,) = read_sign_offs(places).sign_offs
    for path in ("templates/sheet.html", "styles/blocks.css", "styles/icons/tick.svg"):
        copying.eject(places, path, TODAY)
    copying.eject(places, copying.wanted(places, SHEET).path, TODAY)
    (clinic / "schemas").mkdir()
    (clinic / "schemas" / "clinic.json").write_text("{}", encoding="utf-8")
    assert text_hash(clinic) == signed.text
    with (clinic / "styles" / "blocks.css").open("a", encoding="utf-8") as style:
        style.write(".warning { display: none; }\n")
    assert text_hash(clinic) != signed.text


def test_a_copy_of_the_clinic_to_try_changes_on_is_without_them(places: Places, tmp_path: Path) -> None:
    copying.eject(places, "styles/icons/tick.svg", TODAY)
    copy_clinic(places.clinic, tmp_path / "tried")
    assert (tmp_path / "tried" / "styles" / "icons" / "tick.svg").is_file()
    assert not (tmp_path / "tried" / ".ejected").exists()


def test_notes_that_somebody_spoilt(run: Run, places: Places) -> None:
    copying.eject(places, PATH, TODAY)
    notes = places.clinic / ".ejected" / "versions.yaml"
    notes.write_text(notes.read_text("utf-8").replace("version:", "versoin:"), encoding="utf-8")
    for words in (("where", PATH), ("eject", "styles/type.css"), ("check", SHEET)):
        ran = run(*words, "--clinic", places.clinic)
        assert ran.status == 1
        assert f"{notes}:5:3" in ran.err
        assert 'did you mean "version"?' in ran.err
    assert not (places.clinic / "styles" / "type.css").exists()


def test_a_note_names_nothing_outside() -> None:
    for path in ("clinic.yaml", "/etc/passwd", "templates\\sheet.html", "templates"):
        with pytest.raises(ValueError, match="path"):
            Note(path=path, version="1", day=TODAY, sha256="0" * 64)
