"""``batch --scheduler``: a real Dask cluster of processes gives what one process gives, and tells nobody who.

Every cluster here listens on this machine alone, on ports of the system's choosing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import trustme

from handoutpress.batch.work import Done, Folder, Task, make_copies, program
from handoutpress.delivery.journal import FILE, LOCK, Journal
from handoutpress.places import Places, shipped_folder
from handoutpress.plates.copies import find_master
from handoutpress.plates.master import Master
from handoutpress.wish import Wish
from tests.conftest import ROOT, TODAY
from tests.copies import LONG, patient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Ran

    Run = Callable[..., Ran]

AFTERCARE = "microneedling-aftercare"
COUNT = 2000
NAMES = ("Annaquilla Exemplaria", "Юлиан Примеровский", "Αθηνά Παραδείγματος", LONG, "字 Sampleton")
QUIET = ("--no-dashboard", "--host", "127.0.0.1")
# A worker that sees none of the batch's folder: it finds no journal there, and may write nothing.
BLIND = """\
from handoutpress.batch import work

def refuse(*_args, **_more):
    raise RuntimeError("this worker must not write")

work.FILE = "another-view"
work.write_whole = refuse
"""


@dataclass
class Cluster:
    """A scheduler and its workers, each a process; all that they say goes to files."""

    folder: Path
    protocol: str = "tcp"
    more: tuple[str, ...] = ()
    """Options for all of them."""
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where the scheduler listens."""
        said = json.loads((self.folder / "scheduler.json").read_text(encoding="utf-8"))
        return str(said["address"])

    def start(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        """Start the scheduler or a worker, and wait until it has said that it is there."""
        log = self.folder / f"{len(self.running)}-{what}.log"
        module = f"distributed.cli.dask_{what}"
        file = ("--scheduler-file", str(self.folder / "scheduler.json"))
        with log.open("wb") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *file, *QUIET, *self.more, *options],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=said,
                stderr=subprocess.STDOUT,
            )
        self.running.append(process)
        ready = "Registered to:" if what == "worker" else "Scheduler at:"
        while ready not in log.read_text(encoding="utf-8") or not (self.folder / "scheduler.json").exists():
            assert process.poll() is None, log.read_text(encoding="utf-8")
            time.sleep(0.02)
        return process

    def worker(self, *options: str) -> subprocess.Popen[bytes]:
        """Start one more worker."""
        room = ("--local-directory", str(self.folder / f"room-{len(self.running)}"))
        return self.start("worker", "--no-nanny", "--nthreads", "1", *room, *options)

    def said(self) -> str:
        """Return all that was written to the logs."""
        return "".join(path.read_text(encoding="utf-8") for path in sorted(self.folder.glob("*.log")))


@contextmanager
def _cluster(folder: Path, workers: int, *options: str, **more: object) -> Iterator[Cluster]:
    folder.mkdir()
    cluster = Cluster(folder, **more)  # type: ignore[arg-type]
    try:
        cluster.start("scheduler", "--port", "0", "--protocol", cluster.protocol)
        for _ in range(workers):
            cluster.worker(*options)
        yield cluster
    finally:
        for process in reversed(cluster.running):
            process.kill()
            process.wait()


def _table(folder: Path, *lines: str) -> Path:
    path = folder / "rows.csv"
    path.write_text("\n".join(["name,reference", *lines]) + "\n", encoding="utf-8")
    return path


def _copies(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in (FILE, LOCK)}


def _batch(rows: Path, out: Path) -> tuple[object, ...]:
    return "batch", rows, "--handout", AFTERCARE, "-o", out


