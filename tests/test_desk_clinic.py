"""The clinic's page of the desk: what is shown, what is unset, and what is wrong with a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from handoutpress.desk.words import words_in
from handoutpress.reading.channels import Printer
from handoutpress.reading.clinic import ClinicFacts
from handoutpress.reading.topic import read_protocol
from handoutpress.reading.yamlreader import read_yaml
from tests.clinicpages import ALLERGY, example, facts, replace, small_library
from tests.deskpages import Browser, open_browser

if TYPE_CHECKING:
    from pathlib import Path

    from handoutpress.places import Places


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_library(tmp_path_factory.mktemp("library"))


@pytest.fixture
def places(tmp_path: Path, library: Path) -> Places:
    """A copy of the example clinic."""
    return example(tmp_path, library)


@pytest.fixture
def browser(places: Places) -> Browser:
    return open_browser(places)


# --- What it shows -------------------------------------------------------------------------------------


def test_every_fact_and_every_question_has_a_field_with_its_key(browser: Browser, places: Places) -> None:
    page = browser.get("clinic")
    assert page.status == 200
    kept_out = {"language", "mail", "printer", "protocol"}  # the first two are only shown
    keys = {*ClinicFacts.model_fields} - kept_out | {f"printer.{key}" for key in Printer.model_fields}
    asked = read_protocol(places, "microneedling").slots
    keys |= {f"protocol.microneedling.{name}" for name in asked}
    assert page.fields.keys() == keys | {"state"}
    for key in keys:
        assert f'name="{key}"' in page.tag(key)
        assert f'<label for="{key}"' in page.html
        described = re.search(r'aria-describedby="([^"]*)"', page.tag(key))
        assert described
        for part in described[1].split():
            page.tag(part)
    assert page.fields["address"] == "1 Example Street\r\nSampletown"
    assert (page.fields["paper"], page.fields["clock"]) == ("a4", "12")
    assert asked["wash_how"].example in page.text("protocol.microneedling.wash_how-hint")


def test_what_is_unset_is_marked_and_counted(browser: Browser, places: Places) -> None:
    asked = len(read_protocol(places, "microneedling").slots)
    page = browser.get("clinic")
    assert page.html.count(">prints a line to write on<") == asked - 1
    assert page.words.count(f"{asked - 1} lines to write on") == 2  # at the top, and over its section
    assert "stops the print" not in page.words
    replace(facts(places), "allergy_signs", "# allergy_signs")
    replace(facts(places), 'phone: "01632 960123"', "# phone:")
    page = browser.get("clinic")
    assert page.text(f"{ALLERGY}-lack") == "stops the print"
    assert page.text("phone-lack") == "stops the print"
    assert page.words.count("1 stops the print") == 4
    assert "page.png" not in page.html, "no page prints now"


def test_the_brand_stands_there_as_it_prints(browser: Browser, places: Places) -> None:
    page = browser.get("clinic")
    assert "three overlapping circles" in page.html
    assert "#1f5c66 · deep-teal · contrast 7.5 to 1" in page.words
    assert "Source Sans 3" in page.words
    picture = browser.get("clinic/page.png")
    assert (picture.status, picture.body[:4]) == (200, b"\x89PNG")
    replace(places.clinic / "_brand.yml", "primary: deep-teal", "primary: sea-glass")
    page = browser.get("clinic")
    assert "Too pale to read, so nothing prints. The nearest that can be read is #" in page.words
    assert "page.png" not in page.html
    assert browser.get("clinic/page.png").status == 404


def test_mail_is_shown_without_a_password_or_how_to_set_it_up(browser: Browser, places: Places) -> None:
    assert "Email is not set up" in browser.get("clinic").words
    with facts(places).open("a", encoding="utf-8") as file:
        file.write("mail:\n  host: smtp.example.org\n  from: a@example.org\n  preference: required\n")
    page = browser.get("clinic")
    assert "Mail server smtp.example.org" in page.words
    assert "only after the patient said yes" in page.words
    with facts(places).open("a", encoding="utf-8") as file:
        file.write("  password: hunter22\n")
    page = browser.get("clinic")
    assert "hunter22" not in page.html
    assert "A password stands among the clinic's details" in page.words


# --- Another language's words --------------------------------------------------------------------------


def test_another_language_has_its_words_alone(browser: Browser, places: Places) -> None:
    page = browser.get("clinic/es")
    assert page.status == 200
    asked = read_protocol(places, "microneedling").slots
    words = {f"protocol.microneedling.{name}" for name, slot in asked.items() if slot.kind == "text"}
    assert page.fields.keys() == {"state", "hours", "after_hours", *words}
    assert "call 01632 960199" in page.text("after_hours-hint")
    assert 'lang="es"' in page.tag(ALLERGY)
    assert "agua fresca" in page.text("protocol.microneedling.wash_how-hint")
    form = page.fields | {"protocol.microneedling.visits": "4 visitas"}
    assert browser.post("clinic/es", form).headers["location"].endswith("/clinic/es?saved")
    text = (places.clinic / "clinic.es.yaml").read_text(encoding="utf-8")
    assert '    visits: "4 visitas"' in text
    assert r"9\_a.\_m. a 5\_p.\_m." in text, "what nobody touched keeps its spelling"


def test_a_language_without_a_file_gets_one(browser: Browser, places: Places) -> None:
    (places.clinic / "clinic.es.yaml").unlink()
    page = browser.get("clinic/es")
    assert page.text("hours-lack") == page.text(f"{ALLERGY}-lack") == "stops the print"
    form = page.fields | {"hours": "lunes"}
    assert browser.post("clinic/es", form).status == 303
    assert read_yaml(places.clinic / "clinic.es.yaml").data == {"hours": "lunes"}


@pytest.mark.parametrize("path", ["clinic/en", "clinic/xx", "clinic/es/more"])
def test_there_is_no_other_page(browser: Browser, path: str) -> None:
    assert browser.get(path).status == 404


# --- Files with mistakes -------------------------------------------------------------------------------


def test_a_mistake_in_the_file_is_told_beside_its_field_and_mended_there(
    browser: Browser, places: Places
) -> None:
    replace(facts(places), 'phone: "01632 960123"', "phone: call us")
    replace(facts(places), "paper: a4 ", "paper: a3 ")
    page = browser.get("clinic")
    assert page.status == 200
    assert "This is not a phone number" in page.text("phone-wrong")
    assert (page.fields["phone"], page.fields["paper"]) == ("call us", "a3")
    assert page.text("paper-wrong")
    form = page.fields | {"phone": "01632 960123", "paper": "a4"}
    assert browser.post("clinic", form).status == 303
    assert 'aria-invalid="true"' not in browser.get("clinic").html


def test_a_file_that_cannot_be_read_is_told_with_its_place(browser: Browser, places: Places) -> None:
    form = browser.get("clinic").fields
    with facts(places).open("a", encoding="utf-8") as file:
        file.write("phoney: [\n")
    for page in (browser.get("clinic"), browser.get("clinic/es"), browser.post("clinic", form)):
        assert page.status in (200, 422)
        assert re.search(r"clinic\.yaml(, line |:)\d+", page.words)
        assert 'name="state"' not in page.html


def test_a_broken_brand_leaves_the_facts_to_be_changed(browser: Browser, places: Places) -> None:
    replace(places.clinic / "_brand.yml", "color:", "color: [")
    page = browser.get("clinic")
    assert page.status == 200
    assert re.search(r"_brand\.yml, line \d+", page.words)
    assert browser.post("clinic", page.fields | {"clock": "24"}).status == 303


# --- Words ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["clinic", "sheets"])
def test_both_languages_have_the_same_words_with_the_same_places(name: str) -> None:
    english, spanish = (
        {key: text for key, text in words_in(language).texts.items() if key.startswith(f"{name}.")}
        for language in ("en", "es")
    )
    assert english.keys() == spanish.keys()
    for key, text in english.items():
        places = r"\{[a-z]+\}"
        assert sorted(re.findall(places, text)) == sorted(re.findall(places, spanish[key])), key


def test_the_page_is_there_in_spanish(browser: Browser) -> None:
    browser.language = "es-MX,es;q=0.9"
    page = browser.get("clinic")
    assert "Lo que falta" in page.words
    asked = '<label for="protocol.microneedling.wash_how" lang="es">Con qué lavarse</label>'
    assert asked in page.html, "the questions are asked in Spanish, too"
    assert "What is still open" not in page.words
    wrong = browser.post("clinic", page.fields | {"phone": "nada"})
    assert "Esto no es un número de teléfono" in wrong.text("phone-wrong")
    assert 'lang="es"' in wrong.html[wrong.html.index('id="phone-wrong"') :][:200]
