"""Options that several commands share: spelled the same, meaning the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from handoutpress.errors import Problem, ProblemsFound
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
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")
language_option = click.option(
    "--language", default=DEFAULT_LANGUAGE, show_default=True, metavar="TAG", help="The sheet's language."
)


def names_argument(*, required: bool = False) -> Callable[[F], F]:
    """Return the argument NAME..., completed by the shell."""
    return click.argument(
        "names",
        nargs=-1,
        required=required,
        metavar="NAME..." if required else "[NAME]...",
        shell_complete=_complete_names,
    )


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


def patient_from(
    patient_file: Path | None,
    patient_name: str | None,
    appointment: str | None,
    **details: str | None,
) -> Any:
    """Return the patient's details from the options; raises ``ProblemsFound``."""
    from pydantic import ValidationError

    from handoutpress.reading.model import plain_message
    from handoutpress.reading.patient import PatientDetails, read_patient

    given: dict[str, Any] = {"name": patient_name, **details}
    if appointment:
        day, _, time = appointment.replace("T", " ").strip().partition(" ")
        given |= {"appointment": day, "appointment_time": time.strip() or None}
    given = {key: value for key, value in given.items() if value is not None}
    read = read_patient(patient_file) if patient_file else PatientDetails()
    try:
        return PatientDetails.model_validate({**read.model_dump(exclude_none=True), **given})
    except ValidationError as error:
        raise ProblemsFound(
            Problem(f"--{_option(str(wrong['loc'][0]))}: {plain_message(wrong)}") for wrong in error.errors()
        ) from None


def _option(field: str) -> str:
    return {"appointment_time": "appointment"}.get(field, field)


def tell_rehearsal(wish: Any) -> None:
    """Say on stderr that another day than today is taken, where ``HANDOUTS_TODAY`` is set."""
    import os

    from handoutpress.press import TODAY

    if os.environ.get(TODAY):
        click.echo(f"Note: {TODAY} is set; today is taken to be {wish.today.isoformat()}.", err=True)
