"""What the tests on new clinics share: the options that are needed, logos, a person at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from handoutpress.places import Places, shipped_folder
from handoutpress.scaffolding.questions import OWN, decisions

if TYPE_CHECKING:
    from pathlib import Path

    from handoutpress.scaffolding.questions import Said

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
