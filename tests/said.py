"""Lines for the editor's rules to read: one text, or a shipped sheet's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoutpress.editing.lexicon import Lexicon, read_lexicon
from handoutpress.editing.lines import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from handoutpress.editing.lines import Finding

    Rule = Callable[[Sequence[Line], Lexicon], Iterator[Finding]]

EN, ES = read_lexicon("en"), read_lexicon("es")


def line(text: str, kind: str = "paragraph", part: str = "say", **more: object) -> Line:
    """Return one line of a sheet."""
    return Line(text, part, kind, ("blocks", 0, kind, "text", 0, "say"), 0, **more)  # type: ignore[arg-type]


def found(rule: Rule, text: str, lexicon: Lexicon = EN, **more: object) -> list[str]:
    """Return the words that a rule finds in one line."""
    return [finding.words for finding in rule([line(text, **more)], lexicon)]  # type: ignore[arg-type]
