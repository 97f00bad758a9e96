"""Does a text still stand on this day: its review date, and who signed it off?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoutpress.composing.identity import text_hash, words_hash
from handoutpress.composing.signoff import lapsed, standing
from handoutpress.errors import Problem
from handoutpress.places import DEFAULT_LANGUAGE
from handoutpress.reading.yamlreader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handoutpress.composing.job import Job
    from handoutpress.places import Places

LONGEST_REVIEW = 3 * 366
"""Days from a text's date to its review: the UK's PIF TICK asks for a review at least every three years."""


def check_standing(job: Job, places: Places) -> Iterator[Problem]:
    """Yield a problem for a text whose time is over, and for a missing sign-off where one is asked for."""
    yield from check_dates(job)
    if job.clinic.facts.require_sign_off:
        digest = text_hash(job, places)
        if standing(job, digest) is None:
            why = lapsed(job, digest) or "nobody has signed it off"
            language = job.sheet.handout.language
            option = "" if language == DEFAULT_LANGUAGE else f" --language {language}"
            yield Problem(
                f"this clinic prints signed-off sheets only, and {job.sheet.name} is not: {why}",
                job.clinic.facts_yaml.place(("require_sign_off",)),
                f"sign-off {job.sheet.name}{option} --by WHO --until DATE",
                "sign-off",
            )


def check_dates(job: Job) -> Iterator[Problem]:
    """Yield a problem for a review date that is past or too far off, and for a text from the future."""
    handout, yaml = job.sheet.handout, job.sheet.yaml
    if handout.review_by < job.today:
        yield Problem(
            f"this text had to be reviewed by {handout.review_by.isoformat()}",
            yaml.place(("review_by",)),
            "have a clinician read it again, then set dated, review_by and version",
            "review-date",
        )
    if (handout.review_by - handout.dated).days > LONGEST_REVIEW:
        message = "more than three years lie between dated and review_by"
        yield Problem(message, yaml.place(("review_by",)), "set an earlier day", "review-date")
    if handout.dated > job.today:
        yield Problem("this text is dated in the future", yaml.place(("dated",)), "", "review-date")


def behind_shipped(job: Job) -> Iterator[Problem]:
    """Yield a problem for a clinic's changes that were written on another version of the shipped sheet.

    What they change is still as it was, or the sheet could not be read; what stands around it may say more.
    """
    changes, file = job.sheet.changes, job.sheet.file
    if changes is None or file.changes is None:
        return
    now = str(read_yaml(file.path).data["version"])
    if changes.of != now:
        message = f"the shipped sheet has version {now} now, and these changes were made to {changes.of}"
        hint = f'read {file.path.name} again, then write `of: "{now}"`'
        yield Problem(message, read_yaml(file.changes).place(("of",)), hint, "upstream")


def staff_remarks(job: Job, digest: str) -> Iterator[str]:
    """Yield what staff should know of a copy, and the patient's page does not say."""
    translation = job.sheet.handout.translation
    if translation is not None and translation.checked_by is None:
        yield f"{job.sheet.name}: no qualified translator has checked this translation yet."
    elif translation is not None and translation.checked_text != words_hash(job.sheet.handout):
        yield f"{job.sheet.name}: this translation is not the one that {translation.checked_by} checked."
    gone = lapsed(job, digest)
    if gone:
        yield f"{job.sheet.name}: {gone}."
