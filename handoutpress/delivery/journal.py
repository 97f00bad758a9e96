"""What a batch has made so far, in its folder: the next run goes on where this one was stopped.

The file has a header and then a line for each event: ``intend`` before a copy is written, ``made`` after. It
is only added to, a whole append at a time, so that a kill in the middle costs no more than its last lines;
nothing in it says who a patient is but the names of the files themselves.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from contextlib import contextmanager, suppress
from hashlib import blake2b
from typing import TYPE_CHECKING, BinaryIO, Literal

from handoutpress.delivery.files import write_whole
from handoutpress.delivery.locking import OWNERS_ONLY, locked
from handoutpress.delivery.naming import Numbered
from handoutpress.errors import HandoutError, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FILE = ".handouts-batch.jsonl"
LOCK = ".handouts-batch.lock"
VERSION = 1
SALT_BYTES = 16
GROWN = 4
"""As many lines as this for each name that counts, and the file is written anew."""
FEW = 1000

_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_INTENDED = 0  # no file has this mark, so none is held

Event = tuple[Literal["intend"], str, str] | tuple[Literal["made"], str, str, int]


class Journal:
    """One folder's record, held by one batch at a time: ``with Journal.open(folder) as journal``."""

    def __init__(self, folder: Path, handle: int) -> None:
        """Read what is there; ``open`` holds the lock meanwhile."""
        self.folder, self.path, self.salt = folder, folder / FILE, b""
        self._handle, self._end, self._lines = handle, 0, 0
        self._marks = Numbered()
        with os.fdopen(os.dup(handle), "rb") as file:
            for event, end in _read(file, self.path):
                self._end = end
                if isinstance(event, bytes):
                    self.salt = event
                else:
                    self._lines += 1
                    self._note(event)
        os.ftruncate(handle, self._end)  # a line that was torn goes
        if not self.salt:
            self.salt = os.urandom(SALT_BYTES)
            self._append([_header(self.salt)])
            _sync_folder(folder)

    @classmethod
    @contextmanager
    def open(cls, folder: Path) -> Iterator[Journal]:
        """Open a folder's journal for this process alone, made if need be; raises ``HandoutError``."""
        path = folder / FILE
        with _held(folder):
            journal = cls._opened(folder)
            try:
                if journal._lines > FEW and journal._lines > GROWN * journal._marks.count:
                    os.close(journal._handle)
                    journal._handle = -1
                    write_whole(path, b"".join(_compacted(path)))
                    journal = cls._opened(folder)
                yield journal
            finally:
                if journal._handle >= 0:
                    os.close(journal._handle)

    @classmethod
    def _opened(cls, folder: Path) -> Journal:
        try:
            handle = os.open(folder / FILE, _FLAGS, OWNERS_ONLY)
        except OSError as error:
            raise _failed(folder / FILE, "opened", error) from None
        try:
            if sys.platform != "win32":
                with suppress(OSError):  # somebody else's file in a shared folder
                    os.fchmod(handle, OWNERS_ONLY)
            return cls(folder, handle)
        except BaseException:
            os.close(handle)
            raise

    def knows(self, name: str) -> bool:
        """Whether a batch, this one or an earlier, meant to write this file: then it may be replaced."""
        return self._marks.get(_key(name)) is not None

    def holds(self, name: str, digest: str) -> bool:
        """Whether the file is there, of the size it was recorded with, and made from just this digest."""
        mark = self._marks.get(_key(name))
        if mark is None:
            return False
        try:
            state = (self.folder / name).lstat()
        except OSError:
            return False
        return stat.S_ISREG(state.st_mode) and mark == _mark(digest, state.st_size)

    def intend(self, entries: Iterable[tuple[str, str]]) -> None:
        """Note names and digests of copies about to be written; on disk when this returns.

        From here to ``record`` nobody knows which bytes stand in the file, so ``holds`` says no.
        """
        self._add([("intend", name, digest) for name, digest in entries], sync=True)

    def record(self, entries: Iterable[tuple[str, str, int]]) -> None:
        """Note names, digests and sizes of copies that have been written.

        Neither this nor the copies are synced. After a power cut ``holds`` goes by their sizes: on a file
        system that keeps a file's size but not its bytes, delete the copies of the last minute.
        """
        self._add([("made", name, digest, size) for name, digest, size in entries])

    def _add(self, events: list[Event], *, sync: bool = False) -> None:
        if events:
            self._append([_line(event) for event in events], sync=sync)
            for event in events:
                self._note(event)

    def _note(self, event: Event) -> None:
        mark = _INTENDED if event[0] == "intend" else _mark(event[2], event[3])
        self._marks.put(_key(event[1]), mark)

    def _append(self, lines: list[bytes], *, sync: bool = True) -> None:
        """Add whole lines at the end; on failure none of them stays there."""
        data = b"".join(lines)
        try:
            os.lseek(self._handle, self._end, os.SEEK_SET)
            written = os.write(self._handle, data)
            while written < len(data):  # a disk that fills up takes a part first, then says why
                written += os.write(self._handle, data[written:])
            if sync:
                os.fsync(self._handle)
        except BaseException as error:
            with suppress(OSError):
                os.ftruncate(self._handle, self._end)
            if isinstance(error, OSError):
                raise _failed(self.path, "written", error) from None
            raise
        self._end += len(data)


