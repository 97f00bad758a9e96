"""One copy, the quickest exact way: from a plate that is kept, from one made now, or laid out in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoutpress.plates.store import keep, load, master_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from handoutpress.places import Places
    from handoutpress.plates.master import Master
    from handoutpress.wish import Copy, Wish


def find_master(name: str, places: Places, wish: Wish) -> Master | str:
    """Return the master for a wish, made and kept if it is the first of its kind, or why there is none.

    Raises ``ProblemsFound`` for whatever stops the print.
    """
    key = master_key("sheet", (name,), places, wish)
    master = load(key)
    if master is None:
        from handoutpress.plates.making import NoMaster, make_master

        try:
            master = make_master(key, name, places, wish)
        except NoMaster as none:
            return str(none)
        keep(master)
    return master


def copy_sheet(name: str, places: Places, wish: Wish, tell: Callable[[str], None] | None = None) -> Copy:
    """Make one copy; raises ``ProblemsFound`` for whatever stops it, and then nothing was made.

    ``tell`` hears why a copy had to be laid out in full.
    """
    found: Master | str = "a draft is always laid out" if wish.draft else find_master(name, places, wish)
    if isinstance(found, str):
        from handoutpress.press import make_copy

        copy, why = make_copy(name, places, wish), found
    else:
        copy, why = found.copy(wish.patient)
    if why and tell:
        tell(f"{name}: laid out in full: {why}")
    return copy
