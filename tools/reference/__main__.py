"""``python -m tools.reference [DIR]``: write the reference pages, by default where they are committed."""

from __future__ import annotations

import sys
from pathlib import Path

from handoutpress.delivery.files import write_whole
from tools.reference import PAGES

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/reference")
    for name, made in PAGES.items():
        write_whole(folder / name, made().encode())
