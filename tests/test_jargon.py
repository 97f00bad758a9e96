"""Words of the trade are explained where they first stand: texts that stop and texts that pass."""

from __future__ import annotations

import pytest

from handoutpress.editing.jargon import jargon
from tests.said import EN, ES, found, line

# Jargon ---------------------------------------------------------------------------------------------------

JARGON = [
    "Keloids can form.",
    "Some erythema is normal.",
    "Ask your dermatologist.",
    "Use it prior to treatment.",
    "Utilize a topical cream.",
    "The skin makes collagen.",
    "It is contraindicated with isotretinoin.",
    "There may be edema.",
    "Needles should be sterile.",
    "You may see hyperpigmentation.",
    "Retinoids are harsh.",
    "Wait if it is inflamed.",
]
EXPLAINED = [
    "Keloids (thick raised scars) can form.",
    "Thick raised scars (keloids) can form.",
    "These raised scars are called keloids.",
    "Keloids are thick raised scars.",
    "Collagen is a protein that keeps skin firm.",
    "Your skin makes collagen – a protein.",
    "Ask your dermatologist (skin doctor).",
    "The needles should be sterile (germ-free).",
    "Sterile needles (free of germs) are best.",
    "Sterile means free of germs.",
    "Do not use retinoids (like retinol).",
    "My skin is inflamed (red, sore or swollen).",
    "You may get dark marks, called hyperpigmentation.",
    "Erythema (redness) is normal.",
    "RF (radiofrequency) is a heated treatment.",
    "Eczema, psoriasis and acne, benzoyl peroxide, an infection",
    "The Food and Drug Administration",
    "It makes collagen. This protein keeps skin firm.",
    "Collagen and elastin are proteins in the skin.",
]


@pytest.mark.parametrize("text", JARGON)
def test_jargon_found(text: str) -> None:
    assert found(jargon, text)


@pytest.mark.parametrize("text", EXPLAINED)
def test_jargon_passes(text: str) -> None:
    assert found(jargon, text) == []


@pytest.mark.parametrize(
    "text",
    ["Puede salir un queloide.", "Es normal el eritema.", "Pregunte al dermatólogo.", "Tome isotretinoína.",
     "Hay edema leve.", "La piel hace colágeno.", "Agujas estériles", "Tengo la piel inflamada."],
)  # fmt: skip
def test_spanish_jargon_found(text: str) -> None:
    assert found(jargon, text, ES)


@pytest.mark.parametrize(
    "text",
    ["Queloides (cicatrices gruesas)", "Cicatrices gruesas (queloides)", "Se llaman queloides.",
     "Un dermatólogo (médico de la piel)", "El colágeno es una proteína.", "Agujas estériles (sin gérmenes)",
     "La piel inflamada (roja o hinchada)", "Acné, eczema, psoriasis"],
)  # fmt: skip
def test_spanish_jargon_passes(text: str) -> None:
    assert found(jargon, text, ES) == []


def test_only_the_first_use_has_to_explain() -> None:
    lines = [line("Keloids (thick raised scars) can form."), line("Do keloids run in your family?")]
    assert list(jargon(lines, EN)) == []
    late = [lines[1], line("Tell us."), lines[0]]
    assert [finding.line for finding in jargon(late, EN)] == [lines[1]]
    assert len(list(jargon([line("Keloids."), line("Keloids.")], EN))) == 1


def test_a_word_to_avoid_is_found_at_every_use() -> None:
    assert len(list(jargon([line("Erythema."), line("More erythema.")], EN))) == 2


def test_a_heading_waits_for_the_statement_that_explains() -> None:
    heading = line("Keloids", part="heading")
    assert list(jargon([heading, line("Keloids (thick raised scars) can form.")], EN)) == []
    assert list(jargon([heading, line("These thick raised scars can grow.")], EN)) == []
    assert [found.line for found in jargon([heading, line("Tell us.")], EN)] == [heading]
    said = line("Keloids can form.")
    assert [found.line for found in jargon([heading, said], EN)] == [said]


def test_a_glossary_explains() -> None:
    lines = [
        line("Collagen helps."),
        line("Collagen", kind="glossary", part="label"),
        line("It keeps skin firm.", kind="glossary"),
    ]
    assert list(jargon(lines, EN)) == []
