"""One message at a time to a mail server, and for each of them an end that can be relied on.

On the standard library's ``smtplib``: it is on every machine and speaks the protocol's lines well. Of its own
``sendmail`` only the pieces are used, because the outbox has to know the one moment from which a message may
have been sent: after the last byte of it, before the line with a dot that makes the server take it (RFC 5321,
4.1.1.4). A message that broke off before that line was not sent, for certain; after it, nobody here knows.

    MailError
     ├── Refused              this message, for good
     ├── TryLater             this message, for now
     ├── FateUnknown          the server may have it
     └── ServerUnavailable    any message; ``needs_person`` where waiting mends nothing

None of them has an address, a name or a password in its text, or anything a server said but its numbers.
"""

from __future__ import annotations

import smtplib
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from handoutpress.delivery.smtpenvelope import Envelope, in_lines, options_for, quoted
from handoutpress.delivery.smtpopening import Server, has_gone, open_connection, timed_out
from handoutpress.delivery.smtpreplies import (
    FateUnknown,
    MailError,
    Refused,
    Reply,
    ServerUnavailable,
    TryLater,
    in_words,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from handoutpress.delivery.smtpreplies import Stage

__all__ = [
    "Envelope",
    "FateUnknown",
    "MailError",
    "Refused",
    "Server",
    "ServerUnavailable",
    "Session",
    "TryLater",
]

AFTER_THE_END = 10
"""Times the usual timeout: 10 minutes (RFC 5321, 4.5.3.2.6), as giving up there leaves a message in doubt."""
_NO_ANSWER = "the server's answer is none that a mail server gives"
_BROKE_OFF = "the connection to the server broke off"
_GOODBYE = 2.0  # seconds; nothing hangs on its answer
_PIECE = 1 << 16  # bytes: a timeout is for each piece, so that a slow line has time for a big message


class _Broken(Exception):
    """The conversation came to a sudden end; the text says how."""

    def __init__(self, how: str, *, dropped: bool = True) -> None:
        super().__init__(how)
        self.dropped = dropped


class Session:
    """A connection to one server, made at the first message and kept for the next; for one thread.

    ``with Session(server) as session: session.send(...)``.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._connection: smtplib.SMTP | None = None
        # Whether the server still holds sender and recipient of a message that came to nothing.
        self._unfinished = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye and close the connection, if there is one."""
        if self._connection is not None:
            # After an error smtplib has closed the socket, and this says nothing to anybody.
            with suppress(OSError):
                if self._connection.sock is not None:
                    self._connection.sock.settimeout(min(_GOODBYE, self._server.timeout))
                self._connection.docmd("QUIT")
        self._drop()

    def send(self, envelope: Envelope, before_handover: Callable[[], None]) -> str:
        """Send one message; return the server's code and status, such as ``250 2.0.0``.

        ``before_handover`` is called when all of the message is with the server but the line that ends it.
        What it raises goes on from here, and the message is then not sent. Raises ``Refused``, ``TryLater``,
        ``ServerUnavailable`` or ``FateUnknown``; only after the last may the server have the message.
        """
        body = in_lines(envelope)
        try:
            self._begin(envelope, body)
            self._expect(self._ask("RCPT", f"TO:<{envelope.recipient}>"), "recipient")
            self._transmit(body)
        except _Broken as broken:
            self._drop()
            raise TryLater(f"{broken}; nothing was sent") from None
        except (Refused, TryLater):
            raise
        except BaseException:
            self._drop()
            raise
        try:
            before_handover()
            reply = self._end()
        except BaseException:
            # A connection that breaks off here takes the message with it (RFC 5321, 4.1.1.4).
            self._drop()
            raise
        self._expect(reply, "message")
        self._unfinished = False
        return str(reply)

    def _begin(self, envelope: Envelope, body: bytes) -> None:
        """Name the sender; an idle connection that the server has closed since is made anew, once."""
        idle = self._connection is not None
        try:
            reply = self._mail(envelope, body)
            # Servers that take so many messages a connection say so now.
            if idle and reply.code == 421:
                raise _Broken("the server closed the connection")
        except _Broken as broken:
            if not idle or not broken.dropped:
                raise
            self._drop()
            reply = self._mail(envelope, body)
        self._expect(reply, "sender")

    def _mail(self, envelope: Envelope, body: bytes) -> Reply:
        """Say MAIL, on a connection made if need be, and return the reply."""
        if self._connection is None:
            self._connection = open_connection(self._server, envelope.sender)
            self._unfinished = False
        options = options_for(self._connection.esmtp_features, envelope, body)
        if self._unfinished and not self._ask("RSET").accepted:
            raise _Broken("the server closed the connection")
        self._unfinished = True
        # RFC 6531, 3.4: the addresses of such a message are UTF-8, and of this one only.
        self._connection.command_encoding = "utf-8" if "SMTPUTF8" in options else "ascii"
        return self._ask("MAIL", " ".join((f"FROM:<{envelope.sender}>", *options)))

    def _transmit(self, body: bytes) -> None:
        """Send all of the message but the line that ends it."""
        reply = self._ask("DATA")
        if reply.code != 354:
            self._expect(reply, "message")
            raise _Broken(_NO_ANSWER)
        connection, sent = self._connected(), memoryview(quoted(body))
        try:
            for start in range(0, len(sent), _PIECE):
                connection.send(sent[start : start + _PIECE])
        except smtplib.SMTPException as error:
            raise self._broken(error) from None
        # Who has gone by now has not seen the end: better found out here than in doubt after it.
        if has_gone(connection):
            raise _Broken(_BROKE_OFF)

    def _end(self) -> Reply:
        """Send the line that ends the message and return the reply; raises ``FateUnknown``."""
        connection = self._connected()
        wait = self._server.timeout * AFTER_THE_END
        try:
            if connection.sock is not None:
                connection.sock.settimeout(wait)
            connection.send(b".\r\n")
            reply = Reply.read(*connection.getreply())
            if connection.sock is not None:
                connection.sock.settimeout(self._server.timeout)
        except OSError as error:
            how = "the server gave no answer" if timed_out(error) else "the connection broke off"
            said = f"{how} after the whole message was sent: the server may have it, or not"
            raise FateUnknown(said) from None
        if not (reply.accepted or reply.temporary or reply.permanent):
            said = "the server's answer to the whole message could not be read: it may have it, or not"
            raise FateUnknown(said)
        return reply

    def _ask(self, command: str, words: str = "") -> Reply:
        """Say a command and return the reply; raises ``_Broken``."""
        try:
            reply = Reply.read(*self._connected().docmd(command, words))
        except smtplib.SMTPException as error:
            raise self._broken(error) from None
        if not 200 <= reply.code <= 599:
            raise _Broken(_NO_ANSWER, dropped=False)
        return reply

    def _expect(self, reply: Reply, stage: Stage) -> None:
        """Return if the reply is a yes; raises what it means otherwise."""
        if reply.accepted:
            return
        if reply.code == 421:  # RFC 5321, 3.8: the server hangs up after it
            self._drop()
        if reply.wants_login and stage != "message":
            self._drop()
            raise ServerUnavailable(in_words(reply, "login"), needs_person=True)
        if reply.permanent and stage == "sender" and not reply.is_about_size:
            # The clinic itself is refused, or has sent too many today: no message has failed by that.
            raise ServerUnavailable(in_words(reply, stage), needs_person=True)
        if reply.permanent:
            raise Refused(in_words(reply, stage))
        if reply.temporary:
            raise TryLater(in_words(reply, stage))
        raise _Broken(_NO_ANSWER, dropped=False)

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            raise _Broken(_BROKE_OFF)
        return self._connection

    def _broken(self, error: smtplib.SMTPException) -> _Broken:
        if timed_out(error):
            said = f"the server did not answer within {self._server.timeout:g} seconds"
            return _Broken(said, dropped=False)
        return _Broken(_BROKE_OFF)

    def _drop(self) -> None:
        """Close the connection without a word."""
        connection, self._connection = self._connection, None
        self._unfinished = False
        if connection is not None:
            with suppress(OSError):
                connection.close()
