"""Printing, tried on a real CUPS and two virtual printers: what arrives, and what is refused beforehand."""

from __future__ import annotations

import io
import os
import sys
import tempfile
import time
import types
from typing import TYPE_CHECKING, Literal

import pikepdf
import pypdfium2
import pytest
from PIL import ImageChops

from handoutpress.delivery import cups, printer, windowsprinter
from handoutpress.delivery.printer import (
    SENT,
    PrintRequest,
    choose_printer,
    job_state,
    known_printers,
    print_pdf,
)
from handoutpress.errors import HandoutError
from tests.printers import CLINIC, DESK, virtual_printers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from handoutpress.wish import Copy
    from tests.printers import VirtualPrinters

Paper = Literal["a4", "letter"]

POINTS = {"a4": (595.276, 841.89), "letter": (612.0, 792.0)}
PAPERS = {"a4": (21000, 29700), "letter": (21590, 27940)}
"""Hundredths of a millimetre, as a printer is told."""
DPI = 100
SHEET = "microneedling-aftercare"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualPrinters]:
    with virtual_printers(tmp_path_factory.mktemp("printing") / "arrived") as running:
        yield running


@pytest.fixture
def printers(service: VirtualPrinters, monkeypatch: pytest.MonkeyPatch) -> VirtualPrinters:
    for name in ("LPDEST", "PRINTER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)
    # A busy machine may take longer than staff would wait.
    monkeypatch.setattr(printer, "WATCH_SECONDS", 20.0)
    service.clear()
    return service


def plain_pdf(pages: int = 1, paper: Paper = "a4") -> bytes:
    """Return pages that each say their number and have a line round them, 6 mm from the edge."""
    width, height = POINTS[paper]
    pdf = pikepdf.new()
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    for number in range(1, pages + 1):
        page = pdf.add_blank_page(page_size=(width, height))
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
        said = f"17 17 {width - 34} {height - 34} re S BT /F 12 Tf 72 500 Td (Page {number} of {pages}) Tj ET"
        page.obj.Contents = pdf.make_stream(said.encode())
    file = io.BytesIO()
    pdf.save(file)
    return file.getvalue()


def texts(pdf: bytes) -> list[str]:
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf)]


def sizes(pdf: bytes) -> list[tuple[float, ...]]:
    """Return each page's media box in points; CUPS changes it after the fifth digit."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return [tuple(round(float(side), 3) for side in page.mediabox.as_list()) for page in document.pages]


def off(given: bytes, got: bytes) -> float:
    """Return the part of a page's pixels, at 100 dpi, that differ by more than an eighth of full scale."""
    shares = []
    for one, other in zip(pypdfium2.PdfDocument(given), pypdfium2.PdfDocument(got), strict=True):
        images = [page.render(scale=DPI / 72).to_pil().convert("L") for page in (one, other)]
        assert images[0].size == images[1].size
        counted = ImageChops.difference(*images).histogram()
        shares.append(sum(counted[32:]) / sum(counted))
    return max(shares)


def assert_same(given: bytes, got: bytes) -> None:
    """Pages as they were. Their bytes are not: CUPS wraps each page and drops its links and bookmarks."""
    assert texts(got) == texts(given)
    assert sizes(got) == sizes(given)
    assert off(given, got) < 0.0001


def refused(request: PrintRequest) -> str:
    with pytest.raises(HandoutError) as caught:
        choose_printer(request)
    return str(caught.value)


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_a_sheet_arrives_in_two_copies_on_both_sides(
    paper: Paper, printers: VirtualPrinters, shipped: Callable[..., Copy]
) -> None:
    pdf = shipped(SHEET, paper=paper).pdf
    request = PrintRequest(CLINIC, paper, copies=2, sides="two-sided-long-edge")
    job = print_pdf(pdf, request, choose_printer(request))
    (got,) = printers.wait_for(1)
    assert job.printer == got.printer == CLINIC
    assert job.id.startswith("Clinic-")
    assert job.state == "printed"
    assert job_state(job.id) == "printed"
    assert got.attributes["COPIES"] == "2"
    assert got.attributes["MULTIPLE_DOCUMENT_HANDLING"] == "separate-documents-collated-copies"
    assert got.attributes["SIDES"] == "two-sided-long-edge"
    assert got.paper == PAPERS[paper]
    assert len(sizes(pdf)) == 2
    assert_same(pdf, got.pdf)


