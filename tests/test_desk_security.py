"""The desk as a stranger on the same computer meets it: whoever was not let in learns nothing."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

import pytest

from handoutpress.desk.guard import HEADERS
from handoutpress.desk.server import running_link
from handoutpress.folders import state_folder
from handoutpress.places import Places, shipped_folder
from tests.desks import FORM
from tests.strangers import AFTERCARE, FORMS, PATHS, copied_clinic, opened_desk, own, raw, statuses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.desks import Answer, RunningDesk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    with opened_desk(copied_clinic(tmp_path_factory.mktemp("clinics"))) as running:
        yield running


@pytest.mark.parametrize(
    "cookie", ["", "desk=", "desk=x", "desk=%00", "desk=null", 'desk="', "desk=" + "A" * 43]
)
def test_without_a_session_there_is_nothing(desk: RunningDesk, cookie: str) -> None:
    for path in PATHS:
        answer = desk.ask("GET", desk.root + path, headers={"Cookie": cookie})
        assert (answer.status, AFTERCARE in answer.text) == (401, False), path
        assert "set-cookie" not in answer.headers
    for path in FORMS:
        body = urlencode({"name": "Ann", "sheet": AFTERCARE})
        assert desk.ask("POST", desk.root + path, body, own(desk, Cookie=cookie)).status == 401, path
    asked = desk.ask("GET", f"{desk.root}done/x", headers={"Cookie": cookie, "Accept": "application/json"})
    assert (asked.status, json.loads(asked.body)) == (401, {"closed": True})


def test_a_link_opens_once_and_only_for_who_asks_for_the_page(desk: RunningDesk) -> None:
    link = urlsplit(running_link(Places(desk.clinic, shipped_folder())) or "").path
    assert link.startswith("/open/")
    for method, more in (
        ("HEAD", {}),
        ("GET", {"Sec-Purpose": "prefetch;prerender"}),
        ("GET", {"Purpose": "prefetch"}),
    ):
        answer = desk.ask(method, link, headers=more)
        assert (answer.status, "set-cookie" in answer.headers) == (503, False), "a look ahead uses nothing up"
    first, second = desk.ask("GET", link), desk.ask("GET", link)
    assert (first.status, "set-cookie" in first.headers) == (200, True)
    assert (second.status, "set-cookie" in second.headers) == (403, False)
    for wrong in ("", "x", "%00", "..", "%2e%2e%2f", quote("é\u202e"), desk.token, desk.token + "?"):
        answer = desk.ask("GET", f"/open/{wrong}")
        assert (answer.status != 200, "set-cookie" in answer.headers) == (True, False), wrong


def test_a_session_is_the_desks_own_choice(desk: RunningDesk) -> None:
    """Whoever sets a browser's cookie beforehand knows nothing of the session that is opened then."""
    link = urlsplit(running_link(Places(desk.clinic, shipped_folder())) or "").path
    chosen = "desk=" + "A" * 43
    answer = desk.ask("GET", link, headers={"Cookie": chosen})
    assert chosen not in answer.headers["set-cookie"]
    assert desk.ask("GET", desk.root, headers={"Cookie": chosen}).status == 401


def test_a_cookie_that_another_port_has_set_takes_no_ones_place(desk: RunningDesk) -> None:
    """Browsers send it along, after ours: ours is for the longer path."""
    for other in ("desk=evil", 'desk-remember={"by":"Mallory"}', "desk-language=es"):
        mine = f'{desk.cookie}; desk-remember={{"by":"Ann"}}; desk-language=en'
        page = desk.get("", Cookie=f"{mine}; {other}")
        assert (page.status, 'lang="en"' in page.text, "Mallory" in page.text) == (200, True, False)


@pytest.mark.parametrize(
    "kept",
    [
        "[" * 30000,
        "{",
        "[]",
        "7",
        "\\777",
        '{"by": "\\ud800"}',
        '{"by": "\\u0000"}',
        '{"by": {"a": [1]}}',
        '{"by": 1e999}',
        '{"language": "../../x"}',
        '{"language": "%s"}' % ("x" * 3000),
        '{"paper": "%00", "edition": null}',
        '{"name": "Ann Zz", "note": "x", "to": "a@example.org"}',
        '{"by": "</textarea><script>x</script>"}',
    ],
)
def test_no_kept_cookie_breaks_the_page(desk: RunningDesk, kept: str) -> None:
    page = desk.get("", Cookie=f"{desk.cookie}; desk-remember={kept}")
    assert page.status == 200
    assert not re.search(r"Ann Zz|a@example|<script>x", page.text), (
        "a patient is not kept, nor is a script run"
    )


ORIGINS = (
    "",
    "null",
    "http://127.0.0.1",
    "http://127.0.0.1:1",
    "https://{host}",
    "http://{host}.evil.example",
    "http://evil.example",
    "http://{host}/",
    "http://user@{host}",
    "HTTP://{host}",
    "http://{host}, http://evil.example",
)


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_form_from_elsewhere_is_refused(desk: RunningDesk, origin: str) -> None:
    forged = origin.format(host=urlsplit(desk.link).netloc)
    for path in (*(desk.root + each for each in FORMS), "/login", "/link"):
        headers = own(desk, Origin=forged)
        if not origin:
            del headers["Origin"]
        assert desk.ask("POST", path, "sheet=x", headers).status == 403, path
    if origin:
        assert desk.get("", Origin=forged).status == 403


