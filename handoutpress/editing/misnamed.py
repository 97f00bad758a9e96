"""Files and folders at the top of a clinic's folder whose names are nearly known ones: nothing reads them.

A clinic keeps there what it likes, so whatever is not near to a known name is its own affair.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from handoutpress.errors import Place, Problem
from handoutpress.places import BRAND_FILE, CLINIC_FILE, KINDS, SIGN_OFFS_FILE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from handoutpress.places import Places

CLINICS_OWN = re.compile(
    rf"{re.escape(BRAND_FILE)}|{re.escape(SIGN_OFFS_FILE)}"
    rf"|{CLINIC_FILE.removesuffix('.yaml')}(\.[a-z]{{2}}(-[A-Z]{{2}})?)?\.yaml"
)
"""The files that are read at the top of a clinic's folder and nowhere else."""
_OF_LANGUAGE = re.compile(r"clinic[._-]([a-z]{2})(?:[_-]([a-z]{2}))?\.ya?ml", re.IGNORECASE)
_FILE = re.compile(r"(.+\.ya?ml)(\.txt)?", re.IGNORECASE)
"""An editor may have put .txt behind, which not every desktop shows."""
_NEAR = 0.8
_LETTERS = 2
"""By how much a slip of the keyboard makes a name longer or shorter; ``clinic-before.yaml`` is none."""


def misnamed(places: Places) -> Iterator[Problem]:
    """Yield a problem for each name at the top of the clinic's folder that is nearly a known one."""
    for path in sorted(places.clinic.iterdir()):
        meant = _meant(path)
        if meant and not _is_same(path, places.clinic / meant):
            folder = "/" if path.is_dir() else ""
            said = f"nothing reads this {'folder' if folder else 'file'}"
            yield Problem(said, Place(path), f'did you mean "{meant}{folder}"?')


def _meant(path: Path) -> str:
    """Return the known name that a file's or folder's is near to; empty for a known one, and for others."""
    if path.is_dir():
        return "" if path.name in KINDS else _nearest(path.name, KINDS)
    found = _FILE.fullmatch(path.name)
    if not found or CLINICS_OWN.fullmatch(path.name):
        return ""
    if CLINICS_OWN.fullmatch(found[1]):
        return found[1]
    if spoken := _OF_LANGUAGE.fullmatch(found[1]):
        language = spoken[1].lower() + (f"-{spoken[2].upper()}" if spoken[2] else "")
        return CLINIC_FILE.replace(".", f".{language}.")
    return _nearest(found[1], (CLINIC_FILE, BRAND_FILE, SIGN_OFFS_FILE))


def _nearest(name: str, known: Collection[str]) -> str:
    folded = {each.casefold(): each for each in known}
    near = difflib.get_close_matches(name.casefold(), folded, 1, _NEAR)
    return folded[near[0]] if near and abs(len(near[0]) - len(name)) <= _LETTERS else ""


def _is_same(path: Path, other: Path) -> bool:
    """Whether both are one: some disks do not tell small letters from capitals."""
    return path.exists() and other.exists() and path.samefile(other)
