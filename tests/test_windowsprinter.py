"""Printing on Windows, whose own calls stand-ins take here: nobody has tried it there."""

from __future__ import annotations

import os
import sys
import tempfile
import types
from typing import TYPE_CHECKING

import pytest

from handoutpress.delivery import windowsprinter
from handoutpress.delivery.printer import (
    PrintRequest,
    choose_printer,
    job_state,
    known_printers,
    print_pdf,
)
from handoutpress.errors import HandoutError
from tests.printing import refused

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[object, ...]]:
    """Pretend to be Windows with two printers; return what it is asked to start."""
    started: list[tuple[object, ...]] = []
    kept: dict[str, dict[str, str]] = {
        "Devices": {"Front Desk": "winspool,Ne00:", "Laser": "winspool,Ne01:"},
        "Windows": {"Device": "Front Desk,winspool,Ne00:"},
    }

    class Key:
        def __init__(self, name: str) -> None:
            self.items = list(kept[name.rpartition("\\")[2]].items())

        def __enter__(self) -> Key:
            return self

        def __exit__(self, *_: object) -> None:
            return

    registry = types.ModuleType("winreg")
    for name, value in {
        "HKEY_CURRENT_USER": 1,
        "OpenKey": lambda _root, name: Key(name),
        "QueryInfoKey": lambda key: (0, len(key.items), 0),
        "EnumValue": lambda key, number: (*key.items[number], 1),
    }.items():
        setattr(registry, name, value)
    monkeypatch.setitem(sys.modules, "winreg", registry)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(os, "startfile", lambda *words: started.append(words), raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    return started


def test_windows_is_told_the_file_and_the_printer(windows: list[tuple[object, ...]], tmp_path: Path) -> None:
    old = tmp_path / f"{windowsprinter._PREFIX}old"
    old.mkdir()
    (old / "handout.pdf").write_bytes(b"of yesterday")
    os.utime(old, (0, 0))
    request = PrintRequest(None, "a4")
    name = choose_printer(request)
    job = print_pdf(b"%PDF-1.7", request, name)
    assert known_printers() == ["Front Desk", "Laser"]
    assert (job.printer, job.state) == ("Front Desk", "handed to Windows")
    ((path, verb, words),) = windows
    assert (verb, words) == ("printto", '"Front Desk"')
    assert path.read_bytes() == b"%PDF-1.7"  # type: ignore[attr-defined]
    assert path.parent.stat().st_mode & 0o077 == 0  # type: ignore[attr-defined]
    assert not old.exists()
    assert job_state(job.id) == "handed to Windows"


@pytest.mark.parametrize(
    ("request_", "asked"),
    [
        (PrintRequest("Laser", "a4", copies=2), "2 copies"),
        (PrintRequest("Laser", "a4", sides="one-sided"), "one-sided"),
        (
            PrintRequest("Laser", "a4", copies=3, sides="two-sided-long-edge", grey=True),
            "two-sided-long-edge, 3 copies, without colour",
        ),
    ],
)
def test_windows_refuses_what_it_cannot_be_told(
    request_: PrintRequest, asked: str, windows: list[tuple[object, ...]]
) -> None:
    assert refused(request_).startswith(
        f"On Windows a printer cannot be asked for this from here: {asked}. Set it in"
    )
    assert windows == []


def test_windows_knows_no_such_printer(windows: list[tuple[object, ...]]) -> None:
    assert refused(PrintRequest("Lazer", "a4")) == (
        'This computer knows no printer `Lazer`: did you mean "Laser"? The printers are: Front Desk, Laser.'
    )
    with pytest.raises(HandoutError, match="quotation mark"):
        print_pdf(b"%PDF-1.7", PrintRequest(None, "a4"), 'x" "C:\\y')
    assert windows == []
