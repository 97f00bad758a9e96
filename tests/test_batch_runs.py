"""A batch that is stopped, and the next run; tables, outputs and disks that break on the way."""

from __future__ import annotations

import os
import re
import resource
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from handoutpress.batch.workforce import InProcess, Workforce
from handoutpress.cli import main
from handoutpress.delivery.files import count_lines
from handoutpress.errors import HandoutError, Place, Problem, ProblemsFound
from handoutpress.reading.rows import read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from handoutpress.reading.days import DateOrder
    from handoutpress.reading.rows import BadRow, Row
    from tests.conftest import Ran

    Run = Callable[..., Ran]
from tests.batches import (
    AFTERCARE,
    copies,
    is_whole,
    made,
    many,
    start_batch,
    table,
    text,
    wait_for_copies,
    workers_of,
)


class TestTheNextRun:
    def test_only_what_changed_is_made_anew(self, run: Run, tmp_path: Path, clinic: Path) -> None:
        lines = ["Ann Example,EX-1", "Bo Example,EX-2", "Cy Example,EX-3"]
        rows, out = table(tmp_path, "name,reference", *lines), tmp_path / "out"
        command = ("batch", rows, "--handout", AFTERCARE, "--clinic", clinic, "-o", out)
        assert "3 copies made." in run(*command).err
        first = copies(out)
        again = run(*command)
        assert (again.status, again.out) == (0, "")
        assert "0 copies made; 3 were there already." in again.err

        table(tmp_path, "name,reference", lines[0], "Bo Sample,EX-2", lines[2])
        (out / f"00004-{AFTERCARE}.pdf").unlink()
        changed = run(*command)
        assert "2 copies made; 1 was there already." in changed.err
        assert sorted(changed.out.splitlines()) == [str(out / f"0000{n}-{AFTERCARE}.pdf") for n in (3, 4)]
        second = copies(out)
        assert {name for name in first if first[name] != second[name]} == {f"00003-{AFTERCARE}.pdf"}
        assert "Bo Sample" in text(out / f"00003-{AFTERCARE}.pdf")

        facts = clinic / "clinic.yaml"
        facts.write_text(facts.read_text(encoding="utf-8").replace("555-0100", "555-0111"), encoding="utf-8")
        assert "3 copies made." in run(*command).err
        for name in made(out):
            assert "555-0111" in text(out / name)
            assert "555-0100" not in text(out / name)

    def test_a_full_disk_stops_it_and_the_next_run_goes_on(self, run: Run, tmp_path: Path) -> None:
        """A limit on the size of a file stands for the disk: a Cyrillic name's copy is the larger."""
        rows = table(tmp_path, "name", "Ann Example", "Bo Example", "Пример Примеров", "Di Example")
        whole, out = tmp_path / "whole", tmp_path / "out"
        assert run("batch", rows, "--handout", AFTERCARE, "-o", whole).status == 0
        sizes = [len(data) for data in copies(whole).values()]
        limit = (max(sizes[0], sizes[1]) + sizes[2]) // 2
        assert max(sizes[0], sizes[1]) < limit < sizes[2]

        def small_disk() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        done = start_batch(rows, out, small_disk)
        _, err = done.communicate(timeout=60)
        assert done.returncode == 1, err
        assert "Traceback" not in err
        assert f"00004-{AFTERCARE}.pdf could not be written: File too large." in err
        assert "What is made stays; the same command goes on from here." in err
        kept = copies(out)
        assert kept == {name: data for name, data in copies(whole).items() if name[:5] in ("00002", "00003")}
        after = run("batch", rows, "--handout", AFTERCARE, "-o", out)
        assert "2 copies made; 2 were there already." in after.err
        assert copies(out) == copies(whole)

    def test_ctrl_c_leaves_whole_files_and_the_next_run_completes(self, run: Run, tmp_path: Path) -> None:
        count = 1200
        rows, out = many(tmp_path, count), tmp_path / "out"
        started = start_batch(rows, out, None, "--jobs", "2")
        wait_for_copies(started, out)
        os.killpg(started.pid, signal.SIGINT)
        _, err = started.communicate(timeout=60)
        assert started.returncode == 130, err
        assert "Stopped." in err
        assert "Traceback" not in err
        left = copies(out)
        assert 0 < len(left) < count
        assert [name for name, data in left.items() if not is_whole(name, data)] == []
        ran = run("batch", rows, "--handout", AFTERCARE, "-o", out, "--jobs", 2)
        assert ran.status == 0, ran.err
        after = copies(out)
        assert len(after) == count
        assert [name for name, data in after.items() if not is_whole(name, data)] == []
        assert left.items() <= after.items()

    def test_ctrl_c_while_processes_start_is_quiet(self, tmp_path: Path) -> None:
        rows, out = many(tmp_path, 400), tmp_path / "out"
        started = start_batch(rows, out, None, "--jobs", "2")
        while started.poll() is None and not (workers := workers_of(started.pid)):
            time.sleep(0.002)
        state = Path(f"/proc/{workers[0]}/status")
        if state.exists():  # where the system tells: the signal is kept from a worker since before its start
            (blocked,) = re.findall(r"SigBlk:\s*(\w+)", state.read_text(encoding="utf-8"))
            assert int(blocked, 16) >> (signal.SIGINT - 1) & 1
        os.killpg(started.pid, signal.SIGINT)
        _, err = started.communicate(timeout=60)
        assert started.returncode == 130, err
        assert "Traceback" not in err
        assert "KeyboardInterrupt" not in err
        assert [name for name, data in copies(out).items() if not is_whole(name, data)] == []

    def test_a_process_that_dies_loses_nothing(self, tmp_path: Path, run: Run) -> None:
        count = 1200
        rows, out = many(tmp_path, count), tmp_path / "out"
        started = start_batch(rows, out, None, "--jobs", "2")
        wait_for_copies(started, out)
        before = len(made(out))
        os.kill(workers_of(started.pid)[0], signal.SIGKILL)
        _, err = started.communicate(timeout=60)
        assert started.returncode == 0, err
        assert before < count
        assert "1,200 copies made" in err
        assert [name for name, data in copies(out).items() if not is_whole(name, data)] == []
        assert len(made(out)) == count


