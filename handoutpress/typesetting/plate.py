"""Plates: a document laid out once for many patients, their own lines left open.

A plate holds a finished PDF in parts, and the places in its pages where a patient's words stand. A copy is
the same bytes with those words shaped and set in (variable data printing, in the sense of ISO 16612-2,
PDF/VT): about a millisecond in place of a layout's half second. What a copy cannot show exactly as a full
layout would is a ``Misfit``, and its caller lays it out in full: right first, fast second.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from handoutpress.composing.personal import Personal, said
from handoutpress.typesetting.glyphs import FontParts, groups_of, stream
from handoutpress.typesetting.shaping import Packable, Run, Setting, first_word, number

if TYPE_CHECKING:
    from handoutpress.composing.dates import Calendar
    from handoutpress.reading.patient import PatientDetails

ROW = 7
"""Bytes of a row in the cross-reference stream."""
_ZLIB_HEAD = b"\x78\xda"
_LAST_BLOCK = b"\x01\0\0\xff\xff"
"""An empty stored block that says it is the last."""


class Misfit(Exception):
    """Why this patient's words cannot be set into the plate; said to staff, so it names no patient."""


@dataclass(frozen=True)
class Piece:
    """A text on a line with a patient's words in it: the words themselves, or what stands behind them."""

    x: float
    y: float
    width: float
    """Pixels, as it stands on the plate."""
    pattern: tuple[str | Personal, ...] = ()
    """What it says, the patient's details in their places; nothing for a text that only moves along."""
    setting: Setting | None = None
    font: bytes = b""
    """The operator that chooses the font."""
    whole: bool = False
    """Whether it never breaks."""


@dataclass(frozen=True)
class Line:
    """A line with a patient's words in it, and how much its width may change before it breaks otherwise."""

    pieces: tuple[int, ...]
    grow: float
    """Pixels it may grow."""
    shrink: float | None
    """Pixels it may shrink before the next line's first word would move up; None for a last line."""
    first: float | None = None
    """Pixels free at the end of the line before, which the first word of this one must not fit into."""
    attached: float = 0.0
    """Pixels of what stands behind that word without a space: a bracket, a full stop."""
    before: int | None = None
    """The number of the line before, where a patient's words stand on it too."""


@dataclass(frozen=True)
class Content:
    """A page's content stream: bytes as they stand, and the numbers of pieces."""

    number: int
    parts: tuple[bytes | int, ...]


