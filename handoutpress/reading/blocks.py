"""One model for each block kind a sheet is built from, in the field's own words.

Whatever says something about health is a ``Statement`` and names what it rests on. Headings, labels and
questions are plain words: they ask or name, and claim nothing.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from handoutpress.reading.inline import Inline
from handoutpress.reading.model import Model
from handoutpress.reading.statement import Statement, Unmarked, Words


class Block(Model):
    """What every block can have."""

    heading: Words | None = None
    """The words over the block. They should say something, not only name a category."""
    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")] | None = None
    """A name for this block, so that a clinic can point at it."""


class KeyPoints(Block):
    """The few things to remember, at the top of the sheet."""

    points: Annotated[tuple[Statement, ...], Field(min_length=1, max_length=7)]
    """Three to five short statements, the most important first."""


class Paragraph(Block):
    """Running text."""

    text: Annotated[tuple[Statement, ...], Field(min_length=1)]
    """The paragraph, sentence by sentence, each with what it rests on."""


class Steps(Block):
    """Things done in order, numbered."""

    intro: Statement | None = None
    """A sentence before the steps."""
    steps: Annotated[tuple[Statement, ...], Field(min_length=2, max_length=9)]
    """One action in each step."""


class DoDont(Block):
    """Two lists side by side: what to do, what not to do."""

    do: Annotated[tuple[Statement, ...], Field(min_length=1, max_length=7)]
    """What helps."""
    dont: Annotated[tuple[Statement, ...], Field(min_length=1, max_length=7)]
    """What to leave. Each begins with "Do not": a cross alone can be missed."""


class Moment(Model):
    """One stretch of time on a timeline."""

    when: Words
    """Its name, such as "Days 1 to 2"."""
    date: Inline | None = None
    """Its real date, such as "{visit.date+1}"."""
    expect: Annotated[tuple[Statement, ...], Field(min_length=1)]
    """What happens then."""


class Timeline(Block):
    """What to expect, moment by moment."""

    intro: Statement | None = None
    """A sentence before the first moment."""
    moments: Annotated[tuple[Moment, ...], Field(min_length=2, max_length=7)]
    """From first to last."""


class Checklist(Block):
    """A list to tick with a pen."""

    intro: Statement | None = None
    """A sentence before the list."""
    answers: Literal["tick", "yes-no"] = "tick"
    """One box an item, or a yes and a no."""
    items: Annotated[tuple[Statement, ...], Field(min_length=2, max_length=12)]
    """What is ticked."""


class Help(Model):
    """When to get one kind of help: what to do, and the signs."""

    action: Statement
    """What to do, with the phone number."""
    signs: Annotated[tuple[Statement, ...], Field(max_length=7)] = ()
    """The signs, one each; a short warning has them in its action."""
    after_hours: Statement | None = None
    """Who to call when the clinic is closed."""


class WarningBlock(Block):
    """When to call, and when to get emergency help."""

    call: Help | None = None
    """Call the clinic."""
    emergency: Help | None = None
    """Get emergency help."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.call is None and self.emergency is None:
            raise PydanticCustomError("warning", 'needs "call", "emergency" or both')
        return self


class Question(Model):
    """A question patients ask, and its answer."""

    ask: Words
    """The question in a patient's words."""
    answer: Annotated[tuple[Statement, ...], Field(min_length=1)]
    """The answer, sentence by sentence."""


class Faq(Block):
    """Common questions."""

    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=9)]
    """The questions with their answers."""


class Table(Block):
    """A simple table. The first cell of each row is its head; an empty cell (`null`) is for a pen."""

    intro: Statement | None = None
    """A sentence before the table."""
    columns: Annotated[tuple[Words, ...], Field(min_length=2, max_length=5)]
    """The heads of the columns."""
    rows: Annotated[tuple[tuple[Statement | None, ...], ...], Field(max_length=12)] = ()
    """The rows, cell by cell."""
    blank_rows: Annotated[int, Field(ge=0, le=12)] = 0
    """Further empty rows, for a pen."""

    @model_validator(mode="after")
    def _rows_fit(self) -> Self:
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise PydanticCustomError(
                    "table",
                    "row {number} needs a cell for each of the {columns} columns and has {cells}",
                    {
                        "number": number,
                        "cells": len(row),
                        "columns": len(self.columns),
                        "at": ("rows", number - 1),
                        "hint": "an empty cell is `null`",
                    },
                )
        if not self.rows and not self.blank_rows:
            raise PydanticCustomError("table", "has no rows")
        return self


class Term(Model):
    """A word and what it means."""

    term: Words
    """The word."""
    meaning: Statement
    """What it means, in plain words."""


class Glossary(Block):
    """Words to know."""

    terms: Annotated[tuple[Term, ...], Field(min_length=1, max_length=12)]
    """The words, in the order a reader meets them."""


class Questions(Block):
    """Room for the patient's own questions, and some that others ask."""

    suggested: Annotated[tuple[Statement, ...], Field(max_length=9)] = ()
    """Questions worth asking."""
    lines: Annotated[int, Field(ge=0, le=20)] = 3
    """Empty lines for a pen."""


class Appointment(Block):
    """The next visit: date and time, or lines to write them on, and how to change it."""

    text: tuple[Statement, ...] = ()
    """Sentences before the date and time."""


class Patient(Block):
    """Whose sheet this is."""

    fields: Annotated[tuple[Literal["name", "reference", "clinician", "visit"], ...], Field(min_length=1)] = (
        "name",
        "reference",
        "clinician",
        "visit",
    )
    """What is asked for."""


class Notes(Block):
    """Room for a pen, and for the clinician's own note."""

    lines: Annotated[int, Field(ge=1, le=30)] = 4
    """Empty lines."""


class Figure(Block):
    """A picture that teaches."""

    image: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """An SVG, PNG or JPEG file beside the sheet."""
    alt: Annotated[str, StringConstraints(min_length=1, max_length=400), Unmarked]
    """What the picture shows, for somebody who cannot see it."""
    caption: Statement
    """The sentence under the picture."""
    panels: Annotated[int, Field(ge=1, le=6)] = 1
    """How many panels of one width stand side by side in an SVG; large print sets 4 or 6 in two rows."""
    size: Literal["wide", "small"] = "wide"
    """Over the full width, or small with its words beside it."""
    legend: Annotated[tuple[Statement, ...], Field(max_length=6)] = ()
    """What each number in the picture is, from 1 on. A picture has no words of its own: these can be
    translated, grow with large print, and are read out."""


class Sources(Block):
    """Where the statements come from. The list is made from the sheet's own evidence."""

    code: bool = True
    """Whether the clinic's QR code for this sheet stands beside it."""
