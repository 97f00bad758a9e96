"""A booklet: pages laid out on half of a paper, placed two by two in the order of a saddle stitch.

Works on the engine's objects before they are written, so that nothing is parsed twice and nothing of the
structure tree is lost: two pages' content becomes one page's, and whatever named a page, a marked content
or a place on the paper names the new one. The tree's own order, and with it the order of reading, stays.
The clauses are those of ISO 32000-1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pydyf

from handoutpress.typesetting.references import number_of, object_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weasyprint import Document

_MM = 72 / 25.4
_PIXEL = 0.75
"""Points in one of the engine's pixels."""
_A5_HEIGHT, _A4_LENGTH = 210 * _MM, 297 * _MM


@dataclass(frozen=True)
class _Placed:
    """Where a page of the booklet has gone."""

    side: pydyf.Dictionary
    """The page that holds it now: one side of a leaf."""
    left: float
    """How far it is moved to the right, in points."""
    marks: int
    """How many pieces of marked content stand on that side before its own."""


def saddle_order(pages: int) -> list[tuple[int | None, int | None]]:
    """Return the left and the right page, counted from 0, on each side of each leaf; None for a blank.

    Eight pages stand on two leaves as 8 and 1, behind them 2 and 7; inside 6 and 3, behind them 4 and 5.
    The blanks that make the number a multiple of four stand at the end.
    """
    whole = -(-pages // 4) * 4
    order: list[tuple[int | None, int | None]] = []
    for side in range(whole // 2):
        early, late = side, whole - 1 - side
        last = late if late < pages else None
        first = early if early < pages else None
        order.append((last, first) if side % 2 == 0 else (first, last))
    return order


def impose(document: Document, pdf: pydyf.PDF) -> None:
    """Place a finished document's pages on paper of twice their size; a ``Finisher``.

    All pages of the document have one size.
    """
    width, height = document.pages[0].width * _PIXEL, document.pages[0].height * _PIXEL
    # ISO 216 rounds: two A5 pages are a millimetre narrower than the A4 they are folded from.
    whole = _A4_LENGTH if abs(height - _A5_HEIGHT) < 1 else 2 * width
    pages = [pdf.objects[number] for number in pdf.pages["Kids"][::3]]
    parents = object_of(pdf, object_of(pdf, pdf.catalog["StructTreeRoot"])["ParentTree"])
    owners = dict(zip(parents["Nums"][::2], parents["Nums"][1::2], strict=True))
    pdf.pages["Kids"], pdf.pages["Count"] = pydyf.Array(), 0
    placed: dict[int, _Placed] = {}
    nums = pydyf.Array()
    order = saddle_order(len(pages))
    for number, (left, right) in enumerate(order):
        pair = (right, left) if _right_to_left(document) else (left, right)
        side = _add_side(pdf, (whole, height), pages[0]["Resources"], number)
        marked = pydyf.Array()
        for index, at in zip(pair, (whole / 2 - width, whole / 2), strict=True):
            if index is None:
                continue
            page = pages[index]
            placed[page.number] = _Placed(side, at, len(marked))
            _move_content(pdf, page, placed[page.number])
            marked.extend(owners.pop(page["StructParents"]))
        nums.extend([number, marked])
    _move_annotations(pdf, pages, placed)
    _renumber(pdf, sorted(owners), len(order))
    for number, key in enumerate(sorted(owners), len(order)):
        nums.extend([number, owners[key]])
    parents["Nums"] = nums
    _move_destinations(pdf, placed)
    _move_structure(pdf, placed)
    for page in pages:
        page.clear()  # an object must stay in its place; an empty one says nothing
    pdf.catalog["ViewerPreferences"] |= {"Duplex": "/DuplexFlipShortEdge", "PrintScaling": "/None"}


def _right_to_left(document: Document) -> bool:
    """Return whether the booklet is bound on the right, as in a script from right to left."""
    return bool(document.pages[0]._page_box.style["direction"] == "rtl")


def _add_side(pdf: pydyf.PDF, size: tuple[float, float], resources: Any, number: int) -> pydyf.Dictionary:
    """Add one empty side of a leaf. All pages of the engine share their resources (7.8.3)."""
    stream = pydyf.Stream(compress=True)
    pdf.add_object(stream)
    box = [0, 0, *size]
    side = pydyf.Dictionary(
        {
            "Type": "/Page",
            "Parent": pdf.pages.reference,
            "MediaBox": pydyf.Array(box),
            "TrimBox": pydyf.Array(box),
            "BleedBox": pydyf.Array(box),
            "Contents": stream.reference,
            "Resources": resources,
            "Tabs": "/S",
            "StructParents": number,
        }
    )
    pdf.add_page(side)
    return side


def _move_content(pdf: pydyf.PDF, page: pydyf.Dictionary, place: _Placed) -> None:
    """Join a page's content to its side's, and count its marked content on (14.7.4.4).

    The operands themselves move, not copies: who holds one of them still finds it.
    """
    source, target = (object_of(pdf, where["Contents"]) for where in (page, place.side))
    for operand in source.stream:
        if isinstance(operand, dict) and "MCID" in operand:
            operand["MCID"] += place.marks
    target.push_state()
    target.set_matrix(1, 0, 0, 1, place.left, 0)
    target.stream.extend(source.stream)
    target.pop_state()
    source.stream = []


def _move_annotations(pdf: pydyf.PDF, pages: Sequence[pydyf.Dictionary], placed: dict[int, _Placed]) -> None:
    """Move each page's links with it (12.5.2)."""
    for page in pages:
        place = placed[page.number]
        for reference in page.get("Annots", ()):
            rect = object_of(pdf, reference)["Rect"]
            rect[0] += place.left
            rect[2] += place.left
            place.side.setdefault("Annots", pydyf.Array()).append(reference)


def _renumber(pdf: pydyf.PDF, keys: Sequence[int], first: int) -> None:
    """Count the links' entries in the parent tree on from the last side's: its keys ascend (7.9.7)."""
    numbers = dict(zip(keys, range(first, first + len(keys)), strict=True))
    for thing in pdf.objects:
        if isinstance(thing, pydyf.Dictionary) and "StructParent" in thing:
            thing["StructParent"] = numbers[thing["StructParent"]]


def _move_destinations(pdf: pydyf.PDF, placed: dict[int, _Placed]) -> None:
    """Lead bookmarks and links to where their pages are now (12.3.2): ``[page /XYZ left top zoom]``."""
    names = pdf.catalog.get("Names", {}).get("Dests", {}).get("Names", [])
    outlines = [thing.get("Dest") for thing in pdf.objects if isinstance(thing, pydyf.Dictionary)]
    for destination in (*names[1::2], *outlines):
        if isinstance(destination, list):
            place = placed[number_of(destination[0])]
            destination[0] = place.side.reference
            destination[2] += place.left


def _move_structure(pdf: pydyf.PDF, placed: dict[int, _Placed]) -> None:
    """Tell each structure element which page its content is on, and under which number (14.7.4)."""
    for thing in pdf.objects:
        if isinstance(thing, pydyf.Dictionary) and "Pg" in thing:
            place = placed[number_of(thing["Pg"])]
            thing["Pg"] = place.side.reference
            kids = thing.get("K", [])
            kids[:] = [kid + place.marks if isinstance(kid, int) else kid for kid in kids]
