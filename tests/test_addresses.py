"""Email addresses as they are typed and pasted: one bare address, or words that do not repeat it."""

from __future__ import annotations

import socket
import sys
import unicodedata

import pytest

from handoutpress.errors import HandoutError
from handoutpress.reading.addresses import EmailAddress, masked, read_address
from handoutpress.reading.patient import WrongText


@pytest.mark.parametrize(
    ("text", "spec", "ascii_local"),
    [
        ("pat@example.org", "pat@example.org", True),
        ("  pat@example.org ", "pat@example.org", True),
        ("\u00a0pat@example.org\u3000", "pat@example.org", True),
        ("Pat.Doe+Skin@Example.ORG", "Pat.Doe+Skin@example.org", True),
        ("o'brien_1@sub.example.com", "o'brien_1@sub.example.com", True),
        ("pat@clinic.test", "pat@clinic.test", True),
        ("pat@mail.example", "pat@mail.example", True),
        ("pat@bücher.example.com", "pat@xn--bcher-kva.example.com", True),
        ("pat@BÜCHER.example.com", "pat@xn--bcher-kva.example.com", True),
        ("pat@xn--bcher-kva.example.com", "pat@xn--bcher-kva.example.com", True),
        ("pat@例え.jp", "pat@xn--r8jz45g.jp", True),
        ("zoë@example.org", "zoë@example.org", False),
        (unicodedata.normalize("NFD", "zoë@example.org"), "zoë@example.org", False),
        ("用户@例え.jp", "用户@xn--r8jz45g.jp", False),
        (f"{'a' * 64}@example.org", f"{'a' * 64}@example.org", True),
    ],
)
def test_one_address_is_read(text: str, spec: str, ascii_local: bool) -> None:
    assert read_address(text) == EmailAddress(spec, ascii_local)


WRONG = [
    ("", "is empty"),
    (" \t\n", "is empty"),
    ("pat@example.org\r\nBcc: all@example.org", "has a line break or another control character (U+000D)"),
    ("pat@example.org\n", "has a line break or another control character (U+000A)"),
    ("pat\t@example.org", "has a line break or another control character (U+0009)"),
    ("pat\0@example.org", "has a line break or another control character (U+0000)"),
    ("pat\x85@example.org", "has a line break or another control character (U+0085)"),
    ("pat\u2028@example.org", "has a line break or another control character (U+2028)"),
    ("pat\u202egro.elpmaxe@example.org", "turns the direction of reading (U+202E)"),
    ("pat@exam\u200eple.org", "turns the direction of reading (U+200E)"),
    ("pat\u200b@example.org", "has a character that cannot be seen (U+200B)"),
    ("pat\u00ad@example.org", "has a character that cannot be seen (U+00AD)"),
    ("pat@exam\u200dple.org", "has a character that cannot be seen (U+200D)"),
    ("\ufeffpat@example.org", "has a character that cannot be seen (U+FEFF)"),
    ("pat\ue000@example.org", "has a character that cannot be seen (U+E000)"),
    ("pat\udcff@example.org", "not UTF-8"),
    ("pat@example.org, sam@example.org", "has several addresses"),
    ("pat@example.org;sam@example.org", "has several addresses"),
    ("pat@example.org sam@example.org", "has several addresses"),
    ("Pat <pat@example.org>, Sam <sam@example.org>", "has several addresses"),
    ("Pat Doe <pat@example.org>", "has more than the bare address"),
    ("<pat@example.org>", "has more than the bare address"),
    ("pat(work)@example.org", "has a comment in brackets"),
    ('"pat doe"@example.org', "has quotation marks or a backslash"),
    ('"pat@home"@example.org', "has quotation marks or a backslash"),
    ("pat\\@example.org", "has quotation marks or a backslash"),
    ("pat@[192.0.2.1]", "has a number in brackets for its domain"),
    ("pat@[IPv6:2001:db8::1]", "has a number in brackets for its domain"),
    ("pat@192.0.2.1", "has no usable domain after the @"),
    ("pat,doe@example.org", "has a comma or a semicolon"),
    ("pat doe@example.org", "has a space in it"),
    ("pat@ example.org", "has a space in it"),
    ("pat.example.org", "has no @"),
    ("pat\uff20example.org", "has no @"),
    ("pat@doe@example.org", "has more than one @"),
    ("@example.org", "has nothing before the @"),
    ("pat@", "has nothing after the @"),
    (".pat@example.org", "before the @ that cannot stand there"),
    ("pat.@example.org", "before the @ that cannot stand there"),
    ("pat..doe@example.org", "before the @ that cannot stand there"),
    ("mailto:pat@example.org", "before the @ that cannot stand there"),
    ("pat@example", "has no usable domain after the @"),
    ("pat@test", "has no usable domain after the @"),
    ("pat@localhost", "has no usable domain after the @"),
    ("pat@printer.local", "has no usable domain after the @"),
    ("pat@example..org", "has no usable domain after the @"),
    ("pat@-example.org", "has no usable domain after the @"),
    ("pat@exam_ple.org", "has no usable domain after the @"),
    ("pat@example.org.", "has no usable domain after the @"),
    ("pat@xn--a.org", "has no usable domain after the @"),
    (f"{'a' * 65}@example.org", "has 65 bytes before the @, and 64 is the most"),
    (f"{'é' * 33}@example.org", "has 66 bytes before the @, and 64 is the most"),
    (f"pat@{'.'.join(['a' * 62] * 4)}.org", "is 259 bytes long, and 254 is the most"),
    (f"{'a' * 1000}@example.org", "is 1,012 bytes long, and 254 is the most"),
    ("a" * 20_000, "has 20,000 characters"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_all_else_is_refused_in_words_that_do_not_repeat_it(text: str, said: str) -> None:
    with pytest.raises(WrongText) as caught:
        read_address(text)
    assert said in caught.value.message
    error = caught.value
    whole = f"{error} {error.message} {error.hint} {error.args} {error.__cause__}"
    for part in ("sam@", "doe", "Bcc", "192.0.2", "printer", "mailto", "aaa", "ééé", "work"):
        assert part not in whole
    assert text.strip() == "" or text not in whole


def test_nothing_is_asked_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    monkeypatch.setattr(socket.socket, "connect", asked)
    assert read_address("pat@a-domain-that-nobody-has.org").spec == "pat@a-domain-that-nobody-has.org"


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "email_validator", None)
    with pytest.raises(
        HandoutError, match=r"emailing needs more packages: pip install 'handoutpress\[email\]'"
    ):
        read_address("pat@example.org")


@pytest.mark.parametrize(
    ("spec", "shown"),
    [
        ("pat@example.org", "p…@example.org"),
        ("p@example.org", "p…@example.org"),
        ("用户@xn--r8jz45g.jp", "用…@xn--r8jz45g.jp"),
        ("", "…"),
        ("pat", "…"),
    ],
)
def test_staff_see_the_first_letter_and_the_domain(spec: str, shown: str) -> None:
    assert masked(spec) == shown
