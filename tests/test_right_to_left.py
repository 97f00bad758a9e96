"""The sheet mirrors for a script that runs from right to left, and its numbers stay readable."""

from __future__ import annotations

import shutil
from pathlib import Path

import fontpkg_amiri
import pypdfium2
import pytest

from handoutpress.places import Places, shipped_folder
from handoutpress.press import make_copy
from handoutpress.wish import Copy, Wish

from .conftest import EDITIONS, ROOT
from .verapdf import validate

FONTS = Path(fontpkg_amiri.__file__).parent / "files"
BRAND = """\
color:
  primary: "#1f5c66"
typography:
  fonts:
    - family: Amiri
      files: [{path: fonts/Amiri-Regular.ttf, weight: 400}, {path: fonts/Amiri-Bold.ttf, weight: 700}]
  base: Amiri
  headings: Amiri
"""


@pytest.fixture
def arabic(clinic: Path) -> Places:
    """Return the places of a clinic with a page, fixed words and a font in Arabic script."""
    source = ROOT / "tests" / "right_to_left"
    for folder in ("handouts/test-topic", "templates/words", "fonts"):
        (clinic / folder).mkdir(parents=True)
    for name in ("right-to-left.ar.yaml", "evidence.yaml"):
        shutil.copy(source / name, clinic / "handouts" / "test-topic")
    shutil.copy(source / "words.ar.yaml", clinic / "templates" / "words" / "ar.yaml")
    for name in ("Amiri-Regular.ttf", "Amiri-Bold.ttf"):
        shutil.copy(FONTS / name, clinic / "fonts")
    (clinic / "_brand.yml").write_text(BRAND, encoding="utf-8")
    return Places(clinic, shipped_folder())


def _page(copy: Copy) -> pypdfium2.PdfTextPage:
    return pypdfium2.PdfDocument(copy.pdf)[0].get_textpage()


def _left(page: pypdfium2.PdfTextPage, words: str) -> float:
    """Return how far from the left edge the words begin, in points."""
    searched = page.search(words)
    found = searched.get_next()
    assert found, words
    boxes = [page.get_charbox(index) for index in range(found[0], found[0] + found[1])]
    return float(min(left for left, *_ in boxes))


@pytest.mark.parametrize("edition", EDITIONS)
def test_it_is_valid_in_both_editions(arabic: Places, edition: str, tmp_path: Path) -> None:
    file = tmp_path / "page.pdf"
    file.write_bytes(make_copy("right-to-left", arabic, Wish("ar", edition)).pdf)
    assert [str(verdict) for verdict in validate([file]) if not verdict.compliant] == []


def test_the_words_are_read_back_in_their_own_order(arabic: Places) -> None:
    text = _page(make_copy("right-to-left", arabic, Wish("ar"))).get_text_bounded()
    for words in ("صفحة للتجربة", "احتفظ بهذه الصفحة", "النقاط المهمة"):
        assert words in text


def test_a_phone_number_is_not_turned_around(arabic: Places) -> None:
    copy = make_copy("right-to-left", arabic, Wish("ar"))
    assert '<bdi dir="ltr" class="slot phone">(555) 555-0100</bdi>' in copy.html
    assert "<bdi>" not in copy.html
    page = _page(copy)
    first, rest = _left(page, "(555"), _left(page, "555-0100")
    assert first < rest < first + 60


def test_what_stands_side_by_side_changes_sides(arabic: Places) -> None:
    page = _page(make_copy("right-to-left", arabic, Wish("ar")))
    assert _left(page, "احتفظ بهذه") > _left(page, "لا تعطها") + 100  # do stands right of do not
    assert _left(page, "مثال واحد") > _left(page, "مثال آخر") + 100  # call right of emergency
    assert _left(page, "هل قرأت") > _left(page, "نعم") + 100  # a table's first column is its right one
    assert _left(page, "البداية") < _left(page, "اليوم 1") - 50
