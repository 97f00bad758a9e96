"""Slots -> what stands in their place: the clinic's words, this patient's, or a line for a pen.

A slot that is not set prints a line where a pen can help. Where a blank would be dangerous (the number
in "call us") it is a problem, and nothing prints.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from handoutpress.composing.personal import Personal
from handoutpress.errors import Problems
from handoutpress.places import CLINIC_FILE
from handoutpress.reading.inline import Inline, Link, Strong
from handoutpress.reading.model import Model
from handoutpress.reading.slots import SLOTS, Slot, SlotKind
from handoutpress.reading.statement import Statement

if TYPE_CHECKING:
    from handoutpress.composing.job import Job
    from handoutpress.errors import Place
    from handoutpress.reading.yamlfile import Loc


DAYS = "[0-9]{1,3}"
"""A number of days as a clinic writes it."""


@dataclass(frozen=True)
class Filler:
    """Fills one job's texts; ``problems`` grows as it meets slots that must be set and are not."""

    job: Job
    problems: Problems = field(default_factory=Problems)

    def fill(self, value: object, loc: Loc = ()) -> Any:
        """Return plain values for the templates: texts as safe markup, models as mappings."""
        if isinstance(value, Statement):
            return self.markup(value.say, (*loc, "say"))
        if isinstance(value, Inline):
            return self.markup(value, loc)
        if isinstance(value, Model):
            return {
                name: self.fill(getattr(value, name), (*loc, info.alias or name))
                for name, info in type(value).model_fields.items()
            }
        if isinstance(value, tuple):
            return [self.fill(item, (*loc, index)) for index, item in enumerate(value)]
        return value

    def markup(self, text: Inline, loc: Loc) -> Markup:
        """Return a text as HTML, everything in it escaped."""
        filled = Markup()
        for part in text.parts:
            match part:
                case Slot():
                    filled += self._slot(part, loc)
                case Strong(parts=inner):
                    words = Markup().join(
                        self._slot(piece, loc) if isinstance(piece, Slot) else escape(piece)
                        for piece in inner
                    )
                    filled += Markup("<strong>{}</strong>").format(words)
                case Link(label=label, url=url):
                    filled += Markup('<a href="{}" title="{}">{}</a>').format(url, label, label)
                case str():
                    # The number of a picture's part never begins a line.
                    filled += escape(_NUMBER.sub("\u00a0", part))
        return filled

    def value(self, slot: Slot) -> str | None:
        """Return the words for a slot, or None where it is unset."""
        facts = self.job.clinic.facts
        match slot.group:
            case "clinic":
                value: str | None = getattr(facts, slot.name)
                return value
            case "protocol":
                return facts.protocol.get(self.job.sheet.file.topic, {}).get(slot.name)
            case "patient":
                return self.job.say(Personal(slot.name))
        if slot.path == "appointment.time":
            return self.job.say(Personal("appointment_time", "time"))
        moved = self._days(slot)
        return None if moved is None else self.job.say(Personal(slot.group, "day", moved))

    def kind(self, slot: Slot) -> SlotKind | None:
        """Return what is known of a slot; None for one that the topic does not declare."""
        if slot.group != "protocol":
            return SLOTS[slot.path]
        declared = self.job.protocol.slots.get(slot.name)
        return declared.slot_kind if declared else None

    def _days(self, slot: Slot) -> int | None:
        if slot.days_from is None:
            return slot.days
        days = self.value(Slot("protocol", slot.days_from))
        return int(days) if days and re.fullmatch(DAYS, days) else None

    def _slot(self, slot: Slot, loc: Loc) -> Markup:
        kind = self.kind(slot)
        if kind is None:  # editing.references has said so, with its place
            return Markup()
        value = self.value(slot)
        if value is not None:
            # A number set left to right stays readable inside right-to-left text.
            pattern = _PHONE if "phone" in slot.name else _DAY if kind.is_date else _WORDS
            return pattern.format(value)
        if kind.unset == "stop":
            self._unset(slot, kind, loc)
            return Markup()
        return write_in(self._label(slot, kind), kind.width)

    def _unset(self, slot: Slot, kind: SlotKind, loc: Loc) -> None:
        """Note, once, that a slot that must be set is not."""
        message = f"`{slot}` is not set, and a blank here could hurt somebody ({kind.label})"
        if any(problem.message == message for problem in self.problems.found):
            return
        words = slot.group == "protocol" or slot.name in ("hours", "after_hours")
        file = self.job.clinic.answers_file if words else CLINIC_FILE
        under = "" if slot.group == "clinic" else f"under `protocol:`, `{self.job.sheet.file.topic}:` "
        self.problems.add(message, self._place(loc, slot), f"add `{slot.name}:` {under}in {file}")

    def _label(self, slot: Slot, kind: SlotKind) -> str:
        label = self.job.words.labels.get(f"slot.{slot.path}", kind.label)
        if slot.days:
            label = self.job.words.label("moved", label=label, days=f"{slot.days:+d}")
        return label

    def _place(self, loc: Loc, slot: Slot) -> Place:
        """Return the slot's own place where its text is on one line, else its text's."""
        return self.job.sheet.yaml.place_of(loc, str(slot))


def write_in(label: str, width: str) -> Markup:
    """Return a line for a pen. It is a picture of a line, so that a screen reader says what is asked."""
    return Markup('<img class="write-in {}" alt="{}" src="{}">').format(width, f"{label}: ____", _LINE)


_NUMBER = re.compile(r" (?=\([0-9](?:, [0-9])*\))")

# The direction is said: a number has no letter that would tell it, and "(555) 555-0100" would turn around.
_PHONE = Markup('<bdi dir="ltr" class="slot phone">{}</bdi>')
# A date is read as one: it stands on one line.
_DAY = Markup('<span class="slot day">{}</span>')
_WORDS = Markup('<span class="slot">{}</span>')

# One point of nothing: the line itself is the picture's border, as wide as the style sheet says.
_LINE = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/%3E"
