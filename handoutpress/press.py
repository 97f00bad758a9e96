"""The one way through: YAML -> checked models -> HTML -> PDF.

Every command that reads, checks or makes something calls these functions; nothing is decided elsewhere.
"""

from __future__ import annotations

import hashlib
import html as html_entities
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from handoutpress.composing.document import Composition, Look, compose
from handoutpress.composing.job import Job
from handoutpress.composing.overrides import unprinted_parts
from handoutpress.composing.personal import Probes, all_said
from handoutpress.composing.signoff import standing
from handoutpress.composing.stylesheets import BOOKLET, FOLDED
from handoutpress.editing.check import check_sheet
from handoutpress.editing.standing import staff_remarks
from handoutpress.editing.strays import stray_handouts
from handoutpress.errors import Problem, Problems, ProblemsFound
from handoutpress.places import DEFAULT_LANGUAGE
from handoutpress.reading.clinic import read_clinic
from handoutpress.reading.sheet import read_sheet
from handoutpress.reading.signoffs import read_sign_offs
from handoutpress.reading.topic import read_evidence, read_protocol
from handoutpress.reading.words import read_words
from handoutpress.typesetting.engine import Finisher, typeset
from handoutpress.typesetting.fonts import (
    UNPRINTABLE,
    covered,
    last_faces,
    named,
    prepare_faces,
    uncovered,
)
from handoutpress.wish import Copy, SheetText, Wish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handoutpress.places import Places, SheetFile
    from handoutpress.reading.families import FontSource
    from handoutpress.reading.sheet import Sheet

T = TypeVar("T")

Composer = Callable[["Sequence[Job]", Look, str | None], Composition]
"""Makes one document of some sheets; the text is ``SOURCE_DATE_EPOCH``, where that is set."""


@dataclass(frozen=True)
class Composed:
    """One copy as HTML, ready to be typeset."""

    composition: Composition
    faces: Sequence[FontSource]
    jobs: tuple[Job, ...]
    waived: tuple[Problem, ...] = ()
    probes: Probes | None = None
    """What stands in the place of the patient's words, where it is for a plate."""

    @property
    def job(self) -> Job:
        """The first sheet's."""
        return self.jobs[0]

    @property
    def fingerprint(self) -> str:
        """What it looks like and says, as a hash."""
        mark = hashlib.blake2b(self.composition.html.encode(), digest_size=16)
        for face in self.faces:
            mark.update(face.path.read_bytes())
        return mark.hexdigest()


def read_job(name: str, places: Places, wish: Wish, problems: Problems) -> Job | None:
    """Read everything a sheet needs, and check it; what is wrong goes to ``problems``.

    None where a file could not be read at all, so that there is nothing to go on with.
    """

    def attempt(read: Callable[[], T]) -> T | None:
        try:
            return read()
        except ProblemsFound as found:
            problems.extend(found.problems)
            return None

    clinic = attempt(lambda: read_clinic(places, wish.language))
    file = attempt(lambda: places.sheet(name, wish.language))
    if file is None:
        return None
    sheet = attempt(lambda: read_sheet(file))
    protocol = attempt(lambda: read_protocol(places, file.topic, file.language))
    evidence = attempt(lambda: read_evidence(places, file.topic))
    words = attempt(lambda: read_words(places, file.language))
    if not (clinic and sheet and protocol and evidence and words):
        return None
    original = attempt(lambda: _original(file, places))
    sign_offs = attempt(lambda: read_sign_offs(places).of(file.name, file.language))
    job = Job(
        sheet,
        clinic,
        protocol,
        evidence,
        words,
        wish.today,
        wish.patient,
        original,
        sign_offs or (),
        wish.draft,
    )
    problems.extend(check_sheet(job, places))
    return job


def _original(file: SheetFile, places: Places) -> Sheet | None:
    """Read what a translated sheet translates; None for a sheet that is an original itself."""
    first = places.sheets().get((file.name, DEFAULT_LANGUAGE))
    return read_sheet(first) if first and file.language != DEFAULT_LANGUAGE else None


def compose_copy(name: str, places: Places, wish: Wish, *, probed: bool = False) -> Composed:
    """Compose one copy as HTML; raises ``ProblemsFound`` with everything that is wrong, from all stages.

    ``probed`` puts probes in the place of the patient's words, for a plate; ``TemplateWorksOnDetails`` then
    tells of a template that does more with those words than print them.
    """
    return compose_sheets((name,), places, wish, alone(places), probed=probed)


def alone(places: Places) -> Composer:
    """Return the composer of a document with one sheet."""

    def composer(jobs: Sequence[Job], look: Look, epoch: str | None) -> Composition:
        return compose(jobs[0], look, places, epoch)

    return composer


