"""What the tests of email share: a clinic's front desk that writes to a real mail server, and what arrives.

Every command runs in a process of its own. Whatever it does, nothing it says on standard error may be an
address, a patient's name or a password: ``Desk`` looks after each one.
"""

from __future__ import annotations

import csv
import email
import io
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.errors import NonASCIILocalPartDefect
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from handoutpress.delivery import outbox, records
from handoutpress.delivery.ledger import Ledger
from tests.conftest import ROOT, Ran
from tests.terminals import typed as type_at_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from handoutpress.delivery.outbox import Message
    from handoutpress.delivery.records import Record
    from tests.mailservers import MailServer, Received

AFTERCARE, ABOUT = "microneedling-aftercare", "microneedling-about"
FROM, ADDRESS, NAME, PASSWORD = "handouts@example.org", "pat.doe@example.net", "Ann Example", "secret"
HEADERS = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Language",
]
SPANISH = """\
hours: de lunes a viernes, de 9 a 17
after_hours: llame al (555) 555-0199
protocol: {microneedling: {allergy_signs: Dificultad para respirar}}
"""
UNSAID = re.compile(r"[A-Z]\w+ Example\b|@example\.net|pat\.doe|\bsecret\b|Traceback")
"""The patients of these tests, their addresses, and the mail server's password."""


@dataclass
class Desk:
    """A clinic that sends email: ``desk("records")`` runs a command for it."""

    run: Callable[..., Ran]
    clinic: Path
    server: MailServer
    env: dict[str, str]
    before: int = field(init=False)
    """How many messages the server had taken when the test began."""

    def __post_init__(self) -> None:
        self.before = len(self.server.received)

    def __call__(self, *words: object, **env: str) -> Ran:
        ran = self.run(*words, "--clinic", self.clinic, env=self.env | env)
        assert not UNSAID.search(ran.err), ran.err
        return ran

    def email(self, *words: object, to: str = ADDRESS, **env: str) -> Ran:
        """Email to an address that was checked."""
        return self("email", *words, "--to", to, "--yes", **env)

    def sent(self, *words: object, to: str = ADDRESS) -> EmailMessage:
        """Email, be it once more; return the one message that arrived."""
        count = len(self.received)
        ran = self.email(*words, "--again", to=to)
        assert ran.status == 0, ran.err
        assert re.fullmatch(r"Sent: the mail server has message \d+\.\n", ran.out)
        assert len(self.received) == count + 1
        return message_in(self.received[-1].content)

    def batch(self, rows: Path, *words: object, **env: str) -> Ran:
        """Email each row of a table."""
        return self("batch", rows, "--email", "--handout", AFTERCARE, *words, **env)

    def bytes_of(self, path: Path, *words: object) -> bytes:
        """Run a command that makes this one file; return the file."""
        ran = self(*words, "-o", path)
        assert ran.status == 0, ran.err
        return path.read_bytes()

    def change(self, old: str, new: str) -> None:
        """Write ``clinic.yaml`` anew with other words in it."""
        path = self.clinic / "clinic.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def template(self, name: str, text: str) -> Path:
        """Give the clinic a template of its own for messages."""
        path = self.clinic / "templates" / "email" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    @property
    def received(self) -> list[Received]:
        """What arrived in this test."""
        return self.server.received[self.before :]

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HANDOUTS_STATE", self.env["HANDOUTS_STATE"])
            with Ledger.open(self.clinic) as ledger:
                yield ledger

    @property
    def outbox(self) -> list[Message]:
        with self.ledger() as ledger:
            return outbox.messages(ledger)

    @property
    def states(self) -> list[str]:
        return [message.state.value for message in self.outbox]

    @property
    def records(self) -> list[Record]:
        with self.ledger() as ledger:
            return records.find(ledger, records.Search())

    def nothing_went(self) -> None:
        """Check that there is no trace of a message: not at the server, in the outbox or in the records."""
        assert (self.received, self.outbox, self.records) == ([], [], [])


