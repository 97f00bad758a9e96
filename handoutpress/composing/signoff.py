"""Does a clinic's sign-off hold for this text, on this day?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from handoutpress.composing.job import Job
    from handoutpress.reading.signoffs import SignOff


def standing(job: Job, digest: str) -> SignOff | None:
    """Return the sign-off that holds for the text with this hash, or None; the latest one decides."""
    entry = _latest(job, digest)
    return entry if entry and entry.signed <= job.today <= entry.until else None


def lapsed(job: Job, digest: str) -> str:
    """Return why the latest sign-off does not hold, in words for staff; empty if there never was one."""
    if not job.sign_offs or standing(job, digest):
        return ""
    entry = _latest(job, digest)
    latest = entry or job.sign_offs[0]
    said = f"the sign-off by {latest.by} of {latest.signed.isoformat()}"
    if entry is None:
        return f"{said} no longer holds: the text has changed since"
    if job.today < entry.signed:
        return f"{said} is dated in the future"
    return f"{said} no longer holds: it was good until {entry.until.isoformat()}"


def _latest(job: Job, digest: str) -> SignOff | None:
    return next((entry for entry in job.sign_offs if entry.text == digest), None)
