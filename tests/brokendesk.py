"""The desk with a fault in it: a note that begins with "Crash" breaks whatever is made of the form."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

if TYPE_CHECKING:
    from collections.abc import Mapping

    from handoutpress.reading.patient import PatientDetails


def main() -> None:
    """Run the command line with it."""
    from handoutpress.cli import main as command
    from handoutpress.desk import forms
    from handoutpress.reading import patient

    def details_from(details: Mapping[str, str], *more: Any) -> PatientDetails:
        if details["note"].startswith("Crash"):
            raise ValueError(details)
        return patient.details_from(details, *more)

    vars(forms)["details_from"] = details_from
    command()


if __name__ == "__main__":
    main()
