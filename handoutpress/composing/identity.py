"""Which text is this? Two hashes: of what a clinic's patients read, and of what a translator translated."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from handoutpress.composing.filling import Filler
from handoutpress.places import OutsideError
from handoutpress.reading.blocks import Figure
from handoutpress.reading.inline import Inline
from handoutpress.reading.model import Model
from handoutpress.reading.patient import PatientDetails

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handoutpress.composing.job import Job
    from handoutpress.places import Places
    from handoutpress.reading.handout import Handout

SHORT = 8
"""How many of its digits stand on the page."""

_SPOKEN = (
    "call", "emergency", "do", "dont", "yes", "no", "item", "day",
    "appointment_change", "call_clinic", "page", "of",
)  # fmt: skip
"""The templates' own words that are part of what a sheet tells the patient to do."""

_NOT_WORDS = {"from_", "image", "id", "answers", "lines", "blank_rows", "fields", "panels", "size"}
"""Fields of a block that hold no words of its own."""


def text_hash(job: Job, places: Places) -> str:
    """Return the SHA-256 (hex) of a sheet's words, filled with the clinic's own, the patient left blank.

    What is in it: the sheet's words, the clinic's answers, the templates' own words inside the blocks, the
    pictures, and the clinic's own templates where it has any, as they can say more. How it all looks is not.
    """
    handout = job.sheet.handout
    blank = Filler(replace(job, patient=PatientDetails()))
    rows = [handout.language, handout.title, _plain(blank.markup(handout.summary, ()))]
    rows += [job.words.labels.get(name, "") for name in _SPOKEN]
    for entry in handout.blocks:
        rows.append(f"[{entry.kind}]")
        rows.extend(_words(blank.fill(entry.block)))
        if isinstance(entry.block, Figure):
            rows.append(_picture(job, places, entry.block.image))
    rows += _own_templates(places)
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def words_hash(handout: Handout) -> str:
    """Return 16 hex digits of the SHA-256 of a sheet's words as written, slots unfilled.

    A translation records it: another one means that the original has changed since.
    """
    rows = [handout.title, handout.topic, handout.given, handout.summary.source]
    for entry in handout.blocks:
        rows += [f"[{entry.kind}]", *_written(entry.block)]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, Markup):
        yield _plain(value)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)
    elif value is not None:
        yield str(value)


def _written(value: object) -> Iterator[str]:
    if isinstance(value, Inline):
        yield value.source
    elif isinstance(value, str):
        yield value
    elif isinstance(value, Model):
        for name in type(value).model_fields:
            if name not in _NOT_WORDS:
                yield from _written(getattr(value, name))
    elif isinstance(value, tuple):
        for inner in value:
            yield from _written(inner)


def _picture(job: Job, places: Places, image: str) -> str:
    """Return a picture's own hash; a missing one is said elsewhere, with its place."""
    try:
        return hashlib.sha256(places.beside(job.sheet.file.path, image).read_bytes()).hexdigest()
    except (OSError, OutsideError):
        return image


def _own_templates(places: Places) -> list[str]:
    """Return the clinic's own templates, each with its path; fixed words are counted by their use."""
    top, folder = places.clinic.resolve(), places.clinic / "templates"
    rows = []
    for path in sorted(folder.rglob("*.html")):
        if path.resolve().is_relative_to(top):  # what a link leads out of it is never opened
            rows += [path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8", errors="replace")]
    return rows


def _plain(text: Markup) -> str:
    """Return the words alone; a line for a pen is a word too."""
    return Markup(re.sub(r"<img[^>]*>", "____", text)).striptags()  # noqa: S704 (tags are taken out)
