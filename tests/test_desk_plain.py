"""What the program says, in plain words: each message is provoked, or looked for in the source."""

from __future__ import annotations

import ast
import datetime as dt
import errno
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from handoutpress.composing.signoff import lapsed
from handoutpress.delivery import (
    cups,
    outbox,
    passwords,
    preferences,
    smtpopening,
    smtpreplies,
    windowsprinter,
)
from handoutpress.delivery.deciding import decide
from handoutpress.delivery.files import write_whole
from handoutpress.delivery.ledger import Ledger
from handoutpress.delivery.outbox import NewMessage, State
from handoutpress.delivery.printer import PrintRequest, choose_printer, job_state, print_pdf
from handoutpress.delivery.records import Delivery, hash_range
from handoutpress.delivery.smtp import Session
from handoutpress.delivery.smtpenvelope import Envelope, in_lines, options_for
from handoutpress.delivery.smtpreplies import MailError, Reply, in_words
from handoutpress.desk import plain
from handoutpress.desk.plain import Told, told, told_error, told_problem
from handoutpress.dispatch import sending
from handoutpress.dispatch.emailing import check_not_again, check_preference, read_post, twin_mark
from handoutpress.dispatch.printing import PrintOptions, find_printer
from handoutpress.editing import standing
from handoutpress.errors import HandoutError, Place, Problem, ProblemsFound
from handoutpress.packets import FOLDING, make_packet
from handoutpress.places import Places, shipped_folder
from handoutpress.press import compose_copy, compose_sheets
from handoutpress.reading.addresses import read_address
from handoutpress.reading.clinic import read_clinic
from handoutpress.reading.patient import PatientDetails, WrongDetails, WrongText, details_from
from handoutpress.reading.signoffs import SignOff
from handoutpress.typesetting.protecting import COST, check_password
from handoutpress.wish import SheetText, Wish
from tests.conftest import CLINIC_YAML, ROOT, TODAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Provoke = Callable[[Path, pytest.MonkeyPatch], object]

AFTERCARE = "microneedling-aftercare"
MAIL = "mail: {from: a@example.org, preference: required}\n"
ENTRIES = {entry.match: entry for _, entry in plain.catalogue()}
PACKAGE = ROOT / "handoutpress"
SHEET = SheetText(AFTERCARE, "Aftercare", "1.0", "2026-11-01", "en", "ab" * 32, "2027-11-01")
ADDRESS = read_address("pat@example.org")
DAY = dt.date(2026, 11, 20)


def places_of(clinic: Path, old: str = "", new: str = "") -> Places:
    """Return the places of a clinic whose facts are spoilt: with ``new`` for ``old``, or at their end."""
    assert old in CLINIC_YAML
    text = CLINIC_YAML.replace(old, new) if old else CLINIC_YAML + new
    (clinic / "clinic.yaml").write_text(text, encoding="utf-8")
    return Places(clinic, shipped_folder())


def facts(old: str, new: str) -> Provoke:
    return lambda clinic, _: read_clinic(places_of(clinic, old, new))


def sheet(old: str, new: str = "", name: str = AFTERCARE, **wish: Any) -> Provoke:
    return lambda clinic, _: compose_copy(name, places_of(clinic, old, new), Wish(**{"today": TODAY, **wish}))


def details(order: Any = None, **given: str) -> Provoke:
    return lambda *_: details_from(given, order)


def address(text: str) -> Provoke:
    return lambda *_: read_address(text)


def said(*words: str) -> Provoke:
    """Return words that the program says without an error."""
    return lambda *_: list(words)


def asked(commands: dict[str, str], **request: Any) -> Provoke:
    """Choose a printer of a print service that answers each command with these words."""

    def command(name: str, *words: str, data: bytes = b"") -> subprocess.CompletedProcess[str]:
        key = next((key for key in commands if " ".join((name, *words)).startswith(key)), "")
        status = 1 if name == "lp" else 0
        return subprocess.CompletedProcess(name, status, commands.get(key, ""), commands.get(f"!{name}", ""))

    def provoke(_: Path, patch: pytest.MonkeyPatch) -> object:
        patch.setattr(sys, "platform", "linux")
        patch.setattr(cups, "command", command)
        wanted = PrintRequest(**{"printer": "Clinic", "paper": "a4", **request})
        return print_pdf(b"%PDF", wanted, choose_printer(wanted))

    return provoke


READY = "scheduler is running\nsystem default destination: Clinic\nClinic\nDesk\n"
STOPPED = {"lpstat -r": READY, "lpoptions -pClinic": "printer-state=5"}
BUSY = {"lpstat -r": READY, "lpoptions -pClinic": "printer-state=3 printer-is-accepting-jobs=false"}
ABLE = {"lpstat -r": READY, "lpoptions -pClinic -l": "PageSize/Media: *Letter\nDuplex/Sides: *None"}


def no_program(error: Exception, name: str = "lpstat") -> Provoke:
    def provoke(_: Path, patch: pytest.MonkeyPatch) -> object:
        def run(*_: object, **__: object) -> None:
            raise error

        patch.setattr(subprocess, "run", run)
        return cups.command(name)

    return provoke


