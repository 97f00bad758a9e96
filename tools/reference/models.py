"""The pages of blocks and of files: each key with its kind, default and meaning, out of the JSON Schemas."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from handoutpress.reading.entry import BLOCK_KINDS
from handoutpress.reading.schema import SCHEMAS

Schema = dict[str, Any]

EXAMPLES = Path(__file__).resolve().parents[2] / "tests" / "all_blocks" / "every-block.yaml"
"""A sheet with every kind of block; the tests print it."""

ELSEWHERE = {
    "Statement": "[statement](blocks.md#statements)",
    "BlockEntry": "[block](blocks.md#blocks)",
}
"""What stands in many places and is explained once."""

BLOCKS_HEAD = """\
# Blocks

Made from the program's own models by `make docs`: change the words there (`handoutpress/reading/`), not here.

A sheet is a title, a few facts, and a list of blocks from top to bottom. `handouts schema -o schemas` writes
the same for your editor, which then completes and underlines as you type.
"""

STATEMENTS = """\
Whatever says something about health is a statement: the words, and what they rest on.

```yaml
{say: "Keep the treated skin **clean**.", from: [C53]}
```
"""

BLOCKS = """\
A block is one key, its kind, with the block's own keys under it. Where all of these may be left out, the kind
alone will do: `- notes`. Every block can have these two:
"""

FILES_HEAD = """\
# Files

Made from the program's own models by `make docs`: change the words there (`handoutpress/reading/`), not here.

Every file that people write, key by key. A sheet itself is on the page of [blocks](blocks.md). Nothing is
guessed: an unknown key, or a value of another kind, is refused with its line and a hint.
"""

FILES = {
    "handout": "handouts/TOPIC/NAME.yaml",
    "changes": "handouts/TOPIC/NAME.changes.yaml",
    "clinic": "clinic.yaml",
    "clinic-words": "clinic.LANGUAGE.yaml",
    "brand": "_brand.yml",
    "protocol": "handouts/TOPIC/protocol.yaml",
    "protocol-words": "handouts/TOPIC/protocol.LANGUAGE.yaml",
    "evidence": "handouts/TOPIC/evidence.yaml",
    "evidence-changes": "handouts/TOPIC/evidence.changes.yaml",
    "protocol-changes": "handouts/TOPIC/protocol.changes.yaml",
    "protocol-words-changes": "handouts/TOPIC/protocol.LANGUAGE.changes.yaml",
    "sign-offs": "sign-offs.yaml",
    "scores": "handouts/TOPIC/scores.yaml",
    "email-words": "templates/email/LANGUAGE.yaml",
}
"""Where each kind of file stands; a kind that is not here is called by its name."""


def blocks_page() -> str:
    """Return the page of blocks: a sheet's own facts, statements, then each kind with an example."""
    schema = _schema("handout")
    defs = schema["$defs"]
    entry = defs["BlockEntry"]["properties"]
    common = ("heading", "id")
    first = defs[_model(entry[BLOCK_KINDS[0]])]
    parts = [
        BLOCKS_HEAD,
        "## The facts at the top",
        _fields(schema, defs),
        "## Statements",
        STATEMENTS,
        _fields(defs["Statement"], defs),
        "## Blocks",
        BLOCKS,
        _fields({**first, "properties": {key: first["properties"][key] for key in common}}, defs),
        "The kinds:",
        "\n".join(
            f"- [`{kind}`](#{kind}): {_first_sentence(defs[_model(entry[kind])])}" for kind in BLOCK_KINDS
        ),
    ]
    examples = block_examples()
    for kind in BLOCK_KINDS:
        model = defs[_model(entry[kind])]
        own = {key: field for key, field in model["properties"].items() if key not in common}
        parts += [
            f"## {kind}",
            _markdown(model["description"]),
            _fields({**model, "properties": own}, defs),
            f"```yaml\n{examples[kind]}\n```",
        ]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def files_page() -> str:
    """Return the page of every other file that people write."""
    parts = [FILES_HEAD]
    for name in SCHEMAS:
        if name == "handout":
            continue
        schema = _schema(name)
        parts += [f"## {FILES.get(name, name)}", _markdown(schema.get("description", ""))]
        parts += [f"Schema: `{name}`.", _fields(schema, schema.get("$defs", {}))]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _schema(name: str) -> Schema:
    """Return a model as it is, without what is added for editors."""
    return SCHEMAS[name].model_json_schema(by_alias=True)


