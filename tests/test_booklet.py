"""A booklet: its order, and that nothing but the place of the pages has changed. From real PDFs."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import pikepdf
import pypdfium2
import pytest

from handoutpress import packets
from handoutpress.errors import ProblemsFound
from handoutpress.packets import make_booklet, make_packet
from handoutpress.places import Places, shipped_folder
from handoutpress.press import make_copy
from handoutpress.typesetting.booklet import saddle_order
from handoutpress.wish import Copy, Wish

from .conftest import EACH, PAPERS, SHEETS, TODAY
from .test_right_to_left import arabic  # noqa: F401 (a fixture)
from .test_typesetting import EDGE, _font_size
from .verapdf import validate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ABOUT, AFTERCARE, READY = (f"microneedling-{name}" for name in ("about", "aftercare", "getting-ready"))
LEAVES = {"a4": (841.9, 595.3), "letter": (792, 612)}
HALVES = {"a4": (419.5, 595.3), "letter": (396, 612)}
_made: dict[tuple[Any, ...], Copy] = {}


def places_of(clinic: str) -> Places:
    return Places(shipped_folder() / "clinics" / clinic, shipped_folder())


def booklet(*names: str, clinic: str = "example", **wish: Any) -> Copy:
    """Make a booklet of one shipped sheet, or a packet of several, once a session each."""
    key = (names, clinic, *sorted(wish.items()))
    if key not in _made:
        wanted = Wish(today=TODAY, **wish)
        if len(names) == 1:
            _made[key] = make_booklet(names[0], places_of(clinic), wanted)
        else:
            _made[key] = make_packet(names, places_of(clinic), wanted, booklet=True)
    return _made[key]


@pytest.fixture
def unfolded() -> Copy:
    """Return a packet as it is before its pages are placed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packets, "impose", lambda _document, _pdf: None)
        return make_packet([READY, AFTERCARE], places_of("example"), Wish(today=TODAY), booklet=True)


def halves(copy: Copy) -> list[tuple[str, str]]:
    """Return the text of the left and the right half of each side."""
    found = []
    for page in pypdfium2.PdfDocument(copy.pdf):
        width, height = page.get_size()
        text = page.get_textpage()
        found.append(
            (
                " ".join(text.get_text_bounded(0, 0, width / 2, height).split()),
                " ".join(text.get_text_bounded(width / 2, 0, width, height).split()),
            )
        )
    return found


def number_of(text: str) -> int | None:
    """Return a page's number from its footer, counted from 0; None for a blank one."""
    found = re.search(r"(?:Page|Página|صفحة) (\d+)", text[-90:])
    return int(found[1]) - 1 if found else None


def order_of(copy: Copy) -> list[tuple[int | None, int | None]]:
    return [(number_of(left), number_of(right)) for left, right in halves(copy)]


