"""One email address, as somebody typed or pasted it: read strictly, because it ends in a message's header.

What is wrong with it is said without repeating it: the words can end in a log.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from handoutpress.errors import HandoutError
from handoutpress.reading.patient import WrongText, one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from email_validator import ValidatedEmail

LONGEST_ADDRESS = 254
"""Of the whole address, in bytes (RFC 5321, 4.5.3.1.3: 256 with its angle brackets)."""
LONGEST_LOCAL_PART = 64
"""Of the part before the @, in bytes (RFC 5321, 4.5.3.1.1)."""

_MORE_PACKAGES = "emailing needs more packages: pip install 'handoutpress[email]'"
_LIKE = "an address looks like name@example.com"
# Far more than an address has, and still a line: the words for "too long" come after those for "several".
_ROOM = 10_000


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """One bare address: the local part in NFC, the domain in its ASCII form (IDNA) and in small letters."""

    spec: str
    """The address itself, such as ``pat@example.org``."""
    local_is_ascii: bool
    """Whether any server can take it; else the server has to offer SMTPUTF8 (RFC 6531)."""


def read_address(text: str) -> EmailAddress:
    """Return the one address a text holds; white space around it is dropped.

    Nothing is asked of the network. Names kept for tests and papers, such as ``example.org`` and ``*.test``
    (RFC 2606), pass: a server refuses them soon enough. ``*.local``, ``*.invalid`` and the like do not.
    Raises ``WrongText``, which never repeats the address, and ``HandoutError`` where a package is missing.
    """
    validate = _validator()
    bare = _bare(text)
    local, _, domain = bare.partition("@")
    if (read := validate(bare)) is None:
        _refuse_long(local, domain)
        # The library's own words name characters of the address, so only the half that is wrong is told.
        if validate(f"x@{domain}") is None:
            raise WrongText("has no usable domain after the @", _LIKE)
        raise WrongText("has a character or a dot before the @ that cannot stand there", _LIKE)
    if "." not in read.ascii_domain:
        raise WrongText("has no usable domain after the @", _LIKE)
    _refuse_long(read.local_part, read.ascii_domain)
    return EmailAddress(f"{read.local_part}@{read.ascii_domain}", read.local_part.isascii())


def masked(spec: str) -> str:
    """Return an address as a list for staff may show it: ``p…@example.org``."""
    local, at, domain = spec.rpartition("@")
    return f"{local[:1]}…{at}{domain}" if at else "…"


def _bare(text: str) -> str:
    """Return the text without white space around it, in NFC; raises ``WrongText`` for all but one address."""
    if not text or text.isspace():
        raise WrongText("is empty", _LIKE)
    for character in text:
        # A line break in an address would start a header of its own.
        if unicodedata.category(character) in ("Cc", "Zl", "Zp"):
            said = f"has a line break or another control character (U+{ord(character):04X})"
            raise WrongText(said, "type the address anew")
    bare = one_line(text, _ROOM)
    for character in bare:
        if unicodedata.category(character)[0] == "C":
            said = f"has a character that cannot be seen (U+{ord(character):04X})"
            raise WrongText(said, "type the address anew instead of pasting it")
    if bare.count("@") > 1 and re.search(r"[\s,;]", bare):
        raise WrongText("has several addresses", "give one: each copy goes to one address")
    for wrong, message, hint in _NOT_BARE:
        if wrong.search(bare):
            raise WrongText(message, hint)
    return bare


_NOT_BARE = tuple(
    (re.compile(wrong), message, hint)
    for wrong, message, hint in (
        ("[<>]", "has more than the bare address", "give only what stands between < and >"),
        (r"[()]", "has a comment in brackets", "give only the address itself"),
        (r'["\\]', "has quotation marks or a backslash", "such an address is not taken: ask for another one"),
        (r"@\[", "has a number in brackets for its domain", "give an address with a name after the @"),
        (r"[,;]", "has a comma or a semicolon", "give one address, without a comma or semicolon"),
        (r"\s", "has a space in it", "give only the address, without spaces"),
        ("^[^@]*$", "has no @", _LIKE),
        ("@.*@", "has more than one @", _LIKE),
        ("^@", "has nothing before the @", _LIKE),
        ("@$", "has nothing after the @", _LIKE),
    )
)


def _refuse_long(local: str, domain: str) -> None:
    """Raise ``WrongText`` where the address, or its part before the @, is too long in bytes."""
    own = len(local.encode())
    whole = own + 1 + len(domain.encode())
    if whole > LONGEST_ADDRESS:
        said = f"is {whole:,} bytes long, and {LONGEST_ADDRESS} is the most"
        raise WrongText(said, "type the address anew")
    if own > LONGEST_LOCAL_PART:
        said = f"has {own:,} bytes before the @, and {LONGEST_LOCAL_PART} is the most"
        raise WrongText(said, "type the address anew")


def _validator() -> Callable[[str], ValidatedEmail | None]:
    """Return the library's check with every form off but the bare address; raises ``HandoutError``."""
    try:
        from email_validator import EmailNotValidError, validate_email
    except ImportError:
        raise HandoutError(_MORE_PACKAGES) from None

    def validate(address: str) -> ValidatedEmail | None:
        try:
            return validate_email(
                address,
                allow_smtputf8=True,
                allow_empty_local=False,
                allow_quoted_local=False,
                allow_domain_literal=False,
                allow_display_name=False,
                check_deliverability=False,
                globally_deliverable=True,
                test_environment=True,
            )
        except EmailNotValidError:
            return None

    return validate
