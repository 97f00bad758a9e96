"""A name or a path as a person types it -> the files that are meant."""

from __future__ import annotations

import difflib
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from handoutpress.editing.misnamed import CLINICS_OWN
from handoutpress.errors import Problem, ProblemsFound
from handoutpress.places import KINDS, Places, files_below, inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handoutpress.places import Kind, SheetFile

_KINDS_SAID = "a sheet's name, or a path below handouts/, templates/ or styles/"


def meant(places: Places, given: str) -> list[str]:
    """Return the paths that ``given`` means, below the clinic's folder or the shipped one.

    A sheet's name means its files in all languages, ``NAME.es`` the one in Spanish; backslashes are taken as
    they are typed on Windows, and so is a path from where the person stands. Raises ``ProblemsFound`` for
    what leads out, and for what is not there, with the nearest that are.
    """
    path = given.replace("\\", "/").removeprefix("./")
    try:
        found = _found(places, path)
        is_folder = path and any(
            folder.is_dir() for folder in (Path(path), *(r / path for r in places.roots))
        )
    except (OSError, ValueError) as error:  # as no disk takes it: too long, or with a character for nothing
        reason = getattr(error, "strerror", None) or str(error)
        raise ProblemsFound([Problem(f"`{given[:80]}` cannot be looked for: {reason}")]) from None
    if found:
        return found
    if is_folder:
        raise ProblemsFound([Problem(f"`{given}` is a folder", hint="name one of its files")])
    raise ProblemsFound([Problem(f"there is no `{given}`", hint=_nearest(path, places))])


def _found(places: Places, path: str) -> list[str]:
    if path.partition("/")[0] in KINDS and "/" in path:
        found = [_below(places, path)]
    elif CLINICS_OWN.fullmatch(path):
        found = [path]
    else:
        found = [*_from_here(places, path)] or sheet_paths(places, path)
    return found if any(_is_there(places, each) for each in found) else []


def kind_of(path: str) -> tuple[Kind, str] | None:
    """Return a path's kind and the rest; None for what has no shipped counterpart, as ``clinic.yaml``."""
    first, _, rest = path.partition("/")
    return next(((kind, rest) for kind in KINDS if kind == first and rest), None)


def sheets_of(root: Path) -> dict[tuple[str, str], SheetFile]:
    """Return one folder's own sheets by name and language."""
    return Places(root, root).sheets()


def sheet_paths(places: Places, name: str) -> list[str]:
    """Return the path of a sheet in each of its languages, the winning copy's; ``NAME.es`` means one."""
    stem, _, language = name.removesuffix(".yaml").partition(".")
    return [
        f"handouts/{file.topic}/{file.path.name}"
        for (known, tag), file in places.sheets().items()
        if known == stem and tag == (language or tag)
    ]


def _is_there(places: Places, path: str) -> bool:
    """Whether the clinic or this program has such a file."""
    kind = kind_of(path)
    return bool(places.candidates(*kind)) if kind else inside(places.clinic, path).is_file()


def _below(places: Places, path: str) -> str:
    """Return a path below one of the kinds as it is written plainly; raises ``OutsideError``."""
    kind, _, rest = path.partition("/")
    for root in places.roots:
        inside(root / kind, rest)
    return posixpath.normpath(path)


def _from_here(places: Places, path: str) -> Iterator[str]:
    """Yield the path of an existing file that was named as it is seen from this folder."""
    here = Path(path).absolute()
    if not path or not here.is_file():
        return
    for root in places.roots:
        top = root.resolve()
        # As it is written first: a link in the clinic's folder stands where it stands.
        for each in (Path(posixpath.normpath(here.as_posix())), here.resolve()):
            for above in (root.absolute(), top):
                below = each.relative_to(above).as_posix() if each.is_relative_to(above) else ""
                if kind_of(below) or (CLINICS_OWN.fullmatch(below) and root == places.clinic):
                    yield below
                    return


def _nearest(path: str, places: Places) -> str:
    """Return the hint with what is nearest to a path that is not there."""
    names = {name for name, _ in places.sheets()}
    paths = {
        file.relative_to(root).as_posix()
        for root in places.roots
        for kind in KINDS
        for file in files_below(root / kind)
        if not file.name.startswith(".")
    }
    last = posixpath.basename(path).casefold()
    found = [each for each in sorted(paths) if last and posixpath.basename(each).casefold() == last]
    near = difflib.get_close_matches(path, sorted(paths if "/" in path else names), n=3, cutoff=0.6)
    found = list(dict.fromkeys(found or near))[:3]
    if not found:
        return f"it has to be {_KINDS_SAID}; `list` shows the sheets"
    return f"did you mean {' or '.join(found)}?"
