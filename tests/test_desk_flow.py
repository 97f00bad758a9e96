"""The way of staff through the page, in a real browser: find, fill in, look, hand over."""

from __future__ import annotations

import io
import re
import shutil
from typing import TYPE_CHECKING

import pypdfium2
import pytest
from PIL import Image, ImageChops

from handoutpress.reading.patient import PatientDetails
from tests.conftest import LIBRARY, ROOT
from tests.desks import browser, enter, follow, running_desk, wait_for_preview

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.desks import RunningDesk

AFTERCARE, READY = "microneedling-aftercare", "microneedling-getting-ready"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clinics") / "front-desk"
    shutil.copytree(ROOT / "clinics" / "example", folder)
    return folder


@pytest.fixture(scope="module")
def desk(clinic: Path) -> Iterator[RunningDesk]:
    with running_desk(clinic) as running:
        yield running


@pytest.fixture(scope="module")
def context(chromium: Browser, desk: RunningDesk) -> Iterator[BrowserContext]:
    """One browser for all tests of this module: its fonts and styles are fetched once."""
    opened = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    page = enter(opened.new_page(), desk)
    page.close()
    yield opened
    opened.close()


@pytest.fixture
def home(context: BrowserContext, desk: RunningDesk) -> str:
    """The address of the main page, with nothing remembered."""
    for name in ("desk-remember", "desk-language"):
        context.clear_cookies(name=name)
    (cookie,) = context.cookies()
    return f"{desk.origin}{cookie['path']}"


@pytest.fixture
def page(context: BrowserContext, home: str) -> Iterator[Page]:
    """A page of the desk; what its console says must be nothing."""
    shown = context.new_page()
    said: list[str] = []
    shown.on("console", lambda message: said.append(message.text))
    shown.on("pageerror", lambda error: said.append(str(error)))
    shown.on("dialog", lambda dialog: dialog.accept())
    shown.goto(home)
    yield shown
    for each in context.pages:
        each.close()
    assert [text for text in said if "Failed to load resource" not in text] == []


def test_what_is_shown_is_what_is_saved(page: Page, desk: RunningDesk) -> None:
    page.fill("#query", "after your micro")
    shown = page.locator(".shelf li:visible")
    assert shown.count() == 1
    shown.get_by_role("checkbox").check()
    page.fill("#name", "Ann Example")
    page.fill("#reference", "EX-0042")
    page.fill("#visit", "2026-11-23")
    page.fill("#appointment", "2026-12-21")
    page.fill("#appointment_time", "14:30")
    page.fill("#note", "Use the gel twice a day.")
    wait_for_preview(page)
    pictures = [shot_of(one.get_attribute("src") or "") for one in page.locator("#pages img").all()]
    with page.expect_download() as download:
        page.click("#save")
    assert download.value.suggested_filename == f"{AFTERCARE}.pdf"
    pdf = download.value.path().read_bytes()
    assert [same(picture, made) for picture, made in zip(pictures, rendered(pdf), strict=True)] == [
        True,
        True,
    ]
    with pypdfium2.PdfDocument(pdf) as document:
        words = document[0].get_textpage().get_text_bounded()
    assert "Ann Example" in words
    page.wait_for_selector("text=The file is ready")
    (record,) = desk.records
    assert (record.sheet, record.channel, record.outcome, record.reference) == (
        AFTERCARE,
        "file",
        "saved",
        "EX-0042",
    )
    follow(page, "text=Next patient")
    assert [page.input_value(f"#{name}") for name in ("name", "reference", "note", "appointment")] == [""] * 4


def shot_of(src: str) -> Image.Image:
    import base64

    return Image.open(io.BytesIO(base64.b64decode(src.removeprefix("data:image/png;base64,")))).convert("RGB")


def rendered(pdf: bytes) -> list[Image.Image]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [each.render(scale=1.5).to_pil().convert("RGB") for each in document]


def same(first: Image.Image, second: Image.Image) -> bool:
    return first.size == second.size and ImageChops.difference(first, second).getbbox() is None


def chosen(page: Page, *names: str) -> None:
    for name in names:
        page.check(f"#sheet-{name}")
    wait_for_preview(page)


