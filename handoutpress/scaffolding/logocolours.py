"""The colours of a logo, whatever it is drawn in: those that a reader would name, the largest first."""

from __future__ import annotations

import io
import warnings
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from handoutpress.reading.colour import WHITE, Colour

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_LOOKED_AT = 160
"""A picture is looked at with this many pixels on its longer side."""
_HALF_SEEN = 128
_ALIKE = 40.0
"""Two colours nearer than this, channel by channel, are one to the eye: antialiased edges, JPEG's noise."""
_LEAST = 0.03
_MOST = 6
_COMPARED = 24
_PAPER = 244
_EDGE = 0.15
"""A colour between another and white, with less than this share of its weight, is the other's edge."""


@dataclass(frozen=True, slots=True)
class LogoColour:
    """A colour of a logo, and which share (0 to 1) of what it prints has it."""

    colour: Colour
    share: float


def logo_colours(path: Path) -> list[LogoColour]:
    """Return the colours of a logo that was checked already, at most six; none where it is white.

    White, and what is nearly white, is the paper.
    """
    data = path.read_bytes()
    if data.startswith((b"\x89PNG", b"\xff\xd8\xff")):
        weights = _pixels(data)
    else:
        from handoutpress.scaffolding.svgcolours import svg_colours

        drawn, pictures = svg_colours(data)
        weights = Counter(drawn)
        for picture in pictures:
            weights.update(_pixels(picture))
    return _named(weights)


def _pixels(data: bytes) -> Counter[Colour]:
    """Count a picture's pixels by colour; what is more than half transparent is not there."""
    from PIL import Image

    found: Counter[Colour] = Counter()
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data)) as image:
            warnings.simplefilter("ignore")  # an odd palette or profile is no matter here
            # The nearest pixel: a mean of two colours is one that the logo has not.
            image.thumbnail((_LOOKED_AT, _LOOKED_AT), Image.Resampling.NEAREST)
            for count, pixel in image.convert("RGBA").getcolors(_LOOKED_AT**2) or ():
                red, green, blue, seen = pixel  # type: ignore[misc]
                if seen >= _HALF_SEEN:
                    found[Colour(red, green, blue)] += count
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
    ):  # a picture inside an SVG that nothing can read prints nothing
        return Counter()
    return found


def _named(weights: Mapping[Colour, float]) -> list[LogoColour]:
    """Put colours that look alike together under the most frequent, and leave out the paper and specks."""
    kept: dict[Colour, float] = {}
    for colour, weight in _largest(_rounded(weights)):
        near = next((other for other in kept if _apart(colour, other) < _ALIKE), None)
        kept[near or colour] = kept.get(near or colour, 0.0) + weight
    kept = dict(_largest(kept)[:_COMPARED])
    kept = {colour: weight for colour, weight in kept.items() if not _is_edge(colour, kept)}
    whole = sum(kept.values())
    named = [LogoColour(colour, weight / whole) for colour, weight in _largest(kept)[:_MOST]]
    return [each for each in named if each.share >= _LEAST]


def _largest(weights: Mapping[Colour, float]) -> list[tuple[Colour, float]]:
    return sorted(weights.items(), key=lambda item: (-item[1], str(item[0])))


def _rounded(weights: Mapping[Colour, float]) -> dict[Colour, float]:
    """Put what differs only a little under its most frequent colour: a photograph has thousands."""
    first: dict[tuple[int, int, int], Colour] = {}
    found: dict[Colour, float] = {}
    for colour, weight in _largest(weights):
        if min(colour.red, colour.green, colour.blue) < _PAPER:
            kept = first.setdefault((colour.red >> 4, colour.green >> 4, colour.blue >> 4), colour)
            found[kept] = found.get(kept, 0.0) + weight
    return found


def _is_edge(colour: Colour, kept: Mapping[Colour, float]) -> bool:
    """Whether it is only where a heavier colour ends on the paper: smoothed, or JPEG's halo."""
    return any(
        kept[colour] < kept[other] * _EDGE
        and any(_apart(colour, other.mixed(WHITE, share / 10)) < _ALIKE for share in range(1, 11))
        for other in kept
    )


def _apart(one: Colour, other: Colour) -> float:
    squares = (
        (a - b) ** 2 for a, b in ((one.red, other.red), (one.green, other.green), (one.blue, other.blue))
    )
    return float(sum(squares) ** 0.5)
