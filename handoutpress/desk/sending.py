"""Emails from the desk: held some seconds, in which they can be taken back, then sent; and what fell due.

The outbox knows all of it, so that whatever stops this program loses nothing and sends nothing twice.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from queue import Queue
from threading import Event, Thread
from typing import TYPE_CHECKING

from handoutpress.delivery.ledger import Ledger
from handoutpress.delivery.outbox import explain, get
from handoutpress.dispatch.emailing import read_post
from handoutpress.dispatch.sending import Sent, send_now, send_waiting
from handoutpress.errors import HandoutError
from handoutpress.reading.clinic import read_clinic

if TYPE_CHECKING:
    from collections.abc import Callable

    from handoutpress.places import Places
    from handoutpress.reading.channels import Mail

HOLD_SECONDS = 8.0
"""How long an email can be taken back."""
_REST_SECONDS = 60.0
"""Between looks at the outbox where nobody has just sent something."""
_BUSY_SECONDS, _LOOK_SECONDS = 60.0, 0.2
"""How long to wait for another process that is sending, and how often to look."""


class _Ended(Exception):
    """The program ends, and a message has just gone."""


@dataclass
class _Run:
    """Sending all that waits, because somebody said so."""

    done: Event = field(default_factory=Event)
    sent: Sent | None = None


class Sender:
    """Sends what is due, as ``outbox send --watch`` does; a thread of its own."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.stopped = ""
        """Why nothing is sent: the server is not there, or refuses to work for us."""
        self._end, self._wake = Event(), Event()
        self._mine: Queue[tuple[float, int]] = Queue()
        self._all: _Run | None = None
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin to look after the outbox."""
        self._thread = Thread(target=self._run, name="sender", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End when the message that is being sent has gone."""
        self._end.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=20.0)

    def send(self, number: int) -> None:
        """Send a message of the outbox once its time to be taken back is over."""
        self._mine.put((time.monotonic() + HOLD_SECONDS, number))
        self._wake.set()

    def send_all(self, patience: float) -> Sent | None:
        """Send all that waits; return what came of it, or None where that takes longer than ``patience``.

        One run at a time: each try with a wrong password brings the account nearer to being locked.
        """
        if self.is_sending_all:
            return None
        run = self._all = _Run()
        self._wake.set()
        run.done.wait(patience)
        return run.sent

    @property
    def is_sending_all(self) -> bool:
        """Whether such a run goes on."""
        return self._all is not None and not self._all.done.is_set()

    def left(self, moment: float) -> int:
        """Return for how many seconds an email that was put into the outbox then can be taken back."""
        return max(0, round(moment + HOLD_SECONDS - time.monotonic()))

    def _run(self) -> None:
        held: list[tuple[float, int]] = []
        rest = 0.0
        while not self._end.is_set():
            while not self._mine.empty():
                held.append(self._mine.get())
            moment = time.monotonic()
            if self._all is not None and not self._all.done.is_set():
                self._all.sent = self._try(self._send_all)
                self._all.done.set()
            elif now := [number for due, number in held if due <= moment]:
                held = [one for one in held if one[0] > moment]
                for number in now:
                    sent = self._try(partial(self._send_one, number))
                    if sent.stopped:
                        self._explain(number, sent.stopped)
            elif moment >= rest:
                self._try(lambda ledger, mail: send_waiting(ledger, mail, self.places.clinic, due=True))
                rest = time.monotonic() + _REST_SECONDS
            else:
                until = min([rest, *(due for due, _ in held)])
                self._wake.wait(max(0.05, until - moment))
                self._wake.clear()

    def _try(self, send: Callable[[Ledger, Mail], Sent]) -> Sent:
        """Send; what goes wrong stands in the outbox, and is told on its page."""
        try:
            facts = read_clinic(self.places).facts
            if facts.mail is None or facts.mail.host is None:
                return Sent()
            mail = read_post(self.places, None).mail
            with Ledger.open(self.places.clinic) as ledger:
                sent = send(ledger, mail)
        except _Ended:
            return Sent()
        except (HandoutError, OSError) as error:
            sent = Sent(stopped=str(error))
        except Exception as error:  # a fault of ours must not end the thread that sends
            sent = Sent(stopped=f"Something went wrong in the program: {type(error).__name__}.")
        if not sent.busy:
            self.stopped = sent.stopped
        return sent

    def _send_one(self, number: int, ledger: Ledger, mail: Mail) -> Sent:
        message, needs_person = send_now(ledger, mail, self.places.clinic, number)
        return Sent(stopped=message.reason if needs_person else "")

    def _explain(self, number: int, reason: str) -> None:
        """Let the outbox say why a message still waits: somebody is looking at its page."""
        with suppress(HandoutError), Ledger.open(self.places.clinic) as ledger:
            if not get(ledger, number).reason:
                explain(ledger, number, reason)

    def _send_all(self, ledger: Ledger, mail: Mail) -> Sent:
        def tell(*_: object) -> None:
            if self._end.is_set():
                raise _Ended

        until = time.monotonic() + _BUSY_SECONDS
        sent = send_waiting(ledger, mail, self.places.clinic, tell=tell)
        while sent.busy and time.monotonic() < until and not self._end.wait(_LOOK_SECONDS):
            sent = send_waiting(ledger, mail, self.places.clinic, tell=tell)
        return sent
