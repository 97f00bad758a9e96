"""What all rows of a table share: how each asks for its copy, and the masters that copies are made from."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from handoutpress.composing.personal import shape
from handoutpress.errors import Problem, ProblemsFound
from handoutpress.plates.copies import find_master

if TYPE_CHECKING:
    from handoutpress.places import Places
    from handoutpress.plates.master import Master
    from handoutpress.reading.rows import Row
    from handoutpress.wish import Wish

_MOST = 64
"""Masters kept at hand."""


def asked_by(row: Row, handout: str | None, wish: Wish) -> tuple[str, Wish]:
    """Return the sheet and the wish of a row: its own words first; raises ``ProblemsFound``."""
    from handoutpress.composing.stylesheets import EDITIONS

    problems = []
    name = row.handout or handout
    if name is None:
        problems.append(Problem("the row names no sheet", hint="fill the column handout, or say --handout"))
    edition = row.edition or wish.edition
    if edition not in EDITIONS:
        problems.append(Problem(f"there is no edition `{edition}`", hint=f"one of {', '.join(EDITIONS)}"))
    if problems or name is None:
        raise ProblemsFound(problems)
    language = row.language or wish.language
    return name, replace(wish, language=language, edition=edition, patient=row.details)


class Masters:
    """The masters of a table's sheets, each found once, the latest kept at hand."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.remarks: dict[str, None] = {}
        """What staff should know of these copies, each remark once."""
        self._found: OrderedDict[tuple[object, ...], Master | str | tuple[Problem, ...]] = OrderedDict()
        self._told: dict[tuple[str, str, str], int] = {}
        """Sheets that do not print, and the line that was told why."""

    def find(self, line: int, handout: str, wish: Wish) -> Master | str:
        """Return the master for a wish, or why there is none.

        Raises ``ProblemsFound`` where the sheet does not print: what is wrong with it is told with the first
        line that asks for it.
        """
        key = (handout, wish.language, wish.edition, shape(wish.patient))
        if key not in self._found:
            try:
                self._found[key] = find_master(handout, self.places, wish)
            except ProblemsFound as error:
                self._found[key] = tuple(error.problems)
        self._found.move_to_end(key)
        if len(self._found) > _MOST:
            self._found.popitem(last=False)
        found = self._found[key]
        if isinstance(found, tuple):
            first = self._told.setdefault((handout, wish.language, wish.edition), line)
            if first != line:
                raise ProblemsFound([Problem(f"{handout} does not print: line {first} says why")])
            raise ProblemsFound(found)
        if not isinstance(found, str):
            self.remarks |= dict.fromkeys(found.remarks)
        return found
