"""``print``: sheets onto paper."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from handoutpress.cli.copying import make_copies, tell_staff
from handoutpress.cli.options import (
    booklet_option,
    clinic_option,
    draft_option,
    every_option,
    look_options,
    names_argument,
    names_or_all,
    packet_option,
    patient_from,
    patient_options,
    places_for,
    tell_rehearsal,
    verbose_option,
)


@click.command("print")
@names_argument()
@every_option
@clinic_option
@look_options
@patient_options
@click.option(
    "--printer",
    metavar="NAME",
    help="The printer, as this computer knows it. [default: the clinic's, else this computer's]",
)
@click.option(
    "--copies",
    type=click.IntRange(1, 20),
    metavar="N",
    help="Copies of each. [default: the clinic's, else 1]",
)
@click.option(
    "--duplex/--simplex",
    default=None,
    help="Both sides of the paper, or one. [default: the clinic's, else the printer's]",
)
@click.option("--grey/--colour", default=None, help="Without colour, or with. [default: the clinic's]")
@packet_option
@booklet_option
@draft_option
@verbose_option
def print_(
    names: tuple[str, ...],
    every: bool,
    clinic: Path | None,
    paper: Any,
    edition: str,
    language: str,
    letterhead: bool | None,
    printer: str | None,
    copies: int | None,
    duplex: bool | None,
    grey: bool | None,
    packet: bool,
    booklet: bool,
    draft: bool,
    verbose: bool,
    **patient: Any,
) -> None:
    """Print sheets on paper.

    \b
    Examples:
      print microneedling-aftercare --name "Example Patient" --visit 2026-11-23
      print microneedling-getting-ready microneedling-aftercare --packet --duplex
      print microneedling-about --printer Front-Desk --copies 20 --grey

    Each sheet is a job of its own, on the paper it was laid out for and never scaled. Says each job's name
    and how it stands. A printer that is stopped is refused: what waits in it would come out later, with
    nobody there. If anything is wrong with any sheet, says all of it and prints nothing.
    """  # noqa: D301 (click's own mark for lines to keep)
    places = places_for(clinic)
    names = names_or_all(names, places, language, every=every)

    from handoutpress.dispatch.printing import NOT_PRINTED, PrintOptions, find_printer, print_copies
    from handoutpress.wish import Wish

    wish = Wish(language, edition, paper, letterhead, patient_from(**patient), draft)
    press = find_printer(places, wish, PrintOptions(printer, copies, duplex, grey, booklet))
    how: dict[str, Any] = {"packet": packet, "duplex": press.duplex, "booklet": booklet, "verbose": verbose}
    made = make_copies(names, places, wish, **how)
    stopped = False
    for copy, job in print_copies(made, places, wish, press):
        click.echo(f"{copy.name}  {job.id}  {job.state}")
        stopped |= job.state in NOT_PRINTED
    tell_staff(made)
    tell_rehearsal(wish)
    if stopped:
        sys.exit(1)


COMMANDS = {"print": print_}
