"""A password on the PDF: who can open it, what it permits, what it keeps and what it no longer shows."""

from __future__ import annotations

import datetime as dt
import io
import re
import sys
import zlib
from typing import TYPE_CHECKING, Any

import pikepdf
import pypdfium2
import pytest

from handoutpress.errors import HandoutError
from handoutpress.places import Places, shipped_folder
from handoutpress.press import make_copy
from handoutpress.reading.patient import PatientDetails
from handoutpress.typesetting.protecting import COST, LONGEST, SHORTEST, check_password, protect
from handoutpress.wish import Wish

from .conftest import TODAY
from .verapdf import validate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from handoutpress.wish import Copy

    Pairs = dict[tuple[str, str], tuple[bytes, bytes]]

SHEET = "microneedling-aftercare"
PASSWORD = "Four plain words, 7!"
COPIES = (("en", "standard"), ("es", "standard"), ("en", "large-print"))


@pytest.fixture(scope="module")
def pairs(shipped: Callable[..., Copy]) -> Pairs:
    """Return each copy, and the same with a password."""
    made = {(lang, edition): shipped(SHEET, language=lang, edition=edition) for lang, edition in COPIES}
    return {key: (copy.pdf, protect(copy.pdf, PASSWORD)) for key, copy in made.items()}


@pytest.fixture(params=COPIES, ids=["-".join(each) for each in COPIES])
def pair(request: pytest.FixtureRequest, pairs: Pairs) -> tuple[bytes, bytes]:
    """Return one copy, and the same with a password."""
    return pairs[request.param]


def opened(pdf: bytes, password: str = "") -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(pdf), password=password)


def text(pdf: bytes, password: str | None = None) -> list[str]:
    document = pypdfium2.PdfDocument(pdf, password=password)
    return [page.get_textpage().get_text_bounded() for page in document]


def plain(thing: Any, pages: dict[tuple[int, int], int]) -> Any:
    """Return an object without its number, which changes with the file; a page as its place."""
    if isinstance(thing, pikepdf.Array):
        return [plain(each, pages) for each in thing]
    if isinstance(thing, pikepdf.Dictionary):
        if thing.objgen in pages:
            return ("page", pages[thing.objgen])
        up = ("/P", "/Parent", "/Prev", "/Obj")
        return {key: plain(value, pages) for key, value in thing.items() if key not in up}
    return repr(thing)


def structure(pdf: pikepdf.Pdf) -> dict[str, Any]:
    """Return all that stands behind the pages, and what is on them."""
    pages = {page.obj.objgen: number for number, page in enumerate(pdf.pages)}
    return {
        "tags": plain(pdf.Root.StructTreeRoot.K, pages),
        "bookmarks": plain(pdf.Root.Outlines, pages),
        "language": str(pdf.Root.Lang),
        "marked": bool(pdf.Root.MarkInfo.Marked),
        "title shown": bool(pdf.Root.ViewerPreferences.DisplayDocTitle),
        "info": {key: str(value) for key, value in pdf.docinfo.items()},
        "content": [page.Contents.read_bytes() for page in pdf.pages],
        "links": [plain(page.obj.get("/Annots", pikepdf.Array()), pages) for page in pdf.pages],
    }


def readable(pdf: bytes) -> bytes:
    """Return all that can be read in a file without a password: its bytes, and its streams unpacked."""
    found = [pdf]
    for start in re.finditer(rb"stream\r?\n", pdf):
        try:
            found.append(zlib.decompressobj().decompress(pdf[start.end() :]))
        except zlib.error:
            continue
    return b"\n".join(found)


def holds(where: bytes, words: str) -> bool:
    spelt = {words.encode(), words.encode("utf-16-be"), words.encode().hex().encode()}
    return any(each.lower() in where.lower() for each in spelt)


def test_it_opens_with_the_password_and_says_the_same(pair: tuple[bytes, bytes]) -> None:
    before, after = pair
    said = text(before)
    assert len(said) >= 2
    assert all(len(page) > 200 for page in said)
    assert text(after, PASSWORD) == said


@pytest.mark.parametrize("wrong", ["", "Four plain words, 7", PASSWORD.upper(), PASSWORD + "!"])
def test_it_does_not_open_without(pairs: Pairs, wrong: str) -> None:
    _, after = pairs[COPIES[0]]
    with pytest.raises(pikepdf.PasswordError):
        opened(after, wrong)
    with pytest.raises(pypdfium2.PdfiumError, match=r"[Pp]assword"):
        pypdfium2.PdfDocument(after, password=wrong or None)


def test_the_longest_password_counts_to_its_end(shipped: Callable[..., Copy]) -> None:
    assert LONGEST == 127
    longest = "x" * 126 + "y"
    after = protect(shipped(SHEET).pdf, longest)
    assert len(text(after, longest)) > 1
    with pytest.raises(pikepdf.PasswordError):
        opened(after, longest[:-1])


def test_it_is_aes_256_and_permits_reading_aloud(pair: tuple[bytes, bytes]) -> None:
    with opened(pair[1], PASSWORD) as pdf:
        settings = pdf.trailer.Encrypt
        assert (str(settings.Filter), int(settings.V), int(settings.R)) == ("/Standard", 5, 6)
        assert {str(settings.StmF), str(settings.StrF)} == {"/StdCF"}
        assert str(settings.CF.StdCF.CFM) == "/AESV3"
        assert bool(settings.get("/EncryptMetadata", True))
        assert pdf.user_password_matched
        assert not pdf.owner_password_matched
        bits = int(settings.P) & 0xFFFFFFFF
    allowed = {bit for bit in range(1, 33) if bits >> (bit - 1) & 1}
    # ISO 32000-2, table 22: print, copy, read aloud, print well; 7 and 8 and from 13 on are always set.
    assert allowed - {7, 8, *range(13, 33)} == {3, 5, 10, 12}


