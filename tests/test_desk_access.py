"""The desk for everybody: axe-core on every page and state, small screens, zoom, no colours, print.

axe-core finds about half of what WCAG 2.2 AA asks for; the rest was looked at by hand.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import trustme
from axe_playwright_python.sync_playwright import Axe

from tests.clockdesk import CLOCK
from tests.conftest import ROOT
from tests.desks import browser, enter, follow, running_desk
from tests.deskstates import STATES, filled, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.desks import RunningDesk

MAIL = """
mail: {host: localhost, port: 9, security: none, from: handouts@example.org, preference: required}
"""
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


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
    state = tmp_path_factory.mktemp("state")
    env = {"HANDOUTS_STATE": str(state), "CUPS_SERVER": "/nowhere", CLOCK: str(state / "later")}
    program = ROOT / "tests" / "clockdesk.py"  # what is emailed can be taken back all the time
    with browser() as chromium, running_desk(clinic, env=env, program=program) as desk:
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
    "panels",
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
        fits(page, locale)
    finally:
        page.close()


def fits(page: Page, locale: str) -> None:
    """Check a page with axe, and that it fits on the smallest screen."""
    assert page.get_attribute("html", "lang") == locale[:2]
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 320, "height": 800})
    assert sideways(page) == []


def test_the_way_in_from_other_computers(opened: Open, clinic: Path) -> None:
    issued = trustme.CA().issue_cert("localhost")
    both = clinic.parent / "desk.pem"
    issued.private_key_and_cert_chain_pem.write_to_path(both)
    words = ("--host", "0.0.0.0", "--hostname", "localhost", "--certificate", str(both))
    with running_desk(clinic, *words, env={"HANDOUTS_DESK_PASSWORD": "correct horse battery"}) as desk:
        context = opened.chromium.new_context(locale="es-ES", ignore_https_errors=True, bypass_csp=True)
        page = context.new_page()
        page.goto(desk.link)
        fits(page, "es-ES")
        page.fill("#password", "no such password")
        follow(page, "main button")
        page.wait_for_selector("#password[aria-invalid]")
        fits(page, "es-ES")
        context.close()


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
