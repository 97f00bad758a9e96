"""YAML kept as written: nothing guessed, every value with its place, bombs refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handoutpress.errors import Problem, ProblemsFound
from handoutpress.reading.yamlreader import DEEPEST, MOST_BYTES, MOST_VALUES, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from handoutpress.reading.yamlfile import YamlFile


def read(folder: Path, text: str | bytes) -> YamlFile:
    path = folder / "file.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_yaml(path)


def refused(folder: Path, text: str | bytes) -> list[Problem]:
    with pytest.raises(ProblemsFound) as found:
        read(folder, text)
    return found.value.problems


class TestYamlFile:
    def test_nothing_is_guessed(self, tmp_path: Path) -> None:
        text = (
            "phone: 01234567\ntime: 8:30\nanswer: no\nversion: 1.10\nday: 2026-11-23\n"
            'on: on\nquoted: ""\nempty:\ntilde: ~\nword: "null"\n'
        )
        assert read(tmp_path, text).data == {
            "phone": "01234567",
            "time": "8:30",
            "answer": "no",
            "version": "1.10",
            "day": "2026-11-23",
            "on": "on",
            "quoted": "",
            "empty": None,
            "tilde": None,
            "word": "null",
        }

    def test_places_of_values_and_keys(self, tmp_path: Path) -> None:
        file = read(tmp_path, "a: 1\nlist:\n  - one\n  - {deep: here}\n")
        value, key = file.place(("list", 1, "deep")), file.place(("list", 1, "deep"), key=True)
        assert (value.line, value.column, value.width, value.text) == (4, 12, 4, "  - {deep: here}")
        assert (key.line, key.column, key.width) == (4, 6, 4)
        nearest = file.place(("list", 0, "missing"))
        assert (nearest.line, nearest.column) == (3, 5)

    def test_a_place_inside_a_quoted_text(self, tmp_path: Path) -> None:
        file = read(tmp_path, 'say: "call {x} now"\n')
        place = file.place_in(("say",), 5, 3)
        assert place.text[place.column - 1 :][: place.width] == "{x}"

    def test_every_equal_key_is_refused_at_once(self, tmp_path: Path) -> None:
        problems = refused(tmp_path, "a: 1\na: 2\nb: {c: 1, c: 2}\n")
        assert [(p.place.line, p.place.column) for p in problems if p.place] == [(2, 1), (3, 11)]
        assert "first on line 1" in problems[0].hint

    def test_the_same_key_elsewhere_is_no_double(self, tmp_path: Path) -> None:
        assert read(tmp_path, "a: {c: 1}\nb: {c: 2}\n").data == {"a": {"c": "1"}, "b": {"c": "2"}}

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("a: &x 1\n", "anchors and aliases"),
            ("a: *x\n", "anchors and aliases"),
            ("a: !!python/object:os.system {}\n", "the tag"),
            ("a: 1\n---\nb: 2\n", "a second document"),
            ("- a\n", "expected `key: value`"),
            ("", "expected `key: value`"),
            ("? [a]\n: 1\n", "a key must be"),
            ("a: b: c\n", "a second `: `"),
            ("a:\n\tb: 1\n", "a tab in the indentation"),
            (b"a: caf\xe9\n", "not UTF-8"),
            ('a: "open\n', "not readable as YAML"),
            ("a: " + "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), "nested deeper"),
            ("a: [" + "1," * (MOST_VALUES + 1) + "]", "more than"),
            ("#" * (MOST_BYTES + 1), "too large"),
        ],
    )
    def test_refuses(self, tmp_path: Path, text: str | bytes, said: str) -> None:
        (problem,) = refused(tmp_path, text)
        assert said in problem.message

    def test_a_file_as_deep_and_as_long_as_allowed(self, tmp_path: Path) -> None:
        depth = DEEPEST - 1
        assert read(tmp_path, "a: " + "[" * depth + "]" * depth).data["a"] is not None
        assert len(read(tmp_path, "a: [" + "1," * (MOST_VALUES - 1) + "]").data["a"]) == MOST_VALUES - 1

    def test_the_place_of_a_byte_that_is_not_utf8(self, tmp_path: Path) -> None:
        (problem,) = refused(tmp_path, b"a: 1\nb: caf\xe9\n")
        assert problem.place
        assert (problem.place.line, problem.place.column) == (2, 7)

    def test_byte_order_mark_and_windows_lines(self, tmp_path: Path) -> None:
        file = read(tmp_path, b"\xef\xbb\xbfa: 1\r\nb: two\r\n")
        assert file.data == {"a": "1", "b": "two"}
        assert (file.place(("b",)).line, file.place(("b",)).text) == (2, "b: two")

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(ProblemsFound, match="there is no such file"):
            read_yaml(tmp_path / "none.yaml")

    def test_words_are_found_on_their_own_line_of_a_long_text(self, tmp_path: Path) -> None:
        file = read(tmp_path, 'a: >-\n  one two\n  three four\nb: "five\n  six"\nc: six\n')
        for loc, words, line, column in (
            (("a",), "three", 3, 3),
            (("a",), "two", 2, 7),
            (("b",), "six", 5, 3),
            (("c",), "six", 6, 4),
        ):
            place = file.place_of(loc, words)
            assert (place.line, place.column, place.width) == (line, column, len(words))
        # Words that a line's end parts, and words of the next value, stand at the value itself.
        assert file.place_of(("a",), "two three").line == 1
        assert file.place_of(("a",), "five").line == 1
