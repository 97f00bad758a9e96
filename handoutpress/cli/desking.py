"""``desk``: the page for staff."""

from __future__ import annotations

import os
import re
import webbrowser
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import click

from handoutpress.cli.options import clinic_option, places_for, tell_rehearsal
from handoutpress.errors import HandoutError

if TYPE_CHECKING:
    from handoutpress.places import Places

PASSWORD = "HANDOUTS_DESK_PASSWORD"  # noqa: S105 (the variable's name)
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*|\[[0-9a-f:.]+\]")
"""What a browser can be sent to: labels of RFC 1123 (and the ``_`` of Windows), or an IPv6 address."""


def _names(_ctx: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names as browsers write them; raises ``BadParameter`` for what is none."""
    for name in given:
        if not _NAME.fullmatch(name.lower()) or len(name) > 253:
            said = "a name is letters, digits, hyphens and dots, without https:// and without a port"
            raise click.BadParameter(f"{name!r} is not a computer's name: {said}.")
    return tuple(name.lower() for name in given)


@click.command()
@clinic_option
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    help="The port to listen at. [default: 8750, or any that is free]",
)
@click.option("--no-browser", is_flag=True, help="Only print the link.")
@click.option(
    "--idle",
    type=click.IntRange(1, 240),
    default=10,
    show_default=True,
    metavar="MINUTES",
    help="After how long unused a page forgets its patient.",
)
@click.option(
    "--ahead/--no-ahead",
    default=True,
    help="Make pages before they are asked for, or not: it takes a processor.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--hostname",
    "names",
    multiple=True,
    metavar="NAME",
    callback=_names,
    help="What other computers call this one.",
)
@click.option(
    "--certificate", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="For TLS (PEM)."
)
@click.option(
    "--key", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The certificate's key."
)
def desk(
    clinic: Path | None,
    port: int | None,
    no_browser: bool,
    idle: int,
    ahead: bool,
    host: str,
    names: tuple[str, ...],
    certificate: Path | None,
    key: Path | None,
) -> None:
    """Open the page for staff in the browser: find a sheet, fill in the patient, print, email or save it.

    \b
    Examples:
      desk
      desk --clinic harbor
      desk --host 0.0.0.0 --hostname desk.example.org --certificate desk.pem --key desk.key

    Only this computer reaches it, and only with the link that is printed, which works once; start it again
    for another. For other computers it asks for TLS and a password (HANDOUTS_DESK_PASSWORD). Ctrl-C ends it.
    """  # noqa: D301 (click's own mark for lines to keep)
    if key and not certificate:
        raise click.UsageError("--key goes with a --certificate: name both, or neither.")
    places = places_for(clinic)
    try:
        from handoutpress.desk.server import Settings, running_link, serve
        from handoutpress.wish import Wish
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("handoutpress"):
            raise
        said = f"The desk needs packages that are not installed ({error.name})"
        raise HandoutError(f"{said}: pip install 'handoutpress[desk]'") from None

    tell_rehearsal(Wish())  # a day that is none is refused here, and not by every page
    settings = Settings(host, port, names, certificate, key, os.environ.get(PASSWORD), idle, ahead)

    def tell(link: str) -> None:
        click.echo(link)
        if settings.is_local and not no_browser:
            # The server answers nobody before this returns, and a browser may take its time to start.
            Thread(target=webbrowser.open, args=(link,), daemon=True).start()

    if settings.is_local and port is None and (link := running_link(places)):
        click.echo(link)
        if not no_browser:
            webbrowser.open(link)
        click.echo("The desk runs already; this link opens it.", err=True)
        return
    try:
        serve(places, settings, tell)
    finally:
        _tell_waiting(places)


def _tell_waiting(places: Places) -> None:
    """Say that emails have not gone yet: nobody looks after them any more."""
    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.outbox import State, counts

    with suppress(HandoutError), Ledger.open(places.clinic) as ledger:
        if count := counts(ledger).get(State.WAITING, 0):
            said = "1 email waits" if count == 1 else f"{count:,} emails wait"
            click.echo(f"{said} in the outbox, for the desk to run again or for `outbox send`.", err=True)


COMMANDS = {"desk": desk}
