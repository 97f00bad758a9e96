"""Nothing of one patient is anywhere but in that patient's own copy: not in another's, not in what is kept.

A page says its words as glyph numbers, so each patient's words are looked for as text, as UTF-16, and as the
glyphs of every face, in every stream unpacked; each search also has to find the words where they belong.
"""

from __future__ import annotations

import io
import os
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pikepdf
import pytest
import uharfbuzz

from tests.copies import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Ran

    Run = Callable[..., Ran]

AFTERCARE = "microneedling-aftercare"
HEADER = "name,reference,clinician,visit,appointment,note"


@dataclass(frozen=True)
class Person:
    """An invented patient, none of whose words stand on any sheet."""

    name: str
    reference: str
    clinician: str
    visit: str
    visit_said: str
    appointment: str
    appointment_said: str
    note: str

    @property
    def row(self) -> str:
        """The patient as a row of a table."""
        given = (self.name, self.reference, self.clinician, self.visit, self.appointment, self.note)
        return ",".join(f'"{cell}"' for cell in given)

    @property
    def words(self) -> tuple[str, ...]:
        """What only this patient's copy says."""
        names = [
            word for text in (self.name, self.clinician, self.note) for word in re.findall(r"\w{6,}", text)
        ]
        return (*names, self.reference, self.visit_said, self.appointment_said)


ANN = Person(
    "Annaquilla Exemplaria", "QX-70011", "Dr Vortigern", "2031-01-03", "3 Jan 2031",
    "2031-02-17 09:05", "17 February", "Zygomatic note.",
)  # fmt: skip
BO = Person(
    "Bohumil Musterkowicz", "QX-80022", "Dr Wilberforce", "2032-05-14", "14 May 2032",
    "2032-06-21 16:40", "21 June", "Quixotic note.",
)  # fmt: skip
YURI = Person(
    "Юлиан Примеровский", "QX-90033", "Dr Xanthippe", "2033-07-25", "25 July 2033",
    "2033-08-30 11:20", "30 August", "Jabberwock note.",
)  # fmt: skip
LONG = Person(
    "Thaddaeus Maximilian von Beispielhausen-Probestadt zu Musterburg", "QX-60044", "Dr Ypsilanti",
    "2034-12-08", "8 Dec 2034", "2035-10-19 13:55", "19 October", "Kaleidoscope note.",
)  # fmt: skip
PEOPLE = (ANN, BO, YURI, LONG)


def _unpacked(data: bytes) -> Iterator[bytes]:
    """Yield some bytes, and whatever in them is deflated: with or without zlib's own head."""
    yield data
    for found in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data):
        try:
            yield zlib.decompressobj().decompress(data[found.start() :])
        except zlib.error:
            continue


def _streams(pdf: bytes) -> Iterator[bytes]:
    """Yield a file's bytes, and every object and stream as a reader of PDF gets it."""
    yield pdf
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for thing in document.objects:
            if isinstance(thing, pikepdf.Stream):
                yield thing.read_bytes()
            yield thing.unparse(resolved=True)


def _as_bytes(word: str, faces: list[bytes]) -> set[bytes]:
    """Return all the ways in which a word may stand in a file."""
    ways = {word.encode(), word.encode("utf-16-be"), word.encode("utf-16-be").hex().encode()}
    for face in faces:
        font, buffer = uharfbuzz.Font(uharfbuzz.Face(face)), uharfbuzz.Buffer()
        buffer.add_str(word)
        buffer.guess_segment_properties()
        uharfbuzz.shape(font, buffer)
        glyphs = [info.codepoint for info in buffer.glyph_infos]
        if 0 not in glyphs:
            ways.add("".join(f"{glyph:04x}" for glyph in glyphs).encode())
    return ways


def _said_in(parts: list[bytes], person: Person, faces: list[bytes]) -> set[str]:
    """Return which of a patient's words stand in some bytes, kerning left out."""
    plain = [re.sub(rb">-?[0-9.]*<", b"", part) for part in parts]
    return {
        word
        for word in person.words
        if any(way in part for way in _as_bytes(word, faces) for part in (*parts, *plain))
    }