def test_a_form_with_two_origins_is_refused(desk: RunningDesk) -> None:
    """Whichever of them is looked at first."""
    host = urlsplit(desk.link).netloc
    for pair in ((desk.origin, "http://evil.example"), ("http://evil.example", desk.origin)):
        lines = "".join(f"Origin: {each}\r\n" for each in pair)
        head = f"POST {desk.root}close HTTP/1.1\r\nHost: {host}\r\n{lines}Cookie: {desk.cookie}\r\n"
        said = raw(desk, head + f"Content-Type: {FORM}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        assert statuses(said) == [403]
    assert desk.get("").status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site", "evil"])
def test_what_another_site_asks_for_is_refused(desk: RunningDesk, site: str) -> None:
    """Another port of this computer is the same site: its pages come with our cookies."""
    for path in (*PATHS, "preview"):
        assert desk.get(path, **{"Sec-Fetch-Site": site}).status == 403
    for path in FORMS:
        assert desk.post(path, {"sheet": AFTERCARE}, **{"Sec-Fetch-Site": site}).status == 403
    for path in ("/static/desk.js", "/look/brand.css", "/static/none"):
        assert desk.ask("GET", path, headers={"Sec-Fetch-Site": site}).status == 403
    assert desk.ask("HEAD", "/open/x", headers={"Sec-Fetch-Site": site}).status == 403
    assert desk.ask("GET", "/", headers={"Sec-Fetch-Site": site}).status == 401, "a link may lead to the door"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "{host}.", "evil@{host}", "LOCALHOST:{port}", "[::1]:{port}"]
)
def test_another_name_for_this_computer_is_refused(desk: RunningDesk, host: str) -> None:
    named = host.format(host=urlsplit(desk.link).netloc, port=urlsplit(desk.link).port)
    for path in ("/", desk.root, "/static/desk.js", f"/open/{desk.token}"):
        answer = desk.ask("GET", path, headers={"Host": named, "Cookie": desk.cookie})
        assert (answer.status, "set-cookie" in answer.headers) == (421, False)
    assert desk.post("show", {"sheet": AFTERCARE}, Host=named).status == 421


def test_the_headers_of_every_answer(desk: RunningDesk) -> None:
    asked: list[Answer] = [desk.get(path) for path in PATHS]
    asked += [
        desk.ask("GET", path) for path in ("/", "/nothing", "/open/x", "/static/desk.js", "/look/brand.css")
    ]
    asked += [
        desk.post(path, {"sheet": AFTERCARE}) for path in ("show", "preview", "print", "language", "records")
    ]
    asked += [
        desk.ask("PUT", "/"),
        desk.ask("GET", "/", headers={"Host": "evil"}),
        desk.ask("POST", "/login"),
    ]
    for answer in asked:
        kept = {name: answer.headers.get(name.lower()) for name in HEADERS}
        assert kept == HEADERS, answer.status
        assert "server" not in answer.headers
    pages = [answer for answer in asked if answer.status < 400 or "html" in answer.headers["content-type"]]
    assert {answer.headers["cache-control"] for answer in pages} == {"no-store"}
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert not re.search(r"unsafe|\*|http", policy)
    for page in (answer.text for answer in asked if "html" in answer.headers.get("content-type", "")):
        assert not re.search(
            r"<script(?! src=\"/static/)|\son\w+=|\sstyle=|javascript:|<iframe|<object|<base", page
        )


def test_who_knows_where_it_runs_still_needs_the_key(desk: RunningDesk) -> None:
    """The key is in a file for its owner alone, and is never sent."""
    running = state_folder(desk.clinic) / "desk.json"
    assert running.stat().st_mode & 0o077 == 0
    key = json.loads(running.read_bytes())["key"]
    for given in ("", f"Bearer {key}", key, "Bearer ", "é"):
        answer = desk.ask("POST", "/link", "", own(desk, Authorization=given, Desk_Question="x"))
        assert (answer.status, answer.text) == (403, "This key opens nothing.")


class Impostor(BaseHTTPRequestHandler):
    """Whoever listens at the desk's port after it has crashed: it says yes to everything."""

    heard: list[str] = []

    def do_POST(self) -> None:
        Impostor.heard.append(str(self.headers))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"token {'0' * 64}".encode())

    def log_message(self, *args: object) -> None:
        pass


def test_a_second_start_is_not_led_to_whoever_has_the_port_now(tmp_path: Path) -> None:
    place = copied_clinic(tmp_path)
    folder = state_folder(place)
    folder.mkdir(parents=True)
    server = HTTPServer(("127.0.0.1", 0), Impostor)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    left = {"origin": f"http://127.0.0.1:{server.server_port}", "key": "the-key-of-the-crashed-one"}
    (folder / "desk.json").write_text(json.dumps(left))
    assert running_link(Places(place, shipped_folder())) is None
    thread.join(10)
    server.server_close()
    assert len(Impostor.heard) == 1
    assert "the-key" not in Impostor.heard[0]
