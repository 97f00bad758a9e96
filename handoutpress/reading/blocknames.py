"""What the blocks of a sheet are called, so that a clinic can point at one of them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handoutpress.reading.yamlfile import Loc, YamlFile


@dataclass(frozen=True)
class BlockAsRead:
    """A block of a sheet's file: what it may be called, and what it says as a hash."""

    index: int
    kind: str
    heading: str | None
    names: tuple[str, ...]
    """The id, the heading, the kind (with a number where several are of that kind), as far as it has them."""
    digest: str
    says: tuple[str, ...]
    """The words of its statements."""

    @property
    def name(self) -> str:
        """What to call it: its id, or its kind."""
        return self.names[0]


def blocks_of(yaml: YamlFile) -> list[BlockAsRead]:
    """Return the blocks of a sheet's file; what is no block is told when the sheet itself is checked."""
    written = yaml.data.get("blocks") if isinstance(yaml.data, dict) else None
    kinds = [_kind(block) for block in written] if isinstance(written, list) else []
    found = []
    for index, kind in enumerate(kinds):
        block = written[index] if written else None
        body = next(iter(block.values()), None) if isinstance(block, dict) else None
        own = body if isinstance(body, dict) else {}
        number = f" {kinds[: index + 1].count(kind)}" if kinds.count(kind) > 1 else ""
        names = (own.get("id"), f"{kind}{number}", own.get("heading"))
        called = tuple(name for name in names if isinstance(name, str) and name)
        found.append(BlockAsRead(index, kind, own.get("heading"), called, block_hash(block), _says(block)))
    return found


def block_hash(block: Any) -> str:
    """Return 8 hex digits for a block as read: other words, other slots or other evidence give others."""
    text = json.dumps(block, ensure_ascii=False, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()


def _says(block: Any) -> tuple[str, ...]:
    return tuple(" ".join(words.split()) for _, words in sayings(block))


def _kind(block: Any) -> str:
    if isinstance(block, dict) and block:
        return str(next(iter(block)))
    return block if isinstance(block, str) else ""


def sayings(value: Any, loc: Loc = ()) -> Iterator[tuple[Loc, str]]:
    """Yield each statement's place and words."""
    if isinstance(value, dict):
        if isinstance(value.get("say"), str):
            yield loc, value["say"]
        for name, inner in value.items():
            yield from sayings(inner, (*loc, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from sayings(inner, (*loc, index))
