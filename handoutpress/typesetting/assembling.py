"""The engine's PDF objects -> the parts of a plate: bytes that never change, and the objects that do."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pydyf

from handoutpress.typesetting.glyphs import FontParts, stream
from handoutpress.typesetting.plate import ROW, Content, row
from handoutpress.typesetting.references import number_of, object_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_HEAD = b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n"


@dataclass(frozen=True)
class Assembly:
    """A file in parts, as ``Plate`` holds them."""

    head: bytes
    offsets: bytes
    catalog: int
    info: int
    contents: tuple[Content, ...]
    fonts: tuple[FontParts, ...]
    readable: bytes
    """All that is said outside the pages, as bytes that can be searched."""


def assemble(pdf: pydyf.PDF, streams: Sequence[list[Any]], fonts: Mapping[str, FontParts]) -> Assembly:
    """Return a document's parts; ``streams`` are its pages' operators with pieces' numbers among them."""
    numbers = [number_of(pdf.objects[page]["Contents"]) for page in pdf.pages["Kids"][::3]]
    contents = tuple(
        Content(number, _parts(tokens))
        for number, tokens in zip(numbers, streams, strict=True)
        if any(isinstance(token, int) for token in tokens)
    )
    parts = tuple(_font_parts(pdf, font) for font in fonts.values())
    changing = {content.number for content in contents}.union(*(font.numbers for font in parts))
    info = len(pdf.objects)
    plain: list[tuple[int, bytes]] = []
    head = bytearray(_HEAD)
    rows = bytearray(row(0, 0)) + bytes(ROW) * (info + 2)
    for thing in pdf.objects[1:]:
        if thing.number in changing:
            continue
        if thing.compressible:
            plain.append((thing.number, thing.data))
            continue
        rows[thing.number * ROW : (thing.number + 1) * ROW] = row(1, len(head))
        head += thing.indirect + b"\n"
    plain.append((info, pdf.info.data))
    holder = info + 1
    for index, (number, _) in enumerate(plain):
        rows[number * ROW : (number + 1) * ROW] = row(2, holder, index)
    rows[holder * ROW : (holder + 1) * ROW] = row(1, len(head))
    head += b"%d 0 obj\n%b\nendobj\n" % (holder, _object_stream(plain))
    metadata = b"\n".join(object_of(pdf, pdf.catalog["Metadata"]).stream)
    readable = b"\n".join([*(_readable(thing) for thing in pdf.objects), _readable(pdf.info), metadata])
    return Assembly(
        bytes(head), bytes(rows), pdf.catalog.number, info, contents, parts, readable
    )  # fmt: skip


def _parts(tokens: list[Any]) -> tuple[bytes | int, ...]:
    """Join a page's operators between the pieces."""
    parts: list[bytes | int] = []
    waiting: list[bytes] = []
    for token in tokens:
        if isinstance(token, int):
            parts += [b"\n".join([*waiting, b""]), token]
            waiting = [b""]
        else:
            waiting.append(pydyf._to_bytes(token))
    return (*parts, b"\n".join(waiting))


def _font_parts(pdf: pydyf.PDF, font: FontParts) -> FontParts:
    """Find the objects of a font that patients' words are set in."""
    (dictionary,) = [
        thing for thing in pdf.objects
        if isinstance(thing, dict) and thing.get("Type") == "/Font" and thing.get("Subtype") == "/Type0"
        and bytes(thing["BaseFont"]).startswith(b"/" + font.face.encode() + b"+")
    ]  # fmt: skip
    below = object_of(pdf, dictionary["DescendantFonts"][0])
    descriptor = object_of(pdf, below["FontDescriptor"])
    key = "FontFile3" if "FontFile3" in descriptor else "FontFile2"
    # A name may need the widest glyph of the face.
    box = descriptor["FontBBox"]
    box[2] = max(
        box[2], *(font.shaper.width(glyph, font.units) for glyph in range(font.shaper.face.glyph_count))
    )
    before, _, after = pydyf.Dictionary({**below, "W": b"\0"}).data.partition(b"\0")
    numbers = number_of(descriptor[key]), below.number, number_of(dictionary["ToUnicode"])
    entries = b"/Subtype /OpenType" if key == "FontFile3" else b""
    found = replace(font, numbers=numbers, file_entries=entries, dictionary=(before, after), pools={})
    found.pool(frozenset())
    return found


def _object_stream(plain: Sequence[tuple[int, bytes]]) -> bytes:
    """Return the objects that are no streams in one that is (ISO 32000-1, 7.5.7)."""
    index, position = [], 0
    for number, data in plain:
        index.append(f"{number} {position}")
        position += len(data) + 1
    first = " ".join(index).encode() + b"\n"
    body = first + b"\n".join(data for _, data in plain)
    return stream(zlib.compress(body, 9), b"/Type /ObjStm/N %d/First %d" % (len(plain), len(first)))


def _readable(value: Any) -> bytes:
    """Return the texts in an object, as UTF-8."""
    if isinstance(value, pydyf.String):
        return str(value.string).encode()
    if isinstance(value, dict):
        return b" ".join(_readable(inner) for inner in value.values())
    if isinstance(value, list):
        return b" ".join(_readable(inner) for inner in value)
    return b""
