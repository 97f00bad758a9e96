"""The desk for everybody: axe-core on every page and state, small screens, zoom, no colours, print.

axe-core finds about half of what WCAG 2.2 AA asks for; the rest was looked at by hand.
"""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.conftest import ROOT
from tests.desks import browser, enter, running_desk, wait_for_preview

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.desks import RunningDesk

AFTERCARE = "microneedling-aftercare"
MAIL = """
mail: {host: localhost, port: 9, security: none, from: handouts@example.org, preference: required}
"""
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def empty(_page: Page) -> None:
    """Show the page as it opens."""


def filled(page: Page) -> None:
    page.check(f"#sheet-{AFTERCARE}")
    page.check("#sheet-microneedling-about")
    page.fill("#name", "Ann Example")
    wait_for_preview(page)


def wrong(page: Page) -> None:
    page.check(f"#sheet-{AFTERCARE}")
    page.fill("#name", "字")
    page.fill("#appointment_time", "09:00")
    wait_for_preview(page, "stale")
    page.click("#emailing summary")
    page.click("#email")
    page.wait_for_selector("#problems")
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


def nothing_found(page: Page) -> None:
    page.fill("#query", "no such words")


def saved(page: Page) -> None:
    filled(page)
    page.click("#save")
    page.wait_for_selector(".outcome")


def emailed(page: Page) -> None:
    filled(page)
    page.fill("#reference", f"EX-{time.monotonic_ns()}")  # else it is the same email again
    page.click("#emailing summary")
    page.fill("#to", "pat.doe@example.net")
    page.fill("#again_to", "pat.doe@example.net")
    page.check("#accepts")
    page.click("#email")
    page.wait_for_selector(".outcome h1")


def not_printed(page: Page) -> None:
    filled(page)
    page.click("#print")
    page.wait_for_selector("#problems")


def taken_back(page: Page) -> None:
    emailed(page)
    page.click("form[action$=undo] button")
    page.wait_for_selector("h1.bad, h1.going, h1:not([class=going])")


def whole_address(page: Page) -> None:
    emailed(page)
    at("outbox")(page)
    page.locator("form[action$=address] button").first.click()


def recalled(page: Page) -> None:
    at("outbox")(page)
    page.fill("#text_hash", "1a2b3c4d")
    page.locator("form[action$=recall] button").click()


def searched(page: Page) -> None:
    saved(page)
    at("records")(page)
    page.fill("#reference", "nobody")
    page.locator("form[action$=records] button").first.click()


def asked_first(page: Page) -> None:
    at("clinic")(page)
    page.fill("#phone", "")
    page.click("main form button.main")
    page.wait_for_selector(".notice")


def once_more(page: Page) -> None:
    saved(page)
    page.goto(f"{page.url}?again")


def at(path: str) -> Callable[[Page], None]:
    def go(page: Page) -> None:
        page.goto(re.sub(r"(/[0-9a-f]{16}/).*", rf"\g<1>{path}", page.url))

    return go


def wrong_facts(page: Page) -> None:
    at("clinic")(page)
    page.fill("#phone", "call us")
    page.click("button[type=submit], main form button.main")
    page.wait_for_selector("[aria-invalid]")


def outside(path: str) -> Callable[[Page], None]:
    def go(page: Page) -> None:
        page.goto(re.sub(r"/[0-9a-f]{16}/.*", path, page.url))

    return go


STATES: dict[str, Callable[[Page], None]] = {
    "empty": empty,
    "filled": filled,
    "wrong": wrong,
    "nothing-found": nothing_found,
    "saved": saved,
    "emailed": emailed,
    "not-printed": not_printed,
    "taken-back": taken_back,
    "whole-address": whole_address,
    "recalled": recalled,
    "searched": searched,
    "asked-first": asked_first,
    "once-more": once_more,
    "cleared": at("?cleared=x"),
    "outbox": at("outbox?all"),
    "records": at("records"),
    "sheets": at("sheets"),
    "sheet": at(f"sheets/{AFTERCARE}/en"),
    "clinic": at("clinic"),
    "clinic-spanish": at("clinic/es"),
    "wrong-facts": wrong_facts,
    "gone": at("done/nothing"),
    "missing": at("nowhere"),
    "closed": outside("/"),
    "used-link": outside("/open/used"),
}


