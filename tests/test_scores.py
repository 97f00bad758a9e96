"""The PEMAT-P and CDC index scores: complete, reasoned, high enough; decided here where a machine can."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from handoutpress.composing.identity import words_hash
from handoutpress.editing.lexicon import read_lexicon
from handoutpress.editing.lines import Line, read_lines
from handoutpress.editing.readability import check_grades
from handoutpress.editing.wording import check_wording
from handoutpress.errors import Problems, ProblemsFound
from handoutpress.places import Places, shipped_folder
from handoutpress.press import read_job
from handoutpress.reading.blocks import Figure, KeyPoints, Patient, Sources, Table
from handoutpress.reading.scores import read_scores
from handoutpress.reading.sheet import read_sheet
from handoutpress.wish import Wish

from .conftest import ROOT, SHEETS, TODAY

if TYPE_CHECKING:
    from pathlib import Path

    from handoutpress.composing.job import Job

SCORES = read_scores(ROOT / "handouts" / "microneedling" / "scores.yaml")
DECIDED = [
    (sheet, name, number)
    for sheet in SHEETS
    for name, instrument in SCORES.instruments.items()
    for number, item in instrument.items.items()
    if item.decided == "by machine"
]
ACTIONS = {"checklist", "do-dont", "steps", "questions", "warning"}
TOOLS = {"checklist", "questions", "appointment", "notes"}
PATHS_OF_RISK = {"risk", "who-should-wait"}
NOT_TEXT = (Patient, Sources)


@pytest.fixture(scope="module")
def jobs() -> dict[str, Job]:
    places = Places(shipped_folder() / "clinics" / "example", shipped_folder())
    found = {name: read_job(name, places, Wish(today=TODAY), Problems()) for name in SHEETS}
    return {name: job for name, job in found.items() if job}


def _rules(job: Job) -> set[str]:
    """Return the names of the editor's rules that a sheet breaks."""
    lines, lexicon = read_lines(job), read_lexicon("en")
    return {f.rule for f in [*check_wording(lines, lexicon), *check_grades(lines, "en")]}


def _said(job: Job) -> list[Line]:
    return [line for line in read_lines(job) if line.part == "say"]


def _decide(job: Job, name: str, number: str) -> bool | None:
    """Return what a machine makes of one item; None where it does not apply."""
    blocks = [entry.block for entry in job.sheet.handout.blocks]
    kinds = {entry.kind for entry in job.sheet.handout.blocks}
    text = [entry for entry in job.sheet.handout.blocks if not isinstance(entry.block, NOT_TEXT)]
    figures = [block for block in blocks if isinstance(block, Figure)]
    tables = [block for block in blocks if isinstance(block, Table)]
    rules, said = _rules(job), _said(job)
    words = " ".join(line.text for line in read_lines(job))
    summary = str(job.sheet.handout.summary)
    claims = {
        job.evidence.claims[ref].kind
        for line in said
        for ref in line.references
        if ref in job.evidence.claims
    }
    match name, int(number):
        case ("PEMAT-P", 3) | ("CDC index", 7):
            return not rules & {"reading-level", "jargon", "notation"}
        case "PEMAT-P", 4:
            return "jargon" not in rules
        case ("PEMAT-P", 5) | ("CDC index", 6):
            return "passive" not in rules
        case "PEMAT-P", 8:
            return not rules & {"long-sentence", "long-list"} and len(text) >= 4
        case ("PEMAT-P", 9) | ("CDC index", 9):
            headed = [e for e in text if e.block.heading or e.kind in ("warning", "do-dont", "table")]
            bare = [e for e in text if e not in headed and not isinstance(e.block, Figure | KeyPoints)]
            return len(headed) >= 3 and len(bare) <= 2
        case ("PEMAT-P", 11) | ("CDC index", 1 | 2):
            # The summary is the one main message, and the templates print it right under the title.
            return 0 < len(re.findall(r"[.!?](?:\s|$)", summary)) <= 3 and len(summary.split()) <= 25
        case ("PEMAT-P", 12) | ("CDC index", 3):
            return "**" in "".join(str(statement) for statement in _sources(job))
        case "PEMAT-P", 17:
            return all(figure.caption for figure in figures) if figures else None
        case "PEMAT-P", 19:
            short = all(len(column.split()) <= 7 for table in tables for column in table.columns)
            return short and all(len(table.columns) <= 4 for table in tables) if tables else None
        case "CDC index", 4:
            return bool(figures)
        case ("PEMAT-P", 20) | ("CDC index", 5 | 12):
            return bool(kinds & ACTIONS)
        case "PEMAT-P", 21:
            return len(re.findall(r"\b(?:(?i:you|your|my)|I)\b", words)) >= 3
        case "PEMAT-P", 23:
            return bool(kinds & TOOLS) or any(not t.rows or None in t.rows[0] for t in tables)
        case "CDC index", 8:
            return bool(kinds & {"key-points", "checklist", "do-dont", "steps", "warning", "timeline"})
        case "CDC index", 10:
            return "key-points" in kinds or any(isinstance(block, Figure) for block in blocks[:2])
        case "CDC index", 19:
            if "benefit" not in claims:
                return bool(claims & PATHS_OF_RISK)
            return "risk" in claims
    raise AssertionError(f"no decision for {name} {number}")


