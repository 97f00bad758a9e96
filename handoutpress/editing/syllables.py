"""How many syllables a word has, by rules of our own: dictionaries of sounds are large, or not free to ship.

English is counted by its letters: groups of vowels, less the silent ones, plus those that part ("di-et").
What the rules get wrong stands in ``words/en.yaml``. Spanish is written as it is spoken, so its rules (Real
Academia Española, *Ortografía*, 2010: diphthong and hiatus) are exact but for foreign words.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LETTERS = re.compile(r"[A-ZÁÉÍÓÚÑ]{2,4}")
_DIGITS = re.compile(r"\d")

# What is written and not spoken: applied in this order, each to what the one before has left.
_SILENT = tuple(
    (re.compile(pattern), spoken)
    for pattern, spoken in (
        (r"qu", "kw"),
        (r"gue(?=[sd]?$)", "g"),  # fatigue
        (r"^y(?=[aeiou])|(?<=[aeiou])y(?=[aeiou])", "j"),  # yes, layer
        # careful, safely, movement: the e of the first part stays silent
        (r"([aeiouy][^aeiouy]{1,2})e(?=(?:ful|less|ly|ment|ness|some)(?:s|ly|ness)?$)", r"\1"),
        (r"(?<=[^aeiouysxzcg])(?<!ch)(?<!sh)(?<![^aeiouylrw]l)es$", "s"),  # lines; not faces, muscles
        (r"(?<=[^aeiouytd])(?<![^aeiouylrw]l)ed$", "d"),  # healed; not treated, settled
        (r"(?<=[^aeiouy])(?<![^aeiouylrw]l)e$", ""),  # line; not needle
    )
)

# Two vowels side by side that are two syllables.
_PARTED = re.compile(
    "|".join(
        (
            r"(?<![cts])i(?=a)",  # bacteria; not facial
            r"(?<=[ct])i(?=at)",  # associate
            r"(?<![ctsgxln])i(?=on)|(?<![ctgx])i(?=ou)|i(?=o(?![nu]))",  # period, serious; not lotion
            r"i(?=um)",  # medium
            r"(?<![ct])i(?=e(?:ts?$|n[ct]|ty))|(?<=^d)i(?=et)",  # diet, client; not patient
            r"(?<=[aeiouy][^aeiouy])i(?=e(?:r|st)s?$)|(?<=[^aeiouy][^aeiouyf])i(?=e(?:r|st)s?$)",  # easier
            r"(?<=cr)e(?=at(?!ur))|(?<=^r)e(?=act)|(?<=id)e(?=al?s?$)|(?<=ar)e(?=as?$)",  # create, area
            r"(?<![gcp])e(?=o)|e(?=ings?$)",  # video, being; not people
            r"(?<![gs])u(?=a)|u(?=ou)",  # usual, continuous; not language
            r"(?<=su)(?=al)",
            r"(?<![gq])u(?=e(?:n[ct]|ls?$|ts?$))",  # influence
            r"(?<![gb])u(?=i(?:ds?$|n|ty))",  # fluid
            r"o(?=ing)",  # going
            r"y(?=[aeiou])",  # drying
            r"(?<=^r)e(?=app|ass|us|op|oc|in\w\w|ali|[aeiou]x)",  # reuse
            r"(?<=^pr)e(?=o|ex)|(?<=^c)o(?=o[rp]\w)",  # preoperative, cooperate
            r"(?<=[st])(?=h?ms?$)",  # spasm, rhythm
        )
    )
)
_VOWELS = re.compile(r"[aeiouy]+")


def english(word: str, known: Mapping[str, int]) -> int:
    """Return the number of syllables of an English word, at least 1.

    ``known`` are the words that the rules count wrong. Of two ways to say a word the longer counts.
    A number is one syllable; an abbreviation in capitals is spelled out: FDA has three.
    """
    return sum(_english(part, known) for part in re.split(r"[-–/]", word) if part) or 1


def _english(word: str, known: Mapping[str, int]) -> int:
    if (spelled := _spelled(word)) is not None:
        return spelled
    letters = _bare(word.lower().replace("’", "'"))
    if letters in known:
        return known[letters]
    if letters.endswith("n't"):  # is-n't, but don't
        return _english(letters[:-3], known) + letters[:-3].endswith(("s", "d", "ve", "ght", "st"))
    letters = re.sub(r"'(s|d|m|ll|re|ve)?$", "", letters).replace("'", "")
    if letters in known:
        return known[letters]
    if letters.endswith("s") and letters[:-1] in known and letters[-2:-1] not in "sxz":
        return known[letters[:-1]]
    for pattern, spoken in _SILENT:
        shorter = pattern.sub(spoken, letters)
        if _VOWELS.search(shorter):  # the e of "the" and "red" is all they have
            letters = shorter
    return max(1, len(_VOWELS.findall(letters)) + len(_PARTED.findall(letters)))


# h is mute: "prohibir" has the diphthong of "oi". The u of que, qui, gue, gui is mute too.
_MUTE = re.compile(r"(?<=q)u|(?<=g)u(?=[eéií])|(?<=[aeiouáéíóúü])h(?=[aeiouáéíóúü])")
_NUCLEUS = re.compile(
    r"[iuü]?[aeoáéó](?:[iuü](?![aeoáéó])|y(?![aeiouáéíóúü]))?"  # a strong vowel and the weak beside it
    r"|[iuü]?[íú](?![íú])"  # an accent parts: dí-a, but ru-i-do
    r"|[iuü]{1,2}(?:y(?![aeiouáéíóúü]))?|y(?![aeiouáéíóúü])"
)


def spanish(word: str, known: Mapping[str, int]) -> int:
    """Return the number of syllables of a Spanish word, at least 1; ``known`` follow no rule."""
    return sum(_spanish(part, known) for part in re.split(r"[-–/]", word) if part) or 1


def _spanish(word: str, known: Mapping[str, int]) -> int:
    if (spelled := _spelled(word)) is not None:
        return spelled
    letters = unicodedata.normalize("NFC", word.lower())
    if letters in known:
        return known[letters]
    return max(1, len(_NUCLEUS.findall(_MUTE.sub("", letters))))


def _spelled(word: str) -> int | None:
    """Return the syllables of what is not read as a word: 1 for a number, letter by letter for "FDA"."""
    if _DIGITS.search(word):
        return 1
    if _LETTERS.fullmatch(word):
        return len(word) + 2 * word.count("W")
    return None


def _bare(word: str) -> str:
    """Take the accents from a word: "café" is counted as "cafe" is spelled, and the list mends it."""
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


COUNTERS: dict[str, Callable[[str, Mapping[str, int]], int]] = {"en": english, "es": spanish}
"""The languages whose syllables we can count."""
