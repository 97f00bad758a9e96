"""What stays behind of a patient, wherever it might: said, on disk, in addresses, on the screen."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Error

from handoutpress.delivery.ledger import FILE
from handoutpress.folders import state_folder
from tests.conftest import ROOT
from tests.desks import browser, enter, running_desk
from tests.outboxes import PASSWORD as MAIL_PASSWORD
from tests.outboxes import Office
from tests.strangers import AFTERCARE, copied_clinic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.desks import RunningDesk

NAME, REFERENCE, NOTE = "Zebulon Quixotic", "QX-77012", "Wombat ointment at dusk."
ADDRESS, PASSWORD = "zq.70011@example.com", "Kumquat-Orchard-9127"
OURS = ("zebulon", "quixotic", "qx-77012", "wombat", "zq.70011", "kumquat")
FIELDS = ("name", "reference", "note", "appointment", "appointment_time", "to", "again_to", "password")


@dataclass
class Place:
    """All folders that the desk could write to."""

    folder: Path
    desk: RunningDesk
    addresses: list[str] = field(default_factory=list)
    """Every one that the browser asked for."""

    def left(self) -> dict[str, set[str]]:
        """Return which of the patient's words stand in which file, and in the files' names."""
        found = {}
        for path in sorted(self.folder.rglob("*")):
            said = said_in(str(path).encode()) | (said_in(path.read_bytes()) if path.is_file() else set())
            if said:
                found[path.name] = said
        return found


def said_in(data: bytes) -> set[str]:
    """Return which of the patient's words stand in some bytes, as text of one or two bytes a letter."""
    low = data.lower()
    return {word for word in OURS if word.encode() in low or word.encode("utf-16-le") in low}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("privacy")
    names = {"HOME": "home", "TMPDIR": "tmp", "XDG_CACHE_HOME": "cache", "XDG_STATE_HOME": "state"}
    env = {name: str(folder / each) for name, each in names.items()}
    for each in (*names.values(), "here"):
        (folder / each).mkdir()
    clinic = copied_clinic(folder)
    Office(clinic).settings(1, None)  # nobody answers there: what is emailed waits
    # Nor is there a print service: a computer's own printers are left alone.
    env |= {MAIL_PASSWORD: "secret", "CUPS_SERVER": "localhost:1"}
    with contextlib.chdir(folder / "here"), pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", env["XDG_STATE_HOME"])
        with running_desk(clinic, env=env, program=ROOT / "tests" / "brokendesk.py") as desk:
            yield Place(folder, desk)


@pytest.fixture(scope="module")
def page(chromium: Browser, place: Place) -> Iterator[Page]:
    context = chromium.new_context(locale="en-GB", accept_downloads=True)
    shown = context.new_page()
    shown.on("dialog", lambda dialog: dialog.accept())  # the page asks before it is left
    shown.on("request", lambda one: place.addresses.append(one.url[:500]))
    shown.on("framenavigated", lambda frame: place.addresses.append(frame.url))
    enter(shown, place.desk)
    (cookie,) = [one for one in context.cookies() if one.get("name") == "desk"]
    place.desk.cookie, place.desk.root = f"desk={cookie.get('value')}", str(cookie.get("path"))
    yield shown
    context.close()


def fill(page: Page, desk: RunningDesk, **more: str) -> None:
    """Fill in everything about the patient, on a page of its own, and look at the sheet."""
    page.goto(desk.origin + desk.root)
    page.check(f"#sheet-{AFTERCARE}")
    page.locator("#printing, #emailing").evaluate_all("(all) => all.forEach((one) => { one.open = true; })")
    given = {"name": NAME, "reference": REFERENCE, "note": NOTE, "appointment": "2026-12-21"}
    given |= {"appointment_time": "14:30", "to": ADDRESS, "again_to": ADDRESS, "password": PASSWORD}
    for name, text in (given | more).items():
        page.fill(f"#{name}", text)


def press(page: Page, button: str) -> None:
    """Press a button, before the page knows that something is wrong; wait for the page that comes of it."""
    page.evaluate(
        """(id) => {
          window.before = true;
          const button = document.querySelector(id);
          button.disabled = false;
          button.form.requestSubmit(button);
        }""",
        button,
    )
    page.wait_for_function("() => !window.before")
    page.wait_for_selector("#give, #outcome, body > pre")


def patient_on(page: Page) -> set[str]:
    """Return what a page says or holds of the patient."""
    held = page.evaluate(
        "() => [...document.querySelectorAll('input, textarea')].map((one) => one.value).join(' ')"
    )
    return said_in((page.content() + held + page.title() + page.url).encode())


