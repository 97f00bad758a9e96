"""``where`` and ``eject``: which copy of a file wins, and a copy of a shipped one to change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from handoutpress.cli.options import clinic_option, json_option, places_for, writable_places
from handoutpress.errors import Problem, ProblemsFound, shorten
from handoutpress.places import DEFAULT_LANGUAGE

if TYPE_CHECKING:
    from handoutpress.ejecting.standing import Standing

_OWNERS = {"clinic": "the clinic's", "shipped": "shipped"}


@click.command()
@click.argument("path", metavar="PATH")
@clinic_option
@click.option("--diff", is_flag=True, help="Print what has changed in the shipped file since `eject`.")
@json_option
def where(path: str, clinic: Path | None, diff: bool, as_json: bool) -> None:
    """Say which copy of a file wins and why, and which it stands before.

    PATH is a sheet's name, in all its languages, or a path below handouts/, templates/ or styles/, such as
    templates/sheet.html; also a file of the clinic's own, such as clinic.yaml.

    \b
    Examples:
      where microneedling-aftercare
      where templates/sheet.html
      where templates/sheet.html --diff
    """  # noqa: D301 (click's own mark for lines to keep)
    from handoutpress.ejecting.asking import meant
    from handoutpress.ejecting.standing import stand

    places = places_for(clinic)
    found = [stand(places, each) for each in meant(places, path)]
    if diff:
        _print_diff(found, path)
    elif as_json:
        click.echo(json.dumps([each.as_json() for each in found], indent=2, ensure_ascii=False))
    else:
        for each in found:
            _print(each)


def _print(standing: Standing) -> None:
    for number, copy in enumerate(standing.copies):
        click.echo(f"{shorten(copy.file)}  ({copy.use}: {_OWNERS[copy.owner]})")
        if number == 0:
            for sentence in (standing.reason, *standing.remarks):
                click.echo(f"    {sentence}")


def _print_diff(found: list[Standing], path: str) -> None:
    noted = [each for each in found if each.upstream]
    if not noted:
        hint = f"`eject {path} --seen` notes it for a copy that is there already"
        raise ProblemsFound([Problem(f"nothing notes which shipped version {path} was made from", hint=hint)])
    for each in noted:
        if each.upstream and each.upstream.diff:
            click.echo("\n".join(each.upstream.diff))
        else:
            click.echo(f"{each.path}: {each.since}", err=True)


@click.command()
@click.argument("path", metavar="PATH")
@click.option(
    "--language", metavar="TAG", help=f"Of a sheet named by its name. [default: {DEFAULT_LANGUAGE}]"
)
@click.option(
    "--seen",
    is_flag=True,
    help="Leave your copy as it is, and note that it takes account of the shipped one.",
)
@clinic_option
def eject(path: str, language: str | None, seen: bool, clinic: Path | None) -> None:
    """Copy a shipped file into the clinic's folder, where the copy wins, to change it.

    PATH is a sheet's name, or a path below handouts/, templates/ or styles/. Your copy gets no updates any
    more; what it was made from is noted in .ejected/, and `check` tells when the shipped one has changed.
    Nothing that is there is written over.

    \b
    Examples:
      eject templates/parts/letterhead.html
      eject microneedling-aftercare --language es
      eject templates/parts/letterhead.html --seen
    """  # noqa: D301 (click's own mark for lines to keep)
    from handoutpress.ejecting import copying
    from handoutpress.wish import Wish

    places = writable_places(clinic)
    today = Wish().today
    if seen:
        relative = copying.own_copy(places, path, language)
        note = copying.see(places, relative, today)
        said = (
            f"noted as seen in version {note.version}" if note else "no longer shipped: the clinic's own file"
        )
        click.echo(f"{shorten(places.clinic / relative)}  ({said})")
        return
    wanted = copying.wanted(places, path, language)
    own = copying.eject(places, wanted.path, today)
    if wanted.smaller:
        click.echo(f"A smaller change gets updates: {wanted.smaller}.", err=True)
    click.echo(shorten(own))
    for other in wanted.other_languages:
        click.echo(f"It is shipped in `{other}` too: eject {path} --language {other}", err=True)


COMMANDS = {"where": where, "eject": eject}
