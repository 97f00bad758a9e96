"""``batch`` as a person runs it: the right copies under the right names, every bad row told and passed."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from handoutpress.batch import work
from handoutpress.batch.order import Outcome
from handoutpress.batch.workforce import InProcess, Workforce
from handoutpress.cli import main
from handoutpress.cli.batching import Tally, batch
from handoutpress.delivery.files import count_lines, write_whole
from handoutpress.delivery.journal import FILE, LOCK
from handoutpress.errors import HandoutError, Place, Problem, ProblemsFound
from handoutpress.reading.rows import read_rows
from tests.conftest import ROOT
from tests.copies import LONG, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from handoutpress.reading.days import DateOrder
    from handoutpress.reading.rows import BadRow, Row
    from tests.conftest import Ran

    Run = Callable[..., Ran]

AFTERCARE = "microneedling-aftercare"
ABOUT = "microneedling-about"
TEMPLATE = "templates/blocks/patient.html"


def table(folder: Path, *lines: str) -> Path:
    """Write a table, its header first."""
    path = folder / "rows.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def made(folder: Path) -> list[str]:
    """Return the names of all files in a batch's folder but its own record and lock."""
    return sorted(path.name for path in folder.iterdir() if path.name not in (FILE, LOCK))


def copies(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every copy by its name."""
    return {name: (folder / name).read_bytes() for name in made(folder)}


def text(path: Path) -> str:
    """Return a copy's text, its lines joined: a long name may stand on two."""
    return " ".join(" ".join(words(path.read_bytes())).split())


def many(folder: Path, count: int) -> Path:
    rows = [f"Example Patient {number},EX-{number:05}" for number in range(count)]
    return table(folder, "name,reference", *rows)


class TestRightCopies:
    def test_a_copy_for_each_row_with_its_own_words(self, run: Run, tmp_path: Path) -> None:
        rows = table(
            tmp_path,
            "name,reference,clinician,visit,appointment,note",
            "Ann Example,EX-1,Dr Sample,2026-09-23,2026-11-03 14:30,Use the gel twice a day.",
            'Bo Example,EX-2,"Sample, R.N.",2026-10-05,,',
        )
        out = tmp_path / "out"
        ran = run("batch", rows, "--handout", AFTERCARE, "-o", out)
        assert ran.status == 0, ran.err
        assert "2 copies made." in ran.err
        names = [f"0000{line}-{AFTERCARE}.pdf" for line in (2, 3)]
        assert made(out) == names
        assert sorted(ran.out.splitlines()) == [str(out / name) for name in names]
        ann, bo = (text(out / name) for name in names)
        days = ("23 Sep", "Tuesday 3 November", "2:30 pm")
        for words_of_ann in ("Ann Example", "EX-1", "Dr Sample", *days, "Use the gel twice a day."):
            assert words_of_ann in ann
            assert words_of_ann not in bo
        for words_of_bo in ("Bo Example", "EX-2", "Sample, R.N.", "5 Oct"):
            assert words_of_bo in bo
            assert words_of_bo not in ann

    def test_columns_name_sheet_language_edition_and_file(self, run: Run, tmp_path: Path) -> None:
        rows = table(
            tmp_path,
            "name,handout,language,edition,file,visit",
            f"Example One,{ABOUT},es,large-print,,2026-09-23",
            "Example Two,,,,,",
            f"Example Three,{ABOUT},,,third-copy.pdf,",
        )
        out = tmp_path / "out"
        ran = run("batch", rows, "--handout", AFTERCARE, "-o", out, "--file-name", "{name}-{visit}")
        assert ran.status == 0, ran.err
        assert made(out) == ["Example-One-2026-09-23.es.large-print.pdf", "Example-Two.pdf", "third-copy.pdf"]
        spanish, usual, third = (text(out / name) for name in made(out))
        assert "23 de sept. de 2026" in spanish
        assert "Nombre Example One" in spanish
        assert "After your microneedling" in usual
        assert "Example Three" in third
        assert "After your microneedling" not in third

    def test_a_spreadsheets_own_file(self, run: Run, tmp_path: Path) -> None:
        rows = tmp_path / "Mappe1.csv"
        rows.write_bytes(
            b"\xef\xbb\xbf"
            + "Name;Visit;Appointment;Note\r\n"
            'Zoë Exemplář;23.9.2026;03.11.2026 14:30:00;"First line;\nsecond line"\r\n'
            "Bo Example;24.09.2026 00:00:00;;\r\n".encode()
        )
        out = tmp_path / "out"
        ran = run("batch", rows, "--handout", AFTERCARE, "-o", out)
        assert ran.status == 0, ran.err
        # The second row starts on line 4: the note above it has two.
        assert made(out) == [f"00002-{AFTERCARE}.pdf", f"00004-{AFTERCARE}.pdf"]
        first, second = (text(out / name) for name in made(out))
        for said in ("Zoë Exemplář", "23 Sep", "Tuesday 3 November", "2:30 pm", "First line; second line"):
            assert said in first
        assert "24 Sep" in second

    def test_blank_cells_are_lines_for_a_pen(self, run: Run, tmp_path: Path) -> None:
        out = tmp_path / "out"
        rows = table(tmp_path, "name,reference,visit", "Example Patient,,", ",EX-2,")
        assert run("batch", rows, "--handout", AFTERCARE, "-o", out).status == 0
        plain = tmp_path / "plain.pdf"
        assert run("make", AFTERCARE, "-o", plain).status == 0
        named, referred = (text(out / name) for name in made(out))
        assert "Name Example Patient Date of birth or reference" in named
        assert "EX-2" in referred
        blank = text(plain)
        # What is filled in is all that differs from the sheet with nothing but lines.
        assert Counter(named.split()) - Counter(blank.split()) == Counter(["Example", "Patient"])
        assert Counter(referred.split()) - Counter(blank.split()) == Counter(["EX-2"])

    def test_a_long_name_is_laid_out_in_full_and_v_says_why(self, run: Run, tmp_path: Path) -> None:
        rows = table(tmp_path, "name", "Example Patient", LONG)
        out = tmp_path / "out"
        ran = run("batch", rows, "--handout", AFTERCARE, "-o", out, "-v", "--verify", "2")
        assert ran.status == 0, ran.err
        assert "line 3: laid out in full: a line is" in ran.err
        assert "line 2:" not in ran.err
        assert "2 copies made; 1 of them laid out in full." in ran.err
        assert "2 laid out in full and compared: none of them differ." in ran.err
        assert LONG not in ran.err
        assert LONG in text(out / f"00003-{AFTERCARE}.pdf")

    def test_two_processes_make_what_one_makes(self, run: Run, tmp_path: Path) -> None:
        lines = [f"{name},EX-{n}" for n in range(13) for name in ("Example", "Пример", "Αθηνά")]
        lines.append(f"{LONG},EX-14")
        rows = table(tmp_path, "name,reference", *lines)
        # Another paper than any test before: the masters are made anew here, and travel as they are.
        look = ("--handout", AFTERCARE, "--clinic", "willow", "--no-letterhead")
        two = run("batch", rows, *look, "-o", tmp_path / "two", "--jobs", 2)
        one = run("batch", rows, *look, "-o", tmp_path / "one", "--jobs", 1)
        assert (one.status, two.status) == (0, 0), two.err
        assert len(made(tmp_path / "one")) == 40
        assert copies(tmp_path / "one") == copies(tmp_path / "two")

    def test_a_template_that_works_on_a_detail(self, run: Run, tmp_path: Path, clinic: Path) -> None:
        shipped = (ROOT / TEMPLATE).read_text(encoding="utf-8")
        assert "{{ patient[name] }}" in shipped
        loud = '{% if name == "name" %}{{ patient.name | upper }}{% else %}{{ patient[name] }}{% endif %}'
        own = clinic / TEMPLATE
        own.parent.mkdir(parents=True)
        own.write_text(shipped.replace("{{ patient[name] }}", loud), encoding="utf-8")
        rows = table(tmp_path, "name,reference", "Ann Example,EX-1", "Bo Example,EX-2")
        out = tmp_path / "out"
        command = ("batch", rows, "--handout", AFTERCARE, "--clinic", clinic, "-o", out, "-v")
        ran = run(*command)
        assert ran.status == 0, ran.err
        assert ran.err.count("a template of this clinic works on a patient's details") == 2
        ann, bo = (text(out / name) for name in made(out))
        assert ("ANN EXAMPLE" in ann, "EX-1" in ann, "BO EXAMPLE" in ann) == (True, True, False)
        assert ("BO EXAMPLE" in bo, "EX-2" in bo, "ANN EXAMPLE" in bo) == (True, True, False)
        assert "2 were there already" in run(*command).err
        # No plate vouches for such copies, and yet a changed text is noticed.
        facts = clinic / "clinic.yaml"
        facts.write_text(facts.read_text(encoding="utf-8").replace("555-0100", "555-0111"), encoding="utf-8")
        again = run(*command)
        assert "2 copies made" in again.err
        assert "555-0111" in text(out / made(out)[0])


class TestBadRows:
    def test_a_date_with_two_readings_is_refused_and_the_others_go_on(self, run: Run, tmp_path: Path) -> None:
        rows = table(tmp_path, "name,visit", "Ann Example,2026-09-23", "Bo Example,03/04/2026", "Cy Example,")
        out = tmp_path / "out"
        ran = run("batch", rows, "--handout", AFTERCARE, "-o", out)
        assert ran.status == 1
        assert f'{rows}:3:12  "visit": `03/04/2026` can be read two ways' in ran.err
        assert "2 copies made; 1 row is wrong." in ran.err
        assert made(out) == [f"00002-{AFTERCARE}.pdf", f"00004-{AFTERCARE}.pdf"]
        said = run("batch", rows, "--handout", AFTERCARE, "-o", out, "--dates", "day-month")
        assert said.status == 0, said.err
        assert "1 copy made; 2 were there already." in said.err
        assert "3 April 2026" in text(out / f"00003-{AFTERCARE}.pdf")

    def test_a_name_no_font_can_print_is_refused_with_its_characters(self, run: Run, tmp_path: Path) -> None:
        refused = {
            "مثال": "U+0645",
            "例子": "U+4F8B",
            "उदाहरण": "U+0909",
            "דוגמה": "U+05D3",
            "Ex 😀": "U+1F600",
        }
        lines = [f"{name},EX-{number}" for number, name in enumerate(refused)]
        rows = table(tmp_path, "name,reference", "Ann Example,EX-9", *lines, "Пример Примеров,EX-8")
        out = tmp_path / "out"
        ran = run("batch", rows, "--handout", AFTERCARE, "-o", out)
        assert ran.status == 1
        for line, code in enumerate(refused.values(), 3):
            told = [said for said in ran.err.splitlines() if f"{rows}:{line}: no font covers" in said]
            assert any(f"({code}," in said for said in told), code
        assert "2 copies made; 5 rows are wrong." in ran.err
        assert made(out) == [f"00002-{AFTERCARE}.pdf", f"00008-{AFTERCARE}.pdf"]
        assert "Пример Примеров" in text(out / f"00008-{AFTERCARE}.pdf")

    def test_names_of_files_and_sheets(self, run: Run, tmp_path: Path) -> None:
        out = tmp_path / "out"
        out.mkdir()
        (out / "mine.pdf").write_bytes(b"somebody's own")
        rows = table(
            tmp_path,
            "name,handout,edition,file",
            f"Ann Example,{AFTERCARE},,same.pdf",
            f"Bo Example,{AFTERCARE},,Same.PDF",
            f"Cy Example,{AFTERCARE},,../outside.pdf",
            f"Di Example,{AFTERCARE},,{tmp_path}/outside.pdf",
            f"Ed Example,{AFTERCARE},,mine.pdf",
            "Fi Example,microneedling-aftercar,,six.pdf",
            "Gus Example,,,seven.pdf",
            f"Hal Example,{AFTERCARE},huge,eight.pdf",
            f"Ida Example,{AFTERCARE},,nine.pdf",
        )
        ran = run("batch", rows, "-o", out)
        assert ran.status == 1
        for line, said in {
            3: "line 2 has the same file name",
            4: "has `..` in it, which leads out of the folder",
            5: "is a path and not a name",
            6: "there is a file mine.pdf already",
            7: "there is no handout named `microneedling-aftercar`",
            8: "the row names no sheet",
            9: "there is no edition `huge`",
        }.items():
            assert any(
                told.startswith(f"{rows}:{line}: ") and said in told for told in ran.err.splitlines()
            ), said
        assert "say --handout" in ran.err
        assert "2 copies made; 7 rows are wrong." in ran.err
        assert made(out) == ["mine.pdf", "nine.pdf", "same.pdf"]
        assert (out / "mine.pdf").read_bytes() == b"somebody's own"
        assert "Ann Example" in text(out / "same.pdf")
        assert not (tmp_path / "outside.pdf").exists()

    def test_a_sheet_that_does_not_print_makes_nothing(self, run: Run, tmp_path: Path, clinic: Path) -> None:
        facts = clinic / "clinic.yaml"
        lines = facts.read_text(encoding="utf-8").splitlines()
        facts.write_text("\n".join(line for line in lines if not line.startswith("phone:")), encoding="utf-8")
        rows = table(tmp_path, "name", "Ann Example", "Bo Example")
        ran = run("batch", rows, "--handout", AFTERCARE, "--clinic", clinic, "-o", tmp_path / "out")
        assert ran.status == 1
        assert "phone" in ran.err
        assert "0 copies made; 2 rows are wrong." in ran.err
        assert made(tmp_path / "out") == []
        assert ran.out == ""

    def test_a_table_that_is_not_there_and_two_ways_to_work(self, run: Run, tmp_path: Path) -> None:
        ran = run("batch", tmp_path / "none.csv", "--handout", AFTERCARE, "-o", tmp_path / "out")
        assert (ran.status, "there is no such file" in ran.err) == (1, True)
        both = run("batch", tmp_path / "none.csv", "--jobs", 2, "--scheduler", "tcp://127.0.0.1:9")
        assert (both.status, "say one of them" in both.err) == (2, True)


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

        done = _started(rows, out, small_disk)
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
        started = _started(rows, out, None, "--jobs", "2")
        _wait_for_copies(started, out)
        os.killpg(started.pid, signal.SIGINT)
        _, err = started.communicate(timeout=60)
        assert started.returncode == 130, err
        assert "Stopped." in err
        assert "Traceback" not in err
        left = copies(out)
        assert 0 < len(left) < count
        assert [name for name, data in left.items() if not _whole(name, data)] == []
        ran = run("batch", rows, "--handout", AFTERCARE, "-o", out, "--jobs", 2)
        assert ran.status == 0, ran.err
        after = copies(out)
        assert len(after) == count
        assert [name for name, data in after.items() if not _whole(name, data)] == []
        assert left.items() <= after.items()

    def test_ctrl_c_while_processes_start_is_quiet(self, tmp_path: Path) -> None:
        rows, out = many(tmp_path, 400), tmp_path / "out"
        started = _started(rows, out, None, "--jobs", "2")
        while started.poll() is None and not (workers := _workers(started.pid)):
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
        assert [name for name, data in copies(out).items() if not _whole(name, data)] == []

    def test_a_process_that_dies_loses_nothing(self, tmp_path: Path, run: Run) -> None:
        count = 1200
        rows, out = many(tmp_path, count), tmp_path / "out"
        started = _started(rows, out, None, "--jobs", "2")
        _wait_for_copies(started, out)
        before = len(made(out))
        os.kill(_workers(started.pid)[0], signal.SIGKILL)
        _, err = started.communicate(timeout=60)
        assert started.returncode == 0, err
        assert before < count
        assert "1,200 copies made" in err
        assert [name for name, data in copies(out).items() if not _whole(name, data)] == []
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
        started = _started(rows, out, None, to=writing)
        os.close(writing)
        _, err = started.communicate(timeout=60)
        assert started.returncode == 0, err
        assert len(made(out)) == count
        assert err.count("Nobody reads the paths any more; the copies are made all the same.") == 1
        assert f"{count} copies made" in err
        assert "BrokenPipe" not in err

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
    def test_an_output_that_is_full_is_said_in_words(self, tmp_path: Path) -> None:
        with Path("/dev/full").open("wb") as full:
            started = _started(many(tmp_path, 2), tmp_path / "out", None, to=full.fileno())
        _, err = started.communicate(timeout=60)
        assert started.returncode == 1, err
        assert "2 copies made." in err
        assert "the paths cannot be printed: No space left on device. What is made stays." in err
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


class TestVerify:
    def test_copies_that_were_there_already(self, run: Run, tmp_path: Path) -> None:
        rows, out = many(tmp_path, 3), tmp_path / "out"
        command = ("batch", rows, "--handout", AFTERCARE, "-o", out)
        assert run(*command).status == 0
        ran = run(*command, "--verify", 5)
        assert ran.status == 0, ran.err
        assert "0 copies made; 3 were there already." in ran.err
        assert "3 laid out in full and compared: none of them differ." in ran.err

    def test_nothing_to_compare_is_said(self, run: Run, tmp_path: Path) -> None:
        ran = run(
            "batch", table(tmp_path, "name"), "--handout", AFTERCARE, "-o", tmp_path / "o", "--verify", 2
        )
        assert ran.status == 0, ran.err
        assert "0 laid out in full and compared" in ran.err

    def test_chooses_among_made_and_kept(self) -> None:
        tally = Tally(4)
        for line in range(2, 8):
            tally.add(Outcome(line, Path("x.pdf"), kept=line % 2 == 0, problems=("wrong",) * (line > 5)))
        assert [outcome.line for outcome in tally.chosen] == [2, 3, 4, 5]
        assert (tally.made, tally.kept, tally.bad) == (2, 2, 2)
        tally.add(Outcome(8, Path("x.pdf"), kept=True))
        assert len(tally.chosen) == 4

    def test_a_copy_that_can_no_longer_be_laid_out_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def refusing(*_: object) -> None:
            raise ProblemsFound([Problem("the clinic's file is gone")])

        monkeypatch.setattr("handoutpress.batch.verify.make_copy", refusing)
        words_ = [str(many(tmp_path, 2)), "--handout", AFTERCARE, "-o", str(tmp_path / "out"), "--jobs", "1"]
        status, err = self._in_process(capsys, [*words_, "--verify", "2"])
        assert status == 1
        assert err.count("differs from a full layout: none can be made now: the clinic's file is gone") == 2

    def test_none_differ(self, run: Run, tmp_path: Path) -> None:
        rows = many(tmp_path, 10)
        ran = run("batch", rows, "--handout", AFTERCARE, "-o", tmp_path / "out", "--verify", 3)
        assert ran.status == 0
        assert "3 laid out in full and compared: none of them differ." in ran.err

    def _in_process(self, capsys: pytest.CaptureFixture[str], words: Sequence[str]) -> tuple[object, str]:
        with pytest.raises(SystemExit) as ended:
            batch.main(list(words), standalone_mode=False)
        return ended.value.code, capsys.readouterr().err

    @pytest.mark.parametrize("spoilt", ["another patient's copy", "torn"])
    def test_a_spoilt_copy_is_told(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        spoilt: str,
    ) -> None:
        seen: list[bytes] = []

        def writing(path: Path, data: bytes, *, durable: bool) -> None:
            seen.append(data)
            if path.name.startswith("00003"):
                data = seen[0] if spoilt != "torn" else data[:-2000]
            write_whole(path, data, durable=durable)

        monkeypatch.setattr(work, "write_whole", writing)
        rows, out = many(tmp_path, 3), tmp_path / "out"
        words_ = [str(rows), "--handout", AFTERCARE, "-o", str(out), "--jobs", "1", "--verify", "3"]
        status, err = self._in_process(capsys, words_)
        assert status == 1
        assert f"{out / f'00003-{AFTERCARE}.pdf'}: differs from a full layout: " in err
        assert "3 laid out in full and compared: 1 of them differs." in err
        assert f"00002-{AFTERCARE}.pdf: differs" not in err
        assert f"00004-{AFTERCARE}.pdf: differs" not in err


def _started(
    rows: Path,
    out: Path,
    before: Callable[[], None] | None,
    *more: str,
    to: int = subprocess.DEVNULL,
) -> subprocess.Popen[str]:
    """Start a batch in a process group of its own."""
    command = [sys.executable, str(ROOT / "generate.py"), "batch", str(rows), "--handout", AFTERCARE]
    return subprocess.Popen(
        [*command, "-o", str(out), *more],
        cwd=ROOT,
        stdout=to,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
        preexec_fn=before,
    )


def test_lines_of_a_table(tmp_path: Path) -> None:
    assert count_lines(many(tmp_path, 3)) == 4
    with pytest.raises(HandoutError, match=r"none\.csv cannot be read: No such file"):
        count_lines(tmp_path / "none.csv")


def _wait_for_copies(started: subprocess.Popen[str], out: Path) -> None:
    while started.poll() is None and not (out.is_dir() and any(out.glob("*.pdf"))):
        time.sleep(0.005)
    assert started.poll() is None, "it ended before it could be stopped"


def _workers(parent: int) -> list[int]:
    """Return the worker processes of a batch."""
    done = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(parent)], capture_output=True, text=True, check=False
    )
    return [int(line.split()[0]) for line in done.stdout.splitlines() if "resource_tracker" not in line]


def _whole(name: str, data: bytes) -> bool:
    return name.endswith(".pdf") and data.startswith(b"%PDF-") and data.endswith(b"%%EOF\n")


def test_staff_hear_once_what_no_page_says(run: Run, tmp_path: Path) -> None:
    rows, out = many(tmp_path, 5), tmp_path / "out"
    for kept in (False, True):
        ran = run("batch", rows, "--handout", AFTERCARE, "--language", "es", "-o", out)
        assert ran.status == 0
        assert ("5 were there already" in ran.err) == kept
        assert ran.err.count("no qualified translator has checked this translation yet") == 1
