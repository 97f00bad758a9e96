"""The fixed words of the templates, one file a language: ``templates/words/en.yaml``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints

from handoutpress.errors import Problem, ProblemsFound
from handoutpress.reading.model import Model, validate
from handoutpress.reading.yamlreader import read_yaml

if TYPE_CHECKING:
    from handoutpress.places import Places

Label = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Seven = Annotated[tuple[Label, ...], Field(min_length=7, max_length=7)]
Twelve = Annotated[tuple[Label, ...], Field(min_length=12, max_length=12)]


class Dates(Model):
    """How dates are said."""

    weekdays: Seven
    """Monday to Sunday."""
    months: Twelve
    """January to December."""
    months_short: Twelve
    """The same, short, for the footer."""
    day_month: Label
    """A date in day-first order, such as "{weekday} {day} {month}"."""
    month_day: Label
    """A date in month-first order."""
    with_year_dmy: Label
    """A full date in day-first order."""
    with_year_mdy: Label
    """A full date in month-first order."""


class FixedWords(Model):
    """Every word a template prints that is not in a sheet."""

    direction: Annotated[str, StringConstraints(pattern=r"^(ltr|rtl)$")] = "ltr"
    """The direction of the script."""
    dates: Dates
    """How dates are said."""
    labels: dict[str, Label]
    """The labels, by name."""

    def label(self, name: str, **values: str) -> str:
        """Return one label with its named places filled."""
        text = self.labels[name]
        for key, value in values.items():
            text = text.replace(f"{{{key}}}", value)
        return text


def read_words(places: Places, language: str) -> FixedWords:
    """Read the fixed words of a language, the clinic's copy first.

    Raises ``ProblemsFound`` if there are none, or if a label of the shipped English is missing.
    """
    path = places.find("templates", f"words/{language}.yaml")
    if path is None and "-" in language:
        path = places.find("templates", f"words/{language.split('-')[0]}.yaml")
    if path is None:
        raise ProblemsFound(
            [
                Problem(
                    f"the templates have no words in language `{language}` yet",
                    hint="add templates/words/LANGUAGE.yaml",
                )
            ]
        )
    yaml = read_yaml(path)
    words = validate(FixedWords, yaml)
    shipped = places.shipped / "templates" / "words" / "en.yaml"
    if path != shipped:
        expected = set(validate(FixedWords, read_yaml(shipped)).labels)
        place = yaml.place(("labels",), key=True)
        missing = [
            Problem(f'the label "{name}" is missing', place) for name in sorted(expected - set(words.labels))
        ]
        if missing:
            raise ProblemsFound(missing)
    return words
