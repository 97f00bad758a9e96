"""The words say no more than what they rest on: each rule with texts it stops and texts it lets pass."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from handoutpress.editing.evidence import check_evidence, unused_claims
from handoutpress.editing.lexicon import read_lexicon
from handoutpress.editing.lines import Line, read_lines
from handoutpress.errors import Problems, ProblemsFound
from handoutpress.places import Places, shipped_folder
from handoutpress.press import read_job
from handoutpress.reading.evidence import Beside, Evidence, evidence_from
from handoutpress.reading.yamlreader import read_yaml
from handoutpress.wish import Wish

from .conftest import ROOT, SHEETS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Ran

TOPIC = ROOT / "handouts" / "microneedling"
SOURCES = Line("Where this comes from", "heading", "sources", block=9)


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return evidence_from(read_yaml(TOPIC / "evidence.yaml"))


def say(text: str, *references: str, frame: str = "", block: int = 0, slot: bool = False) -> Line:
    filled = frozenset({"protocol"}) if slot else frozenset[str]()
    return Line(text, "say", "paragraph", ("blocks", block), block, references, frame, filled)


def stopped(evidence: Evidence, *lines: Line, language: str = "en") -> list[str]:
    lexicon = read_lexicon(language)
    return [finding.rule for finding in check_evidence([*lines, SOURCES], evidence, lexicon, language)]


BESIDE = (
    say("It can make scars show less, but results can differ.", "C08", "C14", block=1),
    say("It has risks.", "C22", block=1),
)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("Scars get worse if the needles go too deep.", "C24"),
        ("You always need more than one visit.", "C16"),
        ("The pricks let germs in.", "C29"),
        ("Poor skill harms the skin.", "C30"),
        ("It never works the same way twice.", "C14"),
        ("It makes every scar show less.", "C08"),
    ],
)
def test_a_flat_sentence_on_a_claim_that_is_not_sure(evidence: Evidence, text: str, reference: str) -> None:
    found = stopped(evidence, say(text, reference), *BESIDE)
    assert "too-firm" in found


@pytest.mark.parametrize(
    ("text", "reference", "frame"),
    [
        ("Scars can get worse if the needles go too deep.", "C24", ""),
        ("Needles too deep", "C24", "What can go wrong, and why"),
        ("You may need more than one visit.", "C16", ""),
        ("Can it make scars worse?", "C23", ""),
        ("The pricks might let germs in.", "C29", ""),
        ("Wait until the infection is gone.", "C37", ""),  # urged, so firm is right
        ("Wait, and have it checked.", "C38", ""),  # not sure, but settled as firm
        ("It is not right for everyone.", "C35", ""),
        ("The needles make tiny pricks.", "C01", ""),  # a flat fact may be said flatly
    ],
)
def test_what_is_as_sure_as_its_source(evidence: Evidence, text: str, reference: str, frame: str) -> None:
    assert stopped(evidence, say(text, reference, frame=frame), *BESIDE) == []


@pytest.mark.parametrize(
    ("text", "references", "rule"),
    [
        ("It can remove scars.", ("C08",), "claim-wording"),
        ("It may cure some scars.", ("C08",), "claim-wording"),
        ("The needles make micro-injuries.", ("C01",), "claim-wording"),
        ("It is safe for some.", ("C13",), "claim-wording"),
        ("It can help fill in scars.", ("C09",), "claim-wording"),  # without "sunken"
        ("The pricks are shallow.", ("C31", "C24"), "claim-wording"),  # without "done right"
        ("Ask somebody first about eczema.", ("C39",), "claim-wording"),
        ("When done right, the pricks are shallow.", ("C31",), "stands-alone"),  # without "too deep"
        ("Safe for most people when done right.", ("C13",), "stands-alone"),  # without "it has risks"
        ("Skin tone may look more even for some.", ("C11",), "stands-alone"),  # without the dark marks
        ("Most plans see it as cosmetic.", ("G29",), "background"),
        ("Take antibiotics only if prescribed.", ("G30",), "background"),
    ],
)
def test_a_claims_own_rule_is_kept(
    evidence: Evidence, text: str, references: tuple[str, ...], rule: str
) -> None:
    assert rule in stopped(evidence, say(text, *references), *BESIDE)


def test_a_practical_note_does_not_lift_a_rule(evidence: Evidence) -> None:
    assert "background" in stopped(
        evidence, say("Take antibiotics only if prescribed.", "G30", "P02"), *BESIDE
    )


def test_a_region_of_a_language_has_its_rules(evidence: Evidence) -> None:
    line = say("Puede causar microlesiones.", "C01")
    for language in ("es", "es-MX"):
        assert "claim-wording" in stopped(evidence, line, language=language)


def test_a_language_without_words_is_not_judged_by_another(evidence: Evidence) -> None:
    assert stopped(evidence, say("Les cicatrices vont mieux.", "C24"), language="fr") == []


def test_what_keeps_its_rule_passes(evidence: Evidence) -> None:
    lines = [
        say("When it is done right, the pricks are shallow.", "C31"),
        say("Scars can get worse if the needles go too deep.", "C24"),
        say("It is safe for most people when done right. But it has risks.", "C13", "C22"),
        say("It can help fill in sunken scars.", "C09"),
        say("Ask a dermatologist first if you have eczema.", "C39"),
        say("What does it cost, and does my plan pay?", "G29"),
        say("Price: ask us for a list", "G29", slot=True),
    ]
    assert stopped(evidence, *lines, *BESIDE) == []


def test_a_benefit_needs_its_risk_on_the_sheet(evidence: Evidence) -> None:
    benefit = say("It can make scars show less, but results can differ.", "C08", "C14")
    assert stopped(evidence, benefit) == ["benefit-alone"]
    assert stopped(evidence, benefit, say("It has risks.", "C22", block=3)) == []


def test_a_benefit_needs_that_it_differs(evidence: Evidence) -> None:
    lines = (say("It can make scars show less.", "C08"), say("It has risks.", "C22"))
    assert stopped(evidence, *lines) == ["stands-alone"]


def test_sources_are_listed_where_something_rests_on_them(evidence: Evidence) -> None:
    lexicon = read_lexicon("en")
    for reference, rules in (("G18", ["no-sources"]), ("C53", ["no-sources"]), ("P01", [])):
        lines = [say("Keep your skin clean.", reference)]
        assert [f.rule for f in check_evidence(lines, evidence, lexicon, "en")] == rules


def test_every_claim_is_said_on_a_shipped_sheet_in_both_languages(evidence: Evidence) -> None:
    places = Places(shipped_folder() / "clinics" / "example", shipped_folder())
    for language in ("en", "es"):
        used: set[str] = set()
        for name in SHEETS:
            job = read_job(name, places, Wish(language), Problems())
            assert job
            used |= {reference for line in read_lines(job) for reference in line.references}
        assert len(evidence.claims) == 60
        assert unused_claims(evidence, used) == []
        background = {name for name, fact in evidence.facts.items() if fact.basis == "background"}
        assert used & background <= {"G29", "G34"}, "these two are slots and questions"


def test_check_names_the_claims_that_no_sheet_uses(run: Callable[..., Ran], clinic: Path) -> None:
    topic = clinic / "handouts" / "test-topic"
    shutil.copytree(ROOT / "tests" / "all_blocks", topic)
    with (topic / "evidence.yaml").open("a", encoding="utf-8") as evidence:
        evidence.write(
            "claims:\n"
            "  C77: {claim: It may hurt., passages: [A1], kind: risk, strength: hedged, wording: Say it.}\n"
        )
    found = run("check", "--clinic", clinic, "--json")
    told = json.loads(found.out)["problems"]
    (problem,) = [each for each in told if "C77" in each["message"]]
    assert problem["rule"] == "unused-claim"
    assert problem["message"] == "no sheet in `en` uses C77"
    assert problem["file"].endswith("evidence.yaml")
    assert problem["line"]
    assert found.status == 1


def test_show_says_what_each_line_rests_on(run: Callable[..., Ran]) -> None:
    shown = run("show", "microneedling-aftercare", "--evidence")
    assert shown.status == 0
    assert "Keep the treated skin clean." in shown.out
    assert "C53  Keep the treated skin clean. [A2.S5.2]" in shown.out
    rows = json.loads(run("show", "microneedling-aftercare", "--evidence", "--json").out)["lines"]
    assert all(row["rests_on"] for row in rows)
    assert all(entry["says"] for row in rows for entry in row["rests_on"])


def test_show_says_where_a_claim_is_said(run: Callable[..., Ran]) -> None:
    shown = run("show", "--claim", "C26", "--json")
    (rows,) = json.loads(shown.out)
    assert rows["behind"] == ["A3.S3.3"]
    assert {row["sheet"] for row in rows["said"]} >= {
        "microneedling-scar-risk",
        "microneedling-getting-ready",
        "microneedling-at-a-glance",
        "microneedling-skin-check",
    }
    assert "active acne" in run("show", "--claim", "c26").out
    unknown = run("show", "--claim", "C99")
    assert unknown.status == 1
    assert "there is no `C99`" in unknown.err


def test_what_evidence_names_has_to_be_in_it(clinic: Path) -> None:
    topic = clinic / "handouts" / "test-topic"
    shutil.copytree(ROOT / "tests" / "all_blocks", topic)
    path = topic / "evidence.yaml"
    text = path.read_text(encoding="utf-8").replace("sources: [S01]", "sources: [S01, S09]")
    path.write_text(
        text + "claims:\n"
        "  C01: {claim: It may., passages: [A1], kind: risk, strength: hedged, wording: So.,\n"
        "    beside: {block: [C02]}}\n",
        encoding="utf-8",
    )
    with pytest.raises(ProblemsFound) as found:
        evidence_from(read_yaml(path))
    told = [
        (problem.message, problem.place and problem.place.text.strip()) for problem in found.value.problems
    ]
    assert [message for message, _ in told] == ["there is no `S09` here", "there is no `C02` here"]
    assert "S09" in str(told[0][1])
    assert told[1][1] == "beside: {block: [C02]}}"


def test_a_name_that_two_topics_have_is_told_apart(run: Callable[..., Ran]) -> None:
    topics = json.loads(run("show", "--claim", "G05", "--json").out)
    assert [each["topic"] for each in topics] == ["microneedling", "stitches"]
    for each in topics:
        assert each["said"]
        assert all(row["sheet"].startswith(each["topic"]) for row in each["said"])


def test_a_fact_can_have_rules_of_its_own(evidence: Evidence) -> None:
    """A topic without a source document has facts alone."""
    rules = {"strength": "hedged", "kind": "benefit", "beside": Beside(block=("G02",))}
    fact = evidence.facts["G01"].model_copy(update=rules)
    ruled = evidence.model_copy(update={"facts": {**evidence.facts, "G01": fact}})
    said = say("This heals the skin.", "G01")
    assert set(stopped(ruled, said)) == {"too-firm", "stands-alone", "benefit-alone"}
    assert stopped(evidence, said) == []
