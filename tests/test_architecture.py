"""The order of the stages: imports point down only, and each outside library has one home."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = ROOT / "handoutpress"
MODULES = sorted(PACKAGE.rglob("*.py"))

# From the ground up. delivery stands below typesetting: fonts and engine keep what they make in the cache
# with its write_whole, while nothing in delivery knows of sheets, fonts or the engine.
ORDER = (
    "errors",
    "folders",
    "places",
    "reading",
    "wish",
    "composing",
    "editing",
    "delivery",
    "typesetting",
    "machine",
    "press",
    "signing",
    "ejecting",
    "scaffolding",
    "amending",
    "packets",
    "plates",
    "dispatch",
    "batch",
    "desk",
    "preview",
    "cli",
    "__main__",
)
HOMES = {
    "jinja2": "composing desk",  # the sheets' templates, which a clinic may write, and the desk's own pages
    "starlette": "desk preview",
    "uvicorn": "desk preview",
    "pypdfium2": "desk",
    "watchfiles": "preview",
    "weasyprint": "typesetting",
    "pydyf": "typesetting",
    "pikepdf": "typesetting",
    "email_validator": "reading",
    "smtplib": "delivery",
    "sqlite3": "delivery",
    "keyring": "delivery",
    "click": "cli",
}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module a tree imports, under TYPE_CHECKING and inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import hides where it points"
            assert node.module
            if node.module == "handoutpress":
                yield from (f"handoutpress.{alias.name}" for alias in node.names)
            else:
                yield node.module


def stage(module: str) -> str:
    return module.split(".")[1]


def upward(module: str, tree: ast.AST) -> set[tuple[str, str]]:
    if module == "handoutpress":
        return {(module, name) for name in imported(tree) if name.startswith("handoutpress")}
    level = ORDER.index(stage(module))
    found = set()
    for name in imported(tree):
        if name.startswith("handoutpress.") and name != "handoutpress.__version__":
            assert stage(name) in ORDER, f"{name} has no place in the order"
            if ORDER.index(stage(name)) > level:
                found.add((module, name))
    return found


def outsiders(module: str, tree: ast.AST) -> list[str]:
    own = module.split(".")[1] if "." in module else ""
    tops = {name.split(".")[0] for name in imported(tree)}
    return sorted(top for top in tops if top in HOMES and own not in HOMES[top].split())


def prints(tree: ast.AST) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"print", "pprint"}
    ]


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    return {name_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}


def test_every_module_has_a_place_in_the_order(trees: dict[str, ast.Module]) -> None:
    assert len(trees) > 40
    assert {stage(module) for module in trees if "." in module} == set(ORDER)


def test_imports_point_down_only(trees: dict[str, ast.Module]) -> None:
    found = set().union(*(upward(module, tree) for module, tree in trees.items()))
    assert found == set()


def test_each_library_is_imported_in_its_home_and_nowhere_else(trees: dict[str, ast.Module]) -> None:
    assert {module: found for module, tree in trees.items() if (found := outsiders(module, tree))} == {}
    used = {name.split(".")[0] for tree in trees.values() for name in imported(tree)}
    assert set(HOMES) <= used


def test_nothing_prints_with_print(trees: dict[str, ast.Module]) -> None:
    assert {module: found for module, tree in trees.items() if (found := prints(tree))} == {}


def test_every_module_says_what_it_is(trees: dict[str, ast.Module]) -> None:
    assert [module for module, tree in trees.items() if not ast.get_docstring(tree)] == []


def test_no_module_is_long() -> None:
    lines = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {path: count for path, count in lines.items() if count > 300} == {}


def test_the_rules_see_what_they_forbid() -> None:
    hidden = (
        "if TYPE_CHECKING:\n    from handoutpress.press import Copy\ndef f():\n    import jinja2.sandbox\n"
    )
    tree = ast.parse(hidden + "print(1)\n")
    assert upward("handoutpress.reading.x", tree) == {("handoutpress.reading.x", "handoutpress.press")}
    assert upward("handoutpress.cli.x", tree) == set()
    assert outsiders("handoutpress.reading.x", tree) == ["jinja2"]
    assert outsiders("handoutpress.composing.x", tree) == []
    assert prints(tree) == [5]
