"""Starting the desk: what cannot be had is refused at once, by the option that has to change."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
import trustme

from handoutpress.cli.desking import desk as command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Ran

OTHERS = ("--host", "0.0.0.0", "--hostname", "desk.example.org")
PASSWORD = {"HANDOUTS_DESK_PASSWORD": "correct horse battery"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate and its key, another key, and each of the first two spoilt."""
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    ours, other = authority.issue_cert("localhost"), authority.issue_cert("localhost")
    ours.cert_chain_pems[0].write_to_path(folder / "desk.pem")
    ours.private_key_pem.write_to_path(folder / "desk.key")
    other.private_key_pem.write_to_path(folder / "other.key")
    for name in ("desk.pem", "desk.key"):
        head, first, rest = (folder / name).read_bytes().split(b"\n", 2)
        (folder / f"spoilt-{name}").write_bytes(b"\n".join((head, b"?" * len(first), rest)))
    (folder / "words.txt").write_text("This is no certificate.", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("certificate", "key", "said"),
    [
        (
            "words.txt",
            "words.txt",
            [
                "--certificate *words.txt: there is no certificate in PEM form",
                "--key *there is no key in PEM",
            ],
        ),
        ("desk.pem", "words.txt", ["--key *words.txt: there is no key in PEM form"]),
        ("desk.pem", None, ["--certificate *desk.pem: the key is missing"]),
        ("desk.pem", "other.key", ["--key *other.key: the key does not belong to the certificate"]),
        ("spoilt-desk.pem", "desk.key", ["--certificate *spoilt-desk.pem: the certificate in it is damaged"]),
        ("desk.pem", "spoilt-desk.key", ["--key *spoilt-desk.key: the key cannot be read"]),
    ],
)
def test_a_certificate_that_cannot_be_used_is_told_by_its_option(
    run: Callable[..., Ran], clinic: Path, files: Path, certificate: str, key: str | None, said: list[str]
) -> None:
    words = ["--certificate", files / certificate, *(["--key", files / key] if key else [])]
    ran = run("desk", "--no-browser", "--clinic", clinic, "--port", 0, *OTHERS, *words, env=PASSWORD)
    assert (ran.status, ran.out) == (1, "")
    found = [line for line in ran.err.splitlines() if line.startswith("--")]
    assert len(found) == len(said), ran.err
    for line, (option, _, rest) in zip(found, (each.partition("*") for each in said), strict=True):
        assert line.startswith(option)
        assert rest in line
    assert "PEM lib" not in ran.err


@pytest.mark.parametrize(
    "name", ["a b/c", "", "https://desk.example.org", "desk:8750", "-desk", "a..b", "mü.example", "x" * 64]
)
def test_what_is_no_name_of_a_computer_is_a_wrong_command_line(
    run: Callable[..., Ran], clinic: Path, name: str
) -> None:
    ran = run("desk", "--no-browser", "--clinic", clinic, "--port", 0, "--hostname", name)
    assert (ran.status, ran.out) == (2, "")
    assert "is not a computer's name" in ran.err


def test_a_name_is_taken_as_browsers_write_it() -> None:
    names = ("Desk.Example.ORG", "10.0.0.7", "front_desk", "[fe80::1]")
    context = command.make_context("desk", [word for name in names for word in ("--hostname", name)])
    assert context.params["names"] == ("desk.example.org", "10.0.0.7", "front_desk", "[fe80::1]")


def test_a_key_goes_with_a_certificate(run: Callable[..., Ran], clinic: Path, files: Path) -> None:
    ran = run("desk", "--no-browser", "--clinic", clinic, "--port", 0, "--key", files / "desk.key")
    assert ran.status == 2
    assert "--key goes with a --certificate" in ran.err


def test_a_day_that_is_none_is_refused_at_the_start(run: Callable[..., Ran], clinic: Path) -> None:
    ran = run("desk", "--no-browser", "--clinic", clinic, "--port", 0, env={"HANDOUTS_TODAY": "foo"})
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("HANDOUTS_TODAY: `foo` is not a date\n")


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program has."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen()
        yield bound.getsockname()[1]


def test_a_port_that_is_taken_is_told_with_what_chooses_another(
    run: Callable[..., Ran], clinic: Path, taken: int
) -> None:
    ran = run("desk", "--no-browser", "--clinic", clinic, "--port", taken)
    assert (ran.status, ran.out) == (1, "")
    assert f"Port {taken} at 127.0.0.1 cannot be had: " in ran.err
    assert "--port" in ran.err


@pytest.mark.parametrize("host", ["no..name", "192.0.2.1"])  # the latter is nobody's: RFC 5737
def test_an_address_of_another_computer_is_told_with_what_chooses_ours(
    run: Callable[..., Ran], clinic: Path, files: Path, host: str
) -> None:
    words = ("--certificate", files / "desk.pem", "--key", files / "desk.key", "--hostname", "desk")
    ran = run("desk", "--no-browser", "--clinic", clinic, "--port", 0, "--host", host, *words, env=PASSWORD)
    assert (ran.status, ran.out) == (1, "")
    assert f"{host} is not an address of this computer" in ran.err
    assert "--host" in ran.err
