"""``--verify``: some copies of a batch laid out in full, from the clinic's files, and compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoutpress.press import make_copy
from handoutpress.typesetting.comparing import differing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handoutpress.batch.run import Outcome
    from handoutpress.places import Places


def differences(outcome: Outcome, places: Places) -> Iterator[str]:
    """Yield how the file of one outcome differs from a full layout with the same values."""
    assert outcome.path
    assert outcome.wish
    full = make_copy(outcome.handout, places, outcome.wish)
    yield from differing(outcome.path.read_bytes(), full.pdf)
