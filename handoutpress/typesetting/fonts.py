"""Font faces: cut from the family's files, kept in a cache, and asked what they cover.

A variable font costs the engine some 40 ms a face and document, because it cuts an instance each time.
HarfBuzz cuts the same face in 10 ms, once; the cut file is kept under the hash of what it was made from.
The cutting library is pinned like the fonts, so that two machines cut the same bytes.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from handoutpress.delivery.files import write_whole
from handoutpress.errors import Problem, Problems, ProblemsFound
from handoutpress.folders import cache_folder
from handoutpress.places import BRAND_FILE, OutsideError, state_of
from handoutpress.reading.families import (
    FALLBACK_FAMILY,
    LAST_FAMILY,
    SHIPPED_FAMILIES,
    FontSource,
    shipped_source,
)
from handoutpress.typesetting.glyphs import group_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from handoutpress.places import Places
    from handoutpress.reading.clinic import Clinic

_CUT = "1"
"""Raise when the way of cutting changes."""

_UNPRINTED = {"Cc", "Cf", "Zl", "Zp"}
"""Unicode categories that never draw a glyph."""


UNPRINTABLE = "write it in letters the brand's fonts have, leave it for a pen, or add a font that has it"
"""What to do about a character that no font has."""


def prepare_faces(clinic: Clinic, places: Places) -> list[FontSource]:
    """Return the static faces this brand's sheets are set in; raises ``ProblemsFound``.

    Regular and bold of the body family, the headings' weight of theirs, and the fallback's two.
    """
    brand = clinic.brand
    wanted = [
        (brand.base_family, 400),
        (brand.base_family, 700),
        (brand.heading_family, brand.heading_weight),
        (FALLBACK_FAMILY, 400),
        (FALLBACK_FAMILY, 700),
    ]
    problems = Problems()
    faces: dict[FontSource, None] = {}
    for family, weight in dict.fromkeys(wanted):
        try:
            source = _source(family, weight, clinic, places)
            faces[replace(source, path=_static(source), axes=())] = None
        except ProblemsFound as found:
            problems.extend(found.problems)
    problems.raise_if_any()
    return list(faces)


def _source(family: str, weight: int, clinic: Clinic, places: Places) -> FontSource:
    """Return the file for a family's face: the clinic's own, else the shipped one."""
    for index, font in enumerate(clinic.brand.file.typography.fonts):
        upright = [file for file in font.files if file.style == "normal"]
        if font.family != family or not upright:
            continue
        nearest = min(upright, key=lambda file: abs(file.weight - weight))
        loc = ("typography", "fonts", index, "files", font.files.index(nearest), "path")
        place = clinic.brand_yaml.place(loc)
        try:
            path = places.beside(places.clinic / BRAND_FILE, nearest.path)
        except OutsideError as error:
            raise ProblemsFound(
                [Problem(str(error), place, "copy the font into the clinic's folder")]
            ) from None
        if not path.is_file():
            raise ProblemsFound([Problem(f"there is no font file `{nearest.path}`", place)])
        try:
            axes = _axes(path)
        except ValueError as error:
            raise ProblemsFound(
                [
                    Problem(
                        f"`{nearest.path}` is not a font this program can read: {error}",
                        place,
                        "use a TrueType or OpenType file (.ttf, .otf)",
                    )
                ]
            ) from None
        pinned = tuple((axis, weight if axis == "wght" else 0) for axis in axes)
        return FontSource(family, weight if "wght" in axes else nearest.weight, path, pinned)
    if family not in SHIPPED_FAMILIES:
        raise ProblemsFound([Problem(f'the family "{family}" has no upright file')])
    return shipped_source(family, weight)


def _axes(path: Path) -> list[str]:
    """Return a font file's variable axes; raises ``ValueError`` if it is not a font."""
    import uharfbuzz

    data = path.read_bytes()
    if data[:4] not in (b"\x00\x01\x00\x00", b"OTTO", b"true"):
        raise ValueError("not TrueType or OpenType")
    face = uharfbuzz.Face(data)
    if not face.glyph_count or not face.unicodes:
        raise ValueError("it holds no characters")
    return [axis.tag for axis in face.axis_infos]


def _static(source: FontSource) -> Path:
    """Return a file of this one face: the source's own if it is static, else cut and kept."""
    if not source.axes:
        return source.path
    stat = source.path.stat()
    key = hashlib.sha256(_CUT.encode())
    key.update(repr((source.path.name, stat.st_size, source.axes)).encode())
    key.update(source.path.read_bytes())
    cut = (
        cache_folder()
        / "faces"
        / f"{source.path.stem.split('[')[0]}-{source.weight}-{key.hexdigest()[:16]}.ttf"
    )
    if not cut.is_file():
        write_whole(cut, _cut(source))
    return cut


def _cut(source: FontSource) -> bytes:
    import uharfbuzz

    face = uharfbuzz.Face(source.path.read_bytes())
    plan = uharfbuzz.SubsetInput()
    plan.keep_everything()
    for axis, value in source.axes:
        if axis == "wght" or axis == "opsz":
            plan.pin_axis_location(face, axis, value)
        else:
            plan.pin_axis_to_default(face, axis)
    data: bytes = uharfbuzz.subset(face, plan).blob.data
    return data


def _covered(path: Path) -> frozenset[int]:
    return _code_points(path, state_of(path))


@lru_cache(maxsize=32)
def _code_points(path: Path, _state: tuple[int, ...]) -> frozenset[int]:
    import uharfbuzz

    return frozenset(uharfbuzz.Face(path.read_bytes()).unicodes)


def covered(faces: Iterable[FontSource]) -> frozenset[int]:
    """Return the code points that any of the faces has a glyph for."""
    return frozenset[int]().union(*(_covered(face.path) for face in faces))


def uncovered(text: Iterable[str], faces: Sequence[FontSource]) -> list[str]:
    """Return the characters that none of the faces can print, sorted."""
    characters = set(text)
    known = covered(faces)
    return sorted(character for character in characters if not prints(character, known))


def prints(character: str, known: frozenset[int]) -> bool:
    """Whether a character is one of the ``known`` code points, or never draws a glyph."""
    return ord(character) in known or unicodedata.category(character) in _UNPRINTED


def last_faces(words: Iterable[str], known: frozenset[int]) -> list[FontSource]:
    """Return the faces of the last family, where they print letters of a patient's words that no other does.

    Only for the scripts that are set letter by letter; others are not helped by having their glyphs.
    """
    missing = {character for character in words if not prints(character, known)}
    if not missing or not all(map(group_of, missing)):
        return []
    faces = [shipped_source(LAST_FAMILY, weight) for weight in (400, 700)]
    if not all(ord(character) in _covered(faces[0].path) for character in missing):
        return []
    return [replace(face, path=_static(face), axes=()) for face in faces]


def named(character: str) -> str:
    """Return a character as it is said in a message: ``字 (U+5B57, CJK UNIFIED IDEOGRAPH-5B57)``."""
    name = unicodedata.name(character, "no name")
    return f"`{character}` (U+{ord(character):04X}, {name})"
