"""A clinic's changes to a shipped sheet: ``NAME.changes.yaml``, which names what it changes.

A statement is named by the shipped words, a block by its ``id``, its kind or its heading. Whatever replaces
or hides a block also names its ``was``, the hash of what it said when the change was written: when the
shipped text under a change becomes another, the sheet stops until somebody has looked.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from handoutpress.reading.entry import BlockEntry
from handoutpress.reading.evidence import Claim, Fact, Practical, Source
from handoutpress.reading.handout import Translation, Version
from handoutpress.reading.inline import Inline
from handoutpress.reading.model import Model
from handoutpress.reading.protocol import ProtocolSlot, SlotName, SlotWords
from handoutpress.reading.statement import Reference, Words

TOP = "top"
"""The place before the first block."""

BlockName = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Was = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}$")]


class Reword(Model):
    """Say one thing in other words, wherever the shipped sheet says it: a sentence, a heading, the title."""

    said: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
    """The words of the shipped sheet, exactly as they stand there."""
    was: Was | None = None
    """The hash of where they stand and what they rest on: `check` and `show NAME --blocks` print it."""
    say: Inline
    """Your words. In a sentence, `**strong**`, `[label](https://...)` and `{slots}` may be used."""
    from_: Annotated[tuple[Reference, ...] | None, Field(alias="from", min_length=1)] = None
    """What your words rest on, such as [C26]. Left out: the same as the shipped words."""


class Replace(Model):
    """Put a block of your own in the place of a shipped one."""

    block: BlockName
    """The shipped block: its id, its heading, or its kind where there is one of that kind."""
    was: Was | None = None
    """The hash of the shipped block as you read it: `check` and `show NAME --blocks` print it."""
    with_: Annotated[BlockEntry, Field(alias="with")]
    """Your block, written as in a sheet."""


class Hide(Model):
    """Leave a shipped block out."""

    block: BlockName
    """The shipped block: its id, its heading, or its kind where there is one of that kind."""
    was: Was | None = None
    """The hash of the shipped block as you read it: `check` and `show NAME --blocks` print it."""
    because: Words
    """Why, for whoever looks after this file."""


class Add(Model):
    """Put blocks of your own after a shipped one."""

    after: BlockName
    """The shipped block they follow: its id, heading or kind; `top` for the beginning of the sheet."""
    blocks: Annotated[tuple[BlockEntry, ...], Field(min_length=1)]
    """Your blocks, written as in a sheet."""


class Move(Model):
    """Put a shipped block elsewhere."""

    block: BlockName
    """The shipped block: its id, its heading, or its kind where there is one of that kind."""
    after: BlockName
    """The shipped block it is to follow: its id, heading or kind; `top` for the beginning of the sheet."""


class Change(Model):
    """One change: a single key, what is done."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    reword: Reword | None = None
    """Say one thing in other words, wherever the shipped sheet says it."""
    replace: Replace | None = None
    """Put a block of your own in the place of a shipped one."""
    hide: Hide | None = None
    """Leave a shipped block out."""
    add: Add | None = None
    """Put blocks of your own after a shipped one."""
    move: Move | None = None
    """Put a shipped block elsewhere."""

    @model_validator(mode="before")
    @classmethod
    def _one_kind(cls, value: Any) -> Any:
        if not isinstance(value, dict) or len(value) != 1:
            kinds = ", ".join(cls.model_fields)
            hint = 'begin each change with its own "- ", and indent what belongs to it'
            raise PydanticCustomError("change", "expected one of {kinds}", {"kinds": kinds, "hint": hint})
        ((kind, change),) = value.items()
        if change is None:
            raise PydanticCustomError("change", "`{kind}` says nothing", {"kind": kind, "at": (kind,)})
        return value

    @property
    def kind(self) -> str:
        """``hide``: the key as written."""
        (name,) = self.model_fields_set
        return name

    @property
    def done(self) -> Reword | Replace | Hide | Add | Move:
        """What is done."""
        change: Reword | Replace | Hide | Add | Move = getattr(self, self.kind)
        return change


class Changes(Model):
    """What a clinic changes in one shipped sheet: ``NAME.changes.yaml``, ``NAME.es.changes.yaml``."""

    of: Version
    """The version of the shipped sheet that you changed. When that has another, `check` says: look again."""
    version: Version
    """The version of the sheet with your changes, such as "1.0.1"; raise it with every change."""
    dated: date
    """The day of your changes."""
    review_by: date
    """The day by which your changes must be looked at again. The shipped sheet's own day holds, too."""
    pages: Annotated[int, Field(ge=1, le=8)] | None = None
    """How many pages the sheet has with your changes, if that differs."""
    translation: Translation | None = None
    """For a sheet in another language: what it translates, once the original has changes, too."""
    leaves_out: dict[Reference, Words] = {}
    """Claims that no sheet of yours says any more, each with the reason: `C40: we say so in the talk`."""
    changes: tuple[Change, ...] = ()
    """The changes. They name blocks and words as the shipped sheet has them."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.review_by <= self.dated:
            raise PydanticCustomError("dates", "must be after dated", {"at": ("review_by",), "named": True})
        if numbers(self.version) <= numbers(self.of):
            context = {
                "of": self.of,
                "at": ("version",),
                "named": True,
                "hint": f'such as "{next_version(self.of)}"',
            }
            raise PydanticCustomError("version", "must be above {of}, that of the shipped sheet", context)
        return self


class EvidenceChanges(Model):
    """What a clinic's own statements rest on, beside the shipped entries: ``evidence.changes.yaml``."""

    claims: dict[Reference, Claim] = {}
    """Further claims, under names that the shipped file has not."""
    facts: dict[Reference, Fact] = {}
    """Further facts from published sources."""
    practical: dict[Reference, Practical] = {}
    """Further sentences that say nothing about health, such as where to park."""
    sources: dict[Reference, Source] = {}
    """Further published sources."""


class ProtocolChanges(Model):
    """Slots of a clinic's own, beside the shipped ones: ``protocol.changes.yaml``."""

    slots: dict[SlotName, ProtocolSlot] = {}
    """Further slots, under names that the shipped file has not."""


class ProtocolWordsChanges(Model):
    """The same slots in another language: ``protocol.es.changes.yaml``."""

    slots: dict[SlotName, SlotWords] = {}
    """The slots' words, by name."""


def numbers(version: str) -> tuple[int, ...]:
    """Return a version as it is compared: 1.0 is 1.0.0."""
    parts = [int(part) for part in version.split(".")]
    return tuple([*parts, 0, 0][:3])


def next_version(version: str) -> str:
    """Return a version for a clinic's own text that rests on one of this version: 1.0.1 on 1.0."""
    parts = version.split(".")
    if len(parts) < 3:
        return ".".join([*parts, *["0"] * (2 - len(parts)), "1"])
    return ".".join([*parts[:2], str(int(parts[2]) + 1)])
