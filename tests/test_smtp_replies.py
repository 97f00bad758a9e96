"""What a mail server's replies mean, and what becomes of a message then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handoutpress.delivery.smtp import (
    FateUnknown,
    MailError,
    Refused,
    ServerUnavailable,
    TryLater,
)
from handoutpress.delivery.smtpreplies import Reply
from tests.smtping import RECIPIENT, envelope, nothing, talking

if TYPE_CHECKING:
    from pathlib import Path


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