class TestPaths:
    def test_a_letter_that_the_output_lacks_is_written_as_its_code(self, run: Run, tmp_path: Path) -> None:
        rows, out = table(tmp_path, "name", "Νίκος Example", "Bo Example"), tmp_path / "out"
        command = ("batch", rows, "--handout", AFTERCARE, "-o", out, "--file-name", "{name}")
        ran = run(*command, env={"PYTHONIOENCODING": "cp1252"})
        assert ran.status == 0, ran.err
        assert made(out) == ["Bo-Example.pdf", "Νίκος-Example.pdf"]
        escaped = "Νίκος".encode("ascii", "backslashreplace").decode()
        assert sorted(ran.out.splitlines()) == [f"{out}/Bo-Example.pdf", f"{out}/{escaped}-Example.pdf"]

    @pytest.mark.parametrize("count", [2, 400])
    def test_a_reader_that_goes_away_ends_nothing(self, tmp_path: Path, count: int) -> None:
        """Few paths wait in the buffer until the end; many are written on the way."""
        rows, out = many(tmp_path, count), tmp_path / "out"
        reading, writing = os.pipe()
        os.close(reading)
        started = start_batch(rows, out, None, to=writing)
        os.close(writing)
        _, err = started.communicate(timeout=60)
        assert started.returncode == 0, err
        assert len(made(out)) == count
        assert err.count("Nobody reads the output any more; the work goes on all the same.") == 1
        assert f"{count} copies made" in err
        assert "BrokenPipe" not in err

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
    def test_an_output_that_is_full_is_said_in_words(self, tmp_path: Path) -> None:
        with Path("/dev/full").open("wb") as full:
            started = start_batch(many(tmp_path, 2), tmp_path / "out", None, to=full.fileno())
        _, err = started.communicate(timeout=60)
        assert started.returncode == 1, err
        assert "2 copies made." in err
        assert "the output cannot be written: No space left on device. What is done stays." in err
        assert "Traceback" not in err
        assert "Exception ignored" not in err


class TestBrokenTable:
    def test_says_what_stays(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        rows, out = many(tmp_path, 6), tmp_path / "out"

        def breaking(path: Path, order: DateOrder | None) -> Iterator[Row | BadRow]:
            for number, row in enumerate(read_rows(path, order)):
                if number == 5:
                    raise ProblemsFound([Problem("not UTF-8 text", Place(path, 7, 1))])
                yield row

        monkeypatch.setattr("handoutpress.reading.rows.read_rows", breaking)
        small = Workforce(InProcess, 1, chunk=2)
        monkeypatch.setattr("handoutpress.batch.workforce.on_this_machine", lambda *_: small)
        words_ = ["batch", str(rows), "--handout", AFTERCARE, "-o", str(out), "--jobs", "1"]
        monkeypatch.setattr(sys, "argv", ["handouts", *words_])
        with pytest.raises(SystemExit) as ended:
            main()
        err = capsys.readouterr().err
        assert ended.value.code == 1
        assert f"{rows}:7:1  not UTF-8 text\nWhat is made stays; mend the table and give the same" in err
        assert "Nothing was written" not in err
        assert made(out)


def test_lines_of_a_table(tmp_path: Path) -> None:
    assert count_lines(many(tmp_path, 3)) == 4
    with pytest.raises(HandoutError, match=r"none\.csv cannot be read: No such file"):
        count_lines(tmp_path / "none.csv")
