"""Making a master: a sheet composed with probes, laid out once, and opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoutpress.composing.personal import TemplateWorksOnDetails
from handoutpress.places import BRAND_FILE
from handoutpress.plates.master import Face, Master
from handoutpress.plates.store import file_hash
from handoutpress.press import compose_copy, remarks_on, texts_of
from handoutpress.typesetting.engine import start, typeset
from handoutpress.typesetting.plate import Plate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from handoutpress.places import Places
    from handoutpress.press import Composed
    from handoutpress.reading.families import FontSource
    from handoutpress.typesetting.opening import Opening
    from handoutpress.wish import Wish


class NoMaster(Exception):
    """Why each copy of a sheet must be composed by itself."""


def make_master(key: str, name: str, places: Places, wish: Wish) -> Master:
    """Lay a sheet out for all patients whose details have the shape of this wish's.

    Raises ``ProblemsFound`` for whatever stops the print, ``NoMaster`` for a template that works on details.
    """
    try:
        composed = compose_copy(name, places, wish, probed=True)
    except TemplateWorksOnDetails:
        raise NoMaster("a template of this clinic works on a patient's details") from None
    assert composed.probes
    composition, job = composed.composition, composed.job
    faces = tuple(_face(source) for source in composed.faces)
    opening = _opening(composed, faces)
    made = typeset(composition.html, composed.faces, composition.style_files, [opening])
    page = composition.html
    for face, source in zip(faces, composed.faces, strict=True):
        page = page.replace(source.path.as_uri(), face.address)
    return Master(
        key=key,
        name=name,
        pages=made.pages,
        text_hash=composition.text_hash,
        sheets=texts_of(composed),
        remarks=remarks_on(composed),
        html=page,
        probes=composed.probes.said,
        calendar=job.calendar,
        faces=faces,
        plate=_plate(key, composed, opening),
        reason=opening.reason or "",
        also=tuple((str(path), file_hash(path)) for path in _also(composed, places)),
    )


def _face(source: FontSource) -> Face:
    """Return a face with its bytes, under a name that tells its content."""
    stem = f"{source.path.stem}-{file_hash(source.path)[:16]}"
    return Face(source.family, source.weight, f"{stem}{source.path.suffix}", source.path.read_bytes())


def _opening(composed: Composed, faces: tuple[Face, ...]) -> Opening:
    start()  # with our fonts only, before anything imports a part of it
    from handoutpress.typesetting.opening import Opening

    assert composed.probes
    probes = composed.probes.said
    uses = sum(composed.composition.html.count(probe) for probe in probes)
    known = {(face.family, face.weight): face.data for face in faces}
    return Opening(probes, uses, known, composed.job.sheet.handout.language)


def _plate(key: str, composed: Composed, opening: Opening) -> Plate | None:
    parts = opening.assembly
    if parts is None:
        return None
    return Plate(
        key,
        parts.head,
        parts.offsets,
        parts.catalog,
        parts.info,
        composed.job.calendar,
        tuple(opening.pieces),
        tuple(opening.lines),
        parts.contents,
        parts.fonts,
    )


def _also(composed: Composed, places: Places) -> Iterator[Path]:
    """Yield the files a brand names: a logo, fonts. They may stand anywhere in the clinic's folder."""
    brand = composed.job.clinic.brand
    named = [brand.logo.path] if brand.logo else []
    named += [file.path for font in brand.file.typography.fonts for file in font.files]
    for name in named:
        yield places.beside(places.clinic / BRAND_FILE, name)
