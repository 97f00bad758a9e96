"""The mail server's password: from the environment, a file or the keyring, never from a command or YAML.

No password stands in a message or in what an exception carries along: the errors here are raised where no
other error is being handled.
"""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path

from handoutpress.errors import HandoutError, shorten

PASSWORD = "HANDOUTS_SMTP_PASSWORD"  # noqa: S105 (a variable's name)
PASSWORD_FILE = "HANDOUTS_SMTP_PASSWORD_FILE"  # noqa: S105
SERVICE = "handoutpress"
"""What the keyring knows this program as."""
LONGEST = 1024
"""Bytes: what is longer is another file."""

_MORE_PACKAGES = "emailing needs more packages: pip install 'handoutpress[email]'"


def smtp_password(user: str, host: str, file: Path | None) -> str:
    """Return the password of ``user`` at the mail server ``host``; ``file`` is the one ``clinic.yaml`` names.

    The first of these that is given counts: the environment variable HANDOUTS_SMTP_PASSWORD, the file that
    HANDOUTS_SMTP_PASSWORD_FILE names, ``file``, the keyring. What is given and cannot be used is an error and
    not passed over: a server locks an account to which old passwords are tried. Raises ``HandoutError``.
    """
    given = os.environ.get(PASSWORD)
    if given is not None:
        if not given or not _is_one_line(given):
            raise HandoutError(f"{PASSWORD} is set, but not to one line of text: set it anew, or unset it")
        return given
    named = os.environ.get(PASSWORD_FILE)
    if named is not None:
        if not named:
            raise HandoutError(f"{PASSWORD_FILE} is set, but names no file: set it anew, or unset it")
        return read_password_file(Path(named))
    if file is not None:
        return read_password_file(file)
    return _from_keyring(user, host)


def read_password_file(path: Path) -> str:
    """Return the one line of a file, without its final line break; a byte order mark is dropped.

    Raises ``HandoutError`` for a file that is missing, empty, not UTF-8 or of several lines, and, on POSIX,
    for one that others than its owner may read or change.
    """
    shown = shorten(path)
    raw, mode, reason = b"", 0, ""
    try:
        with path.open("rb") as opened:
            # Of the open file and not of its name, which could mean another file by now.
            mode = os.fstat(opened.fileno()).st_mode
            raw = opened.read(LONGEST + 3)
    except OSError as error:
        reason = error.strerror or type(error).__name__
    if reason:
        raise HandoutError(f"the password's file {shown} cannot be read: {reason}")
    if os.name == "posix" and mode & (stat.S_IRGRP | stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH):
        said = f"the password's file {shown} can be read or changed by others than its owner"
        raise HandoutError(f"{said}: chmod 600 {shlex.quote(shown)}")
    text = _decoded(raw)
    if text is None:
        raise HandoutError(f"the password's file {shown} is not UTF-8 text: save it anew as UTF-8")
    password = text.removesuffix("\n").removesuffix("\r")
    if not password:
        raise HandoutError(f"the password's file {shown} is empty: write the password on its only line")
    if len(raw) > LONGEST + 2 or not _is_one_line(password):
        raise HandoutError(f"the password's file {shown} has more than the password's one line in it")
    return password


def _decoded(raw: bytes) -> str | None:
    """Return the text, or None; an error from decoding would carry the bytes along."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _is_one_line(password: str) -> bool:
    # A surrogate is a byte of the environment that was not UTF-8: it cannot be sent.
    return not any(character in "\r\n\0" or "\ud800" <= character <= "\udfff" for character in password)


def _from_keyring(user: str, host: str) -> str:
    """Return the password the keyring has; raises ``HandoutError`` that says how to put it there."""
    try:
        import keyring
        from keyring.errors import NoKeyringError
    except ImportError:
        raise HandoutError(_MORE_PACKAGES) from None
    account = f"{user}@{host}"
    others = f"set {PASSWORD}, or name a file with it in clinic.yaml (mail: password_file)"
    entry = f"{SERVICE} {shlex.quote(account)}"
    found, reason = None, f"it is not in the keyring: keyring set {entry}; or {others}"
    try:
        found = keyring.get_password(SERVICE, account)
    except NoKeyringError:
        reason = f"this computer has no keyring: {others}; with a keyring, it is: keyring set {entry}"
    except Exception as error:
        # Each desktop's keyring fails in its own way, and none of their texts is known to be harmless.
        kind = type(error).__name__
        reason = f"the keyring could not be read ({kind}): unlock it (keyring set {entry}), or {others}"
    if not found:
        raise HandoutError(f"there is no password for the mail server: {reason}")
    return found
