"""Copies as the options ask for them, and what staff are told of them: for every command that makes some."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from handoutpress.errors import Problems, ProblemsFound
from handoutpress.places import DEFAULT_LANGUAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from handoutpress.places import Places
    from handoutpress.wish import Copy, Wish


def make_copies(
    names: Sequence[str],
    places: Places,
    wish: Wish,
    *,
    packet: bool = False,
    duplex: bool = False,
    booklet: bool = False,
    with_html: bool = False,
    verbose: bool = False,
) -> list[Copy]:
    """Make a copy of each sheet, all before any is delivered: a problem in the last leaves no half set.

    With ``packet``, one of all of them, ``duplex`` or not. Raises ``ProblemsFound`` with what is wrong with
    any sheet.
    """
    if packet:
        from handoutpress.packets import make_packet

        return [make_packet(names, places, wish, duplex=duplex, booklet=booklet)]
    make_one = _maker(booklet=booklet, with_html=with_html, tell=_tell if verbose else None)
    problems, copies = Problems(), []
    wanted = list(dict.fromkeys(names))
    shown = len(wanted) > 1 and sys.stderr.isatty()
    with click.progressbar(wanted, label="Making sheets", file=sys.stderr, hidden=not shown) as bar:
        for name in bar:
            try:
                copies.append(make_one(name, places, wish))
            except ProblemsFound as found:
                problems.extend(found.problems)
    problems.raise_if_any()
    return copies


def _maker(
    *, booklet: bool, with_html: bool, tell: Callable[[str], None] | None
) -> Callable[[str, Places, Wish], Copy]:
    """Return the way to make a copy: from a plate where that will do."""
    if booklet:
        from handoutpress.packets import make_booklet

        return make_booklet
    if with_html:  # only a full layout has a page of its own to show
        from handoutpress.press import make_copy

        return make_copy
    from handoutpress.plates.copies import copy_sheet

    return partial(copy_sheet, tell=tell)


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


def suffix(wish: Wish, *, booklet: bool = False) -> str:
    """Return what tells editions, languages, drafts and booklets apart in one folder."""
    language = "" if wish.language == DEFAULT_LANGUAGE else f".{wish.language}"
    edition = "" if wish.edition == "standard" else f".{wish.edition}"
    return language + edition + ".draft" * wish.draft + ".booklet" * booklet


def _tell(line: str) -> None:
    click.echo(line, err=True)
