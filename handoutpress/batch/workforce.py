"""Who does the work: this process, some processes, or a Dask cluster, each as an executor."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
import threading
from collections import OrderedDict
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import util
from typing import TYPE_CHECKING, Any, TypeVar

from handoutpress.delivery.files import count_lines
from handoutpress.errors import HandoutError
from handoutpress.plates.store import is_kept

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")

CLUSTER_CHUNK = 160
"""Copies that a cluster's worker gets at once: each chunk passes the scheduler."""
_SENT = 32
"""Masters that a cluster's workers have at hand."""

MOST = 61
"""Processes that Windows can wait for at once."""
ENOUGH = 2000
"""Copies from which on a second process earns what it costs to start."""


@dataclass(frozen=True)
class Workforce:
    """How many copies may be made at once, and who makes them."""

    open: Callable[[], Executor]
    """Returns a new executor; called again where the last one broke."""
    hands: int
    chunk: int = 64
    """How many spliced copies one of them gets at once."""
    answers: Callable[[], bool] = lambda: True
    """Whether work that was handed out may still come back."""


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
        jobs = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        jobs = jobs if count_lines(table) >= ENOUGH else 1
    if jobs == 1:
        return Workforce(InProcess, 1)
    hands = min(jobs, MOST) if sys.platform == "win32" else jobs

    def processes() -> Executor:
        # A fork has all modules at once. With the engine in it, it would also have its libraries' locks.
        forked = sys.platform == "linux" and "weasyprint" not in sys.modules
        context = multiprocessing.get_context("fork" if forked else "spawn")
        return Processes(hands, mp_context=context, initializer=_depend_on_parent)

    return Workforce(processes, hands)


class Processes(ProcessPoolExecutor):
    """Processes of this machine that leave Ctrl-C to their parent from their first moment."""

    def submit(self, work: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Hand work out; a process that starts for it inherits that SIGINT is blocked."""
        key, packed, *others = args
        args = (key, b"" if is_kept(key) else packed, *others)
        if not hasattr(signal, "pthread_sigmask"):
            return super().submit(work, *args, **kwargs)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return super().submit(work, *args, **kwargs)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _depend_on_parent() -> None:
    """Leave Ctrl-C to the parent, and end with it, however it ends: a worker alone would wait for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    util.Finalize(None, _leave_nothing, exitpriority=0)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _leave_nothing() -> None:
    """Let the engine remove its temporary folder: a forked process ends without Python's own exit."""
    if "weasyprint" in sys.modules:
        from handoutpress.typesetting.engine import close

        close()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)


class Cluster(Executor):
    """A Dask cluster's workers; its own executor knows no ``cancel_futures``."""

    def __init__(self, client: Any) -> None:
        self.client, self.executor = client, client.get_executor(pure=False)
        self.sent: OrderedDict[str, Any] = OrderedDict()
        """The masters that every worker has, by key."""

    def submit(self, work: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Hand work out; raises ``BrokenExecutor`` where the scheduler is gone."""
        try:
            future: Future[T] = self.executor.submit(work, *self._ahead(*args), **kwargs)
        except Exception as error:
            raise BrokenExecutor(type(error).__name__) from None
        return future

    def _ahead(self, key: str, packed: bytes, *others: Any) -> tuple[Any, ...]:
        """Send a master to every worker once, and not with each of its chunks."""
        if key not in self.sent:
            self.sent[key] = self.client.scatter(packed, broadcast=True, hash=False)
            if len(self.sent) > _SENT:
                self.sent.popitem(last=False)  # the scheduler lets go of what nobody waits for
        self.sent.move_to_end(key)
        return key, self.sent[key], *others

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        """Wait for what was handed out, and leave the cluster."""
        if self.client.status == "running":
            self.executor.shutdown(wait=wait)
            self.client.close()


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
    import dask

    if dask.config.get("distributed.comm.require-encryption") and not address.startswith("tls://"):
        raise HandoutError(f"{address} is not encrypted, and Dask's configuration wants that: use tls://")
    client: Any
    try:
        asyncio.run(_knock(address))
        client = distributed.Client(address, timeout="10s", set_as_default=False)
        hands = sum(client.nthreads().values())
    except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
        raise HandoutError(f"no scheduler answers at {address}: {error}") from None
    if not hands:
        raise HandoutError(f"the scheduler at {address} has no workers yet")
    return Workforce(
        lambda: Cluster(client), hands, CLUSTER_CHUNK, lambda: client.status in ("running", "connecting")
    )


async def _knock(address: str) -> None:
    """Connect to a scheduler and leave: a client that cannot would take half a minute to give up."""
    from distributed import Security
    from distributed.comm import connect

    said = await connect(address, timeout="10s", **Security().get_connection_args("client"))
    await said.close()
