"""Files in a clinic's folder that nothing reads: a misspelt name would change nothing, without a word.

Below ``handouts`` such a file stops every print: whoever wrote it takes it for the sheet, or for a change to
one. Below ``templates`` and ``styles``, where drafts lie about, ``check`` tells it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from handoutpress.errors import Place, Problem, suggestion
from handoutpress.places import BESIDE_SHEETS, CHANGES, files_below, is_sheet_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from handoutpress.places import Kind, Places

_TOPICS_OWN = re.compile(rf"(?:{'|'.join(sorted(BESIDE_SHEETS))})(?:\.[a-z]{{2}}(?:-[A-Z]{{2}})?)?")
"""The name of a topic's own file, without its ending."""


def stray_handouts(places: Places) -> Iterator[Problem]:
    """Yield a problem for each YAML file below the clinic's ``handouts`` that nothing reads."""
    top = places.clinic / "handouts"
    for path in files_below(top):
        if path.suffix not in (".yaml", ".yml") or _is_hidden(path, top):
            continue
        below = path.relative_to(top)
        if len(below.parts) != 2:
            hint = "a sheet stands in its topic's folder, such as handouts/microneedling/NAME.yaml"
            yield Problem("nothing reads this file", Place(path), hint)
        elif path.name.endswith(CHANGES):
            yield from _changes_to_nothing(path, places)
        elif not (is_sheet_name(path.name) or _TOPICS_OWN.fullmatch(path.stem)):
            known = [*_names_in(below.parts[0], places), *_changes_in(below.parts[0], places)]
            hint = suggestion(path.name, known, "files here")
            yield Problem("nothing reads this file: a sheet is NAME.yaml or NAME.es.yaml", Place(path), hint)


def stray_styles(places: Places, clinics_own: str) -> Iterator[Problem]:
    """Yield a problem for each style sheet of the clinic's that stands in the place of no shipped one.

    ``clinics_own`` is the one that a clinic may add.
    """
    known = [*_shipped("styles", ".css", places), clinics_own]
    top = places.clinic / "styles"
    for path in files_below(top):
        name = path.relative_to(top).as_posix()
        if path.suffix == ".css" and name not in known and not _is_hidden(path, top):
            hint = suggestion(name, known, "style sheets") + f"; your own rules stand in styles/{clinics_own}"
            yield Problem("nothing reads this style sheet", Place(path), hint)


def _changes_to_nothing(path: Path, places: Places) -> Iterator[Problem]:
    """Yield a problem for a file with changes to a sheet that is not there."""
    topic, base = path.parent.name, path.name.removesuffix(CHANGES)
    names = _names_in(topic, places)
    if _TOPICS_OWN.fullmatch(base) or f"{base}.yaml" in names:
        return
    elsewhere = [sheet.topic for sheet in places.sheets().values() if sheet.path.stem == base]
    if elsewhere:
        hint = f"{base} is a sheet of the topic {elsewhere[0]}: put this file into handouts/{elsewhere[0]}"
    else:
        hint = suggestion(path.name, _changes_in(topic, places), "changes that this folder can have")
    yield Problem(f"there is no {base}.yaml in the topic {topic} that this could change", Place(path), hint)


def _names_in(topic: str, places: Places) -> list[str]:
    """Return the file names of a topic's sheets."""
    return [sheet.path.name for sheet in places.sheets().values() if sheet.topic == topic]


def _changes_in(topic: str, places: Places) -> list[str]:
    return [name.removesuffix(".yaml") + CHANGES for name in _names_in(topic, places)]


def _shipped(kind: Kind, ending: str, places: Places) -> list[str]:
    """Return the shipped files of a kind, by their paths below its folder."""
    top = places.shipped / kind
    return [path.relative_to(top).as_posix() for path in files_below(top) if path.name.endswith(ending)]


def _is_hidden(path: Path, top: Path) -> bool:
    """Whether a file is an editor's own, or stands in such a folder."""
    return any(part.startswith((".", "~", "#")) for part in path.relative_to(top).parts)
