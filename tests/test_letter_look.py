"""The message as a mail program shows it: in a real browser, light and dark, on a computer and on a phone."""

from __future__ import annotations

import shutil
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any, Literal

import pytest

from handoutpress.dispatch.emailing import read_post, write_message
from handoutpress.places import Places, shipped_folder
from handoutpress.reading.addresses import read_address
from handoutpress.reading.colour import AA_TEXT, Colour
from tests.browser import screenshot
from tests.conftest import CLINICS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PIL import Image

    from handoutpress.wish import Copy

MAIL = "\nmail: {host: localhost, security: none, from: handouts@example.org, preference: not-required}\n"
SIZES = ((680, 1150), (500, 1300))
"""The narrow one is the least that headless Chromium makes a window."""


@pytest.fixture(scope="module", params=CLINICS)
def message(
    request: pytest.FixtureRequest, shipped: Callable[..., Copy], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return the HTML part of a clinic's message, read back from its bytes, as a file."""
    folder = tmp_path_factory.mktemp(request.param)
    clinic = folder / "clinic"
    shutil.copytree(shipped_folder() / "clinics" / request.param, clinic)
    with (clinic / "clinic.yaml").open("a", encoding="utf-8") as file:
        file.write(MAIL)
    post = read_post(Places(clinic, shipped_folder()), "en")
    copy = shipped("microneedling-aftercare", request.param)
    built = write_message([copy], post, read_address("patient@example.org"), "a password (example)")
    part = message_from_bytes(built.content, policy=policy.default).get_body(("html",))
    assert part
    page = folder / "message.html"
    page.write_text(part.get_content(), encoding="utf-8")
    return page


def colours(picture: Image.Image) -> dict[Colour, int]:
    """How many pixels have each colour."""
    found: Any = picture.getcolors(1 << 24)
    return {Colour(*channels): count for count, channels in found}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_message_looks_right_in_a_browser(message: Path, scheme: Literal["light", "dark"]) -> None:
    for width, height in SIZES:
        picture = screenshot(message, message.parent, scheme, width, height)
        assert picture.size == (width, height)
        shown = colours(picture)
        card = max(shown, key=lambda colour: shown[colour])
        assert (card.luminance > 0.8) == (scheme == "light"), card
        assert (card.luminance < 0.05) == (scheme == "dark"), card
        # Words, sharp against what they stand on.
        assert max(card.contrast(ink) for ink, count in shown.items() if count > 20) > 2 * AA_TEXT
        # Nothing reaches the sides: below the coloured bar, no words stand in the outermost pixels.
        for x in (0, width - 2):
            edge = colours(picture.crop((x, 60, x + 2, height)))
            assert len(edge) <= 2, (width, x, edge)
