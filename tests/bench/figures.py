"""How a figure is measured and said: contenders take turns, and medians are compared."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

_HEAD = f"{'':66}{'ours':>10}{'baseline':>11}{'ratio':>10}   {'of the rounds':18}bound"


class Failed(Exception):
    """Why there is nothing to measure; the other figures go on."""


@dataclass(frozen=True)
class Row:
    """One line of the report."""

    what: str
    ours: str
    baseline: str = ""
    ratio: str = ""
    spread: str = ""
    """The lowest and the highest ratio of a single round."""
    bound: str = ""
    met: bool = True

    def __str__(self) -> str:
        verdict = f"{self.bound:10}{'met' if self.met else 'NOT MET'}" if self.bound else ""
        line = f"{self.what:66}{self.ours:>10}{self.baseline:>11}{self.ratio:>10}   {self.spread:18}{verdict}"
        return line.rstrip()


def head() -> str:
    """Return the line above the rows."""
    return _HEAD


def cost(what: str, ours: Sequence[float], baseline: Sequence[float], most: float) -> Row:
    """Compare what we take with what the baseline takes; ours may be ``most`` of it."""
    return _compared(what, ours, baseline, (ours, baseline), most, "<=")


def speed(what: str, ours: Sequence[float], baseline: Sequence[float], least: float) -> Row:
    """Compare how fast we are with how fast the baseline is; ours must be ``least`` times as fast."""
    return _compared(what, ours, baseline, (baseline, ours), least, ">=")


def alone(what: str, ours: Sequence[float]) -> Row:
    """Say a time without a baseline."""
    return Row(what, _seconds(statistics.median(ours)))


def turns(rounds: int, *contenders: Callable[[], T]) -> list[list[T]]:
    """Let contenders take turns, so that a slow minute of the machine slows all; return each one's figures.

    Every second round goes the other way round, so that none always runs in the wake of the same other one.
    """
    figures: list[list[T]] = [[] for _ in contenders]
    for number in range(rounds):
        order = range(len(contenders))
        for index in reversed(order) if number % 2 else order:
            figures[index].append(contenders[index]())
    return figures


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _compared(
    what: str,
    ours: Sequence[float],
    baseline: Sequence[float],
    pair: tuple[Sequence[float], Sequence[float]],
    bound: float,
    sign: str,
) -> Row:
    upper, lower = pair
    ratio = statistics.median(upper) / statistics.median(lower)
    single = [one / other for one, other in zip(upper, lower, strict=True)]
    return Row(
        what,
        _seconds(statistics.median(ours)),
        _seconds(statistics.median(baseline)),
        _ratio(ratio),
        f"{_ratio(min(single))} to {_ratio(max(single))}",
        f"{sign} {_ratio(bound)}",
        ratio <= bound if sign == "<=" else ratio >= bound,
    )


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 0.1 else f"{seconds * 1000:.2f} ms"


def _ratio(ratio: float) -> str:
    if ratio >= 0.15:
        return f"{ratio:.2f}"
    return "1/" + f"{1 / ratio:.{0 if ratio < 0.05 else 1}f}".removesuffix(".0")
