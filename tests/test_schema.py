"""The JSON Schemas for editors: committed, described, and of one mind with the program."""

from __future__ import annotations

import functools
import json
from datetime import date
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from handoutpress.errors import ProblemsFound
from handoutpress.places import Places, shipped_folder
from handoutpress.reading.brand import read_brand
from handoutpress.reading.editors import subschemas
from handoutpress.reading.editorwords import CHOICES, FORMS
from handoutpress.reading.entry import BLOCK_KINDS
from handoutpress.reading.model import validate
from handoutpress.reading.schema import SCHEMAS, modeline, schema_text
from handoutpress.reading.topic import topics_of
from handoutpress.reading.yamlreader import read_yaml
from tests.conftest import BRAND_YML, CLINIC_YAML, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHEET = """\
title: A title
topic: A topic
summary: The one main message.
given: at the visit
version: 1.0
dated: 2026-11-23
review_by: 2027-11-23
pages: 1
blocks:
  - notes
  - notes:
  - notes: {lines: 2}
  - paragraph:
      text: [{say: A sentence., from: [P01]}]
"""
EVIDENCE = """\
practical:
  P01: {states: Nothing about health.}
"""
PROTOCOL = """\
slots:
  days_off: {label: Days off, kind: days, example: 7}
"""
CLINIC_WORDS = """\
hours: de lunes a viernes
"""
PROTOCOL_WORDS = """\
slots:
  days_off: {label: Días libres}
"""
SIGN_OFFS = """\
sign_offs:
  - sheet: a-sheet
    text: "%s"
    by: Example Clinician
    signed: 2026-11-23
    until: 2027-11-23
""" % ("0" * 64)
SCORES = """\
scored: By nobody yet.
instruments:
  An index:
    title: An index
    url: https://example.org/index
    passes: 95
    items:
      "1": {asks: Is it plain enough?, score: An index, decided: by reading}
sheets:
  a-sheet: {An index: {"1": {answer: met, why: It is on page one.}}}
"""
CHANGES = """\
of: "1.0"
version: 1.0.1
dated: 2026-11-23
review_by: 2027-11-23
changes:
  - reword: {said: A sentence., say: Another sentence.}
  - hide: {block: faq, was: 0a1b2c3d, because: We answer these at the visit}
  - add:
      after: top
      blocks: [notes]
"""
SMALL = {
    "changes": CHANGES,
    "evidence-changes": EVIDENCE,
    "protocol-changes": PROTOCOL,
    "protocol-words-changes": PROTOCOL_WORDS,
    "handout": SHEET,
    "clinic": CLINIC_YAML,
    "brand": BRAND_YML,
    "protocol": PROTOCOL,
    "evidence": EVIDENCE,
    "clinic-words": CLINIC_WORDS,
    "protocol-words": PROTOCOL_WORDS,
    "sign-offs": SIGN_OFFS,
    "scores": SCORES,
    "email-words": (ROOT / "templates" / "email" / "en.yaml").read_text(encoding="utf-8"),
}


def _files() -> list[tuple[str, Path]]:
    found = []
    for path in sorted([*(ROOT / "handouts").rglob("*.yaml"), *(ROOT / "tests/all_blocks").glob("*.yaml")]):
        stem, _, language = path.stem.partition(".")
        kind = stem if stem in SCHEMAS else "handout"
        found.append((f"{kind}-words" if language and kind == "protocol" else kind, path))
    found += [("clinic", path) for path in sorted((ROOT / "clinics").glob("*/clinic.yaml"))]
    found += [("clinic-words", path) for path in sorted((ROOT / "clinics").glob("*/clinic.*.yaml"))]
    found += [("email-words", path) for path in sorted((ROOT / "templates/email").glob("*.yaml"))]
    found += [("brand", path) for path in sorted((ROOT / "clinics").glob("*/_brand.yml"))]
    return found