def told(pdf: bytes) -> Iterator[tuple[str, Any]]:
    """Yield what a screen reader meets, in the tree's order: each tag, and the glyphs of its content."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        glyphs = {page.obj.objgen: _glyphs(page) for page in document.pages}
        waiting = [document.Root.StructTreeRoot.K[0]]
        while waiting:
            element = waiting.pop()
            if not isinstance(element, pikepdf.Dictionary):
                continue
            if element.get("/Type") == "/OBJR":
                yield ("object", str(element.Obj.Contents))
                continue
            kids = list(element.get("/K", []))
            marked = [glyphs[element.Pg.objgen][int(kid)] for kid in kids if isinstance(kid, int)]
            yield (str(element.S), tuple(marked))
            waiting += reversed(kids)


def _glyphs(page: Any) -> dict[int, bytes]:
    """Return what is shown under each number of marked content."""
    shown: dict[int, bytes] = {}
    open_marks: list[int | None] = []
    for step in pikepdf.parse_content_stream(page):
        match str(step.operator):
            case "BDC" | "BMC":
                held: Any = step.operands[1] if len(step.operands) > 1 else {}
                open_marks.append(int(held["/MCID"]) if "/MCID" in held else None)
                if open_marks[-1] is not None:
                    assert open_marks[-1] not in shown, "a number stands for two pieces of content"
                    shown[open_marks[-1]] = b""
            case "EMC":
                open_marks.pop()
            case "TJ" | "Tj" | "Do" if open_marks and open_marks[-1] is not None:
                shown[open_marks[-1]] += str(step.operands[0]).encode()
    assert open_marks == []
    return shown


def test_the_order_of_a_saddle_stitch() -> None:
    assert saddle_order(8) == [(7, 0), (1, 6), (5, 2), (3, 4)]
    assert saddle_order(4) == [(3, 0), (1, 2)]
    assert saddle_order(5) == [(None, 0), (1, None), (None, 2), (3, 4)]
    assert saddle_order(1) == [(None, 0), (None, None)]


@pytest.mark.parametrize("paper", PAPERS)
def test_pages_stand_in_saddle_order_on_the_paper(paper: str) -> None:
    for copy in (booklet(AFTERCARE, paper=paper), booklet(READY, AFTERCARE, paper=paper)):
        assert order_of(copy) == saddle_order(copy.pages)
        for page in pypdfium2.PdfDocument(copy.pdf):
            assert page.get_size() == pytest.approx(LEAVES[paper], abs=0.5)
        for left, right in halves(copy):
            for text in (left, right):
                number = number_of(text)
                assert (number is None) == (text == "")
                assert number is None or f"Page {number + 1} of {copy.pages}" in text


def test_blank_pages_stand_at_the_end() -> None:
    copy = booklet(AFTERCARE)
    assert copy.pages == 5
    assert halves(copy)[0][0] == ""


def test_a_script_from_right_to_left_is_bound_on_the_right(arabic: Places) -> None:  # noqa: F811
    copy = make_booklet("right-to-left", arabic, Wish("ar", today=TODAY))
    assert copy.pages <= 4
    first, second = halves(copy)[0]
    assert first
    assert not second


def test_reading_order_and_tags_are_those_of_the_pages(unfolded: Copy) -> None:
    folded = booklet(READY, AFTERCARE)
    assert folded.html == unfolded.html
    assert folded.pdf != unfolded.pdf
    read = list(told(folded.pdf))
    assert len(read) > 300
    assert read == list(told(unfolded.pdf))


def test_the_parent_tree_leads_back_to_each_piece() -> None:
    with pikepdf.open(io.BytesIO(booklet(READY, AFTERCARE).pdf)) as pdf:
        nums = pdf.Root.StructTreeRoot.ParentTree.Nums
        keys = [int(key) for key in nums[::2]]
        assert keys == sorted(set(keys))
        owners = dict(zip(keys, nums[1::2], strict=True))
        for page in pdf.pages:
            for mark in _glyphs(page):
                owner = owners[int(page.obj.StructParents)][mark]
                assert mark in [int(kid) for kid in owner.K if isinstance(kid, int)]
                assert owner.Pg.objgen == page.obj.objgen
            for link in page.obj.get("/Annots", []):
                held = [
                    kid for kid in owners[int(link.StructParent)].K if isinstance(kid, pikepdf.Dictionary)
                ]
                assert link.objgen in [kid.Obj.objgen for kid in held if "/Obj" in kid]


def test_links_stay_on_their_words_and_go_to_the_right_page(unfolded: Copy) -> None:
    folded = booklet(READY, AFTERCARE)
    before, after = _links(unfolded.pdf), _links(folded.pdf)
    assert len(before) == len(after) > 20
    order = saddle_order(folded.pages)
    width = LEAVES["a4"][0]

    def placed(page: int, left: float) -> tuple[int, float]:
        side = next(index for index, pair in enumerate(order) if page in pair)
        return side, left + width / 2 - (HALVES["a4"][0] if order[side][0] == page else 0)

    expected = set()
    for page, (left, low, right, high), words, goal in before:
        side, new_left = placed(page, left)
        new_goal = placed(*goal) if goal else None
        box = tuple(round(edge, 1) for edge in (new_left, low, right + new_left - left, high))
        expected.add((side, box, words, new_goal and (new_goal[0], round(new_goal[1], 1))))
    found = {
        (page, tuple(round(edge, 1) for edge in box), words, goal and (goal[0], round(goal[1], 1)))
        for page, box, words, goal in after
    }
    assert {(side, words, goal) for side, _, words, goal in found} == {
        (side, words, goal) for side, _, words, goal in expected
    }
    for one, other in zip(sorted(found, key=str), sorted(expected, key=str), strict=True):
        assert one[1] == pytest.approx(other[1], abs=0.3)


def _links(pdf: bytes) -> list[tuple[int, tuple[float, ...], str, tuple[int, float] | None]]:
    """Return each link's page, rectangle, words, and where it goes in the document."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        numbers = {page.obj.objgen: number for number, page in enumerate(document.pages)}
        names = document.Root.Names.Dests.Names
        goals = {
            str(names[index]): (numbers[names[index + 1][0].objgen], float(names[index + 1][2]))
            for index in range(0, len(names), 2)
        }
        return [
            (
                number,
                tuple(float(edge) for edge in link.Rect),
                str(link.Contents),
                goals[str(link.Dest)] if "/Dest" in link else None,
            )
            for number, page in enumerate(document.pages)
            for link in page.obj.get("/Annots", [])
        ]


