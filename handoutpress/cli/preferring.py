"""``preference``: what a patient said about email."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from handoutpress.cli.asking import address_options, ask_address, asking_options
from handoutpress.cli.options import clinic_option, language_option, places_for

if TYPE_CHECKING:
    from handoutpress.delivery.preferences import Accepts


@click.command()
@address_options
@click.option("--reference", metavar="TEXT", help="The patient's reference, as on their sheets.")
@click.option(
    "--accepts",
    type=click.Choice(["plain", "protected", "none"]),
    help="plain: any email. protected: only with a password on the PDF. none: no email.",
)
@asking_options
@click.option("--wording", is_flag=True, help="Only print the words to ask with, and their version.")
@clinic_option
@language_option
def preference(
    to: str | None,
    yes: bool,
    reference: str | None,
    accepts: Accepts | None,
    taken_by: str | None,
    asked_on: str | None,
    wording: bool,
    clinic: Path | None,
    language: str,
) -> None:
    """Record what a patient says about email, or show what is recorded.

    \b
    Examples:
      preference --wording --language es
      preference --to patient@example.org --yes --accepts plain --taken-by "Front desk"
      preference --to patient@example.org --yes

    Kept with the date, the words that were asked and who asked. The address itself is not kept, only a hash
    to find it by.
    """  # noqa: D301 (click's own mark for lines to keep)
    places = places_for(clinic)

    from handoutpress.composing.letter import preference_wording
    from handoutpress.delivery import preferences
    from handoutpress.delivery.ledger import Ledger
    from handoutpress.dispatch.preferring import keep_said, what_was_said

    if wording:
        words = preference_wording(places, language)
        click.echo(f"{words.text}\n\nVersion {words.version}")
        return
    address = ask_address(to, yes=yes)
    said = what_was_said(accepts, taken_by, asked_on, places, language, reference) if accepts else None
    with Ledger.open(places.clinic) as ledger:
        if said:
            keep_said(ledger, address, said, places, language)
        stands = preferences.standing(ledger, address.spec)
    if stands is None:
        click.echo("Nothing is recorded for this address.")
        return
    click.echo(f"accepts   {_ACCEPTS[stands.accepts]}")
    click.echo(f"asked on  {stands.asked_on.isoformat()}, with wording {stands.wording}")
    click.echo(f"taken by  {stands.taken_by}")


_ACCEPTS = {"plain": "plain email", "protected": "email with a password on the PDF", "none": "no email"}

COMMANDS = {"preference": preference}
