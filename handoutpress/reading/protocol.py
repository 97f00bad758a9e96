"""A topic's own slots: what each clinic decides for itself about this treatment.

``protocol.yaml`` beside the sheets declares them; a clinic fills them in its ``clinic.yaml``. The list is
closed: a sheet that names another slot, or a clinic that fills one that is not declared, is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import StringConstraints

from handoutpress.reading.model import Model, validate
from handoutpress.reading.slots import SlotKind, Unset, Width
from handoutpress.reading.statement import Words
from handoutpress.reading.yamlfile import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

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


def read_protocol(path: Path | None) -> Protocol:
    """Read a topic's slots; a topic without the file has none."""
    return validate(Protocol, read_yaml(path)) if path else Protocol()
