"""What the tests share: clinics that can be spoilt, a runner for the command line, finished sheets."""

from __future__ import annotations

import datetime as dt
import gc
import os
import pickle
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from handoutpress.delivery import printer
from handoutpress.places import Places, shipped_folder
from handoutpress.press import make_copy
from handoutpress.reading.sheet import read_sheet
from handoutpress.wish import Copy, Wish
from tests.commands import Commands
from tests.mailservers import mail_server
from tests.printers import virtual_printers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.mailservers import MailServer
    from tests.posting import Desk
    from tests.printers import VirtualPrinters

ROOT = Path(__file__).resolve().parent.parent
CLINICS = ("example", "harbor", "willow")
PAPERS = ("a4", "letter")
EDITIONS = ("standard", "large-print")
LANGUAGES = ("en", "es")
_SHIPPED = Places(shipped_folder(), shipped_folder()).sheets()
LIBRARY = tuple(sorted({name for name, _ in _SHIPPED}))
"""Every shipped sheet."""
SHEETS = tuple(sorted({name for (name, _), file in _SHIPPED.items() if file.topic == "microneedling"}))
"""The first topic's, for the tests that multiply; test_second_topic.py has the others."""
PAIRED = (
    ("example", "en", "a4", "standard"),
    ("example", "es", "letter", "large-print"),
    ("harbor", "en", "letter", "large-print"),
    ("harbor", "es", "a4", "standard"),
    ("willow", "en", "letter", "standard"),
    ("willow", "es", "a4", "large-print"),
)
"""Clinic, language, paper, edition: each clinic with each of the others, where all would take too long."""
EACH = (PAIRED[1], PAIRED[3], PAIRED[4])
"""Each clinic once, with each of the others at least once."""
TODAY = dt.date(2026, 11, 24)
"""The day the tests live in: shipped texts have to be reviewed a year after they were written."""

CLINIC_YAML = """\
name: Test Clinic (example)
phone: "(555) 555-0100"
hours: Monday to Friday, 9 am to 5 pm
after_hours: call (555) 555-0199
emergency_phone: "911"
protocol:
  microneedling:
    allergy_signs: Trouble breathing
"""
BRAND_YML = """\
color:
  primary: "#1f5c66"
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options: write golden files anew; leave out no combination."""
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")
    parser.addoption("--whole", action="store_true", help="every combination where pairs do otherwise")


def pytest_collection_finish() -> None:
    """Spare the collector thousands of tests, and most of its rounds: the engine makes many objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 10, 10)


@pytest.fixture(scope="session", autouse=True)
def _own_surroundings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the tests from this machine's cache, state and settings."""
    for name in ("HANDOUTS_CLINIC", "HANDOUTS_STATE", "HANDOUTS_OPERATOR", "SOURCE_DATE_EPOCH"):
        os.environ.pop(name, None)
    os.environ["HANDOUTS_TODAY"] = TODAY.isoformat()
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))


@dataclass(frozen=True)
class Ran:
    """What a command printed and how it ended."""

    status: int
    out: str
    err: str


def _shared(factory: pytest.TempPathFactory) -> Path:
    """Return the folder that all workers of a session share."""
    folder = factory.getbasetemp()
    # What is below it is one worker's.
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """Return what runs commands."""
    begun = _shared(tmp_path_factory) / "begun"
    begun.mkdir(exist_ok=True)
    running = Commands(begun)
    yield running
    running.close()


@pytest.fixture
def run(commands: Commands) -> Callable[..., Ran]:
    """Return a function that runs ``python generate.py ...`` as a person would, in a process of its own."""

    def command(*words: object, cwd: Path = ROOT, env: dict[str, str] | None = None) -> Ran:
        done = commands.run([*map(str, words)], cwd, {**os.environ, **(env or {})})
        # The tests live on a day of their own, and the program says so each time.
        told = [line for line in done.err.splitlines(keepends=True) if "HANDOUTS_TODAY is set" not in line]
        return Ran(done.status, done.out, "".join(told))

    return command


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """Return a small clinic's folder that prints, for a test to spoil."""
    folder = tmp_path / "clinic"
    folder.mkdir()
    (folder / "clinic.yaml").write_text(CLINIC_YAML, encoding="utf-8")
    (folder / "_brand.yml").write_text(BRAND_YML, encoding="utf-8")
    return folder


@pytest.fixture
def all_blocks(clinic: Path) -> Places:
    """Return the places of a clinic whose own topic has one sheet with every kind of block."""
    shutil.copytree(ROOT / "tests" / "all_blocks", clinic / "handouts" / "test-topic")
    return Places(clinic, shipped_folder())


@pytest.fixture(scope="session")
def print_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualPrinters]:
    """Run a print service with virtual printers, apart from the machine's own."""
    with virtual_printers(tmp_path_factory.mktemp("printing") / "arrived") as running:
        yield running


@pytest.fixture
def printers(print_service: VirtualPrinters, monkeypatch: pytest.MonkeyPatch) -> VirtualPrinters:
    """Return the virtual printers as they began, with this process and its children sent to them."""
    for name in ("LPDEST", "PRINTER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in print_service.environment.items():
        monkeypatch.setenv(name, value)
    # A busy machine may take longer than staff would wait.
    monkeypatch.setattr(printer, "WATCH_SECONDS", 20.0)
    print_service.clear()
    return print_service


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    """Run a mail server."""
    with mail_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def desk(run: Callable[..., Ran], clinic: Path, server: MailServer) -> Iterator[Desk]:
    """Return the desk of a clinic that sends its email through the server."""
    from tests.posting import open_desk

    yield open_desk(run, clinic, server)
    server.behave("accept")
    server.size_limit, server.smtputf8 = None, True


_made: dict[tuple[str, ...], Copy] = {}


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Copy]:
    """Return a function that makes a shipped sheet for a sample clinic, once for all workers of a session."""
    folder = _shared(tmp_path_factory) / "shipped"
    folder.mkdir(exist_ok=True)

    def make(
        name: str,
        clinic: str = "example",
        paper: str = "a4",
        edition: str = "standard",
        language: str = "en",
    ) -> Copy:
        key = (name, clinic, paper, edition, language)
        if key not in _made:
            kept = folder / ".".join(key)
            if not kept.exists():
                places = Places(shipped_folder() / "clinics" / clinic, shipped_folder())
                wish = Wish(language, edition, paper, today=TODAY)  # type: ignore[arg-type]
                copy = make_copy(name, places, wish)
                part = kept.with_suffix(f".{os.getpid()}")
                part.write_bytes(pickle.dumps(copy))
                part.replace(kept)
            _made[key] = pickle.loads(kept.read_bytes())
        return _made[key]

    return make


def declared_pages(name: str, language: str = "en") -> int:
    """Return how many pages a shipped sheet says it has."""
    return read_sheet(Places(shipped_folder(), shipped_folder()).sheet(name, language)).handout.pages
