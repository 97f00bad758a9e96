"""A new sheet written into a clinic's folder: tried in a copy first, then all of its files or none."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from handoutpress.delivery.files import write_whole
from handoutpress.editing.facts import moved
from handoutpress.editing.trying import copy_clinic
from handoutpress.errors import ProblemsFound
from handoutpress.places import Places
from handoutpress.press import compose_copy
from handoutpress.wish import Wish

if TYPE_CHECKING:
    from handoutpress.scaffolding.sheets import Begun


def write_sheet(places: Places, begun: Begun) -> list[Path]:
    """Write a sheet and what it needs, the sheet last; return the files that were not there before.

    Raises ``ProblemsFound`` with what would stop it in this clinic's hands, and ``HandoutError`` where the
    disk does not take it; then all is as it was.
    """
    _try(places, begun)
    before = {path: path.read_bytes() if path.is_file() else None for path in begun.texts}
    folders = [folder for path in begun.texts for folder in path.parents if not folder.exists()]
    try:
        for path in sorted(begun.texts, key=lambda path: path == begun.sheet):
            write_whole(path, begun.texts[path].encode())
    except BaseException:
        _undo(before, folders)
        raise
    return [path for path, was in before.items() if was is None]


def _undo(before: dict[Path, bytes | None], folders: list[Path]) -> None:
    for path, was in before.items():
        with suppress(OSError):
            if was is None:
                path.unlink(missing_ok=True)
            elif path.read_bytes() != was:
                write_whole(path, was)
    for folder in sorted(set(folders), key=lambda folder: -len(folder.parts)):
        with suppress(OSError):
            folder.rmdir()


def _try(places: Places, begun: Begun) -> None:
    """Compose the sheet in a copy of the clinic's folder; raises ``ProblemsFound``.

    That nobody has signed off a sheet that nobody has read yet is no reason to stop.
    """
    with tempfile.TemporaryDirectory() as folder:
        tried = Places(Path(folder).resolve() / "clinic", places.shipped)
        copy_clinic(places.clinic, tried.clinic)
        for path, text in begun.texts.items():
            copy = tried.clinic / path.relative_to(places.clinic)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(text.encode())
        try:
            waived = compose_copy(begun.name, tried, Wish(begun.language, draft=True)).waived
            stopped = [problem for problem in waived if problem.rule != "sign-off"]
        except ProblemsFound as found:
            stopped = found.problems
        real = places.clinic.resolve()
        if stopped:
            raise ProblemsFound(moved(problem, tried.clinic, real) for problem in stopped)
