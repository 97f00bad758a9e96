"""``email`` as a person runs it, against a real mail server: what arrives, and all that stops it."""

from __future__ import annotations

import datetime as dt
import io
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pikepdf
import pytest

from handoutpress.typesetting.protecting import COST
from tests.conftest import TODAY
from tests.posting import (
    ABOUT,
    ADDRESS,
    AFTERCARE,
    FROM,
    NAME,
    Desk,
    at_terminal,
    files_of,
    message_in,
    words_of,
)

if TYPE_CHECKING:
    from pathlib import Path


CLINIC = "Test Clinic (example)"
FIRST, AGAIN = "The patient's email address: ", "The same address again: "
NEVER = re.compile("needling|acne|scar|aftercare|agujas|cicatri|Ann |EX-1", re.IGNORECASE)
"""What a bounce must not tell."""


def password_file(folder: Path, text: str = "blue-horse-42\n") -> Path:
    path = folder / "password.txt"
    path.touch(0o600)
    path.write_text(text, encoding="utf-8")
    return path


class TestTheMessage:
    def test_every_header_and_every_part(self, desk: Desk, tmp_path: Path) -> None:
        details = ("--name", NAME, "--visit", "2026-11-23", "--reference", "EX-1")
        made = desk.bytes_of(tmp_path / "made.pdf", "make", AFTERCARE, *details)
        before = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
        message = desk.sent(AFTERCARE, *details)
        envelope = desk.received[0]
        assert (envelope.mail_from, envelope.rcpt_tos) == (FROM, [ADDRESS])
        for header in ("From", "Reply-To"):
            (box,) = message[header].addresses
            assert (box.display_name, box.addr_spec) == (CLINIC, FROM)
        assert message["To"] == ADDRESS
        assert message["Subject"] == f"Information from {CLINIC}"
        written = parsedate_to_datetime(message["Date"])
        assert before <= written <= dt.datetime.now(dt.UTC)
        assert re.fullmatch(r"<[A-Za-z0-9.]+@example\.org>", message["Message-ID"])
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["Content-Language"] == "en"
        assert message["MIME-Version"] == "1.0"
        assert files_of(message) == {"information.pdf": made}
        plain, html = words_of(message)
        for said in (CLINIC, "(555) 555-0100", "information.pdf", "(555) 555-0199", "911", "2 pages"):
            assert said in plain
            assert said in html
        assert '<html lang="en" dir="ltr">' in html
        head = envelope.content.partition(b"\r\n\r\n")[0].decode()
        assert [NEVER.findall(words) for words in (head, plain, html)] == [[], [], []]
        again = desk.sent(AFTERCARE, *details)
        assert again["Message-ID"] != message["Message-ID"]

    def test_answers_go_to_the_clinics_address_or_where_mail_says(self, desk: Desk) -> None:
        desk.change("mail: {", "email: desk@example.org\nmail: {")
        assert desk.sent(AFTERCARE)["Reply-To"].addresses[0].addr_spec == "desk@example.org"
        desk.change("mail: {", "mail: {reply_to: nurse@example.org, ")
        message = desk.sent(AFTERCARE)
        assert message["Reply-To"].addresses[0].addr_spec == "nurse@example.org"
        assert message["From"].addresses[0].addr_spec == FROM

    def test_in_spanish_and_large(self, desk: Desk, tmp_path: Path) -> None:
        look = ("--language", "es", "--edition", "large-print")
        made = desk.bytes_of(tmp_path / "made.pdf", "make", AFTERCARE, *look)
        message = desk.sent(AFTERCARE, *look)
        assert message["Subject"] == f"Información de {CLINIC}"
        assert message["Content-Language"] == "es"
        assert files_of(message) == {"informacion.pdf": made}
        plain, html = words_of(message)
        assert "llame al (555) 555-0199" in plain
        assert '<html lang="es"' in html
        assert NEVER.findall(plain + html) == []

    def test_several_sheets_go_in_one_message(self, desk: Desk, tmp_path: Path) -> None:
        words = (ABOUT, AFTERCARE, "--reference", "EX-1")
        assert desk("make", *words, "-o", tmp_path).status == 0
        message = desk.sent(*words)
        assert files_of(message) == {
            "information-1.pdf": (tmp_path / f"{ABOUT}.pdf").read_bytes(),
            "information-2.pdf": (tmp_path / f"{AFTERCARE}.pdf").read_bytes(),
        }
        (number,) = (kept.id for kept in desk.outbox)
        mailed = [record for record in desk.records if record.channel == "email"]
        assert [(one.sheet, one.outcome, one.reference, one.message) for one in mailed] == [
            (name, "sent", "EX-1", number) for name in (ABOUT, AFTERCARE)
        ]

    def test_a_packet_is_what_its_command_makes(self, desk: Desk, tmp_path: Path) -> None:
        words = (AFTERCARE, ABOUT)
        packet = desk.bytes_of(tmp_path / "packet.pdf", "packet", *words)
        assert files_of(desk.sent(*words, "--packet")) == {"information.pdf": packet}
        mailed = [record.sheet for record in desk.records if record.channel == "email"]
        assert mailed == [AFTERCARE, ABOUT]

    def test_the_sheet_is_named_where_the_clinic_says_so(self, desk: Desk) -> None:
        desk.change("mail: {", "mail: {name_the_sheet: true, ")
        message = desk.sent(AFTERCARE)
        assert message["Subject"] == f"After your microneedling – {CLINIC}"
        assert list(files_of(message)) == [f"{AFTERCARE}.pdf"]


