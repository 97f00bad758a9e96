"""Which copy of a file wins, and why, in sentences for whoever looks after a clinic's folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from handoutpress.composing.stylesheets import CLINIC_SHEET
from handoutpress.ejecting.asking import kind_of, sheets_of
from handoutpress.ejecting.notes import read_notes
from handoutpress.ejecting.upstream import compare, is_unnoted_copy, same_text
from handoutpress.errors import ProblemsFound, shorten
from handoutpress.places import CHANGES, inside

if TYPE_CHECKING:
    from pathlib import Path

    from handoutpress.composing.inheritance import Inheritance
    from handoutpress.ejecting.notes import Note
    from handoutpress.ejecting.upstream import Upstream
    from handoutpress.places import Places, SheetFile

Owner = Literal["clinic", "shipped"]
Use = Literal["wins", "built on", "not used"]

_SAME_PATH = "The clinic's own copy stands at the same path, so it wins over the shipped one."
_SAME_NAME = "The clinic's own sheet of this name wins over the shipped one, whatever folder it is in."
_NO_COPY = "It is shipped, and the clinic has no copy of its own."
_ONLY_OWN = "Only the clinic has it; nothing is shipped at this path."
_OWN_SHEET = "It is a sheet of the clinic's own; none of this name is shipped."
_LAST_STYLE = "The clinic's own style sheet is added after the shipped ones, so its rules win."
_NO_STYLE = (
    f"No shipped style sheet has this name, so nothing uses it: its rules belong in styles/{CLINIC_SHEET}."
)
_FACTS = "It stands only in the clinic's own folder; nothing is shipped in its place."
_CHANGES = "It changes the shipped file, and is no copy of it."
_TWINS = "Two sheets here have this name: none is used until one of them is renamed or deleted."


@dataclass(frozen=True)
class Found:
    """One copy of a file."""

    file: Path
    owner: Owner
    use: Use


@dataclass(frozen=True)
class Standing:
    """A file's copies, the winning one first, and how they stand to each other."""

    path: str
    """Below the clinic's folder or the shipped one."""
    copies: tuple[Found, ...]
    reason: str
    """Why the first one wins."""
    inheritance: Inheritance | None = None
    """What the clinic's template is built on, where that wins."""
    blocks: tuple[str, ...] = ()
    """The shipped template's blocks that it changes."""
    changes: Path | None = None
    """The clinic's file that changes it without copying it."""
    note: Note | None = None
    upstream: Upstream | None = None
    is_same: bool = False
    """Whether the clinic's copy says what the shipped one says."""
    is_unnoted: bool = False
    """Whether nobody knows of which version it is a copy."""
    unreadable: str = ""
    """Why nobody can say what the clinic's template is built on."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What else is to be said, a sentence each."""
        return tuple(sentence for sentence in self._sentences() if sentence)

    def _sentences(self) -> list[str]:
        said = [self.unreadable, self._built_on()]
        if self.changes:
            said.append(f"The clinic changes it with {shorten(self.changes)}.")
        if self.note:
            said.append(f"`eject` made it from version {self.note.version} on {self.note.day.isoformat()}.")
        if self.upstream:
            said.append(self.since)
        if self.is_same:
            said.append("It is the same as the shipped one: delete it, and updates arrive by themselves.")
        elif self.is_unnoted:
            said.append(f"Nothing notes which version it was made from; `eject {self.path} --seen` does.")
        return said

    @property
    def since(self) -> str:
        """What has become of the shipped file since the copy was made; empty where nobody noted that."""
        if self.upstream is None:
            return ""
        if self.upstream.state == "same":
            return "The shipped one has not changed since."
        if self.upstream.state == "gone":
            return "Since then nothing is shipped at this path any more."
        more = f"; `where {self.path} --diff` shows it" if self.upstream.diff else ""
        return f"The shipped one has changed since: {self.upstream.said}{more}."

    def _built_on(self) -> str:
        built = self.inheritance
        shipped = [name for name in built.uses if name.startswith("shipped:")] if built else []
        if built is None or not (built.extends or shipped):
            return ""
        own = [f"`{name}`" for name in self.blocks]
        said = f"It builds on {built.extends or ', '.join(shipped)}"
        if own:
            said += f" and changes {'its block' if len(own) == 1 else 'its blocks'} {', '.join(own)}"
        lost = [f"`{name}`" for name in built.blocks if name not in self.blocks]
        if built.extends and lost:
            said += f"; {', '.join(lost)} {'is no block' if len(lost) == 1 else 'are no blocks'} of that"
        return said + "."

    def as_json(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        built, note, since = self.inheritance, self.note, self.upstream
        return {
            "path": self.path,
            "reason": self.reason,
            "copies": [
                {"file": shorten(copy.file), "owner": copy.owner, "use": copy.use} for copy in self.copies
            ],
            "extends": built.extends if built else None,
            "blocks": list(self.blocks),
            "changes": shorten(self.changes) if self.changes else None,
            "ejected": note and note.model_dump(mode="json"),
            "upstream": since and {"state": since.state, "added": since.added, "removed": since.removed},
            "same_as_shipped": self.is_same,
            "remarks": list(self.remarks),
        }


def stand(places: Places, path: str) -> Standing:
    """Return how the copies of a path stand; raises ``ProblemsFound`` where the notes cannot be read."""
    kind = kind_of(path)
    if kind is None:
        return Standing(path, (Found(inside(places.clinic, path), "clinic", "wins"),), _FACTS)
    files, reason = _sheet_files(places, path)
    if not files:
        found = places.candidates(*kind)
        files = [(file, _owner(places, file)) for file in found]
        reason = _reason(path, [owner for _, owner in files])
    if reason == _TWINS:
        return Standing(path, tuple(Found(file, owner, "not used") for file, owner in files), reason)
    winner, owner = files[0]
    changes = inside(places.clinic, path.removesuffix(".yaml") + CHANGES)
    known = changes if path.startswith("handouts/") and changes.is_file() else None
    if owner == "shipped":
        return Standing(path, _found(files, "not used"), reason, changes=known)
    notes = read_notes(places)
    note = notes.of(path)
    built, blocks, unreadable = _inheritance(places, path, winner)
    on_shipped = bool(built and built.builds_on_shipped(path.removeprefix("templates/")))
    return Standing(
        path,
        _found(files, "built on" if on_shipped else "not used"),
        reason,
        built,
        blocks,
        known,
        note,
        compare(places, note) if note else None,
        same_text(places.clinic / path, places.shipped / path),
        is_unnoted_copy(places, path, notes),
        unreadable,
    )


def _found(files: list[tuple[Path, Owner]], others: Use) -> tuple[Found, ...]:
    (first, owner), *rest = files
    return (Found(first, owner, "wins"), *(Found(file, whose, others) for file, whose in rest))


def _sheet_files(places: Places, path: str) -> tuple[list[tuple[Path, Owner]], str]:
    """Return a sheet's files in both folders, by its name and not by where it is; none for another file."""
    by_owner: list[tuple[Owner, dict[tuple[str, str], SheetFile]]] = [
        ("clinic", sheets_of(places.clinic)),
        ("shipped", sheets_of(places.shipped)),
    ]
    key = next(
        (
            key
            for _, sheets in by_owner
            for key, file in sheets.items()
            for one in (file.path, file.twin)
            if one and path == f"handouts/{one.parent.name}/{one.name}"
        ),
        None,
    )
    if key is None:
        return [], ""
    files: list[tuple[Path, Owner]] = []
    for owner, sheets in by_owner:
        sheet = sheets.get(key)
        files += [(one, owner) for one in ((sheet.path, sheet.twin) if sheet else ()) if one]
    owners = [owner for _, owner in files]
    winning = next(sheets[key] for _, sheets in by_owner if key in sheets)
    if winning.twin:
        return files, _TWINS
    if owners[0] == "shipped":
        return files, _NO_COPY
    if len(files) == 1:
        return files, _OWN_SHEET
    same_folder = files[0][0].parent.name == files[1][0].parent.name
    return files, _SAME_PATH if same_folder else _SAME_NAME


def _owner(places: Places, file: Path) -> Owner:
    return "clinic" if places.owns(file) else "shipped"


def _reason(path: str, owners: list[Owner]) -> str:
    if path.endswith(CHANGES):
        return _CHANGES
    if len(owners) == 2:
        return _SAME_PATH
    if owners[0] == "shipped":
        return _NO_COPY
    if path == f"styles/{CLINIC_SHEET}":
        return _LAST_STYLE
    return _NO_STYLE if path.startswith("styles/") and path.endswith(".css") else _ONLY_OWN


def _inheritance(places: Places, path: str, own: Path) -> tuple[Inheritance | None, tuple[str, ...], str]:
    """Return what a clinic's template is built on, which blocks of that it changes, or why nobody knows."""
    if not path.startswith("templates/") or path.endswith(".yaml"):
        return None, (), ""
    from handoutpress.composing.environment import SHIPPED
    from handoutpress.composing.inheritance import read_inheritance

    try:
        built = read_inheritance(own)
        if not built.extends:
            return built, (), ""
        name = built.extends.removeprefix(SHIPPED)
        is_shipped = built.extends != name
        base = inside(places.shipped / "templates", name) if is_shipped else places.find("templates", name)
        known = read_inheritance(base).blocks if base else ()
    except ProblemsFound as found:
        return None, (), f"It cannot be used: {found.problems[0].message}."
    return built, tuple(block for block in built.blocks if block in known), ""
