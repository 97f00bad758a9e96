"""What editors get beyond the models' own JSON Schemas: words for every value, and what is typed for you.

The keys used are those that VS Code and the YAML language server read: ``enumDescriptions``,
``patternErrorMessage`` and ``defaultSnippets``. Another editor passes over them.
"""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

from handoutpress.reading.editorwords import CHOICES, FORMS, TONE, YES_OR_NO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from handoutpress.reading.protocol import Protocol, ProtocolSlot

Schema = dict[str, Any]

_MAPS = ("properties", "patternProperties", "$defs")
_INNER = ("items", "additionalProperties", "propertyNames")


def for_editors(schema: Schema) -> Schema:
    """Return the models' schema as an editor is to have it; takes the same files."""
    shown = _dressed(schema)
    definitions = shown.get("$defs", {})
    if "BlockEntry" in definitions:
        _blocks(definitions)
    for node in subschemas(shown):
        match node.get("anyOf"):
            case [{"$ref": str(named)}, {"type": "null"}]:
                _snippet(node, definitions[named.rpartition("/")[2]], definitions)
    return shown


def with_topics(schema: Schema, topics: Mapping[str, Protocol]) -> None:
    """Have a clinic's file know the slots of each topic: they are completed, described and a closed list."""
    answers = schema["properties"]["protocol"]
    text = answers["additionalProperties"]["additionalProperties"]
    answers["properties"] = {
        topic: {
            "type": "object",
            "description": f"What the clinic decides for the sheets about {topic}.",
            "properties": {name: text | {"description": _asked(slot)} for name, slot in asked.slots.items()},
            "additionalProperties": False,
        }
        for topic, asked in topics.items()
    }


def _asked(slot: ProtocolSlot) -> str:
    kind = "A whole number of days" if slot.kind == "days" else "A few words"
    left_out = "no sheet prints that needs it" if slot.unset == "stop" else "sheets have a line for a pen"
    # The examples are no advice: what holds, a clinician of the clinic decides.
    return f"{slot.label}. {kind}; left out, {left_out}. An example value, not advice: {slot.example}"


def subschemas(schema: Schema) -> Iterator[Schema]:
    """Yield a schema and every schema inside it; a property may be called ``items``."""
    yield schema
    for key, inner in schema.items():
        below: list[Any] = []
        if key in _MAPS:
            below = list(inner.values())
        elif key in _INNER:
            below = [inner]
        elif key == "anyOf":
            below = inner
        for each in below:
            if isinstance(each, dict):
                yield from subschemas(each)


def _dressed(node: Schema) -> Schema:
    """Return one schema and all inside it without what only Python says, with what a person is told."""
    shown: Schema = {}
    for key, inner in node.items():
        if key in _MAPS:
            shown[key] = {name: _dressed(each) for name, each in inner.items()}
        elif key in _INNER and isinstance(inner, dict):
            shown[key] = _dressed(inner)
        elif key == "anyOf":
            shown[key] = [_dressed(each) for each in inner]
        elif key not in ("title", "default"):  # the title is the name of a class or a key
            shown[key] = inner
    shown = _nullable(shown)
    if shown.get("enum", [])[:2] == [True, False]:
        del shown["enum"]
        shown["type"], shown["pattern"] = ["boolean", "string"], YES_OR_NO
    if described := CHOICES.get(tuple(shown.get("enum", ()))):
        shown["enumDescriptions"] = list(described)
    if shown.get("pattern") == TONE and "null" in shown["type"]:
        # Without quotes, a colour is a comment, and its key is empty.
        shown["type"], shown["errorMessage"] = ["string", "number"], FORMS[TONE]
    if said := FORMS.get(str(shown.get("pattern", shown.get("format")))):
        shown["patternErrorMessage"] = said
    # As `default`, an editor would type it into the file, null too.
    default = node.get("default")
    if isinstance(default, str | int | float) and "[default" not in shown.get("description", ""):
        said = default if isinstance(default, str) else json.dumps(default)
        shown["description"] = f"{shown.get('description', '')} [default: {said}]".strip()
    return shown


def _nullable(shown: Schema) -> Schema:
    """Say "a text or nothing" in one schema: of two, an editor tells the errors and descriptions of both."""
    both = shown.get("anyOf", [])
    if (
        len(both) == 2
        and both[1] == {"type": "null"}
        and not {"$ref", "anyOf", "enum", "const"} & both[0].keys()
    ):
        written = both[0]["type"]
        types = written if isinstance(written, list) else [written]
        outer = {key: value for key, value in shown.items() if key != "anyOf"}
        return {**both[0], **outer, "type": [*types, "null"]}
    return shown


def _blocks(definitions: dict[str, Schema]) -> None:
    """Let only those kinds stand alone that need no keys: `- notes`, but not `- table`."""
    # The rules that a model checks in Python.
    for name, keys in (("WarningBlock", ("call", "emergency")), ("Table", ("rows", "blank_rows"))):
        definitions[name]["anyOf"] = [{"required": [key]} for key in keys]
    entry, _ = definitions["BlockEntry"]["anyOf"]
    alone = []
    for kind, shown in entry["properties"].items():
        named = shown["anyOf"][0]["$ref"]
        model = definitions[named.rpartition("/")[2]]
        if "required" in model or "anyOf" in model:
            del shown["anyOf"]
            shown["$ref"] = named
        else:
            alone.append(kind)
    kinds = ", ".join(entry["properties"])
    said = (
        f"A block is its kind, a colon, and its own keys below. The kinds: {kinds}. "
        f"Without keys and colon: {', '.join(alone)}."
    )
    pattern = f"^({'|'.join(alone)})$"
    bare = {"type": "string", "pattern": pattern, "patternErrorMessage": said, "errorMessage": said}
    # Of several schemas that all fail, an editor tells what is wrong with the first.
    definitions["BlockEntry"]["anyOf"] = [bare, entry]


def _snippet(node: Schema, model: Schema, definitions: dict[str, Schema]) -> None:
    """Have the keys that a mapping must have typed with its name."""
    if "required" in model:
        body = _body(model, definitions, itertools.count(1))
        label = "{" + ", ".join(model["required"]) + "}"
        node["defaultSnippets"] = [{"label": label, "description": model["description"], "body": body}]


def _body(schema: Schema, definitions: dict[str, Schema], stops: Iterator[int]) -> Any:
    """Return what is typed for a value: its required keys, with a place for the cursor at each text."""
    if "$ref" in schema:
        return _body(definitions[schema["$ref"].rpartition("/")[2]], definitions, stops)
    if required := schema.get("required"):
        return {key: _body(schema["properties"][key], definitions, stops) for key in required}
    if schema.get("type") == "array":
        return [_body(schema["items"], definitions, stops)]
    if "enum" in schema:
        return f"${{{next(stops)}|{','.join(map(str, schema['enum']))}|}}"
    return f"${next(stops)}"
