"""YAML text -> plain values that remember their place.

PyYAML's own constructors guess types (``8:30`` becomes 510, ``no`` becomes False, the phone number
``01234567`` becomes 342391) and keep the last of two equal keys without a word. Here the parser's
events are read directly: every scalar stays text, every value keeps its line and column, equal keys
are refused, and so are tags, anchors and aliases, which handouts never need and bombs are made of.
Reading events instead of composed nodes also means no recursion, so depth is ours to limit.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import yaml

from handoutpress.errors import Place, Problem, Problems, ProblemsFound
from handoutpress.reading.yamlfile import Loc, Span, YamlFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MOST_BYTES = 1_000_000
MOST_VALUES = 20_000
DEEPEST = 24

_LOST = re.compile(r"\s+(#(?=\w*\d)[0-9A-Fa-f]{1,8})(?=\s|$)")
"""What looks like a colour or an extension behind a value, and is a comment."""
_CURLY = {"“": "”", "„": "“", "«": "»", "‘": "’"}

PARSER: type = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # ten times faster where it is built


def read_yaml(path: Path) -> YamlFile:
    """Read one YAML document whose top is a mapping.

    Raises ``ProblemsFound``: not there, too large, not UTF-8, not YAML, duplicate keys (all of them),
    tags, anchors, aliases, more than one document, too deep, too many values.
    """
    return _read(path, _read_text(path))


@lru_cache(maxsize=64)
def _read(path: Path, text: str) -> YamlFile:
    """Parse each text once: several sheets share their topic's evidence.

    By the text and not by the file's date, which two saves one after the other can have in common.
    """
    lines = text.splitlines()
    try:
        built = _build(path, text, lines)
    except yaml.MarkedYAMLError as error:
        raise ProblemsFound([_syntax_problem(path, lines, error)]) from None
    except yaml.YAMLError as error:
        said = str(error).splitlines()[0]
        raise ProblemsFound([Problem(f"not readable as YAML: {said}", Place(path))]) from None
    if not isinstance(built.data, dict):
        place = built.place() if built.data is not None else Place(path)
        raise ProblemsFound([Problem("expected `key: value` lines at the top of this file", place)])
    return built


def _read_text(path: Path) -> str:
    """Return the file's text without a byte order mark; Windows line ends are left to the parser."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            message = f"{size:,} bytes is too large for a text file of this kind"
            hint = f"the limit is {MOST_BYTES:,} bytes; is this the right file?"
            raise ProblemsFound([Problem(message, Place(path), hint)])
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ProblemsFound([Problem("there is no such file", Place(path))]) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ProblemsFound([Problem(f"cannot be read: {reason}", Place(path))]) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        shown = raw.split(b"\n")[line - 1].decode("utf-8", "replace").rstrip("\r")
        place = Place(path, line, column, 1, shown)
        hint = "save the file as UTF-8 (in the editor: Save As, Encoding, UTF-8)"
        raise ProblemsFound([Problem("not UTF-8 text", place, hint)]) from None


