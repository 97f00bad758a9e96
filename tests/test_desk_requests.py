"""Requests that no browser sends: two hosts, one inside another, other files' names, bytes without end."""

from __future__ import annotations

import re
import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest

from handoutpress.desk.guard import BODY_SECONDS, MOST_BYTES
from tests.conftest import ROOT
from tests.desks import FORM
from tests.strangers import AFTERCARE, copied_clinic, opened_desk, own, raw, statuses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.desks import RunningDesk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    with opened_desk(copied_clinic(tmp_path_factory.mktemp("clinics"))) as running:
        yield running


def test_a_request_has_one_host_and_it_counts(desk: RunningDesk) -> None:
    host, end = urlsplit(desk.link).netloc, f"Cookie: {desk.cookie}\r\nConnection: close\r\n\r\n"
    for lines in (
        "",
        f"Host: {host}\r\nHost: evil\r\n",
        f"Host: evil\r\nHost: {host}\r\n",
        f"Host: {host}\r\n" * 2,
    ):
        assert statuses(raw(desk, f"GET {desk.root} HTTP/1.1\r\n{lines}{end}")) == [400]
    assert statuses(raw(desk, f"GET {desk.root} HTTP/1.0\r\n{end}")) == [421]
    said = raw(desk, f"GET http://{host}{desk.root} HTTP/1.1\r\nHost: evil.example\r\n{end}")
    assert statuses(said) == [421]
    said = raw(desk, f"GET http://evil.example{desk.root} HTTP/1.1\r\nHost: {host}\r\n{end}")
    assert (statuses(said), AFTERCARE.encode() in said) == ([404], False)


def test_a_second_request_inside_the_first_is_looked_at_like_any_other(desk: RunningDesk) -> None:
    host = urlsplit(desk.link).netloc
    inner = f"GET {desk.root} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    outer = f"POST /login HTTP/1.1\r\nHost: {host}\r\nOrigin: {desk.origin}\r\nContent-Type: {FORM}\r\n"
    both = outer + f"Content-Length: {len(inner) + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}"
    assert statuses(raw(desk, both)) == [403, 421]
    for odd in (
        "Transfer-Encoding: xchunked",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: +5",
        "A\0: b",
    ):
        assert statuses(raw(desk, f"{outer}{odd}\r\n\r\n0\r\n\r\n{inner}")) in ([400], [501])


@pytest.mark.parametrize(
    "method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "PROPFIND", "CONNECT", "get"]
)
def test_other_methods_are_refused(desk: RunningDesk, method: str) -> None:
    for path in ("/", desk.root, f"{desk.root}show"):
        answer = desk.ask(method, path, "", own(desk))
        assert (answer.status, "access-control-allow-origin" in answer.headers) == (405, False)


def test_a_page_and_a_form_do_not_stand_for_one_another(desk: RunningDesk) -> None:
    for path in ("show", "print", "email", "save", "preview", "close", "favourite"):
        assert desk.get(f"{path}?name=Ann&sheet={AFTERCARE}").status in (404, 405)
    assert desk.get("").status == 200, "nothing was closed"
    assert desk.post("", {"name": "Ann"}).status == 405
    for kind in ("text/plain", "application/json", "multipart/form-data; boundary=x", "", f"{FORM}x"):
        assert desk.post("show", {"sheet": AFTERCARE}, **{"Content-Type": kind}).status == 415


STATIC: tuple[str, ...] = (
    "/static/../app.py",
    "/static/%2e%2e/app.py",
    "/static/..%2fapp.py",
    "/static/..%5capp.py",
    "/static//etc/passwd",
)
STATIC += (
    "/static/%2fetc%2fpasswd",
    "/static/....//app.py",
    "/static/%00",
    "/static/desk.js%00",
)
STATIC += ("/static/", "/static/.", "//etc/passwd", "/look/../app.py", "/look/font/99", "/look/font/-1")
STATIC += (
    "/look/font/" + "9" * 400,
    "/look/font/%D9%A9",
    "/static/CON",
    "/static/" + "a" * 300,
    "/%ff%fe%00",
)
ROOTED: tuple[str, ...] = (
    "clinic/..%2f..",
    "clinic/%2e%2e",
    "sheets/..%2f..%2fetc%2fpasswd",
    "sheets/..%2fx/en",
    f"sheets/{AFTERCARE}/..%2fen",
)
ROOTED += (
    "sheets/%00/en",
    "done/..%2f..",
    "sheets?topic=..%2f..%2fetc",
    "sheets?topic=%00",
    "done/x/file/" + "9" * 400,
)


