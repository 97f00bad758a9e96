"""The desk with a clock that a test puts forward: emails are held until then, be the machine ever so slow."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

CLOCK = "DESK_CLOCK"
"""The environment variable with the file that puts the sender's clock forward, once it is there."""
WATCH = "DESK_WATCH"
"""The environment variable with the seconds for which a print job is watched; the program's own without."""
HOLD_SECONDS, LOOK_SECONDS = 600.0, 0.2


def main() -> None:
    """Run the command line with it."""
    from handoutpress.cli import main as command
    from handoutpress.delivery import printer
    from handoutpress.desk import sending

    file = Path(os.environ[CLOCK])

    def monotonic() -> float:
        return time.monotonic() + (HOLD_SECONDS if file.exists() else 0.0)

    clock = SimpleNamespace(monotonic=monotonic)
    vars(sending).update(HOLD_SECONDS=HOLD_SECONDS, _REST_SECONDS=LOOK_SECONDS, time=clock)
    if WATCH in os.environ:
        vars(printer)["WATCH_SECONDS"] = float(os.environ[WATCH])
    command()


if __name__ == "__main__":
    main()
