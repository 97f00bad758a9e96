"""``new changes``: a file with a clinic's changes to a shipped sheet."""

from __future__ import annotations

from pathlib import Path

import click

from handoutpress.cli.options import clinic_option, language_option, writable_places
from handoutpress.errors import shorten


@click.command()
@click.argument("name")
@click.option(
    "--reword", metavar="WORDS", multiple=True, help="Begin with the text that begins so, to change it."
)
@click.option(
    "--replace", metavar="BLOCK", multiple=True, help="Begin with this block's own words, to change them."
)
@click.option("--hide", metavar="BLOCK", multiple=True, help="Leave this block out.")
@click.option("--because", metavar="WHY", default="", help="Why blocks are left out.")
@clinic_option
@language_option
def changes(
    name: str,
    reword: tuple[str, ...],
    replace: tuple[str, ...],
    hide: tuple[str, ...],
    because: str,
    clinic: Path | None,
    language: str,
) -> None:
    """Begin a file with your clinic's changes to a shipped sheet, without copying it.

    BLOCK is a block's name, kind or heading: `show NAME --blocks` prints them. The file says in its comments
    how to reword, replace, hide, add and move.

    \b
    Examples:
      new changes microneedling-aftercare
      new changes microneedling-aftercare --hide faq --because "We answer these at the visit"
      new changes microneedling-aftercare --replace key-points
      new changes microneedling-aftercare --reword "Stay in the shade"
    """  # noqa: D301 (click's own mark for lines to keep)
    from handoutpress.delivery.files import write_whole
    from handoutpress.scaffolding.changing import begin_changes
    from handoutpress.wish import Wish

    places = writable_places(clinic)
    today = Wish(language).today
    path, text = begin_changes(
        places, name, language, today, reword=reword, replace=replace, hide=hide, because=because
    )
    write_whole(path, text.encode())
    click.echo(shorten(path))
    click.echo(f"Next: change what it says, then `check {name}` and `make {name}`.", err=True)
