"""Which text is this? A hash over every word a clinic's patients read; one patient's own are left out."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from handoutpress.composing.filling import Filler
from handoutpress.reading.patient import PatientDetails

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handoutpress.composing.job import Job

SHORT = 8
"""How many of its digits stand on the page."""


def text_hash(job: Job) -> str:
    """Return the SHA-256 (hex) of a sheet's words, filled with the clinic's own, the patient left blank.

    Two sheets with the same hash say the same thing in the same order; how they look is not in it.
    """
    handout = job.sheet.handout
    blank = Filler(replace(job, patient=PatientDetails()))
    rows = [handout.language, handout.title, _plain(blank.markup(handout.summary, ()))]
    for entry in handout.blocks:
        rows.append(f"[{entry.kind}]")
        rows.extend(_words(blank.fill(entry.block)))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


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


def _plain(text: Markup) -> str:
    """Return the words alone; a line for a pen is a word too."""
    return Markup(re.sub(r"<img[^>]*>", "____", text)).striptags()  # noqa: S704 (tags are taken out)
