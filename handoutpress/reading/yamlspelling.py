"""How a text is written as a YAML scalar: as the one it replaces, else so that no reader can mistake it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBER = re.compile("0|[1-9][0-9]{0,8}")
_LONGEST_PLAIN = 160
_GUESSED = yaml.resolver.Resolver()
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\u00a0": "\\_"}


def spellings(value: str, style: str | None) -> list[str]:
    """Return how a text may be written, first as the old one was (PyYAML's ``style``).

    The last is always right. A plain one is only a try: what stands around it decides whether it reads back.
    """
    found = []
    if not style and _is_no_guess(value):
        found.append(value)
    if style == "'" and value.isprintable():
        found.append("'" + value.replace("'", "''") + "'")
    return [*found, quoted(value)]


def quoted(value: str) -> str:
    """Return a text in double quotes on one line; what cannot be seen is escaped, so that it is seen."""
    return '"' + "".join(_escaped(character) for character in value) + '"'


def as_key(key: str) -> str:
    """Return a key as it is written before its colon."""
    return key if re.fullmatch("[A-Za-z][A-Za-z0-9_-]*", key) and _is_no_guess(key) else quoted(key)


def on_one_line(value: str | tuple[str, ...]) -> str:
    """Return a text or list where none was before: only numbers and truths are without quotes."""
    if isinstance(value, tuple):
        return "[" + ", ".join(map(quoted, value)) + "]"
    return value if _is_plain_for_all(value) else quoted(value)


def in_flow(keys: Sequence[str], value: str | tuple[str, ...]) -> str:
    """Return ``a: {b: "c"}`` for the keys a and b."""
    inner = on_one_line(value)
    for key in reversed(keys[1:]):
        inner = f"{{{as_key(key)}: {inner}}}"
    return f"{as_key(keys[0])}: {inner}"


def _is_plain_for_all(value: str) -> bool:
    return value in ("true", "false") or _NUMBER.fullmatch(value) is not None


def _is_no_guess(value: str) -> bool:
    """Whether no reader of YAML takes this for anything but what it says, if it stands without quotes.

    ``no``, 8:30 and 01632 are guessed at; 7 and true are what they look like. A long one is not tried: it
    could be a thousand brackets.
    """
    if _is_plain_for_all(value):
        return True
    if not value.isprintable() or not value[:1].isalnum() or value[0] == "0" or len(value) > _LONGEST_PLAIN:
        return False
    guess: Any = _GUESSED.resolve(yaml.ScalarNode, value, (True, False))  # type: ignore[no-untyped-call]
    return bool(guess == "tag:yaml.org,2002:str")


def _escaped(character: str) -> str:
    if character in _SHORT or character.isprintable():
        return _SHORT.get(character, character)
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