class TestADraftForAnotherProgram:
    def test_it_is_written_and_not_sent(self, desk: Desk, tmp_path: Path) -> None:
        made = desk.bytes_of(tmp_path / "made.pdf", "make", AFTERCARE)
        path = tmp_path / "message.eml"
        path.write_text("an older one", encoding="utf-8")
        del desk.env["HANDOUTS_SMTP_PASSWORD"]  # the own program has its own
        ran = desk.email(AFTERCARE, "--draft", path)
        assert (ran.status, ran.out, ran.err) == (0, f"{path}\n", "")
        message = message_in(path.read_bytes(), "X-Unsent")
        assert message["X-Unsent"] == "1"
        assert message["To"] == ADDRESS
        assert files_of(message) == {"information.pdf": made}
        assert (desk.received, desk.outbox) == ([], [])
        assert [(one.channel, one.outcome) for one in desk.records] == [
            ("file", "saved"),
            ("email file", "written"),
        ]

    def test_it_is_written_whole_or_not_at_all(self, desk: Desk, tmp_path: Path) -> None:
        folder = tmp_path / "drafts"
        (folder / "message.eml").mkdir(parents=True)
        ran = desk.email(AFTERCARE, "--draft", folder / "message.eml")
        assert (ran.status, ran.out) == (1, "")
        assert "message.eml could not be written" in ran.err
        assert [path.name for path in folder.rglob("*")] == ["message.eml"]
        assert [(one.channel, one.outcome) for one in desk.records] == [("email file", "failed")]


class TestAPassword:
    def test_the_file_opens_only_with_it_and_the_message_does_not_tell_it(
        self, desk: Desk, tmp_path: Path
    ) -> None:
        ran = desk.email(AFTERCARE, "--name", NAME, "--password-file", password_file(tmp_path))
        assert ran.status == 0
        assert COST in ran.err
        message = message_in(desk.received[0].content)
        pdf = files_of(message)["information.pdf"]
        with pytest.raises(pikepdf.PasswordError):
            pikepdf.open(io.BytesIO(pdf))
        with pikepdf.open(io.BytesIO(pdf), password="blue-horse-42") as opened:
            assert len(opened.pages) == 2
            assert (opened.encryption.R, opened.encryption.bits) == (6, 256)
        plain, html = words_of(message)
        assert "It opens with the password we gave you another way." in plain
        assert "It opens with the password we gave you another way." in html
        for said in (str(message), plain, html, ran.out, ran.err, pdf.decode("latin-1")):
            assert "blue-horse" not in said

    @pytest.mark.parametrize(
        ("text", "said"),
        [("short\n", "fewer than 8 characters"), ("two\nlines\n", "one line"), (None, "be read")],
    )
    def test_one_that_will_not_do_stops_it(
        self, desk: Desk, tmp_path: Path, text: str | None, said: str
    ) -> None:
        path = password_file(tmp_path, text) if text else tmp_path / "none.txt"
        ran = desk.email(AFTERCARE, "--password-file", path)
        assert (ran.status, ran.out) == (1, "")
        assert said in ran.err
        desk.nothing_went()


class TestTheAddress:
    def test_it_is_typed_twice_at_a_terminal(self, desk: Desk) -> None:
        ran = at_terminal(desk, ["email", AFTERCARE], [(FIRST, f"{ADDRESS}\n"), (AGAIN, f"{ADDRESS}\n")])
        assert (ran.status, ran.out) == (0, "Sent: the mail server has message 1.\n"), ran.err
        assert desk.received[0].rcpt_tos == [ADDRESS]
        ran = at_terminal(desk, ["email", AFTERCARE, "--to", ADDRESS, "--again"], [(AGAIN, f"{ADDRESS}\n")])
        assert ran.status == 0
        assert FIRST not in ran.err
        assert len(desk.received) == 2

    @pytest.mark.parametrize(
        ("typed", "status", "said"),
        [
            (
                [(FIRST, f"{ADDRESS}\n"), (AGAIN, "pat.deo@example.net\n")],
                1,
                "the two addresses are not the same",
            ),
            ([(FIRST, "pat.doe\n")], 1, "the address: has no @"),
            ([(FIRST, f"{ADDRESS}\n"), (AGAIN, "\x04")], 130, "Stopped."),
        ],
    )
    def test_a_slip_sends_nothing(
        self, desk: Desk, typed: list[tuple[str, str]], status: int, said: str
    ) -> None:
        ran = at_terminal(desk, ["email", AFTERCARE], typed)
        assert (ran.status, ran.out) == (status, "")
        assert said in ran.err
        desk.nothing_went()

    @pytest.mark.parametrize("words", [(), ("--to", ADDRESS)])
    def test_without_a_terminal_somebody_has_to_have_checked_it(
        self, desk: Desk, words: tuple[str, ...]
    ) -> None:
        ran = desk("email", AFTERCARE, *words)
        assert (ran.status, ran.out) == (2, "")
        assert "--yes" in ran.err
        desk.nothing_went()


