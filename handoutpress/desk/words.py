"""The words of the pages, in English and Spanish: ``words/LANGUAGE/PAGE.yaml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from handoutpress.reading.yamlreader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("en", "es")
FOLDER = Path(__file__).resolve().parent / "words"


class Words:
    """The words of one language: ``say("give.title")``."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language, self.texts = language, texts

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its fields filled; raises ``KeyError`` for one that is not there."""
        return self.texts[key].format(**values) if values else self.texts[key]

    def many(self, key: str, count: int, **values: object) -> str:
        """Return the text for one, or for several: ``KEY.one`` or ``KEY.other``."""
        return self(f"{key}.{'one' if count == 1 else 'other'}", count=count, **values)

    def known(self, key: str, otherwise: str) -> str:
        """Return a text, or ``otherwise`` where there is none."""
        return self.texts.get(key, otherwise)


@cache
def words_in(language: str) -> Words:
    """Return the words of a language; the files' keys are joined by dots."""
    texts: dict[str, str] = {}
    for path in sorted((FOLDER / language).glob("*.yaml")):
        for key, text in read_yaml(path).data.items():
            texts[f"{path.stem}.{key}"] = text
    return Words(language, texts)


def preferred(accepted: str) -> str:
    """Return the language a browser asks for first among ours (``Accept-Language``), else English."""
    for part in accepted.lower().split(","):
        language = part.partition(";")[0].strip().partition("-")[0]
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]
