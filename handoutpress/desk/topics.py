"""The topics of the library: what each is called."""

from __future__ import annotations

from handoutpress.desk import library
from handoutpress.places import DEFAULT_LANGUAGE, Places, still


def topic_titles(places: Places, language: str) -> dict[str, tuple[str, str]]:
    """Return each topic's name as its sheets have it, and the language of that, by its folder."""
    places = still(places)
    found: dict[str, tuple[str, str]] = {}
    for tag in dict.fromkeys((language, DEFAULT_LANGUAGE, *library.languages(places))):
        folders = {name: file.topic for (name, known), file in places.sheets().items() if known == tag}
        for entry in library.entries(places, tag):
            if entry.readable:
                found.setdefault(folders[entry.name], (entry.topic, tag))
    rest = {file.topic: (file.topic, "") for file in places.sheets().values()}
    return dict(sorted((rest | found).items(), key=lambda item: item[1][0].casefold()))