def _header(salt: bytes) -> bytes:
    return json.dumps({"handouts-batch": VERSION, "salt": salt.hex()}).encode() + b"\n"


def _line(event: Event) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _key(name: str) -> bytes:
    return name.encode(errors="surrogatepass")


def _mark(digest: str, size: int) -> int:
    """Return what tells a file made from this digest, of this size, from all others: 64 bits, never 0."""
    return int.from_bytes(blake2b(f"{size} {digest}".encode(), digest_size=8).digest()) or 1


def _read(file: BinaryIO, path: Path) -> Iterator[tuple[bytes | Event, int]]:
    """Yield the salt, then each event, with the place where its line ends; a torn last line is left out.

    Raises ``HandoutError`` for a line that no batch of this version wrote.
    """
    end = 0
    for number, raw in enumerate(file, 1):
        if not raw.endswith(b"\n"):
            return
        end += len(raw)
        try:
            entry = json.loads(raw)
        except (ValueError, RecursionError):
            entry = None
        match entry:
            case {"handouts-batch": int(version), "salt": str(salt)} if number == 1:
                if version != VERSION:
                    raise _unreadable(path, f"is of version {version}, and this program reads {VERSION}")
                try:
                    read = bytes.fromhex(salt)
                except ValueError:
                    read = b""
                if len(read) != SALT_BYTES:
                    raise _unreadable(path, "is damaged on line 1")
                yield read, end
            case ["intend", str(name), str(digest)] if number > 1:
                yield ("intend", name, digest), end
            case ["made", str(name), str(digest), int(size)] if number > 1:
                yield ("made", name, digest, size), end
            case _:
                raise _unreadable(path, f"is damaged on line {number}")


def _compacted(path: Path) -> list[bytes]:
    """Return a journal's header and the last line of each name, in their order."""
    latest = Numbered()
    with path.open("rb") as file:
        for number, (event, _) in enumerate(_read(file, path)):
            if not isinstance(event, bytes):
                latest.put(_key(event[1]), number)
    with path.open("rb") as file:
        return [
            _header(event) if isinstance(event, bytes) else _line(event)
            for number, (event, _) in enumerate(_read(file, path))
            if isinstance(event, bytes) or latest.get(_key(event[1])) == number
        ]


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold the folder for this process; raises ``HandoutError`` where another batch has it.

    The lock has a file of its own, because the journal's can be replaced while another process waits for it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise HandoutError(f"{shorten(folder)} is not a folder: name another one") from None
    except OSError as error:
        raise _failed(folder, "made", error) from None
    with locked(folder / LOCK) as ours:
        if not ours:
            said = f"another batch is writing to {shorten(folder)}"
            raise HandoutError(f"{said}: wait until it ends, or name another folder")
        yield


def _sync_folder(folder: Path) -> None:
    """Make the journal's own name outlive a power cut, where folders can be synced."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _failed(path: Path, verb: str, error: OSError) -> HandoutError:
    return HandoutError(f"{shorten(path)} could not be {verb}: {error.strerror or error}")


def _unreadable(path: Path, what: str) -> HandoutError:
    return HandoutError(
        f"{shorten(path)} {what}. It says which copies this folder has: name a new folder for this batch, or "
        f"delete this file and the copies beside it, and all of them are made anew."
    )
