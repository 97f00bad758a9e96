"""A print service of the tests' own: a private CUPS with two virtual IPP printers, apart from the machine's.

It takes cupsd, ippeveprinter, and a message bus that ippeveprinter will not start without; nothing is
announced on the network, and nothing outside the two folders is written. Works as root and as anybody else.
"""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 20.0
"""Seconds for anything that takes well under one."""
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
PAPERS = {"iso_a4_210x297mm": (21000, 29700), "na_letter_8.5x11in": (21590, 27940)}
"""Width and height in hundredths of a millimetre."""

CLINIC, DESK = "Clinic", "Desk"
SIDES = {CLINIC: "one-sided,two-sided-long-edge,two-sided-short-edge", DESK: "one-sided"}
MEDIA = {CLINIC: tuple(PAPERS), DESK: ("na_letter_8.5x11in",)}
COLOUR = {CLINIC: "auto,color,monochrome", DESK: "monochrome"}

BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>
"""
FILES = """\
ServerRoot {folder}/root
RequestRoot {folder}/spool
TempDir {folder}/spool/tmp
CacheDir {folder}/cache
StateDir {folder}/state
ErrorLog {folder}/log/error
AccessLog {folder}/log/access
PageLog {folder}/log/page
CreateSelfSignedCerts no
"""
SERVICE = """\
LogLevel info
Listen {folder}/cups.sock
Listen 127.0.0.1:{port}
Browsing Off
DefaultAuthType None
WebInterface No
DirtyCleanInterval 0
<Location />
  Order allow,deny
  Allow all
