"""The outbox's files: who may read them, what is purged from them, and a disk full at a bad moment."""

from __future__ import annotations

import base64
import random
import sqlite3
import stat
from typing import TYPE_CHECKING

import pytest

from handoutpress.delivery import outbox
from handoutpress.delivery.ledger import FILE
from handoutpress.delivery.outbox import State
from handoutpress.delivery.tidying import tidy
from handoutpress.folders import state_folder
from tests.outboxes import AFTERCARE, PASSWORD, Office, arrived, ended, integrity, office

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

    Run = Callable[..., Ran]

PAPER = random.Random(1).randbytes(60_000)
"""A file that is like no other, on many of the ledger's pages."""
LONG_AGO = "2001-02-03T04:05:06Z"


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD, "secret")


def _traces(made: Office, number: int = 0) -> set[str]:
    """Return what of a message stands anywhere in the ledger's files."""
    kept = made.kept()
    coded = base64.encodebytes(PAPER).splitlines()
    found = {"address"} if f"patient-{number:05}@example.com".encode() in kept else set()
    return found | ({"file"} if any(line in kept for line in coded) else set())


# What is purged, and what is not.


@pytest.mark.parametrize("state", [State.SENT, State.FAILED, State.UNKNOWN, State.CANCELLED])
def test_after_its_days_a_message_is_gone_from_the_file(clinic: Path, state: State) -> None:
    # Of one that did not arrive, or may not have, somebody still has to call the patient.
    left = {"address"} if state in (State.FAILED, State.UNKNOWN) else set()
    # Another program has the ledger open all the while: what changes stays in the file beside it.
    with office(clinic, keep_days=10) as (made, server), made.ledger() as another:
        (number,) = made.put(pdf=PAPER)
        assert _traces(made) == {"address", "file"}
        if state is State.SENT:
            assert made.send().counts == {state: 1}
        else:
            made.force(number, state=state)
        assert made.send().counts == {}
        assert _traces(made) == {"address", "file"}, "its days are not over"
        made.force(number, changed=LONG_AGO)
        assert outbox.get(another, number).recipient
        assert made.send().counts == {}
        assert _traces(made) == left
        message = made.get(number)
        assert (message.state, bool(message.recipient)) == (state, bool(left))
        with made.ledger() as ledger:
            ((sheet, reference),) = ledger.rows("SELECT sheet, reference FROM records")
        assert (sheet, reference) == (AFTERCARE, "EX-00000")
        assert len(server.received) == (state is State.SENT)


@pytest.mark.parametrize("state", [State.WAITING, State.SENDING, State.HANDING_OVER])
def test_what_may_still_be_sent_is_never_purged(clinic: Path, state: State) -> None:
    made = Office(clinic)
    (number,) = made.put(pdf=PAPER)
    made.force(number, state=state, changed=LONG_AGO, created=LONG_AGO)
    with made.ledger() as ledger:
        tidy(ledger, 1)
        assert _traces(made) == {"address", "file"}


def test_a_batch_that_was_never_released_does_not_stay_for_ever(clinic: Path) -> None:
    made = Office(clinic)
    old, new = made.put(2, staged=True, pdf=PAPER)
    made.force(old, created=LONG_AGO)
    with made.ledger() as ledger:
        tidy(ledger, 30)
        assert [message.id for message in outbox.messages(ledger)] == [new]
        assert (_traces(made, 0) - {"file"}, _traces(made, 1)) == (set(), {"address", "file"})
    assert made.outcomes() == ["staged"]


def test_what_was_purged_cannot_be_sent_again(clinic: Path, run: Run) -> None:
    with office(clinic, keep_days=1) as (made, _):
        (number,) = made.put(pdf=PAPER)
        made.force(number, state=State.UNKNOWN, changed=LONG_AGO)
        made.send()
        ran = run("outbox", "--clinic", clinic, "again", number)
        assert (ran.status, "has been purged: nothing is left to send" in ran.err) == (1, True)
        assert made.states() == [State.UNKNOWN]
        assert "patient-00000@example.com" in run("outbox", "--clinic", clinic, "show", number).out


def test_what_is_taken_out_of_a_batch_is_gone_from_the_file(clinic: Path) -> None:
    made = Office(clinic)
    made.put(3, staged=True, pdf=PAPER)
    assert _traces(made, 1) == {"address", "file"}
    with made.ledger() as ledger:
        outbox.discard(ledger)
        assert _traces(made, 1) == set()
    assert (made.states(), made.outcomes()) == ([], [])


