"""Does a clinic's sign-off hold for this text, on this day?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from handoutpress.composing.job import Job
    from handoutpress.reading.signoffs import SignOff


def standing(job: Job, digest: str) -> SignOff | None:
    """Return the sign-off that holds for the text with this hash, or None."""
    for entry in job.sign_offs:
        if entry.text == digest and entry.signed <= job.today <= entry.until:
            return entry
    return None


def lapsed(job: Job, digest: str) -> str:
    """Return why the latest sign-off does not hold, in words for staff; empty if there never was one."""
    if not job.sign_offs or standing(job, digest):
        return ""
    latest = job.sign_offs[0]
    said = f"the sign-off by {latest.by} of {latest.signed.isoformat()} no longer holds"
    if latest.text != digest:
        return f"{said}: the text has changed since"
    return f"{said}: it was good until {latest.until.isoformat()}"
