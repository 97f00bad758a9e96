"""What the tests on batches share: tables, and what came of them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from handoutpress.delivery.journal import FILE, LOCK
from tests.conftest import ROOT
from tests.copies import words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

    Run = Callable[..., Ran]

AFTERCARE = "microneedling-aftercare"
ABOUT = "microneedling-about"
TEMPLATE = "templates/blocks/patient.html"


def table(folder: Path, *lines: str) -> Path:
    """Write a table, its header first."""
    path = folder / "rows.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def made(folder: Path) -> list[str]:
    """Return the names of all files in a batch's folder but its own record and lock."""
    return sorted(path.name for path in folder.iterdir() if path.name not in (FILE, LOCK))


def copies(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every copy by its name."""
    return {name: (folder / name).read_bytes() for name in made(folder)}


def text(path: Path) -> str:
    """Return a copy's text, its lines joined: a long name may stand on two."""
    return " ".join(" ".join(words(path.read_bytes())).split())


def many(folder: Path, count: int) -> Path:
    rows = [f"Example Patient {number},EX-{number:05}" for number in range(count)]
    return table(folder, "name,reference", *rows)


def start_batch(
    rows: Path,
    out: Path,
    before: Callable[[], None] | None,
    *more: str,
    to: int = subprocess.DEVNULL,
) -> subprocess.Popen[str]:
    """Start a batch in a process group of its own."""
    command = [sys.executable, str(ROOT / "generate.py"), "batch", str(rows), "--handout", AFTERCARE]
    return subprocess.Popen(
        [*command, "-o", str(out), *more],
        cwd=ROOT,
        stdout=to,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
        preexec_fn=before,
    )


def wait_for_copies(started: subprocess.Popen[str], out: Path) -> None:
    while started.poll() is None and not (out.is_dir() and any(out.glob("*.pdf"))):
        time.sleep(0.005)
    assert started.poll() is None, "it ended before it could be stopped"


def workers_of(parent: int) -> list[int]:
    """Return the worker processes of a batch."""
    done = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(parent)], capture_output=True, text=True, check=False
    )
    return [int(line.split()[0]) for line in done.stdout.splitlines() if "resource_tracker" not in line]


def is_whole(name: str, data: bytes) -> bool:
    return name.endswith(".pdf") and data.startswith(b"%PDF-") and data.endswith(b"%%EOF\n")