def block_examples() -> dict[str, str]:
    """Return each kind's first example, as it is written in the sheet that has them all."""
    text = EXAMPLES.read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for written in re.split(r"(?m)^  (?=- )", text.partition("\nblocks:\n")[2]):
        kind = re.match(r"- ([a-z-]+)", written)
        if kind:
            found.setdefault(kind[1], re.sub(r"(?m)^  ", "", written.rstrip()))
    return found


def _fields(schema: Schema, defs: dict[str, Schema], depth: int = 0, told: set[str] | None = None) -> str:
    """Return a mapping's keys as a list; a mapping below is described below its key, once."""
    told = set() if told is None else told
    lines = []
    for key, field in schema.get("properties", {}).items():
        facts = [_kind(field, defs)]
        if key in schema.get("required", ()):
            facts.append("required")
        elif (default := field.get("default")) not in (None, [], {}) and not isinstance(default, dict):
            facts.append(f"default `{json.dumps(default) if not isinstance(default, str) else default}`")
        said = _markdown(field.get("description", ""))
        lines.append(f"{'  ' * depth}- `{key}` ({', '.join(facts)}){': ' * bool(said)}{said}")
        inner = _model(field)
        if not inner or inner in ELSEWHERE or "properties" not in defs[inner]:
            continue
        if inner in told:
            lines[-1] += " Its keys are as above."
        else:
            told.add(inner)
            lines.append(_fields(defs[inner], defs, depth + 1, told))
    return "\n".join(line for line in lines if line)


def _markdown(words: str) -> str:
    """Return a docstring's words as Markdown, where one backtick does."""
    return " ".join(words.replace("``", "`").replace("<", "&lt;").split())


def _model(field: Schema) -> str:
    """Return the name of the mapping that a field holds, in whatever it is wrapped; empty where none."""
    if "$ref" in field:
        return str(field["$ref"].rpartition("/")[2])
    inner = [*field.get("anyOf", ()), field.get("items"), field.get("additionalProperties")]
    inner += field.get("patternProperties", {}).values()
    return next((name for each in inner if isinstance(each, dict) and (name := _model(each))), "")


def _kind(field: Schema, defs: dict[str, Schema]) -> str:
    """Say in words what a value is."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return ELSEWHERE.get(name) or (_kind(defs[name], defs) if "enum" in defs[name] else "mapping")
    if "anyOf" in field:
        kinds = [_kind(each, defs) for each in field["anyOf"] if each.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in field:
        return _one_of(field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    match field.get("type"):
        case "array":
            return f"list of {_several(field, defs)}{_span(field, 'minItems', 'maxItems')}"
        case "object":
            return "mapping" if "properties" in field else "mapping, by name"
        case "integer" | "number":
            return f"number{_span(field, 'minimum', 'maximum')}"
        case "boolean":
            return "`true` or `false`"
        case "string" if field.get("format") == "date":
            return "date"
        case None:
            return "anything"
    longest = field.get("maxLength")
    return f"text, up to {longest} characters" if longest else "text"


def _several(field: Schema, defs: dict[str, Schema]) -> str:
    """Say what a list holds."""
    kind = _kind(field.get("items", {}), defs)
    if kind.startswith("["):
        return kind.replace("](", "s](", 1)
    first, comma, rest = kind.partition(", ")
    plural = {"mapping": "mappings", "text": "texts", "number": "numbers"}
    return plural.get(first, first) + (f" of {rest}" if comma else "")


def _one_of(values: list[Any]) -> str:
    texts = list(dict.fromkeys(f"`{value}`" for value in values))
    return " or ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def _span(field: Schema, least: str, most: str) -> str:
    low, high = field.get(least), field.get(most)
    if low is None and high is None:
        return ""
    if high is None:
        return f", at least {low}"
    return f", up to {high}" if not low else f", {low} to {high}"


def _first_sentence(field: Schema) -> str:
    return str(field["description"]).partition(". ")[0].rstrip(".")
