"""``make bench``: what a first print costs, as ratios against plain WeasyPrint, from one run.

The two commands take turns, each as a whole process with nothing warm but the disk, so that a slow minute of
the machine slows both. Our cache is emptied before each of ours: it is the first print on a new computer.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
SHEETS = ("microneedling-aftercare", "microneedling-scar-risk")
ROUNDS = 9


def seconds(command: list[str], cache: Path) -> float:
    """Return how long one whole process takes."""
    start = time.perf_counter()
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def editor_share() -> float:
    """Return what reading a sheet's words costs, as a part of composing it, both warm and in one process."""
    from handoutpress.editing.check import check_words
    from handoutpress.errors import Problems
    from handoutpress.places import find_places
    from handoutpress.press import Wish, compose_copy, read_job

    places = find_places()
    job = read_job(SHEETS[1], places, Wish(), Problems())
    assert job is not None
    edits = min(timed(lambda: list(check_words(job))) for _ in range(ROUNDS))
    return edits / min(timed(lambda: compose_copy(SHEETS[1], places, Wish())) for _ in range(ROUNDS))


def timed(work: Callable[[], object]) -> float:
    """Return how long a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Print one line a figure: what, median, spread, bound."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        make = [sys.executable, "generate.py", "make"]
        print(f"{'':46}  ours    plain   ratio  (bound)")
        for name in SHEETS:
            pdf = work / f"{name}.pdf"
            kept, fresh = work / "kept", work / "fresh"
            seconds([*make, name, "--html", "-o", str(pdf)], kept)
            plain = [
                sys.executable,
                "-m",
                "weasyprint",
                str(pdf.with_suffix(".html")),
                str(work / "plain.pdf"),
            ]
            ours, theirs = [], []
            for _ in range(ROUNDS):
                shutil.rmtree(fresh, ignore_errors=True)
                ours.append(seconds([*make, name, "-o", str(pdf)], fresh))
                theirs.append(seconds(plain, kept))
            ratio = statistics.median(ours) / statistics.median(theirs)
            print(
                f"{'first cold make, ' + name:46}  {statistics.median(ours):.2f} s  "
                f"{statistics.median(theirs):.2f} s  {ratio:.2f}   (<= 1.35)"
            )
        print(f"{'the editor, of composing a sheet':46}  {editor_share():.2f}")
        listing = [seconds([sys.executable, "generate.py", "list"], work / "kept") for _ in range(ROUNDS)]
        print(f"{'list, whole process':46}  {statistics.median(listing):.2f} s")


if __name__ == "__main__":
    main()
