"""A copy of a clinic's folder to try a change on: what its sheets are made of, and nothing else.

The folder may be full of what must not stand anywhere else: lists of patients, finished copies, passwords.
"""

from __future__ import annotations

import os
import shutil
from fnmatch import fnmatchcase
from pathlib import Path

from handoutpress.errors import HandoutError
from handoutpress.places import BRAND_FILE, CLINIC_FILE, EJECTED, KINDS, SIGN_OFFS_FILE

_AT_TOP = (CLINIC_FILE.replace(".", "*."), BRAND_FILE, SIGN_OFFS_FILE)
_OF_A_BRAND = frozenset((".svg", ".png", ".jpg", ".jpeg", ".webp", ".gif", ".ttf", ".otf", ".woff", ".woff2"))
"""Pictures and fonts, which a brand may name wherever in the folder they stand."""


def copy_clinic(clinic: Path, to: Path) -> None:
    """Copy what a clinic's sheets are made of; raises ``HandoutError``.

    Links stay links, so that one that leads out of the folder is refused in the copy, too.
    """
    top = clinic.resolve()
    try:
        _copy(top, top, to, set(), whole=False)
    except OSError as error:
        raise HandoutError(f"{top} cannot be copied to try the change: {error}.") from None


def _copy(path: Path, top: Path, to: Path, folders: set[tuple[Path, bool]], *, whole: bool) -> None:
    """Copy a file or folder, or of a folder that is not needed ``whole`` what may be."""
    new = to / path.relative_to(top)
    if path.is_symlink():
        _copy_link(path, top, to, folders, whole=whole)
    elif path.is_dir():
        if path.name in (".git", EJECTED) or (path, whole) in folders:
            return
        folders.add((path, whole))
        new.mkdir(parents=True, exist_ok=True)
        for each in sorted(path.iterdir()):
            _copy(each, top, to, folders, whole=whole or (path == top and each.name in KINDS))
    elif path.is_file() and (whole or _may_be_needed(path, top)):  # what is no regular file may never end
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, new)


def _copy_link(path: Path, top: Path, to: Path, folders: set[tuple[Path, bool]], *, whole: bool) -> None:
    new, real = to / path.relative_to(top), Path(os.path.realpath(path))  # resolve() fails at a loop
    if os.path.lexists(new) or not (whole or real.is_dir() or _may_be_needed(path, top)):
        return
    is_ours = real.is_relative_to(top)
    new.symlink_to(to / real.relative_to(top) if is_ours else real)
    if is_ours and not path.is_relative_to(real):
        _copy(real, top, to, folders, whole=whole or not real.is_dir())


def _may_be_needed(path: Path, top: Path) -> bool:
    at_top = path.parent == top and any(fnmatchcase(path.name, pattern) for pattern in _AT_TOP)
    return at_top or path.suffix.lower() in _OF_A_BRAND