def test_a_message_that_was_tried_often_is_on_no_page_twice(clinic: Path) -> None:
    """Each change may write the row on other pages: those it stood on before are purged too."""
    with office(clinic, keep_days=1) as (made, server):
        made.put(4, pdf=PAPER)
        server.behave("greylist", 9)
        for _ in range(4):
            made.send()
        assert made.states() == [State.SENT] * 4
        for number in range(4):
            assert _traces(made, number) == {"address", "file"}
            made.force(number + 1, changed=LONG_AGO)
        made.send()
        assert [_traces(made, number) for number in range(4)] == [set()] * 4


# Who may read them.


def test_only_its_owner_may_read_the_ledger(clinic: Path) -> None:
    with office(clinic) as (made, _):
        made.put()
        folder = state_folder(clinic)
        made.send()
        with made.ledger() as ledger:
            ledger.set_fact("something", 1)
            found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
        assert found == dict.fromkeys((FILE, f"{FILE}-wal", f"{FILE}-shm", "sending.lock"), 0o600)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


# Ledgers that cannot be used.


def test_a_ledger_of_a_newer_version_is_left_alone(clinic: Path, run: Run) -> None:
    with office(clinic) as (made, server):
        made.put()
        file = state_folder(clinic) / FILE
        connection = sqlite3.connect(file)
        connection.execute("PRAGMA user_version = 2")
        connection.close()
        ran = run("outbox", "--clinic", clinic, "send")
        assert (ran.status, ran.out) == (1, "")
        assert f"{FILE} is of version 2, and this program knows 1: install a newer one" in ran.err
        assert "Traceback" not in ran.err
        assert server.connections == 0


def test_a_file_that_is_no_ledger_is_left_alone(clinic: Path, run: Run) -> None:
    with office(clinic):
        file = state_folder(clinic) / FILE
        file.parent.mkdir(parents=True)
        file.write_bytes(b"my own notes" * 1000)
        for words in (("outbox",), ("email", AFTERCARE, "--to", "pat.doe@example.com", "--yes")):
            ran = run(*words, "--clinic", clinic)
            assert ran.status == 1
            assert f"{FILE} cannot be used: file is not a database." in ran.err
            assert "HANDOUTS_STATE names another folder" in ran.err
            assert ("Traceback" in ran.err, "pat.doe" in ran.err) == (False, False)
        assert file.read_bytes() == b"my own notes" * 1000


def test_a_folder_that_cannot_be_made_is_told(clinic: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    ran = run("outbox", "--clinic", clinic, env={"HANDOUTS_STATE": str(tmp_path / "file" / "state")})
    assert (ran.status, ran.out) == (1, "")
    assert f"{FILE} cannot be used: Not a directory." in ran.err


# A full disk.


@pytest.mark.parametrize(
    ("moment", "came", "then"),
    [("claim", 0, State.SENT), ("handover", 0, State.SENT), ("accepted", 1, State.UNKNOWN)],
)
def test_a_disk_that_is_full_while_sending(
    clinic: Path, run: Run, moment: str, came: int, then: State
) -> None:
    with office(clinic) as (made, server):
        made.put(2)
        status, out, err = ended(made.start(moment, str(clinic), module="tests.outboxes"))
        assert (status, out) == (1, ""), err
        assert f"{FILE} cannot be used: " in err
        assert "Traceback" not in err
        assert len(server.received) == came
        assert integrity(clinic) == "ok"
        ran = run("outbox", "--clinic", clinic, "send")
        assert made.states() == [then, State.SENT], ran.err
        assert set(arrived(server).values()) == {1}
        assert len(server.received) == 2
        assert made.outcomes() == [str(then), "sent"]
        if then is State.UNKNOWN:
            assert "while the server was taking it" in run("outbox", "--clinic", clinic).out


def test_a_message_that_finds_no_room_is_not_sent(clinic: Path, run: Run) -> None:
    with office(clinic) as (made, server):
        made.put()
        status, out, err = ended(made.start("put", str(clinic), module="tests.outboxes"))
        assert (status, out) == (1, ""), err
        assert f"{FILE} cannot be used: " in err
        assert ("Traceback" in err, "pat.doe" in err) == (False, False)
        assert (made.states(), made.outcomes()) == ([State.WAITING], ["waiting"])
        assert server.connections == 0


@pytest.mark.parametrize("moment", ["begin", "create"])
def test_a_ledger_that_finds_no_room_to_begin_with(clinic: Path, run: Run, moment: str) -> None:
    made = Office(clinic)
    status, out, err = ended(made.start(moment, str(clinic), module="tests.outboxes"))
    assert (status, out) == (1, "")
    assert f"{FILE} cannot be used: disk I/O error." in err, "the reason, and not what came of it"
    assert run("outbox", "--clinic", clinic).out == "The outbox is empty.\n"
