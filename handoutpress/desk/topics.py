"""The topics of the library: what each is called, and what it asks of a clinic."""

from __future__ import annotations

from handoutpress.desk import library
from handoutpress.places import DEFAULT_LANGUAGE, PROTOCOL_FILE, Places, still
from handoutpress.reading.protocol import Protocol, read_protocol


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


def protocol_in(places: Places, topic: str, language: str) -> tuple[Protocol, str]:
    """Return what a topic asks, and the language it asks in: this one where it has words in it.

    Raises ``ProblemsFound``.
    """
    path = places.find("handouts", f"{topic}/{PROTOCOL_FILE}")
    tags = () if language == DEFAULT_LANGUAGE else dict.fromkeys((language, language.partition("-")[0]))
    names = (PROTOCOL_FILE.replace(".yaml", f".{tag}.yaml") for tag in tags)
    words = next((found for name in names if (found := places.find("handouts", f"{topic}/{name}"))), None)
    return read_protocol(path, words), language if words else DEFAULT_LANGUAGE
