"""``_brand.yml`` as a sheet uses it: colours resolved through the palette, families known, sizes in points.

Fonts from the network are refused: a sheet must come out the same tomorrow, on a machine with no network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from handoutpress.errors import Problems, suggestion
from handoutpress.reading.brandfile import BrandFile, Colours, LogoFile, TypeRole
from handoutpress.reading.colour import Colour, parse_colour
from handoutpress.reading.families import SHIPPED_FAMILIES
from handoutpress.reading.model import validate

if TYPE_CHECKING:
    from handoutpress.reading.yamlfile import Loc, YamlFile


@dataclass(frozen=True)
class Brand:
    """A brand as a sheet uses it: colours resolved, families known, sizes in points."""

    file: BrandFile
    colours: dict[str, Colour]
    """foreground, primary, secondary, success, danger, heading, link."""
    colour_locs: dict[str, Loc]
    """Where in the file each was written; absent for our own default."""
    base_family: str
    heading_family: str
    heading_weight: int
    body_size: float
    """Points."""
    line_height: float

    @property
    def logo(self) -> LogoFile | None:
        """The logo for a letterhead: the medium one, else another size."""
        logo = self.file.logo
        if logo is None:
            return None
        for size in (logo.medium, logo.large, logo.small):
            if size and size.light:
                return logo.images.get(size.light.path, size.light)
        return next(iter(logo.images.values()), None)


DEFAULT_COLOURS = {
    "foreground": "#1c2427",
    "primary": "#1f5c66",
    "secondary": "#4a575b",
    "success": "#1d6b45",
    "danger": "#a32020",
}
DEFAULT_FAMILY = "Source Sans 3"
SMALLEST_BODY, LARGEST_BODY = 12.0, 14.0


def read_brand(yaml: YamlFile) -> Brand:
    """Check a brand file and resolve what it refers to; raises ``ProblemsFound``."""
    file = validate(BrandFile, yaml)
    problems = Problems()
    colours, locs = _colours(file, yaml, problems)
    _families(file, yaml, problems)
    type_ = file.typography
    base, headings = type_.base or TypeRole(), type_.headings or TypeRole()
    body_size = _points(base.size, yaml, problems)
    line_height = base.line_height or 1.4
    if not 1.35 <= line_height <= 1.7:
        problems.add(
            "line-height of body text must be between 1.35 and 1.7",
            yaml.place(("typography", "base", "line-height")),
            "clear print asks for 1.4 to 1.5",
        )
    for role, name in ((base, "base"), (headings, "headings")):
        if role.style == "italic":
            problems.add(
                "italic type is not used: it is hard to read",
                yaml.place(("typography", name, "style")),
                "use weight in its place",
            )
    problems.raise_if_any()
    base_family = base.family or DEFAULT_FAMILY
    return Brand(
        file,
        colours,
        locs,
        base_family,
        headings.family or base_family,
        headings.weight or 700,
        body_size,
        line_height,
    )


def _colours(file: BrandFile, yaml: YamlFile, problems: Problems) -> tuple[dict[str, Colour], dict[str, Loc]]:
    """Resolve every role, through the palette where it names one."""
    written = file.color
    wanted: dict[str, tuple[str | None, Loc]] = {
        role: (getattr(written, role), ("color", role)) for role in Colours.model_fields if role != "palette"
    }
    type_ = file.typography
    if type_.headings and type_.headings.color:
        wanted["heading"] = (type_.headings.color, ("typography", "headings", "color"))
    if type_.link and type_.link.color:
        wanted["link"] = (type_.link.color, ("typography", "link", "color"))
    for name in written.palette:
        _resolve(name, ("color", "palette", name), file, yaml, problems)
    colours: dict[str, Colour] = {}
    locs: dict[str, Loc] = {}
    for role, (value, loc) in wanted.items():
        if value is None:
            continue
        found = _resolve(value, loc, file, yaml, problems)
        if found:
            colours[role], locs[role] = found, loc
    for role, value in DEFAULT_COLOURS.items():
        colours.setdefault(role, cast("Colour", parse_colour(value)))
    for role in ("heading", "link"):
        if role not in colours:
            colours[role] = colours["primary"]
            if "primary" in locs:
                locs[role] = locs["primary"]
    return colours, locs


def _resolve(value: str, loc: Loc, file: BrandFile, yaml: YamlFile, problems: Problems) -> Colour | None:
    """Follow palette names to a colour; names of roles may be followed too, as the format allows."""
    seen: list[str] = []
    palette = file.color.palette
    while True:
        role = None if value in palette or value not in DEFAULT_COLOURS else getattr(file.color, value)
        following = palette.get(value) or (role if loc != ("color", value) else None)
        if following is None:
            break
        if value in seen:
            problems.add(f"the palette goes round in a circle: {' → '.join([*seen, value])}", yaml.place(loc))
            return None
        seen.append(value)
        value = following
    colour = parse_colour(value)
    if colour is None and seen and seen[-1] in palette and loc[:2] != ("color", "palette"):
        return None  # it is wrong where it is written, and told there
    if colour is None:
        names = [*palette, "white", "black"]
        hint = (
            suggestion(value, names, "palette's names")
            if value.isidentifier()
            else ("a colour is like #1f5c66, rgb(31 92 102) or a name from the palette")
        )
        if value and value.strip("#").isalnum() and not value.startswith("#") and len(value) in (3, 6):
            hint = f'did you mean "#{value}"? (in quotes)'
        problems.add(f"`{value}` is not an opaque colour", yaml.place(loc), hint)
    return colour


def _families(file: BrandFile, yaml: YamlFile, problems: Problems) -> None:
    """Check that every family used has files, its own or shipped."""
    type_ = file.typography
    for index, font in enumerate(type_.fonts):
        loc: Loc = ("typography", "fonts", index)
        if font.source == "file" and not font.files:
            problems.add(
                f'the family "{font.family}" names no files',
                yaml.place(loc),
                "add files: with a path each",
            )
        if font.source != "file" and font.family not in SHIPPED_FAMILIES:
            problems.add(
                f'fonts are not fetched from "{font.source}"',
                yaml.place((*loc, "source")),
                "download the family and name its files: source: file, files: [...]",
            )
    known = [*(font.family for font in type_.fonts), *SHIPPED_FAMILIES]
    for name, role in (("base", type_.base), ("headings", type_.headings)):
        if role and role.family and role.family not in known:
            problems.add(
                f'no files are known for the family "{role.family}"',
                yaml.place(("typography", name, "family")),
                suggestion(role.family, known, "families"),
            )


def _points(size: str | None, yaml: YamlFile, problems: Problems) -> float:
    """Return the body size in points; 12 to 14 (RNIB clear print asks for 12 at least)."""
    if size is None:
        return SMALLEST_BODY
    units = {"pt": 1.0, "px": 0.75, "rem": 12.0, "em": 12.0}
    for unit, factor in sorted(units.items(), key=lambda item: -len(item[0])):
        if size.endswith(unit):
            try:
                points = float(size.removesuffix(unit)) * factor
            except ValueError:
                break
            if SMALLEST_BODY <= points <= LARGEST_BODY:
                return points
            break
    problems.add(
        f"`{size}` is not a size for body text",
        yaml.place(("typography", "base", "size")),
        "12pt to 14pt; for larger print use the large-print edition",
    )
    return SMALLEST_BODY
