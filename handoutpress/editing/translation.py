"""Is a translation still one of its original: nothing missing, nothing changed since?

Only what a machine can see: the original's hash, the same blocks and statements in the same order, resting on
the same evidence, with the same slots and the same numbers. Whether the words are right, a translator says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from handoutpress.composing.identity import words_hash, written_words
from handoutpress.errors import Place, Problem
from handoutpress.places import DEFAULT_LANGUAGE
from handoutpress.reading.statement import inlines, statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handoutpress.composing.job import Job
    from handoutpress.places import Places
    from handoutpress.reading.inline import Inline
    from handoutpress.reading.sheet import Sheet
    from handoutpress.reading.yamlfile import Loc


def check_translation(job: Job, places: Places) -> Iterator[Problem]:
    """Yield a problem for a translation that is not one of its original as it stands now."""
    sheet, handout = job.sheet, job.sheet.handout
    if handout.language == DEFAULT_LANGUAGE:
        return
    if job.original is None:
        # One that is there and cannot be read has its own problems told.
        there = (sheet.name, DEFAULT_LANGUAGE) in places.sheets()
        if handout.translation is not None and not there:
            place = sheet.yaml.place(("translation",), key=True)
            yield Problem("there is no original that this could translate", place, "", "translation")
        return
    if handout.translation is None:
        hint = f'add `translation: {{of: "{words_hash(job.original.handout)}"}}` if it translates it'
        message = "this sheet does not say what it is a translation of"
        yield Problem(message, sheet.yaml.place(("language",)), hint, "translation")
        return
    now = words_hash(job.original.handout)
    if handout.translation.of != now and job.original.file.changes and not (sheet.changes or sheet.file.own):
        message = f"these changes are not in the sheet's translation, {sheet.file.path.name}"
        hint = f"`new changes {sheet.name} --language {handout.language}` begins a file for them"
        yield Problem(message, Place(job.original.file.changes), hint, "translation")
        return
    if handout.translation.of != now:
        changed = job.original.file.changes or job.original.file.path
        yield Problem(
            f"{changed.name} has changed since this was translated",
            sheet.yaml.place(("translation", "of")),
            f'translate what changed, then write `of: "{now}"`',
            "translation",
        )
    yield from _differences(sheet, job.original)


def _differences(sheet: Sheet, original: Sheet) -> Iterator[Problem]:
    """Yield where a translation has not the blocks, statements, slots and numbers of its original."""
    kinds = [entry.kind for entry in sheet.handout.blocks]
    wanted = [entry.kind for entry in original.handout.blocks]
    if kinds != wanted:
        message = f"the original has these blocks: {', '.join(wanted)}"
        yield Problem(
            message, sheet.yaml.place(("blocks",), key=True), f"here: {', '.join(kinds)}", "translation"
        )
        return
    theirs = dict(statements(original.handout))
    ours = dict(statements(sheet.handout))
    for loc in sorted(theirs.keys() ^ ours.keys(), key=str):
        here = loc in ours
        message = (
            "the original has no statement here" if here else f"a statement is missing: {theirs[loc].say}"
        )
        place = sheet.yaml.place(loc if here else loc[:3])
        yield Problem(message, place, "", "translation")
    for loc in theirs.keys() & ours.keys():
        if theirs[loc].from_ != ours[loc].from_:
            message = f"the original rests on {', '.join(theirs[loc].from_)} here"
            yield Problem(message, sheet.yaml.place((*loc, "from")), "", "translation")
    originals = dict(inlines(original.handout))
    for loc, text in inlines(sheet.handout):
        if loc in originals:
            yield from _lost_slots(sheet, loc, text, originals[loc])
    meant = dict(written_words(original.handout))
    for loc, words in written_words(sheet.handout):
        if loc in meant:
            yield from _lost_numbers(sheet, loc, words, meant[loc])


def _lost_slots(sheet: Sheet, loc: Loc, text: Inline, original: Inline) -> Iterator[Problem]:
    slots, wanted = (sorted(map(str, each.slots())) for each in (text, original))
    if slots != wanted:
        message = f"the original has the slots {', '.join(wanted) or 'none'} here"
        yield Problem(message, sheet.yaml.place(loc), f"here: {', '.join(slots) or 'none'}", "translation")


def _lost_numbers(sheet: Sheet, loc: Loc, words: str, original: str) -> Iterator[Problem]:
    numbers, wanted = (_numbers(each) for each in (words, original))
    if numbers != wanted:
        message = f"the original has the numbers {', '.join(wanted) or 'none'} here"
        yield Problem(message, sheet.yaml.place(loc), f"here: {', '.join(numbers) or 'none'}", "translation")


def _numbers(words: str) -> list[str]:
    """Return the numbers of a text, slots left out: a dose or a day must not change on the way."""
    said = re.sub(r"\{[^}]*\}", "", words)
    return sorted(number.replace(",", ".") for number in re.findall(r"[0-9]+(?:[.,][0-9]+)?", said))
