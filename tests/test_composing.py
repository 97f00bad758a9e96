"""The composed HTML: golden for the page with every block, and what each slot becomes."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from handoutpress.composing.images import in_rows
from handoutpress.errors import ProblemsFound, shorten
from handoutpress.places import Places, shipped_folder
from handoutpress.press import compose_copy
from handoutpress.reading.patient import PatientDetails
from handoutpress.wish import Wish
from tests.overlays import TOPIC, html, problems, write_changes, write_evidence

GOLDEN = Path(__file__).parent / "golden"


def _body(places: Places, wish: Wish) -> str:
    """Return the document without its styles and pictures, which have tests of their own."""
    html = compose_copy("every-block", places, wish).composition.html
    html = re.sub(r"\s*<style>.*?</style>", "", html, flags=re.DOTALL)
    html = re.sub(r'src="data:[^"]*"', 'src="data:"', html)
    return re.sub(r"\n\s*\n+", "\n", html)


@pytest.mark.parametrize("edition", ["standard", "large-print"])
def test_every_block_is_composed_as_before(
    all_blocks: Places, edition: str, request: pytest.FixtureRequest
) -> None:
    body = _body(all_blocks, Wish(edition=edition))
    golden = GOLDEN / f"every-block.{edition}.html"
    if request.config.getoption("--update-golden"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(body, encoding="utf-8")
    assert body == golden.read_text(encoding="utf-8")


def test_blanks_are_lines_for_a_pen_with_words_for_a_screen_reader(all_blocks: Places) -> None:
    body = _body(all_blocks, Wish())
    assert 'alt="The plan: ____"' in body
    assert 'alt="Date of this visit (+3 days): ____"' in body


def test_a_patients_details_fill_every_field_and_date(all_blocks: Places) -> None:
    patient = PatientDetails(
        name="Example <Patient>",
        reference="REF-1",
        clinician="Example Clinician",
        visit=dt.date(2026, 11, 23),
        appointment=dt.date(2027, 1, 4),
        appointment_time=dt.time(14, 30),
        note="First line.\nSecond line.",
    )
    body = _body(all_blocks, Wish(patient=patient))
    for words in (
        "Example &lt;Patient&gt;",
        "REF-1",
        "Thursday 26 November",  # visit + 3
        "Saturday 28 November",  # visit + the clinic's days, if it set them
        "Monday 4 January",
        "2:30 pm",
        "<p>Second line.</p>",
    ):
        if "28" in words:
            assert words not in body  # rest_days is not set: a line for a pen
        else:
            assert words in body


def test_a_date_can_be_moved_by_the_clinics_own_days(all_blocks: Places) -> None:
    facts = all_blocks.clinic / "clinic.yaml"
    facts.write_text(facts.read_text() + "  test-topic: {rest_days: '5'}\ndate_order: month-day\n")
    body = _body(all_blocks, Wish(patient=PatientDetails(visit=dt.date(2026, 11, 23))))
    assert "Saturday, November 28" in body


def test_the_text_hash_follows_the_words_and_not_the_patient(all_blocks: Places) -> None:
    blank = compose_copy("every-block", all_blocks, Wish()).composition.text_hash
    named = Wish(patient=PatientDetails(name="Example Patient", visit=dt.date(2026, 11, 23)))
    assert compose_copy("every-block", all_blocks, named).composition.text_hash == blank
    assert compose_copy("every-block", all_blocks, Wish(paper="letter")).composition.text_hash == blank
    sheet = next((all_blocks.clinic / "handouts").glob("*/every-block.yaml"))
    sheet.write_text(sheet.read_text().replace("Keep this page.", "Keep these pages."))
    assert compose_copy("every-block", all_blocks, Wish()).composition.text_hash != blank


@pytest.mark.parametrize("line", ["phone", "emergency_phone", "after_hours"])
def test_an_unset_line_that_help_depends_on_stops_the_print(all_blocks: Places, line: str) -> None:
    facts = all_blocks.clinic / "clinic.yaml"
    kept = [row for row in facts.read_text().splitlines() if not row.startswith(f"{line}:")]
    facts.write_text("\n".join(kept))
    with pytest.raises(ProblemsFound) as found:
        compose_copy("every-block", all_blocks, Wish())
    assert f"`{{clinic.{line}}}` is not set" in str(found.value)
    assert f"add `{line}:`" in str(found.value)


def test_a_clinics_template_can_change_one_block_of_the_shipped_one(all_blocks: Places) -> None:
    own = all_blocks.clinic / "templates" / "sheet.html"
    own.parent.mkdir()
    own.write_text(
        '{% extends "shipped:sheet.html" %}{% block letterhead %}<p>Our own head</p>{% endblock %}'
    )
    body = _body(all_blocks, Wish())
    assert "<p>Our own head</p>" in body
    assert "The main points" in body
    assert 'class="letterhead"' not in body


def test_a_clinics_style_sheet_stands_last(all_blocks: Places) -> None:
    own = all_blocks.clinic / "styles" / "clinic.css"
    own.parent.mkdir()
    own.write_text("h1 { color: black; }\n")
    html = compose_copy("every-block", all_blocks, Wish()).composition.html
    assert html.rindex("h1 { color: black; }") > html.rindex(".sources")


def test_a_code_for_the_clinics_page_is_printed_only_where_it_has_one(all_blocks: Places) -> None:
    assert 'class="online"' not in _body(all_blocks, Wish())
    facts = all_blocks.clinic / "clinic.yaml"
    facts.write_text("handout_page: https://example.org/h/{name}\n" + facts.read_text())
    body = _body(all_blocks, Wish())
    assert 'href="https://example.org/h/every-block"' in body


def test_a_strip_of_panels_is_cut_into_rows() -> None:
    strip = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -7 720 100"><path d="M0 0h9"/></svg>'
    cut = in_rows(strip, 2)
    assert 'viewBox="0 0 354 208"' in cut
    assert 'viewBox="0 -7 354 100"' in cut
    assert 'viewBox="366 -7 354 100"' in cut
    assert cut.count("<path") == 2
    assert in_rows("<svg><path/></svg>", 2) == "<svg><path/></svg>"


@pytest.mark.parametrize(("edition", "rows"), [("standard", 0), ("large-print", 2)])
def test_only_large_print_sets_four_panels_in_two_rows(edition: str, rows: int) -> None:
    places = Places(shipped_folder() / "clinics" / "example", shipped_folder())
    html = compose_copy("microneedling-about", places, Wish(edition=edition)).composition.html
    needles = unquote(re.findall(r'<img src="([^"]+)" alt="Four views', html)[0])
    assert needles.count("<svg ") == 1 + rows


@pytest.mark.parametrize(("groups", "is_taken"), [(199, True), (200, False)])
def test_a_drawing_nested_too_deep_is_refused(all_blocks: Places, groups: int, is_taken: bool) -> None:
    """At some 900 levels the engine would leave it out, and say so in its log alone."""
    path = all_blocks.clinic / "handouts" / "test-topic" / "shapes.svg"
    drawn = "<g>" * groups + "</g>" * groups
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg">\n{drawn}</svg>', encoding="utf-8")
    if is_taken:
        assert "<g>" * groups in unquote(compose_copy("every-block", all_blocks, Wish()).composition.html)
        return
    with pytest.raises(ProblemsFound) as found:
        compose_copy("every-block", all_blocks, Wish())
    (problem,) = found.value.problems
    assert problem.message == "an SVG nested deeper than 200 levels is not opened"
    assert problem.place
    assert (problem.place.file, problem.place.line) == (path, 2)


def test_a_picture_is_looked_for_in_the_clinics_folder_first(clinic: Path) -> None:
    write_evidence(clinic)
    figure = 'figure: {image: figures/ours.svg, alt: Ours., caption: {say: "Ours.", from: [L01]}}'
    changes = write_changes(clinic, f"changes:\n  - add:\n      after: top\n      blocks: [{{{figure}}}]\n")
    (problem,) = (each for each in problems(clinic) if "ours.svg" in each.message)
    assert problem.message == "there is no image `ours.svg`"
    assert problem.place
    assert problem.place.file == changes
    first, _, second = problem.hint.removeprefix("looked for ").partition(" and ")
    below = f"handouts/{TOPIC}/figures/ours.svg"
    assert (first, second) == (f"{clinic}/{below}", shorten(shipped_folder() / below))
    (clinic / below).parent.mkdir()
    (clinic / below).write_bytes((shipped_folder() / "clinics/example/logo.svg").read_bytes())
    assert 'alt="Ours."' in html(clinic)
