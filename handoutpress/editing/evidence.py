"""Do the words say no more than what they rest on?

The source document contradicts itself, so each claim in ``evidence.yaml`` carries the rule its words follow,
and a fact may carry one.
What a machine can hold of these rules is held here: how firm a sentence is, the words a claim needs or may
never have, what has to stand beside it, and what was seen in no source and so is the clinic's to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoutpress.editing.lexicon import contains
from handoutpress.editing.lines import Finding, asks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from handoutpress.editing.lexicon import Lexicon
    from handoutpress.editing.lines import Line
    from handoutpress.reading.evidence import Claim, Evidence, Fact

NOT_SURE = {"hedged", "mixed", "implied"}
"""The strengths of a claim that the document does not state flatly."""


def check_evidence(
    lines: Sequence[Line], evidence: Evidence, lexicon: Lexicon, language: str
) -> Iterator[Finding]:
    """Yield a finding for each line that says more than its evidence, and for what the sheet leaves out."""
    said = [line for line in lines if line.part == "say"]
    for line in said:
        for name in line.references:
            entry = evidence.ruled(name)
            if entry is not None:
                yield from _too_firm(line, name, entry, lexicon)
                yield from _own_rule(line, name, entry, language)
                yield from _alone(line, name, entry, said)
        yield from _background(line, evidence)
    yield from _benefits_alone(said, evidence)
    yield from _no_sources(lines, said, evidence)


def _too_firm(line: Line, name: str, entry: Claim | Fact, lexicon: Lexicon) -> Iterator[Finding]:
    """Find a flat sentence on a claim that the document only says with "can" or "may".

    What stands right over the line softens it too: "What can happen" is the head of a whole column.
    """
    if entry.strength not in NOT_SURE or entry.settled == "firm" or not lexicon.hedges:
        return
    firm = contains(line.text, lexicon.firm)
    hedged = contains(f"{line.frame} {line.text}", lexicon.hedges)
    if firm and not contains(line.text, lexicon.hedges):
        message = f"`{firm}` is firmer than {name} allows: the source is not sure ({entry.strength})"
        yield Finding("too-firm", line, firm, message, entry.wording)
    elif not hedged and not asks(line.text):
        message = f"firmer than {name} allows: the source is not sure ({entry.strength})"
        yield Finding("too-firm", line, "", message, entry.wording)


def _own_rule(line: Line, name: str, entry: Claim | Fact, language: str) -> Iterator[Finding]:
    """Find words that this claim may never have, and the lack of those it needs."""
    banned = contains(line.text, _in_language(entry.never, language))
    if banned:
        yield Finding("claim-wording", line, banned, f"`{banned}` may not be said of {name}", entry.wording)
    needed = _in_language(entry.needs, language)
    if needed and not contains(f"{line.frame} {line.text}", needed):
        listed = ", ".join(f"`{words}`" for words in needed)
        yield Finding("claim-wording", line, "", f"{name} is said only with one of {listed}", entry.wording)


def _alone(line: Line, name: str, entry: Claim | Fact, said: Sequence[Line]) -> Iterator[Finding]:
    """Find a claim without those that have to stand beside it."""
    if entry.beside is None:
        return
    block = {reference for other in said if other.block == line.block for reference in other.references}
    sheet = {reference for other in said for reference in other.references}
    for needed in entry.beside.block:
        if needed not in block:
            message = f"{name} stands without {needed} in the same block"
            yield Finding("stands-alone", line, "", message, entry.wording)
    for needed in entry.beside.sheet:
        if needed not in sheet:
            message = f"{name} stands without {needed} on the same sheet"
            yield Finding("stands-alone", line, "", message, entry.wording)


def _background(line: Line, evidence: Evidence) -> Iterator[Finding]:
    """Find a line that says as a fact what was seen in no source: the clinic says it, or a question."""
    facts = [evidence.facts.get(name) for name in line.references if name not in evidence.practical]
    if not facts or any(fact is None or fact.basis != "background" for fact in facts):
        return
    if "protocol" not in line.filled and not asks(line.text):
        named = ", ".join(line.references)
        hint = "let a {protocol.x} slot say it, or ask it as a question"
        yield Finding("background", line, "", f"{named} was seen in no source", hint)


def _benefits_alone(said: Sequence[Line], evidence: Evidence) -> Iterator[Finding]:
    """Find a sheet that names a benefit and no risk."""
    kinds = {entry.kind: line for line in said for name in line.references if (entry := evidence.ruled(name))}
    if "benefit" in kinds and "risk" not in kinds:
        message = "this sheet names a benefit and no risk"
        yield Finding("benefit-alone", kinds["benefit"], "", message, "name a risk beside it")


def _no_sources(lines: Sequence[Line], said: Sequence[Line], evidence: Evidence) -> Iterator[Finding]:
    """Find a sheet that rests on sources and does not list them."""
    references = {name for line in said for name in line.references}
    from_document, published = evidence.sources_of(references)
    if (from_document or published) and not any(line.kind == "sources" for line in lines):
        yield Finding("no-sources", None, "", "this sheet rests on sources and lists none", "add `- sources`")


def unused_claims(evidence: Evidence, used: set[str]) -> list[str]:
    """Return the claims that no sheet of a topic uses: a forgotten risk is one of them."""
    return [name for name in evidence.claims if name not in used]


def _in_language(words: dict[str, tuple[str, ...]], language: str) -> tuple[str, ...]:
    """Return a claim's words in a language; those of "es" do for "es-MX"."""
    return words.get(language) or words.get(language.split("-")[0], ())
