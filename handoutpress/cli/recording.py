"""``records``: who got which text, when and how."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from handoutpress.cli.options import clinic_option, json_option, places_for
from handoutpress.errors import Problems

if TYPE_CHECKING:
    from handoutpress.delivery.records import Record


@click.command()
@clinic_option
@click.option("--text-hash", metavar="HASH", help="Who got this text: its hash, or the 8 digits in a footer.")
@click.option("--sheet", metavar="NAME", help="Only this sheet.")
@click.option("--reference", metavar="TEXT", help="Only this patient.")
@click.option("--since", metavar="YYYY-MM-DD", help="From this day on.")
@click.option("--until", metavar="YYYY-MM-DD", help="Up to and with this day.")
@click.option("--csv", "as_csv", is_flag=True, help="Print a table for a spreadsheet.")
@json_option
def records(
    clinic: Path | None,
    text_hash: str | None,
    sheet: str | None,
    reference: str | None,
    since: str | None,
    until: str | None,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Show what was saved, printed and emailed: each sheet with its version, text and outcome.

    \b
    Examples:
      records --since 2026-11-01
      records --text-hash 1a2b3c4d
      records --csv > records.csv

    Names and addresses are not in the records; a patient is found by the reference that was given.
    """  # noqa: D301 (click's own mark for lines to keep)
    if as_csv and as_json:
        raise click.UsageError("--csv and --json are two ways to print; say one of them.")
    places = places_for(clinic)

    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.records import Search, csv_table, find
    from handoutpress.delivery.tidying import tidy

    problems = Problems()
    days = [_day(text, option, problems) for text, option in ((since, "--since"), (until, "--until"))]
    problems.raise_if_any()
    with Ledger.open(places.clinic) as ledger:
        tidy(ledger)
        found = find(ledger, Search(text_hash, sheet, reference, *days))
    if as_json:
        click.echo(json.dumps([asdict(record) for record in found], indent=2, ensure_ascii=False))
    elif as_csv:
        click.echo(csv_table(found), nl=False)
    else:
        for record in found:
            click.echo(_line(record))
        click.echo(f"{len(found):,} record{'s' if len(found) != 1 else ''}.", err=True)


def _day(text: str | None, option: str, problems: Problems) -> dt.date | None:
    from handoutpress.reading.days import UnclearDate, read_day

    try:
        return read_day(text) if text else None
    except UnclearDate as error:
        problems.add(f"{option}: {error.message}", hint=error.hint)
        return None


def _line(record: Record) -> str:
    sheet = f"{record.sheet} {record.version} {record.language} {record.edition}"
    how = " ".join(part for part in (record.channel, record.outcome, record.detail) if part)
    who = f"  ({record.reference})" if record.reference else ""
    moment = f"{dt.datetime.fromisoformat(record.at).astimezone():%Y-%m-%d %H:%M}"
    return f"{moment}  {record.text_hash[:8]}  {sheet}  {how}  {record.operator}{who}"


COMMANDS = {"records": records}
