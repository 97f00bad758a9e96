"""The parts of a sheet that a clinic's changes can point at: its blocks by name, its texts by their words.

Both are read from the values as written, before anything is checked, as the file under a change may have
become another one. Each has a hash of what somebody saw who pointed at it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from handoutpress.reading.yamlfile import Loc

HEAD = ("title", "topic", "summary", "given")
"""The texts of a sheet that stand over its blocks."""
_TEXTS = frozenset((*HEAD, "heading", "say", "ask", "when", "date", "term", "alt"))
"""Keys whose values are words on the page, or read out."""
_LISTS = frozenset(("columns",))
"""Keys whose values are lists of such words."""


@dataclass(frozen=True)
class BlockAsRead:
    """A block of a sheet's file: what it may be called, and what it says as a hash."""

    index: int
    kind: str
    heading: str | None
    id: str | None
    number: int | None
    """Which of several blocks of its kind; None for the only one."""
    digest: str
    texts: tuple[tuple[Loc, str], ...]
    """Its words with their places, from the top of the file."""

    @property
    def loc(self) -> Loc:
        """Where it stands."""
        return ("blocks", self.index)

    @property
    def name(self) -> str:
        """What to call it: its id, or its kind, with a number where several are of that kind."""
        return self.id or self.by_kind

    @property
    def by_kind(self) -> str:
        """Its kind, with its number."""
        return self.kind if self.number is None else f"{self.kind} {self.number}"

    @property
    def names(self) -> tuple[str, ...]:
        """All it may be called."""
        return tuple(name for name in (self.id, self.by_kind, self.heading) if name)


def blocks_of(data: Any) -> list[BlockAsRead]:
    """Return the blocks of a sheet's values; what is no block is told when the sheet itself is checked."""
    written = data.get("blocks") if isinstance(data, dict) else None
    blocks = written if isinstance(written, list) else []
    kinds = [_kind(block) for block in blocks]
    found = []
    for index, (block, kind) in enumerate(zip(blocks, kinds, strict=True)):
        body = next(iter(block.values()), None) if isinstance(block, dict) else None
        own = body if isinstance(body, dict) else {}
        heading, id_ = (own.get(key) if isinstance(own.get(key), str) else None for key in ("heading", "id"))
        number = kinds[: index + 1].count(kind) if kinds.count(kind) > 1 else None
        texts = tuple(_texts(block, ("blocks", index)))
        found.append(BlockAsRead(index, kind, heading, id_, number, hash_of(block), texts))
    return found


def texts_of(data: dict[str, Any]) -> list[tuple[Loc, str]]:
    """Return every text of a sheet's values with its place, in reading order."""
    head = [((name,), data[name]) for name in HEAD if isinstance(data.get(name), str)]
    return [*head, *(text for block in blocks_of(data) for text in block.texts)]


def text_hash(data: dict[str, Any], locs: Sequence[Loc]) -> str:
    """Return 8 hex digits for where a text stands, as under "do" or "do not", and for what it rests on."""
    found = []
    for loc in locs:
        keys = [step for step in loc if isinstance(step, str)]
        beside = at(data, loc[:-1])
        found.append([keys, beside.get("from") if loc[-1] == "say" and isinstance(beside, dict) else None])
    return hash_of(found)


def hash_of(value: Any) -> str:
    """Return 8 hex digits for values as read: other words, other slots or other evidence give others."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=4).hexdigest()


def at(data: Any, loc: Loc) -> Any:
    """Return the value at a place that is there."""
    for step in loc:
        data = data[step]
    return data


def spaced(words: str) -> str:
    """Return words as they are compared: a line end in the file is a space."""
    return " ".join(words.split())


def _kind(block: Any) -> str:
    if isinstance(block, dict) and block:
        return str(next(iter(block)))
    return block if isinstance(block, str) and block else "block"


def _texts(value: Any, loc: Loc) -> Iterator[tuple[Loc, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in _TEXTS and isinstance(inner, str):
                yield (*loc, key), inner
            elif key in _LISTS and isinstance(inner, list):
                yield from (((*loc, key, n), each) for n, each in enumerate(inner) if isinstance(each, str))
            else:
                yield from _texts(inner, (*loc, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*loc, index))
