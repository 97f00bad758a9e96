"""Slots: the words in a sheet that only the clinic, or this visit, can fill.

A slot is ``{group.name}``; dates also take ``+3``, ``-3`` or ``+protocol.NAME`` where that is a number
of days. The list is closed. The groups ``clinic``, ``patient``, ``visit`` and ``appointment`` are listed
here; the names in ``protocol`` are declared by the topic itself, in the ``protocol.yaml`` beside its
sheets, so that this program knows nothing of any treatment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from handoutpress.errors import suggestion

Unset = Literal["write-in", "stop"]
Width = Literal["short", "medium", "long"]


@dataclass(frozen=True, slots=True)
class SlotKind:
    """What a slot is called, what happens where it is unset, and how long a line for a pen is."""

    label: str
    unset: Unset = "write-in"
    width: Width = "medium"
    is_date: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot as written: its group and name, and for a date how far it is moved."""

    group: str
    name: str
    days: int = 0
    days_from: str | None = None
    """The protocol slot that says how many days, in place of ``days``."""

    @property
    def path(self) -> str:
        """``clinic.phone``"""
        return f"{self.group}.{self.name}"

    def __str__(self) -> str:
        moved = f"+protocol.{self.days_from}" if self.days_from else f"{self.days:+d}" * bool(self.days)
        return f"{{{self.path}{moved}}}"


class SlotError(ValueError):
    """A slot that is not on the list, or not written as one."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


# A blank phone number in "call us" could hurt somebody: what help depends on stops the print.
SLOTS: dict[str, SlotKind] = {
    "clinic.name": SlotKind("Name of the clinic", "stop"),
    "clinic.phone": SlotKind("Phone number of the clinic", "stop"),
    "clinic.hours": SlotKind("When the clinic's phone is answered", "stop"),
    "clinic.after_hours": SlotKind("Who to call after hours", "stop", "long"),
    "clinic.emergency_phone": SlotKind("Emergency number", "stop", "short"),
    "clinic.email": SlotKind("Email address of the clinic", "write-in", "long"),
    "clinic.website": SlotKind("Website of the clinic", "write-in", "long"),
    "patient.name": SlotKind("Your name", width="long"),
    "patient.reference": SlotKind("Your date of birth or reference"),
    "patient.clinician": SlotKind("Your clinician"),
    "visit.date": SlotKind("Date of this visit", is_date=True),
    "appointment.date": SlotKind("Date of your next visit", is_date=True),
    "appointment.time": SlotKind("Time of your next visit", width="short"),
}

_WRITTEN = re.compile(
    r"(?P<group>[a-z_]+)\.(?P<name>[a-z][a-z0-9_]*)"
    r"(?:(?P<days>[+-][0-9]{1,3})|\+protocol\.(?P<days_from>[a-z][a-z0-9_]*))?"
)


def parse_slot(written: str) -> Slot:
    """Parse what stands between the braces; raises ``SlotError`` for anything not on the list.

    Names in ``protocol`` are checked later, against the topic's own list.
    """
    found = _WRITTEN.fullmatch(written.strip())
    if not found:
        raise SlotError(f"`{{{written}}}` is not a slot", "a slot is like {clinic.phone} or {visit.date+3}")
    group, name = found["group"], found["name"]
    slot = Slot(group, name, int(found["days"] or 0), found["days_from"])
    if group == "protocol":
        if slot.days or slot.days_from:
            raise SlotError(f"`{{{written}}}`: only dates can be moved", "for example {visit.date+3}")
        return slot
    kind = SLOTS.get(slot.path)
    if kind is None:
        raise SlotError(f"unknown slot `{{{slot.path}}}`", suggestion(slot.path, list(SLOTS), "slots"))
    if (slot.days or slot.days_from) and not kind.is_date:
        raise SlotError(f"`{{{written}}}`: only dates can be moved", "for example {visit.date+3}")
    return slot
