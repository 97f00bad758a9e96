"""Asks CUPS, the print service of Linux and macOS: its commands, and its own protocol for a job's state.

The commands speak English (``LC_ALL=C``), as their words are read here. They cannot tell a printed job from a
cancelled one, so that is asked of CUPS itself (IPP, RFC 8011, 4.3.4).
"""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
from contextlib import closing
from typing import Literal

from handoutpress.errors import HandoutError, Uncertain

ASK_SECONDS = 20.0
"""For a question."""
SEND_SECONDS = 120.0
"""For the sending of a PDF."""

STOPPED = "5"
"""What ``printer-state`` says of a printer that is stopped."""

_INSTALL = (
    "This computer has no `{command}` command to print with. On Debian or Ubuntu: apt-get install cups-client"
)


def printers() -> tuple[list[str], str]:
    """Return the names of the printers and of the default one, "" if none is."""
    done = command("lpstat", "-r", "-d", "-e")
    running, *lines = done.stdout.splitlines() or [""]
    if running != "scheduler is running":
        said = "The print service (CUPS) of this computer does not answer"
        raise HandoutError(f"{said}. Start it (systemctl start cups), then print again.")
    default = ""
    if lines and " " in lines[0]:  # no name has one
        found = re.match(r"system default destination: (\S+)", lines.pop(0))
        default = found[1].partition("/")[0] if found else ""
    # After a slash stands the name of somebody's saved settings for that printer.
    return list(dict.fromkeys(line.partition("/")[0] for line in lines if line)), default


def attributes(name: str) -> dict[str, str]:
    """Return what CUPS says of a printer, such as its ``printer-state``: 3 idle, 4 printing, 5 stopped."""
    done = command("lpoptions", f"-p{name}")
    return dict(re.findall(r"([a-z-]+)=('(?:\\.|[^'\\])*'|\S*)", done.stdout))


def reason_given(option: Literal["-a", "-p"], name: str) -> str:
    """Return ": the reason" that CUPS gives on the line below the printer's, or ""."""
    _, *lines = command("lpstat", f"{option}{name}").stdout.splitlines() or [""]
    reason = cleaned(lines[0]) if lines else ""
    return "" if reason in ("", "reason unknown", "Idle.", "Printing.") else f": {reason.rstrip('.')}"


def job_report(number: int) -> tuple[int, str]:
    """Return a job's state as IPP counts (0: unknown) and what the printer last said of it."""
    found = re.fullmatch(r"(/\S+)|(\S+)", command("lpstat", "-H").stdout.strip())
    if not found:
        raise HandoutError("CUPS does not say where it can be asked.")
    fields = ((0x47, "attributes-charset", "utf-8"), (0x48, "attributes-natural-language", "en"))
    asked = ((0x45, "job-uri", f"ipp://localhost/jobs/{number}"), (0x44, "requested-attributes", "all"))
    parts = (
        bytes((tag, 0, len(key))) + key.encode() + bytes((0, len(value))) + value.encode()
        for tag, key, value in (*fields, *asked)
    )
    body = b"\x02\x00\x00\x09\x00\x00\x00\x01\x01" + b"".join(parts) + b"\x03"
    try:
        with closing(_Cups(found[0])) as cups:
            cups.request("POST", f"/jobs/{number}", body, {"Content-Type": "application/ipp"})
            answer = cups.getresponse().read()
    except (OSError, http.client.HTTPException) as error:
        raise HandoutError(f"CUPS does not tell the job's state: {error}.") from None
    state = re.search(rb"\x23\x00\x09job-state\x00\x04(....)", answer, re.DOTALL)
    said = re.search(rb"\x41\x00\x19job-printer-state-message(..)", answer, re.DOTALL)
    end = said.end() + int.from_bytes(said[1], "big") if said else 0
    return (
        int.from_bytes(state[1], "big") if state else 0,
        answer[said.end() : end].decode(errors="replace") if said else "",
    )


class _Cups(http.client.HTTPConnection):
    """A connection to CUPS, at a host and port or, as is usual, at a socket in the file system."""

    def __init__(self, address: str) -> None:
        self._path = address if address.startswith("/") else ""
        super().__init__("localhost" if self._path else address, timeout=ASK_SECONDS)

    def connect(self) -> None:
        if not self._path:
            super().connect()
            return
        if sys.platform != "win32":
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(ASK_SECONDS)
            self.sock.connect(self._path)


def command(name: str, *words: str, data: bytes = b"") -> subprocess.CompletedProcess[str]:
    """Run a command of CUPS with ``data`` on its standard input; raises ``HandoutError`` where it cannot."""
    seconds = SEND_SECONDS if name == "lp" else ASK_SECONDS
    try:
        done = subprocess.run(  # noqa: S603 (no shell; names go where no option is looked for)
            [name, *words],
            input=data,
            capture_output=True,
            timeout=seconds,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
            start_new_session=True,  # without a terminal to ask for a password at
        )
    except FileNotFoundError:
        raise HandoutError(_INSTALL.format(command=name)) from None
    except subprocess.TimeoutExpired:
        said = f"The print service did not answer within {seconds:g} seconds (`{name}`)"
        if name == "lp":
            raise Uncertain(f"{said}. The sheet may still come out: look at the printer first.") from None
        raise HandoutError(f"{said}.") from None
    except OSError as error:
        raise HandoutError(f"`{name}` could not be run: {error.strerror or error}.") from None
    out, err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    return subprocess.CompletedProcess(name, done.returncode, out, err)


def cleaned(text: str, most: int = 200) -> str:
    """Return what a command complained of as one line that a terminal can show."""
    words = " ".join(re.sub(r"^lp: (Error - )?", "", text.strip()).split())
    return "".join(char if char.isprintable() else "�" for char in words)[:most]
