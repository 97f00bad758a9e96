"""``records`` and ``preference``: who got which text and how, and what each patient said about email."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest

from tests.batches import made, text
from tests.conftest import ROOT
from tests.posting import ABOUT, ADDRESS, AFTERCARE, Desk, copied, read_csv, rows_in, words_of

OTHER, SPY = "other@example.net", "spy@example.com"


def listed(desk: Desk, *words: str) -> list[dict[str, str]]:
    """Return what ``records --json`` prints."""
    ran = desk("records", "--json", *words)
    assert (ran.status, ran.err) == (0, ""), ran.err
    found: list[dict[str, str]] = json.loads(ran.out)
    return found


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """Return the desk with somebody at it who has a name."""
    desk.env["HANDOUTS_OPERATOR"] = "front desk"
    return desk


class TestRecords:
    def test_each_way_to_deliver_leaves_its_own(self, desk: Desk, tmp_path: Path) -> None:
        rows = rows_in(tmp_path, "name,email,reference", "Bo Example,bo@example.net,EX-2")
        for words in (
            ("make", AFTERCARE, "-o", tmp_path / "a.pdf", "--name", "Ann Example", "--reference", "EX-1"),
            ("make", AFTERCARE, "-o", tmp_path / "d.pdf", "--draft"),
            ("packet", AFTERCARE, ABOUT, "-o", tmp_path / "p.pdf"),
            ("batch", rows, "--handout", AFTERCARE, "-o", tmp_path / "copies"),
            ("batch", rows, "--handout", AFTERCARE, "--email"),
            ("email", AFTERCARE, "--to", ADDRESS, "--yes", "--draft", tmp_path / "m.eml"),
        ):
            ran = desk(*words)
            assert ran.status == 0, ran.err
        found = listed(desk)
        assert [(one["channel"], one["outcome"], one["sheet"], one["reference"]) for one in found] == [
            ("file", "saved", AFTERCARE, "EX-1"),
            ("file", "saved as a draft", AFTERCARE, None),
            ("file", "saved", AFTERCARE, None),
            ("file", "saved", ABOUT, None),
            ("file", "saved", AFTERCARE, "EX-2"),
            ("email", "sent", AFTERCARE, "EX-2"),
            ("email file", "written", AFTERCARE, None),
        ]
        now = dt.datetime.now(dt.UTC)
        for one in found:
            assert (one["operator"], one["version"], one["language"]) == ("front desk", "1.0", "en")
            assert re.fullmatch("[0-9a-f]{64}", one["text_hash"])
            assert dt.timedelta() <= now - dt.datetime.fromisoformat(one["at"]) < dt.timedelta(minutes=2)
        table = desk("records")
        lines = table.out.splitlines()
        assert len(lines) == 7
        assert table.err == "7 records.\n"
        assert lines[0].endswith(f"{AFTERCARE} 1.0 en standard  file saved  front desk  (EX-1)")
        assert found[0]["text_hash"][:8] in lines[0]
        as_csv = read_csv(desk("records", "--csv").out)
        assert as_csv == [
            {key: "" if value is None else str(value) for key, value in one.items()} for one in found
        ]
        for said in (table.out, json.dumps(found), str(as_csv)):
            assert not re.search(r"Example|@|\.pdf|\.eml", said), "a name, an address or a file's name"

        def numbers(*words: str) -> list[int]:
            return [int(one["number"]) for one in listed(desk, *words)]

        assert numbers("--sheet", ABOUT) == [4]
        assert numbers("--reference", "EX-2") == [5, 6]
        assert numbers("--reference", "EX-2", "--sheet", ABOUT) == []
        today = now.date()
        for days, count in (
            (("--since", today.isoformat()), 7),
            (("--until", today.isoformat()), 7),
            (("--since", (today + dt.timedelta(1)).isoformat()), 0),
            (("--until", (today - dt.timedelta(1)).isoformat()), 0),
        ):
            assert len(numbers(*days)) == count, days

    def test_who_got_the_old_text_is_found_by_the_digits_on_their_page(
        self, desk: Desk, tmp_path: Path
    ) -> None:
        def make(name: str, *words: str) -> str:
            desk.bytes_of(tmp_path / f"{name}.pdf", "make", AFTERCARE, *words)
            (digits,) = set(re.findall(r"Text ([0-9a-f]{8})\b", text(tmp_path / f"{name}.pdf")))
            return str(digits)

        old = make("old", "--reference", "EX-1")
        assert make("same", "--reference", "EX-2") == old
        desk.change("(555) 555-0100", "(555) 555-0111")
        phone = make("phone", "--reference", "EX-3")
        copied(desk.clinic, AFTERCARE, "Keep your treated skin clean", "Keep the treated skin clean")
        sheet = make("sheet", "--reference", "EX-4")
        assert len({old, phone, sheet}) == 3
        for digits, references in ((old, ["EX-1", "EX-2"]), (phone, ["EX-3"]), (sheet.upper(), ["EX-4"])):
            assert [one["reference"] for one in listed(desk, "--text-hash", digits)] == references
        whole = listed(desk, "--reference", "EX-1")[0]["text_hash"]
        assert whole.startswith(old)
        assert len(listed(desk, "--text-hash", whole)) == 2
        assert listed(desk, "--text-hash", "00000000") == []

    @pytest.mark.parametrize(
        ("words", "status", "said"),
        [
            (("--text-hash", "1a2b3c"), 1, "--text-hash: this is not the hash of a text"),
            (("--text-hash", "1a2b3c4g"), 1, "8 to 64 digits"),
            (("--since", "03/04/2026", "--until", "soon"), 1, "--until: `soon` is not a date"),
            (("--csv", "--json"), 2, "--csv and --json are two ways to print"),
        ],
    )
    def test_a_search_that_is_none_is_told(
        self, desk: Desk, words: tuple[str, ...], status: int, said: str
    ) -> None:
        ran = desk("records", *words)
        assert (ran.status, ran.out) == (status, "")
        assert said in ran.err

    def test_what_cannot_be_recorded_is_not_delivered(self, desk: Desk, tmp_path: Path) -> None:
        state = tmp_path / "a file"
        state.write_text("not a folder", encoding="utf-8")
        desk.env["HANDOUTS_STATE"] = str(state)
        out = tmp_path / "out"
        rows = rows_in(tmp_path, "email", "bo@example.net")
        for words in (
            ("make", AFTERCARE, "-o", out / "a.pdf"),
            ("batch", rows, "--handout", AFTERCARE, "-o", out),
            ("batch", rows, "--handout", AFTERCARE, "--email"),
            ("email", AFTERCARE, "--to", ADDRESS, "--yes", "--draft", out / "m.eml"),
            ("email", AFTERCARE, "--to", ADDRESS, "--yes"),
        ):
            ran = desk(*words)
            assert (ran.status, ran.out) == (1, ""), words
            assert ran.err.startswith(f"{state}/")
            assert "ledger.sqlite3 cannot be used" in ran.err
            assert "HANDOUTS_STATE" in ran.err
        assert made(out) == []
        assert desk.received == []
        assert state.read_text(encoding="utf-8") == "not a folder"

    def test_a_file_that_cannot_be_written_is_a_delivery_that_failed(
        self, desk: Desk, tmp_path: Path
    ) -> None:
        (tmp_path / "a.pdf").mkdir()
        ran = desk("make", AFTERCARE, "-o", tmp_path / "a.pdf", "--reference", "EX-1")
        assert (ran.status, ran.out) == (1, "")
        assert [(one["reference"], one["outcome"]) for one in listed(desk)] == [("EX-1", "failed")]


class TestPreferences:
    def said(self, desk: Desk, *words: str, to: str = ADDRESS) -> list[str]:
        ran = desk("preference", "--to", to, "--yes", *words)
        assert (ran.status, ran.err) == (0, ""), ran.err
        return ran.out.splitlines()

    @pytest.mark.parametrize("language", ["en", "es"])
    def test_the_words_to_ask_with(self, desk: Desk, language: str) -> None:
        ran = desk("preference", "--wording", "--language", language)
        words, blank, version = ran.out.splitlines()
        shipped = (ROOT / "templates" / "email" / f"{language}.yaml").read_text(encoding="utf-8")
        assert words in " ".join(shipped.split())
        assert len(words) > 200
        assert (ran.status, blank) == (0, "")
        digits = version.removeprefix("Version ")
        assert re.fullmatch("[0-9a-f]{8}", digits)
        told = self.said(desk, "--accepts", "plain", "--language", language, "--asked-on", "2026-11-20")
        assert told == [
            "accepts   plain email",
            f"asked on  2026-11-20, with wording {digits}",
            "taken by  front desk",
        ]

    def test_none_is_recorded_and_a_day_to_come_is_none(self, desk: Desk) -> None:
        assert self.said(desk) == ["Nothing is recorded for this address."]
        ran = desk("preference", "--to", ADDRESS, "--yes", "--accepts", "plain", "--asked-on", "2026-11-25")
        assert (ran.status, "this day is still to come" in ran.err) == (1, True)
        assert self.said(desk) == ["Nothing is recorded for this address."]

    def refused(self, desk: Desk, said: str, *words: object, to: str = ADDRESS) -> None:
        before = len(desk.received), len(desk.outbox)
        ran = desk.email(AFTERCARE, *words, to=to)
        assert (ran.status, ran.out) == (1, "")
        assert said in ran.err
        assert (len(desk.received), len(desk.outbox)) == before

    def test_where_it_is_required(self, desk: Desk, tmp_path: Path) -> None:
        desk.change("preference: not-required", "preference: required")
        self.refused(desk, "no preference of this patient for plain email is recorded")
        password = tmp_path / "password.txt"
        password.touch(0o600)
        password.write_text("blue-horse-42", encoding="utf-8")
        desk.sent(AFTERCARE, "--password-file", password)
        desk.sent(AFTERCARE, "--accepts-plain-email", "--taken-by", "Nurse")
        assert self.said(desk)[0::2] == ["accepts   plain email", "taken by  Nurse"]
        desk.sent(AFTERCARE, to="PAT.DOE@example.net")
        self.refused(desk, "no preference of this patient for plain email is recorded", to=OTHER)

    def test_what_a_patient_said_counts_where_it_is_not_required(self, desk: Desk, tmp_path: Path) -> None:
        password = tmp_path / "password.txt"
        password.touch(0o600)
        password.write_text("blue-horse-42", encoding="utf-8")
        desk.sent(AFTERCARE)
        self.said(desk, "--accepts", "protected", "--reference", "EX-1")
        self.refused(desk, "this patient accepts only email protected by a password, as of 2026-11-24")
        desk.sent(AFTERCARE, "--password-file", password)
        self.said(desk, "--accepts", "none")
        self.refused(desk, "this patient said no to email on 2026-11-24", "--password-file", password)
        # The same patient with another address: a slip, till somebody asked.
        self.refused(
            desk, "recorded for this patient is for another address", "--reference", "EX-1", to=OTHER
        )
        desk.sent(AFTERCARE, "--reference", "EX-1", "--accepts-plain-email", to=OTHER)
        desk.sent(AFTERCARE, "--reference", "EX-1", to=OTHER)

    def test_an_answer_without_its_question_is_refused(self, desk: Desk) -> None:
        ran = desk.email(AFTERCARE, "--taken-by", "Nurse")
        assert (ran.status, "go with --accepts-plain-email" in ran.err) == (2, True)
        desk.nothing_went()

    def test_neither_address_nor_name_is_kept_in_the_ledger(self, desk: Desk) -> None:
        self.said(desk, "--accepts", "plain", "--reference", "EX-1")
        files = (path for path in Path(desk.env["HANDOUTS_STATE"]).rglob("*") if path.is_file())
        kept = b"".join(path.read_bytes() for path in files)
        assert b"EX-1" in kept
        assert b"pat.doe" not in kept

    def test_who_asked_and_the_reference_reach_no_header(self, desk: Desk) -> None:
        reference = f'=HYPERLINK("http://x/?{SPY}")'
        message = desk.sent(
            AFTERCARE,
            *("--accepts-plain-email", "--taken-by", f"Desk\r\nBcc: {SPY}"),
            *("--reference", reference, "--note", f"A note\r\nBcc: {SPY}"),
        )
        plain, html = words_of(message)
        head = desk.received[0].content.partition(b"\r\n\r\n")[0].decode()
        assert SPY not in head + plain + html
        told = desk("preference", "--to", ADDRESS, "--yes").out.splitlines()
        assert told[-1] == f"taken by  Desk Bcc: {SPY}"
        (row,) = read_csv(desk("records", "--csv").out)
        assert row["reference"] == f"'{reference}"

    @pytest.mark.parametrize("text", ["\x1b[31mDesk", "De\u202esk"])
    def test_who_asked_has_no_hidden_characters(self, desk: Desk, text: str) -> None:
        ran = desk.email(AFTERCARE, "--accepts-plain-email", "--taken-by", text)
        assert (ran.status, "--taken-by: has a " in ran.err) == (1, True)
        desk.nothing_went()
