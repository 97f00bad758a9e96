"""A batch's journal: what it knows after a stop, a kill, a full disk, and beside another batch."""

from __future__ import annotations

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from handoutpress.delivery.journal import FILE, LOCK, Journal
from handoutpress.errors import HandoutError
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PDF = b"%PDF-example"


def make(journal: Journal, name: str, digest: str = "d1", content: bytes = PDF) -> None:
    """Make one copy as a batch does."""
    journal.intend([(name, digest)])
    (journal.folder / name).write_bytes(content)
    journal.record([(name, digest, len(content))])


def lines(folder: Path) -> list[bytes]:
    return (folder / FILE).read_bytes().splitlines(keepends=True)


def child(code: str, *words: object) -> subprocess.Popen[str]:
    """Start a Python process of its own; it says when it is ready."""
    script = "import sys, time\nfrom pathlib import Path\nfrom handoutpress.delivery.journal import Journal\n"
    return subprocess.Popen(
        [sys.executable, "-c", script + code, *map(str, words)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


class TestWhatItKnows:
    def test_nothing_at_first(self, tmp_path: Path) -> None:
        (tmp_path / "a.pdf").write_bytes(PDF)
        with Journal.open(tmp_path / "new" / "folder") as journal:
            assert len(journal.salt) == 16
            assert not journal.knows("a.pdf")
            assert not journal.holds("a.pdf", "d1")
        with Journal.open(tmp_path) as other:
            assert other.salt != journal.salt
            assert not other.knows("a.pdf"), "somebody's own file"

    def test_what_was_intended_may_be_replaced_and_is_not_held(self, tmp_path: Path) -> None:
        with Journal.open(tmp_path) as journal:
            journal.intend([("a.pdf", "d1"), ("b.pdf", "d2")])
            (tmp_path / "a.pdf").write_bytes(PDF)
            assert journal.knows("a.pdf")
            assert journal.knows("b.pdf")
            assert not journal.knows("A.pdf")
            assert not journal.holds("a.pdf", "d1")

    def test_what_was_made_is_held(self, tmp_path: Path) -> None:
        with Journal.open(tmp_path) as journal:
            make(journal, "a.pdf")
            assert journal.knows("a.pdf")
            assert journal.holds("a.pdf", "d1")
            assert not journal.holds("a.pdf", "d2")
            assert not journal.holds("b.pdf", "d1")

    def test_the_next_run_knows_the_same(self, tmp_path: Path) -> None:
        with Journal.open(tmp_path) as first:
            make(first, "José 1.pdf")
            first.intend([("b.pdf", "d2")])
        before = (tmp_path / FILE).read_bytes()
        with Journal.open(tmp_path) as second:
            assert second.salt == first.salt
            assert second.holds("José 1.pdf", "d1")
            assert second.knows("b.pdf")
            assert not second.holds("b.pdf", "d2")
            assert not second.knows("c.pdf")
        assert (tmp_path / FILE).read_bytes() == before

    def test_a_file_that_is_gone_or_another_is_not_held(self, tmp_path: Path) -> None:
        with Journal.open(tmp_path) as journal:
            make(journal, "a.pdf")
            path = tmp_path / "a.pdf"
            path.write_bytes(PDF + b"more")
            assert not journal.holds("a.pdf", "d1")
            path.unlink()
            assert not journal.holds("a.pdf", "d1")
            (tmp_path / "real-one.pdf").write_bytes(PDF)
            path.symlink_to("real-one.pdf")  # of the recorded size, on both ways to ask
            assert not journal.holds("a.pdf", "d1")
            assert journal.knows("a.pdf")

    def test_a_copy_about_to_be_made_anew_is_not_held(self, tmp_path: Path) -> None:
        with Journal.open(tmp_path) as journal:
            make(journal, "a.pdf", "d1")
            journal.intend([("a.pdf", "d2")])
        with Journal.open(tmp_path) as journal:
            assert not journal.holds("a.pdf", "d1")
            make(journal, "a.pdf", "d2")
        with Journal.open(tmp_path) as journal:
            assert not journal.holds("a.pdf", "d1")
            assert journal.holds("a.pdf", "d2")


class TestTheFile:
    def test_a_line_for_each_event_and_nothing_of_a_patient(self, tmp_path: Path) -> None:
        with Journal.open(tmp_path) as journal:
            make(journal, "a.pdf")
        head, *events = map(json.loads, lines(tmp_path))
        assert head == {"handouts-batch": 1, "salt": journal.salt.hex()}
        assert events == [["intend", "a.pdf", "d1"], ["made", "a.pdf", "d1", len(PDF)]]

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
    def test_only_its_owner_may_read_it(self, tmp_path: Path) -> None:
        with Journal.open(tmp_path):
            pass
        assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in (FILE, LOCK)} == {0o600}

    def test_one_append_is_one_write_and_intentions_are_synced(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls: list[str] = []
        write, fsync = os.write, os.fsync

        def writing(handle: int, data: bytes) -> int:
            calls.append(f"write {len(data.splitlines())}")
            return write(handle, data)

        def syncing(handle: int) -> None:
            calls.append("sync")
            fsync(handle)

        with Journal.open(tmp_path) as journal:
            monkeypatch.setattr(os, "write", writing)
            monkeypatch.setattr(os, "fsync", syncing)
            journal.intend((f"{n}.pdf", "d") for n in range(500))
            journal.record((f"{n}.pdf", "d", 1) for n in range(3))
            journal.record([])
        assert calls == ["write 500", "sync", "write 3"]

    def test_a_torn_last_line_is_cut_off(self, tmp_path: Path) -> None:
        with Journal.open(tmp_path) as journal:
            make(journal, "a.pdf")
            make(journal, "b.pdf")
        whole = (tmp_path / FILE).read_bytes()
        *kept, last = lines(tmp_path)
        for cut in range(1, len(last) + 1):
            (tmp_path / FILE).write_bytes(whole[:-cut])
            with Journal.open(tmp_path) as journal:
                assert journal.holds("a.pdf", "d1")
                assert journal.knows("b.pdf")
                assert not journal.holds("b.pdf", "d1")
                assert lines(tmp_path) == kept
                make(journal, "c.pdf")
            assert [json.loads(line)[0] for line in lines(tmp_path)[-2:]] == ["intend", "made"]
            (tmp_path / FILE).write_bytes(whole)

    def test_a_torn_header_is_no_header(self, tmp_path: Path) -> None:
        for torn in (b"", b'{"handouts-ba', b"\x00" * 40):
            (tmp_path / FILE).write_bytes(torn)
            with Journal.open(tmp_path) as journal:
                assert not journal.knows("a.pdf")
            assert len(lines(tmp_path)) == 1
            with Journal.open(tmp_path) as again:
                assert again.salt == journal.salt

    @pytest.mark.parametrize(
        ("number", "line", "said"),
        [
            (3, b'["intend","b.p\n', "is damaged on line 3"),
            (3, b"\n", "is damaged on line 3"),
            (3, b"\xff\n", "is damaged on line 3"),
            (2, b'["made","a.pdf","d1"]\n', "is damaged on line 2"),
            (2, b'["made","a.pdf","d1","12"]\n', "is damaged on line 2"),
            (2, b'{"handouts-batch": 1, "salt": "00"}\n', "is damaged on line 2"),
            (1, b'["intend","a.pdf","d1"]\n', "is damaged on line 1"),
            (1, b'{"handouts-batch": 1, "salt": "xyz"}\n', "is damaged on line 1"),
            (1, b'{"handouts-batch": 2, "salt": ""}\n', "is of version 2, and this program reads 1"),
        ],
    )
    def test_a_line_that_nobody_wrote_stops_the_batch(
        self, tmp_path: Path, number: int, line: bytes, said: str
    ) -> None:
        with Journal.open(tmp_path) as journal:
            make(journal, "a.pdf")
            make(journal, "b.pdf")
        written = lines(tmp_path)
        spoilt = b"".join([*written[: number - 1], line, *written[number:]])
        (tmp_path / FILE).write_bytes(spoilt)
        with pytest.raises(HandoutError) as caught, Journal.open(tmp_path):
            pass
        assert f"{FILE} {said}" in str(caught.value)
        assert "name a new folder for this batch, or delete this file" in str(caught.value)
        assert (tmp_path / FILE).read_bytes() == spoilt

    @pytest.mark.parametrize("name", [FILE, LOCK])
    def test_a_folder_or_a_link_in_its_place(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).mkdir()
        with pytest.raises(HandoutError, match=rf"{name} could not be opened"), Journal.open(tmp_path):
            pass
        (tmp_path / name).rmdir()
        (tmp_path / "elsewhere").write_bytes(b"precious")
        (tmp_path / name).symlink_to("elsewhere")
        with pytest.raises(HandoutError, match="could not be opened"), Journal.open(tmp_path):
            pass
        assert (tmp_path / "elsewhere").read_bytes() == b"precious"

    def test_a_full_disk_leaves_whole_lines(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write = os.write
        room = [10]

        def filling(handle: int, data: bytes) -> int:
            if not room:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return write(handle, data[: room.pop()])

        with Journal.open(tmp_path) as journal:
            make(journal, "a.pdf")
            before = lines(tmp_path)
            monkeypatch.setattr(os, "write", filling)
            with pytest.raises(HandoutError, match=rf"{FILE} could not be written: No space left"):
                journal.intend([("b.pdf", "d2")])
            assert lines(tmp_path) == before
            assert not journal.knows("b.pdf")
            monkeypatch.undo()
            make(journal, "c.pdf")
        with Journal.open(tmp_path) as journal:
            assert journal.holds("a.pdf", "d1")
            assert journal.holds("c.pdf", "d1")

    def test_ctrl_c_in_a_write_leaves_whole_lines(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write = os.write

        def stopped(handle: int, data: bytes) -> int:
            write(handle, data[:10])
            raise KeyboardInterrupt

        with Journal.open(tmp_path) as journal:
            monkeypatch.setattr(os, "write", stopped)
            with pytest.raises(KeyboardInterrupt):
                journal.intend([("a.pdf", "d1")])
        assert len(lines(tmp_path)) == 1


class TestCompacting:
    def test_a_journal_that_has_grown_is_written_anew(self, tmp_path: Path) -> None:
        with Journal.open(tmp_path) as journal:
            for run in range(12):
                journal.intend((f"{n:03}.pdf", f"d{run}") for n in range(100))
                journal.record((f"{n:03}.pdf", f"d{run}", 3) for n in range(99))
            (tmp_path / "000.pdf").write_bytes(b"new")
            (tmp_path / "099.pdf").write_bytes(b"new")
        assert len(lines(tmp_path)) == 1 + 12 * 199
        with Journal.open(tmp_path) as after:
            assert after.salt == journal.salt
            assert after.holds("000.pdf", "d11")
            assert not after.holds("000.pdf", "d10")
            assert after.knows("099.pdf")
            assert not after.holds("099.pdf", "d11")
            make(after, "new.pdf")
        assert len(lines(tmp_path)) == 1 + 100 + 2
        assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
        with Journal.open(tmp_path) as last:
            assert last.holds("000.pdf", "d11")
            assert last.holds("new.pdf", "d1")
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
            [FILE, LOCK, "000.pdf", "099.pdf", "new.pdf"]
        )

    def test_an_ordinary_one_stays(self, tmp_path: Path) -> None:
        with Journal.open(tmp_path) as journal:
            for _ in range(2):
                journal.intend((f"{n}.pdf", "d") for n in range(1000))
                journal.record((f"{n}.pdf", "d", 1) for n in range(1000))
        with Journal.open(tmp_path):
            assert len(lines(tmp_path)) == 4001


class TestLock:
    HOLD = "with Journal.open(Path(sys.argv[1])):\n    print('ready', flush=True)\n    time.sleep(60)\n"

    def test_two_batches_cannot_write_to_one_folder(self, tmp_path: Path) -> None:
        folder = tmp_path / "out"
        process = child(self.HOLD, folder)
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            with (
                pytest.raises(HandoutError, match=r"another batch is writing to .*out: wait until it ends"),
                Journal.open(folder),
            ):
                pass
            with Journal.open(tmp_path / "other") as journal:
                assert not journal.knows("a.pdf")
        finally:
            process.kill()
            process.wait()
            process.communicate()
        with Journal.open(folder) as journal:  # a kill lets go of it
            make(journal, "a.pdf")

    def test_not_in_one_process_either(self, tmp_path: Path) -> None:
        with Journal.open(tmp_path):
            with pytest.raises(HandoutError, match="another batch"), Journal.open(tmp_path):
                pass
            assert len(lines(tmp_path)) == 1
        with Journal.open(tmp_path):
            pass

    def test_an_error_lets_go_of_it(self, tmp_path: Path) -> None:
        with pytest.raises(ZeroDivisionError), Journal.open(tmp_path):
            raise ZeroDivisionError
        with Journal.open(tmp_path) as journal:
            make(journal, "a.pdf")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_kill_in_the_middle_of_appends_loses_nothing_that_was_said(tmp_path: Path) -> None:
    """Rounds of large appends, killed at another moment each time; whatever was returned from is there."""
    code = (
        "with Journal.open(Path(sys.argv[1])) as journal:\n"
        "    for n in range(100_000):\n"
        "        names = [f'{sys.argv[2]}-{n}-{m}-' + 'x' * 100 + '.pdf' for m in range(2_000)]\n"
        "        journal.intend((name, 'd1') for name in names)\n"
        "        print('intend', n, flush=True)\n"
        "        journal.record((name, 'd1', 5) for name in names)\n"
        "        print('made', n, flush=True)\n"
    )
    said: set[tuple[str, int, int]] = set()
    salts: set[bytes] = set()
    for kill in range(8):
        process = child(code, tmp_path, kill)
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(0.013 * kill)
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate()
        assert process.returncode == -signal.SIGKILL
        told = [line.split() for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")]
        assert told[0] == ["intend", "0"]
        said |= {(what, kill, int(number)) for what, number in told}
        with Journal.open(tmp_path) as journal:
            salts.add(journal.salt)
            for what, run, n in said:
                name = f"{run}-{n}-1999-" + "x" * 100 + ".pdf"
                assert journal.knows(name)
                if what == "made":
                    (tmp_path / name).write_bytes(b"12345")
                    assert journal.holds(name, "d1")
        for line in lines(tmp_path):
            json.loads(line)
    assert len(salts) == 1
    assert {run for _, run, _ in said} == set(range(8))
