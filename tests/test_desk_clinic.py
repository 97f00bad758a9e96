"""The clinic's page of the desk: what is shown, what is unset, and how it is changed."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from handoutpress.desk import clinic as page_module
from handoutpress.desk.words import words_in
from handoutpress.places import Places, shipped_folder
from handoutpress.reading.channels import Printer
from handoutpress.reading.clinic import ClinicFacts
from handoutpress.reading.protocol import read_protocol
from handoutpress.reading.yamlreader import read_yaml
from handoutpress.signing import sign_sheets
from handoutpress.wish import Wish
from tests.conftest import ROOT, TODAY
from tests.deskpages import Browser, open_browser

if TYPE_CHECKING:
    from pathlib import Path

ALLERGY = "protocol.microneedling.allergy_signs"
CONTACT = ("name", "address", "phone", "hours", "after_hours", "emergency_phone", "email", "website")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with one sheet in two languages: quicker to try a change on."""
    folder = tmp_path_factory.mktemp("library")
    for kind in ("templates", "styles"):
        shutil.copytree(shipped_folder() / kind, folder / kind)
    topic = shipped_folder() / "handouts" / "microneedling"
    others = [path.name for path in topic.glob("microneedling-*") if "skin-check" not in path.name]
    shutil.copytree(topic, folder / "handouts" / "microneedling", ignore=shutil.ignore_patterns(*others))
    return folder


@pytest.fixture
def places(tmp_path: Path, library: Path) -> Places:
    """A copy of the example clinic."""
    shutil.copytree(ROOT / "clinics" / "example", tmp_path / "clinic")
    return Places(tmp_path / "clinic", library)


@pytest.fixture
def browser(places: Places) -> Browser:
    return open_browser(places)


def facts(places: Places) -> Path:
    return places.clinic / "clinic.yaml"


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def changed_lines(before: str, after: str) -> list[str]:
    return [line for line in after.splitlines() if line not in before.splitlines()]


def sign(places: Places) -> None:
    sign_sheets(["microneedling-skin-check"], places, Wish(), "Example Clinician", TODAY.replace(year=2027))


# --- What it shows -------------------------------------------------------------------------------------


def test_every_fact_and_every_question_has_a_field_with_its_key(browser: Browser, places: Places) -> None:
    page = browser.get("clinic")
    assert page.status == 200
    kept_out = {"language", "mail", "printer", "protocol"}  # the first two are only shown
    keys = {*ClinicFacts.model_fields} - kept_out | {f"printer.{key}" for key in Printer.model_fields}
    asked = read_protocol(places.find("handouts", "microneedling/protocol.yaml")).slots
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
    asked = len(read_protocol(places.find("handouts", "microneedling/protocol.yaml")).slots)
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


# --- Changing it ---------------------------------------------------------------------------------------


def test_a_change_is_written_and_everything_else_stays(browser: Browser, places: Places) -> None:
    before = facts(places).read_text(encoding="utf-8")
    form = browser.get("clinic").fields
    form |= {"paper": "letter", "letterhead": "false", "email": "", "address": "2 New Road\r\n\r\nSampletown"}
    form |= {"printer.name": "Front-Desk", "printer.duplex": "true", "website": "  https://example.org "}
    answer = browser.post("clinic", form)
    assert (answer.status, answer.headers["location"][-13:]) == (303, "/clinic?saved")
    after = facts(places).read_text(encoding="utf-8")
    assert [" ".join(line.split()) for line in changed_lines(before, after)] == [
        "address: [2 New Road, Sampletown] # up to 5 lines, for the letterhead",
        "paper: letter # a4 or letter",
        "letterhead: false # false if your paper has logo and name on it already",
        "printer:",
        'name: "Front-Desk"',
        "duplex: true",
    ]
    assert changed_lines(after, before) == [
        line for line in before.splitlines() if line.startswith(("address", "email", "paper", "letterhead"))
    ]
    page = browser.get("clinic?saved")
    assert '<p class="notice good" role="status">The changes were saved.' in page.html
    assert page.fields["address"] == "2 New Road\r\nSampletown"


def test_nothing_typed_writes_nothing(browser: Browser, places: Places) -> None:
    for path, name in (("clinic", "clinic.yaml"), ("clinic/es", "clinic.es.yaml")):
        before = (places.clinic / name).stat().st_mtime_ns
        answer = browser.post(path, browser.get(path).fields)
        assert (answer.status, answer.headers["location"].endswith(f"{path}?unchanged")) == (303, True)
        assert (places.clinic / name).stat().st_mtime_ns == before


def test_everything_wrong_is_said_beside_its_field_and_nothing_is_written(
    browser: Browser, places: Places
) -> None:
    before = facts(places).read_bytes()
    wrong = {
        "name": "",
        "phone": "call us",
        "email": "nobody",
        "printer.copies": "99",
        "protocol.microneedling.no_sun_days_after": "a week",
    }
    typed = wrong | {"protocol.microneedling.visits": "4 visits", "clock": "24"}
    page = browser.post("clinic", browser.get("clinic").fields | typed)
    assert page.status == 422
    assert facts(places).read_bytes() == before
    assert {name: page.fields[name] for name in typed} == typed
    summary = page.html[page.html.index('id="problems"') : page.html.index('<div class="clinic-page')]
    for name in wrong:
        assert 'aria-invalid="true"' in page.tag(name), name
        assert page.text(f"{name}-wrong"), name
        assert f'<a href="#{name}"' in summary
    assert page.html.count('aria-invalid="true"') == len(wrong)
    assert "This is not a phone number" in page.text("phone-wrong")


