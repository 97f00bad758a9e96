"""The words of the message that carries a handout, one file a language: ``templates/email/en.yaml``."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from handoutpress.errors import Problem, ProblemsFound
from handoutpress.reading.model import Model, validate
from handoutpress.reading.yamlreader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    from handoutpress.places import Places

_JOINERS = frozenset("\u200c\u200d\u200e\u200f\u061c")
"""Characters without a shape that a name may need: Persian and Hindi spell with them."""
_FIELD = re.compile(r"\{([^{}]*)\}|[{}]")


def _fields(*allowed: str) -> Callable[[str], str]:
    """Return a check that refuses every ``{field}`` but these, and a brace that belongs to none."""

    def check(text: str) -> str:
        for found in _FIELD.finditer(text):
            if found[1] in allowed:
                continue
            hint = "the fields here are: " + ", ".join(f"{{{name}}}" for name in allowed)
            context = {
                "said": f"`{found[0]}` is not a field of this label",
                "hint": hint if allowed else "this label has no fields: take the braces out",
                "offset": found.start(),
                "width": len(found[0]),
            }
            raise PydanticCustomError("field", "{said}", context)
        return text

    return check


_Text = Annotated[str, StringConstraints(min_length=1, max_length=400)]
_Plain = Annotated[_Text, AfterValidator(_fields())]
_OfClinic = Annotated[_Text, AfterValidator(_fields("clinic"))]
_OfTitle = Annotated[_Text, AfterValidator(_fields("clinic", "title"))]
_OfTitles = Annotated[_Text, AfterValidator(_fields("clinic", "title", "more"))]
_OfSheets = Annotated[_Text, AfterValidator(_fields("sheets"))]
_OfFiles = Annotated[_Text, AfterValidator(_fields("sheets", "files"))]
_OfPages = Annotated[_Text, AfterValidator(_fields("pages"))]


class LetterLabels(Model):
    """What the message says. ``_one`` is for one sheet, ``_more`` for several."""

    subject: _OfClinic
    """The subject, and the title of the HTML part; it names no sheet."""
    subject_named: _OfTitle
    """The subject where the clinic lets it name the sheet."""
    subject_named_more: _OfTitles
    """The same for several sheets: the first one's title, and how many more."""
    heading_one: _Plain
    """The heading over the message."""
    heading_more: _Plain
    """The same for several sheets."""
    greeting: _Plain
    """The greeting. It names nobody: a message that goes astray says nothing about anyone."""
    intro_one: _Plain
    """What comes with the message: one sheet."""
    intro_packet: _OfSheets
    """Several sheets in one file."""
    intro_more: _OfFiles
    """Several sheets in several files."""
    reading_one: _Plain
    """What a patient can do with it: read it, print it."""
    reading_more: _Plain
    """The same for several sheets."""
    pages_one: _Plain
    """What stands under the name of a file with one page."""
    pages_more: _OfPages
    """What stands under the name of a longer one."""
    locked_one: _Plain
    """Where the password of a protected file comes from."""
    locked_more: _Plain
    """The same for several files."""
    questions: _Plain
    """Stands over the clinic's phone number, and before it after a colon."""
    after_hours: _Plain
    """Stands before whom to call when the clinic is closed, after a colon."""
    emergency: _Plain
    """Reads on to the emergency number."""
    urgent: _Plain
    """That email is not for anything urgent."""
    wrong_person: _Plain
    """What somebody does whom the message does not concern."""
    stop: _Plain
    """What a patient does who does not want email."""


class LetterWords(Model):
    """Every word of the message, and of what staff ask before it is sent without protection."""

    direction: Annotated[str, StringConstraints(pattern=r"^(ltr|rtl)$")] = "ltr"
    """The direction of the script."""
    file_name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)]
    """What an attached file is called, without .pdf: plain letters, digits and hyphens."""
    preference: Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_fields())]
    """What staff read out to a patient, or let them sign, before email that is not protected."""
    labels: LetterLabels
    """What the message says, by name."""


def filled(text: str, **values: str | int) -> str:
    """Return a label on one line, its fields filled, each once: braces in a value are its own words."""
    return one_line(_FIELD.sub(lambda found: str(values.get(found[1] or "", found[0])), text))


def one_line(text: str) -> str:
    """Return a text without line ends, control characters and marks that turn its order around.

    A line end would begin another header in a message, and a mark could make a name look like another.
    """
    kept = ""
    for char in text:
        kind = unicodedata.category(char)
        if kind in ("Cc", "Zl", "Zp"):
            kept += " "
        elif kind[0] != "C" or char in _JOINERS:
            kept += char
    return re.sub(" +", " ", kept).strip(" ")


def read_letter_words(places: Places, language: str) -> LetterWords:
    """Read the message's words in a language (es-MX: else es), the clinic's copy first.

    Raises ``ProblemsFound`` if there are none, and with every label that is missing, unknown or wrong.
    """
    tried = dict.fromkeys((language, language.split("-")[0]))
    found = (places.find("templates", f"email/{code}.yaml") for code in tried)
    path = next((path for path in found if path), None)
    if path is None:
        said = f"the message has no words in language `{language}` yet"
        raise ProblemsFound([Problem(said, hint="add templates/email/LANGUAGE.yaml")])
    return validate(LetterWords, read_yaml(path))
