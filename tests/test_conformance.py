"""veraPDF's verdict, PDF/UA-1 and PDF/A-3a, on every shipped sheet, sample clinic, paper and edition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoutpress.press import Copy, Wish, make_copy

from .conftest import CLINICS, EDITIONS, PAPERS, SHEETS
from .verapdf import validate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from handoutpress.places import Places


def test_every_sheet_passes(shipped: Callable[..., Copy], all_blocks: Places, tmp_path: Path) -> None:
    files = []
    for name in SHEETS:
        for clinic in CLINICS:
            for paper in PAPERS:
                for edition in EDITIONS:
                    file = tmp_path / f"{name}-{clinic}-{paper}-{edition}.pdf"
                    file.write_bytes(shipped(name, clinic, paper, edition).pdf)
                    files.append(file)
    for edition in EDITIONS:
        file = tmp_path / f"every-block-{edition}.pdf"
        file.write_bytes(make_copy("every-block", all_blocks, Wish(edition=edition)).pdf)
        files.append(file)
    verdicts = validate(files)
    assert len(verdicts) == 2 * len(files)
    assert [str(verdict) for verdict in verdicts if not verdict.compliant] == []
