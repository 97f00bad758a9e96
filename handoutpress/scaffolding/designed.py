"""A brand file that a designer made already: taken with its logos and fonts, its text left as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handoutpress.editing.contrast import USES, check_contrast
from handoutpress.errors import HandoutError, Place, Problem, ProblemsFound
from handoutpress.places import BRAND_FILE, OutsideError, inside
from handoutpress.reading.brand import read_brand
from handoutpress.reading.clinic import Clinic, ClinicFacts
from handoutpress.reading.yamlediting import edited
from handoutpress.reading.yamlreader import read_yaml
from handoutpress.scaffolding.palette import passing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from handoutpress.reading.brand import Brand
    from handoutpress.reading.colour import Colour
    from handoutpress.reading.yamlfile import YamlFile

_ROUNDS = 12


@dataclass(frozen=True)
class Mended:
    """A colour that could not be read, and the one written in its place."""

    role: str
    before: Colour
    after: Colour


@dataclass(frozen=True)
class Design:
    """A brand file with what belongs to it."""

    brand: Brand
    text: str
    files: dict[str, bytes]
    """Logos and fonts, by their paths below the file's folder."""
    mended: tuple[Mended, ...] = ()

    @property
    def name(self) -> str | None:
        """What the brand is called."""
        meta = self.brand.file.meta
        return (meta.name.full or meta.name.short) if meta and meta.name else None

    @property
    def website(self) -> str | None:
        """The brand's home page, where it is one that a letterhead may name."""
        meta = self.brand.file.meta
        home = (meta.link or {}).get("home") if meta else None
        return home if home and home.startswith("https://") else None


def read_design(path: Path, folder: Path, *, mend: bool) -> Design:
    """Read a designer's brand file; raises ``ProblemsFound``, also for colours that nobody could read.

    With ``mend``, these are replaced by the nearest that pass, each where it stands in the file. ``folder``
    is an empty one to try that in.
    """
    yaml = read_yaml(path)
    brand = read_brand(yaml)
    text = path.read_bytes().decode("utf-8")
    mended: list[Mended] = []
    problems = list(_pale(brand, yaml))
    if problems and not mend:
        hint = "--mend-colours writes the nearest passing colours in; or have the designer choose others"
        raise ProblemsFound([*problems, Problem("this brand cannot be printed as it is", Place(path), hint)])
    if problems:
        text, brand, mended = _mended(text, brand, folder / BRAND_FILE)
    return Design(brand, text, dict(_files(brand.file, path)), tuple(mended))


def _pale(brand: Brand, yaml: YamlFile) -> Iterator[Problem]:
    """Yield what `check` says of a brand's colours; of a clinic, only the brand is looked at."""
    return check_contrast(Clinic(ClinicFacts(name="-"), brand, yaml, yaml, yaml, ""))


def _mended(text: str, brand: Brand, tried: Path) -> tuple[str, Brand, list[Mended]]:
    """Return the text with each pale colour replaced where its role is said; a palette stays as it is."""
    mended: list[Mended] = []
    for _ in range(_ROUNDS):
        role = next((role for role in USES if _is_pale(brand, role)), None)
        if role is None:
            return text, brand, mended
        if role not in brand.colour_locs:
            break
        loc, main = brand.colour_locs[role], brand.colour_locs.get("primary")
        stands = "heading" if loc == main == brand.colour_locs.get("heading") else role
        # The main colour's tint moves with it.
        after = passing(stands, brand.colours[role], None if loc == main else brand.colours["primary"])
        mended.append(Mended("primary" if loc == main else role, brand.colours[role], after))
        text = edited(text, loc, str(after), {})
        tried.write_bytes(text.encode())
        try:
            brand = read_brand(read_yaml(tried))
        finally:
            tried.unlink()
    raise HandoutError(f"the colours of {BRAND_FILE} cannot be mended by a program: choose darker ones.")


def _is_pale(brand: Brand, role: str) -> bool:
    return passing(role, brand.colours[role], brand.colours["primary"]) != brand.colours[role]


def _files(file: Any, path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the logos and fonts that a brand names and that stand beside it.

    One that is not there is told where it is used, as `check` does: what does not print may be missing.
    """
    logo = file.logo
    named = [image.path for image in logo.images.values()] if logo else []
    for size in (logo.small, logo.medium, logo.large) if logo else ():
        named += [each.path for each in (size.light, size.dark) if each] if size else []
    named += [each.path for family in file.typography.fonts for each in family.files]
    for relative in dict.fromkeys(named):
        try:
            found = inside(path.parent, relative)
        except OutsideError:
            continue
        if found.is_file():
            yield relative, found.read_bytes()