def test_a_change_that_ends_a_sign_off_asks_first(browser: Browser, places: Places) -> None:
    sign(places)
    before = facts(places).read_bytes()
    form = browser.get("clinic").fields | {"phone": "01632 960100"}
    page = browser.post("clinic", form)
    assert page.status == 200
    assert facts(places).read_bytes() == before
    assert "1 sign-off would hold no longer" in page.words
    assert "Is today OK? Skin check before we start (English): signed off by Example Clinician" in " ".join(
        page.words.split()
    )
    sure = re.search(r'name="sure" value="([0-9a-f]+)"', page.html)
    assert sure
    # Said for this change, it does not hold for another.
    page = browser.post("clinic", page.fields | {"phone": "01632 960101", "sure": sure[1]})
    assert "would hold no longer" in page.words
    assert facts(places).read_bytes() == before
    assert browser.post("clinic", form | {"sure": sure[1]}).status == 303
    assert b'phone: "01632 960100"' in facts(places).read_bytes()


def test_a_change_that_stops_sheets_says_which_and_why(browser: Browser, places: Places) -> None:
    before = facts(places).read_bytes()
    page = browser.post("clinic", browser.get("clinic").fields | {"phone": ""})
    assert facts(places).read_bytes() == before
    assert "With this change these sheets could not be printed any more:" in page.words
    assert "sheets/microneedling-skin-check/es" in page.html
    assert "The clinic's phone number is missing" in page.words
    assert page.fields["phone"] == ""


def test_two_people_do_not_overwrite_each_other(browser: Browser, places: Places) -> None:
    form = browser.get("clinic").fields | {"paper": "letter", "email": "mine@example.org"}
    replace(facts(places), "hello@example.org                   #", "hers@example.org #")
    replace(facts(places), 'clock: "12"', 'clock: "24"')
    before = facts(places).read_bytes()
    page = browser.post("clinic", form)
    assert page.status == 409
    assert facts(places).read_bytes() == before
    assert "Somebody else has saved changes since you opened this page" in page.words
    assert (page.fields["paper"], page.fields["email"]) == ("letter", "mine@example.org")
    assert page.fields["clock"] == "24", "what nobody touched here shows what is saved now"
    assert page.text("email-meanwhile") == "Saved meanwhile: hers@example.org"
    assert "paper-meanwhile" not in page.html
    assert browser.post("clinic", page.fields).status == 303
    said = read_yaml(facts(places)).data
    assert (said["paper"], said["email"], said["clock"]) == ("letter", "mine@example.org", "24")


def test_a_page_from_before_a_restart_keeps_what_was_typed(
    browser: Browser, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = browser.get("clinic").fields | {"paper": "letter"}
    replace(facts(places), 'clock: "12"', 'clock: "24"')
    monkeypatch.setattr(page_module, "_SEEN", type(page_module._SEEN)())
    page = browser.post("clinic", form)
    assert page.status == 409
    # It cannot be known which of the two was typed: both are shown with what is saved now.
    assert (page.fields["paper"], page.fields["clock"]) == ("letter", "12")
    assert page.text("clock-meanwhile") == "Saved meanwhile: 24"


def test_changing_the_language_of_the_page_keeps_what_was_typed(browser: Browser, places: Places) -> None:
    before = facts(places).read_bytes()
    page = browser.post("clinic", browser.get("clinic").fields | {"phone": "555", "interface": "es"})
    assert '<html lang="es">' in page.html
    assert page.fields["phone"] == "555"
    assert facts(places).read_bytes() == before


# --- Another language's words --------------------------------------------------------------------------


def test_another_language_has_its_words_alone(browser: Browser, places: Places) -> None:
    page = browser.get("clinic/es")
    assert page.status == 200
    asked = read_protocol(places.find("handouts", "microneedling/protocol.yaml")).slots
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
        assert re.search(r"clinic\.yaml, line \d+", page.words)
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
    assert "Con qué lavarla" in page.words or "lava" in page.words, "the questions are asked in Spanish, too"
    assert "What is still open" not in page.words
    wrong = browser.post("clinic", page.fields | {"phone": "nada"})
    assert "Esto no es un número de teléfono" in wrong.text("phone-wrong") or wrong.text("phone-wrong")
    assert 'lang="es"' in wrong.html[wrong.html.index('id="phone-wrong"') :][:200]


def test_enter_saves_and_does_nothing_else(browser: Browser, places: Places) -> None:
    sign(places)
    page = browser.post("clinic", browser.get("clinic").fields | {"phone": "01632 960100"})
    buttons = [tag for tag in re.findall(r"<button [^>]*>", page.html) if 'form="clinic"' in tag]
    assert len(buttons) == 3
    assert "name=" not in buttons[0], "Enter presses a form's first button, wherever on the page that stands"
