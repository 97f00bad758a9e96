"""A layout set with probes -> a plate: where each of the patient's lines stands, and how far it may stretch.

This works on the engine's own boxes and PDF objects, in its ``finisher``. It takes nothing on trust: a line
becomes a piece of the plate only where shaping the probe again gives the engine's operators, byte for byte,
and where no width on the page follows from how long the words are. For any other sheet there is no plate
(``NotOpenable`` says why), and each of its copies is laid out in full.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weasyprint.css.properties import INITIAL_VALUES
from weasyprint.formatting_structure import boxes

from handoutpress.typesetting.assembling import Assembly, assemble
from handoutpress.typesetting.engine import Enough
from handoutpress.typesetting.glyphs import FontParts
from handoutpress.typesetting.plate import Line, Piece
from handoutpress.typesetting.references import object_of
from handoutpress.typesetting.shaping import PANGO, Setting, Shaper, first_word, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pydyf

    from handoutpress.composing.personal import Personal

Chain = tuple[Any, ...]
"""The boxes around one, from the page's down."""

NEAR = 1.0
"""Pixels: where a line comes as close to breaking otherwise, the engine decides, and not we."""


class NotOpenable(Exception):
    """Why a sheet has no plate."""


@dataclass
class Opening:
    """A finisher that opens one layout: afterwards it has an ``assembly``, or a ``reason`` why not."""

    probes: Mapping[str, Personal]
    """Each probe's text, and what it stands for."""
    uses: int
    """How many times they stand in the document."""
    faces: Mapping[tuple[str, int], bytes]
    """The faces by family and weight."""
    language: str
    reason: str | None = None
    assembly: Assembly | None = None
    pieces: list[Piece] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    opened: dict[int, int] = field(default_factory=dict)
    """The lines' boxes, and which line of the plate each has become."""
    fonts: dict[str, FontParts] = field(default_factory=dict)
    shapers: dict[str, Shaper] = field(default_factory=dict)

    def __call__(self, document: Any, pdf: pydyf.PDF) -> None:
        """Open a finished layout; raises ``Enough``, as nobody wants the file with the probes."""
        try:
            self._open(document, pdf)
        except NotOpenable as error:
            self.reason = str(error)
        raise Enough

    def _open(self, document: Any, pdf: pydyf.PDF) -> None:
        named = {font.hash: font for font in document.fonts.values()}
        found: dict[int, tuple[Any, int]] = {}
        streams: list[list[Any]] = []
        for number_, page in zip(pdf.pages["Kids"][::3], document.pages, strict=True):
            stream = object_of(pdf, pdf.objects[number_]["Contents"])
            tokens = list(stream.stream)
            streams.append(tokens)
            lines: dict[int, tuple[Chain, Any]] = {}
            for chain, box in _walk(page._page_box):
                if isinstance(box, boxes.TextBox) and any(probe in box.text for probe in self.probes):
                    element, count = found.get(id(box.element), (box.element, 0))
                    found[id(element)] = element, count + self._count(box.text)
                    at = max(i for i, around in enumerate(chain) if isinstance(around, boxes.LineBox))
                    lines[id(chain[at])] = (chain[:at], chain[at])
            for chain, line in lines.values():
                self._line(chain, line, tokens, named)
        self._must_be_all(found.values())
        assembly = assemble(pdf, streams, self.fonts)
        if _MARK.search(assembly.readable):
            raise NotOpenable("a patient's detail stands in the document's properties or outline")
        self.assembly = assembly

    def _count(self, text: str) -> int:
        return sum(text.count(probe) for probe in self.probes)

    def _must_be_all(self, found: Iterable[tuple[Any, int]]) -> None:
        """Refuse a document with a detail that was not found; in a running header one is found many times."""
        uses = 0
        for element, count in found:
            own = self._count("".join([element.text or "", *(child.tail or "" for child in element)]))
            uses += own if own and count % own == 0 else 0
        if uses != self.uses:
            raise NotOpenable("a patient's detail stands elsewhere than in the page's text, or on two lines")

    def _line(self, chain: Chain, line: Any, tokens: list[Any], named: dict[str, Any]) -> None:
        """Add one line with a patient's words in it, and open its places in the page's operators."""
        container = chain[-1]
        _must_be_plain(chain, line)
        leaves = list(_leaves(line))
        first = next(i for i, leaf in enumerate(leaves) if self._own(leaf))
        attached = 0.0
        if not first and isinstance(behind := next(iter(leaves[1:]), None), boxes.TextBox):
            attached = self._word_width(behind, tokens, named)
        numbers = []
        for leaf in leaves[first:]:
            if not isinstance(leaf, boxes.TextBox):
                raise NotOpenable("a picture stands behind a patient's detail on its line")
            if leaf.text.strip():
                numbers.append(len(self.pieces))
                self.pieces.append(self._piece(leaf, tokens, named, len(self.pieces)))
        limit = container.content_box_x() + container.width
        used = max(leaf.position_x + leaf.margin_width() for leaf in leaves)
        around = [child for child in container.children if isinstance(child, boxes.LineBox)]
        at = next(i for i, other in enumerate(around) if other is line)
        shrink, free = None, None
        # Where the next line begins with a patient's words, it is that line which tells.
        if at + 1 < len(around) and not self._own(next(_leaves(around[at + 1]))):
            word = self._first_width(around[at + 1], tokens, named, after=leaves[-1])
            shrink = used + word - limit - NEAR
            if shrink < 0:
                raise NotOpenable("a line with a patient's detail breaks where it is nearly full")
        if at and first == 0:
            before = max(leaf.position_x + leaf.margin_width() for leaf in _leaves(around[at - 1]))
            free = limit - before + NEAR
        before_too = self.opened.get(id(around[at - 1])) if at else None
        self.opened[id(line)] = len(self.lines)
        grow = max(limit - used - NEAR, 0.0)
        self.lines.append(Line(tuple(numbers), grow, shrink, free, attached, before_too))

    def _own(self, leaf: Any) -> bool:
        return isinstance(leaf, boxes.TextBox) and any(probe in leaf.text for probe in self.probes)

    def _piece(self, leaf: Any, tokens: list[Any], named: dict[str, Any], index: int) -> Piece:
        """Return one text of a line, its place in the operators taken out."""
        if leaf.style["text_decoration_line"] != "none" and leaf.style["text_decoration_line"]:
            raise NotOpenable("a patient's detail is underlined, or what stands behind it is")
        if _differs(leaf, _SHAPED):
            raise NotOpenable("a patient's detail is set with features of its font")
        x, y = leaf.position_x, leaf.position_y + leaf.baseline
        start, end = _operators(tokens, x, y)
        if not self._own(leaf):
            tokens[start : start + 1] = [index]
            return Piece(x, y, leaf.width)
        operator = tokens[start + 1]
        setting = self._setting(operator, named)
        shaper = self.shapers[setting.face]
        if not shaper.characters.issuperset(map(ord, leaf.text)):
            raise NotOpenable("the line's font lacks letters")
        run = shaper.shape(leaf.text, setting)
        if b"\n".join(tokens[start + 2 : end]) != run.show or abs(run.width - leaf.width) > 0.01:
            raise NotOpenable("this computer's engine shapes text in another way")
        tokens[start:end] = [index]
        return Piece(x, y, leaf.width, self._pattern(leaf.text), setting, operator, _whole(leaf))

    def _pattern(self, text: str) -> tuple[str | Personal, ...]:
        parts = re.split(f"({'|'.join(map(re.escape, self.probes))})", text)
        return tuple(self.probes.get(part, part) for part in parts if part)

    def _setting(self, operator: bytes, named: dict[str, Any]) -> Setting:
        """Return the face and size that an operator such as ``/ABCDEF 16 Tf`` chooses."""
        chosen = re.fullmatch(rb"/(\w+) ([0-9.]+) Tf", operator)
        if not chosen:
            raise NotOpenable("a line's font is chosen elsewhere")
        font = named[chosen[1].decode()]
        units = round(float(chosen[2]) * PANGO)
        data = self.faces.get((font.family, font.weight))
        if data is None or font.missing:
            raise NotOpenable(f"the font {font.family} is not one of the brand's")
        if font.hash not in self.fonts:
            self.fonts[font.hash] = FontParts(
                font.hash, data, units, dict(font.to_unicode), dict(font.widths), (0, 0, 0), b"", (b"", b"")
            )
            self.shapers[font.hash] = Shaper(data)
        return Setting(font.hash, units, self.language)

    def _first_width(self, line: Any, tokens: list[Any], named: dict[str, Any], after: Any) -> float:
        """Return how wide a line's first word is at least, with the space before it."""
        leaf = next(_leaves(line))
        if not isinstance(leaf, boxes.TextBox):
            return float(leaf.margin_width())
        # After a hyphen or a stroke a line may break without a space.
        parted = " " * (
            isinstance(after, boxes.TextBox) and first_word(after.text[-1:] + "x") != after.text[-1:]
        )
        return self._word_width(leaf, tokens, named, parted)

    def _word_width(self, leaf: Any, tokens: list[Any], named: dict[str, Any], parted: str = "") -> float:
        """Return how wide a text's first word is: all of it where it never breaks, 0 after a space."""
        word = leaf.text if _whole(leaf) else first_word(leaf.text)
        if not word:
            return 0.0
        start, _ = _operators(tokens, leaf.position_x, leaf.position_y + leaf.baseline)
        setting = self._setting(tokens[start + 1], named)
        return self.shapers[setting.face].shape(parted + word, setting).width


