"""Files in a clinic's folder that nothing reads: a misspelt name would change nothing, without a word.

Below ``handouts`` such a file stops every print: whoever wrote it takes it for the sheet, or for a change to
one. Below ``templates`` and ``styles``, where drafts lie about, ``check`` tells it.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from handoutpress.errors import Place, Problem, suggestion
from handoutpress.places import CHANGES, files_below, is_sheet_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from handoutpress.places import Kind, Places

_TOPICS_OWN = re.compile(r"(?:evidence|scores|protocol(?:\.(?!en\b)[a-z]{2}(?:-[A-Z]{2})?)?)")
"""The name of a topic's own file, without its ending. Only slots have words in other languages."""
_ADDED_TO = re.compile(r"(?:evidence|protocol(?:\.(?!en\b)[a-z]{2}(?:-[A-Z]{2})?)?)")
"""The same, of those that a clinic can add to."""
_SAID = "nothing reads this file: a sheet is NAME.yaml or NAME.es.yaml"


def stray_handouts(places: Places) -> Iterator[Problem]:
    """Yield a problem for each YAML file below the clinic's ``handouts`` that nothing reads."""
    top = places.clinic / "handouts"
    for path in files_below(top):
        if path.suffix.lower() not in (".yaml", ".yml") or _is_hidden(path, top):
            continue
        below = path.relative_to(top)
        topic = below.parts[0]
        known = _names_in(topic, places)
        if len(below.parts) != 2:
            hint = "a sheet stands in its topic's folder, such as handouts/microneedling/NAME.yaml"
            yield Problem("nothing reads this file", Place(path), hint)
        elif not path.is_file() or not path.resolve().is_relative_to(places.clinic.resolve()):
            yield Problem("this link leads to no file in the clinic's folder", Place(path))
        elif path.name.endswith(CHANGES):
            yield from _changes_to_nothing(path, known, places)
        elif not known and not any(is_sheet_name(each.name) for each in path.parent.iterdir()):
            topics = sorted({sheet.topic for sheet in places.sheets().values()})
            yield Problem(
                f"no sheet is of the topic `{topic}`", Place(path), suggestion(topic, topics, "topics")
            )
        elif not is_sheet_name(path.name) and not (
            path.suffix == ".yaml" and _TOPICS_OWN.fullmatch(path.stem)
        ):
            yield Problem(_SAID, Place(path), _nearest(path.name, [*known, *_changes_of(known)]))


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


def _changes_to_nothing(path: Path, known: list[str], places: Places) -> Iterator[Problem]:
    """Yield a problem for a file with changes to what is not there."""
    topic, base = path.parent.name, path.name.removesuffix(CHANGES)
    if f"{base}.yaml" in known or (known and _ADDED_TO.fullmatch(base)):
        return
    elsewhere = [sheet for sheet in places.sheets().values() if sheet.path.stem == base]
    if elsewhere and elsewhere[0].own:
        hint = f"{base} is your own sheet, in handouts/{elsewhere[0].topic}: change it there"
    elif elsewhere:
        there = elsewhere[0].topic
        hint = f"{base} is a sheet of the topic {there}: put this file into handouts/{there}"
    else:
        hint = _nearest(path.name, _changes_of(known))
    yield Problem(f"there is no {base}.yaml in the topic {topic} that this could change", Place(path), hint)


def _names_in(topic: str, places: Places) -> list[str]:
    """Return the file names of a topic's sheets."""
    return [sheet.path.name for sheet in places.sheets().values() if sheet.topic == topic]


def _changes_of(names: list[str]) -> list[str]:
    """Return the names of the files with changes that a topic's folder can have."""
    return [name.removesuffix(".yaml") + CHANGES for name in [*names, "evidence.yaml", "protocol.yaml"]]


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    return f'did you mean "{near[0]}"?' if near else "`list` says which sheets there are"


def _shipped(kind: Kind, ending: str, places: Places) -> list[str]:
    """Return the shipped files of a kind, by their paths below its folder."""
    top = places.shipped / kind
    return [path.relative_to(top).as_posix() for path in files_below(top) if path.name.endswith(ending)]


def _is_hidden(path: Path, top: Path) -> bool:
    """Whether a file is an editor's own, or stands in such a folder."""
    return any(part.startswith((".", "~", "#")) for part in path.relative_to(top).parts)
