"""Copies onto paper: each sheet a job of its own, on the paper it was laid out for, with its record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from handoutpress.delivery.ledger import Ledger
from handoutpress.delivery.printer import NO_ANSWER, PrintRequest, cancel_job, choose_printer, print_pdf
from handoutpress.delivery.records import end_job
from handoutpress.dispatch.recording import delivery_of, recorded
from handoutpress.errors import Problem, ProblemsFound
from handoutpress.reading.clinic import read_clinic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from handoutpress.delivery.printer import PrintJob, Sides
    from handoutpress.places import Places
    from handoutpress.reading.clinic import ClinicFacts
    from handoutpress.wish import Copy, Wish


NOT_PRINTED = ("held", "stopped", "cancelled", "failed", NO_ANSWER)
"""States of a job that somebody has to look after."""


@dataclass(frozen=True, slots=True)
class PrintOptions:
    """How to print; what is None is the clinic's to decide, and then the printer's."""

    printer: str | None = None
    copies: int | None = None
    duplex: bool | None = None
    grey: bool | None = None
    booklet: bool = False


@dataclass(frozen=True, slots=True)
class Press:
    """A printer that was found ready, and how it is asked to print."""

    printer: str
    request: PrintRequest

    @property
    def duplex(self) -> bool:
        """Whether it prints on both sides."""
        return self.request.sides not in (None, "one-sided")


def find_printer(places: Places, wish: Wish, options: PrintOptions) -> Press:
    """Return the printer for a wish, before anything is made for it.

    Raises ``ProblemsFound`` for what cannot be asked for together, ``HandoutError`` for a printer that is not
    there or does not print now.
    """
    facts = read_clinic(places, wish.language).facts
    usual = facts.printer
    duplex = both_sides(facts, options)
    if options.booklet and options.duplex is False:
        hint = "leave out one of the two"
        raise ProblemsFound([Problem("a booklet is printed on both sides, not with --simplex", hint=hint)])
    request = PrintRequest(
        options.printer or usual.name,
        wish.paper or facts.paper,
        options.copies or usual.copies,
        _sides(duplex, booklet=options.booklet),
        usual.grey if options.grey is None else options.grey,
    )
    return Press(choose_printer(request), request)


def both_sides(facts: ClinicFacts, options: PrintOptions) -> bool | None:
    """Return whether to print on both sides; None leaves it to the printer."""
    return facts.printer.duplex if options.duplex is None else options.duplex


def _sides(duplex: bool | None, *, booklet: bool) -> Sides | None:
    if booklet:
        return "two-sided-short-edge"
    if duplex is None:
        return None
    return "two-sided-long-edge" if duplex else "one-sided"


def print_copies(
    copies: Sequence[Copy], places: Places, wish: Wish, press: Press
) -> Iterator[tuple[Copy, PrintJob]]:
    """Print each copy and record it; yield each with its job. Raises ``HandoutError``."""
    with Ledger.open(places.clinic) as ledger:
        for copy in copies:
            with recorded(ledger, [copy], delivery_of(wish, "print")) as ending:
                job = print_pdf(copy.pdf, press.request, press.printer)
                ending.outcome, ending.detail = job.state, job.id
            yield copy, job


def take_back(places: Places, job_id: str) -> str:
    """Cancel a print job that has not ended, and record it; return its state. Raises ``HandoutError``."""
    state = cancel_job(job_id)
    with Ledger.open(places.clinic) as ledger:
        end_job(ledger, job_id, state)
    return state
