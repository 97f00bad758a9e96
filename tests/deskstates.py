"""The pages of the desk and what they can look like, each with the steps that lead there."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from tests.desks import follow, wait_for_preview

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

AFTERCARE = "microneedling-aftercare"


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
    follow(page, "#email")
    page.wait_for_selector("#problems")
    open_panels(page)


def open_panels(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    page.wait_for_selector("#copies:visible")
    page.wait_for_selector("#to:visible")


def panels(page: Page) -> None:
    filled(page)
    open_panels(page)


def stalled(page: Page) -> None:
    """Show the page while its pages are made, which takes its time."""
    page.route("**/preview", lambda _route: None)
    page.check(f"#sheet-{AFTERCARE}")
    page.wait_for_selector("#pages[aria-busy=true] .ribbon")


def away(page: Page) -> None:
    """Show the page when the desk does not answer any more."""
    filled(page)
    page.route("**/preview", lambda route: route.abort())
    page.fill("#name", "Ben Example")
    wait_for_preview(page, "stale")
    page.wait_for_selector("#notices .bad")


def restarted(page: Page) -> None:
    """Show a form from before the desk was started anew."""
    filled(page)
    page.evaluate("document.querySelector('[name=form]').value = 'from-before'")
    follow(page, "#save")
    page.wait_for_selector("#notices [role=status] a[href$=records]")


def nothing_found(page: Page) -> None:
    page.fill("#query", "no such words")


def saved(page: Page) -> None:
    filled(page)
    page.click("#save")  # its download begins before the page that says so is loaded
    page.wait_for_selector(".outcome")


def emailed(page: Page) -> None:
    filled(page)
    page.fill("#reference", f"EX-{time.monotonic_ns()}")  # else it is the same email again
    page.click("#emailing summary")
    page.fill("#to", "pat.doe@example.net")
    page.fill("#again_to", "pat.doe@example.net")
    page.check("#accepts")
    follow(page, "#email")
    page.wait_for_selector(".outcome h1.going")


def not_printed(page: Page) -> None:
    filled(page)
    follow(page, "#print")
    page.wait_for_selector("#problems")


def taken_back(page: Page) -> None:
    emailed(page)
    follow(page, "form[action$=undo] button")
    page.wait_for_selector(".outcome:not(:has(form)) h1.going")  # which says so, and offers it no more


def whole_address(page: Page) -> None:
    emailed(page)
    at("outbox")(page)
    follow(page, "form[action$=address] button >> nth=0")
    page.wait_for_selector(".in-full .address")


def recalled(page: Page) -> None:
    at("outbox")(page)
    page.fill("#text_hash", "1a2b3c4d")
    follow(page, "form[action$=recall] button")
    page.wait_for_selector(".outcome button[name=text_hash]")


def searched(page: Page) -> None:
    saved(page)
    at("records")(page)
    page.fill("#reference", "nobody")
    follow(page, "form[action$=records] button >> nth=0")
    page.wait_for_selector(".found .nothing")


def asked_first(page: Page) -> None:
    at("clinic")(page)
    page.fill("#phone", "")
    follow(page, "main form button.main")
    page.wait_for_selector("#ask")
    assert page.evaluate("document.activeElement.id") == "ask"
    assert page.locator(".save-bar").count() == 0


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
    follow(page, "main form button.main")
    page.wait_for_selector("#phone[aria-invalid]")
    assert page.evaluate("document.activeElement.id") == "problems"


def outside(path: str) -> Callable[[Page], None]:
    def go(page: Page) -> None:
        page.goto(re.sub(r"/[0-9a-f]{16}/.*", path, page.url))

    return go


STATES: dict[str, Callable[[Page], None]] = {
    "empty": empty,
    "filled": filled,
    "wrong": wrong,
    "panels": panels,
    "stalled": stalled,
    "away": away,
    "restarted": restarted,
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
