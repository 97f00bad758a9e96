"""Email against ill will and bad luck: each ends as a clear error or as one correct message."""

from __future__ import annotations

import json
import unicodedata
from email.header import decode_header, make_header
from typing import TYPE_CHECKING

import pytest

from tests.posting import (
    ADDRESS,
    AFTERCARE,
    FROM,
    Desk,
    files_of,
    message_in,
    own_words,
    rows_in,
    words_of,
)

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path


SPY = "spy@example.com"
GREEK = "Πανεπιστημιακή Δερματολογική Κλινική Αθηνών και Περιχώρων"
EMOJI = "😀 מרפאה Clinic"
TOO_LONG = "a" * 65 + "@example.net"


def name_of(message: EmailMessage, header: str) -> str:
    """Return whom a header names, its encoded words decoded as RFC 2047 says.

    By the older half of the standard library: the newer one of Python 3.11 puts spaces between these words.
    """
    decoded = str(make_header(decode_header("".join(dict(message.raw_items())[header].splitlines()))))
    name, _, address = decoded.strip().rpartition(" <")
    assert address == f"{FROM}>"
    return name.replace('\\"', "”").strip('"').replace("”", '"').replace("\\\\", "\\")


class TestTheClinicsName:
    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            (f"Test\r\nBcc: {SPY}\r\n\r\nClinic", f"Test Bcc: {SPY} Clinic"),
            (f'"Test", <{SPY}>; (x) \\ Clinic', f'"Test", <{SPY}>; (x) \\ Clinic'),
            (EMOJI, EMOJI),
            (f"{GREEK} {GREEK}", f"{GREEK} {GREEK}"),
            # It is decoded before it is written, and has a line break in it then.
            (f"=?utf-8?q?Test=0D=0ABcc=3A_{SPY}?=", None),
            ("Test\u202e\u200bcinilC", "TestcinilC"),
            ("Test\x07 Clinic", "Test Clinic"),
        ],
        ids=["line-ends", "specials", "emoji", "greek", "encoded-word", "turned", "control"],
    )
    def test_it_stays_a_name_in_every_header(self, desk: Desk, name: str, shown: str | None) -> None:
        text = json.dumps(name, ensure_ascii=False)
        desk.change("name: Test Clinic (example)", f"name: {text}")
        ran = desk.email(AFTERCARE, "--no-letterhead")
        if ran.status:
            assert "clinic.yaml:1:" in ran.err, ran.err
            desk.nothing_went()
            return
        (taken,) = desk.received
        assert taken.rcpt_tos == [ADDRESS]
        message = message_in(taken.content)
        assert message["To"] == ADDRESS
        for header in ("From", "Reply-To"):
            found = name_of(message, header)
            assert not any(unicodedata.category(char) in ("Cc", "Cf") for char in found)
            assert shown in (None, found)
        if shown:
            assert message["Subject"] == f"Information from {shown}"