class _Builder:
    """Builds values from parse events with a stack of its own."""

    def __init__(self, path: Path, lines: Sequence[str]) -> None:
        self.file = YamlFile(path, None, lines, {}, {})
        self.problems = Problems()
        self.count = 0
        self.top: Any = None
        self.stack: list[tuple[Any, Loc]] = []
        self.pending: list[str | None] = []  # the key that waits for its value, one for each mapping

    def refuse(self, event: yaml.Event, message: str, hint: str = "") -> ProblemsFound:
        place = self.file.at(_span(event))
        return ProblemsFound([*self.problems.found, Problem(message, place, hint)])

    def loc(self) -> Loc:
        """Return where the next value goes."""
        if not self.stack:
            return ()
        parent, loc = self.stack[-1]
        step = len(parent) if isinstance(parent, list) else self.pending[-1]
        return (*loc, step if step is not None else "")

    def put(self, value: Any, event: yaml.Event) -> None:
        loc = self.loc()
        self.file.values[loc] = _span(event)
        if not self.stack:
            self.top = value
            return
        parent = self.stack[-1][0]
        if isinstance(parent, list):
            parent.append(value)
        else:
            parent[self.pending[-1]] = value
            self.pending[-1] = None

    def open(self, value: Any, event: yaml.Event) -> None:
        if len(self.stack) >= DEEPEST:
            raise self.refuse(event, f"nested deeper than {DEEPEST} levels")
        loc = self.loc()
        self.put(value, event)
        self.stack.append((value, loc))
        self.pending.append(None)

    def scalar(self, event: yaml.ScalarEvent) -> None:
        self.count += 1
        if self.count > MOST_VALUES:
            raise self.refuse(event, f"more than {MOST_VALUES:,} values in one file")
        in_mapping = self.stack and isinstance(self.stack[-1][0], dict)
        if not (in_mapping and self.pending[-1] is None):
            plain = event.style in (None, "")
            if plain:
                self.mistyped(event)
            self.put(None if plain and event.value in ("", "~", "null") else event.value, event)
            return
        mapping, loc = self.stack[-1]
        key = event.value
        if key in mapping:
            first = self.file.keys[(*loc, key)].line + 1
            self.problems.add(
                f"the key `{key}` stands here a second time",
                self.file.at(_span(event)),
                f"first on line {first}; keep one of the two",
            )
        self.pending[-1] = key
        self.file.keys[(*loc, key)] = _span(event)

    def mistyped(self, event: yaml.ScalarEvent) -> None:
        """Note what YAML reads otherwise than it was meant: `#12` after a number, quotes from a letter."""
        span, value = _span(event), event.value
        end = event.end_mark
        assert end is not None  # the parser marks every event
        rest = self.file.lines[end.line][end.column :] if end.line < len(self.file.lines) else ""
        if lost := _LOST.match(rest):
            where = Span(end.line, end.column + lost.start(1), len(lost[1]), end.line)
            hint = 'put the whole value in quotes: "..."'
            self.problems.add(f"`{lost[1]}` is not read: a # begins a comment", self.file.at(where), hint)
        closing = _CURLY.get(value[:1])
        if closing and (value.find(closing, 1) in (-1, len(value) - 1)):
            message = "these quotes would be printed: YAML knows only straight ones"
            hint = 'use straight quotes: "..."; quotes that are to be printed stand inside them'
            self.problems.add(message, self.file.at(span), hint)


def _build(path: Path, text: str, lines: Sequence[str]) -> YamlFile:
    builder = _Builder(path, lines)
    documents = 0
    for event in yaml.parse(text, Loader=PARSER):
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if anchor is not None:
            name = "*" if isinstance(event, yaml.AliasEvent) else "&"
            raise builder.refuse(
                event,
                f"`{name}{anchor}`: anchors and aliases are not used here",
                "write the text out where it is needed",
            )
        if tag not in (None, "!"):
            raise builder.refuse(
                event,
                f"the tag `{tag}` is not used here",
                "remove it; every value is plain text",
            )
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise builder.refuse(event, "a second document starts here", "one file, one document")
        elif isinstance(event, yaml.ScalarEvent):
            builder.scalar(event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            waits_for_key = (
                builder.stack and isinstance(builder.stack[-1][0], dict) and builder.pending[-1] is None
            )
            if waits_for_key:
                raise builder.refuse(event, "a key must be one word or phrase, not a list or mapping")
            builder.open({} if isinstance(event, yaml.MappingStartEvent) else [], event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            builder.stack.pop()
            builder.pending.pop()
    builder.problems.raise_if_any()
    file = builder.file
    return YamlFile(path, builder.top, lines, file.values, file.keys)


def _span(event: yaml.Event) -> Span:
    start, end = event.start_mark, event.end_mark
    assert start is not None  # the parser marks every event
    assert end is not None
    width = end.column - start.column if end.line == start.line else 10_000
    block = isinstance(event, yaml.ScalarEvent) and event.style in ("|", ">")
    # The mark after a block scalar stands on the line that follows it.
    return Span(start.line, start.column, width, end.line - 1 if block else end.line)


def _syntax_problem(path: Path, lines: Sequence[str], error: yaml.MarkedYAMLError) -> Problem:
    """Say the parser's complaint with its place, and what usually causes it."""
    mark = error.problem_mark or error.context_mark
    said = error.problem or "unreadable"
    if mark is None:
        return Problem(f"not readable as YAML: {said}", Place(path))
    text = lines[mark.line] if mark.line < len(lines) else ""
    place = Place(path, mark.line + 1, mark.column + 1, 1, text)
    indent = text[: len(text) - len(text.lstrip())]
    if "\t" in indent or ("token" in said and "\t" in text):
        return Problem("a tab in the indentation", place, "use spaces; YAML does not allow tabs here")
    if "mapping values are not allowed" in said:
        return Problem(
            "not readable as YAML: a second `: ` on this line",
            place,
            'put the whole text in quotes: "..."',
        )
    if any(mark in text for mark in "“”„«»") and "“" in text.partition(":")[2][:3]:
        return Problem(f"not readable as YAML: {said}", place, 'use straight quotes: "..."')
    return Problem(f"not readable as YAML: {said}", place, "check the quotes and the indentation here")
