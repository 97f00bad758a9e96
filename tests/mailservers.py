"""A real mail server for tests: aiosmtpd on a thread of its own, with certificates from trustme.

    with mail_server(tmp_path) as server:
        session = Session(Server("localhost", server.port, "starttls", *server.login,
                                 certificates=server.certificates))
        server.behave("greylist", 2)

As a process of its own, for tests that kill the client: ``python -m tests.mailservers FOLDER`` prints host,
port and the certificates' file as JSON on its first line and keeps each message as ``FOLDER/00001.eml``.
Lines such as ``greylist 2`` on its standard input say what to do from then on; each is answered by a line,
and it ends when its standard input is closed.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import socket
import ssl
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, NoReturn, cast, get_args

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiosmtpd.smtp import Envelope, Session

HOST, ADDRESS = "localhost", "127.0.0.1"
LONGEST_LINE = 998
"""Bytes of a line without its end (RFC 5321, 4.5.3.1.6); longer ones are refused."""

Tls = Literal["starttls", "implicit"] | None
Kind = Literal[
    "accept",
    "greylist",  # 451 to the first `number` recipients, then accept
    "refuse",  # 550 to a recipient, with the address and the user's name in the text
    "full",  # 552 at the end of a message
    "drop-in-data",  # hangs up when `number` bytes of a message have come
    "drop-after-data",  # keeps a message and hangs up without a reply
    "slow",  # waits `number` seconds before each reply, or until it behaves otherwise
    "slow-after-data",  # keeps a message and waits `number` seconds before its reply
    "closing",  # 421 after `number` messages on one connection
    "script",  # replies as `server.reply` was told, at GREETING, MAIL, RCPT, DATA, END, AUTH, RSET
]
Certificate = Literal["good", "other-name", "expired"]


class Received(NamedTuple):
    """One message as the server took it."""

    mail_from: str
    rcpt_tos: list[str]
    content: bytes


@dataclass
class MailServer:
    """A server that is running, or ``gone`` from ``stop`` to ``start``; its port stays the same."""

    login: tuple[str, str] | None
    tls: Tls
    size_limit: int | None
    smtputf8: bool
    certificates: Path
    """The authority's certificate, for the client."""
    context: ssl.SSLContext | None
    host: str = HOST
    port: int = 0
    behaviour: Kind = "accept"
    number: float = 0
    script: dict[str, str] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    greetings: list[str] = field(default_factory=list)
    """What the clients called themselves in EHLO."""
    mail_options: list[list[str]] = field(default_factory=list)
    """What MAIL said beside the sender, in capitals."""
    logins: int = 0
    """How many times a password came."""
    hidden: tuple[str, ...] = ()
    """What EHLO does not offer: 8BITMIME, AUTH, PLAIN, ..."""
    extra: tuple[str, ...] = ()
    """Lines that EHLO has beside its own, such as ``250-SIZE 1000``."""
    keep: Callable[[Received], None] | None = None

    _open: set[Conversation] = field(default_factory=set)
    _placeholder: socket.socket | None = None
    _thread: threading.Thread | None = None
    _loop: asyncio.AbstractEventLoop | None = None

    def behave(self, kind: Kind, number: float = 0) -> None:
        """Do this from the next reply on; connections that are open stay."""
        self.number, self.behaviour = number, kind

    def reply(self, **script: str) -> None:
        """Reply so at these stages: ``reply(RCPT="550 no")``; ``hang up`` does that."""
        self.script = script
        self.behave("script")

    def start(self) -> None:
        """Listen, on the same port as before."""
        assert self._thread is None
        listener = self._placeholder or _bound(self.port)
        self._placeholder, self.port = None, listener.getsockname()[1]
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(listener, ready), daemon=True)
        self._thread.start()
        assert ready.wait(10)

    def stop(self, *, for_good: bool = False) -> None:
        """Hang up on everybody and listen no more; the port is kept, so that nobody else gets it."""
        if self._thread is not None:
            assert self._loop is not None
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            assert not self._thread.is_alive()
            self._thread = self._loop = None
            if not for_good:
                self._placeholder = _bound(self.port)
        elif for_good and self._placeholder is not None:
            self._placeholder.close()
            self._placeholder = None

    def _run(self, listener: socket.socket, ready: threading.Event) -> None:
        loop = self._loop = asyncio.new_event_loop()
        loop.set_exception_handler(_not_worth_a_word)
        context = self.context if self.tls == "implicit" else None
        listening = loop.run_until_complete(
            loop.create_server(lambda: Conversation(self, loop), sock=listener, ssl=context, backlog=100)
        )
        loop.call_soon(ready.set)
        loop.run_forever()
        listening.close()
        for conversation in list(self._open):
            conversation.abort()
        loop.run_until_complete(_ended())
        loop.close()