def test_a_cluster_makes_the_same_copies_and_logs_no_name(run: Run, tmp_path: Path) -> None:
    rows = _table(tmp_path, *(f"{name},QX-{n}{m}" for n in range(20) for m, name in enumerate(NAMES[:3])))
    with rows.open("a", encoding="utf-8") as file:
        file.write(f"{NAMES[3]},QX-long\n{NAMES[4]},QX-unprintable\n")
    with _cluster(tmp_path / "cluster", 2) as cluster:
        there = run(*_batch(rows, tmp_path / "there"), "--scheduler", cluster.address, "--verify", 2)
        again = run(*_batch(rows, tmp_path / "there"), "--scheduler", cluster.address)
    here = run(*_batch(rows, tmp_path / "here"), "--jobs", 1)
    assert (there.status, here.status) == (1, 1), "one name cannot be printed"
    assert "Traceback" not in there.err
    assert f"{rows}:63: no font covers `字` (U+5B57" in there.err
    assert "61 copies made; 1 of them laid out in full; 1 row is wrong." in there.err
    assert "none of them differ" in there.err
    assert "0 copies made; 61 were there already; 1 row is wrong." in again.err
    assert len(_copies(tmp_path / "there")) == 61
    assert _copies(tmp_path / "there") == _copies(tmp_path / "here")

    said = cluster.said()
    assert "Receive client connection" in said, "these are the logs of this work"
    assert "Registered to:" in said
    assert [word for name in (*NAMES, "QX-") for word in name.split() if len(word) > 2 and word in said] == []


def test_a_worker_elsewhere_brings_copies_home(run: Run, tmp_path: Path) -> None:
    blind = tmp_path / "blind.py"
    blind.write_text(BLIND, encoding="utf-8")
    rows = _table(tmp_path, *(f"Example {number},QX-{number}" for number in range(150)), f"{LONG},QX-long")
    with _cluster(tmp_path / "cluster", 1, "--preload", str(blind)) as cluster:
        there = run(*_batch(rows, tmp_path / "there"), "--scheduler", cluster.address)
    assert there.status == 0, there.err
    assert "151 copies made" in there.err
    assert run(*_batch(rows, tmp_path / "here"), "--jobs", 1).status == 0
    assert _copies(tmp_path / "there") == _copies(tmp_path / "here")
    assert "151 were there already" in run(*_batch(rows, tmp_path / "there")).err


def test_a_worker_writes_only_where_it_sees_the_batchs_own_journal(tmp_path: Path) -> None:
    """A folder of the same name on another machine is another folder."""
    places = Places(shipped_folder() / "clinics" / "example", shipped_folder())
    master = find_master(AFTERCARE, places, Wish(patient=patient(0), today=TODAY))
    assert isinstance(master, Master)
    tasks = [Task(2, "copy.pdf", "digest", patient(0))]
    with Journal.open(tmp_path / "ours") as ours, Journal.open(tmp_path / "theirs"):
        token = ours.salt.hex()

    def work(folder: Folder) -> list[Done]:
        return make_copies(master.key, master.packed, tasks, folder)

    (elsewhere,) = work(Folder(str(tmp_path / "theirs"), token, program()))
    (nowhere,) = work(Folder(str(tmp_path / "none"), token, program()))
    older = Folder(str(tmp_path / "ours"), token, program().replace("handoutpress 0", "handoutpress 9"))
    (refused,) = work(older)
    assert "A worker runs handoutpress" in refused.stop
    (unread,) = make_copies("another", b"no master", tasks, Folder(str(tmp_path / "ours"), token, program()))
    assert "cannot read its work" in unread.stop
    (here,) = work(Folder(str(tmp_path / "ours"), token, program()))
    assert elsewhere.pdf == nowhere.pdf == (tmp_path / "ours" / "copy.pdf").read_bytes()
    assert here.pdf is None
    assert here.size == len(elsewhere.pdf or b"")
    assert _copies(tmp_path / "theirs") == {}
    assert not (tmp_path / "none").exists()


