"""The preview, in a real browser: how soon a save is on the page."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from tests.bench.commands import ROOT
from tests.bench.figures import alone
from tests.desks import browser
from tests.previews import running_preview

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.bench.figures import Row

_SAVES = 15
_SHEET = "microneedling-aftercare"
_WATCH = """() => {
  const pages = document.getElementById("pages");
  const told = () => { window.shown = {version: pages.dataset.version, at: Date.now()}; };
  new MutationObserver(told).observe(pages, {attributes: true, attributeFilter: ["data-version"]});
  told();
}"""
"""Notes in the page when its pictures were last put in place: a look from outside would add to it."""


def preview(work: Path) -> Iterator[Row]:
    """Yield from a save to the pictures of both pages in the browser."""
    clinic = work / "clinic"
    shutil.copytree(ROOT / "clinics" / "example", clinic)
    own = clinic / "handouts" / "microneedling" / f"{_SHEET}.yaml"
    own.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "handouts" / "microneedling" / own.name, own)
    with browser() as chromium, running_preview(_SHEET, clinic) as running:
        page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.goto(running.link)
        page.wait_for_selector("#pages img")
        page.evaluate(_WATCH)
        saves = [_save(page, own, number) for number in range(_SAVES)]
        page.context.close()
    yield alone("preview, from a save to the pictures of the page (2 pages)", saves)


def _save(page: Page, own: Path, number: int) -> float:
    before = page.evaluate("window.shown.version")
    text = own.read_text(encoding="utf-8")
    new = text.replace("title: ", f"title: {'ABCDEFGHIJKLMNOPQ'[number]}", 1)
    saved = time.time()
    own.write_text(new, encoding="utf-8")
    until = time.monotonic() + 60
    while (shown := page.evaluate("window.shown"))["version"] == before:
        if time.monotonic() > until:
            raise TimeoutError("the page did not follow")
        time.sleep(0.05)
    seconds: float = shown["at"] / 1000 - saved
    return seconds
