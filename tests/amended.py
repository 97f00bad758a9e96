"""What the tests on a clinic's facts share: hostile words, a clinic to change, and the ways to change it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from handoutpress.amending import Amendment, NotAmended, amend, amended_file, state_of
from handoutpress.places import Places, shipped_folder
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from handoutpress.reading.yamlediting import Value
    from handoutpress.reading.yamlfile import Loc


SIGNS = ("protocol", "microneedling", "allergy_signs")
SHEET = "microneedling-aftercare"

TEXTS = (
    "plain words",
    "no",
    "true",
    "7",
    "007",
    "8:30",
    "01632 960123",
    "#1",
    "a #1",
    "ends with a colon:",
    "a: b",
    'it\'s "quoted" \\ twice',
    "👩🏽‍⚕️ emoji, and ¿ñ?",
    "  two spaces before and after  ",
    "",
    "~",
    "null",
    "- item",
    "? key",
    "!!python/object/apply:os.system [id]",
    "!tag x",
    "&anchor x",
    "*alias",
    "<<",
    "{a: b}",
    "[a, b",
    "a, b]",
    "% @ ` |",
    "> fold",
    "---",
    "...",
    "line\nbreak",
    "\n  evil: x",
    "x\nevil: y\r\nmore: z",
    "9\u00a0a.\u00a0m.",
    "\u2028 \u0085 \ufeff \x07 \t",
    "2026-11-24",
    "x" * 5000,
    "a, " + "[" * 150,
    "[" * 20_000,
)


def scalars(data: Any, loc: Loc = ()) -> list[Loc]:
    if isinstance(data, dict):
        return [each for key, inner in data.items() for each in scalars(inner, (*loc, key))]
    return [] if isinstance(data, list) else [loc]


def at(data: Any, loc: Loc) -> Any:
    for step in loc:
        data = data[step]
    return data


def copied(folder: Path, name: str) -> Places:
    """Copy a sample clinic into a folder, to change it."""
    shutil.copytree(ROOT / "clinics" / name, folder / name)
    return Places(folder / name, shipped_folder())


def change(places: Places, changes: dict[Loc, Value], language: str | None = None) -> Amendment:
    return amend(places, changes, state_of(amended_file(places, language)), language)


def refused(places: Places, changes: dict[Loc, Value], language: str | None = None) -> NotAmended:
    path = amended_file(places, language)
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(NotAmended) as found:
        change(places, changes, language)
    assert (path.read_bytes() if path.exists() else None) == before
    return found.value
