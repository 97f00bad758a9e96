"""What comes out: tags, artifacts, text in reading order, pages, fonts, metadata, bytes. From real PDFs."""

from __future__ import annotations

import datetime as dt
import html
import io
import re
import shutil
from typing import TYPE_CHECKING, Any

import pikepdf
import pypdfium2
import pytest

from handoutpress.places import Places, shipped_folder
from handoutpress.press import make_copy
from handoutpress.reading.families import shipped_source
from handoutpress.reading.patient import PatientDetails
from handoutpress.reading.sheet import read_sheet
from handoutpress.wish import Copy, Wish

from .conftest import CLINICS, EDITIONS, LANGUAGES, PAPERS, SHEETS, declared_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from handoutpress.reading.clinic import Paper

AFTERCARE = "microneedling-aftercare"
SIZES = {"a4": (595.3, 841.9), "letter": (612, 792)}
EDGE = 12.7 / 25.4 * 72
"""Points: printers leave 4 to 5 mm blank, and a hand holds the rest."""


def _text(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_bounded().replace("\r\n", "\n") for page in document]


def _elements(element: Any) -> Iterator[Any]:
    """Yield every structure element below one, in reading order."""
    kids = element.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from _elements(kid)


def _tags(pdf: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return [str(element.S) for element in _elements(document.Root.StructTreeRoot)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("clinic", CLINICS)
@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_has_its_declared_pages_and_its_paper(
    shipped: Callable[..., Copy], name: str, clinic: str, paper: str, language: str
) -> None:
    copy = shipped(name, clinic, paper, language=language)
    assert copy.pages == declared_pages(name, language)
    for page in pypdfium2.PdfDocument(copy.pdf):
        assert page.get_size() == pytest.approx(SIZES[paper], abs=0.5)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("clinic", CLINICS)
@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("name", SHEETS)
def test_a_patients_details_add_no_page(name: str, clinic: str, paper: Paper, language: str) -> None:
    places = Places(shipped_folder() / "clinics" / clinic, shipped_folder())
    blocks = {entry.kind for entry in read_sheet(places.sheet(name, language)).handout.blocks}
    patient = PatientDetails(
        name="Example Patient",
        reference="EX-0042",
        clinician="Example Clinician",
        visit=dt.date(2026, 9, 23),  # a long weekday in a long month
        appointment=dt.date(2027, 1, 4),
        appointment_time=dt.time(14, 30),
        note="Use the gel twice a day." if "notes" in blocks else None,
    )
    copy = make_copy(name, places, Wish(language, paper=paper, patient=patient))
    assert copy.pages == declared_pages(name, language)
    text = " ".join(_text(copy.pdf))
    assert "Use the gel twice a day." in text or "notes" not in blocks
    if 'class="field visit"' in copy.html:  # the date is not cut off in its field
        first_heading = html.unescape(re.findall(r"<h2>(.*?)</h2>", copy.html)[0])
        assert "2026" in text[: text.index(first_heading)]


@pytest.mark.parametrize("name", ["microneedling-at-a-glance", "microneedling-skin-check"])
def test_a_note_is_printed_where_no_room_is_kept_for_it(name: str) -> None:
    places = Places(shipped_folder() / "clinics" / "example", shipped_folder())
    assert not any(entry.kind == "notes" for entry in read_sheet(places.sheet(name)).handout.blocks)
    copy = make_copy(name, places, Wish(patient=PatientDetails(note="Use the gel twice a day.")))
    first = _text(copy.pdf)[0]
    assert "Your clinician's note: Use the gel twice a day." in first


@pytest.mark.parametrize("clinic", CLINICS)
@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_text_keeps_off_the_edges_and_no_page_is_nearly_empty(
    shipped: Callable[..., Copy], name: str, clinic: str, paper: str, language: str
) -> None:
    width, height = SIZES[paper]
    for page in pypdfium2.PdfDocument(shipped(name, clinic, paper, language=language).pdf):
        text = page.get_textpage()
        boxes = [text.get_rect(index) for index in range(text.count_rects())]
        assert min(left for left, _, _, _ in boxes) >= EDGE - 0.5
        assert max(right for _, _, right, _ in boxes) <= width - EDGE + 0.5
        assert min(bottom for _, bottom, _, _ in boxes) >= EDGE - 1
        assert max(top for _, _, _, top in boxes) <= height - EDGE + 0.5
        lowest_of_body = min(bottom for _, bottom, _, _ in boxes if bottom > 80)
        assert lowest_of_body < height * 2 / 3, "less than a third of this page is used"


@pytest.mark.parametrize("name", SHEETS)
def test_every_page_says_what_it_is_and_who_to_call(shipped: Callable[..., Copy], name: str) -> None:
    copy = shipped(name, "harbor", "letter")
    pages = _text(copy.pdf)
    for number, text in enumerate(pages, 1):
        foot = "\n".join(text.strip().splitlines()[-6:])
        for words in (
            "Version 1.0",
            copy.text_hash[:8],
            "Review by Nov 23, 2027",
            "555-555-0142",
            f"Page {number} of {len(pages)}",
            "not reviewed by this clinic",
        ):
            assert words in foot


def test_headings_are_never_the_last_line_of_a_page(shipped: Callable[..., Copy]) -> None:
    for name in SHEETS:
        for clinic in CLINICS:
            for edition in EDITIONS:
                copy = shipped(name, clinic, "a4", edition)
                # Under "My notes" come lines for a pen, which are no text.
                page = re.sub(r'<section class="block (notes|questions)">.*?</h2>', "", copy.html, flags=re.S)
                headings = {html.unescape(words) for words in re.findall(r"<h[23]>(.*?)</h[23]>", page)}
                assert headings
                for text in _text(copy.pdf):
                    body = text[: text.rfind("Page ")].strip().splitlines()
                    above_footer = [line.strip() for line in body if line.strip()][:-1]
                    assert above_footer[-1] not in headings


def test_large_print_is_set_in_18_points_and_laid_out_anew(shipped: Callable[..., Copy]) -> None:
    standard, large = shipped(AFTERCARE), shipped(AFTERCARE, edition="large-print")
    assert large.pages > standard.pages
    assert large.text_hash == standard.text_hash
    sizes: dict[float, int] = {}
    for page in pypdfium2.PdfDocument(large.pdf):
        for item in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT]):
            size = round(_font_size(item), 1)
            sizes[size] = sizes.get(size, 0) + 1
    assert max(sizes, key=lambda size: sizes[size]) == 18


