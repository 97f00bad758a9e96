"""What the tests on the outbox share: a clinic with a mail server, messages, and what arrived.

As a program of its own, ``python -m tests.outboxes MOMENT CLINIC``, it sends what waits on a disk that is
full from that moment on: ``claim``, ``handover`` (all but the last line is with the server) or ``accepted``.
With ``put`` it emails a sheet, full before the message is kept; with ``begin`` there was never any room, with
``create`` too little for a ledger.
"""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import TYPE_CHECKING, Any

from handoutpress.delivery import outbox
from handoutpress.delivery.ledger import FILE, Ledger
from handoutpress.delivery.mail import Parts, Sender, build
from handoutpress.delivery.outbox import NewMessage, State
from handoutpress.delivery.records import Delivery
from handoutpress.dispatch.emailing import read_post
from handoutpress.dispatch.sending import Sent, send_waiting
from handoutpress.folders import state_folder
from handoutpress.places import Places, shipped_folder
from handoutpress.wish import SheetText
from tests.conftest import ROOT
from tests.mailservers import MailServer, mail_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from handoutpress.reading.channels import Mail
    from tests.mailservers import Certificate

AFTERCARE = "microneedling-aftercare"
PASSWORD = "HANDOUTS_SMTP_PASSWORD"
FROM = "handouts@example.org"
SHEET = SheetText(AFTERCARE, "Aftercare", "1.0", "2026-11-01", "en", "ab" * 32, "2027-11-01")
SAVED = Delivery("file", "standard", "EX-0042", "Front desk")
PDF = b"%PDF-1.7\nnot much of one\n%%EOF\n"
DAY = 86400.0


@dataclass(frozen=True)
class Office:
    """A clinic that sends email, and how its tests look at it."""

    clinic: Path

    @property
    def mail(self) -> Mail:
        """The clinic's own settings, as the program reads them."""
        return read_post(Places(self.clinic, shipped_folder()), None).mail

    def settings(self, port: int, certificates: Path | None, **more: object) -> None:
        """Say in ``clinic.yaml`` how to send email, in place of what stood there."""
        path = self.clinic / "clinic.yaml"
        given = {
            "host": "localhost", "port": port, "user": "user", "from": FROM, "preference": "not-required",
            "certificates": certificates, "per_minute": 6000, **more,
        }  # fmt: skip
        said = ", ".join(f"{key}: {value}" for key, value in given.items() if value is not None)
        facts = path.read_text(encoding="utf-8").partition("mail: {")[0]
        path.write_text(f"{facts}mail: {{{said}}}\n", encoding="utf-8")

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Open the clinic's ledger."""
        with Ledger.open(self.clinic) as ledger:
            yield ledger

    def put(self, count: int = 1, *, staged: bool = False, pdf: bytes = PDF) -> list[int]:
        """Put messages into the outbox, each to an address of its own; return their numbers."""
        with self.ledger() as ledger:
            start = ledger.rows("SELECT count(*) FROM messages")[0][0]
            return [put_one(ledger, start + number, staged=staged, pdf=pdf) for number in range(count)]

    def send(self, *, due: bool = False) -> Sent:
        """Send what waits, in this process."""
        with self.ledger() as ledger:
            return send_waiting(ledger, self.mail, self.clinic, due=due)

    def get(self, number: int) -> outbox.Message:
        """Return one message."""
        with self.ledger() as ledger:
            return outbox.get(ledger, number)

    def force(self, number: int, **columns: object) -> None:
        """Write into a message's row what only time or a crash would."""
        with self.ledger() as ledger:
            for column, value in columns.items():
                ledger.run(f"UPDATE messages SET {column} = ? WHERE id = ?", (value, number))

    def states(self) -> list[State]:
        """Return how all messages stand."""
        with self.ledger() as ledger:
            return [message.state for message in outbox.messages(ledger)]

    def outcomes(self) -> list[str]:
        """Return what the records say became of them."""
        with self.ledger() as ledger:
            return [outcome for (outcome,) in ledger.rows("SELECT outcome FROM records ORDER BY id")]

    def message_ids(self) -> dict[str, State]:
        """Return each message's Message-ID, and how it stands."""
        with self.ledger() as ledger:
            return {
                name: State(state) for name, state in ledger.rows("SELECT message_id, state FROM messages")
            }

    def kept(self) -> bytes:
        """Return the bytes of all the ledger's files, as they are on disk now."""
        return b"".join(path.read_bytes() for path in sorted(state_folder(self.clinic).glob(f"{FILE}*")))

    def start(self, *words: str, module: str = "") -> subprocess.Popen[str]:
        """Start a command, such as ``outbox send``, for this clinic; Ctrl-C reaches it from any shell."""
        program = ["-m", module] if module else [str(ROOT / "generate.py")]
        given = [*words, *(() if module else ("--clinic", str(self.clinic)))]
        if given[:1] == ["outbox"]:
            given = ["outbox", "--clinic", str(self.clinic), *words[1:]]
        return subprocess.Popen(
            [sys.executable, *program, *given],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            preexec_fn=_hear_ctrl_c,
        )


