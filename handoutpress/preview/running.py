"""Round after round: what waits to be made, what is shown, and what is told of it."""

from __future__ import annotations

import gc
import queue
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from handoutpress.composing.environment import forget_templates
from handoutpress.delivery.files import write_whole
from handoutpress.desk.pictures import rendered, sizes
from handoutpress.errors import HandoutError
from handoutpress.preview.feed import Feed
from handoutpress.preview.rounds import Choice, Made, Maker, State, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from handoutpress.places import Places
    from handoutpress.wish import Copy, Wish

SETTLE_SECONDS = 0.12
"""How long problems wait before they are told: the file may be half written."""
_MOST_SETTLING = 1.0
_IDLE_SECONDS = 1.0
"""After a round: then the program cleans up after itself."""


@dataclass(frozen=True)
class Asked:
    """What is to be shown, and how."""

    name: str
    places: Places
    wish: Callable[[], Wish]
    """Reads the wish anew, and the patient's file with it; raises ``ProblemsFound``."""
    files: Sequence[Path] = ()
    """What the wish is read from."""
    output: Path | None = None
    """Where each good round is written as well."""
    poll: bool = False
    """Whether to look for changes, where the system tells of none."""


@dataclass(frozen=True)
class Round:
    """One round, for the terminal."""

    number: int
    made: Made
    changed: tuple[str, ...]
    milliseconds: int
    """From the moment a change was noticed to the finished PDF."""
    pages: int
    """How many pages are shown; 0 where there is nothing to show yet."""
    not_written: str = ""
    """Why the file that was asked for could not be written."""


class Preview:
    """Makes round after round, and knows what is shown."""

    def __init__(self, asked: Asked, tell: Callable[[Round], None]) -> None:
        self.asked, self.places, self.feed, self.choice = asked, asked.places, Feed(), Choice()
        self.failed: BaseException | None = None
        self._tell, self._maker = tell, Maker(asked.name, asked.places, asked.wish)
        self._waiting: queue.SimpleQueue[tuple[float, tuple[str, ...]] | None] = queue.SimpleQueue()
        self._ending = False
        self._number = self._version = 0
        self._copy: Copy | None = None
        self._sizes: list[tuple[float, float]] = []
        self._told: Made | None = None
        self._pictures: dict[tuple[int, int, float], bytes] = {}
        self._lock = Lock()

    def languages(self) -> tuple[str, ...]:
        """Return the languages that the sheet is there in; none where the folders cannot be read."""
        with suppress(HandoutError, OSError):
            return tuple(language for name, language in self.places.sheets() if name == self.asked.name)
        return ()

    def choose(self, choice: Choice) -> None:
        """Have the sheet made as somebody has chosen on the page."""
        self.choice = choice
        self.changed(("the choice on the page",))

    def changed(self, names: tuple[str, ...]) -> None:
        """Have the sheet made again, as these files have changed."""
        self._waiting.put((time.perf_counter(), names))

    def picture(self, version: int, number: int, scale: float) -> bytes | None:
        """Return a page of what is shown as a PNG; None where it is not shown any more."""
        with self._lock:
            copy = self._copy if version == self._version else None
            found = self._pictures.get((version, number, scale))
        if found is None and copy:
            found = next((data for data, *_ in rendered(copy.pdf, scale, number)), None)
            with self._lock:
                if found is not None and version == self._version and len(self._pictures) < 50:
                    self._pictures[version, number, scale] = found
        return found

    def run(self, publish: Callable[[dict[str, Any]], None]) -> None:
        """Make rounds until ``end``; ``publish`` gets what pages are told of each."""
        item: tuple[float, tuple[str, ...]] | None = (time.perf_counter(), ())
        while item is not None and not self._ending:
            since, names = item
            made = self._settled(names, since)
            if made is None:
                break
            self._show(*made, since, publish)
            try:
                item = self._waiting.get(timeout=_IDLE_SECONDS)
            except queue.Empty:
                gc.collect()  # nobody waits now
                if not gc.get_freeze_count():
                    gc.freeze()  # most of what is there stays, and need not be gone through each time
                item = self._waiting.get()

    def end(self) -> None:
        """Make no more rounds."""
        self._ending = True
        self._waiting.put(None)

    def _settled(self, names: tuple[str, ...], since: float) -> tuple[Made, tuple[str, ...]] | None:
        """Make the sheet; where that is stopped and files go on changing, once they have been written."""
        while True:
            names = tuple(dict.fromkeys([*names, *self._more(0)]))
            if any("templates" in name for name in names):
                forget_templates()
            made = self._maker.make(self.choice)
            if self._ending:
                return None
            if made.state is not State.STOPPED or time.perf_counter() - since > _MOST_SETTLING:
                return made, names
            more = self._more(SETTLE_SECONDS)
            if not more:
                return made, names
            names += more

    def _more(self, seconds: float) -> tuple[str, ...]:
        """Return what else has changed meanwhile; waits so long for it at most."""
        names: tuple[str, ...] = ()
        try:
            item = self._waiting.get(timeout=seconds) if seconds else self._waiting.get_nowait()
            while item is not None:
                names += item[1]
                item = self._waiting.get_nowait()
            self._waiting.put(None)  # the end is for ``run``
        except queue.Empty:
            pass
        return names

    def _show(
        self, made: Made, names: tuple[str, ...], since: float, publish: Callable[[dict[str, Any]], None]
    ) -> None:
        told, self._told = self._told, made
        if (
            not names
            and told
            and (made.state, made.copy, made.problems) == (told.state, told.copy, told.problems)
        ):
            return  # a look that found nothing
        if made.copy and made.copy is not self._copy:
            with self._lock:
                self._version += 1
                self._copy, self._sizes = made.copy, sizes(made.copy.pdf)
                self._pictures.clear()
        self._number += 1
        milliseconds = round((time.perf_counter() - since) * 1000)
        not_written = self._write(made.copy) if made.copy and made.state is State.GOOD else ""
        publish(self._news(made))
        same = made.unchanged and told is not None and told.state is made.state
        shown = len(self._sizes)
        self._tell(
            Round(self._number, replace(made, unchanged=same), names, milliseconds, shown, not_written)
        )

    def _write(self, copy: Copy) -> str:
        """Write a good round's PDF where that was asked for; return why it could not be written."""
        path = self.asked.output
        try:
            # A clinic's folder that is put aside must not come back with nothing but this file in it.
            if path and not path.parent.is_dir():
                return f"{path} was not written: its folder is not there."
            if path:
                write_whole(path, copy.pdf, durable=False)
        except HandoutError as error:
            return str(error)
        return ""

    def _news(self, made: Made) -> dict[str, Any]:
        """Return what pages are told of a round."""
        return {
            "round": self._number,
            "state": made.state.value,
            "name": self.asked.name,
            "problems": [plain(problem) for problem in made.problems],
            "version": self._version,
            "sizes": self._sizes,
            "look": asdict(made.choice),
            "languages": self.languages(),
            "time": time.strftime("%H:%M:%S"),
        }
