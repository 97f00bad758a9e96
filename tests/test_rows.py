"""Tables of patients: real files in each encoding, and what is wrong with them, in its place."""

from __future__ import annotations

import datetime as dt
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from handoutpress.errors import ProblemsFound
from handoutpress.reading import rows as module
from handoutpress.reading.patient import PatientDetails
from handoutpress.reading.rows import COLUMNS, BadRow, Row, read_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

JOSE = PatientDetails(name="José Example", visit=dt.date(2026, 11, 23))
ANA = PatientDetails(name="Ana, the Example", visit=dt.date(2026, 11, 24))
TABLE = 'name,visit\nJosé Example,2026-11-23\n"Ana, the Example",24.11.2026\n'


def table(folder: Path, content: str | bytes) -> Path:
    path = folder / "rows.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(folder: Path, content: str | bytes) -> list[Row | BadRow]:
    return list(read_rows(table(folder, content)))


def good(folder: Path, content: str | bytes) -> list[tuple[int, PatientDetails]]:
    found = read(folder, content)
    assert [row for row in found if isinstance(row, BadRow)] == []
    return [(row.line, row.details) for row in found if isinstance(row, Row)]


def said(found: Sequence[Row | BadRow]) -> list[tuple[int, list[tuple[int, int, str]]]]:
    """Each bad row's line, and its problems with line and column."""
    return [
        (
            row.line,
            [(each.place.line, each.place.column, each.message) for each in row.problems if each.place],
        )
        for row in found
        if isinstance(row, BadRow)
    ]


def refused(folder: Path, content: str | bytes) -> list[tuple[int, int, str, str]]:
    """What is said of the whole table, before any row is asked for."""
    with pytest.raises(ProblemsFound) as caught:
        read_rows(table(folder, content))
    problems = caught.value.problems
    return [(p.place.line, p.place.column, p.message, p.hint) for p in problems if p.place]


def names(found: Sequence[Row | BadRow]) -> list[str | None]:
    return [row.details.name for row in found if isinstance(row, Row)]


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("last", [True, False])
    def test_reads(self, tmp_path: Path, encoding: str, end: str, last: bool) -> None:
        text = TABLE if last else TABLE.rstrip("\n")
        assert good(tmp_path, text.replace("\n", end).encode(encoding)) == [(2, JOSE), (3, ANA)]

    @pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
    def test_utf_16_of_both_kinds(self, tmp_path: Path, mark: bytes) -> None:
        encoding = "utf-16-le" if mark == b"\xff\xfe" else "utf-16-be"
        assert good(tmp_path, mark + TABLE.encode(encoding)) == [(2, JOSE), (3, ANA)]

    @pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
    def test_another_encoding_is_told_before_the_first_row(self, tmp_path: Path, end: bytes) -> None:
        lines = [b"name", *[b"Example Patient"] * 40_000, "José Example".encode("latin-1")]
        (problem,) = refused(tmp_path, end.join(lines))
        assert problem == (
            *(40_002, 4, "not UTF-8 text: the byte 0xE9 on line 40002"),
            'save it as "CSV UTF-8" in the spreadsheet',
        )

    def test_a_character_cut_off_at_the_end(self, tmp_path: Path) -> None:
        assert refused(tmp_path, b"name\nJos\xc3")[0][:3] == (2, 4, "not UTF-8 text: the byte 0xC3 on line 2")
        assert refused(tmp_path, b"name\r\xe9")[0][:2] == (2, 1)
        assert "not UTF-16 text" in refused(tmp_path, "name\nx".encode("utf-16") + b"x")[0][2]

    def test_utf_16_without_its_mark(self, tmp_path: Path) -> None:
        assert "NUL bytes" in refused(tmp_path, "name\nExample\n".encode("utf-16-le"))[0][2]

    def test_a_nul_byte_in_a_row(self, tmp_path: Path) -> None:
        found = read(tmp_path, "name,handout\nExam\x00ple,x\nExample Patient,y\n")
        assert said(found) == [(2, [(2, 1, '"name": has a control character (U+0000)')])]
        assert names(found) == ["Example Patient"]


class TestDelimiters:
    @pytest.mark.parametrize("mark", [",", ";", "\t"])
    def test_told_from_the_header(self, tmp_path: Path, mark: str) -> None:
        content = f'Name {mark} "VISIT"{mark}note\nExample{mark}2026-11-23{mark}"a,b;c\td"\n'
        details = PatientDetails("Example", visit=JOSE.visit, note="a,b;c d")
        assert good(tmp_path, content) == [(2, details)]

    def test_the_rows_do_not_decide(self, tmp_path: Path) -> None:
        assert good(tmp_path, "name;note\nExample;a, b, c, d\n")[0][1].note == "a, b, c, d"
        assert good(tmp_path, "name\nExample; Patient\n")[0][1].name == "Example; Patient"

    @pytest.mark.parametrize("first", ["sep=;", '"sep=;"'])
    def test_excels_first_line(self, tmp_path: Path, first: str) -> None:
        assert good(tmp_path, f"{first}\r\nname;visit\r\nJosé Example;2026-11-23\r\n") == [(3, JOSE)]
        assert good(tmp_path, "sep=\t\nname\tvisit\nJosé Example\t2026-11-23\n") == [(3, JOSE)]
        assert refused(tmp_path, "sep=|\nname|visit\n")[0][:2] == (1, 5)


