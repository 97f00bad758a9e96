"""The brand.yml format (posit-dev.github.io/brand-yml), section by section.

What a printed sheet has no use for (dark variants, monospace type, defaults for other programs) is read and
left alone, so that the file a designer already made for Quarto or Shiny works here.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from handoutpress.reading.model import Model

Path_ = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Family = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\"'\\;{}<>]+$")]
WEIGHT_NAMES = {
    "thin": 100,
    "extra-light": 200,
    "ultra-light": 200,
    "light": 300,
    "normal": 400,
    "regular": 400,
    "medium": 500,
    "semi-bold": 600,
    "demi-bold": 600,
    "bold": 700,
    "extra-bold": 800,
    "ultra-bold": 800,
    "black": 900,
}


def _weight(value: Any) -> Any:
    if isinstance(value, str) and value in WEIGHT_NAMES:
        return WEIGHT_NAMES[value]
    return value


def _as(key: str, long_form: Any) -> BeforeValidator:
    """Accept the format's short form: a bare text in place of a mapping."""
    return BeforeValidator(
        lambda value: {key: value} if isinstance(value, str) else value,
        json_schema_input_type=long_form | str,
    )


def _hundreds(value: int) -> int:
    if value not in range(100, 1000, 100):
        raise PydanticCustomError("weight", "`{value}` is not a weight: 100, 200, ... 900", {"value": value})
    return value


_WrittenWeight = Annotated[
    Any,
    WithJsonSchema({"enum": [*range(100, 1000, 100), *WEIGHT_NAMES]}),
]
Weight = Annotated[
    int,
    BeforeValidator(_weight, json_schema_input_type=_WrittenWeight),
    AfterValidator(_hundreds),
]


class FullName(Model):
    """A name in its two lengths."""

    full: str | None = None
    """The whole name."""
    short: str | None = None
    """The name as it fits a small space."""


class Meta(Model):
    """What the brand is called, and where it is."""

    name: Annotated[FullName, _as("full", FullName)] | None = None
    """The name, or its full and short form."""
    link: Annotated[dict[str, str], _as("home", dict[str, str])] | None = None
    """The home page, or several links by name."""


class LogoFile(Model):
    """A logo's file, and what it shows."""

    path: Path_
    """An SVG, PNG or JPEG file in the clinic's folder, or the name of one under ``images``."""
    alt: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    """What it shows, for somebody who cannot see it; without it, the clinic's name."""


class LogoVariant(Model):
    """A logo for light and for dark backgrounds. Paper is light."""

    light: Annotated[LogoFile, _as("path", LogoFile)] | None = None
    """On light backgrounds."""
    dark: Annotated[LogoFile, _as("path", LogoFile)] | None = None
    """On dark backgrounds; not used in print."""


def _logo(value: Any) -> Any:
    if isinstance(value, str):
        return {"light": {"path": value}}
    if isinstance(value, dict) and "path" in value:
        return {"light": value}
    return value


LogoSize = Annotated[LogoVariant, BeforeValidator(_logo, json_schema_input_type=LogoVariant | LogoFile | str)]


class Logo(Model):
    """The logo in its sizes."""

    images: dict[str, Annotated[LogoFile, _as("path", LogoFile)]] = {}
    """Files by name, for the sizes to point at."""
    small: LogoSize | None = None
    """An icon, about square."""
    medium: LogoSize | None = None
    """For a letterhead."""
    large: LogoSize | None = None
    """For a cover."""


class Colours(Model):
    """The colours: a palette by name, and what each is for."""

    palette: dict[str, str] = {}
    """Colours by name; the roles below, and other palette entries, may use the names."""
    foreground: str | None = None
    """Text."""
    background: str | None = None
    """The page. Paper is white: a background is used on screens only."""
    primary: str | None = None
    """The main colour: titles, headings, rules, icons."""
    secondary: str | None = None
    """The second colour: quiet text such as the footer."""
    tertiary: str | None = None
    """A third colour; not used in print."""
    success: str | None = None
    """What to do."""
    info: str | None = None
    """Notes; not used in print."""
    warning: str | None = None
    """Not used in print: too light for text on paper."""
    danger: str | None = None
    """Warnings, and what not to do."""
    light: str | None = None
    """A light tone; not used in print."""
    dark: str | None = None
    """A dark tone; not used in print."""


class FontFile(Model):
    """One file of a family."""

    path: Path_
    """A TrueType or OpenType file in the clinic's folder."""
    weight: Weight = 400
    """Its weight; 100 to 900 or a name."""
    style: Literal["normal", "italic"] = "normal"
    """Upright or italic."""


class FontFamily(Model):
    """A family and where its files are."""

    family: Family
    """The name used below."""
    source: Literal["file", "google", "bunny", "system"] = "file"
    """Only files are used; another source is accepted for a family that is shipped."""
    files: tuple[Annotated[FontFile, _as("path", FontFile)], ...] = ()
    """The files."""
    weight: Any = None
    """For other sources; not used."""
    style: Any = None
    """For other sources; not used."""
    display: Any = None
    """For web pages; not used."""


class TypeRole(Model):
    """How one kind of text is set."""

    family: Family | None = None
    """A family from ``fonts``, or a shipped one."""
    size: str | None = None
    """The size; body text is 12 pt at least."""
    weight: Weight | None = None
    """The weight."""
    style: Literal["normal", "italic"] | None = None
    """Upright; italics are hard to read and are not used."""
    line_height: Annotated[float | None, Field(alias="line-height", ge=1.0, le=2.0)] = None
    """The line height as a multiple of the size."""
    color: str | None = None
    """A colour, by value or palette name."""
    background_color: Annotated[str | None, Field(alias="background-color")] = None
    """Not used in print."""
    decoration: str | None = None
    """Not used in print: links are always underlined."""


Role = Annotated[TypeRole, _as("family", TypeRole)]


class Typography(Model):
    """The type."""

    fonts: tuple[FontFamily, ...] = ()
    """The families with their files."""
    base: Role | None = None
    """Body text."""
    headings: Role | None = None
    """Titles and headings."""
    monospace: Role | None = None
    """Not used in print."""
    monospace_inline: Annotated[Role | None, Field(alias="monospace-inline")] = None
    """Not used in print."""
    monospace_block: Annotated[Role | None, Field(alias="monospace-block")] = None
    """Not used in print."""
    link: TypeRole | None = None
    """Links; their colour is used."""


def _only_logo(value: Any) -> Any:
    return {"medium": value} if isinstance(value, str) else value


class BrandFile(Model):
    """The whole file."""

    meta: Meta | None = None
    """Name and links."""
    logo: Annotated[Logo, BeforeValidator(_only_logo, json_schema_input_type=Logo | str)] | None = None
    """The logo."""
    color: Colours = Colours()
    """The colours."""
    typography: Typography = Typography()
    """The type."""
    defaults: Any = None
    """Settings for other programs."""
