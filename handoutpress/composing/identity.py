"""Which text is this? Two hashes: of what a clinic's patients read, and of what a translator translated."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from handoutpress.composing.filling import Filler
from handoutpress.composing.sources import listed_sources
from handoutpress.places import BRAND_FILE, OutsideError, files_below
from handoutpress.reading.blocks import Figure
from handoutpress.reading.inline import Inline
from handoutpress.reading.patient import PatientDetails
from handoutpress.reading.statement import walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from handoutpress.composing.job import Job
    from handoutpress.places import Places
    from handoutpress.reading.handout import Handout
    from handoutpress.reading.yamlfile import Loc

SHORT = 8
"""How many of its digits stand on the page."""

MESSAGES = "email"
"""The folder under ``templates`` with the message that carries a sheet."""

_NOT_WORDS = frozenset({"from_", "image", "id", "answers", "lines", "blank_rows", "fields", "panels", "size"})
"""Fields of a block that hold no words of its own."""


def text_hash(job: Job, places: Places) -> str:
    """Return the SHA-256 (hex) of all that a clinic's patients read on a sheet, the patient's own left blank.

    What is in it: the sheet's words, each in its place, slots as written and as filled; the fixed words; the
    clinic's name, numbers and answers; the sources; the pictures and the logo; and every file of the clinic's
    own templates and styles, as both can add words or hide them. Paper, edition and letterhead are not, nor
    is the message that may carry the sheet.
    """
    handout, facts = job.sheet.handout, job.clinic.facts
    blank = Filler(replace(job, patient=PatientDetails(), probes=None))
    said = [[entry.kind, _shape(blank.fill(entry.block))] for entry in handout.blocks]
    written = [[*map(str, loc), text] for loc, text in written_words(handout)]
    own = [facts.name, facts.address, facts.phone, facts.website, facts.handout_page, facts.date_order]
    answers = facts.protocol.get(job.sheet.file.topic, {})
    rows = [
        handout.language,
        *_json(_plain(blank.markup(handout.summary, ())), said, written, own, facts.clock, answers),
        job.words.model_dump_json(),
        *_json(listed_sources(job)),
        *(_bytes_hash(path) for path in _pictures(job, places)),
        *_own_files(places),
    ]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def words_hash(handout: Handout) -> str:
    """Return 16 hex digits of the SHA-256 of a sheet's words as written, slots unfilled, each in its place.

    A translation records it: another one means that the original has changed since.
    """
    rows = [[*map(str, loc), text] for loc, text in written_words(handout)]
    kinds = [entry.kind for entry in handout.blocks]
    return hashlib.sha256("\n".join(_json(kinds, rows)).encode()).hexdigest()[:16]


def written_words(handout: Handout) -> Iterator[tuple[Loc, str]]:
    """Yield every text of a sheet as written, with its place in the file, headings and labels too."""
    for name in ("title", "topic", "given", "summary"):
        yield (name,), str(getattr(handout, name))
    for index, entry in enumerate(handout.blocks):
        # A text is a str where it has no markup, an Inline where it may have.
        texts: tuple[type[object], ...] = (str, Inline)
        for loc, text in walk(entry.block, texts, ("blocks", index, entry.kind), _NOT_WORDS):
            yield loc, str(text)


def _shape(value: Any) -> Any:
    """Return filled values as plain ones that keep their places: a line moved to "do not" is another text."""
    if isinstance(value, Markup):
        return _plain(value)
    if isinstance(value, dict):
        return {name: _shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shape(inner) for inner in value]
    return value


def _json(*values: Any) -> list[str]:
    return [json.dumps(value, ensure_ascii=False, sort_keys=True) for value in values]


def _pictures(job: Job, places: Places) -> Iterator[Path]:
    """Yield the files of a sheet's pictures and the logo; one that is missing is told elsewhere."""
    blocks = [entry.block for entry in job.sheet.handout.blocks]
    named = [(job.sheet.file.path, block.image) for block in blocks if isinstance(block, Figure)]
    logo = job.clinic.brand.logo
    if logo is not None:
        named.append((places.clinic / BRAND_FILE, logo.path))
    for owner, name in named:
        with contextlib.suppress(OutsideError):
            yield places.beside(owner, name)


def _own_files(places: Places) -> Iterator[str]:
    """Yield each of the clinic's own templates and styles; what a link leads out of it is not read.

    A copy that is still the shipped file, byte for byte, says nothing of its own.
    """
    top = places.clinic.resolve()
    for kind in ("templates", "styles"):
        for path in files_below(top / kind):
            real = path.resolve()
            if path.is_file() and real.is_relative_to(top) and not is_for_messages(real, places):
                digest = _bytes_hash(path)
                shipped = places.shipped / path.relative_to(top)
                if not shipped.is_file() or _bytes_hash(shipped) != digest:
                    yield f"{path.relative_to(top).as_posix()} {digest}"


def is_for_messages(path: Path, places: Places) -> bool:
    """Whether a file (resolved) is a message's: no sheet can use it (``environment``), so no hash has it.

    A letter's case does not count, as it does not on a Mac and on Windows.
    """
    for root in places.roots:
        folder = (root / "templates").resolve()
        below = path.relative_to(folder).parts if path.is_relative_to(folder) else ()
        if below and below[0].casefold() == MESSAGES:
            return True
    return False


def _bytes_hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return path.name


def _plain(text: Markup) -> str:
    """Return the words alone; a line for a pen is a word too."""
    return Markup(re.sub(r"<img[^>]*>", "____", text)).striptags()  # noqa: S704 (tags are taken out)
