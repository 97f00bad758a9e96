"""Brand colours, each where it will stand: refused if a reader could not make it out.

WCAG 2.2 AA: 4.5 to 1 for text (1.4.3), 3 to 1 for shapes that carry meaning (1.4.11). All of ours carry
text somewhere, so one bound serves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoutpress.errors import Problem
from handoutpress.reading.colour import AA_TEXT, TINT, WHITE, nearest_passing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handoutpress.reading.clinic import Clinic
    from handoutpress.reading.colour import Colour
    from handoutpress.reading.yamlfile import Loc

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
    """Yield a problem for each brand colour that fails where it stands, with the nearest that passes.

    A colour that is written once and stands in several places is told once, for the hardest of them.
    """
    brand = clinic.brand
    tint = brand.colours["primary"].mixed(WHITE, TINT)
    failing: dict[tuple[Loc, Colour], tuple[float, Colour, str]] = {}
    for role, use in USES.items():
        colour = brand.colours[role]
        behind = tint if "tinted" in use and tint.luminance < WHITE.luminance else WHITE
        ratio = colour.contrast(behind)
        written = (brand.colour_locs.get(role, ("color",)), colour)
        if ratio < failing.get(written, (AA_TEXT,))[0]:
            failing[written] = (ratio, behind, use)
    for (loc, colour), (ratio, behind, use) in failing.items():
        passing = nearest_passing(colour, behind, AA_TEXT)
        name = " ".join(str(step) for step in loc[1:])
        said = f"{name} {colour} has a contrast of {ratio:.2f} to 1 for {use}"
        yield Problem(
            f"{said}; WCAG AA asks for {AA_TEXT}",
            clinic.brand_yaml.place(loc),
            f"the nearest colour that passes is {passing}",
        )
