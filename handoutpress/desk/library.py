"""The sheets as staff look for them: by title, topic, when they are given, and language."""

from __future__ import annotations

import datetime as dt
import json
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from handoutpress.delivery.records import counted
from handoutpress.errors import HandoutError
from handoutpress.places import state_of
from handoutpress.reading.sheet import read_sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from handoutpress.delivery.ledger import Ledger
    from handoutpress.places import Places, SheetFile

_FAVOURITES = "desk favourites"
_USED_DAYS = 90
"""How far back a delivery counts for what is used most."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One sheet in one language, as the list shows it."""

    name: str
    language: str
    title: str
    topic: str
    given: str
    pages: int
    words: str
    """All that a search looks in, without accents and capitals."""
    readable: bool = True
    """False for a sheet whose file is broken: it is listed, and cannot be chosen."""


def languages(places: Places) -> list[str]:
    """Return the languages that any sheet is there in."""
    return sorted({language for _, language in places.sheets()})


def entries(places: Places, language: str) -> list[Entry]:
    """Return the sheets of a language, by topic and then title."""
    found = [_entry(file) for (_, known), file in places.sheets().items() if known == language]
    return sorted(found, key=lambda entry: (entry.topic.casefold(), entry.title.casefold()))


def _entry(file: SheetFile) -> Entry:
    try:
        parts = (file.path, file.changes) if file.changes else (file.path,)
        return _read(file, tuple(state_of(part) for part in parts))
    except (OSError, HandoutError):
        return replace(unknown(file.name, file.language), topic=file.topic, words=_plain(file.name))


def unknown(name: str, language: str) -> Entry:
    """Return what stands for a sheet that is not there in a language, so that it can be taken out again."""
    return Entry(name, language, name, "", "", 0, "", readable=False)


@lru_cache(maxsize=4096)
def _read(file: SheetFile, _states: tuple[tuple[int, ...], ...]) -> Entry:
    """Read a sheet's head once for each state of its file, and of the clinic's changes to it."""
    handout = read_sheet(file).handout
    said = (handout.title, handout.topic, handout.given, *handout.keywords, file.name, file.topic)
    return Entry(
        file.name,
        file.language,
        handout.title,
        handout.topic,
        handout.given,
        handout.pages,
        _plain(" ".join(said)),
    )


def search(known: Iterable[Entry], query: str) -> list[Entry]:
    """Return the sheets that have all words of a query, each perhaps as the beginning of a longer one."""
    wanted = _plain(query).split()
    return [entry for entry in known if all(word in entry.words for word in wanted)]


def _plain(text: str) -> str:
    """Return a text without accents and capitals: nobody types them into a search box."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in apart if not unicodedata.combining(char))


def favourites(ledger: Ledger) -> list[str]:
    """Return the names of the clinic's favourite sheets."""
    kept = ledger.fact(_FAVOURITES)
    return list(json.loads(kept)) if kept else []


def set_favourite(ledger: Ledger, name: str, *, favourite: bool) -> None:
    """Make a sheet one of the clinic's favourites, or not any more."""
    with ledger.change():
        others = [known for known in favourites(ledger) if known != name]
        ledger.set_fact(_FAVOURITES, json.dumps([*others, name] if favourite else others))


def most_used(ledger: Ledger, today: dt.date) -> list[str]:
    """Return the names of the sheets that were delivered of late, the most often first."""
    return list(counted(ledger, today - dt.timedelta(days=_USED_DAYS)))


@dataclass(frozen=True, slots=True)
class Shelf:
    """Sheets under one heading of the list."""

    kind: str
    """``favourites``, ``used`` or ``topic``."""
    topic: str
    entries: Sequence[Entry]


def shelves(
    known: Sequence[Entry], favourite: Sequence[str], used: Sequence[str], most: int = 5
) -> list[Shelf]:
    """Return the list: favourites, then what is used most, then the rest by topic; each sheet once."""
    by_name = {entry.name: entry for entry in known}
    first = [by_name[name] for name in favourite if name in by_name]
    second = [by_name[name] for name in used if name in by_name and name not in favourite][:most]
    found = [Shelf("favourites", "", first), Shelf("used", "", second)]
    above = {entry.name for entry in (*first, *second)}
    topics = dict.fromkeys(entry.topic for entry in known)
    found += [
        Shelf("topic", topic, [one for one in known if one.topic == topic and one.name not in above])
        for topic in topics
    ]
    return [shelf for shelf in found if shelf.entries]