def preference(
    accepts: Any = None,
    *,
    reference: str | None = None,
    earlier: str = ADDRESS.spec,
    now: preferences.Preference | None = None,
) -> Provoke:
    """Ask whether an email may go, with what was recorded before for some address."""

    def provoke(clinic: Path, _: pytest.MonkeyPatch) -> None:
        post = read_post(places_of(clinic, new=MAIL), "en")
        with Ledger.open(clinic) as ledger:
            if accepts:
                before = preferences.Preference(accepts, DAY, "00000000", "Desk", "EX-1")
                preferences.record(ledger, earlier, before, "May we?", "Desk")
            check_preference(ledger, post, ADDRESS, reference, protected=False, now=now)

    return provoke


def in_outbox(state: State, act: Callable[[Ledger, int], object]) -> Provoke:
    """Do something in a ledger with one message that stands like this."""

    def provoke(clinic: Path, _: pytest.MonkeyPatch) -> object:
        new = NewMessage("<1@example.org>", "a@example.org", ADDRESS.spec, b"words", "2026-11-01")
        with Ledger.open(clinic) as ledger:
            twin = twin_mark(ledger, ADDRESS, [AFTERCARE], Wish())
            number = outbox.put(ledger, new, [SHEET], Delivery("email", "standard", None, "Desk"), twin=twin)
            outbox.settle(ledger, number, state)
            return act(ledger, number)

    return provoke


def twins(ledger: Ledger, _: int) -> None:
    check_not_again(ledger, twin_mark(ledger, ADDRESS, [AFTERCARE], Wish()), [SHEET])


def purged(ledger: Ledger, number: int) -> None:
    ledger.run("UPDATE messages SET content = NULL")
    decide(ledger, [number], State.WAITING)


def given_up(ledger: Ledger, number: int) -> list[str]:
    message = replace(outbox.get(ledger, number), created="2026-11-01T00:00:00Z", tries=9)
    outbox.put_off(ledger, message, "the mailbox is full (452 4.2.2)")
    return [outbox.get(ledger, number).reason]


def recovered(ledger: Ledger, number: int) -> list[str]:
    outbox.recover(ledger)
    return [outbox.get(ledger, number).reason]


def may_not_go(accepts: Any, good_until: str = "2999-01-01") -> Provoke:
    def act(ledger: Ledger, number: int) -> list[str]:
        before = preferences.Preference(accepts, DAY, "00000000", "Desk")
        preferences.record(ledger, ADDRESS.spec, before, "May we?", "Desk")
        message = replace(outbox.get(ledger, number), good_until=good_until)
        ended = sending._may_not_go(ledger, message)
        assert ended
        return [ended[1]]

    return in_outbox(State.SENDING, act)


def signed(
    text: str = "a" * 64, day: dt.date = DAY, until: dt.date = DAY, *, remark: bool = False
) -> Provoke:
    entry = SignOff(sheet=AFTERCARE, text=text, by="Example Clinician", signed=day, until=until)
    sheet = SimpleNamespace(name=AFTERCARE, handout=SimpleNamespace(translation=None))
    job: Any = SimpleNamespace(sign_offs=(entry,), today=TODAY, sheet=sheet)
    return said(*(standing.staff_remarks(job, "a" * 64) if remark else [lapsed(job, "a" * 64)]))


def translated(checked_by: str | None) -> Provoke:
    def provoke(_: Path, patch: pytest.MonkeyPatch) -> list[str]:
        patch.setattr(standing, "words_hash", lambda _: "other")
        translation = SimpleNamespace(checked_by=checked_by, checked_text="this")
        sheet = SimpleNamespace(name=AFTERCARE, handout=SimpleNamespace(translation=translation))
        job: Any = SimpleNamespace(sign_offs=(), today=TODAY, sheet=sheet)
        return list(standing.staff_remarks(job, ""))

    return provoke


def server_password(words: str | None = None, mode: int = 0o600, *, raw: bytes = b"") -> Provoke:
    def provoke(clinic: Path, patch: pytest.MonkeyPatch) -> object:
        patch.delenv(passwords.PASSWORD, raising=False)
        path = clinic / "secret"
        if words is not None or raw:
            path.write_bytes(raw or (words or "").encode())
            path.chmod(mode)
        return passwords.smtp_password("user", "smtp.example.org", path)

    return provoke


def environment(name: str) -> Provoke:
    def provoke(_: Path, patch: pytest.MonkeyPatch) -> object:
        patch.delenv(passwords.PASSWORD, raising=False)
        patch.setenv(name, "")
        return passwords.smtp_password("user", "smtp.example.org", None)

    return provoke


def keyring(error: str = "") -> Provoke:
    def provoke(_: Path, patch: pytest.MonkeyPatch) -> object:
        from keyring import errors

        def get_password(*_: str) -> None:
            if error:
                raise getattr(errors, error)

        patch.delenv(passwords.PASSWORD, raising=False)
        patch.setattr("keyring.get_password", get_password)
        return passwords.smtp_password("user", "smtp.example.org", None)

    return provoke


