"""``email``: sheets into a patient's inbox."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from handoutpress.cli.asking import address_options, ask_address, asking_options
from handoutpress.cli.copying import make_copies, tell_staff
from handoutpress.cli.options import (
    clinic_option,
    look_options,
    names_argument,
    packet_option,
    patient_from,
    patient_options,
    places_for,
    tell_rehearsal,
    verbose_option,
)
from handoutpress.errors import HandoutError, shorten

if TYPE_CHECKING:
    from handoutpress.delivery.ledger import Ledger
    from handoutpress.dispatch.emailing import Post


@click.command()
@names_argument(required=True)
@address_options
@clinic_option
@look_options
@patient_options
@click.option(
    "--draft",
    "draft_file",
    type=click.Path(path_type=Path),
    metavar="FILE.eml",
    help="Write the message to a file for your own mail program, in place of sending it.",
)
@click.option(
    "--password-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Encrypt the PDF with the password in this file (AES-256). Tell the patient another way.",
)
@click.option(
    "--accepts-plain-email",
    is_flag=True,
    help="The patient was asked just now, and accepts email that others might read. Recorded.",
)
@asking_options
@click.option("--again", is_flag=True, help="Even if the same sheets just went to this patient, or wait.")
@packet_option
@verbose_option
def email(
    names: tuple[str, ...],
    to: str | None,
    yes: bool,
    clinic: Path | None,
    paper: Any,
    edition: str,
    language: str,
    letterhead: bool | None,
    draft_file: Path | None,
    password_file: Path | None,
    accepts_plain_email: bool,
    taken_by: str | None,
    asked_on: str | None,
    again: bool,
    packet: bool,
    verbose: bool,
    **patient: Any,
) -> None:
    """Email sheets to a patient, as PDF.

    \b
    Examples:
      email microneedling-aftercare --visit 2026-11-23
      email microneedling-aftercare --to patient@example.org --yes --accepts-plain-email
      email microneedling-aftercare --password-file password.txt --reference EX-0042
      email microneedling-aftercare --draft message.eml --to patient@example.org --yes

    One message with all sheets, to one address. It is in the outbox before the first try, and waits there
    until the mail server has it: `outbox` shows it, `outbox send` tries again. Exit status 1 if the server
    refuses it for good.
    """  # noqa: D301 (click's own mark for lines to keep)
    places = places_for(clinic)

    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.passwords import read_password_file
    from handoutpress.dispatch.emailing import (
        Errand,
        make_allowed,
        queue_message,
        read_post,
        write_message,
    )
    from handoutpress.dispatch.preferring import keep_said, what_was_said
    from handoutpress.dispatch.saving import save_message
    from handoutpress.dispatch.sending import server_of
    from handoutpress.typesetting.protecting import COST, check_password
    from handoutpress.wish import Wish

    if draft_file and draft_file.suffix.lower() != ".eml":
        raise click.UsageError("--draft takes the name of a new file that ends in .eml.")
    wish = Wish(language, edition, paper, letterhead, patient_from(**patient))
    post = read_post(places, language)
    password = read_password_file(password_file) if password_file else None
    if password is not None:
        check_password(password)
    if not draft_file:
        server_of(post.mail, places.clinic)  # a password that is missing is told before anything is made
    address = ask_address(to, yes=yes)
    said = None
    if accepts_plain_email:
        said = what_was_said("plain", taken_by, asked_on, places, language, wish.patient.reference)
    elif taken_by or asked_on:
        raise click.UsageError("--taken-by and --asked-on go with --accepts-plain-email.")
    errand = Errand(address, wish, password, said, again or draft_file is not None)
    with Ledger.open(places.clinic) as ledger:
        make = partial(make_copies, names, places, wish, packet=packet, verbose=verbose)
        copies = make_allowed(ledger, post, errand, make)
        built = write_message(copies, post, address, password, draft=draft_file is not None)
        if said:
            keep_said(ledger, address, said, places, language)
        if draft_file:
            save_message(draft_file, built.content, ledger, copies, wish)
            click.echo(shorten(draft_file.absolute()))
            ended = True
        else:
            number = queue_message(ledger, built, copies, post, address, wish, protected=password is not None)
            ended = _send(ledger, post, number)
    tell_staff(copies)
    if password is not None:
        click.echo(f"Note: {COST}", err=True)
    tell_rehearsal(wish)
    if not ended:
        sys.exit(1)


def _send(ledger: Ledger, post: Post, number: int) -> bool:
    """Send a message that is in the outbox, and say what became of it; False where somebody has to look."""
    from handoutpress.cli.outboxing import said_of, tell_open
    from handoutpress.delivery.outbox import State, get
    from handoutpress.dispatch.sending import send_now

    if sys.stderr.isatty():
        click.echo("Sending ...", err=True)
    try:
        message, needs_person = send_now(ledger, post.mail, post.places.clinic, number)
    except (HandoutError, KeyboardInterrupt) as error:
        # Where it stands now is what the server may have, whatever went wrong here.
        click.echo(said_of(get(ledger, number)), err=True)
        if isinstance(error, KeyboardInterrupt):
            raise
        raise HandoutError(str(error)) from None
    click.echo(said_of(message))
    if needs_person:
        click.echo("Somebody has to mend this first: trying again does not.", err=True)
    if message.state not in (State.FAILED, State.UNKNOWN):
        tell_open(ledger)
    return message.state in (State.SENT, State.WAITING) and not needs_person


COMMANDS = {"email": email}