</Location>
<Policy default>
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
"""
COMMAND = """\
#!/bin/sh
# Keeps what the printer got: the attributes first, so that a PDF never stands there without them.
set -e
kept={arrived}/$(date +%s%N)-{name}
env | grep '^IPP_' > "$kept.job"
cp "$1" "$kept.part"
mv "$kept.part" "$kept.pdf"
"""


@dataclass(frozen=True)
class Arrived:
    """One job as a printer got it."""

    printer: str
    pdf: bytes
    attributes: dict[str, str]
    """Such as COPIES, SIDES, MEDIA_COL, PRINT_COLOR_MODE, JOB_NAME."""

    @property
    def paper(self) -> tuple[int, int]:
        """Width and height that the printer was told, in hundredths of a millimetre."""
        words = self.attributes["MEDIA_COL"].replace("{", " ").replace("}", " ").split()
        size = dict(word.split("=", 1) for word in words if "=" in word)
        return int(size["x-dimension"]), int(size["y-dimension"])


@dataclass
class VirtualPrinters:
    """The printers, and what a test may do to them. ``clear`` undoes all of it."""

    folder: Path
    """Where finished PDFs arrive."""
    state: Path
    """The print service's own."""
    port: int
    """Where it listens; its other place is ``socket``."""
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    names: tuple[str, ...] = (CLINIC, DESK)
    changed: set[str] = field(default_factory=set)
    """Those that ``clear`` has to add anew."""

    @property
    def environment(self) -> dict[str, str]:
        """What sends CUPS's commands here, and keeps this machine's saved print options out."""
        return {
            "CUPS_SERVER": f"127.0.0.1:{self.port}",
            "CUPS_SERVERROOT": str(self.state / "client"),
            "HOME": str(self.state / "client"),
        }

    @property
    def socket(self) -> Path:
        """The socket where the service listens too, as a machine's own does."""
        return self.state / "cups.sock"

    def jobs(self) -> list[Arrived]:
        """Return what arrived, in order."""
        return [_read(path) for path in sorted(self.folder.glob("*.pdf"))]

    def arrived(self) -> list[bytes]:
        """Return the PDFs that arrived, in order."""
        return [job.pdf for job in self.jobs()]

    def wait_for(self, count: int) -> list[Arrived]:
        """Wait until so many jobs arrived, and return them."""
        _until(lambda: len(self.jobs()) >= count, f"{count} jobs did not arrive", self.state)
        return self.jobs()

    def stop(self, name: str, reason: str = "paper jam") -> None:
        """Stop a printer; its queue still takes jobs."""
        self.admin("cupsdisable", "-r", reason, name)

    def start(self, name: str) -> None:
        """Let a stopped printer print again."""
        self.admin("cupsenable", name)

    def reject(self, name: str, reason: str = "out of order") -> None:
        """Let a printer take no more jobs."""
        self.admin("cupsreject", "-r", reason, name)

    def make_default(self, name: str) -> None:
        """Make a printer the default one."""
        self.changed.add(name)
        self.admin("lpadmin", "-d", name)

    def save_options(self, text: str) -> None:
        """Save options as ``lpoptions`` would, such as ``Dest Clinic number-up=2``."""
        (self.state / "client" / "lpoptions").write_text(f"{text}\n", encoding="utf-8")

    def remove(self, name: str) -> None:
        """Remove a printer from CUPS, if it is there."""
        self.changed.add(name)
        if name in self.admin("lpstat", "-e").split():
            self.admin("lpadmin", "-x", name)

    def add(self, name: str) -> None:
        """Add a printer to CUPS, which asks it for what it can do."""
        address = f"ipp://localhost:{self.ports[name]}/ipp/print"
        self.admin("lpadmin", "-p", name, "-E", "-v", address, "-m", "everywhere")
        # Which it does in the background.
        known = "PageSize"
        _until(lambda: known in self.admin("lpoptions", "-p", name, "-l"), f"{name} is not known", self.state)

    def switch_off(self, name: str) -> None:
        """Switch a printer off, unknown to CUPS."""
        _end(self.running.pop(name))

    def switch_on(self, name: str) -> None:
        """Start a printer's own program, on the port it has or a free one."""
        for _ in range(3):
            port = self.ports.get(name) or _free_port()
            words = ["-r", "off", "-n", "localhost", "-p", str(port), "-d", str(self.state / "printers")]
            words += ["-a", str(self.state / f"{name}.conf"), "-c", str(self.state / f"{name}.sh"), name]
            self.running[name] = process = _start("ippeveprinter", *words, state=self.state)
            _until(
                lambda port=port, process=process: _listens(port) or process.poll() is not None,  # type: ignore[misc]
                f"{name} did not start",
                self.state,
            )
            if process.poll() is None:
                self.ports[name] = port
                return
            process.wait()
        raise AssertionError(f"{name} did not start:\n{_logs(self.state)}")

    def clear(self) -> None:
        """Bring everything back to how it began: no jobs, no default, all printers ready."""
        for name in self.names:
            if name not in self.running:
                self.switch_on(name)
        (self.state / "client" / "lpoptions").unlink(missing_ok=True)
        self.admin("cancel", "-a")
        _until(lambda: not self.admin("lpstat", "-o"), "jobs are left", self.state)
        for name in self.names:
            # CUPS forgets which printer is the default one only with the printer.
            if name in self.changed:
                self.remove(name)
                self.add(name)
            self.admin("cupsenable", name)
            self.admin("cupsaccept", name)
        self.changed.clear()
        for path in self.folder.iterdir():
            path.unlink()

    def admin(self, *words: str) -> str:
        """Run one of CUPS's commands and return what it says."""
        environment = {**os.environ, **self.environment, "PATH": PATH, "LC_ALL": "C"}
        done = subprocess.run(
            words, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0, f"{words}: {done.stderr}\n{_logs(self.state)}"
        return done.stdout


@contextmanager
def virtual_printers(folder: Path) -> Iterator[VirtualPrinters]:
    """Run the print service; what it prints arrives in ``folder``, which is made."""
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        # Not in pytest's own folder: only its owner may enter that, and root's cupsd runs its filters as
        # somebody else. And a socket's path has to be short.
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="handouts-")))
        state.chmod(0o711)
        printers = VirtualPrinters(folder, state, _free_port())
        _write_settings(printers)
        stack.callback(_end_all, printers.running)
        for name, words in {
            "dbus-daemon": (f"--config-file={state}/bus.conf", "--nofork"),
            "cupsd": ("-f", "-c", f"{state}/cupsd.conf", "-s", f"{state}/cups-files.conf"),
        }.items():
            stack.callback(_end, _start(name, *words, state=state))
        _until((state / "bus").exists, "the message bus did not start", state)
        for name in printers.names:
            printers.switch_on(name)
        _until(lambda: _listens(printers.port), "CUPS did not start", state)
        running = "scheduler is running"
        _until(lambda: running in printers.admin("lpstat", "-r"), "CUPS did not answer", state)
        for name in printers.names:
            printers.add(name)
        yield printers


