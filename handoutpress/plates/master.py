"""A master: everything that the copies of one sheet are made from, for patients whose details have one shape.

It holds the plate, and the document the plate was laid out from, so that a patient whose words do not fit
the plate gets a full layout of the same text. It holds no patient's details, needs no clinic's folder, and
travels to another process or machine as it is.
"""

from __future__ import annotations

import hashlib
import html as html_entities
import pickle
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from handoutpress.composing.personal import said
from handoutpress.delivery.files import write_whole
from handoutpress.errors import Problem, ProblemsFound
from handoutpress.folders import cache_folder
from handoutpress.typesetting.plate import Misfit, Plate
from handoutpress.typesetting.shaping import Packable, Shaper
from handoutpress.wish import Copy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from handoutpress.composing.dates import Calendar
    from handoutpress.composing.personal import Personal
    from handoutpress.reading.families import FontSource
    from handoutpress.reading.patient import PatientDetails
    from handoutpress.wish import SheetText


@dataclass(frozen=True)
class Face(Packable):
    """A font face with its bytes."""

    family: str
    weight: int
    file: str
    """The file's name in the cache, which tells its content."""
    data: bytes

    @property
    def address(self) -> str:
        """What stands for the file's place in the document: each machine has its own."""
        return f"face:{self.file}"

    @cached_property
    def shaper(self) -> Shaper:
        """Knows what the face covers."""
        return Shaper(self.data)


@dataclass(frozen=True)
class Master(Packable):
    """What copies are made from."""

    key: str
    """Everything that shaped it, as a hash."""
    name: str
    pages: int
    text_hash: str
    sheets: tuple[SheetText, ...]
    remarks: tuple[str, ...]
    html: str
    """The document, a probe where each of the patient's words stands."""
    probes: Mapping[str, Personal]
    calendar: Calendar
    faces: tuple[Face, ...]
    plate: Plate | None
    reason: str = ""
    """Why there is no plate."""
    also: tuple[tuple[str, str], ...] = field(default=())
    """Files beyond the usual ones that shaped it, each with its hash."""

    @cached_property
    def fingerprint(self) -> str:
        """What copies look like and say, whatever the day: two masters of one fingerprint give one copy."""
        said = (self.html, self.pages, self.plate and self.plate.head, [face.file for face in self.faces])
        return hashlib.blake2b(repr(said).encode(), digest_size=16).hexdigest()

    @cached_property
    def packed(self) -> bytes:
        """The master as bytes for another process, packed once for all its work."""
        return pickle.dumps(self, protocol=pickle.HIGHEST_PROTOCOL)

    def copy(self, patient: PatientDetails) -> tuple[Copy, str]:
        """Return one patient's copy, and why it had to be laid out in full, or "" where it was spliced.

        Raises ``ProblemsFound`` for a character that no font can print, and for what the engine refuses.
        """
        try:
            if self.plate is None:
                raise Misfit(self.reason)
            pdf = self.plate.copy(patient)
        except Misfit as misfit:
            return self.lay_out(patient), str(misfit)
        return self._copy(pdf, self.pages, ""), ""

    def lay_out(self, patient: PatientDetails) -> Copy:
        """Return one patient's copy, laid out in full; raises ``ProblemsFound``."""
        from handoutpress.composing.stylesheets import face_css
        from handoutpress.typesetting.engine import typeset

        sources = self._sources()
        page = self.filled(patient)
        for face, source in zip(self.faces, sources, strict=True):
            page = page.replace(face.address, source.path.as_uri())
        more = self._more_faces(patient)
        rules = "".join(map(face_css, more))
        page = page.replace("@font-face", f"{rules}@font-face", 1)
        made = typeset(page, [*sources, *more])
        return self._copy(made.pdf, made.pages, page)

    def filled(self, patient: PatientDetails) -> str:
        """Return the document with one patient's words in the places of the probes."""
        words = {probe: said(personal, patient, self.calendar) for probe, personal in self.probes.items()}
        if not words:
            return self.html
        if None in words.values():
            raise ValueError("other details are given than this document has places for")
        pattern = re.compile("|".join(map(re.escape, words)))
        return pattern.sub(lambda found: html_entities.escape(words[found[0]] or ""), self.html)

    def _copy(self, pdf: bytes, pages: int, page: str) -> Copy:
        return Copy(self.name, pdf, page, pages, self.text_hash, self.sheets, (), self.remarks)

    def _more_faces(self, patient: PatientDetails) -> list[FontSource]:
        """Return the faces that a patient's words need beyond the sheet's own.

        Raises ``ProblemsFound`` naming each character that no font has: it would be printed as a box.
        """
        from handoutpress.typesetting.fonts import UNPRINTABLE, covered, last_faces, named, prints

        words = "".join(said(personal, patient, self.calendar) or "" for personal in self.probes.values())
        known = frozenset[int]().union(*(face.shaper.characters for face in self.faces))
        more = last_faces(words, known)
        known |= covered(more)
        unknown = sorted({character for character in words if not prints(character, known)})
        if unknown:
            raise ProblemsFound(Problem(f"no font covers {named(one)}", hint=UNPRINTABLE) for one in unknown)
        return more

    def _sources(self) -> list[FontSource]:
        """Return the faces as files: the ones in the cache, written there where they came from elsewhere."""
        from handoutpress.reading.families import FontSource

        found = []
        for face in self.faces:
            path = cache_folder() / "faces" / face.file
            if not path.is_file():
                write_whole(path, face.data)
            found.append(FontSource(face.family, face.weight, path))
        return found
