"""One line of text -> the glyphs of a face, written as the engine writes them.

Shaping is not a character map: kerning, ligatures and marks move and replace glyphs, so HarfBuzz shapes each
text here as it does inside Pango. Numbers are rounded where the engine rounds them, so that a line set here
is the same, operator for operator, as one the engine laid out.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

PANGO = 1024
"""Pango's units in a pixel."""

_BREAK = re.compile(r"(?<=[-\u2010\u2012-\u2015/\u00ad\u200b])| ")

_KEPT = 4096
"""Lines kept shaped: dates come again and again, names seldom."""


@dataclass(frozen=True, slots=True)
class Run:
    """One shaped line of text."""

    show: bytes
    """The operators that show it, between ``Tf`` and ``ET``."""
    width: float
    """How wide it is, in pixels."""
    texts: dict[int, str]
    """Each of its glyphs, and the text it stands for."""


@dataclass(frozen=True)
class Setting:
    """A face at one size: what a field is set in."""

    face: str
    """The name of the face, as the plate knows it."""
    units: int
    """The font size in Pango units."""
    language: str

    @property
    def size(self) -> float:
        """The font size in pixels."""
        return self.units / PANGO


class Packable:
    """A frozen dataclass that travels without what it worked out on the way: HarfBuzz's objects cannot."""

    def __getstate__(self) -> dict[str, Any]:
        """Return its fields alone."""
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]


class Shaper:
    """Shapes texts in one face; keeps the lines it shaped last."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.kept: OrderedDict[tuple[Setting, str], Run] = OrderedDict()
        self.fonts: dict[int, Any] = {}

    @cached_property
    def face(self) -> Any:
        """HarfBuzz's face."""
        import uharfbuzz

        return uharfbuzz.Face(self.data)

    @cached_property
    def characters(self) -> frozenset[int]:
        """The code points that the face has a glyph for."""
        return frozenset(self.face.unicodes)

    def shape(self, text: str, setting: Setting) -> Run:
        """Return one line shaped; ``text`` is of one script, left to right."""
        key = (setting, text)
        run = self.kept.get(key)
        if run is None:
            run = self.kept[key] = self._shape(text, setting)
            if len(self.kept) > _KEPT:
                self.kept.popitem(last=False)
        return run

    def _font(self, units: int) -> Any:
        if units not in self.fonts:
            import uharfbuzz

            font = uharfbuzz.Font(self.face)
            font.scale = (units, units)
            self.fonts[units] = font
        return self.fonts[units]

    def width(self, glyph: int, units: int) -> int:
        """Return a glyph's own width in thousandths of the font size, as the font dictionary has it."""
        advance: int = self._font(units).get_glyph_h_advance(glyph)
        return round(advance * 1000 * (1 / PANGO) / (units / PANGO))

    def _shape(self, text: str, setting: Setting) -> Run:
        import uharfbuzz

        buffer = uharfbuzz.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        buffer.language = setting.language
        # As Pango has it: a text begins and ends here, and a mark without a letter gets a dotted circle.
        buffer.flags = uharfbuzz.BufferFlags.BOT | uharfbuzz.BufferFlags.EOT
        uharfbuzz.shape(self._font(setting.units), buffer)
        infos, positions = buffer.glyph_infos, buffer.glyph_positions
        starts = sorted({info.cluster for info in infos})
        size, show, string, advance = setting.size, bytearray(), "<", 0
        texts: dict[int, str] = {}
        for cluster, end in zip(starts, [*starts[1:], len(text)], strict=True):
            glyphs = [info.codepoint for info in infos if info.cluster == cluster]
            for glyph, meant in self._meant(glyphs, text[cluster:end]):
                texts.setdefault(glyph, meant)
        for info, position in zip(infos, positions, strict=True):
            glyph = info.codepoint
            # From here on as the engine does it, rounding for rounding (weasyprint.draw.text).
            offset, rise = position.x_offset / size, -position.y_offset / 1000
            if rise:
                string = string[:-1] if string[-1] == "<" else string + ">"
                if string:
                    show += _shown(string)
                show += number(-rise) + b" Ts\n"
                show += _shown((f"{-offset}" if offset else "") + f"<{glyph:04x}>")
                show += b"0 Ts\n"
                string = "<"
            else:
                string += f">{-offset}<" * bool(offset) + f"{glyph:04x}"
            kerning = (
                self.width(glyph, setting.units) + offset - position.x_advance * 1000 * (1 / PANGO) / size
            )
            if kerning:
                string += f">{int(kerning)}<"
            advance += position.x_advance
        string = string[:-1] if string[-1] == "<" else string + ">"
        show += _shown(string)
        return Run(bytes(show[:-1]), advance / PANGO, texts)

    def _meant(self, glyphs: list[int], text: str) -> Iterator[tuple[int, str]]:
        """Yield each glyph of a cluster with the text it stands for.

        Of a letter and its marks in several glyphs, each stands for its own character; what then is left of
        the text is the last other glyph's.
        """
        if len(glyphs) == 1:
            yield glyphs[0], text
            return
        left = text
        for glyph in glyphs:
            left = left.replace(self.encoded.get(glyph, ""), "", 1)
        last = next((glyph for glyph in reversed(glyphs) if glyph not in self.encoded), None)
        for glyph in glyphs:
            yield glyph, self.encoded.get(glyph, left if glyph == last else "")

    @cached_property
    def encoded(self) -> dict[int, str]:
        """The glyphs that stand for one character, and the lowest such character."""
        font = self._font(PANGO)
        return {font.get_nominal_glyph(code): chr(code) for code in sorted(self.characters, reverse=True)}


def first_word(text: str) -> str:
    """Return a text up to the first place where a line may break: after a space, a hyphen, a stroke."""
    return _BREAK.split(text, maxsplit=1)[0]


def _shown(string: str) -> bytes:
    return f"[{string}] TJ\n".encode()


def number(value: float) -> bytes:
    """Write a number as the engine does (pydyf): six decimals at most, no zeros behind."""
    if value == int(value):
        return str(int(value)).encode()
    return f"{value:f}".rstrip("0").encode()
