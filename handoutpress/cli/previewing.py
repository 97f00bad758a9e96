"""``preview``: a sheet made again at each save."""

from __future__ import annotations

import signal
import sys
import time
import webbrowser
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import click

from handoutpress.cli.options import (
    chain,
    clinic_option,
    draft_option,
    look_options,
    patient_from,
    patient_options,
    places_for,
    sheet_argument,
    tell_rehearsal,
)
from handoutpress.errors import HandoutError, ProblemsFound, shorten

if TYPE_CHECKING:
    from handoutpress.preview.running import Round
    from handoutpress.wish import Wish

_MOST_NAMES = 3

preview_options = chain(
    click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        metavar="FILE.pdf",
        help="Also write the PDF here, each time that nothing stops it.",
    ),
    click.option(
        "--port",
        type=click.IntRange(0, 65535),
        metavar="N",
        help="The port to listen at. [default: 8760, or any that is free]",
    ),
    click.option("--no-browser", is_flag=True, help="Only print the address."),
    click.option(
        "--poll",
        is_flag=True,
        help="Look for changes five times a second, where the system tells of none: on a network disk, in a "
        "virtual machine.",
    ),
)


@click.command()
@sheet_argument
@clinic_option
@look_options
@patient_options
@draft_option
@preview_options
def preview(
    name: str,
    clinic: Path | None,
    paper: Any,
    edition: str,
    language: str,
    letterhead: bool | None,
    draft: bool,
    output: Path | None,
    port: int | None,
    no_browser: bool,
    poll: bool,
    **patient: Any,
) -> None:
    """Show a sheet in the browser, made again at each save of anything it is made of.

    \b
    Examples:
      preview microneedling-aftercare
      preview microneedling-aftercare --clinic harbor --edition large-print
      preview microneedling-aftercare --patient patient.yaml -o aftercare.pdf

    What is wrong is said here and on the page, with its place; until it is mended the page shows the last
    good pages, or a draft where one can be made. Only this computer reaches the page. Ctrl-C ends it.
    """  # noqa: D301 (click's own mark for lines to keep)
    if output and output.suffix.lower() != ".pdf":
        raise click.UsageError("-o is for a file that ends in .pdf.")
    with suppress(KeyboardInterrupt):
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # ended by a system, it ends as with Ctrl-C
        places = places_for(clinic)
        # What is wrong on the command line ends it; what is wrong in a file gets mended.
        places.sheet(name, language)
        try:
            from handoutpress.preview.running import Asked
            from handoutpress.preview.server import serve
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("handoutpress"):
                raise
            package = (error.name or "").partition(".")[0]
            said = f"The preview needs packages that are not installed ({package})"
            raise HandoutError(f"{said}: pip install 'handoutpress[desk]'") from None
        from handoutpress.wish import Wish

        def wish(**more: Any) -> Wish:
            return Wish(language, edition, paper, letterhead, patient_from(**{**patient, **more}), draft)

        tell_rehearsal(wish(patient_file=None))

        def ready(link: str) -> None:
            click.echo(link)
            _say(f"Watching {shorten(places.clinic)} and what is shipped. Ctrl-C ends it.")
            if not no_browser:
                Thread(target=webbrowser.open, args=(link,), daemon=True).start()

        # In full, as the folder that this began in may be put in another's place.
        output = output.absolute() if output else None
        if patient["patient_file"]:
            patient["patient_file"] = patient["patient_file"].absolute()
        files = [patient["patient_file"]] if patient["patient_file"] else []
        asked = Asked(name, places, wish, files, output, poll)
        serve(asked, port, ready, tell_round)


def tell_round(told: Round) -> None:
    """Say what became of a round: its problems if it has any, and one line."""
    made, count = told.made, len(told.made.problems)
    for problem in made.problems:
        _say(str(problem))
    names = [*told.changed[:_MOST_NAMES]]
    if len(told.changed) > _MOST_NAMES:
        names.append(f"{len(told.changed) - _MOST_NAMES} more")
    about = f"{', '.join(names)}: " if names else ""
    pages = f"{told.pages} page{'s' if told.pages != 1 else ''}"
    if made.copy is None:
        shown = "Still showing the last good pages." if told.pages else "Nothing can be shown yet."
        said = f"{ProblemsFound(made.problems).summary} {shown}"
    elif made.unchanged:
        said = f"nothing changed on the page ({told.milliseconds} ms)."
    elif count:
        said = f"{pages} in {told.milliseconds} ms, as a draft: {ProblemsFound(made.problems).summary}"
    else:
        said = f"{pages} in {told.milliseconds} ms."
    _say(f"{click.style(time.strftime('%H:%M:%S'), dim=True)}  {about}{said}")
    for remark in made.copy.remarks if made.copy else ():
        if remark not in _remarked:
            _remarked.add(remark)
            _say(f"Note: {remark}")
    if told.not_written:
        _say(told.not_written)


_remarked: set[str] = set()
"""What staff should know is said once, and not at every save."""


def _say(line: str) -> None:
    with suppress(OSError):  # nobody reads it any more
        click.echo(line, err=True)
        sys.stderr.flush()


COMMANDS = {"preview": preview}
