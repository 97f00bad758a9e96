"""Sending what waits in the outbox: one process at a time, no faster than the clinic says, nothing twice."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from handoutpress.delivery import outbox
from handoutpress.delivery.locking import locked
from handoutpress.delivery.outbox import State
from handoutpress.delivery.passwords import smtp_password
from handoutpress.delivery.smtp import (
    Envelope,
    FateUnknown,
    Refused,
    Server,
    ServerUnavailable,
    Session,
    TryLater,
)
from handoutpress.errors import HandoutError
from handoutpress.reading.channels import USUAL_PORTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.outbox import Message
    from handoutpress.reading.channels import Mail

LOCK = "sending.lock"
_LAST_SENT = "last sent"
_LOOK = 0.2
"""Seconds between looks whether another process has sent a message of ours."""


@dataclass
class Sent:
    """What a run of sending did."""

    counts: dict[State, int] = field(default_factory=dict)
    stopped: str = ""
    """Why it ended early: the server is not there, or refuses to work for us. What waits, waits."""
    needs_person: bool = False
    """Whether trying again will not mend that by itself."""
    busy: bool = False
    """Another process is sending."""

    def add(self, state: State) -> None:
        """Count one message."""
        self.counts[state] = self.counts.get(state, 0) + 1


def server_of(mail: Mail, clinic: Path) -> Server:
    """Return the server with its password; raises ``HandoutError`` where there is none to be found."""
    password = None
    if mail.user is not None:
        file = (clinic / mail.password_file).absolute() if mail.password_file else None
        password = smtp_password(mail.user, mail.host, file)
    certificates = (clinic / mail.certificates).absolute() if mail.certificates else None
    port = mail.port or USUAL_PORTS[mail.security]
    return Server(mail.host, port, mail.security, mail.user, password, certificates)


def send_waiting(
    ledger: Ledger,
    mail: Mail,
    clinic: Path,
    *,
    due: bool = False,
    only: int | None = None,
    tell: Callable[[Message, State, str], None] = lambda *_: None,
) -> Sent:
    """Send what waits, or with ``due`` what is to be tried by now, or one message alone.

    ``tell`` hears of each message what became of it, and why. Raises ``HandoutError`` where there is no
    password or the ledger cannot be written: a message is then never half sent without a trace.
    """
    sent = Sent()
    with locked(ledger.folder / LOCK) as ours:
        if not ours:
            sent.busy = True
            return sent
        for _ in range(outbox.recover(ledger)):
            sent.add(State.UNKNOWN)
        outbox.purge(ledger, mail.keep_days)
        if not due:
            outbox.hurry(ledger, only)
        if not outbox.next_due(ledger, only):
            return sent  # without asking for a password
        with Session(server_of(mail, clinic)) as session:
            while not sent.stopped and (message := outbox.next_due(ledger, only)):
                _pace(ledger, mail.per_minute)
                if (content := outbox.claim(ledger, message)) is None:
                    continue
                state, reason = _send(ledger, session, message, content, sent)
                sent.add(state)
                tell(message, state, reason)
    return sent


def _send(
    ledger: Ledger, session: Session, message: Message, content: bytes, sent: Sent
) -> tuple[State, str]:
    """Send one message that was claimed, and note what became of it."""
    envelope = Envelope(message.sender, message.recipient, content, message.needs_utf8)

    def before_handover() -> None:
        outbox.settle(ledger, message.id, State.HANDING_OVER)

    try:
        reply = session.send(envelope, before_handover)
    except Refused as error:
        state, reason = State.FAILED, error.reason
    except FateUnknown as error:
        state, reason = State.UNKNOWN, error.reason
    except TryLater as error:
        return outbox.put_off(ledger, message, error.reason), error.reason
    except ServerUnavailable as error:
        sent.stopped, sent.needs_person = error.reason, error.needs_person
        return outbox.put_off(ledger, message, error.reason), error.reason
    except BaseException:
        # Ctrl-C, a full disk. What stands on disk says whether the server may have it; if that cannot be
        # sorted out now, the next run does it.
        with suppress(HandoutError):
            outbox.recover(ledger)
        raise
    else:
        state, reason = State.SENT, reply
    outbox.settle(ledger, message.id, state, reason)
    return state, reason


def _pace(ledger: Ledger, per_minute: int) -> None:
    """Wait until the next message may go: the last may have gone from another process."""
    now = time.time()
    last = ledger.fact(_LAST_SENT) or 0.0
    wait = min(last + 60.0 / per_minute - now, 60.0)  # a clock that was put back must not stop us for long
    if wait > 0:
        time.sleep(wait)
    ledger.set_fact(_LAST_SENT, max(now, time.time()))


def send_now(ledger: Ledger, mail: Mail, clinic: Path, number: int, patience: float = 30.0) -> Message:
    """Send one message that was just put into the outbox, and return it as it stands then.

    Where another process is sending, this one waits until it has taken the message along, or is done.
    """
    until = time.monotonic() + patience
    while True:
        sent = send_waiting(ledger, mail, clinic, only=number)
        message = outbox.get(ledger, number)
        if not sent.busy or message.state not in _ON_THE_WAY or time.monotonic() > until:
            return message
        time.sleep(_LOOK)


_ON_THE_WAY = (State.WAITING, State.SENDING, State.HANDING_OVER)
