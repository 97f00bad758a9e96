"""The reference pages in ``docs/reference``: made from the program itself, so they stay true.

``python -m tools.reference`` writes them; ``tests/test_reference.py`` fails where a committed page differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.reference.commands import commands_page
from tools.reference.models import blocks_page, files_page
from tools.reference.slots import slots_page

if TYPE_CHECKING:
    from collections.abc import Callable

PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "blocks.md": blocks_page,
    "slots.md": slots_page,
    "files.md": files_page,
}
"""Each page's name, and what returns its text."""
