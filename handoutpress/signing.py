"""A sign-off on exactly this text: recorded only for a sheet that would print once it is signed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import ValidationError

from handoutpress.delivery.files import write_whole
from handoutpress.errors import Problem, Problems, ProblemsFound
from handoutpress.places import SIGN_OFFS_FILE
from handoutpress.press import compose_copy
from handoutpress.reading.model import plain_message
from handoutpress.reading.signoffs import SignOff, SignOffs, read_sign_offs, sign_offs_text
from handoutpress.typesetting.fonts import named, uncovered

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from handoutpress.places import Places
    from handoutpress.wish import Wish


def sign_sheets(
    names: Sequence[str], places: Places, wish: Wish, by: str, until: dt.date
) -> tuple[Path, list[SignOff]]:
    """Record that ``by`` has read these sheets as they are now; return the file and the new entries.

    Raises ``ProblemsFound`` for a sheet that would not print even when signed: nobody can have read it.
    """
    problems = Problems()
    entries = []
    if until < wish.today:
        problems.add(f"{until.isoformat()} is past", hint="sign until a later day")
    for name in dict.fromkeys(names):
        try:
            composed = compose_copy(name, places, replace(wish, draft=True))
            problems.extend(problem for problem in composed.waived if problem.rule != "sign-off")
            unprintable = uncovered(by, composed.faces)
            problems.extend(
                Problem(f"--by: no font of this clinic covers {named(character)}")
                for character in unprintable
            )
            digest, language = composed.composition.text_hash, composed.job.sheet.handout.language
        except ProblemsFound as found:
            problems.extend(found.problems)
            continue
        try:
            entries.append(
                SignOff(sheet=name, language=language, text=digest, by=by, signed=wish.today, until=until)
            )
        except ValidationError as error:
            problems.extend(Problem(f"--by: {plain_message(wrong)}") for wrong in error.errors())
    problems.raise_if_any()
    before = read_sign_offs(places).sign_offs
    path = places.clinic / SIGN_OFFS_FILE
    write_whole(path, sign_offs_text(SignOffs(sign_offs=(*before, *entries))).encode())
    return path, entries
