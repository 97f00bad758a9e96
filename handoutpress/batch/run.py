"""The batch: rows in, outcomes out, nothing lost on the way.

Rows are read as fast as the workers take them and no faster, so that a table of any length needs the same
memory. What is intended and what is made stands in the folder's journal; a run that was stopped, however it
was, goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import suppress
from typing import TYPE_CHECKING

from handoutpress.batch.masters import Masters, asked_by
from handoutpress.batch.order import Outcome
from handoutpress.batch.work import Done, Folder, Task, make_copies, program
from handoutpress.delivery.files import meant_for, write_whole
from handoutpress.delivery.naming import Taken, same_file
from handoutpress.delivery.records import Delivery, add_all, operator
from handoutpress.dispatch.saving import SAVED
from handoutpress.errors import HandoutError, Problem, ProblemsFound
from handoutpress.plates.master import Master
from handoutpress.reading.rows import BadRow

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from handoutpress.batch.order import Order
    from handoutpress.batch.workforce import Workforce
    from handoutpress.delivery.journal import Journal
    from handoutpress.delivery.ledger import Ledger
    from handoutpress.places import Places
    from handoutpress.press import Composed
    from handoutpress.reading.rows import Row
    from handoutpress.wish import SheetText, Wish

SMALL_CHUNK = 4
"""Copies that a worker gets at once where each is laid out in full."""
_AHEAD = 2
"""Chunks waiting for each worker."""
_WAITING = 32
"""Chunks being filled, each with its master: a table of many shapes must not keep them all."""
_LOOK = 1.0
"""Seconds between looks whether a cluster is still there."""
_GOES_ON = "What is made stays; the same command goes on from here."
_TRIES = 3
"""How often work is handed out again after its workers died."""


class Batch:
    """One run of a batch in a folder."""

    def __init__(
        self, order: Order, places: Places, journal: Journal, ledger: Ledger, workforce: Workforce
    ) -> None:
        self.order, self.places, self.workforce = order, places, workforce
        self.journal, self.ledger = journal, ledger
        self.taken = Taken()
        self.masters = Masters(places)
        self.chunks: dict[str, tuple[Master, list[Task]]] = {}
        self.asked: dict[int, tuple[str, Wish]] = {}
        self.flying: dict[Future[list[Done]], tuple[Master, list[Task]]] = {}
        self.foreign: set[str] = set()
        """Files in the folder that no batch made."""
        self.broken = 0
        self.operator = operator()
        self.executor: Executor | None = None

    def run(self, rows: Iterable[Row | BadRow]) -> Generator[Outcome, None, None]:
        """Yield what became of each row, in no order; raises ``HandoutError`` where it cannot go on."""
        self._sweep()
        names = (entry.name for entry in os.scandir(self.order.folder))
        self.foreign = {same_file(name) for name in names if not self.journal.knows(name)}
        try:
            for row in rows:
                if isinstance(row, BadRow):
                    yield Outcome(row.line, problems=tuple(map(str, row.problems)))
                else:
                    yield from self._take(row)
                if len(self.flying) >= self.workforce.hands * _AHEAD:
                    yield from self._collect()
            for key in list(self.chunks):
                self._submit(key)
            while self.flying:
                yield from self._collect()
        finally:
            if self.executor is not None:
                self.executor.shutdown(wait=True, cancel_futures=True)
            self._sweep()

    def _sweep(self) -> None:
        """Remove what a run or a worker that was killed has left half-written; the journal's lock is ours."""
        for part in self.order.folder.glob(".*.part"):
            if self.journal.knows(meant_for(part.name)):
                with suppress(OSError):
                    part.unlink()

    def _take(self, row: Row) -> Iterator[Outcome]:
        """Put one row's copy into a chunk, or say at once what became of it."""
        try:
            handout, wish = asked_by(row, self.order.handout, self.order.wish)
            file = self._file(row, handout, wish)
            master = self.masters.find(row.line, handout, wish)
            source = self._composed(handout, wish) if isinstance(master, str) else master
        except ProblemsFound as found:
            yield Outcome(row.line, problems=tuple(self._at(row, problem) for problem in found.problems))
            return
        path = self.order.folder / file
        said = repr((handout, source.fingerprint, row.details)).encode()
        digest = hashlib.blake2b(said, key=self.journal.salt, digest_size=16).hexdigest()
        if self.journal.holds(file, digest):
            yield Outcome(row.line, path, kept=True, handout=handout, wish=wish)
            return
        task = Task(row.line, file, digest, row.details)
        self.asked[row.line] = handout, wish
        if not isinstance(source, Master):
            yield self._made_here(task, str(master), source)
            return
        _, tasks = self.chunks.setdefault(source.key, (source, []))
        tasks.append(task)
        if len(tasks) >= (self.workforce.chunk if source.plate else SMALL_CHUNK):
            self._submit(source.key)
        elif len(self.chunks) > _WAITING:
            self._submit(next(iter(self.chunks)))

    def _at(self, row: Row, problem: Problem) -> str:
        return f"{self.order.table}:{row.line}: {problem}"

    def _file(self, row: Row, handout: str, wish: Wish) -> str:
        """Return the name of a row's file; raises ``ProblemsFound`` where it cannot have one."""
        fields: dict[str, str | int | dt.date | None] = {
            "line": row.line,
            "handout": handout,
            "name": row.details.name,
            "reference": row.details.reference,
            "visit": row.details.visit,
            "language": wish.language,
            "edition": wish.edition,
        }
        file = self.order.names.name(fields, row.file)
        other = self.taken.claim(file, row.line)
        if other is not None:
            hint = "name each copy by something that differs, such as {line}"
            raise ProblemsFound([Problem(f"line {other} has the same file name", hint=hint)])
        if same_file(file) in self.foreign:
            hint = "it was not made by a batch: name another folder, or move it away"
            raise ProblemsFound([Problem("there is a file of this name already", hint=hint)])
        return file

    def _composed(self, handout: str, wish: Wish) -> Composed:
        """Compose a copy that no master can stand for; raises ``ProblemsFound``."""
        from handoutpress.press import compose_copy

        return compose_copy(handout, self.places, wish)

    def _made_here(self, task: Task, why: str, composed: Composed) -> Outcome:
        """Make a copy that no master can stand for."""
        from handoutpress.press import finish_copy

        self.journal.intend([(task.file, task.digest)])
        try:
            copy = finish_copy(self.asked[task.line][0], composed)
        except ProblemsFound as found:
            return next(self._noted([(task, Done(0, problems=tuple(map(str, found.problems))))], ()))
        self.masters.remarks |= dict.fromkeys(copy.remarks)
        return next(self._noted([(task, Done(0, len(copy.pdf), why, pdf=copy.pdf))], copy.sheets))

    def _submit(self, key: str) -> None:
        master, tasks = self.chunks.pop(key)
        self.journal.intend((task.file, task.digest) for task in tasks)
        self._hand_out(master, tasks)

    def _hand_out(self, master: Master, tasks: list[Task]) -> None:
        if self.executor is None:
            self.executor = self.workforce.open()
        folder = Folder(str(self.order.folder), self.journal.salt.hex(), program())
        try:
            future = self.executor.submit(make_copies, master.key, master.packed, tasks, folder)
        except BrokenExecutor as error:  # a worker died since the last look: `_collect` starts again
            future = Future()
            future.set_exception(error)
        self.flying[future] = master, tasks

    def _collect(self) -> Iterator[Outcome]:
        """Wait for a chunk, and yield its outcomes."""
        while not (finished := wait(self.flying, _LOOK, FIRST_COMPLETED).done):
            if not self.workforce.answers():
                raise HandoutError(f"the scheduler is gone. {_GOES_ON}")
        for future in finished:
            if future not in self.flying:
                continue
            try:
                done = future.result()
            except (BrokenExecutor, CancelledError, OSError) as error:
                self._start_again(error)
                return
            except Exception as error:
                if type(error).__name__ != "KilledWorker":
                    raise
                self._start_again(error)
                return
            master, tasks = self.flying.pop(future)
            self.broken = 0
            yield from self._noted([(tasks[one.index], one) for one in done], master.sheets)

    def _noted(self, done: Sequence[tuple[Task, Done]], sheets: Sequence[SheetText]) -> Iterator[Outcome]:
        """Note what became of some tasks, all of it before the first is told; all have the same sheets."""
        made = [(task, one) for task, one in done if not (one.problems or one.stop)]
        for task, one in made:
            if one.pdf is not None:
                write_whole(self.order.folder / task.file, one.pdf, durable=False)
        # Before the journal has them: after a crash in between they are made, and recorded, once more.
        wishes = [self.asked[task.line][1] for task, _ in made]
        add_all(self.ledger, [(sheet, self._delivery(wish)) for wish in wishes for sheet in sheets], SAVED)
        self.journal.record((task.file, task.digest, one.size) for task, one in made)
        for task, one in done:
            yield self._outcome(task, one)

    def _delivery(self, wish: Wish) -> Delivery:
        return Delivery("file", wish.edition, wish.patient.reference, self.operator)

    def _start_again(self, error: BaseException) -> None:
        """Hand out again what was in the hands of workers that died."""
        self.broken += 1
        if self.broken > _TRIES:
            raise HandoutError(f"the workers died ({type(error).__name__}). {_GOES_ON}") from None
        lost = list(self.flying.values())
        self.flying.clear()
        self.executor = None
        for master, tasks in lost:
            self._hand_out(master, tasks)

    def _outcome(self, task: Task, done: Done) -> Outcome:
        """Return what became of a task; raises ``HandoutError`` where nothing more can be made."""
        handout, wish = self.asked.pop(task.line)
        if done.stop:
            raise HandoutError(f"{done.stop} {_GOES_ON}")
        if done.problems:
            where = f"{self.order.table}:{task.line}"
            return Outcome(task.line, problems=tuple(f"{where}: {problem}" for problem in done.problems))
        path = self.order.folder / task.file
        return Outcome(task.line, path, in_full=done.in_full, handout=handout, wish=wish)
