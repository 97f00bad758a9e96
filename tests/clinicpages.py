"""What the tests on the clinic's page share: a clinic with a small library, and how its file changes."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from handoutpress.places import Places, shipped_folder
from handoutpress.signing import sign_sheets
from handoutpress.wish import Wish
from tests.conftest import ROOT, TODAY

if TYPE_CHECKING:
    from pathlib import Path

ALLERGY = "protocol.microneedling.allergy_signs"


def small_library(folder: Path) -> Path:
    """Fill a library with one sheet in two languages: quicker to try a change on."""
    for kind in ("templates", "styles"):
        shutil.copytree(shipped_folder() / kind, folder / kind)
    topic = shipped_folder() / "handouts" / "microneedling"
    others = [path.name for path in topic.glob("microneedling-*") if "skin-check" not in path.name]
    shutil.copytree(topic, folder / "handouts" / "microneedling", ignore=shutil.ignore_patterns(*others))
    return folder


def example(folder: Path, library: Path) -> Places:
    """Copy the example clinic into a folder."""
    shutil.copytree(ROOT / "clinics" / "example", folder / "clinic")
    return Places(folder / "clinic", library)


def facts(places: Places) -> Path:
    return places.clinic / "clinic.yaml"


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def changed_lines(before: str, after: str) -> list[str]:
    return [line for line in after.splitlines() if line not in before.splitlines()]


def sign(places: Places) -> None:
    sign_sheets(["microneedling-skin-check"], places, Wish(), "Example Clinician", TODAY.replace(year=2027))
