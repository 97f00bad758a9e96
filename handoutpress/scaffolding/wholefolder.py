"""A folder that appears whole or not at all: made beside its place, then renamed into it."""

from __future__ import annotations

import secrets
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from handoutpress.errors import HandoutError, Place, Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def check_free(folder: Path) -> None:
    """Raise ``ProblemsFound`` where something stands already: a file, or a folder that is not empty.

    Hidden files, such as version control's, are no matter.
    """
    if folder.is_dir():
        there = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
        if there:
            listed = ", ".join(there[:4]) + (", ..." if len(there) > 4 else "")
            hint = f"name a new folder, or an empty one; here there is {listed}"
            raise ProblemsFound([Problem("this folder is not empty", Place(folder), hint)])
    elif folder.exists() or folder.is_symlink():
        raise ProblemsFound([Problem("this is no folder", Place(folder), "name a new folder")])


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Return a folder to fill; when all went well, what is in it stands in ``folder``, else nothing is left.

    Raises ``HandoutError`` with the reason in words where the disk does not take it.
    """
    folder = folder.absolute()
    top = _topmost_missing(folder)
    beside = folder if top is None else top.parent
    made = beside / f".{(top or folder).name[:40]}.{secrets.token_hex(4)}.part"
    inner = made if top is None else made / folder.relative_to(top)
    try:
        inner.mkdir(parents=True)
        yield inner
        if top is None:
            _move_into(made, folder)
        else:
            made.rename(top)
    except OSError as error:
        reason = error.strerror or str(error)
        raise HandoutError(f"{folder} could not be written: {reason}. Nothing was changed.") from None
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _topmost_missing(folder: Path) -> Path | None:
    """Return the highest folder on the way that has to be made; None where ``folder`` is there."""
    missing = None
    for path in (folder, *folder.parents):
        if path.exists():
            break
        missing = path
    return missing


def _move_into(made: Path, folder: Path) -> None:
    """Move what was made into a folder that is there; all of it, or what was moved goes back."""
    moved: list[tuple[Path, Path]] = []
    try:
        for path in sorted(made.iterdir()):
            to = folder / path.name
            if to.exists() or to.is_symlink():
                raise FileExistsError(17, f"{path.name} is there already")
            path.rename(to)
            moved.append((path, to))
    except BaseException:
        for path, to in moved:
            with suppress(OSError):
                to.rename(path)
        raise
