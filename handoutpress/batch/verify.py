"""``--verify``: some copies of a batch laid out in full, from the clinic's files, and compared."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from handoutpress.press import make_copy
from handoutpress.typesetting.comparing import differing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handoutpress.batch.order import Outcome
    from handoutpress.places import Places


def differences(outcome: Outcome, places: Places) -> Iterator[str]:
    """Yield how the file of one outcome differs from a full layout with the same values."""
    assert outcome.path
    assert outcome.wish
    full = make_copy(outcome.handout, places, outcome.wish)
    try:
        found = list(differing(outcome.path.read_bytes(), full.pdf))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, zlib.error) as error:
        found = [f"it cannot be read back ({type(error).__name__})"]
    yield from found
