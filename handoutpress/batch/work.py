"""What a worker does: copies from one master, written where they belong or brought home as bytes.

This is all that runs in another process or on another machine. It gets a master and some patients' details,
and needs neither a clinic's folder nor the engine, unless a patient's words do not fit the plate. It never
raises: a cluster would log what it was called with.
"""

from __future__ import annotations

import pickle
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from handoutpress import __version__
from handoutpress.delivery.files import write_whole
from handoutpress.delivery.journal import FILE
from handoutpress.errors import HandoutError, ProblemsFound
from handoutpress.plates.store import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handoutpress.plates.master import Master
    from handoutpress.reading.patient import PatientDetails

_WARM = 32
"""Masters a worker keeps at hand: one that comes again has its fonts shaped and cut."""
_masters: OrderedDict[str, Master] = OrderedDict()
_one_at_a_time = threading.Lock()
"""A cluster's worker may have several threads; the engine has one log for all of them."""


@dataclass(frozen=True, slots=True)
class Task:
    """One copy to make."""

    line: int
    file: str
    digest: str
    details: PatientDetails


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a task."""

    index: int
    """Which of the tasks: the task itself need not travel back."""
    size: int = 0
    in_full: str = ""
    """Why it was laid out in full; "" for a spliced copy."""
    problems: tuple[str, ...] = ()
    """What is wrong with this patient's words."""
    stop: str = ""
    """What is wrong here: a full disk, no engine. The batch cannot go on."""
    pdf: bytes | None = None
    """The copy, where this worker does not see the folder it belongs into."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Where copies go, and how a worker tells that it sees the same folder."""

    path: str
    token: str
    program: str
    """The versions of what makes the copies: others could make other bytes."""

    def is_here(self) -> bool:
        """Whether this process sees the batch's own journal there."""
        try:
            with (Path(self.path) / FILE).open(encoding="utf-8") as file:
                return self.token in file.readline()
        except (OSError, UnicodeDecodeError):
            return False


@lru_cache(maxsize=1)
def program() -> str:
    """Return the versions of this program and of the packages that shape its pages."""
    packages = ("weasyprint", "pydyf", "uharfbuzz")
    return ", ".join([f"handoutpress {__version__}", *(f"{name} {version(name)}" for name in packages)])


def make_copies(key: str, packed: bytes, tasks: Sequence[Task], folder: Folder) -> list[Done]:
    """Make some copies of one master; ``packed`` is it, for a worker that has not met it yet."""
    if folder.program != program():
        return [Done(0, stop=f"A worker runs {program()}, and this computer {folder.program}.")]
    here = Path(folder.path) if folder.is_here() else None
    done: list[Done] = []
    with _one_at_a_time:
        try:
            master = _known(key, packed)
        except Exception as error:
            return [Done(0, stop=f"A worker cannot read its work ({type(error).__name__}).")]
        for index, task in enumerate(tasks):
            done.append(_make(master, index, task, here))
            if done[-1].stop:
                break
    return done


def _known(key: str, packed: bytes) -> Master:
    if key not in _masters:
        # A batch on this computer sends nothing but the key: the master is kept here.
        master = pickle.loads(packed) if packed else load(key)  # noqa: S301 (the batch started this worker)
        if master is None:
            raise LookupError(key)
        _masters[key] = master
    _masters.move_to_end(key)
    if len(_masters) > _WARM:
        _masters.popitem(last=False)
    return _masters[key]


def _make(master: Master, index: int, task: Task, folder: Path | None) -> Done:
    try:
        copy, in_full = master.copy(task.details)
        if folder is not None:
            write_whole(folder / task.file, copy.pdf, durable=False)
    except ProblemsFound as found:
        return Done(index, problems=tuple(map(str, found.problems)))
    except HandoutError as error:
        return Done(index, stop=str(error))
    except Exception as error:
        # The message of an unforeseen error may quote a patient's words.
        return Done(index, problems=(f"this copy could not be made ({type(error).__name__})",))
    return Done(index, len(copy.pdf), in_full, pdf=None if folder else copy.pdf)