def _font_size(item: Any) -> float:
    import ctypes

    size = ctypes.c_float()
    assert pypdfium2.raw.FPDFTextObj_GetFontSize(item.raw, size)
    matrix = item.get_matrix()
    scale: float = abs(matrix.d)
    return size.value * scale


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_block_has_its_tags_in_every_edition(all_blocks: Places, edition: str) -> None:
    copy = make_copy("every-block", all_blocks, Wish(edition=edition))
    tags = _tags(copy.pdf)
    assert tags[0] == "/Document"
    assert tags.count("/H1") == 1
    assert tags.count("/H2") == 17
    assert tags.count("/Table") == 2
    assert tags.count("/TH") == 3 + 2 + 2 + 2
    assert tags.count("/Link") == 2
    assert "/Figure" in tags
    assert "/Caption" in tags
    assert tags.count("/L") >= 8
    with pikepdf.open(io.BytesIO(copy.pdf)) as pdf:
        elements = list(_elements(pdf.Root.StructTreeRoot))
        assert all(str(e.Alt) for e in elements if e.S == "/Figure")
        scopes = {str(e.A.Scope) for e in elements if e.S == "/TH"}
        assert scopes == {"/Row", "/Column"}


def test_blocks_are_read_in_the_order_of_the_sheet(all_blocks: Places) -> None:
    text = " ".join("\n".join(_text(make_copy("every-block", all_blocks, Wish()).pdf)).split())
    places = [
        text.index(words)
        for words in (
            "Every kind of block",
            "The main points",
            "A paragraph",
            "Steps in order",
            "Do and do not",
            "Over time",
            "Tick what fits",
            "Yes or no",
            "When to call",
            "Questions people ask",
            "A table",
            "Words to know",
            "Two shapes.",
            "My questions",
            "The next visit",
            "Example Press",
        )
    ]
    assert places == sorted(places)


def test_footers_are_artifacts_and_outside_the_tree(shipped: Callable[..., Copy]) -> None:
    with pikepdf.open(io.BytesIO(shipped(AFTERCARE).pdf)) as pdf:
        held = sum(1 for _ in _elements(pdf.Root.StructTreeRoot))
        assert held > 50
        for number, page in enumerate(pdf.pages):
            operators = pikepdf.parse_content_stream(page)
            marked = [o.operands for o in operators if str(o.operator) == "BDC"]
            footers = [o for o in marked if o[0] == "/Artifact" and o[1].Subtype == "/Footer"]
            assert len(footers) >= 5
            assert all(o[1].Type == "/Pagination" for o in footers)
            owners = pdf.Root.StructTreeRoot.ParentTree.Nums[2 * number + 1]
            tagged = [int(o[1].MCID) for o in marked if "/MCID" in o[1]]
            assert all(owners[mcid] is not None for mcid in tagged)


