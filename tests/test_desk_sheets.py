"""The sheets' pages of the desk: what each is, whether it holds, what stops it."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from handoutpress.desk import figures, library
from handoutpress.places import Places, shipped_folder
from handoutpress.press import compose_copy
from handoutpress.signing import sign_sheets
from handoutpress.wish import Wish
from tests.conftest import ROOT, SHEETS, TODAY
from tests.deskpages import Browser, open_browser
from tests.overlays import reword, write_changes

if TYPE_CHECKING:
    from pathlib import Path

AFTERCARE, TOPIC = "microneedling-aftercare", "sheets?topic=microneedling"
HERE = [name for name in SHEETS if name.startswith("microneedling-")]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A copy of the example clinic."""
    shutil.copytree(ROOT / "clinics" / "example", tmp_path / "clinic")
    return Places(tmp_path / "clinic", shipped_folder())


@pytest.fixture
def browser(places: Places) -> Browser:
    return open_browser(places)


@pytest.fixture
def composed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Every sheet that figures are made of, as it is made."""
    made: list[tuple[str, str]] = []

    def counting(name: str, places: Places, wish: Wish, **more: Any) -> Any:
        made.append((name, wish.language))
        return compose_copy(name, places, wish, **more)

    monkeypatch.setattr(figures, "compose_copy", counting)
    return made


def row(html: str, name: str, language: str = "en") -> str:
    """The words of a sheet's row."""
    at = html.index(f"sheets/{name}/{language}")
    return " ".join(re.sub(r"<[^>]*>", " ", html[at : html.index("</tr>", at)]).split())


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_each_sheet_stands_there_in_each_language(browser: Browser) -> None:
    page = browser.get(TOPIC)
    assert page.status == 200
    assert page.html.count('<th scope="row">') == 2 * len(HERE)
    said = row(page.html, AFTERCARE)
    assert re.search(
        r"After your microneedling English nothing not signed off by this clinic the original "
        r"Flesch-Kincaid [\d.]+, SMOG [\d.]+ 1\.\d \d\d? Nov 2026 \d\d? Nov 2027 2$",
        said,
    )
    assert re.search(r"Spanish nothing .* not checked yet INFLESZ [\d.]+ ", row(page.html, AFTERCARE, "es"))
    assert f"0 of {2 * len(HERE)} signed off by this clinic" in page.words
    assert "none stopped" in page.words
    assert "reviewed" not in page.words, "nobody has reviewed these texts"
    table = re.search(r'<div class="table"[^>]*>', page.html)
    assert table
    assert 'tabindex="0"' in table[0]
    assert 'role="region"' in table[0]
    assert "<caption" in page.html


def test_figures_are_made_once_for_a_state_of_the_files(
    browser: Browser, places: Places, composed: list[tuple[str, str]]
) -> None:
    browser.get(TOPIC)
    assert len(composed) == 2 * len(HERE)
    browser.get(TOPIC)
    browser.get(f"sheets/{AFTERCARE}/en")
    assert len(composed) == 2 * len(HERE)
    replace(places.clinic / "clinic.yaml", '"01632 960123"', '"01632 960188"')
    page = browser.get(f"sheets/{AFTERCARE}/en")
    assert composed[2 * len(HERE) :] == [(AFTERCARE, "en")]
    assert "01632 960188" in page.words


def test_only_the_topic_asked_for_is_looked_at(
    browser: Browser, places: Places, composed: list[tuple[str, str]]
) -> None:
    shutil.copytree(ROOT / "tests" / "all_blocks", places.clinic / "handouts" / "another-topic")
    page = browser.get("sheets?topic=another-topic")
    assert page.status == 200
    assert composed
    assert not {name for name, _ in composed} & set(HERE)
    assert "sheets?topic=microneedling" in page.html
    assert AFTERCARE not in page.html
    assert browser.get("sheets/another-topic").words == page.words, "as the change of language comes back"
    assert browser.get("sheets?topic=nothing").status == 404


