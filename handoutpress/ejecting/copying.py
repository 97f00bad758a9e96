"""A shipped file into the clinic's folder, never over one that is there.

Three files are written, each whole: the shipped text as it is, the note of its version, and last the copy.
Whoever is stopped on the way has no copy, and what is there so far counts for nothing: the same command
writes it anew.
"""

from __future__ import annotations

import os
import posixpath
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from handoutpress import __version__
from handoutpress.delivery.files import write_whole
from handoutpress.ejecting.asking import kind_of, meant, sheets_of
from handoutpress.ejecting.notes import Note, pristine_file, read_notes, sha256_of, write_notes
from handoutpress.errors import HandoutError, Place, Problem, ProblemsFound
from handoutpress.places import DEFAULT_LANGUAGE, inside, is_sheet_name

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from handoutpress.places import Places

_SMALLER_SHEET = "`new changes {name}` changes single lines, and the rest of the sheet stays up to date"
_SMALLER_TOPIC = "{name}.changes.yaml in the same folder adds to it, and the rest stays up to date"
_SMALLER_TEMPLATE = (
    'a file of this name with {{% extends "shipped:{name}" %}} and only the block you change ({blocks})'
)
_SMALLER_PART = (
    'a file of this name with {{% include "shipped:{name}" %}} and your own lines before or after it'
)
_LANGUAGE_OF_NAME = "--language goes with a sheet's name, and not with a path"
_SMALLER_STYLE = "styles/clinic.css with only the rules that differ; it is added last, so they win"


@dataclass(frozen=True)
class Wanted:
    """A shipped file that a clinic may have a copy of."""

    path: str
    """Below the shipped folder, such as templates/sheet.html."""
    other_languages: tuple[str, ...] = ()
    """The languages in which the same sheet is shipped too."""
    smaller: str = ""
    """What a smaller change would be; empty where there is none."""


def wanted(places: Places, given: str, language: str | None = None) -> Wanted:
    """Return the shipped file that ``given`` means, a sheet's in ``language``.

    Raises ``ProblemsFound`` for what is not shipped, and for a language it is not shipped in.
    """
    shipped = sheets_of(places.shipped)
    stem, _, tag = given.partition(".")
    languages = [known for name, known in shipped if name == stem]
    if languages:
        asked = language or tag.removesuffix("yaml").removesuffix(".") or DEFAULT_LANGUAGE
        if asked not in languages:
            hint = f"it is there in: {', '.join(languages)}"
            raise ProblemsFound([Problem(f"{stem} is not shipped in language `{asked}`", hint=hint)])
        file = shipped[stem, asked]
        path = f"handouts/{file.topic}/{file.path.name}"
        others = tuple(known for known in languages if known != asked)
        return Wanted(path, others, _SMALLER_SHEET.format(name=stem))
    path = meant(places, given)[0]
    kind = kind_of(path)
    if kind is None:
        hint = "it stands in the clinic's own folder only; `new clinic` writes one"
        raise ProblemsFound([Problem(f"{path} is not shipped", hint=hint)])
    if language:
        raise ProblemsFound([Problem(_LANGUAGE_OF_NAME)])
    if not (places.shipped / path).is_file():
        own = Place(places.clinic / path)
        raise ProblemsFound([Problem(f"no {path} is shipped: this file is the clinic's own", own)])
    return Wanted(path, smaller=_smaller(places, path))


def eject(places: Places, path: str, today: dt.date) -> Path:
    """Copy a shipped file to the same path in the clinic's folder, and note its version; return the copy.

    Raises ``ProblemsFound`` where the clinic's folder has such a file, changes to it, or leads out of itself,
    and ``HandoutError`` where it cannot be written.
    """
    own, kept, notes = inside(places.clinic, path), pristine_file(places, path), read_notes(places)
    if os.path.lexists(places.clinic / path) or own.exists():
        note = notes.of(path)
        hint = (
            f"`where {path}` says what it is; `eject {path} --seen` notes that you know the one shipped now"
        )
        if note:
            hint = f"`where {path} --diff` shows what has changed in the shipped one since"
        came = f" (made from the one of version {note.version})" if note else ""
        message = f"the clinic has its own copy already{came}; it is never written over"
        raise ProblemsFound([Problem(message, Place(places.clinic / path), hint)])
    _refuse_second_sheet(places, path)
    _refuse_changed(places, path)
    data = (places.shipped / path).read_bytes()
    try:
        own.parent.mkdir(parents=True, exist_ok=True)  # first, as nothing else is of use without it
    except OSError as error:
        raise HandoutError(
            f"{own.parent} could not be made: {error.strerror}. Nothing was changed."
        ) from None
    write_whole(kept, data)
    write_notes(places, notes.and_of(_note(path, data, today)))
    _write_new(own, data, kept.with_name(f"{kept.name}.coming"))
    return own


