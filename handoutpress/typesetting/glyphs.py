"""Which glyphs of a font a copy carries: a fixed pool for each script.

A font in a PDF is cut down to some of its glyphs. A plate's copies share a few such cuts: what the sheet
itself uses and the letters of Western Europe always, and the rest of a script's alphabet where a patient's
words need it. Glyph numbers stay those of the whole face, so that a cut fits any line shaped with it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from handoutpress.typesetting.shaping import Packable, Shaper

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

BASIC = "basic"
MIXED = "characters of two scripts on a line"
UNKNOWN = "characters of a script that plates do not set"

# Unicode's blocks (Blocks.txt), by the script they hold. Signs that every script uses are basic.
_GROUPS: tuple[tuple[str, tuple[range, ...]], ...] = (
    (BASIC, (range(0x20, 0x7F), range(0x2010, 0x2028))),
    ("western", (range(0xA0, 0xAD), range(0xAE, 0x100), range(0x2030, 0x2040), range(0x20A0, 0x20C1),
                 range(0x2116, 0x2117), range(0x2122, 0x2123))),
    ("latin", (range(0x100, 0x2B0), range(0x1E00, 0x1F00), range(0x2C60, 0x2C80),
               range(0xA722, 0xA800))),
    ("signs", (range(0x2B0, 0x370), range(0x1AB0, 0x1B00), range(0x1DC0, 0x1E00))),
    ("greek", (range(0x370, 0x400), range(0x1F00, 0x2000))),
    ("cyrillic", (range(0x400, 0x530), range(0x1C80, 0x1C90), range(0x2DE0, 0x2E00), range(0xA640, 0xA6A0))),
)  # fmt: skip
_SCRIPT = {BASIC: "latin", "western": "latin", "latin": "latin", "greek": "greek", "cyrillic": "cyrillic"}

# The features that HarfBuzz applies by itself to Latin, Greek and Cyrillic.
_FEATURES = ("ccmp", "locl", "rlig", "calt", "clig", "liga", "rclt", "kern", "mark", "mkmk")
_DROPPED = ("BASE", "DSIG", "EBDT", "EBLC", "EBSC", "GPOS", "GSUB", "GDEF", "JSTF", "LTSH", "PCLT", "SVG ")


@lru_cache(maxsize=8192)
def group_of(character: str) -> str | None:
    """Return the group of characters that one belongs to; None where plates do not set it."""
    code = ord(character)
    return next((name for name, blocks in _GROUPS if any(code in block for block in blocks)), None)


@lru_cache(maxsize=8192)
def groups_of(text: str) -> frozenset[str]:
    """Return the groups that a text needs beyond the basic one; raises ``ValueError`` with the reason.

    A line of two scripts is shaped in two runs, and one of another script perhaps by another font.
    """
    found = {group_of(character) for character in set(text)}
    if None in found:
        raise ValueError(UNKNOWN)
    scripts = {_SCRIPT.get(str(group_of(c))) for c in set(text) if c.isalpha()} - {None}
    if len(scripts) > 1:
        raise ValueError(MIXED)
    return frozenset(name for name in found if name and name != BASIC)


@dataclass(frozen=True)
class Pool:
    """One cut of a font: the objects that a copy carries of it."""

    file: bytes
    """The font file, deflated."""
    length: int
    """Its length before that."""
    widths: bytes
    """The array ``W`` of the font's dictionary (ISO 32000-1, 9.7.4.3)."""
    glyphs: frozenset[int]
    """The glyphs in it."""
    texts: Mapping[int, str]
    """Each glyph that stands for a text of its own, and that text."""

    def with_texts(self, runs: Iterable[Mapping[int, str]], fixed: Mapping[int, str]) -> Pool:
        """Return the pool with what glyphs stand for in a patient's words: ligatures, marks, look-alikes.

        What a glyph stands for in the sheet's own text is ``fixed``.
        """
        own = {glyph: text for run in runs for glyph, text in run.items() if glyph not in fixed}
        differs = any(self.texts.get(glyph) != text for glyph, text in own.items())
        return replace(self, texts={**self.texts, **own}) if differs else self

    @cached_property
    def to_unicode(self) -> bytes:
        """The map from glyphs to text, deflated (ISO 32000-1, 9.10.3)."""
        return zlib.compress(unicode_map(self.texts), 6)


