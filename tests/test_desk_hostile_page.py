"""A hostile page in the staff's own browser, and hostile words on the desk's pages: in Chromium, for real.

The page knows all it could know: where the desk is, and even the path its pages stand under.
"""

from __future__ import annotations

import re
import shutil
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import ROOT
from tests.desks import browser
from tests.strangers import AFTERCARE, copied_clinic, opened_desk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.desks import RunningDesk

EVIL = "evil.example"
SCRIPT = "<script>window.ran = 1</script>\"'><img src=x onerror=window.ran=1>"
SHORT = "<svg onload=window.ran=1>"
WATCH = """
window.reports = [];
document.addEventListener("securitypolicyviolation", (event) => window.reports.push(event.violatedDirective));
"""


@dataclass
class Hostile:
    """A server at another port: it notes what browsers tell it, and answers with an empty page."""

    port: int
    heard: list[tuple[str, str, str]] = field(default_factory=list)
    """Of each request the path, the cookies and the page it came from."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser(f"--host-resolver-rules=MAP {EVIL} 127.0.0.1") as running:
        yield running


@pytest.fixture(scope="module")
def hostile() -> Iterator[Hostile]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known.heard.append((self.path, self.headers.get("Cookie", ""), self.headers.get("Referer", "")))
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            if self.path == "/set":
                for cookie in ("desk=evil", "desk-language=es", 'desk-remember="[[[["', "desk=worse"):
                    self.send_header("Set-Cookie", f"{cookie}; Path=/")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Nice games</title>")

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known = Hostile(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield known
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """A desk for a clinic whose name, sheet, topic and remarks are all hostile."""
    clinic = copied_clinic(tmp_path_factory.mktemp("clinics"))
    facts = clinic / "clinic.yaml"
    text = facts.read_text(encoding="utf-8")
    facts.write_text(text.replace("name: Example Skin Clinic", f"name: '{SHORT}'"), encoding="utf-8")
    shutil.copytree(ROOT / "tests" / "all_blocks", clinic / "handouts" / "test-topic")
    sheet = clinic / "handouts" / "test-topic" / "every-block.yaml"
    text = sheet.read_text(encoding="utf-8").replace("title: Every kind of block", f"title: 'Block {SHORT}'")
    sheet.write_text(text.replace("topic: A page", f"topic: '{SHORT}'\n#"), encoding="utf-8")
    with opened_desk(clinic) as running:
        yield running


@pytest.fixture
def context(chromium: Browser, desk: RunningDesk) -> Iterator[BrowserContext]:
    """The staff's browser, with the desk's session in it."""
    made = chromium.new_context(locale="en-GB")
    name, _, value = desk.cookie.partition("=")
    host = urlsplit(desk.link).hostname
    own: Any = {"name": name, "value": value, "domain": host, "path": desk.root, "sameSite": "Strict"}
    made.add_cookies([own | {"httpOnly": True}])
    made.add_init_script(WATCH)
    yield made
    made.close()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", EVIL])
def test_a_page_from_elsewhere_gets_nothing(
    context: BrowserContext, desk: RunningDesk, hostile: Hostile, name: str
) -> None:
    page = context.new_page()
    answers: list[tuple[int, str]] = []
    context.on("response", lambda answer: answers.append((answer.status, answer.url)))
    page.goto(f"http://{name}:{hostile.port}/")
    got = page.evaluate(
        """async ([origin, root]) => {
          const got = {};
          const load = (tag, url, key) => new Promise((done) => {
            const it = document.createElement(tag);
            it.onload = () => { got[key] = "loaded"; done(); };
            it.onerror = () => { got[key] = "no"; done(); };
            it[tag === "link" ? "href" : "src"] = url;
            if (tag === "link") it.rel = "stylesheet";
            document.head.append(it);
          });
          for (const [key, path, more] of [
            ["page", root, {}], ["with", root, {credentials: "include"}],
            ["opaque", root, {mode: "no-cors", credentials: "include"}],
            ["form", root + "save", {method: "POST", mode: "no-cors", credentials: "include",
              body: new URLSearchParams({sheet: "x", name: "y"})}],
            ["close", root + "close", {method: "POST", mode: "no-cors", credentials: "include",
              body: new URLSearchParams({})}],
            ["json", root + "preview", {method: "POST", credentials: "include",
              headers: {"Content-Type": "application/json", Authorization: "x"}, body: "{}"}],
            ["beacon", root + "close", null],
          ]) {
            if (more === null) { navigator.sendBeacon(origin + path, new URLSearchParams({})); continue; }
            try { got[key] = (await fetch(origin + path, more)).type; } catch { got[key] = "no"; }
          }
          await load("img", origin + root + "clinic/page.png", "img");
          await load("img", origin + "/static/icon.svg", "icon");
          await load("script", origin + "/static/desk.js", "script");
          await load("link", origin + "/look/brand.css", "style");
          return got;
        }""",
        [desk.origin, desk.root],
    )
    assert got == dict.fromkeys(got, "no"), "not even whether something is there"
    assert len(got) == 10
    # A frame, a window and a form that leads the whole window there: shown, but nobody's page.
    page.evaluate(
        "(url) => document.body.append(Object.assign(document.createElement('iframe'), {src: url}))",
        desk.origin + desk.root,
    )
    with page.expect_popup() as window:
        page.evaluate("(url) => { window.other = open(url); }", desk.origin + desk.root)
    window.value.wait_for_load_state()
    assert window.value.text_content("body") == "The desk answers its own pages only."
    for path in ("save", "close", "language", "favourite"):
        posted = context.new_page()
        posted.goto(f"http://{name}:{hostile.port}/")
        with posted.expect_navigation():
            posted.evaluate(
                """([url, sheet]) => {
                  const form = document.createElement("form");
                  form.method = "post"; form.action = url;
                  for (const [name, value] of [["sheet", sheet], ["favourite", sheet], ["interface", "es"]]) {
                    const field = document.createElement("input");
                    field.name = name; field.value = value; form.append(field);
                  }
                  document.body.append(form); form.submit();
                }""",
                [f"{desk.origin}{desk.root}{path}", AFTERCARE],
            )
        assert posted.text_content("body") == "The desk takes forms from its own pages only."
    assert page.frames[-1].locator("form").count() == 0
    ours = [status for status, url in answers if url.startswith(desk.origin)]
    assert len(ours) >= 6
    assert set(ours) == {403}
    assert desk.get("").status == 200, "nothing was closed"
    assert (desk.records, desk.messages) == ([], [])


def test_a_name_that_is_made_to_mean_this_computer_gets_nothing(
    context: BrowserContext, desk: RunningDesk
) -> None:
    page = context.new_page()
    for path in ("/", desk.root, f"/open/{desk.token}", "/static/desk.js"):
        answer = page.goto(f"http://{EVIL}:{urlsplit(desk.link).port}{path}")
        assert answer
        assert (answer.status, page.text_content("body")) == (421, "This is not the address of the desk.")
        assert page.evaluate("document.cookie") == ""
    assert {cookie.get("domain") for cookie in context.cookies()} == {"127.0.0.1"}


def test_other_ports_do_not_get_the_cookie_nor_spoil_it(
    context: BrowserContext, desk: RunningDesk, hostile: Hostile
) -> None:
    hostile.heard.clear()
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{hostile.port}/set")
    page.goto(f"http://127.0.0.1:{hostile.port}/again")
    assert len(context.cookies()) == 4
    mine: Any = {"name": "desk-language", "value": "en", "domain": "127.0.0.1", "path": desk.root}
    context.add_cookies([mine])
    page.goto(desk.origin + desk.root)
    page.evaluate("(url) => location.assign(url)", f"http://127.0.0.1:{hostile.port}/from")
    page.wait_for_url("**/from")
    assert desk.cookie.partition("=")[2] not in str(hostile.heard), "ours is for a path that is not told"
    assert desk.root.strip("/") not in str(hostile.heard), "and no address of ours is told either"
    assert {path for path, _, _ in hostile.heard} >= {"/set", "/again", "/from"}
    answer = page.goto(desk.origin + desk.root)
    assert answer
    assert (answer.status, page.get_attribute("html", "lang")) == (200, "en"), (
        "and theirs do not come before it"
    )


def look(page: Page, desk: RunningDesk) -> None:
    """Check that a page has run nothing, fetched nothing from elsewhere and broken no rule of its own."""
    found = page.evaluate(
        """() => ({ran: window.ran ?? null, reports: window.reports,
          scripts: [...document.scripts].map((one) => one.getAttribute("src")),
          strange: document.querySelectorAll("img[src=x], svg, [onerror], [onload], iframe").length})"""
    )
    assert (found["ran"], found["reports"], found["strange"]) == (None, [], 0), page.url
    assert all(re.fullmatch(r"/static/\w+\.js", src) for src in found["scripts"]), found["scripts"]


def test_nothing_that_anybody_typed_runs(context: BrowserContext, desk: RunningDesk) -> None:
    page = context.new_page()
    elsewhere: list[str] = []
    said: list[str] = []
    page.on(
        "request",
        lambda one: elsewhere.append(one.url) if not one.url.startswith((desk.origin, "data:")) else None,
    )
    page.on("console", lambda one: said.append(one.text))
    page.on("pageerror", lambda one: said.append(str(one)))
    page.on("dialog", lambda one: one.accept() if one.type == "beforeunload" else said.append(one.message))
    page.goto(desk.origin + desk.root)
    assert SHORT in page.title()
    assert page.locator("label", has_text=f"Block {SHORT}").count() == 1
    look(page, desk)
    fields: dict[str, Any] = dict.fromkeys(("name", "reference", "clinician", "by", "note", "query"), SCRIPT)
    for name, text in fields.items():
        page.fill(f"#{name}", text)
    page.fill("#query", "")
    page.get_by_role("checkbox", name="Block <svg").check()
    page.wait_for_selector("#pages img, .wrong:not([hidden])")
    look(page, desk)
    page.locator("#printing, #emailing").evaluate_all("(all) => all.forEach((one) => { one.open = true; })")
    page.fill("#copies", SHORT)
    for button in ("#print", "#save"):
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
        page.wait_for_selector("#give, #outcome")
        look(page, desk)
        if page.locator("#give").count():
            assert page.input_value("#name") == SCRIPT, "it is shown as it was typed"
            page.fill("#reference", SHORT[:20])
            page.fill("#copies", "")
    hostile_form: dict[str, Any] = {
        "sheet": [AFTERCARE, SCRIPT, "every-block"],
        "language": SCRIPT,
        "printer": SCRIPT,
        "visit": SCRIPT,
    }
    for path in ("show", "print", "email", "records", "outbox/recall", "preview"):
        posted = desk.post(
            path, {**fields, **hostile_form, "to": SCRIPT, "text_hash": SCRIPT, "form": SCRIPT}
        )
        assert posted.status in (200, 409, 422)
        text = posted.text.replace("\\u003c", "<") if path == "preview" else posted.text
        assert not re.search(r"<script>window|<img src=x|<svg onload", text), path
    for path in ("outbox", "records", "sheets?topic=test-topic", "sheets/every-block/en", "clinic"):
        page.goto(f"{desk.origin}{desk.root}{path}")
        look(page, desk)
    assert (elsewhere, [text for text in said if "Failed to load resource" not in text]) == ([], [])


def test_the_policy_stops_what_would_get_onto_a_page(
    context: BrowserContext, desk: RunningDesk, hostile: Hostile
) -> None:
    """The second wall, were the first to have a hole."""
    hostile.heard.clear()
    page = context.new_page()
    page.goto(desk.origin + desk.root)
    there = f"http://127.0.0.1:{hostile.port}/stolen"
    reports = page.evaluate(
        """async (there) => {
          const add = (tag, more, place = document.body) => {
            const it = Object.assign(document.createElement(tag), more); place.append(it); return it; };
          const broken = "<img src=x onerror=window.ran=1><p style=color:red></p>";
          document.body.insertAdjacentHTML("beforeend", broken);
          add("script", {textContent: "window.ran = 1"});
          add("script", {src: there});
          add("img", {src: there});
          add("iframe", {src: there});
          add("link", {rel: "stylesheet", href: there}, document.head);
          add("base", {href: there}, document.head);
          await fetch(there).catch(() => 0);
          try { new WebSocket(there.replace("http", "ws")); } catch {}
          add("form", {method: "post", action: there}).submit();
          const rules = () => new Set(window.reports);
          for (let tries = 0; tries < 200 && rules().size < 9; tries += 1)
            await new Promise((done) => setTimeout(done, 100));
          await new Promise((done) => setTimeout(done, 300)); // for what none of them has stopped
          return [window.ran ?? null, [...new Set(window.reports)].sort()];
        }""",
        there,
    )
    assert reports[0] is None
    assert {"img-src", "connect-src", "form-action", "base-uri", "frame-src", "script-src-attr"} <= set(
        reports[1]
    )
    assert {"script-src-elem", "style-src-elem", "style-src-attr"} <= set(reports[1])
    assert hostile.heard == []


def test_the_link_leads_in_from_wherever_it_is_followed(
    chromium: Browser, hostile: Hostile, desk: RunningDesk
) -> None:
    """From a mail program or a page: the session's cookie is strict, so the first page sends itself on."""
    from handoutpress.desk.server import running_link
    from handoutpress.places import Places, shipped_folder

    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"http://{EVIL}:{hostile.port}/")
    link = running_link(Places(desk.clinic, shipped_folder()))
    page.evaluate("(url) => location.assign(url)", link)
    page.wait_for_url(re.compile(r"/[0-9a-f]{16}/$"))
    assert page.locator("#give").count() == 1
    (cookie,) = [one for one in context.cookies() if one.get("name") == "desk"]
    assert (cookie.get("httpOnly"), cookie.get("sameSite")) == (True, "Strict")
    context.close()
