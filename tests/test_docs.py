"""Every example in the documentation runs, as a reader would run it: in order, in a folder of one's own."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import trustme
import yaml

from handoutpress.delivery.outbox import State
from handoutpress.reading.brandfile import BrandFile
from handoutpress.reading.clinic import ClinicFacts, ClinicWords
from handoutpress.reading.model import validate
from handoutpress.reading.yamlreader import read_yaml
from tests.conftest import BRAND_YML, CLINIC_YAML, ROOT
from tests.docpages import PAGES, REFERENCE, Example, File, blocks, headings, links, shows, steps
from tests.outboxes import PASSWORD, SHEET, Office
from tests.posting import FROM, Desk, at_terminal
from tests.printers import CLINIC

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran
    from tests.mailservers import MailServer
    from tests.printers import VirtualPrinters

    Run = Callable[..., Ran]

READERS = ("staff", "practice-manager", "designer", "engineer", "contributor")
NOT_RUN = {
    "make ": "make test would run these very tests",
    "pipx ": "tests/test_wheel.py installs the wheel",
    "dask ": "tests/test_cluster.py runs a cluster",
}
"""What is not run here, and why: how the lines begin."""
ON_A_CLUSTER = "--scheduler"  # run in tests/test_cluster.py
FAILS = {"HANDOUTS_TODAY=2027-12-01 handouts check": 1}
"""Commands that are shown because they refuse."""
SERVED = ("desk", "preview")
served: set[str] = set()
STANDS_FOR = {"1a2b3c4d": SHEET.text_hash[:8], "Front-Desk": CLINIC}
"""What a page calls by an invented name, and what it is here."""
ANSWERED = (
    *(
        "--name",
        "My Clinic (example)",
        "--phone",
        "(555) 555-0100",
        "--hours",
        "Monday to Friday, 9 am to 5 pm",
    ),
    *("--after-hours", "call (555) 555-0199", "--emergency-phone", "911"),
    *("--answer", "microneedling.allergy_signs=Trouble breathing"),
)
"""What ``new clinic`` asks at a terminal; tests/test_new_clinic_dialogue.py answers there."""
SPANISH = """\
hours: de lunes a viernes, de 9 a 17 h
after_hours: llame al (555) 555-0199
protocol: {microneedling: {allergy_signs: Dificultad para respirar}}
"""
FILES = {
    "rows.csv": "name,reference,visit,email\n"
    "Example Patient,EX-0042,2026-11-23,patient@example.org\n"
    "Ann Example,EX-0043,2026-11-24,ann@example.org\n",
    "patient.yaml": "name: Example Patient\nreference: EX-0042\nvisit: 2026-11-23\n",
    "password.txt": "blue-horse-42\n",
}


@dataclass
class Reader:
    """Somebody who follows a page: where they are, and what is set up around them."""

    run: Run
    folder: Path
    server: MailServer
    env: dict[str, str] = field(default_factory=dict)

    @property
    def mail(self) -> dict[str, Any]:
        """How to reach the mail server that the tests run."""
        certificates = str(self.server.certificates)
        own = {"host": self.server.host, "port": self.server.port, "user": "user", "from": FROM}
        return {"preference": "not-required", **own, "certificates": certificates, "per_minute": 6000}

    def settle(self) -> None:
        """Fill the folder with what a clinic that prints and emails has, and with what the pages mention."""
        facts = yaml.safe_load(CLINIC_YAML) | {"mail": self.mail, "printer": {"name": CLINIC}}
        self.put("clinic.yaml", yaml.safe_dump(facts, allow_unicode=True))
        self.put("clinic.es.yaml", SPANISH)
        self.put("_brand.yml", BRAND_YML)

    def put(self, name: str, text: str) -> Path:
        """Write a file into the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(0o600)
        path.write_text(text, encoding="utf-8")
        return path

    def follow(self, step: Example | File) -> None:
        """Do what a page says."""
        if isinstance(step, File):
            self.write(step)
            return
        line = step.line.replace("python generate.py ", "handouts ")
        if line.startswith(tuple(NOT_RUN)) or ON_A_CLUSTER in line or line in served:
            return
        for name, meant in STANDS_FOR.items():
            line = line.replace(name, meant)
        done = self.command(line)
        assert done.returncode == FAILS.get(step.line, 0), f"{step.place}: {line}\n{done.stdout}{done.stderr}"
        if step.shown:
            assert shows(step, done.stdout), f"{step.place}: {line}\n{done.stdout}"

    def command(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a line, as a shell would."""
        env = {}
        while found := re.match(r"([A-Z_]+)=(\S+) ", line):
            env[found[1]], line = found[2], line[found.end() :]
        line = line.removeprefix("handouts ")
        words = Example("", line).words
        if words[0] == "cd":
            self.folder /= words[1]
        elif words[0] == "export":
            name, _, value = words[1].partition("=")
            self.env[name] = value.replace("$PWD", str(self.folder))
        elif words[0] in ("cat", "eval"):
            path = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"
            return self.process("bash", "-c", line, PATH=path)
        elif words[0] in SERVED:
            return self.serve(*words)
        else:
            return self.ran(words, env)
        return subprocess.CompletedProcess(words, 0, "", "")

    def ran(self, words: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Run one of the program's commands."""
        self.prepare(words)
        kept = None
        if ">" in words:
            words, kept = words[:-2], words[-1]
        if words[:2] == ["new", "clinic"]:
            words = [*words, *ANSWERED]
        if words[0] == "email" and "--to" not in words:
            address = [(asked, "patient@example.org\n") for asked in ("email address: ", "again: ")]
            words = [str(path) if (path := self.folder / word).is_file() else word for word in words]
            done = at_terminal(Desk(self.run, self.folder, self.server, self.env), words, address)
        else:
            done = self.run(*words, cwd=self.folder, env=self.env | env)
        if kept:
            self.put(kept, done.out)
        return subprocess.CompletedProcess(words, done.status, done.out, done.err)

    def prepare(self, words: list[str]) -> None:
        """Do what has to be done before some examples: messages to decide about, a copy to compare."""
        office = Office(self.folder)
        if words[:2] == ["outbox", "cancel"]:
            office.put()
        elif words[:2] in (["outbox", "again"], ["outbox", "arrived"]):
            number = int(words[2])
            office.put(number)
            office.force(number, state=State.FAILED if words[1] == "again" else State.UNKNOWN)
        elif words[0] in ("eject", "where") and words[-1] in ("--seen", "--diff"):
            assert self.run("eject", words[1], cwd=self.folder, env=self.env).status == 0

    def process(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run another program."""
        env = {**os.environ, **self.env, **env}
        return subprocess.run(
            words, cwd=self.folder, env=env, capture_output=True, text=True, timeout=60, check=False
        )

    def serve(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Start what stays until it is stopped; stop it when it has told its link. Once is enough."""
        served.add(f"handouts {shlex.join(words)}")
        more = ["--no-browser", "--port", "0"] + ["--no-ahead"] * (words[0] == "desk")
        started = subprocess.Popen(
            [sys.executable, str(ROOT / "generate.py"), *words, *more],
            cwd=self.folder,
            env={**os.environ, **self.env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        assert started.stdout
        link = started.stdout.readline()
        started.send_signal(signal.SIGINT)
        _, said = started.communicate(timeout=60)
        well = re.match(r"https?://\S+:\d+/", link) and started.returncode in (0, 130)
        return subprocess.CompletedProcess(words, 0 if well else 1, link, f"{started.returncode}: {said}")

    def write(self, file: File) -> None:
        """Write a file of a page; what is for a clinic's facts is put beside what stands there."""
        path = self.folder / file.path
        if not file.path.startswith("clinic."):
            self.put(file.path, file.text)
            if file.path == "_brand.yml":
                validate(BrandFile, read_yaml(path))
            return
        stands = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
        facts = merged(stands, yaml.safe_load(file.text))
        self.put(file.path, yaml.safe_dump(facts, allow_unicode=True))
        validate(ClinicFacts if file.path == "clinic.yaml" else ClinicWords, read_yaml(path))
        if "mail" in facts:  # as the page says it, and then to a server that is there
            self.put(file.path, yaml.safe_dump(merged(facts, {"mail": self.mail}), allow_unicode=True))


def merged(stands: Any, given: Any) -> Any:
    """Return what stands in a file with what a page adds to it."""
    if not isinstance(stands, dict) or not isinstance(given, dict):
        return given
    return stands | {key: merged(stands.get(key), value) for key, value in given.items()}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the place of all readers, one after another: plates are kept by path, and serve them all."""
    folder = tmp_path_factory.mktemp("reader")
    issued = trustme.CA().issue_cert("desk.example.org")
    issued.cert_chain_pems[0].write_to_path(folder / "desk.pem")
    issued.private_key_pem.write_to_path(folder / "desk.key")
    return folder


@pytest.fixture
def reader(
    run: Run, place: Path, server: MailServer, printers: VirtualPrinters, monkeypatch: pytest.MonkeyPatch
) -> Reader:
    """Return a reader in an empty folder, but for the files that pages mention."""
    folder, state = place / "office", place / "state"
    for left in (folder, state):
        shutil.rmtree(left, ignore_errors=True)
    monkeypatch.setenv("HANDOUTS_STATE", str(state))
    secrets = {PASSWORD: "secret", "HANDOUTS_DESK_PASSWORD": "correct horse battery"}
    found = Reader(run, folder, server, {"HANDOUTS_STATE": str(state), **secrets})
    for name, text in FILES.items():
        found.put(name, text)
    for file in (place / "desk.pem", place / "desk.key", ROOT / "clinics" / "example" / "logo.svg"):
        shutil.copy(file, folder)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_a_reader_can_follow_the_page(reader: Reader, page: str) -> None:
    if page not in ("README.md", "docs/practice-manager.md"):  # where a reader has no clinic yet
        reader.settle()
    for step in steps(page):
        reader.follow(step)


ON_PAGES = {step.line for page in PAGES for step in steps(page) if isinstance(step, Example)}
EXAMPLES = [step for step in steps(REFERENCE) if isinstance(step, Example) and step.line not in ON_PAGES]


@pytest.mark.parametrize("example", EXAMPLES, ids=[each.line.removeprefix("handouts ") for each in EXAMPLES])
def test_the_examples_in_the_help_run(reader: Reader, example: Example) -> None:
    """Each by itself, in a folder of its own; those that stand on a page as well are run there."""
    reader.settle()
    reader.follow(example)


def test_each_reader_has_a_page_with_examples() -> None:
    contents = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for name in READERS:
        assert f"({name}.md)" in contents
        assert [step for step in steps(f"docs/{name}.md") if isinstance(step, Example)]


@pytest.mark.parametrize("page", [*PAGES, "CONTRIBUTING.md", REFERENCE, "docs/reference/blocks.md"])
def test_links_lead_somewhere(page: str) -> None:
    for path, heading in links(page):
        assert path.exists(), f"{page}: {path}"
        assert not heading or heading in headings(path), f"{page}: {path}#{heading}"


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_yaml_can_be_read(page: str) -> None:
    for block in blocks(page):
        if block.language == "yaml":
            yaml.safe_load(block.text)


def test_no_line_with_a_command_hides_in_a_block_that_is_not_run() -> None:
    for page in PAGES:
        for block in blocks(page):
            assert block.language == "console" or "\n$ " not in f"\n{block.text}", block.place


def test_every_variable_of_the_environment_is_told() -> None:
    told = (ROOT / "docs" / "engineer.md").read_text(encoding="utf-8")
    for path in (ROOT / "handoutpress").rglob("*.py"):
        for name in re.findall(r"HANDOUTS_[A-Z_]+", path.read_text(encoding="utf-8")):
            if name != "HANDOUTS_FONTCONFIG":  # set by the program for itself
                assert f"| `{name}` |" in told, name
