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
Tone = Annotated[
    str,
    WithJsonSchema(
        {"type": "string", "pattern": r"^(?:#(?:[0-9A-Fa-f]{3,4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})|[^#].*)$"}
    ),
]
"""A colour, or the name of one. Which, and whether it is one, is known when the palette is (``brand.py``)."""
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
    """The home page, such as https://example.org, or several links by name."""


class LogoFile(Model):
    """A logo's file, and what it shows."""

    path: Path_
    """An SVG, PNG or JPEG file in the clinic's folder, or the name of one under ``images``."""
    alt: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    """What it shows, for somebody who cannot see it; without it, the clinic's name."""


class LogoVariant(Model):
    """A logo for light and for dark backgrounds. Paper is light."""

    light: Annotated[LogoFile, _as("path", LogoFile)] | None = None
    """The file for light backgrounds, as paper is."""
    dark: Annotated[LogoFile, _as("path", LogoFile)] | None = None
    """The file for dark backgrounds; not used in print."""


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
    """A small, about square one: an icon."""
    medium: LogoSize | None = None
    """One for a letterhead."""
    large: LogoSize | None = None
    """One for a cover."""


class Colours(Model):
    """The colours: a palette by name, and what each is for."""

    palette: dict[str, Tone] = {}
    """Colours by name, such as `sea: "#1f5c66"`; the roles below, and other palette entries, may use
    the names."""
    foreground: Tone | None = None
    """The colour of text: black or nearly, such as "#1c2427"."""
    background: Tone | None = None
    """The page. Paper is white: a background is used on screens only."""
    primary: Tone | None = None
    """The main colour, for titles, headings, rules and icons, such as "#1f5c66"."""
    secondary: Tone | None = None
    """The second colour: quiet text such as the footer."""
    tertiary: Tone | None = None
    """A third colour; not used in print."""
    success: Tone | None = None
    """The colour of what to do, such as "#1d6b45"."""
    info: Tone | None = None
    """Notes; not used in print."""
    warning: Tone | None = None
    """Not used in print: too light for text on paper."""
    danger: Tone | None = None
    """The colour of warnings, and of what not to do, such as "#a32020"."""
    light: Tone | None = None
    """A light tone; not used in print."""
    dark: Tone | None = None
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
    """The family's name, as `base` and `headings` use it."""
    source: Literal["file", "google", "bunny", "system"] = "file"
    """Only files are used; another source is accepted for a family that is shipped."""
    files: tuple[Annotated[FontFile, _as("path", FontFile)], ...] = ()
    """The files of the family, such as [{path: fonts/brand.ttf, weight: 400}]."""
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
    """The size with its unit, such as 12pt; body text is 12pt to 14pt."""
    weight: Weight | None = None
    """How bold it is: 100 to 900, or a name such as bold."""
    style: Literal["normal", "italic"] | None = None
    """Upright; italics are hard to read and are not used."""
    line_height: Annotated[float | None, Field(alias="line-height", ge=1.0, le=2.0)] = None
    """The line height as a multiple of the size, such as 1.4."""
    color: Tone | None = None
    """A colour, by value or palette name."""
    background_color: Annotated[Tone | None, Field(alias="background-color")] = None
    """Not used in print."""
    decoration: str | None = None
    """Not used in print: links are always underlined."""


Role = Annotated[TypeRole, _as("family", TypeRole)]


class Typography(Model):
    """The type."""

    fonts: tuple[FontFamily, ...] = ()
    """Families of your own, with their files. Shipped ones, such as Source Sans 3, need none."""
    base: Role | None = None
    """How body text is set: a family's name, or its keys."""
    headings: Role | None = None
    """How titles and headings are set: a family's name, or its keys."""
    monospace: Role | None = None
    """Not used in print."""
    monospace_inline: Annotated[Role | None, Field(alias="monospace-inline")] = None
    """Not used in print."""
    monospace_block: Annotated[Role | None, Field(alias="monospace-block")] = None
    """Not used in print."""
    link: TypeRole | None = None
    """How links are set; of its keys, the colour is used."""


def _only_logo(value: Any) -> Any:
    return {"medium": value} if isinstance(value, str) else value


class BrandFile(Model):
    """What a clinic looks like in print: its colours, its type and its logo."""

    meta: Meta | None = None
    """The brand's name and its links."""
    logo: Annotated[Logo, BeforeValidator(_only_logo, json_schema_input_type=Logo | str)] | None = None
    """The logo: a file beside this one, such as logo.svg, or files for several sizes."""
    color: Colours = Colours()
    """The colours, each in quotes, such as `primary: "#1f5c66"`."""
    typography: Typography = Typography()
    """The families and sizes of the type."""
    defaults: Any = None
    """Settings for other programs that read this file; not used."""
