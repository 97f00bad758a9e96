"""The desk for other computers: never without TLS and a password; and connections that keep others out."""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
import trustme
import uvicorn

from handoutpress.desk import connections
from handoutpress.desk.guard import Address, Guard
from handoutpress.desk.server import Settings, check
from handoutpress.errors import HandoutError
from handoutpress.places import shipped_folder
from tests.desks import FORM, PATIENCE, running_desk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Ran

PASSWORD = "correct horse battery"
ENOUGH = Settings(
    "0.0.0.0", names=("desk.example.org",), certificate=shipped_folder() / "x.pem", password=PASSWORD
)


@pytest.mark.parametrize(
    "lacking", [{"names": ()}, {"certificate": None}, {"password": None}, {"password": "short"}]
)
def test_others_cannot_reach_it_unprotected(lacking: dict[str, object]) -> None:
    check(ENOUGH)
    for host in ("0.0.0.0", "::", "127.0.0.2", "192.168.1.9", ""):
        with pytest.raises(HandoutError):
            check(replace(ENOUGH, host=host, **lacking))  # type: ignore[arg-type]


def test_the_command_refuses_to_be_reached_unprotected(run: Callable[..., Ran], clinic: Path) -> None:
    ran = run("desk", "--no-browser", "--clinic", clinic, "--host", "0.0.0.0", "--port", 0)
    assert (ran.status, ran.out) == (1, "")
    assert "needs a certificate, a password and the name" in ran.err


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def served(clinic: Path, authority: trustme.CA) -> Iterator[int]:
    """The port of a desk for others, by the name localhost."""
    certificate, key = clinic.parent / "desk.pem", clinic.parent / "desk.key"
    issued = authority.issue_cert("localhost")
    issued.cert_chain_pems[0].write_to_path(certificate)
    issued.private_key_pem.write_to_path(key)
    words = (
        "--host",
        "0.0.0.0",
        "--hostname",
        "localhost",
        "--certificate",
        str(certificate),
        "--key",
        str(key),
    )
    with running_desk(clinic, *words, env={"HANDOUTS_DESK_PASSWORD": PASSWORD}) as desk:
        assert desk.link == f"{desk.origin}/", "no link that opens it without the password"
        yield int(desk.link.rpartition(":")[2].strip("/"))
    assert [line for line in desk.log if "HANDOUTS_TODAY" not in line] == []


def ask(
    port: int, authority: trustme.CA, method: str, path: str, body: str = "", **headers: str
) -> tuple[http.client.HTTPResponse, str]:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    connection = http.client.HTTPSConnection("localhost", port, timeout=30, context=context)
    own = {"Origin": f"https://localhost:{port}", "Content-Type": FORM}
    connection.request(method, path, body, {**own, **headers})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer, text


def test_a_desk_for_others_takes_a_password_over_tls_alone(served: int, authority: trustme.CA) -> None:
    def log_in(password: str, **more: str) -> http.client.HTTPResponse:
        return ask(served, authority, "POST", "/login", urlencode({"password": password}), **more)[0]

    for path in ("/open/whatever", "/open/"):
        assert ask(served, authority, "GET", path)[0].status in (403, 404)
    assert log_in(PASSWORD, Origin="https://evil.example").status == 403
    assert log_in(PASSWORD, Host=f"127.0.0.1:{served}").status == 421, "it has one name"
    right = log_in(PASSWORD)
    assert right.status == 303
    (cookie,) = right.headers.get_all("set-cookie") or []
    assert {"HttpOnly", "SameSite=strict", "Secure"} <= {part.strip() for part in cookie.split(";")}
    assert cookie.startswith("__Secure-desk="), "no page without TLS can set it"
    opened = {"Cookie": cookie.partition(";")[0]}
    root = right.headers["location"]
    assert ask(served, authority, "GET", root, **opened)[0].status == 200
    _, told = ask(served, authority, "GET", root)
    assert 'type="password"' in told
    assert [log_in("wrong guess no 1").status, log_in(PASSWORD).status] == [429, 429]
    assert ask(served, authority, "GET", root, **opened)[0].status == 200, "who is in may stay"
    closed, _ = ask(served, authority, "POST", f"{root}close", **opened)
    assert "secure" in closed.headers["set-cookie"].lower(), "else browsers keep a cookie of such a name"
    assert ask(served, authority, "GET", root, **opened)[0].status == 401

    with socket.create_connection(("127.0.0.1", served), timeout=10) as plain:
        plain.sendall(f"GET / HTTP/1.1\r\nHost: localhost:{served}\r\n\r\n".encode())
        try:
            said = plain.recv(1000)
        except OSError:
            said = b""
    assert b"HTTP" not in said


def test_who_asks_for_nothing_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also who says a little every now and then, be it after a request that was answered."""
    monkeypatch.setattr(connections, "ASKING_SECONDS", 0.4)

    async def drip(port: int, first: bytes) -> float:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        start = asyncio.get_running_loop().time()
        writer.write(first)
        while not reader.at_eof():
            try:
                await asyncio.wait_for(reader.read(1000), 0.1)
                writer.write(b"X")
            except TimeoutError:
                writer.write(b"X")
            except OSError:
                break
            if asyncio.get_running_loop().time() - start > PATIENCE:
                break
        writer.close()
        return asyncio.get_running_loop().time() - start

    async def nothing(_scope: object, _receive: object, _send: object) -> None:
        raise AssertionError

    async def served() -> list[float]:
        bound = socket.socket()
        bound.bind(("127.0.0.1", 0))
        app = Guard(nothing, Address("http", ("desk",)))
        config = uvicorn.Config(
            app, http=connections.Connection, ws="none", log_config=None, lifespan="off", timeout_keep_alive=1
        )
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[bound]))
        while not server.started:
            await asyncio.sleep(0.01)
        port = bound.getsockname()[1]
        first = (b"", b"GET / HTTP/1.1\r\nX: ", b"GET / HTTP/1.1\r\nHost: evil\r\n\r\nGET /")
        took = await asyncio.gather(*(drip(port, each) for each in first))
        server.should_exit = True
        await running
        return took

    took = asyncio.run(served())
    assert [0.3 < each < PATIENCE for each in took] == [True] * 3, took
