"""Batches: thousands of copies as whole commands, on one process, on two, and on a Dask cluster."""

from __future__ import annotations

import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from tests.bench.commands import AFTERCARE, HANDOUTS, ROOT, run
from tests.bench.figures import Failed, Row, speed, timed, turns
from tests.bench.patients import write_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_COPIES = 5_000
_ROUNDS = 5
_FEW, _MANY = 100, 10_000
_MOST_MEGABYTES = 20
_PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""
"""A helper small enough not to be the peak itself: a child's figure begins with its parent's."""


class Spent(NamedTuple):
    """What a whole command took."""

    seconds: float
    processor: float
    """Seconds of processors' time, its own processes' together; another program's load hardly touches it."""


def memory(work: Path) -> Iterator[Row]:
    """Yield the peak memory of 10,000 copies over that of 100, in one process each."""
    few, many = (_peak(work, copies) for copies in (_FEW, _MANY))
    yield Row(
        f"{_MANY:,} copies, one process: peak memory / of {_FEW}",
        f"{many:.1f} MB",
        f"{few:.1f} MB",
        f"+{many - few:.1f} MB",
        "",
        f"<= {_MOST_MEGABYTES} MB",
        many - few <= _MOST_MEGABYTES,
    )


def _peak(work: Path, copies: int) -> float:
    """Return the most memory that a batch ever held, in megabytes; its plate is there already."""
    table, folder = write_table(work / f"{copies}.csv", copies), work / f"copies-{copies}"
    _batch(write_table(work / "first.csv", 1), work / f"first-{copies}", "--jobs", "1")
    helper = [sys.executable, "-I", "-c", _PEAK]
    said = run([*helper, *_command(table, folder), "--jobs", "1"])
    _all_spliced(said, copies)
    _empty(folder)
    return int(said.split()[-1]) / (2**20 if sys.platform == "darwin" else 2**10)


def two_processes(work: Path) -> Iterator[Row]:
    """Yield how much faster two processes are than one, and how much faster they could be at the most."""
    two, one = _taking_turns(work, ["--jobs", "2"], ["--jobs", "1"])
    what = f"{_COPIES:,} copies, whole command: two processes / one"
    yield speed(what, _seconds(two), _seconds(one), 1.7)
    of_two, of_one = (statistics.median(spent.processor for spent in way) for way in (two, one))
    yield Row(
        "  processor time; so two idle processors would give at most",
        f"{of_two:.2f} s", f"{of_one:.2f} s", f"{2 * of_one / of_two:.2f}",
    )  # fmt: skip


def dask(work: Path) -> Iterator[Row]:
    """Yield how fast two Dask workers are, who are there already, beside two processes started for it."""
    with _cluster(work / "cluster") as address:
        workers, two = _taking_turns(work, ["--scheduler", address], ["--jobs", "2"])
    what = f"{_COPIES:,} copies, whole command: two Dask workers / two processes"
    yield speed(what, _seconds(workers), _seconds(two), 0.8)


def _seconds(runs: list[Spent]) -> list[float]:
    return [spent.seconds for spent in runs]


def _taking_turns(work: Path, *ways: list[str]) -> list[list[Spent]]:
    """Return what whole commands take, each way of working in its turn, with the plate there already."""
    table, first = write_table(work / "rows.csv", _COPIES), write_table(work / "first.csv", 200)
    folders = (work / f"copies-{number}" for number in itertools.count())

    def whole(way: list[str], table: Path = table) -> Spent:
        folder, before = next(folders), os.times()
        taken = timed(lambda: _batch(table, folder, *way))
        after = os.times()
        _empty(folder)
        spent = after.children_user + after.children_system - before.children_user - before.children_system
        return Spent(taken, spent)

    _batch(first, next(folders), "--jobs", "1")  # the plate
    for way in ways:  # and what Dask's workers, who stay, import once
        whole(way, first)
    return turns(_ROUNDS, *(lambda way=way: whole(way) for way in ways))


def _empty(folder: Path) -> None:
    """Empty the copies before the disk has to take them, and leave their names there until the end.

    After thousands of deletions ext4 is slow to make new files for a minute: 0.6 ms each in place of 0.02.
    """
    for path in folder.glob("*.pdf"):
        os.truncate(path, 0)


def _command(table: Path, folder: Path) -> list[str]:
    return [*HANDOUTS, "batch", str(table), "--handout", AFTERCARE, "-o", str(folder)]


def _batch(table: Path, folder: Path, *options: str) -> None:
    with table.open("rb") as file:
        rows = sum(1 for _ in file) - 1
    _all_spliced(run([*_command(table, folder), *options]), rows)


def _all_spliced(said: str, copies: int) -> None:
    """Make sure that what was measured is what the row says."""
    made = f"{copies:,} {'copy' if copies == 1 else 'copies'} made"
    if made not in said or "in full" in said:
        raise Failed(f"not all {copies:,} copies were spliced: {said}")


@contextmanager
def _cluster(folder: Path) -> Iterator[str]:
    """Start a scheduler and two workers of one thread, as processes of their own; yield the address."""
    folder.mkdir()
    file = folder / "scheduler.json"
    processes: list[subprocess.Popen[bytes]] = []

    def start(program: str, *arguments: str) -> None:
        module = [sys.executable, "-m", f"distributed.cli.{program}", "--scheduler-file", str(file)]
        log = (folder / f"{len(processes)}.log").open("wb")
        with log:
            processes.append(
                subprocess.Popen([*module, *arguments], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
            )

    try:
        start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show")
        address = _address(file)
        for _ in range(2):
            start("dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard",
                  "--local-directory", str(folder))  # fmt: skip
        _wait_for_workers(address)
        yield address
    finally:
        for process in reversed(processes):  # the scheduler last: its workers take leave of it
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _address(file: Path) -> str:
    """Return the address that the scheduler writes into its file once it listens."""
    for _ in range(300):
        time.sleep(0.1)
        if file.is_file():
            try:
                return str(json.loads(file.read_text(encoding="utf-8"))["address"])
            except ValueError:
                continue  # not written to its end
    raise Failed("Dask's scheduler does not start")


def _wait_for_workers(address: str) -> None:
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=30)
