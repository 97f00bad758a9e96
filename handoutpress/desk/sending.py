"""Emails from the desk: held some seconds, in which they can be taken back, then sent; and what fell due.

The outbox knows all of it, so that whatever stops this program loses nothing and sends nothing twice.
"""

from __future__ import annotations

import time
from queue import Queue
from threading import Event, Thread
from typing import TYPE_CHECKING

from handoutpress.delivery.ledger import Ledger
from handoutpress.dispatch.emailing import read_post
from handoutpress.dispatch.sending import send_now, send_waiting
from handoutpress.errors import HandoutError
from handoutpress.reading.clinic import read_clinic

if TYPE_CHECKING:
    from handoutpress.places import Places

HOLD_SECONDS = 8.0
"""How long an email can be taken back."""
_REST_SECONDS = 60.0
"""Between looks at the outbox where nobody has just sent something."""


class Sender:
    """Sends what is due, as ``outbox send --watch`` does; a thread of its own."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.stopped = ""
        """Why nothing is sent: the server is not there, or refuses to work for us."""
        self._end, self._wake = Event(), Event()
        self._mine: Queue[tuple[float, int]] = Queue()
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
            if now := [number for due, number in held if due <= moment]:
                held = [one for one in held if one[0] > moment]
                for number in now:
                    self._send(number)
            elif moment >= rest:
                self._send()
                rest = time.monotonic() + _REST_SECONDS
            until = min([rest, *(due for due, _ in held)])
            self._wake.wait(max(0.05, until - time.monotonic()))
            self._wake.clear()

    def _send(self, number: int | None = None) -> None:
        """Send one message, or what is due; what goes wrong stands in the outbox, or is told on its page."""
        try:
            facts = read_clinic(self.places).facts
            if facts.mail is None or facts.mail.host is None:
                return
            mail = read_post(self.places, None).mail
            with Ledger.open(self.places.clinic) as ledger:
                if number is None:
                    self.stopped = send_waiting(ledger, mail, self.places.clinic, due=True).stopped
                else:
                    send_now(ledger, mail, self.places.clinic, number)
                    self.stopped = ""
        except (HandoutError, OSError) as error:
            self.stopped = str(error)
        except Exception as error:
            self.stopped = f"Something went wrong in the program: {type(error).__name__}."
