"""JSON Schemas for editors, made from the models: completion and red underlines while typing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from handoutpress.reading.brandfile import BrandFile
from handoutpress.reading.clinic import ClinicFacts, ClinicWords
from handoutpress.reading.entry import BLOCK_KINDS
from handoutpress.reading.evidence import Evidence
from handoutpress.reading.handout import Handout
from handoutpress.reading.letterwords import LetterWords
from handoutpress.reading.protocol import Protocol, ProtocolWords
from handoutpress.reading.scores import Scores
from handoutpress.reading.signoffs import SignOffs

if TYPE_CHECKING:
    from handoutpress.reading.model import Model

SCHEMAS: dict[str, type[Model]] = {
    "handout": Handout,
    "clinic": ClinicFacts,
    "clinic-words": ClinicWords,
    "brand": BrandFile,
    "protocol": Protocol,
    "protocol-words": ProtocolWords,
    "evidence": Evidence,
    "sign-offs": SignOffs,
    "scores": Scores,
    "email-words": LetterWords,
}


def schema_text(name: str) -> str:
    """Return one schema as it stands in ``schemas/NAME.json``."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **SCHEMAS[name].model_json_schema(by_alias=True),
    }
    if "BlockEntry" in schema.get("$defs", {}):
        _blocks(schema["$defs"])
    _as_typed(schema)
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _blocks(definitions: dict[str, Any]) -> None:
    """Say what each kind of block is, and allow a bare kind: `- notes` is `- notes: {}`."""
    entry = definitions["BlockEntry"]
    for shown in entry["properties"].values():
        model = shown["anyOf"][0]["$ref"].rpartition("/")[2]
        shown["description"] = definitions[model]["description"]
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
