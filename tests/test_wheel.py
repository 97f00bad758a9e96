"""The wheel holds all it needs: built, installed into an empty folder, and run from another."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.conftest import LIBRARY, ROOT

if TYPE_CHECKING:
    from pathlib import Path


def _do(*words: object, cwd: Path, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=cwd,
        env={**os.environ, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **env},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _do("-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_has_every_shipped_file(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        f"handoutpress/shipped/{path.relative_to(ROOT).as_posix()}"
        for kind in ("handouts", "templates", "styles", "clinics")
        for path in (ROOT / kind).rglob("*")
        if path.is_file()
    }
    assert len(wanted) > 40
    assert wanted - inside == set()
    assert {"handoutpress/py.typed", "handoutpress/cli/__init__.py"} <= inside
    assert [name for name in inside if name.startswith(("tests/", "out/"))] == []


def test_the_installed_wheel_lists_and_makes(wheel: Path, tmp_path: Path) -> None:
    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    _do("-m", "pip", "install", "--no-index", "--no-deps", "--target", site, wheel, cwd=empty)
    ask = "import handoutpress.places as p; print(p.shipped_folder())"
    assert _do("-c", ask, cwd=empty, PYTHONPATH=str(site)).strip() == str(site / "handoutpress" / "shipped")
    listed = _do("-m", "handoutpress", "list", cwd=empty, PYTHONPATH=str(site))
    assert sorted({line.split()[0] for line in listed.splitlines()[::2]}) == list(LIBRARY)
    printed = _do("-m", "handoutpress", "make", "microneedling-aftercare", cwd=empty, PYTHONPATH=str(site))
    assert printed == f"{os.path.join('out', 'microneedling-aftercare')}.pdf\n"  # noqa: PTH118 (as it is typed here)
    assert (empty / "out" / "microneedling-aftercare.pdf").read_bytes().startswith(b"%PDF-")
