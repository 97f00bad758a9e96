"""A batch that is killed again and again, at moments nobody chose, ends as one that never was."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from handoutpress.delivery.journal import FILE, LOCK, Journal
from handoutpress.typesetting.comparing import objects
from tests.conftest import ROOT
from tests.copies import words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

    Run = Callable[..., Ran]

AFTERCARE = "microneedling-aftercare"
COUNT = 2000
KILLS = 5


def _table(folder: Path, count: int) -> Path:
    lines = [f"Example {number},EX-{number:05},2026-10-{number % 28 + 1:02}" for number in range(count)]
    path = folder / "rows.csv"
    path.write_text("\n".join(["name,reference,visit", *lines]) + "\n", encoding="utf-8")
    return path


def _started(rows: Path, out: Path) -> subprocess.Popen[bytes]:
    """Start a batch of two processes, in a process group of its own."""
    command = [sys.executable, str(ROOT / "generate.py"), "batch", str(rows), "--handout", AFTERCARE]
    return subprocess.Popen(
        [*command, "-o", str(out), "--jobs", "2"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _visible(out: Path) -> dict[str, bytes]:
    """Return the bytes of every copy that a person sees in the folder."""
    return {path.name: path.read_bytes() for path in out.glob("*.pdf")} if out.is_dir() else {}


def _names(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir()) if out.is_dir() else []


def _torn(found: dict[str, bytes]) -> list[str]:
    """Return the names of files that are not whole: their last lines say where the table of objects is."""
    torn = []
    for name, data in found.items():
        end = re.search(rb"startxref\n(\d+)\n%%EOF\n\Z", data[-40:])
        if not (data.startswith(b"%PDF-") and end and re.match(rb"\d+ 0 obj", data[int(end[1]) :][:20])):
            torn.append(name)
    return torn


def test_every_copy_is_there_once_and_whole_after_any_kills(run: Run, tmp_path: Path) -> None:
    seed = int(os.environ.get("KILL_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"KILL_SEED={seed}")
    chance = random.Random(seed)
    rows, whole, out = _table(tmp_path, COUNT), tmp_path / "whole", tmp_path / "out"
    # A run that nobody stops says what must come out; it also lays the plate out for the others.
    assert run("batch", rows, "--handout", AFTERCARE, "-o", whole, "--jobs", 1).status == 0
    expected = _visible(whole)
    assert len(expected) == COUNT

    halfway = 0
    for _ in range(KILLS):
        before, more = len(_names(out)), chance.randrange(20, COUNT // KILLS // 2)
        started = _started(rows, out)
        while started.poll() is None and len(_names(out)) < before + more:
            time.sleep(0.001)
        time.sleep(chance.random() * 0.1)
        ended = started.poll() is not None
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()
        found = _visible(out)
        halfway += not ended and before < len(found) < COUNT
        assert _torn(found) == []
        assert found.items() <= expected.items(), "a copy that is no row's, or not as it should be"
    assert halfway >= 2, "the kills came too late to prove anything"

    ran = run("batch", rows, "--handout", AFTERCARE, "-o", out, "--jobs", 2)
    assert ran.status == 0, ran.err
    assert "were there already" in ran.err
    assert _names(out) == sorted([FILE, LOCK, *expected]), "a file too many, or one that lacks"
    final = _visible(out)
    assert final == expected
    for number in chance.sample(range(COUNT), 50):
        data = final[f"{number + 2:05}-{AFTERCARE}.pdf"]
        assert len(objects(data)) > 100
        (reference,) = set(re.findall(r"EX-\d{5}", " ".join(words(data))))
        assert reference == f"EX-{number:05}"
    with Journal.open(out) as journal:
        assert all(journal.knows(name) for name in expected)
    again = run("batch", rows, "--handout", AFTERCARE, "-o", out)
    assert (again.out, "2,000 were there already" in again.err) == ("", True)


def test_processes_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    """Nobody is left to write into a folder that the next run takes for its own."""
    rows, out = _table(tmp_path, COUNT), tmp_path / "out"
    started = _started(rows, out)
    while started.poll() is None and not (out.is_dir() and any(out.glob("*.pdf"))):
        time.sleep(0.005)
    assert started.poll() is None
    os.kill(started.pid, signal.SIGKILL)
    started.wait()
    try:
        for _ in range(1200):
            if not _alive(started.pid):
                break
            time.sleep(0.05)
        assert _alive(started.pid) == ""
    finally:
        if _alive(started.pid):
            os.killpg(started.pid, signal.SIGKILL)
    assert _torn(_visible(out)) == []
    with Journal.open(out):
        pass


def _alive(group: int) -> str:
    """Return the worker processes of a group that still run."""
    done = subprocess.run(
        ["ps", "-ww", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True
    )
    lines = [line.split(None, 2) for line in done.stdout.splitlines()]
    return "\n".join(" ".join(line) for line in lines if line[0] == str(group) and line[1][0] != "Z")
