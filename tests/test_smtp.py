"""Messages to a real mail server: what arrives, and how each bad end is told from the others."""

from __future__ import annotations

import json
import smtplib
import socket
import subprocess
import sys
import time
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from handoutpress.delivery.smtp import (
    Envelope,
    FateUnknown,
    MailError,
    Refused,
    Server,
    ServerUnavailable,
    Session,
    TryLater,
)
from handoutpress.delivery.smtpopening import has_gone
from handoutpress.delivery.smtpreplies import Reply
from tests.conftest import ROOT
from tests.mailservers import mail_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.mailservers import MailServer

SENDER, RECIPIENT = "clinic@example.org", "pat.doe@example.com"
USER, PASSWORD = "frontdesk", "correct horse"
MESSAGE = b"Subject: Information\r\n\r\nHello.\r\n"
BIG = b"\r\n".join([b".x" * 450] * 13_500) + b"\r\n"
"""12 MB in long lines that all start with a dot."""


def nothing() -> None:
    """Stand in for the outbox."""


def envelope(message: bytes = MESSAGE, recipient: str = RECIPIENT, **more: Any) -> Envelope:
    return Envelope(SENDER, recipient, message, **more)


def to(server: MailServer, **more: Any) -> Server:
    """Return how a client that does everything right reaches the server."""
    security = {"starttls": "starttls", "implicit": "tls", None: "none"}[server.tls]
    user, password = server.login or (None, None)
    given = {"user": user, "password": password, "certificates": server.certificates, "timeout": 10.0}
    return Server("localhost", server.port, **{"security": security, **given, **more})


@contextmanager
def talking(folder: Path, **more: Any) -> Iterator[tuple[MailServer, Session]]:
    """Run a server, in the clear unless ``more`` says otherwise, and a session with it."""
    timeout = more.pop("timeout", 10.0)
    given = {"tls": None, "login": (USER, PASSWORD), **more}
    with mail_server(folder, **given) as server, Session(to(server, timeout=timeout)) as session:
        yield server, session


def failure(server: Server, **more: Any) -> ServerUnavailable:
    """Return why a server cannot be used."""
    with Session(server) as session, pytest.raises(ServerUnavailable) as caught:
        session.send(envelope(**more), nothing)
    return caught.value


# What arrives.


@pytest.mark.parametrize("tls", ["starttls", "implicit", None])
def test_a_message_arrives_as_it_was_given(tmp_path: Path, tls: str | None) -> None:
    with talking(tmp_path, tls=tls) as (server, session):
        assert session.send(envelope(), nothing) == "250 2.0.0"
    assert server.received == [(SENDER, [RECIPIENT], MESSAGE)]
    assert set(server.greetings) == {"example.org"}
    assert server.logins == 1


@pytest.mark.parametrize(
    ("given", "arrives"),
    [
        (b"a\r\n.\r\nb\r\n", b"a\r\n.\r\nb\r\n"),
        (b".\r\n..\r\n.b", b".\r\n..\r\n.b\r\n"),
        (b"a\nb\rc\r\nd", b"a\r\nb\r\nc\r\nd\r\n"),
        (b"a\r\r\n\n.\n", b"a\r\n\r\n\r\n.\r\n"),
        (b"a\r.\rb", b"a\r\n.\r\nb\r\n"),
        (b"", b""),
    ],
)
def test_lines_and_dots_arrive_whole(tmp_path: Path, given: bytes, arrives: bytes) -> None:
    with talking(tmp_path) as (server, session):
        session.send(envelope(given), nothing)
        session.send(envelope(), nothing)
    assert [each.content for each in server.received] == [arrives, MESSAGE]


def test_a_message_of_12_megabytes_arrives_whole(tmp_path: Path) -> None:
    assert len(BIG) > 12_000_000
    with talking(tmp_path, tls="starttls") as (server, session):
        session.send(envelope(BIG), nothing)
    assert server.received[0].content == BIG


def test_three_messages_go_over_one_connection(tmp_path: Path) -> None:
    recipients = [f"{name}@example.org" for name in "abc"]
    with talking(tmp_path, tls="starttls") as (server, session):
        for recipient in recipients:
            session.send(envelope(recipient=recipient), nothing)
    assert [each.rcpt_tos for each in server.received] == [[recipient] for recipient in recipients]
    assert (server.connections, server.logins) == (1, 1)


