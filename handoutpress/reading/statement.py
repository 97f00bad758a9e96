"""Statements: what is said to the patient, each with what it rests on; and the walks over a sheet's texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from handoutpress.reading.inline import Inline
from handoutpress.reading.model import Model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handoutpress.reading.yamlfile import Loc

T = TypeVar("T")

_MARK = re.compile(r"\{\s*[A-Za-z_]+\.[^{}]*\}|\*\*.+?\*\*", re.DOTALL)


def _without_marks(value: str) -> str:
    """Refuse the marks of a statement where nothing reads them: a patient would get the braces."""
    if found := _MARK.search(value):
        context = {
            "said": f"`{found[0]}` would be printed as it is",
            "hint": "slots and ** stand in `say:` only; this text is printed as it is",
            "offset": found.start(),
            "width": len(found[0]),
        }
        raise PydanticCustomError("words", "{said}", context)
    return value


Unmarked = AfterValidator(_without_marks)
"""For texts that are printed as they are."""

Words = Annotated[str, StringConstraints(min_length=1, max_length=120), Unmarked]
"""A heading, label or question: plain words, no markup."""

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
"""A language tag: en, es, en-GB."""

Reference = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{2,3}$")]


class Statement(Model):
    """Something said to the patient, and what it rests on."""

    say: Inline
    """The words on the page. `**strong**`, `[label](https://...)` and `{slots}` may be used."""
    from_: Annotated[tuple[Reference, ...], Field(alias="from", min_length=1)]
    """The claims, facts or practical entries of evidence.yaml behind it, such as [C26, G01]."""


def statements(value: object) -> Iterator[tuple[Loc, Statement]]:
    """Yield every statement under a model with its place in the file, in reading order."""
    return walk(value, Statement)


def inlines(value: object) -> Iterator[tuple[Loc, Inline]]:
    """Yield every text with markup under a model, statements' and others', with its place."""
    return walk(value, Inline)


def walk(
    value: object, wanted: type[T] | tuple[type[T], ...], loc: Loc = (), without: frozenset[str] = frozenset()
) -> Iterator[tuple[Loc, T]]:
    """Yield everything of some types under a model, with its place in the file, in the order of the fields.

    Fields named in ``without`` are passed over.
    """
    if isinstance(value, wanted):
        yield loc, value
    elif isinstance(value, Model):
        for name, info in type(value).model_fields.items():
            if name not in without:
                yield from walk(getattr(value, name), wanted, (*loc, info.alias or name), without)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from walk(item, wanted, (*loc, index), without)
