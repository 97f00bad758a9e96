"""Options that several commands share: spelled the same, meaning the same."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from handoutpress.errors import Place, Problem, Problems, ProblemsFound
from handoutpress.places import DEFAULT_LANGUAGE, find_places

if TYPE_CHECKING:
    from collections.abc import Callable

    from handoutpress.places import Places

F = TypeVar("F", bound="Callable[..., Any]")


def chain(*decorators: Callable[[Any], Any]) -> Callable[[F], F]:
    """Return one decorator that applies several, the first outermost."""

    def apply(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return apply


def _complete_names(context: click.Context, _param: click.Parameter, start: str) -> list[CompletionItem]:
    names = {name for name, _ in find_places(context.params.get("clinic")).sheets()}
    return [CompletionItem(name) for name in sorted(names) if name.startswith(start)]


clinic_option = click.option(
    "--clinic",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The clinic's folder. [default: $HANDOUTS_CLINIC, else the nearest parent folder with a "
    "_brand.yml, else the example clinic]",
)
verbose_option = click.option(
    "-v", "--verbose", is_flag=True, help="Say why a copy took longer: what was laid out in full."
)
draft_option = click.option(
    "--draft", is_flag=True, help="Print even what `check` stops, with DRAFT on every page. Not for patients."
)
booklet_option = click.option(
    "--booklet",
    is_flag=True,
    help="Lay the pages out on half of the paper, in the order for folding.",
)
packet_option = click.option(
    "--packet", is_flag=True, help="All sheets as one PDF, with a cover and contents, as `packet` makes it."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")
language_option = click.option(
    "--language", default=DEFAULT_LANGUAGE, show_default=True, metavar="TAG", help="The sheet's language."
)


sheet_option = click.option(
    "--handout", metavar="NAME", help="The sheet, for rows that name none.", shell_complete=_complete_names
)


every_option = click.option("--all", "every", is_flag=True, help="Every sheet there is in this language.")


def names_argument(*, required: bool = False) -> Callable[[F], F]:
    """Return the argument NAME..., completed by the shell."""
    return click.argument(
        "names",
        nargs=-1,
        required=required,
        metavar="NAME..." if required else "[NAME]...",
        shell_complete=_complete_names,
    )


sheet_argument = click.argument("name", shell_complete=_complete_names)


def names_or_all(names: tuple[str, ...], places: Places, language: str, *, every: bool) -> tuple[str, ...]:
    """Return the sheets that are wanted; raises ``UsageError`` where none is."""
    if every:
        names = tuple(name for name, known in places.sheets() if known == language)
    if not names:
        raise click.UsageError("Name a sheet, or say --all. `list` shows what there is.")
    return names


look_options = chain(
    click.option("--paper", type=click.Choice(["a4", "letter"]), help="Paper. [default: the clinic's]"),
    click.option(
        "--edition",
        type=click.Choice(["standard", "large-print"]),
        default="standard",
        show_default=True,
        help="large-print sets the text in 18 point, laid out anew.",
    ),
    language_option,
    click.option(
        "--letterhead/--no-letterhead",
        default=None,
        help="With or without logo and address, for pre-printed paper. [default: the clinic's]",
    ),
)

patient_options = chain(
    click.option(
        "--patient",
        "patient_file",
        type=click.Path(path_type=Path),
        metavar="FILE.yaml",
        help="The patient's details from a file; the options below go before it.",
    ),
    click.option("--name", "patient_name", metavar="TEXT", help="The patient's name."),
    click.option("--reference", metavar="TEXT", help="Date of birth, or your own reference."),
    click.option("--clinician", metavar="TEXT", help="Who treats the patient."),
    click.option("--visit", metavar="YYYY-MM-DD", help="The day of this visit; dates on the sheet follow."),
    click.option(
        "--appointment", metavar='"YYYY-MM-DD HH:MM"', help="The next visit; the time may be left out."
    ),
    click.option("--note", metavar="TEXT", help="Your own note to the patient."),
)


def places_for(clinic: Path | None) -> Places:
    """Return the places for ``--clinic``."""
    return find_places(clinic)


def writable_places(clinic: Path | None) -> Places:
    """Return the places for a command that writes into the clinic's folder.

    Raises ``ProblemsFound`` for the example clinic where nobody named it, and for what is inside an installed
    program: an update would write over it.
    """
    places = find_places(clinic)
    here, shipped = Path.cwd(), places.shipped.resolve()
    is_named = clinic or os.environ.get("HANDOUTS_CLINIC") or places.clinic in (here, *here.parents)
    is_installed = (shipped.parent / "places.py").is_file()
    if not is_named or (is_installed and places.clinic.resolve().is_relative_to(shipped)):
        hint = "name your clinic's folder with --clinic, or make one: new clinic DIR"
        message = "this is a sample clinic of the program itself"
        raise ProblemsFound([Problem(message, Place(places.clinic), hint)])
    return places


def patient_from(
    patient_file: Path | None,
    patient_name: str | None,
    appointment: str | None,
    **details: str | None,
) -> Any:
    """Return the patient's details: the options before the file; raises ``ProblemsFound``."""
    from dataclasses import replace

    from handoutpress.reading.patient import PatientDetails, WrongDetails, details_from, read_patient

    given = {"name": patient_name, "appointment": appointment, **details}
    problems = Problems()
    read = options = PatientDetails()
    try:
        options = details_from({field: text for field, text in given.items() if text is not None})
    except WrongDetails as error:
        problems.extend(Problem(f"--{each.field}: {each.message}", hint=each.hint) for each in error.wrong)
    if patient_file:
        try:
            read = read_patient(patient_file)
        except ProblemsFound as found:
            problems.extend(found.problems)
    problems.raise_if_any()
    # The file's time belongs to the file's day: with another day it would send the patient at a wrong hour.
    fields = ("name", "reference", "clinician", "visit", "note")
    new = {field: value for field in fields if (value := getattr(options, field)) is not None}
    if options.appointment:
        new |= {"appointment": options.appointment, "appointment_time": options.appointment_time}
    return replace(read, **new)


def tell_rehearsal(wish: Any) -> None:
    """Say on stderr that another day than today is taken, where ``HANDOUTS_TODAY`` is set."""
    from handoutpress.wish import TODAY

    if os.environ.get(TODAY):
        click.echo(f"Note: {TODAY} is set; today is taken to be {wish.today.isoformat()}.", err=True)
