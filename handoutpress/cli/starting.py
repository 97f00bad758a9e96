"""``new handout``: a sheet of a clinic's own, to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from handoutpress.cli.options import clinic_option, language_option, writable_places
from handoutpress.errors import shorten
from handoutpress.scaffolding.kinds import KINDS


@click.command()
@click.argument("name", metavar="NAME")
@click.option("--kind", type=click.Choice([*KINDS]), required=True, help="What the sheet is for.")
@click.option("--topic", metavar="TOPIC", help="The folder it joins. [default: what its name begins with]")
@click.option("--title", metavar="TEXT", help="Its title. [default: its name]")
@clinic_option
@language_option
def handout(
    name: str, kind: str, topic: str | None, title: str | None, clinic: Path | None, language: str
) -> None:
    """Begin a sheet of your own.

    It can be used as it stands, because it says nothing about health yet: how the sheet is used, whom to
    call, and lines to write on. Its comments say how to add what your patients have to know. For a topic
    that is new, its list of evidence and its list of decisions are begun, too.

    \b
    Examples:
      new handout wart-aftercare --kind after
      new handout microneedling-costs --kind one-page --title "What microneedling costs"
    """  # noqa: D301 (click's own mark for lines to keep)
    from handoutpress.scaffolding.sheets import begin_sheet, usual_topic
    from handoutpress.scaffolding.writing import write_sheet
    from handoutpress.wish import Wish

    places = writable_places(clinic)
    folder = topic if topic is not None else usual_topic(places, name)
    words = " ".join(title.split()) if title is not None else None
    begun = begin_sheet(places, name, kind, folder, words, language, Wish(language).today)
    new = write_sheet(places, begun)
    click.echo(shorten(begun.sheet))
    for path in begun.texts:
        if path != begun.sheet and path.parent == begun.sheet.parent:
            click.echo(f"{'Also' if path in new else 'Added to'}: {shorten(path)}", err=True)
    click.echo(
        f"It says nothing about health yet. Change it, then `check {name}` and `make {name}`; "
        "a clinician has to read it before a patient gets it.",
        err=True,
    )
