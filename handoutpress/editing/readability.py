"""How hard a sheet is to read, by published formulas, its slots filled.

English: the Flesch-Kincaid grade (Kincaid, Fishburne, Rogers, Chissom 1975, *Derivation of New Readability
Formulas*, Naval Technical Training Command, Research Branch Report 8-75) and SMOG (McLaughlin 1969, *SMOG
Grading: a New Readability Formula*, Journal of Reading 12:639). Spanish: INFLESZ (Szigriszt-Pazos 1993,
*Sistemas predictivos de legibilidad del mensaje escrito*; its scale: Barrio-Cantalejo and others 2008,
*Validación de la Escala INFLESZ*, An Sist Sanit Navar 31:135). No formula for other languages: no score and
no finding.

What counts: the title, the summary and every statement, so that nothing a patient reads escapes the score;
not headings, labels, sources and the patient's box. The formulas were made for running text, and a handout
is half lists, so we had to choose:

- A statement is at least one sentence, with a full stop or without: a list's item and a table's cell are
  each read on their own. This favors a sheet with a large table. On the shipped one with most cells (16),
  leaving the cells out makes Flesch-Kincaid 0.3 and SMOG 0.2 higher, joining each row to one sentence 0.6
  and 0.4 (INFLESZ: 0.7 higher and 1.7 lower). Joined, rows of 25 words would count as sentences that nobody
  reads.
- A piece of fewer than three words ("Pus", "For pain", "Yes.") is no sentence. It is left out, words and
  all: as a sentence of one word it would pull the mean length down.
- A number is a word of one syllable, a phone number too. Read out, the phone numbers would be the hardest
  words of a sheet.
- A word with a hyphen is one word, so "water-resistant" has five syllables; "FDA" is spelled out, with three.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from handoutpress.editing.lexicon import read_lexicon
from handoutpress.editing.lines import Finding
from handoutpress.editing.syllables import COUNTERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from handoutpress.editing.lexicon import Lexicon
    from handoutpress.editing.lines import Line

FEWEST_WORDS = 100
"""Below this a score says nothing: too short to score."""

SMOG_SENTENCES = 30
"""McLaughlin counts over 30 sentences; over fewer, his figure is scaled up and less sure."""

FEWEST_IN_SENTENCE = 3

MOST = {"Flesch-Kincaid": 6.0, "SMOG": 8.0}
"""The hardest a sheet may be, as US school grades."""

LEAST = {"INFLESZ": 65.0}
"""The lowest a sheet may score; from 65 on INFLESZ says "bastante fácil"."""

_PARTS = frozenset({"title", "summary", "say"})
_KINDS_LEFT_OUT = frozenset({"sources", "patient"})

_WORD = re.compile(
    r"\(?\+?\d[\d ()./–-]{6,}\d"  # a phone number or a date in figures
    r"|\d+(?:[.,:/]\d+)*"
    r"|[^\W\d_]+(?:['’-][^\W\d_]+)*(?:['’](?=\s|$))?"
)
_END = re.compile(r"[.!?:…]+[\"”’»)\]]*\s+(?=[\"“‘«(\[¿¡]*[^\W\d_a-zà-ÿ])")
_LAST = re.compile(r"[^\s(\[“\"]+$")


@dataclass(frozen=True)
class Grades:
    """What the formulas say of one sheet."""

    words: int
    sentences: int
    scores: dict[str, float | None]
    """By the formula's name: a US school grade, or INFLESZ' 0 to 100 (higher is easier). None: too short."""


@dataclass(frozen=True)
class _Sentence:
    text: str
    words: int
    syllables: int
    long_words: int
    """Words of three syllables or more."""


def words_of(text: str) -> list[str]:
    """Return the words of a text; a number is one."""
    return _WORD.findall(text)


def sentences_of(text: str, lexicon: Lexicon) -> list[str]:
    """Split a statement after . ! ? : where a capital follows, but not after "Dr.", "a.m." or "1."."""
    return list(_split(text, lexicon.abbreviations))


@lru_cache(maxsize=2048)
def _split(text: str, abbreviations: tuple[str, ...]) -> tuple[str, ...]:
    pieces, start = [], 0
    for found in _END.finditer(text):
        if found[0].startswith("."):
            last = _LAST.search(text, start, found.start())
            word = last[0].lower() if last else ""
            listed = word.isdigit() and last is not None and last.start() == start  # the number of a step
            # One letter is somebody's initial: "J. Smith".
            if f"{word}." in abbreviations or listed or (len(word) == 1 and word.isalpha()):
                continue
        pieces.append(text[start : found.end()].strip())
        start = found.end()
    pieces.append(text[start:].strip())
    return tuple(piece for piece in pieces if piece)


def flesch_kincaid(words: int, sentences: int, syllables: int) -> float:
    """Return the US school grade of Kincaid et al. 1975."""
    return 0.39 * words / sentences + 11.8 * syllables / words - 15.59


def smog(sentences: int, long_words: int) -> float:
    """Return the US school grade of McLaughlin 1969 from the words of three syllables or more."""
    return 1.0430 * math.sqrt(long_words * 30 / sentences) + 3.1291


def inflesz(words: int, sentences: int, syllables: int) -> float:
    """Return the score of Szigriszt-Pazos 1993, 0 to 100 and higher if easier; INFLESZ is its scale."""
    return 206.835 - 62.3 * syllables / words - words / sentences


def grade(lines: Sequence[Line], language: str) -> Grades:
    """Return the scores of a sheet's lines; none for a language without a formula."""
    counted = _counted(lines, language)
    words = sum(sentence.words for sentence in counted)
    syllables = sum(sentence.syllables for sentence in counted)
    long_words = sum(sentence.long_words for sentence in counted)
    short = words < FEWEST_WORDS
    scores: dict[str, float | None] = {}
    match _code(language):
        case "en":
            scores["Flesch-Kincaid"] = None if short else flesch_kincaid(words, len(counted), syllables)
            scores["SMOG"] = None if short else smog(len(counted), long_words)
        case "es":
            scores["INFLESZ"] = None if short else inflesz(words, len(counted), syllables)
    return Grades(words, len(counted), scores)


