"""What somebody sees who writes these files in an editor, as the YAML language server says it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

from handoutpress.places import Places, shipped_folder
from handoutpress.reading.clinic import ClinicFacts
from handoutpress.reading.entry import BLOCK_KINDS
from handoutpress.reading.model import docstrings
from handoutpress.reading.schema import SCHEMAS, modeline, schema_text
from handoutpress.reading.topic import topics_of
from tests.conftest import BRAND_YML, CLINIC_YAML, ROOT
from tests.languageserver import MISSING, language_server
from tests.test_schema import SHEET, SMALL, _files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.commands import Commands
    from tests.languageserver import LanguageServer, Underlined

MODELINE = re.compile(r"# yaml-language-server: \$schema=(\S+)\n")
SHIPPED = _files()
ASKED = [
    *(
        "--name",
        "Test Clinic (example)",
        "--phone",
        "(555) 555-0100",
        "--hours",
        "Monday to Friday, 9 am to 5 pm",
    ),
    *("--after-hours", "call (555) 555-0199", "--emergency-phone", "911", "--primary", "#1f5c66"),
]
HOURS = "hours: Monday to Friday, 9 am to 5 pm"
HEAD = SHEET.partition("blocks:")[0]


@pytest.fixture(scope="module")
def founded(commands: Commands, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clinic's folder as `new clinic`, `new handout` and `new changes` write it."""
    folder = tmp_path_factory.mktemp("founded") / "clinic"
    slots = [
        f"{topic}.{name}={slot.example}"
        for topic, asked in topics_of(
            Places(shipped_folder() / "clinics" / "example", shipped_folder())
        ).items()
        for name, slot in asked.slots.items()
        if slot.unset == "stop"
    ]
    answers = [word for slot in slots for word in ("--answer", slot)]
    for words in (
        ["new", "clinic", folder, *ASKED, *answers],
        ["new", "handout", "wart-aftercare", "--kind", "after", "--clinic", folder],
        ["new", "changes", "microneedling-aftercare", "--clinic", folder],
    ):
        ran = commands.run([*map(str, words)], ROOT, {**os.environ})
        assert ran.status == 0, ran.err
    return folder


@pytest.fixture(scope="module")
def server(founded: Path) -> Iterator[LanguageServer]:
    """Run the language server in the clinic's folder."""
    with language_server(founded) as running:
        yield running


def _as(kind: str, text: str) -> str:
    return modeline(kind, "schemas") + text


def test_what_new_writes_names_its_schema_and_nothing_in_it_is_underlined(
    server: LanguageServer, founded: Path
) -> None:
    written = sorted([*founded.rglob("*.yaml"), *founded.rglob("*.yml")])
    kinds = set()
    for path in written:
        named = MODELINE.match(path.read_text(encoding="utf-8"))
        assert named, f"{path} does not begin with its schema"
        schema = (path.parent / named[1]).resolve()
        assert schema.is_file()
        assert schema.parent == founded / "schemas"
        kinds.add(schema.stem)
    assert kinds >= {"clinic", "brand", "handout", "evidence", "protocol", "changes"}
    found = server.underlined([(path.parent, path.read_text(encoding="utf-8")) for path in written])
    assert {path.name: said for path, said in zip(written, found, strict=True) if said} == {}


def test_the_first_line_of_what_new_writes_is_what_wires_it(server: LanguageServer, founded: Path) -> None:
    paths = [founded / "clinic.yaml", founded / "_brand.yml", *founded.glob("handouts/*/wart-aftercare.yaml")]
    assert len(paths) == 3
    texts = [(path.parent, f"{path.read_text(encoding='utf-8')}\nmispelt: 1\n") for path in paths]
    for path, found in zip(paths, server.underlined(texts), strict=True):
        assert [each.words for each in found] == ["mispelt"], path
    unwired = [(folder, MODELINE.sub("", text, count=1)) for folder, text in texts]
    assert server.underlined(unwired) == [[], [], []]


def test_nothing_shipped_is_underlined(server: LanguageServer, founded: Path) -> None:
    assert len(SHIPPED) > 20
    found = server.underlined([(founded, _as(kind, path.read_text("utf-8"))) for kind, path in SHIPPED])
    assert {path.name: said for (_, path), said in zip(SHIPPED, found, strict=True) if said} == {}


def test_nothing_in_a_small_file_of_any_kind_is_underlined(server: LanguageServer, founded: Path) -> None:
    found = server.underlined([(founded, _as(kind, SMALL[kind])) for kind in SCHEMAS])
    assert {kind: said for kind, said in zip(SCHEMAS, found, strict=True) if said} == {}


