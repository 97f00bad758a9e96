"""Printing, tried on a real CUPS and two virtual printers: what arrives."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pikepdf
import pypdfium2
import pytest
from PIL import ImageChops

from handoutpress.delivery.printer import (
    PrintRequest,
    choose_printer,
    job_state,
    print_pdf,
)
from tests.printers import CLINIC, DESK
from tests.printing import Paper, plain_pdf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from handoutpress.wish import Copy
    from tests.printers import VirtualPrinters

PAPERS = {"a4": (21000, 29700), "letter": (21590, 27940)}
"""Hundredths of a millimetre, as a printer is told."""
DPI = 100
SHEET = "microneedling-aftercare"


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