def test_links_say_where_they_go(shipped: Callable[..., Copy]) -> None:
    with pikepdf.open(io.BytesIO(shipped(AFTERCARE).pdf)) as pdf:
        links = [a for page in pdf.pages for a in page.obj.get("/Annots", []) if a.Subtype == "/Link"]
        assert len(links) > 5
        for link in links:
            words = str(link.Contents)
            assert len(words) > 3
            assert "http" not in words


def test_metadata_names_the_text(shipped: Callable[..., Copy]) -> None:
    copy = shipped(AFTERCARE, "willow")
    with pikepdf.open(io.BytesIO(copy.pdf)) as pdf, pdf.open_metadata() as xmp:
        assert str(pdf.Root.Lang) == "en"
        assert str(pdf.docinfo["/Title"]) == "After your microneedling"
        assert copy.text_hash in str(pdf.docinfo["/Subject"])
        assert str(pdf.docinfo["/CreationDate"]) == "D:20261123"
        assert "Willow" in str(pdf.docinfo["/Author"])
        assert xmp["pdfaid:part"] == "3"
        assert xmp["pdfuaid:part"] == "1"
        with pdf.open_outline() as outline:
            assert outline.root[0].title == "After your microneedling"
            assert "When to get help" in [entry.title for entry in outline.root[0].children]


@pytest.mark.parametrize("clinic", CLINICS)
@pytest.mark.parametrize("name", SHEETS)
def test_fonts_are_embedded_subsets_of_the_named_families(
    shipped: Callable[..., Copy], name: str, clinic: str
) -> None:
    copy = shipped(name, clinic)
    assert len(copy.pdf) <= 60_000
    families = set()
    with pikepdf.open(io.BytesIO(copy.pdf)) as pdf:
        for page in pdf.pages:
            for font in page.obj.Resources.Font.values():
                (descendant,) = font.DescendantFonts
                assert {"/FontFile2", "/FontFile3"} & set(descendant.FontDescriptor.keys())
                assert "/ToUnicode" in font
                families.add(str(font.BaseFont).partition("+")[2].split("-")[0])
    assert families
    assert all(re.match(r"Source|Atkinson", family) for family in families), families


def test_the_same_input_gives_the_same_bytes(all_blocks: Places) -> None:
    first = make_copy("every-block", all_blocks, Wish())
    assert make_copy("every-block", all_blocks, Wish()).pdf == first.pdf


def test_the_epoch_is_honoured(all_blocks: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    copy = make_copy("every-block", all_blocks, Wish())
    with pikepdf.open(io.BytesIO(copy.pdf)) as pdf:
        assert str(pdf.docinfo["/CreationDate"]) == "D:20270115080000Z"


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("clinic", CLINICS)
@pytest.mark.parametrize("name", SHEETS)
def test_in_grey_every_word_stands_out(
    shipped: Callable[..., Copy], name: str, clinic: str, edition: str
) -> None:
    """Rendered in grey, the darkest ink of each line of text is at least 4.5 to 1 against its paper."""
    for page in pypdfium2.PdfDocument(shipped(name, clinic, edition=edition).pdf):
        picture = page.render(scale=2, grayscale=True).to_pil()
        text, height = page.get_textpage(), page.get_height()
        checked = 0
        for index in range(text.count_rects()):
            left, bottom, right, top = text.get_rect(index)
            if right - left < 10:
                continue
            area = picture.crop(tuple(round(2 * v) for v in (left, height - top, right, height - bottom)))
            darkest, lightest = (value / 255 for value in area.getextrema())
            ratio = (_linear(lightest) + 0.05) / (_linear(darkest) + 0.05)
            assert ratio >= 4.5, text.get_text_bounded(left, bottom, right, top)
            checked += 1
        assert checked > 5


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def test_a_clinics_own_font_file_is_used(all_blocks: Places) -> None:
    source = shipped_source("Atkinson Hyperlegible", 700).path
    (all_blocks.clinic / "fonts").mkdir()
    shutil.copy(source, all_blocks.clinic / "fonts" / "own.ttf")
    with (all_blocks.clinic / "_brand.yml").open("a", encoding="utf-8") as brand:
        brand.write(
            "typography:\n  fonts:\n    - family: Our Own\n"
            "      files: [{path: fonts/own.ttf, weight: bold}]\n  headings: Our Own\n"
        )
    copy = make_copy("every-block", all_blocks, Wish())
    with pikepdf.open(io.BytesIO(copy.pdf)) as pdf:
        names = {str(font.BaseFont) for font in pdf.pages[0].obj.Resources.Font.values()}
    assert len(names) == 3  # body in two weights, headings in the clinic's own
    assert "Our Own" in copy.html
