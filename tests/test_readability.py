"""Syllables, sentences and grades, against counts made by hand and sums done on paper."""

from __future__ import annotations

import pytest

from handoutpress.editing import readability
from handoutpress.editing.lexicon import read_lexicon
from handoutpress.editing.lines import Line, read_lines
from handoutpress.editing.readability import (
    check_grades,
    flesch_kincaid,
    grade,
    hardest_sentences,
    inflesz,
    sentences_of,
    smog,
    words_of,
)
from handoutpress.editing.syllables import english, spanish
from handoutpress.errors import Problems
from handoutpress.places import Places, shipped_folder
from handoutpress.press import read_job
from handoutpress.wish import Wish
from tests.conftest import CLINICS

# Counted by hand; where two ways of saying a word are usual, the longer.
ENGLISH = {
    1: """the be me red need scars lines healed called scarred skin wash hands heat hour our fire
        aches clothes eyes year through health touch heart large sun hat weeks months yes true
        type bruise breathe whole once used closed peel worse weird don't can't won't aren't
        they're tongue pricks cells fade burns deep blood rash throat filled flaked soothed glue
        juice""",
    2: """acne sterile inflamed needles needle needling careful safely treatment movement redness
        swelling treated needed causes faces diet quiet science patient lotion special facial
        social treatments business every being going doing laser lasers doctor muscles muscle
        tissue fatigue technique people surgeon believe disease hygiene bruises keloid keloids
        steroid creature increase layer settled pimple pimples eyelid something sometimes
        someone headaches tightness iron lower spasm trial fluid cruel poem breakouts figure
        isn't doesn't couldn't crying language question serum sunscreen shower water raised-up
        reuse create react yellow blisters fever confused thinner scarring sunken makeup
        heartbeat vomit dizzy supply bandage hundred naked""",
    3: """collagen peroxide elastin recommend radio serious period various medicine retinoid
        retinoids eczema usual actual manual annual evening family different general
        prescription provider aftercare hospital idea area areas video easier healthier medium
        completely bandages allergy exercise confusion vomiting dizziness benzoyl insurance
        procedure injury appointment depression physician pharmacist element supplement
        government everyone another already anyone continue newspaper condition infection
        infected broad-spectrum suddenly clinician cosmetic FDA SPF nausea theater""",
    4: """microneedling psoriasis diabetes bacteria ingredients material experience variety
        anxiety situation society emergency usually dermatitis inflammation anesthetic
        continuous temperature especially operation hypertrophic antiseptic comfortable
        pigmentation complication photographer radiator salicylic cellulitis aesthetician
        realistic everybody associate""",
    5: """dermatologist dermatologists immediately antibiotic antibiotics radiology university
        appropriately examination individual communication uncomfortable chemotherapy creativity
        water-resistant electricity""",
    6: """isotretinoin radiofrequency""",
}
# Words of other topics, chosen after the rules were done: two of these ninety needed mending.
OTHER_TOPICS = {
    1: """knee thigh tired weighed wrist zinc""",
    2: """ankle balance bladder bowel breakfast cautious ceiling chewing clothing coughing creamy
        explained fainted fasting fiber fluids freezer glucose guidance hearing immune itchy
        kidney lifting liver mouthwash noticed obese ointment pressure puree queasy razor
        sneezing stitches stomach supplies surface swallowed symptoms tender toilet vessel vial
        virus wheelchair workout yogurt""",
    3: """abdomen alcohol allergen appetite appliance artery calcium calories diluted groceries
        infectious insulin jewelry nauseous oxygen pharmacy pillowcase pneumonia sedation sodium
        urinate""",
    4: """activity biannual cholesterol constipation dehydrated dietitian elevated leukemia
        magnesium unusual vaccinated vegetables""",
    5: """colonoscopy""",
    6: """rehabilitation""",
}
SHEETS_OWN = """needles needle collagen elastin microneedling dermatologist retinoids benzoyl peroxide
    psoriasis eczema keloids isotretinoin antibiotics diabetes infection inflamed sterile
    sunscreen radiofrequency dizziness heartbeat"""

SPANISH = {
    1: "piel sol y muy hoy pues buen bien diez fue rey vais truhan qué al pus fiel",
    2: """día días país baúl ruido cuide aquí seguir guía labios manchas láser acné ahí búho
        ciudad lengua agua riesgo cuando aunque muela tía miedo también después prohibir guiones
        sueño quita leer ayer cuento fuegos huevo limpiáis siempre""",
    3: """aguja cicatriz veía línea poeta ahora alcohol tratada médico ampollas cuídese oscuro
        gérmenes peligro respuesta visitas licencia cuidado paraguas lingüista piscina""",
    4: """zanahoria almohada cicatrices leíamos mayoría empeoran vehículo colágeno tratamientos
        experiencia infectada maquillaje retinoides benzoílo""",
    5: "dermatólogo microagujas radiofrecuencia adolorida enfermedades escalofríos",
    6: "enrojecimiento",
    7: "isotretinoína anticoagulantes",
}


