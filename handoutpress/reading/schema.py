"""JSON Schemas for editors, made from the models: completion and red underlines while typing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from handoutpress.reading.brandfile import BrandFile
from handoutpress.reading.changes import Changes, EvidenceChanges, ProtocolChanges, ProtocolWordsChanges
from handoutpress.reading.clinic import ClinicFacts, ClinicWords
from handoutpress.reading.editors import for_editors, with_topics
from handoutpress.reading.entry import BLOCK_KINDS
from handoutpress.reading.evidence import Evidence
from handoutpress.reading.handout import Handout
from handoutpress.reading.letterwords import LetterWords
from handoutpress.reading.protocol import Protocol, ProtocolWords
from handoutpress.reading.scores import Scores
from handoutpress.reading.signoffs import SignOffs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from handoutpress.reading.model import Model

SCHEMAS: dict[str, type[Model]] = {
    "handout": Handout,
    "changes": Changes,
    "clinic": ClinicFacts,
    "clinic-words": ClinicWords,
    "brand": BrandFile,
    "protocol": Protocol,
    "protocol-words": ProtocolWords,
    "evidence": Evidence,
    "evidence-changes": EvidenceChanges,
    "protocol-changes": ProtocolChanges,
    "protocol-words-changes": ProtocolWordsChanges,
    "sign-offs": SignOffs,
    "scores": Scores,
    "email-words": LetterWords,
}


def schema_text(name: str, topics: Mapping[str, Protocol] | None = None) -> str:
    """Return one schema as it stands in ``schemas/NAME.json``.

    With ``topics``, a clinic's own file knows what each topic asks of it.
    """
    schema = for_editors(schema_of(name))
    if topics and name in ("clinic", "clinic-words"):
        with_topics(schema, topics)
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def schema_of(name: str) -> dict[str, Any]:
    """Return the schema of one kind of file, as the models have it."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **SCHEMAS[name].model_json_schema(by_alias=True),
    }
    definitions = schema.get("$defs", {})
    for model in definitions.values():
        for shown in model.get("properties", {}).values():
            match shown:
                case {"anyOf": [{"$ref": str(named)}, *_]} if "description" not in shown:
                    shown["description"] = definitions[named.rpartition("/")[2]]["description"]
    if "BlockEntry" in definitions:
        _blocks(definitions)
    _as_typed(schema)
    return schema


def modeline(kind: str, relative: str) -> str:
    """Return the first line of a file, with its end, that tells an editor the file's schema.

    ``relative`` leads from the file's folder to the one with the schemas: ``../../schemas``.
    """
    if kind not in SCHEMAS:
        raise KeyError(kind)
    return f"# yaml-language-server: $schema={relative.rstrip('/')}/{kind}.json\n"


def _blocks(definitions: dict[str, Any]) -> None:
    """Allow a bare kind: `- notes` is `- notes: {}`."""
    entry = definitions["BlockEntry"]
    definitions["BlockEntry"] = {
        "anyOf": [entry, {"enum": list(BLOCK_KINDS)}],
        "description": entry.pop("description"),
    }


def _as_typed(schema: Any) -> None:
    """Accept what an editor takes for a number or a truth value where this program reads a text.

    Editors guess: `clock: 12` and `version: 1.0` are numbers to them, `letterhead: yes` may be a text.
    """
    if isinstance(schema, list):
        for inner in schema:
            _as_typed(inner)
    if not isinstance(schema, dict):
        return
    for key, inner in schema.items():
        if key not in ("default", "enum"):
            _as_typed(inner)
    if "patternProperties" in schema:
        schema["additionalProperties"] = False
    if schema.get("type") == "boolean":
        del schema["type"]
        schema["enum"] = [True, False, "yes", "no", "on", "off"]
    elif schema.get("type") == "string" and "enum" in schema:
        numbers = [int(value) for value in schema["enum"] if value.isdigit()]
        if numbers:
            schema["type"] = ["string", "integer"]
            schema["enum"] += numbers
    elif schema.get("type") == "string" and "format" not in schema and "const" not in schema:
        pattern = schema.get("pattern", "")
        if any(re.search(pattern, number) for number in ("1", "1.0")):
            schema["type"] = ["string", "number"]
