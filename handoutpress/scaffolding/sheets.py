"""A sheet of a clinic's own, begun so that it can be used as it stands: it says nothing about health yet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import Template
from typing import TYPE_CHECKING

from handoutpress.errors import Place, Problems, shorten
from handoutpress.places import (
    BESIDE_SHEETS,
    CHANGES,
    DEFAULT_LANGUAGE,
    EVIDENCE_FILE,
    PROTOCOL_FILE,
)
from handoutpress.reading.schema import schema_text
from handoutpress.reading.sheet import read_sheet
from handoutpress.reading.topic import read_evidence
from handoutpress.reading.yamlediting import edited
from handoutpress.reading.yamlreader import read_yaml
from handoutpress.reading.yamlspelling import quoted
from handoutpress.scaffolding.clinicfile import STARTERS, starter
from handoutpress.scaffolding.kinds import KINDS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from handoutpress.places import Places

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_RULE = "small letters a to z, digits and hyphens, such as wart-aftercare; not evidence, protocol or scores"
_REVIEW_MONTHS = 12


@dataclass(frozen=True)
class Begun:
    """A sheet's texts by the files they are for; some files may be there already, with less in them."""

    sheet: Path
    name: str
    language: str
    texts: dict[Path, str]


def begin_sheet(
    places: Places, name: str, kind: str, topic: str, title: str | None, language: str, today: dt.date
) -> Begun:
    """Return a new sheet and what it needs beside it; nothing is written. Without a title, one is made.

    Raises ``ProblemsFound`` for a name that is taken or is none, and a title that cannot be one.
    """
    _check_names(places, name, topic, language, title)
    folder = places.clinic / "handouts" / topic
    ids, texts = _evidence(places, topic, folder)
    named = _NamesFiles(places, topic, language)
    sheet = folder / (f"{name}.yaml" if language == DEFAULT_LANGUAGE else f"{name}.{language}.yaml")
    words = read_yaml(STARTERS / language / "words.yaml").data[kind]
    head = Template(starter("head.yaml")).substitute(
        what=KINDS[kind], name=name, evidence=named.evidence, protocol=named.protocol
    )
    if language != DEFAULT_LANGUAGE:
        head += "# Nor has a qualified translator checked its words.\n"
    facts = [
        f"title: {quoted(title or _usual_title(name, kind, topic, words['title'], named.title))}",
        f"topic: {quoted(named.title)}    # the topic, over the title",
        f"summary: {quoted(words['summary'])}",
        f"language: {language}",
        'version: "1.0"    # raise it with every change of the words',
        f"dated: {today.isoformat()}",
        f"review_by: {_a_year_after(today).isoformat()}    # who looks after it has to read it again by then",
    ]
    body = Template(starter(f"{language}/{kind}.yaml")).substitute(ids, name=name)
    texts[sheet] = head + "\n" + "\n".join(facts) + "\n" + body
    if not named.has_protocol:
        texts[folder / PROTOCOL_FILE] = Template(starter("protocol.yaml")).substitute(topic=topic)
    texts |= _schemas(places, texts)
    return Begun(sheet, name, language, texts)


def usual_topic(places: Places, name: str) -> str:
    """Return the topic that a name seems to belong to: one that it begins with, else its first word."""
    known = sorted({sheet.topic for sheet in places.sheets().values()}, key=len, reverse=True)
    return next((topic for topic in known if name.startswith(f"{topic}-")), name.partition("-")[0])


def _usual_title(name: str, kind: str, topic: str, of_kind: str, called: str) -> str:
    """Return a title for a sheet that got none: its kind's for ``wart-after``, else its name in words."""
    if name in (f"{topic}-{kind}", kind, topic):
        return Template(of_kind).substitute(topic=called)
    return _in_words(name)


def _in_words(name: str) -> str:
    words = name.replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def languages() -> list[str]:
    """Return the languages there are starters in."""
    return sorted(
        path.name for path in STARTERS.iterdir() if path.is_dir() and (path / "about.yaml").exists()
    )


