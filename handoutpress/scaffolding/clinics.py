"""A new clinic's folder: what was said, a brand, a logo; it appears whole, and only if its sheets print."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from functools import cache
from string import Template
from typing import TYPE_CHECKING

from handoutpress.composing.pictures import clinic_logo
from handoutpress.delivery.files import write_whole
from handoutpress.editing.check import served_sheets
from handoutpress.editing.facts import moved
from handoutpress.errors import Problems, ProblemsFound
from handoutpress.places import BRAND_FILE, CLINIC_FILE, Places
from handoutpress.press import compose_copy
from handoutpress.reading.clinic import read_clinic
from handoutpress.reading.schema import SCHEMAS, schema_text
from handoutpress.reading.topic import topics_of
from handoutpress.scaffolding.brandtext import brand_text
from handoutpress.scaffolding.clinicfile import clinic_text, starter, words_text
from handoutpress.scaffolding.designed import Design
from handoutpress.scaffolding.questions import OWN, languages_of
from handoutpress.scaffolding.wholefolder import check_free, whole_folder
from handoutpress.wish import Wish

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from handoutpress.reading.colour import Colour
    from handoutpress.reading.yamlediting import Value
    from handoutpress.scaffolding.logo import Logo
    from handoutpress.scaffolding.palette import Proposal
    from handoutpress.scaffolding.questions import Key


INSTALLED = "handouts"
"""How the command line is called once it is installed."""

_WITH_TOPICS = ("clinic", "clinic-words")
"""Whose schemas know what each topic asks."""


@dataclass(frozen=True)
class Look:
    """How a new clinic's sheets look, where no designer made a brand file."""

    logo: Logo | None
    file: Path | None
    """Where the logo was read."""
    alt: str | None
    """What the logo shows; left out, that it is the clinic's logo."""
    proposals: Sequence[Proposal]
    chosen: Mapping[str, Colour]
    """The colours that somebody chose, by role."""


@dataclass(frozen=True)
class Founded:
    """A clinic's folder that was made."""

    folder: Path
    files: tuple[str, ...]
    checked: int
    """How many sheets were composed, without anything to mend."""


def found_clinic(
    folder: Path, said: Mapping[Key, Value], look: Look | Design, shipped: Places, program: str
) -> Founded:
    """Make a clinic's folder; raises ``ProblemsFound`` with everything that would stop one of its sheets.

    Then, and where the disk is full or the work is stopped, nothing is left. ``program`` is how the command
    line is called, for the note to the practice manager.
    """
    check_free(folder)
    with whole_folder(folder) as made:
        for name, data in _contents(said, look, shipped, program, folder.absolute()).items():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            write_whole(made / name, data)
        places = Places(made.resolve(), shipped.shipped)
        checked = _check(places, folder.absolute())
        files = tuple(sorted(str(path.relative_to(made)) for path in made.rglob("*") if path.is_file()))
    return Founded(folder, files, checked)


def _check(places: Places, folder: Path) -> int:
    """Compose every sheet that this clinic can print; raises ``ProblemsFound`` with the places in ``folder``.

    A sheet in a language that the clinic has no words in is not one of them.
    """
    problems = Problems()
    sheets = served_sheets(places)
    for name, language in sheets:
        try:
            compose_copy(name, places, Wish(language))
        except ProblemsFound as found:
            problems.extend(moved(problem, places.clinic, folder) for problem in found.problems)
    if not problems.found:  # a sheet without a letterhead would not miss it
        clinic_logo(read_clinic(places), places, problems)
    problems.raise_if_any()
    return len(sheets)


def _contents(
    said: Mapping[Key, Value], look: Look | Design, shipped: Places, program: str, folder: Path
) -> dict[str, bytes]:
    """Return the files of the folder, by their paths in it."""
    name = str(said[OWN, ("name",)])
    website = said.get((OWN, ("website",)))
    files: dict[str, bytes] = {}
    if isinstance(look, Design):
        files |= look.files
        files[BRAND_FILE] = look.text.encode()
    else:
        logo = look.logo
        shown = (logo.name, look.alt or f"{name} logo") if logo else None
        colours = logo.colours if logo else ()
        text = brand_text(name, str(website) if website else None, shown, colours, look.proposals)
        files[BRAND_FILE] = text.encode()
        if logo:
            files[logo.name] = logo.data
    files[CLINIC_FILE] = clinic_text(said, shipped).encode()
    languages = list(dict.fromkeys(language for language, _ in said if language))
    for language in languages:
        files[_words_file(language)] = words_text(said, shipped, language).encode()
    topics = topics_of(shipped)
    for kind in SCHEMAS:
        text = schema_text(kind, topics) if kind in _WITH_TOPICS else _schema(kind)
        files[f"schemas/{kind}.json"] = text.encode()
    files["README.txt"] = _read_me(name, languages, shipped, program, folder).encode()
    return files


@cache
def _schema(kind: str) -> str:
    return schema_text(kind)


def _words_file(language: str) -> str:
    return CLINIC_FILE.replace(".yaml", f".{language}.yaml")


def _read_me(name: str, languages: Sequence[str], shipped: Places, program: str, folder: Path) -> str:
    """Return the note to the practice manager."""
    title = textwrap.fill(f"Patient handouts of {name}", 100)
    others = [language for language in languages_of(shipped) if language not in languages]
    about = [
        f"  clinic.{language}.yaml".ljust(17) + f"the words of clinic.yaml in `{language}`"
        for language in languages
    ]
    # A checkout is called by its path, and stands somewhere else.
    clinic = f' --clinic "{folder}"' if program != INSTALLED else ""
    where = (
        "Run the commands below in this folder."
        if not clinic
        else "Run the commands below where the program is."
    )
    text = Template(starter("README.txt")).substitute(
        title=f"{title}\n{'=' * min(len(title), 100)}",
        today=Wish().today.isoformat(),
        program=program,
        where=where,
        clinic=clinic,
        words_files="\n".join([*about, ""]) if about else "",
        languages=_on_languages(others),
    )
    return text.replace("\n\n\n\n", "\n\n")


def _on_languages(others: Sequence[str]) -> str:
    if not others:
        return "SHEETS IN OTHER LANGUAGES\n\nEach prints the words of its own file: see clinic.*.yaml."
    languages = ", ".join(others)
    text = Template(starter("README-languages.txt"))
    return text.substitute(languages=languages, tag=others[0]).rstrip("\n")
