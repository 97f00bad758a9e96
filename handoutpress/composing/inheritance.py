"""What a template builds on and which blocks it has, read without rendering it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import Environment, TemplateSyntaxError, nodes

from handoutpress.composing.environment import SHIPPED
from handoutpress.errors import Place, Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Inheritance:
    """The templates that a template names, and its own blocks."""

    extends: str | None
    """The template it extends, as written, such as ``shipped:sheet.html``."""
    uses: tuple[str, ...]
    """All that it extends, includes or imports, as written."""
    blocks: tuple[str, ...]
    """Its blocks, in reading order."""

    def builds_on_shipped(self, name: str) -> bool:
        """Whether it uses the shipped copy of the template ``name``, so that it follows its changes."""
        return SHIPPED + name in self.uses


def read_inheritance(path: Path) -> Inheritance:
    """Read what a template builds on; raises ``ProblemsFound`` where it is no template at all."""
    tree = parse_template(path)
    extends = next((name for node in tree.find_all(nodes.Extends) if (name := named_by(node))), None)
    used = [name for node in naming(tree) if (name := named_by(node))]
    blocks = sorted(tree.find_all(nodes.Block), key=lambda block: block.lineno)
    return Inheritance(extends, tuple(used), tuple(dict.fromkeys(block.name for block in blocks)))


def parse_template(path: Path) -> nodes.Template:
    """Return a template as Jinja2 parses it; raises ``ProblemsFound``."""
    try:
        return Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
    except TemplateSyntaxError as error:
        message = f"not readable as a template: {error.message}"
        raise ProblemsFound([Problem(message, Place(path, error.lineno, 1))]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProblemsFound([Problem(f"cannot be read: {error}", Place(path))]) from None


def naming(tree: nodes.Template) -> Iterator[nodes.Node]:
    """Yield the parts of a template that name another one."""
    for kind in (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport):
        yield from tree.find_all(kind)


def named_by(node: nodes.Node) -> str | None:
    """Return the template that a node names; None for one that is worked out while rendering."""
    template = getattr(node, "template", None)
    value = template.value if isinstance(template, nodes.Const) else None
    return value if isinstance(value, str) else None
