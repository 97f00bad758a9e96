"""A file with a clinic's changes to a shipped sheet, begun so that it is right as it stands.

What is hidden or replaced carries the hash of the shipped block; what is replaced has the shipped words in
it, to be changed. Everything else stands in comments, with this sheet's own blocks as examples.
"""

from __future__ import annotations

import difflib
import json
import textwrap
from contextlib import suppress
from typing import TYPE_CHECKING

from yaml import BaseLoader, YAMLError, load

from handoutpress.errors import Place, Problem, Problems, ProblemsFound, shorten, suggestion
from handoutpress.places import CHANGES, DEFAULT_LANGUAGE
from handoutpress.reading.changes import TOP, next_version
from handoutpress.reading.parts import at, blocks_of, hash_of, spaced, text_hash, texts_of
from handoutpress.reading.schema import modeline
from handoutpress.reading.sheet import read_sheet
from handoutpress.reading.yamlreader import read_yaml

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from handoutpress.places import Places, SheetFile
    from handoutpress.reading.parts import BlockAsRead
    from handoutpress.reading.yamlfile import YamlFile

_WIDTH = 110
_HEAD = """\
{modeline}# Your clinic's changes to the sheet {name} ({title}), version {shipped} as it is shipped.
# The shipped sheet stays where it is; what is not named here follows it when it is mended.
# When it changes under one of your changes, the sheet stops until you have looked at both.

of: "{shipped}"               # the version of the shipped sheet that you changed
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
#       was: "{said_was}"
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
    reword: Sequence[str] = (),
    replace: Sequence[str] = (),
    hide: Sequence[str] = (),
    because: str = "",
) -> tuple[Path, str]:
    """Return the path of a new file with changes to a sheet, and its text; nothing is written.

    ``reword`` has texts of the sheet, or how they begin; ``replace`` and ``hide`` name blocks.
    Raises ``ProblemsFound``: no such sheet, text or block, a sheet of the clinic's own, a file that is there.
    """
    file = places.sheet(name, language)
    path = places.clinic / "handouts" / file.topic / (file.path.stem + CHANGES)
    problems = Problems()
    if file.own:
        hint = f"write your changes into it; to change the shipped sheet, delete {shorten(file.path)} first"
        raise ProblemsFound([Problem(f"{name} is your clinic's own sheet", Place(file.path), hint)])
    if path.exists():
        hint = f"add to it; `show {name} --blocks` prints what can be named"
        raise ProblemsFound([Problem("this file with changes is there already", Place(path), hint)])
    yaml, handout = read_yaml(file.path), read_sheet(file).handout
    blocks = blocks_of(yaml.data)
    entries = [entry for words in reword if (entry := _rewording(yaml, words, problems))]
    entries += [
        _replacing(yaml, each) for name in replace if (each := _find(blocks, name, "--replace", problems))
    ]
    entries += [_hiding(each, because) for name in hide if (each := _find(blocks, name, "--hide", problems))]
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
    loc, said = next(((loc, words) for loc, words in texts_of(yaml.data) if loc[-1] == "say"), ((), "..."))
    anchors = [block.id or block.kind for block in blocks if block.id or block.number is None]
    examples = _EXAMPLES.format(
        name=name,
        said=json.dumps(spaced(said), ensure_ascii=False),
        said_was=text_hash(yaml.data, [loc]) if loc else "00000000",
        reference=next(iter(_references(yaml)), "P01"),
        first=anchors[0],
        last=anchors[-1],
        was=next(block.digest for block in blocks if anchors[0] in block.names),
        top=TOP,
    )
    body = "\n".join(["changes:", *entries]) if entries else "changes: []"
    return path, f"{written}\n{body}\n\n{examples}"


def _find(blocks: Sequence[BlockAsRead], called: str, option: str, problems: Problems) -> BlockAsRead | None:
    found = [block for block in blocks if called in block.names]
    if len(found) == 1:
        return found[0]
    alike = found or [block for block in blocks if block.kind == called]
    names = [block.name for block in alike or blocks]
    hint = "say which: " + ", ".join(names) if alike else suggestion(called, names, "blocks")
    what = "more than one block" if alike else "no block"
    problems.add(f"{option} {called}: {what} has this name", hint=hint)
    return None


def _rewording(yaml: YamlFile, words: str, problems: Problems) -> str | None:
    """Return a change that says words of the sheet again, to be changed."""
    texts = [(loc, spaced(text)) for loc, text in texts_of(yaml.data)]
    found = {text for _, text in texts if text.startswith(spaced(words))}
    if len(found) != 1:
        near = difflib.get_close_matches(words, [text for _, text in texts], n=3, cutoff=0.4)
        hint = "; ".join(sorted(found)[:3] or near) or "`show NAME --blocks` prints what it says"
        what = "more than one text begins" if found else "no text of this sheet begins"
        problems.add(f"--reword: {what} with `{words}`", hint=hint)
        return None
    (said,) = found
    was = text_hash(yaml.data, [loc for loc, text in texts if text == said])
    quoted = json.dumps(said, ensure_ascii=False)
    return f'  - reword:\n      said: {quoted}\n      was: "{was}"\n      say: {quoted}'


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
        if hash_of(load(text, Loader=BaseLoader)) == block.digest:  # noqa: S506 (it makes texts only)
            return text
    # Written on one line, or with values that only our own reader takes as texts.
    return json.dumps(yaml.data["blocks"][block.index], ensure_ascii=False)


def _translation(places: Places, file: SheetFile) -> str:
    """Return what has to be done about an original that has changes: whoever translated them says so."""
    original = places.sheets().get((file.name, DEFAULT_LANGUAGE))
    if file.language == DEFAULT_LANGUAGE or original is None or original.changes is None:
        return ""
    return f"""
# Say here what {original.changes.name} says, change by change. Only when that is
# done, tell which words of the original these are; `check` prints the line:
# translation: {{of: "..."}}
"""


def _references(yaml: YamlFile) -> list[str]:
    return [str(at(yaml.data, loc)) for loc in yaml.values if "from" in loc[-2:-1]]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _quoted(name: str) -> str:
    plain = name.replace("-", "").replace(" ", "").isalnum() and not name[0].isdigit()
    return name if plain else json.dumps(name, ensure_ascii=False)