class TestHeader:
    def test_every_column(self, tmp_path: Path) -> None:
        cells = {
            **{"name": "Example Patient", "reference": "01/02/1990", "clinician": "Dr Example"},
            **{"visit": "23-Nov-2026", "appointment": "2026-12-21 00:00:00", "appointment_time": "2:30 pm"},
            **{"note": "=1+1", "handout": "example-sheet", "language": "es", "edition": "large-print"},
            **{"file": " 'Ana  1.pdf ", "email": "patient@example.org"},
        }
        assert tuple(cells) == COLUMNS
        content = ",".join(name.upper() for name in cells) + "\n" + ",".join(cells.values()) + "\n"
        details = PatientDetails(
            *("Example Patient", "01/02/1990", "Dr Example", JOSE.visit),
            *(dt.date(2026, 12, 21), dt.time(14, 30), "=1+1"),
        )
        others = ("example-sheet", "es", "large-print", "'Ana  1.pdf", "patient@example.org")
        assert read(tmp_path, content) == [Row(2, details, *others)]

    def test_all_problems_at_once(self, tmp_path: Path) -> None:
        assert refused(tmp_path, "nmae,visit,zzz,Visit\nx,y,z,a\n") == [
            (1, 1, "unknown column `nmae`", 'did you mean "name"?'),
            (1, 12, "unknown column `zzz`", "the columns are: " + ", ".join(sorted(COLUMNS))),
            (1, 16, "the column `visit` stands here a second time", "keep one"),
        ]

    @pytest.mark.parametrize("content", ["", "\ufeff", "\n\r\n", ";;;\n , \n"])
    def test_an_empty_file(self, tmp_path: Path, content: str) -> None:
        assert refused(tmp_path, content)[0][2] == "the file is empty"

    def test_a_table_without_a_header_repeats_nobodys_details(self, tmp_path: Path) -> None:
        path = table(tmp_path, "Example Patient,2026-11-23\n")
        with pytest.raises(ProblemsFound, match="the first line names no column") as caught:
            read_rows(path)
        assert "Example" not in str(caught.value)

    def test_a_column_without_a_name_has_to_be_empty(self, tmp_path: Path) -> None:
        found = read(tmp_path, "name,,\nExample Patient,,\nOther Example,,x\n")
        assert names(found) == ["Example Patient"]
        assert said(found) == [(3, [(3, 16, "a column without a name: has `x` in it")])]

    def test_no_rows(self, tmp_path: Path) -> None:
        assert read(tmp_path, "name,visit\n") == []

    def test_what_is_no_file(self, tmp_path: Path) -> None:
        for path, message in ((tmp_path, "is not a file"), (tmp_path / "no.csv", "there is no such file")):
            with pytest.raises(ProblemsFound, match=message):
                read_rows(path)


