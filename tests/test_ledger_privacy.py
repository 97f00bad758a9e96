"""What the ledger may not know: names, addresses, files' names; and what patients said about email."""

from __future__ import annotations

import datetime as dt
import sqlite3
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

import pytest

from handoutpress.delivery import preferences
from handoutpress.delivery.ledger import FILE, Ledger
from handoutpress.delivery.preferences import Preference
from handoutpress.folders import state_folder
from tests.copies import words
from tests.outboxes import AFTERCARE, PASSWORD, Office, office

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

    Run = Callable[..., Ran]

NAME, ADDRESS, FILE_NAME = "Annaquilla Exemplaria", "qx.70011@example.com", "zygomatic-file"
OURS = ("annaquilla", "exemplaria", "qx.70011", "zygomatic")
ASKED = dt.date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD, "secret")


def _said_in(data: bytes) -> set[str]:
    """Return which of the patient's words stand in some bytes, as text of one or two bytes a letter."""
    low = data.lower()
    return {word for word in OURS if word.encode() in low or word.encode("utf-16-le") in low}


def _kept_beside_messages(made: Office) -> bytes:
    """Return what every other table of the ledger says, and each message without its file and address."""
    connection = sqlite3.connect(state_folder(made.clinic) / FILE)
    try:
        connection.execute("UPDATE messages SET content = NULL, recipient = ''")
        return "\n".join(connection.iterdump()).encode()
    finally:
        connection.close()


def test_copies_in_files_leave_no_name_behind(clinic: Path, tmp_path: Path, run: Run) -> None:
    made = Office(clinic)
    given = ("--name", NAME, "--note", "Zygomatic note.", "--reference", "EX-0042")
    ran = run("make", AFTERCARE, "--clinic", clinic, "-o", tmp_path / f"{FILE_NAME}.pdf", *given)
    assert ran.status == 0, ran.err
    rows = tmp_path / f"{FILE_NAME}.csv"
    rows.write_text(f"name,reference,email\n{NAME},EX-0043,{ADDRESS}\n", encoding="utf-8")
    out = tmp_path / "out"
    more = ("-o", out, "--file-name", "{name}", "--clinic", clinic)
    ran = run("batch", rows, "--handout", AFTERCARE, *more)
    assert (ran.status, len(list(out.glob("*nnaquilla*.pdf")))) == (0, 1), ran.err
    kept = made.kept()
    assert (b"EX-0042" in kept, b"EX-0043" in kept) == (True, True)
    assert _said_in(kept) == set()
    listed = run("records", "--clinic", clinic).out
    assert (len(listed.splitlines()), _said_in(listed.encode())) == (2, set())


def test_emails_leave_only_an_address_behind_until_they_are_purged(
    clinic: Path, tmp_path: Path, run: Run
) -> None:
    with office(clinic, keep_days=1) as (made, server):
        given = ("--name", NAME, "--reference", "EX-0042")
        ran = run("email", AFTERCARE, "--clinic", clinic, "--to", ADDRESS, "--yes", *given)
        assert (ran.status, _said_in((ran.out + ran.err).encode())) == (0, set()), ran.err
        rows = tmp_path / f"{FILE_NAME}.csv"
        rows.write_text(f"name,reference,email\n{NAME},EX-0043,{ADDRESS}\n", encoding="utf-8")
        ran = run("batch", rows, "--handout", AFTERCARE, "--email", "--clinic", clinic)
        assert (ran.status, _said_in((ran.out + ran.err).encode())) == (0, set()), ran.err
        draft = ("--draft", tmp_path / f"{FILE_NAME}.eml", "--to", ADDRESS, "--yes", *given)
        assert run("email", AFTERCARE, "--clinic", clinic, *draft).status == 0
        assert len(server.received) == 2
        assert _said_in(made.kept()) == {"qx.70011"}, "the address, and no name in the clear"
        assert _said_in(_kept_beside_messages(made)) == set()
        with made.ledger() as ledger:
            contents = [bytes(content) for (content,) in ledger.rows("SELECT content FROM messages")]
        for content in contents:
            message = message_from_bytes(content, policy=default)
            texts = [part for part in message.walk() if part.get_content_maintype() == "text"]
            assert len(texts) == 2
            said = "\n".join(
                [part.get_content() for part in texts] + [f"{k}: {v}" for k, v in message.items()]
            )
            assert _said_in(said.encode()) == {"qx.70011"}, "as the header To alone"
            (pdf,) = message.iter_attachments()
            assert NAME in " ".join(words(pdf.get_content())), "it was there to be found"
        for number in range(1, len(contents) + 1):
            made.force(number, changed="2001-02-03T04:05:06Z")
        made.send()
        assert _said_in(made.kept()) == set()
        with made.ledger() as ledger:
            references = [found for (found,) in ledger.rows("SELECT reference FROM records ORDER BY id")]
        assert references == ["EX-0042", "EX-0043", "EX-0042"]


@pytest.mark.parametrize("why", ["refuse", "full", "greylist", "drop-after-data", "gone"])
def test_nothing_that_goes_wrong_names_a_patient(clinic: Path, run: Run, why: str) -> None:
    """The server repeats address and user name in what it refuses."""
    with office(clinic) as (made, server):
        if why == "gone":
            server.stop()
        else:
            server.behave(why, 99)  # type: ignore[arg-type]
        given = ("--name", NAME, "--to", ADDRESS, "--yes", "--clinic", clinic)
        ran = run("email", AFTERCARE, *given)
        listed = [run("outbox", "--clinic", clinic, *more) for more in ((), ("--json",), ("send",))]
        told = "".join(one.out + one.err for one in (ran, *listed))
        assert ran.out.startswith(("Not sent: ", "Not sent yet: ", "Perhaps sent: "))
        assert _said_in(told.encode()) == set()
        assert _said_in(_kept_beside_messages(made)) == set()
        assert ADDRESS in run("outbox", "--clinic", clinic, "show", 1).out, "who asks for it gets it"


