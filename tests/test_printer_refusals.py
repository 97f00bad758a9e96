"""Printing, tried on a real CUPS: which printer is taken, what is refused beforehand, what is told after."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from handoutpress.delivery import cups, printer
from handoutpress.delivery.printer import (
    SENT,
    PrintRequest,
    choose_printer,
    job_state,
    known_printers,
    print_pdf,
)
from handoutpress.errors import HandoutError
from tests.printers import CLINIC, DESK
from tests.printing import plain_pdf, refused

if TYPE_CHECKING:
    from pathlib import Path

    from tests.printers import VirtualPrinters


def test_lists_the_printers(printers: VirtualPrinters) -> None:
    assert known_printers() == [CLINIC, DESK]
    printers.save_options(f"Dest {CLINIC}/draft print-quality=3")
    assert known_printers() == [CLINIC, DESK]


def test_takes_the_default_and_any_case(printers: VirtualPrinters) -> None:
    printers.make_default(DESK)
    assert choose_printer(PrintRequest(None, "letter")) == DESK
    assert choose_printer(PrintRequest("clinic", "letter")) == CLINIC


def test_no_default(printers: VirtualPrinters, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "No printer is named, and this computer has no default one; the printers are: Clinic, Desk."
    assert refused(PrintRequest(None, "a4")) == said
    monkeypatch.setenv("LPDEST", "Gone")
    assert refused(PrintRequest(None, "a4")) == said


def test_unknown_printer(printers: VirtualPrinters) -> None:
    assert refused(PrintRequest("Clinix", "a4")) == (
        'This computer knows no printer `Clinix`: did you mean "Clinic"? The printers are: Clinic, Desk.'
    )
    assert refused(PrintRequest("Laser", "a4")) == (
        "This computer knows no printer `Laser`: the printers are: Clinic, Desk."
    )


def test_no_printer_at_all(printers: VirtualPrinters) -> None:
    printers.remove(CLINIC)
    printers.remove(DESK)
    said = "This computer knows no printer. Set one up in its settings, then print again."
    assert refused(PrintRequest(None, "a4")) == said
    assert refused(PrintRequest(CLINIC, "a4")) == said


def test_stopped_printer(printers: VirtualPrinters) -> None:
    printers.stop(CLINIC, "paper jam in tray 2")
    request = PrintRequest(CLINIC, "a4")
    said = "The printer `Clinic` is stopped: paper jam in tray 2. Nothing was sent to it."
    assert refused(request) == said
    assert choose_printer(PrintRequest(DESK, "letter")) == DESK
    assert printers.admin("lpstat", "-o") == ""
    # Why it is asked beforehand: such a job comes out later.
    job = print_pdf(plain_pdf(), request, CLINIC)
    assert job.state == "stopped"
    assert printers.arrived() == []
    printers.start(CLINIC)
    assert len(printers.wait_for(1)) == 1


def test_rejecting_printer(printers: VirtualPrinters) -> None:
    printers.reject(CLINIC, "out of order until Monday")
    request = PrintRequest(CLINIC, "a4")
    assert refused(request) == (
        "The printer `Clinic` takes no jobs: out of order until Monday. Nothing was sent to it."
    )
    with pytest.raises(HandoutError) as caught:
        print_pdf(plain_pdf(), request, CLINIC)
    assert str(caught.value) == '`Clinic` did not take the sheet: Destination "Clinic" is not accepting jobs.'


def test_paper_that_is_not_there(printers: VirtualPrinters) -> None:
    assert refused(PrintRequest(DESK, "a4")) == (
        "The printer `Desk` has no A4 paper, which the sheet is laid out for. It has: Letter."
    )


def test_both_sides_of_a_printer_that_has_one(printers: VirtualPrinters) -> None:
    for sides in ("two-sided-long-edge", "two-sided-short-edge"):
        said = "The printer `Desk` cannot print on both sides. Ask for one side."
        assert refused(PrintRequest(DESK, "letter", sides=sides)) == said


def test_a_printer_that_is_switched_off(printers: VirtualPrinters, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printer, "WATCH_SECONDS", 3.0)
    printers.switch_off(CLINIC)
    job = print_pdf(plain_pdf(), PrintRequest(CLINIC, "a4"), CLINIC)
    assert job.state == "waiting for the printer, which does not answer"


def test_states_of_a_job(printers: VirtualPrinters, tmp_path: Path) -> None:
    path = tmp_path / "given.pdf"
    path.write_bytes(plain_pdf())
    held = printers.admin("lp", "-d", CLINIC, "-H", "indefinite", str(path)).split()[3]
    assert job_state(held) == "held"
    printers.admin("cancel", held)
    assert job_state(held) == "cancelled"
    number = int(held.rpartition("-")[2])
    assert job_state(f"{CLINIC}-{number + 1000}") == SENT
    for wrong in ("", "Clinic", "Clinic-", "-W-1", "-1", "Clinic-1 -a", "Clinic-1\n"):
        with pytest.raises(HandoutError, match="is no print job's id"):
            job_state(wrong)


def test_what_cannot_be_printed_is_not_called_printed(printers: VirtualPrinters) -> None:
    job = print_pdf(b"no PDF at all", PrintRequest(CLINIC, "a4"), CLINIC)
    assert job.state in ("stopped", "failed")
    assert printers.arrived() == []


@pytest.mark.parametrize("name", ["-a", "-h", "--help", "-oraw", "-"])
def test_a_name_is_never_taken_for_an_option(name: str, printers: VirtualPrinters) -> None:
    assert refused(PrintRequest(name, "a4")) == (
        f"This computer knows no printer `{name}`: the printers are: Clinic, Desk."
    )
    with pytest.raises(HandoutError, match=f"^`{name}` did not take .* does not exist.$"):
        print_pdf(plain_pdf(), PrintRequest(name, "a4"), name)
    assert printers.admin("lpstat", "-o") == ""


def test_no_copies_are_refused(printers: VirtualPrinters) -> None:
    with pytest.raises(HandoutError, match=r"did not take the sheet: copies must be 1 or more\.$"):
        print_pdf(plain_pdf(), PrintRequest(CLINIC, "a4", copies=0), CLINIC)


def test_cups_is_not_running(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CUPS_SERVER", str(tmp_path / "nobody"))
    said = "The print service (CUPS) of this computer does not answer. Start it (systemctl start cups), then"
    assert refused(PrintRequest(CLINIC, "a4")).startswith(said)
    for ask in (known_printers, lambda: job_state("Clinic-1")):
        with pytest.raises(HandoutError, match="CUPS"):
            ask()
    with pytest.raises(HandoutError, match="did not take the sheet"):
        print_pdf(plain_pdf(), PrintRequest(CLINIC, "a4"), CLINIC)


def test_no_lp_on_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refused(PrintRequest(CLINIC, "a4")).endswith("On Debian or Ubuntu: apt-get install cups-client")
    with pytest.raises(HandoutError, match="no `lp` command to print with"):
        print_pdf(plain_pdf(), PrintRequest(CLINIC, "a4"), CLINIC)
    (tmp_path / "lp").write_text("not to be run")
    with pytest.raises(HandoutError, match="`lp` could not be run: Permission denied"):
        print_pdf(plain_pdf(), PrintRequest(CLINIC, "a4"), CLINIC)


def test_nothing_is_waited_for_without_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("lp", "lpstat"):
        (tmp_path / name).write_text("#!/bin/sh\nexec sleep 30\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(cups, "ASK_SECONDS", 0.2)
    monkeypatch.setattr(cups, "SEND_SECONDS", 0.3)
    assert refused(PrintRequest(CLINIC, "a4")) == (
        "The print service did not answer within 0.2 seconds (`lpstat`)."
    )
    with pytest.raises(HandoutError, match=r"within 0\.3 seconds \(`lp`\)\. The sheet may still come out"):
        print_pdf(plain_pdf(), PrintRequest(CLINIC, "a4"), CLINIC)


def test_a_sheet_that_was_taken_is_never_an_error(
    printers: VirtualPrinters, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(_number: int) -> tuple[int, str]:
        raise HandoutError("CUPS does not tell")

    monkeypatch.setattr(cups, "job_report", silent)
    job = print_pdf(plain_pdf(), PrintRequest(CLINIC, "a4"), CLINIC)
    assert (job.state, job.id.partition("-")[0]) == (SENT, CLINIC)
    assert len(printers.wait_for(1)) == 1


def test_a_job_is_watched_for_a_while_only(
    printers: VirtualPrinters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printer, "WATCH_SECONDS", 0.2)
    printers.switch_off(CLINIC)
    start = time.monotonic()
    job = print_pdf(plain_pdf(), PrintRequest(CLINIC, "a4"), CLINIC)
    assert time.monotonic() - start < 2
    assert job.state in ("waiting", "printing", "waiting for the printer, which does not answer")
