"""What all sheets of a topic share: what they may rest on, and what they ask of a clinic.

Both are the clinic's own copy or the shipped one, with the clinic's additions beside it:
``evidence.changes.yaml``, ``protocol.changes.yaml``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoutpress.errors import Place, Problem, ProblemsFound
from handoutpress.places import DEFAULT_LANGUAGE, EVIDENCE_FILE, PROTOCOL_FILE
from handoutpress.reading.evidence import Evidence, evidence_from
from handoutpress.reading.model import validate
from handoutpress.reading.protocol import Protocol, ProtocolWords, protocol_from
from handoutpress.reading.yamlreader import read_yaml

if TYPE_CHECKING:
    from handoutpress.places import Places
    from handoutpress.reading.model import Model
    from handoutpress.reading.yamlfile import YamlFile


def read_evidence(places: Places, topic: str) -> Evidence:
    """Read a topic's evidence; a topic without the file has none. Raises ``ProblemsFound``."""
    yaml = evidence_file(places, topic)
    return evidence_from(yaml) if yaml else Evidence()


def evidence_file(places: Places, topic: str) -> YamlFile | None:
    """Return a topic's evidence as written, with the clinic's entries; raises ``ProblemsFound``."""
    from handoutpress.reading.changes import EvidenceChanges

    return _read(
        places, topic, EVIDENCE_FILE, Evidence, EvidenceChanges, "claims", "facts", "practical", "sources"
    )


def read_protocol(places: Places, topic: str, language: str = DEFAULT_LANGUAGE) -> Protocol:
    """Read a topic's slots in a language; without a file there are none.

    Raises ``ProblemsFound``, also where they have no words in that language: a screen reader would read
    them out in the wrong one.
    """
    protocol, spoken = protocol_in(places, topic, language)
    if spoken != language and protocol.slots:
        path = places.find("handouts", f"{topic}/{PROTOCOL_FILE}")
        wanted = PROTOCOL_FILE.replace(".yaml", f".{language}.yaml")
        hint = f"add {wanted} beside {PROTOCOL_FILE}: a screen reader reads these words out"
        message = f"the slots have no words in `{language}`"
        raise ProblemsFound([Problem(message, Place(path) if path else None, hint)])
    return protocol


def topics_of(places: Places) -> dict[str, Protocol]:
    """Return what each topic that has sheets asks of a clinic; raises ``ProblemsFound``."""
    topics = sorted({sheet.topic for sheet in places.sheets().values()})
    return {topic: read_protocol(places, topic) for topic in topics}


def protocol_in(places: Places, topic: str, language: str) -> tuple[Protocol, str]:
    """Return a topic's slots, and the language they are in: this one where they have words in it.

    Raises ``ProblemsFound``.
    """
    from handoutpress.reading.changes import ProtocolChanges, ProtocolWordsChanges

    yaml = _read(places, topic, PROTOCOL_FILE, Protocol, ProtocolChanges, "slots")
    if yaml is None:
        return Protocol(), language
    if language == DEFAULT_LANGUAGE:
        return protocol_from(yaml), language
    for tag in dict.fromkeys((language, language.partition("-")[0])):
        name = PROTOCOL_FILE.replace(".yaml", f".{tag}.yaml")
        if words := _read(places, topic, name, ProtocolWords, ProtocolWordsChanges, "slots"):
            return protocol_from(yaml, words), language
    return protocol_from(yaml), DEFAULT_LANGUAGE


def _read(
    places: Places, topic: str, name: str, model: type[Model], additions_model: type[Model], *parts: str
) -> YamlFile | None:
    """Return one of a topic's files with the clinic's additions; None where there is neither."""
    path, own = places.find("handouts", f"{topic}/{name}"), places.changes_to(f"{topic}/{name}")
    base = read_yaml(path) if path else None
    if own is None:
        return base
    from handoutpress.reading.overlay import added

    additions = read_yaml(own)
    validate(additions_model, additions)
    if base:
        validate(model, base)
    return added(base, additions, *parts)
