"""A shipped sheet with a clinic's changes laid over it: one set of values that know where each comes from.

The values are put together before they are checked, so a sheet with changes is read, checked and hashed as
any other, and whatever is wrong is told in the file where it stands: the shipped one or the clinic's.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from handoutpress.errors import Problems
from handoutpress.reading.laying import Laying
from handoutpress.reading.yamlfile import YamlFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handoutpress.errors import Place
    from handoutpress.reading.changes import Changes
    from handoutpress.reading.laying import Origin
    from handoutpress.reading.yamlfile import Loc


@dataclass(frozen=True)
class Overlaid(YamlFile):
    """The values of one file with some of another's in their places; each keeps the place it came from."""

    origins: dict[Loc, Origin] = field(default_factory=dict)

    def origin(self, loc: Loc) -> Origin:
        """Return the file and the place that the value at ``loc`` comes from."""
        for length in range(len(loc), -1, -1):
            if loc[:length] in self.origins:
                file, base = self.origins[loc[:length]]
                return file, (*base, *loc[length:])
        raise LookupError(loc)  # the top always has an origin

    def place(self, loc: Loc = (), *, key: bool = False) -> Place:
        """Return where the value at ``loc`` stands, or its key, in the file it comes from."""
        file, there = self.origin(loc)
        return file.place(there, key=key)

    def place_of(self, loc: Loc, words: str) -> Place:
        """Return where these words stand in the scalar at ``loc``."""
        file, there = self.origin(loc)
        return file.place_of(there, words)

    def place_in(self, loc: Loc, offset: int, width: int) -> Place:
        """Return the place ``offset`` characters into the scalar at ``loc``."""
        file, there = self.origin(loc)
        return file.place_in(there, offset, width)

    def find(self, words: str) -> Place | None:
        """Return the first place of these words, the clinic's own file first."""
        files = {id(file): file for file, _ in reversed(self.origins.values())}.values()
        return next((place for file in files if (place := file.find(words))), None)


def overlaid(base: YamlFile, own: YamlFile, changes: Changes) -> Overlaid:
    """Return ``base`` with a clinic's changes, read from ``own``; raises ``ProblemsFound``."""
    laying = Laying(base, own)
    data, origins = laying.lay(changes.changes)
    for name in ("version", "pages", "translation"):
        if own.data.get(name) is not None:
            data[name], origins[name,] = own.data[name], (own, (name,))
    _take_day("dated", own, base, data, origins, later=True)
    _take_day("review_by", own, base, data, origins, later=False)
    laying.problems.raise_if_any()
    return Overlaid(base.path, data, base.lines, base.values, base.keys, origins)


def _take_day(
    name: str, own: YamlFile, base: YamlFile, data: dict[str, Any], origins: dict[Loc, Origin], *, later: bool
) -> None:
    """Take the clinic's day where it is the later (or earlier) one: a change prolongs no shipped text."""
    with suppress(KeyError, TypeError, ValueError):  # a shipped day that is none is told by the sheet's check
        if (dt.date.fromisoformat(own.data[name]) > dt.date.fromisoformat(base.data[name])) == later:
            data[name], origins[name,] = own.data[name], (own, (name,))


def added(base: YamlFile | None, own: YamlFile, *parts: str) -> Overlaid:
    """Return ``base`` with the entries of ``own`` beside its own, part by part (``claims``, ``slots``).

    Raises ``ProblemsFound`` for an entry whose name the base has already.
    """
    data: dict[str, Any] = dict(base.data) if base else {}
    origins: dict[Loc, Origin] = {(): (base or own, ())}
    # One name is one entry's, in whatever part: a statement names it without saying which.
    taken = _names(base, parts) if base else set()
    problems = Problems()
    for part in parts:
        mine = own.data.get(part)
        if not mine:
            continue
        if part not in data:
            origins[part,] = (own, (part,))
        data[part] = dict(data.get(part) or {})
        for name, entry in mine.items():
            if name in taken:
                where = base.path.name if base and name in _names(base, parts) else "this file"
                place = own.place((part, name), key=True)
                problems.add(f"`{name}` is there already, in {where}", place, "give yours a name of its own")
            taken.add(name)
            data[part][name], origins[part, name] = entry, (own, (part, name))
    problems.raise_if_any()
    whole = base or own
    return Overlaid(whole.path, data, whole.lines, whole.values, whole.keys, origins)


def _names(yaml: YamlFile, parts: Sequence[str]) -> set[str]:
    return {name for part in parts for name in yaml.data.get(part) or ()}
