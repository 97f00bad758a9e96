"""A PDF's pages as pictures, for the preview: what is shown is what will be printed."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import pypdfium2

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCALE = 1.5
"""Pixels for a point: 108 to the inch, clear on any screen and made in 30 ms."""
_LOCK = Lock()
"""PDFium is not safe to use from several threads."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One page."""

    number: int
    src: str
    """A PNG as a ``data:`` address: it stands on no disk, and at no address of its own."""
    width: int
    height: int


def pictures(pdf: bytes) -> list[Picture]:
    """Return a picture of each page."""
    found = []
    for number, (data, width, height) in enumerate(rendered(pdf, _SCALE), 1):
        src = f"data:image/png;base64,{base64.b64encode(data).decode()}"
        found.append(Picture(number, src, width, height))
    return found


def rendered(pdf: bytes, scale: float, only: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """Yield each page, or ``only`` one (from 1), as a PNG with its width and height in pixels.

    ``scale`` is how many pixels a point has.
    """
    with _LOCK:
        document = pypdfium2.PdfDocument(pdf)
        try:
            numbers = range(len(document)) if only is None else range(len(document))[only - 1 : only]
            images = [document[number].render(scale=scale).to_pil() for number in numbers]
        finally:
            document.close()
    for image in images:
        data = io.BytesIO()
        image.save(data, "PNG", compress_level=1)  # quick; it goes no further than this computer
        yield data.getvalue(), *image.size


def sizes(pdf: bytes) -> list[tuple[float, float]]:
    """Return each page's width and height in points."""
    with _LOCK:
        document = pypdfium2.PdfDocument(pdf)
        try:
            return [page.get_size() for page in document]
        finally:
            document.close()