def _hear_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background job would be deaf to it


@contextmanager
def office(
    clinic: Path, *, certificate: Certificate = "good", per_minute: int = 6000, **more: object
) -> Iterator[tuple[Office, MailServer]]:
    """Run a mail server for a clinic, in this process; ``more`` is for ``mail:`` in its file."""
    made = Office(clinic)
    with mail_server(clinic, certificate=certificate) as server:
        made.settings(server.port, server.certificates, per_minute=per_minute, **more)
        yield made, server


def put_one(
    ledger: Ledger, number: int, *, staged: bool = False, pdf: bytes = PDF, twin: bytes | None = None
) -> int:
    """Put one message into the outbox; return its number there."""
    recipient = f"patient-{number:05}@example.com"
    parts = Parts("Information", "Hello.\n", "<p>Hello.</p>", "en", [("information.pdf", pdf)])
    built = build(parts, Sender("Test Clinic", FROM, FROM), recipient, needs_utf8=False)
    new = NewMessage(built.message_id, FROM, recipient, built.content, SHEET.good_until)
    delivery = Delivery("email", "standard", f"EX-{number:05}", "tests")
    return outbox.put(ledger, new, [SHEET], delivery, twin=twin, staged=staged)


def message_id(content: bytes) -> str:
    """Return the Message-ID of a message as it was sent."""
    return str(message_from_bytes(content)["Message-ID"]).strip()


def arrived(server: MailServer | Path) -> Counter[str]:
    """Return how often each message arrived, by its Message-ID."""
    if isinstance(server, Path):
        return Counter(message_id(path.read_bytes()) for path in server.glob("*.eml"))
    return Counter(message_id(received.content) for received in server.received)


def wait_until(true: Callable[[], Any], started: subprocess.Popen[str] | None = None) -> None:
    """Wait for something to become true while a process runs."""
    for _ in range(10_000):
        if true():
            return
        if started is not None and started.poll() is not None and not true():
            raise AssertionError(f"it ended too soon: {started.communicate()}")
        time.sleep(0.002)
    raise AssertionError("it never came true")


def killed(started: subprocess.Popen[str]) -> bool:
    """Kill a process as a power cut would; return whether it still ran."""
    running = started.poll() is None
    started.kill()
    started.communicate()
    return running


def ended(started: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for a process; return its status and what it said."""
    out, err = started.communicate(timeout=60)
    return started.returncode, out, err


def integrity(clinic: Path) -> str:
    """Return what SQLite itself thinks of the ledger: ``ok``."""
    connection = sqlite3.connect(state_folder(clinic) / FILE)
    try:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    finally:
        connection.close()


def _full_from(moment: str) -> None:
    """Let every write to a file fail from a moment on, in this process."""
    import resource

    from handoutpress.delivery.smtp import Session

    def full(room: int = 0) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

    send = Session.send

    def full_send(self: Session, envelope: Any, before: Callable[[], None]) -> str:
        def full_before() -> None:
            if moment == "handover":
                full()
            before()

        reply = send(self, envelope, full_before)
        full()
        return reply

    def full_first(real: Callable[..., Any]) -> Callable[..., Any]:
        def function(*given: Any, **named: Any) -> Any:
            full()
            return real(*given, **named)

        return function

    if moment == "begin":
        full()
    elif moment == "create":
        full(40_000)
    elif moment == "put":
        outbox.put = full_first(outbox.put)
    elif moment == "claim":
        outbox.claim = full_first(outbox.claim)
    else:
        Session.send = full_send  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    from handoutpress.cli import main

    _full_from(sys.argv[1])
    sending = ["outbox", "--clinic", sys.argv[2], "send"]
    emailing = ["email", AFTERCARE, "--clinic", sys.argv[2], "--to", "pat.doe@example.com", "--yes"]
    given = {"put": emailing, "begin": sending[:-1], "create": sending[:-1]}.get(sys.argv[1], sending)
    sys.argv = ["generate.py", *given]
    main()
