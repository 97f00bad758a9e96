"""The text of a new ``clinic.yaml``, and of its words in other languages, with a comment on every line."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from handoutpress.errors import HandoutError
from handoutpress.places import DEFAULT_LANGUAGE
from handoutpress.reading.topic import protocol_in
from handoutpress.reading.yamlspelling import quoted
from handoutpress.reading.yamltext import YamlText, said
from handoutpress.scaffolding.questions import CHOICES, OWN, as_data, topics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from handoutpress.places import Places
    from handoutpress.reading.protocol import ProtocolSlot
    from handoutpress.reading.yamlediting import Value
    from handoutpress.scaffolding.questions import Key

STARTERS = Path(__file__).parent / "starters"

_ALWAYS = {"letterhead": "true", "require_sign_off": "false"}
"""What a new file says without being asked: how it is anyway, for somebody to change."""


def clinic_text(values: Mapping[Key, Value], places: Places) -> str:
    """Return ``clinic.yaml`` with these values; what was not said stays as a comment."""
    text = starter("clinic.yaml")
    for key, value in as_data(values, OWN).items():
        if key != "protocol":
            text = _with_line(text, key, tuple(value) if isinstance(value, list) else value)
    text += "\n".join(_decisions(values, places, OWN)) + "\n"
    return _checked(text, {**as_data(values, OWN), **_ALWAYS})


def words_text(values: Mapping[Key, Value], places: Places, language: str) -> str:
    """Return ``clinic.LANG.yaml`` with the words that were said in this language."""
    text = starter("clinic-words.yaml")
    for key in ("hours", "after_hours"):
        text = _with_line(text, key, values[language, (key,)])
    text += "\n".join(_decisions(values, places, language)) + "\n"
    return _checked(text, as_data(values, language))


@lru_cache(maxsize=16)
def starter(name: str) -> str:
    """Return the text that a new file begins with."""
    return (STARTERS / name).read_text(encoding="utf-8")


def spelled(value: Value) -> str:
    """Return a text, or the lines of a list, in quotes: so nobody has to know when YAML needs them."""
    if isinstance(value, tuple):
        return "[" + ", ".join(map(quoted, value)) + "]"
    return quoted(value or "")


def _with_line(text: str, key: str, value: Value) -> str:
    """Return the text with a value at a key of the top, its comment in the same column as before."""
    line = re.compile(rf"^(?:# )?{key}: .*?(?P<gap> {{2,}})?(?P<comment>#.*)?$", re.MULTILINE)
    found = line.search(text)
    assert found, key
    plain = key in CHOICES and isinstance(value, str) and not value.isdigit()
    words = f"{key}: {value if plain else spelled(value)}"
    if found["comment"]:
        column = found.start("comment") - found.start()
        words += " " * max(2, column - len(words)) + found["comment"]
    return text[: found.start()] + words + text[found.end() :]


def _decisions(values: Mapping[Key, Value], places: Places, language: str) -> Iterator[str]:
    """Yield the lines of ``protocol``: each topic's questions, those that were answered first."""
    answered: dict[str, dict[str, str]] = as_data(values, language).get("protocol", {})
    asked = {}
    for topic in topics(places, language or DEFAULT_LANGUAGE):
        slots = protocol_in(places, topic, language or DEFAULT_LANGUAGE)[0].slots
        asked[topic] = {name: slot for name, slot in slots.items() if not (language and slot.kind == "days")}
    if any(asked.values()):
        yield "protocol:" if answered else "# protocol:"
    for topic, slots in asked.items():
        if slots:
            yield from _topic(topic, slots, answered.get(topic, {}))


def _topic(topic: str, slots: Mapping[str, ProtocolSlot], given: Mapping[str, str]) -> Iterator[str]:
    yield f"  {topic}:" if given else f"  # {topic}:"
    for name in [name for name in slots if name in given]:
        must = " Its sheets do not print without it." if slots[name].unset == "stop" else ""
        yield f"    # {slots[name].label}.{must}"
        yield f"    {name}: {spelled(given[name])}"
    left = {name: slot for name, slot in slots.items() if name not in given}
    width = max(map(len, left), default=0)
    if left and given:
        yield ""
    for name, slot in left.items():
        whole = "a whole number, " if slot.kind == "days" else ""
        yield f"""    # {f'{name}: ""':<{width + 4}}  # {slot.label}; {whole}like: {slot.example}"""
    yield ""


def _checked(text: str, meant: Mapping[str, object]) -> str:
    """Return a text that says what is meant when it is read back; anything else is a fault of ours."""
    if said(YamlText(text).top) != meant:
        raise HandoutError("What was said cannot be written as YAML. Nothing was written.")
    return text.rstrip("\n") + "\n"
