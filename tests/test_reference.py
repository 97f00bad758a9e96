"""The pages of reference are up to date, and leave no command, option, block or slot out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import pytest

from handoutpress.cli import COMMANDS
from handoutpress.reading.entry import BLOCK_KINDS, BlockEntry
from handoutpress.reading.model import docstrings
from handoutpress.reading.protocol import protocol_from
from handoutpress.reading.schema import SCHEMAS
from handoutpress.reading.slots import SLOTS
from handoutpress.reading.yamlreader import read_yaml
from tests.conftest import ROOT
from tools.reference import PAGES
from tools.reference.commands import Documented, documented
from tools.reference.models import FILES

if TYPE_CHECKING:
    from pydantic import BaseModel

REFERENCE = ROOT / "docs" / "reference"
EVERY = list(documented())


def section(page: str, title: str) -> str:
    """Return what a committed page says under a heading, up to the next one."""
    text = (REFERENCE / page).read_text(encoding="utf-8")
    found = re.search(rf"(?ms)^#+ {re.escape(title)}$\n(.*?)(?=^#+ |\Z)", text)
    assert found, f"{page} has no section {title}"
    return found[1]


def keys_below(model: type[BaseModel]) -> set[str]:
    return {info.alias or name for name, info in model.model_fields.items()}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_as_the_program_says_it(name: str) -> None:
    committed = (REFERENCE / name).read_text(encoding="utf-8")
    assert committed == PAGES[name](), "write it anew: make docs"


def test_there_is_no_other_page() -> None:
    assert {path.name for path in REFERENCE.iterdir()} == set(PAGES)


def test_every_command_is_walked_to() -> None:
    assert {each.path[0] for each in EVERY} == set(COMMANDS)
    assert ("outbox", "send") in {each.path for each in EVERY}


@pytest.mark.parametrize("each", EVERY, ids=lambda each: each.title)
def test_every_command_and_option_is_told(each: Documented) -> None:
    said = section("commands.md", each.title)
    assert (each.command.help or "").split("\n")[0].strip() in said
    for option in each.command.params:
        if isinstance(option, click.Option):
            for spelling in (*option.opts, *option.secondary_opts):
                line = re.search(rf"(?m)^- `[^`]*(?<![\w-]){re.escape(spelling)}(?![\w-])[^`]*`: (.+)$", said)
                assert line, f"{each.title}: {spelling} is not told"
                assert re.sub(r"\[[^\]]*\]|\s", "", line[1]), f"{each.title}: {spelling} has no help"
        else:
            assert option.make_metavar(each.context).strip("[].") in said


@pytest.mark.parametrize("kind", BLOCK_KINDS)
def test_every_block_and_key_is_told_with_an_example(kind: str) -> None:
    said = section("blocks.md", kind)
    (field,) = [name for name, info in BlockEntry.model_fields.items() if (info.alias or name) == kind]
    (model,) = [each for each in BlockEntry.model_fields[field].annotation.__args__ if each is not type(None)]  # type: ignore[union-attr]
    for key in keys_below(model) - {"heading", "id"}:
        assert re.search(rf"(?m)^- `{re.escape(key)}` \(.+\): \S", said), f"{kind}: {key} is not told"
    assert f"```yaml\n- {kind}" in said


@pytest.mark.parametrize("name", [name for name in SCHEMAS if name != "handout"])
def test_every_file_and_key_is_told(name: str) -> None:
    said = section("files.md", FILES.get(name, name))
    model = SCHEMAS[name]
    assert set(docstrings(model)) == set(model.model_fields), "every key says what it is"
    for key in keys_below(model):
        assert re.search(rf"(?m)^- `{re.escape(key)}` \(.+\): \S", said), f"{name}: {key} is not told"


def test_every_slot_is_told_with_what_prints_where_it_is_unset() -> None:
    page = (REFERENCE / "slots.md").read_text(encoding="utf-8")
    for path, kind in SLOTS.items():
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{{{path}}}` |")]
        assert ("**nothing prints**" in row) == (kind.unset == "stop")
        assert ("a line for a pen" in row.replace("long ", "").replace("short ", "")) == (
            kind.unset == "write-in"
        )
    for file in (ROOT / "handouts").glob("*/protocol.yaml"):
        said = section("slots.md", file.parent.name)
        for name, slot in protocol_from(read_yaml(file)).slots.items():
            (row,) = [line for line in said.splitlines() if line.startswith(f"- `{{protocol.{name}}}`: ")]
            assert slot.label in row
            assert ("**nothing prints**" in row) == (slot.unset == "stop")
