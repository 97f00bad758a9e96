"""Everything an editor would stop, for one sheet in one clinic's hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoutpress.editing.contrast import check_contrast
from handoutpress.editing.evidence import check_evidence
from handoutpress.editing.lexicon import read_lexicon
from handoutpress.editing.lines import read_lines
from handoutpress.editing.readability import check_grades
from handoutpress.editing.references import (
    check_answers,
    check_references,
    check_slots,
    check_topics,
)
from handoutpress.editing.standing import check_standing
from handoutpress.editing.translation import check_translation
from handoutpress.editing.wording import check_wording
from handoutpress.errors import Problem, ProblemsFound
from handoutpress.places import CLINIC_FILE, DEFAULT_LANGUAGE, inside
from handoutpress.reading.yamlreader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handoutpress.composing.job import Job
    from handoutpress.editing.lines import Finding
    from handoutpress.places import Places


def check_sheet(job: Job, places: Places) -> Iterator[Problem]:
    """Yield every problem of a sheet, its evidence, slots and words, and of the clinic's answers and colours.

    A problem with a ``rule`` is the editor's: a draft may be made all the same.
    """
    yield from check_references(job.sheet, job.evidence)
    yield from check_slots(job.sheet, job.protocol)
    yield from check_topics(job.clinic, places)
    yield from check_answers(job.clinic, job.sheet.file.topic, job.protocol)
    yield from check_contrast(job.clinic)
    yield from check_standing(job, places)
    yield from check_translation(job, places)
    yield from check_words(job)


def served_sheets(places: Places) -> list[tuple[str, str]]:
    """Return the sheets that a clinic can print, by name and language.

    A shipped sheet in a language that the clinic has no words in is not one of them: it prints as soon as
    somebody writes them into a file such as ``clinic.es.yaml``. A sheet of the clinic's own always is.
    """
    try:
        own = read_yaml(inside(places.clinic, CLINIC_FILE)).data.get("language") or DEFAULT_LANGUAGE
    except ProblemsFound:  # told with each sheet
        own = DEFAULT_LANGUAGE
    spoken = {own.split("-")[0]}
    spoken |= {path.name.split(".")[1] for path in places.clinic.glob(CLINIC_FILE.replace(".", ".*."))}
    return [
        key
        for key, sheet in places.sheets().items()
        if spoken & {sheet.language, sheet.language.split("-")[0]} or places.owns(sheet.path)
    ]


def check_words(job: Job) -> Iterator[Problem]:
    """Yield what a careful editor would change in the words, each with its place in the sheet's file."""
    language = job.sheet.handout.language
    lexicon = read_lexicon(language)
    lines = read_lines(job)
    for finding in check_evidence(lines, job.evidence, lexicon, language):
        yield _problem(finding, job)
    for finding in check_wording(lines, lexicon):
        yield _problem(finding, job)
    for finding in check_grades(lines, language):
        yield _problem(finding, job)


def _problem(finding: Finding, job: Job) -> Problem:
    yaml = job.sheet.yaml
    loc = finding.line.loc if finding.line else ("title",)
    place = yaml.place_of(loc, finding.words) if finding.words else yaml.place(loc)
    return Problem(finding.message, place, finding.hint, finding.rule)
