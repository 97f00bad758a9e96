"""Mail servers that cannot be used, logging in to one, and what one offers."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from handoutpress.delivery.smtp import (
    Refused,
    Server,
)
from tests.mailservers import mail_server
from tests.smtping import MESSAGE, PASSWORD, RECIPIENT, USER, envelope, failure, nothing, talking, to

if TYPE_CHECKING:
    from pathlib import Path


def test_a_host_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no such host" in failure(Server("no..host", 587, "starttls")).reason

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    found = failure(Server("mail.test", 587, "starttls"))
    assert "no such host" in found.reason
    assert not found.needs_person


@pytest.mark.parametrize(
    ("greeting", "said", "needs_person"),
    [
        ("554 5.7.1 not from there", "the server does not take mail from here (554 5.7.1)", True),
        ("421 4.3.2 busy", "asks to try again later (421 4.3.2)", False),
        ("HTTP/1.1 400 what", "what answers there is no mail server", True),
        ("hang up", "broke off before anything was sent", False),
    ],
)
def test_a_greeting_that_is_no_welcome(tmp_path: Path, greeting: str, said: str, needs_person: bool) -> None:
    with mail_server(tmp_path, tls=None) as server:
        server.reply(GREETING=greeting)
        found = failure(to(server))
    assert said in found.reason
    assert found.needs_person is needs_person


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_certificate_of_an_authority_nobody_knows(tmp_path: Path, tls: Any) -> None:
    with mail_server(tmp_path, tls=tls) as server:
        found = failure(to(server, certificates=None))
        (tmp_path / "other").mkdir()
        with mail_server(tmp_path / "other") as other:
            assert failure(to(server, certificates=other.certificates)).reason == found.reason
    assert "not from an authority that this computer trusts" in found.reason
    assert found.needs_person
    assert (server.logins, server.received) == (0, [])


@pytest.mark.parametrize(
    ("certificate", "said"), [("other-name", "is for another name"), ("expired", "has expired")]
)
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_certificate_that_is_not_this_servers_or_too_old(
    tmp_path: Path, tls: Any, certificate: Any, said: str
) -> None:
    with mail_server(tmp_path, tls=tls, certificate=certificate) as server:
        found = failure(to(server))
    assert said in found.reason
    assert found.needs_person
    assert server.logins == 0


def test_a_certificate_for_localhost_is_none_for_its_number(tmp_path: Path) -> None:
    with mail_server(tmp_path) as server:
        given = to(server)
        found = failure(Server("127.0.0.1", given.port, "starttls", certificates=given.certificates))
    assert "is for another name" in found.reason


def test_a_file_of_certificates_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "own.pem"
    missing = failure(Server("localhost", 1, "starttls", certificates=file))
    assert missing.reason.endswith("own.pem, cannot be used: No such file or directory")
    assert missing.needs_person
    file.write_text("not a certificate", encoding="utf-8")
    assert "it is not a PEM file" in failure(Server("localhost", 1, "starttls", certificates=file)).reason


def test_a_server_without_encryption(tmp_path: Path) -> None:
    with mail_server(tmp_path, tls=None) as server:
        found = failure(to(server, security="starttls"))
        assert "offers no encryption here (STARTTLS)" in found.reason
        assert found.needs_person
        other = failure(to(server, security="tls"))
        assert "does not speak TLS here" in other.reason
        assert other.needs_person
    assert (server.logins, server.received) == (0, [])


def test_nothing_is_said_in_the_clear_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[object] = []
    monkeypatch.setattr(socket, "create_connection", lambda *words, **_: called.append(words))
    for host in ("mail.example.org", "192.0.2.1", "localhost.example.org"):
        found = failure(Server(host, 25, "none", USER, PASSWORD))
        assert found.reason == "without encryption only a server on this machine may be used"
        assert found.needs_person
    assert called == []


def test_a_wrong_password_is_tried_once(tmp_path: Path) -> None:
    with mail_server(tmp_path, login=(USER, PASSWORD)) as server:
        found = failure(to(server, password="wrong"))
    assert found.reason == "the server refused the user name or the password (535 5.7.8)"
    assert found.needs_person
    assert (server.logins, server.received) == (1, [])


def test_a_login_that_cannot_be_checked_now_is_tried_later(tmp_path: Path) -> None:
    with mail_server(tmp_path) as server:
        server.reply(AUTH="454 4.7.0 later")
        found = failure(to(server))
    assert found.reason == "the server cannot check a login at the moment (454 4.7.0)"
    assert not found.needs_person


@pytest.mark.parametrize("hidden", ["PLAIN", "LOGIN"])
def test_both_ways_of_logging_in_take_letters_of_any_script(tmp_path: Path, hidden: str) -> None:
    with talking(tmp_path, tls="starttls", login=("empfang", "größer"), hidden=(hidden,)) as (
        server,
        session,
    ):
        session.send(envelope(), nothing)
    assert (server.logins, len(server.received)) == (1, 1)


def test_a_server_that_offers_no_login(tmp_path: Path) -> None:
    with mail_server(tmp_path, hidden=("AUTH",)) as server:
        found = failure(to(server))
    assert found.reason == "the server offers no login here, and clinic.yaml names a user"
    assert found.needs_person


def test_a_server_with_ways_of_logging_in_that_are_unknown(tmp_path: Path) -> None:
    with mail_server(tmp_path, hidden=("PLAIN", "LOGIN")) as server:
        server.extra = ("250-AUTH XOAUTH2",)
        found = failure(to(server))
    assert found.reason == "the server offers no way of logging in that this program has"
    assert found.needs_person


def test_a_login_that_is_wanted_and_not_given(tmp_path: Path) -> None:
    with mail_server(tmp_path) as server:
        found = failure(to(server, user=None, password=None))
        assert (found.reason, found.needs_person) == ("the server wants a login first (530 5.7.0)", True)
        found = failure(to(server, password=None))
    assert (found.reason, found.needs_person) == ("there is no password for the mail server", True)


def test_a_message_that_is_too_big_is_not_even_announced(tmp_path: Path) -> None:
    with talking(tmp_path, size_limit=1_000_000) as (server, session):
        with pytest.raises(Refused) as caught:
            session.send(envelope(b"x\n" * 333_334), nothing)
        assert (
            caught.value.reason
            == "the message is too big: it has 1.1 MB, and the server takes 1.0 MB at most"
        )
        session.send(envelope(b"x\n" * 1000), nothing)
    assert server.mail_options == [["SIZE=3000"]]


@pytest.mark.parametrize("limit", ["", "0", "many", "9" * 5000])
def test_a_limit_that_is_no_number_is_none(tmp_path: Path, limit: str) -> None:
    with talking(tmp_path) as (server, session):
        server.extra = (f"250-SIZE {limit}",)
        assert session.send(envelope(), nothing) == "250 2.0.0"
    assert server.mail_options == [[f"SIZE={len(MESSAGE)}"]]


def test_an_address_in_any_script_needs_a_server_that_says_so(tmp_path: Path) -> None:
    with talking(tmp_path) as (server, session):
        session.send(envelope(recipient="zoë@example.org"), nothing)
        session.send(envelope("To: zoë\r\n\r\n".encode(), needs_utf8=True), nothing)
        session.send(envelope(), nothing)
    assert [each.rcpt_tos for each in server.received] == [["zoë@example.org"], [RECIPIENT], [RECIPIENT]]
    assert server.mail_options == [["SMTPUTF8"], ["SMTPUTF8", "BODY=8BITMIME"], []]


@pytest.mark.parametrize(
    "given", [{"recipient": "zoë@example.org"}, {"needs_utf8": True}], ids=["address", "header"]
)
def test_without_it_such_a_message_is_refused(tmp_path: Path, given: dict[str, Any]) -> None:
    with talking(tmp_path, smtputf8=False) as (server, session):
        with pytest.raises(Refused, match="letters other than a to z"):
            session.send(envelope(**given), nothing)
        session.send(envelope(), nothing)
    assert server.mail_options == [[]]


def test_a_body_of_eight_bits_needs_a_server_that_says_so(tmp_path: Path) -> None:
    with talking(tmp_path) as (server, session):
        session.send(envelope("\r\nGrüße\r\n".encode()), nothing)
        server.hidden = ("8BITMIME",)
        session.close()
        with pytest.raises(Refused, match="plain ASCII"):
            session.send(envelope("\r\nGrüße\r\n".encode()), nothing)
    assert server.mail_options == [["BODY=8BITMIME"]]
    assert server.received[0].content == "\r\nGrüße\r\n".encode()


@pytest.mark.parametrize(
    "recipient",
    [
        "a@example.org\r\nDATA",
        "a@example.org> SIZE=1",
        "<a@example.org",
        "a b@c.org",
        "a\ud800@c.org",
        "a\0@c",
    ],
)
def test_an_address_that_is_a_command_goes_nowhere(tmp_path: Path, recipient: str) -> None:
    with talking(tmp_path) as (server, session):
        with pytest.raises(Refused) as caught:
            session.send(envelope(recipient=recipient), nothing)
        assert caught.value.reason == "the address has a character that cannot stand in one"
    assert server.connections == 0