def _sources(job: Job) -> list[str]:
    from handoutpress.reading.statement import statements

    return [str(statement.say) for _, statement in statements(job.sheet.handout)]


def test_every_sheet_has_every_answer() -> None:
    assert set(SCORES.sheets) == set(SHEETS)
    for answers in SCORES.sheets.values():
        assert set(answers) == set(SCORES.instruments)
        for name, given in answers.items():
            assert set(given) == set(SCORES.instruments[name].items)
    assert len(SCORES.instruments["PEMAT-P"].items) == 24
    assert len(SCORES.instruments["CDC index"].items) == 20


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_sheet_scores_high_enough(sheet: str) -> None:
    scores = SCORES.of(sheet, _words(sheet))
    assert scores, "the sheet's words have changed: score it again, then write their hash under texts"
    assert set(scores) == {"PEMAT-P understandability", "PEMAT-P actionability", "CDC index"}
    asked = max(instrument.passes for instrument in SCORES.instruments.values())
    assert asked >= 95
    assert min(scores.values()) >= asked, scores


@pytest.mark.parametrize(("sheet", "name", "number"), DECIDED)
def test_what_a_machine_can_decide(jobs: dict[str, Job], sheet: str, name: str, number: str) -> None:
    decided = _decide(jobs[sheet], name, number)
    answer = SCORES.sheets[sheet][name][number].answer
    assert answer == {True: "met", False: "not met", None: "n/a"}[decided]


def test_an_item_that_is_not_met_lowers_the_score() -> None:
    sheet = SHEETS[0]
    answers = SCORES.sheets[sheet]["CDC index"]
    scored = [number for number, answer in answers.items() if answer.answer != "n/a"]
    worse = answers[scored[0]].model_copy(update={"answer": "not met"})
    spoilt = SCORES.model_copy(update={"sheets": {sheet: {"CDC index": {**answers, scored[0]: worse}}}})
    expected = 100 * (len(scored) - 1) / len(scored)
    assert spoilt.of(sheet, _words(sheet)) == {"CDC index": pytest.approx(expected)}
    assert expected < 95 < SCORES.of(sheet, _words(sheet))["CDC index"]


def test_a_changed_text_has_no_score() -> None:
    assert SCORES.of(SHEETS[0], "0" * 16) == {}


def test_a_missing_answer_is_refused(tmp_path: Path) -> None:
    text = (ROOT / "handouts" / "microneedling" / "scores.yaml").read_text(encoding="utf-8")
    lines = text.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith('      "26": {answer'))
    (tmp_path / "scores.yaml").write_text("\n".join([*lines[:first], *lines[first + 1 :]]), encoding="utf-8")
    with pytest.raises(ProblemsFound) as found:
        read_scores(tmp_path / "scores.yaml")
    assert "missing or unknown items of PEMAT-P: 26" in str(found.value)


def _words(sheet: str) -> str:
    return words_hash(read_sheet(Places(shipped_folder(), shipped_folder()).sheet(sheet)).handout)
