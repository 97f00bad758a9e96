"""A clinic's folder outside the checkout that overrides something of every kind, from the outside in."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pypdfium2
import pytest

from handoutpress.composing.identity import words_hash
from handoutpress.editing.check import served_sheets
from handoutpress.ejecting.standing import stand
from handoutpress.errors import ProblemsFound
from handoutpress.places import Places, shipped_folder
from handoutpress.reading.sheet import read_sheet
from handoutpress.scaffolding.sheets import begin_sheet
from tests.conftest import ROOT, TODAY
from tests.copies import words
from tests.overlays import AFTERCARE, TOPIC, reword, was, write_changes, write_evidence
from tests.verapdf import validate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

SAID = {
    "en": ("Use gentle skin products.", "Use gentle skin products with no scent."),
    "es": ("Use productos suaves para la piel.", "Use productos suaves para la piel, sin perfume."),
}
PARKING = {"en": ("Parking", "Park behind the house, at {protocol.parking}."),
           "es": ("Aparcar", "Aparque detrás de la casa, en {protocol.parking}.")}  # fmt: skip
SHEET = """\
title: Your visit to us
topic: Your visit
summary: Call {clinic.phone} if you cannot come.
given: with the appointment letter
version: "1.0"
dated: 2026-11-24
review_by: 2027-05-01
pages: 1
blocks:
  - steps:
      heading: What to do
      steps:
        - {say: "Park behind the house.", from: [P01]}
        - {say: "Come to the desk.", from: [P01]}
