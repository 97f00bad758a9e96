"""Brand colours proposed from a logo, each so that it can be read where it will stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from handoutpress.editing.contrast import USES
from handoutpress.reading.brand import DEFAULT_COLOURS
from handoutpress.reading.colour import AA_TEXT, TINT, WHITE, Colour, nearest_passing, parse_colour

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from handoutpress.scaffolding.logocolours import LogoColour

_INK, _QUIET = Colour(0x1E, 0x1E, 0x20), Colour(0x4E, 0x4E, 0x52)
_HINT_OF_HUE = {"foreground": (_INK, 0.12), "secondary": (_QUIET, 0.18)}
"""Text and quiet text: near black and grey, with so much of the main colour in them."""
_COLOURLESS = 0.12


@dataclass(frozen=True)
class Proposal:
    """The colour for one role, and where it comes from."""

    role: str
    colour: Colour
    wished: Colour | None = None
    """The colour it would have been, were it dark enough; None where nothing was moved."""
    why: str = ""
    """Where it comes from: ``as in the logo``, ``as you said``, ``the program's own``."""

    @property
    def contrast(self) -> float:
        """The lowest contrast of the places where it stands; the main colour is the headings', too."""
        return lowest_contrast("heading" if self.role == "primary" else self.role, self.colour)


def propose(found: Sequence[LogoColour], given: Mapping[str, Colour]) -> list[Proposal]:
    """Return a colour for each role of a brand that prints.

    ``given`` are those that somebody chose, by role; they are not moved. Warnings and what to do keep the
    program's own red and green: a reader knows these from elsewhere.
    """
    proposals = {role: Proposal(role, colour, None, "as you said") for role, colour in given.items()}
    if "primary" not in proposals:
        proposals["primary"] = _main(found)
    main = proposals["primary"].colour
    for role, (grey, share) in _HINT_OF_HUE.items():
        tinted = nearest_passing(grey.mixed(main, share), _behind(role, main), AA_TEXT + 1)
        why = "a dark grey with a hint of the main colour"
        own = Proposal(role, tinted, None, why) if found or given else _default(role)
        proposals.setdefault(role, own)
    for role in ("success", "danger"):
        proposals.setdefault(role, _default(role))
    return [proposals[role] for role in DEFAULT_COLOURS]


def passing(role: str, colour: Colour, main: Colour | None = None) -> Colour:
    """Return the colour itself if it passes where this role stands, else the nearest that does."""
    tried = colour
    for _ in range(8):  # the tint behind a heading is made of the main colour, and moves with it
        behind = _behind(role, main or tried)
        if tried.contrast(behind) >= AA_TEXT and tried.contrast(WHITE) >= AA_TEXT:
            break
        tried = nearest_passing(tried, behind, AA_TEXT)
    return tried


def lowest_contrast(role: str, colour: Colour, main: Colour | None = None) -> float:
    """Return the lowest contrast that a role's colour has where it stands, 1 to 21."""
    return min(colour.contrast(WHITE), colour.contrast(_behind(role, main or colour)))


def _behind(role: str, main: Colour) -> Colour:
    """Return what stands behind a role: the page, or the tint of the main colour."""
    return main.mixed(WHITE, TINT) if "tinted" in USES[role] else WHITE


def _main(found: Sequence[LogoColour]) -> Proposal:
    """Return the most characteristic colour: much of it, much colour in it, and dark enough to be kept."""
    if not found:
        return _default("primary")
    if all(_colourful(each.colour) < _COLOURLESS for each in found):
        wished = min(found, key=lambda each: each.colour.luminance).colour  # pale grey is no headline
    else:
        wished = max(found, key=_character).colour
    chosen = passing("heading", wished)
    return Proposal("primary", chosen, wished if chosen != wished else None, "as in the logo")


def _character(each: LogoColour) -> float:
    colourful = _colourful(each.colour)
    if colourful < _COLOURLESS:
        colourful /= 10  # black words beside a green leaf: the leaf is the brand
    kept = min(1.0, each.colour.contrast(WHITE) / AA_TEXT)
    return float((colourful + 0.001) * each.share**0.6 * kept**2)


def _colourful(colour: Colour) -> float:
    """Return how far a colour is from grey, 0 to 1."""
    channels = (colour.red, colour.green, colour.blue)
    return (max(channels) - min(channels)) / 255


def _default(role: str) -> Proposal:
    return Proposal(role, cast("Colour", parse_colour(DEFAULT_COLOURS[role])), None, "the program's own")
