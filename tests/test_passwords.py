"""Where the mail server's password comes from, and that it is never said."""

from __future__ import annotations

import os
import shlex
import sys
import traceback
from typing import TYPE_CHECKING, Any

import keyring
import keyring.backends.fail
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from handoutpress.delivery.passwords import LONGEST, read_password_file, smtp_password
from handoutpress.errors import HandoutError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USER, HOST = "desk@clinic.test", "mail.example.org"
SECRET = "s3cret wörd"
SET = "keyring set handoutpress desk@clinic.test@mail.example.org"


class Remembered(KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password


class Locked(Remembered):
    """A keyring that nobody has unlocked, and that says too much."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked(f"{SECRET} is locked")


class Broken(Remembered):
    """A keyring that fails in a way of its own."""

    def get_password(self, service: str, username: str) -> str | None:
        raise LookupError(SECRET)


@pytest.fixture(autouse=True)
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Remembered]:
    """Return an empty keyring in place of this machine's, with no password in the environment."""
    for name in ("HANDOUTS_SMTP_PASSWORD", "HANDOUTS_SMTP_PASSWORD_FILE"):
        monkeypatch.delenv(name, raising=False)
    remembered = Remembered()
    before = keyring.core._keyring_backend
    keyring.set_keyring(remembered)
    yield remembered
    keyring.core._keyring_backend = before


def written(path: Path, data: bytes = SECRET.encode() + b"\n", mode: int = 0o600) -> Path:
    path.write_bytes(data)
    path.chmod(mode)
    return path


def refusal(file: Path | None = None) -> str:
    """Return why there is no password, having looked for it in all that the error carries."""
    with pytest.raises(HandoutError) as caught:
        smtp_password(USER, HOST, file)
    assert_untold(caught.value)
    return str(caught.value)


def assert_untold(error: BaseException) -> None:
    """Assert that no error in the chain, shown or not, carries the password or its bytes."""
    chain: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in chain:
        chain.append(one)
        one = one.__cause__ or one.__context__
    for each in chain:
        said = "".join(traceback.format_exception_only(each)) + repr(each) + repr(vars(each))
        said += repr(getattr(each, "object", ""))
        assert "s3cret" not in said


def test_the_environment_comes_first_then_its_file_then_the_clinics_then_the_keyring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ring: Remembered
) -> None:
    ring.set_password("handoutpress", f"{USER}@{HOST}", "of the keyring")
    clinics = written(tmp_path / "clinic", b"of the clinic\n")
    named = written(tmp_path / "named", b"of the file\n")
    assert smtp_password(USER, HOST, None) == "of the keyring"
    assert smtp_password(USER, HOST, clinics) == "of the clinic"
    monkeypatch.setenv("HANDOUTS_SMTP_PASSWORD_FILE", str(named))
    assert smtp_password(USER, HOST, clinics) == "of the file"
    monkeypatch.setenv("HANDOUTS_SMTP_PASSWORD", "of the environment")
    assert smtp_password(USER, HOST, clinics) == "of the environment"
    assert ring.asked == 1


@pytest.mark.parametrize("value", ["", "s3cret\nline", "s3cret\udcff"])
def test_a_variable_that_is_set_and_cannot_be_used_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("HANDOUTS_SMTP_PASSWORD", value)
    assert refusal(written(tmp_path / "clinic")).startswith(
        "HANDOUTS_SMTP_PASSWORD is set, but not to one line"
    )


def test_nor_is_a_file_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDOUTS_SMTP_PASSWORD_FILE", "")
    assert refusal(written(tmp_path / "clinic")).startswith(
        "HANDOUTS_SMTP_PASSWORD_FILE is set, but names no file"
    )
    monkeypatch.setenv("HANDOUTS_SMTP_PASSWORD_FILE", str(tmp_path / "none"))
    assert refusal(tmp_path / "clinic").endswith("none cannot be read: No such file or directory")


@pytest.mark.parametrize(
    ("data", "password"),
    [
        (b"s3cret", "s3cret"),
        (b"s3cret\n", "s3cret"),
        (b"s3cret\r\n", "s3cret"),
        (b" s3cret \n", " s3cret "),
        (SECRET.encode(), SECRET),
        (b"\xef\xbb\xbfs3cret\n", "s3cret"),
        (b"x" * LONGEST + b"\r\n", "x" * LONGEST),
    ],
)
def test_a_file_holds_the_password_on_its_line(tmp_path: Path, data: bytes, password: str) -> None:
    assert read_password_file(written(tmp_path / "file", data)) == password


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"s3cret\ns3cret\n", "has more than the password's one line"),
        (b"s3cret\n\n", "has more than the password's one line"),
        (b"s3cret\rs3cret", "has more than the password's one line"),
        (b"s3cret" * 1000, "has more than the password's one line"),
        (b"s3cret\0", "has more than the password's one line"),
        (b"s3cret\xff", "is not UTF-8 text"),
        ("s3cret".encode("utf-16"), "is not UTF-8 text"),
    ],
)
def test_a_file_that_is_no_password_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    assert said in refusal(written(tmp_path / "file", data))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o602])
def test_a_file_for_others_to_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = written(tmp_path / "my file", mode=mode)
    said = refusal(file)
    assert "can be read or changed by others than its owner" in said
    # The hint mends it as it stands.
    *_, command = said.partition(": chmod ")
    assert shlex.split(command) == ["600", str(file)]
    file.chmod(0o600)
    assert read_password_file(file) == SECRET


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert "cannot be read: Is a directory" in refusal(tmp_path)


def test_an_entry_that_the_keyring_has_not_is_told_how_to_set(ring: Remembered) -> None:
    said = refusal()
    assert f"it is not in the keyring: {SET}; or set HANDOUTS_SMTP_PASSWORD" in said
    ring.set_password("handoutpress", f"{USER}@{HOST}", "")
    assert refusal() == said
    # The command as it is shown, through the keyring's own program, makes the entry that is looked for.
    program, verb, service, account = shlex.split(SET)
    assert (program, verb) == ("keyring", "set")
    keyring.set_password(service, account, SECRET)
    assert smtp_password(USER, HOST, None) == SECRET


def test_a_computer_without_a_keyring_is_told_the_other_ways() -> None:
    none: Any = keyring.backends.fail
    keyring.set_keyring(none.Keyring())
    said = refusal()
    assert "this computer has no keyring: set HANDOUTS_SMTP_PASSWORD, or name a file" in said
    assert SET in said


@pytest.mark.parametrize(("backend", "kind"), [(Locked, "KeyringLocked"), (Broken, "LookupError")])
def test_a_keyring_that_fails_is_not_quoted(backend: type[Remembered], kind: str) -> None:
    keyring.set_keyring(backend())
    assert f"the keyring could not be read ({kind}): unlock it" in refusal()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert refusal() == "emailing needs more packages: pip install 'handoutpress[email]'"


def test_the_keyring_is_not_loaded_where_it_is_not_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert smtp_password(USER, HOST, written(tmp_path / "file")) == SECRET
    assert os.environ.get("HANDOUTS_SMTP_PASSWORD") is None
