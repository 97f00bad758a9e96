"""A person at a terminal: waits for each prompt, and types."""

from __future__ import annotations

import codecs
import os
import pty
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tests.conftest import ROOT, Ran

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CTRL_C = "\x03"


def typed(
    words: Sequence[object],
    answers: Sequence[tuple[str, str]],
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
) -> Ran:
    """Run a command at a terminal: wait for each prompt, and type. What the screen showed is in ``err``."""
    screen, keyboard = pty.openpty()
    started = subprocess.Popen(
        [sys.executable, str(ROOT / "generate.py"), *map(str, words)],
        cwd=cwd,
        stdin=keyboard,
        stdout=subprocess.PIPE,
        stderr=keyboard,
        env={**os.environ, **(env or {})},
        start_new_session=True,
        preexec_fn=_own_terminal,
    )
    os.close(keyboard)
    shown, seen, left = "", 0, list(answers)
    decoder = codecs.getincrementaldecoder("utf-8")()  # a letter may come in two pieces
    try:
        while True:
            assert select.select([screen], [], [], 60)[0], f"it waits for something else:\n{shown}"
            try:
                some = os.read(screen, 4096)
            except OSError:  # Linux says so of a terminal that its last process has left
                some = b""
            if not some:
                break
            shown += decoder.decode(some)
            if left and left[0][0] in shown[seen:]:
                seen = len(shown)
                keys = left.pop(0)[1]
                if keys == CTRL_C:
                    time.sleep(0.3)  # Python does not see one that comes just before it begins to read
                os.write(screen, keys.encode())
        out, _ = started.communicate(timeout=60)
    finally:
        os.close(screen)
        if started.poll() is None:
            started.kill()
            started.wait()
    assert left == [], f"it never asked: {left[0][0]}\n{shown}"
    return Ran(started.returncode, out.decode(), shown.replace("\r\n", "\n"))


def _own_terminal() -> None:
    """Do as a shell does: what is typed at this terminal, Ctrl-C too, goes to this process."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.close(os.open(os.ttyname(0), os.O_RDWR))
