"""Connections to a mail server that break, at every moment there is."""

from __future__ import annotations

import smtplib
import socket
import time
from typing import TYPE_CHECKING

import pytest

from handoutpress.delivery.smtp import (
    FateUnknown,
    Refused,
    ServerUnavailable,
    TryLater,
)
from handoutpress.delivery.smtpopening import has_gone
from tests.mailservers import mail_server
from tests.smtping import BIG, envelope, failure, nothing, talking, to

if TYPE_CHECKING:
    from pathlib import Path


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
