"""A message and a real mail server: what arrives, when it is handed over, what is never said."""

from __future__ import annotations

import json
import subprocess
import sys
import traceback
from typing import TYPE_CHECKING

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
from tests.conftest import ROOT
from tests.smtping import BIG, MESSAGE, PASSWORD, RECIPIENT, SENDER, USER, envelope, nothing, talking, to

if TYPE_CHECKING:
    from pathlib import Path


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
