"""``check``: everything that would stop a print, without printing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from handoutpress.cli.options import clinic_option, json_option, names_argument, places_for
from handoutpress.errors import HandoutError, Place, Problem, ProblemsFound
from handoutpress.places import DEFAULT_LANGUAGE

if TYPE_CHECKING:
    from handoutpress.editing.report import Report
    from handoutpress.places import Places
    from handoutpress.press import Composed
    from handoutpress.reading.scores import Scores
    from handoutpress.reading.sheet import Sheet


_HINT = (
    "say it by its wording rule on a sheet where a patient needs it; "
    "where your changes leave it out, give the reason under leaves_out"
)


@click.command()
@names_argument()
@clinic_option
@click.option(
    "--layout", is_flag=True, help="Also lay each sheet out on both papers and count its pages (slower)."
)
@click.option("--table", "as_table", is_flag=True, help="Print a Markdown table of the sheets.")
@json_option
def check(names: tuple[str, ...], clinic: Path | None, layout: bool, as_table: bool, as_json: bool) -> None:
    """Check sheets and the clinic: all of them, or those named.

    \b
    Examples:
      check
      check microneedling-aftercare
      check microneedling-aftercare --layout

    Says everything that would stop a print: structure, slots, evidence, wording, reading level, dates,
    translations, brand colours, fonts, links, images, templates and styles, each with its place and a hint;
    for all sheets also the claims that none of them uses, and the message that carries them where email is
    set up. A print is not stopped, but told here all the same: what has changed in a shipped file since the
    clinic made its own copy. Exit status 1 if there is anything.
    """  # noqa: D301 (click's own mark for lines to keep)
    from handoutpress.editing.report import report, table
    from handoutpress.editing.standing import behind_shipped
    from handoutpress.ejecting.upstream import check_copies
    from handoutpress.press import compose_copy
    from handoutpress.wish import Wish

    places = places_for(clinic)
    problems: dict[Problem, None] = {}
    composed: list[Composed] = []
    reports, rows = [], []
    for name, language in _sheets(names, places):
        row: dict[str, Any] = {"name": name, "language": language, "text_hash": None, "problems": 0}
        try:
            # As a draft, so that what the editor stops is told beside the sheet's figures.
            one = compose_copy(name, places, Wish(language, draft=True))
            made = report(one.job, _scores(one, places))
            stopped = [*one.waived, *(_pages(one, places) if layout and not one.waived else [])]
        except ProblemsFound as found:
            stopped = found.problems
        else:
            composed.append(one)
            reports.append(made)
            stopped += behind_shipped(one.job)
            row |= {**made.as_json(), "text_hash": one.composition.text_hash}
        problems |= dict.fromkeys(stopped)
        rows.append(row | {"problems": len(stopped)})
    problems |= dict.fromkeys(check_copies(places, names))
    if not names:
        problems |= dict.fromkeys(_unused(composed, places))
        problems |= dict.fromkeys(_never_read(places))
        problems |= dict.fromkeys(_messages(places))
    if as_json:
        told = [problem.as_json() for problem in ProblemsFound(problems).problems]
        click.echo(json.dumps({"sheets": rows, "problems": told}, indent=2, ensure_ascii=False))
        raise SystemExit(1 if problems else 0)
    if as_table:
        click.echo("\n".join(table(reports)))
    if problems:
        raise ProblemsFound(problems)
    if not as_table:
        _print(reports)


def _print(reports: list[Report]) -> None:
    width = max((len(each.name) for each in reports), default=0)
    for each in reports:
        pages = f"{each.pages} page{'s' if each.pages != 1 else ' '}"
        words = f"{each.grades.words:4} words"
        click.echo(f"{each.name:<{width}}  {each.language}  {pages}  {words}  {each.levels}")
    count = len(reports)
    click.echo(f"{count} sheet{'s' if count != 1 else ''} checked, nothing to mend.")


def _messages(places: Places) -> list[Problem]:
    """Return what is wrong with the message that carries a sheet, in each language, where email is set up."""
    from handoutpress.dispatch.emailing import try_message

    problems: list[Problem] = []
    for language in dict.fromkeys(language for _, language in places.sheets()):
        try:
            try_message(places, language)
        except ProblemsFound as found:
            problems += found.problems
        except HandoutError as error:  # email's packages are missing: the sheets are checked all the same
            problems.append(Problem(str(error)))
    return problems


def _sheets(names: tuple[str, ...], places: Places) -> list[tuple[str, str]]:
    """Return the sheets to check, in all their languages; a name that is not there is told later."""
    sheets = _served(names, places)
    if not names:
        return sheets
    known = {name for name, _ in places.sheets()}
    return [key for key in sheets if key[0] in names] + [
        (name, DEFAULT_LANGUAGE) for name in names if name not in known
    ]


def _served(names: tuple[str, ...], places: Places) -> list[tuple[str, str]]:
    """Return the sheets that this clinic can print, and say which languages it has no words in."""
    from handoutpress.editing.check import served_sheets

    served = served_sheets(places)
    wanted = {language for name, language in places.sheets() if name in names or not names}
    for language in sorted(wanted - {language for _, language in served}):
        note = f"Not checked: the sheets in `{language}`. They print once there is a clinic.{language}.yaml."
        click.echo(note, err=True)
    return served


def _scores(one: Composed, places: Places) -> Scores | None:
    """Return the scores of a sheet's topic, where there are any."""
    from handoutpress.places import SCORES_FILE
    from handoutpress.reading.scores import read_scores

    path = places.beside_sheet(one.job.sheet.file, SCORES_FILE)
    return read_scores(path) if path else None


