"""What each statement rests on: claims of the source document, published facts, practical notes.

``evidence.yaml`` beside the sheets says in our own words what each claim is, which passages of the source
document carry it or which published source, and how firmly it is said there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints

from handoutpress.errors import Problems, suggestion
from handoutpress.reading.model import Model, validate
from handoutpress.reading.statement import Language, Reference, Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from handoutpress.reading.yamlfile import Loc, YamlFile

ClaimKind = Literal[
    "mechanism", "benefit", "expectations", "risk", "procedure", "who-should-wait", "prepare",
    "choose-provider", "aftercare", "follow-up", "when-to-ask",
]  # fmt: skip
Strength = Literal["fact", "hedged", "urged", "implied", "mixed"]
Sentences = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]


class Document(Model):
    """The document a topic's claims were read from."""

    title: Words
    """What it is called on the sheets."""
    titles: dict[Language, Words] = {}
    """The same in other languages."""
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """The hash of its bytes, so that another reader can tell it is the same."""
    note: Sentences
    """What kind of document it is."""

    def title_in(self, language: str) -> str:
        """Return its title for a sheet in a language."""
        return self.titles.get(language) or self.titles.get(language.split("-")[0], self.title)


class Beside(Model):
    """Claims that have to stand near another."""

    block: tuple[Reference, ...] = ()
    """In the same block."""
    sheet: tuple[Reference, ...] = ()
    """On the same sheet."""


class Rules(Model):
    """How something may be said; `check` holds what a machine can hold of it."""

    settled: Literal["firm"] | None = None
    """The source is not sure, and the firm form is the safe one: "wait until it is clear"."""
    needs: dict[Language, tuple[Words, ...]] = {}
    """Words of which one has to stand wherever it is said, by language, such as "done right"."""
    never: dict[Language, tuple[Words, ...]] = {}
    """Words that may not stand where it is said."""
    beside: Beside | None = None
    """Claims or facts that have to be near it."""


class Claim(Rules):
    """One thing the source document says."""

    claim: Sentences
    """The claim in our own words."""
    passages: Annotated[tuple[str, ...], Field(min_length=1)]
    """The numbered sentences of the document that say it."""
    kind: ClaimKind
    """What kind of thing it says. Where a benefit is named, a risk has to be."""
    strength: Strength
    """How firmly the document says it."""
    wording: Sentences
    """How a sheet may say it."""


class Fact(Rules):
    """Something from a published source: beyond the document, or of a topic that has none."""

    fact: Sentences
    """The fact in our own words: only what was seen in the sources."""
    sources: tuple[Reference, ...] = ()
    """Where it was read."""
    basis: Literal["seen", "second-hand", "background"]
    """How it was read; ``background`` was not, and is never printed as a fact."""
    left_out: Sentences | None = None
    """What is known but was not seen in a source, and so is left to the clinic."""
    kind: ClaimKind | None = None
    """What kind of thing it says, where that matters: where a benefit is named, a risk has to be."""
    strength: Strength | None = None
    """How firmly the sources say it; left out, its sentences are not held against it."""
    wording: Sentences = ""
    """How a sheet may say it."""


class Practical(Model):
    """A sentence about the sheet itself, which says nothing about health."""

    states: Sentences
    """What it says."""


class Source(Model):
    """A published source."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """Its title."""
    by: Words
    """Who published it."""
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
    """Where it is."""
    basis: Literal["original", "repost", "secondary"]
    """Whether the publisher's own page was read, a copy of it, or somebody reporting it."""


class Evidence(Model):
    """Everything a topic's statements may rest on."""

    document: Document | None = None
    """The document the claims were read from."""
    claims: dict[Reference, Claim] = {}
    """Its claims: C01, C02, ..."""
    facts: dict[Reference, Fact] = {}
    """Facts from published sources: G01, G02, ..."""
    practical: dict[Reference, Practical] = {}
    """Sentences about the sheet itself: P01, P02, ..."""
    sources: dict[Reference, Source] = {}
    """The published sources: S01, S02, ..."""

    def ruled(self, reference: str) -> Claim | Fact | None:
        """Return the claim or fact of this name; a practical sentence has no rules."""
        return self.claims.get(reference) or self.facts.get(reference)

    def knows(self, reference: str) -> bool:
        """Whether a statement may name this."""
        return reference in self.claims or reference in self.facts or reference in self.practical

    def entry(self, reference: str) -> dict[str, Any]:
        """Return one entry as plain values: what it says, what is behind it, and its rules."""
        if claim := self.claims.get(reference):
            return {
                "says": claim.claim,
                "behind": list(claim.passages),
                "kind": claim.kind,
                "strength": claim.strength,
                "wording": claim.wording,
            }
        if fact := self.facts.get(reference):
            sources = [f"{name} {self.sources[name].by}" for name in fact.sources if name in self.sources]
            return {"says": fact.fact, "behind": sources, "basis": fact.basis, "left_out": fact.left_out}
        if practical := self.practical.get(reference):
            return {"says": practical.states, "behind": []}
        return {"says": "not in evidence.yaml", "behind": []}

    @property
    def references(self) -> list[str]:
        """Everything that may be named."""
        return [*self.claims, *self.facts, *self.practical]

    def sources_of(self, references: Iterable[str]) -> tuple[bool, list[str]]:
        """Return whether the document is behind these references, and the ids of published sources."""
        named = set(references)
        published = {
            source for reference in named & self.facts.keys() for source in self.facts[reference].sources
        }
        return bool(named & self.claims.keys()), sorted(published)


def evidence_from(yaml: YamlFile) -> Evidence:
    """Return a topic's evidence.

    Raises ``ProblemsFound``, also for a source or a claim that is named in it and not there.
    """
    evidence = validate(Evidence, yaml)
    problems = Problems()
    for part, name in _twice(evidence):
        message = f"`{name}` is the name of something else here, too"
        problems.add(message, yaml.place((part, name), key=True), "a statement names it without saying which")
    for loc, name, known in _named(evidence):
        if name not in known:
            problems.add(f"there is no `{name}` here", yaml.place(loc), suggestion(name, known, "entries"))
    problems.raise_if_any()
    return evidence


def _twice(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Yield each name that a claim, a fact or a practical entry has and another part has before it."""
    seen: set[str] = set()
    for part in ("claims", "facts", "practical"):
        names = set(getattr(evidence, part))
        yield from ((part, name) for name in sorted(names & seen))
        seen |= names


def _named(evidence: Evidence) -> Iterator[tuple[Loc, str, list[str]]]:
    """Yield whatever an entry names, with its place and what there is to name."""
    for name, fact in evidence.facts.items():
        for index, source in enumerate(fact.sources):
            yield ("facts", name, "sources", index), source, list(evidence.sources)
    for part in ("claims", "facts"):
        for name, entry in getattr(evidence, part).items():
            for where in ("block", "sheet"):
                for index, other in enumerate(getattr(entry.beside, where, ())):
                    yield (part, name, "beside", where, index), other, evidence.references
