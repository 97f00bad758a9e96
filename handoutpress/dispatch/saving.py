"""Copies into files, each with its record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoutpress.delivery.files import write_whole
from handoutpress.delivery.ledger import Ledger
from handoutpress.delivery.locking import OWNERS_ONLY
from handoutpress.delivery.tidying import tidy
from handoutpress.dispatch.recording import delivery_of, recorded
from handoutpress.errors import HandoutError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from handoutpress.places import Places
    from handoutpress.wish import Copy, Wish

SAVED, SAVED_DRAFT, WRITTEN = "saved", "saved as a draft", "written"


def save_copies(
    files: Sequence[tuple[Copy, Mapping[Path, bytes]]], places: Places, wish: Wish
) -> Iterator[Path]:
    """Write each copy's files, whole or not at all, and record it; yield the paths as they are written.

    Raises ``HandoutError`` where a file or its record cannot be written; no copy is written unrecorded.
    """
    with Ledger.open(places.clinic) as ledger:
        tidy(ledger)
        for copy, contents in files:
            with recorded(ledger, [copy], delivery_of(wish, "file")) as ending:
                _write_all(contents)
                ending.outcome = SAVED_DRAFT if wish.draft else SAVED
            yield from contents


def hand_over(copies: Sequence[Copy], places: Places, wish: Wish) -> None:
    """Record copies that are given to a browser, which writes the files itself. Raises ``HandoutError``."""
    with (
        Ledger.open(places.clinic) as ledger,
        recorded(ledger, copies, delivery_of(wish, "file")) as ending,
    ):
        ending.outcome = SAVED


def _write_all(contents: Mapping[Path, bytes]) -> None:
    """Write a copy's files, the copy itself last: where one cannot be written, none is left behind."""
    new: list[Path] = []
    try:
        for path, data in reversed(list(contents.items())):
            was_there = path.exists()
            write_whole(path, data)
            new += [] if was_there else [path]
    except HandoutError:
        for path in new:
            path.unlink(missing_ok=True)
        raise


def save_message(path: Path, content: bytes, ledger: Ledger, copies: Sequence[Copy], wish: Wish) -> None:
    """Write a message for another mail program to send, and record its sheets. Raises ``HandoutError``."""
    with recorded(ledger, copies, delivery_of(wish, "email file")) as ending:
        write_whole(path, content, mode=OWNERS_ONLY)  # it has an address, and what somebody is treated for
        ending.outcome = WRITTEN
