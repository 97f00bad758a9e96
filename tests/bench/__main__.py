"""``make bench``: what we cost, as ratios against baselines measured in the same run.

Ours and the baseline take turns, so that a slow minute of the machine slows both, and medians are compared.
It is a report: a bound that is not met is said, and the exit status stays 0.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from tests.bench import batches, commands, desk, preview, warm
from tests.bench.figures import Failed, head

FIGURES = {
    "copy": warm.spliced,
    "second": commands.second_patient,
    "memory": batches.memory,
    "processes": batches.two_processes,
    "dask": batches.dask,
    "first": commands.first_make,
    "editor": warm.editor,
    "list": commands.listing,
    "desk": desk.desk,
    "preview": preview.preview,
}

DISK = Path("/var/tmp")
"""A disk, where ``/tmp`` may be memory."""


def main() -> None:
    """Print one line a figure, as soon as it is known."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=FIGURES, metavar="NAME", help=f"some of: {', '.join(FIGURES)}"
    )
    only = parser.parse_args().only or FIGURES
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"The machine is busy (load {load:.1f}): two processes will look slower than they are.")
    print(head(), flush=True)
    place = DISK if DISK.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="handouts-bench-", dir=place) as folder:
        _spread(folder)
        os.environ |= {"XDG_CACHE_HOME": f"{folder}/cache", "XDG_STATE_HOME": f"{folder}/state"}
        os.environ.pop("HANDOUTS_STATE", None)
        for name, figure in FIGURES.items():
            if name in only:
                work = Path(tempfile.mkdtemp(prefix=name, dir=folder))
                try:
                    for row in figure(work):
                        print(row, flush=True)
                except Failed as failed:
                    print(f"{name}: NOT MEASURED: {failed}", flush=True)


def _spread(folder: str) -> None:
    """Ask ext4 for room far apart, by their names, for the folders in this one.

    Where thousands of files were deleted, by the run before this perhaps, ext4 takes 0.6 ms in place of 0.02
    for each new one, for about a minute.
    """
    with suppress(FileNotFoundError):
        subprocess.run(["chattr", "+T", folder], check=False, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
