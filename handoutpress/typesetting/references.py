"""References between the engine's PDF objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pydyf


def number_of(reference: Any) -> int:
    """Return the object number of a reference such as ``b"12 0 R"``."""
    return int(bytes(reference).split()[0])


def object_of(pdf: pydyf.PDF, reference: Any) -> Any:
    """Return the object that a reference means."""
    return pdf.objects[number_of(reference)]
