"""From the page onto paper and into an inbox: a virtual printer, a real mail server."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pypdfium2
import pytest

from tests.clockdesk import CLOCK, LOOK_SECONDS, WATCH
from tests.conftest import ROOT
from tests.desks import browser, enter, follow, running_desk, wait_for_preview
from tests.posting import ADDRESS, AFTERCARE, NAME, message_in
from tests.printers import CLINIC, DESK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.desks import RunningDesk
    from tests.posting import Desk
    from tests.printers import VirtualPrinters


QUICK, CLOCKED = ROOT / "tests" / "quickdesk.py", ROOT / "tests" / "clockdesk.py"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture
def posting(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningDesk]:
    """The page of a clinic whose email goes to the test's server."""
    for name, value in desk.env.items():
        monkeypatch.setenv(name, value)
    with running_desk(desk.clinic, program=QUICK) as running:
        yield running
        assert running.log == [line for line in running.log if "HANDOUTS_TODAY" in line]


@pytest.fixture
def page(chromium: Browser, posting: RunningDesk) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1440, "height": 1000})
    shown = enter(context.new_page(), posting)
    shown.check(f"#sheet-{AFTERCARE}")
    shown.fill("#name", NAME)
    wait_for_preview(shown)
    yield shown
    context.close()


def until(page: Page, words: str) -> None:
    page.wait_for_selector(f"h1:has-text('{words}')", timeout=40_000)


class TestPrinting:
    @pytest.fixture
    def paper(
        self,
        printers: VirtualPrinters,
        clinic: Path,
        chromium: Browser,
        tmp_path: Path,
        request: pytest.FixtureRequest,
    ) -> Iterator[tuple[Page, RunningDesk]]:
        env = {"HANDOUTS_STATE": str(tmp_path / "state"), CLOCK: str(tmp_path / "later")}
        env |= getattr(request, "param", {})
        with running_desk(clinic, env=env, program=CLOCKED) as running:
            context = chromium.new_context()
            shown = enter(context.new_page(), running)
            shown.check(f"#sheet-{AFTERCARE}")
            shown.fill("#name", NAME)
            wait_for_preview(shown)
            yield shown, running
            context.close()

    # The page says how the job ended, if that took no longer than it was watched.
    @pytest.mark.parametrize("paper", [{WATCH: "30"}], indirect=True, ids=[""])
    def test_on_the_printer_that_is_chosen(
        self, paper: tuple[Page, RunningDesk], printers: VirtualPrinters
    ) -> None:
        page, _ = paper
        page.click("#printing summary")
        assert page.locator("#printer option").all_inner_texts()[1:] == [CLINIC, DESK]
        page.select_option("#printer", CLINIC)
        page.fill("#copies", "2")
        page.select_option("#sides", "both")
        page.click("#print")
        until(page, "Sent to the printer")
        assert "Printed." in page.inner_text(".told")
        (job,) = printers.wait_for(1)
        assert (job.attributes["COPIES"], job.attributes["SIDES"]) == ("2", "two-sided-long-edge")
        with pypdfium2.PdfDocument(job.pdf) as document:
            assert NAME in document[0].get_textpage().get_text_bounded()
        page.reload()
        page.go_back()
        assert page.input_value("#name") == ""
        assert len(printers.jobs()) == 1

    def test_a_printer_without_the_paper_is_refused_beside_the_field(
        self, paper: tuple[Page, RunningDesk], printers: VirtualPrinters
    ) -> None:
        page, _ = paper
        page.click("#printing summary")
        page.select_option("#printer", DESK)
        page.click("#print")
        page.wait_for_selector("#problems")
        assert "A4" in page.inner_text("#printer-wrong, #paper-wrong >> visible=true")
        assert page.input_value("#name") == NAME
        assert page.input_value("#printer") == DESK
        assert printers.jobs() == []

    def test_a_job_that_waits_can_be_stopped(
        self, paper: tuple[Page, RunningDesk], printers: VirtualPrinters
    ) -> None:
        page, running = paper
        printers.switch_off(CLINIC)
        try:
            page.click("#printing summary")
            page.select_option("#printer", CLINIC)
            page.click("#print")
            page.wait_for_selector("button:has-text('Stop the printing')", timeout=40_000)
            page.click("button:has-text('Stop the printing')")
            until(page, "Look at the printer")
            assert "Cancelled" in page.inner_text(".told")
        finally:
            printers.switch_on(CLINIC)
        assert printers.jobs() == []
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HANDOUTS_STATE", str(running.clinic.parent / "state"))
            assert [record.outcome for record in running.records] == ["cancelled"]


class Filling:
    def fill(self, page: Page, address: str = ADDRESS, again: str | None = None) -> None:
        page.click("#emailing summary")
        page.fill("#to", address)
        page.fill("#again_to", address if again is None else again)


