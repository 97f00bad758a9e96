"""What can go wrong, and how it is said.

    HandoutError                 anything this program refuses to do
     ├── ProblemsFound           one or more Problems in what was given, each with its place
     ├── Uncertain               it may have been done all the same; says how to find out
     └── EngineUnavailable       WeasyPrint cannot start on this machine; says what mends it

A ``Problem`` is one thing wrong in a file somebody wrote. Everything that reads or checks returns or
raises all of its problems at once, so that a person mends a file in one sitting.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class HandoutError(Exception):
    """Anything this program refuses to do; the message is written for the person at the keyboard."""


class Uncertain(HandoutError):
    """Something may have been done all the same, as a sheet printed. The message says how to find out."""


class EngineUnavailable(HandoutError):
    """The PDF engine cannot start on this machine. The message names the command that mends it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A span of a text file: 1-based line and column, and the span's width in characters."""

    file: Path
    line: int = 0
    column: int = 0
    width: int = 1
    text: str = ""
    """The whole source line, to show under the message; empty when the file is not text."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong, where it stands, and what to do about it."""

    message: str
    place: Place | None = None
    hint: str = ""
    rule: str = ""
    """The editor's rule that stops it, such as ``promise``: a draft may be made all the same. Empty for what
    cannot be made at all."""

    @property
    def sort_key(self) -> tuple[str, int, int, str]:
        """Order of reading: by file, then by position."""
        if self.place is None:
            return ("", 0, 0, self.message)
        return (str(self.place.file), self.place.line, self.place.column, self.message)

    def as_json(self) -> dict[str, str | int | None]:
        """Return plain values for ``--json``; the file as it would be typed."""
        place = self.place
        return {
            "file": shorten(place.file) if place else None,
            "line": place.line or None if place else None,
            "column": place.column or None if place else None,
            "message": self.message,
            "hint": self.hint or None,
            "rule": self.rule or None,
        }

    def __str__(self) -> str:
        """``file:line:column  message``, the line, the span underlined, and the hint."""
        if self.place is None:
            return self.message + (f"\n    {self.hint}" if self.hint else "")
        place = self.place
        where = shorten(place.file)
        if not place.line:
            return f"{where}  {self.message}" + (f"\n    {self.hint}" if self.hint else "")
        rows = [f"{where}:{place.line}:{place.column}  {self.message}"]
        if place.text.strip():
            rows += _underlined(place, self.hint)
        elif self.hint:
            rows.append(f"    {self.hint}")
        return "\n".join(rows)


def _underlined(place: Place, hint: str, most: int = 88) -> list[str]:
    """Draw the source line with carets under the span; a long line is cut around it."""
    text = place.text.expandtabs(1).replace("\x00", "�")
    start = place.column - 1
    if len(text) > most:
        cut = max(0, min(start - most // 3, len(text) - most))
        text = ("…" if cut else "") + text[cut : cut + most] + "…"
        start -= cut - (1 if cut else 0)
    carets = "^" * max(1, min(place.width, len(text) - start))
    number = str(place.line)
    below = f"    {' ' * len(number)} | {' ' * start}{carets}"
    rows = [f"    {number} | {text}"]
    if hint and len(below) + len(hint) < 110:
        rows.append(f"{below} {hint}")
    else:
        rows.append(below)
        if hint:
            rows.append(f"    {' ' * len(number)}   {hint}")
    return rows


def shorten(path: Path) -> str:
    """Return the path as a person in this folder would type it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):  # it is elsewhere, or this folder was deleted meanwhile
        return str(path)


@dataclass(frozen=True, slots=True)
class Problems:
    """A growing list that stages hand on: ``add`` to it, then ``raise_if_any`` at a stage's end."""

    found: list[Problem] = field(default_factory=list)

    def add(self, message: str, place: Place | None = None, hint: str = "") -> None:
        """Note one more problem."""
        self.found.append(Problem(message, place, hint))

    def extend(self, problems: Iterable[Problem]) -> None:
        """Note several."""
        self.found.extend(problems)

    def raise_if_any(self) -> None:
        """Raise ``ProblemsFound`` with everything noted so far, in reading order."""
        if self.found:
            raise ProblemsFound(self.found)


class ProblemsFound(HandoutError):
    """What was given cannot be used; ``problems`` says everything that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems), key=lambda problem: problem.sort_key)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @property
    def summary(self) -> str:
        """``3 problems in 2 files.``"""
        files = {problem.place.file for problem in self.problems if problem.place}
        count = len(self.problems)
        said = f"{count} problem{'s' if count != 1 else ''}"
        if files:
            said += f" in {len(files)} file{'s' if len(files) != 1 else ''}"
        return said + "."


def suggestion(wrong: str, known: list[str], what: str) -> str:
    """Return ``did you mean ...?`` for a near miss, else the list of what is known."""
    near = difflib.get_close_matches(wrong, known, n=1, cutoff=0.6)
    if near:
        return f'did you mean "{near[0]}"?'
    listed = ", ".join(sorted(known)[:24])
    return f"the {what} are: {listed}" if known else ""
