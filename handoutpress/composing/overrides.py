"""A clinic's own templates, looked at without rendering them: what in them would never reach a page.

Jinja2 says nothing of a block that the template it extends has not, nor of words outside of all blocks: both
are simply not printed. Nor does anything say that no template uses a file whose name is misspelt.
"""

from __future__ import annotations

import difflib
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from jinja2 import nodes

from handoutpress.composing.environment import SHIPPED
from handoutpress.composing.inheritance import named_by, naming, parse_template
from handoutpress.errors import Place, Problem, ProblemsFound, suggestion
from handoutpress.places import OutsideError, files_below, inside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from handoutpress.places import Places

_TEMPLATES = (".html", ".txt")
_MEANT = {*_TEMPLATES, ".htm", ".xhtml", ".yaml", ".yml", ".j2", ".jinja", ".jinja2"}
"""What a file of templates or of their words may end in, also by mistake; small letters."""
_WORDS = re.compile(r"(?:words|email)/[a-z]{2}(?:-[A-Z]{2})?\.yaml")
"""The words of a language, which need not be one that is shipped."""


def unprinted_parts(places: Places) -> Iterator[Problem]:
    """Yield a problem for each block, and for all words, that no page gets from the clinic's templates."""
    for name, tree in _own_templates(places).items():
        yield from _never_printed(tree, places.clinic / "templates" / name, places)


def unused_templates(places: Places) -> Iterator[Problem]:
    """Yield a problem for each of the clinic's templates, and files with their words, that nothing uses."""
    uses = [named_by(node) for tree in _own_templates(places).values() for node in naming(tree)]
    shipped = [
        path.relative_to(places.shipped / "templates").as_posix()
        for path in files_below(places.shipped / "templates")
    ]
    for name, path in _own_files(places):
        if name in shipped or name in uses or _WORDS.fullmatch(name):
            continue
        if path.suffix in _TEMPLATES:
            # A name that is worked out as it is rendered may be any.
            if None not in uses:
                known = [each for each in shipped if each.endswith(path.suffix)]
                yield Problem("no template uses this one", Place(path), suggestion(name, known, "templates"))
        elif path.suffix.casefold() in _MEANT or difflib.get_close_matches(name, shipped, 1, 0.8):
            hint = suggestion(name, shipped, "files with templates and words")
            yield Problem("nothing reads this file", Place(path), hint)


def _own_templates(places: Places) -> dict[str, nodes.Template]:
    """Return the clinic's templates by name, parsed; one that cannot be is told where a sheet uses it."""
    files = [(name, path) for name, path in _own_files(places) if path.suffix in _TEMPLATES]
    return {name: tree for name, path in files if (tree := _parsed(path)) is not None}


def _own_files(places: Places) -> Iterator[tuple[str, Path]]:
    """Yield the clinic's files below ``templates`` by name, without those that an editor keeps."""
    top, clinic = places.clinic / "templates", places.clinic.resolve()
    for path in files_below(top):
        name = path.relative_to(top)
        kept = path.name.endswith("~") or any(part.startswith((".", "~", "#")) for part in name.parts)
        # What a link leads out of the folder is never opened.
        if not kept and path.resolve().is_relative_to(clinic):
            yield name.as_posix(), path


def _never_printed(tree: nodes.Template, path: Path, places: Places) -> Iterator[Problem]:
    """Yield a problem for each block that what it extends has not, and for words outside of all blocks."""
    named = next((named_by(node) for node in tree.find_all(nodes.Extends)), None)
    if named is None:
        return
    known = _blocks_above(named, places)
    if known is None:  # a template that is not there is told where it is rendered
        return
    lines = path.read_text(encoding="utf-8").splitlines()
    for node in tree.body:
        if isinstance(node, nodes.Block) and node.name not in known:
            message = f"`{named}` has no block `{node.name}`, so nothing prints this one"
            yield Problem(
                message, _place(path, node.lineno, lines), suggestion(node.name, sorted(known), "blocks")
            )
        elif isinstance(node, nodes.Output) and (line := _first_line(node)):
            hint = "put it into one of the blocks: " + ", ".join(sorted(known))
            place = _place(path, line, lines)
            yield Problem("this stands outside of all blocks, so nothing prints it", place, hint)


def _blocks_above(named: str, places: Places) -> set[str] | None:
    """Return the blocks of a template and of all that it extends; None where one is not there."""
    blocks: set[str] = set()
    seen: set[Path] = set()
    while named:
        path = _found(named, places)
        tree = _parsed(path) if path and path not in seen else None
        if path is None or tree is None:
            return None
        seen.add(path)
        blocks |= {block.name for block in tree.find_all(nodes.Block)}
        named = next((named_by(node) or "" for node in tree.find_all(nodes.Extends)), "")
    return blocks


def _found(named: str, places: Places) -> Path | None:
    try:
        if named.startswith(SHIPPED):
            return inside(places.shipped / "templates", named.removeprefix(SHIPPED))
        return places.find("templates", named)
    except OutsideError:
        return None


def _parsed(path: Path) -> nodes.Template | None:
    with suppress(ProblemsFound):
        return parse_template(path)
    return None


def _first_line(node: nodes.Output) -> int:
    """Return the line on which what a node prints begins; 0 where that is only white space."""
    for part in node.nodes:
        if not isinstance(part, nodes.TemplateData):
            return part.lineno
        if part.data.strip():
            return part.lineno + part.data[: len(part.data) - len(part.data.lstrip())].count("\n")
    return 0


def _place(path: Path, line: int, lines: list[str]) -> Place:
    text = lines[line - 1] if line <= len(lines) else ""
    return Place(path, line, len(text) - len(text.lstrip()) + 1, max(1, len(text.strip())), text)
