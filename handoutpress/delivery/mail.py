"""One message as the internet carries it: RFC 5322, its parts as MIME, one recipient.

The standard library's ``email`` writes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, localtime, make_msgid
from typing import TYPE_CHECKING

from handoutpress.reading.letterwords import one_line

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
    message_id = make_msgid(domain=sender.address.rpartition("@")[2])
    head = {
        "From": _mailbox(sender.name, sender.address),
        "To": _address(recipient),
        "Reply-To": _mailbox(sender.name, sender.reply_to),
        "Subject": _words(parts.subject),
        "Date": format_datetime(localtime()),
        # Of time, process and chance alone: nothing in it says who or what.
        "Message-ID": message_id,
        # RFC 3834: no holiday notice comes back with the message in it.
        "Auto-Submitted": "auto-generated",
        "Content-Language": parts.language,
    }
    if draft:
        head["X-Unsent"] = "1"
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    body = EmailMessage(policy=SMTPUTF8 if needs_utf8 else SMTP)
    body.set_content(parts.text, cte="quoted-printable")
    body.add_alternative(parts.html, subtype="html", cte="quoted-printable")
    for name, pdf in parts.pdfs:
        body.add_attachment(pdf, maintype="application", subtype="pdf", filename=name)
    return Built(message_id, lines.encode() + body.as_bytes())


def _words(text: str) -> str:
    """Return a text for a header: as it is, or in encoded words (RFC 2047), folded at 76 characters.

    The policy that writes the parts is not used for it: in Python 3.11 it decodes what looks like an encoded
    word, line breaks in it too, and loses spaces where it folds.
    """
    text = one_line(text)
    if text.isascii() and "=?" not in text and len(text) <= _SHORT:
        return text
    return Header(text, "utf-8", maxlinelen=_LINE, header_name="Reply-To").encode(linesep="\r\n")


_SHORT = 60
"""Characters that stand on one line with any header's name."""
_LINE = 76


def _mailbox(name: str, address: str) -> str:
    words = _words(name)
    if words.isascii() and not words.startswith("=?"):
        escaped = words.replace("\\", r"\\").replace('"', r"\"")
        words = f'"{escaped}"'
    return f"{words} <{_address(address)}>"


def _address(address: str) -> str:
    """Return a bare address; raises ``ValueError`` for what could begin a header of its own."""
    if not address or any(char.isspace() or char in '<>,;"' for char in address):
        raise ValueError("this is no bare address")
    return address
