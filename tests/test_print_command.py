"""``print``: from the command line to a virtual printer, on a print service of the tests' own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pypdfium2
import pytest

from tests.printers import CLINIC, DESK

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran
    from tests.printers import VirtualPrinters

Run = Any
AFTERCARE, ABOUT = "microneedling-aftercare", "microneedling-about"
PATIENT = ("--name", "Example Patient", "--reference", "EX-0042", "--visit", "2026-11-24")
PAPERS = {"a4": (21000, 29700), "letter": (21590, 27940)}
"""Width and height in hundredths of a millimetre."""


@pytest.fixture
def command(run: Callable[..., Ran], printers: VirtualPrinters, clinic: Path, tmp_path: Path) -> Run:
    """Return a function that runs a command for the test's clinic, on the test's print service."""
    own = {"HANDOUTS_STATE": str(tmp_path / "state")}

    def command(*words: object) -> Ran:
        return run(*words, "--clinic", clinic, env=own)

    return command


def add(clinic: Path, text: str) -> None:
    with (clinic / "clinic.yaml").open("a", encoding="utf-8") as file:
        file.write(text)


def said(pdf: bytes) -> list[str]:
    """Return the words of each page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def spooled(printers: VirtualPrinters, job: str) -> bytes:
    """Return what the print service was given for a job such as ``Clinic-3``."""
    number = int(job.rpartition("-")[2])
    return (printers.state / "spool" / f"d{number:05}-001").read_bytes()


@pytest.mark.parametrize("paper", PAPERS)
def test_two_copies_on_both_sides_are_what_make_makes(
    command: Run, printers: VirtualPrinters, tmp_path: Path, paper: str
) -> None:
    look = ("--paper", paper, *PATIENT)
    ran = command("print", AFTERCARE, "--printer", CLINIC, "--copies", "2", "--duplex", *look)
    assert ran.status == 0, ran.err
    name, job, *state = ran.out.split()
    assert (name, job.startswith(f"{CLINIC}-")) == (AFTERCARE, True)
    assert " ".join(state) in ("waiting", "printing", "printed")
    (arrived,) = printers.wait_for(1)
    assert command("make", AFTERCARE, *look, "-o", tmp_path / "made.pdf").status == 0
    made = (tmp_path / "made.pdf").read_bytes()
    assert spooled(printers, job) == made
    assert said(arrived.pdf) == said(made)
    assert arrived.paper == PAPERS[paper]
    assert arrived.attributes["COPIES"] == "2"
    assert arrived.attributes["SIDES"] == "two-sided-long-edge"
    # Whoever looks at the queue learns neither who nor what.
    assert arrived.attributes["JOB_NAME"] == "Handout"
    assert "Example Patient" not in printers.admin("lpstat", "-W", "all", "-o", "-l")


def test_the_clinic_says_how_it_prints_and_options_go_before(
    command: Run, printers: VirtualPrinters, clinic: Path
) -> None:
    add(clinic, f"paper: letter\nprinter: {{name: {CLINIC}, copies: 3, duplex: true, grey: true}}\n")
    assert command("print", ABOUT).status == 0
    (first,) = printers.wait_for(1)
    assert first.paper == PAPERS["letter"]
    assert [first.attributes[key] for key in ("COPIES", "SIDES", "PRINT_COLOR_MODE")] == [
        "3",
        "two-sided-long-edge",
        "monochrome",
    ]
    words = ("--copies", "1", "--simplex", "--colour", "--paper", "a4")
    assert command("print", ABOUT, *words).status == 0
    second = printers.wait_for(2)[1]
    assert second.paper == PAPERS["a4"]
    assert second.attributes["SIDES"] == "one-sided"
    assert second.attributes.get("COPIES", "1") == "1"
    assert second.attributes.get("PRINT_COLOR_MODE") != "monochrome"


