"""The desk as the tests meet it: the real program as a process, a client that speaks HTTP, a real browser."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import sync_playwright

from handoutpress.delivery import outbox, records
from handoutpress.delivery.ledger import Ledger
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from handoutpress.delivery.outbox import Message
    from handoutpress.delivery.records import Record

FORM = "application/x-www-form-urlencoded"
PATIENCE = 60.0
"""Seconds for the desk to be there: a busy machine takes its time."""


@dataclass
class Answer:
    """What the desk answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def said(self) -> str:
        """The page's words, as a person reads them."""
        return words_of(self.text)


def words_of(html: str) -> str:
    """Return the words of a page, or of a piece of one, as a person reads them."""
    bare = re.sub(r"<(style|script|head)\b.*?</\1>|<[^>]*>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(bare).split())


def asked(
    link: str, method: str, path: str, body: str | bytes = b"", headers: Mapping[str, str] | None = None
) -> Answer:
    """Send a request just as it is to where a link leads; return the answer."""
    connection = http.client.HTTPConnection(urlsplit(link).netloc, timeout=PATIENCE)
    try:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        found = {name.lower(): text for name, text in answer.getheaders()}
        return Answer(answer.status, found, answer.read())
    finally:
        connection.close()


@dataclass
class RunningDesk:
    """A desk that runs, for a clinic."""

    clinic: Path
    process: subprocess.Popen[str]
    link: str
    log: list[str] = field(default_factory=list)
    """What it says on standard error."""
    cookie: str = ""

    @property
    def origin(self) -> str:
        parts = urlsplit(self.link)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def token(self) -> str:
        return urlsplit(self.link).path.removeprefix("/open/")

    def ask(
        self, method: str, path: str, body: str | bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request just as it is."""
        return asked(self.link, method, path, body, headers)

    def open(self) -> Answer:
        """Open a session with the link, as a browser does."""
        answer = self.ask("GET", urlsplit(self.link).path)
        assert answer.status == 200
        found = re.fullmatch(
            r"desk=(\S+); HttpOnly; Path=(/[0-9a-f]{16}/); SameSite=strict", answer.headers["set-cookie"]
        )
        assert found
        self.cookie, self.root = f"desk={found[1]}", found[2]
        return self.get("")

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a page of the session."""
        return self.ask("GET", self.root + path, headers={"Cookie": self.cookie, **headers})

    def post(self, path: str, fields: Mapping[str, str | list[str]], **headers: str) -> Answer:
        """Send a form of the session, from a page of the desk's own."""
        more = {"Cookie": self.cookie, "Origin": self.origin, "Content-Type": FORM, **headers}
        return self.ask("POST", self.root + path, urlencode(fields, doseq=True), more)

    def new_form(self) -> str:
        """Return the token of a fresh form."""
        found = re.search(r'name="form" value="([^"]+)"', self.get("").text)
        assert found
        return found[1]

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        with Ledger.open(self.clinic) as ledger:
            yield ledger

    @property
    def records(self) -> list[Record]:
        with self.ledger() as ledger:
            return records.find(ledger, records.Search())

    @property
    def messages(self) -> list[Message]:
        with self.ledger() as ledger:
            return outbox.messages(ledger)

    def stop(self) -> int:
        """End it as Ctrl-C does; return its exit status."""
        self.process.terminate()
        return self.process.wait(PATIENCE)


@contextmanager
def running_desk(
    clinic: Path, *words: str, env: Mapping[str, str] | None = None, program: Path = ROOT / "generate.py"
) -> Iterator[RunningDesk]:
    """Run the desk for a clinic, at a port of its own."""
    port = () if "--port" in words else ("--port", "0")
    process = subprocess.Popen(
        [
            sys.executable,
            str(program),
            "desk",
            "--no-browser",
            # Pages made ahead would cost the tests more than all they look at.
            *(() if "--ahead" in words else ("--no-ahead",)),
            "--clinic",
            str(clinic),
            *port,
            *words,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, **(env or {})},
    )
    assert process.stdout
    assert process.stderr
    link = process.stdout.readline().strip()
    log: list[str] = []
    if not link:
        raise AssertionError(process.communicate()[1])
    reader = threading.Thread(target=log.extend, args=(process.stderr,), daemon=True)
    reader.start()
    try:
        yield RunningDesk(clinic, process, link, log)
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(5)
        process.stdout.close()
        process.stderr.close()


@contextmanager
def browser(*more: str) -> Iterator[Browser]:
    """Run Debian's Chromium, without a window and without a word to anybody else."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "these tests need Chromium: apt-get install chromium"
    # The engine hides the system's fonts from this process; the browser is to see them.
    own: dict[str, str | float | bool] = {
        name: value for name, value in os.environ.items() if not name.startswith("FONTCONFIG")
    }
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=program,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-background-networking",
                *more,
            ],
            env=own,
        )
        yield running
        running.close()


def enter(page: Page, desk: RunningDesk) -> Page:
    """Open the desk in a page of a browser, with its one-time link."""
    page.on("dialog", lambda dialog: dialog.accept())  # "leave this page?", where something is filled in
    page.goto(desk.link)
    page.wait_for_url(re.compile(r"/[0-9a-f]{16}/$"))
    return page


def follow(page: Page, selector: str) -> None:
    """Press what leads to another page, and wait until all of that is there, its script as well."""
    with page.expect_navigation():
        page.click(selector)


def wait_for_preview(page: Page, state: str = "shown") -> None:
    """Wait until the page has followed the last change: it shows the pages, or says they are ``stale``."""
    page.wait_for_selector(f"#pages[data-state={state}]")
