"""One round: the sheet made as ``make`` would make it, or why it cannot be."""

from __future__ import annotations

import textwrap
import traceback
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from handoutpress.errors import EngineUnavailable, HandoutError, Problem, ProblemsFound
from handoutpress.press import compose_copy, finish_copy

if TYPE_CHECKING:
    from collections.abc import Callable

    from handoutpress.places import Places
    from handoutpress.wish import Copy, Wish


class State(StrEnum):
    """What became of a round."""

    GOOD = "good"
    DRAFT = "draft"
    """Something stops the print that a draft may be made with all the same."""
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody has chosen on the page; None stays as the command line has it."""

    edition: str | None = None
    paper: str | None = None
    language: str | None = None

    def applied(self, wish: Wish) -> Wish:
        """Return the wish with what was chosen in it."""
        chosen: dict[str, Any] = {
            name: value for name in self.__slots__ if (value := getattr(self, name)) is not None
        }
        return replace(wish, **chosen)


@dataclass(frozen=True)
class Made:
    """What a round has made."""

    state: State
    problems: tuple[Problem, ...] = ()
    copy: Copy | None = None
    choice: Choice = Choice()
    """What the copy is: edition, paper and language, each said. Where there is none, what was asked for."""
    unchanged: bool = False
    """Whether the copy is the one of the round before."""


class Maker:
    """Makes one sheet again and again, and keeps the last copy: most saves change no more than one file."""

    def __init__(self, name: str, places: Places, wish: Callable[[], Wish]) -> None:
        self._name, self._places, self._wish = name, places, wish
        self._last: tuple[str, Made] | None = None

    def make(self, choice: Choice) -> Made:
        """Make one round. Raises ``EngineUnavailable``: no save mends that."""
        try:
            wish = choice.applied(self._wish())
            choice = Choice(wish.edition, wish.paper, wish.language)
            try:
                return self._made(wish)
            except ProblemsFound as found:
                if wish.draft or not all(problem.rule for problem in found.problems):
                    raise
                return self._made(replace(wish, draft=True))
        except EngineUnavailable:
            raise
        except ProblemsFound as found:
            return Made(State.STOPPED, tuple(found.problems), choice=choice)
        except HandoutError as error:
            return Made(State.STOPPED, (Problem(str(error)),), choice=choice)
        except Exception as error:
            return Made(State.STOPPED, (_at_fault(error),), choice=choice)

    def _made(self, wish: Wish) -> Made:
        composed = compose_copy(self._name, self._places, wish)
        mark = composed.fingerprint
        if self._last and self._last[0] == mark:
            made = replace(self._last[1], unchanged=True, problems=composed.waived)
        else:
            copy = finish_copy(self._name, composed)
            state = State.DRAFT if composed.waived else State.GOOD
            paper = wish.paper or composed.job.clinic.facts.paper
            made = Made(state, copy.waived, copy, Choice(wish.edition, paper, wish.language))
        self._last = mark, replace(made, unchanged=False)
        return made


def _at_fault(error: Exception) -> Problem:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno}"
    said = f"something went wrong in the program: {type(error).__name__}: {error} ({where})"
    return Problem(said, hint="undo the last change, or report this with the file that brought it about")


def plain(problem: Problem) -> dict[str, str]:
    """Return a problem as a page shows it: its place, what is wrong, the line, and what to do."""
    as_typed = problem.as_json()
    parts = [as_typed["file"], as_typed["line"], as_typed["column"]]
    below = str(replace(problem, hint="")).removeprefix(problem.message).partition("\n")[2]
    return {
        "where": ":".join(str(part) for part in parts if part),
        "message": problem.message,
        "source": textwrap.dedent(below),
        "hint": problem.hint,
        "rule": problem.rule,
    }
