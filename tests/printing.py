"""What the tests of printing share: a PDF that is quickly made, and what is said of a request."""

from __future__ import annotations

import io
from typing import Literal

import pikepdf
import pytest

from handoutpress.delivery.printer import PrintRequest, choose_printer
from handoutpress.errors import HandoutError

Paper = Literal["a4", "letter"]

POINTS = {"a4": (595.276, 841.89), "letter": (612.0, 792.0)}


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


def refused(request: PrintRequest) -> str:
    with pytest.raises(HandoutError) as caught:
        choose_printer(request)
    return str(caught.value)
