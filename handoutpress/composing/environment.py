"""The Jinja2 environment: sandboxed, strict, and fed only with the clinic's and the shipped templates.

A clinic's template may come from anywhere, so it gets plain texts, numbers, lists and mappings and none of
our objects; it cannot reach Python's insides, a file or the network. ``shipped:NAME`` names the shipped
copy of a template, so that a clinic's own can extend it and change one block.

Sheets and messages live apart: a clinic's ``templates/email/`` is no part of a sheet's text hash, so no sheet
can use a file of it, and a message uses nothing else.
"""

from __future__ import annotations

import re
import traceback
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jinja2 import (
    BaseLoader,
    FileSystemBytecodeCache,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from handoutpress.composing.identity import is_for_messages
from handoutpress.errors import Place, Problem, ProblemsFound, suggestion
from handoutpress.folders import cache_folder
from handoutpress.places import OutsideError, files_below, inside, state_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2 import Environment

    from handoutpress.places import Places

SHIPPED = "shipped:"

Use = Literal["sheet", "message", "plain-text"]
"""What templates are for: a page, a message's HTML part, or its text part, where nothing is escaped."""


class _ElsewhereError(TemplateNotFound):
    """A template that is there, and not for this use."""


class _Loader(BaseLoader):
    """Finds templates through ``Places``: the clinic's copy first, then the shipped one."""

    def __init__(self, places: Places, use: Use) -> None:
        self.places = places
        self.use = use

    def get_source(self, _environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        try:
            if template.startswith(SHIPPED):
                path = inside(self.places.shipped / "templates", template.removeprefix(SHIPPED))
            else:
                path = self.places.find("templates", template) or Path()
            source = path.read_text(encoding="utf-8")
        except (OutsideError, OSError, UnicodeDecodeError):
            raise TemplateNotFound(template) from None
        # Where the file really is, links followed, and not how it was asked for.
        if is_for_messages(path.resolve(), self.places) != (self.use != "sheet"):
            said = "a message uses only templates below `email/`, and a sheet none of them"
            raise _ElsewhereError(template, f"`{template}` is not for this: {said}")
        return source, str(path), self._unchanged(template, path)

    def _unchanged(self, template: str, path: Path) -> Callable[[], bool]:
        """Return what tells whether a template is still the one that was read, in few looks."""
        state, own = state_of(path), self.places.clinic / "templates" / template
        shadowed = own if not template.startswith(SHIPPED) and own.absolute() != path.absolute() else None

        def unchanged() -> bool:
            try:
                return state_of(path) == state and not (shadowed and shadowed.is_file())
            except OSError:
                return False

        return unchanged


class SheetEnvironment(ImmutableSandboxedEnvironment):
    """Templates with autoescape but for plain text, no unset names, and no functions but ours."""

    def __init__(self, places: Places, use: Use = "sheet") -> None:
        super().__init__(
            loader=_Loader(places, use),
            # By use and not by the file's name: what an HTML part includes is escaped, whatever it is called.
            autoescape=use != "plain-text",
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=(),
            bytecode_cache=_bytecode_cache(use),
        )
        # Whatever loops or invents text has no use on a sheet.
        self.globals = {"range": self.globals["range"], "namespace": self.globals["namespace"]}


@lru_cache(maxsize=8)
def _environment(places: Places, use: Use) -> SheetEnvironment:
    """Return one environment for each clinic and use, so that its templates are compiled once."""
    return SheetEnvironment(places, use)


def _bytecode_cache(use: Use) -> FileSystemBytecodeCache | None:
    """Keep compiled templates beside the cut fonts, never in a clinic's folder: nothing there is executed.

    Escaping is compiled in, and Jinja2 does not tell the two apart: plain text has names of its own.
    """
    folder = cache_folder() / "templates"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    kind = "text_" if use == "plain-text" else ""
    return FileSystemBytecodeCache(str(folder), f"__jinja2_{kind}%s.cache")


def forget_templates() -> None:
    """Have every template read anew: where two saves can have come within one tick of the disk's clock."""
    _environment.cache_clear()


def render(places: Places, template: str, context: Mapping[str, Any], use: Use = "sheet") -> str:
    """Render one template; raises ``ProblemsFound`` with the template's line for whatever is wrong."""
    try:
        return _environment(places, use).get_template(template).render(context)
    except TemplateSyntaxError as error:
        path = Path(error.filename) if error.filename else Path(error.name or template)
        raise ProblemsFound([_problem(error.message or "syntax error", path, error.lineno)]) from None
    except TemplateNotFound as error:
        where = _raised_in(error, places)
        known = isinstance(error, _ElsewhereError) and error.message
        message = known or f"there is no template `{error.name}`"
        hint = "" if known else _near(str(error.name), places)
        raise ProblemsFound([_problem(message, *where, hint) if where else Problem(message)]) from None
    except (
        TemplateError,
        ArithmeticError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
        RecursionError,
        MemoryError,
    ) as error:
        where = _raised_in(error, places)
        message = f"{type(error).__name__}: {error}" if not isinstance(error, TemplateError) else str(error)
        if where is None:
            raise
        unknown = re.match(r"'(\w+)' is undefined", message) if isinstance(error, UndefinedError) else None
        hint = suggestion(unknown[1], list(context), "names here") if unknown else ""
        raise ProblemsFound([_problem(message, *where, hint)]) from None


def _near(name: str, places: Places) -> str:
    """Return a hint at the template that was meant."""
    top = places.shipped / "templates"
    shipped = [path.relative_to(top).as_posix() for path in files_below(top)]
    return suggestion(name, [*(SHIPPED + each for each in shipped), *shipped], "templates")


def _raised_in(error: BaseException, places: Places) -> tuple[Path, int] | None:
    """Return the innermost template line the error came through; Jinja2 rewrites the traceback."""
    roots = [str((root / "templates").resolve()) for root in places.roots]
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if any(str(Path(frame.filename).resolve()).startswith(root) for root in roots):
            return Path(frame.filename), frame.lineno or 1
    return None


def _problem(message: str, path: Path, line: int, hint: str = "") -> Problem:
    try:
        text = path.read_text(encoding="utf-8").splitlines()[line - 1]
    except (OSError, IndexError, UnicodeDecodeError):
        text = ""
    indent = len(text) - len(text.lstrip())
    place = Place(path, line, indent + 1, max(1, len(text.strip())), text)
    return Problem(f"in this template: {message}", place, hint)
