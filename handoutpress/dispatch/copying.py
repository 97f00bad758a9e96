"""Copies as they are asked for, all made before any is delivered, and what their files are called."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from handoutpress.errors import Problems, ProblemsFound
from handoutpress.places import DEFAULT_LANGUAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from handoutpress.places import Places
    from handoutpress.wish import Copy, Wish


def make_copies(
    names: Iterable[str],
    places: Places,
    wish: Wish,
    *,
    packet: bool = False,
    duplex: bool = False,
    booklet: bool = False,
    with_html: bool = False,
    tell: Callable[[str], None] | None = None,
) -> list[Copy]:
    """Make a copy of each sheet: a problem in the last leaves no half set.

    With ``packet``, one of all of them, ``duplex`` or not. ``tell`` hears why a copy was laid out in full.
    Raises ``ProblemsFound`` with what is wrong with any sheet.
    """
    if packet:
        from handoutpress.packets import make_packet

        return [make_packet(list(names), places, wish, duplex=duplex, booklet=booklet)]
    make_one = _maker(booklet=booklet, with_html=with_html, tell=tell)
    problems, copies = Problems(), []
    for name in names:
        try:
            copies.append(make_one(name, places, wish))
        except ProblemsFound as found:
            problems.extend(found.problems)
    problems.raise_if_any()
    return copies


def _maker(
    *, booklet: bool, with_html: bool, tell: Callable[[str], None] | None
) -> Callable[[str, Places, Wish], Copy]:
    """Return the way to make a copy: from a plate where that will do."""
    if booklet:
        from handoutpress.packets import make_booklet

        return make_booklet
    if with_html:  # only a full layout has a page of its own to show
        from handoutpress.press import make_copy

        return make_copy
    from handoutpress.plates.copies import copy_sheet

    return partial(copy_sheet, tell=tell)


def file_name(copy: Copy, wish: Wish, *, booklet: bool = False) -> str:
    """Return what a copy's file is called: editions, languages, drafts and booklets are told apart."""
    language = "" if wish.language == DEFAULT_LANGUAGE else f".{wish.language}"
    edition = "" if wish.edition == "standard" else f".{wish.edition}"
    return f"{copy.name}{language}{edition}{'.draft' * wish.draft}{'.booklet' * booklet}.pdf"
