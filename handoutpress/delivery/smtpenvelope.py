"""One message and its two addresses, as they go over the line; and whether a server can take them at all."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from handoutpress.delivery.smtpreplies import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

# What would end a command, or the address in it; and what cannot be written in UTF-8.
_UNSENDABLE = re.compile("[\x00-\x20\x7f<>\ud800-\udfff]")
_NUMBER = re.compile("[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message and the bare addresses it goes from and to."""

    sender: str
    recipient: str
    message: bytes = field(repr=False)
    """Headers and body as they are sent; line ends of any kind."""
    needs_utf8: bool = False
    """Whether a local part or a header has letters outside ASCII (SMTPUTF8, RFC 6531)."""


def in_lines(envelope: Envelope) -> bytes:
    """Return the message in whole lines that end in CR LF, as SMTP wants all of them (RFC 5321, 2.3.8).

    Raises ``Refused`` for an address that would not stay one in a command.
    """
    if _UNSENDABLE.search(envelope.sender + envelope.recipient):
        raise Refused("the address has a character that cannot stand in one")
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", envelope.message)
    return lines if not lines or lines.endswith(b"\r\n") else lines + b"\r\n"


def quoted(body: bytes) -> bytes:
    """Return lines with each first dot doubled: a dot alone ends a message (RFC 5321, 4.5.2)."""
    return re.sub(rb"(?m)^\.", b"..", body)


def options_for(offered: Mapping[str, str], envelope: Envelope, body: bytes) -> list[str]:
    """Return what MAIL says beside the sender, by what the server offers in its answer to EHLO.

    Raises ``Refused`` for what the server cannot take: too many bytes (RFC 1870), letters outside ASCII in an
    address or a header (RFC 6531) or in the body (RFC 6152).
    """
    options = []
    if "size" in offered:
        options.append(f"SIZE={len(body)}")
        limit = int(offered["size"]) if _NUMBER.fullmatch(offered["size"]) else 0
        # No number, or 0, says that there is no fixed limit (RFC 1870, 4).
        if 0 < limit < len(body):
            raise Refused(
                f"the message is too big: it has {_megabytes(-(-len(body) // 100_000))} MB, and the server "
                f"takes {_megabytes(limit // 100_000)} MB at most"
            )
    if envelope.needs_utf8 or not (envelope.sender + envelope.recipient).isascii():
        if "smtputf8" not in offered:
            said = "the server cannot send to an address with letters other than a to z (no SMTPUTF8)"
            raise Refused(said)
        options.append("SMTPUTF8")
    if not body.isascii():
        if "8bitmime" not in offered:
            raise Refused("the server takes only messages in plain ASCII (no 8BITMIME)")
        options.append("BODY=8BITMIME")
    return options


def _megabytes(tenths: int) -> str:
    """Return tenths of a million bytes as MB; rounded apart above, the bigger of two also reads so."""
    return f"{tenths / 10:.1f}"
