"""What a form came to: shown on a page of its own, so that a reload delivers nothing again.

It says which sheets went which way, and nothing of the patient; the files of a saved copy are held until they
are fetched or some minutes have passed.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from starlette.responses import RedirectResponse

from handoutpress.desk.sessions import BUSY, CLEARED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from handoutpress.delivery.printer import PrintJob
    from handoutpress.desk.app import Desk
    from handoutpress.desk.forms import Given
    from handoutpress.desk.pages import Visit
    from handoutpress.desk.plain import Told
    from handoutpress.wish import Copy, Wish

Kind = Literal["print", "email", "save"]


@dataclass(frozen=True, slots=True)
class File:
    """A copy that waits to be fetched."""

    name: str
    copy: Copy = field(repr=False)


@dataclass
class Outcome:
    """What became of one form."""

    kind: Kind
    titles: Sequence[str]
    """Of the sheets."""
    remarks: Sequence[Told] = ()
    """What staff should know of the copies."""
    jobs: list[tuple[str, PrintJob]] = field(default_factory=list)
    """Of a print: each copy's title and job."""
    missing: Sequence[str] = ()
    """Titles of what was not printed, or perhaps not."""
    message: int = 0
    """Of an email: its number in the outbox."""
    files: list[File] = field(default_factory=list)
    """Of what is saved: the copies, until they are fetched."""
    fetched: set[str] = field(default_factory=set)
    wish: Wish | None = field(default=None, repr=False)
    """How the files were asked for, for their record; forgotten with them."""
    note: str = ""
    """What went wrong after it was delivered, as the program says it."""
    at: str = field(default_factory=lambda: time.strftime("%H:%M"))
    moment: float = field(default_factory=time.monotonic)
    id: str = field(default_factory=lambda: secrets.token_urlsafe(9))

    def file(self, number: int) -> File | None:
        """Return one of the files, or None where it is not held any more."""
        return self.files[number] if 0 <= number < len(self.files) else None


def settled(desk: Desk, visit: Visit, given: Given) -> Response | None:
    """Return where a form leads whose patient was here before: it has delivered or was cleared; else None.

    A browser that goes back offers to send it again, to whoever sits there by then.
    """
    came_to = visit.session.forms.get(given["form"], "")
    if came_to in ("", BUSY):
        return None
    to = "?cleared" if came_to == CLEARED else f"done/{came_to}?again"
    return RedirectResponse(desk.pages.root + to, 303)


def titles_of(copies: Sequence[Copy]) -> list[str]:
    """Return the titles of all sheets in some copies."""
    return [sheet.title for copy in copies for sheet in copy.sheets]
