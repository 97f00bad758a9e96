"""A YAML text and where its nodes stand: words replaced, lines added and taken out, the rest as it was."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from handoutpress.reading.yamlreader import PARSER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handoutpress.reading.yamlfile import Loc

Node = Any
"""One of PyYAML's nodes; each kind has other attributes."""

_BREAKS = "\r\n\x85\u2028\u2029"
_TAGS = {"!", *(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))}


def said(node: Node) -> Any:
    """Return what a node says as our reader does; raises ``ValueError`` for a tag or a key's second time."""
    if node is None:
        return None
    if node.tag not in _TAGS:
        raise ValueError(f"a tag: {node.tag}")
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        if len(set(keys)) < len(keys):
            raise ValueError("a key stands here twice")
        return {key.value: said(inner) for key, inner in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [said(inner) for inner in node.value]
    return None if not node.style and node.value in ("", "~", "null") else node.value


class YamlText:
    """A text with its nodes. The methods that change something return the new text."""

    def __init__(self, text: str) -> None:
        """Parse a text without a byte order mark; raises ``YAMLError``."""
        self.text = text
        self.top: Node = yaml.compose(text, Loader=PARSER)
        self.line_break = "\r\n" if "\r\n" in text else "\n"

    def entries(self, loc: Loc) -> list[tuple[Node, Node]]:
        """Return the keys on the way to ``loc``, each with its value, as far as they are there."""
        found: list[tuple[Node, Node]] = []
        node = self.top
        for step in loc:
            pairs = node.value if isinstance(node, yaml.MappingNode) else []
            pair = next((pair for pair in pairs if pair[0].value == step), None)
            if pair is None:
                break
            found.append(pair)
            node = pair[1]
        return found

    def end(self, node: Node) -> int:
        """Return where a node's last character stands; the parser counts what follows a block to it."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self.end(last[1] if isinstance(last, tuple) else last)
        start: int = node.start_mark.index
        end: int = node.end_mark.index
        is_block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
        return start + len(self.text[start:end].rstrip()) if is_block else end

    def colon(self, key: Node) -> int:
        """Return where a key's colon ends."""
        return self.text.index(":", key.end_mark.index) + 1

    def line_start(self, at: int) -> int:
        """Return where the line around ``at`` starts."""
        return max(self.text.rfind(sign, 0, at) for sign in _BREAKS) + 1

    def line_end(self, at: int) -> int:
        """Return where that line ends, before its line break."""
        found = re.compile(f"[{_BREAKS}]").search(self.text, at)
        return found.start() if found else len(self.text)

    def next_line(self, at: int) -> int:
        """Return where the line after it starts."""
        end = self.line_end(at)
        return min(end + (2 if self.text.startswith("\r\n", end) else 1), len(self.text))

    def with_lines_after(self, at: int, lines: str) -> str:
        """Add lines below the one around ``at``, which may be the last and have no line break."""
        end = self.line_end(at)
        return self.text[:end] + self.line_break + lines + self.text[end:]

    def with_lines_before(self, at: int, lines: str) -> str:
        """Add lines above the one around ``at``."""
        start = self.line_start(at)
        return self.text[:start] + lines + self.line_break + self.text[start:]

    def without_lines(self, start: int, end: int) -> str:
        """Take out whole lines, with their comments."""
        return self.text[: self.line_start(start)] + self.text[self.next_line(end) :]

    def without(self, parent: Node, start: int, end: int) -> str:
        """Take out one of several entries of a mapping or list."""
        if not parent.flow_style:
            return self.without_lines(start, end)
        comma = re.compile(r"\s*,[ \t]*").match(self.text, end)
        if comma:
            return self.replaced(start, comma.end(), "")
        before = self.text[:start].rstrip()
        return self.replaced(len(before) - 1 if before.endswith(",") else start, end, "")

    def replaced(self, start: int, end: int, words: str) -> str:
        """Put other words from ``start`` to ``end``; a comment that follows stays in its column."""
        stop = self.line_end(end)
        after = max([end, *(at for leaf in _leaves(self.top) if (at := leaf.end_mark.index) <= stop)])
        comment = re.compile(r"[^#]*?([ \t]+)#.*").fullmatch(self.text, after, stop)
        if not comment:
            return self.text[:start] + words + self.text[end:]
        kept = self.text[end : comment.start(1)]
        ends = start - self.line_start(start) + len(words) + len(kept)
        column = comment.end(1) - self.line_start(end)
        gap = " " * max(column - ends, min(2, len(comment[1])))
        return self.text[:start] + words + kept + gap + self.text[comment.end(1) :]


def _leaves(node: Node) -> Iterator[Node]:
    """Yield the scalars: a # inside one begins no comment."""
    if isinstance(node, yaml.CollectionNode):
        for inner in node.value:
            for part in inner if isinstance(inner, tuple) else (inner,):
                yield from _leaves(part)
    elif node is not None:
        yield node
