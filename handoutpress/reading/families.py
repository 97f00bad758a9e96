"""The font families that come with the program, and which files a family means.

Fonts are data-only packages of unmodified upstream files, pinned exactly in ``pyproject.toml``: the same
files on every machine. A variable font serves every weight; a static one only its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FontSource:
    """One file that gives a family's face: pinned to ``axes`` where it is variable."""

    family: str
    weight: int
    path: Path
    axes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Shipped:
    package: str
    variable: str | None = None
    axes: tuple[tuple[str, int], ...] = ()
    static: tuple[tuple[int, str], ...] = ()


SHIPPED_FAMILIES: dict[str, _Shipped] = {
    "Source Sans 3": _Shipped("fontpkg_source_sans_3", "SourceSans3[wght].ttf"),
    # The optical size of text in print; headings are set from the same cut, as one family.
    "Source Serif 4": _Shipped("fontpkg_source_serif_4", "SourceSerif4[opsz,wght].ttf", (("opsz", 18),)),
    "Noto Sans": _Shipped("fontpkg_noto_sans", "NotoSans[wdth,wght].ttf", (("wdth", 100),)),
    "Atkinson Hyperlegible": _Shipped(
        "fontpkg_atkinson_hyperlegible",
        static=((400, "AtkinsonHyperlegible-Regular.ttf"), (700, "AtkinsonHyperlegible-Bold.ttf")),
    ),
}

FALLBACK_FAMILY = "Source Sans 3"
"""Set after every other family: it has the boxes, ticks, arrows, Greek, Cyrillic and Vietnamese."""

LAST_FAMILY = "Noto Sans"
"""Set where a patient's name has a letter that no other family has: it has all Latin, Greek and Cyrillic."""


def shipped_source(family: str, weight: int) -> FontSource:
    """Return the file of a shipped family's face, the nearest weight where it is not variable."""
    shipped = SHIPPED_FAMILIES[family]
    spec = find_spec(shipped.package)  # does not import the package
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"the font package {shipped.package} is not installed")
    folder = Path(spec.origin).parent / "files"
    if shipped.variable:
        return FontSource(family, weight, folder / shipped.variable, (*shipped.axes, ("wght", weight)))
    nearest, name = min(shipped.static, key=lambda face: abs(face[0] - weight))
    return FontSource(family, nearest, folder / name)
