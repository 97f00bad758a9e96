"""The questions of `new clinic`, at a terminal: each is asked until its answer can be used."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from handoutpress.errors import ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handoutpress.places import Places
    from handoutpress.reading.yamlediting import Value
    from handoutpress.scaffolding.clinics import Look
    from handoutpress.scaffolding.designed import Design
    from handoutpress.scaffolding.questions import Question, Said

_SKIP = "Enter to leave it out"
_MOST_LINES = 5


def at_keyboard() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def interview(said: Said, look: Look | Design, shipped: Places, languages: Sequence[str]) -> Look | Design:
    """Ask what is not known yet and put it into ``said``; return the look with what was said of it."""
    from handoutpress.scaffolding.clinics import Look
    from handoutpress.scaffolding.questions import (
        CHOICES,
        FACTS,
        OWN,
        decisions,
        languages_of,
        usual,
    )

    click.echo("Nothing is written before the last answer. Ctrl-C stops.\n", err=True)
    wanted = [*languages]
    # Who said all that is needed of the clinic itself is not asked for the rest of it.
    if any(question.required and question.key not in said for question in FACTS):
        for question in FACTS:
            _ask(question, said, shipped)
        for name, default in usual(said[OWN, ("emergency_phone",)]).items():
            if (OWN, (name,)) not in said:
                words = name.replace("_", " ").capitalize()
                choice = click.Choice(CHOICES[name])
                said[OWN, (name,)] = click.prompt(words, default=default, type=choice, err=True)
        if isinstance(look, Look):
            look = _ask_look(look, str(said[OWN, ("name",)]))
        wanted += [each for each in languages_of(shipped) if each not in languages and _wants(each)]
    questions = [question for question in decisions(shipped, wanted) if question.key not in said]
    if questions:
        click.echo("\nThese only your clinic can answer. Examples are no advice.", err=True)
    for question in questions:
        _ask(question, said, shipped)
    click.echo("", err=True)
    return look


def _wants(language: str) -> bool:
    return click.confirm(f"Sheets in `{language}`, too? You need its words now", default=False, err=True)


def _ask(question: Question, said: Said, shipped: Places) -> None:
    """Ask one thing until the answer can be used; an empty one leaves out what may be left out."""
    from handoutpress.scaffolding.questions import wrong

    if question.key in said:
        return
    lines: list[str] = []
    while True:
        text = _line(question, len(lines))
        if not text:
            break
        is_list = question.key[1] == ("address",)
        value: Value = (*lines, text) if is_list else text
        problems = wrong({question.key: value}, shipped)
        for problem in problems:
            click.echo(str(problem).partition(": ")[2] or str(problem), err=True)
        if problems:
            continue
        said[question.key] = value
        lines.append(text)
        if not is_list or len(lines) == _MOST_LINES:
            break


def _line(question: Question, number: int) -> str:
    if number:
        shown = f"{question.ask} ({number + 1}; Enter ends)"
    else:
        notes = [f"like: {question.example}"] * bool(question.example) + [_SKIP] * (not question.required)
        shown = question.ask + (f" ({'; '.join(notes)})" if notes else "")
    while True:
        text: str = click.prompt(shown, default="", show_default=False, err=True)
        if text.strip() or not question.required:
            return text.strip()


def _ask_look(look: Look, name: str) -> Look:
    """Ask for the logo, what it shows, and the main colour."""
    from handoutpress.cli.telling import tell_colours
    from handoutpress.scaffolding.logo import read_logo
    from handoutpress.scaffolding.palette import propose

    while look.logo is None:
        given = click.prompt(
            f"Logo: an SVG, PNG or JPEG file ({_SKIP})", default="", show_default=False, err=True
        )
        if not given.strip():
            break
        file = Path(given.strip().strip("'\"")).expanduser()
        try:
            logo = read_logo(file)
        except ProblemsFound as found:
            click.echo(str(found), err=True)
            continue
        look = replace(look, logo=logo, file=file, proposals=propose(logo.colours, look.chosen))
    if look.logo and not look.alt:
        shows = "What the logo shows, for people who cannot see it"
        look = replace(look, alt=click.prompt(shows, default=f"{name} logo", err=True))
    while "primary" not in look.chosen:
        tell_colours(look)
        main = next(str(each.colour) for each in look.proposals if each.role == "primary")
        typed = click.prompt("Main colour", default=main, err=True)
        if typed == main:
            break
        look = _with_main(look, typed)
    return look


def _with_main(look: Look, typed: str) -> Look:
    """Return the look with another main colour, if it can be read."""
    from handoutpress.reading.colour import parse_colour
    from handoutpress.scaffolding.palette import passing, propose

    colour = parse_colour(typed)
    if colour is None:
        click.echo(f'`{typed}` is not an opaque colour; one is like "#1f5c66" or teal', err=True)
        return look
    near = passing("heading", colour)
    if near != colour:
        click.echo(f"{colour} is too pale to read on paper; the nearest that passes is {near}", err=True)
        return look
    chosen = {**look.chosen, "primary": colour}
    return replace(look, chosen=chosen, proposals=propose(look.logo.colours if look.logo else (), chosen))
