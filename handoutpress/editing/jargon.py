"""Words of the trade, each explained where a reader first meets it.

PEMAT-P (AHRQ), item 4: medical terms stand only to familiarize readers with them, and are defined. The
rule reads a sheet from top to bottom and looks at the first statement that uses a word. A heading, a title or
a question cannot hold an explanation, so its use waits for that statement; where no statement ever says the
word, the heading itself has to be followed by its plain words. A word that teaches nobody anything (``avoid``
in the lexicon: "erythema") is found at every use until one explains it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from handoutpress.editing.lexicon import contains
from handoutpress.editing.lines import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from handoutpress.editing.lexicon import Lexicon, Term, Use
    from handoutpress.editing.lines import Line

_BRACKETS_AFTER = re.compile(r"\w{0,3}[\"”’]?(?: \w+){0,2} ?\([^)]*?[^\W\d_]{3}")
"""Brackets right after a word, or after a noun it belongs to: "sterile needles (germ-free)"."""

_BRACKETED = re.compile(r"[^\W\d_]{3,}[\"”’]? ?\((?:[^()]{0,30}\s)?[\"“‘]?$")
"""An open bracket after plain words, in which the term stands: "thick raised scars (keloids"."""

_STATED = frozenset({"say", "summary"})


def jargon(lines: Sequence[Line], lexicon: Lexicon) -> Iterator[Finding]:
    """Yield a finding for each word of the trade that a sheet uses before it says what it means."""
    explained = _in_glossary(lines, lexicon)
    met: set[str] = set()
    waiting: dict[str, tuple[int, Use]] = {}
    for number, line in enumerate(lines):
        if line.kind == "sources":
            continue
        for use in lexicon.uses(line.text):
            name = use.term.term
            if name in explained:
                continue
            if line.part not in _STATED:
                waiting.setdefault(name, (number, use))
            elif _explains(lines, number, use, lexicon):
                explained.add(name)
            elif name not in met or use.term.avoid:
                met.add(name)
                yield _finding(line, use)
    for name, (number, use) in waiting.items():
        if name not in explained | met and not _explained_below(lines, number, use, lexicon):
            yield _finding(lines[number], use)


def _in_glossary(lines: Sequence[Line], lexicon: Lexicon) -> set[str]:
    """Return the terms that a glossary on the sheet explains, wherever it stands."""
    labels = (line.text for line in lines if line.kind == "glossary" and line.part == "label")
    return {use.term.term for text in labels for use in lexicon.uses(text)}


def _explains(lines: Sequence[Line], number: int, use: Use, lexicon: Lexicon) -> bool:
    """Whether the statement says what its term means, or the next one in the same block does."""
    line = lines[number]
    before, after = line.text[: use.start], line.text[use.end :]
    if _BRACKETS_AFTER.match(after) or _BRACKETED.search(before):
        return True
    if any(re.search(pattern, before, re.IGNORECASE) for pattern in lexicon.explaining.before):
        return True
    if any(re.search(pattern, after, re.IGNORECASE) for pattern in lexicon.explaining.after):
        return True
    # The plain words nearby explain a term; for "prior to", a "before" in the same line is chance.
    return not use.term.avoid and _says_plainly(use.term, [line, *lines[number + 1 : number + 2]], line)


def _explained_below(lines: Sequence[Line], number: int, use: Use, lexicon: Lexicon) -> bool:
    """Whether a heading or question explains its term itself, or what follows it in the same block does."""
    line = lines[number]
    if _explains(lines, number, use, lexicon):
        return True
    below = [other for other in lines[number + 1 :] if other.part in _STATED and other.block == line.block]
    return _says_plainly(use.term, below[:2], line)


def _says_plainly(term: Term, lines: Sequence[Line], first: Line) -> bool:
    same = (line.text for line in lines if line.block == first.block)
    plain = (*term.plain, *(f"{phrase}s" for phrase in term.plain))
    return contains(" ".join(same), plain) is not None


def _finding(line: Line, use: Use) -> Finding:
    words = line.text[use.start : use.end]
    plain = " or ".join(f'"{phrase}"' for phrase in use.term.plain[:2])
    if use.term.avoid:
        return Finding("jargon", line, words, f"`{words}` is a word of the trade", f"say {plain}")
    message = f"`{words}` is not explained where it is first used"
    return Finding("jargon", line, words, message, f"explain it in brackets right after, with {plain}")
