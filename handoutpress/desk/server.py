"""The desk as a program: its address, its way in, and how a second start finds the first."""

from __future__ import annotations

import contextlib
import gc
import hmac
import http.client
import json
import secrets
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from handoutpress.delivery.files import write_whole
from handoutpress.delivery.ledger import Ledger
from handoutpress.delivery.locking import OWNERS_ONLY
from handoutpress.desk.app import Desk, make_app, proof
from handoutpress.desk.certificates import why_unusable
from handoutpress.desk.guard import Address
from handoutpress.desk.listening import LOOPBACK, Server, configured, listen
from handoutpress.desk.making import Ahead, Maker
from handoutpress.desk.pages import Pages
from handoutpress.desk.sending import Sender
from handoutpress.desk.sessions import Sessions
from handoutpress.errors import HandoutError, ProblemsFound
from handoutpress.folders import state_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from handoutpress.places import Places

PORT = 8750
_SHORTEST_PASSWORD = 12
_RUNNING = "desk.json"
"""In the clinic's state folder, for its owner alone: where the desk runs, and the key to ask for a link."""


@dataclass(frozen=True)
class Settings:
    """How the desk is reached."""

    host: str = LOOPBACK
    """The address to listen at."""
    port: int | None = None
    """None takes the usual one, or any that is free."""
    names: tuple[str, ...] = ()
    """What browsers on other computers call this one."""
    certificate: Path | None = None
    key: Path | None = None
    password: str | None = None
    idle_minutes: int = 10
    ahead: bool = True
    """Whether to make pages before they are asked for."""

    @property
    def is_local(self) -> bool:
        """Whether only this computer can reach it."""
        return self.host in (LOOPBACK, "localhost", "::1")


def check(settings: Settings) -> None:
    """Raise ``HandoutError`` for a desk that others could reach unprotected."""
    if settings.is_local:
        return
    if not (settings.certificate and settings.password and settings.names):
        said = "The desk shows patients' details. For other computers it needs a certificate, a password and"
        hint = "--certificate FILE --key FILE --hostname NAME, and HANDOUTS_DESK_PASSWORD"
        raise HandoutError(f"{said} the name they call it by: {hint}.")
    if len(settings.password) < _SHORTEST_PASSWORD:
        raise HandoutError(f"The desk's password needs {_SHORTEST_PASSWORD} characters or more.")


def serve(places: Places, settings: Settings, tell: Callable[[str], None]) -> None:
    """Serve the desk until it is stopped; ``tell`` gets the link that opens it, once it can be opened.

    Raises ``HandoutError`` for an address that cannot be had, and for a certificate that cannot be used.
    """
    gc.enable()  # the command line does without, as its processes are short
    check(settings)
    with Ledger.open(places.clinic) as ledger:
        # The same after a restart, so that a page that is still open can go on.
        root = f"/{ledger.mark('desk').hex()[:16]}/"
    bound = listen(settings.host, settings.port, PORT)
    port = bound.getsockname()[1]
    secure = settings.certificate is not None
    own = ("[::1]",) if settings.host == "::1" else (LOOPBACK, "localhost")
    hosts = [*(own if settings.is_local else ()), *settings.names]
    shown = "" if port == (443 if secure else 80) else f":{port}"  # browsers leave the usual one out
    address = Address("https" if secure else "http", tuple(f"{host}{shown}" for host in hosts))
    desk = Desk(
        places,
        Pages(places, root, settings.idle_minutes, secure=secure),
        Sessions(settings.password if not settings.is_local else None),
        Maker(places),
        Ahead(places, on=settings.ahead),
        Sender(places),
        settings.idle_minutes,
    )
    key = secrets.token_urlsafe(24)
    app = make_app(desk, address, key)
    config = configured(app, ssl_certfile=settings.certificate, ssl_keyfile=settings.key)
    try:
        config.load()
    except OSError as error:  # as are all of TLS
        bound.close()
        if settings.certificate is None:
            raise
        raise ProblemsFound(why_unusable(settings.certificate, settings.key, error)) from None
    origin = f"{address.scheme}://{address.hosts[0]}"

    def ready() -> None:
        tell(f"{origin}/" if desk.sessions.by_password else f"{origin}/open/{desk.sessions.new_link()}")

    server = Server(config, ready)
    with contextlib.suppress(ValueError):  # not the main thread
        # As Ctrl-C does it: the default would end the program before it has tidied up.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    running = state_folder(places.clinic) / _RUNNING
    write_whole(running, json.dumps({"origin": origin, "key": key}).encode(), mode=OWNERS_ONLY)
    try:
        server.run(sockets=[bound])
    finally:
        with contextlib.suppress(OSError, ValueError):
            if json.loads(running.read_bytes())["key"] == key:
                running.unlink()


def running_link(places: Places) -> str | None:
    """Return a new link of the desk that runs for this clinic already, or None where none does."""
    try:
        running = json.loads((state_folder(places.clinic) / _RUNNING).read_bytes())
        scheme, _, host = running["origin"].partition("://")
        if scheme != "http":
            return None
        connection = http.client.HTTPConnection(host, timeout=3.0)
        with contextlib.closing(connection):
            question, key = secrets.token_urlsafe(12), running["key"]
            headers = {"Authorization": proof(key, question), "Origin": running["origin"]}
            headers["Desk-Question"] = question
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request("POST", "/link", "", headers)
            answer = connection.getresponse()
            token, _, proven = answer.read(1000).decode().partition(" ")
            # Whoever has our port after a crash may be anybody, with a page that only looks like the desk's.
            ours = hmac.compare_digest(proven.encode(), proof(key, question, token).encode())
            return f"{running['origin']}/open/{token}" if answer.status == 200 and ours else None
    except (OSError, ValueError, KeyError, http.client.HTTPException):
        return None