@dataclass
class Open:
    """A desk in a browser that is opened anew for each test."""

    desk: RunningDesk
    chromium: Browser
    cookies: list[dict[str, str]]
    contexts: dict[tuple[str, float], BrowserContext] = field(default_factory=dict)

    def page(self, width: int, height: int = 900, locale: str = "en-GB", scale: float = 1) -> Page:
        """Return a new page; one browser serves all of a kind, which fetches fonts and styles once."""
        kind = (locale, scale)
        if kind not in self.contexts:
            self.contexts[kind] = self.chromium.new_context(
                locale=locale,
                device_scale_factor=scale,
                bypass_csp=True,  # for axe, which runs inside the page
            )
            self.contexts[kind].add_cookies(self.cookies)  # type: ignore[arg-type]
        page = self.contexts[kind].new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(f"{self.desk.origin}{self.cookies[0]['path']}")
        return page


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    clinic = tmp_path_factory.mktemp("clinics") / "front-desk"
    shutil.copytree(ROOT / "clinics" / "example", clinic)
    with (clinic / "clinic.yaml").open("a", encoding="utf-8") as facts:
        facts.write(MAIL)
    env = {"HANDOUTS_STATE": str(tmp_path_factory.mktemp("state")), "CUPS_SERVER": "/nowhere"}
    with browser() as chromium, running_desk(clinic, env=env) as desk:
        context = chromium.new_context()
        enter(context.new_page(), desk)
        cookies = [dict(one) for one in context.cookies() if one.get("name") == "desk"]
        context.close()
        yield Open(desk, chromium, cookies)  # type: ignore[arg-type]


def sideways(page: Page) -> list[str]:
    """Return what reaches over the right edge of the page, where the page itself can be moved sideways."""
    found: list[str] = page.evaluate(
        """() => {
          const wide = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= wide) return [];
          return [...document.querySelectorAll("body *")]
            .filter(each => each.getBoundingClientRect().right > wide + 1)
            .map(each => each.tagName + "." + each.className);
        }"""
    )
    return found


SPANISH = (
    "filled",
    "wrong",
    "emailed",
    "searched",
    "recalled",
    "sheets",
    "clinic-spanish",
    "asked-first",
    "closed",
)
"""States that are looked at in Spanish as well: each page once, and what differs most."""


@pytest.mark.parametrize(
    ("state", "locale"), [*((state, "en-GB") for state in STATES), *((state, "es-ES") for state in SPANISH)]
)
def test_nothing_is_found_by_axe_and_nothing_reaches_over_the_edge(
    opened: Open, state: str, locale: str
) -> None:
    # Spanish needs the most room, so it is looked at where there is the least.
    page = opened.page(1280 if locale == "en-GB" else 320, locale=locale)
    try:
        STATES[state](page)
        assert page.get_attribute("html", "lang") == locale[:2]
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()
        page.set_viewport_size({"width": 320, "height": 800})
        assert sideways(page) == []
    finally:
        page.close()


def test_at_twice_the_size_everything_is_there(opened: Open) -> None:
    page = opened.page(640, scale=2)  # as a browser's zoom makes of 1280 pixels
    filled(page)
    for name in ("#query", "#name", "#note", "#print", "#save", "#emailing summary"):
        box = page.locator(name).bounding_box()
        assert box
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 640, name
    assert sideways(page) == []
    page.close()


def test_a_print_of_the_page_is_never_taken_for_the_handout(opened: Open) -> None:
    page = opened.page(1280)
    filled(page)
    page.emulate_media(media="print")
    assert page.locator("#pages img").first.is_hidden()
    shown = page.evaluate("document.body.innerText").strip()
    assert shown.startswith("This is a picture of the screen and not the handout.")
    assert "Ann Example" not in shown
    assert "\n" not in shown
    page.close()


def test_with_the_system_s_own_colours_what_is_wrong_can_be_seen(opened: Open) -> None:
    page = opened.page(1280)
    page.emulate_media(forced_colors="active")
    wrong(page)
    assert page.locator("#appointment_time-wrong").is_visible()
    width = page.evaluate("getComputedStyle(document.getElementById('appointment_time')).borderTopWidth")
    assert width == "2px"
    page.close()


def test_both_languages_have_the_same_words() -> None:
    from handoutpress.desk.words import LANGUAGES, words_in

    english, spanish = (words_in(language).texts for language in LANGUAGES)
    assert english.keys() == spanish.keys()
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", spanish[key])), key
