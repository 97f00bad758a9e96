"""Prints a PDF on a printer that this computer knows: through CUPS, or on Windows through ``windowsprinter``.

All that can be known is asked before anything is sent: a sheet queued at a stopped printer comes out later,
with nobody there to take it. What no printer says here stays unsaid: whether the paper is in its tray.
"""

from __future__ import annotations

import re
import sys
import time
from dataclasses import dataclass
from typing import Final, Literal

from handoutpress.delivery import cups, windowsprinter
from handoutpress.errors import HandoutError, suggestion
from handoutpress.reading.days import quoted

Sides = Literal["one-sided", "two-sided-long-edge", "two-sided-short-edge"]

WATCH_SECONDS = 3.0
"""How long a job is watched once it is sent."""

SENT = "sent to the printer"
"""What is said of a job that CUPS tells nothing more about."""

_TITLE = "Handout"  # a queue is read by others: neither the sheet nor the patient is named there
_MEDIA: Final = {"a4": "A4", "letter": "Letter"}
_STATES = {
    3: "waiting",
    4: "held",
    5: "printing",
    6: "stopped",
    7: "cancelled",
    8: "failed",
    9: "printed",
}
ENDED = frozenset(("cancelled", "failed", "printed"))
"""States of a job that will not change any more."""
NO_ANSWER = "waiting for the printer, which does not answer"
_SETTLED = ENDED | {"held", "stopped"}
_NOT_THERE = re.compile(r"may not exist|unavailable|not respond|unreachable|offline", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PrintRequest:
    """What is wanted of a printer; None leaves which one to the computer, and the sides to the printer."""

    printer: str | None
    paper: Literal["a4", "letter"]
    copies: int = 1
    sides: Sides | None = None
    grey: bool = False


@dataclass(frozen=True, slots=True)
class PrintJob:
    """What became of a request."""

    id: str
    """Such as ``Clinic-12``; empty where the system gives none."""
    printer: str
    state: str
    """A plain word for staff: waiting, printing, printed, held, stopped, cancelled, failed ..."""


def known_printers() -> list[str]:
    """Return the names of this computer's printers; raises ``HandoutError`` where it cannot be asked."""
    if sys.platform == "win32":
        return windowsprinter.known_printers()
    return cups.printers()[0]


def choose_printer(request: PrintRequest) -> str:
    """Return the printer to use: the one asked for, else the computer's default.

    Raises ``HandoutError`` where there is none, or where it would not print this request as it is.
    """
    if sys.platform == "win32":
        windowsprinter.refuse_what_cannot_be_said(request.sides, request.copies, grey=request.grey)
        names, default = windowsprinter.known_printers(), windowsprinter.default_printer()
    else:
        names, default = cups.printers()
    if not names:
        raise HandoutError("This computer knows no printer. Set one up in its settings, then print again.")
    listed = f"the printers are: {', '.join(sorted(names))}"
    wanted = request.printer or default
    if not wanted:
        raise HandoutError(f"No printer is named, and this computer has no default one; {listed}.")
    # CUPS takes a name in any case.
    found = [name for name in names if name == wanted] or [
        name for name in names if name.casefold() == wanted.casefold()
    ]
    if not found:
        near = suggestion(wanted, names, "printers")
        hint = f"{near} " if near.startswith("did you mean") else ""
        said = f"This computer knows no printer {quoted(wanted)}: {hint}{listed}."
        raise HandoutError(said.replace("? the", "? The"))
    if sys.platform != "win32":
        _check_ready(found[0])
        _check_abilities(found[0], request)
    return found[0]


def print_pdf(pdf: bytes, request: PrintRequest, printer: str) -> PrintJob:
    """Send a PDF to a printer that ``choose_printer`` named, and watch its job for ``WATCH_SECONDS``.

    Raises ``HandoutError`` where it was not taken. Never after it was: it would be printed twice.
    """
    if sys.platform == "win32":
        windowsprinter.print_pdf(pdf, printer)
        return PrintJob("", printer, windowsprinter.HANDED_OVER)
    options = [
        # The file's kind is said, so that CUPS does not guess it from what the first bytes look like.
        "document-format=application/pdf",
        f"media={_MEDIA[request.paper]}",
        # To fit a page to the printable area would shrink type that has to be 12 pt.
        "print-scaling=none",
        # What a person may once have set with lpoptions: two pages on one, copies page by page.
        "number-up=1",
        "collate=true",
    ]
    if request.sides:
        options.append(f"sides={request.sides}")
    if request.grey:
        options.append("print-color-mode=monochrome")
    words = ["-d", printer, "-t", _TITLE, "-n", str(request.copies)]
    done = cups.command("lp", *words, *(f"-o{option}" for option in options), data=pdf)
    if done.returncode:
        reason = cups.cleaned(done.stderr) or f"lp ended with status {done.returncode}"
        raise HandoutError(f"{quoted(printer)} did not take the sheet: {reason.rstrip('.')}.")
    found = re.search(r"^request id is (\S+-\d+)", done.stdout, re.MULTILINE)
    return PrintJob(found[1], printer, _watched(found[1])) if found else PrintJob("", printer, SENT)


def cancel_job(job_id: str) -> str:
    """Take a job back where it has not ended; return its state then. Raises ``HandoutError``."""
    state = job_state(job_id)
    if sys.platform != "win32" and state not in ENDED:
        cups.command("cancel", job_id)  # says nothing of use where the job ended meanwhile
        state = _watched(job_id)
    return state


def job_state(job_id: str) -> str:
    """Return a word for the state of a job such as ``Clinic-12``; ``SENT`` where CUPS says nothing of it.

    Raises ``HandoutError`` for what is no job's id, and where CUPS does not answer.
    """
    if sys.platform == "win32":
        return windowsprinter.HANDED_OVER
    found = re.fullmatch(r"([^\s/#?'\"\\-][^\s/#?'\"\\]*)-(\d{1,9})", job_id)
    if not found:
        raise HandoutError(f"{quoted(job_id)} is no print job's id, which looks like Clinic-12.")
    number, said = cups.job_report(int(found[2]))
    state = _STATES.get(number, SENT)
    if state == "printing" and _NOT_THERE.search(said):
        return NO_ANSWER
    if state == "waiting" and cups.attributes(found[1]).get("printer-state") == cups.STOPPED:
        return "stopped"
    return state


def _check_ready(name: str) -> None:
    """Raise ``HandoutError`` for a printer that is stopped or takes no jobs."""
    known = cups.attributes(name)
    if known.get("printer-state") == cups.STOPPED:
        raise HandoutError(
            f"The printer {quoted(name)} is stopped{cups.reason_given('-p', name)}. Nothing was sent to it."
        )
    if known.get("printer-is-accepting-jobs") == "false":
        said = f"The printer {quoted(name)} takes no jobs{cups.reason_given('-a', name)}"
        raise HandoutError(f"{said}. Nothing was sent to it.")


def _check_abilities(name: str, request: PrintRequest) -> None:
    """Raise ``HandoutError`` for a paper or sides that the printer lacks; one that says nothing passes."""
    done = cups.command("lpoptions", f"-p{name}", "-l")
    rows = (line.rpartition(": ") for line in done.stdout.splitlines())
    choices = {key.partition("/")[0]: values.replace("*", "").split() for key, _, values in rows}
    paper = _MEDIA[request.paper]
    sizes = [size for size in choices.get("PageSize", []) if not size.startswith("Custom")]
    # A name's ending is a kind of the same sheet, such as A4.Borderless; A4Small is another.
    if sizes and paper not in {size.partition(".")[0] for size in sizes}:
        said = f"The printer {quoted(name)} has no {paper} paper"
        raise HandoutError(f"{said}, which the sheet is laid out for. It has: {', '.join(sorted(sizes))}.")
    duplex = [
        value
        for key, values in choices.items()
        if key.endswith("Duplex")
        for value in values
        if value not in ("None", "False", "Off", "Simplex")
    ]
    if request.sides not in (None, "one-sided") and choices and not duplex:
        raise HandoutError(f"The printer {quoted(name)} cannot print on both sides. Ask for one side.")


def _watched(job_id: str) -> str:
    """Return a job's state once it is settled, or the last one seen."""
    state, until = SENT, time.monotonic() + WATCH_SECONDS
    try:
        while (state := job_state(job_id)) not in _SETTLED and time.monotonic() < until:
            time.sleep(0.1)
    except HandoutError:
        pass  # the sheet is on its way all the same
    return state
