"""Names of a batch's files: safe whatever a patient is called, and no two rows one file."""

from __future__ import annotations

import datetime as dt
import sys
import unicodedata

import pytest

from handoutpress.delivery.naming import MOST_BYTES, FileNames, Numbered, Taken, same_file
from handoutpress.errors import ProblemsFound

FIELDS: dict[str, str | int | dt.date | None] = {
    "line": 7,
    "handout": "microneedling-aftercare",
    "name": "Example Patient",
    "reference": "01/02/1990",
    "visit": dt.date(2026, 11, 23),
    "language": "en",
    "edition": "standard",
}


def problems(pattern: str) -> list[tuple[str, str]]:
    with pytest.raises(ProblemsFound) as caught:
        FileNames(pattern)
    return [(each.message, each.hint) for each in caught.value.problems]


class TestPattern:
    @pytest.mark.parametrize(
        ("pattern", "name"),
        [
            ("{line:05}-{handout}", "00007-microneedling-aftercare.pdf"),
            ("{line}", "7.pdf"),
            ("{line:02}_{visit}", "07_2026-11-23.pdf"),
            ("{name}-{reference}", "Example-Patient-01-02-1990.pdf"),
            ("{handout}.{language}.{edition}", "microneedling-aftercare.en.standard.pdf"),
            ("Copy {line}.pdf", "Copy 7.pdf"),
            ("plain.PDF", "plain.pdf"),
        ],
    )
    def test_names(self, pattern: str, name: str) -> None:
        assert FileNames(pattern).name(FIELDS) == name

    def test_the_default(self) -> None:
        assert FileNames().name(FIELDS) == "00007-microneedling-aftercare.pdf"
        assert FileNames() == FileNames("{line:05}-{handout}")

    @pytest.mark.parametrize(
        ("pattern", "name"),
        [
            ("{line}", "7.es.large-print.pdf"),
            ("{line}-{language}", "7-es.large-print.pdf"),
            ("{line}-{edition}", "7-large-print.es.pdf"),
            ("{line}-{language}-{edition}", "7-es-large-print.pdf"),
        ],
    )
    def test_languages_and_editions_differ(self, pattern: str, name: str) -> None:
        assert FileNames(pattern).name({**FIELDS, "language": "es", "edition": "large-print"}) == name

    @pytest.mark.parametrize(
        ("pattern", "message", "hint"),
        [
            ("{nmae}", "unknown field `{nmae}` in the pattern", 'did you mean "name"?'),
            ("{line.__class__}", "unknown field `{line.__class__}`", "the fields"),
            ("{name[0]}", "unknown field", "name"),
            ("{name!r}", "unknown field", "name"),
            ("{0}", "unknown field", "the fields of a file's name are: edition"),
            ("{}", "unknown field", "the fields"),
            ("{email}", "unknown field", "the fields"),
            ("{name:05}", "unknown field", "name"),
            ("{line:5}", "unknown width", "{line:05}"),
            ("{line:>9999999999}", "unknown width", "{line:05}"),
            ("{line:010}", "unknown width", "{line:05}"),
            ("{{line}}", "a brace too many", "{handout}"),
            ("{line", "a brace too many", "{handout}"),
            ("line}", "a brace too many", "{handout}"),
            ("../{line}", "leads out of the folder", ""),
            ("{line}/..", "leads out of the folder", ""),
            ("/tmp/{line}", "is a path", ""),
            ("C:{line}", "is a path", ""),
            ("a\\{line}", "is a path", ""),
            ("{visit}/{line}", "names a folder", ""),
            (".{line}", "hidden", ""),
            ("{line}\n", "cannot be seen", ""),
            ("{line}\u202e", "cannot be seen", ""),
            ("{line}?", "has `?` in it", ""),
            ("", "is empty", ""),
            (".pdf", "is empty", ""),
            ("{line}" + "x" * 150, "bytes long", ""),
        ],
    )
    def test_refuses(self, pattern: str, message: str, hint: str) -> None:
        ((found, help_),) = problems(pattern)
        assert message in found
        assert hint in help_

    def test_all_problems_at_once(self) -> None:
        assert len(problems("/{nmae}-{line:x}-{zz}")) == 4

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("../../etc/passwd", "etc-passwd"),
            ("C:\\Users", "C-Users"),
            ("...", ""),
            ("~root $(rm -rf) `x` \x00\n\u202e|", "root-rm-rf-x"),
            ("--help", "help"),
            ("O'Example, Ana_2", "O-Example-Ana_2"),
            ("José Núñez", "José-Núñez"),
            ("Jose\u0301", "José"),
            ("示例患者", "示例患者"),
            ("उदाहरण रोगी", "उदाहरण-रोगी"),
            ("\u0301a", "a"),
            ("x" * 200, "x" * 60),
            ("a" * 59 + " b", "a" * 59),
            (None, ""),
        ],
    )
    def test_what_a_field_says_is_made_safe(self, name: str | None, said: str) -> None:
        expected = f"7-{said}.pdf" if said else "7.pdf"
        assert FileNames("{line}-{name}").name({**FIELDS, "name": name}) == expected

    def test_a_blank_field_leaves_no_mark(self) -> None:
        given = {**FIELDS, "name": "", "reference": None}
        assert FileNames("{name}-{line}-{reference}-{visit}").name(given) == "7-2026-11-23.pdf"

    def test_a_row_without_a_name(self) -> None:
        with pytest.raises(ProblemsFound, match="gives this row no name") as caught:
            FileNames("{name}").name({**FIELDS, "name": "?"})
        assert "{line}" in caught.value.problems[0].hint

    @pytest.mark.parametrize("name", ["con", "NUL", "Com1", "LPT¹"])
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_a_patient_called_like_a_device(self, name: str, language: str) -> None:
        made = FileNames("{name}").name({"name": name, "language": language})
        assert made == f"_{name}{'.es' if language == 'es' else ''}.pdf"

    def test_a_long_name_is_cut_and_keeps_its_ending(self) -> None:
        given = {**FIELDS, "name": "患" * 60, "reference": "者" * 60, "language": "es"}
        made = FileNames("{name}{reference}").name(given)
        assert len(made.encode()) <= MOST_BYTES
        assert made.endswith("患.es.pdf")