def test_grey_one_sided_and_short_edge_travel(printers: VirtualPrinters) -> None:
    for request in (
        PrintRequest(CLINIC, "a4", sides="one-sided", grey=True),
        PrintRequest(CLINIC, "letter", sides="two-sided-short-edge"),
        PrintRequest(DESK, "letter", sides="one-sided"),
    ):
        pdf = plain_pdf(3, request.paper)
        assert print_pdf(pdf, request, choose_printer(request)).state == "printed"
    jobs = printers.wait_for(3)
    assert [job.printer for job in jobs] == [CLINIC, CLINIC, DESK]
    assert [job.attributes["SIDES"] for job in jobs] == ["one-sided", "two-sided-short-edge", "one-sided"]
    assert [job.attributes["PRINT_COLOR_MODE"] for job in jobs] == ["monochrome", "color", "monochrome"]
    assert [job.paper for job in jobs] == [PAPERS["a4"], PAPERS["letter"], PAPERS["letter"]]
    assert [job.attributes.get("COPIES", "1") for job in jobs] == ["1", "1", "1"]


def test_thirty_pages_in_order(printers: VirtualPrinters) -> None:
    pdf = plain_pdf(30)
    request = PrintRequest(CLINIC, "a4", copies=3, sides="two-sided-long-edge")
    assert print_pdf(pdf, request, choose_printer(request)).state == "printed"
    (got,) = printers.wait_for(1)
    assert texts(got.pdf) == [f"Page {number} of 30" for number in range(1, 31)]
    assert_same(pdf, got.pdf)


def test_the_comparison_sees_a_page_that_was_fitted(printers: VirtualPrinters, tmp_path: Path) -> None:
    pdf = plain_pdf()
    (tmp_path / "given.pdf").write_bytes(pdf)
    printers.admin("lp", "-d", CLINIC, "-o", "media=A4", "-o", "fit-to-page", str(tmp_path / "given.pdf"))
    (got,) = printers.wait_for(1)
    assert texts(got.pdf) == texts(pdf)
    assert off(pdf, got.pdf) > 0.001


def test_the_queue_names_neither_sheet_nor_patient(printers: VirtualPrinters) -> None:
    print_pdf(plain_pdf(), PrintRequest(CLINIC, "a4"), CLINIC)
    (got,) = printers.wait_for(1)
    assert got.attributes["JOB_NAME"] == "Handout"
    assert got.attributes["DOCUMENT_FORMAT_SUPPLIED"] == "application/pdf"


def test_what_somebody_saved_does_not_change_the_pages(printers: VirtualPrinters) -> None:
    saved = "number-up=2 fit-to-page=true print-scaling=fit copies=5 media=Letter collate=false"
    printers.save_options(f"Dest {CLINIC} {saved}")
    pdf = plain_pdf(2)
    print_pdf(pdf, PrintRequest(CLINIC, "a4", copies=2), CLINIC)
    (got,) = printers.wait_for(1)
    assert got.attributes["COPIES"] == "2"
    assert got.attributes["MULTIPLE_DOCUMENT_HANDLING"] == "separate-documents-collated-copies"
    assert got.paper == PAPERS["a4"]
    assert_same(pdf, got.pdf)


