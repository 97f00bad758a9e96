"""How a sheet may not say a thing: promises, error-prone notation, hidden actors, length, shouting.

Few rules, each for what is plainly wrong: a false alarm stops a print. Each rule reads a sheet's lines and
yields what it finds; the words it listens for stand in the language's lexicon.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from handoutpress.editing.jargon import jargon
from handoutpress.editing.lexicon import contains, matcher
from handoutpress.editing.lines import Finding, asks
from handoutpress.editing.readability import sentences_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from handoutpress.editing.lexicon import Lexicon, Promises
    from handoutpress.editing.lines import Line
    from handoutpress.reading.yamlfile import Loc

LONGEST_ADVICE = 20
LONGEST_SENTENCE = 25
"""In words. GOV.UK's style guide ("Sentence length": 25 at most); shorter where somebody has to act on it."""

LONGEST_LIST = 7
"""Items. STANDARDS: lists of three to seven; PEMAT-P item 8 asks for short chunks."""

_RUNNING = frozenset({"text", "answer", "expect", "rows", "columns"})
"""Parts of a block that are running text or a table, not a list."""

_CLAUSE_END = re.compile(r"[,;:.!?()–—]\s")
_ACTS = frozenset({"do-dont", "steps"})
_CAPITAL = r"[^\W\d_a-zà-ÿ]{2,}(?:['’][^\W\d_a-zà-ÿ]+)?(?![\w/])"
_CAPITALS = re.compile(rf"(?<![\w/]){_CAPITAL}(?:\s+{_CAPITAL})*")
"""A run of words in capitals, of two letters or more each."""


def check_wording(lines: Sequence[Line], lexicon: Lexicon) -> Iterator[Finding]:
    """Yield everything these rules and the rule on jargon find, rule by rule."""
    for rule in (promise, notation, passive, long_sentence, long_list, capitals, jargon):
        yield from rule(lines, lexicon)


def promise(lines: Sequence[Line], lexicon: Lexicon) -> Iterator[Finding]:
    """Find words that promise a result or deny a risk; STANDARDS: "no promise", the careful reading wins.

    A question promises nothing ("Is it safe?"), nor does what is turned round ("cannot promise"), nor what
    warns of other people's promises ("Think twice if they guarantee results").
    """
    rules = lexicon.promises
    flat = _either_of((matcher(rules.words).pattern, *rules.patterns), re.IGNORECASE)
    unlimited = _either_of(rules.unlimited, re.IGNORECASE)
    for line in _printed(lines):
        for sentence in sentences_of(line.text, lexicon):
            if asks(sentence):
                continue
            for found in flat.finditer(sentence):
                if not _turned(sentence, found.start(), line, rules):
                    message = f"`{found[0]}` promises more than anybody can know"
                    yield Finding(
                        "promise", line, found[0], message, "say what it can do, or what lowers risk"
                    )
            for found in unlimited.finditer(sentence):
                around = f"{sentence[: found.start()]} | {sentence[found.end() :]}"
                if not contains(around, rules.limits) and not _turned(sentence, found.start(), line, rules):
                    message = f"`{found[0]}` stands without its limit"
                    yield Finding("promise", line, found[0], message, "say for whom, and when")


def _turned(sentence: str, start: int, line: Line, rules: Promises) -> bool:
    """Whether a promise is denied in its own clause, at most five words back, or is one to beware of."""
    before = sentence[:start]
    if contains(f"{line.frame} | {before}", rules.cautions):
        return True
    clause = _CLAUSE_END.split(matcher(rules.doubts).sub("", before))[-1]
    return contains(" ".join(clause.split()[-5:]), rules.unless) is not None


def notation(lines: Sequence[Line], lexicon: Lexicon) -> Iterator[Finding]:
    """Find ways of writing doses and times that have led to errors (ISMP's list; the lexicon cites it)."""
    any_of_them = _either_of(tuple(entry.find for entry in lexicon.notation))
    for line in _printed(lines):
        if not any_of_them.search(line.text):  # one look for nearly every line
            continue
        for entry in lexicon.notation:
            for found in re.finditer(entry.find, line.text):
                words = found[0].strip()
                message = f"`{words}` is easily misread"
                yield Finding("notation", line, words, message, f"write {entry.write}")