def hardest_sentences(lines: Sequence[Line], language: str, n: int = 3) -> list[str]:
    """Return the ``n`` sentences that do most to a sheet's score, the hardest first.

    Their own grade times their words: a long sentence of middling words weighs more than a hard title.
    """
    own = {sentence.text: _weight(sentence, language) for sentence in _counted(lines, language)}
    return sorted(own, key=lambda text: own[text], reverse=True)[:n]


def _weight(sentence: _Sentence, language: str) -> float:
    if _code(language) == "es":
        return sentence.words * (LEAST["INFLESZ"] - inflesz(sentence.words, 1, sentence.syllables))
    return sentence.words * (flesch_kincaid(sentence.words, 1, sentence.syllables) - MOST["Flesch-Kincaid"])


def check_grades(lines: Sequence[Line], language: str) -> Iterator[Finding]:
    """Yield a finding for each formula whose bound a sheet breaks; none for a sheet too short to score."""
    grades = grade(lines, language)
    for name, score in grades.scores.items():
        if score is None:
            continue
        shown = round(score, 1)
        if name in MOST and shown > MOST[name]:
            message = f"{name} grade {shown}; the most is {MOST[name]}"
        elif name in LEAST and shown < LEAST[name]:
            message = f"{name} {shown}; the least is {LEAST[name]:.0f}"
        else:
            continue
        if name == "SMOG" and grades.sentences < SMOG_SENTENCES:
            message += f" (made for {SMOG_SENTENCES} sentences; here are {grades.sentences})"
        hardest = " / ".join(f"“{text}”" for text in hardest_sentences(lines, language))
        yield Finding("reading-level", None, "", message, f"shorten the hardest: {hardest}")


def _counted(lines: Sequence[Line], language: str) -> list[_Sentence]:
    """Return every sentence that counts, measured."""
    code = _code(language)
    lexicon = read_lexicon(code)
    return [
        sentence
        for line in lines
        if line.part in _PARTS and line.kind not in _KINDS_LEFT_OUT
        for text in sentences_of(line.text, lexicon)
        if (sentence := _measure(text, code)).words >= FEWEST_IN_SENTENCE
    ]


@lru_cache(maxsize=2048)
def _measure(text: str, code: str) -> _Sentence:
    words = words_of(text)
    syllables = [_syllables(word, code) for word in words]
    return _Sentence(text, len(words), sum(syllables), sum(number >= 3 for number in syllables))


@lru_cache(maxsize=8192)
def _syllables(word: str, code: str) -> int:
    """Return the syllables of a word; 0 in a language that nothing here can count."""
    count = COUNTERS.get(code)
    return count(word, read_lexicon(code).spoken) if count else 0


def _code(language: str) -> str:
    return language.split("-")[0].lower()
