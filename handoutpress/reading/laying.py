"""Laying a clinic's changes over the blocks of a shipped sheet, and noting each that does not fit it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from handoutpress.errors import Problems, suggestion
from handoutpress.reading.blocknames import blocks_of, sayings
from handoutpress.reading.changes import TOP, Add, Hide, Move, Replace, Reword

if TYPE_CHECKING:
    from handoutpress.reading.yamlfile import Loc, YamlFile

Origin = tuple["YamlFile", "Loc"]
"""A file, and where in it a value stands."""


@dataclass
class _Slot:
    """Where a shipped block stands, and what follows it."""

    block: Any
    origin: Origin
    more: dict[Loc, Origin] = field(default_factory=dict)
    """Values inside the block that come from elsewhere, by their place below it."""
    after: list[tuple[Any, Origin]] = field(default_factory=list)
    changed: str = ""
    """What is done to the whole block: hidden, replaced."""


class Laying:
    """Lays changes over the blocks of a sheet, one after another, and notes what does not fit."""

    def __init__(self, base: YamlFile, own: YamlFile) -> None:
        self.base, self.own = base, own
        self.problems = Problems()
        self.known = blocks_of(base)
        written = base.data.get("blocks")
        self.slots = (
            [_Slot(block, (base, ("blocks", index))) for index, block in enumerate(written or ())]
            if isinstance(written, list)
            else []
        )
        self.top: list[tuple[Any, Origin]] = []
        self.order = list(self.slots)

    def lay(self, change: Reword | Replace | Hide | Add | Move, loc: Loc) -> None:
        """Do one change, which stands at ``loc`` in the clinic's file."""
        match change:
            case Reword():
                self._reword(change, loc)
            case Replace():
                if slot := self._taken(change, loc, "replaced"):
                    slot.block = self._raw((*loc, "with"))
                    slot.origin = (self.own, (*loc, "with"))
                    slot.more = {}
            case Hide():
                if slot := self._taken(change, loc, "hidden"):
                    slot.block = None
            case Add():
                added_ = self._raw((*loc, "blocks"))
                found = [(block, (self.own, (*loc, "blocks", n))) for n, block in enumerate(added_)]
                if change.after == TOP:
                    self.top += found
                elif slot := self._named(change.after, (*loc, "after")):
                    slot.after += found
            case Move():
                self._move(change, loc)

    def result(self) -> tuple[dict[str, Any], dict[Loc, Origin]]:
        """Return the sheet's values with the changes, and where they come from."""
        blocks: list[Any] = []
        origins: dict[Loc, Origin] = {(): (self.base, ())}

        def put(block: Any, origin: Origin, more: dict[Loc, Origin] | None = None) -> None:
            at = ("blocks", len(blocks))
            origins[at] = origin
            origins.update({(*at, *below): there for below, there in (more or {}).items()})
            blocks.append(block)

        for block, origin in self.top:
            put(block, origin)
        for slot in self.order:
            if slot.changed != "hidden":
                put(slot.block, slot.origin, slot.more)
            for block, origin in slot.after:
                put(block, origin)
        return {**self.base.data, "blocks": blocks}, origins

    def _reword(self, change: Reword, loc: Loc) -> None:
        said = _spaced(change.said)
        found = [
            (slot, below)
            for slot, block in zip(self.slots, self.base.data.get("blocks") or (), strict=False)
            for below, words in sayings(block)
            if _spaced(words) == said
        ]
        if not found:
            place = self.own.place((*loc, "said"))
            known = [_spaced(words) for _, words in sayings(self.base.data.get("blocks"))]
            near = difflib.get_close_matches(said, known, n=1, cutoff=0.5)
            hint = (
                f"the nearest words there: {near[0]}" if near else "`show NAME --blocks` lists what it says"
            )
            self.problems.add(f"{self.base.path.name} does not say this, or no longer", place, hint)
        for slot, below in found:
            if slot.changed:
                message = f"these words stand in a block that is {slot.changed} below or above"
                self.problems.add(message, self.own.place((*loc, "said")), "keep one of the two changes")
                return
            new = {"say": self._raw((*loc, "say"))}
            if change.from_:
                new["from"] = self._raw((*loc, "from"))
            slot.block = _with(slot.block, below, new)
            slot.more |= {(*below, name): (self.own, (*loc, name)) for name in new}

    def _taken(self, change: Replace | Hide, loc: Loc, how: str) -> _Slot | None:
        """Return the slot of a block that is replaced or hidden, if that fits what the sheet says now."""
        slot = self._named(change.block, (*loc, "block"))
        if slot is None:
            return None
        known = self.known[self.slots.index(slot)]
        if known.digest != change.was:
            self.problems.add(
                f"the shipped block `{known.name}` is not what it was: it has changed since `{change.was}`",
                self.own.place((*loc, "was")),
                f'look at {self.base.path.name} and at your change, then write `was: "{known.digest}"`',
            )
        if slot.changed or slot.more:
            done = slot.changed or "reworded"
            message = f"the block `{known.name}` is {done} in this file, too"
            self.problems.add(message, self.own.place((*loc, "block")), "keep one of the two changes")
            return None
        slot.changed = how
        return slot

    def _move(self, change: Move, loc: Loc) -> None:
        slot = self._named(change.block, (*loc, "block"))
        anchor = None if change.after == TOP else self._named(change.after, (*loc, "after"))
        if slot is None or (anchor is None and change.after != TOP):
            return
        if slot is anchor or slot.changed == "hidden":
            what = "is hidden" if slot.changed else "cannot follow itself"
            self.problems.add(f"the block `{change.block}` {what}", self.own.place((*loc, "block")))
            return
        self.order.remove(slot)
        self.order.insert(self.order.index(anchor) + 1 if anchor else 0, slot)

    def _named(self, name: str, loc: Loc) -> _Slot | None:
        """Return the slot of the shipped block of this name; notes a problem if there is none, or several."""
        found = [block for block in self.known if name in block.names]
        if len(found) == 1:
            return self.slots[found[0].index]
        place = self.own.place(loc)
        numbered = [block.name for block in self.known if block.kind == name] or [b.name for b in found]
        if len(numbered) > 1:
            hint = f"say which: {', '.join(numbered)}, or its heading"
            self.problems.add(
                f"there are {len(numbered)} blocks `{name}` in {self.base.path.name}", place, hint
            )
            return None
        names = [name for block in self.known for name in block.names]
        message = f"{self.base.path.name} has no block `{name}`, or no longer"
        self.problems.add(message, place, suggestion(name, names, "blocks"))
        return None

    def _raw(self, loc: Loc) -> Any:
        value = self.own.data
        for step in loc:
            value = value[step]
        return value


def _with(value: Any, loc: Loc, new: dict[str, Any]) -> Any:
    """Return a copy of a value with some keys of the mapping at ``loc`` replaced."""
    if not loc:
        return {**value, **new}
    copied: Any = dict(value) if isinstance(value, dict) else list(value)
    copied[loc[0]] = _with(value[loc[0]], loc[1:], new)
    return copied


def _spaced(words: str) -> str:
    return " ".join(words.split())
