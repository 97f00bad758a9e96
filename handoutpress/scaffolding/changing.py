"""A file with a clinic's changes to a shipped sheet, begun so that it is right as it stands.

What is hidden or replaced carries the hash of the shipped block; what is replaced has the shipped words in
it, to be changed. Everything else stands in comments, with this sheet's own blocks as examples.
"""

from __future__ import annotations

import json
import textwrap
from contextlib import suppress
from typing import TYPE_CHECKING

from yaml import BaseLoader, YAMLError, load

from handoutpress.errors import Place, Problem, Problems, ProblemsFound, shorten, suggestion
from handoutpress.places import CHANGES, DEFAULT_LANGUAGE
from handoutpress.reading.blocknames import block_hash, blocks_of
from handoutpress.reading.changes import TOP, next_version
from handoutpress.reading.schema import modeline
from handoutpress.reading.sheet import read_sheet
from handoutpress.reading.yamlreader import read_yaml

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from handoutpress.places import Places, SheetFile
    from handoutpress.reading.blocknames import BlockAsRead
    from handoutpress.reading.yamlfile import YamlFile

_WIDTH = 110
_HEAD = """\
{modeline}# Your clinic's changes to the sheet {name} ({title}), version {shipped} as it is shipped.
# The shipped sheet stays where it is; what is not named here follows it when it is mended.
# When it changes under one of your changes, the sheet stops until you have looked at both.

version: "{version}"          # of your sheet: raise it with every change
dated: {today}
review_by: {review_by}    # look at your changes again by then; the shipped sheet's own day holds, too
{translation}"""
_EXAMPLES = """\
# What a change can be; take the # away. `show {name} --blocks` prints what can be named,
# with the `was` of each block.
#
#   - reword:                      # say one thing in other words
#       said: {said}
#       say: "Your own words."
#       from: [{reference}]                # what they rest on; left out, what the shipped words rest on
#   - replace:                     # put a block of your own in the place of one
#       block: {first}
#       was: "{was}"
#       with:
#         paragraph:
#           text:
#             - {{say: "Your own words.", from: [{reference}]}}
#   - hide: {{block: {first}, was: "{was}", because: "why you leave it out"}}
#   - add:                         # your own blocks after one; `{top}`: before all
#       after: {last}
#       blocks:
#         - notes: {{heading: "For your next visit", lines: 3}}
#   - move: {{block: {last}, after: {first}}}
#
# Words of your own rest on entries of your own: write them into evidence.changes.yaml beside this file.
# A block you hide may hold the only words about a claim; `check` tells it. If that is meant, say why:
#
# leaves_out:
#   C01: "we say so in the talk before"
"""


def begin_changes(
    places: Places,
    name: str,
    language: str,
    today: dt.date,
    *,
    replace: Sequence[str] = (),
    hide: Sequence[str] = (),
    because: str = "",
) -> tuple[Path, str]:
    """Return the path of a new file with changes to a sheet, and its text; nothing is written.

    ``replace`` and ``hide`` name blocks. Raises ``ProblemsFound``: no such sheet or block, a sheet of the
    clinic's own, a file that is there already.
    """
    file = places.sheet(name, language)
    path = places.clinic / "handouts" / file.topic / (file.path.stem + CHANGES)
    problems = Problems()
    if file.path.is_relative_to(places.clinic) and not places.shipped.samefile(places.clinic):
        hint = f"write your changes into it; to change the shipped sheet, delete {shorten(file.path)} first"
        raise ProblemsFound([Problem(f"{name} is your clinic's own sheet", Place(file.path), hint)])
    if path.exists():
        hint = f"add to it; `show {name} --blocks` prints what can be named"
        raise ProblemsFound([Problem("this file with changes is there already", Place(path), hint)])
    yaml, handout = read_yaml(file.path), read_sheet(file).handout
    blocks = blocks_of(yaml)
    wanted = {
        _find(blocks, called, option, problems): (option, called)
        for option, names in (("--replace", replace), ("--hide", hide))
        for called in names
    }
    if hide and not because.strip():
        problems.add("--hide: say why", hint='--because "WHY", for whoever looks after this file')
    problems.raise_if_any()
    written = _HEAD.format(
        modeline=modeline("changes", "../../schemas"),
        name=name,
        title=handout.title,
        shipped=handout.version,
        version=next_version(handout.version),
        today=max(today, handout.dated).isoformat(),
        review_by=handout.review_by.isoformat(),
        translation=_translation(places, file),
    )
    entries = [
        _replacing(yaml, block) if option == "--replace" else _hiding(block, because)
        for block, (option, _) in wanted.items()
        if block
    ]
    said = next((line for block in blocks for line in block.says), "...")
    examples = _EXAMPLES.format(
        name=name,
        said=json.dumps(" ".join(said.split()), ensure_ascii=False),
        reference=next(iter(_references(yaml)), "P01"),
        first=blocks[0].name,
        last=blocks[-1].name,
        was=blocks[0].digest,
        top=TOP,
    )
    body = "\n".join(["changes:", *entries]) if entries else "changes: []"
    return path, f"{written}\n{body}\n\n{examples}"