def test_bookmarks_lead_to_the_half_their_sheet_begins_on() -> None:
    copy = booklet(READY, AFTERCARE)
    sides = halves(copy)
    with pikepdf.open(io.BytesIO(copy.pdf)) as pdf, pdf.open_outline() as outline:
        numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages)}
        assert len(outline.root) == 3
        for entry in outline.root:
            goal: Any = entry.destination
            side, left = numbers[goal[0].objgen], float(goal[2])
            assert str(entry.title) in sides[side][left > LEAVES["a4"][0] / 2 - 1]


@pytest.mark.parametrize(("clinic", "language", "paper", "_edition"), EACH)
def test_every_sheet_is_a_booklet_in_12_points_that_keeps_off_the_edges(
    clinic: str, language: str, paper: str, _edition: str
) -> None:
    width, height = LEAVES[paper]
    sizes: dict[float, float] = {}
    for name in SHEETS:
        copy = booklet(name, clinic=clinic, paper=paper, language=language)
        for page in pypdfium2.PdfDocument(copy.pdf):
            text = page.get_textpage()
            for index in range(text.count_rects()):
                left, bottom, right, top = text.get_rect(index)
                half = width / 2 if left > width / 2 else 0
                assert left - half >= EDGE - 0.5
                assert right - half <= width / 2 - EDGE + 1
                assert bottom >= EDGE - 1
                assert top <= height - EDGE + 0.5
            for item in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT]):
                size = round(_font_size(item), 1)
                start, _, end, _ = item.get_bounds()
                sizes[size] = sizes.get(size, 0) + (end - start) / size
    assert max(sizes, key=lambda size: sizes[size]) == 12
    assert min(sizes) >= 8.9


def test_headings_are_never_the_last_line_of_a_page() -> None:
    for name in SHEETS:
        for clinic, language, paper, _ in EACH:
            copy = booklet(name, clinic=clinic, paper=paper, language=language)
            page = re.sub(r'<section class="block (notes|questions)">.*?</h2>', "", copy.html, flags=re.S)
            headings = re.findall(r"<h[23]>(.*?)</h[23]>", page)
            title = re.findall(r"<h1>(.*?)</h1>", page)[0]
            for pair in halves(copy):
                for text in pair:
                    body = text[: text.rfind(f"{title} ·")].strip()
                    assert not [heading for heading in headings if body.endswith(heading)]


def test_a_booklet_says_the_same_text_as_the_sheet() -> None:
    copy = booklet(AFTERCARE)
    usual = make_copy(AFTERCARE, places_of("example"), Wish(today=TODAY))
    assert copy.name == AFTERCARE
    assert copy.text_hash == usual.text_hash
    assert re.sub(r"\s+", "", copy.html.partition("<body>")[2]) == re.sub(
        r"\s+", "", usual.html.partition("<body>")[2]
    )


def test_a_booklet_in_large_print_is_refused() -> None:
    with pytest.raises(ProblemsFound, match="not made in large print"):
        booklet(AFTERCARE, edition="large-print")


def test_a_printer_is_told_how_to_turn_the_paper() -> None:
    copy = booklet(AFTERCARE)
    with pikepdf.open(io.BytesIO(copy.pdf)) as pdf:
        assert pdf.Root.ViewerPreferences.Duplex == "/DuplexFlipShortEdge"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
    assert any("short edge" in remark for remark in copy.remarks)


def test_the_same_input_gives_the_same_bytes() -> None:
    again = make_booklet(AFTERCARE, places_of("example"), Wish(today=TODAY))
    assert again.pdf == booklet(AFTERCARE).pdf


def _not_compliant(copies: list[Copy], folder: Path) -> list[str]:
    files = []
    for number, copy in enumerate(copies):
        files.append(folder / f"{number}.pdf")
        files[-1].write_bytes(copy.pdf)
    return [str(verdict) for verdict in validate(files) if not verdict.compliant]


@pytest.mark.parametrize(
    ("clinic", "language", "paper", "_edition"),
    EACH,
)
def test_booklets_pass_verapdf(clinic: str, language: str, paper: str, _edition: str, tmp_path: Path) -> None:
    copies = [booklet(name, clinic=clinic, paper=paper, language=language) for name in SHEETS]
    copies.append(booklet(READY, AFTERCARE, clinic=clinic, paper=paper, language=language))
    assert _not_compliant(copies, tmp_path) == []


def test_a_booklet_of_every_block_passes_verapdf(all_blocks: Places, tmp_path: Path) -> None:
    copy = make_booklet("every-block", all_blocks, Wish(today=TODAY, draft=True))
    assert _not_compliant([copy], tmp_path) == []
