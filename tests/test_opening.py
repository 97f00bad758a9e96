"""What a plate may stand for: lines that break, templates of a clinic's own, words out of place."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from handoutpress.plates.copies import copy_sheet
from handoutpress.press import make_copy
from handoutpress.reading.patient import PatientDetails
from handoutpress.typesetting.comparing import differing
from handoutpress.wish import Wish

from .conftest import TODAY
from .copies import words

if TYPE_CHECKING:
    from handoutpress.places import Places

SHEET = "every-block"
PATIENT = PatientDetails(
    name="Example Patient",
    reference="EX-1",
    clinician="Dr Example",
    visit=dt.date(2026, 9, 23),
    appointment=dt.date(2026, 10, 21),
    appointment_time=dt.time(14, 30),
)
WISH = Wish(patient=PATIENT, today=TODAY)
PERSONAL = ("patient", "timeline", "warning", "appointment", "notes", "sources")
"""The blocks with a patient's words in them, and the two that such a sheet needs."""


@pytest.fixture
def personal(all_blocks: Places) -> Places:
    """Return the places of the sheet with these blocks only, which is laid out in a third of the time."""
    path = all_blocks.clinic / "handouts" / "test-topic" / f"{SHEET}.yaml"
    head, *blocks = re.split(r"(?m)^  - (?=[a-z-]+:$)", path.read_text(encoding="utf-8"))
    kept = [f"  - {block}" for block in blocks if block.partition(":")[0] in PERSONAL]
    assert len(kept) == len(PERSONAL)
    path.write_text("".join([head, *kept]), encoding="utf-8")
    return all_blocks


def _with_paragraph(places: Places, words: str) -> None:
    path = places.clinic / "handouts" / "test-topic" / f"{SHEET}.yaml"
    text = path.read_text(encoding="utf-8")
    block = f'  - paragraph:\n      text:\n        - {{say: "{words}", from: [P01]}}\n'
    path.write_text(text.replace("blocks:\n", f"blocks:\n{block}", 1), encoding="utf-8")


def _template(places: Places, name: str, text: str) -> None:
    path = places.clinic / "templates" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _style(places: Places, text: str) -> None:
    folder = places.clinic / "styles"
    folder.mkdir(exist_ok=True)
    (folder / "clinic.css").write_text(text, encoding="utf-8")


def _reasons(places: Places, wish: Wish = WISH) -> list[str]:
    """Make a copy, compare it with a full layout, and return why it was laid out in full, if it was."""
    reasons: list[str] = []
    copy = copy_sheet(SHEET, places, wish, reasons.append)
    assert list(differing(copy.pdf, make_copy(SHEET, places, wish).pdf)) == []
    return [reason.removeprefix(f"{SHEET}: laid out in full: ") for reason in reasons]


@pytest.mark.parametrize("edition", ["standard", "large-print"])
def test_lines_with_dates_among_words_break_as_in_a_full_layout(personal: Places, edition: str) -> None:
    _with_paragraph(
        personal,
        "We can see you again from {visit.date+3} on. Please call us by {visit.date+30}. Bring this sheet "
        "with you on {appointment.date} (your next visit). You may bring all of your questions too.",
    )
    reasons = []
    for number in range(12):
        days = dt.timedelta(days=number * 31)
        assert PATIENT.visit
        assert PATIENT.appointment
        patient = replace(
            PATIENT,
            visit=PATIENT.visit + days,
            appointment=PATIENT.appointment + days,
            name=("Example Patient", "Ex. P.", "Example Samplepatient")[number % 3],
        )
        reasons += _reasons(personal, replace(WISH, edition=edition, patient=patient))
    # Some of these lines break in another place, and those copies are laid out; most are spliced.
    assert len(reasons) < 10
    assert all("line" in reason for reason in reasons)


@pytest.mark.parametrize("width", [170, 180, 190, 200, 210, 220, 230])
def test_words_with_hyphens_break_as_in_a_full_layout(personal: Places, width: int) -> None:
    _template(
        personal,
        "parts/title.html",
        '<div class="title"><h1>{{ sheet.title }}</h1><div class="narrow"><p>See {{ patient.clinician }} for '
        "your follow-up-visits-and-the-like now.</p><p>This is for {{ patient.name }} only.</p></div></div>",
    )
    _style(personal, f".narrow {{ width: {width}px; }}")
    for name in ("Al", "A-Bakersfieldman", "Xi/Examplerss", "Xi-Examplerss of Sample"):
        _reasons(personal, replace(WISH, patient=replace(PATIENT, name=name, clinician=name[::-1])))