class Wrong(NamedTuple):
    """A change that spoils a file, the words that are underlined then, and words of what is said.

    What is missing is told at the first letter of its mapping, or at the mapping's key.
    """

    kind: str
    old: str
    new: str
    words: str
    says: str
    lines_above: int = 0
    """How many lines above the change it is told."""


SPOILT = [
    Wrong("clinic", "phone: ", "fone: ", "fone", "Property fone is not allowed"),
    Wrong("clinic", "name: Test Clinic (example)\n", "", "p", 'Missing property "name"'),
    Wrong("clinic", "protocol:", "paper: A5\nprotocol:", "A5", '"a4", "letter"'),
    Wrong("clinic", "protocol:", "clock: 13\nprotocol:", "13", '"12", "24"'),
    Wrong("clinic", "protocol:", "letterhead: maybe\nprotocol:", "maybe", "true or false"),
    Wrong("clinic", '"(555) 555-0100"', "call us", "call us", 'such as "(555) 555-0100"'),
    Wrong("clinic", "    allergy_signs:", "    alergy_signs:", "alergy_signs", "alergy_signs is not allowed"),
    Wrong("clinic", "protocol:", "address: 1 Street\nprotocol:", "1 Street", '"array"'),
    Wrong(
        "clinic", "protocol:", "mail: {preference: required}\nprotocol:", "mail", 'Missing property "from"'
    ),
    Wrong("clinic", HOURS, f"\t{HOURS}", f"\t{HOURS}", "Tabs are not allowed"),
    Wrong("clinic", "protocol:", "hours: twice\nprotocol:", "hours: twice", "unique"),
    Wrong("brand", '"#1f5c66"', '"#1f5c6"', '"#1f5c6"', 'stands in quotes: "#1f5c66"'),
    Wrong("brand", '"#1f5c66"', "#1f5c66", "", 'stands in quotes: "#1f5c66"'),
    Wrong("brand", "primary", "primery", "primery", "primery is not allowed"),
    Wrong("handout", "topic: A topic\n", "", "t", 'Missing property "topic"', 1),
    Wrong("handout", "version: 1.0", "version: one", "one", "such as 1.0"),
    Wrong("handout", "dated: 2026-11-23", "dated: 23.11.2026", "23.11.2026", "2026-11-23: year, month, day"),
    Wrong("handout", "pages: 1", "pages: many", "many", '"integer"'),
    Wrong("handout", "- paragraph:", "- paragraf:", "paragraf:", "The kinds: key-points, paragraph"),
    Wrong("handout", "  - notes\n", "  - nots\n", "nots", "Without keys and colon"),
    Wrong("handout", "{lines: 2}", "{lnes: 2}", "lnes", "lnes is not allowed"),
    Wrong("handout", "{lines: 2}", "{lines: 99}", "99", "maximum of 30"),
    Wrong("handout", "[P01]", "[p1]", "p1", "such as C26, G01 or P01"),
    Wrong("handout", ", from: [P01]", "", "{", 'Missing property "from"'),
    Wrong("protocol", "kind: days", "kind: weeks", "weeks", '"text", "days"'),
    Wrong("evidence", "P01:", "p1:", "p1", "p1 is not allowed"),
    Wrong("changes", "said: A", "sayd: A", "sayd", "sayd is not allowed"),
    Wrong("changes", "blocks: [notes]", "blocks: [nots]", "nots", "The kinds:"),
]


@pytest.fixture(scope="module")
def told(server: LanguageServer, founded: Path) -> dict[Wrong, tuple[str, list[Underlined]]]:
    """Return every spoilt text with what is underlined in it; all at once, as the server is slow to begin."""
    texts = [_as(wrong.kind, SMALL[wrong.kind].replace(wrong.old, wrong.new, 1)) for wrong in SPOILT]
    found = server.underlined([(founded, text) for text in texts])
    return {wrong: (text, each) for wrong, text, each in zip(SPOILT, texts, found, strict=True)}


@pytest.mark.parametrize("wrong", SPOILT, ids=lambda wrong: f"{wrong.kind}-{wrong.new.strip()}"[:40])
def test_what_is_wrong_is_underlined_where_it_stands(
    wrong: Wrong, told: dict[Wrong, tuple[str, list[Underlined]]]
) -> None:
    assert wrong.old in SMALL[wrong.kind]
    text, found = told[wrong]
    line = text[: text.index(wrong.new or SMALL[wrong.kind].partition(wrong.old)[2])].count("\n") + 1
    said = [each for each in found if wrong.says in each.message]
    assert said, found
    assert (said[0].line, said[0].words) == (line - wrong.lines_above, wrong.words), text


