"""``check``: everything that would stop a print, without printing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from handoutpress.cli.options import clinic_option, json_option, names_argument, places_for
from handoutpress.errors import ProblemsFound


@click.command()
@names_argument()
@clinic_option
@json_option
def check(names: tuple[str, ...], clinic: Path | None, as_json: bool) -> None:
    """Check sheets and the clinic: all of them, or those named.

    Says everything that would stop a print: structure, slots, evidence, brand colours, fonts, links, images,
    templates and styles, each with its place and a hint. Exit status 1 if there is anything.
    """
    from handoutpress.press import Wish, compose_copy

    places = places_for(clinic)
    sheets = list(places.sheets())
    if names:
        known = {name for name, _ in sheets}
        sheets = [key for key in sheets if key[0] in names]
        sheets += [(name, "en") for name in names if name not in known]
    problems: dict[Any, None] = {}
    report = []
    for name, language in sheets:
        try:
            composition = compose_copy(name, places, Wish(language)).composition
            report.append(
                {"name": name, "language": language, "text_hash": composition.text_hash, "problems": 0}
            )
        except ProblemsFound as found:
            problems |= dict.fromkeys(found.problems)
            report.append(
                {"name": name, "language": language, "text_hash": None, "problems": len(found.problems)}
            )
    if as_json:
        rows = [problem.as_json() for problem in ProblemsFound(problems).problems]
        click.echo(json.dumps({"sheets": report, "problems": rows}, indent=2))
        raise SystemExit(1 if problems else 0)
    if problems:
        raise ProblemsFound(problems)
    count = len(sheets)
    click.echo(f"{count} sheet{'s' if count != 1 else ''} checked, nothing to mend.")


COMMANDS = {"check": check}
