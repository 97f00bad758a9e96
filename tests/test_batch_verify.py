"""``--verify``: copies of a batch against full layouts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from handoutpress.batch import work
from handoutpress.batch.order import Outcome
from handoutpress.batch.tally import Tally
from handoutpress.cli.batching import batch
from handoutpress.delivery.files import write_whole
from handoutpress.errors import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.conftest import Ran

    Run = Callable[..., Ran]
from tests.batches import AFTERCARE, many, table


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
