"""The preview as the tests meet it: the real program as a process, and what it tells of each round."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from tests.conftest import BRAND_YML, CLINIC_YAML, ROOT
from tests.desks import FORM, Answer, asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

PATIENCE = 60.0
News = dict[str, Any]

SMALL = """\
title: A small page
topic: A page for the tests
summary: This page is for the tests. It is not a handout.
given: never
version: "1.0"
dated: 2026-11-23
review_by: 2027-11-23
pages: 1
keywords: [test]
blocks:
  - patient:
      heading: About you
      fields: [name]
  - key-points:
      heading: The main points
      points:
        - {say: "The first point is short.", from: [P01]}
        - {say: "There are examples.", from: [G01]}
        - {say: "The third has a line to fill in: {protocol.plan}.", from: [P01]}
  - figure:
      image: shapes.svg
      alt: A circle beside a square.
      caption: {say: "A picture.", from: [P01]}
  - sources:
      heading: Where this comes from
"""


def small_clinic(folder: Path) -> Path:
    """Make a clinic whose own topic has one small sheet, and a logo."""
    topic = folder / "handouts" / "test-topic"
    topic.mkdir(parents=True)
    (folder / "clinic.yaml").write_text(CLINIC_YAML, encoding="utf-8")
    (folder / "_brand.yml").write_text(f"{BRAND_YML}logo: logo.svg\n", encoding="utf-8")
    for name in ("evidence.yaml", "protocol.yaml", "shapes.svg"):
        shutil.copy(ROOT / "tests" / "all_blocks" / name, topic)
    shutil.copy(topic / "shapes.svg", folder / "logo.svg")
    (topic / "small.yaml").write_text(SMALL, encoding="utf-8")
    return folder


@dataclass
class RunningPreview:
    """A preview that runs."""

    process: subprocess.Popen[str]
    link: str
    log: list[str] = field(default_factory=list)
    """What it says on standard error."""
    rounds: list[News] = field(default_factory=list)
    """What pages were told, in order."""
    ended: bool = False
    """Whether pages were told that nothing follows."""
    _told: threading.Condition = field(default_factory=threading.Condition)

    @property
    def root(self) -> str:
        return urlsplit(self.link).path

    @property
    def origin(self) -> str:
        return f"http://{urlsplit(self.link).netloc}"

    def ask(self, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None) -> Answer:
        """Send a request just as it is."""
        return asked(self.link, method, path, body, headers)

    def choose(self, **fields: str) -> Answer:
        """Choose something, as the page does."""
        headers = {"Origin": self.origin, "Content-Type": FORM}
        return self.ask("POST", f"{self.root}look", urlencode(fields), headers)

    def after(self, act: Callable[[], object], holds: Callable[[News], bool] = bool) -> News:
        """Do something, and return the first round after it that is as it should be."""
        with self._told:
            since = len(self.rounds)
        act()
        return self.wait(holds, since)

    def wait(self, holds: Callable[[News], bool] = bool, since: int = 0) -> News:
        """Wait for a round; those from ``since`` on count."""

        def found() -> News | None:
            return next((news for news in self.rounds[since:] if holds(news)), None)

        with self._told:
            self._told.wait_for(lambda: found() or self.process.poll() is not None, PATIENCE)
            news = found()
        assert news, f"no such round: {self.rounds[since:]} {self.said}"
        return news

    @property
    def said(self) -> str:
        return "".join(self.log)

    def wait_said(self, words: str, since: int = 0) -> str:
        """Wait until the terminal shows some words, after ``since`` lines."""
        until = time.monotonic() + PATIENCE
        while words not in "".join(self.log[since:]):
            assert time.monotonic() < until, f"{words!r} is not in {self.log[since:]}"
            time.sleep(0.01)
        return "".join(self.log[since:])

    def follow(self) -> None:
        """Keep what pages are told, until nothing follows."""
        connection = http.client.HTTPConnection(urlsplit(self.link).netloc)
        try:
            connection.request("GET", f"{self.root}events")
            for line in connection.getresponse():
                with self._told:
                    if line.startswith(b"data: {") and (news := json.loads(line[6:]))["round"]:
                        self.rounds.append(news)
                    self.ended = self.ended or line.startswith(b"event: ended")
                    self._told.notify_all()
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()


@contextmanager
def running_preview(
    name: str, clinic: Path, *words: object, env: Mapping[str, str] | None = None
) -> Iterator[RunningPreview]:
    """Run the preview of a sheet, at a port of its own, with somebody who listens."""
    command = [sys.executable, str(ROOT / "generate.py"), "preview", name, "--no-browser", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--clinic", str(clinic), *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, **(env or {})},
        cwd=clinic,
    )
    assert process.stdout
    assert process.stderr
    link = process.stdout.readline().strip()
    if not link:
        raise AssertionError(process.stderr.read())
    preview = RunningPreview(process, link)
    threads = [
        threading.Thread(target=preview.log.extend, args=(process.stderr,), daemon=True),
        threading.Thread(target=preview.follow, daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        yield preview
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for thread in threads:
            thread.join(5)
        process.stdout.close()
        process.stderr.close()
