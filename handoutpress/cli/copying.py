"""Copies as the options ask for them, and what staff are told of them: for every command that makes some."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handoutpress.places import Places
    from handoutpress.wish import Copy, Wish


def make_copies(
    names: Sequence[str],
    places: Places,
    wish: Wish,
    *,
    packet: bool = False,
    verbose: bool = False,
    **how: bool,
) -> list[Copy]:
    """Make a copy of each sheet, or one of all, with a bar where somebody waits for several."""
    from handoutpress.dispatch import copying

    wanted = list(dict.fromkeys(names))
    shown = len(wanted) > 1 and not packet and sys.stderr.isatty()
    tell = _tell if verbose else None
    with click.progressbar(wanted, label="Making sheets", file=sys.stderr, hidden=not shown) as bar:
        return copying.make_copies(bar, places, wish, packet=packet, tell=tell, **how)


def tell_staff(copies: Sequence[Copy]) -> None:
    """Say what staff should know, and the patient's page does not."""
    for copy in copies:
        for problem in copy.waived:
            click.echo(str(problem), err=True)
        for remark in copy.remarks:
            click.echo(f"Note: {remark}", err=True)
    waived = sum(len(copy.waived) for copy in copies)
    if waived:
        said = f"{waived} problem{'s' if waived != 1 else ''}"
        click.echo(f"A draft with {said}: every page says DRAFT. It is not for patients.", err=True)


def _tell(line: str) -> None:
    click.echo(line, err=True)
