"""JSON Schemas for editors, made from the models: completion and red underlines while typing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from handoutpress.reading.brandfile import BrandFile
from handoutpress.reading.clinic import ClinicFacts
from handoutpress.reading.evidence import Evidence
from handoutpress.reading.handout import Handout
from handoutpress.reading.protocol import Protocol

if TYPE_CHECKING:
    from handoutpress.reading.model import Model

SCHEMAS: dict[str, type[Model]] = {
    "handout": Handout,
    "clinic": ClinicFacts,
    "brand": BrandFile,
    "protocol": Protocol,
    "evidence": Evidence,
}


def schema_text(name: str) -> str:
    """Return one schema as it stands in ``schemas/NAME.json``."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **SCHEMAS[name].model_json_schema(by_alias=True),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
