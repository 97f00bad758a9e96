"""Which shipped text each of a clinic's copies was made from: ``.ejected/`` in its folder.

The text itself is kept there under the copy's own path, so that a later version can be compared with it, and
``versions.yaml`` says which version of this program it came with. No sheet is made of anything in there.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Annotated

from pydantic import StringConstraints

from handoutpress.delivery.files import write_whole
from handoutpress.places import EJECTED, inside
from handoutpress.reading.model import Model, validate

if TYPE_CHECKING:
    from pathlib import Path

    from handoutpress.places import Places

VERSIONS_FILE = f"{EJECTED}/versions.yaml"

_HEAD = """\
# Which shipped text each of the clinic's own copies was made from. Written by the command `eject`; `check`
# compares it with what is shipped now. The texts themselves are beside this file.
"""


class Note(Model):
    """One copy, and where it came from."""

    path: Annotated[str, StringConstraints(pattern=r"^(handouts|templates|styles)(/[^/\\]+)+$")]
    """The copy's path in the clinic's folder and the shipped file's, such as templates/sheet.html."""
    version: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z.+-]{1,40}$")]
    """The version of this program that the shipped file came with."""
    day: dt.date
    """The day it was copied, or seen."""
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """The SHA-256 of the shipped file, in hex digits."""


class Notes(Model):
    """All of a clinic's notes."""

    copies: tuple[Note, ...] = ()
    """The notes, by path."""

    def of(self, path: str) -> Note | None:
        """Return the note of one copy."""
        return next((note for note in self.copies if note.path == path), None)

    def without(self, path: str) -> Notes:
        """Return the notes of all other copies."""
        return Notes(copies=tuple(note for note in self.copies if note.path != path))

    def and_of(self, note: Note) -> Notes:
        """Return these notes with ``note`` in the place of an older one."""
        copies = (*self.without(note.path).copies, note)
        return Notes(copies=tuple(sorted(copies, key=lambda each: each.path)))


def read_notes(places: Places) -> Notes:
    """Read a clinic's notes; without the file there are none. Raises ``ProblemsFound``."""
    from handoutpress.reading.yamlreader import read_yaml

    path = inside(places.clinic, VERSIONS_FILE)
    return validate(Notes, read_yaml(path)) if path.is_file() else Notes()


def write_notes(places: Places, notes: Notes) -> None:
    """Write a clinic's notes; raises ``HandoutError``."""
    import yaml

    text = yaml.safe_dump(notes.model_dump(mode="json"), allow_unicode=True, sort_keys=False, width=110)
    write_whole(inside(places.clinic, VERSIONS_FILE), (_HEAD + text).encode())


def pristine_file(places: Places, path: str) -> Path:
    """Return where the shipped text is kept that a copy was made from."""
    return inside(places.clinic, f"{EJECTED}/{path}")


def sha256_of(data: bytes) -> str:
    """Return a file's SHA-256 in hex digits."""
    return hashlib.sha256(data).hexdigest()