class TestAddresses:
    def test_each_that_is_not_one_address_is_a_wrong_row_and_told_by_its_line(
        self, desk: Desk, tmp_path: Path
    ) -> None:
        wrong = {
            f"a@b.example, {SPY}": "has several addresses",
            f"a@b.example;{SPY}": "has several addresses",
            "<a@b.example>": "has more than the bare address",
            f'"a@b.example\r\nBcc: {SPY}"': '"email": has ',
            "a@b.example%0d%0aBcc:c@d.example": "has more than one @",
            "a\u202e@b.example": "turns the direction of reading",
            "a\u200b@b.example": "cannot be seen",
            "ａ＠b.example": "has no @",
            "a@[127.0.0.1]": "has a number in brackets",
            "a@localhost": "has no usable domain",
            "a..b@b.example": "cannot stand there",
            '"""a b""@b.example"': "has quotation marks",
            "a(x)@b.example": "has a comment in brackets",
            "=cmd|x!a1@b.example ,": "has a comma",
            TOO_LONG: "has 65 bytes before the @",
            "a@b..example": "has no usable domain",
        }
        cells = [cell if cell.startswith('"') else f'"{cell}"' for cell in wrong]
        rows = rows_in(tmp_path, "email", *cells)
        ran = desk.batch(rows)
        assert ran.status == 1
        line = 2
        for address, said in wrong.items():
            told = [words for words in ran.err.splitlines() if words.startswith(f"{rows}:{line}:")]
            assert len(told) == 1, (line, ran.err)
            assert said in told[0]
            assert "example" not in told[0].removeprefix(str(rows)), "the address is repeated"
            line += 1 + address.count("\n")
        assert f"{len(wrong)} rows are wrong. Nothing was put into the outbox." in ran.err
        desk.nothing_went()

    @pytest.mark.parametrize(
        "address", [f"a@b.example\r\nBcc: {SPY}", f"a@b.example, {SPY}", "<a@b.example>"]
    )
    def test_the_command_says_so_too_before_it_makes_anything(self, desk: Desk, address: str) -> None:
        ran = desk.email(AFTERCARE, to=address)
        assert (ran.status, ran.out) == (1, "")
        assert "the address: has " in ran.err
        desk.nothing_went()

    def test_letters_of_all_scripts_arrive_where_the_server_takes_them(
        self, desk: Desk, tmp_path: Path
    ) -> None:
        arrives = {
            "zoë@example.net": "zoë@example.net",
            "zoe\u0308x@example.net": "zoëx@example.net",
            "раt@example.net": "раt@example.net",
            "pat@bücher.example": "pat@xn--bcher-kva.example",
            "pat@例子.example": "pat@xn--fsqu00a.example",
            "pat@EXAMPLE。net": "pat@example.net",
            "o'neil+x=1@example.net": "o'neil+x=1@example.net",
            "-rf@example.net": "-rf@example.net",
        }
        rows = rows_in(tmp_path, "email,reference", *(f"{one},EX" for one in arrives))
        ran = desk.batch(rows)
        assert ran.status == 0, ran.err
        assert [taken.rcpt_tos for taken in desk.received] == [[one] for one in arrives.values()]
        for taken, address in zip(desk.received, arrives.values(), strict=True):
            message = message_in(taken.content)
            assert message["To"] == address
            assert taken.content.isascii() == address.isascii()

    def test_where_the_server_does_not_take_them_it_fails_with_the_reason(self, desk: Desk) -> None:
        desk.server.smtputf8 = False
        ran = desk.email(AFTERCARE, to="zoë@example.net")
        assert ran.status == 1
        assert "an address with letters other than a to z (no SMTPUTF8)" in ran.out
        assert "zoë" not in ran.out
        assert desk.states == ["failed"]
        desk.sent(AFTERCARE, to="pat@bücher.example")


class TestSizes:
    def test_long_lines_are_folded(self, desk: Desk) -> None:
        desk.change("mail: {", f"address: [{'W' * 160}, {'ü' * 160}, {'w ' * 79}w]\nmail: {{")
        message = desk.sent(AFTERCARE, "--no-letterhead")
        assert max(map(len, desk.received[0].content.split(b"\r\n"))) <= 78
        for words in words_of(message):
            assert "W" * 160 in words
            assert "ü" * 160 in words

    def test_a_message_over_the_servers_size_is_refused_before_it_is_sent(self, desk: Desk) -> None:
        desk.server.size_limit = 50_000
        ran = desk.email(AFTERCARE)
        assert ran.status == 1
        assert "the message is too big: it has 0.1 MB, and the server takes 0.0 MB at most" in ran.out
        assert (desk.received, desk.states) == ([], ["failed"])


