"""A sheet as it is read: its handout with the clinic's changes, and the files it stands in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from handoutpress.errors import Problem, ProblemsFound, shorten
from handoutpress.reading.handout import Handout
from handoutpress.reading.model import validate
from handoutpress.reading.yamlreader import read_yaml

if TYPE_CHECKING:
    from handoutpress.places import SheetFile
    from handoutpress.reading.changes import Changes
    from handoutpress.reading.yamlfile import YamlFile


@dataclass(frozen=True)
class Sheet:
    """A handout with its name, and the file it was read from, for the places of later problems."""

    file: SheetFile
    handout: Handout
    yaml: YamlFile
    changes: Changes | None = None
    """What the clinic changes in it; ``handout`` and ``yaml`` have these changes."""

    @property
    def name(self) -> str:
        """The name on the command line."""
        return self.file.name


def read_sheet(file: SheetFile) -> Sheet:
    """Read one sheet with the clinic's changes to it; raises ``ProblemsFound``."""
    yaml, changes = read_yaml(file.path), None
    if file.changes:
        yaml, changes = _with_changes(file, yaml)
    handout = validate(Handout, yaml)
    if handout.language != file.language:
        message = f"the file's name says `{file.language}`, and its language is `{handout.language}`"
        hint = f"add `language: {file.language}`, or name the file NAME.{handout.language}.yaml"
        raise ProblemsFound([Problem(message, yaml.place(("language",)), hint)])
    return Sheet(file, handout, yaml, changes)


def _with_changes(file: SheetFile, base: YamlFile) -> tuple[YamlFile, Changes]:
    from handoutpress.reading.changes import Changes
    from handoutpress.reading.overlay import overlaid

    assert file.changes
    own = read_yaml(file.changes)
    if file.own:
        message = f"{file.path.name} is your own sheet, and needs no file with changes"
        hint = f"put the changes into it, or delete {shorten(file.path)} to change the shipped sheet"
        raise ProblemsFound([Problem(message, own.place(), hint)])
    changes = validate(Changes, own)
    return overlaid(base, own, changes), changes
