"""What `check` would say of a clinic's facts that are not in their file yet, field by field."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from handoutpress.editing.references import check_answers, check_topics
from handoutpress.errors import Problem, Problems, ProblemsFound
from handoutpress.places import BRAND_FILE, CLINIC_FILE, Places, inside
from handoutpress.reading.channels import Mail, Printer
from handoutpress.reading.clinic import ClinicFacts, read_clinic
from handoutpress.reading.topic import topics_of
from handoutpress.reading.yamlreader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handoutpress.reading.clinic import Clinic
    from handoutpress.reading.model import Model
    from handoutpress.reading.yamlfile import Loc, YamlFile

FieldProblem = tuple["Loc", Problem]
"""A problem and the key path of its field; () for none."""


def check_facts(places: Places, name: str, text: str, language: str | None) -> tuple[Any, list[FieldProblem]]:
    """Return what a new text of the file ``name`` says to our own readers, and all that is wrong with it.

    ``language`` is that of its words, None for ``clinic.yaml``. What cannot be read says None.
    """
    real = places.clinic.resolve()
    problems = Problems()
    file: YamlFile | None = None
    with tempfile.TemporaryDirectory() as folder:
        tried = Places(Path(folder).resolve(), places.shipped)
        (tried.clinic / CLINIC_FILE).write_bytes(inside(places.clinic, CLINIC_FILE).read_bytes())
        (tried.clinic / name).write_bytes(text.encode())
        (tried.clinic / BRAND_FILE).write_text("{}\n", encoding="utf-8")  # the brand is not in question
        try:
            file = read_yaml(tried.clinic / name)
            clinic = read_clinic(tried, language)
            problems.extend(_wrong_answers(clinic, places))
        except ProblemsFound as found:
            problems.extend(found.problems)
    told = [(_field(problem, file), moved(problem, tried.clinic, real)) for problem in problems.found]
    return file.data if file else None, told


def order_of_keys(places: Places, model: type[Model]) -> dict[Loc, list[str]]:
    """Return the order of the keys in each mapping of a clinic's file: the models' and the topics' own."""
    models: dict[Loc, type[Model]] = {(): model, ("mail",): Mail, ("printer",): Printer}
    order = {
        loc: [info.alias or name for name, info in each.model_fields.items()] for loc, each in models.items()
    }
    try:
        order |= {("protocol", topic): list(each.slots) for topic, each in topics_of(places).items()}
    except ProblemsFound:
        return order  # told where the answers are checked
    return order


def moved(problem: Problem, folder: Path, to: Path) -> Problem:
    """Return a problem that was found in a copy of a folder as one of the folder itself."""
    place = problem.place
    if place is None or not place.file.is_relative_to(folder):
        return problem
    return replace(problem, place=replace(place, file=to / place.file.relative_to(folder)))


def _wrong_answers(clinic: Clinic, places: Places) -> Iterator[Problem]:
    yield from check_topics(clinic, places)
    for topic, protocol in topics_of(places).items():
        yield from check_answers(clinic, topic, protocol)


def _field(problem: Problem, file: YamlFile | None) -> Loc:
    """Return the field that a problem stands in: the last one that begins before it or there."""
    place = problem.place
    if file is None or place is None or place.file != file.path or not place.line:
        return ()
    starts = [
        ((span.line + 1, span.column + 1), loc)
        for spans in (file.keys, file.values)
        for loc, span in spans.items()
        if (span.line + 1, span.column + 1) <= (place.line, place.column)
    ]
    _, found = max(starts, key=lambda start: (start[0], len(start[1])), default=((), ()))
    field = tuple(takewhile(lambda step: isinstance(step, str), found))
    missing = re.match(r'"([a-z_]+)" is missing', problem.message)
    if not missing:
        return field
    # What is missing is told where its mapping begins, and the file begins with the first of its fields.
    name = missing[1]
    top = ClinicFacts.model_fields.get(name)
    return (name,) if top and top.is_required() and name not in file.data else (*field, name)
