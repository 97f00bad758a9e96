"""What is known of a sheet in figures: how hard it reads, how long it is, what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handoutpress.composing.identity import words_hash
from handoutpress.editing.lines import read_lines
from handoutpress.editing.readability import grade

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from handoutpress.composing.job import Job
    from handoutpress.editing.readability import Grades
    from handoutpress.reading.scores import Scores


@dataclass(frozen=True)
class Report:
    """One sheet in figures."""

    name: str
    language: str
    title: str
    pages: int
    """The pages it declares for its standard edition."""
    grades: Grades
    statements: int
    claims: tuple[str, ...]
    """The source document's claims it uses, in order."""
    facts: tuple[str, ...]
    """The published facts it uses."""
    sources: tuple[str, ...]
    """The published sources it lists."""
    instruments: dict[str, float]
    """Its scores in per cent on published instruments, where somebody has scored it: see ``scores.yaml``."""

    def as_json(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        scores = {
            name: None if score is None else round(score, 1) for name, score in self.grades.scores.items()
        }
        return {
            "name": self.name,
            "language": self.language,
            "title": self.title,
            "pages": self.pages,
            "words": self.grades.words,
            "sentences": self.grades.sentences,
            "grades": scores,
            "statements": self.statements,
            "claims": list(self.claims),
            "facts": list(self.facts),
            "sources": list(self.sources),
            "scores": {name: round(score, 1) for name, score in self.instruments.items()},
        }

    @property
    def levels(self) -> str:
        """``Flesch-Kincaid 3.9, SMOG 6.8``"""
        shown = [
            f"{name} {score:.1f}" if score is not None else f"{name}: too short to score"
            for name, score in self.grades.scores.items()
        ]
        return ", ".join(shown) or "no formula for this language"


def report(job: Job, scores: Scores | None = None) -> Report:
    """Return one sheet in figures; ``scores`` are its topic's."""
    lines = read_lines(job)
    said = [line for line in lines if line.part == "say"]
    references = sorted({name for line in said for name in line.references})
    evidence, handout = job.evidence, job.sheet.handout
    return Report(
        job.sheet.name,
        handout.language,
        handout.title,
        handout.pages,
        grade(lines, handout.language),
        len(said),
        tuple(name for name in references if name in evidence.claims),
        tuple(name for name in references if name in evidence.facts),
        tuple(evidence.sources_of(references)[1]),
        scores.of(job.sheet.name, words_hash(handout)) if scores and handout.translation is None else {},
    )


def table(reports: Sequence[Report]) -> Iterator[str]:
    """Yield the lines of a page in Markdown: a table of sheets, and what its columns mean."""
    instruments = list(dict.fromkeys(name for each in reports for name in each.instruments))
    heads = [
        "Sheet",
        "Language",
        "Pages",
        "Words",
        "Reading level",
        "Claims",
        "Facts",
        "Sources",
        *instruments,
    ]
    yield "# The library in figures"
    yield ""
    yield "Made by `check --table`. Reading levels are counted over title, summary and statements, slots"
    yield "filled. Scores are the authors' own, item by item in `scores.yaml` beside the sheets. No"
    yield "independent rater, no clinician and no qualified translator has checked these texts yet."
    yield ""
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for each in reports:
        cells = [
            f"{each.title} (`{each.name}`)",
            each.language,
            *(str(each.pages), str(each.grades.words), each.levels),
            *(str(len(found)) for found in (each.claims, each.facts, each.sources)),
            *(f"{each.instruments[name]:.0f} %" if name in each.instruments else "" for name in instruments),
        ]
        yield f"| {' | '.join(cells)} |"
