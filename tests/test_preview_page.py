"""The preview's page: in a real browser, for everybody, and for nobody who was not told its address."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from handoutpress.desk.guard import HEADERS, MOST_BYTES
from tests.desks import FORM, browser
from tests.previews import RunningPreview, running_preview, small_clinic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
HOSTILE = "<img src=x onerror=document.title='owned'><script>document.title='owned'</script>"
PROMISE = "We guarantee results."


@dataclass
class Shown:
    """A preview, and the file of its sheet."""

    preview: RunningPreview
    sheet: Path
    chromium: Browser
    whole: str

    def save(self, before: str, after: str) -> None:
        """Save the sheet with something changed."""
        assert before in self.whole
        self.sheet.write_text(self.whole.replace(before, after), encoding="utf-8")

    def page(self, width: int = 1280, height: int = 800) -> Page:
        context = self.chromium.new_context(
            viewport={"width": width, "height": height},
            bypass_csp=True,  # for axe, which runs inside the page
        )
        page = context.new_page()
        page.goto(self.preview.link)
        page.wait_for_selector("#pages[data-round]")
        return page


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    clinic = small_clinic(tmp_path_factory.mktemp("clinics") / "clinic")
    sheet = clinic / "handouts" / "test-topic" / "small.yaml"
    whole = sheet.read_text(encoding="utf-8")
    with browser() as chromium, running_preview("small", clinic) as preview:
        preview.wait()
        yield Shown(preview, sheet, chromium, whole)


@pytest.fixture(autouse=True)
def _as_it_was(shown: Shown) -> None:
    """Begin each test with the sheet whole and nothing chosen."""
    if shown.preview.process.poll() is None and shown.sheet.read_text(encoding="utf-8") != shown.whole:
        restore = lambda: shown.save("title", "title")  # noqa: E731
        shown.preview.after(restore, lambda news: news["state"] == "good")


def good(shown: Shown, page: Page) -> None:
    page.wait_for_selector("#pages[data-state=good] img")


def draft(shown: Shown, page: Page) -> None:
    shown.save("The first point is short.", PROMISE)
    page.wait_for_selector("#pages[data-state=draft]")


def stopped(shown: Shown, page: Page) -> None:
    shown.save("  - sources:", "  - sorces:")
    page.wait_for_selector("#pages[data-state=stopped]")


@pytest.mark.parametrize("state", [good, draft, stopped], ids=lambda state: state.__name__)
def test_nothing_is_found_by_axe_and_nothing_reaches_over_the_edge(
    shown: Shown, state: Callable[[Shown, Page], None]
) -> None:
    page = shown.page(1440)
    state(shown, page)
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 740})
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def test_it_follows_each_save_and_stays_where_it_was(shown: Shown) -> None:
    page = shown.page(height=400)
    good(shown, page)
    page.evaluate("window.kept = 'the same page'; scrollTo(0, 300)")
    before = page.get_attribute("#pages", "data-version")
    # Whatever is put in place is whole: at no moment is there a page without its picture.
    page.evaluate(
        """() => { window.empty = 0; new MutationObserver(() => {
          for (const image of document.images) if (!image.complete || !image.naturalWidth) window.empty += 1;
        }).observe(document.getElementById("pages"), {childList: true, subtree: true}); }"""
    )
    shown.save("title: A small page", "title: Another small page")
    page.wait_for_selector(f"#pages[data-state=good]:not([data-version='{before}'])")
    assert page.evaluate("[window.kept, scrollY, window.empty]") == ["the same page", 300, 0]
    assert page.locator("#pages img").get_attribute("alt") == "Page 1 of 1"
    page.context.close()


def test_what_is_wrong_stands_beside_the_last_pages_and_goes_when_it_is_mended(shown: Shown) -> None:
    page = shown.page()
    stopped(shown, page)
    assert page.locator("#told-title").inner_text() == "1 problem"
    where = page.locator("#problems .where").inner_text()
    assert where == "handouts/test-topic/small.yaml:24:5"
    assert page.locator("#problems .said").inner_text() == 'unknown block "sorces"'
    assert page.locator("#problems .hint").inner_text() == 'did you mean "sources"?'
    said = page.locator("[role=status]").inner_text()
    assert said == "1 problem. These are the last good pages, from before."
    assert page.locator("#pages img").evaluate("each => getComputedStyle(each).opacity") == "0.45"
    assert page.locator(".ribbon").is_visible()
    assert page.title().startswith("(1) small")
    shown.save("title", "title")
    good(shown, page)
    assert page.locator("#told").is_hidden()
    assert page.locator(".ribbon").count() == 0
    assert page.locator("#pages img").evaluate("each => getComputedStyle(each).opacity") == "1"
    page.context.close()


def test_a_draft_says_so(shown: Shown) -> None:
    page = shown.page()
    draft(shown, page)
    assert "guarantee" in page.locator("#problems .said").inner_text()
    assert page.locator("#told-more").inner_text().startswith("A draft: every page says so.")
    page.context.close()


def test_what_somebody_wrote_is_text_and_nothing_else(shown: Shown) -> None:
    page = shown.page()
    shown.save("title: A small page", f'title: A small page\n"{HOSTILE}": x')
    page.wait_for_selector("#problems li")
    assert HOSTILE in page.locator("#problems").inner_text()
    assert page.locator("#problems img, #problems script").count() == 0
    assert page.title() == "(1) small · Preview"
    page.context.close()


def test_edition_and_colour_can_be_chosen_with_the_keyboard(shown: Shown) -> None:
    page = shown.page()
    good(shown, page)
    page.focus("#edition")
    page.keyboard.press("L")  # "Large print"
    news = shown.preview.wait(lambda news: news["look"]["edition"] == "large-print")
    page.wait_for_selector(f"#pages[data-version='{news['version']}']")
    page.focus("#grey")
    page.keyboard.press("Space")
    assert (
        page.locator("#pages img").first.evaluate("each => getComputedStyle(each).filter") == "grayscale(1)"
    )
    other = shown.page()  # what is chosen is chosen for all pages
    assert other.input_value("#edition") == "large-print"
    back = shown.preview.after(
        lambda: shown.preview.choose(edition="standard"), lambda news: news["look"]["edition"] == "standard"
    )
    page.wait_for_selector(f"#pages[data-version='{back['version']}']")
    page.context.close()
    other.context.close()


def test_a_sharper_screen_gets_a_sharper_picture(shown: Shown) -> None:
    widths = []
    for scale in (1, 2):
        context = shown.chromium.new_context(
            viewport={"width": 800, "height": 600}, device_scale_factor=scale
        )
        page = context.new_page()
        page.goto(shown.preview.link)
        page.wait_for_selector("#pages img")
        drawn = page.locator("#pages img").evaluate("each => [each.naturalWidth, each.clientWidth]")
        assert drawn[0] >= drawn[1] * scale
        widths.append(drawn[0])
        context.close()
    assert widths[1] > 1.5 * widths[0]


def test_a_stranger_learns_nothing(shown: Shown) -> None:
    preview = shown.preview
    host, port = urlsplit(preview.link).netloc.split(":")
    assert host == "127.0.0.1"
    assert re.fullmatch(r"/[\w-]{24}/", preview.root)
    for path in ("/", "/events", "/static/page.html", "/desk/desk.css", "/x/", f"{preview.root[:-2]}/"):
        answer = preview.ask("GET", path)
        assert (answer.status, "small" in answer.text) == (404, False), path
    for path in ("", "events", "picture/1/1.png", "brand.css"):
        for headers in (
            {"Host": "example.org"},
            {"Host": f"example.org:{port}"},
            {"Origin": "https://example.org"},
            *([{"Sec-Fetch-Site": "cross-site"}] if path else []),
        ):
            assert preview.ask("GET", preview.root + path, headers=headers).status in (403, 421), path
    since = len(preview.rounds)
    for headers in ({}, {"Origin": "https://example.org"}, {"Origin": "null"}):
        headers = {"Content-Type": FORM, **headers}
        assert preview.ask("POST", f"{preview.root}look", "edition=large-print", headers).status == 403
    assert preview.rounds[since:] == []
    for path in (
        "picture/0/1.png",
        "picture/1/0.png",
        "picture/1/99.png",
        "picture/99/1.png",
        "../",
        "desk/../",
    ):
        assert preview.ask("GET", preview.root + path).status == 404, path
    for scale in ("nan", "inf", "x", ""):
        assert preview.ask("GET", f"{preview.root}picture/1/1.png?scale={scale}").status == 400, scale
    huge = preview.ask("GET", f"{preview.root}picture/{preview.rounds[-1]['version']}/1.png?scale=1e9")
    assert (huge.status, len(huge.body) < 2_000_000) == (200, True)


def test_its_link_opens_from_another_site_and_nothing_else_does(shown: Shown) -> None:
    """A terminal in a browser shows the link, and is another site."""
    preview, elsewhere = shown.preview, {"Sec-Fetch-Site": "cross-site"}
    assert preview.ask("GET", preview.root, headers=elsewhere).status == 200
    for path in ("/", "/open/x", f"{preview.root}static/preview.js", f"{preview.root[:-2]}/"):
        assert preview.ask("GET", path, headers=elsewhere).status == 403, path
    assert preview.ask("HEAD", preview.root, headers=elsewhere).status == 403
    form = {"Origin": preview.origin, "Content-Type": FORM, **elsewhere}
    assert preview.ask("POST", f"{preview.root}look", "edition=standard", form).status == 403


def test_what_is_no_form_is_refused(shown: Shown) -> None:
    for fields in ({f"field{number}": "x" for number in range(11)}, {"edition": "x"}):
        assert shown.preview.choose(**fields).status == 400
    own = {"Origin": shown.preview.origin, "Content-Type": FORM}
    answer = shown.preview.ask("POST", f"{shown.preview.root}look", "x" * (MOST_BYTES + 1), own)
    assert (answer.status, answer.text) == (413, "That is more than any form of the preview can hold.")


def test_what_is_answered_is_kept_nowhere(shown: Shown) -> None:
    for path in ("", "static/preview.js", f"picture/{shown.preview.rounds[-1]['version']}/1.png"):
        answer = shown.preview.ask("GET", shown.preview.root + path)
        assert answer.status == 200
        assert answer.headers["cache-control"] == "no-store"
        assert {name: answer.headers[name.lower()] for name in HEADERS} == HEADERS


def test_only_this_computer_is_listened_to(shown: Shown) -> None:
    port = urlsplit(shown.preview.link).port
    assert port
    with socket.socket() as other:
        other.settimeout(2)
        assert other.connect_ex(("127.0.0.2", port)) != 0


def test_the_page_says_that_the_preview_has_ended(shown: Shown) -> None:
    """The last test here: it ends it."""
    page = shown.page(360)
    good(shown, page)
    shown.preview.process.kill()
    page.wait_for_selector("#pages[data-state=ended]")
    assert page.locator("#told-title").inner_text() == "The preview has ended"
    assert page.locator("[role=status]").inner_text() == "The preview has ended"
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    page.context.close()
