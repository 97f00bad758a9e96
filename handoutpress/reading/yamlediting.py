r"""One value of a YAML text changed: every other byte, comment and quote stays as it was.

A library that writes a document anew from its values spells what nobody touched in its own way (``\_``
becomes an invisible space, Windows line ends go). Here only the characters of that one value are replaced,
where the parser says that they stand. There may be several ways to write a change; each is read back, and
the first that says just what is wished is taken. So none of these ways has to know all of YAML.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

import yaml

from handoutpress.errors import HandoutError
from handoutpress.reading.yamlspelling import as_key, in_flow, on_one_line, quoted, spellings
from handoutpress.reading.yamltext import YamlText, said

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from handoutpress.reading.yamlfile import Loc
    from handoutpress.reading.yamltext import Node

Value = str | tuple[str, ...] | None
"""A text, the lines of a list, or None for a key that is to go."""

_MARK = "\ufeff"
_STEP = 2
_UNREADABLE = (yaml.YAMLError, ValueError, RecursionError)


def edited(text: str, loc: Loc, value: Value, order: Mapping[Loc, Sequence[str]]) -> str:
    """Return a YAML text with another value at ``loc``, a path of keys.

    A key that is not there yet goes above a comment that has it already, else below the key before it in
    ``order``, the keys of each mapping. A key that goes takes the comment on its line with it; a mapping that
    loses its last key stays, as ``{}``. The text must be one that the reader takes. Raises ``HandoutError``
    where no way reads back as wished.
    """
    body = text.removeprefix(_MARK)
    before = YamlText(body)
    wished = with_value(said(before.top), loc, value)
    if wished == said(before.top):
        return text
    try:
        found = next(way for way in _ways(before, loc, value, order) if _reads_as(way, wished))
    except (StopIteration, *_UNREADABLE):
        name = ".".join(map(str, loc))
        raise HandoutError(f"`{name}` cannot be changed here by a program: do it in the file.") from None
    return text[: len(text) - len(body)] + found


def with_value(data: Any, loc: Loc, value: Value) -> Any:
    """Return what a file says, with another value at ``loc``; mappings on the way are made."""
    step, rest = loc[0], loc[1:]
    inner = dict(data) if isinstance(data, dict) else {}
    if value is None and (step not in inner or (rest and not isinstance(inner[step], dict))):
        return data
    if rest:
        inner[step] = with_value(inner.get(step), rest, value)
    elif value is None:
        del inner[step]
    else:
        inner[step] = value if isinstance(value, str) else list(value)
    return inner


def _reads_as(text: str, wished: Any) -> bool:
    try:
        return bool(said(YamlText(text).top) == wished)
    except _UNREADABLE:
        return False


def _ways(before: YamlText, loc: Loc, value: Value, order: Mapping[Loc, Sequence[str]]) -> Iterator[str]:
    """Yield texts that may say it, the one that looks best first."""
    entries = before.entries(loc)
    missing = [str(step) for step in loc[len(entries) :]]
    if value is None:
        yield _without_key(before, entries)
    elif not missing:
        yield from _changed(before, loc, value)
    else:
        parent = entries[-1][1] if entries else before.top
        if parent is None:
            yield before.text + _lines(before, missing, value, 0) + before.line_break
        elif not isinstance(parent, yaml.MappingNode) or not parent.value:
            yield from _filled(before, entries, missing, value)
        elif parent.flow_style:
            end = before.end(parent.value[-1][1])
            yield before.replaced(end, end, f", {in_flow(missing, value)}")
        else:
            lines = _lines(before, missing, value, parent.start_mark.column)
            yield from _added(before, parent, missing[0], lines, order.get(loc[: len(entries)], ()))


def _changed(before: YamlText, loc: Loc, value: str | tuple[str, ...]) -> Iterator[str]:
    """Yield texts with another value of a key that is there."""
    key, old = before.entries(loc)[-1]
    if isinstance(value, tuple) and isinstance(old, yaml.SequenceNode):
        for choice in (0, -1):
            yield _with_items(before, loc, value, choice)
    elif isinstance(value, str) and isinstance(old, yaml.ScalarNode):
        for words in spellings(value, old.style):
            yield _with_scalar(before, old, words)
    yield before.replaced(before.colon(key), before.end(old), f" {on_one_line(value)}")


def _with_scalar(before: YamlText, old: Node, words: str) -> str:
    start, end = old.start_mark.index, before.end(old)
    if start == end:  # nothing stood there, not even a space
        words = f" {words}"
    if old.style in ("|", ">"):  # a comment beside the bar is no part of the value
        words += "".join(re.findall(r"[ \t]+#.*", before.text[start : before.line_end(start)]))
    return before.replaced(start, end, words)


def _with_items(before: YamlText, loc: Loc, wished: Sequence[str], choice: int) -> str:
    """Return the text with other items in a list, one by one; those that stay are not touched."""
    for _ in range(len(wished) + len(before.entries(loc)[-1][1].value)):
        items = before.entries(loc)[-1][1].value
        if not items or not all(isinstance(item, yaml.ScalarNode) for item in items):
            break
        steps = difflib.SequenceMatcher(None, [said(item) for item in items], wished, autojunk=False)
        step = next((step for step in steps.get_opcodes() if step[0] != "equal"), None)
        if step is None:
            break
        try:
            before = YamlText(_nearer(before, loc, step, wished, choice))
        except _UNREADABLE:
            break
    return before.text


def _nearer(
    before: YamlText, loc: Loc, step: tuple[str, int, int, int, int], wished: Sequence[str], choice: int
) -> str:
    """Return the text with one item of a list changed, taken out or put in."""
    node = before.entries(loc)[-1][1]
    tag, index, _, new, _ = step
    is_last = index == len(node.value)
    item = node.value[-1 if is_last else index]
    start, end = item.start_mark.index, before.end(item)
    if tag == "replace":
        return _with_scalar(before, item, spellings(wished[new], item.style)[choice])
    if tag == "delete":
        return before.without(node, start, end)
    words = quoted(wished[new])
    if node.flow_style:
        return (
            before.replaced(end, end, f", {words}")
            if is_last
            else before.replaced(start, start, f"{words}, ")
        )
    line = before.text[before.line_start(start) : start] + words  # with the same dash
    return before.with_lines_after(end, line) if is_last else before.with_lines_before(start, line)


def _filled(
    before: YamlText, entries: list[tuple[Node, Node]], missing: list[str], value: str | tuple[str, ...]
) -> Iterator[str]:
    """Yield texts with the first key of a mapping: there was ``{}``, nothing, or what is no mapping."""
    if not entries:
        start, end = before.top.start_mark.index, before.end(before.top)
        yield before.replaced(start, end, _lines(before, missing, value, 0))
        return
    key, old = entries[-1]
    if not any(getattr(node, "flow_style", False) for _, node in entries[:-1]):
        start = len(before.text[: old.start_mark.index].rstrip(" \t"))
        emptied = YamlText(before.replaced(start, before.end(old), ""))
        yield emptied.with_lines_after(start, _lines(before, missing, value, key.start_mark.column + _STEP))
    yield before.replaced(before.colon(key), before.end(old), f" {{{in_flow(missing, value)}}}")


def _added(before: YamlText, parent: Node, key: str, lines: str, order: Sequence[str]) -> Iterator[str]:
    """Yield texts with more lines in a mapping, where somebody would look for them first."""
    column, start = parent.start_mark.column, parent.start_mark.index
    commented = re.compile(rf"^{' ' * column}# ?{re.escape(key)}:", re.MULTILINE)
    area = (before.line_start(start), parent.end_mark.index) if column else (0, len(before.text))
    for found in commented.finditer(before.text, *area):
        yield before.with_lines_before(found.start(), lines)
    ends = {name.value: before.end(node) for name, node in parent.value}
    earlier = order[: order.index(key)] if key in order else ()
    for name in dict.fromkeys((*reversed(earlier), *reversed(ends))):
        if name in ends:
            yield before.with_lines_after(ends[name], lines)
    yield before.with_lines_before(start, lines)


def _lines(before: YamlText, keys: Sequence[str], value: str | tuple[str, ...], column: int) -> str:
    """Return a value below its keys, one in the other, each on a line; no line break after the last."""
    rows = [f"{' ' * (column + _STEP * depth)}{as_key(key)}:" for depth, key in enumerate(keys)]
    return before.line_break.join(rows) + f" {on_one_line(value)}"


def _without_key(before: YamlText, entries: list[tuple[Node, Node]]) -> str:
    key, old = entries[-1]
    parent = entries[-2][1] if len(entries) > 1 else before.top
    start, end = key.start_mark.index, max(before.end(key), before.end(old))
    if len(parent.value) > 1:
        return before.without(parent, start, end)
    if parent.flow_style:
        return before.replaced(parent.start_mark.index, before.end(parent), "{}")
    if len(entries) == 1:
        return before.text[: before.line_start(start)] + "{}" + before.text[before.line_end(end) :]
    colon = before.colon(entries[-2][0])
    return YamlText(before.without_lines(start, end)).replaced(colon, colon, " {}")