def test_no_name_leads_to_another_file(desk: RunningDesk) -> None:
    found = {}
    for path in (*STATIC, *(desk.root + each for each in ROOTED)):
        answer = desk.ask("GET", path, headers={"Cookie": desk.cookie})
        found[path] = (answer.status, bool(re.search(rb"root:|import annotations", answer.body)))
    assert {path: each for path, each in found.items() if each != (404, False)} == {}
    for long in ("/look/font/" + "9" * 5000, "/" + "a" * 9000):
        assert desk.ask("GET", long).status == 414


def test_the_look_tells_nothing_of_this_computer(desk: RunningDesk) -> None:
    """Anybody may ask for it."""
    for path in ("/look/brand.css", "/", "/static/desk.js", "/static/desk.css", "/nothing"):
        answer = desk.ask("GET", path)
        assert not re.search(
            rb"file:|%s|%s" % (str(ROOT).encode(), str(desk.clinic).encode()), answer.body
        ), path


@pytest.mark.parametrize(
    "back", ["//evil.example", "/\\evil", "https://evil", "evil.example", "x\r\nSet-Cookie: a=b"]
)
def test_the_way_back_leads_nowhere_else(desk: RunningDesk, back: str) -> None:
    for given in (back, f"/{back}", quote(back), back + "․", "a" * 300):
        answer = desk.post("language", {"back": given, "interface": "en"})
        assert answer.status == 303
        assert re.fullmatch(rf"{desk.root}[a-z0-9/-]*", answer.headers["location"])
        assert urlsplit(answer.headers["location"]).netloc == ""


def test_an_oversized_form_is_refused_however_it_comes(desk: RunningDesk) -> None:
    big = b"note=" + b"x" * MOST_BYTES
    assert desk.ask("POST", f"{desk.root}preview", big, own(desk)).status == 413
    host = urlsplit(desk.link).netloc
    head = f"POST {desk.root}preview HTTP/1.1\r\nHost: {host}\r\nOrigin: {desk.origin}\r\n"
    head += f"Content-Type: {FORM}\r\nCookie: {desk.cookie}\r\n"
    chunks = b"".join(b"4000\r\n" + b"x" * 0x4000 + b"\r\n" for _ in range(12)) + b"0\r\n\r\n"
    said = raw(desk, f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks, closes=False)
    assert statuses(said) == [413]
    assert statuses(raw(desk, f"{head}Content-Length: 99999999999999\r\n\r\n", closes=False)) == [413]


@pytest.mark.parametrize(
    "body",
    [b"name=%ff", b"name=\xff", b"name=%ed%a0%80", b"name=\xc3\xa9", b"a=b&" * 1200, b"sheet=x&" * 1200],
)
def test_what_is_no_form_is_refused(desk: RunningDesk, body: bytes) -> None:
    for path in ("preview", "show", "print", "records", "language"):
        assert desk.ask("POST", desk.root + path, body, own(desk)).status == 400, path


FIELDS = (
    "name",
    "reference",
    "visit",
    "appointment_time",
    "note",
    "language",
    "edition",
    "by",
    "number",
    "sheet",
)
SENT = ("language", "by", "printer", "copies", "to", "password", "form", "sheet")
BAD = ("\0", "../../etc/passwd", "x" * 5000, "²")


def test_no_field_breaks_the_program(desk: RunningDesk) -> None:
    """What is wrong is said on the page: 500 would be the program's own fault."""
    usual = {"sheet": AFTERCARE, "visit": "2026-11-20", "to": "a@example.org", "again_to": "a@example.org"}
    form = {"form": desk.new_form()}  # the same all the time, as nothing comes of it
    found = []
    for path, names in (("preview", FIELDS), ("email", SENT), ("print", ("printer", "copies"))):
        for name in names:
            # A preview makes pages, which takes longest: one of a kind is enough for it.
            for bad in BAD if path != "preview" or name == "language" else BAD[:1]:
                answer = desk.post(path, {**usual, **form, name: bad})
                if answer.status not in (200, 409, 422):
                    found.append((path, name, bad[:20], answer.status))
    assert found == []
    assert (desk.messages, desk.records) == ([], []), "and nothing was delivered"


def test_a_slow_client_stops_nobody_else(desk: RunningDesk) -> None:
    parts = urlsplit(desk.link)
    head = f"POST {desk.root}preview HTTP/1.1\r\nHost: {parts.netloc}\r\nOrigin: {desk.origin}\r\n"
    head += f"Content-Type: {FORM}\r\nCookie: {desk.cookie}\r\nContent-Length: 100\r\n\r\nname="
    slow = [socket.create_connection((parts.hostname, parts.port), timeout=10) for _ in range(60)]
    try:
        for number, each in enumerate(slow):
            each.sendall(head.encode()[: None if number % 2 else 30])
        start = time.monotonic()
        assert desk.get("").status == 200
        assert time.monotonic() - start < BODY_SECONDS / 2, "it has waited for one of them"
    finally:
        for each in slow:
            each.close()
