"""The logo of a new clinic: looked into as a print would, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from handoutpress.composing.images import embed_image
from handoutpress.errors import Place, Problem, ProblemsFound
from handoutpress.scaffolding.logocolours import logo_colours

if TYPE_CHECKING:
    from pathlib import Path

    from handoutpress.scaffolding.logocolours import LogoColour

_ENDINGS = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg"}


@dataclass(frozen=True)
class Logo:
    """A logo that prints."""

    name: str
    """What its file is called in the clinic's folder."""
    data: bytes
    colours: tuple[LogoColour, ...]
    """Its colours, the largest first; none where it is white, and nothing of it would be seen."""


def read_logo(path: Path) -> Logo:
    """Read a logo; raises ``ProblemsFound`` for one that a print would refuse, with the reason."""
    if path.is_dir():
        raise ProblemsFound([Problem("the logo is a folder", Place(path), "name an SVG, PNG or JPEG file")])
    embed_image(path)
    data = path.read_bytes()
    ending = next((ending for magic, ending in _ENDINGS.items() if data.startswith(magic)), ".svg")
    return Logo(f"logo{ending}", data, tuple(logo_colours(path)))
