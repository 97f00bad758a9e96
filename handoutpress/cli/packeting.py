"""``packet``: several sheets as one PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from handoutpress.cli.copying import tell_staff
from handoutpress.cli.options import (
    booklet_option,
    clinic_option,
    draft_option,
    look_options,
    names_argument,
    patient_from,
    patient_options,
    places_for,
    tell_rehearsal,
)
from handoutpress.errors import shorten


@click.command()
@names_argument(required=True)
@clinic_option
@look_options
@click.option(
    "--duplex", is_flag=True, help="For both sides of the paper: each sheet begins on a right-hand page."
)
@booklet_option
@patient_options
@draft_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("out"),
    show_default=True,
    metavar="PATH",
    help="A file ending in .pdf, or a folder that gets packet.pdf.",
)
def packet(
    names: tuple[str, ...],
    clinic: Path | None,
    paper: Any,
    edition: str,
    language: str,
    letterhead: bool | None,
    duplex: bool,
    booklet: bool,
    draft: bool,
    output: Path,
    **patient: Any,
) -> None:
    """Make one PDF of several sheets, with a cover and contents.

    \b
    Examples:
      packet microneedling-about microneedling-scar-risk -o packet.pdf --name "Example Patient"
      packet microneedling-getting-ready microneedling-aftercare --duplex --visit 2026-11-23
      packet microneedling-about microneedling-aftercare --booklet --paper letter

    The sheets stand in the order named, and pages are counted through. A warning that several sheets share
    is printed once. Prints the path of the file. If anything is wrong with any sheet, says all of it and
    makes nothing.
    """  # noqa: D301 (click's own mark for lines to keep)
    places = places_for(clinic)

    from handoutpress.dispatch.copying import file_name
    from handoutpress.dispatch.saving import save_copies
    from handoutpress.packets import make_packet
    from handoutpress.wish import Wish

    wish = Wish(language, edition, paper, letterhead, patient_from(**patient), draft)
    made = make_packet(names, places, wish, duplex=duplex, booklet=booklet)
    single = output.suffix.lower() == ".pdf"
    path = output if single else output / file_name(made, wish, booklet=booklet)
    for written in save_copies([(made, {path: made.pdf})], places, wish):
        click.echo(shorten(written.absolute()))
    tell_staff([made])
    tell_rehearsal(wish)


COMMANDS = {"packet": packet}
