"""A clinic's facts changed by a program: only what is wished changes, and only to what `check` would take.

A change has three steps, so that a person may look before it counts: ``amend`` makes the new text, and
writes nothing; ``consequences`` tells what else it does; ``keep`` writes it.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from handoutpress.composing.identity import text_hash
from handoutpress.composing.signoff import standing
from handoutpress.delivery.files import write_whole
from handoutpress.editing.facts import check_facts, moved, order_of_keys
from handoutpress.editing.trying import copy_clinic
from handoutpress.errors import HandoutError, Place, Problem, Problems, ProblemsFound
from handoutpress.places import CLINIC_FILE, Places, inside, still
from handoutpress.press import compose_copy, read_job
from handoutpress.reading.clinic import ClinicFacts, ClinicWords
from handoutpress.reading.yamlediting import edited, with_value
from handoutpress.reading.yamlreader import read_yaml
from handoutpress.wish import Wish

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from handoutpress.editing.facts import FieldProblem
    from handoutpress.reading.signoffs import SignOff
    from handoutpress.reading.yamlediting import Value
    from handoutpress.reading.yamlfile import Loc

_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,79}")
_NOT_IN_A_LINE = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode's categories of controls, halves of characters, and ends of lines and paragraphs."""
_KEEPING = Lock()


@dataclass(frozen=True)
class Amendment:
    """A file as it would be."""

    path: Path
    """``clinic.yaml``, or ``clinic.es.yaml`` and the like for another language's words."""
    text: str
    """The whole new file."""
    changed: tuple[Loc, ...]
    """What really changes; empty where there is nothing to do."""
    language: str | None = None
    """The language of the words; None for ``clinic.yaml``."""


@dataclass(frozen=True)
class Consequences:
    """What else an amendment does to the clinic's sheets."""

    ends: tuple[SignOff, ...] = ()
    """The sign-offs that hold now and would hold no more; each names its sheet, its language and a person."""
    stops: tuple[tuple[str, str, Problem], ...] = ()
    """What would newly stop a sheet: its name, its language, the problem."""


class NotAmended(ProblemsFound):
    """What is wrong with an amendment, each problem also with the field that it is about."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__(problem for _, problem in problems)
        self.fields: dict[Loc, tuple[Problem, ...]] = {}
        """The problems by key path; under ``()`` those of no field, as of the file itself."""
        for problem in self.problems:
            for loc in dict.fromkeys(loc for loc, told in problems if told == problem):
                self.fields[loc] = (*self.fields.get(loc, ()), problem)


def amended_file(places: Places, language: str | None = None) -> Path:
    """Return the file with a clinic's facts, or with its words in another language; it may not be there yet.

    Raises ``ProblemsFound`` for what is no language, and for a ``clinic.yaml`` that cannot be read.
    """
    return inside(places.clinic, _file_name(_foreign(places, language)))


def state_of(path: Path) -> str:
    """Return a hash of a file as it stands, empty where there is none; raises ``HandoutError``.

    A form carries it to ``amend`` and ``keep``, so that two people do not overwrite each other's changes.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise HandoutError(f"{path} cannot be read: {error.strerror or error}.") from None


def amend(places: Places, changes: Mapping[Loc, Value], seen: str, language: str | None = None) -> Amendment:
    """Return what a file becomes with these changes; nothing is written.

    A change is a text, the lines of a list, or None for a key that is to go, as it does with an empty list.
    Spaces around a text do not count. ``seen`` is the file's state when a person looked at it.
    Raises ``NotAmended`` with everything that is wrong; another ``ProblemsFound`` where the file cannot be
    read as it is; ``HandoutError`` where it is written so that a program cannot change it.
    """
    foreign = _foreign(places, language)
    path = inside(places.clinic, _file_name(foreign))
    is_new = foreign is not None and not path.is_file()
    data = {} if is_new else read_yaml(path).data
    text = "" if is_new else path.read_bytes().decode()
    problems: list[FieldProblem] = [] if state_of(path) == seen else [((), _changed_meanwhile(path))]
    order = order_of_keys(places, ClinicWords if foreign else ClinicFacts)
    changed = []
    for loc, given in changes.items():
        value = _trimmed(given)
        wrong = [Problem(message, Place(path)) for message in _unwritable(loc, value)]
        problems += [(loc, problem) for problem in wrong]
        if not wrong and _differs(data, loc, value):
            text = edited(text, loc, value, order)
            data = with_value(data, loc, value)
            changed.append(loc)
    if text:
        said, found = check_facts(places, _file_name(foreign), text, foreign)
        if said is not None and said != data:
            raise HandoutError(f"{path.name} would not say what is wished. Nothing was changed.")
        problems += found
    if problems:
        raise NotAmended(problems)
    return Amendment(path, text, tuple(changed), foreign)


