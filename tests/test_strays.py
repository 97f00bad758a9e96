"""Files below a clinic's ``handouts`` that nothing reads, while somebody thinks that patients do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handoutpress.places import shipped_folder
from tests.overlays import AFTERCARE, HEAD, TOPIC, html, problems, write_changes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

FILE = f"{AFTERCARE}.changes.yaml"


def test_a_sheet_of_the_same_name_beside_it(clinic: Path) -> None:
    path = write_changes(clinic, "")
    shipped = shipped_folder() / "handouts" / TOPIC / f"{AFTERCARE}.yaml"
    path.with_name(shipped.name).write_bytes(shipped.read_bytes())
    (problem,) = problems(clinic)
    assert problem.place is not None
    assert problem.place.file == path
    assert f"{AFTERCARE}.yaml is your own sheet" in problem.message


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("microneedling/microneedling-aftercar.changes.yaml", f'did you mean "{FILE}"?'),
        ("microneedling/microneedling-aftercare.change.yaml", f'did you mean "{FILE}"?'),
        ("microneedling/microneedling-aftercare.changes.yml", f'did you mean "{FILE}"?'),
        ("other/microneedling-aftercare.changes.yaml", "put this file into handouts/microneedling"),
        ("microneedling-aftercare.changes.yaml", "a sheet stands in its topic's folder"),
    ],
)
def test_a_file_that_nothing_reads_stops_the_print(clinic: Path, name: str, hint: str) -> None:
    """Whoever wrote it thinks that their patients read it."""
    path = clinic / "handouts" / name
    path.parent.mkdir(parents=True)
    path.write_text(HEAD, encoding="utf-8")
    (problem,) = problems(clinic, "microneedling-about")
    assert problem.place is not None
    assert problem.place.file == path
    assert hint in problem.hint


def test_what_editors_leave_behind_is_left_alone(clinic: Path) -> None:
    folder = clinic / "handouts" / TOPIC
    folder.mkdir(parents=True)
    for name in (".microneedling-about.yaml.swp", "~x.yaml", ".hidden.yaml", "notes.txt", "a.yaml~"):
        (folder / name).write_text("x", encoding="utf-8")
    html(clinic)


def test_the_command_line_says_it_in_one_go(run: Callable[..., Ran], clinic: Path, tmp_path: Path) -> None:
    write_changes(clinic, "changes:\n  - hide: {block: faw, was: 00000000, because: x}\n")
    ran = run("make", AFTERCARE, "--clinic", clinic, "-o", tmp_path / "a.pdf")
    assert ran.status == 1
    assert f"{FILE}:6:19  {AFTERCARE}.yaml has no block `faw`, or no longer" in ran.err
    assert 'did you mean "faq"?' in ran.err
    assert not (tmp_path / "a.pdf").exists()


@pytest.mark.parametrize(
    "name",
    [
        "evidence.es.yaml",
        "evidence.es.changes.yaml",
        "scores.changes.yaml",
        "protocol.en.yaml",
        "protocol.en.changes.yaml",
        "microneedling-aftercare.changes.YAML",
        "microneedling-aftercare.YAML",
    ],
)
def test_names_that_look_right(clinic: Path, name: str) -> None:
    path = clinic / "handouts" / TOPIC / name
    path.parent.mkdir(parents=True)
    path.write_text("{}", encoding="utf-8")
    (problem,) = problems(clinic, "microneedling-about")
    assert problem.place is not None
    assert problem.place.file == path


@pytest.mark.parametrize("name", ["evidence.changes.yaml", "protocol.yaml"])
def test_a_topic_that_has_no_sheet(clinic: Path, name: str) -> None:
    path = clinic / "handouts" / "microneedeling" / name
    path.parent.mkdir(parents=True)
    path.write_text("{}", encoding="utf-8")
    (problem,) = problems(clinic)
    assert problem.place is not None
    assert problem.place.file == path


@pytest.mark.parametrize("target", ["nowhere.yaml", "/etc/hostname"])
def test_a_link_that_leads_nowhere(clinic: Path, target: str) -> None:
    path = clinic / "handouts" / TOPIC / FILE
    path.parent.mkdir(parents=True)
    path.symlink_to(target)
    (problem,) = problems(clinic)
    assert problem.message == "this link leads to no file in the clinic's folder"


def test_changes_beside_a_sheet_of_its_own_elsewhere(clinic: Path) -> None:
    own = clinic / "handouts" / "mine" / f"{AFTERCARE}.yaml"
    own.parent.mkdir(parents=True)
    own.write_bytes((shipped_folder() / "handouts" / TOPIC / f"{AFTERCARE}.yaml").read_bytes())
    write_changes(clinic, "")
    hints = [problem.hint for problem in problems(clinic, "microneedling-about")]
    assert hints == [f"{AFTERCARE} is your own sheet, in handouts/mine: change it there"]
