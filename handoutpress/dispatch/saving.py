"""Copies into files, each with its record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoutpress.delivery.files import write_whole
from handoutpress.delivery.ledger import Ledger
from handoutpress.dispatch.recording import delivery_of, recorded

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
        for copy, contents in files:
            with recorded(ledger, [copy], delivery_of(wish, "file")) as ending:
                for path, data in contents.items():
                    write_whole(path, data)
                ending.outcome = SAVED_DRAFT if wish.draft else SAVED
            yield from contents


def save_message(path: Path, content: bytes, ledger: Ledger, copies: Sequence[Copy], wish: Wish) -> None:
    """Write a message for another mail program to send, and record its sheets. Raises ``HandoutError``."""
    with recorded(ledger, copies, delivery_of(wish, "email file")) as ending:
        write_whole(path, content)
        ending.outcome = WRITTEN
