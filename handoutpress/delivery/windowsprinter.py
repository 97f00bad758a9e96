"""Prints on Windows, by the verbs "print" and "printto" of the program that opens PDFs there.

Nobody has tried this on Windows yet. Windows starts that program and says no more: which paper, how many
copies, which sides and whether in grey cannot be told, so whoever asks for them is refused.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from handoutpress.errors import HandoutError

HANDED_OVER = "handed to Windows"
KEPT_SECONDS = 3600
"""How long a printed file stays: nothing says when the program has read it."""

_SETTINGS = r"Software\Microsoft\Windows NT\CurrentVersion"
_PREFIX = "handouts-print-"


def refuse_what_cannot_be_said(sides: str | None, copies: int, *, grey: bool) -> None:
    """Raise ``HandoutError`` for what Windows' verb has no words for, rather than leave it out."""
    asked = [
        *([sides] if sides else []),
        *([f"{copies} copies"] if copies != 1 else []),
        *(["without colour"] if grey else []),
    ]
    if asked:
        said = f"On Windows a printer cannot be asked for this from here: {', '.join(asked)}"
        raise HandoutError(f"{said}. Set it in the printer's own settings, or print the PDF from its viewer.")


def known_printers() -> list[str]:
    """Return the printers of this Windows user."""
    return sorted(_values("Devices"))


def default_printer() -> str:
    """Return the user's default printer, "" if there is none."""
    return str(_values("Windows").get("Device", "")).partition(",")[0]


def print_pdf(pdf: bytes, printer: str) -> None:
    """Write a PDF where only this user reads it, and have it printed; raises ``HandoutError``.

    The files of earlier calls are removed once they are ``KEPT_SECONDS`` old.
    """
    if '"' in printer:
        raise HandoutError("A printer's name has no quotation mark in it.")
    _remove_old(Path(tempfile.gettempdir()))
    try:
        # Such a folder is its owner's alone.
        path = Path(tempfile.mkdtemp(prefix=_PREFIX)) / "handout.pdf"
        path.write_bytes(pdf)
        if sys.platform == "win32":
            os.startfile(path, "printto", f'"{printer}"')  # noqa: S606 (our own file)
    except OSError as error:
        reason = error.strerror or str(error)
        said = f"Windows could not print the PDF: {reason}"
        raise HandoutError(f"{said}. It takes a program that opens PDFs and can print them.") from None


def _values(key: str) -> dict[str, Any]:
    """Return the names and values of one of the user's keys in the registry."""
    found: dict[str, Any] = {}
    if sys.platform == "win32":
        import winreg

        with (
            suppress(FileNotFoundError),
            winreg.OpenKey(winreg.HKEY_CURRENT_USER, rf"{_SETTINGS}\{key}") as opened,
        ):
            for number in range(winreg.QueryInfoKey(opened)[1]):
                name, value, _ = winreg.EnumValue(opened, number)
                found[name] = value
    return found


def _remove_old(folder: Path) -> None:
    """Remove what earlier calls left: a file may name a patient."""
    for old in folder.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if old.stat().st_mtime < time.time() - KEPT_SECONDS:
                (old / "handout.pdf").unlink(missing_ok=True)
                old.rmdir()