class TestFinding:
    def test_every_word_must_be_found(self, page: Page) -> None:
        page.fill("#query", "MICRO visit")
        assert page.locator(".shelf li:visible").count() == 4
        page.fill("#query", "nothing like it")
        assert page.locator(".shelf li:visible").count() == 0
        assert page.locator("text=No sheet has these words").is_visible()

    def test_by_when_it_is_given_and_without_accents(self, page: Page) -> None:
        page.select_option("#language", "es")
        page.wait_for_selector("label:has-text('Después de sus microagujas')")
        page.fill("#query", "dia tratamiento despues")
        assert page.locator(".shelf li:visible").count() == 1

    def test_favourites_stand_first_for_the_whole_clinic(self, page: Page) -> None:
        star = page.locator("li:has(#sheet-microneedling-getting-ready) .star")
        star.click()
        page.wait_for_selector("li:has(#sheet-microneedling-getting-ready) .star[aria-pressed=true]")
        page.reload()
        assert page.locator(".shelf legend").first.inner_text() == "Favourites"
        assert "Getting ready" in page.locator(".shelf li").first.inner_text()
        page.locator("li:has(#sheet-microneedling-getting-ready) .star").click()
        page.wait_for_selector("li:has(#sheet-microneedling-getting-ready) .star[aria-pressed=false]")


class TestPreview:
    def test_a_problem_stands_beside_its_field(self, page: Page) -> None:
        chosen(page, AFTERCARE)
        page.fill("#name", "字")
        wait_for_preview(page, "stale")
        assert "字" in page.inner_text("#name-wrong")
        assert page.get_attribute("#name", "aria-invalid") == "true"
        assert page.locator("#pages.stale").count() == 1
        page.fill("#name", "Zi")
        wait_for_preview(page)
        assert page.locator("#name-wrong").is_hidden()
        assert page.get_attribute("#name", "aria-invalid") is None
        assert page.locator("#pages.stale").count() == 0

    def test_a_time_without_a_day(self, page: Page) -> None:
        chosen(page, AFTERCARE)
        page.fill("#appointment_time", "09:15")
        wait_for_preview(page, "stale")
        assert "no date" in page.inner_text("#appointment_time-wrong")

    def test_edition_paper_and_language_change_the_pages(self, page: Page) -> None:
        chosen(page, AFTERCARE)
        page.select_option("#edition", "large-print")
        wait_for_preview(page)
        assert page.locator("#pages img").count() > 2
        page.select_option("#edition", "standard")
        page.select_option("#paper", "letter")
        wait_for_preview(page)
        assert page.locator("#pages img").first.get_attribute("width") == "918"  # 8.5 inches
        page.select_option("#language", "es")
        wait_for_preview(page)
        assert page.locator("#pages figcaption").inner_text().startswith("Después de sus microagujas")
        assert "Después de sus microagujas: no qualified translator" in page.inner_text("#notices")

    def test_several_sheets_and_all_in_one(self, page: Page) -> None:
        chosen(page, AFTERCARE, READY)
        assert page.locator("#pages figure").count() == 2
        page.check("#packet")
        wait_for_preview(page)
        assert page.locator("#pages figure").count() == 1
        assert page.locator("#pages img").count() == 5
        page.click(".basket .remove >> nth=0")
        wait_for_preview(page)
        assert page.locator(".basket li").count() == 1
        assert not page.is_checked(f"#sheet-{AFTERCARE}")

    def test_what_the_clinic_has_not_set_is_said_beside_the_sheet(self, page: Page, clinic: Path) -> None:
        facts = clinic / "clinic.yaml"
        text = facts.read_text(encoding="utf-8")
        facts.write_text(re.sub(r"(?m)^phone:.*$", "", text), encoding="utf-8")
        try:
            chosen(page, AFTERCARE)
            wrong = page.locator(".basket .wrong")
            assert "phone" in wrong.inner_text()
            assert (wrong.locator("a").get_attribute("href") or "").endswith("clinic#phone")
            assert page.locator("#pages img").count() == 0
        finally:
            facts.write_text(text, encoding="utf-8")

    def test_a_text_whose_time_is_over(self, page: Page, clinic: Path, desk: RunningDesk) -> None:
        before = len(desk.records)
        own = clinic / "handouts" / "microneedling" / f"{AFTERCARE}.yaml"
        own.parent.mkdir(parents=True)
        shipped = (ROOT / "handouts" / "microneedling" / own.name).read_text(encoding="utf-8")
        past = re.sub(r"(?m)^dated:.*$", "dated: 2026-01-01", shipped)
        own.write_text(re.sub(r"(?m)^review_by:.*$", "review_by: 2026-11-23", past), encoding="utf-8")
        try:
            chosen(page, AFTERCARE)
            assert "2026-11-23" in page.inner_text(".basket .wrong")
            follow(page, "#save")
            page.wait_for_selector("#problems:has-text('2026-11-23')")
            assert len(desk.records) == before
        finally:
            shutil.rmtree(own.parent.parent)

    def test_a_form_that_is_shown_again_goes_on_following(self, page: Page) -> None:
        chosen(page, AFTERCARE)
        page.locator("#name").press_sequentially("Ann Example", delay=150)
        wait_for_preview(page)
        page.click("#printing summary")
        page.fill("#copies", "99")
        follow(page, "#print")
        page.wait_for_selector("#problems")
        before = page.locator("#pages img").first.get_attribute("src")
        page.fill("#name", "Bob Other")
        wait_for_preview(page)
        assert page.locator("#pages img").first.get_attribute("src") != before
        page.go_back()
        page.wait_for_selector("#give")

    def test_a_next_visit_before_this_one_is_refused(self, page: Page) -> None:
        chosen(page, AFTERCARE)
        page.fill("#visit", "2026-11-24")
        page.fill("#appointment", "2020-01-01")
        wait_for_preview(page, "stale")
        assert "before this one" in page.inner_text("#appointment-wrong")

    def test_a_language_chosen_while_typing_changes_list_and_question_too(self, page: Page) -> None:
        chosen(page, AFTERCARE)
        page.select_option("#language", "es")
        page.fill("#note", "Descanse.")  # before the first answer can have come
        wait_for_preview(page)
        assert "Después de sus microagujas" in page.inner_text("#list")

    def test_after_a_refusal_the_whole_list_is_there(self, page: Page) -> None:
        page.fill("#query", "after your micro")
        follow(page, "#print")
        page.wait_for_selector("#problems")
        page.fill("#query", "")
        assert page.locator(".shelf li:visible").count() == len(LIBRARY)


