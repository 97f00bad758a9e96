"""What a mail server's replies mean, in words for a clinic's staff, and the four bad ends of a message.

A server's own text is never repeated: it may echo the address, the subject or a name. Only its code and its
enhanced status (RFC 3463) are, and they are numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from handoutpress.errors import HandoutError

Stage = Literal["connection", "login", "sender", "recipient", "message"]

_STATUS = re.compile(rb"([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")


class MailError(HandoutError):
    """A message that was not taken; ``reason`` says why, without any address or name."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(MailError):
    """This message cannot be sent as it is, now or later."""


class TryLater(MailError):
    """This message was not taken now: a reply of 4xx, or the connection broke before its end was sent."""


class FateUnknown(MailError):
    """The end of the message was sent and no reply came: the server may have it, or not."""


class ServerUnavailable(MailError):
    """The server could not be used at all, whatever the message.

    ``needs_person``: trying again does not mend it, and with a wrong password would lock the account.
    """

    def __init__(self, reason: str, needs_person: bool = False) -> None:
        super().__init__(reason)
        self.needs_person = needs_person


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply's code, such as 550, and its enhanced status, such as 5.1.1, where it has one."""

    code: int
    status: str = ""

    @classmethod
    def read(cls, code: int, text: bytes) -> Reply:
        """Return a reply from what ``smtplib`` returns; all of the text but the status is dropped.

        A status of another class than the code's (RFC 2034, 4) is not one.
        """
        found = _STATUS.match(text)
        status = found[0].decode() if found and found[1] == str(code)[:1].encode() else ""
        return cls(code, status)

    @property
    def accepted(self) -> bool:
        """Whether it is a yes."""
        return 200 <= self.code <= 299

    @property
    def temporary(self) -> bool:
        """Whether it is a no for now."""
        return 400 <= self.code <= 499

    @property
    def permanent(self) -> bool:
        """Whether it is a no for good."""
        return 500 <= self.code <= 599

    @property
    def wants_login(self) -> bool:
        """Whether it refuses whoever sends, and not the message: RFC 4954, 6, and RFC 3207, 4."""
        return self.code in (530, 534, 535, 538)

    @property
    def is_about_size(self) -> bool:
        """Whether it refuses this message as too big (RFC 1870, 6.1; RFC 3463, 3.4)."""
        return self.code == 552 or self.status.endswith(".3.4")

    def __str__(self) -> str:
        return f"{self.code} {self.status}".rstrip()


def in_words(reply: Reply, stage: Stage) -> str:
    """Return why the server said no at a stage, with code and status: ``the mailbox is full (552 5.2.2)``."""
    detail = reply.status.partition(".")[2]
    if reply.temporary and detail.startswith("7."):
        detail = ""  # rules that ask for patience (greylisting), not those that forbid
    said = (
        _BY_STAGE.get((stage, detail))
        or _BY_DETAIL.get(detail)
        or _BY_SUBJECT.get(detail.partition(".")[0])
        or _BY_STAGE.get((stage, str(reply.code)))
        or _BY_CODE.get(reply.code)
        or (_LATER if reply.temporary else f"the server refused the {_OBJECTS[stage]}")
    )
    return f"{said} ({reply})"


_LATER = "the server asks to try again later"
_OBJECTS: dict[Stage, str] = {
    "connection": "connection",
    "login": "login",
    "sender": "clinic's own address as sender",
    "recipient": "patient's address",
    "message": "message",
}
_UNKNOWN = "the server does not know this mailbox"
_DOMAIN = "there is no mail server for the part of the address after the @"
_FULL = "the mailbox is full"
_NO_ROOM = "the server has no room at the moment"
_BIG = "the message is too big"
_SENDER = "the server does not accept the clinic's own address as sender"
_UNPROVEN = "the server could not prove that the message comes from the clinic (SPF, DKIM or DMARC)"
_SPAM = "the server takes the message for spam, or its rules forbid it"
_ENOUGH = "the clinic has sent as much as the server allows for now"
_LOGIN = "the server refused the user name or the password"

# RFC 3463's subject and detail, with those that RFC 5248's register adds.
_BY_DETAIL = {
    "1.1": _UNKNOWN,
    "1.2": _DOMAIN,
    "1.3": "the server cannot read this address",
    "1.4": "this address means several mailboxes",
    "1.6": "the mailbox has moved",
    "1.7": _SENDER,
    "1.8": _SENDER,
    "1.10": "the part of the address after the @ takes no email",
    "2.1": "the mailbox is closed",
    "2.2": _FULL,
    "2.3": "the message is too big for this mailbox",
    "3.1": _NO_ROOM,
    "3.4": _BIG,
    "4.3": _DOMAIN,
    "4.4": _DOMAIN,
    "6.7": "the server cannot send to an address with letters other than a to z",
    "7.8": _LOGIN,
    "7.9": "the server wants another way of logging in, such as a password for apps",
    "7.11": "the server wants encryption first",
    "7.13": "the clinic's account is closed",
    "7.20": _UNPROVEN,
    "7.21": _UNPROVEN,
    "7.22": _UNPROVEN,
    "7.23": _UNPROVEN,
    "7.24": _UNPROVEN,
    "7.25": _UNPROVEN,
    "7.26": _UNPROVEN,
    "7.27": _SENDER,
}
# By subject alone, where a detail says nothing more. Subjects 0, 3 and 5 say less than the code does.
_BY_SUBJECT = {
    "1": "the server does not take this address",
    "2": "the mailbox takes no mail at the moment",
    "4": "the server could not reach the mailbox's own server",
    "6": "the server does not take this kind of message",
}
_BY_STAGE = {
    ("recipient", "7.1"): "the server does not send to this address for the clinic, or its rules forbid it",
    ("recipient", "550"): "the server does not know this mailbox, or takes no mail for it",
    ("recipient", "551"): "the server does not send to this address for the clinic",
    ("recipient", "552"): _FULL,
    ("recipient", "553"): "the server does not take this address",
    ("recipient", "554"): "the server does not take mail for this address",
    ("sender", "7.1"): _SENDER,
    ("sender", "4.5"): _ENOUGH,
    ("sender", "4.2"): _ENOUGH,
    ("sender", "550"): _SENDER,
    ("sender", "552"): _BIG,
    ("sender", "553"): _SENDER,
    ("message", "7.1"): _SPAM,
    ("message", "7.0"): _SPAM,
    ("message", "550"): _SPAM,
    ("message", "554"): _SPAM,
    ("connection", "554"): "the server does not take mail from here",
    ("login", "454"): "the server cannot check a login at the moment",
}
_BY_CODE = {
    421: "the server closed the connection, and asks to try again later",
    450: "the mailbox is busy, or the server asks new senders to try again later",
    451: "the server asks to try again later, as some do with senders they do not know yet",
    452: _NO_ROOM,
    521: "the server takes no mail",
    530: "the server wants a login first",
    534: "the server wants another way of logging in, such as a password for apps",
    535: _LOGIN,
    538: "the server wants encryption first",
    552: "the message is too big, or the mailbox is full",
    556: "the part of the address after the @ takes no email",
}
