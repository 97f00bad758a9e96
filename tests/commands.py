"""Commands in processes of their own, most of which need not import the engine first.

Two thirds of a command that lays a page out are imports. So ``python -m tests.commands FD`` imports what
commands need, and then waits: for each command it forks. The fork has its own environment, folder, arguments
and output, runs ``generate.py`` as ``__main__``, and ends as Python ends. Nothing of the program has run
before the fork, it was only imported.

A new Python starts all the same for the first of each command in a session; for ``desk``, ``batch`` and
``doctor``, which start processes or look at what is installed; and where the environment says something to
Python itself.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "generate.py"
TIMEOUT = 120.0
_IMPORTS = (
    "weasyprint",
    "handoutpress.plates.making",
    "handoutpress.packets",
    *(f"handoutpress.cli.{name}" for name in ("making", "packeting", "printing", "emailing", "outboxing")),
    *(f"handoutpress.cli.{name}" for name in ("recording", "preferring", "checking", "signing", "showing")),
)
"""What commands import themselves, when they need it."""
_ALWAYS_NEW = ("desk", "batch", "doctor")
_TO_PYTHON = ("PYTHON", "LANG", "LC_", "LD_", "TZ")
"""How the names begin of what Python or its libraries read when they start."""
_READ_LATER = "PYTHON_KEYRING_BACKEND"
_MESSAGE = 1 << 17


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str


class Commands:
    """Runs commands, one at a time."""

    def __init__(self, begun: Path) -> None:
        """``begun`` is a folder for the names of the commands that some worker has started anew."""
        self._begun = begun
        self._server: subprocess.Popen[bytes] | None = None
        self._link: socket.socket | None = None
        self._env: dict[str, str] = {}

    def run(self, words: Sequence[str], cwd: Path, env: dict[str, str]) -> Ended:
        """Run a command to its end."""
        first = words[0] if words else ""
        if first not in _ALWAYS_NEW and self._was_begun(first, words) and self._can_fork(env):
            return self._fork(words, cwd, env)
        done = subprocess.run(
            [sys.executable, str(PROGRAM), *words],
            cwd=cwd,
            env=env,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=TIMEOUT,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def _was_begun(self, first: str, words: Sequence[str]) -> bool:
        """Whether a command was started anew before, by any worker; this one is said to do so now."""
        name = self._begun / (first or "none")
        if name.exists() or "--help" in words:
            return name.exists()
        try:
            name.touch(exist_ok=False)
        except FileExistsError:
            return True
        return False

    def close(self) -> None:
        """End the process that forks."""
        if self._server and self._link:
            self._link.close()
            self._server.wait(10)

    def _can_fork(self, env: dict[str, str]) -> bool:
        if sys.platform != "linux":
            return False
        if self._server is None:
            self._start()
        return _to_python(env) == _to_python(self._env)

    def _start(self) -> None:
        self._env = {name: value for name, value in os.environ.items() if name != _READ_LATER}
        self._link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "tests.commands", str(theirs.fileno())],
                cwd=ROOT,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # what Python makes of its output, it makes now: not a terminal's
                pass_fds=[theirs.fileno()],
            )

    def _fork(self, words: Sequence[str], cwd: Path, env: dict[str, str]) -> Ended:
        assert self._link
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            request = json.dumps([list(words), str(cwd), env]).encode()
            assert len(request) < _MESSAGE
            socket.send_fds(self._link, [request], [out.fileno(), err.fileno()])
            child = int(self._answer(TIMEOUT))
            try:
                status = int(self._answer(TIMEOUT))
            except TimeoutError:
                os.kill(child, signal.SIGKILL)
                self._answer(TIMEOUT)
                raise subprocess.TimeoutExpired(list(words), TIMEOUT) from None
            said = []
            for file in (out, err):
                file.seek(0)
                # As pipes are read that are said to be text.
                said.append(file.read().decode("utf-8").replace("\r\n", "\n").replace("\r", "\n"))
        return Ended(status, *said)

    def _answer(self, seconds: float) -> str:
        assert self._link
        self._link.settimeout(seconds)
        said = self._link.recv(_MESSAGE).decode()
        assert said, "the process that forks is gone"
        return said


def _to_python(env: dict[str, str]) -> dict[str, str]:
    return {name: env[name] for name in env if name.startswith(_TO_PYTHON) and name != _READ_LATER}


def _next_command(link: socket.socket) -> list[str]:
    """Wait for commands; return, in a process of its own, each one's words."""
    while True:
        request, files, _, _ = socket.recv_fds(link, _MESSAGE, 2)
        if not request:
            os._exit(0)
        child = os.fork()
        if child == 0:
            link.close()
            words, cwd, env = json.loads(request)
            os.chdir(cwd)
            os.environ.clear()
            os.environ.update(env)
            for number, file in enumerate(files, 1):
                os.dup2(file, number)
                os.close(file)
            given: list[str] = words
            return given
        for file in files:
            os.close(file)
        link.send(str(child).encode())
        _, status = os.waitpid(child, 0)
        link.send(str(os.waitstatus_to_exitcode(status)).encode())


if __name__ == "__main__":
    import gc
    import importlib

    for module in _IMPORTS:
        importlib.import_module(module)
    gc.freeze()
    sys.argv = [str(PROGRAM), *_next_command(socket.socket(fileno=int(sys.argv[1])))]
    runpy.run_path(str(PROGRAM), run_name="__main__")