def test_nothing_of_a_patient_stays_where_nobody_asked_for_it(page: Page, place: Place) -> None:
    fill(page, place.desk)
    page.wait_for_selector("#pages img")
    assert {"zebulon", "wombat", "kumquat"} <= patient_on(page), "it is there to be found"
    press(page, "#print")  # refused: there is no printer
    assert page.locator("#problems").count() == 1
    assert place.left() == {}
    # What cannot be used is quoted beside its field.
    fill(page, place.desk, note=f"{NOTE} " * 500, visit="1850-01-01")
    page.wait_for_selector("#note-wrong:not([hidden])")
    press(page, "#save")
    assert page.locator("#problems").count() == 1
    fill(page, place.desk, note=f"Crash {NOTE}")
    press(page, "#save")
    assert page.text_content("body") == "Something went wrong in the program. Nothing more was done."
    assert (place.left(), place.desk.records) == ({}, [])

    page.go_back()
    fill(page, place.desk)
    with page.expect_download() as download:
        press(page, "#save")
    assert said_in(download.value.suggested_filename.encode()) == set()
    download.value.delete()
    page.wait_for_selector("h1:has-text('ready')")
    assert patient_on(page) == set()
    assert set(place.left()) <= {FILE, f"{FILE}-wal"}, "the records alone"
    assert set().union(*place.left().values()) == {"qx-77012"}, "which ask for this"

    fill(page, place.desk)
    press(page, "#email")
    page.wait_for_selector("#outcome")
    assert patient_on(page) <= {"qx-77012"}, "what may still be taken back is told apart by it"
    page.click("text=Next patient")
    page.wait_for_selector("#give")
    assert [page.input_value(f"#{name}") for name in FIELDS] == [""] * len(FIELDS)
    assert len(place.desk.messages) == 1
    assert set(place.left()) <= {FILE, f"{FILE}-wal"}
    with contextlib.closing(sqlite3.connect(state_folder(place.desk.clinic) / FILE)) as ledger:
        ledger.execute("UPDATE messages SET content = NULL, recipient = ''")
        dumped = "\n".join(ledger.iterdump()).encode()
    assert said_in(dumped) == {"qx-77012"}, "the message itself apart"
    for path in ("outbox", "outbox?all", "records"):
        page.goto(f"{place.desk.origin}{place.desk.root}{path}")
        assert patient_on(page) <= {"qx-77012"}


def test_going_back_shows_no_patient_again(page: Page, place: Place) -> None:
    """Also where the browser has kept what was sent, and sends it once more."""
    fill(page, place.desk, note=f"{NOTE} " * 500)
    press(page, "#save")
    assert page.locator("#problems").count() == 1, "a page that came of a form"
    sent = page.evaluate("() => Object.fromEntries(new FormData(document.getElementById('give')))")
    assert sent["name"] == NAME
    page.fill("#note", NOTE)
    with page.expect_download():
        press(page, "#save")
    page.wait_for_selector("#outcome a[data-fetched], #outcome a")
    outcome = page.url.removeprefix(place.desk.origin)
    records = len(place.desk.records)
    back(page)
    assert patient_on(page) == set()
    # The browser now offers to send the form once more, to whoever sits there by then.
    for path in ("save", "show", "print", "email"):
        answer = place.desk.post(path, sent)
        assert (answer.status, answer.headers["location"]) == (303, f"{outcome}?again"), path
    back(page)
    assert (patient_on(page), len(place.desk.records)) == (set(), records)


def back(page: Page) -> None:
    """Go back, be it to a page that the browser does not have any more."""
    with contextlib.suppress(Error):
        page.go_back()
    page.wait_for_timeout(500)  # for what no page of ours should do by then


def test_a_page_that_nobody_uses_forgets_its_patient(page: Page, place: Place) -> None:
    fill(page, place.desk, visit="1850-01-01")
    press(page, "#print")
    form = page.input_value("[name=form]")
    assert {"zebulon", "qx-77012", "wombat"} <= patient_on(page)
    assert page.get_attribute("#give", "data-idle") == "600"
    page.evaluate("document.getElementById('give').dataset.idle = '0.5'")
    page.wait_for_url(re.compile(rf"/\?cleared={form}$"))
    assert "cleared" in (page.text_content("#notices") or "")
    assert (patient_on(page), page.locator("#pages img").count()) == (set(), 0)
    assert [page.input_value(f"#{name}") for name in FIELDS] == [""] * len(FIELDS)
    back(page)
    assert patient_on(page) == set()
    sent = {"form": form, "sheet": AFTERCARE, "name": NAME}
    for path in ("show", "print", "save", "email"):
        answer = place.desk.post(path, sent)
        assert (answer.status, answer.headers["location"]) == (303, f"{place.desk.root}?cleared"), path


def test_a_page_forgets_even_where_the_desk_does_not_answer(page: Page, place: Place) -> None:
    """And at once where the computer has slept meanwhile: its clock has gone on."""
    fill(page, place.desk)
    page.wait_for_selector("#pages img")
    page.route(re.compile(r"/\?cleared="), lambda route: route.fulfill(status=204))  # the page stays
    page.evaluate("() => { const now = Date.now; Date.now = () => now() + 600_000; }")
    page.wait_for_selector("#give", state="detached")  # within the patience of a test, and not 10 minutes
    assert patient_on(page) == set()
    page.unroute_all(behavior="ignoreErrors")


def test_no_address_and_no_word_of_the_program_says_who(page: Page, place: Place) -> None:
    history = page.context.new_cdp_session(page).send("Page.getNavigationHistory")
    addresses = [*place.addresses, *(entry["url"] for entry in history["entries"])]
    assert len(addresses) > 50
    assert said_in("\n".join(addresses).encode()) == set()
    process = place.desk.process
    process.terminate()
    process.wait(30)
    assert process.stdout
    said = process.stdout.read() + "".join(place.desk.log)
    assert re.search(r"^desk: ValueError at brokendesk\.py:\d+ < ", said, re.MULTILINE), "the fault is told"
    assert (said_in(said.encode()), "Traceback" in said) == (set(), False)
    assert {name for name in place.left() if not name.startswith(FILE)} == set()