def test_a_refused_message_leaves_nothing_behind_for_the_next(tmp_path: Path) -> None:
    with talking(tmp_path, behaviour="refuse") as (server, session):
        for _ in range(2):
            with pytest.raises(Refused):
                session.send(envelope(recipient="old@example.org"), nothing)
        server.behave("accept")
        session.send(envelope(), nothing)
    assert server.received == [(SENDER, [RECIPIENT], MESSAGE)]
    assert server.connections == 1


@pytest.mark.parametrize("sender", ["clinic@localhost", "clinic@prâxis.example"])
def test_a_sender_without_a_plain_domain_gives_no_name_away(tmp_path: Path, sender: str) -> None:
    with talking(tmp_path) as (server, session):
        session.send(Envelope(sender, RECIPIENT, MESSAGE), nothing)
    assert server.greetings == ["[127.0.0.1]"]


# The moment of handing over.


def test_the_handover_is_told_when_only_the_end_is_missing(tmp_path: Path) -> None:
    told = []
    with talking(tmp_path, keep=lambda taken: told.append("taken")) as (server, session):
        session.send(envelope(), lambda: told.append(f"{len(server.received)} before"))
    assert told == ["0 before", "taken"]


@pytest.mark.parametrize("tls", ["starttls", None])
def test_what_the_handover_raises_leaves_nothing_at_the_server(tmp_path: Path, tls: str | None) -> None:
    def full_disk() -> None:
        raise ZeroDivisionError

    with talking(tmp_path, tls=tls) as (server, session):
        session.send(envelope(recipient="first@example.org"), nothing)
        with pytest.raises(ZeroDivisionError):
            session.send(envelope(), full_disk)
        session.send(envelope(recipient="last@example.org"), nothing)
    assert [each.rcpt_tos for each in server.received] == [["first@example.org"], ["last@example.org"]]
    assert server.connections == 2


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
def test_no_handover_where_the_server_said_no_before(tmp_path: Path, stage: str) -> None:
    told: list[str] = []
    with talking(tmp_path) as (server, session):
        server.reply(**{stage: "550 no"})
        # Who is refused as sender is the clinic, and not this message.
        with pytest.raises(ServerUnavailable if stage == "MAIL" else Refused):
            session.send(envelope(), lambda: told.append("handing over"))
    assert told == []


# What a reply means.

REPLIES = [
    ("RCPT", "550 5.1.1 <{to}> unknown", Refused, "the server does not know this mailbox (550 5.1.1)"),
    (
        "RCPT",
        "550-5.1.1 {to}\r\n550 5.1.1 unknown",
        Refused,
        "the server does not know this mailbox (550 5.1.1)",
    ),
    ("RCPT", "550 {to}?", Refused, "the server does not know this mailbox, or takes no mail for it (550)"),
    ("RCPT", "552 5.2.2 full", Refused, "the mailbox is full (552 5.2.2)"),
    ("RCPT", "452 4.2.2 full", TryLater, "the mailbox is full (452 4.2.2)"),
    ("RCPT", "550 5.2.1 off", Refused, "the mailbox is closed (550 5.2.1)"),
    ("RCPT", "450 4.7.1 grey", TryLater, "asks new senders to try again later (450 4.7.1)"),
    ("RCPT", "451 {to} grey", TryLater, "the server asks to try again later"),
    ("RCPT", "450 4.1.2 dns", TryLater, "no mail server for the part of the address after the @ (450 4.1.2)"),
    (
        "RCPT",
        "556 5.1.10 null MX",
        Refused,
        "the part of the address after the @ takes no email (556 5.1.10)",
    ),
    ("RCPT", "554 5.7.1 relay", Refused, "does not send to this address for the clinic, or its rules"),
    ("RCPT", "550 6.9.9 odd", Refused, "takes no mail for it (550)"),
    ("RCPT", "599 5.0.0 odd", Refused, "the server refused the patient's address (599 5.0.0)"),
    ("RCPT", "250-odd\r\n354 go on", TryLater, "none that a mail server gives"),
    ("RCPT", "hello", TryLater, "none that a mail server gives"),
    ("RCPT", "421 4.3.2 bye", TryLater, "the server closed the connection, and asks to try again later (421"),
    ("RCPT", "hang up", TryLater, "the connection to the server broke off; nothing was sent"),
    ("MAIL", "552 5.3.4 big", Refused, "the message is too big (552 5.3.4)"),
    (
        "MAIL",
        "550 5.4.5 enough",
        ServerUnavailable,
        "the clinic has sent as much as the server allows for now (550 5.4.5)",
    ),
    (
        "MAIL",
        "553 5.1.8 {to}",
        ServerUnavailable,
        "does not accept the clinic's own address as sender (553 5.1.8)",
    ),
    ("MAIL", "452 4.3.1 disk", TryLater, "the server has no room at the moment (452 4.3.1)"),
    ("MAIL", "421 4.3.2 bye", TryLater, "the server closed the connection"),
    ("MAIL", "530 5.7.0 log in", ServerUnavailable, "the server wants a login first (530 5.7.0)"),
    ("DATA", "451 4.3.0 later", TryLater, "the server asks to try again later"),
    ("DATA", "554 no", Refused, "spam"),
    ("DATA", "250 what", TryLater, "none that a mail server gives"),
    ("END", "554 5.7.1 {to} spam", Refused, "takes the message for spam, or its rules forbid it (554 5.7.1)"),
    ("END", "550 5.7.26 DMARC", Refused, "could not prove that the message comes from the clinic"),
    ("END", "552 5.3.4 big", Refused, "the message is too big (552 5.3.4)"),
    ("END", "451 4.3.0 later", TryLater, "the server asks to try again later"),
    ("END", "421 4.3.2 bye", TryLater, "the server closed the connection"),
    ("END", "999 what", FateUnknown, "could not be read: it may have it, or not"),
    ("END", "354 what", FateUnknown, "could not be read: it may have it, or not"),
    ("END", "hang up", FateUnknown, "the server may have it, or not"),
]