def test_sign_offs_stand_there_and_whether_they_hold(browser: Browser, places: Places) -> None:
    sign_sheets([AFTERCARE], places, Wish(), "Example Clinician", TODAY.replace(year=2027))
    page = browser.get(TOPIC)
    assert "signed off by Example Clinician, until 24 Nov 2027" in row(page.html, AFTERCARE)
    assert f"1 of {2 * len(HERE)} signed off by this clinic" in page.words
    replace(places.clinic / "clinic.yaml", "9 am to 5 pm", "8 am to 5 pm")
    said = row(browser.get(TOPIC).html, AFTERCARE)
    assert "no longer holds Example Clinician signed this sheet off on 24 Nov 2026, but its text has" in said
    page = browser.get(f"sheets/{AFTERCARE}/en")
    assert page.words.count("but its text has changed since") == 1, "told once"


def test_what_stops_a_sheet_is_counted_and_said_with_the_way_to_mend_it(
    browser: Browser, places: Places
) -> None:
    path = places.clinic / "clinic.yaml"
    path.write_text(path.read_text(encoding="utf-8").partition("protocol:\n")[0], encoding="utf-8")
    page = browser.get(TOPIC)
    assert "1 thing" in row(page.html, AFTERCARE)
    assert re.search(r"[1-9]\d* stopped", page.words)
    page = browser.get(f"sheets/{AFTERCARE}/en")
    assert "The clinic has not said which signs of an allergy are an emergency" in page.words
    link = re.search(r'href="[^"]*/(clinic#[^"]*allergy_signs)"[^>]*>Open the clinic page', page.html)
    assert link
    browser.get("clinic").tag(link[1].partition("#")[2])
    # A translation is stopped by the words of its own language, which have a page of their own.
    words = browser.get(f"sheets/{AFTERCARE}/es")
    assert "Open the clinic page" not in words.words
    (places.clinic / "clinic.es.yaml").unlink()
    words = browser.get(f"sheets/{AFTERCARE}/es")
    assert re.search(r'clinic/es#protocol.microneedling.allergy_signs"[^>]*>Open the clinic page', words.html)
    assert "Nothing stops this sheet" not in page.words


@pytest.mark.parametrize("language", ["en", "es"])
def test_one_sheet_with_its_sources_and_slots(browser: Browser, language: str) -> None:
    page = browser.get(f"sheets/{AFTERCARE}/{language}")
    assert page.status == 200
    assert "not signed off by this clinic" in page.words
    assert re.search(r"Statements \d+ Name microneedling-aftercare", page.words)
    assert page.html.count('rel="noreferrer noopener"') > 5
    assert ("No qualified translator has checked this translation yet." in page.words) == (language == "es")
    # Every slot leads to the field that fills it.
    links = re.findall(r'<th scope="row"><a href="[^"]*/(clinic[^"#]*)#([^"]*)"', page.html)
    assert len(links) > 10
    own = {path: browser.get(path) for path in {path for path, _ in links}}
    assert ("clinic/es" in own) == (language == "es")
    for path, field in links:
        own[path].tag(field)
    assert "prints a line to write on" in page.words
    assert "01632 960123" in page.words