def listed(words: dict[int, str]) -> dict[str, int]:
    return {word: count for count, text in words.items() for word in text.split()}


def say(*texts: str, kind: str = "paragraph") -> list[Line]:
    return [Line(text, "say", kind, ("blocks", 0, kind, "text", n, "say"), 0) for n, text in enumerate(texts)]


def sheet(name: str, language: str = "en", clinic: str = "example") -> list[Line]:
    """The lines of a shipped sheet, whatever else is wrong with it."""
    problems = Problems()
    places = Places(shipped_folder() / "clinics" / clinic, shipped_folder())
    job = read_job(name, places, Wish(language=language), problems)
    assert job is not None, problems
    return read_lines(job)


# Syllables ------------------------------------------------------------------------------------------------


def test_english_syllables() -> None:
    known = read_lexicon("en").spoken
    wanted = {**listed(ENGLISH), **listed(OTHER_TOPICS)}
    wrong = {word: english(word, known) for word, count in wanted.items() if english(word, known) != count}
    assert len(wanted) >= 250
    assert wrong == {}


def test_english_rules_alone_are_right_for_nine_of_ten_words() -> None:
    """What the list of exceptions does not hold has to be right by rule."""
    wanted = listed(ENGLISH)
    right = sum(english(word, {}) == count for word, count in wanted.items())
    assert right / len(wanted) >= 0.9


def test_the_sheets_own_words_are_counted_here() -> None:
    assert set(SHEETS_OWN.split()) <= set(listed(ENGLISH))


def test_the_list_of_exceptions_holds_no_word_that_the_rules_get_right() -> None:
    for language, count in (("en", english), ("es", spanish)):
        spoken = read_lexicon(language).spoken
        assert [word for word, number in spoken.items() if count(word, {}) == number] == []


def test_spanish_syllables() -> None:
    wanted = listed(SPANISH)
    wrong = {word: spanish(word, {}) for word, count in wanted.items() if spanish(word, {}) != count}
    assert len(wanted) >= 90
    assert wrong == {}


# Words and sentences --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Wash your hands.", 3),
        ("a fever of 100.4 °F (38 °C)", 7),
        ("Call (555) 555-0100 now", 3),
        ("water-resistant, broad-spectrum", 2),
        ("Don’t pick", 2),
        ("Wait 24 to 48 hours", 5),
        ("¿Qué es el colágeno?", 4),
        ("… – !", 0),
    ],
)
def test_words(text: str, words: int) -> None:
    assert len(words_of(text)) == words


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Keep it clean. Stay out of the sun.", 2),
        ("Keep it clean", 1),
        ("Is it safe? Ask us! We know.", 3),
        ("Call us for: Pus or a fever", 2),
        ("Call us for: pus or a fever", 1),
        ("A fever of 100.4 °F (38 °C) or more", 1),
        ("Call Dr. Ames at 9 a.m. Monday.", 1),
        ("Use a gel, e.g. Brand gel.", 1),
        ("1. Wash your hands. 2. Dry them.", 2),
        ("Call 112. Say where you are.", 2),
        ("It is (mostly) mild. (It can differ.)", 2),
        ("“Is it safe?” Ask us.", 2),
        ("Ask J. Ames first.", 1),
    ],
)
def test_sentences(text: str, count: int) -> None:
    found = sentences_of(text, read_lexicon("en"))
    assert len(found) == count, found
    assert " ".join(found) == text


def test_spanish_sentences() -> None:
    found = sentences_of("En EE. UU., informe a la FDA. ¿Duele? Élija bien.", read_lexicon("es"))
    assert found == ["En EE. UU., informe a la FDA.", "¿Duele?", "Élija bien."]


# Formulas, by hand ------------------------------------------------------------------------------------------


def test_flesch_kincaid_by_hand() -> None:
    # 100 words, 10 sentences, 150 syllables: 0.39 x 10 = 3.9; 11.8 x 1.5 = 17.7; less 15.59 that is 6.01
    assert flesch_kincaid(100, 10, 150) == pytest.approx(6.01)
    # 200 words, 25 sentences, 260 syllables: 0.39 x 8 = 3.12; 11.8 x 1.3 = 15.34; 2.87
    assert flesch_kincaid(200, 25, 260) == pytest.approx(2.87)