class Conversation(SMTP):
    """One connection; aiosmtpd knows the protocol, and this does what its server was told."""

    line_length_limit = 1 << 16  # of its reader: bigger is faster, and `handle_DATA` looks at the lines

    def __init__(self, server: MailServer, loop: asyncio.AbstractEventLoop) -> None:
        self.own = server
        self.messages = 0
        super().__init__(
            self,
            data_size_limit=server.size_limit,
            enable_SMTPUTF8=server.smtputf8,
            hostname="mail.test",
            tls_context=server.context if server.tls == "starttls" else None,
            require_starttls=server.tls == "starttls",
            # For aiosmtpd only STARTTLS is TLS; `handle_MAIL` asks for the login.
            auth_require_tls=server.tls == "starttls",
            auth_exclude_mechanism=[name for name in ("PLAIN", "LOGIN") if name in server.hidden],
            authenticator=self._check_login,
            loop=loop,
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self not in self.own._open:  # it is made twice with STARTTLS
            self.own._open.add(self)
            self.own.connections += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.own._open.discard(self)
        super().connection_lost(error)

    def abort(self) -> None:
        """Close the connection at once."""
        for transport in (self.transport, self._original_transport):
            if transport is not None:
                cast("asyncio.WriteTransport", transport).abort()

    def hang_up(self) -> NoReturn:
        """Close the connection at once, and say and read nothing more on it."""
        self.abort()
        raise ConnectionResetError

    async def push(self, status: Any) -> None:
        end = self.loop.time() + self.own.number
        while self.own.behaviour == "slow" and self.loop.time() < end:
            await asyncio.sleep(0.02)
        if str(status).startswith("220 mail.test"):
            status = self._said(self._scripted("GREETING") or status)
        await super().push(status)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 (aiosmtpd's names)
        if scripted := self._scripted("DATA"):
            await self.push(self._said(scripted))
        elif self.own.behaviour == "drop-in-data":
            await self.push("354 go on")
            left = int(self.own.number) or 1
            while left > 0 and (some := await self._reader.read(min(left, 1 << 16))):
                left -= len(some)
            self.hang_up()
        else:
            await super().smtp_DATA(arg)

    def _scripted(self, stage: str) -> str | None:
        return self.own.script.get(stage) if self.own.behaviour == "script" else None

    def _check_login(self, _: SMTP, __: Session, ___: Envelope, ____: str, given: object) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.own.logins += 1
        if scripted := self._scripted("AUTH"):
            return AuthResult(success=False, handled=False, message=scripted)
        expected = self.own.login
        right = expected is not None and (given.login, given.password) == tuple(w.encode() for w in expected)
        # A server that tells too much: nothing of it may be repeated.
        said = "535 5.7.8 No such password for this user: " + repr(given.password)
        return AuthResult(success=right, handled=False, message=None if right else said)

    async def handle_EHLO(  # noqa: N802
        self, _: SMTP, session: Session, envelope: Envelope, name: str, lines: list[str]
    ) -> list[str]:
        session.host_name = name
        self.own.greetings.append(name)
        hidden = ("AUTH", *self.own.hidden) if self.own.login is None else self.own.hidden
        first, *offers = lines
        return [first, *self.own.extra, *(line for line in offers if not line[4:].startswith(hidden))]

    async def handle_RSET(self, _: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        return self._scripted("RSET") or "250 2.0.0 Ok"

    async def handle_MAIL(  # noqa: N802
        self, _: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if scripted := self._scripted("MAIL"):
            return self._said(scripted)
        if self.own.login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if self.own.behaviour == "closing" and self.messages >= self.own.number:
            return self._said("421 4.7.0 Too many messages on this connection")
        self.own.mail_options.append(options)
        envelope.mail_from = address
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802
        self, _: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if scripted := self._scripted("RCPT"):
            return self._said(scripted)
        if self.own.behaviour == "greylist" and self.own.number > 0:
            self.own.number -= 1
            return f"451 4.7.1 <{address}>: Greylisted, come back later"
        if self.own.behaviour == "refuse":
            return f"550 5.1.1 <{address}>: {address} is unknown here, says {session.auth_data!r}"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, _: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        if scripted := self._scripted("END"):
            return self._said(scripted)
        if self.own.behaviour == "full":
            return "552 5.2.2 <" + envelope.rcpt_tos[0] + ">: over quota"
        if len(max(content.split(b"\r\n"), key=len)) > LONGEST_LINE:
            return "500 5.5.2 Line too long"
        self.messages += 1
        taken = Received(envelope.mail_from or "", list(envelope.rcpt_tos), content)
        self.own.received.append(taken)
        if self.own.keep is not None:
            self.own.keep(taken)
        if self.own.behaviour == "slow-after-data":
            await asyncio.sleep(self.own.number)
        if self.own.behaviour == "drop-after-data":
            self.hang_up()
        return "250 2.0.0 Ok: queued as 4711"

    def _said(self, reply: str) -> str:
        """Return a reply; after a 421 the connection closes (RFC 5321, 3.8); ``hang up`` does only that."""
        if reply == "hang up":
            self.hang_up()
        if reply.startswith("421"):
            assert self.transport is not None
            self.loop.call_later(0.01, self.transport.close)
        return reply


@contextmanager
def mail_server(
    folder: Path,
    *,
    tls: Tls = "starttls",
    login: tuple[str, str] | None = ("user", "secret"),
    size_limit: int | None = None,
    smtputf8: bool = True,
    behaviour: Kind = "accept",
    number: float = 0,
    hidden: tuple[str, ...] = (),
    certificate: Certificate = "good",
    keep: Callable[[Received], None] | None = None,
) -> Iterator[MailServer]:
    """Run a server at localhost on a free port; the authority's certificate goes into ``folder``.

    ``behaviour`` and its ``number`` are explained at ``Kind``; ``keep`` is called with each message taken,
    before the reply to it; ``hidden`` names extensions and ways to log in that the server does not offer.
    """
    certificates, context = _certified(folder, certificate)
    server = MailServer(
        login,
        tls,
        size_limit,
        smtputf8,
        certificates,
        context if tls else None,
        behaviour=behaviour,
        number=number,
        hidden=hidden,
        keep=keep,
    )
    server.start()
    try:
        yield server
    finally:
        server.stop(for_good=True)


def _certified(folder: Path, kind: Certificate) -> tuple[Path, ssl.SSLContext]:
    """Write a new authority's certificate; return its file and a context with a certificate it issued."""
    authority = trustme.CA()
    path = folder / "authority.pem"
    authority.cert_pem.write_to_path(path)
    issued = authority.issue_cert(
        "mail.example.org" if kind == "other-name" else HOST,
        not_after=dt.datetime(2001, 1, 1) if kind == "expired" else None,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    return path, context


def _bound(port: int) -> socket.socket:
    """Return a socket that has a port, and does not listen yet: connections to it are refused."""
    # asyncio turns Nagle's delays off only where the protocol is named.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((ADDRESS, port))
    return bound


async def _ended() -> None:
    """Wait until all conversations are over."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for _ in range(5):  # transports close on a later turn of the loop
        await asyncio.sleep(0)


def _not_worth_a_word(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say nothing of clients that hang up, are killed, or are hung up on: tests do that."""
    if not isinstance(context.get("exception"), OSError | asyncio.CancelledError):
        loop.default_exception_handler(context)


def main() -> None:
    """Run a server until the standard input is closed."""
    words = argparse.ArgumentParser(prog="python -m tests.mailservers")
    words.add_argument("folder", type=Path)
    words.add_argument("--tls", choices=("starttls", "implicit", "none"), default="starttls")
    words.add_argument("--login", default="user:secret", help="USER:PASSWORD, or nothing for no login")
    words.add_argument("--behaviour", choices=get_args(Kind), default="accept")
    words.add_argument("--number", type=float, default=0)
    given = words.parse_args()
    folder: Path = given.folder
    folder.mkdir(parents=True, exist_ok=True)
    count = len(list(folder.glob("*.eml")))

    def keep(taken: Received) -> None:
        nonlocal count
        count += 1
        part = folder / f".{count:05}.part"
        part.write_bytes(taken.content)
        part.rename(folder / f"{count:05}.eml")

    user, _, password = given.login.partition(":")
    with mail_server(
        folder,
        tls=None if given.tls == "none" else given.tls,
        login=(user, password) if user else None,
        behaviour=given.behaviour,
        number=given.number,
        keep=keep,
    ) as server:
        where = {"host": server.host, "port": server.port, "certificates": str(server.certificates)}
        print(json.dumps(where), flush=True)
        for line in sys.stdin:
            kind, _, number = line.strip().partition(" ")
            if kind in get_args(Kind):
                server.behave(kind, float(number or 0))  # type: ignore[arg-type]
            print(json.dumps({"behaviour": server.behaviour, "messages": count}), flush=True)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
