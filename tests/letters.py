"""What the tests of the message share: clinics that send, and a message taken apart."""

from __future__ import annotations

import itertools
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from handoutpress.composing.letter import (
    Enclosed,
    Letter,
    compose_letter,
)
from handoutpress.errors import ProblemsFound
from handoutpress.places import Places, shipped_folder
from handoutpress.reading.clinic import read_clinic
from handoutpress.reading.sheet import read_sheet
from handoutpress.wish import SheetText
from tests.conftest import CLINICS, LANGUAGES, ROOT

if TYPE_CHECKING:
    from pathlib import Path

MAIL = "mail: {host: localhost, security: none, from: handouts@example.org, preference: required}\n"
NAMED = MAIL.replace("}", ", name_the_sheet: true}")
EACH = list(itertools.product(CLINICS, LANGUAGES))
VOID = {"meta", "br"}
BRANDS = ["#ffee00", "#ffffff", "#000000", "#808080", "#ff00ff", "#00ff00", "#0000ff", "#8a0000", "#777700"]


def sample(name: str) -> Places:
    return Places(shipped_folder() / "clinics" / name, shipped_folder())


def sheet_text(places: Places, name: str, language: str = "en") -> SheetText:
    handout = read_sheet(places.sheet(name, language)).handout
    return SheetText(
        name, handout.title, handout.version, handout.dated.isoformat(), language, "0" * 64, "2027-11-23"
    )


def letter(
    places: Places, *pdfs: tuple[str, ...], language: str = "en", pages: int = 2, protected: bool = False
) -> Letter:
    """Compose a letter; each of ``pdfs`` has the names of its sheets."""
    enclosed = [
        Enclosed(tuple(sheet_text(places, name, language) for name in names), pages)
        for names in pdfs or (("microneedling-aftercare",),)
    ]
    clinic = read_clinic(places, language)
    return compose_letter(enclosed, clinic, places, language, protected=protected)


def own(clinic: Path, facts: str = MAIL) -> Places:
    """Return the places of a clinic whose ``clinic.yaml`` has these lines too."""
    path = clinic / "clinic.yaml"
    path.write_text(facts + path.read_text(encoding="utf-8"), encoding="utf-8")
    return Places(clinic, shipped_folder())


def put(places: Places, relative: str, text: str) -> Path:
    path = places.clinic / "templates" / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def changed_words(places: Places, old: str, new: str) -> None:
    text = (ROOT / "templates" / "email" / "en.yaml").read_text(encoding="utf-8")
    assert old in text
    put(places, "email/en.yaml", text.replace(old, new))


def refused(places: Places, language: str = "en") -> str:
    with pytest.raises(ProblemsFound) as found:
        letter(places, language=language)
    return str(found.value)


class Words(HTMLParser):
    """The words of an HTML part, its links, and whether each element is closed in its turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.hrefs: list[str] = []
        self.said: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), "an attribute twice"
        self.hrefs += [value or "" for name, value in attrs if name == "href"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "title"} & set(self.open):
            self.said.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        return " ".join(word for word in self.said if word)


def everything(made: Letter) -> str:
    return "\n".join([made.subject, made.text, made.html, *made.file_names]).lower()
