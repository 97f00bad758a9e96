"""A table of patients as CSV, a row for each copy: streamed, a million rows in the memory of ten.

What is wrong with the table as a whole (its encoding, its header) stops it before the first row; what is
wrong with one row is handed on in that row's place, and the next is read. The csv module is not used: after
a quote that nobody closed it cannot go back, and all rows below would be lost in one cell.
"""

from __future__ import annotations

import codecs
import io
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from handoutpress.errors import Place, Problem, ProblemsFound, suggestion
from handoutpress.reading.days import quoted
from handoutpress.reading.patient import (
    FIELDS,
    PatientDetails,
    WrongDetails,
    WrongText,
    details_from,
    one_line,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from handoutpress.reading.days import DateOrder

COLUMNS = (*FIELDS, "handout", "language", "edition", "file", "email")
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
LONGEST = {"handout": 80, "language": 80, "edition": 80, "email": 254}
LONGEST_CELL = 10_000
MOST_SCANNED = 1_000_000
"""Characters of one line, and from an opening quote to its closing one: beyond that it was never meant."""
SAVE_ANEW = 'save it as "CSV UTF-8" in the spreadsheet'
NAMED_FIRST = f"the first line names the columns: {', '.join(COLUMNS)}"
DOUBLE = 'a " that belongs to the text is written twice, and the whole cell stands in quotes'


@dataclass(frozen=True, slots=True)
class Row:
    """One row that can be used, and the line of the file where it starts, as an editor counts."""

    line: int
    details: PatientDetails
    handout: str | None = None
    language: str | None = None
    edition: str | None = None
    file: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that cannot be used, and everything that is wrong with it."""

    line: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Record:
    """The cells of one record and where each starts (line, column); ``broken`` says why it has no cells."""

    cells: Sequence[str]
    starts: Sequence[tuple[int, int]]
    broken: str = ""


@dataclass(frozen=True, slots=True)
class _Table:
    """What is known of a table before its rows; ``last`` is the last line of its header."""

    path: Path
    encoding: str
    delimiter: str
    columns: Sequence[str]
    last: int
    order: DateOrder | None


def read_rows(path: Path, order: DateOrder | None = None) -> Iterator[Row | BadRow]:
    """Return an iterator over the rows; raises ``ProblemsFound`` at once where the table itself is wrong.

    ``order`` says how to read dates like 03/04/2026. The file is read twice, once for its encoding alone:
    a wrong byte in the last row is told before the first copy is made.
    """
    try:
        encoding = _encoding(path)
        with path.open(encoding=encoding, newline=None) as file:
            table = _header(path, _Lines(file), encoding, order)
    except OSError as error:
        raise ProblemsFound([Problem(f"cannot be read: {error.strerror or error}", Place(path))]) from None
    return _rows(table)


def _encoding(path: Path) -> str:
    """Return the encoding, once the whole file has been decoded with it; raises ``ProblemsFound``."""
    if not path.is_file():  # a pipe cannot be read twice
        said = "is not a file" if path.exists() else "there is no such file"
        raise ProblemsFound([Problem(said, Place(path))])
    newlines = io.IncrementalNewlineDecoder(None, translate=True)
    with path.open("rb") as file:
        chunk = file.read(2)
        encoding = "utf-16" if chunk in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
        decoder = codecs.getincrementaldecoder(encoding)()
        line, column = 1, 1
        while True:
            try:
                text, wrong = decoder.decode(chunk, final=not chunk), None
            except UnicodeDecodeError as error:
                text, wrong = error.object[: error.start].decode(error.encoding, "replace"), error
            text = newlines.decode(text, final=wrong is not None)
            line += text.count("\n")
            column = len(text) - text.rfind("\n") + (column - 1 if "\n" not in text else 0)
            if wrong is not None:
                byte, named = wrong.object[wrong.start], encoding.removesuffix("-sig").upper()
                said = f"not {named} text: the byte 0x{byte:02X} on line {line}"
                raise ProblemsFound([Problem(said, Place(path, line, column), SAVE_ANEW)])
            if not chunk:
                return encoding
            chunk = file.read(1 << 16)


class _Lines:
    """A file's lines and the number of the last one read; lines can be put back, to be read again."""

    def __init__(self, file: io.TextIOWrapper) -> None:
        self.file, self.number = file, 0
        self.back: deque[str] = deque()

    def next(self) -> str:
        """Return the next line, or "" after the last. Beyond ``MOST_SCANNED`` a line is cut off."""
        if self.back:
            line = self.back.popleft()
        else:
            line = rest = self.file.readline(MOST_SCANNED)
            while len(rest) == MOST_SCANNED and not rest.endswith("\n"):
                rest = self.file.readline(MOST_SCANNED)
        self.number += bool(line)
        return line

    def put_back(self, lines: Sequence[str]) -> None:
        """Let these lines, the last ones read, be read again."""
        self.back.extendleft(reversed(lines))
        self.number -= len(lines)


def _record(lines: _Lines, line: str, delimiter: str) -> _Record:
    """Return the record that starts with this line, the last one read: more lines if a quoted cell has them.

    Where the quotes are wrong, all lines but the first are put back: they may be rows of their own.
    """
    at, cells, starts, further = 0, list[str](), list[tuple[int, int]](), list[str]()
    while True:
        opening = _past_blanks(line, at)
        starts.append((lines.number, opening + 1))
        if line[opening : opening + 1] != '"':
            end = line.find(delimiter, at)
            end = len(line) if end < 0 else end
            cells.append(line[at:end].rstrip("\n"))
        else:
            parts, scanned, at, broken = list[str](), 0, opening + 1, ""
            while (end := _closing(line, at)) < 0 and scanned < MOST_SCANNED and line:
                parts.append(line[at:])
                scanned += len(line)
                line, at = lines.next(), 0
                further += [line] if line else []
            if end < 0:
                broken = "a quote opens here and is never closed"
            cells.append("".join((*parts, line[at:end])).replace('""', '"'))
            end = _past_blanks(line, end + 1)
            if not broken and line[end : end + 1] not in (delimiter, "\n", ""):
                broken = f"the quotes that open here close on line {lines.number}, and text follows them"
            if broken:
                lines.put_back(further)
                return _Record(cells, starts, broken)
        if line[end : end + 1] != delimiter:
            return _Record(cells, starts)
        at = end + 1


def _past_blanks(line: str, at: int) -> int:
    while line[at : at + 1] == " ":
        at += 1
    return at


def _closing(line: str, at: int) -> int:
    """Return where the quote stands that closes a cell, or -1; a doubled one closes nothing."""
    while (at := line.find('"', at)) >= 0 and line[at + 1 : at + 2] == '"':
        at += 2
    return at


def _header(path: Path, lines: _Lines, encoding: str, order: DateOrder | None) -> _Table:
    """Read the header; raises ``ProblemsFound`` with all that is wrong with it."""
    delimiter = ""
    while first := lines.next():
        told = first.rstrip("\n").strip('"')
        if "\x00" in first:
            said = "NUL bytes: this is not a text file, or one in UTF-16 without its mark"
            raise ProblemsFound(
                [Problem(said, Place(path, lines.number, first.index("\x00") + 1), SAVE_ANEW)]
            )
        if lines.number == 1 and told.startswith("sep="):
            delimiter = told[4:]
            if delimiter not in DELIMITERS:
                said = f"{quoted(told)}: cells are parted by commas, semicolons or tabs"
                raise ProblemsFound([Problem(said, Place(path, 1, 5))])
        elif first.strip(" ,;\t\n"):
            delimiter = delimiter or max(DELIMITERS, key=lambda mark: _known(first, mark))
            header = _record(lines, first, delimiter)
            header = replace(header, cells=[" ".join(cell.split()).casefold() for cell in header.cells])
            if problems := _header_problems(path, header):
                raise ProblemsFound(problems)
            return _Table(path, encoding, delimiter, header.cells, lines.number, order)
    raise ProblemsFound([Problem("the file is empty", Place(path), NAMED_FIRST)])


def _known(line: str, delimiter: str) -> tuple[int, int]:
    """Return how well a delimiter parts the header: columns that are known, then cells."""
    cells = [cell.strip().strip('"').strip().casefold() for cell in line.split(delimiter)]
    return len(set(cells) & set(COLUMNS)), len(cells)


def _header_problems(path: Path, header: _Record) -> list[Problem]:
    """Return what is wrong with the header. An unnamed column is not: its cells have to be empty."""
    places = [Place(path, line, column) for line, column in header.starts]
    if header.broken:
        return [Problem(header.broken, places[-1], DOUBLE)]
    if not set(header.cells) & set(COLUMNS):  # perhaps a patient's row: nothing of it is repeated
        return [Problem("the first line names no column that is known", places[0], NAMED_FIRST)]
    problems = []
    for index, (name, place) in enumerate(zip(header.cells, places, strict=True)):
        if name and name not in COLUMNS:
            hint = suggestion(name, list(COLUMNS), "columns")
            problems.append(Problem(f"unknown column {quoted(name)}", place, hint))
        elif name and name in header.cells[:index]:
            problems.append(Problem(f"the column `{name}` stands here a second time", place, "keep one"))
    return problems


def _rows(table: _Table) -> Iterator[Row | BadRow]:
    try:
        with table.path.open(encoding=table.encoding, newline=None) as file:
            lines = _Lines(file)
            while lines.number < table.last:
                lines.next()
            while first := lines.next():
                record = _record(lines, first, table.delimiter)
                if record.broken or any(cell and not cell.isspace() for cell in record.cells):
                    yield _row(table, record)
    except (OSError, UnicodeDecodeError) as error:  # it was whole when we looked
        said = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        raise ProblemsFound([Problem(said, Place(table.path))]) from None


def _row(table: _Table, record: _Record) -> Row | BadRow:
    """Return one record as a row, or all that is wrong with it."""
    problems: list[Problem] = []

    def wrong(index: int, message: str, hint: str = "") -> None:
        problems.append(Problem(message, Place(table.path, *record.starts[index]), hint))

    columns, given = table.columns, dict[str, str]()
    if record.broken:
        wrong(-1, record.broken, DOUBLE)
    elif len(record.cells) != len(columns):
        hint = f"a text that has {DELIMITERS[table.delimiter]} in it stands in quotes"
        wrong(0, f"this row has {len(record.cells)} cells, and the header has {len(columns)}", hint)
    else:
        for index, (column, cell) in enumerate(zip(columns, record.cells, strict=True)):
            named = f'"{column}"' if column else "a column without a name"
            if len(cell) > LONGEST_CELL:
                wrong(index, f"{named}: has {len(cell):,} characters; a cell has {LONGEST_CELL:,} at most")
            elif column:
                given[column] = cell
            elif cell.strip():
                wrong(index, f"{named}: has {quoted(cell)} in it", "name the column in the first line")
    details, others = PatientDetails(), dict[str, str]()
    try:
        details = details_from({name: text for name, text in given.items() if name in FIELDS}, table.order)
    except WrongDetails as error:
        for each in error.wrong:
            wrong(columns.index(each.field), f'"{each.field}": {each.message}', each.hint)
    for name, text in given.items():
        if name not in FIELDS and text.strip():
            try:  # a file's name is checked where it is used, and must reach there as it stands
                others[name] = text.strip() if name == "file" else one_line(text, LONGEST[name])
            except WrongText as error:
                wrong(columns.index(name), f'"{name}": {error.message}', error.hint)
    line = record.starts[0][0]
    return BadRow(line, tuple(problems)) if problems else Row(line, details, **others)