def _as_editor(text: str) -> Any:
    """Values as an editor's YAML 1.2 types them: dates are texts, whole and broken numbers are numbers."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {str(key): plain(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        return value.isoformat() if isinstance(value, date) else value

    return plain(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


@functools.cache
def _schema(kind: str) -> Any:
    """A schema as `schema -o` writes it: what the shipped topics ask of a clinic is in it."""
    places = Places(shipped_folder() / "clinics" / "example", shipped_folder())
    return json.loads(schema_text(kind, topics_of(places)))


def _complaints(kind: str, text: str) -> list[str]:
    validator = jsonschema.Draft202012Validator(_schema(kind))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(_as_editor(text))]


def _program_takes(kind: str, text: str, folder: Path) -> bool:
    path = folder / f"{kind}.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        if kind == "brand":
            read_brand(read_yaml(path))
        else:
            validate(SCHEMAS[kind], read_yaml(path))
    except ProblemsFound:
        return False
    return True


def _properties(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for name, shown in (node.get("properties") or {}).items():
            yield f"{path}/{name}", shown
        for key, inner in node.items():
            yield from _properties(inner, f"{path}/{key}")
    elif isinstance(node, list):
        for inner in node:
            yield from _properties(inner, path)


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_committed_schema_is_the_models_own(kind: str) -> None:
    committed = (ROOT / "schemas" / f"{kind}.json").read_text(encoding="utf-8")
    assert json.loads(committed) == _schema(kind), "write them anew: python generate.py schema -o schemas"


def test_no_other_schemas_are_committed() -> None:
    assert {path.stem for path in (ROOT / "schemas").iterdir()} == set(SCHEMAS)


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_schema_is_a_schema(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(_schema(kind))


@pytest.mark.parametrize("kind", SCHEMAS)
def test_every_field_is_described(kind: str) -> None:
    found = dict(_properties(_schema(kind)))
    assert found
    assert [path for path, shown in found.items() if len(shown.get("description", "").split()) < 2] == []


@pytest.mark.parametrize("kind", SCHEMAS)
def test_every_mapping_is_described(kind: str) -> None:
    schema = _schema(kind)
    mappings = [schema, *schema.get("$defs", {}).values()]
    assert [each for each in mappings if len(each.get("description", "").split()) < 2] == []


@pytest.mark.parametrize("kind", SCHEMAS)
def test_an_editor_is_told_in_words_what_may_stand_there(kind: str) -> None:
    for shown in subschemas(_schema(kind)):
        assert not {"title", "default"} & shown.keys(), "an editor would show a class, or type null"
        if "pattern" in shown or "format" in shown:
            assert len(shown["patternErrorMessage"].split()) > 3, shown
        if "enum" in shown and "bold" not in shown["enum"]:
            assert len(shown["enumDescriptions"]) == len(shown["enum"]), shown
        assert None not in shown.get("enum", ())


def test_no_words_are_kept_for_what_is_gone() -> None:
    shown = [each for kind in SCHEMAS for each in subschemas(_schema(kind))]
    assert set(FORMS) <= {each.get("pattern", each.get("format")) for each in shown}
    assert set(CHOICES) <= {tuple(each.get("enum", ())) for each in shown}


def test_what_the_topics_ask_is_in_the_clinic_s_schema() -> None:
    for kind in ("clinic", "clinic-words"):
        asked = _schema(kind)["properties"]["protocol"]["properties"]
        for path in (ROOT / "handouts").glob("*/protocol.yaml"):
            slots = read_yaml(path).data["slots"]
            told = asked[path.parent.name]["properties"]
            assert list(told) == list(slots)
            assert all(told[name]["description"].startswith(slot["label"]) for name, slot in slots.items())
            assert all("not advice" in each["description"] for each in told.values())
        assert "properties" not in json.loads(schema_text(kind))["properties"]["protocol"]


def test_a_first_line_names_the_schema() -> None:
    line = "# yaml-language-server: $schema=../../schemas/handout.json\n"
    assert modeline("handout", "../../schemas") == modeline("handout", "../../schemas/") == line
    with pytest.raises(KeyError):
        modeline("sheet", "schemas")


def test_the_handout_schema_has_every_block() -> None:
    bare, entry = _schema("handout")["$defs"]["BlockEntry"]["anyOf"]
    assert tuple(entry["properties"]) == BLOCK_KINDS
    assert all(kind in bare["patternErrorMessage"] for kind in BLOCK_KINDS)


@pytest.mark.parametrize(("kind", "path"), _files(), ids=lambda value: getattr(value, "name", value))
def test_shipped_files_fit(kind: str, path: Path) -> None:
    assert _complaints(kind, path.read_text(encoding="utf-8")) == []


def test_files_of_all_kinds_are_shipped() -> None:
    # Sign-offs and changes are a clinic's own: nobody has signed off a shipped text.
    own = {kind for kind in SCHEMAS if kind == "sign-offs" or "changes" in kind}
    assert {kind for kind, _ in _files()} == set(SCHEMAS) - own


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_small_file_fits_and_is_taken(kind: str, tmp_path: Path) -> None:
    assert _complaints(kind, SMALL[kind]) == []
    assert _program_takes(kind, SMALL[kind], tmp_path)


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("handout", "pages: 1", "pages: 2"),
        ("handout", "version: 1.0", 'version: "1.2"'),
        ("handout", "title: A title", "title: 2026"),
        ("clinic", "protocol:", "clock: 12\nprotocol:"),
        ("clinic", "protocol:", 'clock: "24"\nprotocol:'),
        ("clinic", "protocol:", "letterhead: no\nprotocol:"),
        ("clinic", "protocol:", 'letterhead: "no"\nprotocol:'),
        ("clinic", 'emergency_phone: "911"', "emergency_phone: 911"),
        ("clinic", "allergy_signs: Trouble breathing", "no_sun_days_after: 7"),
        ("brand", "color:", "logo: logo.svg\ncolor:"),
        ("brand", "color:", "logo: {medium: logo.svg}\ncolor:"),
        ("brand", "color:", "logo: {medium: {path: logo.svg, alt: A logo}}\ncolor:"),
        ("brand", "color:", "logo: {medium: {light: logo.svg, dark: {path: d.svg}}}\ncolor:"),
        ("brand", "color:", "logo: {images: {mark: logo.svg}, small: mark}\ncolor:"),
        ("brand", "color:", "meta: {name: A Clinic, link: https://example.org}\ncolor:"),
        ("brand", "color:", "meta: {name: {full: A, short: B}, link: {home: https://e.org}}\ncolor:"),
        ("brand", "color:", "typography: {base: Source Sans 3, headings: {weight: semi-bold}}\ncolor:"),
        ("brand", "color:", "typography: {headings: {weight: 600}, base: {line-height: 1.4}}\ncolor:"),
        ("brand", "color:", "typography: {fonts: [{family: F, files: [f.ttf]}]}\ncolor:"),
        ("brand", '"#1f5c66"', "sea\n  palette: {sea: navy}"),
        ("brand", '"#1f5c66"', '"rgb(31 92 102)"'),
        ("brand", '"#1f5c66"', '"#1f5"'),
        ("clinic", '"(555) 555-0100"', "01234567"),
        ("clinic", '"(555) 555-0100"', "+44 20 7946 0000"),
        ("clinic", '"(555) 555-0100"', "555-0100 ext. 12"),
        ("clinic", "protocol:", "letterhead: Off\nprotocol:"),
        ("clinic", "protocol:", "email:\nprotocol:"),
        ("clinic", "protocol:", "handout_page: https://example.org/{language}/{name}.pdf\nprotocol:"),
        ("clinic", "protocol:", "mail: {host: 10.0.0.1, from: a@b.example, preference: required}\nprotocol:"),
        ("handout", "  - notes\n", "  - sources\n"),
        ("handout", "  - notes\n", "  - questions:\n"),
        ("handout", "  - notes\n", "  - table: {columns: [a, b], blank_rows: 3}\n"),
    ],
)
def test_what_the_program_takes_an_editor_does_not_underline(
    kind: str, old: str, new: str, tmp_path: Path
) -> None:
    text = SMALL[kind].replace(old, new)
    assert text != SMALL[kind] or new in text
    assert _program_takes(kind, text, tmp_path)
    assert _complaints(kind, text) == []


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("handout", "title:", "titel:"),
        ("handout", "- notes: {lines", "- notes: {lnes"),
        ("handout", "- paragraph:", "- paragraf:"),
        ("handout", "  - notes\n", "  - nots\n"),
        ("handout", "say:", "says:"),
        ("handout", "[P01]", "[p1]"),
        ("handout", "pages: 1", "pages: 9"),
        ("handout", "  - notes: {lines: 2}", "  - notes: {lines: 2}\n    sources: {}"),
        ("handout", "  - notes\n", "  - paragraph\n"),
        ("handout", "  - notes\n", "  - paragraph:\n"),
        ("handout", "  - notes\n", "  - warning: {heading: Call us}\n"),
        ("handout", "  - notes\n", "  - table: {columns: [a, b]}\n"),
        ("clinic", "phone:", "fone:"),
        ("clinic", '"(555) 555-0100"', "call us"),
        ("clinic", "protocol:", "handout_page: http://example.org\nprotocol:"),
        ("clinic", "protocol:", "mail: {host: a b, from: a@b.example, preference: required}\nprotocol:"),
        ("clinic", "protocol:", "mail: {from: a, preference: required}\nprotocol:"),
        ("clinic", "protocol:", "mail: {host: a}\nprotocol:"),
        ("brand", '"#1f5c66"', '"#1f5c6"'),
        ("brand", '"#1f5c66"', "#1f5c66"),
        ("clinic", "protocol:", "clock: 13\nprotocol:"),
        ("clinic", "protocol:", "letterhead: maybe\nprotocol:"),
        ("clinic", "protocol:", "paper: a5\nprotocol:"),
        ("brand", "primary:", "primery:"),
        ("brand", "color:", "typography: {base: {familie: X}}\ncolor:"),
        ("brand", "color:", "typography: {base: {weight: heavy}}\ncolor:"),
        ("brand", "color:", "typography: {base: {weight: 450}}\ncolor:"),
        ("brand", "color:", "logo: {medium: {paht: logo.svg}}\ncolor:"),
        ("protocol", "label:", "lable:"),
        ("protocol", "days_off:", "Days-off:"),
        ("protocol", "kind: days", "kind: weeks"),
        ("evidence", "practical:", "practicals:"),
        ("evidence", "P01:", "p1:"),
        ("evidence", "states:", "state:"),
    ],
)
def test_what_is_misspelt_is_refused_by_both(kind: str, old: str, new: str, tmp_path: Path) -> None:
    assert old in SMALL[kind]
    text = SMALL[kind].replace(old, new, 1)
    assert _complaints(kind, text)
    assert not _program_takes(kind, text, tmp_path)
