"""What the tests of the desk's doors share: a desk that complains of nothing, and any bytes sent to it."""

from __future__ import annotations

import re
import shutil
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.conftest import ROOT
from tests.desks import FORM, running_desk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.desks import RunningDesk

AFTERCARE = "microneedling-aftercare"
PATHS = ("", "outbox", "records", "sheets", "clinic", f"sheets/{AFTERCARE}/en", "done/xyz", "done/xyz/file/0")
FORMS = (
    "show",
    "preview",
    "print",
    "email",
    "save",
    "favourite",
    "language",
    "close",
    "records",
    "records/csv",
)
_EXPECTED = ("HANDOUTS_TODAY", "Invalid HTTP request received.")


def copied_clinic(folder: Path, name: str = "example") -> Path:
    """Return a sample clinic of this folder's own."""
    shutil.copytree(ROOT / "clinics" / name, folder / "strangers")
    return folder / "strangers"


@contextmanager
def opened_desk(clinic: Path, *words: str, env: Mapping[str, str] | None = None) -> Iterator[RunningDesk]:
    """Run a desk that somebody has opened; at its end it has complained of nothing and printed nothing."""
    with running_desk(clinic, *words, env=env) as running:
        running.open()
        yield running
    said = [line for line in running.log if not any(each in line for each in _EXPECTED)]
    assert not said, "".join(said)


def own(desk: RunningDesk, **more: str) -> dict[str, str]:
    """The headers of a form from the desk's own page; a name is given as ``Content_Type``."""
    headers = {"Cookie": desk.cookie, "Origin": desk.origin, "Content-Type": FORM}
    return headers | {name.replace("_", "-"): text for name, text in more.items()}


def raw(desk: RunningDesk, head: str | bytes, *, closes: bool = True) -> bytes:
    """Send bytes; return the answer, where the desk closes the connection all answers."""
    parts = urlsplit(desk.link)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(head if isinstance(head, bytes) else head.encode())
        said = b""
        while more := connection.recv(65536):
            said += more
            if not closes:
                break
    return said


def statuses(said: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3})", said)]
