"""What the tests of sending share: one message, and a session with a real mail server."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from handoutpress.delivery.smtp import (
    Envelope,
    Server,
    ServerUnavailable,
    Session,
)
from tests.mailservers import mail_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.mailservers import MailServer

SENDER, RECIPIENT = "clinic@example.org", "pat.doe@example.com"
USER, PASSWORD = "frontdesk", "correct horse"
MESSAGE = b"Subject: Information\r\n\r\nHello.\r\n"
BIG = b"\r\n".join([b".x" * 450] * 13_500) + b"\r\n"
"""12 MB in long lines that all start with a dot."""


def nothing() -> None:
    """Stand in for the outbox."""


def envelope(message: bytes = MESSAGE, recipient: str = RECIPIENT, **more: Any) -> Envelope:
    return Envelope(SENDER, recipient, message, **more)


def to(server: MailServer, **more: Any) -> Server:
    """Return how a client that does everything right reaches the server."""
    security = {"starttls": "starttls", "implicit": "tls", None: "none"}[server.tls]
    user, password = server.login or (None, None)
    given = {"user": user, "password": password, "certificates": server.certificates, "timeout": 10.0}
    return Server("localhost", server.port, **{"security": security, **given, **more})


@contextmanager
def talking(folder: Path, **more: Any) -> Iterator[tuple[MailServer, Session]]:
    """Run a server, in the clear unless ``more`` says otherwise, and a session with it."""
    timeout = more.pop("timeout", 10.0)
    given = {"tls": None, "login": (USER, PASSWORD), **more}
    with mail_server(folder, **given) as server, Session(to(server, timeout=timeout)) as session:
        yield server, session


def failure(server: Server, **more: Any) -> ServerUnavailable:
    """Return why a server cannot be used."""
    with Session(server) as session, pytest.raises(ServerUnavailable) as caught:
        session.send(envelope(**more), nothing)
    return caught.value