"""


def changes(language: str) -> str:
    """Return one change of each kind."""
    old, new = SAID[language]
    heading, parking = PARKING[language]
    return (
        "changes:\n"
        + reword(old, new, language)
        + f'  - hide: {{block: table, was: "{was("table", language=language)}", because: we give a list}}\n'
        f'  - replace: {{block: notes, was: "{was("notes", language=language)}", with: {{notes: {{}}}}}}\n'
        f"  - add: {{after: faq, blocks: [{{paragraph: {{heading: {heading}, "
        f'text: [{{say: "{parking}", from: [L01]}}]}}}}]}}\n'
        "  - move: {block: faq, after: warning}\n"
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    clinic: Path = tmp_path_factory.mktemp("own") / "Ärztehaus & Söhne (example)"
    shutil.copytree(ROOT / "clinics" / "willow", clinic)
    write_evidence(clinic)
    topic = clinic / "handouts" / TOPIC
    slots = "slots:\n  parking: {label: LABEL, example: EXAMPLE}\n"
    for name, label, example in (
        ("protocol.changes.yaml", "Where to park", "number 7"),
        ("protocol.es.changes.yaml", "Dónde aparcar", "número 7"),
    ):
        text = slots.replace("LABEL", label).replace("EXAMPLE", example)
        (topic / name).write_text(text, encoding="utf-8")
    leaves_out = "leaves_out: {C55: we give a list of products}\n"
    write_changes(clinic, leaves_out + changes("en"))
    original = read_sheet(Places(clinic, shipped_folder()).sheet(AFTERCARE)).handout
    translation = f'translation: {{of: "{words_hash(original)}"}}\n'
    write_changes(clinic, translation + changes("es"), f"{AFTERCARE}.es")
    own = clinic / "handouts" / "visits"
    own.mkdir()
    (own / "your-visit.yaml").write_text(SHEET, encoding="utf-8")
    (own / "evidence.yaml").write_text("practical: {P01: {states: How to come.}}\n", encoding="utf-8")
    (topic / "figures").mkdir()
    figure = (shipped_folder() / "handouts" / TOPIC / "figures" / "sun.svg").read_text(encoding="utf-8")
    (topic / "figures" / "sun.svg").write_text(figure.replace("<path", "<path ", 1), encoding="utf-8")
    for name, text in {
        "templates/sheet.html": '{% extends "shipped:sheet.html" %}\n'
        "{% block letterhead %}{{ super() }}<p>Since 1999 (example)</p>{% endblock %}\n",
        "templates/blocks/notes.html": '{% include "shipped:blocks/notes.html" %}<p>Bring these notes.</p>\n',
        "styles/clinic.css": "h2 { text-decoration: underline; }\n",
    }.items():
        (clinic / name).parent.mkdir(parents=True, exist_ok=True)
        (clinic / name).write_text(text, encoding="utf-8")
    return clinic


@pytest.fixture
def ejected(run: Callable[..., Ran], folder: Path) -> Path:
    ran = run("eject", "styles/icons/phone.svg", "--clinic", folder)
    assert ran.status in (0, 1), ran.err  # the second test finds it there
    return folder / "styles" / "icons" / "phone.svg"


def test_check_passes_and_every_sheet_is_pdf_ua(
    run: Callable[..., Ran], folder: Path, ejected: Path, tmp_path: Path
) -> None:
    icon = ejected.read_text(encoding="utf-8")
    ejected.write_text(icon.replace("</svg>", "<!-- ours --></svg>"), encoding="utf-8")
    checked = run("check", "--clinic", folder)
    assert checked.status == 0, checked.err
    for language in ("en", "es"):
        ran = run("make", "--all", "--clinic", folder, "--language", language, "-o", tmp_path / language)
        assert ran.status == 0, ran.err
    files = [*tmp_path.glob("en/*.pdf"), *tmp_path.glob(f"es/{AFTERCARE}*.pdf")]
    assert tmp_path / "en" / "your-visit.pdf" in files
    assert files[-1].parent.name == "es"
    verdicts = validate(files)
    assert [str(verdict) for verdict in verdicts if not verdict.compliant] == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_override_is_on_the_page(
    run: Callable[..., Ran], folder: Path, tmp_path: Path, language: str
) -> None:
    ran = run("make", AFTERCARE, "--clinic", folder, "--language", language, "-o", tmp_path / "a.pdf")
    assert ran.status == 0, ran.err
    pdf = (tmp_path / "a.pdf").read_bytes()
    said = " ".join(" ".join(words(pdf)).replace("\ufffe", "").split())
    for expected in (SAID[language][1], PARKING[language][0], "Since 1999 (example)", "Bring these notes."):
        assert expected in said
    assert SAID[language][0] not in said.replace(SAID[language][1], "")
    assert re.search(r"1\.0\.1", said)
    assert len(pypdfium2.PdfDocument(pdf)) <= 3


def test_where_says_why_for_each(run: Callable[..., Ran], folder: Path, ejected: Path) -> None:
    sheet = run("where", AFTERCARE, "--clinic", folder)
    assert f"{AFTERCARE}.changes.yaml" in sheet.out
    for path in ("templates/sheet.html", "styles/icons/phone.svg", f"handouts/{TOPIC}/figures/sun.svg"):
        ran = run("where", path, "--clinic", folder)
        assert ran.status == 0, ran.err
        assert str(folder) in ran.out.splitlines()[0]


def test_a_folder_reached_through_a_link_is_the_clinics_all_the_same(clinic: Path) -> None:
    sheet = clinic / "handouts" / "visits" / "our-visit.fr.yaml"
    sheet.parent.mkdir(parents=True)
    sheet.write_text(SHEET.replace("version:", "language: fr\nversion:"), encoding="utf-8")
    (clinic.parent / "link").symlink_to(clinic)
    for folder in (clinic, clinic.parent / "link"):
        places = Places(folder, shipped_folder())
        assert ("our-visit", "fr") in served_sheets(places)
        assert stand(places, "handouts/visits/our-visit.fr.yaml").copies[0].owner == "clinic"
        with pytest.raises(ProblemsFound, match="it is your own: change "):
            begin_sheet(places, "our-visit", "after", "visits", None, "en", TODAY)
        with pytest.raises(ProblemsFound, match="it comes with the program"):
            begin_sheet(places, AFTERCARE, "after", TOPIC, None, "en", TODAY)
