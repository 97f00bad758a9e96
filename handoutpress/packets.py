"""Packets and booklets: several sheets as one PDF, and pages laid out to be folded.

The same way through as one sheet's in ``press``: everything that is wrong with any sheet is told at once,
and a draft prints what the editor stops.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from handoutpress.composing.packet import compose_packet
from handoutpress.errors import Problem, ProblemsFound
from handoutpress.press import alone, compose_sheets, finish_copy
from handoutpress.typesetting.booklet import impose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handoutpress.composing.document import Composition, Look
    from handoutpress.composing.job import Job
    from handoutpress.places import Places
    from handoutpress.press import Composer
    from handoutpress.wish import Copy, Wish

PACKET = "packet"
"""The name of a packet among copies."""

FOLDING = "Print the booklet on both sides, flipped on the short edge, then fold it in the middle."


def make_packet(
    names: Sequence[str], places: Places, wish: Wish, *, duplex: bool = False, booklet: bool = False
) -> Copy:
    """Make one PDF of several sheets, in the order named; a name given twice is taken once.

    With ``duplex`` each sheet begins on a right-hand page; with ``booklet`` the pages are laid out on half
    of the paper and placed in saddle order. Raises ``ProblemsFound`` with what is wrong with any of them.
    """

    def together(jobs: Sequence[Job], look: Look, epoch: str | None) -> Composition:
        return compose_packet(jobs, look, places, epoch, duplex=duplex)

    return _made(PACKET, tuple(dict.fromkeys(names)), places, wish, together, booklet=booklet)


def make_booklet(name: str, places: Places, wish: Wish) -> Copy:
    """Make one sheet as a booklet; raises ``ProblemsFound`` for whatever stops it.

    ``pages`` of a booklet counts the pages that are read; two of them stand on each side of the paper.
    """
    return _made(name, (name,), places, wish, alone(places), booklet=True)


def _made(
    name: str, sheets: Sequence[str], places: Places, wish: Wish, composer: Composer, *, booklet: bool
) -> Copy:
    if not sheets:
        raise ProblemsFound([Problem("a packet needs at least one sheet", hint="`list` shows what there is")])
    composed = compose_sheets(sheets, places, wish, composer, folded=booklet)
    copy = finish_copy(name, composed, [impose] if booklet else [])
    return replace(copy, remarks=(FOLDING, *copy.remarks)) if booklet else copy
