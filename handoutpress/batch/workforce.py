"""Who does the work: this process, some processes, or a Dask cluster, each as an executor."""

from __future__ import annotations

import multiprocessing
import os
import signal
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from handoutpress.errors import HandoutError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")

ENOUGH = 2000
"""Copies from which on a second process earns what it costs to start."""


@dataclass(frozen=True)
class Workforce:
    """How many copies may be made at once, and who makes them."""

    open: Callable[[], Executor]
    """Returns a new executor; called again where the last one broke."""
    hands: int


class InProcess(Executor):
    """Does each task at once, here."""

    def submit(self, work: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Do it, and return a future that is done."""
        future: Future[T] = Future()
        try:
            future.set_result(work(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def on_this_machine(jobs: int | None, table: Path) -> Workforce:
    """Return processes of this machine; with no number given, as many as there is work for."""
    if jobs is None:
        with table.open("rb") as file:
            rows = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
        jobs = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        jobs = jobs if rows >= ENOUGH else 1
    if jobs == 1:
        return Workforce(InProcess, 1)
    hands = jobs

    def processes() -> Executor:
        # Not forked: the engine's libraries have threads, and a fork would copy their locks.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(hands, mp_context=context, initializer=_leave_interrupts)

    return Workforce(processes, hands)


def _leave_interrupts() -> None:
    """Leave Ctrl-C to the parent: a worker finishes the copy it is at."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def on_cluster(address: str) -> Workforce:
    """Return the workers of a Dask cluster; raises ``HandoutError`` where there is none.

    Where the address is ``tls://``, certificates come from Dask's own configuration.
    """
    try:
        import distributed
    except ImportError:
        raise HandoutError(
            '--scheduler needs the extra "cluster": pip install "handoutpress[cluster]"'
        ) from None
    client: Any
    try:
        client = distributed.Client(address, timeout="10s", set_as_default=False)
        hands = sum(client.nthreads().values())
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        raise HandoutError(f"no scheduler answers at {address}: {error}") from None
    if not hands:
        raise HandoutError(f"the scheduler at {address} has no workers yet")
    return Workforce(lambda: client.get_executor(pure=False), hands)