@pytest.mark.parametrize(
    "start", [b"-n 9\n-o fit-to-page\n", b"%!PS-Adobe-3.0\nshowpage\n", b"\x1b%-12345X@PJL\n"]
)
def test_first_bytes_are_never_taken_for_anything_else(start: bytes, printers: VirtualPrinters) -> None:
    pdf = plain_pdf(2)
    print_pdf(start + pdf, PrintRequest(CLINIC, "a4"), CLINIC)
    (got,) = printers.wait_for(1)
    assert got.attributes.get("COPIES", "1") == "1"
    assert_same(pdf, got.pdf)


def test_at_a_socket_as_a_machine_has_it(printers: VirtualPrinters, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUPS_SERVER", str(printers.socket))
    assert print_pdf(plain_pdf(), PrintRequest(CLINIC, "a4"), CLINIC).state == "printed"
    assert len(printers.wait_for(1)) == 1


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


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[object, ...]]:
    """Pretend to be Windows with two printers; return what it is asked to start."""
    started: list[tuple[object, ...]] = []
    kept: dict[str, dict[str, str]] = {
        "Devices": {"Front Desk": "winspool,Ne00:", "Laser": "winspool,Ne01:"},
        "Windows": {"Device": "Front Desk,winspool,Ne00:"},
    }

    class Key:
        def __init__(self, name: str) -> None:
            self.items = list(kept[name.rpartition("\\")[2]].items())

        def __enter__(self) -> Key:
            return self

        def __exit__(self, *_: object) -> None:
            return

    registry = types.ModuleType("winreg")
    for name, value in {
        "HKEY_CURRENT_USER": 1,
        "OpenKey": lambda _root, name: Key(name),
        "QueryInfoKey": lambda key: (0, len(key.items), 0),
        "EnumValue": lambda key, number: (*key.items[number], 1),
    }.items():
        setattr(registry, name, value)
    monkeypatch.setitem(sys.modules, "winreg", registry)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(os, "startfile", lambda *words: started.append(words), raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    return started


def test_windows_is_told_the_file_and_the_printer(windows: list[tuple[object, ...]], tmp_path: Path) -> None:
    old = tmp_path / f"{windowsprinter._PREFIX}old"
    old.mkdir()
    (old / "handout.pdf").write_bytes(b"of yesterday")
    os.utime(old, (0, 0))
    request = PrintRequest(None, "a4")
    name = choose_printer(request)
    job = print_pdf(b"%PDF-1.7", request, name)
    assert known_printers() == ["Front Desk", "Laser"]
    assert (job.printer, job.state) == ("Front Desk", "handed to Windows")
    ((path, verb, words),) = windows
    assert (verb, words) == ("printto", '"Front Desk"')
    assert path.read_bytes() == b"%PDF-1.7"  # type: ignore[attr-defined]
    assert path.parent.stat().st_mode & 0o077 == 0  # type: ignore[attr-defined]
    assert not old.exists()
    assert job_state(job.id) == "handed to Windows"


@pytest.mark.parametrize(
    ("request_", "asked"),
    [
        (PrintRequest("Laser", "a4", copies=2), "2 copies"),
        (PrintRequest("Laser", "a4", sides="one-sided"), "one-sided"),
        (
            PrintRequest("Laser", "a4", copies=3, sides="two-sided-long-edge", grey=True),
            "two-sided-long-edge, 3 copies, without colour",
        ),
    ],
)
def test_windows_refuses_what_it_cannot_be_told(
    request_: PrintRequest, asked: str, windows: list[tuple[object, ...]]
) -> None:
    assert refused(request_).startswith(
        f"On Windows a printer cannot be asked for this from here: {asked}. Set it in"
    )
    assert windows == []


def test_windows_knows_no_such_printer(windows: list[tuple[object, ...]]) -> None:
    assert refused(PrintRequest("Lazer", "a4")) == (
        'This computer knows no printer `Lazer`: did you mean "Laser"? The printers are: Front Desk, Laser.'
    )
    with pytest.raises(HandoutError, match="quotation mark"):
        print_pdf(b"%PDF-1.7", PrintRequest(None, "a4"), 'x" "C:\\y')
    assert windows == []
