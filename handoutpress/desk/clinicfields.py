"""The fields of the clinic's page: what ``clinic.yaml`` can say, and what each topic asks of a clinic.

They are made from what stands in the file and not from what was made of it, so that a file with a mistake
can be mended on the page.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from handoutpress.delivery.printer import known_printers
from handoutpress.desk.topics import topic_titles
from handoutpress.errors import HandoutError, ProblemsFound
from handoutpress.places import DEFAULT_LANGUAGE
from handoutpress.reading.slots import SLOTS
from handoutpress.reading.topic import protocol_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from handoutpress.desk.pages import Visit
    from handoutpress.errors import Problem
    from handoutpress.places import Places
    from handoutpress.reading.yamlediting import Value

_YES, _NO = ("true", "yes", "on", "1", "y", "t"), ("false", "no", "off", "0", "n", "f")


@dataclass(frozen=True)
class Field:
    """One field: a key of the file, and what stands there."""

    loc: tuple[str, ...]
    value: str = ""
    """As the field shows it; the lines of a list one under the other."""
    kind: str = "line"
    """``line``, ``lines``, ``days``, ``number`` or ``choice``."""
    label: str = ""
    label_language: str = ""
    example: str = ""
    language: str = ""
    """Of the example and of the answer."""
    unset: str = ""
    """What comes of a blank: ``stop``, ``write-in``, or "" for nothing."""
    options: tuple[tuple[str, str], ...] = ()
    elsewhere: str = ""
    """What stands for a blank here: the number in ``clinic.yaml``."""
    is_long: bool = False
    """Whether an answer takes a line of its own."""
    first: str = ""
    """What ``clinic.yaml`` says, where this is another language's word for it."""

    @property
    def name(self) -> str:
        """The field's id, as links to it have it."""
        return ".".join(self.loc)

    @property
    def lack(self) -> str:
        """What comes of it as it stands: ``stop``, ``write-in`` or ""."""
        return "" if self.value or self.elsewhere else self.unset

    def shown(self, written: str) -> str:
        """Return what the field shows where this stands in the file."""
        if self.kind != "choice":
            return written
        keys = [key for key, _ in self.options]
        if "true" in keys:
            written = "true" if written.lower() in _YES else "false" if written.lower() in _NO else written
        return written or keys[0]

    def read(self, typed: str) -> str:
        """Return what was typed as ``value`` would have it."""
        lines = [" ".join(line.split("\t")).strip() for line in typed.splitlines()]
        return "\n".join(line for line in lines if line)

    def written(self, text: str) -> Value:
        """Return a text as the file has it: None for a key that goes."""
        return (tuple(text.split("\n")) if self.kind == "lines" else text) if text else None


@dataclass(frozen=True)
class Section:
    """Fields under one heading."""

    id: str
    title: str
    title_language: str
    fields: tuple[Field, ...] = ()
    problems: tuple[Problem, ...] = ()
    """Why a topic's questions cannot be read."""

    @property
    def questions(self) -> int:
        """How many fields are missed on a sheet where they are blank."""
        return sum(bool(each.unset) for each in self.fields)


def own_sections(places: Places, visit: Visit, data: Mapping[str, Any]) -> list[Section]:
    """Return the sections of ``clinic.yaml``."""
    own = str(data.get("language") or DEFAULT_LANGUAGE)
    return [
        _facts("reach", _REACH, visit, data, own),
        _facts("look", _LOOK, visit, data, own),
        _facts("printer", _PRINTER, visit, data, own),
        *_topics(places, visit, data, own, None),
    ]


def word_sections(
    places: Places, visit: Visit, data: Mapping[str, Any], language: str, first: Mapping[str, Any]
) -> list[Section]:
    """Return the sections of another language's words; ``first`` is what ``clinic.yaml`` says."""
    words = _facts("reach", ("hours", "after_hours"), visit, data, language)
    fields = tuple(replace(each, first=value_at(first, each.loc)) for each in words.fields)
    return [replace(words, fields=fields), *_topics(places, visit, data, language, first)]


