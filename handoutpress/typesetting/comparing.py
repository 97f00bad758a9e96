"""Is a spliced copy what a full layout gives? Both files are read back, object for object.

A copy has the objects of its full layout under the same numbers. They must be equal, byte for byte, but for
what cannot be: the fonts are other cuts of the same faces, so every glyph a full layout has must be there,
as wide and with the same text.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OWN = re.compile(rb"/FontBBox \[[^]]*\]|/CapHeight \d+|/Length1? \d+|/Filter /FlateDecode")
"""What follows from a font's cut, or from how a stream is packed."""


def differing(spliced: bytes, full: bytes) -> Iterator[str]:
    """Yield each difference that a patient could see or hear, in words."""
    ours, theirs = objects(spliced), objects(full)
    fonts = _font_objects(theirs)
    for number, data in theirs.items():
        if number in fonts:
            continue
        if _OWN.sub(b"", ours.get(number, b"")) != _OWN.sub(b"", data):
            yield f"object {number}"
    for number, kind in fonts.items():
        if kind == "widths":
            if not _widths(theirs[number]).items() <= _widths(ours[number]).items():
                yield f"widths of glyphs in object {number}"
        elif kind == "texts" and not _texts(theirs[number]).items() <= _texts(ours[number]).items():
            yield f"texts of glyphs in object {number}"


def objects(pdf: bytes) -> dict[int, bytes]:
    """Return a file's objects by number, streams unpacked; only for files that we wrote.

    The cross-reference stream itself and object streams are left out, what they hold is not.
    """
    start = int(pdf[pdf.rindex(b"startxref") :].split()[1])
    entries, table = _stream_at(pdf, start)
    lengths = [int(number) for number in re.search(rb"/W \[(\d+) (\d+) (\d+)\]", entries).groups()]  # type: ignore[union-attr]
    found: dict[int, bytes] = {}
    packed: dict[int, list[tuple[int, int]]] = {}
    width = sum(lengths)
    for number in range(len(table) // width):
        row = table[number * width : (number + 1) * width]
        kind, where = row[0], int.from_bytes(row[1 : 1 + lengths[1]], "big")
        index = int.from_bytes(row[1 + lengths[1] :], "big")
        if kind == 2:
            packed.setdefault(where, []).append((number, index))
        elif kind == 1 and where != start:
            found[number] = _object_at(pdf, where)
    for holder, members in packed.items():
        head, _, body = found.pop(holder).partition(b"\nstream\n")
        first = int(re.search(rb"/First (\d+)", head)[1])  # type: ignore[index]
        places = [int(word) for word in body[:first].split()][1::2]
        ends = [*(place - 1 for place in places[1:]), len(body) - first]
        for number, index in members:
            found[number] = body[first + places[index] : first + ends[index]]
    return dict(sorted(found.items()))


def _object_at(pdf: bytes, start: int) -> bytes:
    """Return one object: a stream's dictionary and its content unpacked, or the object as it stands."""
    begin = pdf.index(b"obj\n", start) + 4
    stream = pdf.find(b"stream\n", begin)
    end = pdf.index(b"endobj", begin)
    if stream < 0 or stream > end:
        return pdf[begin:end].strip()
    entries, data = _stream_at(pdf, start)
    return entries + b"\nstream\n" + data


def _stream_at(pdf: bytes, start: int) -> tuple[bytes, bytes]:
    begin = pdf.index(b"obj\n", start) + 4
    stream = pdf.index(b"stream\n", begin)
    entries = pdf[begin:stream].strip()
    length = int(re.search(rb"/Length (\d+)", entries)[1])  # type: ignore[index]
    data = pdf[stream + 7 : stream + 7 + length]
    return entries, zlib.decompress(data) if b"/FlateDecode" in entries else data


def _font_objects(found: Mapping[int, bytes]) -> dict[int, str]:
    """Return the objects that follow from a font's cut, and what each of them is."""
    kinds: dict[int, str] = {}
    for number, data in found.items():
        if b"/CIDToGIDMap" in data:
            kinds[number] = "widths"
        for key, kind in ((rb"/FontFile[23] (\d+)", "file"), (rb"/ToUnicode (\d+)", "texts")):
            kinds |= {int(where): kind for where in re.findall(key, data)}
    return kinds


def _widths(data: bytes) -> dict[int, int]:
    array = re.search(rb"/W \[(.*?\])\s*\]", data, re.DOTALL)
    widths: dict[int, int] = {}
    for first, row in re.findall(rb"(\d+) \[([^]]*)\]", array[1] if array else b""):
        widths |= {int(first) + index: int(width) for index, width in enumerate(row.split())}
    return widths


def _texts(data: bytes) -> dict[bytes, bytes]:
    return dict(re.findall(rb"<([0-9a-f]{4})> <([0-9a-f]*)>", data))
