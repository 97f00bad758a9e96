"""Broken sheets: each is refused with the right words at the right place, and nothing is written."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import pytest

from handoutpress.errors import ProblemsFound
from handoutpress.places import Places, shipped_folder
from handoutpress.press import compose_copy
from handoutpress.reading.sheet import read_sheet
from handoutpress.wish import Wish
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

BROKEN = ROOT / "tests" / "broken"
NAMES = sorted(path.stem for path in BROKEN.glob("*.yaml"))
GOOD = """\
title: A good sheet
topic: A page for the tests
summary: Nothing here is wrong.
given: never
version: "1.0"
dated: 2026-11-23
review_by: 2027-11-23
pages: 1
blocks:
  - paragraph:
      text:
        - {say: "It is short, and it says “so”.", from: [P01]}
"""


@pytest.fixture
def topic(clinic: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a topic with its evidence and slots but no sheet, and work in its clinic."""
    folder = clinic / "handouts" / "test-topic"
    folder.mkdir(parents=True)
    for name in ("evidence.yaml", "protocol.yaml"):
        shutil.copy(ROOT / "tests" / "all_blocks" / name, folder)
    monkeypatch.chdir(clinic)
    return folder


def places_of(topic: Path) -> Places:
    return Places(topic.parent.parent, shipped_folder())


def refused(topic: Path, name: str) -> ProblemsFound:
    with pytest.raises(ProblemsFound) as found:
        compose_copy(name, places_of(topic), Wish())
    return found.value


