"""``batch``: a copy for each row of a table."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from handoutpress.cli.options import (
    clinic_option,
    look_options,
    places_for,
    sheet_option,
    tell_rehearsal,
    verbose_option,
)
from handoutpress.cli.output import while_read
from handoutpress.delivery.files import count_lines
from handoutpress.delivery.naming import DEFAULT_PATTERN
from handoutpress.errors import HandoutError, ProblemsFound, shorten

if TYPE_CHECKING:
    from handoutpress.batch.order import Outcome
    from handoutpress.batch.tally import Tally


@click.command()
@click.argument("table", type=click.Path(path_type=Path), metavar="ROWS.csv")
@sheet_option
@clinic_option
@look_options
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("out"),
    show_default=True,
    metavar="DIR",
    help="The folder for the copies, and for the record of what is made.",
)
@click.option(
    "--file-name",
    "pattern",
    default=DEFAULT_PATTERN,
    show_default=True,
    metavar="PATTERN",
    help="How files are named: {line}, {handout}, {name}, {reference}, {visit}, {language}, {edition}.",
)
@click.option(
    "--dates",
    type=click.Choice(["day-month", "month-day"]),
    help="How the table writes a date such as 3/4/2026. Without it, such a date is refused.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Processes at once. [default: all processors for a long table, else one]",
)
@click.option("--scheduler", metavar="ADDRESS", help="A Dask cluster's, tcp://HOST:8786 or tls://HOST:8786.")
@click.option(
    "--verify",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Lay N of the copies out in full as well, and compare.",
)
@click.option(
    "--email",
    "by_email",
    is_flag=True,
    help="Email each copy to the address in the column email, in place of writing files.",
)
@click.option(
    "--skip-wrong-rows", is_flag=True, help="With --email: send the others though some rows are wrong."
)
@click.option(
    "--send-changed", is_flag=True, help="With --email: also to patients who got the sheet before it changed."
)
@verbose_option  # fmt: skip
@click.pass_context
def batch(
    context: click.Context,
    table: Path,
    handout: str | None,
    clinic: Path | None,
    paper: Any,
    edition: str,
    language: str,
    letterhead: bool | None,
    output: Path,
    pattern: str,
    dates: Any,
    jobs: int | None,
    scheduler: str | None,
    verify: int,
    by_email: bool,
    skip_wrong_rows: bool,
    send_changed: bool,
    verbose: bool,
) -> None:
    """Make a copy for each row of a CSV table.

    The first line names the columns: name, reference, clinician, visit, appointment, appointment_time, note,
    handout, language, edition, file, email. Any may be left out, and a blank cell is a line for a pen.

    \b
    Examples:
      batch rows.csv --handout microneedling-aftercare -o copies
      batch rows.csv --handout microneedling-about --file-name "{reference}-{handout}" --verify 1
      batch rows.csv -o copies --scheduler tcp://cluster.example.org:8786
      batch rows.csv --handout microneedling-aftercare --email

    Prints the path of each copy it makes. A row that is wrong is told with its line, and the others go on. A
    batch that was stopped goes on where it stopped: give the same command again.

    With --email, all rows are checked and all messages made before the first is sent; if a row is wrong, none
    is. They go out no faster than the clinic's `per_minute`, and the same command never sends one twice.
    """  # noqa: D301 (click's own mark for lines to keep)
    if by_email:
        _refuse_file_options(context)
    elif skip_wrong_rows or send_changed:
        raise click.UsageError("--skip-wrong-rows and --send-changed go with --email.")
    if jobs and scheduler:
        raise click.UsageError("--jobs is for this machine, --scheduler for others; say one of them.")
    from handoutpress.batch.order import Order
    from handoutpress.batch.run import Batch
    from handoutpress.batch.tally import Tally
    from handoutpress.batch.workforce import on_cluster, on_this_machine
    from handoutpress.delivery.journal import Journal
    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.naming import FileNames
    from handoutpress.reading.rows import read_rows
    from handoutpress.wish import Wish

    gc.enable()  # a layout leaves cycles behind, and a batch may have thousands
    places = places_for(clinic)
    wish = Wish(language, edition, paper, letterhead)
    if by_email:
        from handoutpress.batch.emailing import MailOrder
        from handoutpress.cli.mailing import email_rows

        tell_rehearsal(wish)
        order_of_mail = MailOrder(handout, wish, table, send_changed)
        email_rows(order_of_mail, places, read_rows(table, dates), skip_wrong=skip_wrong_rows)
        return
    order = Order(handout, wish, FileNames(pattern), output.absolute(), table)
    rows = read_rows(table, dates)
    workforce = on_cluster(scheduler) if scheduler else on_this_machine(jobs, table)
    tally, folder = Tally(verify), str(shorten(order.folder))
    with Journal.open(order.folder) as journal, Ledger.open(places.clinic, durable=False) as ledger:
        work = Batch(order, places, journal, ledger, workforce)
        outcomes = work.run(rows)
        try:
            with _bar(table) as bar:
                for outcome in outcomes:
                    tally.add(outcome)
                    bar.update(1, tally)
                    _print(outcome, folder, verbose=verbose)
        except ProblemsFound as found:  # the table broke on the way: not all was read, and not nothing made
            said = "What is made stays; mend the table and give the same command again."
            raise HandoutError(f"{found}\n{said}") from None
        finally:
            outcomes.close()
            click.echo(str(tally), err=True)
            for remark in work.masters.remarks:
                click.echo(f"Note: {remark}", err=True)
            with while_read():
                sys.stdout.flush()
        wrong = _verified(tally, places)
    tell_rehearsal(wish)
    if tally.bad or wrong:
        sys.exit(1)


def _refuse_file_options(context: click.Context) -> None:
    """Raise ``UsageError`` for options that say how files are made, where none are."""
    for name, option in _FILE_OPTIONS.items():
        if context.get_parameter_source(name) == click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{option} is for copies in files, and --email makes none.")


_FILE_OPTIONS = {
    "output": "-o",
    "pattern": "--file-name",
    "jobs": "--jobs",
    "scheduler": "--scheduler",
    "verify": "--verify",
}


def _bar(table: Path) -> Any:
    """Return a progress bar with rate and time left, where standard error is a terminal."""
    return click.progressbar(
        length=max(count_lines(table) - 1, 1),
        label="Making copies",
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
        show_pos=True,
        update_min_steps=50,
        item_show_func=lambda tally: f"{tally.rate:,.0f} a second" if tally else None,
    )


def _print(outcome: Outcome, folder: str, *, verbose: bool) -> None:
    if outcome.path is not None and not outcome.kept:
        with while_read():
            # Not `echo`, which waits for each line to be written.
            sys.stdout.write(f"{folder}{os.sep}{outcome.path.name}\n")
    for problem in outcome.problems:
        click.echo(problem, err=True)
    if verbose and outcome.in_full:
        click.echo(f"line {outcome.line}: laid out in full: {outcome.in_full}", err=True)


def _verified(tally: Tally, places: Any) -> bool:
    """Lay the chosen copies out in full and compare; returns whether any differs."""
    if not tally.samples:
        return False
    from handoutpress.batch.verify import differences

    wrong = 0
    for outcome in tally.chosen:
        try:
            found = list(differences(outcome, places))
        except ProblemsFound as problems:
            found = [f"none can be made now: {problem}" for problem in problems.problems]
        wrong += bool(found)
        for difference in found:
            click.echo(f"{outcome.path}: differs from a full layout: {difference}", err=True)
    count = len(tally.chosen)
    click.echo(
        f"{count:,} laid out in full and compared: {wrong or 'none'} of them differ{'s' * (wrong == 1)}.",
        err=True,
    )
    return bool(wrong)


COMMANDS = {"batch": batch}
