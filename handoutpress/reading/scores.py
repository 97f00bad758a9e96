"""How the sheets of a topic score on two published instruments: ``scores.yaml`` beside them.

AHRQ's PEMAT-P asks whether printed material can be understood and acted on (24 items, two scores). CDC's
Clear Communication Index asks 20 questions of a text and gives one score. Both give a point for each item
that holds, leave out the items that do not apply, and report points by possible points in per cent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from handoutpress.reading.model import Model, validate
from handoutpress.reading.statement import Words
from handoutpress.reading.yamlreader import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

Reason = Annotated[str, StringConstraints(min_length=8, max_length=400)]
WordsHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
ItemName = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,2}$")]


class Item(Model):
    """One question of an instrument."""

    asks: Reason
    """The question in our own words."""
    score: Words
    """The score it counts for: an instrument may have several."""
    decided: Literal["by machine", "by reading"]
    """Whether the tests decide it on every run, or a person's reading does."""


class Instrument(Model):
    """A published instrument."""

    title: Words
    """Its name and year."""
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
    """Where its publisher has it."""
    passes: Annotated[int, Field(ge=1, le=100)]
    """The per cent this project asks of every sheet; the publishers ask for less."""
    items: dict[ItemName, Item]
    """Its questions by their published numbers."""


class Answer(Model):
    """One sheet's answer to one question."""

    answer: Literal["met", "not met", "n/a"]
    """Whether the sheet meets it; "n/a" where it does not apply."""
    why: Reason
    """Where on the sheet one can see it."""


class Scores(Model):
    """The instruments, and each sheet's answers."""

    scored: Reason
    """Who scored and how: a score without that says nothing."""
    instruments: dict[Words, Instrument]
    """The instruments by short name."""
    texts: dict[Words, WordsHash] = {}
    """The words that were scored, by sheet: `show NAME` prints their hash. A changed text has no score."""
    sheets: dict[Words, dict[Words, dict[ItemName, Answer]]]
    """The answers: by sheet, instrument and item."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for sheet, given in self.sheets.items():
            for name, answers in given.items():
                asked = self.instruments[name].items.keys() if name in self.instruments else set[str]()
                if answers.keys() != asked:
                    odd = ", ".join(sorted(answers.keys() ^ asked))
                    at = {"at": ("sheets", sheet, name), "what": f"{name}: {odd}"}
                    raise PydanticCustomError("scores", "missing or unknown items of {what}", at)
        return self

    def of(self, sheet: str, words: str) -> dict[str, float]:
        """Return a sheet's scores in per cent, by instrument and score: ``PEMAT-P understandability``.

        ``words`` is the hash of its words now; none for a text that has changed since it was scored.
        """
        found: dict[str, float] = {}
        if self.texts.get(sheet) != words:
            return found
        for name, answers in self.sheets.get(sheet, {}).items():
            points: dict[str, list[bool]] = {}
            for number, item in self.instruments[name].items.items():
                answer = answers[number].answer
                if answer != "n/a":
                    points.setdefault(item.score, []).append(answer == "met")
            for score, held in points.items():
                title = name if score == name else f"{name} {score}"
                found[title] = 100 * sum(held) / len(held)
        return found


def read_scores(path: Path) -> Scores:
    """Read a topic's scores; raises ``ProblemsFound``."""
    return validate(Scores, read_yaml(path))
