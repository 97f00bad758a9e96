"""Brand colours, each where it will stand: refused if a reader could not make it out.

WCAG 2.2 AA: 4.5 to 1 for text (1.4.3), 3 to 1 for shapes that carry meaning (1.4.11). All of ours carry
text somewhere, so one bound serves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoutpress.errors import Problem
from handoutpress.reading.colour import AA_TEXT, WHITE, nearest_passing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handoutpress.reading.clinic import Clinic

TINT = 0.92
"""How much white is in the tint behind a box."""

USES = {
    "foreground": "text on the page, and on a tinted box",
    "primary": "white numerals on it, and icons on the page",
    "secondary": "the footer on the page",
    "heading": "headings on the page, and on a tinted box",
    "link": "links on the page",
    "success": "the heads of what to do",
    "danger": "warnings on the page",
}


def check_contrast(clinic: Clinic) -> Iterator[Problem]:
    """Yield a problem for each brand colour that fails where it stands, with the nearest that passes."""
    brand = clinic.brand
    tint = brand.colours["primary"].mixed(WHITE, TINT)
    for role, use in USES.items():
        colour = brand.colours[role]
        behind = tint if "tinted" in use and tint.luminance < WHITE.luminance else WHITE
        ratio = colour.contrast(behind)
        if ratio >= AA_TEXT:
            continue
        passing = nearest_passing(colour, behind, AA_TEXT)
        loc = brand.colour_locs.get(role, ("color",))
        yield Problem(
            f"{role} {colour} has a contrast of {ratio:.2f} to 1 for {use}; WCAG AA asks for {AA_TEXT}",
            clinic.brand_yaml.place(loc),
            f"the nearest colour that passes is {passing}",
        )
