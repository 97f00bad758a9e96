"""The brand as it will print, and how mail is set up: what the clinic's page shows and does not change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from pydantic import ValidationError

from handoutpress.composing.pictures import clinic_logo
from handoutpress.editing.contrast import USES
from handoutpress.errors import HandoutError, Problems, ProblemsFound
from handoutpress.places import BRAND_FILE, CLINIC_FILE, inside
from handoutpress.reading.brand import read_brand
from handoutpress.reading.channels import USUAL_PORTS, Mail
from handoutpress.reading.clinic import read_clinic
from handoutpress.reading.colour import AA_TEXT, TINT, WHITE, nearest_passing
from handoutpress.reading.yamlreader import read_yaml
from handoutpress.typesetting.fonts import prepare_faces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handoutpress.desk.pages import Visit
    from handoutpress.desk.plain import Told
    from handoutpress.places import Places
    from handoutpress.reading.brand import Brand
    from handoutpress.reading.colour import Colour

_MAIL = (
    "host", "security", "port", "user", "from", "reply_to", "preference", "name_the_sheet", "keep_days",
    "per_minute",
)  # fmt: skip
"""What is shown of it: these keys and no other, as a file may have a password where none belongs."""


@dataclass(frozen=True)
class Swatch:
    """One colour in its role."""

    role: str
    name: str
    """In the palette; "" for one that is written where it is used."""
    colour: str
    ratio: str
    """Its contrast where it stands."""
    passing: str
    """The nearest colour that can be read there; "" where this one can."""
    src: str


@dataclass(frozen=True)
class Look:
    """The brand, or why it cannot be read."""

    swatches: Sequence[Swatch]
    logo: dict[str, str] | None = None
    brand: Brand | None = None
    problems: list[Told] = field(default_factory=list)

    @property
    def stops(self) -> bool:
        """Whether nothing prints because of it."""
        return bool(self.problems) or any(each.passing for each in self.swatches)


def brand_of(places: Places, visit: Visit) -> Look:
    """Return the brand as it prints, and all that is wrong with it."""
    try:
        brand = read_brand(read_yaml(inside(places.clinic, BRAND_FILE)))
    except ProblemsFound as found:
        return Look((), problems=visit.told_all(found.problems))
    swatches = tuple(_swatch(role, brand) for role in USES)
    try:
        clinic = read_clinic(places)
    except ProblemsFound:
        return Look(swatches, None, brand)  # the facts are at fault, and told beside their fields
    problems = Problems()
    logo = clinic_logo(clinic, places, problems)
    try:
        prepare_faces(clinic, places)
    except ProblemsFound as found:
        problems.extend(found.problems)
    except HandoutError as error:
        problems.add(str(error))
    return Look(swatches, logo, brand, visit.told_all(problems.found))


def _swatch(role: str, brand: Brand) -> Swatch:
    colour = brand.colours[role]
    tint = brand.colours["primary"].mixed(WHITE, TINT)
    behind = tint if "tinted" in USES[role] and tint.luminance < WHITE.luminance else WHITE
    ratio = colour.contrast(behind)
    names = [name for name, value in brand.file.color.palette.items() if value.lower() == str(colour)]
    passing = "" if ratio >= AA_TEXT else str(nearest_passing(colour, behind, AA_TEXT))
    # Cut and not rounded: 4.49 does not pass.
    return Swatch(
        role, names[0] if names else "", str(colour), f"{int(ratio * 10) / 10:.1f}", passing, patch(colour)
    )


def patch(colour: Colour) -> str:
    """Return a picture of a colour: styles in a page are not allowed here, pictures are."""
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='48' height='48'>"
        f"<path fill='{colour}' d='M0 0h48v48H0z'/></svg>"
    )
    return f"data:image/svg+xml,{quote(svg)}"


def mail_of(places: Places) -> list[tuple[str, str]] | None:
    """Return how mail is set up, key by key, with no password; None where it is not, or cannot be read."""
    try:
        written = read_yaml(inside(places.clinic, CLINIC_FILE)).data.get("mail")
    except ProblemsFound:
        return None
    if not isinstance(written, dict):
        return None
    try:
        mail = Mail.model_validate(written)
        said = mail.model_dump(by_alias=True)
        said["port"] = said["port"] or USUAL_PORTS[mail.security]
    except ValidationError:  # what is wrong with it is told above all
        said = written
    rows = [(key, said[key]) for key in _MAIL if said.get(key) is not None]
    spoken = {True: "yes", False: "no"}
    return [(key, spoken[value] if isinstance(value, bool) else str(value)) for key, value in rows]
