"""What no honest sheet says, and how no dose is written: texts that stop and texts that pass."""

from __future__ import annotations

import pytest

from handoutpress.editing.wording import (
    notation,
    promise,
)
from tests.said import ES, found

# Promises -------------------------------------------------------------------------------------------------

PROMISES = [
    "This will ensure that your skin heals.",
    "Good care guarantees a good result.",
    "You can achieve smooth skin.",
    "It erases old scars.",
    "Get perfect skin in weeks.",
    "It gives the best possible result.",
    "It will remove your scars.",
    "It will remove them.",
    "It can cure acne.",
    "It is painless.",
    "A risk-free treatment.",
    "There is no risk.",
    "It is safe.",
    "Microneedling is safe and effective.",
    "It is a safe treatment for acne scars.",
    "It is 100 % safe.",
    "It is completely safe.",
    "Your scars will disappear.",
    "It makes old scars vanish.",
    "There is no doubt it will erase scars.",
    "Not only is it quick: it is painless.",
    "Do not worry, it is painless.",
    "You will get smoother skin.",
    "It works for everyone.",
    "We promise a good result.",
    "It eliminates the risk.",
    "It is safe, but ask us.",
]
NO_PROMISES = [
    "Make sure your skin is clean.",
    "It will not make a scar disappear.",
    "No treatment is safe for everyone.",
    "We cannot promise a result.",
    "It does not cure acne.",
    "It is not risk-free.",
    "No one can guarantee how you heal.",
    "There is no risk-free treatment.",
    "It is safe for most people when done right.",
    "How safe it is can differ.",
    "Ask us what is safe for you.",
    "Is it safe?",
    "Does it cure acne scars?",
    "Ask: “Is it safe?”",
    "We will remove the numbing cream.",
    "Skin does not have to be imperfect to flake.",
    "Wait until the infection is cured.",
    "Start again once it is safe to do so.",
    "Do not expect perfect skin.",
    "Do not go to anyone who guarantees results.",
    "It is not without risks.",
    "Clean work lowers the risk but does not rule it out.",
    "Keep your phone secure and your cream cool.",
    "It lowers the chance of infection. The risk is not zero.",
    "Put the used needles in a safe place.",
    "Be safe in the sun.",
    "Soap can help eliminate germs.",
    "Ask what results they promise.",
    "Wait until you are pain-free.",
    "It may help some people, and it may not give a perfect result.",
    "Nothing can erase a scar.",
]
SPANISH_PROMISES = [
    "Esto garantiza un buen resultado.",
    "Le aseguramos una piel lisa.",
    "Elimina las cicatrices.",
    "Borra las marcas del acné.",
    "Tendrá una piel perfecta.",
    "Cura el acné.",
    "Es un tratamiento sin riesgo.",
    "Es seguro.",
    "Es seguro y eficaz.",
    "Las cicatrices desaparecerán.",
    "Quita las cicatrices.",
    "Es totalmente seguro.",
]
NO_SPANISH_PROMISES = [
    "Es seguro para la mayoría de la gente cuando se hace bien.",
    "No se puede garantizar un resultado.",
    "Nadie puede asegurar cómo sanará su piel.",
    "No hace desaparecer una cicatriz.",
    "¿Es seguro?",
    "Asegúrese de tener las manos limpias.",
    "No elimina las cicatrices.",
    "Ningún tratamiento es seguro para todos.",
    "Qué tan seguro es puede variar.",
    "No cura el acné.",
    "Espere hasta que se quite.",
    "Pregunte si es seguro para usted.",
    "El seguro médico puede no pagar.",
    "No es un tratamiento sin riesgos.",
    "La piel se cura en una semana.",
    "Lave la piel para eliminar la grasa.",
    "Espere hasta estar sin dolor.",
]


@pytest.mark.parametrize("text", PROMISES)
def test_promise_found(text: str) -> None:
    assert found(promise, text)


@pytest.mark.parametrize("text", NO_PROMISES)
def test_promise_passes(text: str) -> None:
    assert found(promise, text) == []


@pytest.mark.parametrize("text", SPANISH_PROMISES)
def test_spanish_promise_found(text: str) -> None:
    assert found(promise, text, ES)


@pytest.mark.parametrize("text", NO_SPANISH_PROMISES)
def test_spanish_promise_passes(text: str) -> None:
    assert found(promise, text, ES) == []


def test_a_warning_of_other_peoples_promises_passes() -> None:
    assert found(promise, "They guarantee results", frame="Think twice if") == []
    assert found(promise, "They guarantee results", frame="What our staff do") == ["guarantee"]


# Notation -------------------------------------------------------------------------------------------------

NOTATIONS = {
    "Take 10 U at night.": "10 U",
    "Take 400 IU.": "IU",
    "Use it q.d.": "q.d.",
    "Use it QOD.": "QOD",
    "Use it b.i.d.": "b.i.d.",
    "Use it BID.": "BID",
    "Take it t.i.d. with food.": "t.i.d.",
    "Take it prn.": "prn",
    "Take 1.0 mg.": "1.0",
    "Take .5 mg.": ".5",
    "Take 10mg.": "10mg",
    "Wait if it is > 3 days.": ">",
    "A fever <38 °C": "<",
    "Use 5 µg.": "µg",
    "Use 5 cc.": "5 cc",
    "Come @ 9 am.": "@",
    "Wash & dry your hands.": "& dry",
    "Risks & benefits": "& benefits",
}
NO_NOTATIONS = [
    "A fever of 100.4 °F (38 °C) or more",
    "Sunscreen of SPF 30 or more",
    "Version 1.0",
    "Call us at 9 am or 5 p.m.",
    "In the US, tell FDA MedWatch.",
    "We are here 24/7.",
    "Take 10 mg with food.",
    "Take 0.5 mg.",
    "Write to help@clinic.example today.",
    "Smith & Sons Skin Center",
    "Questions: Q & A",
    "Needles of 1.0 mm",
    "Go to step 3. Do not bid for more.",
    "More than 3 days",
    "about 2.50 or 3.75 dollars",
    "Plan B. I agree.",
]


@pytest.mark.parametrize(("text", "words"), NOTATIONS.items())
def test_notation_found(text: str, words: str) -> None:
    assert found(notation, text) == [words]


@pytest.mark.parametrize("text", NO_NOTATIONS)
def test_notation_passes(text: str) -> None:
    assert found(notation, text) == []
    assert found(notation, text, ES) == []


@pytest.mark.parametrize(
    "text",
    [
        "Tome 10mg.",
        "Tome 1,0 mg.",
        "Tome ,5 mg.",
        "Use 400 UI.",
        "Tome una c/8 h.",
        "Si dura > 3 días",
        "Use 5 µg.",
        "Lave & seque.",
    ],
)
def test_spanish_notation_found(text: str) -> None:
    assert found(notation, text, ES)


@pytest.mark.parametrize(
    "text",
    [
        "Tome 10 mg.",
        "Tome 0,5 mg.",
        "En EE. UU., informe a FDA MedWatch.",
        "Fiebre de 38,0 °C",
        "A las 9 a. m.",
    ],
)
def test_spanish_notation_passes(text: str) -> None:
    assert found(notation, text, ES) == []