class TestHeld(Filling):
    """What is emailed can be taken back until its time is over, which the test says here."""

    @pytest.fixture
    def later(self, tmp_path: Path) -> Path:
        return tmp_path / "later"

    @pytest.fixture
    def posting(self, desk: Desk, monkeypatch: pytest.MonkeyPatch, later: Path) -> Iterator[RunningDesk]:
        for name, value in desk.env.items():
            monkeypatch.setenv(name, value)
        with running_desk(desk.clinic, env={CLOCK: str(later)}, program=CLOCKED) as running:
            yield running
            assert running.log == [line for line in running.log if "HANDOUTS_TODAY" in line]

    def test_into_the_inbox_after_some_seconds(
        self, page: Page, desk: Desk, posting: RunningDesk, later: Path
    ) -> None:
        self.fill(page)
        page.check("#accepts")
        page.fill("#by", "Front desk")
        page.click("#email")
        until(page, "Sending")
        assert desk.received == []
        assert page.locator("button:has-text('Take it back')").count() == 1
        time.sleep(2 * LOOK_SECONDS)
        assert desk.received == [], "looked at, and left alone"
        later.touch()
        until(page, "Sent")
        (received,) = desk.received
        assert message_in(received.content)["To"] == ADDRESS
        (record,) = posting.records
        assert (record.channel, record.outcome, record.operator) == ("email", "sent", "Front desk")
        assert ADDRESS not in page.url

    def test_taken_back(self, page: Page, desk: Desk, posting: RunningDesk, later: Path) -> None:
        self.fill(page)
        page.check("#accepts")
        page.click("#email")
        page.click("button:has-text('Take it back')")
        until(page, "Taken back")
        later.touch()
        time.sleep(1 + 2 * LOOK_SECONDS)
        assert desk.received == []
        assert [message.state for message in posting.messages] == ["cancelled"]

    def test_the_same_again_only_when_asked(self, page: Page, posting: RunningDesk) -> None:
        self.fill(page)
        page.check("#accepts")
        page.click("#email")
        until(page, "Sending")
        page.goto(re.sub("done/.*", "", page.url))
        page.check(f"#sheet-{AFTERCARE}")
        page.fill("#name", NAME)
        self.fill(page)
        follow(page, "#email")
        page.wait_for_selector("#problems")
        assert len(posting.messages) == 1
        page.check("#again")
        page.click("#email")
        until(page, "Sending")
        assert len(posting.messages) == 2

    def test_with_a_password(self, page: Page, posting: RunningDesk) -> None:
        self.fill(page)
        page.fill("#password", "correct horse battery")
        page.click("#email")
        until(page, "Sending")
        assert "with a password on the PDF" in page.inner_text("#outcome")
        with posting.ledger() as ledger:
            ((content,),) = ledger.rows("SELECT content FROM messages")
        (attached,) = message_in(content).iter_attachments()
        pdf = attached.get_content()
        with pytest.raises(pypdfium2.PdfiumError):
            pypdfium2.PdfDocument(pdf)
        with pypdfium2.PdfDocument(pdf, password="correct horse battery") as document:
            assert NAME in document[0].get_textpage().get_text_bounded()


class TestEmail(Filling):
    def test_what_is_wrong_stands_beside_its_field(self, page: Page, desk: Desk) -> None:
        desk.change("preference: not-required", "preference: required")
        self.fill(page, "pat.doe.example.net", "pat@example.net")
        follow(page, "#email")
        page.wait_for_selector("#problems")
        assert page.locator("#to-wrong").is_visible()
        self.fill_again(page, ADDRESS, "other@example.net")
        page.wait_for_selector("#again_to-wrong:visible")
        self.fill_again(page, ADDRESS, ADDRESS)
        page.wait_for_selector("#preference-wrong:visible")
        assert page.input_value("#name") == NAME
        page.fill("#password", "short")
        follow(page, "#email")
        page.wait_for_selector("#password-wrong:visible")
        desk.nothing_went()

    def fill_again(self, page: Page, address: str, again: str) -> None:
        page.fill("#to", address)
        page.fill("#again_to", again)
        follow(page, "#email")

    def test_a_slow_server_holds_nobody_up(self, page: Page, desk: Desk, posting: RunningDesk) -> None:
        desk.server.behave("slow", 300)
        self.fill(page)
        page.check("#accepts")
        page.click("#email")
        until(page, "Sending")
        other = page.context.new_page()
        other.goto(re.sub("done/.*", "", page.url))
        other.check(f"#sheet-{AFTERCARE}")
        wait_for_preview(other)
        with other.expect_download():
            other.click("#save")
        assert desk.received == []
        assert page.inner_text("h1") == "Sending"
        desk.server.behave("accept")
        until(page, "Sent")

    def test_a_server_that_is_away_leaves_it_waiting(
        self, page: Page, desk: Desk, posting: RunningDesk
    ) -> None:
        desk.server.stop()
        self.fill(page)
        page.check("#accepts")
        page.click("#email")
        until(page, "Not sent yet")
        assert [message.state for message in posting.messages] == ["waiting"]
        desk.server.start()
        page.click("button:has-text('Do not send it')")
        until(page, "Taken back")
