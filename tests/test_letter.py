"""The message that carries a handout: what it says, and what it never says."""

from __future__ import annotations

import dataclasses
import itertools
import re
from typing import TYPE_CHECKING

import pytest
import tinyhtml5  # type: ignore[import-untyped]

from handoutpress.composing.letter import (
    COLUMNS,
    Enclosed,
    compose_letter,
    preference_wording,
)
from handoutpress.editing.lines import Line
from handoutpress.editing.readability import MOST, grade
from handoutpress.errors import ProblemsFound
from handoutpress.reading.clinic import read_clinic
from handoutpress.reading.sheet import read_sheet
from tests.conftest import LANGUAGES, SHEETS
from tests.letters import (
    EACH,
    NAMED,
    Words,
    everything,
    letter,
    own,
    sample,
    sheet_text,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_the_text_says_what_comes_and_whom_to_call(clinic: Path) -> None:
    made = letter(own(clinic), protected=True)
    assert made.subject == "Information from Test Clinic (example)"
    assert made.file_names == ("information.pdf",)
    assert made.text == (
        "Test Clinic (example)\n"
        "\n"
        "Hello,\n"
        "\n"
        "We are sending you an information sheet. It comes with this email as a\n"
        "PDF file. You can read it on your phone or computer, or print it.\n"
        "\n"
        "  information.pdf (2 pages)\n"
        "\n"
        "The file is locked. It opens with the password we gave you another way.\n"
        "We never send the password by email.\n"
        "\n"
        "Questions? Call us: (555) 555-0100\n"
        "Monday to Friday, 9 am to 5 pm\n"
        "After hours: call (555) 555-0199\n"
        "In an emergency, call 911\n"
        "\n"
        "Please do not reply with anything urgent: we may not read it in time.\n"
        "Call us.\n"
        "\n"
        "If this email is not meant for you, please delete it, and call us to let\n"
        "us know.\n"
        "\n"
        "If you do not want email from us, just tell us.\n"
        "\n"
        "Test Clinic (example)\n"
    )


@pytest.mark.parametrize(("name", "language"), EACH)
@pytest.mark.parametrize("protected", [False, True])
def test_both_parts_say_the_same_in_every_clinic_and_language(
    name: str, language: str, protected: bool
) -> None:
    places = sample(name)
    made = letter(places, SHEETS[:2], SHEETS[2:3], language=language, pages=1, protected=protected)
    page = Words(made.html)
    said = " ".join(made.text.split())
    facts = read_clinic(places, language).facts
    sentences = {
        "en": ["We are sending you 3 information sheets", "as 2 PDF files", "1 page", "do not reply"],
        "es": ["Le enviamos 3 hojas informativas", "en 2 archivos PDF", "1 página", "no responda"],
    }[language]
    for words in (*sentences, facts.name, facts.phone, facts.emergency_phone, *facts.address):
        assert str(words) in said
        assert str(words) in page.text
    for words in (facts.hours, facts.after_hours):
        plain = str(words).replace("\u00a0", " ")[1:]
        assert plain in said
        assert plain in page.text.replace("\u00a0", " ")
    locked = {"en": "We never send the password by email.", "es": "Nunca enviamos la contraseña por correo."}
    assert (locked[language] in said) == protected
    assert (locked[language] in page.text) == protected
    for href in (
        f"tel:{re.sub(r'[^0-9]', '', number)}" for number in (facts.phone, facts.emergency_phone) if number
    ):
        assert href in page.hrefs


@pytest.mark.parametrize(("name", "language"), EACH)
def test_the_html_holds_in_a_strict_parser_and_loads_nothing(name: str, language: str) -> None:
    made = letter(sample(name), language=language, protected=True)
    website = str(read_clinic(sample(name), language).facts.website)
    page = Words(made.html)
    assert [href for href in page.hrefs if not href.startswith("tel:")] == [website]
    assert re.findall(r"https?:[^\"'\s<]*", made.html) == [website]
    for loaded in ("<img", "url(", "<link", "<script", "src=", "@import", "background=", "<form"):
        assert loaded not in made.html.lower()
    root = tinyhtml5.parse(made.html, namespace_html_elements=False)
    assert (root.get("lang"), root.get("dir")) == (language, "ltr")
    assert root.findtext("head/title") == made.subject
    assert [meta.get("content") for meta in root.iter("meta") if meta.get("name") == "color-scheme"] == [
        "light dark"
    ]
    assert [table.get("lang") for table in root.findall("body/table")] == [language]
    assert all(table.get("role") == "presentation" for table in root.iter("table"))


@pytest.mark.parametrize(("name", "language"), EACH)
def test_the_text_is_wrapped_and_has_no_gaps(name: str, language: str) -> None:
    made = letter(sample(name), SHEETS, SHEETS[:1], language=language, protected=True)
    assert max(map(len, made.text.splitlines())) <= COLUMNS
    assert "\n\n\n" not in made.text
    assert not made.text.startswith("\n")
    assert made.text.endswith("\n")
    assert [line for line in made.text.splitlines() if line != line.rstrip()] == []
    assert not re.search("[<>&{}]", made.text)


def test_the_english_is_as_easy_to_read_as_a_sheet_has_to_be(clinic: Path) -> None:
    places = own(clinic)
    pieces = letter(places, protected=True).text.split("\n\n")
    pieces += [preference_wording(places, "en").text]
    scores = grade([Line(" ".join(piece.split()), "say") for piece in pieces], "en").scores
    assert set(scores) == set(MOST)
    for formula, score in scores.items():
        assert score is not None
        assert score <= MOST[formula]


@pytest.mark.parametrize(("name", "language"), list(itertools.product(SHEETS, LANGUAGES)))
def test_it_does_not_say_which_sheet_it_carries(name: str, language: str) -> None:
    places = sample("example")
    handout = read_sheet(places.sheet(name, language)).handout
    secret = [name, handout.title, handout.topic, str(handout.summary), handout.version, "0" * 64]
    secret += ["acne", "acné", "needling", "agujas", "scar", "cicatri", "aftercare", "handouts/"]
    for pdfs in ([(name,)], [(name, SHEETS[0])], [(name,), (SHEETS[-1],)]):
        said = everything(letter(places, *pdfs, language=language, protected=True))
        assert [words for words in secret if words.lower() in said] == []


def test_the_neutral_file_names_are_the_languages_own_and_differ() -> None:
    places = sample("harbor")
    assert letter(places, language="es").file_names == ("informacion.pdf",)
    assert letter(places, SHEETS[:2], language="es").file_names == ("informacion.pdf",)
    several = letter(places, SHEETS[:1], SHEETS[:1], SHEETS[1:3])
    assert several.file_names == ("information-1.pdf", "information-2.pdf", "information-3.pdf")


def test_it_names_the_sheets_only_where_the_clinic_says_so(clinic: Path) -> None:
    places = own(clinic, NAMED)
    made = letter(places)
    assert made.subject == "After your microneedling – Test Clinic (example)"
    assert made.file_names == ("microneedling-aftercare.pdf",)
    assert "After your microneedling" in made.text
    assert "After your microneedling" in Words(made.html).text
    packet = letter(places, ("microneedling-aftercare", "microneedling-about"), ("microneedling-aftercare",))
    assert packet.subject == "After your microneedling (and 2 more) – Test Clinic (example)"
    assert packet.file_names == ("information.pdf", "microneedling-aftercare.pdf")
    assert Words(packet.html).text.count("After your microneedling") == 2
    twice = letter(places, *[("microneedling-aftercare",)] * 2)
    assert twice.file_names == ("microneedling-aftercare-1.pdf", "microneedling-aftercare-2.pdf")


def test_a_name_that_is_no_slug_and_names_that_meet_give_safe_names_all_the_same(clinic: Path) -> None:
    places = own(clinic, NAMED)
    sheet = sheet_text(places, "microneedling-aftercare")
    facts = read_clinic(places, "en")

    def names(*given: str) -> tuple[str, ...]:
        enclosed = [Enclosed((dataclasses.replace(sheet, name=name),), 1) for name in given]
        return compose_letter(enclosed, facts, places, "en", protected=False).file_names

    assert names("../x\r\nBcc: a") == ("information.pdf",)
    assert names("a", "a-1", "a") == ("a-2.pdf", "a-1.pdf", "a-3.pdf")


def test_nothing_enclosed_is_refused(clinic: Path) -> None:
    places = own(clinic)
    for enclosed in ([], [Enclosed((), 1)]):
        with pytest.raises(ProblemsFound, match="needs a sheet"):
            compose_letter(enclosed, read_clinic(places), places, "en", protected=False)
