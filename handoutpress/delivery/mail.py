"""One message as the internet carries it: RFC 5322, its parts as MIME, one recipient.

The standard library's ``email`` writes it: its policy folds long lines and refuses a line break in a header.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import localtime, make_msgid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes."""

    name: str
    """The clinic's."""
    address: str
    """In ASCII."""
    reply_to: str
    """In ASCII."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a message says and carries."""

    subject: str
    text: str
    html: str
    language: str
    pdfs: Sequence[tuple[str, bytes]]
    """File names and files."""


@dataclass(frozen=True, slots=True)
class Built:
    """A message ready to be sent."""

    message_id: str
    content: bytes = field(repr=False)


def build(parts: Parts, sender: Sender, recipient: str, *, needs_utf8: bool, draft: bool = False) -> Built:
    """Return a message of a plain text, the same as HTML, and the PDFs.

    ``needs_utf8`` is for an address that has letters outside ASCII before its @ (RFC 6531). A ``draft`` opens
    in a mail program as a message that is yet to be sent.
    """
    message = EmailMessage(policy=SMTPUTF8 if needs_utf8 else SMTP)
    domain = sender.address.rpartition("@")[2]
    message["From"] = _mailbox(sender.name, sender.address)
    message["To"] = _mailbox("", recipient)
    message["Reply-To"] = _mailbox(sender.name, sender.reply_to)
    message["Subject"] = _one_line(parts.subject)
    message["Date"] = localtime()
    # Of time, process and chance alone: nothing in it says who or what.
    message["Message-ID"] = message_id = make_msgid(domain=domain)
    # RFC 3834: no holiday notice comes back with the message in it.
    message["Auto-Submitted"] = "auto-generated"
    if draft:
        message["X-Unsent"] = "1"
    message.set_content(parts.text, cte="quoted-printable")
    message.add_alternative(parts.html, subtype="html", cte="quoted-printable")
    for name, pdf in parts.pdfs:
        message.add_attachment(pdf, maintype="application", subtype="pdf", filename=name)
    message["Content-Language"] = parts.language
    return Built(message_id, message.as_bytes())


def _mailbox(name: str, address: str) -> Address:
    # Given in its two halves: as one it may not have letters outside ASCII, which RFC 6531 allows.
    user, _, domain = address.rpartition("@")
    return Address(_one_line(name), user, domain)


def _one_line(text: str) -> str:
    return " ".join(text.split())