def _pages(one: Composed, places: Places) -> list[Problem]:
    """Return a problem for each paper on which a sheet has not the pages it declares."""
    from handoutpress.press import make_copy
    from handoutpress.reading.clinic import Paper
    from handoutpress.wish import Wish

    handout, yaml = one.job.sheet.handout, one.job.sheet.yaml
    problems = []
    for paper in get_args(Paper):
        pages = make_copy(one.job.sheet.name, places, Wish(handout.language, paper=paper)).pages
        if pages != handout.pages:
            message = f"declares {handout.pages} pages and has {pages} on {paper} paper"
            problems.append(Problem(message, yaml.place(("pages",)), "shorten it, or say so", "pages"))
    return problems


def _never_read(places: Places) -> list[Problem]:
    """Return what is in the clinic's folder, its templates and styles, and reaches no page."""
    from handoutpress.composing.overrides import unused_templates
    from handoutpress.composing.stylesheets import CLINIC_SHEET
    from handoutpress.editing.misnamed import misnamed
    from handoutpress.editing.strays import stray_styles

    return [*misnamed(places), *unused_templates(places), *stray_styles(places, CLINIC_SHEET)]


def _unused(composed: list[Composed], places: Places) -> list[Problem]:
    """Return a problem for each claim that no sheet of its topic uses: it may be a forgotten risk."""
    from handoutpress.editing.evidence import unused_claims
    from handoutpress.editing.lines import read_lines
    from handoutpress.reading.topic import evidence_file

    topics: dict[tuple[str, str], set[str]] = {}
    left_out: dict[str, dict[str, Place]] = {}
    for one in composed:
        sheet = one.job.sheet
        used = topics.setdefault((sheet.file.topic, sheet.handout.language), set())
        used |= {name for line in read_lines(one.job) for name in line.references}
        left_out.setdefault(sheet.file.topic, {}).update(_left_out(sheet))
    # A sheet that cannot be read may well use what no other does: it has problems of its own first.
    read = {(one.job.sheet.name, one.job.sheet.handout.language) for one in composed}
    unread = {(file.topic, file.language) for key, file in places.sheets().items() if key not in read}
    problems = []
    for one in composed:
        topic, language = one.job.sheet.file.topic, one.job.sheet.handout.language
        used = topics.pop((topic, language), set())
        yaml = evidence_file(places, topic)
        if yaml is None or not used or (topic, language) in unread:
            continue
        for name, place in left_out[topic].items():
            if name not in one.job.evidence.claims or (name in used and language == DEFAULT_LANGUAGE):
                what = "is said on a sheet" if name in used else "is no claim of this topic"
                problems.append(Problem(f"{name} {what}, so nothing leaves it out", place, "take it out"))
        for name in unused_claims(one.job.evidence, used | left_out[topic].keys()):
            place = yaml.place(("claims", name), key=True)
            problems.append(Problem(f"no sheet in `{language}` uses {name}", place, _HINT, "unused-claim"))
    return problems


def _left_out(sheet: Sheet) -> dict[str, Place]:
    """Return the claims that a sheet's changes leave out, each with its place."""
    from handoutpress.reading.yamlreader import read_yaml

    if not sheet.changes or not sheet.file.changes:
        return {}
    own = read_yaml(sheet.file.changes)
    return {name: own.place(("leaves_out", name), key=True) for name in sheet.changes.leaves_out}


COMMANDS = {"check": check}