def test_smog_by_hand() -> None:
    # 9 long words in 30 sentences: the root of 9 is 3; 1.0430 x 3 = 3.129; 3.129 + 3.1291 = 6.2581
    assert smog(30, 9) == pytest.approx(6.2581)
    # 8 in 15: 8 x 30 / 15 = 16, its root 4; 4.172 + 3.1291 = 7.3011
    assert smog(15, 8) == pytest.approx(7.3011)
    assert smog(30, 0) == pytest.approx(3.1291)


def test_inflesz_by_hand() -> None:
    # 100 words, 10 sentences, 200 syllables: 62.3 x 2 = 124.6; 206.835 - 124.6 - 10 = 72.235
    assert inflesz(100, 10, 200) == pytest.approx(72.235)


# Grades -----------------------------------------------------------------------------------------------------

EASY = "Wash your hands and keep the skin clean."  # 8 words, 8 syllables
HARD = "Dermatologists recommend immediate examination of individual complications."


def test_a_sheet_of_easy_sentences() -> None:
    grades = grade(say(*[EASY] * 20), "en")
    assert (grades.words, grades.sentences) == (160, 20)
    # 0.39 x 8 + 11.8 x 1 - 15.59 = -0.67
    assert grades.scores["Flesch-Kincaid"] == pytest.approx(-0.67)
    assert grades.scores["SMOG"] == pytest.approx(3.1291)
    assert list(check_grades(say(*[EASY] * 20), "en")) == []


def test_a_hard_sheet_is_found_with_its_hardest_sentences() -> None:
    found = list(check_grades(say(*[HARD] * 14, EASY, EASY), "en"))
    assert [finding.rule for finding in found] == ["reading-level", "reading-level"]
    assert found[0].line is None
    assert found[0].message.startswith("Flesch-Kincaid grade ")
    assert "the most is 6.0" in found[0].message
    assert "SMOG grade " in found[1].message
    assert "made for 30 sentences; here are 16" in found[1].message
    assert HARD in found[0].hint


def test_too_short_to_score() -> None:
    grades = grade(say(HARD), "en")
    assert grades.scores == {"Flesch-Kincaid": None, "SMOG": None}
    assert list(check_grades(say(HARD), "en")) == []


def test_what_counts() -> None:
    counted = [Line(EASY, "title"), Line(EASY, "summary"), *say(EASY)]
    left_out = [Line(EASY, "heading", "faq"), Line(EASY, "label", "faq"), *say(EASY, kind="sources")]
    assert grade([*counted, *left_out, *say("Pus", "Yes.", "For pain")], "en").words == 24


def test_other_languages_have_no_score() -> None:
    assert grade(say(*[HARD] * 20), "vi").scores == {}
    assert list(check_grades(say(*[HARD] * 20), "vi")) == []


def test_spanish() -> None:
    easy = "Lave bien sus manos y no toque la piel."  # 9 words, 12 syllables
    grades = grade(say(*[easy] * 12), "es-MX")
    # 206.835 - 62.3 x 12 / 9 - 9 = 114.768
    assert grades.scores == {"INFLESZ": pytest.approx(206.835 - 62.3 * 12 / 9 - 9)}
    hard = "La hiperpigmentación postinflamatoria constituye una contraindicación del procedimiento."
    (finding,) = check_grades(say(*[hard] * 15), "es")
    assert finding.message.startswith("INFLESZ ")
    assert finding.message.endswith("; the least is 65")


def test_hardest_sentences_are_the_heavy_ones_and_each_once() -> None:
    lines = say(EASY, HARD, HARD, "It can help some people feel good about their skin.")
    assert hardest_sentences(lines, "en", 2)[0] == HARD
    assert len(set(hardest_sentences(lines, "en", 9))) == len(hardest_sentences(lines, "en", 9)) == 3


@pytest.mark.parametrize("clinic", CLINICS)
@pytest.mark.parametrize("name", ["microneedling-aftercare", "microneedling-scar-risk"])
def test_shipped_sheets_are_within_the_bounds(name: str, clinic: str) -> None:
    lines = sheet(name, clinic=clinic)
    scores = grade(lines, "en").scores
    assert list(check_grades(lines, "en")) == []
    assert all(score is not None and score > 1 for score in scores.values())


def test_a_score_is_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each sentence is measured once: a second clinic's copy of a sheet costs next to nothing."""
    lines = sheet("microneedling-scar-risk")
    grade(lines, "en")
    monkeypatch.setattr(readability, "words_of", None)
    assert grade(lines, "en").words > 100