def test_nothing_behind_the_pages_is_lost(pair: tuple[bytes, bytes]) -> None:
    with opened(pair[0]) as before, opened(pair[1], PASSWORD) as after:
        was = structure(before)
        assert str(was["tags"]).count("'/S'") > 50
        assert was["info"]["/Title"]
        assert was["links"][0]
        assert structure(after) == was


def test_it_claims_pdf_ua_and_no_longer_pdf_a(pair: tuple[bytes, bytes]) -> None:
    with opened(pair[0]) as pdf, pdf.open_metadata() as packet:
        claims = dict(packet)
    with opened(pair[1], PASSWORD) as pdf:
        with pdf.open_metadata() as packet:
            left = dict(packet)
        assert pdf.Root.Metadata.read_bytes().count(b"<pdfuaid:part>1</pdfuaid:part>") == 1
    gone = {key for key in claims if "/pdfa/ns/id/" in key}
    assert len(gone) == 2
    assert left == {key: value for key, value in claims.items() if key not in gone}


def test_verapdf_finds_pdf_ua_in_what_it_decrypts_to(pairs: Pairs, tmp_path: Path) -> None:
    files = []
    for (language, edition), (_, after) in pairs.items():
        files.append(tmp_path / f"{language}-{edition}.pdf")
        with opened(after, PASSWORD) as pdf:
            pdf.save(files[-1])
    verdicts = validate(files)
    assert [(v.profile, v.compliant) for v in verdicts] == [("ua1", True), ("3a", False)] * 3, verdicts


def test_nothing_of_the_plain_pdf_can_be_read() -> None:
    """Words, tags, fonts, and the hash that the engine puts into the file's identifier."""
    patient = PatientDetails(name="Maximiliana Example", visit=dt.date(2026, 11, 24))
    places = Places(shipped_folder() / "clinics" / "example", shipped_folder())
    copy = make_copy(SHEET, places, Wish(patient=patient, today=TODAY))
    with opened(copy.pdf) as pdf:
        identifier = bytes(pdf.trailer.ID[0]).decode()
        words = [str(pdf.docinfo[key]) for key in ("/Title", "/Author", "/Subject", "/Keywords")]
    words += ["microneedling", "When to get help", copy.text_hash, identifier, "StructElem", "SourceSans"]
    before, after = readable(copy.pdf), readable(protect(copy.pdf, PASSWORD))
    assert [each for each in words if not holds(before, each)] == []
    assert [each for each in (*words, PASSWORD, "Maximiliana") if holds(after, each)] == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_two_copies_share_no_key_and_no_identifier(shipped: Callable[..., Copy], language: str) -> None:
    first, second = (protect(shipped(SHEET, language=each).pdf, PASSWORD) for each in ("en", language))
    with opened(first, PASSWORD) as one, opened(second, PASSWORD) as other:
        assert one.encryption.encryption_key != other.encryption.encryption_key
        assert bytes(one.trailer.ID[0]) != bytes(other.trailer.ID[0])
        assert bytes(one.trailer.ID[1]) == bytes(other.trailer.ID[1])  # made of nothing in the document


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("", f"fewer than {SHORTEST}"),
        ("Secr3t!", f"fewer than {SHORTEST}"),
        ("Secr3t!" * 19, f"more than {LONGEST}"),
        ("Secr3t!\tSecr3t!", "control character"),
        ("Secr3t!Secr3t!\n", "control character"),
        ("Secr3t!\x7fSecr3t!", "control character"),
        ("Secr3t!\x85Secr3t!", "control character"),
        ("Secr3t!ñSecr3t!", "type differently"),
        ("Secr3t!\u00a0Secr3t!", "type differently"),
        ("Secr3t!\ud800Secr3t!", "type differently"),
        (" Secr3t!Secr3t!", "a space"),
        ("Secr3t!Secr3t! ", "a space"),
    ],
)
def test_a_password_that_will_not_do_is_refused_unsaid(
    shipped: Callable[..., Copy], password: str, said: str
) -> None:
    with pytest.raises(HandoutError, match=said) as refused:
        protect(shipped(SHEET).pdf, password)
    what, hint = str(refused.value).split("\n    ")
    assert what
    assert hint
    assert "Secr3t" not in str(refused.value)


@pytest.mark.parametrize(
    "password", ["x" * SHORTEST, "x" * LONGEST, "three plain words", "".join(map(chr, range(33, 127)))]
)
def test_what_every_keyboard_has_is_taken(shipped: Callable[..., Copy], password: str) -> None:
    check_password(password)
    assert len(text(protect(shipped(SHEET).pdf, password), password)) > 1


def test_a_second_password_is_refused(pairs: Pairs) -> None:
    with pytest.raises(HandoutError, match="has a password already"):
        protect(pairs[COPIES[0]][1], PASSWORD)


def test_a_missing_package_is_named(shipped: Callable[..., Copy], monkeypatch: pytest.MonkeyPatch) -> None:
    pdf = shipped(SHEET).pdf
    monkeypatch.setitem(sys.modules, "pikepdf", None)
    with pytest.raises(HandoutError, match=re.escape("pip install 'handoutpress[email]'")):
        protect(pdf, PASSWORD)


def test_staff_are_told_what_it_costs() -> None:
    assert all(words in COST for words in ("PDF/A", "archives", "phones", "without the password"))
