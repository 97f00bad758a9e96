"""``list``, ``schema``: what there is. Neither needs the PDF engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from handoutpress.cli.options import clinic_option, json_option, places_for
from handoutpress.delivery.files import write_whole
from handoutpress.errors import shorten

if TYPE_CHECKING:
    from handoutpress.reading.sheet import Sheet


@click.command("list")
@clinic_option
@json_option
def list_(clinic: Path | None, as_json: bool) -> None:
    """List the sheets there are: the clinic's own and the shipped ones."""
    from handoutpress.reading.sheet import read_sheet

    places = places_for(clinic)
    rows = [sheet_facts(read_sheet(file)) for file in places.sheets().values()]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        pages = f"{row['pages']} page{'s' if row['pages'] != 1 else ''}"
        click.echo(f"{row['name']:<{width}}  {row['language']}  {pages}  {row['title']}")
        unchecked = row["translates"] and not row["translation_checked_by"]
        note = "; no qualified translator has checked it yet" if unchecked else ""
        changed = "; with your clinic's changes" if row["changes"] else ""
        click.echo(f"{'':<{width}}  given {row['given']}{changed}{note}")


def sheet_facts(sheet: Sheet) -> dict[str, Any]:
    """Return a sheet's own facts as plain values, as ``list --json`` prints them."""
    handout = sheet.handout
    return {
        "name": sheet.name,
        "title": handout.title,
        "topic": handout.topic,
        "given": handout.given,
        "audience": handout.audience,
        "language": handout.language,
        "version": handout.version,
        "dated": handout.dated.isoformat(),
        "review_by": handout.review_by.isoformat(),
        "pages": handout.pages,
        "translates": handout.translation is not None,
        "translation_checked_by": handout.translation.checked_by if handout.translation else None,
        "keywords": list(handout.keywords),
        "file": shorten(sheet.file.path),
        "changes": shorten(sheet.file.changes) if sheet.file.changes else None,
    }


@click.command()
@click.argument("names", nargs=-1, metavar="[KIND]...")
@clinic_option
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR", help="Write KIND.json files there."
)
def schema(names: tuple[str, ...], clinic: Path | None, output: Path | None) -> None:
    """Print the JSON Schema of a kind of file, for editors: handout, clinic, brand, protocol, evidence.

    With -o, write them all (or those named) into a folder. What each topic asks of a clinic is in those of
    clinic.yaml, of the clinic's own topics too.
    """
    from handoutpress.reading.schema import SCHEMAS, schema_text
    from handoutpress.reading.topic import topics_of

    unknown = [name for name in names if name not in SCHEMAS]
    if unknown:
        raise click.UsageError(f"no such kind: {', '.join(unknown)}; there are {', '.join(SCHEMAS)}")
    topics = topics_of(places_for(clinic))
    if output is None:
        for name in names or ("handout",):
            click.echo(schema_text(name, topics), nl=False)
        return
    for name in names or SCHEMAS:
        path = output / f"{name}.json"
        write_whole(path, schema_text(name, topics).encode())
        click.echo(shorten(path.absolute()))


COMMANDS = {"list": list_, "schema": schema}