def test_several_sheets_are_jobs_of_their_own_and_a_packet_is_one(
    command: Run, printers: VirtualPrinters
) -> None:
    ran = command("print", AFTERCARE, ABOUT, "--printer", CLINIC)
    assert [line.split()[0] for line in ran.out.splitlines()] == [AFTERCARE, ABOUT]
    printers.wait_for(2)
    ran = command("print", AFTERCARE, ABOUT, "--printer", CLINIC, "--packet", "--duplex")
    assert [line.split()[0] for line in ran.out.splitlines()] == ["packet"]
    packet = printers.wait_for(3)[2]
    assert "What is inside" in said(packet.pdf)[0]


def test_a_booklet_is_turned_on_its_short_edge(command: Run, printers: VirtualPrinters) -> None:
    ran = command("print", ABOUT, "--printer", CLINIC, "--booklet")
    assert ran.status == 0, ran.err
    assert printers.wait_for(1)[0].attributes["SIDES"] == "two-sided-short-edge"
    ran = command("print", ABOUT, "--printer", CLINIC, "--booklet", "--simplex")
    assert (ran.status, ran.out) == (1, "")
    assert "a booklet is printed on both sides" in ran.err


def test_a_printer_that_does_not_print_is_refused_before_anything_is_sent(
    command: Run, printers: VirtualPrinters
) -> None:
    printers.stop(CLINIC, "paper jam")
    stopped = command("print", ABOUT, "--printer", CLINIC)
    assert (stopped.status, stopped.out) == (1, "")
    assert "is stopped" in stopped.err
    assert "paper jam" in stopped.err
    unknown = command("print", ABOUT, "--printer", "Clinc")
    assert unknown.status == 1
    assert f"{CLINIC}, {DESK}" in unknown.err
    assert "did you mean" in unknown.err
    none_named = command("print", ABOUT)
    assert none_named.status == 1
    assert f"{CLINIC}, {DESK}" in none_named.err
    no_paper = command("print", ABOUT, "--printer", DESK, "--paper", "a4")
    assert no_paper.status == 1
    assert "no A4 paper" in no_paper.err
    printers.start(CLINIC)
    assert printers.admin("lpstat", "-o") == ""
    assert printers.arrived() == []
    assert json.loads(command("records", "--json").out) == []


def test_what_is_wrong_with_one_sheet_prints_none(
    command: Run, printers: VirtualPrinters, clinic: Path
) -> None:
    text = (clinic / "clinic.yaml").read_text(encoding="utf-8")
    (clinic / "clinic.yaml").write_text(text.replace('phone: "(555) 555-0100"\n', "", 1), encoding="utf-8")
    ran = command("print", ABOUT, AFTERCARE, "--printer", CLINIC)
    assert (ran.status, ran.out) == (1, "")
    assert "`{clinic.phone}` is not set" in ran.err
    assert printers.admin("lpstat", "-o") == ""
    assert printers.arrived() == []


def test_each_print_is_recorded_with_its_job(command: Run, printers: VirtualPrinters) -> None:
    ran = command("print", AFTERCARE, "--printer", CLINIC, *PATIENT)
    job = ran.out.split()[1]
    printers.wait_for(1)
    (record,) = json.loads(command("records", "--json").out)
    assert (record["channel"], record["sheet"], record["detail"]) == ("print", AFTERCARE, job)
    assert record["outcome"] in ("waiting", "printing", "printed")
    assert record["reference"] == "EX-0042"
    assert "Example Patient" not in json.dumps(record)


def test_a_draft_is_printed_as_one(command: Run, printers: VirtualPrinters, clinic: Path) -> None:
    add(clinic, "require_sign_off: true\n")
    refused = command("print", ABOUT, "--printer", CLINIC)
    assert refused.status == 1
    ran = command("print", ABOUT, "--printer", CLINIC, "--draft")
    assert ran.status == 0, ran.err
    assert "It is not for patients" in ran.err
    assert all("DRAFT" in page for page in said(printers.wait_for(1)[0].pdf))
