"""Mistakes that a practice manager makes: each is told once, with its place and what mends it."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT
from tests.overlays import AFTERCARE, HEAD, TOPIC

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

OVERLAY = f"handouts/{TOPIC}/{AFTERCARE}.changes.yaml"
EXTENDS = '{% extends "shipped:sheet.html" %}\n'


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "my-clinic"
    shutil.copytree(ROOT / "clinics" / "example", folder)
    return folder


def put(folder: Path, name: str, old: str | None, new: str) -> None:
    """Change a file of the clinic's, or write a new one."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = path.read_text(encoding="utf-8") if old is not None else ""
    assert old is None or re.search(old, text, re.MULTILINE)
    changed = new if old is None else re.sub(old, new, text, count=1, flags=re.MULTILINE)
    path.write_text(changed, encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "place", "message", "hint"),
    [
        pytest.param(
            "_brand.yml", '"#1f5c66"', '"#1f5c6"', "24:16", "`#1f5c6` is not an opaque colour",
            "like #1f5c66",
            id="a hex colour with a digit less",
        ),
        pytest.param(
            "_brand.yml", '"#1f5c66"', "#1f5c66", "24:16", "`#1f5c66` is not read: a # begins a comment",
            "in quotes", id="a hex colour without quotes",
        ),
        pytest.param(
            "_brand.yml", '"#1f5c66"', '"#9fdce6"', "31:12", "primary #9fdce6 has a contrast of",
            "the nearest colour that passes",
            id="a colour too pale to read",
        ),
        pytest.param(
            "_brand.yml", "logo.svg", "Logo.svg", "13:13", "there is no image `Logo.svg`", "looked for",
            id="a logo that is not there",
        ),
        pytest.param(
            "clinic.yaml", "^phone:", "phnoe:", "8:1", 'unknown key "phnoe"', 'did you mean "phone"?',
            id="a misspelt key",
        ),
        pytest.param(
            "clinic.yaml", "^  microneedling:", "\tmicroneedling:", "5\\d:1", "a tab in the indentation",
            "use spaces", id="a tab",
        ),
        pytest.param(
            "clinic.yaml", "^name: .*", "name: “My Clinic”", "6:7", "these quotes would be printed",
            "use straight quotes", id="quotes from a letter",
        ),
        pytest.param(
            "clinic.yaml", "^protocol:", "protocol:\n  microneedeling: {plan: x}", "\\d+:3",
            "there is no topic `microneedeling`", 'did you mean "microneedling"?', id="a misspelt topic",
        ),
        pytest.param(
            "clinic.yaml", "^protocol:", "protocol:\n  ../stitches: {x: y}", "\\d+:3",
            "there is no topic `../stitches`", "did you mean", id="a topic that leads out",
        ),
        pytest.param(
            "clinic.yaml", "^phone: .*", "phone: 01632 960123 #12", "8:21",
            "`#12` is not read: a # begins a comment", "in quotes", id="an extension that YAML drops",
        ),
        pytest.param(
            "clinic.yaml", "^after_hours: .*", "after_hours: call: 01632 960199", "10:18",
            "a second `: ` on this line", "in quotes", id="a colon in a number's words",
        ),
        pytest.param(
            "templates/sheet.html", None, EXTENDS + "{% block lettrehead %}x{% endblock %}\n", "2:1",
            "has no block `lettrehead`", 'did you mean "letterhead"?', id="a misnamed block of a template",
        ),
        pytest.param(
            "templates/sheet.html", None, EXTENDS.replace("shipped", "shiped"),
            "1:1",
            "there is no template `shiped:sheet.html`", 'did you mean "shipped:sheet.html"?',
            id="a misspelt template",
        ),
        pytest.param(
            "templates/sheet.html", None, EXTENDS + "{% block title %}{{ clinc.name }}{% endblock %}\n",
            "2:1",
            "'clinc' is undefined", 'did you mean "clinic"?', id="a misspelt name in a template",
        ),
        pytest.param(
            "styles/clinic.css", None, "h2 { colour: red; }\n", "1:6", "unknown property", "",
            id="a misspelt property",
        ),
        pytest.param(
            "styles/clinic.css", None, "h2 { color: red;\nh3 { color: red; }\n", "1:1", "is never closed",
            "close it", id="a brace that is never closed",
        ),
        pytest.param(
            "styles/clinic.css", None,
            "/* ours */\np { color: red; }\n/* why\nh2 { color: red; }\nh3 { content: '/*'; }\n", "3:1",
            "a `/*` on this line is never closed", "close it with a `*/`",
            id="a comment that is never closed",
        ),
        pytest.param(
            "styles/clinic.css", None, "h2  color: red; }\n", "1:18", "not readable as CSS",
            "a rule is like", id="a brace that is never opened",
        ),
        pytest.param(
            OVERLAY, None, HEAD + 'changes:\n  - hide: {block: faqs, was: "00000000", because: x}\n',
            "6:19",
            "has no block `faqs`", 'did you mean "faq"?', id="a change to a block that is gone",
        ),
        pytest.param(
            f"handouts/{TOPIC}/{AFTERCARE} copy.yaml", None, "title: x\n", "",
            "nothing reads this file", f'did you mean "{AFTERCARE}', id="a copy with a name of its own",
        ),
    ],
)  # fmt: skip
def test_it_is_told_once_with_its_place_and_a_hint(
    run: Callable[..., Ran], own: Path, tmp_path: Path, file: str, old: str | None, new: str, place: str,
    message: str, hint: str,
) -> None:  # fmt: skip
    put(own, file, old, new)
    ran = run("make", AFTERCARE, "--clinic", own, "-o", tmp_path / "a.pdf")
    assert ran.status == 1
    assert "1 problem in 1 file. Nothing was written." in ran.err
    first = ran.err.splitlines()[0]
    assert re.match(re.escape(str(own / file)) + (f":{place}  " if place else "  "), first), first
    assert message in first
    assert hint in ran.err
    assert not (tmp_path / "a.pdf").exists()


def test_a_phone_number_is_printed_as_it_is_typed(run: Callable[..., Ran], own: Path, tmp_path: Path) -> None:
    """YAML by the book reads 01632960123 as a number, and 0163 as 115."""
    put(own, "clinic.yaml", "^phone: .*", "phone: 01632960123")
    ran = run("make", AFTERCARE, "--clinic", own, "-o", tmp_path / "a.pdf", "--html")
    assert ran.status == 0, ran.err
    assert "01632960123" in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_a_sheet_copied_with_the_same_name(run: Callable[..., Ran], own: Path) -> None:
    shipped = ROOT / "handouts" / TOPIC / f"{AFTERCARE}.yaml"
    put(own, f"handouts/{TOPIC}/{AFTERCARE}.yaml", None, shipped.read_text(encoding="utf-8") + "# ours\n")
    ran = run("check", AFTERCARE, "--clinic", own)
    assert ran.status == 1
    assert "1 problem in 1 file." in ran.err
    assert f"{AFTERCARE}.yaml" in ran.err.splitlines()[0]
    assert "eject" in ran.err


def test_a_sheet_of_one_name_in_two_topics(run: Callable[..., Ran], own: Path) -> None:
    text = (ROOT / "handouts" / TOPIC / f"{AFTERCARE}.yaml").read_text(encoding="utf-8")
    for topic in ("first", "second"):
        put(own, f"handouts/{topic}/my-sheet.yaml", None, text)
    ran = run("make", "my-sheet", "--clinic", own)
    assert ran.status == 1
    assert "two sheets are named my-sheet (en)" in ran.err
    assert "1 problem in 1 file." in ran.err
