"""A topic's own slots: what each clinic decides for itself about this treatment.

``protocol.yaml`` beside the sheets declares them; a clinic fills them in its ``clinic.yaml``. The list is
closed: a sheet that names another slot, or a clinic that fills one that is not declared, is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import StringConstraints

from handoutpress.errors import Problems, suggestion
from handoutpress.reading.model import Model, validate
from handoutpress.reading.slots import SlotKind, Unset, Width
from handoutpress.reading.statement import Words

if TYPE_CHECKING:
    from handoutpress.reading.yamlfile import YamlFile

SlotName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class ProtocolSlot(Model):
    """One decision that is the clinic's."""

    label: Words
    """What is asked of the clinic; also read out where the sheet has a line for a pen."""
    kind: Literal["text", "days"] = "text"
    """A short text, or a whole number of days."""
    unset: Unset = "write-in"
    """What happens where the clinic has not decided: a line for a pen, or no print at all."""
    width: Width = "medium"
    """How long the line for a pen is."""
    example: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """An example, so that it is clear how the words stand in the sentence."""

    @property
    def slot_kind(self) -> SlotKind:
        """The same facts as the built-in slots have."""
        return SlotKind(self.label, self.unset, self.width)


class Protocol(Model):
    """All of a topic's slots, by name."""

    slots: dict[SlotName, ProtocolSlot] = {}
    """The slots, as sheets name them after ``protocol.``."""


class SlotWords(Model):
    """A slot's own words in another language."""

    label: Words
    """What is asked, read out where there is a line for a pen."""
    example: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    """An example; a number of days needs none."""


class ProtocolWords(Model):
    """A topic's slots in another language: ``protocol.es.yaml`` beside ``protocol.yaml``."""

    slots: dict[SlotName, SlotWords] = {}
    """The slots' words, by name."""


def protocol_from(yaml: YamlFile, words_yaml: YamlFile | None = None) -> Protocol:
    """Return a topic's slots, in the words of ``words_yaml`` where given.

    Raises ``ProblemsFound``, also for a slot that has no words in the other language: a screen reader
    would read it out in the wrong one.
    """
    protocol = validate(Protocol, yaml)
    if words_yaml is None:
        return protocol
    words = validate(ProtocolWords, words_yaml).slots
    problems = Problems()
    for name in sorted(protocol.slots.keys() - words.keys()):
        problems.add(f"the slot `{name}` has no words here", words_yaml.place(("slots",), key=True))
    for name in sorted(words.keys() - protocol.slots.keys()):
        place = words_yaml.place(("slots", name), key=True)
        message = f"{yaml.path.name} declares no slot `{name}`"
        problems.add(message, place, suggestion(name, list(protocol.slots), "slots"))
    problems.raise_if_any()
    return Protocol(slots={name: _said_in(slot, words[name]) for name, slot in protocol.slots.items()})


def _said_in(slot: ProtocolSlot, words: SlotWords) -> ProtocolSlot:
    return slot.model_copy(update=words.model_dump(exclude_none=True))
