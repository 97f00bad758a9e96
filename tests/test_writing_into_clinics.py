"""Commands that write into a clinic's folder: never into one that comes with the program."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from handoutpress.cli.options import writable_places
from handoutpress.errors import ProblemsFound
from handoutpress.places import Places, shipped_folder
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

    Run = Callable[..., Ran]

EXAMPLE = ROOT / "clinics" / "example"
COMMANDS = [
    ("new", "changes", "microneedling-aftercare"),
    ("new", "handout", "wart-aftercare", "--kind", "after"),
    ("eject", "microneedling-aftercare"),
    ("eject", "templates/parts/title.html", "--seen"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: "-".join(words[:2]))
def test_the_example_that_is_taken_for_want_of_one_is_for_looking_only(
    run: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    before = sorted(EXAMPLE.rglob("*"))
    for folder in (tmp_path, ROOT):
        ran = run(*command, cwd=folder)
        assert (ran.status, ran.out) == (1, "")
        assert "clinics/example  this is a sample clinic of the program itself" in ran.err
        assert "name your clinic's folder with --clinic, or make one: new clinic DIR" in ran.err
    assert sorted(EXAMPLE.rglob("*")) == before


@pytest.mark.parametrize("command", COMMANDS[:3], ids=lambda words: "-".join(words[:2]))
def test_a_clinic_that_is_named_is_written_into(run: Run, clinic: Path, command: tuple[str, ...]) -> None:
    ran = run(*command, cwd=clinic.parent, env={"HANDOUTS_CLINIC": str(clinic)})
    assert ran.status == 0, ran.err
    assert (clinic / "handouts").is_dir()


def test_who_stands_in_a_clinics_folder_means_it(monkeypatch: pytest.MonkeyPatch, clinic: Path) -> None:
    (clinic / "handouts").mkdir()
    monkeypatch.chdir(clinic / "handouts")
    assert writable_places(None).clinic == clinic
    monkeypatch.chdir(EXAMPLE)
    assert writable_places(None).clinic == EXAMPLE


def test_an_installed_programs_clinics_are_for_looking_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clinic: Path
) -> None:
    """Whoever names one of them, too: an update would write over what is put there."""
    package = tmp_path / "handoutpress"
    shutil.copytree(ROOT / "clinics" / "harbor", package / "shipped" / "clinics" / "harbor")
    (package / "places.py").write_text("", encoding="utf-8")
    monkeypatch.setattr("handoutpress.places.shipped_folder", lambda: package / "shipped")
    own = package / "shipped" / "clinics" / "harbor"
    (tmp_path / "link").symlink_to(own)
    for named in (own, tmp_path / "link"):
        with pytest.raises(ProblemsFound, match="sample clinic"):
            writable_places(named)
    assert writable_places(clinic) == Places(clinic, package / "shipped")
    monkeypatch.undo()
    assert writable_places(own) == Places(own, shipped_folder())
