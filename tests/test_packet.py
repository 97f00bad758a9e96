"""A packet of several sheets: its cover, contents, pages, bookmarks and warnings. From real PDFs."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import io
import re
from typing import TYPE_CHECKING, Any

import pikepdf
import pypdfium2
import pytest

from handoutpress.errors import ProblemsFound
from handoutpress.packets import make_packet
from handoutpress.places import Places, shipped_folder
from handoutpress.press import make_copy
from handoutpress.reading.patient import PatientDetails
from handoutpress.reading.sheet import read_sheet
from handoutpress.wish import Copy, Wish

from .conftest import CLINICS, EACH, SHEETS, TODAY
from .test_typesetting import _tags, _text
from .verapdf import validate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Ran

ABOUT, AFTERCARE, READY, RISK = (
    f"microneedling-{name}" for name in ("about", "aftercare", "getting-ready", "scar-risk")
)
SIGN = "A fever or chills"
PATIENT = PatientDetails(
    name="Example Patient",
    reference="EX-0042",
    clinician="Example Clinician",
    visit=dt.date(2026, 11, 24),
    appointment=dt.date(2026, 12, 7),
    appointment_time=dt.time(14, 30),
    note="Use the gel twice a day.",
)
_made: dict[tuple[Any, ...], Copy] = {}


def packet(
    *names: str, clinic: str = "example", duplex: bool = False, booklet: bool = False, **wish: Any
) -> Copy:
    """Make a packet of shipped sheets, once a session each."""
    key = (names, clinic, duplex, booklet, *sorted(wish.items()))
    if key not in _made:
        places = Places(shipped_folder() / "clinics" / clinic, shipped_folder())
        _made[key] = make_packet(names, places, Wish(today=TODAY, **wish), duplex=duplex, booklet=booklet)
    return _made[key]


def title_of(name: str, language: str = "en") -> str:
    return read_sheet(Places(shipped_folder(), shipped_folder()).sheet(name, language)).handout.title


def flat(text: str) -> str:
    """Return a page's text in one line."""
    return " ".join(text.split())


def listed(cover: str, titles: list[str], word: str = "Page") -> list[int]:
    """Return the page that the contents names for each title."""
    found = [re.search(rf"{re.escape(title)} (?:(?!{word}).)*?{word} (\d+)", cover) for title in titles]
    assert all(found), cover
    return [int(hit[1]) for hit in found if hit]


def starts(copy: Copy) -> list[int]:
    """Return the page, from 1, that each bookmark of the first level leads to."""
    with pikepdf.open(io.BytesIO(copy.pdf)) as pdf, pdf.open_outline() as outline:
        numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages, 1)}
        goals: list[Any] = [entry.destination for entry in outline.root]
        return [numbers[goal[0].objgen] for goal in goals]


def test_the_cover_says_whose_it_is_what_is_in_it_and_who_to_call() -> None:
    cover = flat(_text(packet(READY, AFTERCARE, clinic="harbor", patient=PATIENT).pdf)[0])
    for words in (
        "100 Sample Pier",
        "Your handouts",
        "Example Patient",
        "EX-0042",
        "Example Clinician",
        "Nov 24, 2026",
        "Monday, December 7",
        "2:30 pm",
        "Use the gel twice a day.",
        "Who to call",
        "555-555-0142",
        "Monday to Friday, 8:30 am to 5 pm",
        "call 555-555-0187",
        "911",
        "When you book your visit",
        "On the day of treatment",
        "not reviewed by this clinic",
    ):
        assert words in cover


def test_blank_details_are_lines_for_a_pen() -> None:
    cover = packet(READY, AFTERCARE).html.partition("<article")[0]
    assert cover.count('class="write-in fill"') == 4 + 2 + 1  # the patient's, the visit's, the notes'


def test_letterhead_and_note_stand_on_the_cover_only() -> None:
    pages = [flat(text) for text in _text(packet(READY, AFTERCARE, clinic="harbor", patient=PATIENT).pdf)]
    for words in ("100 Sample Pier", "Use the gel twice a day."):
        assert [words in page for page in pages] == [True] + [False] * (len(pages) - 1)


@pytest.mark.parametrize(("clinic", "language", "paper", "_edition"), EACH)
def test_contents_bookmarks_and_pages_agree_in_a_packet_of_all(
    clinic: str, language: str, paper: str, _edition: str
) -> None:
    copy = packet(*SHEETS, clinic=clinic, paper=paper, language=language)
    pages = [flat(text) for text in _text(copy.pdf)]
    titles = [title_of(name, language) for name in SHEETS]
    word, of = ("Page", "of") if language == "en" else ("Página", "de")
    begun = starts(copy)
    assert begun[:2] == [1, 2]  # the cover is one page
    assert listed(pages[0], titles, word) == begun[1:]
    for title, number in zip(titles, begun[1:], strict=True):
        assert pages[number - 1].index(title) < 120
    for number, page in enumerate(pages, 1):
        assert f"{word} {number} {of} {len(pages)}" in page
    assert len(pages) == copy.pages