def test_there_are_broken_sheets_and_each_has_its_words() -> None:
    assert len(NAMES) >= 16
    assert sorted(path.stem for path in BROKEN.glob("*.txt")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_broken_sheet_says_what_is_wrong(name: str, topic: Path, request: pytest.FixtureRequest) -> None:
    shutil.copy(BROKEN / f"{name}.yaml", topic)
    said = str(refused(topic, name)) + "\n"
    golden = BROKEN / f"{name}.txt"
    if request.config.getoption("--update-golden"):
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8")
    assert not (topic.parent.parent / "owned").exists()


@pytest.mark.parametrize("name", NAMES)
def test_every_place_is_in_the_file(name: str, topic: Path) -> None:
    shutil.copy(BROKEN / f"{name}.yaml", topic)
    lines = (topic / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    for problem in refused(topic, name).problems:
        place = problem.place
        assert place is not None
        assert place.line >= 1
        assert place.text == lines[place.line - 1]
        assert 1 <= place.column <= len(place.text) + 1


def test_a_file_of_50_megabytes_is_refused_at_once(topic: Path) -> None:
    path = topic / "huge.yaml"
    with path.open("wb") as file:
        file.write(GOOD.encode() + b"keywords:\n")
        file.truncate(50_000_000)
    began = time.monotonic()
    found = refused(topic, "huge")
    assert time.monotonic() - began < 2
    assert "50,000,000 bytes is too large" in str(found)
    assert "handouts/test-topic/huge.yaml" in str(found)


def test_latin_1_is_refused_where_it_stands(topic: Path) -> None:
    text = GOOD.replace("“so”", "café")
    (topic / "latin.yaml").write_bytes(text.encode("latin-1"))
    (problem,) = refused(topic, "latin").problems
    row, line = next((n, line) for n, line in enumerate(text.splitlines(), 1) if "café" in line)
    assert problem.message == "not UTF-8 text"
    assert problem.place is not None
    assert (problem.place.line, problem.place.column) == (row, line.index("é") + 1)
    assert "UTF-8" in problem.hint


def test_the_column_before_latin_1_counts_characters(topic: Path) -> None:
    """Characters before the broken byte count as one each, however many bytes they take."""
    line = GOOD.splitlines()[11]
    at = line.index("”")
    raw = GOOD.encode().replace("”".encode(), "é".encode("latin-1"))
    (topic / "mixed.yaml").write_bytes(raw)
    (problem,) = refused(topic, "mixed").problems
    assert problem.place is not None
    assert (problem.place.line, problem.place.column) == (12, at + 1)


def test_byte_order_mark_and_windows_line_ends_are_the_same_text(topic: Path) -> None:
    (topic / "plain.yaml").write_bytes(GOOD.encode())
    (topic / "windows.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    (topic / "other.yaml").write_bytes(GOOD.replace("short", "long").encode())
    places = places_of(topic)
    plain, windows, other = (
        compose_copy(name, places, Wish()).composition.text_hash for name in ("plain", "windows", "other")
    )
    assert plain == windows
    assert plain != other


def test_places_in_a_windows_file_are_the_same(topic: Path) -> None:
    bad = GOOD.replace("given:", "givn:")
    (topic / "windows.yaml").write_bytes(b"\xef\xbb\xbf" + bad.replace("\n", "\r\n").encode())
    (topic / "plain.yaml").write_bytes(bad.encode())
    windows, plain = str(refused(topic, "windows")), str(refused(topic, "plain"))
    assert windows.replace("windows.yaml", "plain.yaml") == plain
    assert ":4:1" in plain


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..", "a/b", "A", "a\x01b"])
def test_a_name_is_no_path(name: str, clinic: Path, tmp_path: Path, run: Callable[..., Ran]) -> None:
    ran = run("make", name, "--clinic", clinic, "-o", tmp_path / "out")
    assert ran.status == 1
    assert f"`{name}` is not the name of a handout" in ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "out").exists()


def test_a_sheet_that_is_not_broken_can_be_read(topic: Path) -> None:
    """The frame around the mistakes is sound, so that each is refused for its own mistake only."""
    (topic / "good.yaml").write_text(GOOD, encoding="utf-8")
    assert read_sheet(places_of(topic).sheet("good")).handout.title == "A good sheet"
    assert compose_copy("good", places_of(topic), Wish()).composition.title == "A good sheet"


def test_check_shows_ten_mistakes_of_several_files_at_once(topic: Path, run: Callable[..., Ran]) -> None:
    clinic = topic.parent.parent
    clinic.joinpath("clinic.yaml").write_text(
        "name: Test Clinic (example)\nfone: (555) 555-0100\nhours: 9 to 5\nphone: 12345x67890x\npaper: a5\n",
        encoding="utf-8",
    )
    clinic.joinpath("_brand.yml").write_text("color:\n  primary: 1f5c66\n  prinary: red\n", encoding="utf-8")
    (topic / "one.yaml").write_text(
        GOOD.replace("pages: 1", "pages: nine")
        .replace("dated: 2026-11-23", "dated: tomorrow")
        .replace("- paragraph:", "- paragraf:"),
        encoding="utf-8",
    )
    (topic / "two.yaml").write_text(
        GOOD.replace("given: never\n", "").replace("“so”", "{clinic.nam}").replace("P01", "nothing"),
        encoding="utf-8",
    )
    wrong = [
        'unknown key "fone"',
        "is not a phone number",
        "`a5` is not one of",
        'unknown key "prinary"',
        "`nine` is not a whole number",
        "`tomorrow` is not a date",
        'unknown block "paragraf"',
        '"given" is missing',
        "unknown slot `{clinic.nam}`",
        "`nothing` is not written as expected",
    ]
    before = {path: path.read_bytes() for path in clinic.rglob("*") if path.is_file()}
    ran = run("check", "one", "two", cwd=clinic)
    assert ran.status == 1
    assert [words for words in wrong if words not in ran.err] == []
    assert "10 problems in 4 files. Nothing was written." in ran.err
    assert ran.out == ""
    assert {path: path.read_bytes() for path in clinic.rglob("*") if path.is_file()} == before


def test_make_writes_nothing_if_one_of_two_is_broken(
    topic: Path, tmp_path: Path, run: Callable[..., Ran]
) -> None:
    (topic / "good.yaml").write_text(GOOD, encoding="utf-8")
    (topic / "wrong.yaml").write_text(GOOD.replace("pages: 1", "pages: one"), encoding="utf-8")
    out = tmp_path / "out"
    out.mkdir()
    ran = run("make", "good", "wrong", "-o", out, cwd=topic.parent.parent)
    assert ran.status == 1
    assert "`one` is not a whole number" in ran.err
    assert list(out.iterdir()) == []
    ran = run("make", "good", "-o", out, cwd=topic.parent.parent)
    assert ran.status == 0, ran.err
    assert [path.name for path in out.iterdir()] == ["good.pdf"]