def _find(blocks: Sequence[BlockAsRead], called: str, option: str, problems: Problems) -> BlockAsRead | None:
    found = [block for block in blocks if called in block.names]
    if len(found) == 1:
        return found[0]
    names = [block.name for block in blocks]
    problems.add(
        f"{option} {called}: no block, or more than one, has this name",
        hint=suggestion(called, names, "blocks"),
    )
    return None


def _hiding(block: BlockAsRead, because: str) -> str:
    why = json.dumps(because.strip(), ensure_ascii=False)
    return f'  - hide: {{block: {_quoted(block.name)}, was: "{block.digest}", because: {why}}}'


def _replacing(yaml: YamlFile, block: BlockAsRead) -> str:
    """Return a change that puts the shipped block in its own place, with its words as they are written."""
    lines = textwrap.indent(_as_written(yaml, block), " " * 8)
    return (
        f'  - replace:\n      block: {_quoted(block.name)}\n      was: "{block.digest}"\n      with:\n{lines}'
    )


def _as_written(yaml: YamlFile, block: BlockAsRead) -> str:
    """Return a block's own lines, comments too, without the indent and the hyphen before it."""
    first = yaml.values["blocks", block.index]
    after = yaml.values.get(("blocks", block.index + 1))
    lines = list(yaml.lines[first.line : after.line if after else len(yaml.lines)])
    lines[0] = " " * first.column + lines[0][first.column :]
    # What is indented less speaks of what follows.
    end = next(
        (n for n, line in enumerate(lines) if line.strip() and _indent(line) < first.column), len(lines)
    )
    text = textwrap.dedent("\n".join(lines[:end])).rstrip()
    with suppress(YAMLError):
        if block_hash(load(text, Loader=BaseLoader)) == block.digest:  # noqa: S506 (it makes texts only)
            return text
    # Written on one line, or with values that only our own reader takes as texts.
    return json.dumps(yaml.data["blocks"][block.index], ensure_ascii=False)


def _translation(places: Places, file: SheetFile) -> str:
    """Return what a translation's changes say of the original as it stands with the clinic's changes."""
    from handoutpress.composing.identity import words_hash

    original = places.sheets().get((file.name, DEFAULT_LANGUAGE))
    if file.language == DEFAULT_LANGUAGE or original is None or original.changes is None:
        return ""
    words = words_hash(read_sheet(original).handout)
    about = f"# Say here what {original.changes.name} says, change by change. It is now at:"
    return f'\n{about}\ntranslation: {{of: "{words}"}}\n'


def _references(yaml: YamlFile) -> list[str]:
    return [str(value) for loc in yaml.values if "from" in loc[-2:-1] for value in [_at(yaml, loc)]]


def _at(yaml: YamlFile, loc: tuple[str | int, ...]) -> object:
    value = yaml.data
    for step in loc:
        value = value[step]
    return value


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _quoted(name: str) -> str:
    plain = name.replace("-", "").replace(" ", "").isalnum() and not name[0].isdigit()
    return name if plain else json.dumps(name, ensure_ascii=False)
