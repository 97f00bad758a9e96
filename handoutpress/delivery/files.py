"""Files appear whole or not at all: written beside their place, synced, then renamed into it."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock

from handoutpress.errors import HandoutError


def write_whole(path: Path, data: bytes, *, durable: bool = True, mode: int = 0o666) -> None:
    """Write ``data`` so that no reader, and no crash, ever sees part of it.

    ``mode`` says who may read it, less what the process's mask takes. What is not ``durable`` is not waited
    for: it outlives this process, but perhaps not a power cut.
    Raises ``HandoutError`` with the reason in words; what stood there before is then untouched.
    """
    temporary: str | None = None
    try:
        handle, temporary = _new_file(path)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.chmod(temporary, mode & ~_umask())  # noqa: PTH101 (a batch does this a thousand times a second)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException as error:
        if temporary:
            with suppress(OSError):
                Path(temporary).unlink()
        if not isinstance(error, OSError):
            raise
        reason = error.strerror or str(error)
        raise HandoutError(f"{path} could not be written: {reason}. Nothing was changed.") from None


def meant_for(part: str) -> str:
    """Return the name that a half-written file, such as ``.a.pdf.x1y2z3ab.part``, was meant to get."""
    found = re.fullmatch(r"\.(?P<name>.+)\.[a-z0-9_]{8}\.part", part)
    return found["name"] if found else ""


def count_lines(path: Path) -> int:
    """Return how many line ends a file has; raises ``HandoutError`` where it cannot be read."""
    try:
        with path.open("rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
    except OSError as error:
        raise HandoutError(f"{path} cannot be read: {error.strerror or error}.") from None


def _new_file(path: Path) -> tuple[int, str]:
    """Open a new hidden file beside ``path``, in a folder that is made if need be."""
    folder, name = os.path.split(path)
    try:
        return tempfile.mkstemp(dir=folder or ".", prefix=f".{name}.", suffix=".part")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return tempfile.mkstemp(dir=folder or ".", prefix=f".{name}.", suffix=".part")


_READING = Lock()


@cache
def _umask() -> int:
    """Return the process's file mask, which can only be read by setting it: once, by one thread."""
    with _READING:
        mask = os.umask(0)
        os.umask(mask)
    return mask
