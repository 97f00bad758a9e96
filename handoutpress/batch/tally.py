"""What became of the rows of a batch so far, and which copies are to be verified."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from handoutpress.batch.order import Outcome


@dataclass
class Tally:
    """What became of the rows so far."""

    samples: int
    """How many copies are to be verified."""
    made: int = 0
    kept: int = 0
    bad: int = 0
    in_full: int = 0
    chosen: list[Outcome] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def add(self, outcome: Outcome) -> None:
        """Count one row; keep its copy for ``--verify`` with an even chance (Vitter's algorithm R)."""
        if outcome.problems:
            self.bad += 1
            return
        self.kept += outcome.kept
        self.made += not outcome.kept
        self.in_full += bool(outcome.in_full)
        copies = self.made + self.kept
        place = copies - 1 if copies <= self.samples else _random_below(copies)
        if place < self.samples:
            self.chosen[place : place + 1] = [outcome]

    @property
    def rate(self) -> float:
        """Copies made a second."""
        return self.made / max(time.monotonic() - self.started, 0.001)

    def __str__(self) -> str:
        """Say it in a line."""
        made = f"{self.made:,} {'copy' if self.made == 1 else 'copies'} made"
        parts = [f"{made} ({self.rate:,.0f} a second)" if self.made >= 100 else made]
        if self.in_full:
            parts.append(f"{self.in_full:,} of them laid out in full")
        if self.kept:
            parts.append(f"{self.kept:,} {'was' if self.kept == 1 else 'were'} there already")
        if self.bad:
            parts.append(f"{self.bad:,} {'row is' if self.bad == 1 else 'rows are'} wrong")
        return f"{'; '.join(parts)}."


def _random_below(number: int) -> int:
    import secrets

    return secrets.randbelow(number)
