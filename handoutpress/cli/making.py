"""``make``: sheets to PDF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    patient_from,
    patient_options,
    places_for,
    tell_rehearsal,
    verbose_option,
)
from handoutpress.errors import shorten

if TYPE_CHECKING:
    from handoutpress.places import Places
    from handoutpress.wish import Copy, Wish


@click.command()
@names_argument()
@every_option
@clinic_option
@look_options
@patient_options
@draft_option
@verbose_option
@booklet_option
@click.option("--html", "with_html", is_flag=True, help="Also write the composed HTML beside the PDF.")
@click.option(
    "--fhir",
    "with_fhir",
    is_flag=True,
    help="Also write a FHIR R4 DocumentReference with the PDF, for filing.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("out"),
    show_default=True,
    metavar="PATH",
    help="A file ending in .pdf for one sheet, else a folder.",
)
def make(
    names: tuple[str, ...],
    every: bool,
    clinic: Path | None,
    paper: Any,
    edition: str,
    language: str,
    letterhead: bool | None,
    draft: bool,
    verbose: bool,
    booklet: bool,
    with_html: bool,
    with_fhir: bool,
    output: Path,
    **patient: Any,
) -> None:
    """Make sheets as PDF.

    \b
    Examples:
      make microneedling-aftercare
      make microneedling-aftercare -o aftercare.pdf --name "Example Patient" --visit 2026-11-23
      make --all --clinic harbor --paper letter
      make microneedling-scar-risk --edition large-print --no-letterhead

    Prints the path of each file made. If anything is wrong, says all of it and makes nothing.
    """  # noqa: D301 (click's own mark for lines to keep)
    places = places_for(clinic)
    names = names_or_all(names, places, language, every=every)
    single = output.suffix.lower() == ".pdf"
    if single and len(names) > 1:
        raise click.UsageError("-o FILE.pdf is for one sheet; name a folder for several.")

    from handoutpress.dispatch.copying import file_name
    from handoutpress.dispatch.saving import save_copies
    from handoutpress.wish import Wish

    wish = Wish(language, edition, paper, letterhead, patient_from(**patient), draft)
    copies = make_copies(names, places, wish, booklet=booklet, with_html=with_html, verbose=verbose)
    files = []
    for copy in copies:
        path = output if single else output / file_name(copy, wish, booklet=booklet)
        contents = {path: copy.pdf}
        if with_html:
            contents[path.with_suffix(".html")] = copy.html.encode()
        if with_fhir:
            contents[path.with_suffix(".fhir.json")] = _filed(copy, places, wish, path.name)
        files.append((copy, contents))
    for path in save_copies(files, places, wish):
        click.echo(shorten(path.absolute()))
    tell_staff(copies)
    tell_rehearsal(wish)


def _filed(copy: Copy, places: Places, wish: Wish, file_name: str) -> bytes:
    """Return the copy as a record system files it."""
    import datetime as dt

    from handoutpress.delivery.fhir import document_reference, written
    from handoutpress.reading.clinic import read_clinic

    clinic = read_clinic(places, wish.language).facts.name
    moment = dt.datetime.now().astimezone()
    return written(document_reference(copy, wish.patient, clinic, moment, file_name, draft=wish.draft))


COMMANDS = {"make": make}