def compose_sheets(
    names: Sequence[str],
    places: Places,
    wish: Wish,
    composer: Composer,
    *,
    folded: bool = False,
    probed: bool = False,
) -> Composed:
    """Compose one document of one sheet or several; with ``folded``, on pages of half the paper.

    Raises ``ProblemsFound`` with everything that is wrong with any of them, from all stages.
    """
    problems = Problems([*stray_handouts(places), *unprinted_parts(places)])
    if folded and wish.edition != "standard":
        # In 18 points, half a page is some thirty characters wide.
        problems.add("a booklet is not made in large print", hint="leave out one of the two")
    jobs = [job for name in names if (job := read_job(name, places, wish, problems))]
    if not jobs:
        raise ProblemsFound(problems.found)
    faces: list[FontSource] = []
    composition = None
    try:
        faces = prepare_faces(jobs[0].clinic, places)
        if not probed:
            faces += last_faces(all_said(wish.patient), covered(faces))
    except ProblemsFound as found:
        problems.extend(found.problems)
    probes = Probes(wish.patient, jobs[0].calendar) if probed else None
    try:
        look = _look(jobs[0], faces, wish, folded=folded)
        said = [replace(job, probes=probes) for job in jobs]
        composition = composer(said, look, os.environ.get("SOURCE_DATE_EPOCH"))
    except ProblemsFound as found:
        problems.extend(found.problems)
    if composition and faces:
        problems.extend(_unprintable(composition, jobs, faces))
    waived = tuple(problem for problem in problems.found if problem.rule and wish.draft)
    if composition is None or len(waived) < len(problems.found):
        raise ProblemsFound(problems.found)
    return Composed(composition, faces, tuple(jobs), waived, probes)


def _look(job: Job, faces: Sequence[FontSource], wish: Wish, *, folded: bool) -> Look:
    facts = job.clinic.facts
    paper = wish.paper or facts.paper
    letterhead = facts.letterhead if wish.letterhead is None else wish.letterhead
    if folded:
        return Look(faces, FOLDED[paper], BOOKLET, letterhead)
    return Look(faces, paper, wish.edition, letterhead)


def make_copy(name: str, places: Places, wish: Wish) -> Copy:
    """Make one copy; raises ``ProblemsFound`` for whatever stops it, and then nothing was made."""
    return finish_copy(name, compose_copy(name, places, wish))


def finish_copy(name: str, composed: Composed, finishers: Sequence[Finisher] = ()) -> Copy:
    """Typeset a composed document."""
    composition = composed.composition
    made = typeset(composition.html, composed.faces, composition.style_files, finishers)
    return Copy(
        name,
        made.pdf,
        composition.html,
        made.pages,
        composition.text_hash,
        texts_of(composed),
        composed.waived,
        remarks_on(composed),
    )


def texts_of(composed: Composed) -> tuple[SheetText, ...]:
    """Return which text each sheet of a document has."""
    sheets = zip(composed.jobs, composed.composition.sheet_hashes, strict=True)
    return tuple(_text(job, digest) for job, digest in sheets)


def _text(job: Job, digest: str) -> SheetText:
    handout, sign_off = job.sheet.handout, standing(job, digest)
    until = handout.review_by
    if sign_off and job.clinic.facts.require_sign_off:
        until = min(until, sign_off.until)
    return SheetText(
        job.sheet.name,
        handout.title,
        handout.version,
        handout.dated.isoformat(),
        handout.language,
        digest,
        until.isoformat(),
        sign_off is not None,
        tuple((code.system, code.code, code.display) for code in handout.codes),
    )


def remarks_on(composed: Composed) -> tuple[str, ...]:
    """Return what staff should know of a document, sheet by sheet."""
    sheets = zip(composed.jobs, composed.composition.sheet_hashes, strict=True)
    return tuple(remark for job, digest in sheets for remark in staff_remarks(job, digest))


def _unprintable(composition: Composition, jobs: Sequence[Job], faces: Sequence[FontSource]) -> list[Problem]:
    """Return the characters that no font of ours can print, with their places: they would be boxes."""
    visible = re.sub(r"<style.*?</style>|<[^>]*>", "", composition.html, flags=re.DOTALL)
    files = {file.path: file for job in jobs for file in (job.sheet.yaml, job.clinic.facts_yaml)}.values()
    problems = []
    for character in uncovered(html_entities.unescape(visible), faces):
        message = f"no font covers {named(character)}"
        places = [place for file in files if (place := file.find(character))]
        problems += [Problem(message, place, UNPRINTABLE) for place in places] or [
            Problem(message, hint=UNPRINTABLE)
        ]
    return problems
