"""``make``: sheets to PDF."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from handoutpress.cli.options import (
    booklet_option,
    clinic_option,
    draft_option,
    look_options,
    names_argument,
    patient_from,
    patient_options,
    places_for,
    tell_rehearsal,
    verbose_option,
)
from handoutpress.delivery.files import write_whole
from handoutpress.errors import Problems, ProblemsFound, shorten
from handoutpress.places import DEFAULT_LANGUAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from handoutpress.places import Places
    from handoutpress.wish import Copy, Wish


@click.command()
@names_argument()
@click.option("--all", "every", is_flag=True, help="Every sheet there is in this language.")
@clinic_option
@look_options
@patient_options
@draft_option
@verbose_option
@booklet_option
@click.option("--html", "with_html", is_flag=True, help="Also write the composed HTML beside the PDF.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("out"),
    show_default=True,
    metavar="PATH",
    help="A file ending in .pdf for one sheet, else a folder.",
)
def make(
    names: tuple[str, ...],
    every: bool,
    clinic: Path | None,
    paper: Any,
    edition: str,
    language: str,
    letterhead: bool | None,
    draft: bool,
    verbose: bool,
    booklet: bool,
    with_html: bool,
    output: Path,
    **patient: Any,
) -> None:
    """Make sheets as PDF.

    \b
    Examples:
      make microneedling-aftercare
      make microneedling-aftercare -o aftercare.pdf --name "Example Patient" --visit 2026-11-23
      make --all --clinic clinics/harbor --paper letter
      make microneedling-scar-risk --edition large-print --no-letterhead

    Prints the path of each file made. If anything is wrong, says all of it and makes nothing.
    """  # noqa: D301 (click's own mark for lines to keep)
    places = places_for(clinic)
    if every:
        names = tuple(name for name, known in places.sheets() if known == language)
    if not names:
        raise click.UsageError("Name a sheet, or say --all. `list` shows what there is.")
    single = output.suffix.lower() == ".pdf"
    if single and len(names) > 1:
        raise click.UsageError("-o FILE.pdf is for one sheet; name a folder for several.")

    from handoutpress.wish import Wish

    wish = Wish(language, edition, paper, letterhead, patient_from(**patient), draft)
    maker = _maker(booklet=booklet, with_html=with_html, tell=_tell if verbose else None)
    copies = _made(names, lambda name: maker(name, places, wish))
    for copy in copies:
        path = output if single else output / f"{copy.name}{suffix(wish, booklet=booklet)}.pdf"
        write_whole(path, copy.pdf)
        click.echo(shorten(path.absolute()))
        if with_html:
            page = path.with_suffix(".html")
            write_whole(page, copy.html.encode())
            click.echo(shorten(page.absolute()))
    tell_staff(copies)
    tell_rehearsal(wish)


def tell_staff(copies: list[Copy]) -> None:
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


def _made(names: tuple[str, ...], make_one: Callable[[str], Copy]) -> list[Copy]:
    """Make every copy before any is written, so that a problem in the last leaves no half set behind."""
    problems, copies = Problems(), []
    wanted = list(dict.fromkeys(names))
    shown = len(wanted) > 1 and sys.stderr.isatty()
    with click.progressbar(wanted, label="Making sheets", file=sys.stderr, hidden=not shown) as bar:
        for name in bar:
            try:
                copies.append(make_one(name))
            except ProblemsFound as found:
                problems.extend(found.problems)
    problems.raise_if_any()
    return copies


def _tell(line: str) -> None:
    click.echo(line, err=True)


def suffix(wish: Wish, *, booklet: bool = False) -> str:
    """Return what tells editions, languages, drafts and booklets apart in one folder."""
    language = "" if wish.language == DEFAULT_LANGUAGE else f".{wish.language}"
    edition = "" if wish.edition == "standard" else f".{wish.edition}"
    return language + edition + ".draft" * wish.draft + ".booklet" * booklet


COMMANDS = {"make": make}