# What changes glyphs in a way that our own shaping does not know.
_SHAPED = ("text_transform", "letter_spacing", "word_spacing", "font_feature_settings", "font_kerning",
           "font_language_override", "font_variation_settings", "font_variant_ligatures",
           "font_variant_position", "font_variant_caps", "font_variant_numeric", "font_variant_alternates",
           "font_variant_east_asian")  # fmt: skip
# What is drawn around words, as wide as they are.
_DRAWN = ("background_image", "outline_style", "transform", "border_top_style", "border_right_style",
          "border_bottom_style", "border_left_style", "border_image_source", "position")  # fmt: skip

_MARK = re.compile(rb"q[a-p]x[a-p]j")
"""What only a probe has (composing.personal)."""


def _walk(box: Any, chain: Chain = ()) -> Iterator[tuple[Chain, Any]]:
    """Yield every box below one, each with the boxes around it."""
    yield chain, box
    for child in getattr(box, "children", ()):
        yield from _walk(child, (*chain, box))


def _leaves(line: Any) -> Iterator[Any]:
    """Yield what stands on a line from left to right; what has lines of its own counts as one."""
    for child in line.children:
        if isinstance(child, boxes.InlineBox):
            yield from _leaves(child)
        else:
            yield child


def _differs(box: Any, names: Sequence[str]) -> bool:
    """Whether any of these properties has another value than the one it has where nobody sets it."""
    return any(box.style[name] != INITIAL_VALUES[name] for name in names)


