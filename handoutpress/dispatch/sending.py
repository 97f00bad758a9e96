"""Sending what waits in the outbox: one process at a time, no faster than the clinic says, nothing twice."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from handoutpress.delivery import outbox, preferences
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
from handoutpress.delivery.tidying import tidy
from handoutpress.errors import HandoutError, Problem, ProblemsFound
from handoutpress.places import CLINIC_FILE
from handoutpress.reading.channels import USUAL_PORTS
from handoutpress.wish import Wish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.outbox import Message
    from handoutpress.reading.channels import Mail

LOCK = "sending.lock"
_LAST_SENT, _STOPPED = "last sent", "server stopped"
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
    if mail.host is None:
        hint = "add `host:` under `mail:`; `email --draft FILE.eml` needs none"
        raise ProblemsFound([Problem(f"{CLINIC_FILE} names no mail server", hint=hint)])
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

    A server that refuses to work for us is tried again only where a person sends all that waits: each try
    with a wrong password brings its account nearer to being locked. ``tell`` hears of each message what
    became of it, and why. Raises ``HandoutError`` where there is no password or the ledger cannot be written:
    a message is then never half sent without a trace.
    """
    sent = Sent()
    by_person = not due and only is None
    with locked(ledger.folder / LOCK) as ours:
        if not ours:
            sent.busy = True
            return sent
        for _ in range(outbox.recover(ledger)):
            sent.add(State.UNKNOWN)
        tidy(ledger, mail.keep_days)
        if not due:
            outbox.hurry(ledger, only)
        if not outbox.next_due(ledger, only):
            return sent  # without asking for a password
        server = server_of(mail, clinic)
        account = ledger.mark("server", server, server.password).hex()
        if not by_person and _is_stopped(ledger, account, sent, at_desk=only is not None):
            return sent
        with Session(server) as session:
            while not sent.stopped and (message := outbox.next_due(ledger, only)):
                _pace(ledger, mail.per_minute)
                ledger.check_there()
                if (content := outbox.claim(ledger, message)) is None:
                    continue
                ended = _may_not_go(ledger, message) or _send(
                    ledger, session, account, message, content, sent
                )
                ledger.set_fact(_LAST_SENT, time.time())
                sent.add(ended[0])
                tell(message, *ended)
    return sent


def _is_stopped(ledger: Ledger, account: str, sent: Sent, *, at_desk: bool) -> bool:
    """Whether the server is not to be tried now; says so in ``sent``.

    Somebody at a desk tries a server that was away; one that refused this account waits to be mended.
    """
    stopped = ledger.fact(_STOPPED)
    why: dict[str, Any] = json.loads(stopped) if stopped else {"account": ""}
    if why["account"] == account and (why["needs_person"] or (not at_desk and time.time() < why["next_try"])):
        sent.stopped, sent.needs_person = why["reason"], why["needs_person"]
    return bool(sent.stopped)


def _stop(ledger: Ledger, account: str, error: ServerUnavailable, sent: Sent) -> None:
    """Note that the server is not there, or does not work for us, and when to try it again."""
    sent.stopped, sent.needs_person = error.reason, error.needs_person
    tries = json.loads(ledger.fact(_STOPPED) or '{"tries": 0}')["tries"]
    why = {
        "account": account,
        "reason": error.reason,
        "needs_person": error.needs_person,
        "tries": tries + 1,
        "next_try": time.time() + outbox.PAUSES[min(tries, len(outbox.PAUSES) - 1)],
    }
    ledger.set_fact(_STOPPED, json.dumps(why))


def _may_not_go(ledger: Ledger, message: Message) -> tuple[State, str] | None:
    """Return what became of a message that may not go any more, or None: things changed while it waited."""
    said = preferences.standing(ledger, message.recipient)
    if Wish().today.isoformat() > message.good_until:
        state, reason = State.FAILED, f"its text was good until {message.good_until}: make it anew"
    elif said and (said.accepts == "none" or (said.accepts == "protected" and not message.protected)):
        what = "email" if said.accepts == "none" else "email without a password"
        state, reason = State.CANCELLED, f"the patient said no to {what} on {said.asked_on.isoformat()}"
    else:
        return None
    outbox.settle(ledger, message.id, state, reason)
    return state, reason


def _send(
    ledger: Ledger, session: Session, account: str, message: Message, content: bytes, sent: Sent
) -> tuple[State, str]:
    """Send one message that was claimed, and note what became of it."""
    envelope = Envelope(message.sender, message.recipient, content, message.needs_utf8)

    def before_handover() -> None:
        ledger.check_there()
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
        _stop(ledger, account, error, sent)
        return outbox.put_back(ledger, message, error.reason), error.reason
    except BaseException:
        # Ctrl-C, a full disk. What stands on disk says whether the server may have it; if that cannot be
        # sorted out now, the next run does it.
        with suppress(HandoutError):
            outbox.recover(ledger)
        raise
    else:
        state, reason = State.SENT, reply
    outbox.settle(ledger, message.id, state, reason)
    if state is State.SENT and ledger.fact(_STOPPED):
        ledger.set_fact(_STOPPED, None)
    return state, reason


def _pace(ledger: Ledger, per_minute: int) -> None:
    """Wait until the next message may go: the last may have gone from another process."""
    wait = (ledger.fact(_LAST_SENT) or 0.0) + 60.0 / per_minute - time.time()
    if wait > 0:
        time.sleep(min(wait, 60.0))  # a clock that was put back must not stop us for long


def send_now(
    ledger: Ledger, mail: Mail, clinic: Path, number: int, patience: float = 30.0
) -> tuple[Message, bool]:
    """Send one message that was just put into the outbox; return it as it stands then.

    With it comes whether a person has to mend something first. Where another process is sending, this one
    waits until it has taken the message along, or is done.
    """
    until = time.monotonic() + patience
    while True:
        sent = send_waiting(ledger, mail, clinic, only=number)
        message = outbox.get(ledger, number)
        if not sent.busy or message.state not in _ON_THE_WAY or time.monotonic() > until:
            if sent.stopped and not message.reason:  # it was not tried: the server was found away before
                outbox.explain(ledger, number, sent.stopped)
                message = outbox.get(ledger, number)
            return message, sent.needs_person
        time.sleep(_LOOK)


_ON_THE_WAY = (State.WAITING, State.SENDING, State.HANDING_OVER)
