"""Everything an editor would stop, for one sheet in one clinic's hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoutpress.editing.contrast import check_contrast
from handoutpress.editing.references import check_answers, check_references, check_slots
from handoutpress.editing.standing import check_standing
from handoutpress.editing.translation import check_translation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handoutpress.composing.job import Job
    from handoutpress.errors import Problem
    from handoutpress.places import Places


def check_sheet(job: Job, places: Places) -> Iterator[Problem]:
    """Yield every problem of a sheet, its evidence, slots and words, and of the clinic's answers and colours.

    A problem with a ``rule`` is the editor's: a draft may be made all the same.
    """
    yield from check_references(job.sheet, job.evidence)
    yield from check_slots(job.sheet, job.protocol)
    yield from check_answers(job.clinic, job.sheet.file.topic, job.protocol)
    yield from check_contrast(job.clinic)
    yield from check_standing(job, places)
    yield from check_translation(job)
