"""What `new clinic` says: which colours were found and chosen, what was made, what to do next."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any

import click

from handoutpress.errors import shorten

if TYPE_CHECKING:
    from pathlib import Path

    from handoutpress.places import Places
    from handoutpress.scaffolding.clinics import Founded, Look
    from handoutpress.scaffolding.designed import Design
    from handoutpress.scaffolding.logo import Logo
    from handoutpress.scaffolding.questions import Said


def tell_colours(look: Look | Design) -> None:
    """Say which colours were found in a logo, which are proposed, and which were moved from what."""
    from handoutpress.scaffolding.designed import Design

    if isinstance(look, Design):
        for mended in look.mended:
            click.echo(f"{mended.role}: {mended.before} is too pale to read; now {mended.after}.", err=True)
        return
    if look.logo:
        _tell_logo(look.logo)
    for each in look.proposals:
        origin = f"moved from {each.wished}, which is too pale to read" if each.wished else each.why
        row = f"  {each.role:<11} {each.colour}  contrast {each.contrast:4.1f} to 1   {origin}"
        click.echo(row, err=True)


def _tell_logo(logo: Logo) -> None:
    if logo.colours:
        listed = ", ".join(f"{each.colour} ({each.share:.0%})" for each in logo.colours)
        click.echo(f"Colours in the logo: {listed}", err=True)
    else:
        click.echo("The logo is white: nothing of it will be seen on paper. Use its dark version.", err=True)


def tell_next(founded: Founded, said: Said, shipped: Places) -> None:
    """Say what was made, and what to do next; the folder's path alone goes to standard output."""
    from handoutpress.scaffolding.questions import languages_of

    name = shorten(founded.folder.absolute())
    count = len(founded.files)
    click.echo(f"\nMade {name}: {count} files. {founded.checked} sheets checked, nothing to mend.", err=True)
    for language in languages_of(shipped):
        if language not in {spoken for spoken, _ in said}:
            click.echo(f"No sheet prints in `{language}` yet: README.txt there says how.", err=True)
    quoted = f'"{name}"' if " " in name else name
    click.echo("Nobody has reviewed the sheets for your clinic: have a clinician read them.", err=True)
    for words, what in (
        (f"make --all --clinic {quoted}", "every sheet as PDF"),
        (f"desk --clinic {quoted}", "the page for staff"),
        (f"new handout NAME --kind after --clinic {quoted}", "a sheet of your own"),
    ):
        click.echo(f"  {program()} {words:<{43 + len(quoted)}} {what}", err=True)
    click.echo(name)


def command_again(folder: Path, said: Said, look: Look | Design, given: dict[str, Any]) -> str:
    """Return the command with everything that was typed, so that nobody has to type it twice."""
    from handoutpress.scaffolding.clinics import Look
    from handoutpress.scaffolding.questions import option_of

    words = [*program().split(), "new", "clinic", str(folder)]
    for key, value in said.items():
        option, _, name = option_of(key).partition(" ")
        for line in value if isinstance(value, tuple) else (value or "",):
            words += [option, f"{name}={line}" if name else line]
    if isinstance(look, Look):
        shown = {"--logo": look.file, "--logo-alt": look.alt} if look.logo else {}
        for option, chosen in (shown | {f"--{role}": colour for role, colour in look.chosen.items()}).items():
            words += [option, str(chosen)] if chosen else []
    else:
        words += ["--brand", str(given["brand"]), *(["--mend-colours"] if look.mended else [])]
    return shlex.join(words)


def program() -> str:
    """Return how the command line is called."""
    return "python generate.py" if sys.argv[0].endswith("generate.py") else "handouts"