def see(places: Places, path: str, today: dt.date) -> Note | None:
    """Note that the clinic's copy takes account of the file shipped now; the copy itself is not touched.

    None where none is shipped any more: the copy is then the clinic's own file, and nothing is noted.
    Raises ``ProblemsFound`` where there is no copy, and ``HandoutError`` where it cannot be written.
    """
    kept, notes = pristine_file(places, path), read_notes(places)
    if not inside(places.clinic, path).is_file():
        hint = f"`eject {path}` makes one"
        raise ProblemsFound([Problem(f"the clinic has no copy of {path}", hint=hint)])
    try:
        data = (places.shipped / path).read_bytes()
    except FileNotFoundError:
        write_notes(places, notes.without(path))
        with suppress(OSError):
            kept.unlink()
        return None
    write_whole(kept, data)
    note = _note(path, data, today)
    write_notes(places, notes.and_of(note))
    return note


def own_copy(places: Places, given: str, language: str | None = None) -> str:
    """Return the one path that ``given`` means, a sheet's in ``language``; raises ``ProblemsFound``."""
    if language and given not in {name for name, _ in places.sheets()}:
        raise ProblemsFound([Problem(_LANGUAGE_OF_NAME)])
    found = meant(places, f"{given}.{language}" if language else given)
    return found[0] if len(found) == 1 else meant(places, f"{given}.{DEFAULT_LANGUAGE}")[0]


def _note(path: str, data: bytes, today: dt.date) -> Note:
    return Note(path=path, version=__version__, day=today, sha256=sha256_of(data))


def _write_new(path: Path, data: bytes, by_way_of: Path) -> None:
    """Write a file whole where there is none. What is half written stays out of where sheets are."""
    write_whole(by_way_of, data)
    try:
        try:
            os.link(by_way_of, path)  # unlike a renaming, never over another file
        except FileExistsError:
            raise
        except OSError:  # a disk without links
            if path.exists():
                raise FileExistsError(17, "somebody has just made this file") from None
            by_way_of.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise HandoutError(f"{path} could not be written: {reason}. No copy was made.") from None
    finally:
        with suppress(OSError):
            by_way_of.unlink()


def _refuse_second_sheet(places: Places, path: str) -> None:
    """Refuse a copy of a sheet that the clinic has elsewhere: nobody could know which is meant."""
    own = sheets_of(places.clinic)
    for key, sheet in sheets_of(places.shipped).items():
        if key in own and path == f"handouts/{sheet.topic}/{sheet.path.name}":
            message = f"the clinic has its own sheet {sheet.name} ({sheet.language}) already"
            hint = "it wins over the shipped one; two of one name would stop each other"
            raise ProblemsFound([Problem(message, Place(own[key].path), hint)])


def _refuse_changed(places: Places, path: str) -> None:
    """Refuse a copy of a sheet that the clinic has changes to: they go with the shipped text alone."""
    kind, _, below = path.partition("/")
    if kind != "handouts" or not is_sheet_name(posixpath.basename(below)):
        return  # what adds to evidence.yaml adds to a copy of it as well
    if changes := places.changes_to(below):
        message = f"the clinic changes {path} with this file, and a copy beside it would stop the sheet"
        hint = "keep it, and do not eject; or move it away first, and write what it changes into the copy"
        raise ProblemsFound([Problem(message, Place(changes), hint)])


def _smaller(places: Places, path: str) -> str:
    """Return what a smaller change than a copy would be, where there is one."""
    kind, _, name = path.partition("/")
    if kind == "styles":
        return _SMALLER_STYLE if name.endswith(".css") else ""
    if kind == "templates" and not name.endswith(".yaml"):
        from handoutpress.composing.inheritance import read_inheritance

        blocks = read_inheritance(places.shipped / path).blocks
        if blocks:
            return _SMALLER_TEMPLATE.format(name=name, blocks=", ".join(blocks))
        return _SMALLER_PART.format(name=name)
    if kind == "handouts":
        last = name.rpartition("/")[2]
        stem = last.removesuffix(".yaml")
        if stem in ("evidence", "protocol"):
            return _SMALLER_TOPIC.format(name=stem)
        for (known, _), file in sheets_of(places.shipped).items():
            if file.path.name == last:
                return _SMALLER_SHEET.format(name=known)
    return ""
