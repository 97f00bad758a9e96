"""The clinic's page of the desk: how it is changed, and what that asks first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from handoutpress.amending import Consequences
from handoutpress.desk import clinic as page_module
from handoutpress.desk.clinicshown import Shown
from handoutpress.desk.pages import Visit
from handoutpress.desk.words import words_in
from handoutpress.errors import Problem
from handoutpress.reading.yamlreader import read_yaml
from tests.clinicpages import ALLERGY, changed_lines, example, facts, replace, sign, small_library
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
    sheet = "Is today OK? Skin check before we start (English)"
    assert f"{sheet}: signed off by Example Clinician on 24 Nov 2026" in page.words
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


def test_a_reason_is_told_once_and_sheets_with_the_same_reasons_stand_together(browser: Browser) -> None:
    """Without a phone number two rules stop a sheet; there is one field to fill in."""
    unset = "`{clinic.%s}` is not set, and a blank here could hurt somebody (%s)"
    everywhere = Problem("`{clinic.phone}` is not set, and every page must say who to call")
    phone, hours = Problem(unset % ("phone", "phone")), Problem(unset % ("hours", "hours"))
    slots = [
        Problem(
            f"`{{protocol.{name}}}` is not set, and a blank here could hurt somebody ({name})",
            hint=f"add `{name}:` under `protocol:`, `microneedling:` in clinic.yaml",
        )
        for name in ("visits", "wash_how")
    ]
    stops = [("one", "en", phone), ("one", "en", everywhere), ("one", "en", hours)]
    stops += [("two", "en", everywhere), ("two", "es", everywhere), ("two", "es", phone)]
    stops += [("two", "en", each) for each in (*slots, *slots)]
    nobody: Any = None
    visit = Visit(nobody, nobody, "", words_in("en"))
    shown = Shown(None, "clinic.yaml", "", ask=Consequences(stops=tuple(stops)))
    found = page_module._by_reason(shown, visit)
    assert [([told.link for told in all_told], sheets) for all_told, sheets in found] == [
        (["clinic#phone"], (("one", "en"), ("two", "en"), ("two", "es"))),
        (["clinic#hours"], (("one", "en"),)),
        ([f"clinic#protocol.microneedling.{name}" for name in ("visits", "wash_how")], (("two", "en"),)),
    ]
    page = browser.post("clinic", browser.get("clinic").fields | {"phone": ""})
    assert page.words.count("phone number is missing") == 1
    asked = page.html[page.html.index('id="ask"') : page.html.index('<div class="clinic-page')]
    assert '<a href="#phone" lang="en">Phone number that patients call</a>: <span' in asked


def test_what_is_typed_is_counted_and_not_what_stands_in_the_file(browser: Browser, places: Places) -> None:
    replace(facts(places), 'phone: "01632 960123"', "# phone:")
    form = browser.get("clinic").fields
    page = browser.post("clinic", form | {"phone": "01632 960123", ALLERGY: "  ", "email": "nobody"})
    assert page.status == 422
    assert f'id="{ALLERGY}-lack"' in page.html
    assert f'aria-describedby="{ALLERGY}-lack ' in page.tag(ALLERGY)
    assert 'id="phone-lack"' not in page.html
    glance = re.search(r'aria-labelledby="glance">(.*?)</section>', page.html, re.DOTALL)
    assert glance
    counts = dict(re.findall(r'<a href="#([\w-]+)"(.*?)</li>', glance[1], re.DOTALL))
    assert "1 stops the print" in counts["topic-microneedling"]
    assert "stops the print" not in counts["reach"]
    assert "1 to put right" in counts["reach"], "the address"


def test_while_it_asks_there_is_one_way_to_save_and_the_focus_is_there(browser: Browser) -> None:
    page = browser.get("clinic")
    assert "autofocus" not in page.html
    assert 'class="save-bar"' in page.html
    asked = browser.post("clinic", page.fields | {"phone": ""})
    assert "autofocus" in asked.tag("ask")
    assert 'class="save-bar"' not in asked.html
    wrong = browser.post("clinic", page.fields | {"phone": "call us"})
    assert "autofocus" in wrong.tag("problems")
    assert 'class="save-bar"' in wrong.html


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


def test_enter_saves_and_does_nothing_else(browser: Browser, places: Places) -> None:
    sign(places)
    page = browser.post("clinic", browser.get("clinic").fields | {"phone": "01632 960100"})
    buttons = [tag for tag in re.findall(r"<button [^>]*>", page.html) if 'form="clinic"' in tag]
    assert len(buttons) == 3
    assert "name=" not in buttons[0], "Enter presses a form's first button, wherever on the page that stands"
