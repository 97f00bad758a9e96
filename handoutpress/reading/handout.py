"""A handout: a title, a few facts and a list of blocks."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from handoutpress.reading.entry import BlockEntry
from handoutpress.reading.inline import Inline
from handoutpress.reading.model import Model
from handoutpress.reading.statement import Language, Words

Version = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+){0,2}$")]


class Code(Model):
    """A code of what the sheet is about, for hospital systems."""

    system: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
    """The code system's address, such as http://snomed.info/sct."""
    code: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    """The code."""
    display: Words
    """What the code says."""


class Translation(Model):
    """What a sheet is a translation of, and whether somebody qualified has checked it."""

    of: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    """The original's words as they were: `show NAME` prints their hash. Another one means: look again."""
    checked_by: Words | None = None
    """The qualified translator who checked it, and when. Without one, staff are told so."""
    checked_text: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")] | None = None
    """The translation's own words as they were checked: `show NAME --language LANG` prints their hash."""


class Handout(Model):
    """One sheet as written."""

    title: Words
    """What the sheet is about, in a patient's words."""
    topic: Words
    """The topic, over the title."""
    summary: Inline
    """The one main message, in one or two short sentences."""
    given: Words
    """When it is handed out, such as "on the day of treatment"."""
    audience: Words = "patients"
    """Who reads it."""
    language: Language = "en"
    """The language of the text, such as en or es."""
    version: Version
    """The version of the text, such as "1.0"; raise it with every change of the words."""
    dated: date
    """The day of this version."""
    review_by: date
    """The day by which the text must be looked at again."""
    pages: Annotated[int, Field(ge=1, le=8)]
    """How many pages the sheet has in its standard edition."""
    keywords: tuple[Words, ...] = ()
    """Words to search by."""
    codes: tuple[Code, ...] = ()
    """Codes of what it is about."""
    translation: Translation | None = None
    """For a sheet in another language: what it translates."""
    blocks: Annotated[tuple[BlockEntry, ...], Field(min_length=1)]
    """The blocks from top to bottom."""

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        if self.review_by <= self.dated:
            raise PydanticCustomError("dates", "must be after dated", {"at": ("review_by",), "named": True})
        return self