def test_every_page_has_the_footer_of_its_own_sheet() -> None:
    copy = packet(READY, AFTERCARE)
    places = Places(shipped_folder() / "clinics" / "example", shipped_folder())
    _, ready, aftercare = starts(copy)
    for number, page in enumerate(_text(copy.pdf), 1):
        foot = flat(page)[-230:]
        name = AFTERCARE if number >= aftercare else READY if number >= ready else None
        assert "01632 960123" in foot
        if name:
            assert title_of(name) in foot
            assert f"Text {make_copy(name, places, Wish()).text_hash[:8]}" in foot
            assert "Review by 23 Nov 2027" in foot
        else:
            assert f"Text {copy.text_hash[:8]}" in foot


def test_bookmarks_are_by_sheet() -> None:
    with pikepdf.open(io.BytesIO(packet(READY, AFTERCARE).pdf)) as pdf, pdf.open_outline() as outline:
        titles = [entry.title for entry in outline.root]
        assert titles == ["Your handouts", title_of(READY), title_of(AFTERCARE)]
        assert "What is inside" in [entry.title for entry in outline.root[0].children]
        assert "When to get help" in [entry.title for entry in outline.root[2].children]


def test_headings_skip_no_level() -> None:
    levels = [
        int(tag[2])
        for tag in _tags(packet(*SHEETS, paper="a4", language="en").pdf)
        if re.fullmatch(r"/H\d", tag)
    ]
    assert levels.count(1) == 1 + len(SHEETS)
    assert all(after - before <= 1 for before, after in zip([0, *levels], levels, strict=False))


@pytest.mark.parametrize("edition", ["standard", "large-print"])
def test_for_both_sides_each_sheet_begins_on_a_right_hand_page(edition: str) -> None:
    names = (READY, "microneedling-at-a-glance", AFTERCARE)
    copy = packet(*names, duplex=True, edition=edition)
    pages = [flat(text) for text in _text(copy.pdf)]
    begun = starts(copy)
    assert all(number % 2 for number in begun)
    assert listed(" ".join(pages[: begun[1] - 1]), [title_of(name) for name in names]) == begun[1:]
    blank = [page for page in pages if len(page) < 230]
    assert blank
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
    usual = packet(*names, edition=edition)
    assert copy.text_hash == usual.text_hash
    assert len(pages) == usual.pages + len(blank)


def test_a_shared_warning_is_said_once() -> None:
    copy = packet(AFTERCARE, RISK)
    pages = [flat(text) for text in _text(copy.pdf)]
    first = next(number for number, page in enumerate(pages, 1) if SIGN in page)
    assert sum(page.count(SIGN) for page in pages) == 1
    (later,) = [page for page in pages if "See the box" in page]
    assert f"See the box on page {first}, in “{title_of(AFTERCARE)}”." in later
    assert "After treatment: when to get help" in later  # the sheet's own heading
    assert pages.index(later) + 1 >= starts(copy)[2]


def test_the_place_of_a_shared_warning_is_linked() -> None:
    copy = packet(AFTERCARE, RISK)
    with pikepdf.open(io.BytesIO(copy.pdf)) as pdf:
        names = pdf.Root.Names.Dests.Names
        places = {str(names[index]): names[index + 1] for index in range(0, len(names), 2)}
        links = [a for page in pdf.pages for a in page.obj.get("/Annots", []) if "/Dest" in a]
        (link,) = [link for link in links if str(link.Dest).startswith("warning-")]
        assert str(link.Contents) == title_of(AFTERCARE)
        pages = [page.obj.objgen for page in pdf.pages]
        at = pages.index(places[str(link.Dest)][0].objgen)
        assert [str(link.Contents) for link in links if str(link.Dest).startswith("sheet-")] == [
            title_of(AFTERCARE),
            title_of(RISK),
        ]
    assert SIGN in flat(_text(copy.pdf)[at])


def test_different_warnings_are_printed_in_full() -> None:
    copy = packet(ABOUT, AFTERCARE)
    assert "See the box" not in flat(" ".join(_text(copy.pdf)))
    assert copy.html.count('<section class="block warning">') == 2


