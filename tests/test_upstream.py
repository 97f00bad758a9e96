"""What ``check`` and ``where`` say once a shipped file has changed under a clinic's copy of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from handoutpress import __version__
from handoutpress.cli import cli
from handoutpress.ejecting import copying
from handoutpress.ejecting.notes import read_notes
from handoutpress.ejecting.standing import stand
from handoutpress.ejecting.upstream import check_copies
from handoutpress.places import Places
from tests.conftest import ROOT, TODAY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from handoutpress.errors import Problem
    from tests.conftest import Ran

    Run = Callable[..., Ran]

SHEET = "microneedling-aftercare"
SHEET_PATH = f"handouts/microneedling/{SHEET}.yaml"
PATH = "templates/sheet.html"


@pytest.fixture
def places(clinic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """Return a clinic's places whose shipped folder can be changed, as an update would."""
    shipped = tmp_path / "program"
    for kind in ("handouts/microneedling", "templates", "styles"):
        shutil.copytree(ROOT / kind, shipped / kind)
    monkeypatch.setattr("handoutpress.places.shipped_folder", lambda: shipped)
    return Places(clinic, shipped)


def update(places: Places, path: str, old: str, new: str) -> None:
    text = (places.shipped / path).read_text("utf-8")
    assert old in text
    (places.shipped / path).write_text(text.replace(old, new, 1), encoding="utf-8")


def said(places: Places, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, str]:
    """Run a command in this process, where the shipped folder is another; return what it printed."""
    capsys.readouterr()
    cli.main([*words, "--clinic", str(places.clinic)], standalone_mode=False)
    printed = capsys.readouterr()
    return printed.out, printed.err


def only(places: Places) -> Problem:
    (problem,) = check_copies(places)
    assert problem.rule == "upstream"
    assert problem.place
    assert problem.place.line
    assert problem.hint
    return problem