@pytest.mark.parametrize(("stage", "reply", "kind", "said"), REPLIES)
def test_each_reply_is_told_in_words(
    tmp_path: Path, stage: str, reply: str, kind: type[MailError], said: str
) -> None:
    with talking(tmp_path) as (server, session):
        server.reply(**{stage: reply.format(to=RECIPIENT)})
        with pytest.raises(MailError) as caught:
            session.send(envelope(), nothing)
        assert type(caught.value) is kind
        assert said in caught.value.reason
        assert str(caught.value) == caught.value.reason
        server.behave("accept")
        assert session.send(envelope(), nothing) == "250 2.0.0"
    assert len(server.received) == 1


def test_greylisting_passes_at_the_third_try(tmp_path: Path) -> None:
    with talking(tmp_path, behaviour="greylist", number=2) as (server, session):
        for _ in range(2):
            with pytest.raises(TryLater, match=r"451 4\.7\.1"):
                session.send(envelope(), nothing)
        session.send(envelope(), nothing)
    assert len(server.received) == 1


def test_a_full_mailbox_is_told_at_the_end(tmp_path: Path) -> None:
    with (
        talking(tmp_path, behaviour="full") as (server, session),
        pytest.raises(Refused, match=r"mailbox is full \(552 5\.2\.2\)"),
    ):
        session.send(envelope(), nothing)
    assert server.received == []


def test_a_status_of_another_class_than_the_code_is_none() -> None:
    assert str(Reply.read(250, b"2.0.0 Ok 5.1.1")) == "250 2.0.0"
    assert str(Reply.read(550, b"4.2.2 full")) == "550"
    assert str(Reply.read(550, b"5.1.1.7 is my address")) == "550"
    assert str(Reply.read(550, b"pat.doe 5.1.1")) == "550"


# Connections that break.


@pytest.mark.parametrize("tls", ["starttls", None])
def test_a_connection_that_breaks_in_the_message_sent_nothing(tmp_path: Path, tls: str | None) -> None:
    told: list[str] = []
    with talking(tmp_path, tls=tls, behaviour="drop-in-data", number=100_000) as (server, session):
        with pytest.raises(TryLater, match="broke off; nothing was sent"):
            session.send(envelope(BIG), lambda: told.append("handing over"))
        assert (told, server.received) == ([], [])
        server.behave("accept")
        session.send(envelope(), nothing)
    assert len(server.received) == 1