class TestOnce:
    def test_reload_and_back_deliver_nothing_again(self, page: Page, desk: RunningDesk) -> None:
        before = len(desk.records)
        chosen(page, AFTERCARE)
        page.fill("#name", "Ann Example")
        with page.expect_download():
            page.click("#save")
        page.reload()
        page.wait_for_selector("text=The file is ready")
        assert len(desk.records) == before + 1
        page.go_back()
        page.wait_for_selector("#give")
        assert page.input_value("#name") == ""
        assert page.locator(".basket li").count() == 0
        assert len(desk.records) == before + 1

    def test_two_tabs_are_two_patients(self, page: Page) -> None:
        other = page.context.new_page()
        other.on("dialog", lambda dialog: dialog.accept())
        other.goto(page.url)
        chosen(page, AFTERCARE)
        chosen(other, READY)
        page.fill("#name", "Ann Example")
        other.fill("#name", "Ben Example")
        wait_for_preview(page)
        wait_for_preview(other)
        assert page.locator("#pages figcaption").inner_text().startswith("After your")
        for tab, name, sheet in ((page, "Ann", AFTERCARE), (other, "Ben", READY)):
            with tab.expect_download() as download:
                tab.click("#save")
            assert download.value.suggested_filename == f"{sheet}.pdf"
            with pypdfium2.PdfDocument(download.value.path()) as document:
                assert f"{name} Example" in document[0].get_textpage().get_text_bounded()

    def test_the_desk_is_started_anew_meanwhile(
        self, chromium: Browser, clinic: Path, tmp_path: Path
    ) -> None:
        env = {"HANDOUTS_STATE": str(tmp_path)}
        context = chromium.new_context()
        with running_desk(clinic, env=env) as first:
            page = enter(context.new_page(), first)
            port = first.origin.rpartition(":")[2]
            chosen(page, AFTERCARE)
            page.fill("#name", "Ann Example")
            wait_for_preview(page)
        page.fill("#note", "Rest.")
        page.wait_for_selector("text=The desk does not answer")
        assert page.locator("#pages.stale").count() == 1
        assert page.locator("#save").is_disabled()
        assert page.input_value("#name") == "Ann Example"
        with running_desk(clinic, "--port", port, env=env) as second:
            page.fill("#note", "Rest well.")
            page.wait_for_selector("text=The desk was closed")
            enter(context.new_page(), second)
            page.fill("#note", "Rest well now.")
            wait_for_preview(page)
            follow(page, "#save")
            page.wait_for_selector("text=was started anew")
            assert page.input_value("#name") == "Ann Example"
            with page.expect_download():
                page.click("#save")
            page.wait_for_selector("text=The file is ready")
        context.close()


