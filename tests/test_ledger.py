"""The ledger: one file for several processes at once, and changes that are whole or never were."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import ExitStack
from threading import Timer
from typing import IO, TYPE_CHECKING

import pytest

from handoutpress.delivery.ledger import FILE, Ledger
from handoutpress.delivery.records import begin
from handoutpress.errors import HandoutError
from handoutpress.folders import state_folder
from tests.conftest import ROOT
from tests.outboxes import SAVED, SHEET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Ran


@pytest.fixture
def ledger(clinic: Path) -> Iterator[Ledger]:
    with Ledger.open(clinic) as opened:
        yield opened


# One file, several processes.


OPENER = """
import sys
from pathlib import Path
from handoutpress.delivery.ledger import Ledger
from handoutpress.errors import HandoutError
print("ready", flush=True)
for line in sys.stdin:
    said, _, clinic = line.rstrip().partition(" ")
    try:
        for _ in range(int(said)):
            with Ledger.open(Path(clinic)) as ledger:
                with ledger.change():
                    ledger.set_fact("opened", (ledger.fact("opened") or 0) + 1)
        print(ledger.salt.hex(), flush=True)
    except HandoutError as error:
        print(error, flush=True)
"""
"""Opens the ledger of a clinic as often as it is told, and says the salt it found."""


@pytest.fixture
def openers() -> Iterator[Callable[[int, Path], list[str]]]:
    """Return a function that lets three processes open one ledger at once, and returns what they say."""
    with ExitStack() as stack:
        pipes: list[tuple[IO[str], IO[str]]] = []
        for _ in range(3):
            opener = subprocess.Popen(
                [sys.executable, "-c", OPENER],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(opener)
            assert opener.stdin is not None
            assert opener.stdout is not None
            pipes.append((opener.stdin, opener.stdout))
            stack.callback(opener.stdin.close)
        assert [told.readline() for _, told in pipes] == ["ready\n"] * 3

        def ask(often: int, clinic: Path) -> list[str]:
            for given, _ in pipes:
                given.write(f"{often} {clinic}\n")
                given.flush()
            return [told.readline().rstrip() for _, told in pipes]

        yield ask


def _opened(clinic: Path) -> tuple[int, str]:
    with Ledger.open(clinic) as ledger:
        return ledger.fact("opened"), ledger.salt.hex()


def test_several_processes_make_one_ledger(openers: Callable[[int, Path], list[str]], tmp_path: Path) -> None:
    for number in range(25):
        clinic = tmp_path / f"clinic-{number}"
        told = openers(1, clinic)
        assert (3, told) == (_opened(clinic)[0], [_opened(clinic)[1]] * 3)


def test_a_ledger_that_another_process_is_just_making_is_waited_for(clinic: Path) -> None:
    """The same, at the very moment: nobody at a keyboard is told that another program holds it."""
    folder = state_folder(clinic)
    folder.mkdir(parents=True)
    other = sqlite3.connect(folder / FILE, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")  # as SQLite itself does to change how a new file is written
    done = Timer(0.3, other.execute, ["COMMIT"])
    done.start()
    try:
        with Ledger.open(clinic) as ledger:
            assert len(ledger.salt) == 16
    finally:
        done.join()
        other.close()


def test_several_processes_use_one_ledger(openers: Callable[[int, Path], list[str]], clinic: Path) -> None:
    with Ledger.open(clinic) as ledger:
        ledger.set_fact("opened", 0)
    told = openers(100, clinic)
    assert (300, told) == (_opened(clinic)[0], [_opened(clinic)[1]] * 3)


def test_a_change_is_all_or_nothing(ledger: Ledger, clinic: Path) -> None:
    class Stopped(BaseException):
        pass

    ledger.set_fact("one", 1)
    for error in (HandoutError("no"), KeyboardInterrupt(), Stopped()):
        with pytest.raises(type(error)), ledger.change():  # noqa: PT012
            ledger.set_fact("one", 2)
            ledger.set_fact("two", 2)
            raise error
        assert (ledger.fact("one"), ledger.fact("two")) == (1, None)
    with Ledger.open(clinic) as another:
        with ledger.change():
            ledger.set_fact("one", 3)
            assert another.fact("one") == 1, "nobody sees half of it"
            ledger.set_fact("two", 3)
        assert (another.fact("one"), another.fact("two")) == (3, 3)


def test_a_change_that_is_killed_halfway_never_was(clinic: Path) -> None:
    code = """
import os, signal, sys
from pathlib import Path
from handoutpress.delivery.ledger import Ledger
with Ledger.open(Path(sys.argv[1])) as ledger:
    ledger.set_fact("before", 1)
    with ledger.change():
        ledger.set_fact("half", "x" * 20_000_000)
        os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code, str(clinic)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    with Ledger.open(clinic) as ledger:
        assert (ledger.fact("before"), ledger.fact("half")) == (1, None)
        assert ledger.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_mark_is_this_ledgers_own(ledger: Ledger, clinic: Path, tmp_path: Path) -> None:
    mark = ledger.mark("address", "pat.doe@example.com")
    with Ledger.open(clinic) as again:
        assert again.mark("address", "pat.doe@example.com") == mark
    (tmp_path / "other").mkdir()
    with Ledger.open(tmp_path / "other") as other:
        assert other.mark("address", "pat.doe@example.com") != mark
    assert (
        len({mark, ledger.mark("row", "pat.doe@example.com"), ledger.mark("address", "pat"), ledger.mark()})
        == 4
    )
    assert ledger.mark("ab", "c") != ledger.mark("a", "bc")


def test_the_state_folder_may_be_named(clinic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = state_folder(clinic)
    monkeypatch.setenv("HANDOUTS_STATE", str(tmp_path / "mine"))
    with Ledger.open(clinic) as ledger:
        begin(ledger, [SHEET], SAVED)
    assert state_folder(clinic).is_relative_to(tmp_path / "mine")
    assert (state_folder(clinic) / FILE).is_file()
    assert state_folder(tmp_path / "another") != state_folder(clinic), (
        "one clinic's patients are not another's"
    )
    assert not usual.exists()
    assert not list(clinic.rglob(f"{FILE}*")), "a clinic's folder is shared and copied"


def test_two_clinics_of_one_name_have_two_ledgers(tmp_path: Path) -> None:
    folders = [tmp_path / name / "clinic" for name in ("a", "b")]
    for number, folder in enumerate(folders):
        with Ledger.open(folder) as ledger:
            ledger.set_fact("number", number)
    for number, folder in enumerate(folders):
        with Ledger.open(folder) as ledger:
            assert ledger.fact("number") == number


def test_a_clinic_that_moved_leaves_its_ledger_behind(clinic: Path, run: Callable[..., Ran]) -> None:
    with Ledger.open(clinic):
        pass
    moved = clinic.rename(clinic.with_name("moved"))
    ran = run("doctor")
    assert f"of {clinic} (for `records`: if the clinic was moved" in ran.out
    assert f"of {moved}" not in ran.out
    assert ran.status == 0