def _everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@dataclass(frozen=True)
class Made:
    """All that making copies for the four left behind."""

    own: dict[str, Person]
    """Whose each copy is."""
    pdfs: dict[str, bytes]
    kept: dict[str, bytes]
    """What stands in the cache and in the journals."""
    said: str
    """What the commands printed."""
    temporary: list[str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Make copies for the four, each way there is, with a cache and a temporary folder of their own."""
    import subprocess
    import sys

    from tests.conftest import ROOT

    folder = tmp_path_factory.mktemp("private")
    cache, temporary = folder / "cache", folder / "tmp"
    temporary.mkdir()
    own: dict[str, Person] = {}
    said = ""

    def run(*command: object) -> None:
        nonlocal said
        done = subprocess.run(
            [sys.executable, str(ROOT / "generate.py"), *map(str, command)],
            cwd=ROOT,
            env={**os.environ, "XDG_CACHE_HOME": str(cache), "TMPDIR": str(temporary)},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        said += done.stdout + done.stderr
        assert done.returncode == 0, done.stderr

    rows = folder / "rows.csv"
    rows.write_text("\n".join([HEADER, *(person.row for person in PEOPLE)]) + "\n", encoding="utf-8")
    for jobs in (1, 2):
        run("batch", rows, "--handout", AFTERCARE, "-o", folder / f"jobs-{jobs}", "--jobs", jobs, "-v")
        for line, person in enumerate(PEOPLE, 2):
            own[str(folder / f"jobs-{jobs}" / f"{line:05}-{AFTERCARE}.pdf")] = person
    for person in (ANN, LONG):
        path = folder / f"{person.reference}.pdf"
        details = ("--name", person.name, "--reference", person.reference, "--clinician", person.clinician)
        days = ("--visit", person.visit, "--appointment", person.appointment, "--note", person.note)
        run("make", AFTERCARE, *details, *days, "-o", path, "-v")
        own[str(path)] = person
    journals = {str(path): path.read_bytes() for path in folder.glob("jobs-*/.handouts*")}
    return Made(
        own,
        {name: data for name, data in _everything(folder).items() if name.endswith(".pdf")},
        {**_everything(cache), **journals},
        said,
        [str(path) for path in temporary.rglob("*")],
    )


def _faces(made: Made) -> list[bytes]:
    faces = [data for name, data in made.kept.items() if name.endswith(".ttf")]
    assert faces, "no face is in the cache: nothing could be found as glyphs"
    return faces


def test_a_copy_says_its_own_patients_words_and_nobody_elses(made: Made) -> None:
    assert set(made.pdfs) == set(made.own)
    for name, pdf in made.pdfs.items():
        text = " ".join(" ".join(words(pdf)).split())
        assert [word for word in made.own[name].words if word not in text] == []
        others = [word for person in PEOPLE if person != made.own[name] for word in person.words]
        assert [word for word in others if word in text] == []


def test_no_stream_of_a_copy_holds_anothers_words(made: Made) -> None:
    faces = _faces(made)
    for name, pdf in made.pdfs.items():
        parts = list(_streams(pdf))
        # The search works: it finds the patient's own name and reference, drawn as glyphs.
        own = made.own[name]
        assert _said_in(parts, own, faces) >= {own.reference, own.clinician.removeprefix("Dr ")}
        for person in PEOPLE:
            if person != own:
                assert _said_in(parts, person, faces) == set()


def test_a_copys_properties_name_nobody(made: Made) -> None:
    for name, pdf in made.pdfs.items():
        with pikepdf.open(io.BytesIO(pdf)) as document:
            info = " ".join(str(value) for value in document.docinfo.values())
            info += document.Root.Metadata.read_bytes().decode()
            with document.open_outline() as outline:
                info += " ".join(item.title for item in outline.root)
        assert "microneedling" in info
        assert [word for word in made.own[name].words if word in info] == []


def test_plates_caches_and_journals_hold_nobodys_words(made: Made) -> None:
    faces = _faces(made)
    masters = [name for name in made.kept if name.endswith(".master")]
    assert masters, "no plate is in the cache: there was nothing to search"
    for name, data in made.kept.items():
        parts = list(_unpacked(data))
        for person in PEOPLE:
            assert _said_in(parts, person, faces) == set(), name
    # The search works: the sheet's own words are found in a plate, as text and as glyphs.
    parts = list(_unpacked(made.kept[masters[0]]))
    plain = [re.sub(rb">-?[0-9.]*<", b"", part) for part in parts]
    sheet = _as_bytes("Version", faces)
    assert sum(any(way in part for part in (*parts, *plain)) for way in sheet) >= 2


def test_what_is_printed_names_nobody(made: Made) -> None:
    assert "laid out in full" in made.said
    said = re.sub(r"\S+\.pdf", "", made.said)
    assert [word for person in PEOPLE for word in person.words if word in said] == []


def test_temporary_folders_stay_empty(made: Made) -> None:
    assert made.temporary == []


def test_a_copy_does_not_depend_on_who_else_is_in_its_batch(run: Run, tmp_path: Path) -> None:
    """Else its fonts would tell which letters, or its bytes that somebody, was there."""
    tables = {"alone": [ANN], "first": [ANN, YURI, BO, LONG], "last": [LONG, YURI, BO, ANN]}
    for name, people in tables.items():
        rows = tmp_path / f"{name}.csv"
        rows.write_text("\n".join([HEADER, *(person.row for person in people)]) + "\n", encoding="utf-8")
        look = ("--handout", AFTERCARE, "--file-name", "{reference}", "--jobs", 2 if name == "last" else 1)
        ran = run("batch", rows, *look, "-o", tmp_path / name)
        assert ran.status == 0, ran.err
    alone = (tmp_path / "alone" / f"{ANN.reference}.pdf").read_bytes()
    for other in ("first", "last"):
        assert (tmp_path / other / f"{ANN.reference}.pdf").read_bytes() == alone
    for person in (BO, YURI, LONG):
        first, last = (
            (tmp_path / other / f"{person.reference}.pdf").read_bytes() for other in ("first", "last")
        )
        assert first == last
