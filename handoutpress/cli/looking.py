"""``list``, ``show``, ``where``, ``schema``: what there is. None of them needs the PDF engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from handoutpress.cli.options import clinic_option, json_option, language_option, places_for
from handoutpress.delivery.files import write_whole
from handoutpress.errors import Problem, ProblemsFound, shorten
from handoutpress.places import KINDS

if TYPE_CHECKING:
    from handoutpress.reading.handout import Sheet


@click.command("list")
@clinic_option
@json_option
def list_(clinic: Path | None, as_json: bool) -> None:
    """List the sheets there are: the clinic's own and the shipped ones."""
    from handoutpress.reading.handout import read_sheet

    places = places_for(clinic)
    rows = [_facts(read_sheet(file)) for file in places.sheets().values()]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        pages = f"{row['pages']} page{'s' if row['pages'] != 1 else ''}"
        click.echo(f"{row['name']:<{width}}  {row['language']}  {pages}  {row['title']}")
        click.echo(f"{'':<{width}}  given {row['given']}")


def _facts(sheet: Sheet) -> dict[str, Any]:
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
        "keywords": list(handout.keywords),
        "file": shorten(sheet.file.path),
    }


@click.command()
@click.argument("name", metavar="NAME")
@clinic_option
@language_option
@json_option
def show(name: str, clinic: Path | None, language: str, as_json: bool) -> None:
    """Show one sheet's facts: its blocks, its slots and how this clinic fills them, its sources."""
    from handoutpress.composing.filling import Filler
    from handoutpress.composing.identity import text_hash
    from handoutpress.errors import Problems
    from handoutpress.press import Wish, read_job
    from handoutpress.reading.statement import inlines, statements

    problems = Problems()
    places = places_for(clinic)
    job = read_job(name, places, Wish(language), problems)
    if job is None:
        raise ProblemsFound(problems.found)
    handout = job.sheet.handout
    filler = Filler(job)
    slots = {}
    for _, text in inlines(handout):
        for slot in text.slots():
            kind = filler.kind(slot)
            slots[slot.path] = {
                "label": kind.label if kind else None,
                "value": filler.value(slot),
                "unset": kind.unset if kind else None,
            }
    said = list(statements(handout))
    references = sorted({reference for _, statement in said for reference in statement.from_})
    facts = {
        **_facts(job.sheet),
        "text_hash": text_hash(job, places),
        "blocks": [{"kind": entry.kind, "heading": entry.block.heading} for entry in handout.blocks],
        "statements": len(said),
        "rests_on": references,
        "sources": job.evidence.sources_of(references)[1],
        "slots": dict(sorted(slots.items())),
        "problems": len(problems.found),
    }
    if as_json:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    for key in ("title", "topic", "given", "language", "version", "dated", "review_by", "pages", "text_hash"):
        click.echo(f"{key.replace('_', ' '):<10} {facts[key]}")
    click.echo("blocks")
    for entry in handout.blocks:
        click.echo(f"  {entry.kind:<12} {entry.block.heading or ''}")
    click.echo("slots")
    for path, slot in facts["slots"].items():
        value = slot["value"] or (
            "not set: stops the print" if slot["unset"] == "stop" else "a line for a pen"
        )
        click.echo(f"  {path:<30} {value}")
    click.echo(f"{facts['statements']} statements, resting on {', '.join(references)}")
    if problems.found:
        click.echo(f"{len(problems.found)} problems; `check {name}` says them.")


@click.command()
@click.argument("path", metavar="PATH")
@clinic_option
def where(path: str, clinic: Path | None) -> None:
    """Say which copy of a file wins, and which it stands before.

    PATH is a sheet's name, or a path below handouts/, templates/ or styles/, such as templates/sheet.html.
    """
    places = places_for(clinic)
    kind, _, relative = path.replace("\\", "/").partition("/")
    if not relative:
        file = places.sheet(path)
        kind, relative = "handouts", f"{file.topic}/{file.path.name}"
    if kind not in KINDS:
        raise ProblemsFound([Problem(f"`{path}` is not below {', '.join(KINDS)}")])
    found = places.candidates(kind, relative)
    if not found:
        looked = "\n".join(f"    {shorten(root / kind / relative)}" for root in places.roots)
        raise ProblemsFound([Problem(f"there is no {kind}/{relative}; looked for\n{looked}")])
    for number, copy in enumerate(found):
        owner = "the clinic's" if copy.is_relative_to(places.clinic.resolve()) else "shipped"
        note = f"wins: {owner}" if number == 0 else f"not used: {owner}"
        click.echo(f"{shorten(copy)}  ({note})")


@click.command()
@click.argument("names", nargs=-1, metavar="[KIND]...")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR", help="Write KIND.json files there."
)
def schema(names: tuple[str, ...], output: Path | None) -> None:
    """Print the JSON Schema of a kind of file, for editors: handout, clinic, brand, protocol, evidence.

    With -o, write them all (or those named) into a folder.
    """
    from handoutpress.reading.schema import SCHEMAS, schema_text

    unknown = [name for name in names if name not in SCHEMAS]
    if unknown:
        raise click.UsageError(f"no such kind: {', '.join(unknown)}; there are {', '.join(SCHEMAS)}")
    if output is None:
        for name in names or ("handout",):
            click.echo(schema_text(name), nl=False)
        return
    for name in names or SCHEMAS:
        path = output / f"{name}.json"
        write_whole(path, schema_text(name).encode())
        click.echo(shorten(path.absolute()))


COMMANDS = {"list": list_, "show": show, "where": where, "schema": schema}
