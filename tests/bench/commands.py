"""Whole processes: commands as a person types them, with nothing warm but the disk."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.figures import Failed, alone, cost, timed, turns
from tests.bench.patients import options, patient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bench.figures import Row

ROOT = Path(__file__).resolve().parents[2]
HANDOUTS = [sys.executable, "generate.py"]
AFTERCARE = "microneedling-aftercare"
_SHEETS = (AFTERCARE, "microneedling-scar-risk")
_ROUNDS = 9


def run(command: list[str], cache: Path | None = None) -> str:
    """Run one whole process, with a cache of its own if need be; return what it says on standard error.

    Raises ``Failed`` with that.
    """
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)} if cache else None
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        reason = done.stderr.strip().rpartition("\n")[2]
        raise Failed(f"{' '.join(command[1:4])} ended with {done.returncode}: {reason}")
    return done.stderr


def first_make(work: Path) -> Iterator[Row]:
    """Yield what a first print on a new computer costs: our cache is emptied before each."""
    for name in _SHEETS:
        pdf, fresh = work / f"{name}.pdf", work / "fresh"
        make = [*HANDOUTS, "make", name, "-o", str(pdf)]
        plain = _plain_weasyprint([*make, "--html"], pdf)

        def first(make: list[str] = make, fresh: Path = fresh) -> float:
            shutil.rmtree(fresh, ignore_errors=True)
            return timed(lambda: run(make, fresh))

        ours, theirs = turns(_ROUNDS, first, lambda plain=plain: timed(lambda: run(plain)))  # type: ignore[misc]
        yield cost(f"first cold make, {name} / plain WeasyPrint", ours, theirs, 1.35)


def second_patient(work: Path) -> Iterator[Row]:
    """Yield what a second patient's copy costs from a new process, its plate in the cache."""
    pdf = work / "second.pdf"
    numbers = iter(range(1, 100_000))

    def make(number: int) -> list[str]:
        return [*HANDOUTS, "make", AFTERCARE, *options(patient(number)), "-o", str(pdf)]

    run(make(0))
    plain = _plain_weasyprint([*make(0), "--html"], pdf)
    ours, theirs = turns(
        _ROUNDS, lambda: timed(lambda: run(make(next(numbers)))), lambda: timed(lambda: run(plain))
    )
    yield cost("a second patient's copy, whole process / plain WeasyPrint", ours, theirs, 0.20)


def _plain_weasyprint(make_with_html: list[str], pdf: Path) -> list[str]:
    """Return the command that makes WeasyPrint lay out the same HTML, untagged, as it does by itself."""
    run(make_with_html)
    page = pdf.with_suffix(".html")
    return [sys.executable, "-m", "weasyprint", str(page), str(pdf.with_suffix(".plain.pdf"))]


def listing(_work: Path) -> Iterator[Row]:
    """Yield what ``list`` takes."""
    (ours,) = turns(_ROUNDS, lambda: timed(lambda: run([*HANDOUTS, "list"])))
    yield alone("list, whole process", ours)
