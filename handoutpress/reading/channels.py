"""How a clinic's sheets reach a patient: the keys ``mail`` and ``printer`` of ``clinic.yaml``.

No password stands here, ever: it comes from the environment, a file or the keyring (``delivery/passwords``).
"""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from handoutpress.reading.model import Model

_PART = r"[^@\s<>,;:\"()\[\]\\]+"
_ADDRESS = rf"^{_PART}@{_PART}\.{_PART}$"
_HOST = r"^(?:[A-Za-z0-9.-]{1,253}|[0-9A-Fa-f:]+:[0-9A-Fa-f:.]+)$"


def _address(value: str) -> str:
    if not re.fullmatch(_ADDRESS, value) or len(value) > 254:
        hint = "only the address itself, such as handouts@example.org"
        raise PydanticCustomError("address", "this is not an email address", {"hint": hint})
    return value


def _host(value: str) -> str:
    if not re.fullmatch(_HOST, value):
        hint = "only its name, such as smtp.example.org; the port has a key of its own"
        raise PydanticCustomError("host", "this is not the name of a mail server", {"hint": hint})
    return value


Address = Annotated[
    str, AfterValidator(_address), WithJsonSchema({"type": "string", "pattern": _ADDRESS, "maxLength": 254})
]
"""A bare email address; what it is used for decides whether more is asked of it."""

Host = Annotated[str, AfterValidator(_host), WithJsonSchema({"type": "string", "pattern": _HOST})]

Security = Literal["starttls", "tls", "none"]

PrinterName = Annotated[str, StringConstraints(pattern=r"^[^\s\x00-\x1f-][^\x00-\x1f]*$", max_length=127)]
"""A printer's name; on Windows it may have spaces. Which there are, the computer knows."""

USUAL_PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
"""Submission (RFC 6409), submission over TLS (RFC 8314), and a relay on this machine."""


_SECRET = re.compile("pass|pwd|secret|kennwort|contrase", re.IGNORECASE)


class Mail(Model):
    """How messages to patients are sent."""

    host: Host | None = None
    """The mail server, such as smtp.example.org. Not needed where all messages are written to files."""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """Its port, where it is not the usual one: 587 for starttls, 465 for tls."""
    security: Security = "starttls"
    """starttls or tls; none only for a server on this very machine."""
    user: Annotated[str, StringConstraints(min_length=1, max_length=254)] | None = None
    """The name to log in with, if the server asks for one. Its password never stands in this file."""
    password_file: Annotated[str, StringConstraints(min_length=1)] | None = None
    """A file with the password, which only its owner may read. Else it comes from the environment variable
    HANDOUTS_SMTP_PASSWORD or the keyring."""
    certificates: Annotated[str, StringConstraints(min_length=1)] | None = None
    """A file with the certificate of your own authority (PEM), if the server's is not a public one."""
    from_: Annotated[Address, Field(alias="from")]
    """The address that messages come from."""
    reply_to: Address | None = None
    """The address that answers go to. [default: the clinic's email, else `from`]"""
    preference: Literal["required", "not-required"]
    """Whether an email that is not protected by a password needs the patient's recorded preference. Yours
    to decide: email can be read on its way."""
    name_the_sheet: bool = False
    """Whether subject, message and file name may say which sheet it is. They then say what a patient is
    treated for to whoever sees them."""
    keep_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """After how many days the messages that went out are taken from the outbox; the record stays."""
    per_minute: Annotated[int, Field(ge=1, le=6000)] = 30
    """How many messages go out in a minute at most."""

    @model_validator(mode="before")
    @classmethod
    def _no_secret(cls, given: object) -> object:
        """Refuse a password that somebody wrote here, without showing it."""
        for key in given if isinstance(given, dict) else ():
            if _SECRET.search(key) and key not in cls.model_fields:
                said = "a password does not belong into this file, which is copied and shared: change it, too"
                hint = "set HANDOUTS_SMTP_PASSWORD, or name a file as password_file, or use the keyring"
                raise PydanticCustomError(
                    "secret", said, {"at": (key,), "hint": hint, "named": True, "hidden": True}
                )
        return given

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        if self.security == "none" and not is_this_machine(self.host or ""):
            said = "without encryption only a server on this machine may be used"
            raise PydanticCustomError(
                "plaintext", said, {"at": ("security",), "named": True, "hint": "starttls or tls"}
            )
        return self


class Printer(Model):
    """How `print` prints, where its options say nothing else."""

    name: (
        Annotated[str, StringConstraints(pattern=r"^[^\s/#?'\"\\-][^\s/#?'\"\\]*$", max_length=127)] | None
    ) = None
    """The printer, as this computer knows it. [default: the computer's own default]"""
    copies: Annotated[int, Field(ge=1, le=20)] = 1
    """How many copies of each sheet."""
    duplex: bool | None = None
    """true: both sides of the paper. false: one side. [default: the printer's own setting]"""
    grey: bool = False
    """Whether to print without colour."""


def is_this_machine(host: str) -> bool:
    """Whether a host's name or address can only mean this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
