"""The colours of an SVG drawing, and roughly how much of it each covers.

Nothing is drawn. A shape counts with the box around it, a line with its length and width, a gradient with
the parts that lie between its stops. That is coarse, and enough to tell a logo's main colour from a dot.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from xml.parsers import expat

import tinycss2

from handoutpress.reading.colour import Colour, parse_colour
from handoutpress.scaffolding.svgshapes import box_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SHAPES = frozenset({"path", "rect", "circle", "ellipse", "polygon", "polyline", "line", "text", "tspan"})
_NEVER_DRAWN = frozenset({"clipPath", "mask", "metadata", "title", "desc", "filter"})
_DRAWN_BY_USE = frozenset({"defs", "symbol", "pattern", "marker"})
_INHERITED = ("fill", "stroke", "stroke-width", "color")
_MOST_RULES = 500
_TRANSPARENT = ("opacity", "fill-opacity")


@dataclass(frozen=True)
class _Element:
    """One element: its tag, its attributes with its styles, and whether what is around it draws it."""

    tag: str
    attributes: Mapping[str, str]
    style: Mapping[str, str]
    within: _Within


class _Within(NamedTuple):
    """Whether an element stands, however deep, in what is never drawn, and in what only ``use`` draws."""

    undrawn: bool = False
    for_use: bool = False

    def below(self, tag: str) -> _Within:
        """Return the same for what stands in an element here."""
        return _Within(self.undrawn or tag in _NEVER_DRAWN, self.for_use or tag in _DRAWN_BY_USE)


def svg_colours(data: bytes) -> tuple[dict[Colour, float], list[bytes]]:
    """Return how much of a checked SVG each colour covers, in no unit, and the pictures in it."""
    elements = list(_elements(data))
    used = any(element.tag == "use" for element in elements)
    gradients = _gradients(elements)
    found: dict[Colour, float] = defaultdict(float)
    pictures = []
    for element in elements:
        if element.tag == "image":
            pictures += _picture(element.attributes)
        if element.tag not in _SHAPES or _hidden(element, used=used):
            continue
        width, height = box_of(element.tag, element.attributes, element.style)
        for colour, share in _painted(element.style.get("fill", "black"), element, gradients):
            found[colour] += width * height * share
        line = _number(element.style.get("stroke-width", "1"))
        for colour, share in _painted(element.style.get("stroke", "none"), element, gradients):
            found[colour] += 2 * (width + height) * line * share
    return {colour: area for colour, area in found.items() if area > 0}, pictures


def _hidden(element: _Element, *, used: bool) -> bool:
    style = element.style
    if element.within.undrawn or (element.within.for_use and not used):
        return True
    unseen = style.get("display") == "none" or style.get("visibility") == "hidden"
    return unseen or any(_number(style.get(name, "1")) == 0 for name in _TRANSPARENT)


def _painted(
    paint: str, element: _Element, gradients: Mapping[str, list[tuple[Colour, float]]]
) -> list[tuple[Colour, float]]:
    """Return the colours that a fill or a stroke puts on paper, with the share of each."""
    named = re.match(r"url\(\s*['\"]?#([^'\")]+)", paint)
    if named:
        return gradients.get(named[1], [])
    if paint.lower() == "currentcolor":
        paint = element.style.get("color", "black")
    colour = parse_colour(paint)
    return [(colour, 1.0)] if colour else []


def _gradients(elements: list[_Element]) -> dict[str, list[tuple[Colour, float]]]:
    """Return each gradient's colours by its id; one may take its stops from another."""
    stops: dict[str, list[tuple[float, Colour]]] = {}
    taken_from: dict[str, str] = {}
    current = ""
    for element in elements:
        if element.tag in ("linearGradient", "radialGradient"):
            current = element.attributes.get("id", "")
            stops[current] = []
            taken_from[current] = element.attributes.get("href", "").removeprefix("#")
        elif element.tag == "stop" and current in stops:
            colour = parse_colour(element.style.get("stop-color", "black"))
            if colour and _number(element.style.get("stop-opacity", "1")) > 0:
                stops[current].append((_offset(element.attributes.get("offset", "0")), colour))
    for name in stops:
        seen = {name}
        while not stops[name] and (other := taken_from.get(name, "")) in stops and other not in seen:
            seen.add(other)
            stops[name], taken_from[name] = stops[other], taken_from.get(other, "")
    return {name: _shares(each) for name, each in stops.items()}


