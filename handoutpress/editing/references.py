"""What a sheet and a clinic name must be there: slots, claims, the clinic's answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from handoutpress.composing.filling import DAYS
from handoutpress.errors import Problem, suggestion
from handoutpress.places import PROTOCOL_FILE, OutsideError
from handoutpress.reading.statement import inlines, statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handoutpress.places import Places
    from handoutpress.reading.clinic import Clinic
    from handoutpress.reading.evidence import Evidence
    from handoutpress.reading.protocol import Protocol
    from handoutpress.reading.sheet import Sheet
    from handoutpress.reading.slots import Slot


def check_references(sheet: Sheet, evidence: Evidence) -> Iterator[Problem]:
    """Yield a problem for each reference that ``evidence.yaml`` does not have."""
    for loc, statement in statements(sheet.handout):
        for index, reference in enumerate(statement.from_):
            place = sheet.yaml.place((*loc, "from", index))
            if not evidence.knows(reference):
                yield Problem(
                    f"there is no `{reference}` in evidence.yaml",
                    place,
                    suggestion(reference, evidence.references, "entries"),
                )


def check_slots(sheet: Sheet, protocol: Protocol) -> Iterator[Problem]:
    """Yield a problem for each protocol slot that the topic does not declare."""
    known = list(protocol.slots)
    for loc, text in inlines(sheet.handout):
        for slot in text.slots():
            for name in _protocol_names(slot):
                if name not in protocol.slots:
                    place = sheet.yaml.place_of(loc, str(slot))
                    yield Problem(
                        f"this topic declares no slot `protocol.{name}`",
                        place,
                        suggestion(name, known, "slots"),
                    )
            if slot.days_from in protocol.slots and protocol.slots[slot.days_from].kind != "days":
                yield Problem(f"`{slot}`: `{slot.days_from}` is not a number of days", sheet.yaml.place(loc))


def check_answers(clinic: Clinic, topic: str, protocol: Protocol) -> Iterator[Problem]:
    """Yield a problem for each answer the clinic gives that no slot asks for, or not in its kind."""
    for name, answer in clinic.facts.protocol.get(topic, {}).items():
        loc = ("protocol", topic, name)
        slot = protocol.slots.get(name)
        if slot is None:
            yield Problem(
                f"the topic `{topic}` has no slot `{name}`",
                clinic.answers_yaml.place(loc, key=True),
                suggestion(name, list(protocol.slots), "slots"),
            )
        elif slot.kind == "days" and not re.fullmatch(DAYS, answer):
            yield Problem(
                f"`{answer}` is not a whole number of days",
                clinic.answers_yaml.place(loc),
                f"for example {slot.example}",
            )


def check_topics(clinic: Clinic, places: Places) -> Iterator[Problem]:
    """Yield a problem for each topic that the clinic gives answers for and that is not there."""
    for topic in clinic.facts.protocol:
        # Numbers also come from clinic.yaml; that file is checked with a sheet in its own language.
        if ("protocol", topic) in clinic.answers_yaml.keys and not _is_topic(topic, places):
            place = clinic.answers_yaml.place(("protocol", topic), key=True)
            known = sorted({sheet.topic for sheet in places.sheets().values()})
            yield Problem(f"there is no topic `{topic}`", place, suggestion(topic, known, "topics"))


def _is_topic(topic: str, places: Places) -> bool:
    """Whether there are such questions or such sheets; a look for one file is much quicker than for all."""
    try:
        if places.find("handouts", f"{topic}/{PROTOCOL_FILE}"):
            return True
    except OutsideError:
        return False
    return any(sheet.topic == topic for sheet in places.sheets().values())


def _protocol_names(slot: Slot) -> list[str]:
    names = [slot.name] if slot.group == "protocol" else []
    return [*names, slot.days_from] if slot.days_from else names
