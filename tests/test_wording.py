"""Passive advice, long sentences and lists, capitals: texts that stop and texts that pass."""

from __future__ import annotations

import pytest

from handoutpress.editing.lexicon import read_lexicon
from handoutpress.editing.lines import Line
from handoutpress.editing.wording import (
    capitals,
    long_list,
    long_sentence,
    passive,
)
from tests.said import EN, ES, found

# Passive --------------------------------------------------------------------------------------------------

PASSIVES = [
    "Sunscreen should be applied.",
    "Hands must be washed.",
    "Makeup should be avoided.",
    "The skin should not be touched.",
    "The cream has to be used twice a day.",
    "A hat must always be worn.",
    "Sun is to be avoided.",
    "Scabs should never be picked.",
    "These pills should be taken with food.",
]
NO_PASSIVES = [
    "Needles should be sterile.",
    "It should be done in germ-free conditions.",
    "Your skin should be healthy before you start.",
    "Put on sunscreen.",
    "Needles should be used once.",
    "The skin must be cleaned before the needles are used.",
    "You must be 22 or older.",
    "You should be called back in a day.",
    "Should makeup be avoided?",
    "The cream should be applied by your nurse.",
    "Your skin will be cleaned.",
    "It has to be done the right way.",
    "Makeup can be worn from day 2.",
    "Use the products you were told to use.",
    "The plan should be changed to fit your skin.",
    "Your questions should be answered.",
]
SPANISH_PASSIVES = [
    "El protector debe ser aplicado.",
    "Las manos deben ser lavadas.",
    "El maquillaje debería ser evitado.",
    "La crema tiene que ser usada dos veces.",
    "La piel no debe ser tocada.",
    "Las pastillas deben ser tomadas con comida.",
    "El sol ha de ser evitado.",
    "El gel debe ser siempre aplicado.",
]
NO_SPANISH_PASSIVES = [
    "Se debe aplicar el protector.",
    "Póngase protector solar.",
    "Las agujas deben ser estériles.",
    "Las agujas deben ser usadas una sola vez.",
    "Debe ser mayor de edad.",
    "Tiene que hacerse bien.",
    "La crema debe ser aplicada por su enfermera.",
    "¿Debe ser evitado el maquillaje?",
]


@pytest.mark.parametrize("text", PASSIVES)
def test_passive_found(text: str) -> None:
    assert found(passive, text)


@pytest.mark.parametrize("text", NO_PASSIVES)
def test_passive_passes(text: str) -> None:
    assert found(passive, text) == []


@pytest.mark.parametrize("text", SPANISH_PASSIVES)
def test_spanish_passive_found(text: str) -> None:
    assert found(passive, text, ES)


@pytest.mark.parametrize("text", NO_SPANISH_PASSIVES)
def test_spanish_passive_passes(text: str) -> None:
    assert found(passive, text, ES) == []


# Length ---------------------------------------------------------------------------------------------------


def counted(words: int, first: str = "Skin") -> str:
    return " ".join([first, *["heals"] * (words - 1)]) + "."


@pytest.mark.parametrize(
    ("text", "kind", "stops"),
    [
        (counted(26), "paragraph", True),
        (counted(25), "paragraph", False),
        (counted(21), "do-dont", True),
        (counted(20), "do-dont", False),
        (counted(21), "steps", True),
        (counted(21, "You should"), "paragraph", True),
        (counted(22, "Do not"), "table", True),
        (counted(21), "warning", False),
        (counted(14) + " " + counted(14), "steps", False),
        (counted(30), "sources", False),
    ],
)
def test_long_sentence(text: str, kind: str, stops: bool) -> None:
    assert bool(found(long_sentence, text, kind=kind)) is stops


def test_the_action_over_a_warning_is_advice() -> None:
    where = ("blocks", 0, "warning", "call", "action", "say")
    assert list(long_sentence([Line(counted(21), "say", "warning", where, 0)], EN))


def items(kind: str, *path: str | int, count: int = 8, last: tuple[str | int, ...] = ("say",)) -> list[Line]:
    return [Line("One", "say", kind, ("blocks", 0, kind, *path, n, *last), 0) for n in range(count)]


@pytest.mark.parametrize(
    "lines",
    [
        items("checklist", "items"),
        items("key-points", "points"),
        items("do-dont", "dont"),
        items("warning", "call", "signs"),
        items("steps", "steps"),
        items("questions", "suggested"),
        items("glossary", "terms", last=("meaning", "say")),
        items("timeline", "moments", last=("expect", 0, "say")),
    ],
)
def test_long_list_found(lines: list[Line]) -> None:
    (finding,) = long_list(lines, EN)
    assert finding.line is lines[7]
    assert list(long_list(lines[:7], EN)) == []


@pytest.mark.parametrize(
    "lines",
    [
        items("table", "rows", last=(0, "say")),
        items("table", "rows", 0, last=("say",)),
        items("paragraph", "text"),
        items("faq", "questions", 0, "answer"),
        items("timeline", "moments", 0, "expect"),
        items("sources", "items"),
        [*items("do-dont", "do", count=5), *items("do-dont", "dont", count=5)],
        [Line("One", "say", "notes", ("blocks", n, "notes", "say"), n) for n in range(12)],
    ],
)
def test_long_list_passes(lines: list[Line]) -> None:
    assert list(long_list(lines, EN)) == []


# Capitals -------------------------------------------------------------------------------------------------

SHOUTS = [
    "DO NOT pick.",
    "NEVER pick.",
    "Call us NOW.",
    "KEEP OUT",
    "This is IMPORTANT.",
    "CALL THE CLINIC",
    "READ THIS FIRST",
    "STOP.",
]
NO_SHOUTS = [
    "In the US, tell FDA MedWatch.",
    "Sunscreen of SPF 30",
    "RF (radiofrequency) microneedling",
    "Call your NHS or CDC line.",
    "UVA/UVB cream",
    "A plan I like",
    "Ask the FDA.",
    "OK for you? Ask.",
    "FDA MMWR report",
    "It is from the AAD.",
]


@pytest.mark.parametrize("text", SHOUTS)
def test_capitals_found(text: str) -> None:
    assert len(found(capitals, text)) == 1


@pytest.mark.parametrize("text", NO_SHOUTS)
def test_capitals_pass(text: str) -> None:
    assert found(capitals, text) == []


@pytest.mark.parametrize("text", ["صفحة للتجربة فقط", "Это страница для проверки", "只用于测试的页面"])
def test_a_script_with_other_capitals_or_none_passes(text: str) -> None:
    assert found(capitals, text, read_lexicon("ar")) == []


def test_a_clinics_own_name_may_be_in_capitals() -> None:
    assert found(capitals, "Call HARBOR SKIN.", filled=frozenset({"clinic"})) == []
    assert found(capitals, "Call HARBOR SKIN now. DO NOT wait.", filled=frozenset({"clinic"})) == ["DO NOT"]


@pytest.mark.parametrize("text", ["NUNCA rasque.", "NO TOQUE LA PIEL", "ATENCIÓN", "Llame YA."])
def test_spanish_capitals_found(text: str) -> None:
    assert found(capitals, text, ES)


@pytest.mark.parametrize(
    "text",
    ["En EE. UU., informe a la FDA.", "FPS (SPF) 30 o más", "Luz UVA y UVB", "La RF (radiofrecuencia)"],
)
def test_spanish_capitals_pass(text: str) -> None:
    assert found(capitals, text, ES) == []
