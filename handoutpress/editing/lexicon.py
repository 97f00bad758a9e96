"""The words an editor of one language listens for: ``words/en.yaml``, ``words/es.yaml``.

A language has its own file, written in its own right and not translated: what promises, what softens and what
nobody outside a clinic says differs from one to the next. A language without a file has an empty lexicon, so
that a sheet in it is printed rather than judged by the wrong words.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from handoutpress.reading.model import Model, validate
from handoutpress.reading.yamlreader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SIGNS = {"*": r"\w*", "'": "['’]", " ": r"\s+"}
"""How the signs of a phrase are read."""

_WORD = re.compile(r"\w+(?:-\w+)*")
_LONGEST_TERM = 4  # words

FOLDER = Path(__file__).parent / "words"

Phrase = Annotated[str, StringConstraints(min_length=1, max_length=80)]
"""A word or some words; a ``*`` at the end of a word stands for any ending."""


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise PydanticCustomError("pattern", "bad", {"said": f"is not a pattern: {error}"}) from None
    return pattern


Pattern = Annotated[str, StringConstraints(min_length=1, max_length=400), AfterValidator(_compiles)]
"""A regular expression, for what a plain list of words cannot say."""


class Promises(Model):
    """What no honest sheet says of a treatment."""

    words: tuple[Phrase, ...] = ()
    """Words that promise wherever they stand."""
    patterns: tuple[Pattern, ...] = ()
    """The same as patterns: "will remove" only where it is scars that go."""
    unlimited: tuple[Pattern, ...] = ()
    """What is right only with a limit in the same sentence: "is safe"."""
    limits: tuple[Phrase, ...] = ()
    """Words that set a limit: "for most", "when"."""
    unless: tuple[Phrase, ...] = ()
    """Words that turn a promise round, where they stand just before it: "cannot", "not"."""
    doubts: tuple[Phrase, ...] = ()
    """Words that hold a "no" and deny nothing: "no doubt"."""
    cautions: tuple[Phrase, ...] = ()
    """Words over or before it that warn of other people's promises: "think twice"."""


class Notation(Model):
    """One way of writing a dose or a time that has led to errors."""

    find: Pattern
    """The pattern that finds it."""
    write: Phrase
    """What to write in its place."""


class Passives(Model):
    """How advice hides who has to act."""

    leads: tuple[Phrase, ...] = ()
    """The words before the participle: "should be"."""
    adverbs: tuple[Phrase, ...] = ()
    """What may stand between: "always"."""
    participles: tuple[Phrase, ...] = ()
    """What a reader does: "applied"."""
    persons: tuple[Phrase, ...] = ()
    """Subjects to whom it is done: "you must be told"."""
    theirs: tuple[Phrase, ...] = ()
    """Words that show it is the clinic's to do: "needles", "by us"."""


class Explaining(Model):
    """How a text says what a word means; brackets go without saying."""

    before: tuple[Pattern, ...] = ()
    """What ends right before the term: "called"."""
    after: tuple[Pattern, ...] = ()
    """What begins right after it: " means"."""


class Term(Model):
    """A word of the trade."""

    term: Phrase
    """The word as a dictionary has it."""
    also: tuple[Phrase, ...] = ()
    """Its other forms; a plain "s" at the end needs no mention."""
    plain: Annotated[tuple[Phrase, ...], Field(min_length=1)]
    """What to say in its place, or to explain it with."""
    avoid: bool = False
    """Whether the plain words always do, so that the term teaches nobody anything."""


class Use(NamedTuple):
    """One place where a term stands in a text."""

    term: Term
    start: int
    end: int