def test_who_has_gone_before_the_end_is_seen() -> None:
    ours, theirs = socket.socketpair()
    connection = smtplib.SMTP(local_hostname="example.org")
    connection.sock = ours
    ours.settimeout(7)
    assert not has_gone(connection)
    theirs.sendall(b"421 bye\r\n")
    assert has_gone(connection)
    ours.recv(100)
    assert not has_gone(connection)
    theirs.close()
    assert has_gone(connection)
    assert ours.gettimeout() == 7
    connection.close()
    assert has_gone(connection)


@pytest.mark.parametrize("tls", ["starttls", None])
def test_a_server_that_went_in_the_message_is_not_told_its_end(
    tmp_path: Path, tls: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seen(connection: smtplib.SMTP) -> bool:
        until = time.monotonic() + 10
        while not has_gone(connection) and time.monotonic() < until:
            time.sleep(0.01)
        return has_gone(connection)

    # The message fits into the line's buffers: only the look at the connection tells.
    monkeypatch.setattr("handoutpress.delivery.smtp.has_gone", seen)
    told: list[str] = []
    with (
        talking(tmp_path, tls=tls, behaviour="drop-in-data") as (server, session),
        pytest.raises(TryLater, match="broke off; nothing was sent"),
    ):
        session.send(envelope(), lambda: told.append("handing over"))
    assert (told, server.received) == ([], [])


@pytest.mark.parametrize("tls", ["starttls", None])
def test_after_the_end_nobody_knows(tmp_path: Path, tls: str | None) -> None:
    with talking(tmp_path, tls=tls, behaviour="drop-after-data") as (server, session):
        with pytest.raises(FateUnknown, match="broke off after the whole message"):
            session.send(envelope(), nothing)
        assert len(server.received) == 1
        server.behave("accept")
        session.send(envelope(), nothing)
    assert (len(server.received), server.connections) == (2, 2)


def test_a_reply_to_the_whole_message_is_waited_for_ten_times_as_long(tmp_path: Path) -> None:
    with talking(tmp_path, behaviour="slow-after-data", number=0.6, timeout=0.25) as (server, session):
        assert session.send(envelope(), nothing) == "250 2.0.0"
        server.behave("slow-after-data", 30)
        with pytest.raises(FateUnknown, match="no answer after the whole message"):
            session.send(envelope(), nothing)
    assert len(server.received) == 2


def test_a_server_that_is_slow_from_the_start_is_unavailable(tmp_path: Path) -> None:
    with mail_server(tmp_path, tls=None, behaviour="slow", number=30) as server:
        found = failure(to(server, timeout=0.1))
    assert "did not answer within 0.1 seconds" in found.reason
    assert not found.needs_person


def test_a_server_that_gets_slow_is_tried_later(tmp_path: Path) -> None:
    with talking(tmp_path, timeout=0.5) as (server, session):
        session.send(envelope(), nothing)
        server.behave("slow", 30)
        with pytest.raises(TryLater, match=r"did not answer within 0\.5 seconds; nothing was sent"):
            session.send(envelope(), nothing)
    assert (len(server.received), server.connections) == (1, 1)


def test_a_server_that_takes_two_messages_a_connection_gets_them_all(tmp_path: Path) -> None:
    with talking(tmp_path, behaviour="closing", number=2) as (server, session):
        for _ in range(5):
            session.send(envelope(), nothing)
    assert (len(server.received), server.connections) == (5, 3)


@pytest.mark.parametrize("tls", ["starttls", None])
def test_an_idle_connection_that_was_dropped_is_made_anew(tmp_path: Path, tls: str | None) -> None:
    with talking(tmp_path, tls=tls) as (server, session):
        session.send(envelope(), nothing)
        server.stop()
        server.start()
        session.send(envelope(), nothing)
    assert (len(server.received), server.connections) == (2, 2)


@pytest.mark.parametrize("reply", ["hang up", "421 4.3.2 bye"])
def test_it_is_made_anew_only_once(tmp_path: Path, reply: str) -> None:
    with talking(tmp_path) as (server, session):
        session.send(envelope(), nothing)
        server.reply(MAIL=reply)
        with pytest.raises(TryLater):
            session.send(envelope(), nothing)
    assert (len(server.received), server.connections) == (1, 2)


def test_a_new_connection_that_breaks_is_not_made_anew(tmp_path: Path) -> None:
    with talking(tmp_path) as (server, session):
        server.reply(MAIL="hang up")
        with pytest.raises(TryLater):
            session.send(envelope(), nothing)
    assert server.connections == 1


def test_after_a_goodbye_nothing_more_is_said_on_a_connection(tmp_path: Path) -> None:
    with talking(tmp_path) as (server, session):
        server.reply(RCPT="421-4.3.2 bye\r\n421 4.3.2 bye")
        with pytest.raises(TryLater):
            session.send(envelope(), nothing)
        # This one forgets to hang up after it.
        server.reply(RCPT="450-4.3.2 bye\r\n421 4.3.2 bye")
        with pytest.raises(TryLater):
            session.send(envelope(), nothing)
        server.behave("accept")
        session.send(envelope(), nothing)
    assert server.connections == 3


def test_a_server_that_does_not_reset_is_connected_to_anew(tmp_path: Path) -> None:
    with talking(tmp_path) as (server, session):
        server.reply(RCPT="550 no", RSET="500 what")
        with pytest.raises(Refused):
            session.send(envelope(), nothing)
        server.reply(RSET="500 what")
        session.send(envelope(), nothing)
    assert (len(server.received), server.connections) == (1, 2)


def test_a_server_that_is_gone_can_come_back(tmp_path: Path) -> None:
    with talking(tmp_path) as (server, session):
        server.stop()
        with pytest.raises(ServerUnavailable, match="refused the connection") as caught:
            session.send(envelope(), nothing)
        assert not caught.value.needs_person
        server.start()
        session.send(envelope(), nothing)
    assert len(server.received) == 1


# Servers that cannot be used.


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


# Logging in.


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


# What the server offers.


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


# What is never said.


def test_nothing_that_a_server_echoes_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0, logger="handoutpress")
    echo = f"<{RECIPIENT}> {SENDER} {USER} {PASSWORD} Subject: Microneedling"
    named = b"Subject: Microneedling\n\n"
    caught: list[MailError] = []

    def fail(session: Session, recipient: str = RECIPIENT) -> None:
        with pytest.raises(MailError) as error:
            session.send(envelope(recipient=recipient, message=named), nothing)
        caught.append(error.value)

    with talking(tmp_path, timeout=3) as (server, session):
        for stage in ("GREETING", "AUTH", "MAIL", "RCPT", "DATA", "END"):
            for code in ("421 4.3.2", "450 4.2.1", "535 5.7.8", "550 5.7.1", "999", "354", "xyz"):
                if (stage, code) == ("DATA", "354"):  # that is a yes
                    continue
                session.close()
                server.reply(**{stage: f"{code} {echo}"})
                fail(session)
        for kind in ("refuse", "full", "drop-after-data"):
            server.behave(kind)
            fail(session)
        server.behave("accept")
        fail(session, recipient=f"{RECIPIENT}\r\nDATA")
        with Session(to(server, password=f"{PASSWORD}!")) as wrong:
            fail(wrong)
    assert {type(error) for error in caught} == {Refused, TryLater, FateUnknown, ServerUnavailable}
    for error in caught:
        said = "".join(traceback.format_exception(error)) + repr(error) + repr(error.args)
        for secret in (RECIPIENT, "pat.doe", SENDER, USER, PASSWORD, "Microneedling"):
            assert secret not in said
    assert [record for record in caplog.records if record.name.startswith("handoutpress")] == []


def test_what_is_shown_of_server_and_message_has_no_secret() -> None:
    assert PASSWORD not in repr(Server("localhost", 25, "none", USER, PASSWORD))
    assert "Hello" not in repr(envelope())


# The server of these tests, as a process of its own.


def test_the_server_runs_as_a_process(tmp_path: Path) -> None:
    folder = tmp_path / "received"
    command = [sys.executable, "-m", "tests.mailservers", str(folder), "--login", f"{USER}:{PASSWORD}"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        where = json.loads(process.stdout.readline())
        server = Server(where["host"], where["port"], "starttls", USER, PASSWORD, where["certificates"], 10)
        with Session(server) as session:
            session.send(envelope(), nothing)
            print("refuse", file=process.stdin, flush=True)
            assert json.loads(process.stdout.readline()) == {"behaviour": "refuse", "messages": 1}
            with pytest.raises(Refused):
                session.send(envelope(), nothing)
        process.stdin.close()
        assert process.wait(10) == 0
    assert [path.read_bytes() for path in sorted(folder.glob("*.eml"))] == [MESSAGE]