_REACH = (
    "name", "address", "phone", "emergency_phone", "hours", "after_hours", "email", "website", "handout_page",
)  # fmt: skip
_LOOK = ("paper", "letterhead", "date_order", "clock", "require_sign_off")
_PRINTER = ("printer.name", "printer.copies", "printer.duplex", "printer.grey")
_CHOICES = {
    "paper": ("a4", "letter"),
    "date_order": ("day-month", "month-day"),
    "clock": ("12", "24"),
    "letterhead": ("true", "false"),
    "require_sign_off": ("false", "true"),
    "printer.grey": ("false", "true"),
    "printer.duplex": ("", "true", "false"),
}
"""What can be chosen; the first is what counts where the key is not there."""


def _facts(id_: str, names: tuple[str, ...], visit: Visit, data: Mapping[str, Any], language: str) -> Section:
    fields = tuple(_fact(name, visit, data, language) for name in names)
    return Section(id_, visit.say(f"clinic.{id_}"), visit.language, fields)


def _fact(name: str, visit: Visit, data: Mapping[str, Any], language: str) -> Field:
    loc, say = tuple(name.split(".")), visit.say
    value = value_at(data, loc)
    slot = SLOTS.get(f"clinic.{name}")
    made = Field(
        loc,
        value,
        {"address": "lines", "printer.copies": "number"}.get(name, "line"),
        say(f"clinic.{name}"),
        visit.language,
        language=language if name in ("name", "hours", "after_hours") else "",
        unset=slot.unset if slot else "",
        is_long=name == "handout_page",
    )
    if name == "printer.name":
        return _printer(made, visit)
    if name not in _CHOICES:
        return made
    options = tuple((each, say(f"clinic.{name}.{each or 'none'}")) for each in _CHOICES[name])
    made = replace(made, kind="choice", options=options)
    chosen = made.shown(value)
    # A mistake in the file can be chosen too: it is shown, and told beside it.
    more = () if chosen in _CHOICES[name] else ((chosen, chosen),)
    return replace(made, value=chosen, options=(*options, *more))


def _printer(made: Field, visit: Visit) -> Field:
    """Offer the printers that this computer knows; where it knows none, the name can be typed."""
    try:
        known = known_printers()
    except HandoutError:
        known = []
    if not known:
        return made
    names = dict.fromkeys([*known, made.value] if made.value else known)
    options = (("", visit.say("clinic.printer.name.none")), *((name, name) for name in names))
    return replace(made, kind="choice", options=options)


def _topics(
    places: Places, visit: Visit, data: Mapping[str, Any], language: str, first: Mapping[str, Any] | None
) -> Iterator[Section]:
    """Yield what each topic asks; of another language's words, only what is words."""
    titles = topic_titles(places, visit.language)
    for topic, (title, title_language) in titles.items():
        id_ = f"topic-{topic}"
        try:
            asked, label_language = protocol_in(places, topic, visit.language)
            answered, _ = protocol_in(places, topic, language)
        except ProblemsFound as found:
            yield Section(id_, title, title_language, problems=tuple(found.problems))
            continue
        fields = []
        for name, slot in answered.slots.items():
            loc = ("protocol", topic, name)
            value, at_first = value_at(data, loc), value_at(first or {}, loc)
            if first is not None and slot.kind == "days" and not value:
                continue
            fields.append(
                Field(
                    loc,
                    value,
                    "days" if slot.kind == "days" else "line",
                    asked.slots[name].label,
                    label_language,
                    slot.example,
                    language,
                    slot.unset,
                    elsewhere=at_first if at_first.isdecimal() else "",
                    is_long=slot.width == "long",
                    first=at_first,
                )
            )
        if fields:
            yield Section(id_, title, title_language, tuple(fields))


def value_at(data: Any, loc: tuple[str, ...]) -> str:
    """Return what stands at a key, as a field shows it."""
    for step in loc:
        data = data.get(step) if isinstance(data, dict) else None
    if isinstance(data, list):
        return "\n".join(str(line).strip() for line in data)
    return "" if data is None or isinstance(data, dict) else str(data).strip()
