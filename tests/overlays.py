"""A clinic that changes shipped sheets, and a shipped folder that can change under it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from handoutpress.errors import ProblemsFound
from handoutpress.places import Places, shipped_folder
from handoutpress.press import compose_copy
from handoutpress.reading.parts import blocks_of, text_hash, texts_of
from handoutpress.reading.yamlreader import read_yaml
from handoutpress.wish import Wish

if TYPE_CHECKING:
    from pathlib import Path

    from handoutpress.errors import Problem

TOPIC = "microneedling"
AFTERCARE = "microneedling-aftercare"
HEAD = 'of: "1.0"\nversion: "1.0.1"\ndated: 2026-11-24\nreview_by: 2027-05-01\n'
OWN_EVIDENCE = "practical:\n  L01: {states: Where to park.}\n"


def own_shipped(folder: Path) -> Path:
    """Return a copy of the shipped folder, to change it as a new version would."""
    for kind in ("handouts", "templates", "styles"):
        shutil.copytree(shipped_folder() / kind, folder / kind)
    return folder


def write_changes(clinic: Path, changes: str, name: str = AFTERCARE, head: str = HEAD) -> Path:
    """Write a file with changes into a clinic's folder."""
    path = clinic / "handouts" / TOPIC / f"{name}.changes.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{head}{changes}", encoding="utf-8")
    return path


def write_evidence(clinic: Path, text: str = OWN_EVIDENCE) -> Path:
    """Write what a clinic's own words rest on."""
    path = clinic / "handouts" / TOPIC / "evidence.changes.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def written(name: str, language: str = "en", shipped: Path | None = None) -> dict[str, Any]:
    """Return a shipped sheet's values."""
    root = shipped or shipped_folder()
    data: dict[str, Any] = read_yaml(Places(root, root).sheet(name, language).path).data
    return data


def was(block: str, name: str = AFTERCARE, language: str = "en") -> str:
    """Return the hash of a shipped block."""
    return next(each.digest for each in blocks_of(written(name, language)) if block in each.names)


def reword(said: str, say: str, language: str = "en", more: str = "") -> str:
    """Return a change to some words of the aftercare sheet."""
    data = written(AFTERCARE, language)
    locs = [loc for loc, words in texts_of(data) if words == said]
    return f'  - reword: {{said: "{said}", was: "{text_hash(data, locs)}", say: "{say}"{more}}}\n'


def html(clinic: Path, name: str = AFTERCARE, language: str = "en", shipped: Path | None = None) -> str:
    """Return a sheet of a clinic as HTML."""
    return compose_copy(name, Places(clinic, shipped or shipped_folder()), Wish(language)).composition.html


def problems(
    clinic: Path, name: str = AFTERCARE, language: str = "en", shipped: Path | None = None
) -> list[Problem]:
    """Return what stops a sheet."""
    with pytest.raises(ProblemsFound) as found:
        html(clinic, name, language, shipped)
    return found.value.problems


def told(clinic: Path, **asked: object) -> list[tuple[str, int, str]]:
    """Return what stops a sheet, as file name, line and message."""
    return [
        (problem.place.file.name, problem.place.line, problem.message)
        if problem.place
        else ("", 0, problem.message)
        for problem in problems(clinic, **asked)  # type: ignore[arg-type]
    ]
