"""What has changed in a shipped file since a clinic's copy of it was made.

Line ends do not count: a clinic's folder may be kept in version control that rewrites them.
"""

from __future__ import annotations

import difflib
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from handoutpress import __version__
from handoutpress.ejecting.notes import pristine_file, read_notes, sha256_of
from handoutpress.errors import Place, Problem, ProblemsFound
from handoutpress.places import KINDS, OutsideError, files_below, inside

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from handoutpress.ejecting.notes import Note, Notes
    from handoutpress.places import Places

RULE = "upstream"

_TEXTS = frozenset({".yaml", ".html", ".txt", ".css"})
"""What goes stale as a copy. A picture is replaced whole, and so is no copy."""


@dataclass(frozen=True)
class Upstream:
    """The shipped file now, against the text that a copy was made from."""

    state: Literal["same", "changed", "gone"]
    added: int = 0
    """Lines."""
    removed: int = 0
    """Lines."""
    diff: tuple[str, ...] = ()
    """The changes as a unified diff; empty also where the older text is lost, or is no text."""

    @property
    def said(self) -> str:
        """``3 lines added, 1 removed``, or why nobody can count them."""
        if not self.diff:
            return "what changed cannot be told, as the text it was made from is no longer kept"
        lines = "line" if self.added == 1 else "lines"
        return f"{self.added} {lines} added, {self.removed} removed"


def compare(places: Places, note: Note) -> Upstream:
    """Return what has changed in the shipped file since a note; raises ``OutsideError``."""
    try:
        now = inside(places.shipped, note.path).read_bytes()
    except OSError:
        return Upstream("gone")
    if sha256_of(now) == note.sha256:
        return Upstream("same")
    before = b""
    with suppress(OSError):
        before = pristine_file(places, note.path).read_bytes()
    old, new = lines_of(before), lines_of(now)
    if old == new and (old or before == now):
        return Upstream("same")
    if not old or not new:
        return Upstream("changed")
    names = (f"{note.path} ({note.version})", f"{note.path} ({__version__})")
    diff = tuple(difflib.unified_diff(old, new, *names, lineterm=""))
    added = sum(line.startswith("+") for line in diff[2:])
    removed = sum(line.startswith("-") for line in diff[2:])
    return Upstream("changed", added, removed, diff)


def lines_of(data: bytes) -> list[str]:
    """Return a text's lines without their ends; of what is no text, none."""
    return [] if b"\x00" in data else data.decode("utf-8-sig", "replace").splitlines()


def same_text(one: Path, other: Path) -> bool:
    """Whether two files say the same; False where one cannot be read."""
    try:
        first, second = one.read_bytes(), other.read_bytes()
    except OSError:
        return False
    return first == second or (lines_of(first) == lines_of(second) != [])


def is_unnoted_copy(places: Places, path: str, notes: Notes) -> bool:
    """Whether a clinic's file stands before a shipped text, and nobody knows of which version it is.

    One that builds on the shipped template of its own name follows its changes, and is no copy.
    """
    own, shipped = places.clinic / path, places.shipped / path
    if own.suffix not in _TEXTS or not own.is_file() or not shipped.is_file() or notes.of(path):
        return False
    if not path.startswith("templates/") or own.suffix == ".yaml":
        return True
    from handoutpress.composing.inheritance import read_inheritance

    try:
        return not read_inheritance(own).builds_on_shipped(path.removeprefix("templates/"))
    except ProblemsFound:
        return False  # it stops every sheet, which is told with its place


def check_copies(places: Places, sheets: Collection[str] = ()) -> list[Problem]:
    """Return a problem for each of the clinic's copies whose shipped file has changed, or that nobody noted.

    ``sheets`` are the names that were asked for; without any, all copies are looked at.
    """
    try:
        notes = read_notes(places)
        problems = [problem for note in notes.copies for problem in _changed(places, note)]
    except ProblemsFound as found:
        return found.problems
    problems += [_unnoted(places, path) for path in own_files(places) if is_unnoted_copy(places, path, notes)]
    if not sheets:
        return problems
    files = {str(file.path) for (name, _), file in places.sheets().items() if name in sheets}
    return [problem for problem in problems if problem.place and str(problem.place.file) in files]


def own_files(places: Places) -> Iterator[str]:
    """Yield the path in it of each of the clinic's own handouts, templates and styles."""
    top = places.clinic.resolve()
    for kind in KINDS:
        for path in files_below(places.clinic / kind):
            if path.resolve().is_relative_to(top):
                yield path.relative_to(places.clinic).as_posix()


def _changed(places: Places, note: Note) -> Iterator[Problem]:
    own = places.clinic / note.path
    if not own.is_file():
        return
    changed = compare(places, note)
    came = f"{note.version} -> {__version__}" if note.version != __version__ else note.version
    seen = f"`eject {note.path} --seen`"
    if changed.state == "gone":
        message = f"there is no shipped {note.path} any more ({came}); this copy was made from it"
        hint = f"see whether it is still needed; {seen} makes it a file of the clinic's own"
        yield Problem(message, _first_line(own), hint, RULE)
    elif changed.state == "changed":
        message = f"the shipped {note.path} has changed since this copy was made ({came}): {changed.said}"
        hint = f"`where {note.path} --diff` shows it; take over what you need, then {seen}"
        if same_text(own, pristine_file(places, note.path)):
            hint = f"this copy is still as it was made: delete it, and the new one is used; or {seen}"
        yield Problem(message, _first_change(places, note, own), hint, RULE)


def _unnoted(places: Places, path: str) -> Problem:
    own = places.clinic / path
    if same_text(own, places.shipped / path):
        return Problem(
            f"this is the same as the shipped {path}, and changes to that would never arrive",
            _first_line(own),
            f"delete it; or, if you are about to change it, `eject {path} --seen`",
            RULE,
        )
    topic, _, name = path.removeprefix("handouts/").rpartition("/")
    smaller = ""
    if path.startswith("handouts/") and "/" not in topic:
        smaller = f"; or change single lines (`new changes {name.partition('.')[0]}`), or rename it"
    return Problem(
        f"this stands before the shipped {path}, and nothing notes which version of that it was made from",
        _first_line(own),
        f"`eject {path} --seen` notes the one shipped now{smaller}",
        RULE,
    )


def _first_line(path: Path) -> Place:
    with suppress(OSError):
        text = next(iter(lines_of(path.read_bytes())), "")
        return Place(path, 1, 1, max(1, len(text)), text)
    return Place(path)


def _first_change(places: Places, note: Note, own: Path) -> Place:
    """Return the line of a copy at which the first change belongs; its first, where that line is gone."""
    with suppress(OSError, OutsideError):
        old = lines_of(pristine_file(places, note.path).read_bytes())
        new = lines_of((places.shipped / note.path).read_bytes())
        lines = lines_of(own.read_bytes())
        changes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        start, end = next(((op[1], op[2]) for op in changes if op[0] != "equal"), (0, 0))
        anchor = next(iter(old[start if end > start else max(0, start - 1) :]), "")
        if anchor.strip() and anchor in lines:
            indent = len(anchor) - len(anchor.lstrip())
            return Place(own, lines.index(anchor) + 1, indent + 1, len(anchor.strip()), anchor)
    return _first_line(own)