@contextmanager
def _halfway(rows: Path, out: Path, cluster: Cluster) -> Iterator[subprocess.Popen[str]]:
    """Start a batch on a cluster, and hand it over when it has made some copies."""
    command = [sys.executable, str(ROOT / "generate.py"), *map(str, _batch(rows, out))]
    started = subprocess.Popen(
        [*command, "--scheduler", cluster.address],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    while started.poll() is None and len(list(out.glob("*.pdf"))) < 200:
        time.sleep(0.01)
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def _long_table(tmp_path: Path) -> Path:
    return _table(tmp_path, *(f"Example {number},QX-{number}" for number in range(COUNT)))


def test_a_worker_that_is_killed_loses_nothing(run: Run, tmp_path: Path) -> None:
    rows, out = _long_table(tmp_path), tmp_path / "out"
    with _cluster(tmp_path / "cluster", 2) as cluster:
        with _halfway(rows, out, cluster) as started:
            cluster.running[-1].kill()
            found = len(list(out.glob("*.pdf")))
            _, err = started.communicate(timeout=100)
        said = cluster.said()
    assert found < COUNT // 2, "the worker died too late to prove anything"
    assert started.returncode == 0, err
    assert f"{COUNT:,} copies made" in err
    assert "Traceback" not in err
    assert "Remove worker" in said
    assert "Example" not in said
    assert run(*_batch(rows, tmp_path / "here"), "--jobs", 1).status == 0
    assert _copies(out) == _copies(tmp_path / "here")


def test_a_scheduler_that_is_gone_ends_the_batch(run: Run, tmp_path: Path) -> None:
    rows, out = _long_table(tmp_path), tmp_path / "out"
    with _cluster(tmp_path / "cluster", 1) as cluster, _halfway(rows, out, cluster) as started:
        cluster.running[0].kill()
        _, err = started.communicate(timeout=100)
    assert started.returncode == 1, err
    assert "What is made stays; the same command goes on from here." in err
    assert "handoutpress" not in err, "Dask logs a lost line; nothing of ours is to fail"
    assert "Example" not in err
    left = _copies(out)
    assert 200 <= len(left) < COUNT
    assert all(data.endswith(b"%%EOF\n") for data in left.values())
    assert run(*_batch(rows, out), "--jobs", 1).status == 0
    assert len(_copies(out)) == COUNT


def test_no_scheduler_is_said(run: Run, tmp_path: Path) -> None:
    rows = _table(tmp_path, "Example One,QX-1")
    for address in ("tcp://127.0.0.1:9", "nonsense://x"):
        ran = run(*_batch(rows, tmp_path / "out"), "--scheduler", address)
        assert ran.status == 1
        assert f"no scheduler answers at {address}" in ran.err
        assert "Traceback" not in ran.err
    assert not (tmp_path / "out").exists() or _copies(tmp_path / "out") == {}


def test_a_cluster_behind_tls(run: Run, tmp_path: Path) -> None:
    authority = trustme.CA()
    host = authority.issue_cert("localhost")
    ca, key, certificate = (str(tmp_path / name) for name in ("ca.pem", "key.pem", "cert.pem"))
    authority.cert_pem.write_to_path(ca)
    host.private_key_pem.write_to_path(key)
    host.cert_chain_pems[0].write_to_path(certificate)
    options = ("--tls-ca-file", ca, "--tls-cert", certificate, "--tls-key", key)
    rows = _table(tmp_path, "Example One,QX-1", "Example Two,QX-2")
    trusting = {
        "DASK_DISTRIBUTED__COMM__TLS__CA_FILE": ca,
        "DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT": certificate,
        "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY": key,
    }
    with _cluster(tmp_path / "cluster", 1, more=options, protocol="tls") as cluster:
        assert cluster.address.startswith("tls://")
        scheduler = ("--scheduler", cluster.address)
        there = run(*_batch(rows, tmp_path / "there"), *scheduler, env=trusting)
        assert there.status == 0, there.err
        stranger = run(*_batch(rows, tmp_path / "stranger"), *scheduler)
    assert run(*_batch(rows, tmp_path / "here")).status == 0
    assert _copies(tmp_path / "there") == _copies(tmp_path / "here")
    assert stranger.status == 1
    assert "no scheduler answers at tls://" in stranger.err
    assert "Traceback" not in stranger.err
