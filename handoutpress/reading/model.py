"""The base of every model, and the way from a file to one: validate, and say what is wrong in place."""

from __future__ import annotations

import ast
import inspect
import itertools
import os
import textwrap
import types
import typing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, Union

# Pydantic looks through every installed package for plugins, 25 ms at each start; there are none for us.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from pydantic import BaseModel, ConfigDict, ValidationError

from handoutpress.errors import Problem, ProblemsFound, suggestion

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from handoutpress.reading.yamlfile import Loc, YamlFile


def docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Return what is written under each field of a model.

    Pydantic can do this for every model as it is defined (``use_attribute_docstrings``), at a fifth of the
    time that ``list`` takes; only schemas and hints need it.
    """
    found: dict[str, str] = {}
    for owner in reversed(model.__mro__[:-1]):
        if not issubclass(owner, Model) or owner is Model:
            continue
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
        assert isinstance(definition, ast.ClassDef)
        for field, text in itertools.pairwise(definition.body):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                match text:
                    case ast.Expr(value=ast.Constant(value=str(words))):
                        found[field.target.id] = " ".join(words.split())
    return found


def _describe(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Add each field's docstring to a model's JSON Schema."""
    written = docstrings(model)
    for name, info in model.model_fields.items():
        shown = schema.get("properties", {}).get(info.alias or name)
        if shown is not None and name in written:
            shown["description"] = written[name]


class Model(BaseModel):
    """A frozen model that refuses keys it does not know."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        str_strip_whitespace=True,
        defer_build=True,
        json_schema_extra=_describe,
    )


M = TypeVar("M", bound=Model)


def validate(model: type[M], file: YamlFile, **context: object) -> M:
    """Return the file's values as ``model``; raises ``ProblemsFound`` with every problem in its place."""
    try:
        return model.model_validate(file.data, context=context)
    except ValidationError as error:
        found = [details for details in error.errors(include_url=False) if not _follows(details)]
        problems = [_problem(model, file, details) for details in found]
        raise ProblemsFound(problems) from None


def _follows(details: ErrorDetails) -> bool:
    """Whether this only follows from others: a list with a wrong item counts as too short."""
    given, least = details["input"], details.get("ctx", {}).get("min_length")
    return details["type"] == "too_short" and isinstance(given, list) and len(given) >= (least or 0)


def _problem(model: type[Model], file: YamlFile, details: ErrorDetails) -> Problem:
    """Turn one of pydantic's errors into a sentence with a place and a hint."""
    kind = details["type"]
    context = details.get("ctx", {})
    loc: Loc = _existing(file, (*details["loc"], *context.get("at", ())))
    name = details["loc"][-1] if details["loc"] else ""
    if kind == "extra_forbidden":
        known = _keys_at(model, details["loc"][:-1])
        what = "block" if "key-points" in known else "key"
        return Problem(
            f'unknown {what} "{name}"',
            file.place(loc, key=True),
            suggestion(str(name), known, f"{what}s here"),
        )
    if kind == "missing":
        parent = loc if loc != details["loc"] else loc[:-1]
        return Problem(
            f'"{name}" is missing',
            file.place(parent, key=True),
            _description(model, details["loc"]),
        )
    if context.get("width"):
        place = file.place_in(loc, context["offset"], context["width"])
        return Problem(context["said"], place, context.get("hint", ""))
    message = context.get("said") or plain_message(details)
    place = file.place(loc)
    if context.get("hidden"):  # a secret must not end on a screen or in a log
        place = replace(place, text="")
    if context.get("named"):  # what is wrong is one key of the mapping that was checked
        name = context["at"][-1]
    return Problem(f"{_named(name)}{message}", place, context.get("hint", ""))


def _named(name: str | int) -> str:
    return f'"{name}": ' if isinstance(name, str) and name else ""


def plain_message(details: ErrorDetails) -> str:
    """Say one of pydantic's complaints in a practice manager's words."""
    kind, context = details["type"], details.get("ctx", {})
    given = details["input"]
    shown = f"`{given}`" if isinstance(given, str) and len(given) < 40 else "this"
    if given is None:
        return "is empty"
    match kind:
        case "literal_error" | "enum":
            return f"{shown} is not one of {context['expected']}"
        case "model_type" | "dict_type" | "model_attributes_type":
            return "expected `key: value` lines here"
        case "list_type" | "tuple_type":
            return 'expected a list: lines that start with "- "'
        case "string_type":
            return "expected a text, not a list or mapping"
        case "too_short" | "string_too_short":
            return f"needs at least {context.get('min_length')}"
        case "too_long" | "string_too_long":
            return f"has more than {context.get('max_length')}"
        case "greater_than_equal" | "less_than_equal":
            least, most = context.get("ge"), context.get("le")
            return f"{shown} is {'less than ' + str(least) if most is None else 'more than ' + str(most)}"
        case "int_parsing" | "int_type":
            return f"{shown} is not a whole number"
        case "date_from_datetime_parsing" | "date_parsing" | "date_type":
            return f"{shown} is not a date; write it as 2026-11-23"
        case "string_pattern_mismatch":
            return f"{shown} is not written as expected"
    return details["msg"][:1].lower() + details["msg"][1:]


def _existing(file: YamlFile, loc: Loc) -> Loc:
    """Cut from ``loc`` the steps that are pydantic's own and not keys of the file."""
    value: Any = file.data
    kept: list[str | int] = []
    for step in loc:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            continue
        kept.append(step)
    return tuple(kept)


def _models_in(annotation: Any) -> list[type[Model]]:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return [annotation]
    if typing.get_origin(annotation) in (
        Union,
        types.UnionType,
        tuple,
        list,
        dict,
        typing.Annotated,
    ):
        return [model for inner in typing.get_args(annotation) for model in _models_in(inner)]
    return []


def _model_at(model: type[Model], loc: Loc) -> type[Model] | None:
    """Return the model that describes the mapping at ``loc``."""
    current: type[Model] | None = model
    for step in loc:
        if current is None or isinstance(step, int):
            continue
        field = _fields(current).get(step)
        if field is None:
            continue
        inner = _models_in(current.model_fields[field].annotation)
        current = inner[0] if inner else None
    return current


def _fields(model: type[Model]) -> dict[str, str]:
    """Map each key as written to its field."""
    return {info.alias or name: name for name, info in model.model_fields.items()}


def _keys_at(model: type[Model], loc: Loc) -> list[str]:
    found = _model_at(model, loc)
    return list(_fields(found)) if found else []


def _description(model: type[Model], loc: Loc) -> str:
    parent = _model_at(model, loc[:-1])
    name = _fields(parent).get(str(loc[-1])) if parent else None
    return docstrings(parent).get(name, "") if parent and name else ""
