"""Copies for the page: the newest request first, one layout at a time, plates before they are needed.

A first copy of its kind takes a second and every later one some milliseconds, so a process of its own makes
the plates that the next keystrokes will ask for.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from threading import Lock, Thread
from typing import TYPE_CHECKING

from handoutpress.dispatch.copying import make_copies
from handoutpress.errors import HandoutError, Problem, ProblemsFound
from handoutpress.plates.copies import find_master
from handoutpress.reading.patient import PatientDetails

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.process import BaseProcess

    from handoutpress.desk.forms import Packet
    from handoutpress.places import Places
    from handoutpress.wish import Copy, Wish

_MOST_AHEAD = 12
"""Plates that may be wanted ahead at a time."""


@dataclass
class Made:
    """Copies of some sheets, and what stopped the others."""

    copies: list[Copy] = field(default_factory=list)
    stopped: dict[str, list[Problem]] = field(default_factory=dict)
    """Problems by the sheet's name; by "" where they are those of all together."""


class Outdated(Exception):
    """A newer request of the same page has come meanwhile."""


class Maker:
    """Makes the copies of all pages that are open."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self._lock = Lock()  # the engine is not made for several threads
        self._newest: dict[str, int] = {}

    def make(self, names: Sequence[str], wish: Wish, packet: Packet | None = None) -> Made:
        """Make a copy of each sheet, or one of all, and say of each what stops it."""
        made = Made()
        duplex = packet is not None and packet.duplex
        with self._lock:
            for group in [list(names)] if packet else [[name] for name in names]:
                try:
                    made.copies += make_copies(
                        group, self.places, wish, packet=packet is not None, duplex=duplex
                    )
                except ProblemsFound as found:
                    made.stopped["" if packet else group[0]] = found.problems
                except HandoutError as error:
                    made.stopped["" if packet else group[0]] = [Problem(str(error))]
        return made

    def make_newest(
        self, page: str, number: int, names: Sequence[str], wish: Wish, packet: Packet | None = None
    ) -> Made:
        """Make copies for the preview of a page, unless it has asked for newer ones; raises ``Outdated``."""
        if len(self._newest) > 1000:
            self._newest.clear()
        self._newest[page] = max(number, self._newest.get(page, 0))
        with self._lock:
            outdated = self._newest.get(page, 0) > number
        if outdated:
            raise Outdated
        return self.make(names, wish, packet)


_STEPS: tuple[tuple[str, ...], ...] = (
    ("name",),
    ("reference",),
    ("visit",),
    ("appointment",),
    ("appointment", "appointment_time"),
    ("note",),
    ("clinician",),
)
"""What somebody may fill in next."""


def likely_next(wish: Wish) -> Iterator[Wish]:
    """Yield wishes like the ones that the next keystrokes may make; none has a patient's words in it."""
    import datetime as dt

    said = dict.fromkeys(("name", "reference", "clinician", "note"), "x")
    days = {"visit": wish.today, "appointment": wish.today, "appointment_time": dt.time(9)}
    dummies = {**said, **days}
    given = {name: dummies[name] for name in dummies if getattr(wish.patient, name) is not None}
    shapes = [given, *({**given, **{name: dummies[name] for name in step}} for step in _STEPS)]
    shapes += [{**shapes[1], **{name: dummies[name] for name in step}} for step in _STEPS[1:3]]
    seen: list[dict[str, object]] = []
    for shape in shapes:
        if shape not in seen:
            seen.append(shape)
            yield replace(wish, patient=PatientDetails(**shape), by=None)  # type: ignore[arg-type]


class Ahead:
    """Makes plates ahead of their use, in a process of its own."""

    def __init__(self, places: Places, *, on: bool = True) -> None:
        self.places, self.on = places, on
        self._lock = Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._waiting: list[Future[None]] = []

    def want(self, names: Sequence[str], wish: Wish) -> None:
        """Have the plates made that may be asked for next; what was wanted before is not any more."""
        if not self.on:
            return
        wanted = [(name, one) for one in likely_next(wish) for name in names][:_MOST_AHEAD]
        with self._lock:
            for future in self._waiting:
                future.cancel()
            try:
                if self._pool is None:
                    context = multiprocessing.get_context("spawn")
                    self._pool = ProcessPoolExecutor(1, context, initializer=_begin)
                self._waiting = [self._pool.submit(_make, name, self.places, one) for name, one in wanted]
            except (BrokenProcessPool, RuntimeError):  # it died, or the program ends
                self._pool = None

    def close(self) -> None:
        """End the process."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


def _begin() -> None:
    """Give way to whoever is at the keyboard, and end when the desk does, whatever has ended it."""
    gc.enable()
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_end_with, args=(parent,), daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(10)


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(0)


def _make(name: str, places: Places, wish: Wish) -> None:
    """Make a plate, which is then kept; what stops it is told when somebody asks for the copy."""
    with contextlib.suppress(HandoutError):
        find_master(name, places, wish)