def unwritable(number: int) -> Provoke:
    def provoke(clinic: Path, patch: pytest.MonkeyPatch) -> None:
        def fails(*_: object) -> None:
            raise OSError(number, os.strerror(number))

        patch.setattr(os, "fsync", fails)
        write_whole(clinic / "a.pdf", b"")

    return provoke


def other_version(clinic: Path, _: pytest.MonkeyPatch) -> None:
    with Ledger.open(clinic) as ledger:
        ledger.run("PRAGMA user_version = 9")
    with Ledger.open(clinic):
        pass


def replaced(clinic: Path, _: pytest.MonkeyPatch) -> None:
    with Ledger.open(clinic) as ledger:
        (ledger.folder / "ledger.sqlite3").unlink()
        ledger.check_there()


def no_ledger(clinic: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("HANDOUTS_STATE", str(clinic / "clinic.yaml"))
    with Ledger.open(clinic):
        pass


def reviewed(old: str, new: str) -> Provoke:
    """Compose the clinic's own copy of a sheet, with other words in its head."""

    def provoke(clinic: Path, _: pytest.MonkeyPatch) -> object:
        folder = clinic / "handouts" / "microneedling"
        shutil.copytree(ROOT / "handouts" / "microneedling", folder, dirs_exist_ok=True)
        path = folder / f"{AFTERCARE}.yaml"
        text = re.sub(old, new, path.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE)
        path.write_text(text, encoding="utf-8")
        language = "es" if old == "^title: " else "en"
        return compose_copy(AFTERCARE, places_of(clinic), Wish(language, today=TODAY))

    return provoke


def envelope(body: bytes, recipient: str = "b@example.org", **offered: str) -> Provoke:
    one = Envelope("a@example.org", recipient, body, not recipient.isascii())
    return lambda *_: options_for(offered, one, in_lines(one))


def server_is(**server: Any) -> Provoke:
    def provoke(clinic: Path, _: pytest.MonkeyPatch) -> object:
        given = {"host": "127.0.0.1", "port": 1, "security": "none", **server}
        if given.get("certificates"):
            given["certificates"] = clinic / given["certificates"]
        return smtpopening.open_connection(smtpopening.Server(**given), "a@example.org")

    return provoke


def at_the_end(error: Exception) -> Provoke:
    """Break a connection off after the last line of a message."""

    def provoke(*_: object) -> object:
        def send(_: bytes) -> None:
            raise error

        session = Session(smtpopening.Server("127.0.0.1", 1, "none"))
        connection: Any = SimpleNamespace(sock=None, send=send)
        session._connection = connection
        return session._end()

    return provoke


def booklet(clinic: Path, _: pytest.MonkeyPatch) -> object:
    def composer(*_: object) -> Any:
        raise ProblemsFound([])

    wish = Wish(edition="large-print", today=TODAY)
    return compose_sheets([AFTERCARE], places_of(clinic), wish, composer, folded=True)


ALLERGY = "    allergy_signs: Trouble breathing\n"
PROVOKED: dict[str, Provoke] = {
    "{text} has a time, and only a day belongs here": details(visit="2026-11-23 14:30"),
    "{text} is not a time": details(appointment_time="noon"),
    "{text} is a number and not a time": details(appointment="2026-11-23", appointment_time="14"),
    "{text} has seconds, and a time here has none": details(appointment_time="14:30:05"),
    "{text} is not a time: {half} goes with the hours 1 to 12": details(appointment_time="14 pm"),
    "{text} is not a time of day": details(appointment_time="25:00"),
    "{text} is not a date": details(visit="soon"),
    "{text} is not a date (dots: the day stands first)": details(visit="11.23.2026"),
    "{text} is not a date (dates here have the {part} first)": details("day-month", visit="11/23/2026"),
    "{text} is not a day of the calendar": details(visit="2026-02-30"),
    "{text} has a year of two digits": details(visit="23/11/26"),
    "{text}: the year {year} is not between {first} and {last}": details(visit="0026-11-23"),
    "{text} can be read two ways: {first} or {second}": details(visit="03/04/2026"),
    "{text} is a spreadsheet's number: {first} in the 1900 system, {later} in the 1904 system": details(
        visit="46349"
    ),
    "{own} is not the time that stands in appointment, {time}": details(
        appointment="2026-11-23 14:30", appointment_time="15:00"
    ),
    "a time without a day": details(appointment_time="14:30"),
    "has {count} lines, and there is room for {most}": details(note="a\n" * 12 + "a"),
    "has {count} characters, and there is room for {most}": details(name="a" * 1081),
    "has a control character (U+{code})": details(name="a\x07"),
    "has a hidden character that turns the direction of reading (U+{code})": details(name="a\u202e"),
    "has characters that are not UTF-8 text": details(name="a\udc80"),
    "has a character that cannot be seen (U+{code})": details(name="a\u200b"),
    "has no character that can be seen (U+{code})": details(name="\u0301"),
    "starts with a mark that belongs on a letter before it (U+{code})": details(name="\u0301a"),
    "no font covers {character} (U+{code}, {name})": sheet("", patient=PatientDetails(name="𒀀")),
    "is empty": address(" "),
    "has a line break or another control character (U+{code})": address("a\n@example.org"),
    "has several addresses": address("a@example.org, b@example.org"),
    "has more than the bare address": address("<a@example.org>"),
    "has a comment in brackets": address("a(b)@example.org"),
    "has quotation marks or a backslash": address('"a"@example.org'),
    "has a number in brackets for its domain": address("a@[127.0.0.1]"),
    "has a comma or a semicolon": address("a@example,org"),
    "has a space in it": address("a b@example.org"),
    "has no @": address("example.org"),
    "has more than one @": address("a@b@example.org"),
    "has nothing before the @": address("@example.org"),
    "has nothing after the @": address("a@"),
    "has no usable domain after the @": address("a@example"),
    "has a character or a dot before the @ that cannot stand there": address("a..b@example.org"),
    "is {count} bytes long, and {most} is the most": address(f"a@{'a.' * 200}org"),
    "has {count} bytes before the @, and {most} is the most": address(f"{'a' * 65}@example.org"),
    "a packet needs at least one sheet": lambda clinic, _: make_packet([], places_of(clinic), Wish()),
    "there is no handout named {name}": sheet("", name="gone"),
    "{name} is not the name of a handout": sheet("", name="No name"),
    "{name} is not there in language {language}": sheet("", language="fr"),
    "a booklet is not made in large print": booklet,
    "a booklet is printed on both sides, not with --simplex": lambda clinic, _: find_printer(
        places_of(clinic), Wish(), PrintOptions(duplex=False, booklet=True)
    ),
    "this text had to be reviewed by {day}": sheet("", today=dt.date(2036, 1, 1)),
    "more than three years lie between dated and review_by": reviewed(
        "^review_by: .*", "review_by: 2036-01-01"
    ),
    "this text is dated in the future": sheet("", today=dt.date(2020, 1, 1)),
    "this clinic prints signed-off sheets only, and {sheet} is not: {reason}": sheet(
        "", "require_sign_off: true\n"
    ),
    "nobody has signed it off": said("nobody has signed it off"),
    "the sign-off by {who} of {day} no longer holds: the text has changed since": signed("b" * 64),
    "the sign-off by {who} of {day} no longer holds: it was good until {until}": signed(),
    "the sign-off by {who} of {day} is dated in the future": signed(day=dt.date(2027, 1, 1)),
    "{sheet}: the sign-off by {who} of {day} no longer holds: the text has changed since": signed(
        "b" * 64, remark=True
    ),
    "{sheet}: the sign-off by {who} of {day} no longer holds: it was good until {until}": signed(remark=True),
    "{sheet}: the sign-off by {who} of {day} is dated in the future": signed(
        day=dt.date(2027, 1, 1), remark=True
    ),
    "{sheet}: no qualified translator has checked this translation yet.": translated(None),
    "{sheet}: this translation is not the one that {who} checked.": translated("Example Translator"),
    "{file} has changed since this was translated": reviewed("^title: ", "title: More "),
    "`{clinic.phone}` is not set, and every page must say who to call": sheet('phone: "(555) 555-0100"\n'),
    "`{clinic.phone}` is not set, and a blank here could hurt somebody ({label})": sheet(
        'phone: "(555) 555-0100"\n'
    ),
    "`{clinic.hours}` is not set, and a blank here could hurt somebody ({label})": sheet("", language="es"),
    "`{clinic.after_hours}` is not set, and a blank here could hurt somebody ({label})": sheet(
        "after_hours: call (555) 555-0199\n"
    ),
    "`{clinic.emergency_phone}` is not set, and a blank here could hurt somebody ({label})": sheet(
        'emergency_phone: "911"\n'
    ),
    "`{protocol.allergy_signs}` is not set, and a blank here could hurt somebody ({label})": sheet(
        f"protocol:\n  microneedling:\n{ALLERGY}"
    ),
    "the topic {topic} has no slot {slot}": sheet(ALLERGY, f"{ALLERGY}    gone: yes\n"),
    "`{answer}` is not a whole number of days": sheet(ALLERGY, f"{ALLERGY}    no_sun_days_after: a week\n"),
    "`{number}` is not a phone number": facts("(555) 555-0100", "call us"),
    "`{number}` looks like a placeholder": facts("(555) 555-0100", "1234567"),
    "{address} is not an address for a sheet's page": facts("", "handout_page: example.org\n"),
    '"email": {value} is not written as expected': facts("", "email: nobody\n"),
    '"website": {value} is not written as expected': facts("", "website: example.org\n"),
    '"name": {value} is not written as expected': facts("", "printer: {name: a b}\n"),
    "{value} is not written as expected": facts("", "language: Spanish\n"),
    "this is not an email address": facts("", "mail: {from: nobody, preference: required}\n"),
    "this is not the name of a mail server": facts("", f"{MAIL[:-2]}, host: 'a b'}}\n"),
    "a password does not belong into this file, which is copied and shared: change it, too": facts(
        "", f"{MAIL[:-2]}, password: x}}\n"
    ),
    "without encryption only a server on this machine may be used": facts(
        "", f"{MAIL[:-2]}, host: example.org, security: none}}\n"
    ),
    "the clinic's own address needs plain letters before the @: not every server takes others": (
        lambda clinic, _: read_post(places_of(clinic, new=MAIL.replace("a@", "ñ@")), "en")
    ),
    "has more than {most}": facts("Monday to Friday", "Monday" * 40),
    "needs at least {least}": facts("Monday to Friday, 9 am to 5 pm", '""'),
    "`{value}` is less than {least}": facts("", "printer: {copies: 0}\n"),
    "`{value}` is more than {most}": facts("", "printer: {copies: 21}\n"),
    "`{value}` is not a whole number": facts("", "printer: {copies: many}\n"),
    "`{value}` is not one of {choices}": facts("", "paper: a3\n"),
    "input should be a valid boolean, unable to interpret input": facts("", "letterhead: perhaps\n"),
    '"{key}" is missing': facts("name: Test Clinic (example)\n", ""),
    "This computer knows no printer. Set one up in its settings, then print again.": asked(
        {"lpstat -r": "scheduler is running\nno system default destination\n"}
    ),
    "No printer is named, and this computer has no default one; the printers are: {names}.": asked(
        {"lpstat -r": "scheduler is running\nno system default destination\nClinic\n"}, printer=None
    ),
    "This computer knows no printer {printer}: {rest}": asked({"lpstat -r": READY}, printer="Clinix"),
    "The printer {printer} is stopped. Nothing was sent to it.": asked(STOPPED),
    "The printer {printer} is stopped: {reason}. Nothing was sent to it.": asked(
        {**STOPPED, "lpstat -pClinic": "printer Clinic disabled\n\tPaper jam\n"}
    ),
    "The printer {printer} takes no jobs. Nothing was sent to it.": asked(BUSY),
    "The printer {printer} takes no jobs: {reason}. Nothing was sent to it.": asked(
        {**BUSY, "lpstat -aClinic": "Clinic not accepting\n\tFor repair\n"}
    ),
    "The printer {printer} has no {paper} paper, which the sheet is laid out for. It has: {sizes}.": asked(
        ABLE
    ),
    "The printer {printer} cannot print on both sides. Ask for one side.": asked(
        ABLE, paper="letter", sides="two-sided-long-edge"
    ),
    "{printer} did not take the sheet: {reason}.": asked(
        {"lpstat -r": READY, "!lp": "lp: Error - Paper is out."}, paper="letter"
    ),
    "{job} is no print job's id, which looks like Clinic-12.": lambda *_: job_state("gone"),
    (
        "The print service (CUPS) of this computer does not answer. Start it (systemctl start cups), then "
        "print again."
    ): asked({}),
    "The print service did not answer within {seconds} seconds ({command}).": no_program(
        subprocess.TimeoutExpired("lpstat", 20)
    ),
    (
        "The print service did not answer within {seconds} seconds ({command}). The sheet may still come "
        "out: look at the printer first."
    ): no_program(subprocess.TimeoutExpired("lp", 120), "lp"),
    (
        "This computer has no {command} command to print with. On Debian or Ubuntu: apt-get install "
        "cups-client"
    ): no_program(FileNotFoundError()),
    "{command} could not be run: {reason}.": no_program(PermissionError(errno.EACCES, "Permission denied")),
    "CUPS does not say where it can be asked.": lambda _, patch: [
        patch.setattr(cups, "command", lambda *_: SimpleNamespace(stdout="")),
        cups.job_report(1),
    ],
    "CUPS does not tell the job's state: {error}.": lambda _, patch: [
        patch.setattr(cups, "command", lambda *_: SimpleNamespace(stdout="/nowhere/cups.sock\n")),
        cups.job_report(1),
    ],
    (
        "On Windows a printer cannot be asked for this from here: {wishes}. Set it in the printer's own "
        "settings, or print the PDF from its viewer."
    ): lambda *_: windowsprinter.refuse_what_cannot_be_said("two-sided", 2, grey=True),
    "A printer's name has no quotation mark in it.": lambda *_: windowsprinter.print_pdf(b"", '"'),
    FOLDING: said(FOLDING),
    COST: said(COST),
    "{path} could not be written: {reason}. Nothing was changed.": unwritable(errno.ENOSPC),
    "No space left on device": said(os.strerror(errno.ENOSPC)),
    "Permission denied": said(os.strerror(errno.EACCES)),
    "Read-only file system": said(os.strerror(errno.EROFS)),
    "database or disk is full": said("database or disk is full"),  # SQLite's own words
    "{path} cannot be used: {reason}. The environment variable HANDOUTS_STATE names another folder.": (
        no_ledger
    ),
    "{path} is of version {version}, and this program knows {known}: install a newer one": other_version,
    "{path} was deleted or replaced while it was in use. Nothing more is sent.": replaced,
    "this is not the hash of a text": lambda *_: hash_range("gone"),
    "the password for the PDF has a control character, such as a tab or the end of a line": lambda *_: (
        check_password("1234567\t")
    ),
    (
        "the password for the PDF has a character that a phone may type differently, such as a letter with "
        "an accent"
    ): lambda *_: check_password("contraseña"),
    "the password for the PDF begins or ends with a space, which nobody sees": lambda *_: check_password(
        " 12345678"
    ),
    "the password for the PDF has fewer than {least} characters": lambda *_: check_password("1234567"),
    "the password for the PDF has more than {most} characters": lambda *_: check_password("1" * 128),
    "no preference of this patient for plain email is recorded": preference(),
    "this patient said no to email on {day}": preference("none"),
    "this patient accepts only email protected by a password, as of {day}": preference("protected"),
    "the preference recorded for this patient is for another address": preference(
        "plain", reference="EX-1", earlier="other@example.org"
    ),
    "the preference recorded for this address is another patient's": preference("plain", reference="EX-2"),
    "what is recorded for this address was said later, on {day}": preference(
        "none", now=preferences.Preference("plain", DAY - dt.timedelta(days=1), "00000000", "Desk")
    ),
    "the same sheets for this patient are in the outbox already: message {number}": in_outbox(
        State.WAITING, twins
    ),
    "the same sheets for this patient just went to this address: message {number}": in_outbox(
        State.SENT, twins
    ),
    "{file} does not say how to send email": lambda clinic, _: read_post(places_of(clinic), "en"),
    "{file} names no mail server": lambda clinic, _: sending.server_of(
        read_post(places_of(clinic, new=MAIL), "en").mail, clinic
    ),
    "HANDOUTS_SMTP_PASSWORD is set, but not to one line of text: set it anew, or unset it": environment(
        passwords.PASSWORD
    ),
    "HANDOUTS_SMTP_PASSWORD_FILE is set, but names no file: set it anew, or unset it": environment(
        passwords.PASSWORD_FILE
    ),
    "the password's file {path} cannot be read: {reason}": server_password(),
    "the password's file {path} can be read or changed by others than its owner: {command}": server_password(
        "secret", 0o644
    ),
    "the password's file {path} is not UTF-8 text: save it anew as UTF-8": server_password(raw=b"\xff"),
    "the password's file {path} is empty: write the password on its only line": server_password(""),
    "the password's file {path} has more than the password's one line in it": server_password("a\nb"),
    "there is no password for the mail server: it is not in the keyring: {rest}": keyring(),
    "there is no password for the mail server: this computer has no keyring: {rest}": keyring(
        "NoKeyringError"
    ),
    "there is no password for the mail server: the keyring could not be read ({kind}): {rest}": keyring(
        "KeyringLocked"
    ),
    "there is no message {number}": in_outbox(
        State.SENT, lambda ledger, number: outbox.get(ledger, number + 1)
    ),
    "message {number} is {reason}: that cannot be changed": in_outbox(
        State.HANDING_OVER, lambda ledger, number: decide(ledger, [number], State.CANCELLED)
    ),
    "message {number} has been purged: nothing is left to send": in_outbox(State.FAILED, purged),
    "its text was good until {day}: make it anew": may_not_go("plain", "2026-11-01"),
    "the patient said no to email on {day}": may_not_go("none"),
    "the patient said no to email without a password on {day}": may_not_go("protected"),
    "given up after {days} days: {reason}": in_outbox(State.SENDING, given_up),
    outbox.INTERRUPTED: in_outbox(State.SENDING, recovered),
    outbox.NOBODY_KNOWS: in_outbox(State.HANDING_OVER, recovered),
    "the address has a character that cannot stand in one": envelope(b"", "b c@example.org"),
    "the message is too big: it has {size} MB, and the server takes {most} MB at most": envelope(
        b"..", size="1"
    ),
    "the server cannot send to an address with letters other than a to z (no SMTPUTF8)": envelope(
        b"", "ñ@example.org"
    ),
    "the server takes only messages in plain ASCII (no 8BITMIME)": envelope("ñ".encode()),
    "it is not a PEM file": said("it is not a PEM file"),
    "the file of certificates, {path}, cannot be used: {reason}": server_is(
        security="tls", certificates="clinic.yaml"
    ),
    "the mail server refused the connection: it is not running, or `port` is wrong": server_is(),
    "the server gave no answer after the whole message was sent: the server may have it, or not": at_the_end(
        TimeoutError()
    ),
    "the connection broke off after the whole message was sent: the server may have it, or not": at_the_end(
        ConnectionError()
    ),
    **{
        f"the server refused the {whom} ({{code}})": said(in_words(Reply(500), stage))
        for stage, whom in smtpreplies._OBJECTS.items()
    },
}
"""What provokes each message."""


def provoked(provoke: Provoke, clinic: Path, patch: pytest.MonkeyPatch) -> Iterator[Problem]:
    """Yield what the program says, as its errors carry it."""
    try:
        for words in provoke(clinic, patch) or ():  # type: ignore[attr-defined]
            yield Problem(words)
    except WrongDetails as error:
        yield from (Problem(each.message, None, each.hint) for each in error.wrong)
    except WrongText as error:
        yield Problem(error.message, None, error.hint)
    except ProblemsFound as error:
        yield from error.problems
    except HandoutError as error:
        yield Problem(str(error))


@pytest.mark.parametrize("match", sorted(PROVOKED))
def test_what_the_program_says_is_found(
    match: str, clinic: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HANDOUTS_STATE", str(tmp_path / "state"))
    with monkeypatch.context() as patch:
        problems = list(provoked(PROVOKED[match], clinic, patch))
    assert problems
    hits = {entry.match: problem for problem in problems if (entry := entry_of(problem.message))}
    assert match in hits, [problem.message for problem in problems]
    for language in ("en", "es"):
        text = told_problem(hits[match], language)
        assert text.language == language
        assert not re.search(r"\{|\}|`|\.yaml", text.text), text


def entry_of(message: str) -> plain.Entry | None:
    """Return the entry for a message, as ``told`` finds it."""
    first = message.partition("\n")[0].strip()
    prefix = plain._PREFIX.match(first)
    found = plain.find(first) or (plain.find(first[prefix.end() :]) if prefix else None)
    return found[0] if found else None


@cache
def constants() -> dict[Path, str]:
    """Return all texts in each module of the program but this one."""
    return {
        path: "\n".join(
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
        for path in PACKAGE.rglob("*.py")
        if path.name != "plain.py"
    }


def fragments(match: str) -> list[str]:
    """Return the words of a message between its open places; a sentence may be put together of parts."""
    pieces = re.split(r"\{[a-z_]+\}|`|[.:;,()\[\]] ?|\{[a-z]+\.", match)
    return [piece.strip() for piece in pieces if re.search("[a-z]{2}", piece)]


@pytest.mark.parametrize("match", sorted(ENTRIES.keys() - PROVOKED.keys()))
def test_what_is_not_provoked_stands_in_the_source(match: str) -> None:
    parts = fragments(match)
    assert parts
    assert [path for path, words in constants().items() if all(part in words for part in parts)], parts


def sample(match: str) -> str:
    """Return a message with a word in each open place."""
    return plain._NAMED.sub("x", match)


@pytest.mark.parametrize("match", sorted(ENTRIES))
def test_no_entry_takes_the_message_of_another(match: str) -> None:
    found = plain.find(sample(match))
    assert found
    assert found[0].match == match
    if plain.REASON not in plain._NAMED.findall(match):
        return
    whole = match.startswith("{reason}")  # of the mail server alone
    inside = "the (server|mail|connection)|it |this address"
    inside += "" if whole else "|the (sign-off|clinic)|nobody|another|No space|Permission|Read-only"
    reasons = [key for key in ENTRIES if re.match(inside, key) and "{reason}" not in key]
    assert len(reasons) > 50
    for reason in (*reasons, "it broke off; nothing was sent", *State):
        found = plain.find(sample(match.replace("{reason}", sample(reason).rstrip("."))))
        assert found
        assert found[0].match == match, reason


def test_everything_provoked_is_in_the_catalogue() -> None:
    assert PROVOKED.keys() - ENTRIES.keys() == set()


@pytest.mark.parametrize("match", sorted(ENTRIES))
def test_each_entry_is_plain_in_both_languages(match: str) -> None:
    entry = ENTRIES[match]
    for words in (entry.en, entry.es):
        assert not re.search(r"`|--|\.ya?ml|HANDOUTS_|CUPS|SMTP|TLS|chmod|pip |\bnull\b", words), words
        assert len(words) <= 260
        assert {*plain._NAMED.findall(words)} <= {*plain._NAMED.findall(match)}
    assert entry.en != entry.es
    spanish = r"[áéíóúñ¿¡]|\b(el|los|las|una|que|del|con|por|para|está|hoja|correo)\b"
    english = r"\b(the|and|is|not|has|this|that|with|it|sheet|email|please|of)\b"
    assert not re.search(spanish, entry.en.replace("ñ or é", "")), entry.en
    assert not re.search(english, re.sub(r"\{[a-z_]+\}", "", entry.es), re.IGNORECASE), entry.es


def test_staff_are_addressed_as_usted() -> None:
    familiar = r"\b(tú|tu|tus|ti|te|haz|escribe|revisa|elige|pon|pregunta|(?<!En )espera|prueba|avisa)\b"
    assert [entry.es for entry in ENTRIES.values() if re.search(familiar, entry.es, re.IGNORECASE)] == []


def test_every_reply_of_a_mail_server_is_said_in_spanish() -> None:
    details = [f"{subject}.{detail}" for subject in range(8) for detail in range(30)]
    replies = [Reply(code) for code in (*range(420, 460), *range(500, 560))]
    replies += [
        Reply(code, f"{str(code)[0]}.{detail}") for code in (450, 550, 552, 554) for detail in details
    ]
    missing = {
        re.sub(r" \(\d.*", "", message)
        for reply in replies
        for stage in smtpreplies._OBJECTS
        if told(message := in_words(reply, stage), "es").language != "es"
    }
    assert missing == set()


def test_every_state_has_a_label() -> None:
    from handoutpress.delivery.printer import _STATES, SENT
    from handoutpress.delivery.records import BEGUN
    from handoutpress.delivery.windowsprinter import HANDED_OVER
    from handoutpress.dispatch.recording import FAILED
    from handoutpress.dispatch.saving import SAVED, SAVED_DRAFT, WRITTEN

    states = [*State, *_STATES.values(), SENT, HANDED_OVER, BEGUN, FAILED, SAVED, SAVED_DRAFT, WRITTEN]
    assert [state for state in states if told(state, "es").language != "es"] == []


def test_certificates_and_errors_of_a_connection_are_all_known() -> None:
    said = (*smtpopening._CERTIFICATE_SAID.values(), smtpopening._UNKNOWN_AUTHORITY)
    assert [words for words in said if told(words, "es").language != "es"] == []
    assert told_error(MailError("the connection broke off"), "es")[0].language == "en"


def test_an_unknown_message_is_shown_as_it_is_and_marked() -> None:
    assert told("the moon is full", "es", "wait for another day") == Told(
        "The moon is full. Wait for another day.", "en"
    )
    assert told("the moon is full\n    wait!", "es").text == "The moon is full. Wait!"
    assert told("the moon is full", "en").language == "en"
    assert told("has no @", "fr").language == "en"


def test_a_sheets_own_problem_names_its_file_and_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "handouts" / "topic" / "a-sheet.es.yaml"
    problem = Problem("grade 9 is too high", Place(file, 12, 3), "use shorter words")
    where = "In handouts/topic/a-sheet.es.yaml, line 12"
    assert told_problem(problem, "es") == Told(f"{where}: Grade 9 is too high. Use shorter words.", "en")
    known = Problem('"summary": has more than 200', Place(file, 4, 3))
    assert told_problem(known, "es").text.startswith("En handouts/topic/a-sheet.es.yaml, línea 4: Esto es")
    late = Problem("this text had to be reviewed by 2026-01-01", Place(file, 4, 3))
    assert told_problem(late, "en").link == "sheets/a-sheet"
    assert "In " not in told_problem(late, "en").text


def test_a_problem_of_the_clinic_leads_to_its_field(tmp_path: Path) -> None:
    place = Place(tmp_path / "clinic.es.yaml", 3, 1)
    wrong = told_problem(Problem('"after_hours": has more than 160', place), "en")
    assert wrong == Told(
        "This is too long: 160 is the most. Make it shorter.", "en", "", "clinic#after_hours"
    )
    # The same words as for a patient's address, but about a file.
    assert told_problem(Problem("has no @", place), "es").field == ""
    assert told("has no @", "es").field == "to"


def test_an_unset_slot_leads_to_its_question() -> None:
    said = "`{{protocol.{}}}` is not set, and a blank here could hurt somebody (Label)"
    hint = "add `{}:` under `protocol:`, `microneedling:` in clinic.es.yaml"
    for name in ("allergy_signs", "other_rule"):
        link = told(said.format(name), "es", hint.format(name)).link
        assert link == f"clinic#protocol.microneedling.{name}"
    assert told(said.format("other_rule"), "es").link == "clinic"


def test_a_reason_within_a_message_is_said_in_the_same_language() -> None:
    why = "the server did not answer within 60 seconds; nothing was sent"
    assert told(why, "es").text.endswith("se intentará otra vez. El servidor de correo no respondió.")
    stopped = "The printer `Front` is stopped: Paper jam. Nothing was sent to it."
    assert told(stopped, "en").text.endswith("It says: Paper jam.")
    assert told(stopped, "es").text.endswith("o elija otra.")
    assert told("message 5 is sent: that cannot be changed", "es").text.endswith("Su estado: Enviado.")


def test_an_error_with_its_hint_on_a_line_of_its_own() -> None:
    with pytest.raises(HandoutError) as caught:
        check_password("short")
    (found,) = told_error(caught.value, "es")
    assert (found.field, found.language) == ("password", "es")


def test_problems_found_are_told_one_by_one() -> None:
    found = ProblemsFound([Problem("has no @"), Problem("has no @", hint="x"), Problem("has a space in it")])
    assert len(told_error(found, "en")) == 2


BROKEN = {
    "problems:\n- {match: abc, en: A}": '"es" is missing',
    "problems:\n- {match: abc, en: A, es: B, other: C}": 'unknown key "other"',
    "problems:\n- {match: 'abc {x}', en: '{y}', es: B}": "nothing fills y",
    "problems:\n- {match: 'abc {reason}', en: '{reason} A', es: B}": "a reason stands at the end",
    "problems:\n- {match: '{x} abc {x}', en: A, es: B}": "a name stands twice",
    "problems:\n- {match: abc, en: A, es: B, field: gone}": "`gone` is not one of",
    "problems:\n- {match: abc, en: A, es: B, link: elsewhere}": "is not written as expected",
    "problems:\n- &a {match: abc, en: A, es: B}": "anchors",
    "problems:\n- {match: abc, en: A, es: B}\n- {match: abc, en: A, es: B}": "an entry already",
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_catalogue_that_is_wrong_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "problems.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProblemsFound, match=re.escape(BROKEN[text])):
        plain.catalogue(path)
