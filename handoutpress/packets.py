"""Packets and booklets: several sheets as one PDF, and pages laid out to be folded.

The same way through as one sheet's in ``press``: everything that is wrong with any sheet is told at once,
and a draft prints what the editor stops.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from handoutpress.composing.document import Composition, Look, compose
from handoutpress.composing.job import Job
from handoutpress.composing.packet import compose_packet
from handoutpress.composing.stylesheets import BOOKLET, FOLDED
from handoutpress.editing.standing import staff_remarks
from handoutpress.errors import Problem, Problems, ProblemsFound
from handoutpress.press import Copy, Wish, _unprintable, read_job
from handoutpress.typesetting.booklet import impose
from handoutpress.typesetting.engine import typeset
from handoutpress.typesetting.fonts import prepare_faces

if TYPE_CHECKING:
    from handoutpress.places import Places
    from handoutpress.reading.families import FontSource

PACKET = "packet"
"""The name of a packet among copies."""

_FOLDING = "Print the booklet on both sides, flipped on the short edge, then fold it in the middle."

_Composer = Callable[[Sequence[Job], Look, str | None], Composition]


def make_packet(
    names: Sequence[str], places: Places, wish: Wish, *, duplex: bool = False, booklet: bool = False
) -> Copy:
    """Make one PDF of several sheets, in the order named; a name given twice is taken once.

    With ``duplex`` each sheet begins on a right-hand page; with ``booklet`` the pages are laid out on half
    of the paper and placed in saddle order. Raises ``ProblemsFound`` with what is wrong with any of them.
    """

    def together(jobs: Sequence[Job], look: Look, epoch: str | None) -> Composition:
        return compose_packet(jobs, look, places, epoch, duplex=duplex)

    return _made(PACKET, tuple(dict.fromkeys(names)), places, wish, together, booklet=booklet)


def make_booklet(name: str, places: Places, wish: Wish) -> Copy:
    """Make one sheet as a booklet; raises ``ProblemsFound`` for whatever stops it.

    ``pages`` of a booklet counts the pages that are read; two of them stand on each side of the paper.
    """

    def alone(jobs: Sequence[Job], look: Look, epoch: str | None) -> Composition:
        return compose(jobs[0], look, places, epoch)

    return _made(name, (name,), places, wish, alone, booklet=True)


def _made(
    name: str, sheets: Sequence[str], places: Places, wish: Wish, composer: _Composer, *, booklet: bool
) -> Copy:
    problems = Problems()
    if not sheets:
        problems.add("a packet needs at least one sheet")
    if booklet and wish.edition != "standard":
        # In 18 points, half a page is some thirty characters wide.
        problems.add("a booklet is not made in large print", hint="leave out one of the two")
    jobs = [job for sheet in sheets if (job := read_job(sheet, places, wish, problems))]
    if not jobs:
        raise ProblemsFound(problems.found)
    faces: list[FontSource] = []
    composition = None
    try:
        faces = prepare_faces(jobs[0].clinic, places)
    except ProblemsFound as found:
        problems.extend(found.problems)
    try:
        look = _look(jobs[0], faces, wish, booklet=booklet)
        composition = composer(jobs, look, os.environ.get("SOURCE_DATE_EPOCH"))
    except ProblemsFound as found:
        problems.extend(found.problems)
    if composition and faces:
        problems.extend(_without_fonts(composition, jobs, faces))
    waived = tuple(problem for problem in problems.found if problem.rule and wish.draft)
    if composition is None or len(waived) < len(problems.found):
        raise ProblemsFound(problems.found)
    finishers = [impose] if booklet else []
    made = typeset(composition.html, faces, composition.style_files, finishers)
    remarks = [_FOLDING] if booklet else []
    for job, digest in zip(jobs, composition.sheet_hashes, strict=True):
        remarks += staff_remarks(job, digest)
    return Copy(name, made.pdf, composition.html, made.pages, composition.text_hash, waived, tuple(remarks))


def _look(job: Job, faces: Sequence[FontSource], wish: Wish, *, booklet: bool) -> Look:
    facts = job.clinic.facts
    paper = wish.paper or facts.paper
    letterhead = facts.letterhead if wish.letterhead is None else wish.letterhead
    if booklet:
        return Look(faces, FOLDED[paper], BOOKLET, letterhead)
    return Look(faces, paper, wish.edition, letterhead)


def _without_fonts(
    composition: Composition, jobs: Sequence[Job], faces: Sequence[FontSource]
) -> list[Problem]:
    """Return the characters that no font can print; the place in one sheet's file is enough."""
    found = [problem for job in jobs for problem in _unprintable(composition, job, faces)]
    placed = {problem.message for problem in found if problem.place}
    return [problem for problem in found if problem.place or problem.message not in placed]