class TestTheClinicsOwnWords:
    def test_other_words_and_one_block(self, desk: Desk) -> None:
        desk.template("en.yaml", own_words(subject="'Post from {clinic}'", greeting="Good day <b>&,"))
        block = "{% block footer %}<p>Own {{ clinic.name }}</p>{% endblock %}"
        desk.template("message.html", f'{{% extends "shipped:email/message.html" %}}\n{block}\n')
        message = desk.sent(AFTERCARE)
        assert message["Subject"] == "Post from Test Clinic (example)"
        plain, html = words_of(message)
        assert "Good day <b>&," in plain
        assert "Good day &lt;b&gt;&amp;," in html
        assert "<p>Own Test Clinic (example)</p>" in html
        assert list(files_of(message)) == ["information.pdf"]

    def test_a_subject_with_line_ends_stays_one(self, desk: Desk) -> None:
        desk.template("en.yaml", own_words(subject=f'"Post\\r\\nBcc: {SPY}\\u2028 from {{clinic}}"'))
        message = desk.sent(AFTERCARE)
        assert message["Subject"] == f"Post Bcc: {SPY} from Test Clinic (example)"

    def test_a_subject_that_is_encoded_already_adds_no_header(self, desk: Desk) -> None:
        desk.template("en.yaml", own_words(subject=f'"=?utf-8?q?Post=0D=0ABcc=3A_{SPY}?="'))
        ran = desk.email(AFTERCARE)
        assert [taken.rcpt_tos for taken in desk.received] == [[ADDRESS]] * (ran.status == 0)
        for taken in desk.received:
            assert "\n" not in message_in(taken.content)["Subject"]

    @pytest.mark.parametrize(
        ("name", "text", "said"),
        [
            ("en.yaml", own_words(greeting="'Dear {name},'"), "en.yaml:{line}:19  `{{name}}` is not a field"),
            ("message.html", "<p>\n{{ patient.name }}</p>", "message.html:2:1  in this template: 'patient'"),
            ("message.txt", "a\nb {% if %}", "message.txt:2:1  in this template: "),
        ],
        ids=["words", "unset", "syntax"],
    )
    def test_broken_ones_are_told_with_their_place(self, desk: Desk, name: str, text: str, said: str) -> None:
        path = desk.template(name, text)
        line = next((n for n, row in enumerate(text.splitlines(), 1) if "{name}," in row), 0)
        place = f"{path.parent}/{said.format(line=line)}"
        ran = desk.email(AFTERCARE)
        assert (ran.status, ran.out) == (1, "")
        assert place in ran.err
        desk.nothing_went()

    def test_a_batch_tells_the_clinics_own_fault_once(self, desk: Desk, tmp_path: Path) -> None:
        path = desk.template("message.html", "<p>\n{{ patient.name }}</p>")
        ran = desk.batch(rows_in(tmp_path, "email", "bo@example.net", "cy@example.net"))
        assert ran.status == 1
        assert f"{path}:2:1  in this template: 'patient' is undefined" in ran.err
        desk.nothing_went()
        assert ran.err.count("'patient' is undefined") == 1, "not with every row"


class TestTheMailSection:
    GOOD = "mail: {host: smtp.example.org, from: a@example.org, preference: required"

    @pytest.mark.parametrize(
        ("section", "told"),
        [
            ("", [(1, "clinic.yaml does not say how to send email"), (1, "add `mail:` with host, from")]),
            ("mail: {}", [(9, f'"{key}" is missing') for key in ("from", "preference")]),
            ("mail: smtp.example.org", [(9, "expected `key: value` lines here")]),
            (
                f"{GOOD}, security: none}}",
                [(9, "without encryption only a server on this machine may be used")],
            ),
            (
                "mail:\n  host: x.example\n  port: 99999\n  security: ssl\n  from: A <a@b.example>\n"
                "  reply_to: a@b.example,c@d.example\n  preference: maybe\n  per_minutes: 3\n",
                [
                    *((11, "65535"), (12, "`ssl` is not one of 'starttls', 'tls' or 'none'")),
                    *((13, "this is not an email address"), (14, '"reply_to": ')),
                    *((15, "`maybe` is not one of"), (16, 'did you mean "per_minute"?')),
                ],
            ),
            (
                "mail:\n  host: x.example\n  from: zoë@b.example\n  preference: required",
                [(11, "plain letters")],
            ),
        ],
        ids=["none", "empty", "text", "plaintext", "everything", "letters"],
    )
    def test_all_that_is_wrong_is_told_in_its_place(
        self, desk: Desk, section: str, told: list[tuple[int, str]]
    ) -> None:
        path = desk.clinic / "clinic.yaml"
        rows = path.read_text(encoding="utf-8").splitlines()
        assert rows[8].startswith("mail: ")
        path.write_text("\n".join(rows[:8]) + f"\n{section}\n", encoding="utf-8")
        ran = desk.email(AFTERCARE)
        assert (ran.status, ran.out) == (1, "")
        parts = ran.err.split(f"{path}:")
        for line, said in told:
            assert any(part.startswith(f"{line}:") and said in part for part in parts), (line, said, ran.err)
        desk.nothing_went()

    @pytest.mark.parametrize("key", ["password", "passwort"])
    def test_a_password_is_refused_and_not_repeated(self, desk: Desk, key: str) -> None:
        desk.change("mail: {", f"mail: {{{key}: hunter2, ")
        ran = desk.email(AFTERCARE)
        assert ran.status == 1
        assert f'"{key}": a password does not belong into this file' in ran.err
        desk.nothing_went()
        assert "hunter2" not in ran.err, "a password ends in a log"
        assert "HANDOUTS_SMTP_PASSWORD" in ran.err, "where it belongs is not said"
