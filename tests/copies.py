"""What the tests on plates share: patients of many kinds, and what a copy is compared by."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pikepdf
import pypdfium2

from handoutpress.reading.patient import PatientDetails

DPI = 150

# Invented names in many orthographies: nobody's.
NAMES = (
    "Example Patient",
    "Zoë Exemplář",
    "Étienne D’Exemple",
    "Niamh O'Sample-Ó Sampla",
    "Łucja Przykładowska",
    "Žofie Příkladová",
    "Þórdís Dæmisdóttir",
    "Örnek Işıl İnci",
    "Ngọc Ví Dụ Nguyễn",
    "Ọ̀ṣun Àpẹẹrẹ Ẹ̀bùn",
    "Kaʻiulani Laʻana",
    "Șerban Exemplu Țurcan",
    "Ġorġ Eżempju Ħal",
    "Māra Piemēra-Šķēle",
    "Jürgen Müßterlich",
    "Ærø Eksempel Ødegård",
    "Nuñez Muestra Ibáñez",
    "Gonçalo Exemplão",
    "Αθηνά Παραδείγματος",
    "Ἀριστείδης Ὑπόδειγμα",
    "Пример Примеров",
    "Приклад Їжаченко",
    "Үлгі Қазақова",
    "Пример Ђорђевић",
    "ffi Affluent Fjord",
    "AVATAR To. Wa, Yo.",
    "Mr. (Bob) Sample 3rd",
    "X",
    "i",
    "Matteo Otto-Ritter",
)
LONG = "Wilhelmina Maximiliana von Musterberg-Beispielhausen zu Probestadt"
MIXED = ("Пример Sample", "Sample Παράδειγμα")

VISIT = dt.date(2026, 9, 23)


def patient(number: int) -> PatientDetails:
    """Return one of fifty patients who differ in names, dates, and in what is given."""
    name: str | None
    if number < len(NAMES):
        name = NAMES[number]
    else:
        name = {30: LONG, 31: MIXED[0], 32: MIXED[1], 33: None, 34: None}.get(number, f"Example {number}")
    visit = VISIT + dt.timedelta(days=number * 9)
    bare = number >= 40
    return PatientDetails(
        name=name,
        reference=None if bare and number % 2 else f"EX-{number:04}",
        clinician=None
        if bare and number % 3 == 0
        else ("Dr Exämple", "Example Clinician", "R.N. Sample")[number % 3],
        visit=None if number % 7 == 6 else visit,
        appointment=None if number % 11 == 10 else visit + dt.timedelta(days=28 + number),
        appointment_time=None
        if number % 5 == 4 or number % 11 == 10
        else dt.time(8 + number % 10, number % 4 * 15),
        note=(None, "Use the gel twice a day.", "First line of an example.\nAnd a second one.")[number % 3]
        if number % 4 == 3
        else None,
    )


def pixels(pdf: bytes) -> list[bytes]:
    """Return each page drawn at 150 dpi."""
    pages = pypdfium2.PdfDocument(pdf)
    return [page.render(scale=DPI / 72).to_pil().tobytes() for page in pages]


def words(pdf: bytes) -> list[str]:
    """Return each page's text."""
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf)]


def tags(pdf: bytes) -> Any:
    """Return the tag tree: each element's type, attributes, alternative text, and its marked content."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        pages: dict[Any, int] = {page.objgen: number for number, page in enumerate(document.pages)}

        def plain(value: Any) -> Any:
            if isinstance(value, pikepdf.Dictionary):
                if value.objgen in pages:
                    return f"page {pages[value.objgen]}"
                kept = {str(key): inner for key, inner in value.items() if key not in ("/P", "/ParentTree")}
                return {key: plain(inner) for key, inner in kept.items()}
            if isinstance(value, pikepdf.Array):
                return [plain(inner) for inner in value]
            return str(value)

        return plain(document.Root.StructTreeRoot)


def properties(pdf: bytes) -> Any:
    """Return the document's metadata, outline and what its catalog says."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        info = {str(key): str(value) for key, value in document.docinfo.items()}
        packet = document.Root.Metadata.read_bytes()
        with document.open_outline() as outline:
            heads = [(item.title, [below.title for below in item.children]) for item in outline.root]
        catalog = {key: str(document.Root[key]) for key in ("/Lang", "/MarkInfo", "/ViewerPreferences")}
        return info, packet, heads, catalog
