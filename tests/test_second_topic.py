"""Another topic is YAML and pictures alone: nothing in the program knows what any sheet is about."""

from __future__ import annotations

import ast
import re
import shutil
from typing import TYPE_CHECKING

import pypdfium2
import pytest

from handoutpress.places import Places, shipped_folder
from handoutpress.press import make_copy
from handoutpress.reading.topic import read_evidence
from handoutpress.wish import Copy, Wish

from .conftest import EACH, LIBRARY, ROOT, SHEETS, TODAY, declared_pages
from .verapdf import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HERE = Places(shipped_folder(), shipped_folder())
TOPIC = ROOT / "handouts" / "stitches"
SECOND = ("stitches-aftercare", "stitches-at-a-glance", "stitches-before")
PROGRAM = ("handoutpress", "templates", "styles")
TREATMENTS = re.compile(r"needling|\bstitches-", re.IGNORECASE)
EXAMPLE = re.compile(r"(?:such as|names are like) [\w/-]*microneedling[\w/.-]*")
"""A hint may show what a name looks like."""


def test_every_sheet_is_of_one_of_the_two_topics() -> None:
    assert sorted((*SHEETS, *SECOND)) == list(LIBRARY)


def test_the_topic_is_yaml_and_svg() -> None:
    assert {file.suffix for file in TOPIC.rglob("*") if file.is_file()} == {".yaml", ".svg"}


def test_every_fact_has_a_source_and_every_source_a_fact() -> None:
    evidence = read_evidence(HERE, "stitches")
    assert evidence.document is None
    assert not evidence.claims
    without = [name for name, fact in evidence.facts.items() if not fact.sources]
    assert without == [name for name, fact in evidence.facts.items() if fact.basis == "background"]
    assert {source for fact in evidence.facts.values() for source in fact.sources} == set(evidence.sources)


def test_every_fact_is_said_on_a_sheet() -> None:
    said = {
        name
        for sheet in SECOND
        for name in re.findall(r"\b[GP]\d\d\b", (TOPIC / f"{sheet}.yaml").read_text(encoding="utf-8"))
    }
    assert set(read_evidence(HERE, "stitches").facts) <= said


# A clinic each, both languages, papers and editions.
@pytest.mark.parametrize(("clinic", "language", "paper", "edition"), EACH)
def test_its_sheets_are_as_long_as_declared_and_conform(
    shipped: Callable[..., Copy], clinic: str, language: str, paper: str, edition: str, tmp_path: Path
) -> None:
    files = []
    for name in SECOND:
        file = tmp_path / f"{name}.pdf"
        file.write_bytes(shipped(name, clinic, paper, edition, language).pdf)
        files.append(file)
        if edition == "standard":
            assert len(pypdfium2.PdfDocument(file)) == declared_pages(name, language), name
    verdicts = validate(files)
    assert len(verdicts) == 2 * len(files)
    assert [str(verdict) for verdict in verdicts if not verdict.compliant] == []


def test_it_is_made_where_no_other_topic_is(tmp_path: Path) -> None:
    here = tmp_path / "shipped"
    shutil.copytree(TOPIC, here / "handouts" / "stitches")
    for folder in ("templates", "styles"):
        shutil.copytree(shipped_folder() / folder, here / folder)
    clinic = tmp_path / "clinic"
    clinic.mkdir()
    text = (ROOT / "clinics" / "example" / "clinic.yaml").read_text(encoding="utf-8")
    (clinic / "clinic.yaml").write_text(text.split("\nprotocol:")[0], encoding="utf-8")
    (clinic / "_brand.yml").write_text('color: {primary: "#1f5c66"}\n', encoding="utf-8")
    copy = make_copy("stitches-aftercare", Places(clinic, here), Wish(today=TODAY))
    page = pypdfium2.PdfDocument(copy.pdf)[0].get_textpage().get_text_range()
    assert "Caring for your stitches" in page


def test_no_code_names_a_treatment() -> None:
    sources = [*(ROOT / "handoutpress").rglob("*.py"), ROOT / "generate.py"]
    assert len(sources) > 100
    found = [
        f"{file.relative_to(ROOT)}:{line}: {text}"
        for file in sources
        if not file.is_relative_to(ROOT / "handoutpress" / "cli")  # whose help shows examples
        for line, text in _named(file)
        if TREATMENTS.search(EXAMPLE.sub("", text))
    ]
    assert found == []


def test_no_template_style_page_or_word_list_names_a_treatment() -> None:
    kinds = {".html", ".txt", ".css", ".js", ".svg", ".yaml", ".json", ".java"}
    files = [file for folder in PROGRAM for file in (ROOT / folder).rglob("*") if file.suffix in kinds]
    assert len(files) > 50
    found = {
        str(file.relative_to(ROOT)) for file in files if TREATMENTS.search(file.read_text(encoding="utf-8"))
    }
    # The editor's vocabulary: trade words that any dermatologist's sheet may use, and must explain.
    assert found == {"handoutpress/editing/words/en.yaml", "handoutpress/editing/words/es.yaml"}


def test_in_the_command_line_only_help_names_a_treatment() -> None:
    for file in (ROOT / "handoutpress" / "cli").glob("*.py"):
        for _, text in _named(file):
            for line in text.splitlines():
                if TREATMENTS.search(line):
                    assert re.match(r" +[a-z-]+(?: [a-z]+)? microneedling-", line), f"{file.name}: {line}"


def _named(file: Path) -> Iterator[tuple[int, str]]:
    """Yield every string and name in a module's code, with its line; not its docstrings."""
    source = file.read_text(encoding="utf-8")
    if not TREATMENTS.search(source):
        return  # which spares the parser most of them
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value
        elif isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.lineno, node.name