def test_one_field_to_fill_in_is_one_thing_that_stops_a_sheet(browser: Browser, places: Places) -> None:
    """As for a missing phone number, which two rules ask for."""
    path = places.clinic / "clinic.yaml"
    path.write_text(re.sub(r"(?m)^phone:.*$", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    assert "1 thing" in row(browser.get(TOPIC).html, AFTERCARE)
    page = browser.get(f"sheets/{AFTERCARE}/en")
    assert len(re.findall(r'href="[^"]*clinic#phone"[^>]*>Open the clinic page', page.html)) == 1
    assert page.words.count("phone number is missing") == 1


def test_a_sheet_is_found_by_its_name_alone(browser: Browser) -> None:
    answer = browser.get(f"sheets/{AFTERCARE}")
    assert (answer.status, answer.headers["location"].endswith(f"/sheets/{AFTERCARE}/en")) == (303, True)
    for path in ("sheets/nothing", "sheets/nothing/en", f"sheets/{AFTERCARE}/xx"):
        assert browser.get(path).status == 404


def test_a_title_that_the_clinic_changes_is_found_by_its_latest_words(places: Places) -> None:
    """The list keeps what it read: also a change to the changes has to reach it."""
    shipped = library.entries(places, "en")
    (title,) = (entry.title for entry in shipped if entry.name == AFTERCARE)
    for new in ("The first evening", "The third evening"):  # of one length, so of one size
        path = write_changes(places.clinic, "changes:\n" + reword(title, new))
        os.utime(path, (1, 1))
        known = library.entries(places, "en")
        assert [entry.title for entry in library.search(known, new)] == [new]
    path.unlink()
    assert library.entries(places, "en") == shipped


def test_a_broken_sheet_and_a_broken_clinic_are_told(browser: Browser, places: Places) -> None:
    own = places.clinic / "handouts" / "microneedling"
    own.mkdir(parents=True)
    (own / f"{AFTERCARE}.yaml").write_text("title: [\n", encoding="utf-8")
    page = browser.get(TOPIC)
    assert "1 thing" in row(page.html, AFTERCARE)
    assert "nothing" in row(page.html, "microneedling-about")
    page = browser.get(f"sheets/{AFTERCARE}/en")
    assert page.status == 200
    assert re.search(r"microneedling-aftercare\.yaml, line \d+", page.words)
    (places.clinic / "clinic.yaml").write_text("name: [\n", encoding="utf-8")
    page = browser.get(TOPIC)
    assert page.status == 200
    assert "What microneedling can and cannot do" in page.words, "the sheet itself can be read"
    assert f"{2 * len(HERE)} stopped" in page.words


def test_a_text_whose_review_is_past_is_marked(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    past = re.compile(r'<time datetime="2027-11-\d\d" class="state bad">\d+ Nov 2027</time>')
    for path, count in ((TOPIC, 2 * len(HERE)), (f"sheets/{AFTERCARE}/en", 1)):
        monkeypatch.setenv("HANDOUTS_TODAY", "2026-11-24")
        assert not past.findall(browser.get(path).html)
        monkeypatch.setenv("HANDOUTS_TODAY", "2028-01-10")
        assert len(past.findall(browser.get(path).html)) == count


def test_days_are_told_as_the_clinic_and_the_language_of_the_page_have_them(
    browser: Browser, places: Places
) -> None:
    sign_sheets([AFTERCARE], places, Wish(), "Example Clinician", TODAY.replace(year=2027))
    path = f"sheets/{AFTERCARE}/en"

    def days(language: str) -> tuple[str, str]:
        browser.language = language
        page = browser.get(path)
        assert not re.findall(r"\b20\d\d-\d\d-\d\d\b", page.words), "a day as only programs write it"
        (dated,) = re.findall(r"<dd><time [^>]*>([^<]*2026)</time></dd>", page.html)
        (signed,) = re.findall(r"(?:until|hasta)( el)? ([^<]*2027)</span>", page.html)
        return dated, signed[1]

    dated = handout_dated()
    assert days("en") == (f"{dated} Nov 2026", "24 Nov 2027")
    assert days("es") == (f"{dated} de nov. de 2026", "24 de nov. de 2027")
    replace(places.clinic / "clinic.yaml", "date_order: day-month", "date_order: month-day")
    sign_sheets([AFTERCARE], places, Wish(), "Example Clinician", TODAY.replace(year=2027))
    assert days("en") == (f"Nov {dated}, 2026", "Nov 24, 2027")


def handout_dated() -> int:
    """The day of November that the sheet's version is of."""
    text = (ROOT / "handouts" / "microneedling" / f"{AFTERCARE}.yaml").read_text(encoding="utf-8")
    found = re.search(r"(?m)^dated: 2026-11-(\d\d)$", text)
    assert found
    return int(found[1])


def test_the_pages_are_there_in_spanish(browser: Browser) -> None:
    browser.language = "es"
    page = browser.get(TOPIC)
    assert "no aprobada por esta clínica" in page.words
    assert "Microagujas (microneedling) para cicatrices de acné" in page.words
    page = browser.get(f"sheets/{AFTERCARE}/en")
    assert "se imprime una línea para rellenar a mano" in page.words
    assert "What stops it" not in page.words