@pytest.mark.parametrize(
    "row",
    [f"{NAME},{ADDRESS},2026-99-99", f"{NAME},{ADDRESS}x..,2026-11-23", f"{NAME},qx.70011,2026-11-23"],
)
def test_rows_that_are_wrong_are_told_without_them(clinic: Path, tmp_path: Path, run: Run, row: str) -> None:
    with office(clinic) as (made, server):
        rows = tmp_path / "rows.csv"
        rows.write_text(f"name,email,visit\n{row}\n", encoding="utf-8")
        ran = run("batch", rows, "--handout", AFTERCARE, "--email", "--clinic", clinic)
        assert (ran.status, "rows.csv:2" in ran.err) == (1, True)
        assert "Nothing was put into the outbox" in ran.err
        assert _said_in((ran.out + ran.err).encode()) == set()
        assert (made.states(), made.outcomes(), server.connections) == ([], [], 0)
        assert _said_in(made.kept()) == set()


# What patients said.


def _said(accepts: preferences.Accepts, day: dt.date = ASKED, reference: str | None = None) -> Preference:
    return Preference(accepts, day, "1a2b3c4d", "Front desk", reference)


def test_the_latest_word_stands(clinic: Path) -> None:
    with Ledger.open(clinic) as ledger:
        assert preferences.standing(ledger, ADDRESS) is None
        answers: tuple[preferences.Accepts, ...] = ("plain", "none", "protected", "plain")
        for number, accepts in enumerate(answers):
            # On one day, what was recorded last; else what was said on the later day.
            said = _said(accepts, ASKED + dt.timedelta(days=number // 2), f"EX-{number}")
            preferences.record(ledger, ADDRESS, said, "May we?", "tests")
            assert preferences.standing(ledger, ADDRESS) == said
        late = _said("none", ASKED - dt.timedelta(days=1))
        preferences.record(ledger, ADDRESS, late, "May we?", "tests")
        assert preferences.standing(ledger, ADDRESS) == said, "an older word that was typed in late"
        assert preferences.standing(ledger, ADDRESS.upper()) == said
        assert preferences.standing(ledger, f"x{ADDRESS}") is None
        ((kept,),) = ledger.rows("SELECT count(*) FROM preferences")
        assert kept == 5, "what was said before stays to be shown"
        assert ledger.rows("SELECT * FROM wordings") == [("1a2b3c4d", "May we?")]


def test_a_patient_who_was_asked_about_another_address(clinic: Path) -> None:
    other = "another@example.com"
    with Ledger.open(clinic) as ledger:
        assert not preferences.is_for_another_address(ledger, "EX-0042", ADDRESS)
        preferences.record(ledger, ADDRESS, _said("plain", reference="EX-0042"), "May we?", "tests")
        assert not preferences.is_for_another_address(ledger, "EX-0042", ADDRESS.upper())
        assert preferences.is_for_another_address(ledger, "EX-0042", other)
        assert not preferences.is_for_another_address(ledger, "EX-0043", other)
        preferences.record(ledger, other, _said("plain", reference="EX-0042"), "May we?", "tests")
        assert not preferences.is_for_another_address(ledger, "EX-0042", other)
        assert preferences.is_for_another_address(ledger, "EX-0042", ADDRESS)


def test_an_address_is_kept_as_a_hash_that_no_other_ledger_has(clinic: Path, tmp_path: Path) -> None:
    marks = []
    for folder in (clinic, tmp_path / "another"):
        with Ledger.open(folder) as ledger:
            preferences.record(ledger, ADDRESS, _said("plain"), "May we?", "tests")
            marks += [bytes(mark) for (mark,) in ledger.rows("SELECT address FROM preferences")]
        assert _said_in(Office(folder).kept()) == set()
    assert (len(set(marks)), {len(mark) for mark in marks}) == (2, {16})


def test_preferences_rule_what_is_emailed(clinic: Path, run: Run) -> None:
    with office(clinic, preference="required") as (made, server):
        person = ("--to", ADDRESS, "--yes", "--clinic", clinic)
        email = ("email", AFTERCARE, *person)

        def says(accepts: str, *more: str) -> None:
            ran = run("preference", *person, "--accepts", accepts, "--taken-by", "Front desk", *more)
            assert (ran.status, _said_in((ran.out + ran.err).encode())) == (0, set()), ran.err

        ran = run(*email)
        assert "no preference of this patient for plain email is recorded" in ran.err
        says("none")
        assert "this patient said no to email" in run(*email).err
        says("protected")
        assert "accepts only email protected by a password" in run(*email).err
        assert (made.states(), server.connections) == ([], 0)
        says("plain", "--reference", "EX-0042")
        assert run(*email).out == "Sent: the mail server has message 1.\n"
        moved = run(
            "email",
            AFTERCARE,
            "--to",
            "new@example.com",
            "--yes",
            "--clinic",
            clinic,
            "--reference",
            "EX-0042",
        )
        assert "the preference recorded for this patient is for another address" in moved.err
        assert len(server.received) == 1
