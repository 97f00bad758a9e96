"""One copy in a warm process: spliced into the plate, against WeasyPrint and Typst on the same sheet."""

from __future__ import annotations

import html as html_entities
import itertools
import json
import re
import shutil
import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from handoutpress.delivery.files import write_whole
from handoutpress.places import find_places
from handoutpress.plates.copies import find_master
from handoutpress.press import compose_copy
from handoutpress.wish import Wish
from tests.bench.commands import AFTERCARE, ROOT
from tests.bench.figures import Failed, Row, cost, timed, turns
from tests.bench.patients import patient, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from handoutpress.plates.master import Master
    from handoutpress.reading.patient import PatientDetails

_ROUNDS = 15
_OURS, _TYPST = 20, 5
"""Copies in a round: a round's figure is their median."""
_STANDARDS: Any = ["a-3a", "ua-1"]
"""What our copies are, too."""


def spliced(work: Path) -> Iterator[Row]:
    """Yield what a spliced copy costs, its file written, against a naive loop and against Typst.

    Ours is ``Master.copy`` and ``write_whole``, as a batch calls them. Typst is measured twice: with the
    patient's words as ``sys_inputs``, and with them in a file of JSON, which lets it keep more of its work.
    """
    places = find_places()
    master = find_master(AFTERCARE, places, Wish(patient=patient(0)))
    if isinstance(master, str):
        raise Failed(master)
    numbers = itertools.count(1)
    pages = {number: compose_copy(AFTERCARE, places, Wish(patient=patient(number))).composition.html
             for number in range(_ROUNDS)}  # fmt: skip
    folder = work / "warm"
    folder.mkdir()
    waiting = iter(pages.items())
    inputs, file = _typst(folder, master, pages[0])

    def burst(copy: Callable[[int, PatientDetails], object], count: int) -> float:
        chosen = [(number, patient(number)) for number in itertools.islice(numbers, count)]
        return statistics.median(timed(lambda one=one: copy(*one)) for one in chosen)  # type: ignore[misc]

    def naive() -> float:
        number, page = next(waiting)
        return timed(lambda: _naive(page, folder / f"naive-{number}.pdf"))

    ours, theirs, by_inputs, by_file = turns(
        _ROUNDS,
        lambda: burst(lambda number, one: _splice(master, one, folder / f"ours-{number}.pdf"), _OURS),
        naive,
        lambda: burst(inputs, _TYPST),
        lambda: burst(file, _TYPST),
    )
    yield cost("a spliced copy, warm, written / a naive WeasyPrint loop", ours, theirs, 1 / 150)
    yield cost("the same / Typst, warm, told by sys_inputs", ours, by_inputs, 1 / 8)
    yield cost("the same / Typst, warm, told by a file of JSON", ours, by_file, 1 / 8)


def _splice(master: Master, one: PatientDetails, path: Path) -> None:
    copy, in_full = master.copy(one)
    if in_full:
        raise Failed(f"a copy was laid out in full: {in_full}")
    write_whole(path, copy.pdf, durable=False)


def _naive(page: str, path: Path) -> None:
    """Lay out as somebody would who has the HTML of one patient and knows what kind of PDF it must be."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    weasyprint.HTML(string=page).write_pdf(
        path, font_config=FontConfiguration(), pdf_variant="pdf/a-3a", pdf_tags=True
    )


def _typst(folder: Path, master: Master, page: str) -> tuple[Callable[[int, PatientDetails], object], ...]:
    """Return two ways to make a copy of the Typst sheet, each with a compiler that is used again."""
    import typst

    source = _typst_sheet(folder / "typst", page)
    faces = source.parent / "faces"
    faces.mkdir()
    for face in master.faces:
        (faces / face.file).write_bytes(face.data)

    def compiler() -> typst.Compiler:
        return typst.Compiler(source, root=source.parent, font_paths=[faces], ignore_system_fonts=True)

    one_compiler, other_compiler = compiler(), compiler()

    def by_inputs(number: int, one: PatientDetails) -> None:
        told = words(one, master.calendar)
        one_compiler.compile(
            output=folder / f"inputs-{number}.pdf", sys_inputs=told, pdf_standards=_STANDARDS
        )

    def by_file(number: int, one: PatientDetails) -> None:
        told = json.dumps(words(one, master.calendar), ensure_ascii=False)
        (source.parent / "told.json").write_text(told, encoding="utf-8")
        other_compiler.compile(
            output=folder / f"file-{number}.pdf", sys_inputs={"file": "told.json"}, pdf_standards=_STANDARDS
        )

    return by_inputs, by_file


def _typst_sheet(folder: Path, page: str) -> Path:
    """Put the Typst sheet and our sheet's own pictures and icons into a folder."""
    (folder / "icons").mkdir(parents=True)
    source = Path(shutil.copy(Path(__file__).with_name("sheet.typ"), folder))
    pictures = re.findall(r'<img src="data:image/svg\+xml,([^"]*)"', page)
    for name, picture in zip(("logo", "healing", "code"), pictures, strict=True):
        (folder / f"{name}.svg").write_text(unquote(html_entities.unescape(picture)), encoding="utf-8")
    colours = dict(re.findall(r"--([\w-]+): (#\w{6});", page))
    for icon in (ROOT / "styles" / "icons").glob("*.svg"):
        drawn = re.sub(
            r"var\(--([\w-]+)\)", lambda found: colours[found[1]], icon.read_text(encoding="utf-8")
        )
        (folder / "icons" / icon.name).write_text(drawn, encoding="utf-8")
    return source


def editor(_work: Path) -> Iterator[Row]:
    """Yield what reading a sheet's words costs, as a part of composing it, both warm and in one process."""
    from handoutpress.editing.check import check_words
    from handoutpress.errors import Problems
    from handoutpress.press import read_job

    name, places = "microneedling-scar-risk", find_places()
    job = read_job(name, places, Wish(), Problems())
    assert job is not None
    reads, composes = turns(
        _ROUNDS,
        lambda: timed(lambda: list(check_words(job))),
        lambda: timed(lambda: compose_copy(name, places, Wish())),
    )
    # The quickest of each: a part of something, without what disturbed it.
    yield Row("the editor, of composing a sheet", "", "", f"{min(reads) / min(composes):.2f}")
