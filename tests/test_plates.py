"""A copy spliced into a plate is the copy a full layout gives: pixels, text, tags, metadata."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from handoutpress.folders import cache_folder
from handoutpress.places import Places, shipped_folder
from handoutpress.plates.copies import copy_sheet, find_master
from handoutpress.plates.master import Master
from handoutpress.plates.store import master_key
from handoutpress.press import make_copy
from handoutpress.wish import Wish

from .conftest import CLINICS, EACH, EDITIONS, LANGUAGES, ROOT, SHEETS, TODAY
from .copies import LONG, MIXED, patient, pixels, properties, tags, words
from .verapdf import validate

if TYPE_CHECKING:
    from pathlib import Path

    from handoutpress.wish import Copy

AFTERCARE = "microneedling-aftercare"


def _places(clinic: str) -> Places:
    return Places(shipped_folder() / "clinics" / clinic, shipped_folder())


def _same(spliced: Copy, full: Copy) -> None:
    assert spliced.pages == full.pages
    assert spliced.text_hash == full.text_hash
    assert spliced.remarks == full.remarks
    assert words(spliced.pdf) == words(full.pdf)
    assert tags(spliced.pdf) == tags(full.pdf)
    assert properties(spliced.pdf) == properties(full.pdf)
    assert pixels(spliced.pdf) == pixels(full.pdf)


@pytest.mark.parametrize("part", range(5))
def test_fifty_patients_are_spliced_as_they_would_be_laid_out(part: int) -> None:
    reasons: list[str] = []
    for number in range(part * 10, part * 10 + 10):
        wish = Wish(patient=patient(number), today=TODAY)
        _same(
            copy_sheet(AFTERCARE, _places("example"), wish, reasons.append),
            make_copy(AFTERCARE, _places("example"), wish),
        )
    names = {patient(number).name for number in range(part * 10, part * 10 + 10)}
    # The name that needs two lines and those of two scripts are laid out in full; no other is.
    assert len(reasons) == len(names & {LONG, *MIXED})


@pytest.mark.parametrize(("clinic", "language", "paper", "edition"), EACH)
def test_every_sheet_is_spliced(clinic: str, language: str, paper: Any, edition: str) -> None:
    for name in SHEETS:
        wish = Wish(language=language, edition=edition, paper=paper, patient=patient(2), today=TODAY)
        reasons: list[str] = []
        spliced = copy_sheet(name, _places(clinic), wish, reasons.append)
        assert reasons == []
        _same(spliced, make_copy(name, _places(clinic), wish))


def test_spliced_copies_pass_verapdf(tmp_path: Path) -> None:
    files = []
    for number, name in enumerate((*SHEETS, AFTERCARE, AFTERCARE, AFTERCARE)):
        # Vietnamese, Greek, Cyrillic, marks on letters, ligatures, nearly all blank; plain ones for Harbor,
        # whose own font has fewer letters.
        details = patient((8, 0, 18, 20, 2, 24, 9, 11, 10, 45)[number])
        wish = Wish(
            language=LANGUAGES[number % 2], edition=EDITIONS[number // 2 % 2], patient=details, today=TODAY
        )
        reasons: list[str] = []
        copy = copy_sheet(name, _places(CLINICS[number % 3]), wish, reasons.append)
        assert reasons == [], details
        file = tmp_path / f"{number}.pdf"
        file.write_bytes(copy.pdf)
        files.append(file)
    verdicts = validate(files)
    assert len(verdicts) == 2 * len(files)
    assert [str(verdict) for verdict in verdicts if not verdict.compliant] == []


def test_the_next_copy_imports_neither_engine_nor_yaml(tmp_path: Path) -> None:
    command = [sys.executable, "-X", "importtime", "generate.py", "make", AFTERCARE, "--visit", "2026-11-23"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    imported = []
    for number in range(2):
        said = [*command, "--name", f"Example {number}", "-o", str(tmp_path / f"{number}.pdf")]
        ran = subprocess.run(said, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        found = re.findall(r"\| +([\w.]+)$", ran.stderr, re.MULTILINE)
        imported.append({name.split(".")[0] for name in found})
    heavy = {"weasyprint", "pydyf", "jinja2", "yaml", "pydantic", "fontTools"}
    assert heavy <= imported[0]
    assert not heavy & imported[1]
    assert "Example 1" in words((tmp_path / "1.pdf").read_bytes())[0]


@pytest.mark.parametrize("change", ["a word of the clinic", "a style", "a sheet", "the day", "a logo"])
def test_nothing_stale_is_printed(clinic: Path, change: str) -> None:
    logo = clinic / "pictures" / "logo.svg"
    logo.parent.mkdir()
    picture = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
    logo.write_text(picture, encoding="utf-8")
    brand = clinic / "_brand.yml"
    marks = "logo:\n  images:\n    mark: {path: pictures/logo.svg, alt: A square}\n  small: mark\n"
    brand.write_text(brand.read_text(encoding="utf-8") + marks, encoding="utf-8")
    places = Places(clinic, shipped_folder())
    wish = Wish(patient=patient(0), today=TODAY)
    before = find_master(AFTERCARE, places, wish)
    assert isinstance(before, Master)
    again = find_master(AFTERCARE, places, wish)
    assert isinstance(again, Master)
    assert (again.key, again.fingerprint) == (before.key, before.fingerprint)
    match change:
        case "a word of the clinic":
            facts = clinic / "clinic.yaml"
            facts.write_text(facts.read_text(encoding="utf-8").replace("0100", "0101"), encoding="utf-8")
        case "a style":
            (clinic / "styles").mkdir()
            (clinic / "styles" / "clinic.css").write_text("h1 { color: #000; }", encoding="utf-8")
        case "a sheet":
            own = clinic / "handouts" / "microneedling" / f"{AFTERCARE}.yaml"
            own.parent.mkdir(parents=True)
            text = (ROOT / "handouts" / "microneedling" / own.name).read_text(encoding="utf-8")
            own.write_text(text.replace("heading: Key points", "heading: Main points"), encoding="utf-8")
        case "a logo":
            logo.write_text(picture.replace("rect", "rect rx='2'"), encoding="utf-8")
    if change == "the day":
        wish = dataclasses.replace(wish, today=TODAY + dt.timedelta(days=1))
    after = find_master(AFTERCARE, places, wish)
    assert isinstance(after, Master)
    if change == "the day":  # another day is another plate, as a text's time may be over, of the same looks
        assert after.key != before.key
        assert after.fingerprint == before.fingerprint
        assert after.copy(patient(0))[0].pdf == before.copy(patient(0))[0].pdf
    else:
        assert after.fingerprint != before.fingerprint


def test_a_broken_plate_is_made_anew(clinic: Path) -> None:
    places = Places(clinic, shipped_folder())
    wish = Wish(patient=patient(0), today=TODAY)
    whole = copy_sheet(AFTERCARE, places, wish).pdf
    folder = cache_folder() / "plates"
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert copy_sheet(AFTERCARE, places, wish).pdf == whole
    # And what is kept now is whole again, its fonts too: another process can work with it.
    probe = "from handoutpress.plates.store import is_kept; import sys; sys.exit(not is_kept(sys.argv[1]))"
    key = master_key("sheet", (AFTERCARE,), places, wish)
    assert subprocess.run([sys.executable, "-c", probe, key], cwd=ROOT, check=False).returncode == 0