@pytest.mark.parametrize("note", ["First.\n\nThird.", "\n\nOnly.\n", "One.\nTwo."])
def test_a_note_is_spliced_line_by_line(all_blocks: Places, note: str) -> None:
    assert _reasons(all_blocks, replace(WISH, patient=replace(PATIENT, note=note))) == []


def test_a_mark_without_a_letter_stands_as_in_a_full_layout(all_blocks: Places) -> None:
    for name in ("\u0301Ann", "n\u0303\u0331o"):
        _reasons(all_blocks, replace(WISH, patient=replace(PATIENT, name=name)))


def test_a_link_to_another_folder_is_another_sheet(all_blocks: Places) -> None:
    folder = all_blocks.clinic / "handouts"
    (folder / "test-topic").rename(folder / ".first")
    shutil.copytree(folder / ".first", folder / ".second")
    path = folder / ".second" / f"{SHEET}.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("Wash your hands.", "Wash both hands."), encoding="utf-8"
    )
    link = folder / "test-topic"
    said = []
    for target in (".first", ".second"):
        link.unlink(missing_ok=True)
        link.symlink_to(target, target_is_directory=True)
        said.append(" ".join(words(copy_sheet(SHEET, all_blocks, WISH).pdf)))
    assert "Wash your hands" in said[0]
    assert "Wash both hands" in said[1]


def test_a_running_header_says_the_name_on_every_page(all_blocks: Places) -> None:
    _template(
        all_blocks,
        "sheet.html",
        '{% extends "shipped:sheet.html" %}{% block letterhead %}'
        '<div class="whose"><p>For {{ patient.name }}.</p></div>{{ super() }}{% endblock %}',
    )
    _style(
        all_blocks,
        ".whose { position: running(whose); } @page { @top-left { content: element(whose); width: 100%; } }",
    )
    assert _reasons(all_blocks) == []
    assert _reasons(all_blocks, replace(WISH, patient=replace(PATIENT, name="Another Example"))) == []


@pytest.mark.parametrize(
    ("head", "style", "reason"),
    [
        (
            '<meta name="dcterms.subject" content="{{ patient.name }}">',
            "",
            "elsewhere than in the page's text",
        ),
        ("", ".field .value { text-transform: uppercase; }", "elsewhere than in the page's text"),
        ("", ".field .value { text-align: center; }", "centred or set to the right"),
        ("", ".fields { display: flex; }", "in a flexible row"),
        ("", ".field .value { text-decoration: underline; }", "underlined"),
        ("", ".patient .fields .field { width: auto !important; }", "as wide as its words"),
        ("", ".timeline .date { background: #eee; }", "a coloured ground"),
        ("", ".timeline .date { border-top: 1pt solid; }", "a coloured ground"),
        ("", ".timeline .date { outline: 1pt solid; }", "a coloured ground"),
        ("", ".timeline .date { background-image: linear-gradient(#eee, #ddd); }", "a coloured ground"),
        ("", ".field .value { text-transform: capitalize; }", "features of its font"),
        ("", ".field .value { font-variant-numeric: oldstyle-nums; }", "features of its font"),
        ("", ".field .value { font-variant-ligatures: none; }", "features of its font"),
        ("", ".field .value { font-feature-settings: 'onum' 1; }", "features of its font"),
        ("", ".field .value { letter-spacing: 0.1em; }", "features of its font"),
    ],
)
def test_a_page_that_follows_its_words_has_no_plate(
    personal: Places, head: str, style: str, reason: str
) -> None:
    if head:
        text = '{% extends "shipped:sheet.html" %}\n{% block head %}HEAD{% endblock %}'
        _template(personal, "sheet.html", text.replace("HEAD", head))
    if style:
        _style(personal, style)
    (told,) = _reasons(personal)
    assert reason in told


def test_a_name_in_a_heading_stands_in_the_outline_too(personal: Places) -> None:
    _template(
        personal,
        "parts/title.html",
        '<div class="title"><h1>{{ sheet.title }}</h1><h2>{{ patient.name }}</h2></div>',
    )
    (told,) = _reasons(personal)
    assert "outline" in told


@pytest.mark.parametrize(
    "work",
    [
        "{{ patient.name | upper }}",
        "{{ patient.name.split(' ')[0] }}",
        "{% if patient.clinician == 'Dr Example' %}signed{% endif %}",
        "{{ patient.name | length }}",
        "{% if 'x' in patient.name %}x{% endif %}",
    ],
)
def test_a_template_that_works_on_a_detail_composes_each_copy(personal: Places, work: str) -> None:
    _template(
        personal,
        "parts/title.html",
        f'<div class="title"><h1>{{{{ sheet.title }}}}</h1><p>{work}</p></div>',
    )
    (told,) = _reasons(personal)
    assert "works on a patient's details" in told
