"""The comparison behind ``--verify``: silent for a copy and its full layout, and loud for what differs."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import pytest

from handoutpress.places import Places, shipped_folder
from handoutpress.plates.copies import copy_sheet, find_master
from handoutpress.plates.master import Master
from handoutpress.press import make_copy
from handoutpress.typesetting.comparing import differing, objects
from handoutpress.typesetting.plate import row
from handoutpress.wish import Wish

from .conftest import TODAY
from .copies import patient, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from handoutpress.reading.patient import PatientDetails

AFTERCARE = "microneedling-aftercare"
NUMBERS = (0, 12, 18, 20, 43)
"""Patients of several scripts, and one with blanks."""


def _places(clinic: str = "example") -> Places:
    return Places(shipped_folder() / "clinics" / clinic, shipped_folder())


def _wish(number: int = 0) -> Wish:
    return Wish(patient=patient(number), today=TODAY)


@pytest.fixture(scope="module")
def spliced() -> bytes:
    """Return one patient's copy, spliced."""
    return copy_sheet(AFTERCARE, _places(), _wish()).pdf


@pytest.fixture(scope="module")
def full() -> bytes:
    """Return the same, laid out in full."""
    return make_copy(AFTERCARE, _places(), _wish()).pdf


def _file(found: dict[int, bytes]) -> bytes:
    """Write objects as a file again, nothing packed."""
    last = max(found) + 1
    data, rows = bytearray(b"%PDF-1.7\n"), bytearray(row(0, 0, 65535) * (last + 1))
    for number, body in found.items():
        head, stream, content = body.partition(b"\nstream\n")
        if stream:
            head = re.sub(rb"/Filter /FlateDecode|/Length \d+", b"", head)
            head = head.removesuffix(b">>") + b"/Length %d>>" % len(content)
            body = head + b"\nstream\n" + content + b"\nendstream"
        rows[number * 7 : number * 7 + 7] = row(1, len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    rows[last * 7 :] = row(1, len(data))
    (root,) = (number for number, body in found.items() if b"/Type /Catalog" in body)
    head = b"<</Type /XRef/W [1 4 2]/Root %d 0 R/Size %d/Length %d>>" % (root, last + 1, len(rows))
    start = len(data)
    data += b"%d 0 obj\n%b\nstream\n%b\nendstream\nendobj\n" % (last, head, bytes(rows))
    return bytes(data + b"startxref\n%d\n%%%%EOF\n" % start)


def _changed(
    pdf: bytes, where: Callable[[bytes], bool], change: Callable[[bytes], bytes]
) -> tuple[int, bytes]:
    """Change the first object that ``where`` picks; return its number and the file."""
    found = objects(pdf)
    number = next(number for number, body in found.items() if where(body))
    body = change(found[number])
    assert body != found[number]
    return number, _file({**found, number: body})


@pytest.mark.parametrize("number", NUMBERS)
def test_a_copy_and_its_full_layout_do_not_differ(number: int) -> None:
    told: list[str] = []
    copy = copy_sheet(AFTERCARE, _places(), _wish(number), told.append)
    assert told == [], "only a spliced copy says anything here"
    layout = make_copy(AFTERCARE, _places(), _wish(number))
    assert copy.pdf != layout.pdf
    assert list(differing(copy.pdf, layout.pdf)) == []


def test_a_file_written_again_does_not_differ(spliced: bytes, full: bytes) -> None:
    """What the tests below change is all that they change."""
    written = _file(objects(spliced))
    assert written != spliced
    assert words(written) == words(spliced) == words(full)
    assert list(differing(written, full)) == []


def test_a_changed_word_of_the_sheet_is_told(spliced: bytes, full: bytes) -> None:
    def swap(body: bytes) -> bytes:
        """Swap two neighbouring glyphs of the last text that has different ones."""
        pairs = re.finditer(rb"<([0-9a-f]{4})>(-?\d+)<([0-9a-f]{4})>", body)
        *_, last = (pair for pair in pairs if pair[1] != pair[3])
        return body[: last.start()] + b"<%b>%b<%b>" % (last[3], last[2], last[1]) + body[last.end() :]

    number, other = _changed(spliced, lambda body: b" Tf\n" in body and b"] TJ" in body, swap)
    assert words(other) != words(full)
    assert list(differing(other, full)) == [f"object {number}"]


def test_a_moved_word_is_told(spliced: bytes, full: bytes) -> None:
    number, other = _changed(
        spliced,
        lambda body: b" Tm\n" in body,
        lambda body: re.sub(
            rb"1 0 0 -1 (\d+)", lambda found: b"1 0 0 -1 %d" % (int(found[1]) + 1), body, count=1
        ),
    )
    assert list(differing(other, full)) == [f"object {number}"]


def test_a_changed_title_is_told(spliced: bytes, full: bytes) -> None:
    number, other = _changed(
        spliced,
        lambda body: b"/Producer" in body,
        lambda body: body.replace(b"/Title (After", b"/Title (Before"),
    )
    assert list(differing(other, full)) == [f"object {number}"]


def test_a_changed_tag_is_told(spliced: bytes, full: bytes) -> None:
    number, other = _changed(
        spliced, lambda body: b"/StructElem/S /H2" in body, lambda body: body.replace(b"/S /H2", b"/S /P")
    )
    assert list(differing(other, full)) == [f"object {number}"]


def test_a_missing_tag_is_told(spliced: bytes, full: bytes) -> None:
    found = objects(spliced)
    number = next(number for number, body in found.items() if b"/StructElem/S /H2" in body)
    del found[number]
    assert list(differing(_file(found), full)) == [f"object {number}"]


def _used(full: bytes) -> int:
    """Return a glyph of the full layout that shows a letter in its first line set in the plate's font."""
    found = objects(full)
    maps = next(body for body in found.values() if b"beginbfchar" in body)
    return int(re.findall(rb"<([0-9a-f]{4})> <0061>", maps)[0], 16)


def test_a_wrong_width_is_told(spliced: bytes, full: bytes) -> None:
    def widen(body: bytes) -> bytes:
        """Make the first glyph of each row one unit wider."""
        return re.sub(rb"(\d+ \[)(\d+)", lambda found: found[1] + b"%d" % (int(found[2]) + 1), body)

    number, other = _changed(spliced, lambda body: b"/CIDToGIDMap" in body, widen)
    assert list(differing(other, full)) == [f"widths of glyphs in object {number}"]


def test_a_glyph_that_is_read_out_as_another_is_told(spliced: bytes, full: bytes) -> None:
    glyph = b"<%04x> " % _used(full)
    number, other = _changed(
        spliced,
        lambda body: b"beginbfchar" in body and glyph + b"<0061>" in body,
        lambda body: body.replace(glyph + b"<0061>", glyph + b"<0062>"),
    )
    assert words(other) != words(full)
    assert list(differing(other, full)) == [f"texts of glyphs in object {number}"]


@pytest.mark.parametrize(
    "details",
    [
        dataclasses.replace(patient(0), name="Example Patiemt"),
        dataclasses.replace(patient(0), reference="EX-0001"),
        dataclasses.replace(patient(0), visit=patient(1).visit),
        dataclasses.replace(patient(0), appointment=patient(1).appointment),
    ],
    ids=["name", "reference", "visit", "appointment"],
)
def test_another_patients_words_are_told(full: bytes, details: PatientDetails) -> None:
    other = copy_sheet(AFTERCARE, _places(), Wish(patient=details, today=TODAY)).pdf
    assert list(differing(other, full)) != []


def test_another_clinic_is_told(full: bytes) -> None:
    assert list(differing(copy_sheet(AFTERCARE, _places("willow"), _wish()).pdf, full)) != []


def test_a_plate_with_one_word_changed_is_told(full: bytes) -> None:
    """As a plate gone wrong would give it: all its own marks in order, and one text another."""
    master = find_master(AFTERCARE, _places(), _wish())
    assert isinstance(master, Master)
    assert master.plate
    content = master.plate.contents[-1]
    at = max(index for index, part in enumerate(content.parts) if isinstance(part, bytes) and b"] TJ" in part)
    part = content.parts[at]
    assert isinstance(part, bytes)
    other = re.sub(rb"<([0-9a-f]{4})", rb"<\1\1", part, count=1)
    parts = (*content.parts[:at], other, *content.parts[at + 1 :])
    contents = (*master.plate.contents[:-1], dataclasses.replace(content, parts=parts))
    plate = dataclasses.replace(master.plate, contents=contents)
    copy, why = dataclasses.replace(master, plate=plate).copy(patient(0))
    assert why == ""
    assert list(differing(copy.pdf, full)) == [f"object {content.number}"]
