"""The page of slots: what only the clinic or the visit can fill, and what prints where nothing is set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoutpress.places import PROTOCOL_FILE, Places, shipped_folder
from handoutpress.reading.protocol import protocol_from
from handoutpress.reading.sheet import read_sheet
from handoutpress.reading.slots import SLOTS
from handoutpress.reading.statement import inlines
from handoutpress.reading.yamlreader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handoutpress.reading.protocol import ProtocolSlot
    from handoutpress.reading.slots import SlotKind

HEAD = """\
# Slots

Made from the program's own lists by `make docs`: change the words there, not here.

A slot is a place in a sheet's words that only the clinic or this visit can fill: `{clinic.phone}`. The list
is closed; any other name is refused, with the nearest one that there is. A slot that nothing fills never
prints as a gap or as its own name: it is a line for a pen, or it stops the print where a blank could hurt
somebody.

A date can be moved by days: `{visit.date+3}`, `{visit.date-3}`, or by an answer of the clinic's that is a
number of days: `{visit.date+protocol.no_sun_days_after}`.
"""

PROTOCOL = """\
## What the clinic decides

Each topic asks the clinic what no source settles, in the `protocol.yaml` beside its sheets. Answers stand in
`clinic.yaml` under `protocol:` and the topic's name. The examples show how the words stand in the sentence;
they are no advice.
"""

FROM = {
    "patient.name": "`--name`",
    "patient.reference": "`--reference`",
    "patient.clinician": "`--clinician`",
    "visit.date": "`--visit`",
    "appointment.date": "`--appointment`",
    "appointment.time": "`--appointment`, its time",
}
"""What fills the slots that are not the clinic's; a patient's file and the columns of a batch do as well."""

WIDTHS = {"short": "a short line for a pen", "medium": "a line for a pen", "long": "a long line for a pen"}


def slots_page() -> str:
    """Return the page."""
    rows = ["| Slot | What it is | Filled by | Where nothing fills it |", "|---|---|---|---|"]
    for path, kind in SLOTS.items():
        group, _, name = path.partition(".")
        source = f"`{name}` in `clinic.yaml`" if group == "clinic" else FROM[path]
        moved = "; a date, can be moved" * kind.is_date
        rows.append(f"| `{{{path}}}` | {kind.label}{moved} | {source} | {_unset(kind)} |")
    parts = [HEAD, "\n".join(rows), PROTOCOL]
    for topic, slots in topics().items():
        used = uses(topic)
        parts += [
            f"### {topic}",
            "\n".join(_decision(name, slot, used.get(name, [])) for name, slot in slots.items()),
        ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def topics() -> dict[str, dict[str, ProtocolSlot]]:
    """Return each shipped topic's own slots."""
    folders = sorted((shipped_folder() / "handouts").iterdir())
    files = {folder.name: folder / PROTOCOL_FILE for folder in folders}
    return {topic: protocol_from(read_yaml(file)).slots for topic, file in files.items() if file.is_file()}


def uses(topic: str) -> dict[str, list[str]]:
    """Return for each of a topic's slots the sheets that say it."""
    found: dict[str, list[str]] = {}
    for sheet, name in _said(topic):
        found.setdefault(name, [])
        if sheet not in found[name]:
            found[name].append(sheet)
    return found


def _said(topic: str) -> Iterator[tuple[str, str]]:
    places = Places(shipped_folder(), shipped_folder())
    for (sheet, language), file in places.sheets().items():
        if file.topic == topic and language == "en":
            for _, text in inlines(read_sheet(file).handout):
                for slot in text.slots():
                    if slot.group == "protocol":
                        yield sheet, slot.name
                    elif slot.days_from:
                        yield sheet, slot.days_from


def _decision(name: str, slot: ProtocolSlot, sheets: list[str]) -> str:
    kind = "a whole number of days" if slot.kind == "days" else "text"
    where = ", ".join(f"`{sheet}`" for sheet in sheets) or "no sheet"
    said = f"{slot.label} ({kind}). Not set: {_unset(slot.slot_kind)}. Example: “{slot.example}” On {where}."
    return f"- `{{protocol.{name}}}`: {said}"


def _unset(kind: SlotKind) -> str:
    return "**nothing prints**" if kind.unset == "stop" else WIDTHS[kind.width]
