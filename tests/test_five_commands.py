"""From an empty folder to a branded PDF of an overridden sheet: the five commands of the README."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pypdfium2

from tests.conftest import ROOT
from tests.founding import ANSWERS, FACTS, svg
from tests.terminals import typed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

HEADING = "## Your own clinic in five commands"
VIOLET = (0x7B, 0x2D, 0x8B)
ANSWERED = [
    ("Name of the clinic", f"{FACTS['--name']}\n"),
    ("Phone number that", f"{FACTS['--phone']}\n"),
    ("When that phone", f"{FACTS['--hours']}\n"),
    ("Who to call after hours", f"{FACTS['--after-hours']}\n"),
    ("Emergency number", "999\n"),
    ("Address, line by line", "\n"),
    ("Email address", "\n"),
    ("Website", "\n"),
    ("Paper", "\n"),
    ("Date order", "\n"),
    ("Clock", "\n"),
    ("What the logo shows", "\n"),
    ("Main colour [#7b2d8b]", "\n"),
    ("Sheets in `es`", "n\n"),
    *[("(like: ", f"{text}\n") for text in ANSWERS.values()],
]


def test_they_lead_to_a_branded_pdf_of_an_overridden_sheet(run: Callable[..., Ran], tmp_path: Path) -> None:
    block = (
        (ROOT / "README.md").read_text(encoding="utf-8").partition(HEADING)[2].partition("```console\n")[2]
    )
    commands = [shlex.split(line.removeprefix("$ ")) for line in block.partition("```")[0].splitlines()]
    assert len(commands) == 5
    svg(tmp_path / "logo.svg", '<rect width="60" height="30" fill="#7b2d8b"/>')
    first, cd, *rest = commands
    assert first[0] == "handouts"
    founded = typed(first[1:], ANSWERED, tmp_path)
    assert founded.status == 0, founded.err
    assert cd[0] == "cd"
    here = tmp_path / cd[1]
    for words in rest:
        ran = run(*words[1:], cwd=here)
        assert ran.status == 0, ran.err
    pdf = pypdfium2.PdfDocument(here / "aftercare.pdf")
    said = " ".join(page.get_textpage().get_text_bounded() for page in pdf)
    assert FACTS["--name"] in said
    assert "When to get help" in said
    assert "Daily life" not in said
    assert VIOLET in pdf[0].render(scale=2).to_pil().convert("RGB").get_flattened_data()
