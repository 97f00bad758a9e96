"""Which text is this? What is in a text's hash, so that a change of it ends a sign-off."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from handoutpress.press import compose_copy
from handoutpress.wish import Wish

if TYPE_CHECKING:
    from handoutpress.places import Places


SHEET = "microneedling-aftercare"
TODAY = dt.date(2026, 11, 23)


def _hash(places: Places) -> str:
    copy = compose_copy("every-block", places, Wish(today=TODAY))
    return copy.composition.text_hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # a line moved from "do" to "do not"
        (
            '        - {say: "Ask when in doubt.", from: [P01]}\n      dont:\n',
            '      dont:\n        - {say: "Ask when in doubt.", from: [P01]}\n',
        ),
        ("{visit.date+3}", "{visit.date+30}"),
        ("https://example.org/examples)", "https://example.org/others)"),
        ("topic: A page for the tests", "topic: Another page"),
        ("heading: Over time", "heading: In time"),
    ],
)
def test_where_a_line_stands_and_what_it_points_at_is_text_too(
    all_blocks: Places, old: str, new: str
) -> None:
    before = _hash(all_blocks)
    path = all_blocks.clinic / "handouts" / "test-topic" / "every-block.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert _hash(all_blocks) != before


@pytest.mark.parametrize(
    ("old", "new"),
    [("(555) 555-0100", "(555) 555-0101"), ("Test Clinic (example)", "Test Clinic 2 (example)")],
)
def test_the_clinics_own_facts_are_text_too(all_blocks: Places, old: str, new: str) -> None:
    before = _hash(all_blocks)
    path = all_blocks.clinic / "clinic.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert _hash(all_blocks) != before


def test_the_sources_and_pictures_are_text_too(all_blocks: Places) -> None:
    topic = all_blocks.clinic / "handouts" / "test-topic"
    seen = {_hash(all_blocks)}
    evidence = topic / "evidence.yaml"
    evidence.write_text(evidence.read_text(encoding="utf-8").replace("title: Examples", "title: Others"))
    seen.add(_hash(all_blocks))
    picture = topic / "shapes.svg"
    picture.write_text(picture.read_text(encoding="utf-8").replace("</svg>", "<!-- another --></svg>"))
    seen.add(_hash(all_blocks))
    assert len(seen) == 3
