"""The wheel holds all it needs: built, installed into an environment of its own, and run from any folder."""

from __future__ import annotations

import email
import os
import subprocess
import sys
import sysconfig
import urllib.request
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from handoutpress.reading.schema import SCHEMAS
from tests.conftest import LIBRARY, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Ran


def _do(*words: object, cwd: Path, program: Path | str = sys.executable, **env: str) -> str:
    done = subprocess.run(
        [program, *map(str, words)],
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


@dataclass(frozen=True)
class Installed:
    """The program as ``pipx`` installs it: in an environment of its own, run from any folder."""

    program: Path
    folder: Path
    env: dict[str, str]

    def __call__(self, *words: object, status: int = 0) -> str:
        """Run a command in the folder; return what it printed."""
        done = subprocess.run(
            [self.program, *map(str, words)],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Install the wheel. Its libraries come from where the tests have theirs, so that nothing is fetched."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home / "venv", with_pip=False)
    python = home / "venv" / "bin" / "python"
    _do("-m", "pip", "--python", python, "install", "--no-index", "--no-deps", wheel, cwd=home)
    (packages,) = (home / "venv").glob("lib/python*/site-packages")
    (packages / "libraries.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    (home / "elsewhere").mkdir()
    own = {"HOME": str(home), "HANDOUTS_STATE": str(home / "state"), "PATH": os.environ["PATH"]}
    env = {**own, "XDG_CACHE_HOME": str(home / "cache"), "HANDOUTS_TODAY": os.environ["HANDOUTS_TODAY"]}
    return Installed(home / "venv" / "bin" / "handouts", home / "elsewhere", env)


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


def test_the_wheel_has_every_file_of_the_program(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    files = [path for path in (ROOT / "handoutpress").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    kinds = {path.suffix for path in files}
    assert {".html", ".css", ".js", ".yaml"} <= kinds, "pages, styles and scripts of the desk, words"
    assert {path.relative_to(ROOT).as_posix() for path in files} <= inside


def test_the_metadata_names_no_host_that_is_not_there(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    facts = email.message_from_string(archive.read(name).decode())
    assert facts["Name"] == "handoutpress"
    assert facts["License-Expression"] == "MIT"
    assert facts.get_all("Project-URL") is None
    assert str(facts.get_payload()).startswith("# Handout Press")


def test_installed_it_uses_what_it_carries(installed: Installed) -> None:
    ask = "import handoutpress.places as p; print(p.shipped_folder())"
    python = installed.program.with_name("python")
    carried = Path(_do("-c", ask, cwd=installed.folder, program=python).strip())
    assert carried.is_relative_to(python.parent.parent)
    assert carried.parts[-2:] == ("handoutpress", "shipped")


def test_installed_it_works_as_in_a_checkout(installed: Installed, run: Callable[..., Ran]) -> None:
    listed = installed("list")
    assert sorted({line.split()[0] for line in listed.splitlines()[::2]}) == list(LIBRARY)
    assert "nothing to mend" in installed("check", "microneedling-aftercare", "--clinic", "harbor")
    for name, clinic in (("microneedling-aftercare", "harbor"), ("microneedling-about", "example")):
        details = ("--name", "Example Patient", "--visit", "2026-11-23")
        assert installed("make", name, "--clinic", clinic, *details) == f"out/{name}.pdf\n"
        made = installed.folder / "out" / f"{name}.pdf"
        checkout = installed.folder / f"{name}.pdf"
        assert run("make", name, "--clinic", clinic, *details, "-o", checkout).status == 0
        assert made.read_bytes() == checkout.read_bytes()


def test_installed_it_founds_a_clinic_and_changes_what_is_shipped(installed: Installed) -> None:
    facts = (
        *("--name", "Elsewhere (example)", "--phone", "(555) 555-0100", "--hours", "9 am to 5 pm"),
        *("--after-hours", "call (555) 555-0199", "--emergency-phone", "911"),
        *("--answer", "microneedling.allergy_signs=Trouble breathing"),
    )
    assert installed("new", "clinic", "own", *facts) == "own\n"
    own = installed.folder / "own"
    assert {path.stem for path in (own / "schemas").iterdir()} == set(SCHEMAS)
    said = installed("eject", "templates/parts/footer.html", "--clinic", "own")
    assert (own / "templates" / "parts" / "footer.html").is_file()
    assert said.startswith(f"own{os.sep}templates")
    wins, *_, loses = [
        line
        for line in installed("where", "templates/parts/footer.html", "--clinic", "own").splitlines()
        if not line.startswith(" ")
    ]
    assert wins.endswith("(wins: the clinic's)")
    assert loses.endswith("handoutpress/shipped/templates/parts/footer.html  (not used: shipped)")


def test_installed_the_desk_starts(installed: Installed) -> None:
    started = subprocess.Popen(
        [installed.program, "desk", "--no-browser", "--no-ahead", "--port", "0"],
        cwd=installed.folder,
        env=installed.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stdout
    link = started.stdout.readline().strip()
    try:
        with urllib.request.urlopen(link, timeout=30) as answer:
            assert "Example Skin Clinic" in answer.read().decode()
    finally:
        started.terminate()
        started.communicate(timeout=30)
