"""The small markup inside a text: ``**strong**``, ``[label](https://...)`` and ``{slot}``.

A text is parsed once, when it is read, into a tuple of parts. Nothing in it is ever evaluated: a slot
is looked up in a closed list, and whatever is not one of the three marks is plain text.
``{{`` and ``}}`` stand for the braces themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic_core import PydanticCustomError, core_schema

from handoutpress.reading.slots import Slot, SlotError, parse_slot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that matter most: ``**like this**``."""

    parts: tuple[str | Slot, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A link whose words say where it goes."""

    label: str
    url: str


Part = str | Slot | Strong | Link

_MARK = re.compile(
    r"(?P<escape>\{\{|\}\})"
    r"|(?P<slot>\{[^{}]*\})"
    r"|(?P<strong>\*\*(?P<inner>.+?)\*\*)"
    r"|(?P<link>\[(?P<label>[^\[\]]+)\]\((?P<url>[^()\s]+)\))"
    r"|(?P<stray>[{}]|\*\*)"
)


@dataclass(frozen=True, slots=True)
class Inline:
    """One text with its marks parsed. ``source`` is what was written."""

    source: str
    parts: tuple[Part, ...]

    def slots(self) -> Iterator[Slot]:
        """Yield every slot, those inside strong words too."""
        for part in self.parts:
            if isinstance(part, Slot):
                yield part
            elif isinstance(part, Strong):
                yield from (inner for inner in part.parts if isinstance(inner, Slot))

    def links(self) -> Iterator[Link]:
        """Yield every link."""
        return (part for part in self.parts if isinstance(part, Link))

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: Any, _handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _validated, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "minLength": 1, "maxLength": LONGEST}

    def __str__(self) -> str:
        return self.source


Text = Annotated[Inline, "a text with the small markup"]


def _validated(value: Any) -> Inline:
    if isinstance(value, Inline):
        return value
    if not isinstance(value, str) or not value.strip():
        raise PydanticCustomError("text", "expected a text")
    if len(value) > LONGEST:
        raise PydanticCustomError("text", "longer than {longest} characters; split it", {"longest": LONGEST})
    return parse(value)


def parse(source: str) -> Inline:
    """Parse one text; line breaks count as spaces.

    Raises ``PydanticCustomError`` with the ``offset`` and ``width`` of the first mark that is wrong.
    """
    text = re.sub(r"[ \t\r\n]+", " ", source).strip(" ")  # a no-break space stays one
    exact = text == source  # only then do offsets fit the file
    parts = tuple(_merged(_parts(text, exact=exact)))
    return Inline(text, parts)


def _parts(text: str, *, exact: bool, start: int = 0, nested: bool = False) -> Iterator[Part]:
    position = 0
    for found in _MARK.finditer(text):
        yield text[position : found.start()]
        position = found.end()
        at = {
            "offset": start + found.start() if exact else 0,
            "width": len(found[0]) if exact else 0,
        }
        if found["escape"]:
            yield found["escape"][0]
        elif found["slot"]:
            try:
                yield parse_slot(found["slot"][1:-1])
            except SlotError as error:
                raise _wrong(str(error), error.hint, at) from None
        elif found["strong"] and not nested:
            inner = _parts(found["inner"], exact=exact, start=start + found.start() + 2, nested=True)
            yield Strong(tuple(part for part in _merged(inner) if isinstance(part, str | Slot)))
        elif found["link"] and not nested:
            yield _link(found["label"], found["url"], at)
        else:
            mark = found[0]
            hint = "two `**` around the words" if "*" in mark else f"write `{mark * 2}` for the brace"
            raise _wrong(f"a stray `{mark}`" if len(mark) < 3 else f"`{mark}` cannot stand here", hint, at)
    yield text[position:]


def _link(label: str, url: str, at: dict[str, int]) -> Link:
    if not re.fullmatch(r"(https://|mailto:|tel:)[^\s\"'<>\\{}|^`]+", url):
        raise _wrong(f"the address `{url}` cannot be printed", "use an https:, mailto: or tel: link", at)
    if re.match(r"(https?://|www\.)", label) or label.lower() in {"here", "click here", "link"}:
        raise _wrong(
            f"the link text `{label}` does not say where it goes",
            "name the page in words; a screen reader reads only these",
            at,
        )
    return Link(label, url)


def _merged(parts: Iterator[Part]) -> Iterator[Part]:
    """Join neighbouring strings and leave empty ones out."""
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
            continue
        if text:
            yield text
            text = ""
        yield part
    if text:
        yield text


def _wrong(message: str, hint: str, at: dict[str, int]) -> PydanticCustomError:
    context: dict[str, Any] = {"said": message, "hint": hint, **at}
    return PydanticCustomError("inline", "{said}", context)