def open_desk(run: Callable[..., Ran], clinic: Path, server: MailServer, **mail: object) -> Desk:
    """Return the desk of a copy of the clinic that says how it sends, with an outbox of its own.

    The copy is always in the same place: plates are kept by path, and most tests need no new layout then.
    """
    state = clinic.parent / "state"
    clinic = Path(shutil.copytree(clinic, _emptied(server.certificates.parent / "clinic")))
    given = {
        "host": server.host,
        "port": server.port,
        "user": "user",
        "from": FROM,
        "preference": "not-required",
        "certificates": server.certificates,
        "per_minute": 6000,
    } | mail
    with (clinic / "clinic.yaml").open("a", encoding="utf-8") as facts:
        facts.write(f"mail: {{{', '.join(f'{key}: {value}' for key, value in given.items())}}}\n")
    (clinic / "clinic.es.yaml").write_text(SPANISH, encoding="utf-8")
    return Desk(run, clinic, server, {"HANDOUTS_STATE": str(state), "HANDOUTS_SMTP_PASSWORD": PASSWORD})


def _emptied(folder: Path) -> Path:
    if folder.exists():
        shutil.rmtree(folder)
    return folder


def message_in(raw: bytes, *more: str) -> EmailMessage:
    """Return a message, after its bytes were looked at; ``more`` headers than usual may stand in it."""
    assert raw.endswith(b"\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", raw), "a line that does not end in CR LF"
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    head, _, _ = raw.partition(b"\r\n\r\n")
    names = [line.split(b":")[0].decode() for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t")]
    assert sorted(names) == sorted([*HEADERS, *more]), names
    if head.isascii():
        message = email.message_from_bytes(raw, policy=default)
    else:  # RFC 6532, which `message_from_bytes` does not know
        message = email.message_from_string(raw.decode(), policy=default)
    assert isinstance(message, EmailMessage)
    for header in ("From", "To", "Reply-To"):
        assert len(message[header].addresses) == 1, header
    parts = list(message.walk())
    assert [defect for part in parts for defect in part.defects] == []
    defects = [defect for value in message.values() for defect in value.defects]
    # RFC 6532 allows it, and the standard library calls it a defect all the same.
    told = [one for one in defects if head.isascii() or not isinstance(one, NonASCIILocalPartDefect)]
    assert told == [], told
    kinds = [part.get_content_type() for part in parts]
    assert kinds[:4] == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html"]
    assert kinds[4:]
    assert set(kinds[4:]) == {"application/pdf"}
    return message


def words_of(message: EmailMessage) -> tuple[str, str]:
    """Return a message's plain text, on one line, and its HTML."""
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    return " ".join(plain.get_content().split()), html.get_content()


def files_of(message: EmailMessage) -> dict[str, bytes]:
    """Return the attached files by their names."""
    found = {}
    for part in message.iter_attachments():
        assert part.get_content_disposition() == "attachment"
        found[str(part.get_filename())] = part.get_payload(decode=True)
    return found  # type: ignore[return-value]


def rows_in(folder: Path, *lines: str, name: str = "rows.csv", encoding: str = "utf-8") -> Path:
    """Write a table, its header first."""
    path = folder / name
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode(encoding))
    return path


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def at_terminal(desk: Desk, words: Sequence[object], typed: Sequence[tuple[str, str]]) -> Ran:
    """Run a command at a terminal: wait for each prompt, and type. What the screen showed is in ``err``."""
    return type_at_terminal([*words, "--clinic", desk.clinic], typed, env=desk.env)


def own_words(**labels: str) -> str:
    """Return the shipped English words of a message, some labels in other words."""
    text = (ROOT / "templates" / "email" / "en.yaml").read_text(encoding="utf-8")
    for name, words in labels.items():
        text, count = re.subn(rf"(?m)^(  {name}:) .*$", lambda found, new=words: f"{found[1]} {new}", text)  # type: ignore[misc]
        assert count == 1, name
    return text


def copied(clinic: Path, sheet: str, old: str, new: str) -> None:
    """Give the clinic its own copy of the shipped sheets, with other words in one."""
    shutil.copytree(ROOT / "handouts" / "microneedling", clinic / "handouts" / "microneedling")
    path = clinic / "handouts" / "microneedling" / f"{sheet}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