def _write_settings(printers: VirtualPrinters) -> None:
    """Write the folders and files that the programs start from."""
    state = printers.state
    for name in ("root", "spool/tmp", "cache", "state", "log", "client", "printers"):
        (state / name).mkdir(parents=True)
    for file, text in {"bus.conf": BUS, "cups-files.conf": FILES, "cupsd.conf": SERVICE}.items():
        (state / file).write_text(text.format(folder=state, port=printers.port), encoding="utf-8")
    for name in printers.names:
        (state / f"{name}.conf").write_text(_abilities(name), encoding="utf-8")
        script = state / f"{name}.sh"
        arrived = shlex.quote(str(printers.folder))
        script.write_text(COMMAND.format(arrived=arrived, name=name), encoding="utf-8")
        script.chmod(0o755)


def _abilities(name: str) -> str:
    """Return what a printer says of itself.

    Its bin is face down, as in most offices: to a face-up one CUPS sends the last page first.
    """
    sides = ("bottom", "left", "right", "top")
    margins = [f"MEMBER integer media-{side}-margin 423" for side in sides]
    sizes = [PAPERS[media] for media in MEDIA[name]]
    dimensions = [f"MEMBER integer x-dimension {x}\nMEMBER integer y-dimension {y}" for x, y in sizes]
    media = [
        "\n".join(["{", "MEMBER collection media-size {", each, "}", *margins, "}"]) for each in dimensions
    ]
    return "\n".join(
        [
            f"ATTR boolean color-supported {'true' if name == CLINIC else 'false'}",
            "ATTR integer copies-default 1",
            "ATTR rangeOfInteger copies-supported 1-99",
            "ATTR mimeMediaType document-format-default application/octet-stream",
            "ATTR mimeMediaType document-format-supported application/pdf,application/octet-stream",
            f"ATTR collection media-col-database {','.join(media)}",
            f"ATTR collection media-col-default {media[0]}",
            *(f"ATTR integer media-{side}-margin-supported 423" for side in sides),
            "ATTR keyword media-col-supported media-size,"
            + ",".join(f"media-{side}-margin" for side in sides),
            f"ATTR keyword media-default {MEDIA[name][0]}",
            f"ATTR keyword media-supported {','.join(MEDIA[name])}",
            "ATTR collection media-size-supported " + ",".join(f"{{\n{each}\n}}" for each in dimensions),
            "ATTR keyword output-bin-default face-down",
            "ATTR keyword output-bin-supported face-down",
            f"ATTR keyword print-color-mode-default {COLOUR[name].partition(',')[0]}",
            f"ATTR keyword print-color-mode-supported {COLOUR[name]}",
            "ATTR enum print-quality-default 4",
            "ATTR enum print-quality-supported 4",
            "ATTR resolution printer-resolution-default 600dpi",
            "ATTR resolution printer-resolution-supported 600dpi",
            "ATTR keyword sides-default one-sided",
            f"ATTR keyword sides-supported {SIDES[name]}",
            "",
        ]
    )


def _read(path: Path) -> Arrived:
    """Return the job whose PDF stands at ``path``."""
    lines = path.with_suffix(".job").read_text(encoding="utf-8").splitlines()
    pairs = (line.removeprefix("IPP_").partition("=") for line in lines)
    return Arrived(path.stem.partition("-")[2], path.read_bytes(), {key: value for key, _, value in pairs})


def _start(program: str, *words: str, state: Path) -> subprocess.Popen[bytes]:
    """Start a program in the background, on the tests' own message bus; what it says goes into a log."""
    found = shutil.which(program, path=PATH)
    assert found, f"the tests need {program}"
    # cupsd would wait for a bus it does not need.
    bus = "none" if program == "cupsd" else "bus"
    environment = {**os.environ, "PATH": PATH, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={state}/{bus}"}
    with (state / "log" / program).open("ab") as log:
        return subprocess.Popen(
            [found, *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program that we started, and wait until it is gone."""
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_all(processes: dict[str, subprocess.Popen[bytes]]) -> None:
    """End all that run by then."""
    for process in processes.values():
        _end(process)


def _free_port() -> int:
    """Return a port that nobody listens on just now."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _listens(port: int) -> bool:
    """Whether somebody listens on a port of this machine."""
    with closing(socket.socket()) as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def _until(done: Callable[[], bool], otherwise: str, state: Path) -> None:
    """Wait until something is so; fail with the logs if it never is."""
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, f"{otherwise}:\n{_logs(state)}"
        time.sleep(0.03)


def _logs(state: Path) -> str:
    """Return the ends of the programs' logs."""
    paths = sorted((state / "log").iterdir())
    return "\n".join(f"{path.name}: {path.read_text(errors='replace')[-1000:]}" for path in paths)