def _check_names(places: Places, name: str, topic: str, language: str, title: str | None) -> None:
    problems = Problems()
    for what, given in (("a sheet", name), ("a topic", topic)):
        if not _NAME.fullmatch(given) or (what == "a sheet" and given in BESIDE_SHEETS):
            problems.add(f"`{given}` cannot be the name of {what}", None, _RULE)
    if language not in languages():
        problems.add(
            f"there is nothing to begin with in `{language}`", None, f"there is: {', '.join(languages())}"
        )
    if title is not None and (not 1 <= len(title) <= 120 or not title.isprintable()):
        problems.add("--title: a title is one line, of 120 letters at most")
    for known, sheet in places.sheets().items():
        if known[0] != name:
            continue
        if places.owns(sheet.path):
            hint = f"it is your own: change {shorten(sheet.path)}"
        else:
            hint = f"it comes with the program; `new changes {name}` begins a file with your changes to it"
        problems.add(f"there is a sheet named {name} already", Place(sheet.path), hint)
        break
    problems.raise_if_any()


def _evidence(places: Places, topic: str, folder: Path) -> tuple[dict[str, str], dict[Path, str]]:
    """Return the ids of what the starters rest on, and the text of the file that gets the new ones."""
    meant = {str(key): str(states) for key, states in read_yaml(STARTERS / "practical.yaml").data.items()}
    known = read_evidence(places, topic)
    there = {entry.states: reference for reference, entry in known.practical.items()}
    taken = {*known.references, *known.sources}
    ids: dict[str, str] = {}
    new: dict[str, str] = {}
    # The program's own topics may grow: what a clinic adds to one begins at 901.
    first = 901 if known.references else 1
    free = {letter: _free(letter, first, taken) for letter in "PGS"}
    ids |= {"fact": next(free["G"]), "risk": next(free["G"]), "source": next(free["S"])}
    for key, states in meant.items():
        ids[key] = there.get(states) or next(free["P"])
        if states not in there:
            new[ids[key]] = states
    own, shipped = folder / EVIDENCE_FILE, places.find("handouts", f"{topic}/{EVIDENCE_FILE}")
    path = own if own.is_file() or shipped is None else folder / EVIDENCE_FILE.replace(".yaml", CHANGES)
    if not new:
        return ids, {}
    if path.is_file():
        text = path.read_bytes().decode("utf-8")
        for reference, states in new.items():
            text = edited(text, ("practical", reference, "states"), states, {})
        return ids, {path: text}
    entries = "\n".join(f"  {reference}: {{states: {quoted(states)}}}" for reference, states in new.items())
    return ids, {path: Template(starter(path.name)).substitute(ids, practical=entries, topic=topic)}


def _free(letter: str, first: int, taken: set[str]) -> Iterator[str]:
    """Yield the ids of one kind of entry that are not there yet."""
    return (name for number in range(first, 1000) if (name := f"{letter}{number:02}") not in taken)


@dataclass(frozen=True)
class _NamesFiles:
    """What a topic has already, as a comment in a new sheet names it."""

    places: Places
    topic: str
    language: str

    @property
    def title(self) -> str:
        """The topic as its other sheets call it."""
        sheets = {
            sheet.language: sheet for sheet in self.places.sheets().values() if sheet.topic == self.topic
        }
        for language in (self.language, DEFAULT_LANGUAGE):
            if language in sheets:
                return read_sheet(sheets[language]).handout.topic
        return _in_words(self.topic)

    @property
    def has_protocol(self) -> bool:
        return self.places.find("handouts", f"{self.topic}/{PROTOCOL_FILE}") is not None

    @property
    def evidence(self) -> str:
        return self._own(EVIDENCE_FILE)

    @property
    def protocol(self) -> str:
        return self._own(PROTOCOL_FILE)

    def _own(self, name: str) -> str:
        """Return the file that a clinic writes into: its own, or one with what it adds to the shipped."""
        found = self.places.find("handouts", f"{self.topic}/{name}")
        is_shipped = found and not self.places.owns(found)
        return name.replace(".yaml", CHANGES) if is_shipped else name


def _a_year_after(day: dt.date) -> dt.date:
    return day.replace(year=day.year + 1, day=min(day.day, 28))


def _schemas(places: Places, texts: dict[Path, str]) -> dict[Path, str]:
    """Return the schemas that the first lines of these texts name and that are not there."""
    found = {}
    for text in texts.values():
        named = re.match(r"# yaml-language-server: \$schema=\.\./\.\./schemas/([a-z-]+)\.json", text)
        if named and not (path := places.clinic / "schemas" / f"{named[1]}.json").exists():
            found[path] = schema_text(named[1])
    return found
