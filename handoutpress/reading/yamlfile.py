"""A YAML file as read: its values, and where each of them stands, for the places of later problems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handoutpress.errors import Place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Loc = tuple[str | int, ...]
"""Where a value stands inside a file: keys and indexes from the top, as pydantic counts them."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where a key or value stands: 0-based line and column, its width there, and its last line."""

    line: int
    column: int
    width: int
    last: int


@dataclass(frozen=True)
class YamlFile:
    """One file's values (``data``: dict, list, str or None all the way down) and their places."""

    path: Path
    data: Any
    lines: Sequence[str]
    values: dict[Loc, Span]
    keys: dict[Loc, Span]

    def place(self, loc: Loc = (), *, key: bool = False) -> Place:
        """Return where the value at ``loc`` stands, or its key; the nearest parent if it does not."""
        for length in range(len(loc), -1, -1):
            near = loc[:length]
            span = self.keys.get(near) if key else self.values.get(near)
            span = span or self.values.get(near)
            if span is not None:
                return self.at(span)
        return Place(self.path)

    def locs_of(self, value: str) -> list[Loc]:
        """Return where a scalar with exactly this text stands."""
        return [loc for loc in self.values if _at(self.data, loc) == value]

    def find(self, words: str) -> Place | None:
        """Return the first place of these words in the file's text."""
        for number, line in enumerate(self.lines, 1):
            start = line.find(words)
            if start >= 0:
                return Place(self.path, number, start + 1, len(words), line)
        return None

    def place_of(self, loc: Loc, words: str) -> Place:
        """Return where these words stand in the scalar at ``loc``, or its place if a line end parts them."""
        span = self.values.get(loc)
        if span is not None:
            for number in range(span.line, min(span.last + 1, len(self.lines))):
                text = self.lines[number]
                start = text.find(words, span.column if number == span.line else 0)
                if start >= 0:
                    return Place(self.path, number + 1, start + 1, len(words), text.rstrip())
        return self.place(loc)

    def place_in(self, loc: Loc, offset: int, width: int) -> Place:
        """Return the place ``offset`` characters into the scalar at ``loc``, where that is one line."""
        place = self.place(loc)
        first = place.text[place.column - 1 : place.column]
        start = place.column + offset + (1 if first in "\"'" else 0)
        scalar = _at(self.data, loc)
        shown = place.text[start - 1 : start - 1 + width]
        if isinstance(scalar, str) and shown == scalar[offset : offset + width]:
            return Place(self.path, place.line, start, width, place.text)
        return place

    def at(self, span: Span) -> Place:
        """Return a span as a place, with its line to show."""
        text = self.lines[span.line] if span.line < len(self.lines) else ""
        width = max(1, min(span.width, len(text.rstrip()) - span.column))
        return Place(self.path, span.line + 1, span.column + 1, width, text.rstrip())


def _at(data: Any, loc: Loc) -> Any:
    for step in loc:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data