def consequences(places: Places, amendment: Amendment) -> Consequences:
    """Return what else an amendment does, found by trying it on a copy of what its sheets are made of."""
    real = places.clinic.resolve()
    ends, stops = [], []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder).resolve() / real.name
        copy_clinic(real, copy)
        tried = still(Places(copy, places.shipped))
        wanted = tried.sheets() if amendment.changed else {}
        sheets = [key for key in wanted if amendment.language in (None, key[1])]
        before = {key: _state(*key, tried) for key in sheets}
        write_whole(copy / amendment.path.relative_to(real), amendment.text.encode(), durable=False)
        for name, language in sheets:
            was, held = before[name, language]
            now, holds = _state(name, language, tried)
            known = {_without_line(problem) for problem in was}
            new = [problem for problem in now if _without_line(problem) not in known]
            stops += [(name, language, moved(problem, copy, real)) for problem in new]
            if held and not holds:
                ends.append(held)
    return Consequences(tuple(ends), tuple(stops))


def keep(amendment: Amendment, seen: str) -> None:
    """Write an amendment; raises ``ProblemsFound`` where the file is no longer as it was ``seen``."""
    path = amendment.path
    with _KEEPING:  # of two at the same moment, both would find it as they saw it
        if state_of(path) != seen:
            raise ProblemsFound([_changed_meanwhile(path)])
        if not amendment.changed:
            return
        mode = path.stat().st_mode & 0o777 if seen else 0o666
        write_whole(path, amendment.text.encode(), mode=mode)
        if seen:
            path.chmod(mode)  # this process's mask may have taken some


def _foreign(places: Places, language: str | None) -> str | None:
    """Return a language that is not the clinic's own, so that its words have a file of their own."""
    if language is None:
        return None
    if not _LANGUAGE.fullmatch(language):
        raise ProblemsFound([Problem(f"`{language}` is not a language", hint="like es or en-GB")])
    facts = read_yaml(inside(places.clinic, CLINIC_FILE)).data
    own = str(facts.get("language") or ClinicFacts.model_fields["language"].default)
    return None if language.split("-")[0] == own.split("-")[0] else language


def _file_name(foreign: str | None) -> str:
    return CLINIC_FILE.replace(".yaml", f".{foreign}.yaml") if foreign else CLINIC_FILE


def _changed_meanwhile(path: Path) -> Problem:
    hint = "look at it as it is now, then make your change again"
    return Problem("somebody has changed this file meanwhile", Place(path), hint)


def _trimmed(value: Value) -> Value:
    """Return a value as the models take it."""
    if isinstance(value, tuple):
        return tuple(line.strip() for line in value) or None
    return value and value.strip()


def _unwritable(loc: Loc, value: Value) -> Iterator[str]:
    """Yield what no field can take; the rest is for the models to say."""
    if not loc or not all(isinstance(step, str) and _NAME.fullmatch(step) for step in loc):
        yield f"`{'.'.join(map(str, loc))}` is not the name of a field"
    lines = value if isinstance(value, tuple) else (value or "",)
    if any(unicodedata.category(character) in _NOT_IN_A_LINE for line in lines for character in line):
        yield f'"{loc[-1] if loc else ""}": has a line break, or a character that does not print'


def _differs(data: Any, loc: Loc, value: Value) -> bool:
    """Whether a change changes anything; a key with nothing behind it can still go."""
    for step in loc:
        if not isinstance(data, dict) or step not in data:
            return value is not None
        data = data[step]
    if isinstance(data, list):
        data = tuple(line.strip() if isinstance(line, str) else line for line in data)
    return value is None or value != (data.strip() if isinstance(data, str) else data)


def _state(name: str, language: str, places: Places) -> tuple[Sequence[Problem], SignOff | None]:
    """Return what stops a sheet, and the sign-off that holds for it."""
    wish = Wish(language, draft=True)  # what the editor stops has a text all the same
    try:
        composed = compose_copy(name, places, wish)
    except ProblemsFound as found:
        job = read_job(name, places, wish, Problems())
        return found.problems, standing(job, text_hash(job, places)) if job else None
    return composed.waived, standing(composed.job, composed.composition.text_hash)


def _without_line(problem: Problem) -> tuple[str, ...]:
    """Return a problem without its line, which a change further up may move."""
    file = str(problem.place.file) if problem.place else ""
    return (problem.message, file, problem.hint, problem.rule)
