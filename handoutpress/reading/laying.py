"""Laying a clinic's changes over a shipped sheet's values, and noting each that does not fit them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from handoutpress.errors import Problems, suggestion
from handoutpress.reading.changes import TOP, Add, Hide, Move, Replace, Reword
from handoutpress.reading.parts import at, blocks_of, spaced, text_hash, texts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handoutpress.reading.changes import Change
    from handoutpress.reading.parts import BlockAsRead
    from handoutpress.reading.yamlfile import Loc, YamlFile

Origin = tuple["YamlFile", "Loc"]
"""A file, and where in it a value stands."""

_MOST_HINTS = 10
"""Looking for the nearest words takes some milliseconds: only for the first few."""
_KEPT = {"call": "when to call", "emergency": "when to get emergency help"}
"""The parts of a warning that no change may take from a sheet."""


@dataclass(eq=False)
class _Slot:
    """Where a shipped block stands, and what follows it."""

    known: BlockAsRead
    block: Any
    origin: Origin
    more: dict[Loc, Origin] = field(default_factory=dict)
    """Values inside the block that come from elsewhere, by their place below it."""
    after: list[tuple[Any, Origin]] = field(default_factory=list)
    changed: str = ""
    """What is done to the whole block: hidden, replaced."""
    changed_at: Loc = ()
    moved: bool = False


class Laying:
    """Lays changes over a sheet: whole blocks first, then words, so that the order in the file is free."""

    def __init__(self, base: YamlFile, own: YamlFile) -> None:
        self.base, self.own = base, own
        self.problems = Problems()
        self.head: dict[str, Any] = {}
        self.origins: dict[Loc, Origin] = {(): (base, ())}
        self.slots = [
            _Slot(known, at(base.data, known.loc), (base, known.loc)) for known in blocks_of(base.data)
        ]
        self.top: list[tuple[Any, Origin]] = []
        self.order = list(self.slots)
        self.texts = texts_of(base.data)
        self.said: set[str] = set()

    def lay(self, changes: Sequence[Change]) -> tuple[dict[str, Any], dict[Loc, Origin]]:
        """Return the sheet's values with all changes, and where they come from."""
        done = [(change.done, ("changes", number, change.kind)) for number, change in enumerate(changes)]
        for change, loc in done:
            match change:
                case Replace():
                    self._replace(change, loc)
                case Hide():
                    self._take(change, loc, "hidden")
                case Add():
                    self._add(change, loc)
                case Move():
                    self._move(change, loc)
        for change, loc in done:
            if isinstance(change, Reword):
                self._reword(change, loc)
        return self._result()

    def _result(self) -> tuple[dict[str, Any], dict[Loc, Origin]]:
        blocks: list[Any] = []

        def put(block: Any, origin: Origin, more: dict[Loc, Origin] | None = None) -> None:
            place = ("blocks", len(blocks))
            self.origins[place] = origin
            self.origins.update({(*place, *below): there for below, there in (more or {}).items()})
            blocks.append(block)

        for block, origin in self.top:
            put(block, origin)
        for slot in self.order:
            if slot.changed != "hidden":
                put(slot.block, slot.origin, slot.more)
            for block, origin in slot.after:
                put(block, origin)
        self._keep_warnings(blocks)
        return {**self.base.data, **self.head, "blocks": blocks}, self.origins

    def _keep_warnings(self, blocks: list[Any]) -> None:
        """Note a change that takes from a sheet when to call, or when to get emergency help."""
        lost = _warned(self.base.data.get("blocks")) - _warned(blocks)
        taken = [slot for slot in self.slots if slot.changed and slot.known.kind == "warning"]
        if lost and taken:
            said = " and ".join(words for part, words in _KEPT.items() if part in lost)
            hint = "replace it with a warning of your own that says so"
            place = self.own.place((*taken[0].changed_at, "block"))
            self.problems.add(f"with this, the sheet would not say {said}", place, hint)

    def _replace(self, change: Replace, loc: Loc) -> None:
        if slot := self._take(change, loc, "replaced"):
            with_ = (*loc, "with")
            slot.block, slot.origin = at(self.own.data, with_), (self.own, with_)

    def _take(self, change: Replace | Hide, loc: Loc, how: str) -> _Slot | None:
        """Mark the slot of a block that is replaced or hidden; return it if nothing else is done to it."""
        slot = self._named(change.block, (*loc, "block"))
        if slot is None:
            return None
        name, digest = slot.known.name, slot.known.digest
        if change.was is None:
            hint = f'look at it, then write `was: "{digest}"`'
            self.problems.add(
                f"say which `{name}` this is: `was` is missing", self.own.place(loc, key=True), hint
            )
        elif change.was != digest:
            self.problems.add(
                f"the shipped block `{name}` is not what it was: it has changed since `{change.was}`",
                self.own.place((*loc, "was")),
                f'look at {self.base.path.name} and at your change, then write `was: "{digest}"`',
            )
        if slot.changed:
            message = f"the block `{name}` is {slot.changed} in this file, too"
            self.problems.add(message, self.own.place((*loc, "block")), "keep one of the two changes")
            return None
        slot.changed, slot.changed_at = how, loc
        return slot

    def _add(self, change: Add, loc: Loc) -> None:
        blocks = (*loc, "blocks")
        found = [(block, (self.own, (*blocks, n))) for n, block in enumerate(at(self.own.data, blocks))]
        if change.after == TOP:
            self.top += found
        elif slot := self._named(change.after, (*loc, "after"), anchor=True):
            slot.after += found

    def _move(self, change: Move, loc: Loc) -> None:
        slot = self._named(change.block, (*loc, "block"), anchor=True)
        follows = None if change.after == TOP else self._named(change.after, (*loc, "after"), anchor=True)
        if slot is None or (follows is None and change.after != TOP):
            return
        wrong = (
            "is hidden in this file, too" if slot.changed == "hidden"
            else "cannot follow itself" if slot is follows
            else "is moved twice" if slot.moved
            else ""
        )  # fmt: skip
        if wrong:
            self.problems.add(f"the block `{change.block}` {wrong}", self.own.place((*loc, "block")))
            return
        slot.moved = True
        self.order.remove(slot)
        self.order.insert(self.order.index(follows) + 1 if follows else 0, slot)

    def _named(self, name: str, loc: Loc, *, anchor: bool = False) -> _Slot | None:
        """Return the slot of the shipped block of this name; notes a problem if there is none, or several.

        An ``anchor`` has no hash with it: a number would be another block's as soon as one comes before it.
        """
        found = [slot for slot in self.slots if name in slot.known.names]
        alike = found if len(found) > 1 else [slot for slot in self.slots if slot.known.kind == name]
        place, file = self.own.place(loc), self.base.path.name
        if len(alike) > 1:
            hint = "say which: " + ", ".join(_sure_names(slot.known) for slot in alike)
            self.problems.add(f"there are {len(alike)} blocks `{name}` in {file}", place, hint)
        elif not found:
            names = [name for slot in self.slots for name in slot.known.names]
            self.problems.add(
                f"{file} has no block `{name}`, or no longer", place, suggestion(name, names, "blocks")
            )
        elif anchor and name == found[0].known.by_kind and found[0].known.number is not None:
            known = found[0].known
            hint = f'say "{known.id or known.heading}"' if known.id or known.heading else "name one beside it"
            self.problems.add(f"`{name}` may be another block in the next version", place, hint)
        else:
            return found[0]
        return None

    def _reword(self, change: Reword, loc: Loc) -> None:
        said, place = spaced(change.said), self.own.place((*loc, "said"))
        locs = [there for there, words in self.texts if spaced(words) == said]
        free = [there for there in locs if not self._changed(there)]
        if not locs:
            self.problems.add(
                f"{self.base.path.name} does not say this, or no longer", place, self._nearest(said)
            )
            return
        if said in self.said:
            self.problems.add("these words are reworded twice", place, "keep one of the two changes")
        elif not free:
            message = "these words stand only in blocks that are hidden or replaced in this file"
            self.problems.add(message, place, "keep one of the two changes")
        self.said.add(said)
        digest = text_hash(self.base.data, locs)
        if change.was is None:
            hint = f'look where it stands, then write `was: "{digest}"`'
            self.problems.add(
                "say which words these are: `was` is missing", self.own.place(loc, key=True), hint
            )
        elif change.was != digest:
            message = f"these words stand elsewhere, or rest on something else, since `{change.was}`"
            hint = f'look at {self.base.path.name} and at your change, then write `was: "{digest}"`'
            self.problems.add(message, self.own.place((*loc, "was")), hint)
        for there in free:
            self._say(change, loc, there)

    def _say(self, change: Reword, loc: Loc, there: Loc) -> None:
        """Put the clinic's words in the place of one text."""
        words: Origin = (self.own, (*loc, "say"))
        if there[0] != "blocks":
            self.head[str(there[0])], self.origins[there] = at(*_value(words)), words
            return
        slot, below = self.slots[self._index(there)], there[2:]
        slot.block, slot.more[below] = _with(slot.block, below, at(*_value(words))), words
        if change.from_ and there[-1] == "say":
            rests: Origin = (self.own, (*loc, "from"))
            beside = (*below[:-1], "from")
            slot.block, slot.more[beside] = _with(slot.block, beside, at(*_value(rests))), rests

    def _changed(self, there: Loc) -> bool:
        return there[0] == "blocks" and bool(self.slots[self._index(there)].changed)

    def _index(self, there: Loc) -> int:
        return next(n for n, slot in enumerate(self.slots) if slot.known.loc == there[:2])

    def _nearest(self, said: str) -> str:
        if len(self.problems.found) > _MOST_HINTS:
            return ""
        known = [spaced(words) for _, words in self.texts]
        near = difflib.get_close_matches(said, known, n=1, cutoff=0.5)
        return f"the nearest words there: {near[0]}" if near else "`show NAME --blocks` lists what it says"


def _warned(blocks: Any) -> set[str]:
    """Return which parts the warnings among some blocks have."""
    bodies = [block.get("warning") for block in blocks or () if isinstance(block, dict)]
    return {part for body in bodies if isinstance(body, dict) for part in _KEPT if body.get(part)}


def _sure_names(known: BlockAsRead) -> str:
    return known.id or (f'"{known.heading}"' if known.heading else known.by_kind)


def _value(origin: Origin) -> tuple[Any, Loc]:
    return origin[0].data, origin[1]


def _with(value: Any, loc: Loc, new: Any) -> Any:
    """Return a copy of a value with another one at ``loc``."""
    if not loc:
        return new
    copied: Any = dict(value) if isinstance(value, dict) else list(value)
    copied[loc[0]] = _with(copied.get(loc[0]) if isinstance(copied, dict) else copied[loc[0]], loc[1:], new)
    return copied
