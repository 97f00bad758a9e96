"""Files appear whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from handoutpress.delivery import files
from handoutpress.delivery.files import write_whole
from handoutpress.errors import HandoutError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _full_disk(_handle: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_writes_and_makes_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "sheet.pdf"
    write_whole(path, b"\x00whole")
    assert path.read_bytes() == b"\x00whole"
    assert [file.name for file in path.parent.iterdir()] == ["sheet.pdf"]


def test_replaces_what_stood_there(tmp_path: Path) -> None:
    path = tmp_path / "sheet.pdf"
    path.write_bytes(b"old and longer")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"


def test_full_disk_leaves_the_old_file_and_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sheet.pdf"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", _full_disk)
    with pytest.raises(HandoutError, match=r"sheet\.pdf could not be written: No space left .* Nothing was"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_full_disk_leaves_no_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", _full_disk)
    with pytest.raises(HandoutError):
        write_whole(tmp_path / "sheet.pdf", b"new")
    assert list(tmp_path.iterdir()) == []


def test_bytes_are_synced_before_the_name_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sheet.pdf"
    path.write_bytes(b"old")
    seen: list[tuple[bytes, int]] = []
    real = os.fsync

    def noting(handle: int) -> None:
        seen.append((path.read_bytes(), os.fstat(handle).st_size))
        real(handle)

    monkeypatch.setattr(os, "fsync", noting)
    write_whole(path, b"brand new")
    assert seen == [(b"old", 9)]


def test_failing_rename_leaves_no_part(tmp_path: Path) -> None:
    folder = tmp_path / "sheet.pdf"
    folder.mkdir()
    with pytest.raises(HandoutError, match="could not be written"):
        write_whole(folder, b"new")
    assert list(tmp_path.iterdir()) == [folder]


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"a file")
    with pytest.raises(HandoutError, match="could not be written"):
        write_whole(tmp_path / "out" / "sheet.pdf", b"new")
    assert (tmp_path / "out").read_bytes() == b"a file"


@pytest.fixture
def _unread_mask() -> Iterator[None]:
    """Let the mask be read anew: a process has one for all its life."""
    files._umask.cache_clear()
    yield
    files._umask.cache_clear()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no umask")
@pytest.mark.usefixtures("_unread_mask")
def test_the_mask_stays_whatever_other_threads_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = os.umask, list[int]()

    def slow(mask: int) -> int:
        calls.append(mask)
        found = real(mask)
        time.sleep(0.01)
        return found

    before = real(0o027)
    monkeypatch.setattr(os, "umask", slow)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: write_whole(tmp_path / f"{number}.pdf", b"new"), range(8)))
        calls.clear()
        write_whole(tmp_path / "later.pdf", b"new")
    finally:
        after = real(before)
    assert after == 0o027
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o640}
    assert calls == [], "while it is read, another thread's new files are everybody's"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no umask")
@pytest.mark.usefixtures("_unread_mask")
@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_permissions_follow_the_umask(tmp_path: Path, mask: int, mode: int) -> None:
    before = os.umask(mask)
    try:
        write_whole(tmp_path / "sheet.pdf", b"new")
        assert os.umask(mask) == mask, "the mask itself must stay"
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "sheet.pdf").stat().st_mode) == mode