def _shares(stops: list[tuple[float, Colour]]) -> list[tuple[Colour, float]]:
    """Return each stop's share: half of the way to its neighbours."""
    found = []
    for index, (at, colour) in enumerate(stops):
        before = (stops[index - 1][0] + at) / 2 if index else 0.0
        after = (stops[index + 1][0] + at) / 2 if index + 1 < len(stops) else 1.0
        found.append((colour, max(0.0, after - before)))
    return found


def _elements(data: bytes) -> Iterator[_Element]:
    """Read the drawing in order: a style rule counts for all of it, wherever it stands."""
    opened: list[tuple[str, _Within]] = []
    events: list[tuple[_Within, str, dict[str, str], int]] = []
    sheet: list[str] = []
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def start(name: str, attributes: dict[str, str]) -> None:
        tag = name.split(":")[-1]
        within = opened[-1][1].below(opened[-1][0]) if opened else _Within()
        opened.append((tag, within))
        plain = {key.split(":")[-1]: text for key, text in attributes.items()}
        events.append((within, tag, plain, len(opened)))

    def text(content: str) -> None:
        if opened and opened[-1][0] == "style":
            sheet.append(content)

    def end(_name: str) -> None:
        opened.pop()

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.Parse(data, True)
    rules = list(islice(_rules("".join(sheet)), _MOST_RULES))
    inherited: list[dict[str, str]] = []
    for within, tag, attributes, depth in events:
        del inherited[depth - 1 :]
        above = inherited[-1] if inherited else {}
        style = {**above, **_styles(tag, attributes, rules)}
        inherited.append(
            {key: value for key, value in style.items() if key in _INHERITED or key == "font-size"}
            | ({"display": "none"} if style.get("display") == "none" else {})
        )
        yield _Element(tag, attributes, style, within)


def _styles(
    tag: str, attributes: Mapping[str, str], rules: list[tuple[str, dict[str, str]]]
) -> dict[str, str]:
    """Return an element's own styles: its attributes, then the sheet's rules, then its ``style``."""
    mine = {tag, "*", f"#{attributes.get('id', '')}"}
    mine |= {f".{name}" for name in attributes.get("class", "").split()}
    mine |= {f"{tag}.{name}" for name in attributes.get("class", "").split()}
    found = {key: value.strip() for key, value in attributes.items() if key != "style"}
    for selector, declared in rules:
        if selector in mine:
            found |= declared
    found |= _declared(attributes.get("style", ""))
    return {key: value for key, value in found.items() if value != "inherit"}


def _rules(sheet: str) -> Iterator[tuple[str, dict[str, str]]]:
    for rule in tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True):
        if rule.type == "qualified-rule":
            declared = _declared(tinycss2.serialize(rule.content))
            for selector in tinycss2.serialize(rule.prelude).split(","):
                yield selector.strip(), declared


def _declared(text: str) -> dict[str, str]:
    found = {}
    for each in tinycss2.parse_blocks_contents(text, skip_comments=True, skip_whitespace=True):
        if each.type == "declaration":
            found[each.lower_name] = tinycss2.serialize(each.value).strip()
    return found


def _picture(attributes: Mapping[str, str]) -> list[bytes]:
    _, _, coded = attributes.get("href", "").partition(";base64,")
    try:
        return [base64.b64decode(coded)] if coded else []
    except binascii.Error:
        return []


def _offset(text: str) -> float:
    return min(1.0, max(0.0, _number(text) / (100 if text.strip().endswith("%") else 1)))


def _number(text: str) -> float:
    found = re.match(r"\s*[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)", text)
    value = float(found[0]) if found else 1.0
    return value if math.isfinite(value) else 0.0
