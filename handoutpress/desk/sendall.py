"""Sending all that waits because somebody says so, beside the thread that sends what is due.

On a thread of its own: a mail server can take minutes, and the page must not wait for it.
"""

from __future__ import annotations

import atexit
import time
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from handoutpress.delivery.ledger import Ledger
from handoutpress.dispatch.emailing import read_post
from handoutpress.dispatch.sending import Sent, send_waiting
from handoutpress.errors import HandoutError

if TYPE_CHECKING:
    from handoutpress.desk.sending import Sender

_BUSY_SECONDS = 60.0
"""How long to wait for another process that is sending."""
_LOOK = 0.2
_JOIN_SECONDS = 20.0


class _Ended(Exception):
    """The program ends, and a message has just gone."""


class SendAll:
    """At most one such run: each try with a wrong password brings the account nearer to being locked."""

    def __init__(self) -> None:
        self._one, self._end = Lock(), Event()
        self._thread: Thread | None = None

    @property
    def is_running(self) -> bool:
        """Whether a run goes on."""
        return self._one.locked()

    def now(self, sender: Sender, patience: float) -> Sent | None:
        """Send all that waits; return what came of it, or None where that takes longer than ``patience``."""
        came: list[Sent] = []
        if not self._one.acquire(blocking=False):
            return None  # it goes on already

        def run() -> None:
            try:
                came.append(self._send(sender))
            except _Ended:
                pass
            finally:
                self._one.release()

        self._thread = Thread(target=run, name="send all", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:  # no thread to be had
            self._one.release()
            return None
        self._thread.join(patience)
        return came[0] if came else None

    def _send(self, sender: Sender) -> Sent:
        """Send; why it stopped is told where the sender tells it."""

        def tell(*_: object) -> None:
            if self._end.is_set():
                raise _Ended

        try:
            mail = read_post(sender.places, None).mail
            until = time.monotonic() + _BUSY_SECONDS
            with Ledger.open(sender.places.clinic) as ledger:
                sent = send_waiting(ledger, mail, sender.places.clinic, tell=tell)
                while sent.busy and time.monotonic() < until and not self._end.wait(_LOOK):
                    sent = send_waiting(ledger, mail, sender.places.clinic, tell=tell)
        except (HandoutError, OSError) as error:
            sent = Sent(stopped=str(error))
        if not sent.busy:
            sender.stopped = sent.stopped
        return sent

    def stop(self) -> None:
        """End when the message that is being sent has gone."""
        self._end.set()
        if self._thread is not None:
            self._thread.join(_JOIN_SECONDS)


ALL = SendAll()
atexit.register(ALL.stop)