@dataclass(frozen=True)
class Plate(Packable):
    """A document laid out once; picklable, so that it travels to another process or machine."""

    key: str
    head: bytes
    """The file up to the objects that differ from copy to copy."""
    offsets: bytes
    """The rows of the cross-reference stream: seven bytes an object (ISO 32000-1, 7.5.8)."""
    catalog: int
    info: int
    calendar: Calendar
    pieces: tuple[Piece, ...]
    lines: tuple[Line, ...]
    contents: tuple[Content, ...]
    fonts: tuple[FontParts, ...]

    @cached_property
    def _streams(self) -> list[list[tuple[bytes, bytes] | int]]:
        """Each content's parts: bytes with their deflated form, which ends on a whole byte."""
        return [
            [(part, _deflated(part)) if isinstance(part, bytes) else part for part in content.parts]
            for content in self.contents
        ]

    @cached_property
    def _seal(self) -> bytes:
        """What tells this plate's content, and nothing of the computer it was made on."""
        return hashlib.blake2b(self.head).digest()

    @cached_property
    def _fonts(self) -> dict[str, FontParts]:
        return {font.face: font for font in self.fonts}

    def copy(self, patient: PatientDetails) -> bytes:
        """Return one patient's PDF; raises ``Misfit`` where only a full layout would be exact."""
        texts = {
            index: self._text(piece, patient) for index, piece in enumerate(self.pieces) if piece.setting
        }
        runs = {index: self._shaped(text, self.pieces[index]) for index, text in texts.items()}
        return self._written(self._set(texts, runs), self._objects(texts, runs))

    def _text(self, piece: Piece, patient: PatientDetails) -> str:
        """Return what a piece says for one patient."""
        words = ""
        for part in piece.pattern:
            own = part if isinstance(part, str) else said(part, patient, self.calendar)
            if own is None:
                raise Misfit("other details are given than the plate has places for")
            words += own
        return words

    def _shaped(self, text: str, piece: Piece) -> Run:
        assert piece.setting
        shaper = self._fonts[piece.setting.face].shaper
        if not shaper.characters.issuperset(map(ord, text)):
            raise Misfit("a character that the line's font does not have")
        return shaper.shape(text, piece.setting)

    def _set(self, texts: dict[int, str], runs: dict[int, Run]) -> dict[int, bytes]:
        """Return the operators of every piece; raises ``Misfit`` where a line would break otherwise."""
        shown: dict[int, bytes] = {}
        by: list[float] = []
        for line in self.lines:
            moved = 0.0
            for index in line.pieces:
                piece = self.pieces[index]
                shown[index] = b"1 0 0 -1 %b %b Tm" % (number(piece.x + moved), number(piece.y))
                run = runs.get(index)
                if run is not None:
                    shown[index] += b"\n%b\n%b" % (piece.font, run.show)
                    moved += run.width - piece.width
            if moved > line.grow:
                raise Misfit(f"a line is {moved - line.grow:.1f} px too long for its place")
            if line.shrink is not None and moved < -line.shrink:
                raise Misfit("a line is so short that the words behind it would move up")
            if line.first is not None:
                free = line.first - (0.0 if line.before is None else by[line.before])
                if self._first_word(line, texts) < free:
                    raise Misfit("a line's first word would fit at the end of the line before")
            by.append(moved)
        return shown

    def _first_word(self, line: Line, texts: dict[int, str]) -> float:
        piece, text = self.pieces[line.pieces[0]], texts[line.pieces[0]]
        word = text if piece.whole else first_word(text)
        return self._shaped(word, piece).width + (line.attached if word == text else 0.0)

    def _objects(self, texts: dict[int, str], runs: dict[int, Run]) -> list[tuple[int, bytes]]:
        """Return the fonts' objects, cut to what this copy needs."""
        found: list[tuple[int, bytes]] = []
        for font in self.fonts:
            own = [
                index
                for index in texts
                if (setting := self.pieces[index].setting) and setting.face == font.face
            ]
            try:
                pool = font.pool(frozenset().union(*(groups_of(texts[index]) for index in own)))
            except ValueError as reason:
                raise Misfit(str(reason)) from None
            if any(not pool.glyphs.issuperset(runs[index].texts) for index in own):
                raise Misfit("a glyph that the plate lacks")
            found += font.objects(pool.with_texts((runs[index].texts for index in own), font.texts))
        return found

    def _written(self, shown: dict[int, bytes], objects: list[tuple[int, bytes]]) -> bytes:
        """Return the whole file: what never changes, then this copy's objects, then where they are."""
        file = bytearray(self.head)
        rows = bytearray(self.offsets)
        mark = hashlib.blake2b(self._seal, digest_size=16)
        contents = [
            (content.number, _stream_of(parts, shown))
            for content, parts in zip(self.contents, self._streams, strict=True)
        ]
        for object_number, data in (*objects, *contents):
            rows[object_number * ROW : object_number * ROW + ROW] = row(1, len(file))
            written = b"%d 0 obj\n%b\nendobj\n" % (object_number, data)
            mark.update(written)
            file += written
        last = len(rows) // ROW - 1
        start = len(file)
        rows[last * ROW :] = row(1, start)
        name = mark.hexdigest().encode()
        entries = b"/Type /XRef/W [1 4 2]/Size %d/Root %d 0 R/Info %d 0 R/ID [<%b> <%b>]" % (
            last + 1, self.catalog, self.info, name, name,
        )  # fmt: skip
        file += b"%d 0 obj\n%b\nendobj\n" % (last, stream(zlib.compress(rows, 1), entries))
        file += b"startxref\n%d\n%%%%EOF\n" % start
        return bytes(file)


def row(kind: int, where: int, index: int = 0) -> bytes:
    """Return one row of a cross-reference stream (ISO 32000-1, 7.5.8.3)."""
    return bytes((kind,)) + where.to_bytes(4, "big") + index.to_bytes(2, "big")


def _stream_of(parts: list[tuple[bytes, bytes] | int], shown: dict[int, bytes]) -> bytes:
    """Return a content stream, its constant parts deflated long ago and the patient's words stored between.

    Deflate's blocks stand for themselves, so blocks made at different times make one stream (RFC 1951, 3.2).
    """
    deflated, check = bytearray(_ZLIB_HEAD), 1
    for part in parts:
        if isinstance(part, int):
            data = shown[part]
            length = len(data)
            deflated += b"\0" + length.to_bytes(2, "little") + (length ^ 0xFFFF).to_bytes(2, "little") + data
        else:
            data, blocks = part
            deflated += blocks
        check = zlib.adler32(data, check)
    return stream(bytes(deflated + _LAST_BLOCK + check.to_bytes(4, "big")))


def _deflated(data: bytes) -> bytes:
    """Return raw deflate blocks that end on a whole byte, without the last block (RFC 1951)."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflate.compress(data) + deflate.flush(zlib.Z_FULL_FLUSH)
