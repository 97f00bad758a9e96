"""The patient's address and what the patient said about email: options that two commands share."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from handoutpress.cli.options import chain
from handoutpress.errors import Problem, ProblemsFound

if TYPE_CHECKING:
    from handoutpress.reading.addresses import EmailAddress

address_options = chain(
    click.option("--to", metavar="ADDRESS", help="The patient's address. Left out, it is asked for, twice."),
    click.option("--yes", is_flag=True, help="The address was checked already: do not ask for it again."),
)
asking_options = chain(
    click.option(
        "--taken-by", metavar="WHO", help="Who asked the patient. [default: who is at the keyboard]"
    ),
    click.option("--asked-on", metavar="YYYY-MM-DD", help="When the patient was asked. [default: today]"),
)


def ask_address(to: str | None, *, yes: bool) -> EmailAddress:
    """Return the address, typed twice or known to be right: a slip sends it to a stranger."""
    from handoutpress.reading.addresses import read_address
    from handoutpress.reading.patient import WrongText

    at_keyboard = sys.stdin.isatty() and sys.stderr.isatty()
    if to is None and not at_keyboard:
        raise click.UsageError("Say the address: --to ADDRESS --yes.")
    if to is not None and not yes and not at_keyboard:
        raise click.UsageError("--to without a person at the keyboard needs --yes: the address was checked.")
    given = to if to is not None else click.prompt("The patient's email address", err=True)
    try:
        address = read_address(given)
        if yes and to is not None:
            return address
        again = click.prompt("The same address again", err=True)
        if read_address(again).spec.casefold() != address.spec.casefold():
            raise ProblemsFound([Problem("the two addresses are not the same", hint="type it twice again")])
    except WrongText as error:
        raise ProblemsFound([Problem(f"the address: {error.message}", hint=error.hint)]) from None
    return address
