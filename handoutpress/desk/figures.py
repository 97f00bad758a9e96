"""What is known of a sheet, for the clinic's view: computed once for each state of its files."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from handoutpress.composing.identity import text_hash, words_hash
from handoutpress.composing.signoff import lapsed, standing
from handoutpress.editing.report import report
from handoutpress.editing.standing import staff_remarks
from handoutpress.errors import HandoutError, Problem, Problems, ProblemsFound
from handoutpress.places import KINDS, files_below, still
from handoutpress.press import compose_copy, read_job
from handoutpress.reading.sheet import read_sheet
from handoutpress.wish import Wish

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from handoutpress.composing.job import Job
    from handoutpress.places import Places, SheetFile
    from handoutpress.reading.handout import Handout
    from handoutpress.reading.signoffs import SignOff

State = tuple[object, ...]
_MOST = 2000
_LOCK = Lock()
_KNOWN: dict[tuple[Path, Path, str, str], tuple[State, Figures]] = {}


@dataclass(frozen=True)
class Figures:
    """One sheet in one language."""

    name: str
    language: str
    handout: Handout | None = None
    """None for a sheet that cannot be read."""
    job: Job | None = None
    """None where anything that it needs cannot be read."""
    problems: tuple[Problem, ...] = ()
    """What stops it."""
    scores: tuple[tuple[str, float | None], ...] = ()
    """Its reading grades by formula; None where it is too short."""
    statements: int = 0
    references: tuple[str, ...] = ()
    """What its statements rest on: claims and facts."""
    sources: tuple[str, ...] = ()
    signed: SignOff | None = None
    """The sign-off that holds."""
    lapsed: str = ""
    """Why the latest one does not."""
    remarks: tuple[str, ...] = ()
    translation: str = ""
    """``unchecked``, ``changed`` since it was checked, ``checked``; "" for an original."""

    @property
    def title(self) -> str:
        """The sheet's title, or its name where it cannot be read."""
        return self.handout.title if self.handout else self.name

    def is_overdue(self, today: dt.date) -> bool:
        """Whether its review is past."""
        return self.handout is not None and self.handout.review_by < today


def figures_of_topic(places: Places, topic: str) -> list[Figures]:
    """Return what is known of each sheet of a topic, by title, a sheet's languages together."""
    places = still(places)
    files = [file for file in places.sheets().values() if file.topic == topic]
    state = _state(places, topic)
    found = [_figures(places, file, state) for file in files]
    titles: dict[str, str] = {}
    for each in found:
        titles.setdefault(each.name, each.title.casefold())
    return sorted(found, key=lambda each: (titles[each.name], each.name, each.language))


def figures_of(places: Places, file: SheetFile) -> Figures:
    """Return what is known of one sheet."""
    return _figures(still(places), file, _state(places, file.topic))


def _figures(places: Places, file: SheetFile, state: State) -> Figures:
    key = (places.clinic, places.shipped, file.name, file.language)
    with _LOCK:  # two pages that ask for the same wait for one answer
        known = _KNOWN.get(key)
        if known and known[0] == state:
            return known[1]
        made = _made(places, file)
        if len(_KNOWN) >= _MOST:
            _KNOWN.clear()
        _KNOWN[key] = (state, made)
    return made


def _state(places: Places, topic: str) -> State:
    """Return what a topic's figures are made from: the day, and each file with its time and size."""
    paths = [path for path in sorted(places.clinic.iterdir()) if path.is_file()]
    for root in places.roots:
        for kind in KINDS:
            folder = root / kind / topic if kind == "handouts" else root / kind
            paths += files_below(folder)
    return (Wish().today, *_stamps(paths))


def _stamps(paths: list[Path]) -> Iterator[tuple[str, int, int]]:
    for path in paths:
        try:
            stat = path.stat()
        except OSError:
            continue
        yield str(path), stat.st_mtime_ns, stat.st_size


def _made(places: Places, file: SheetFile) -> Figures:
    wish = Wish(file.language, draft=True)  # what the editor stops has figures all the same
    try:
        composed = compose_copy(file.name, places, wish)
        job, problems, digest = composed.job, composed.waived, composed.composition.text_hash
    except ProblemsFound as found:
        problems = tuple(found.problems)
        read = read_job(file.name, places, wish, Problems())
        if read is None:
            return Figures(file.name, file.language, _handout(file), problems=problems)
        job, digest = read, text_hash(read, places)
    except HandoutError as error:
        return Figures(file.name, file.language, _handout(file), problems=(Problem(str(error)),))
    told = report(job)
    return Figures(
        file.name,
        file.language,
        job.sheet.handout,
        job,
        tuple(dict.fromkeys(problems)),
        tuple(told.grades.scores.items()),
        told.statements,
        (*told.claims, *told.facts),
        told.sources,
        standing(job, digest),
        lapsed(job, digest),
        tuple(staff_remarks(job, digest)),
        _translation(job),
    )


def _handout(file: SheetFile) -> Handout | None:
    """Return the sheet itself where something else cannot be read."""
    try:
        return read_sheet(file).handout
    except HandoutError:
        return None


def _translation(job: Job) -> str:
    translation = job.sheet.handout.translation
    if translation is None:
        return ""
    if translation.checked_by is None:
        return "unchecked"
    return "checked" if translation.checked_text == words_hash(job.sheet.handout) else "changed"