class Lexicon(Model):
    """The words of one language."""

    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
    """Its code."""
    hedges: tuple[Phrase, ...] = ()
    """Words that soften a statement."""
    firm: tuple[Phrase, ...] = ()
    """Words that make one firm."""
    abbreviations: tuple[Phrase, ...] = ()
    """Those that end in a full stop without ending the sentence."""
    acronyms: tuple[Phrase, ...] = ()
    """Long words in capitals that are names, not shouts."""
    shouts: tuple[Phrase, ...] = ()
    """Short words nobody writes in capitals but to shout."""
    orders: tuple[Phrase, ...] = ()
    """Words that make a sentence advice: "should", "do not"."""
    syllables: dict[int, tuple[Phrase, ...]] = {}
    """Words that the rules count wrong, by their number of syllables."""
    promises: Promises = Promises()
    notation: tuple[Notation, ...] = ()
    passives: Passives = Passives()
    explaining: Explaining = Explaining()
    known: tuple[Phrase, ...] = ()
    """Words that look like jargon but that patients meet on a pack or have been told: never flagged."""
    jargon: tuple[Term, ...] = ()

    @cached_property
    def spoken(self) -> dict[str, int]:
        """The number of syllables of each word that the rules count wrong."""
        return {word: count for count, words in self.syllables.items() for word in words}

    @cached_property
    def _forms(self) -> dict[str, Term | None]:
        """Every form of every term, and of the known words, which hide the terms inside them."""
        forms: dict[str, Term | None] = {}
        for term in self.jargon:
            for form in (term.term, *term.also):
                forms[form.lower()] = term
                forms.setdefault(f"{form.lower()}s", term)
        return {**forms, **dict.fromkeys(word.lower() for word in self.known)}

    def uses(self, text: str) -> Iterator[Use]:
        """Yield each term of the trade in a text, in order; the longest where two begin together.

        Looked up word by word: one pattern for all terms takes longer to compile than a sheet to check.
        """
        words = list(_WORD.finditer(text))
        at = 0
        while at < len(words):
            for length in range(min(_LONGEST_TERM, len(words) - at), 0, -1):
                start, end = words[at].start(), words[at + length - 1].end()
                form = re.sub(r"\s+", " ", text[start:end].lower())
                if form in self._forms:
                    if term := self._forms[form]:
                        yield Use(term, start, end)
                    at += length - 1
                    break
            at += 1


@lru_cache(maxsize=256)
def matcher(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return one pattern for a list of words, whole words only, in any case; none matches nothing."""
    if not words:
        return re.compile(r"(?!)")
    # Part of a hyphened word is another word: the "all" of "all-day" says nothing of all.
    return re.compile(rf"(?<![\w-])(?<!\w['’])(?:{_tree(words)})(?!\w|['’-]\w)", re.IGNORECASE)


def _tree(words: Iterable[str]) -> str:
    """Return a pattern that reads shared beginnings once: ``re`` tries a plain list word by word."""
    tree: dict[str, Any] = {}
    for word in words:
        branch = tree
        for sign in re.sub(r"\s+", " ", word.lower()):
            branch = branch.setdefault(sign, {})
        branch[""] = {}
    return _branches(tree)


def _branches(tree: dict[str, Any]) -> str:
    shapes = [_SIGNS.get(sign, re.escape(sign)) + _branches(rest) for sign, rest in tree.items() if sign]
    if not shapes:
        return ""
    shape = shapes[0] if len(shapes) == 1 and "" not in tree else f"(?:{'|'.join(shapes)})"
    return f"{shape}?" if "" in tree else shape


def contains(text: str, words: Iterable[str]) -> str | None:
    """Return the first of these words that stands in a text, as it stands there; None if none does.

    Whole words, in any case; a ``*`` at a word's end stands for any ending.
    """
    found = matcher(tuple(words)).search(text)
    return found[0] if found else None


@lru_cache(maxsize=16)
def read_lexicon(language: str) -> Lexicon:
    """Return the lexicon of a language ("es", "es-MX"), read once a process; empty if there is none.

    Raises ``ProblemsFound`` if its file is not as it should be.
    """
    code = language.split("-")[0].lower()
    path = FOLDER / f"{code}.yaml"
    if not path.is_file():
        return Lexicon(language=code)
    return validate(Lexicon, read_yaml(path))
