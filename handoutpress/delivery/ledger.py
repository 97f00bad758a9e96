"""A clinic's ledger: one SQLite file with its outbox, its records and its patients' email preferences.

SQLite, because a crash at any moment must lose nothing and several processes write at once: each change is a
transaction that is on disk when it ends. Only its owner may read the folder, as it holds addresses and, until
they are purged, messages.
"""

from __future__ import annotations

import datetime as dt
import errno
import os
import sqlite3
import time
from contextlib import closing, contextmanager, suppress
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from handoutpress.errors import HandoutError, shorten
from handoutpress.folders import state_folder, state_home

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

FILE = "ledger.sqlite3"
VERSION = 1
_WAIT = 30.0
"""Seconds to wait for another process's transaction; each takes some milliseconds."""
_LOOK = 0.05
_SHORT_WAIT = 200
"""Milliseconds."""
_TO_FORGET, _CLINIC = "to forget", "clinic"
_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL UNIQUE,
    created TEXT NOT NULL,
    changed TEXT NOT NULL,
    state TEXT NOT NULL,
    urgent INTEGER NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    needs_utf8 INTEGER NOT NULL,
    protected INTEGER NOT NULL,
    good_until TEXT NOT NULL,
    content BLOB,
    tries INTEGER NOT NULL DEFAULT 0,
    next_try REAL NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    twin BLOB
);
CREATE INDEX messages_by_state ON messages (state, urgent DESC, next_try, id);
CREATE INDEX messages_by_twin ON messages (twin);
CREATE TABLE records (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    sheet TEXT NOT NULL,
    version TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    language TEXT NOT NULL,
    edition TEXT NOT NULL,
    channel TEXT NOT NULL,
    reference TEXT,
    operator TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT '',
    message INTEGER REFERENCES messages (id)
);
CREATE INDEX records_by_text ON records (text_hash);
CREATE INDEX records_by_message ON records (message);
CREATE TABLE wordings (version TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE preferences (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    address BLOB NOT NULL,
    reference TEXT,
    accepts TEXT NOT NULL,
    asked_on TEXT NOT NULL,
    wording TEXT NOT NULL REFERENCES wordings (version),
    taken_by TEXT NOT NULL,
    operator TEXT NOT NULL
);
CREATE INDEX preferences_by_address ON preferences (address);
"""


class Ledger:
    """One clinic's ledger, open for this process: ``with Ledger.open(clinic_folder) as ledger``."""

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        self.folder, self.connection = folder, connection
        self.salt = b""
        self._inode = (folder / FILE).stat().st_ino

    @classmethod
    @contextmanager
    def open(cls, clinic: Path, *, durable: bool = True) -> Iterator[Ledger]:
        """Open the ledger of the clinic in this folder, made if need be; raises ``HandoutError``.

        What is changed in a ledger that is not ``durable`` outlives this process, but perhaps not a power
        cut: for many records at once, of copies that are not waited for either.
        """
        folder = state_folder(clinic)
        path = folder / FILE
        with _in_words(path):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _private(path)
            connection = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
        try:
            ledger = cls(folder, connection)
            ledger._prepare(clinic, durable=durable)
            yield ledger
        finally:
            with suppress(sqlite3.Error):
                connection.close()

    def _prepare(self, clinic: Path, *, durable: bool) -> None:
        with _in_words(self.folder / FILE):
            execute = self.connection.execute
            self._use_wal()
            execute("PRAGMA synchronous = NORMAL")
            execute("PRAGMA secure_delete = ON")  # what is purged is not left in free pages
            execute("PRAGMA foreign_keys = ON")
            (version,) = execute("PRAGMA user_version").fetchone()
            if version == 0:
                self._create(clinic)
            elif version != VERSION:
                said = f"is of version {version}, and this program knows {VERSION}: install a newer one"
                raise HandoutError(f"{shorten(self.folder / FILE)} {said}")
            (self.salt,) = execute("SELECT value FROM facts WHERE name = 'salt'").fetchone()
        if durable:
            self.make_durable()

    def _use_wal(self) -> None:
        """Let readers read while another process writes; SQLite does not wait where one just begins."""
        until = time.monotonic() + _WAIT
        while True:
            try:
                self.connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(_LOOK)
            else:
                return

    def make_durable(self) -> None:
        """From here on, what is changed is on disk before it is told."""
        self.rows("PRAGMA synchronous = FULL")

    def _create(self, clinic: Path) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            (version,) = self.connection.execute("PRAGMA user_version").fetchone()
            if version == 0:  # no other process was quicker
                for statement in _SCHEMA.split(";\n"):
                    self.connection.execute(statement)
                facts = {"salt": os.urandom(16), _CLINIC: str(clinic.resolve())}
                self.connection.executemany("INSERT INTO facts VALUES (?, ?)", facts.items())
                self.connection.execute(f"PRAGMA user_version = {VERSION}")
            self.connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # a full disk has rolled it back already
                self.connection.execute("ROLLBACK")
            raise

    @contextmanager
    def change(self) -> Iterator[None]:
        """Make several changes one: all are on disk afterwards, or none; raises ``HandoutError``."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")
            raise

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Run one statement that changes something; return how many rows it changed."""
        with _in_words(self.folder / FILE):
            return self.connection.execute(statement, values).rowcount

    def run_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each row."""
        with _in_words(self.folder / FILE):
            self.connection.executemany(statement, rows)

    def insert(self, statement: str, values: Sequence[Any]) -> int:
        """Insert one row; return its number."""
        with _in_words(self.folder / FILE):
            number = self.connection.execute(statement, values).lastrowid
        assert number is not None
        return number

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        """Return what a query finds."""
        with _in_words(self.folder / FILE):
            return self.connection.execute(query, values).fetchall()

    def fact(self, name: str) -> Any:
        """Return one of the ledger's own facts, or None."""
        found = self.rows("SELECT value FROM facts WHERE name = ?", [name])
        return found[0][0] if found else None

    def set_fact(self, name: str, value: Any) -> None:
        """Keep one of the ledger's own facts."""
        self.run("INSERT OR REPLACE INTO facts VALUES (?, ?)", [name, value])

    def mark(self, *said: object) -> bytes:
        """Return what tells these values again without saying them: a hash with this ledger's own salt."""
        return blake2b(repr(said).encode(), key=self.salt, digest_size=16).digest()

    def forget(self) -> None:
        """Write what was purged out of the file that changes are first written to.

        Where another process is reading just now, the next ``tidy`` does it.
        """
        self.rows(f"PRAGMA busy_timeout = {_SHORT_WAIT}")
        try:
            ((busy, _, _),) = self.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self.rows(f"PRAGMA busy_timeout = {int(_WAIT * 1000)}")
        self.set_fact(_TO_FORGET, int(busy))

    @property
    def is_to_forget(self) -> bool:
        """Whether something purged may still stand in a file."""
        return bool(self.fact(_TO_FORGET))

    def check_there(self) -> None:
        """Raise ``HandoutError`` where the file is not there any more: what is written now would be lost."""
        try:
            known = (self.folder / FILE).stat().st_ino == self._inode
        except OSError:
            known = False
        if not known:
            said = "was deleted or replaced while it was in use"
            raise HandoutError(f"{shorten(self.folder / FILE)} {said}. Nothing more is sent.")


def left_behind() -> Iterator[tuple[str, Path]]:
    """Yield each clinic's folder that is not there any more, and the folder with its ledger.

    Where it was moved, the patients' preferences and what waits did not move with it.
    """
    for path in sorted(state_home().glob(f"*/{FILE}")):
        with suppress(sqlite3.Error, OSError), closing(sqlite3.connect(path, timeout=_WAIT)) as connection:
            query = "SELECT value FROM facts WHERE name = ?"
            for (clinic,) in connection.execute(query, [_CLINIC]):
                if not os.path.isdir(clinic):  # noqa: PTH112 (a path of another system, perhaps)
                    yield clinic, path.parent


def now() -> str:
    """Return the moment in UTC, as 2026-11-23T14:30:05Z."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _private(path: Path) -> None:
    """Make the file before SQLite does, for its owner alone; its two companions get the same rights.

    One that is there is not opened: to close it again would drop the locks that SQLite holds in this process.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    if path.is_symlink():
        raise OSError(errno.ELOOP, "it is a link")
    if os.name == "posix":
        path.parent.chmod(0o700)
        path.chmod(0o600)


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """Say what goes wrong with the file in words; nothing of what was to be written is repeated."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        reason = "another program holds it" if "locked" in str(error) else str(error)
        raise HandoutError(f"{shorten(path)} cannot be used: {reason}. {_ELSEWHERE}") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise HandoutError(f"{shorten(path)} cannot be used: {reason}. {_ELSEWHERE}") from None


_ELSEWHERE = "The environment variable HANDOUTS_STATE names another folder."
