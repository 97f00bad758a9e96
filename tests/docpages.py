"""The pages of the documentation as their readers follow them: commands and files, in order."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = ("README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))
REFERENCE = "docs/reference/commands.md"
_BLOCK = re.compile(r"(?ms)^( *)```(\w+)\n(.*?)^\1```$")
_FILE = re.compile(r"(?:#|/\*|\{#) ([\w./-]+\.(?:yaml|yml|css|html))(?: \*/| #\})?\n")


@dataclass(frozen=True)
class Example:
    """One command as a page shows it, and what it shows of its output."""

    place: str
    line: str
    shown: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        """The command as a shell splits it."""
        return shlex.split(self.line)


@dataclass(frozen=True)
class File:
    """A file, or a part of one, that a page says to write."""

    place: str
    path: str
    text: str


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    place: str
    language: str
    text: str


def blocks(page: str) -> Iterator[Block]:
    """Yield a page's fenced blocks."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start()) + 2
        written = re.sub(rf"(?m)^{found[1]}", "", found[3])
        yield Block(f"{page}:{line}", found[2], written)


def steps(page: str) -> Iterator[Example | File]:
    """Yield what a reader of a page does, in order."""
    for block in blocks(page):
        if block.language == "console":
            yield from _examples(block)
        elif found := _FILE.match(block.text):
            yield File(block.place, found[1], block.text)


def _examples(block: Block) -> Iterator[Example]:
    lines, shown = "", list[str]()
    for line in block.text.replace("\\\n", "").splitlines():
        if line.startswith("$ "):
            if lines:
                yield Example(block.place, lines, tuple(shown))
            lines, shown = re.sub(r" {2,}", " ", line[2:]), []
        else:
            assert lines, f"{block.place}: output of what?"
            shown.append(line)
    yield Example(block.place, lines, tuple(shown))


def shows(example: Example, out: str) -> bool:
    """Whether a command printed what its page shows; ``...`` stands for anything."""
    wanted = "\n".join(example.shown)
    pattern = ".*".join(re.escape(part) for part in wanted.split("..."))
    return re.fullmatch(pattern, out.strip("\n"), re.DOTALL) is not None


def links(page: str) -> Iterator[tuple[Path, str]]:
    """Yield the files that a page links to, with the heading there if one is named."""
    text = (ROOT / page).read_text(encoding="utf-8")
    text = _BLOCK.sub("", text)
    for found in re.finditer(r'\]\(([^()\s]+)\)|src="([^"]+)"', text):
        target = found[1] or found[2]
        if not target.startswith(("https:", "http:")):
            path, _, heading = target.partition("#")
            yield ((ROOT / page).parent / path if path else ROOT / page), heading


def headings(path: Path) -> set[str]:
    """Return a page's headings as code hosts name them in links."""
    text = _BLOCK.sub("", path.read_text(encoding="utf-8"))
    found = re.findall(r"(?m)^#+ (.+)$", text)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}
