"""The desk, in a real browser: how soon its page is there, and how soon it follows a keystroke."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.commands import ROOT
from tests.bench.figures import alone, timed
from tests.desks import browser, enter, running_desk, wait_for_preview

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.bench.figures import Row

_STARTS = 5
_NAME = "Ann Example of Sampletown"


def desk(work: Path) -> Iterator[Row]:
    """Yield from the command to a page that can be used, and from a keystroke to the picture of it."""
    env = {"HANDOUTS_STATE": str(work / "state")}
    clinic = ROOT / "clinics" / "example"
    with browser() as chromium:
        starts = []
        for _ in range(_STARTS):
            page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
            starts.append(timed(lambda page=page: _open(page, clinic, env)))  # type: ignore[misc]
            page.context.close()
        yield alone("desk, from the command to a page that can be used", starts)
        page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
        with running_desk(clinic, "--ahead", env=env) as running:
            enter(page, running)
            page.check("#sheet-microneedling-aftercare")
            wait_for_preview(page)
            page.locator("#name").press_sequentially(_NAME[:21], delay=50)
            wait_for_preview(page)  # long enough for the shape that stays: what follows finds a warm plate
            keys = [timed(lambda key=key: _type(page, key)) for key in "bcdefghijklmnop"]  # type: ignore[misc]
        yield alone("desk, from a keystroke to its picture, a warm plate (2 pages)", keys)


def _open(page: Page, clinic: Path, env: dict[str, str]) -> None:
    with running_desk(clinic, "--ahead", env=env) as running:
        enter(page, running)
        page.wait_for_selector("#query")
        running.process.kill()  # what its end takes is not what is measured


def _type(page: Page, key: str) -> None:
    page.keyboard.press(key)
    wait_for_preview(page)
