"""One process at a time: a lock on a file, which the system lets go of when its process ends in any way."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from handoutpress.errors import HandoutError, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OWNERS_ONLY = 0o600
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Hold a file for this process, made if need be; yields False where another process holds it.

    The file is for this alone: one that is replaced or read meanwhile does not guard anything. Raises
    ``HandoutError`` where it cannot be opened or locked.
    """
    try:
        handle = os.open(path, _FLAGS, OWNERS_ONLY)
    except OSError as error:
        raise HandoutError(f"{shorten(path)} could not be opened: {error.strerror or error}") from None
    try:
        yield _try_lock(handle, path)
    finally:
        os.close(handle)


def _try_lock(handle: int, path: Path) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError as error:
        raise HandoutError(f"{shorten(path)} could not be locked: {error.strerror or error}") from None
    return True
