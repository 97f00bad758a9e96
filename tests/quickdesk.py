"""The desk with a short time to take an email back, for tests that wait until it is over."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

HOLD_SECONDS = 2.5
"""Long enough to see that nothing has gone, and to press the button."""


def main() -> None:
    """Run the command line with it."""
    from handoutpress.cli import main as command
    from handoutpress.desk import sending

    vars(sending)["HOLD_SECONDS"] = HOLD_SECONDS
    command()


if __name__ == "__main__":
    main()
