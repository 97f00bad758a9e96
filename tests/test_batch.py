"""``batch`` as a person runs it: the right copies under the right names, every bad row told and passed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.conftest import ROOT
from tests.copies import LONG

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

    Run = Callable[..., Ran]
from tests.batches import ABOUT, AFTERCARE, TEMPLATE, copies, made, many, table, text


class TestRightCopies:
    def test_a_copy_for_each_row_with_its_own_words(self, run: Run, tmp_path: Path) -> None:
        rows = table(
            tmp_path,
            "name,reference,clinician,visit,appointment,note",
            "Ann Example,EX-1,Dr Sample,2026-09-23,2026-11-03 14:30,Use the gel twice a day.",
            'Bo Example,EX-2,"Sample, R.N.",2026-10-05,,',
        )
        out = tmp_path / "out"
        ran = run("batch", rows, "--handout", AFTERCARE, "-o", out)
        assert ran.status == 0, ran.err
        assert "2 copies made." in ran.err
        names = [f"0000{line}-{AFTERCARE}.pdf" for line in (2, 3)]
        assert made(out) == names
        assert sorted(ran.out.splitlines()) == [str(out / name) for name in names]
        ann, bo = (text(out / name) for name in names)
        days = ("23 Sep", "Tuesday 3 November", "2:30 pm")
        for words_of_ann in ("Ann Example", "EX-1", "Dr Sample", *days, "Use the gel twice a day."):
            assert words_of_ann in ann
            assert words_of_ann not in bo
        for words_of_bo in ("Bo Example", "EX-2", "Sample, R.N.", "5 Oct"):
            assert words_of_bo in bo
            assert words_of_bo not in ann

    def test_columns_name_sheet_language_edition_and_file(self, run: Run, tmp_path: Path) -> None:
        rows = table(
            tmp_path,
            "name,handout,language,edition,file,visit",
            f"Example One,{ABOUT},es,large-print,,2026-09-23",
            "Example Two,,,,,",
            f"Example Three,{ABOUT},,,third-copy.pdf,",
        )
        out = tmp_path / "out"
        ran = run("batch", rows, "--handout", AFTERCARE, "-o", out, "--file-name", "{name}-{visit}")
        assert ran.status == 0, ran.err
        assert made(out) == ["Example-One-2026-09-23.es.large-print.pdf", "Example-Two.pdf", "third-copy.pdf"]
        spanish, usual, third = (text(out / name) for name in made(out))
        assert "23 de sept. de 2026" in spanish
        assert "Nombre Example One" in spanish
        assert "After your microneedling" in usual
        assert "Example Three" in third
        assert "After your microneedling" not in third

    def test_a_spreadsheets_own_file(self, run: Run, tmp_path: Path) -> None:
        rows = tmp_path / "Mappe1.csv"
        rows.write_bytes(
            b"\xef\xbb\xbf"
            + "Name;Visit;Appointment;Note\r\n"
            'Zoë Exemplář;23.9.2026;03.11.2026 14:30:00;"First line;\nsecond line"\r\n'
            "Bo Example;24.09.2026 00:00:00;;\r\n".encode()
        )
        out = tmp_path / "out"
        ran = run("batch", rows, "--handout", AFTERCARE, "-o", out)
        assert ran.status == 0, ran.err
        # The second row starts on line 4: the note above it has two.
        assert made(out) == [f"00002-{AFTERCARE}.pdf", f"00004-{AFTERCARE}.pdf"]
        first, second = (text(out / name) for name in made(out))
        for said in ("Zoë Exemplář", "23 Sep", "Tuesday 3 November", "2:30 pm", "First line; second line"):
            assert said in first
        assert "24 Sep" in second

    def test_blank_cells_are_lines_for_a_pen(self, run: Run, tmp_path: Path) -> None:
        out = tmp_path / "out"
        rows = table(tmp_path, "name,reference,visit", "Example Patient,,", ",EX-2,")
        assert run("batch", rows, "--handout", AFTERCARE, "-o", out).status == 0
        plain = tmp_path / "plain.pdf"
        assert run("make", AFTERCARE, "-o", plain).status == 0
        named, referred = (text(out / name) for name in made(out))
        assert "Name Example Patient Date of birth or reference" in named
        assert "EX-2" in referred
        blank = text(plain)
        # What is filled in is all that differs from the sheet with nothing but lines.
        assert Counter(named.split()) - Counter(blank.split()) == Counter(["Example", "Patient"])
        assert Counter(referred.split()) - Counter(blank.split()) == Counter(["EX-2"])

    def test_a_long_name_is_laid_out_in_full_and_v_says_why(self, run: Run, tmp_path: Path) -> None:
        rows = table(tmp_path, "name", "Example Patient", LONG)
        out = tmp_path / "out"
        ran = run("batch", rows, "--handout", AFTERCARE, "-o", out, "-v", "--verify", "2")
        assert ran.status == 0, ran.err
        assert "line 3: laid out in full: a line is" in ran.err
        assert "line 2:" not in ran.err
        assert "2 copies made; 1 of them laid out in full." in ran.err
        assert "2 laid out in full and compared: none of them differ." in ran.err
        assert LONG not in ran.err
        assert LONG in text(out / f"00003-{AFTERCARE}.pdf")

    def test_two_processes_make_what_one_makes(self, run: Run, tmp_path: Path) -> None:
        lines = [f"{name},EX-{n}" for n in range(13) for name in ("Example", "Пример", "Αθηνά")]
        lines.append(f"{LONG},EX-14")
        rows = table(tmp_path, "name,reference", *lines)
        # Another paper than any test before: the masters are made anew here, and travel as they are.
        look = ("--handout", AFTERCARE, "--clinic", "willow", "--no-letterhead")
        two = run("batch", rows, *look, "-o", tmp_path / "two", "--jobs", 2)
        one = run("batch", rows, *look, "-o", tmp_path / "one", "--jobs", 1)
        assert (one.status, two.status) == (0, 0), two.err
        assert len(made(tmp_path / "one")) == 40
        assert copies(tmp_path / "one") == copies(tmp_path / "two")

    def test_a_template_that_works_on_a_detail(self, run: Run, tmp_path: Path, clinic: Path) -> None:
        shipped = (ROOT / TEMPLATE).read_text(encoding="utf-8")
        assert "{{ patient[name] }}" in shipped
        loud = '{% if name == "name" %}{{ patient.name | upper }}{% else %}{{ patient[name] }}{% endif %}'
        own = clinic / TEMPLATE
        own.parent.mkdir(parents=True)
        own.write_text(shipped.replace("{{ patient[name] }}", loud), encoding="utf-8")
        rows = table(tmp_path, "name,reference", "Ann Example,EX-1", "Bo Example,EX-2")
        out = tmp_path / "out"
        command = ("batch", rows, "--handout", AFTERCARE, "--clinic", clinic, "-o", out, "-v")
        ran = run(*command)
        assert ran.status == 0, ran.err
        assert ran.err.count("a template of this clinic works on a patient's details") == 2
        ann, bo = (text(out / name) for name in made(out))
        assert ("ANN EXAMPLE" in ann, "EX-1" in ann, "BO EXAMPLE" in ann) == (True, True, False)
        assert ("BO EXAMPLE" in bo, "EX-2" in bo, "ANN EXAMPLE" in bo) == (True, True, False)
        assert "2 were there already" in run(*command).err
        # No plate vouches for such copies, and yet a changed text is noticed.
        facts = clinic / "clinic.yaml"
        facts.write_text(facts.read_text(encoding="utf-8").replace("555-0100", "555-0111"), encoding="utf-8")
        again = run(*command)
        assert "2 copies made" in again.err
        assert "555-0111" in text(out / made(out)[0])


class TestBadRows:
    def test_a_date_with_two_readings_is_refused_and_the_others_go_on(self, run: Run, tmp_path: Path) -> None:
        rows = table(tmp_path, "name,visit", "Ann Example,2026-09-23", "Bo Example,03/04/2026", "Cy Example,")
        out = tmp_path / "out"
        ran = run("batch", rows, "--handout", AFTERCARE, "-o", out)
        assert ran.status == 1
        assert f'{rows}:3:12  "visit": `03/04/2026` can be read two ways' in ran.err
        assert "2 copies made; 1 row is wrong." in ran.err
        assert made(out) == [f"00002-{AFTERCARE}.pdf", f"00004-{AFTERCARE}.pdf"]
        said = run("batch", rows, "--handout", AFTERCARE, "-o", out, "--dates", "day-month")
        assert said.status == 0, said.err
        assert "1 copy made; 2 were there already." in said.err
        assert "3 April 2026" in text(out / f"00003-{AFTERCARE}.pdf")

    def test_a_name_no_font_can_print_is_refused_with_its_characters(self, run: Run, tmp_path: Path) -> None:
        refused = {
            "مثال": "U+0645",
            "例子": "U+4F8B",
            "उदाहरण": "U+0909",
            "דוגמה": "U+05D3",
            "Ex 😀": "U+1F600",
        }
        lines = [f"{name},EX-{number}" for number, name in enumerate(refused)]
        rows = table(tmp_path, "name,reference", "Ann Example,EX-9", *lines, "Пример Примеров,EX-8")
        out = tmp_path / "out"
        ran = run("batch", rows, "--handout", AFTERCARE, "-o", out)
        assert ran.status == 1
        for line, code in enumerate(refused.values(), 3):
            told = [said for said in ran.err.splitlines() if f"{rows}:{line}: no font covers" in said]
            assert any(f"({code}," in said for said in told), code
        assert "2 copies made; 5 rows are wrong." in ran.err
        assert made(out) == [f"00002-{AFTERCARE}.pdf", f"00008-{AFTERCARE}.pdf"]
        assert "Пример Примеров" in text(out / f"00008-{AFTERCARE}.pdf")

    def test_names_of_files_and_sheets(self, run: Run, tmp_path: Path) -> None:
        out = tmp_path / "out"
        out.mkdir()
        (out / "mine.pdf").write_bytes(b"somebody's own")
        rows = table(
            tmp_path,
            "name,handout,edition,file",
            f"Ann Example,{AFTERCARE},,same.pdf",
            f"Bo Example,{AFTERCARE},,Same.PDF",
            f"Cy Example,{AFTERCARE},,../outside.pdf",
            f"Di Example,{AFTERCARE},,{tmp_path}/outside.pdf",
            f"Ed Example,{AFTERCARE},,mine.pdf",
            "Fi Example,microneedling-aftercar,,six.pdf",
            "Gus Example,,,seven.pdf",
            f"Hal Example,{AFTERCARE},huge,eight.pdf",
            f"Ida Example,{AFTERCARE},,nine.pdf",
        )
        ran = run("batch", rows, "-o", out)
        assert ran.status == 1
        for line, said in {
            3: "line 2 has the same file name",
            4: "has `..` in it, which leads out of the folder",
            5: "is a path and not a name",
            6: "there is a file of this name already",
            7: "there is no handout named `microneedling-aftercar`",
            8: "the row names no sheet",
            9: "there is no edition `huge`",
        }.items():
            assert any(
                told.startswith(f"{rows}:{line}: ") and said in told for told in ran.err.splitlines()
            ), said
        assert "say --handout" in ran.err
        assert "2 copies made; 7 rows are wrong." in ran.err
        assert made(out) == ["mine.pdf", "nine.pdf", "same.pdf"]
        assert (out / "mine.pdf").read_bytes() == b"somebody's own"
        assert "Ann Example" in text(out / "same.pdf")
        assert not (tmp_path / "outside.pdf").exists()

    def test_a_sheet_that_does_not_print_makes_nothing(self, run: Run, tmp_path: Path, clinic: Path) -> None:
        facts = clinic / "clinic.yaml"
        lines = facts.read_text(encoding="utf-8").splitlines()
        facts.write_text("\n".join(line for line in lines if not line.startswith("phone:")), encoding="utf-8")
        rows = table(tmp_path, "name", "Ann Example", "Bo Example")
        ran = run("batch", rows, "--handout", AFTERCARE, "--clinic", clinic, "-o", tmp_path / "out")
        assert ran.status == 1
        assert "phone" in ran.err
        assert "0 copies made; 2 rows are wrong." in ran.err
        assert ran.err.count("every page must say who to call") == 1, "told once, not with every row"
        assert f"{rows}:3: {AFTERCARE} does not print: line 2 says why" in ran.err
        assert made(tmp_path / "out") == []
        assert ran.out == ""

    def test_a_table_that_is_not_there_and_two_ways_to_work(self, run: Run, tmp_path: Path) -> None:
        ran = run("batch", tmp_path / "none.csv", "--handout", AFTERCARE, "-o", tmp_path / "out")
        assert (ran.status, "there is no such file" in ran.err) == (1, True)
        rows = table(tmp_path, "name", "Ann Example")
        file = run("batch", rows, "--handout", AFTERCARE, "-o", rows)
        assert (file.status, "rows.csv is not a folder: name another one" in file.err) == (1, True)
        both = run("batch", tmp_path / "none.csv", "--jobs", 2, "--scheduler", "tcp://127.0.0.1:9")
        assert (both.status, "say one of them" in both.err) == (2, True)


def test_staff_hear_once_what_no_page_says(run: Run, tmp_path: Path) -> None:
    rows, out = many(tmp_path, 5), tmp_path / "out"
    for kept in (False, True):
        ran = run("batch", rows, "--handout", AFTERCARE, "--language", "es", "-o", out)
        assert ran.status == 0
        assert ("5 were there already" in ran.err) == kept
        assert ran.err.count("no qualified translator has checked this translation yet") == 1