def test_by_keyboard_alone(page: Page, desk: RunningDesk) -> None:
    before = len(desk.records)

    def tab_to(selector: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.locator(f"{selector}:focus").count():
                return
        raise AssertionError(f"no way to {selector}")

    tab_to("#query")
    page.keyboard.type("after your micro")
    tab_to(f"#sheet-{AFTERCARE}")
    page.keyboard.press("Space")
    tab_to("#name")
    page.keyboard.type("Ann Example")
    page.keyboard.press("Enter")  # delivers nothing
    wait_for_preview(page)
    assert page.locator("#give").count() == 1
    tab_to("#save")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    with page.expect_download():
        page.keyboard.press("Enter")
    page.wait_for_selector("text=The file is ready")
    assert len(desk.records) == before + 1


def test_without_a_script(chromium: Browser, context: BrowserContext, home: str) -> None:
    kept = context.cookies()
    context = chromium.new_context(java_script_enabled=False)
    context.add_cookies(kept)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(home)
    page.fill("#query", "after")
    follow(page, "button:has-text('Find')")
    page.check(f"#sheet-{AFTERCARE}")
    page.fill("#query", "ready")
    follow(page, "button:has-text('Find')")
    page.check(f"#sheet-{READY}")
    page.fill("#name", "Ann Example")
    follow(page, ".noscript-only button")
    assert page.locator("#pages img").count() == 4
    follow(page, f".basket .remove[value={READY}]")
    assert page.locator(".basket li").count() == 1
    follow(page, "text=Español")
    assert page.input_value("#name") == "Ann Example"
    follow(page, "#save")
    with page.expect_download() as download:
        page.click("a.file")
    assert download.value.suggested_filename == f"{AFTERCARE}.pdf"
    context.close()


def test_what_is_remembered_is_about_the_staff(page: Page) -> None:
    chosen(page, AFTERCARE)
    page.fill("#clinician", "Dr Example")
    page.fill("#by", "Front desk")
    page.fill("#name", "Ann Example")
    page.select_option("#edition", "large-print")
    page.select_option("#language", "es")
    wait_for_preview(page)
    with page.expect_download():
        page.click("#save")
    follow(page, "text=Next patient")
    assert page.input_value("#clinician") == "Dr Example"
    assert page.input_value("#by") == "Front desk"
    # What this patient needed is not what the next one needs.
    values = [page.input_value(f"#{name}") for name in ("edition", "language", "name")]
    assert values == ["standard", "en", ""]


def test_three_hundred_sheets(chromium: Browser, clinic: Path, tmp_path: Path) -> None:
    folder = tmp_path / "clinic"
    shutil.copytree(clinic, folder)
    (folder / "handouts" / "many").mkdir(parents=True)
    text = (ROOT / "handouts" / "microneedling" / f"{AFTERCARE}.yaml").read_text(encoding="utf-8")
    for number in range(300):
        own = text.replace("title: After your microneedling", f"title: Sheet number {number}", 1)
        (folder / "handouts" / "many" / f"many-{number:03}.yaml").write_text(own, encoding="utf-8")
    with running_desk(folder, env={"HANDOUTS_STATE": str(tmp_path / "state")}) as desk:
        context = chromium.new_context()
        page = enter(context.new_page(), desk)
        assert page.locator(".shelf li").count() == 300 + len(LIBRARY)
        page.fill("#query", "number 217")
        assert page.locator(".shelf li:visible").count() == 1
        assert page.locator(".shelf li:visible").inner_text().startswith("Sheet number 217")
        context.close()


def test_the_details_are_the_ones_that_can_be_filled_in(page: Page) -> None:
    fields = set(PatientDetails.__slots__)
    assert {name for name in fields if page.locator(f"#{name}").count() == 1} == fields