class TestHowItEnds:
    def test_a_refusal_is_status_1_and_its_words_are_ours(self, desk: Desk) -> None:
        desk.server.behave("refuse")
        ran = desk.email(AFTERCARE)
        assert ran.status == 1
        assert ran.out == "Not sent: the server does not know this mailbox (550 5.1.1) (message 1).\n"
        assert ran.err == ""
        assert (desk.states, desk.records[0].outcome) == (["failed"], "failed")

    def test_a_server_that_asks_for_patience_or_is_not_there_leaves_it_waiting(self, desk: Desk) -> None:
        desk.server.behave("greylist", 1)
        ran = desk.email(AFTERCARE)
        assert ran.status == 0
        assert ran.out.startswith("Not sent yet: ")
        assert "`outbox send` tries again" in ran.out
        desk.server.stop()
        try:
            gone = desk.email(AFTERCARE, "--again")
        finally:
            desk.server.start()
        assert gone.status == 0
        assert "the mail server refused the connection" in gone.out
        assert (desk.received, desk.states) == ([], ["waiting", "waiting"])

    def test_a_wrong_password_leaves_it_waiting_and_none_makes_nothing(self, desk: Desk) -> None:
        wrong = desk.email(AFTERCARE, HANDOUTS_SMTP_PASSWORD="not it")
        assert wrong.status == 1
        assert "the server refused the user name or the password" in wrong.out
        assert "Somebody has to mend this first" in wrong.err
        logins = desk.server.logins
        more = desk.email(AFTERCARE, "--again", HANDOUTS_SMTP_PASSWORD="not it")
        assert (more.status, "the server refused the user name" in more.out) == (1, True)
        assert desk.server.logins == logins, "each try brings the account nearer to being locked"
        assert desk("outbox", "send", "--due", HANDOUTS_SMTP_PASSWORD="not it").status == 1
        assert desk.server.logins == logins
        assert desk("outbox", "send").status == 0
        assert desk.states == ["sent", "sent"]
        del desk.env["HANDOUTS_SMTP_PASSWORD"]
        none = desk.email(AFTERCARE, PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring")
        assert (none.status, none.out) == (1, "")
        assert "there is no password for the mail server" in none.err
        assert desk.states == ["sent", "sent"]

    def test_the_same_again_is_asked_for(self, desk: Desk) -> None:
        assert desk.email(AFTERCARE).status == 0
        again = desk.email(AFTERCARE)
        assert (again.status, again.out) == (1, "")
        assert "the same sheets for this patient just went to this address: message 1" in again.err
        assert desk.email(AFTERCARE, "--reference", "EX-2").status == 0
        assert desk.email(ABOUT).status == 0
        desk.server.behave("greylist", 1)
        assert desk.email(AFTERCARE, "--reference", "EX-3").status == 0
        waits = desk.email(AFTERCARE, "--reference", "EX-3")
        assert (waits.status, "are in the outbox already: message 4" in waits.err) == (1, True)
        assert len(desk.received) == 3

    def test_what_does_not_print_is_not_sent(self, desk: Desk, tmp_path: Path) -> None:
        desk.change("mail: {", "require_sign_off: true\nmail: {")
        draft = tmp_path / "message.eml"
        for words in ((AFTERCARE,), (AFTERCARE, "--draft", draft)):
            unsigned = desk.email(*words)
            assert (unsigned.status, unsigned.out) == (1, "")
            assert f"signed-off sheets only, and {AFTERCARE} is not" in unsigned.err
            assert "clinic.yaml:9:" in unsigned.err
        signed = desk("sign-off", AFTERCARE, "--by", "Dr Sample", "--until", TODAY.isoformat())
        assert signed.status == 0, signed.err
        expired = desk.email(AFTERCARE, HANDOUTS_TODAY="2026-11-25")
        assert (expired.status, expired.out) == (1, "")
        assert "it was good until 2026-11-24" in expired.err
        desk.nothing_went()
        assert not draft.exists()
        desk.sent(AFTERCARE)
        both = desk.email(AFTERCARE, "microneedling-nonesuch")
        assert (both.status, "there is no handout" in both.err, len(desk.received)) == (1, True, 1)
