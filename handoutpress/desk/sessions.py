"""Who may use the desk: one-time links, sessions, and the forms each session was given.

Nothing here is written to disk, and of each secret only a hash is held. A session knows which forms it was
given, so that a form that is sent twice delivers once, and what came of them, until that is cleared.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from handoutpress.desk.outcomes import Outcome

LINK_SECONDS = 600.0
"""How long a one-time link opens."""
SESSION_SECONDS = 12 * 3600.0
"""A working day: after it, a new link opens the desk again."""
UNUSED_SECONDS = 3600.0
"""How long a session lives unused where people log in from other computers."""
BUSY, CLEARED = "busy", "cleared"
"""Stand for the outcome of a form: it is being delivered; nobody had used it for a while."""
MOST_SESSIONS, MOST_FORMS, MOST_OUTCOMES, MOST_WAITS = 64, 200, 20, 1000
_WRONG_SECONDS = 1.0
"""A wrong password makes the next one wait, twice as long each time."""
_LONGEST_WAIT = 60.0


@dataclass
class Session:
    """One browser that was let in."""

    opened: float
    used: float
    forms: OrderedDict[str, str] = field(default_factory=OrderedDict)
    """The forms it was given, each with the outcome it came to, or "", or one of ``BUSY`` and ``CLEARED``."""
    outcomes: OrderedDict[str, Outcome] = field(default_factory=OrderedDict)

    def new_form(self) -> str:
        """Return a token for a form that may deliver once."""
        token = secrets.token_urlsafe(12)
        self.forms[token] = ""
        while len(self.forms) > MOST_FORMS:
            self.forms.popitem(last=False)
        return token

    def same_form(self, token: str) -> str:
        """Return the token for what a form is shown as next: its own until it has delivered.

        So none of the pages that led to a delivery can be sent again later, to see whose it was.
        """
        came_to = self.forms.get(token)
        return token if came_to is not None and came_to not in self.outcomes else self.new_form()

    def clear(self, token: str) -> None:
        """Let a form deliver nothing and show nothing any more, whatever a browser sends again."""
        if self.forms.get(token) == "":
            self.forms[token] = CLEARED

    def keep(self, form: str, outcome: Outcome) -> None:
        """Keep what a form came to."""
        if form in self.forms:
            self.forms[form] = outcome.id
        self.outcomes[outcome.id] = outcome
        while len(self.outcomes) > MOST_OUTCOMES:
            self.outcomes.popitem(last=False)

    def forget_before(self, moment: float) -> None:
        """Drop what deliveries older than this came to: their files may name a patient."""
        for outcome in list(self.outcomes.values()):
            if outcome.moment < moment:
                del self.outcomes[outcome.id]


class Sessions:
    """All sessions, and the links and the password that open one."""

    def __init__(self, password: str | None = None) -> None:
        self._password = _hashed(password) if password is not None else None
        self._links: dict[bytes, float] = {}
        self._sessions: OrderedDict[bytes, Session] = OrderedDict()
        self._waits: OrderedDict[str, tuple[float, float]] = OrderedDict()

    @property
    def by_password(self) -> bool:
        """Whether people log in with a password."""
        return self._password is not None

    def new_link(self) -> str:
        """Return a token that opens one session, within ``LINK_SECONDS``."""
        token = secrets.token_urlsafe(24)
        self._links[_hashed(token)] = time.monotonic() + LINK_SECONDS
        return token

    def open_by_link(self, token: str) -> str | None:
        """Return a new session's cookie for a link that was not used yet, or None."""
        until = self._links.pop(_hashed(token), 0.0)
        return self._open() if time.monotonic() < until else None

    def open_by_password(self, given: str, who: str = "") -> str | None:
        """Return a new session's cookie, or None for a wrong password; right after one, none is right.

        Only ``who`` was wrong has to wait: else any stranger in the network could keep the staff out.
        """
        if self._password is None or self.must_wait(who):
            return None
        wait, _ = self._waits.pop(who, (0.0, 0.0))
        if hmac.compare_digest(_hashed(given), self._password):
            return self._open()
        wait = min(_LONGEST_WAIT, 2 * wait or _WRONG_SECONDS)
        self._waits[who] = wait, time.monotonic() + wait
        while len(self._waits) > MOST_WAITS:
            self._waits.popitem(last=False)
        return None

    def must_wait(self, who: str = "") -> bool:
        """Whether no password is taken just now."""
        return time.monotonic() < self._waits.get(who, (0.0, 0.0))[1]

    def find(self, cookie: str) -> Session | None:
        """Return the session that a cookie opens, or None."""
        key, now = _hashed(cookie), time.monotonic()
        session = self._sessions.get(key)
        if session is None:
            return None
        unused = self.by_password and now - session.used > UNUSED_SECONDS
        if unused or now - session.opened > SESSION_SECONDS:
            del self._sessions[key]
            return None
        session.used = now
        self._sessions.move_to_end(key)
        return session

    def close(self, cookie: str) -> None:
        """End a session."""
        self._sessions.pop(_hashed(cookie), None)

    def forget_before(self, moment: float) -> None:
        """Drop what older deliveries came to, in every session."""
        for session in self._sessions.values():
            session.forget_before(moment)

    def _open(self) -> str:
        cookie, now = secrets.token_urlsafe(32), time.monotonic()
        self._sessions[_hashed(cookie)] = Session(now, now)
        while len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return cookie


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()
