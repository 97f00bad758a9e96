"""veraPDF's verdict, PDF/UA-1 and PDF/A-3a: every sheet of every clinic in every language.

Each has one paper and edition, so that a sheet, a clinic and a language have each of the four somewhere: 42
files. ``pytest tests/test_conformance.py --whole`` takes all 168.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from handoutpress.press import make_copy
from handoutpress.wish import Copy, Wish

from .conftest import CLINICS, EDITIONS, LANGUAGES, PAPERS, SHEETS
from .verapdf import validate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from handoutpress.places import Places


def _not_compliant(files: list[Path]) -> list[str]:
    verdicts = validate(files)
    assert len(verdicts) == 2 * len(files)
    return [str(verdict) for verdict in verdicts if not verdict.compliant]


# A test for each language and clinic, so that the two workers share them.
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("clinic", CLINICS)
def test_every_sheet_passes(
    shipped: Callable[..., Copy], clinic: str, language: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    ways = list(product(PAPERS, EDITIONS))
    whole = request.config.getoption("--whole")
    files = []
    for number, name in enumerate(SHEETS):
        one = (number + CLINICS.index(clinic) + LANGUAGES.index(language)) % len(ways)
        for paper, edition in ways if whole else [ways[one]]:
            file = tmp_path / f"{name}-{clinic}-{paper}-{edition}-{language}.pdf"
            file.write_bytes(shipped(name, clinic, paper, edition, language).pdf)
            files.append(file)
    assert len(files) == 7 * (len(ways) if whole else 1)
    assert _not_compliant(files) == []


def test_every_block_passes(all_blocks: Places, tmp_path: Path) -> None:
    files = []
    for edition in EDITIONS:
        file = tmp_path / f"every-block-{edition}.pdf"
        file.write_bytes(make_copy("every-block", all_blocks, Wish(edition=edition)).pdf)
        files.append(file)
    assert _not_compliant(files) == []