def test_a_name_given_twice_is_taken_once() -> None:
    assert packet(READY, AFTERCARE, READY).pdf == packet(READY, AFTERCARE).pdf


def test_spanish_words_on_the_cover() -> None:
    text = _text(packet(AFTERCARE, RISK, language="es").pdf)
    for words in ("Sus hojas", "A quién llamar", "Qué hay aquí", "Página 2", "El día del tratamiento"):
        assert words in flat(text[0])
    assert "Vea el recuadro de la página 2, en “" in flat(" ".join(text))


def test_the_hash_of_a_packet_is_of_its_sheets_hashes() -> None:
    places = Places(shipped_folder() / "clinics" / "example", shipped_folder())
    own = [make_copy(name, places, Wish()).text_hash for name in (READY, AFTERCARE)]
    assert packet(READY, AFTERCARE).text_hash == hashlib.sha256("\n".join(own).encode()).hexdigest()
    assert packet(AFTERCARE, READY).text_hash != packet(READY, AFTERCARE).text_hash


def test_metadata_names_the_sheets_and_no_patient() -> None:
    copy = packet(READY, AFTERCARE, clinic="harbor", patient=PATIENT)
    with pikepdf.open(io.BytesIO(copy.pdf)) as pdf:
        assert str(pdf.docinfo["/Title"]) == "Your handouts: Microneedling for acne scars"
        assert copy.text_hash in str(pdf.docinfo["/Subject"])
        assert not any("Example Patient" in str(value) for value in pdf.docinfo.values())
    head = copy.html.partition("</head>")[0]
    assert "Example Patient" not in head + "".join(re.findall(r"<[^>]*>", copy.html))


def test_what_is_wrong_with_two_sheets_is_told_at_once(clinic: Path) -> None:
    facts = clinic / "clinic.yaml"
    text = facts.read_text(encoding="utf-8").replace("    allergy_signs: Trouble breathing\n", "")
    facts.write_text(text.replace("  microneedling:\n", "  microneedling: {}\n"), encoding="utf-8")
    places = Places(clinic, shipped_folder())
    with pytest.raises(ProblemsFound) as raised:
        make_packet([AFTERCARE, "microneedling-afterwards", ABOUT], places, Wish())
    messages = str(raised.value)
    assert "microneedling-afterwards" in messages
    files = {problem.place.file.name for problem in raised.value.problems if problem.place}
    assert {f"{AFTERCARE}.yaml", f"{ABOUT}.yaml"} <= files


def test_a_character_without_a_font_is_told_once_with_its_place(clinic: Path) -> None:
    facts = clinic / "clinic.yaml"
    facts.write_text(facts.read_text("utf-8").replace("Test Clinic", "Test 水 Clinic"), encoding="utf-8")
    with pytest.raises(ProblemsFound) as raised:
        make_packet([READY, AFTERCARE], Places(clinic, shipped_folder()), Wish())
    assert [problem.place.line for problem in raised.value.problems if problem.place] == [1]
    assert len(raised.value.problems) == 1


def test_a_draft_says_so_on_every_page() -> None:
    places = Places(shipped_folder() / "clinics" / "example", shipped_folder())
    late = dt.date(2028, 1, 1)
    with pytest.raises(ProblemsFound) as raised:
        make_packet([READY, AFTERCARE], places, Wish(today=late))
    assert len(raised.value.problems) == 2
    draft = make_packet([READY, AFTERCARE], places, Wish(today=late, draft=True), duplex=True)
    assert len(draft.waived) == 2
    assert all("DRAFT: not for patients" in page for page in _text(draft.pdf))


def test_what_a_clinics_own_sheet_changes_holds_in_a_packet(clinic: Path) -> None:
    own = clinic / "templates" / "sheet.html"
    own.parent.mkdir()
    own.write_text(
        '{% extends "shipped:sheet.html" %}'
        "{% block head %}<style>h1 { color: #102030; }</style>{% endblock %}"
        "{% block title %}<h1>{{ sheet.title }}</h1><p>Our own words.</p>{% endblock %}",
        encoding="utf-8",
    )
    copy = make_packet([READY, AFTERCARE], Places(clinic, shipped_folder()), Wish())
    assert copy.html.count("Our own words.") == 2
    assert copy.html.count("<style>h1 { color: #102030; }</style>") == 1
    assert copy.html.count("<body>") == 1


def test_a_sheet_template_without_a_body_is_refused(clinic: Path) -> None:
    own = clinic / "templates" / "sheet.html"
    own.parent.mkdir()
    own.write_text("<html><style>{{ styles | join }}</style></html>", encoding="utf-8")
    with pytest.raises(ProblemsFound, match="no body"):
        make_packet([READY, AFTERCARE], Places(clinic, shipped_folder()), Wish())


