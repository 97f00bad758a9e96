"""Whatever breaks while the desk delivers: nothing is delivered twice by it, and no page says what is not."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from handoutpress.delivery import outbox, records
from handoutpress.delivery.ledger import Ledger
from handoutpress.delivery.outbox import State
from handoutpress.delivery.printer import PrintJob
from handoutpress.desk import emailing
from handoutpress.dispatch import printing, recording
from handoutpress.errors import HandoutError, Uncertain
from handoutpress.places import Places, shipped_folder
from tests.deskpages import Browser, Page, open_browser

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SHEETS = ["microneedling-about", "microneedling-aftercare", "microneedling-scar-risk"]
TITLES = [
    "What microneedling can and cannot do",
    "After your microneedling",
    "Can microneedling make acne scars worse?",
]
MAIL = (
    "mail: {host: localhost, port: 9, security: none, from: handouts@example.org, preference: not-required}\n"
)
LETTER = {"to": "pat.doe@example.net", "again_to": "pat.doe@example.net"}


@pytest.fixture
def browser(clinic: Path) -> Browser:
    with (clinic / "clinic.yaml").open("a", encoding="utf-8") as facts:
        facts.write(MAIL)
    return open_browser(Places(clinic, shipped_folder()))


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What a printer got, which takes everything."""
    found: list[bytes] = []

    def print_pdf(pdf: bytes, _request: object, printer: str) -> PrintJob:
        found.append(pdf)
        return PrintJob(f"{printer}-{len(found)}", printer, "printed")

    monkeypatch.setattr(printing, "choose_printer", lambda _request: "Clinic")
    monkeypatch.setattr(printing, "print_pdf", print_pdf)
    return found


def form_of(browser: Browser) -> dict[str, Any]:
    token = browser.get("").fields["form"]
    return {"form": token, "sheet": SHEETS, "name": "Ann Example"}


def came_to(browser: Browser, answer: Page) -> Page:
    assert answer.status == 303, answer.words
    return browser.get(re.sub("^/[0-9a-f]{16}/", "", answer.headers["location"]))


def after(count: int, error: Exception, inner: Callable[..., PrintJob]) -> Callable[..., PrintJob]:
    """A printer that takes some sheets and then fails."""
    calls = 0

    def print_pdf(*given: Any) -> PrintJob:
        nonlocal calls
        calls += 1
        if calls > count:
            raise error
        return inner(*given)

    return print_pdf


@pytest.mark.parametrize("error", [HandoutError("The printer is stopped."), RuntimeError("a fault of ours")])
def test_a_print_that_breaks_off_says_what_is_missing(
    browser: Browser, printed: list[bytes], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    form = form_of(browser)
    monkeypatch.setattr(printing, "print_pdf", after(1, error, vars(printing)["print_pdf"]))
    page = came_to(browser, browser.post("print", form))
    assert '<h1 class="bad">Look at the printer</h1>' in page.html
    first, _, rest = page.words.partition("Printed.")
    assert TITLES[0] in first
    assert all(title in rest for title in TITLES[1:])
    assert rest.count("was not printed, or perhaps not") == 2
    again = came_to(browser, browser.post("print", form))
    assert "It was not delivered a second time." in again.words
    assert len(printed) == 1


def test_a_print_of_which_nobody_knows_is_not_offered_again(
    browser: Browser, printed: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    form = form_of(browser)
    told = Uncertain("The print service did not answer within 120 seconds. The sheet may still come out.")
    monkeypatch.setattr(printing, "print_pdf", after(0, told, vars(printing)["print_pdf"]))
    page = came_to(browser, browser.post("print", form))
    assert "Look at the printer" in page.words
    assert page.words.count("was not printed, or perhaps not") == 3
    assert "not delivered a second time" in came_to(browser, browser.post("print", form)).words
    assert printed == []


def test_a_record_that_cannot_be_written_is_no_reason_to_print_again(
    browser: Browser, printed: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise HandoutError("the disk is full")

    form = form_of(browser)
    monkeypatch.setattr(recording, "end", full)
    page = came_to(browser, browser.post("print", form))
    assert "Look at the printer" in page.words
    assert "not delivered a second time" in came_to(browser, browser.post("print", form)).words
    assert len(printed) == 1


def test_after_a_fault_the_form_asks_to_look_first(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> int:
        raise RuntimeError("a fault of ours")

    form = form_of(browser) | LETTER
    monkeypatch.setattr(emailing, "queue_message", broken)
    assert browser.post("email", form).status == 500
    monkeypatch.undo()
    page = browser.post("email", form)
    assert page.status == 409
    assert "Look into the records" in page.words
    assert page.fields["name"] == "Ann Example"


def test_a_typed_password_is_never_left_out(browser: Browser, clinic: Path) -> None:
    page = came_to(
        browser, browser.post("email", form_of(browser) | LETTER | {"password": "correct horse 1"})
    )
    assert "with a password on the PDF" in page.words
    with Ledger.open(clinic) as ledger:
        (message,) = outbox.messages(ledger)
    assert message.protected


@pytest.mark.parametrize("state", [State.UNKNOWN, State.FAILED, State.SENT, State.HANDING_OVER])
def test_only_what_waits_can_be_taken_back(browser: Browser, clinic: Path, state: State) -> None:
    answer = browser.post("email", form_of(browser) | LETTER)
    path = re.sub("^/[0-9a-f]{16}/", "", answer.headers["location"])
    with Ledger.open(clinic) as ledger:
        (message,) = outbox.messages(ledger)
        outbox.settle(ledger, message.id, state, "the connection broke off")
    browser.post(f"{path}/undo", {})
    with Ledger.open(clinic) as ledger:
        assert outbox.get(ledger, message.id).state is state
        assert {record.outcome for record in records.find(ledger, records.Search())} <= {state, State.WAITING}


def test_a_ledger_that_cannot_be_used_is_told_and_nothing_is_printed(
    browser: Browser, clinic: Path, printed: list[bytes]
) -> None:
    form = form_of(browser)
    with Ledger.open(clinic) as ledger:
        path = ledger.folder / "ledger.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    assert browser.get("").status == 200
    page = browser.post("print", form)
    assert page.status == 422
    assert "written by a newer version" in page.words
    assert printed == []
    assert browser.get("records").status == 503


def test_a_clinic_in_another_kind_of_english_has_its_sheets(clinic: Path) -> None:
    facts = clinic / "clinic.yaml"
    facts.write_text(facts.read_text(encoding="utf-8") + "language: en-GB\n", encoding="utf-8")
    page = open_browser(Places(clinic, shipped_folder())).get("")
    assert all(title in page.words for title in TITLES)


def test_a_chosen_sheet_that_cannot_be_read_does_not_drop_out(
    browser: Browser, clinic: Path, printed: list[bytes]
) -> None:
    own = clinic / "handouts" / "microneedling" / "microneedling-aftercare.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("title: [", encoding="utf-8")
    shown = browser.post("show", form_of(browser))
    sent = re.findall(r'<input type="hidden" name="sheet" value="([^"]+)">', shown.html)
    assert sent == ["microneedling-aftercare"]
    answer = browser.post("print", form_of(browser))
    assert answer.status == 422
    assert printed == []
