"""``sign-off``: a clinician's word that exactly this text may be handed out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from handoutpress.cli.options import (
    clinic_option,
    language_option,
    names_argument,
    places_for,
    tell_rehearsal,
)
from handoutpress.errors import Problem, ProblemsFound, shorten


@click.command("sign-off")
@names_argument(required=True)
@click.option("--by", metavar="WHO", required=True, help="Who read it, as it is to stand in the footer.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    required=True,
    help="The last day on which it holds.",
)
@clinic_option
@language_option
def sign_off(names: tuple[str, ...], by: str, until: dt.datetime, clinic: Path | None, language: str) -> None:
    """Sign off sheets: say who of this clinic has read exactly this text.

    Written into sign-offs.yaml in the clinic's folder, with the hash of all that its patients read: the
    sheet, the clinic's own facts, answers, templates and styles, the pictures. The footer then says who
    checked it. One changed word ends it, and so does the day after --until.

    \b
    Example:
      sign-off microneedling-aftercare --by "Example Clinician, dermatologist" --until 2027-05-31
    """  # noqa: D301 (click's own mark for lines to keep)
    from handoutpress.signing import sign_sheets
    from handoutpress.wish import Wish

    if not by.strip():
        raise ProblemsFound([Problem("--by: say who read the text", hint='--by "NAME, ROLE"')])
    wish = Wish(language)
    path, signed = sign_sheets(names, places_for(clinic), wish, by.strip(), until.date())
    for entry in signed:
        text = f"{entry.sheet} ({entry.language}), text {entry.text[:8]}"
        click.echo(f"{text}: signed off by {entry.by} until {entry.until}")
    click.echo(shorten(path))
    tell_rehearsal(wish)


COMMANDS = {"sign-off": sign_off}
