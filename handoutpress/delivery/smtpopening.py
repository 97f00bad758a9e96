"""A connection to a mail server, opened, encrypted and logged in; or why not, and who can mend it."""

from __future__ import annotations

import base64
import re
import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from handoutpress.delivery.smtpreplies import Reply, ServerUnavailable, in_words
from handoutpress.errors import shorten
from handoutpress.reading.channels import is_this_machine

if TYPE_CHECKING:
    from pathlib import Path

_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}")

# X509_V_ERR_* of OpenSSL's x509_vfy.h.
_CERTIFICATE_SAID = {
    9: "the server's certificate is not valid yet: is this computer's date right?",
    10: "the server's certificate has expired: tell whoever runs the server, and check this computer's date",
    62: "the server's certificate is for another name: check `host` in clinic.yaml",
    64: "the server's certificate is for another name: check `host` in clinic.yaml",
}
_UNKNOWN_AUTHORITY = (
    "the server's certificate is not from an authority that this computer trusts: if the authority is your "
    "own, name its certificate in clinic.yaml (mail: certificates)"
)
# What OpenSSL finds where the other side does not speak TLS, or none that is still safe.
_NOT_TLS = frozenset(
    ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION")
)


@dataclass(frozen=True, slots=True)
class Server:
    """Where messages are handed in, and how."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    certificates: Path | None = None
    """A PEM file of authorities to trust beside this computer's own."""
    timeout: float = 60.0
    """Seconds to wait for each step; ten times as many after the end of a message."""


def open_connection(server: Server, sender: str) -> smtplib.SMTP:
    """Return a connection that is ready for MAIL; raises ``ServerUnavailable``, and leaves nothing open then.

    It is encrypted with TLS 1.2 or newer and the certificate checked, with one exception: ``none``, to this
    very machine. ``sender``'s domain is what the server is greeted with (RFC 5321, 4.1.1.1): the usual full
    name of this computer can take seconds to find and would stand in the message's trace for the patient to
    read, while the literal ``[127.0.0.1]``, used where there is no such domain, looks like spam to some.
    """
    if server.security == "none" and not is_this_machine(server.host):
        raise ServerUnavailable("without encryption only a server on this machine may be used", True)
    domain = sender.rpartition("@")[2]
    name = domain if _DOMAIN.fullmatch(domain) else "[127.0.0.1]"
    context = None if server.security == "none" else _context(server)
    try:
        connection = _connected(server, name, context)
    except (OSError, UnicodeError) as error:
        raise _unavailable(error, server) from None
    try:
        # The end of a message is a small write after a big one: by Nagle's rule it would wait.
        if connection.sock is not None:
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.ehlo_or_helo_if_needed()
        if server.security == "starttls" and context is not None:
            if not connection.has_extn("starttls"):
                said = "the server offers no encryption here (STARTTLS)"
                raise ServerUnavailable(f"{said}: check `port` and `security` in clinic.yaml", True)
            connection.starttls(context=context)
            # What was said before may come from anybody on the way (RFC 3207, 4.2).
            connection.ehlo_or_helo_if_needed()
        if server.user is not None:
            _log_in(connection, server.user, server.password)
    except BaseException as error:
        with suppress(OSError):
            connection.close()
        if isinstance(error, OSError):
            raise _unavailable(error, server) from None
        raise
    return connection


def timed_out(error: Exception) -> bool:
    """Whether an error comes from waiting too long."""
    # smtplib says "disconnected" of a timeout too, and has the cause only as its context.
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def has_gone(connection: smtplib.SMTP) -> bool:
    """Whether the server has closed the connection, or talks where it is to listen. Does not wait."""
    if connection.sock is None:
        return True
    timeout = connection.sock.gettimeout()
    try:
        connection.sock.settimeout(0)
        connection.sock.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return False
    except OSError:
        return True
    finally:
        with suppress(OSError):
            connection.sock.settimeout(timeout)
    return True


def _connected(server: Server, name: str, context: ssl.SSLContext | None) -> smtplib.SMTP:
    """Return a connection that has been greeted with 220."""
    if server.security == "tls":
        return smtplib.SMTP_SSL(
            server.host, server.port, local_hostname=name, timeout=server.timeout, context=context
        )
    return smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=server.timeout)


def _context(server: Server) -> ssl.SSLContext:
    """Return what checks the server's certificate and name."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if server.certificates is not None:
        try:
            context.load_verify_locations(cafile=server.certificates)
        except OSError as error:
            reason = "it is not a PEM file" if isinstance(error, ssl.SSLError) else error.strerror
            said = f"the file of certificates, {shorten(server.certificates)}, cannot be used: {reason}"
            raise ServerUnavailable(said, True) from None
    return context


def _log_in(connection: smtplib.SMTP, user: str, password: str | None) -> None:
    """Log in with one try; raises ``ServerUnavailable``, or ``OSError`` where the connection broke.

    Not by ``smtplib.SMTP.login``: that tries a wrong password once for every way the server offers, so that
    an account is locked three times as soon, and takes ASCII only (RFC 4616 says UTF-8).
    """
    if password is None:
        raise ServerUnavailable("there is no password for the mail server", True)
    offered = connection.esmtp_features.get("auth", "").upper().split()
    if not offered:
        raise ServerUnavailable("the server offers no login here, and clinic.yaml names a user", True)
    if "PLAIN" in offered:
        reply = Reply.read(*connection.docmd("AUTH", "PLAIN " + _coded(f"\0{user}\0{password}")))
    elif "LOGIN" in offered:
        reply = Reply.read(*connection.docmd("AUTH", "LOGIN"))
        for word in (user, password):
            if reply.code == 334:
                reply = Reply.read(*connection.docmd(_coded(word)))
    else:
        raise ServerUnavailable("the server offers no way of logging in that this program has", True)
    if not reply.accepted:
        raise ServerUnavailable(in_words(reply, "login"), needs_person=not reply.temporary)


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _unavailable(error: OSError | UnicodeError, server: Server) -> ServerUnavailable:
    """Return in words why there is no connection. ``smtplib``'s errors are OSErrors too."""
    match error:
        case ssl.SSLCertVerificationError():
            return ServerUnavailable(_CERTIFICATE_SAID.get(error.verify_code, _UNKNOWN_AUTHORITY), True)
        case ssl.SSLError() if error.reason in _NOT_TLS:
            said = "the server does not speak TLS here: check `port` and `security` in clinic.yaml"
            return ServerUnavailable(said, True)
        case ssl.SSLError():
            return ServerUnavailable("the encryption of the connection (TLS) failed")
        case smtplib.SMTPResponseException() if 400 <= error.smtp_code <= 599:
            text = error.smtp_error
            reply = Reply.read(error.smtp_code, text if isinstance(text, bytes) else b"")
            return ServerUnavailable(in_words(reply, "connection"), needs_person=reply.permanent)
        case smtplib.SMTPResponseException():
            return ServerUnavailable("what answers there is no mail server: check `host` and `port`", True)
        case socket.gaierror() | UnicodeError():
            said = "there is no such host as the mail server's: check `host` in clinic.yaml, and the network"
            return ServerUnavailable(said)
        case ConnectionRefusedError():
            said = "the mail server refused the connection: it is not running, or `port` is wrong"
            return ServerUnavailable(said)
    if timed_out(error):
        said = f"the mail server did not answer within {server.timeout:g} seconds"
        return ServerUnavailable(f"{said}: check `port` and `security` in clinic.yaml, and the network")
    return ServerUnavailable("the connection to the mail server broke off before anything was sent")
