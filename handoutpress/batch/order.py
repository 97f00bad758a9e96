"""What a batch is asked for, and what becomes of each row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from handoutpress.delivery.naming import FileNames
    from handoutpress.wish import Wish


@dataclass(frozen=True)
class Order:
    """What a batch makes."""

    handout: str | None
    """The sheet, where a row names none."""
    wish: Wish
    """How copies are asked for, where a row says nothing else."""
    names: FileNames
    folder: Path
    table: Path


@dataclass(frozen=True)
class Outcome:
    """What became of one row."""

    line: int
    path: Path | None = None
    """The copy's file."""
    kept: bool = False
    """Whether it was there already, from an earlier run."""
    in_full: str = ""
    """Why it was laid out in full."""
    problems: tuple[str, ...] = ()
    """Why there is no copy."""
    handout: str = ""
    wish: Wish | None = None
    """How this copy was asked for."""
