"""A copy spliced into a plate is the copy a full layout gives: pixels, text, tags, metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handoutpress.places import Places, shipped_folder
from handoutpress.plates.copies import copy_sheet
from handoutpress.press import make_copy
from handoutpress.wish import Wish

from .conftest import CLINICS, EDITIONS, LANGUAGES, SHEETS, TODAY
from .copies import LONG, MIXED, patient, pixels, properties, tags, words

if TYPE_CHECKING:
    from handoutpress.wish import Copy

AFTERCARE = "microneedling-aftercare"


def _places(clinic: str) -> Places:
    return Places(shipped_folder() / "clinics" / clinic, shipped_folder())


def _same(spliced: Copy, full: Copy) -> None:
    assert spliced.pages == full.pages
    assert spliced.text_hash == full.text_hash
    assert spliced.remarks == full.remarks
    assert words(spliced.pdf) == words(full.pdf)
    assert tags(spliced.pdf) == tags(full.pdf)
    assert properties(spliced.pdf) == properties(full.pdf)
    assert pixels(spliced.pdf) == pixels(full.pdf)


@pytest.mark.parametrize("part", range(5))
def test_fifty_patients_are_spliced_as_they_would_be_laid_out(part: int) -> None:
    reasons: list[str] = []
    for number in range(part * 10, part * 10 + 10):
        wish = Wish(patient=patient(number), today=TODAY)
        _same(
            copy_sheet(AFTERCARE, _places("example"), wish, reasons.append),
            make_copy(AFTERCARE, _places("example"), wish),
        )
    names = {patient(number).name for number in range(part * 10, part * 10 + 10)}
    # The name that needs two lines and those of two scripts are laid out in full; no other is.
    assert len(reasons) == len(names & {LONG, *MIXED})


@pytest.mark.parametrize("clinic", CLINICS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("edition", EDITIONS)
def test_every_sheet_is_spliced(clinic: str, language: str, edition: str) -> None:
    for name in SHEETS:
        wish = Wish(language=language, edition=edition, patient=patient(2), today=TODAY)
        reasons: list[str] = []
        spliced = copy_sheet(name, _places(clinic), wish, reasons.append)
        assert reasons == []
        _same(spliced, make_copy(name, _places(clinic), wish))
