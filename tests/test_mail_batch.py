"""``batch --email`` as a person runs it: all rows checked before any is sent, and none sent twice."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.posting import ABOUT, AFTERCARE, Desk, files_of, message_in, rows_in

if TYPE_CHECKING:
    from pathlib import Path


HEADER = "name,email,reference"
ANN, BO, CY = (
    f"{name} Example,{name.lower()}@example.net,EX-{n}" for n, name in enumerate(("Ann", "Bo", "Cy"))
)


def recipients(desk: Desk) -> list[str]:
    """Return who got a message, each alone."""
    assert all(len(taken.rcpt_tos) == 1 for taken in desk.received)
    return [taken.rcpt_tos[0] for taken in desk.received]


class TestOneMessageARow:
    def test_each_gets_their_own_copy_in_their_language_and_edition(self, desk: Desk, tmp_path: Path) -> None:
        rows = rows_in(
            tmp_path,
            f"{HEADER},handout,language,edition,note",
            f"{ANN},,,,Use the gel.",
            f"{BO},{ABOUT},es,large-print,",
            f"{CY},,en,large-print,",
        )
        ran = desk.batch(rows)
        assert ran.status == 0, ran.err
        assert [line.split() for line in ran.out.splitlines()] == [
            ["1", "sent"],
            ["2", "sent"],
            ["3", "sent"],
        ]
        assert "3 messages put into the outbox.\n" in ran.err
        assert ran.err.endswith("3 sent.\n")
        assert ran.err.count("no qualified translator has checked this translation yet") == 1
        assert recipients(desk) == ["ann@example.net", "bo@example.net", "cy@example.net"]
        first, second, third = (message_in(taken.content) for taken in desk.received)
        assert len({message["Message-ID"] for message in (first, second, third)}) == 3
        assert [message["Content-Language"] for message in (first, second, third)] == ["en", "es", "en"]
        made = {
            "ann": (
                "make",
                AFTERCARE,
                "--name",
                "Ann Example",
                "--reference",
                "EX-0",
                "--note",
                "Use the gel.",
            ),
            "bo": ("make", ABOUT, "--name", "Bo Example", "--reference", "EX-1", "--language", "es"),
        }
        ann = desk.bytes_of(tmp_path / "ann.pdf", *made["ann"])
        assert files_of(first) == {"information.pdf": ann}
        bo = desk.bytes_of(tmp_path / "bo.pdf", *made["bo"], "--edition", "large-print")
        assert files_of(second) == {"informacion.pdf": bo}
        mailed = [
            (one.sheet, one.language, one.edition, one.reference, one.outcome) for one in desk.records[:3]
        ]
        assert mailed == [
            (AFTERCARE, "en", "standard", "EX-0", "sent"),
            (ABOUT, "es", "large-print", "EX-1", "sent"),
            (AFTERCARE, "en", "large-print", "EX-2", "sent"),
        ]

    @pytest.mark.parametrize(
        ("cells", "encoding"),
        [(";", "utf-8-sig"), ("\t", "utf-16")],
        ids=["semicolons", "utf-16"],
    )
    def test_a_spreadsheets_own_table(self, desk: Desk, tmp_path: Path, cells: str, encoding: str) -> None:
        lines = (
            line.replace(",", cells) for line in ("name,email,reference", "Zoë Example,zoe@example.net,EX-1")
        )
        ran = desk.batch(rows_in(tmp_path, *lines, encoding=encoding))
        assert ran.status == 0, ran.err
        assert recipients(desk) == ["zoe@example.net"]
        made = desk.bytes_of(
            tmp_path / "zoe.pdf", "make", AFTERCARE, "--name", "Zoë Example", "--reference", "EX-1"
        )
        assert files_of(message_in(desk.received[0].content)) == {"information.pdf": made}


class TestWrongRows:
    def table(self, folder: Path) -> Path:
        return rows_in(
            folder,
            f"{HEADER},visit,handout,language",
            f"{ANN},,,",
            f"{BO},,,",
            "Di Example,,EX-3,,,",
            "Ed Example,ed@@example.net,EX-4,,,",
            "Flo Example,flo@example.net,EX-5,03/04/2026,,",
            "Gus Example,gus@example.net,EX-6,,microneedling-abuot,",
            "Hal Example,hal@example.net,EX-7,,,xx",
            f"{ANN},,,",
            "मेरा Example,ida@example.net,EX-8,,,",
            "Jo Example,jo@example.net",
        )

    TOLD = {
        4: "the row has no email address",
        5: '"email": has more than one @',
        6: "`03/04/2026` can be read two ways",
        7: "there is no handout named `microneedling-abuot`",
        8: f"{AFTERCARE} is not there in language `xx`",
        9: "line 2 asks for the same message to the same address",
        10: "no font covers",
        11: "this row has 2 cells, and the header has 6",
    }

    def all_told(self, rows: Path, err: str) -> None:
        for line, said in self.TOLD.items():
            assert any(row.startswith(f"{rows}:{line}:") and said in row for row in err.splitlines()), said
        for line in (2, 3):
            assert f"{rows}:{line}:" not in err

    def test_one_of_them_and_nothing_goes_till_they_are_mended_or_left_out(
        self, desk: Desk, tmp_path: Path
    ) -> None:
        rows = self.table(tmp_path)
        ran = desk.batch(rows)
        assert (ran.status, ran.out) == (1, "")
        self.all_told(rows, ran.err)
        assert "8 rows are wrong. Nothing was put into the outbox." in ran.err
        assert "--skip-wrong-rows" in ran.err
        desk.nothing_went()
        ran = desk.batch(rows, "--skip-wrong-rows")
        assert ran.status == 1
        self.all_told(rows, ran.err)
        assert "2 messages put into the outbox; 8 rows are wrong and left out." in ran.err
        assert recipients(desk) == ["ann@example.net", "bo@example.net"]
        assert desk.states == ["sent", "sent"]

    def test_the_last_row_alone_is_enough(self, desk: Desk, tmp_path: Path) -> None:
        rows = rows_in(tmp_path, HEADER, ANN, BO, "Di Example,,EX-3")
        ran = desk.batch(rows)
        assert (ran.status, ran.out) == (1, "")
        assert "1 row is wrong. Nothing was put into the outbox." in ran.err
        desk.nothing_went()

    def test_a_table_that_breaks_on_the_way_sends_nothing(self, desk: Desk, tmp_path: Path) -> None:
        rows = rows_in(tmp_path, HEADER, ANN, '"Bo Example,bo@example.net,EX-1')
        ran = desk.batch(rows)
        assert (ran.status, f"{rows}:3:" in ran.err) == (1, True)
        desk.nothing_went()
        for words, said in ((("x,y",), "names no column"), ((HEADER, ANN), "unknown")):
            head, *others = words
            wrong = rows_in(tmp_path, head.replace("reference", "referense"), *others)
            ran = desk.batch(wrong)
            assert (ran.status, said in ran.err) == (1, True), ran.err
        desk.nothing_went()

    def test_patients_who_have_not_agreed_are_wrong_rows(self, desk: Desk, tmp_path: Path) -> None:
        desk.change("preference: not-required", "preference: required")
        for name, accepts in (("ann", "plain"), ("cy", "none")):
            words = ("--to", f"{name}@example.net", "--yes", "--accepts", accepts, "--taken-by", "Front desk")
            assert desk("preference", *words).status == 0
        rows = rows_in(tmp_path, HEADER, ANN, BO, CY)
        ran = desk.batch(rows)
        assert ran.status == 1
        assert f"{rows}:3: no preference of this patient for plain email is recorded" in ran.err
        assert f"{rows}:4: this patient said no to email on 2026-11-24" in ran.err
        assert f"{rows}:2:" not in ran.err
        for option in ("--accepts-plain-email", "--password-file"):
            assert option not in ran.err, f"`batch` has no {option}"
        desk.nothing_went()

    def test_what_does_not_print_sends_nothing(self, desk: Desk, tmp_path: Path) -> None:
        desk.change("mail: {", "require_sign_off: true\nmail: {")
        ran = desk.batch(rows_in(tmp_path, HEADER, ANN, BO, CY))
        assert (ran.status, ran.out) == (1, "")
        assert ran.err.count("this clinic prints signed-off sheets only") == 1, (
            "told once, not with every row"
        )
        desk.nothing_went()


class TestTheSameAgain:
    def test_nothing_goes_twice_and_a_mended_table_sends_what_is_new(
        self, desk: Desk, tmp_path: Path
    ) -> None:
        assert desk.batch(rows_in(tmp_path, HEADER, ANN, BO)).status == 0
        again = desk.batch(tmp_path / "rows.csv")
        assert (again.status, again.out) == (0, "")
        assert "0 messages put into the outbox; 2 were there already: sent." in again.err
        # Another file, other order, capitals in the address's domain: the same messages.
        more = rows_in(tmp_path, "email,reference,name", "bo@EXAMPLE.net,EX-1,Bo Example", name="more.csv")
        assert "0 messages put into the outbox; 1 was there already: sent." in desk.batch(more).err
        mended = desk.batch(rows_in(tmp_path, HEADER, ANN, f"{BO}x", CY))
        assert mended.status == 0
        assert "2 messages put into the outbox; 1 was there already: sent." in mended.err
        assert recipients(desk) == [f"{name}@example.net" for name in ("ann", "bo", "bo", "cy")]
        # Another layout is the same message; another text goes only where somebody says so.
        layout = desk.batch(rows_in(tmp_path, HEADER, ANN), "--paper", "letter")
        assert "0 messages put into the outbox; 1 was there already: sent." in layout.err
        desk.change('phone: "(555) 555-0100"', 'phone: "(555) 555-0111"')
        changed = desk.batch(rows_in(tmp_path, HEADER, ANN))
        assert (changed.status, "got this sheet before its text changed: message 1" in changed.err) == (
            1,
            True,
        )
        assert len(desk.received) == 4
        sent = desk.batch(rows_in(tmp_path, HEADER, ANN), "--send-changed")
        assert "1 message put into the outbox." in sent.err
        assert len(desk.received) == 5

    def test_a_server_that_refuses_one_address(self, desk: Desk, tmp_path: Path) -> None:
        desk.server.behave("greylist", 1)
        rows = rows_in(tmp_path, HEADER, ANN, BO)
        ran = desk.batch(rows)
        assert ran.status == 0
        assert ran.err.endswith("1 sent, 1 waiting.\n")
        assert recipients(desk) == ["bo@example.net"]
        desk.server.behave("refuse")
        refused = desk.batch(rows_in(tmp_path, HEADER, ANN, BO, CY))
        assert refused.status == 1
        assert "0 sent" not in refused.err
        assert "were there already" not in refused.err
        assert "1 message put into the outbox; 1 was there already: waiting; 1 was there already: sent." in (
            refused.err
        )
        assert "\nThis table, in all: 2 failed, 1 sent.\nSomebody has to look: 2 failed;" in refused.err
        assert refused.err.count("failed: the server does not know this mailbox (550 5.1.1)") == 2
        assert desk.states == ["failed", "sent", "failed"]
        desk.server.behave("accept")
        once_more = desk.batch(rows_in(tmp_path, HEADER, ANN, BO, CY))
        assert "2 were there already: failed" in once_more.err
        assert recipients(desk) == ["bo@example.net"], "what failed goes again only when somebody says so"

    def test_a_server_that_is_gone_keeps_them_waiting(self, desk: Desk, tmp_path: Path) -> None:
        rows = rows_in(tmp_path, HEADER, ANN, BO)
        desk.server.stop()
        try:
            ran = desk.batch(rows)
        finally:
            desk.server.start()
        assert ran.status == 1
        assert "Stopped: the mail server refused the connection" in ran.err
        assert desk.states == ["waiting", "waiting"]
        ran = desk.batch(rows)
        assert (ran.status, desk.states) == (0, ["sent", "sent"])
        assert recipients(desk) == ["ann@example.net", "bo@example.net"]


def test_no_faster_than_the_clinic_says(desk: Desk, tmp_path: Path) -> None:
    desk.change("per_minute: 6000", "per_minute: 300")
    came: list[float] = []
    desk.server.keep = lambda _: came.append(time.monotonic())
    rows = rows_in(tmp_path, HEADER, *(f"Ann Example,ann@example.net,EX-{n}" for n in range(4)))
    ran = desk.batch(rows)
    desk.server.keep = None
    assert ran.status == 0, ran.err
    assert len(came) == 4
    # From the second on: the first waits for the connection, too.
    assert came[-1] - came[1] >= 2 * 0.2 - 0.05


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--email", "-o", "copies"), "-o is for copies in files"),
        (("--email", "--file-name", "x"), "--file-name is for copies in files"),
        (("--email", "--jobs", "2"), "--jobs is for copies in files"),
        (("--email", "--verify", "0"), "--verify is for copies in files"),
        (("--email", "--scheduler", "tcp://127.0.0.1:9"), "--scheduler is for copies in files"),
        (("--skip-wrong-rows",), "--skip-wrong-rows and --send-changed go with --email"),
    ],
)
def test_options_that_do_not_go_together(
    desk: Desk, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    ran = desk("batch", rows_in(tmp_path, HEADER, ANN), "--handout", AFTERCARE, *words)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    desk.nothing_went()