@dataclass(frozen=True)
class FontParts(Packable):
    """A font of a plate that patients' words are set in."""

    face: str
    """The name of the face in the page's resources."""
    data: bytes
    """The whole face."""
    units: int
    """A font size in Pango units, at which its widths are rounded."""
    texts: Mapping[int, str]
    """The glyphs that the sheet itself uses, and what they stand for."""
    widths: Mapping[int, int]
    """Their widths in thousandths of the font size."""
    numbers: tuple[int, int, int]
    """The objects of the font file, the font's dictionary and the map to Unicode."""
    file_entries: bytes
    """What the font file's dictionary says of its kind; nothing for TrueType."""
    dictionary: tuple[bytes, bytes]
    """The font's dictionary, before and after its widths."""
    pools: dict[frozenset[str], Pool] = field(default_factory=dict, compare=False)
    """The cuts made so far."""

    @cached_property
    def shaper(self) -> Shaper:
        """Shapes texts in this face."""
        return Shaper(self.data)

    def pool(self, groups: frozenset[str]) -> Pool:
        """Return the cut with the basic glyphs and those of ``groups``; made once."""
        if groups not in self.pools:
            self.pools[groups] = self._cut(groups)
        return self.pools[groups]

    def _cut(self, groups: frozenset[str]) -> Pool:
        closure, characters = self._closure({BASIC, *groups})
        texts = {**{glyph: chr(code) for code, glyph in characters}, **self.texts}
        glyphs = sorted(closure | set(self.texts))
        file = self._subset(glyphs)
        widths = {glyph: self.widths.get(glyph, self.shaper.width(glyph, self.units)) for glyph in glyphs}
        return Pool(
            zlib.compress(file, 9), len(file), _widths(widths), frozenset(glyphs), dict(sorted(texts.items()))
        )

    def _closure(self, groups: set[str]) -> tuple[set[int], list[tuple[int, int]]]:
        """Return every glyph that texts in these characters may show, and each character's own glyph."""
        import uharfbuzz

        wanted = uharfbuzz.SubsetInput()
        wanted.unicode_set.update(code for code in self.shaper.characters if group_of(chr(code)) in groups)
        wanted.layout_feature_tag_set.clear()
        wanted.layout_feature_tag_set.update(map(_tag, _FEATURES))
        plan = uharfbuzz.SubsetPlan(self.shaper.face, wanted)
        closure = set(plan.old_to_new_glyph_mapping.keys())
        # Of two characters with one glyph the lower is the usual one: a space, not a no-break space.
        return closure, sorted(plan.unicode_to_old_glyph_mapping.items(), reverse=True)

    def _subset(self, glyphs: Sequence[int]) -> bytes:
        """Cut the face as the engine does: glyph numbers kept, tables for shaping dropped."""
        import uharfbuzz

        wanted = uharfbuzz.SubsetInput()
        wanted.glyph_set.update(glyphs)
        wanted.drop_table_tag_set.update(map(_tag, _DROPPED))
        flags = uharfbuzz.SubsetFlags
        wanted.flags = (
            flags.RETAIN_GIDS | flags.PASSTHROUGH_UNRECOGNIZED | flags.DESUBROUTINIZE | flags.NO_HINTING
        )
        data: bytes = uharfbuzz.subset(self.shaper.face, wanted).blob.data
        return data

    def objects(self, pool: Pool) -> list[tuple[int, bytes]]:
        """Return the objects of one cut, with their numbers."""
        file, dictionary, to_unicode = self.numbers
        entries = self.file_entries or b"/Length1 %d" % pool.length
        before, after = self.dictionary
        return [
            (file, stream(pool.file, entries)),
            (dictionary, before + pool.widths + after),
            (to_unicode, stream(pool.to_unicode)),
        ]


def _tag(name: str) -> int:
    """Return an OpenType tag as HarfBuzz's sets have it."""
    return int.from_bytes(name.encode(), "big")


def stream(deflated: bytes, entries: bytes = b"") -> bytes:
    """Return a stream object's bytes."""
    head = b"<<%b/Filter /FlateDecode/Length %d>>\nstream\n" % (entries, len(deflated))
    return head + deflated + b"\nendstream"


def _widths(widths: Mapping[int, int]) -> bytes:
    rows: list[list[int]] = []
    starts: list[int] = []
    for glyph in sorted(widths):
        if not rows or glyph != starts[-1] + len(rows[-1]):
            starts.append(glyph)
            rows.append([])
        rows[-1].append(widths[glyph])
    return b"[%b]" % b" ".join(
        b"%d [%b]" % (start, b" ".join(b"%d" % width for width in row))
        for start, row in zip(starts, rows, strict=True)
    )


_CMAP_HEAD = b"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo
<< /Registry (Adobe)
/Ordering (UCS)
/Supplement 0
>> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <ffff>
endcodespacerange
"""
_CMAP_TAIL = b"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
_ROWS = 100
"""The longest list that one ``beginbfchar`` may open (Adobe Technical Note 5014)."""


def unicode_map(texts: Mapping[int, str]) -> bytes:
    """Return the map from glyphs to text, as a CMap."""
    items = [f"<{glyph:04x}> <{text.encode('utf-16-be').hex()}>\n" for glyph, text in texts.items()]
    lists = [items[start : start + _ROWS] for start in range(0, len(items), _ROWS)]
    body = "".join(f"{len(rows)} beginbfchar\n{''.join(rows)}endbfchar\n" for rows in lists)
    return _CMAP_HEAD + body.encode() + _CMAP_TAIL
