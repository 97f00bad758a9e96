"""The text of a new ``_brand.yml``: colours with where they come from, the logo, the shipped type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoutpress.reading.families import LAST_FAMILY, SHIPPED_FAMILIES
from handoutpress.reading.yamlspelling import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from handoutpress.scaffolding.logocolours import LogoColour
    from handoutpress.scaffolding.palette import Proposal

_NAMES = {"foreground": "ink", "primary": "main", "secondary": "quiet", "success": "leaf", "danger": "brick"}
_USED_FOR = {
    "foreground": "text",
    "primary": "titles, headings, rules, icons",
    "secondary": "quiet text, such as the footer",
    "success": "what to do",
    "danger": "warnings, and what not to do",
}


def brand_text(
    name: str,
    website: str | None,
    logo: tuple[str, str] | None,
    found: Sequence[LogoColour],
    proposals: Sequence[Proposal],
) -> str:
    """Return ``_brand.yml``; ``logo`` is its file's name and what it shows."""
    return "\n".join(
        [
            "# yaml-language-server: $schema=schemas/brand.json",
            "#",
            f"# The brand of {_one_line(name)}, in the brand.yml format (posit-dev.github.io/brand-yml).",
            "# A designer may have such a file for Quarto or Shiny already: put it in place of this one.",
            "",
            "meta:",
            f"  name: {quoted(name)}",
            *([f"  link: {quoted(website)}"] if website else []),
            "",
            *_logo(logo),
            *_colours(found, proposals),
            *_type(),
            "",
        ]
    )


def _logo(logo: tuple[str, str] | None) -> Iterator[str]:
    yield "# SVG, PNG or JPEG files in this folder. `alt` is read out to people who cannot see the logo."
    yield "# `medium` prints in the letterhead, up to 15 mm high; `small` is an icon, if you have one."
    mark = "" if logo else "# "
    path, alt = logo or ("logo.svg", "Our logo: what it shows")
    yield f"{mark}logo:"
    yield f"{mark}  images:"
    yield f"{mark}    mark:"
    yield f"{mark}      path: {quoted(path) if logo else path}"
    yield f"{mark}      alt: {quoted(alt)}"
    yield f"{mark}  medium: mark"
    yield "#   small: icon        # once you have named an icon above"
    yield ""


def _colours(found: Sequence[LogoColour], proposals: Sequence[Proposal]) -> Iterator[str]:
    yield "# First name your colours, then say what each one is for. One too pale to read stops the print."
    yield "color:"
    yield "  palette:"
    for each in proposals:
        moved = f"the nearest to {each.wished} that can be read; " if each.wished else f"{each.why}; "
        yield f'    {_NAMES[each.role]}: "{each.colour}"'.ljust(26) + f"# {moved}contrast {each.contrast:.1f}"
    used = {each.colour for each in proposals}
    others = [each.colour for each in found if each.colour not in used]
    for number, colour in enumerate(others, 1):
        yield f'    logo-{number}: "{colour}"'.ljust(26) + "# in the logo only"
    for each in proposals:
        yield f"  {each.role}: {_NAMES[each.role]}".ljust(26) + f"# {_USED_FOR[each.role]}"
    yield ""


def _type() -> Iterator[str]:
    families = [family for family in SHIPPED_FAMILIES if family != LAST_FAMILY]
    yield f"# These families come with the program and need no files: {', '.join(families)}."
    yield "# For another one, put its .ttf or .otf files into this folder and name them:"
    yield "#   fonts:"
    yield "#     - family: Your Family"
    yield "#       source: file"
    yield "#       files: [your-family-regular.ttf, {path: your-family-bold.ttf, weight: bold}]"
    yield "typography:"
    yield "  base:"
    yield f"    family: {families[0]}"
    yield "    size: 12pt           # 12 to 14 pt"
    yield "    line-height: 1.4     # 1.35 to 1.7"
    yield "  headings:"
    yield f"    family: {families[0]}"
    yield "    weight: 700"


def _one_line(name: str) -> str:
    """Return a name as it may stand in a comment."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())