class TestOwnFile:
    @pytest.mark.parametrize(
        ("file", "name"),
        [
            ("ana-1.pdf", "ana-1.pdf"),
            ("ana-1", "ana-1.pdf"),
            ("ana-1.PDF", "ana-1.pdf"),
            ("Ana's copy (2).v1", "Ana's copy (2).v1.pdf"),
            ("Jose\u0301.pdf", "José.pdf"),
            ("console.pdf", "console.pdf"),
            ("x" * 146 + ".pdf", "x" * 146 + ".pdf"),
        ],
    )
    def test_goes_before_the_pattern(self, file: str, name: str) -> None:
        assert FileNames().name({**FIELDS, "language": "es"}, file) == name

    @pytest.mark.parametrize(
        ("file", "reason"),
        [
            *(("/etc/passwd", "is a path"), ("C:\\x.pdf", "is a path"), ("c:x.pdf", "is a path")),
            *(("a\\b.pdf", "is a path"), ("\\\\host\\x.pdf", "is a path")),
            *(("../x.pdf", "`..`"), ("a/../x.pdf", "`..`"), ("..", "`..`"), ("...pdf", "`..`")),
            *(("a/b.pdf", "a folder"), ("a/", "a folder")),
            *(("a\x00.pdf", "cannot be seen"), ("a\nb.pdf", "cannot be seen"), ("a\u202efdp.pdf", "be seen")),
            *(("a\u200b.pdf", "cannot be seen"), ("a\udcff.pdf", "cannot be seen")),
            *((".hidden.pdf", "hidden"), (".bashrc", "hidden"), (".pdf", "is empty")),
            *(("CON", "a device"), ("nul.pdf", "a device"), ("COM1.x.pdf", "a device"), ("lpt³", "a device")),
            *(
                ("a..pdf", "a dot"),
                ("a .pdf", "a space"),
                ("a.", "a dot"),
                ("a ", "a space"),
                (" a", "a space"),
            ),
            *(("ab:c.pdf", "`:`"), ("a*.pdf", "`*`"), ('"a".pdf', '`"`'), ("<a>.pdf", "`<`")),
            *(("x" * 147 + ".pdf", "151 bytes"), ("患" * 50, "154 bytes")),
        ],
    )
    def test_refuses_with_the_reason(self, file: str, reason: str) -> None:
        with pytest.raises(ProblemsFound) as caught:
            FileNames().name(FIELDS, file)
        (problem,) = caught.value.problems
        assert problem.message.startswith('"file": `')
        assert reason in problem.message
        assert problem.message.isprintable()


class TestTaken:
    def test_tells_the_line_that_has_a_name(self) -> None:
        taken = Taken()
        assert taken.claim("a.pdf", 2) is None
        assert taken.claim("b.pdf", 3) is None
        assert taken.claim("a.pdf", 4) == 2
        assert taken.claim("a.pdf", 5) == 2

    @pytest.mark.parametrize(
        ("first", "second"),
        [("Ana.pdf", "ANA.PDF"), ("José.pdf", "Jose\u0301.pdf"), ("JOSE\u0301.pdf", "josé.pdf"), ("ß", "SS")],
    )
    def test_names_that_are_one_file_somewhere(self, first: str, second: str) -> None:
        taken = Taken()
        assert taken.claim(first, 2) is None
        assert taken.claim(second, 3) == 2
        assert same_file(first) == same_file(second)

    def test_other_names_are_other_files(self) -> None:
        assert len({same_file(name) for name in ("Ana.pdf", "Anä.pdf", "Ana .pdf", "Ana-1.pdf")}) == 4

    def test_many(self) -> None:
        taken, count = Taken(), 20_000
        assert [taken.claim(f"{n:05}-x.pdf", n) for n in range(count)] == [None] * count
        assert [taken.claim(f"{n:05}-X.pdf", 0) for n in range(count)] == list(range(count))

    def test_is_lean(self) -> None:
        numbers = Numbered()
        for n in range(20_000):
            numbers.put(b"%d" % n, n)
            numbers.put(b"%d" % n, n + 1)
        assert numbers.count == 20_000
        size = sum(sys.getsizeof(value) for value in vars(numbers).values())
        assert size / numbers.count < 50
        assert numbers.get(b"19999") == 20_000
        assert numbers.get(b"20000") is None


def test_a_made_name_is_always_one_that_a_row_may_give() -> None:
    names = FileNames("{name}{reference}{visit}")
    for start in range(0, 0x3000, 7):
        text = "".join(map(chr, range(start, start + 7)))
        try:
            made = names.name({"name": text, "reference": text[::-1], "visit": None})
        except ProblemsFound:
            continue
        assert names.name({}, made) == made == unicodedata.normalize("NFC", made)
