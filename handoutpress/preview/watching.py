"""Which files have changed: told by the system, or found by looking where the system tells nothing.

The system's word is not taken for everything. It says nothing on many network disks, and of a folder that was
put in another's place it may go on to tell what happens to the old one. So the watched folders are looked at
each second, and after each new start of the watch the sheet is made once more, in case something was missed.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import watchfiles

from handoutpress.errors import shorten
from handoutpress.places import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from handoutpress.places import Places

    Tell = Callable[[tuple[str, ...]], None]
    """Hears which files have changed, as they would be typed; none where a look will do no harm."""

QUIET_MS = 25
"""How long nothing must have changed before a change is told: editors save in several steps."""
MOST_MS = 300
"""How long a change may wait for the next."""
POLL_MS = 200
LOOK_MS = 1000
"""Between looks at the watched folders themselves."""

_BESIDE = ("~", ".swp", ".swx", ".tmp", ".part", ".bak", ".orig", ".crdownload")
"""How the names end of what editors leave beside a file, and others while they write it."""
_NEVER = {"__pycache__", "node_modules", "4913"}
"""The last is vim's, which looks with it whether it may write."""


def is_heard(path: Path, root: Path) -> bool:
    """Whether a change of this file below a watched folder can be one of the sheet."""
    parts = path.relative_to(root).parts if path.is_relative_to(root) else (path.name,)
    hidden = any(part.startswith(".") or part in _NEVER for part in parts)
    return not hidden and not path.name.endswith(_BESIDE) and not path.name.startswith("#")


class Watch:
    """Watches folders with all below them, or with ``only`` some files right in them, from a thread."""

    def __init__(
        self,
        folders: Iterable[Path],
        tell: Tell,
        *,
        only: frozenset[Path] | None = None,
        never: Path | None = None,
        poll: bool = False,
    ) -> None:
        self._folders = tuple(dict.fromkeys(folder.absolute() for folder in folders))
        self._tell, self._only = tell, only
        self._never = {never.absolute(), never.resolve()} if never else set()
        self._poll = poll or None  # None: as the environment says, or where the system tells nothing
        self._ended = Event()
        self._thread = Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, within a moment."""
        self._ended.set()
        self._thread.join(2)

    def _run(self) -> None:
        before = self._identities()
        while not self._ended.is_set():
            try:
                self._follow(before)
            except FileNotFoundError:  # a folder has gone just now
                self._ended.wait(POLL_MS / 1000)
            except (OSError, RuntimeError):  # too many are watched on this computer
                self._poll = True
                self._ended.wait(POLL_MS / 1000)
            now = self._identities()
            if now != before:
                changed = [folder for folder in self._folders if now.get(folder) != before.get(folder)]
                self._tell(tuple(shorten(folder) for folder in changed))
            before = now

    def _follow(self, identities: dict[Path, tuple[int, int]]) -> None:
        """Tell of changes until the folders are no more the ones they were."""
        if not identities:
            self._ended.wait(LOOK_MS / 1000)
            return
        new = True
        for changes in watchfiles.watch(
            *identities,
            watch_filter=None,
            debounce=MOST_MS,
            step=QUIET_MS,
            stop_event=self._ended,
            rust_timeout=LOOK_MS,
            yield_on_timeout=True,
            force_polling=self._poll,
            poll_delay_ms=POLL_MS,
            recursive=self._only is None,
            ignore_permission_denied=True,
        ):
            heard, added = self._heard(changes)
            if heard or new:
                self._tell(tuple(shorten(path) for path in heard))
            new = False
            # What came with a new folder may have come before it was watched.
            if any(path.is_dir() for path in added) or self._identities() != identities:
                return

    def _heard(self, changes: Iterable[tuple[watchfiles.Change, str]]) -> tuple[list[Path], set[Path]]:
        """Return which changes count, and what is new."""
        told: dict[watchfiles.Change, set[Path]] = {kind: set() for kind in watchfiles.Change}
        for kind, path in changes:
            told[kind].add(Path(path))
        added = told[watchfiles.Change.added]
        # Written beside a file, and put in its place already.
        gone = {path for path in added if not path.exists()}
        # Of a folder it is said that it changed when something in it did, which is told as well.
        inside = {path for path in told[watchfiles.Change.modified] if path.is_dir()}
        heard = {path for path in set().union(*told.values()) if self._hears(path)}
        return sorted(heard - gone - inside), added

    def _hears(self, path: Path) -> bool:
        if path in self._never:
            return False
        if self._only is not None:
            return path in self._only
        roots = [root for root in self._folders if path.is_relative_to(root)]
        return any(is_heard(path, root) for root in roots) if roots else is_heard(path, path.parent)

    def _identities(self) -> dict[Path, tuple[int, int]]:
        found = {}
        for folder in self._folders:
            with suppress(OSError):
                stat = folder.stat()
                found[folder] = (stat.st_dev, stat.st_ino)
        return found


def watches(
    places: Places,
    files: Sequence[Path],
    tell: Tell,
    *,
    never: Path | None = None,
    poll: bool = False,
) -> list[Watch]:
    """Return what watches all that a sheet is made of: the clinic's folder, what is shipped, ``files``."""
    folders = [places.clinic, *(places.shipped / kind for kind in KINDS)]
    found = [Watch(folders, tell, never=never, poll=poll)]
    others = frozenset(path for file in files for path in (file.absolute(), file.resolve()))
    if others:
        found.append(Watch([path.parent for path in others], tell, only=others, poll=poll))
    return found
