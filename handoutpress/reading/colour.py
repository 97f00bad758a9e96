"""Colours: read as CSS reads them, compared as WCAG 2.2 compares them.

Contrast is (L1 + 0.05) / (L2 + 0.05) over relative luminance (WCAG 2.2, 1.4.3 and 1.4.11). The nearest
colour that passes is looked for along lightness alone in Oklab's cylinder, so the hue that makes a brand
recognisable stays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tinycss2 import color4

AA_TEXT = 4.5
"""WCAG 2.2 AA for text under 18 pt, or under 14 pt bold."""
AA_GRAPHIC = 3.0
"""WCAG 2.2 AA for large text and for graphics that carry meaning."""
TINT = 0.92
"""How much white is in the tint behind a box."""


@dataclass(frozen=True, slots=True)
class Colour:
    """An opaque sRGB colour, its channels from 0 to 255."""

    red: int
    green: int
    blue: int

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    @property
    def luminance(self) -> float:
        """Relative luminance, 0 (black) to 1 (white)."""
        red, green, blue = (_linear(channel / 255) for channel in (self.red, self.green, self.blue))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def contrast(self, other: Colour) -> float:
        """Contrast ratio, 1 to 21."""
        lighter, darker = sorted((self.luminance, other.luminance), reverse=True)
        return (lighter + 0.05) / (darker + 0.05)

    def mixed(self, other: Colour, share: float) -> Colour:
        """Return this colour with ``share`` (0 to 1) of the other in it, channel by channel."""
        pairs = ((self.red, other.red), (self.green, other.green), (self.blue, other.blue))
        red, green, blue = (round(own + (its - own) * share) for own, its in pairs)
        return Colour(red, green, blue)


WHITE = Colour(255, 255, 255)
BLACK = Colour(0, 0, 0)


def parse_colour(text: str) -> Colour | None:
    """Read any opaque CSS colour (hex, name, rgb(), hsl()); None for anything else."""
    parsed = color4.parse_color(text)
    if parsed is None or parsed == "currentcolor" or parsed.alpha != 1:
        return None
    channels = parsed.to("srgb").coordinates
    red, green, blue = (round(min(1.0, max(0.0, channel or 0.0)) * 255) for channel in channels)
    return Colour(red, green, blue)


def nearest_passing(colour: Colour, behind: Colour, ratio: float) -> Colour:
    """Return the colour of the same hue, nearest in lightness, that has this contrast."""
    lightness, a, b = _to_oklab(colour)
    darker = behind.luminance > 0.18
    steps = range(1, 1001)
    for step in steps:
        share = step / 1000
        moved = lightness * (1 - share) if darker else lightness + (1 - lightness) * share
        # Chroma shrinks near black and white, or the colour would leave sRGB and change its hue.
        keep = moved / lightness if darker and lightness else 1 - share
        tried = _from_oklab(moved, a * keep, b * keep)
        if tried.contrast(behind) >= ratio:
            return tried
    return BLACK if darker else WHITE


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _encoded(channel: float) -> int:
    channel = min(1.0, max(0.0, channel))
    value = 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055
    return round(value * 255)


def _to_oklab(colour: Colour) -> tuple[float, float, float]:
    """Convert to Oklab (Björn Ottosson, 2020)."""
    red, green, blue = (_linear(c / 255) for c in (colour.red, colour.green, colour.blue))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _from_oklab(lightness: float, a: float, b: float) -> Colour:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return Colour(
        _encoded(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _encoded(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _encoded(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )
