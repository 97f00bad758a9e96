"""``new``: a clinic's folder, a sheet, to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from handoutpress.cli.changing import changes
from handoutpress.cli.options import chain
from handoutpress.cli.starting import handout
from handoutpress.cli.telling import command_again, program, tell_colours, tell_next
from handoutpress.errors import HandoutError, Problems, ProblemsFound

if TYPE_CHECKING:
    from handoutpress.scaffolding.clinics import Look
    from handoutpress.scaffolding.designed import Design
    from handoutpress.scaffolding.questions import Said

_FACTS = ("name", "phone", "hours", "after_hours", "emergency_phone", "email", "website")
_LOOKS = ("paper", "date_order", "clock")
_ROLES = ("primary", "secondary", "foreground")

facts_options = chain(
    click.option("--name", metavar="TEXT", help="The clinic's name, as patients know it."),
    click.option("--phone", metavar="NUMBER", help="The number patients call."),
    click.option("--hours", metavar="TEXT", help='When it is answered: "Monday to Friday, 9 am to 5 pm".'),
    click.option(
        "--after-hours", metavar="TEXT", help='Reads on from "After hours:", such as "call NUMBER".'
    ),
    click.option("--emergency-phone", metavar="NUMBER", help="Your country's emergency number."),
    click.option("--address", multiple=True, metavar="LINE", help="A line of the address; up to five."),
    click.option("--email", metavar="ADDRESS", help="The address patients may write to."),
    click.option("--website", metavar="URL", help="The clinic's website."),
    click.option(
        "--answer",
        "answers",
        multiple=True,
        metavar="TOPIC.QUESTION=TEXT",
        help="What your clinician decides. Those that must not be left blank are asked for.",
    ),
    click.option(
        "--words",
        multiple=True,
        metavar="LANG.FIELD=TEXT",
        help='The same in another language: "es.hours=...", "es.TOPIC.QUESTION=...".',
    ),
    click.option(
        "--language", "languages", multiple=True, metavar="TAG", help="Sheets in this language, too."
    ),
)
look_options = chain(
    click.option(
        "--paper", type=click.Choice(["a4", "letter"]), help="Paper. [default: a4; letter where 911 is]"
    ),
    click.option(
        "--date-order",
        type=click.Choice(["day-month", "month-day"]),
        help="23 November or November 23. [default: day-month; month-day where 911 is]",
    ),
    click.option("--clock", type=click.Choice(["12", "24"]), help="2:30 pm or 14:30. [default: 12]"),
    click.option("--logo", type=click.Path(path_type=Path), metavar="FILE", help="SVG, PNG or JPEG."),
    click.option("--logo-alt", metavar="TEXT", help='What it shows. [default: the name and "logo"]'),
    click.option("--primary", metavar="COLOUR", help="Titles, headings, rules. [default: from the logo]"),
    click.option("--secondary", metavar="COLOUR", help="Quiet text, such as the footer."),
    click.option("--foreground", metavar="COLOUR", help="Text."),
    click.option(
        "--brand",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="A _brand.yml that a designer made, in place of logo and colours.",
    ),
    click.option("--mend-colours", is_flag=True, help="Replace colours too pale to read by the nearest."),
)


@click.group()
def new() -> None:
    """Make a clinic's folder, or a sheet of its own.

    What is written passes `check` at once, and has a comment on every line that is yours to change. Nothing
    that is there already is ever written over.
    """


@new.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@facts_options
@look_options
def clinic(folder: Path, answers: Any, words: Any, languages: Any, mend_colours: bool, **given: Any) -> None:
    """Make the folder of a new clinic.

    At a terminal, it asks for what no option says. Elsewhere all that is missing is named at once. The
    folder appears whole or not at all, and only if every sheet can be printed with it.

    \b
    Examples:
      new clinic my-clinic
      new clinic my-clinic --logo logo.svg
      new clinic my-clinic --brand _brand.yml --mend-colours

    Colours are taken from the logo, and darkened where a reader could not make them out; you are told which.
    """  # noqa: D301 (click's own mark for lines to keep)
    from handoutpress.cli.interviewing import at_keyboard, interview
    from handoutpress.places import Places, shipped_folder
    from handoutpress.scaffolding.clinics import found_clinic
    from handoutpress.scaffolding.questions import FACTS, OWN, decisions, missing, usual, wrong
    from handoutpress.scaffolding.wholefolder import check_free

    if given["brand"] and any(given[name] for name in ("logo", "logo_alt", *_ROLES)):
        raise click.UsageError("--brand has logo and colours in it: leave out the other options.")
    if mend_colours and not given["brand"]:
        raise click.UsageError("--mend-colours goes with --brand.")
    check_free(folder)
    shipped = Places(shipped_folder(), shipped_folder())
    problems = Problems()
    said = _said(given, answers, words, problems)
    problems.extend(wrong(said, shipped))
    look = _look(given, said, problems, mend=mend_colours)
    spoken = [*dict.fromkeys([*languages, *(language for language, _ in said if language)])]
    questions = [*FACTS, *decisions(shipped, spoken)]
    asks = bool(missing(said, questions)) and at_keyboard()
    if problems.found and not asks:
        # A brand file that cannot be taken may well say the name.
        known = [each for each in questions if not (given["brand"] and each.key == (OWN, ("name",)))]
        problems.extend(missing(said, known))
    problems.raise_if_any()
    if asks:
        look = interview(said, look, shipped, spoken)
        questions = [*FACTS, *decisions(shipped, dict.fromkeys(language for language, _ in said if language))]
    for key, value in usual(said.get((OWN, ("emergency_phone",)))).items():
        said.setdefault((OWN, (key,)), value)
    problems.extend(missing(said, questions))
    problems.raise_if_any()
    tell_colours(look)
    try:
        founded = found_clinic(folder, said, look, shipped, program())
    except HandoutError:
        if asks:
            click.echo(f"\nTo go on from here:\n{command_again(folder, said, look, given)}\n", err=True)
        raise
    tell_next(founded, said, shipped)


def _said(given: dict[str, Any], answers: Any, words: Any, problems: Problems) -> Said:
    """Return what the options say, by the file and the place in it that they are for."""
    said: Said = {}
    for name in (*_FACTS, *_LOOKS):
        if given[name] is not None:
            said["", (name,)] = given[name].strip()
    if given["address"]:
        said["", ("address",)] = tuple(line.strip() for line in given["address"])
    for option, texts in (("--answer", answers), ("--words", words)):
        for text in texts:
            name, equals, value = text.partition("=")
            steps = name.strip().split(".")
            language = steps.pop(0) if option == "--words" else ""
            is_fact = option == "--words" and steps in (["hours"], ["after_hours"])
            if not equals or not (is_fact or len(steps) == 2):
                form = "TOPIC.QUESTION=TEXT" if option == "--answer" else "es.hours=TEXT"
                problems.add(f"{option}: `{text}` is not written as expected", None, f"like {form}")
            else:
                said[language, (*(() if is_fact else ("protocol",)), *steps)] = value.strip()
    return said


def _look(given: dict[str, Any], said: Said, problems: Problems, *, mend: bool) -> Look | Design:
    """Return the brand that the options ask for; what a brand file says of name and website is taken over."""
    import tempfile

    from handoutpress.reading.colour import parse_colour
    from handoutpress.scaffolding.clinics import Look
    from handoutpress.scaffolding.designed import read_design
    from handoutpress.scaffolding.logo import read_logo
    from handoutpress.scaffolding.palette import passing, propose

    logo = None
    try:
        if given["brand"]:
            with tempfile.TemporaryDirectory() as tried:
                design = read_design(given["brand"], Path(tried), mend=mend)
            for key, value in (("name", design.name), ("website", design.website)):
                if value:
                    said.setdefault(("", (key,)), value)
            return design
        logo = read_logo(given["logo"]) if given["logo"] else None
    except ProblemsFound as found:
        problems.extend(found.problems)
    chosen = {}
    for role in _ROLES:
        if given[role] is None:
            continue
        colour = parse_colour(given[role])
        if colour is None:
            problems.add(f"--{role}: `{given[role]}` is not an opaque colour", None, 'like "#1f5c66" or teal')
            continue
        chosen[role] = colour
    for role, colour in chosen.items():
        near = passing("heading" if role == "primary" else role, colour, _main(role, chosen))
        if near != colour:
            hint = f"the nearest colour that passes is {near}"
            problems.add(f"--{role}: {colour} is too pale to read on paper", None, hint)
    colours = logo.colours if logo else ()
    return Look(logo, given["logo"], given["logo_alt"], propose(colours, chosen), chosen)


def _main(role: str, chosen: dict[str, Any]) -> Any:
    return None if role == "primary" else chosen.get("primary")


new.add_command(handout)
new.add_command(changes)
COMMANDS = {"new": new}