def passive(lines: Sequence[Line], lexicon: Lexicon) -> Iterator[Finding]:
    """Find advice that hides who acts: "Sunscreen should be applied" for "Put on sunscreen" (PEMAT-P item 5).

    Only what the reader does. "Needles should be sterile" is the clinic's affair, and so is "It should be
    done by a trained person".
    """
    rules = lexicon.passives
    if not (rules.leads and rules.participles):
        return
    finder = _passive(rules.leads, rules.adverbs, rules.participles)
    for line in _printed(lines):
        for sentence in sentences_of(line.text, lexicon):
            found = finder.search(sentence)
            if found is None or asks(sentence) or contains(sentence, rules.theirs):
                continue
            subject = sentence[: found.start()].split()[-1:]
            if subject and contains(subject[0], rules.persons):
                continue
            message = f"`{found[0]}` hides who has to do it"
            yield Finding("passive", line, found[0], message, 'tell the reader: "Wash ...", "Do not ..."')


def long_sentence(lines: Sequence[Line], lexicon: Lexicon) -> Iterator[Finding]:
    """Find a sentence too long to take in: over 20 words where it asks to act, over 25 anywhere."""
    for line in _printed(lines):
        if line.part not in ("say", "summary"):
            continue
        acts = line.kind in _ACTS or "action" in line.loc
        for sentence in sentences_of(line.text, lexicon):
            count = len(words_of(sentence))
            if count <= LONGEST_ADVICE:
                continue
            most = LONGEST_ADVICE if acts or contains(sentence, lexicon.orders) else LONGEST_SENTENCE
            if count > most:
                message = f"a sentence of {count} words; {most} are enough"
                yield Finding("long-sentence", line, sentence, message, "make two of it")


def long_list(lines: Sequence[Line], lexicon: Lexicon) -> Iterator[Finding]:  # noqa: ARG001 - a rule like all
    """Find a list of more than seven items, on its eighth. Tables and sources are no lists."""
    lists: dict[Loc, dict[str | int, Line]] = defaultdict(dict)
    for line in lines:
        if line.kind == "sources":
            continue
        for depth, step in enumerate(line.loc):
            if depth > 1 and isinstance(step, int) and _RUNNING.isdisjoint(line.loc[:depth]):
                lists[line.loc[:depth]].setdefault(step, line)
    for items in lists.values():
        if len(items) > LONGEST_LIST:
            eighth = items[sorted(items, key=int)[LONGEST_LIST]]
            message = f"a list of {len(items)} items; {LONGEST_LIST} are as many as a reader keeps"
            yield Finding("long-list", eighth, "", message, "make two lists with a heading each")


def capitals(lines: Sequence[Line], lexicon: Lexicon) -> Iterator[Finding]:
    """Find words in capitals for emphasis, which are slower to read (RNIB, clear print; PEMAT-P item 12).

    One word that nobody abbreviates so, or of more than five letters; two in a row of three letters or more;
    three in a row. What a clinic fills in can be its name as it writes it: there only plain shouts count.
    """
    names = matcher(lexicon.acronyms)
    for line in _printed(lines):
        for run in _CAPITALS.finditer(line.text):
            # isupper: a script without capitals, or with others than these, is not shouting.
            words = [word for word in run[0].split() if word.isupper() and not names.fullmatch(word)]
            shouts = [word for word in words if word in lexicon.shouts]
            if not shouts and not line.filled:
                shouts = [word for word in words if len(word) > 5]
                if len(words) > 2 or sum(len(word) > 2 for word in words) > 1:
                    shouts.append(run[0])
            if shouts:
                message = f"`{run[0]}` is in capitals"
                yield Finding("capitals", line, run[0], message, "write it plainly, or in **bold**")


def _printed(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield the lines that are the sheet's own: a source keeps its own title."""
    return (line for line in lines if line.kind != "sources")


@lru_cache(maxsize=32)
def _either_of(patterns: tuple[str, ...], flags: int = 0) -> re.Pattern[str]:
    """Return one pattern for several; none matches nothing."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)", flags)


@lru_cache(maxsize=32)
def _passive(
    leads: tuple[str, ...], adverbs: tuple[str, ...], participles: tuple[str, ...]
) -> re.Pattern[str]:
    """Return one pattern for "should be", an adverb or none, and a participle."""
    lead, adverb, participle = (matcher(words).pattern for words in (leads, adverbs, participles))
    return re.compile(rf"{lead}\s+(?:{adverb}\s+)?{participle}", re.IGNORECASE)