OWN_SHEET = """\
<html lang="en">
<head>
{{% for style in styles %}}
{styles}
{{% endfor %}}
<style>h1 {{ color: #102030; }}</style>
</head>
<body>
<main><h1>{{{{ sheet.title }}}}</h1></main>
</body>
</html>
"""


def own_sheet(clinic: Path, styles: str) -> Copy:
    """Make a packet with a clinic's own sheet.html, which prints the styles in this way."""
    own = clinic / "templates" / "sheet.html"
    own.parent.mkdir()
    own.write_text(OWN_SHEET.format(styles=styles), encoding="utf-8")
    return make_packet([READY, AFTERCARE], Places(clinic, shipped_folder()), Wish())


@pytest.mark.parametrize("styles", ["<style>\n{{ style }}\n</style>", "<STYLE>{{ style }}</STYLE>"])
def test_a_clinics_own_head_holds_however_it_sets_the_styles(clinic: Path, styles: str) -> None:
    assert own_sheet(clinic, styles).html.count("<style>h1 { color: #102030; }</style>") == 1


@pytest.mark.parametrize("styles", ["", "<style>{{ style }} h2 { color: #102030; }</style>"])
def test_a_sheet_template_whose_head_cannot_be_told_is_refused(clinic: Path, styles: str) -> None:
    with pytest.raises(ProblemsFound, match="does not print `styles`") as raised:
        own_sheet(clinic, styles)
    assert "a <style> of its own" in raised.value.problems[0].hint


def test_two_topics_stand_together(all_blocks: Places) -> None:
    copy = make_packet(["every-block", READY], all_blocks, Wish(patient=PATIENT))
    title = html.unescape(re.findall("<title>(.*?)</title>", copy.html)[0])
    assert title == "Your handouts: A page for the tests, Microneedling for acne scars"


def test_an_empty_packet_is_refused() -> None:
    with pytest.raises(ProblemsFound, match="at least one sheet"):
        packet()


def _not_compliant(copies: list[Copy], folder: Path) -> list[str]:
    files = []
    for number, copy in enumerate(copies):
        files.append(folder / f"{number}.pdf")
        files[-1].write_bytes(copy.pdf)
    return [str(verdict) for verdict in validate(files) if not verdict.compliant]


@pytest.mark.parametrize("sample", CLINICS)
def test_packets_pass_verapdf(sample: str, tmp_path: Path) -> None:
    copies = [
        packet(*SHEETS, clinic=clinic, paper=paper, language=language)
        for clinic, language, paper, _ in EACH
        if clinic == sample
    ]
    assert len(copies) == 1
    copies.append(packet(AFTERCARE, RISK, clinic=sample, duplex=True, edition="large-print"))
    assert _not_compliant(copies, tmp_path) == []


def test_a_packet_with_every_block_passes_verapdf(all_blocks: Places, tmp_path: Path) -> None:
    copy = make_packet(["every-block", READY], all_blocks, Wish(patient=PATIENT), duplex=True)
    assert _not_compliant([copy], tmp_path) == []


def test_the_command_prints_the_path(run: Callable[..., Ran], tmp_path: Path) -> None:
    ran = run("packet", READY, AFTERCARE, "-o", tmp_path, "--name", "Example Patient", "--duplex")
    assert (ran.status, ran.out) == (0, f"{tmp_path}/packet.pdf\n")
    ran = run("packet", READY, AFTERCARE, "--language", "es", "-o", tmp_path / "es.pdf")
    assert ran.out == f"{tmp_path}/es.pdf\n"
    assert ran.err.count("no qualified translator has checked") == 2


def test_the_command_writes_nothing_if_anything_is_wrong(run: Callable[..., Ran], tmp_path: Path) -> None:
    ran = run("packet", READY, "nothing", "--booklet", "--edition", "large-print", "-o", tmp_path / "x.pdf")
    assert ran.status == 1
    assert "a booklet is not made in large print" in ran.err
    assert "nothing" in ran.err
    assert not (tmp_path / "x.pdf").exists()


def test_text_keeps_off_the_edges() -> None:
    edge = 12.7 / 25.4 * 72
    for page in pypdfium2.PdfDocument(packet(*SHEETS, clinic="harbor", duplex=True).pdf):
        width, height = page.get_size()
        text = page.get_textpage()
        for index in range(text.count_rects()):
            left, bottom, right, top = text.get_rect(index)
            assert left >= edge - 0.5
            assert right <= width - edge + 0.5
            assert bottom >= edge - 1
            assert top <= height - edge + 0.5
