"""What the clinic's page shows of its file and of a form: both at once, where somebody is changing it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from handoutpress.desk.clinicfields import value_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from handoutpress.amending import Consequences
    from handoutpress.desk.clinicfields import Field, Section
    from handoutpress.desk.forms import Given
    from handoutpress.desk.pages import Visit
    from handoutpress.desk.plain import Told
    from handoutpress.editing.facts import FieldProblem
    from handoutpress.reading.yamlediting import Value
    from handoutpress.reading.yamlfile import Loc

_KEY = re.compile(r'"[a-z_]+": ')


@dataclass
class Shown:
    """The page."""

    language: str | None
    """Of the words it is about; None for ``clinic.yaml``."""
    file: str
    state: str
    """Of the file, for the form to carry."""
    sections: Sequence[Section] = ()
    """Empty where the file cannot be read."""
    typed: dict[str, str] = field(default_factory=dict)
    """What was typed anew, by field."""
    meanwhile: dict[str, str] = field(default_factory=dict)
    """What somebody else has saved in a field that was typed anew."""
    wrong: dict[str, list[Told]] = field(default_factory=dict)
    """What is wrong, by field; by "" where it is none on the page."""
    notice: str = ""
    """``saved``, ``unchanged`` or ``meanwhile``."""
    ask: Consequences | None = None
    """What a change would take away, before it is written."""
    sure: str = ""
    """Which change that is about."""

    @property
    def fields(self) -> dict[str, Field]:
        """All fields, by name."""
        return {each.name: each for section in self.sections for each in section.fields}

    @property
    def wrong_fields(self) -> list[str]:
        """The fields that have something wrong, in the order of the page."""
        return [name for name in self.fields if name in self.wrong]

    def mistakes(self, section: Section) -> int:
        """How many fields of a section have something wrong."""
        return sum(each.name in self.wrong for each in section.fields)

    def value(self, each: Field) -> str:
        """Return what a field shows."""
        return self.typed.get(each.name, each.value)

    def lack(self, each: Field) -> str:
        """What comes of a field as it is typed: ``stop``, ``write-in`` or ""."""
        return replace(each, value=each.read(self.value(each))).lack

    def count(self, lack: str, section: Section | None = None) -> int:
        """How many fields lack an answer, with this to come of it; of one section or of all."""
        sections = self.sections if section is None else (section,)
        return sum(self.lack(each) == lack for one in sections for each in one.fields)

    def take(self, given: Given, seen: Any) -> dict[Loc, Value]:
        """Keep what was typed anew, and return it as changes.

        ``seen`` is what the file said to whoever typed; None where that is not known any more.
        A field that nobody touched shows what stands in the file now.
        """
        changes: dict[Loc, Value] = {}
        is_old = given["state"] != self.state
        for name, each in self.fields.items():
            if name not in given.fields:
                continue
            text = each.read(given[name])
            was = each.value if seen is None else each.shown(value_at(seen, each.loc))
            if text == was:
                continue
            changes[each.loc] = each.written(text)
            self.typed[name] = given[name]
            if is_old and each.value != text and (seen is None or each.value != was):
                self.meanwhile[name] = each.value
        return changes

    def tell(self, visit: Visit, problems: Iterable[FieldProblem]) -> None:
        """Put each problem beside its field, or above all where it has none here."""
        known = self.fields
        for loc, problem in problems:
            name = ".".join(map(str, loc))
            if name in known:
                told = visit.told(problem.message, problem.hint)
                if told.text.startswith('"'):  # not known: said in its own words, but without the key
                    told = visit.told(_KEY.sub("", problem.message, count=1), problem.hint)
            else:
                name, told = "", visit.told_all([problem])[0]
            if told not in self.wrong.setdefault(name, []):
                self.wrong[name].append(told)