def test_a_block_list_offers_every_kind_with_its_keys(server: LanguageServer, founded: Path) -> None:
    for text in ("  - |\n", "  - notes\n  - |\n", "  - |\n  - notes\n", "  - pa|\n"):
        offered = server.offered(founded, _as("handout", f"{HEAD}blocks:\n{text}"))
        assert set(BLOCK_KINDS) <= offered.keys(), text
        typed = offered["paragraph"]["insertText"]
        assert re.sub(r"\s+", " ", typed) == "paragraph: text: - say: $1 from: - ${2}"
        assert offered["paragraph"]["documentation"] == "Running text."
        assert not any("null" in item["insertText"] for item in offered.values())


def test_inside_a_block_its_keys_are_offered(server: LanguageServer, founded: Path) -> None:
    text = f"{HEAD}blocks:\n  - checklist:\n      |\n"
    offered = server.offered(founded, _as("handout", text))
    assert {"heading", "id", "intro", "answers", "items"} <= offered.keys()
    assert "points" not in offered
    assert offered["intro"]["insertText"] == "intro:\n  say: $1\n  from:\n    - $2"


def test_the_choices_are_offered_with_what_they_mean(server: LanguageServer, founded: Path) -> None:
    offered = server.offered(founded, _as("clinic", "name: A\npaper: |\n"))
    assert {name: item["documentation"] for name, item in offered.items()} == {
        "a4": "A4, 210 x 297 mm.",
        "letter": "US Letter, 8.5 x 11 in.",
    }
    assert server.offered(founded, _as("clinic", "name: A\nletterhead: |\n")).keys() == {"true", "false"}
    sheet = f"{HEAD}blocks:\n  - checklist:\n      answers: |\n"
    assert server.offered(founded, _as("handout", sheet)).keys() == {"tick", "yes-no"}


def test_a_clinic_s_file_offers_its_keys_and_the_slots_of_every_topic(
    server: LanguageServer, founded: Path
) -> None:
    offered = server.offered(founded, _as("clinic", "name: A\n|\n"))
    assert {"phone", "paper", "mail", "protocol"} <= offered.keys()
    assert offered["phone"]["documentation"] == docstrings(ClinicFacts)["phone"]
    assert offered["phone"]["insertText"].strip() == "phone:"
    topics = topics_of(Places(founded, shipped_folder()))
    shipped = server.offered(founded, _as("clinic", "name: A\nprotocol:\n  |\n"))
    assert {path.parent.name for path in (ROOT / "handouts").glob("*/protocol.yaml")} <= shipped.keys()
    slots = server.offered(founded, _as("clinic", "name: A\nprotocol:\n  microneedling:\n    |\n"))
    assert topics["microneedling"].slots.keys() <= slots.keys()


def test_hovering_shows_what_a_key_is_for(server: LanguageServer, founded: Path) -> None:
    for kind, text, says in (
        ("clinic", CLINIC_YAML.replace("phone:", "pho|ne:", 1), docstrings(ClinicFacts)["phone"]),
        ("clinic", "name: A\npap|er: a4\n", "US Letter"),
        ("clinic", CLINIC_YAML.replace("allergy_signs", "allergy|_signs"), "Signs of a bad allergy"),
        ("brand", BRAND_YML.replace("primary", "prim|ary"), "titles, headings, rules"),
        ("handout", SHEET.replace("paragraph", "para|graph"), "Running text"),
        ("handout", SHEET.replace("say:", "sa|y:"), "The words on the page"),
    ):
        shown = server.hover(founded, _as(kind, text))
        assert says in re.sub(r"\\(?=[^\w\s])", "", shown), shown
        assert not re.search("ClinicFacts|BrandFile|BlockEntry|####", shown), "a name that only Python has"


def test_a_machine_without_the_server_fails(founded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.languageserver.SERVER", founded / "nowhere")
    with pytest.raises(AssertionError, match=re.escape(MISSING)), language_server(founded):
        pass


def test_the_schemas_of_a_new_clinic_are_those_of_the_program(founded: Path) -> None:
    topics = topics_of(Places(shipped_folder() / "clinics" / "example", shipped_folder()))
    for kind in SCHEMAS:
        assert (founded / "schemas" / f"{kind}.json").read_text("utf-8") == schema_text(kind, topics)
