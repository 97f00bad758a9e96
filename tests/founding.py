"""What the tests on new clinics share: the options that are needed, logos, a person at a terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from handoutpress.places import Places, shipped_folder
from handoutpress.scaffolding.questions import OWN, decisions
from tests.conftest import ROOT, Ran

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from handoutpress.scaffolding.questions import Said

CTRL_C = "\x03"
SHIPPED = Places(shipped_folder(), shipped_folder())
FACTS = {
    "--name": "Test Clinic (example)",
    "--phone": "020 7946 0018",
    "--hours": "Monday to Friday, 9 am to 5 pm",
    "--after-hours": "call 020 7946 0019",
    "--emergency-phone": "999",
}
ANSWERS = {question.option.removeprefix("--answer "): question.example for question in decisions(SHIPPED, ())}
"""Every answer without which a shipped sheet does not print."""


def options(**changed: str) -> list[str]:
    """Return all options that are needed, some with other values."""
    facts = FACTS | {f"--{name.replace('_', '-')}": value for name, value in changed.items()}
    words = [word for pair in facts.items() for word in pair]
    return words + [word for name, text in ANSWERS.items() for word in ("--answer", f"{name}={text}")]


def said() -> Said:
    """Return the same as the program keeps it."""
    found: Said = {(OWN, (name[2:].replace("-", "_"),)): value for name, value in FACTS.items()}
    found |= {(OWN, ("protocol", *name.split("."))): text for name, text in ANSWERS.items()}
    return found | {(OWN, ("paper",)): "a4", (OWN, ("date_order",)): "day-month", (OWN, ("clock",)): "12"}


def svg(path: Path, inner: str) -> Path:
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 40" width="25mm" height="10mm">'
    path.write_text(f"{head}{inner}</svg>", encoding="utf-8")
    return path


def png(path: Path, main: str, dot: str | None = None, mode: str = "RGBA") -> Path:
    """Draw a square of one colour, with a dot of another; around it nothing, or white."""
    image = Image.new(mode, (200, 80), (0, 0, 0, 0) if mode == "RGBA" else "white")
    drawing = ImageDraw.Draw(image)
    drawing.rectangle((10, 10, 150, 70), fill=main)
    if dot:
        drawing.ellipse((160, 20, 190, 50), fill=dot)
    image.save(path)
    return path


def typed(words: Sequence[object], answers: Sequence[tuple[str, str]], cwd: Path) -> Ran:
    """Run a command at a terminal: wait for each prompt, and type. What the screen showed is in ``err``."""
    screen, keyboard = pty.openpty()
    started = subprocess.Popen(
        [sys.executable, str(ROOT / "generate.py"), *map(str, words)],
        cwd=cwd,
        stdin=keyboard,
        stdout=subprocess.PIPE,
        stderr=keyboard,
        start_new_session=True,
        preexec_fn=_own_terminal,
    )
    os.close(keyboard)
    shown, seen, left = "", 0, list(answers)
    try:
        while True:
            assert select.select([screen], [], [], 30)[0], f"it waits for something else:\n{shown}"
            try:
                some = os.read(screen, 4096)
            except OSError:  # Linux says so of a terminal that its last process has left
                some = b""
            if not some:
                break
            shown += some.decode()
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