class TestRows:
    def test_lines_as_an_editor_counts(self, tmp_path: Path) -> None:
        content = 'name,note\n\nOne,"a\r\nb\rc"\n,\nTwo,"d\n\n"\n\n"Three",e\n'
        found = good(tmp_path, content)
        assert [(line, details.name, details.note) for line, details in found] == [
            (3, "One", "a\nb\nc"),
            (7, "Two", "d"),
            (11, "Three", "e"),
        ]

    def test_a_header_of_two_lines(self, tmp_path: Path) -> None:
        assert refused(tmp_path, 'name,"no\nte"\nx,y\n')[0][:3] == (1, 6, "unknown column `no te`")
        assert good(tmp_path, '\n\n"name\n"\nExample\n') == [(5, PatientDetails("Example"))]

    def test_quotes(self, tmp_path: Path) -> None:
        content = (
            'name,note\n"An ""Example""","",\n'.replace('"",\n', '""\n') + 'Ana, "a, b" \n5" Example,x"y\n'
        )
        found = [(each.name, each.note) for _, each in good(tmp_path, content)]
        assert found == [('An "Example"', None), ("Ana", "a, b"), ('5" Example', 'x"y')]

    @pytest.mark.parametrize("cell", ["=1+1", "+49 555", "-x", "@SUM(A1)", "'=HYPERLINK()", "'0012"])
    def test_a_formula_is_text(self, tmp_path: Path, cell: str) -> None:
        assert good(tmp_path, f"reference\n{cell}\n")[0][1].reference == cell

    def test_all_wrong_cells_of_a_row_and_the_others_go_on(self, tmp_path: Path) -> None:
        content = (
            "name,visit,appointment_time,handout,email\n"
            "First Example,2026-11-23,,a,\n"
            "\u202eSecond,03/04/2026,14:30,b\x01,x@example.org\n"
            "Third Example,2026-11-25,,c,\n"
        )
        found = read(tmp_path, content)
        assert names(found) == ["First Example", "Third Example"]
        assert said(found) == [
            (
                3,
                [
                    (3, 1, '"name": has a hidden character that turns the direction of reading (U+202E)'),
                    (3, 9, '"visit": `03/04/2026` can be read two ways: 3 April 2026 or 4 March 2026'),
                    (3, 20, '"appointment_time": a time without a day'),
                    (3, 26, '"handout": has a control character (U+0001)'),
                ],
            )
        ]

    def test_a_message_has_the_wrong_cell_and_nothing_else_of_the_row(self, tmp_path: Path) -> None:
        (row,) = read(tmp_path, "name,reference,visit\nExample Patient,01/02/1990,soon\n")
        assert isinstance(row, BadRow)
        shown = "\n".join(map(str, row.problems))
        assert shown.endswith('rows.csv:2:28  "visit": `soon` is not a date\n    write it as 2026-11-23')
        assert "Example" not in shown.replace(str(tmp_path), "")

    def test_an_order_that_was_said(self, tmp_path: Path) -> None:
        path = table(tmp_path, "visit\n03/04/2026\n")
        days = [
            row.details.visit
            for order in ("day-month", "month-day")
            for row in read_rows(path, "day-month" if order == "day-month" else "month-day")
            if isinstance(row, Row)
        ]
        assert days == [dt.date(2026, 4, 3), dt.date(2026, 3, 4)]

    @pytest.mark.parametrize(("row", "count"), [("a", 1), ("a,2026-11-23,b", 3), ('"a",2026-11-23,', 3)])
    def test_another_number_of_cells(self, tmp_path: Path, row: str, count: int) -> None:
        found = read(tmp_path, f"name,visit\n{row}\nExample Patient,2026-11-23\n")
        assert said(found) == [(2, [(2, 1, f"this row has {count} cells, and the header has 2")])]
        assert names(found) == ["Example Patient"]

    def test_a_cell_that_is_too_long(self, tmp_path: Path) -> None:
        lines = "y\n" * 40_000
        found = read(tmp_path, f'name,note\nOne,{"x" * 10_001}\nTwo,"{lines}"\nThree,z\n')
        assert [(line, [each[:2] for each in all_said]) for line, all_said in said(found)] == [
            (2, [(2, 5)]),
            (3, [(3, 5)]),
        ]
        assert "10,001 characters" in said(found)[0][1][0][2]
        assert names(found) == ["Three"]

    def test_a_line_that_never_ends(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MOST_SCANNED", 20_000)
        for line in ("x" * 100_000, '"' + "x" * 100_000, "x" * 20_000):
            found = read(tmp_path, f"name\n{line}\nExample Patient\n")
            assert [row.line for row in found] == [2, 3], line[:2]
            assert names(found) == ["Example Patient"]


class TestBrokenQuotes:
    @pytest.mark.parametrize("below", ["", "Two,b\n", 'Two,"b"\n', '"Two","b ""c"""\n', "Two,b\n" * 2000])
    def test_a_quote_that_is_never_closed(self, tmp_path: Path, below: str) -> None:
        found = read(tmp_path, f'name,note\nOne,"a\n{below}')
        line, problems = said(found)[0]
        assert (line, problems[0][:2]) == (2, (2, 5))
        assert "quote" in problems[0][2]
        assert names(found) == ["Two"] * (below.count("\n"))

    def test_said_of_the_place_where_it_opens(self, tmp_path: Path) -> None:
        found = read(tmp_path, 'name,note\n"One\nX","a\nTwo,b\nThree,c\nFour,d\n')
        assert said(found)[0] == (2, [(3, 4, "a quote opens here and is never closed")])
        assert names(found) == ["Two", "Three", "Four"]

    def test_text_after_the_closing_quote(self, tmp_path: Path) -> None:
        found = read(tmp_path, 'name,note\n"One" x,a\nTwo,b\n')
        message = "the quotes that open here close on line 2, and text follows them"
        assert said(found) == [(2, [(2, 1, message)])]
        assert names(found) == ["Two"]

    def test_beyond_what_is_searched(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MOST_SCANNED", 5_000)
        found = read(tmp_path, 'name,note\nOne,"a\n' + "Two,b\n" * 3000 + 'Three,"c"\n')
        assert said(found) == [(2, [(2, 5, "a quote opens here and is never closed")])]
        assert [row.line for row in found] == list(range(2, 3004))

    def test_in_the_header(self, tmp_path: Path) -> None:
        assert refused(tmp_path, 'name,"note\nOne,a\n')[0][:3] == (
            *(1, 6),
            "a quote opens here and is never closed",
        )


def test_memory_stays_flat(tmp_path: Path) -> None:
    content = "name,visit,note\n" + 'Example Patient,2026-11-23,"A, note"\n' * 16_000
    path = table(tmp_path, content)
    tracemalloc.start()
    try:
        count = sum(isinstance(row, Row) for row in read_rows(path))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 16_000
    assert peak < len(content) / 1.5, "not even the text is ever there as a whole"
