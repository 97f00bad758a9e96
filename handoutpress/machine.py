"""What this computer has and lacks, and the one command that mends it. Needs neither engine nor clinic."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from handoutpress.folders import cache_folder, state_home
from handoutpress.reading.families import SHIPPED_FAMILIES

if TYPE_CHECKING:
    from pathlib import Path

OLDEST_PYTHON = (3, 11)

# The names the engine itself tries, library by library.
LIBRARIES: dict[str, tuple[str, ...]] = {
    "Pango": ("libpango-1.0-0", "pango-1.0-0", "libpango-1.0.so.0", "libpango-1.0.dylib", "pango-1.0"),
    "Pango with FreeType": (
        "libpangoft2-1.0-0",
        "pangoft2-1.0-0",
        "libpangoft2-1.0.so.0",
        "libpangoft2-1.0.dylib",
        "pangoft2-1.0",
    ),
    "Fontconfig": (
        "libfontconfig-1",
        "fontconfig-1",
        "libfontconfig.so.1",
        "libfontconfig.1.dylib",
        "fontconfig",
    ),
    "HarfBuzz": ("libharfbuzz-0", "harfbuzz", "libharfbuzz.so.0", "libharfbuzz.0.dylib"),
    "HarfBuzz subsetting": (
        "libharfbuzz-subset-0",
        "harfbuzz-subset",
        "libharfbuzz-subset.so.0",
        "libharfbuzz-subset.0.dylib",
    ),
}

DEBIAN = "apt-get install --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is there, what was seen, and what mends it."""

    name: str
    ok: bool
    seen: str
    mend: str = ""
    only_for: str = ""
    """What it is needed for, where a PDF can be made without it."""


def examine() -> list[Finding]:
    """Look at everything that making a PDF needs, and then at what print, email and the desk need."""
    own = [_python(), *_libraries(), *_fonts(), _cache(), _state(), *_left_behind()]
    return [*own, _printing(), *_extras()]


def install_command() -> str:
    """Return the command that installs the engine's libraries on this system."""
    if sys.platform == "darwin":
        return "brew install pango"
    if sys.platform == "win32":
        return "in MSYS2: pacman -S mingw-w64-ucrt-x86_64-pango"
    if shutil.which("apt-get"):
        return DEBIAN if os.geteuid() == 0 else f"sudo {DEBIAN}"
    if shutil.which("dnf"):
        return "sudo dnf install pango harfbuzz"
    if shutil.which("pacman"):
        return "sudo pacman -S pango harfbuzz"
    return "install Pango 1.44 or newer, with FreeType, and HarfBuzz with its subset library"


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", sys.version_info >= OLDEST_PYTHON, version, "install Python 3.11 or newer")


def _libraries() -> list[Finding]:
    command = install_command()
    findings = []
    for name, tried in LIBRARIES.items():
        found = next((library for library in tried if _loads(library)), None)
        findings.append(Finding(name, found is not None, found or "not found", command))
    return findings


def _loads(name: str) -> bool:
    for candidate in (name, ctypes.util.find_library(name)):
        if not candidate:
            continue
        try:
            ctypes.CDLL(candidate)
        except OSError:
            continue
        return True
    return False


def _fonts() -> list[Finding]:
    findings = []
    for family, shipped in SHIPPED_FAMILIES.items():
        there = find_spec(shipped.package) is not None
        seen = shipped.package if there else "not installed"
        findings.append(Finding(f"Font {family}", there, seen, "pip install --force-reinstall handoutpress"))
    return findings


def _cache() -> Finding:
    folder = cache_folder()
    mend = "set XDG_CACHE_HOME to a folder you may write to"
    return Finding("Cache folder", _writable(folder), str(folder), mend)


def _state() -> Finding:
    folder = state_home()
    mend = "set HANDOUTS_STATE to a folder of your own"
    return Finding("Folder for records", _writable(folder), str(folder), mend)


def _left_behind() -> list[Finding]:
    """Look for records of clinics whose folder is not where it was."""
    from handoutpress.delivery.ledger import left_behind

    mend = "if the clinic was moved: run `records` for it once, then put this ledger in place of the new one"
    return [
        Finding("Records left behind", ok=False, seen=f"{folder}, of {clinic}", mend=mend, only_for="records")
        for clinic, folder in left_behind()
    ]


def _writable(folder: Path) -> bool:
    near = folder
    while not near.exists() and near != near.parent:
        near = near.parent
    return os.access(near, os.W_OK)


def _printing() -> Finding:
    """Look for the command that prints; Windows has its own."""
    if sys.platform == "win32":
        return Finding("Printing", ok=True, seen="Windows' own", only_for="print")
    found = shutil.which("lp")
    command = "apt-get install cups-client"
    mend = command if hasattr(os, "geteuid") and os.geteuid() == 0 else f"sudo {command}"
    return Finding("Printing", found is not None, found or "no lp", mend, "print")


_EXTRAS = {
    "email": ("Email", ("email_validator", "keyring", "pikepdf")),
    "desk": ("The desk and the preview", ("pypdfium2", "starlette", "uvicorn", "watchfiles")),
}
"""What some commands need beyond the rest, by the extra that installs it."""


def _extras() -> list[Finding]:
    findings = []
    for extra, (name, packages) in _EXTRAS.items():
        missing = [package for package in packages if find_spec(package) is None]
        seen = f"{', '.join(missing)} not installed" if missing else ", ".join(packages)
        findings.append(Finding(name, not missing, seen, f"pip install 'handoutpress[{extra}]'", extra))
    return findings