def test_nothing_to_say_before_an_update(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    copying.eject(places, PATH, TODAY)
    assert check_copies(places) == []
    out, err = said(places, capsys, "where", PATH, "--diff")
    assert (out, err) == ("", f"{PATH}: The shipped one has not changed since.\n")


def test_what_has_changed_is_counted_and_shown(
    places: Places, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = copying.eject(places, PATH, TODAY)
    own.write_text("{# ours #}\n" + own.read_text("utf-8"), encoding="utf-8")
    ours = own.read_bytes()
    update(places, PATH, "<main>\n", '<main class="new">\n<hr>\n<hr>\n')
    for module in ("upstream", "copying"):
        monkeypatch.setattr(f"handoutpress.ejecting.{module}.__version__", "0.2.0")
    problem = only(places)
    assert problem.message == (
        f"the shipped {PATH} has changed since this copy was made ({__version__} -> 0.2.0): "
        "3 lines added, 1 removed"
    )
    assert problem.place
    assert (problem.place.file, problem.place.text) == (own, "<main>")
    assert own.read_text("utf-8").splitlines()[problem.place.line - 1] == "<main>"
    assert f"`where {PATH} --diff`" in problem.hint
    assert f"`eject {PATH} --seen`" in problem.hint
    out, _ = said(places, capsys, "where", PATH, "--diff")
    lines = out.splitlines()
    assert lines[:2] == [f"--- {PATH} ({__version__})", f"+++ {PATH} (0.2.0)"]
    changed = [line for line in lines[2:] if line[0] in "+-"]
    assert changed == ["-<main>", '+<main class="new">', "+<hr>", "+<hr>"]
    assert (
        "The shipped one has changed since: 3 lines added, 1 removed"
        in said(places, capsys, "where", PATH)[0]
    )
    (told,) = json.loads(said(places, capsys, "where", PATH, "--json")[0])
    assert told["upstream"] == {"state": "changed", "added": 3, "removed": 1}
    assert own.read_bytes() == ours

    out, _ = said(places, capsys, "eject", PATH, "--seen")
    assert out == f"{own}  (noted as seen in version 0.2.0)\n"
    assert own.read_bytes() == ours
    assert check_copies(places) == []
    (note,) = read_notes(places).copies
    assert note.version == "0.2.0"


def test_a_copy_that_nobody_changed_can_go(places: Places) -> None:
    copying.eject(places, PATH, TODAY)
    update(places, PATH, "<main>", "<main >")
    assert "1 line added, 1 removed" in only(places).message
    assert "delete it, and the new one is used" in only(places).hint
    (places.clinic / PATH).unlink()
    assert check_copies(places) == []


def test_nothing_is_shipped_any_more(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    path = "styles/icons/tick.svg"
    own = copying.eject(places, path, TODAY)
    (places.shipped / path).unlink()
    assert f"there is no shipped {path} any more" in only(places).message
    assert "nothing is shipped at this path any more" in said(places, capsys, "where", path, "--diff")[1]
    out, _ = said(places, capsys, "eject", path, "--seen")
    assert "no longer shipped: the clinic's own file" in out
    assert check_copies(places) == []
    assert own.is_file()
    assert not (places.clinic / ".ejected" / path).exists()


def test_line_ends_are_no_change(places: Places) -> None:
    own = copying.eject(places, PATH, TODAY)
    for path in (own, places.clinic / ".ejected" / PATH, places.shipped / PATH):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (places.clinic / ".ejected" / PATH).write_bytes(own.read_bytes().replace(b"\r\n", b"\n"))
    assert check_copies(places) == []
    assert stand(places, PATH).is_same


def test_the_older_text_is_lost(places: Places) -> None:
    copying.eject(places, PATH, TODAY)
    (places.clinic / ".ejected" / PATH).unlink()
    assert check_copies(places) == []
    update(places, PATH, "<main>", "<main >")
    assert "what changed cannot be told" in only(places).message


def test_stopped_while_noting_what_was_seen(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    own = copying.eject(places, PATH, TODAY)
    own.write_text("OURS", encoding="utf-8")
    update(places, PATH, "<main>", "<main >")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("handoutpress.ejecting.copying.write_notes", stop)
        with pytest.raises(KeyboardInterrupt):
            copying.see(places, PATH, TODAY)
    assert copying.see(places, PATH, TODAY)
    assert check_copies(places) == []
    assert own.read_text("utf-8") == "OURS"


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        (SHEET_PATH, f"`new changes {SHEET}`"),
        ("handouts/microneedling/evidence.yaml", "--seen"),
        ("templates/parts/title.html", "--seen"),
        ("templates/words/en.yaml", "--seen"),
        ("styles/blocks.css", "--seen"),
    ],
)
def test_a_copy_that_nobody_noted(
    places: Places, capsys: pytest.CaptureFixture[str], path: str, hint: str
) -> None:
    own = places.clinic / path
    own.parent.mkdir(parents=True)
    shutil.copy(places.shipped / path, own)
    assert f"this is the same as the shipped {path}" in only(places).message
    assert "delete it" in only(places).hint
    own.write_bytes(own.read_bytes() + b"\n\n")
    with own.open("a", encoding="utf-8") as file:
        file.write("# ours\n")
    problem = only(places)
    assert problem.place
    assert problem.place.file == own
    assert f"stands before the shipped {path}, and nothing notes which version" in problem.message
    assert hint in problem.hint
    assert "(noted as seen in version" in said(places, capsys, "eject", path, "--seen")[0]
    assert check_copies(places) == []
    update(places, path, "e", "E")
    assert "has changed since this copy was made" in only(places).message


def test_what_is_no_copy(places: Places) -> None:
    built = '{% extends "shipped:sheet.html" %}{% block head %}{% endblock %}'
    for path, text in {
        PATH: built,
        "templates/parts/title.html": '{% include "shipped:parts/title.html" %}',
        "styles/clinic.css": ".warning { color: red; }",
        "styles/icons/tick.svg": "<svg/>",
        "handouts/microneedling/figures/sun.svg": "<svg/>",
        "handouts/ours/new-sheet.yaml": "title: x",
        SHEET_PATH.replace(".yaml", ".changes.yaml"): "version: '1.1'",
    }.items():
        (places.clinic / path).parent.mkdir(parents=True, exist_ok=True)
        (places.clinic / path).write_text(text, encoding="utf-8")
    assert check_copies(places) == []


def test_for_the_sheets_that_were_asked_for(places: Places) -> None:
    for path in (PATH, SHEET_PATH):
        copying.eject(places, path, TODAY)
        update(places, path, "e", "E")
    assert len(check_copies(places)) == 2
    (problem,) = check_copies(places, [SHEET])
    assert problem.place
    assert problem.place.file == places.clinic / SHEET_PATH
    assert check_copies(places, ["microneedling-about"]) == []


def test_there_is_nothing_to_have_seen(places: Places, run: Run) -> None:
    ran = run("eject", PATH, "--seen", "--clinic", places.clinic)
    assert ran.status == 1
    assert f"the clinic has no copy of {PATH}" in ran.err
    assert not (places.clinic / ".ejected").exists()
    ran = run("where", PATH, "--diff", "--clinic", places.clinic)
    assert ran.status == 1
    assert "nothing notes which shipped version" in ran.err


def test_an_update_of_the_whole_program(tmp_path: Path) -> None:
    program, clinic = tmp_path / "program", tmp_path / "clinic"
    shutil.copytree(ROOT / "handoutpress", program / "handoutpress", ignore=shutil.ignore_patterns("*.pyc"))
    for kind in ("handouts/microneedling", "templates", "styles"):
        shutil.copytree(ROOT / kind, program / kind)
    shutil.copy(ROOT / "generate.py", program)
    asked = program / "handouts" / "stitches" / "protocol.yaml"  # the clinic answers it, too
    asked.parent.mkdir()
    shutil.copy(ROOT / "handouts" / "stitches" / "protocol.yaml", asked)
    shutil.copytree(ROOT / "clinics" / "harbor", clinic)

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(program / "generate.py"), *words, "--clinic", str(clinic)],
            cwd=program, env=dict(os.environ), capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    path = "templates/parts/letterhead.html"
    assert command("eject", path).returncode == 0
    assert "nothing to mend" in command("check", SHEET).stdout
    own = clinic / path
    own.write_text(own.read_text("utf-8") + "<!-- ours -->\n", encoding="utf-8")
    with (program / path).open("a", encoding="utf-8") as file:
        file.write("<!-- theirs -->\n")
    start = program / "handoutpress" / "__init__.py"
    start.write_text(start.read_text("utf-8").replace(f'"{__version__}"', '"9.1.0"'), encoding="utf-8")
    ran = command("check")
    assert ran.returncode == 1
    said = (
        f"the shipped {path} has changed since this copy was made ({__version__} -> 9.1.0): 1 line added, 0"
    )
    assert said in ran.stderr
    assert f"{own}:" in ran.stderr
    assert "<!-- theirs -->" in command("where", path, "--diff").stdout
    assert command("make", SHEET, "-o", str(clinic / "out")).returncode == 0, "only `check` stops for it"