def _whole(leaf: Any) -> bool:
    return leaf.style["white_space"] in ("nowrap", "pre")


def _operators(tokens: Sequence[Any], x: float, y: float) -> tuple[int, int]:
    """Return where the operators of the text at a place begin, and where they end."""
    place = b"1 0 0 -1 %b %b Tm" % (number(x), number(y))
    found = [i for i, token in enumerate(tokens) if token == place]
    if len(found) != 1 or tokens[found[0] - 1] != b"BT":
        raise NotOpenable("a text is drawn in a way of its own")
    return found[0], tokens.index(b"ET", found[0])


def _must_be_plain(chain: Chain, line: Any) -> None:
    """Refuse a line whose place or width follows from its own words."""
    style = chain[-1].style
    if style["direction"] != "ltr":
        raise NotOpenable("a sheet set from right to left")
    if style["text_align_all"] not in ("start", "left", "justify"):
        raise NotOpenable("a patient's detail is centred or set to the right")
    for box in chain:
        if isinstance(box, (boxes.FlexContainerBox, boxes.GridContainerBox)):
            raise NotOpenable("a patient's detail stands in a flexible row")
        if isinstance(box, boxes.TableBox) and box.style["table_layout"] != "fixed":
            raise NotOpenable("a patient's detail stands in a table whose columns follow their words")
        loose = isinstance(box, (boxes.InlineBlockBox, boxes.MarginBox)) or not box.is_in_normal_flow()
        if loose and box.style["width"] == "auto":
            raise NotOpenable("a patient's detail stands in a box as wide as its words")
    for inline in line.descendants():
        if isinstance(inline, boxes.InlineBox) and (
            inline.style["background_color"].alpha > 0
            or inline.element_tag == "a"
            or _differs(inline, _DRAWN)
        ):
            raise NotOpenable("a line with a patient's detail has a link, a frame or a coloured ground")
