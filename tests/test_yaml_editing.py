"""A value of a YAML file changed: only what was wished, and every other byte as it was."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from handoutpress.errors import HandoutError
from handoutpress.reading import yamltext
from handoutpress.reading.yamlediting import edited, with_value
from handoutpress.reading.yamlreader import PARSER, read_yaml
from tests.amended import TEXTS, at, scalars
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from handoutpress.reading.yamlediting import Value
    from handoutpress.reading.yamlfile import Loc


FILES = sorted((ROOT / "clinics").glob("*/clinic*.yaml"))

FORMS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "windows": lambda text: text.replace("\n", "\r\n"),
    "mark": lambda text: "\ufeff" + text,
    "no last line end": lambda text: text.rstrip("\n"),
}


def said(text: str, folder: Path, numbers: Any = itertools.count()) -> Any:  # noqa: B008 (one count for all)
    """What our own reader reads, each text in a file of its own: it knows files by their time and size."""
    path = folder / f"said-{next(numbers)}.yaml"
    path.write_bytes(text.encode())
    return read_yaml(path).data


def other_lines(before: str, after: str, first: int, last: int) -> None:
    """Assert that only the lines from ``first`` to ``last`` of a text (0-based) are other ones."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    assert new[:first] == old[:first]
    behind = len(old) - last - 1
    assert new[len(new) - behind :] == old[last + 1 :]


class TestEditing:
    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.name}")
    def test_every_value_can_be_any_text(self, file: Path, form: str, tmp_path: Path) -> None:
        text = FORMS[form](file.read_bytes().decode())
        path = tmp_path / "before.yaml"
        path.write_bytes(text.encode())
        before = read_yaml(path)
        for number, loc in enumerate(scalars(before.data)):
            # Every text at some value, and every value with some texts.
            for value in TEXTS if number < 3 else TEXTS[number % 5 :: 5]:
                after = edited(text, loc, value, {})
                assert said(after, tmp_path) == with_value(before.data, loc, value)
                span = before.values[loc]
                other_lines(text, after, span.line, span.last)
                old = text.splitlines()[span.line]
                new = after.splitlines()[span.line]
                key_ends = span.column + (1 if form == "mark" and span.line == 0 else 0)
                assert new[:key_ends] == old[:key_ends]
                comment = re.search(r"\s{2,}(# .*)$", old)
                if comment:
                    assert new.endswith(comment[1])
                    if len(after.splitlines()[span.line]) == len(old):
                        assert new.index(comment[1]) == old.index(comment[1])

    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.name}")
    def test_every_key_can_go_and_come_back(self, file: Path, form: str, tmp_path: Path) -> None:
        text = FORMS[form](file.read_bytes().decode())
        path = tmp_path / "before.yaml"
        path.write_bytes(text.encode())
        before = read_yaml(path)
        for loc in [*scalars(before.data), *(loc for loc in before.keys if len(loc) < 3)]:
            gone = edited(text, loc, None, {})
            assert said(gone, tmp_path) == with_value(before.data, loc, None)
            assert edited(gone, loc, None, {}) == gone
            comments = re.findall(r"(?m)^ *#.*", text)
            if isinstance(at(before.data, loc), str):
                assert re.findall(r"(?m)^ *#.*", gone) == comments
            back = edited(gone, loc, "here: again", {})
            assert said(back, tmp_path) == with_value(before.data, loc, "here: again")
            assert ("\r\n" in back) == (form == "windows")
            assert back.count("\n") == back.count("\r\n") or form != "windows"
            assert back.startswith("\ufeff") == (form == "mark")

    @pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.name}")
    def test_what_is_said_already_changes_no_byte(self, file: Path) -> None:
        text = file.read_bytes().decode()
        data = read_yaml(file).data
        for loc in scalars(data):
            assert edited(text, loc, at(data, loc), {}) == text
        assert edited(text, ("nobody", "knows"), None, {}) == text

    @pytest.mark.parametrize(
        ("before", "loc", "value", "after"),
        [
            # A value, in each way it may be written.
            ("a: b\n", "a", "c d", "a: c d\n"),
            ("a: b\n", "a", "no", 'a: "no"\n'),
            ("a: yes\n", "a", "false", "a: false\n"),
            ("a: b\n", "a", "x" * 161, f'a: "{"x" * 161}"\n'),
            ("p: {n: X}\n", "p.n", "a, " + "[" * 20_000, f'p: {{n: "a, {"[" * 20_000}"}}\n'),
            ("a: 'b'\n", "a", "it's", "a: 'it''s'\n"),
            ("a: 'b'\n", "a", "9\u00a0am", 'a: "9\\_am"\n'),
            ('a: "b"  # c\n', "a", 'say "x"', 'a: "say \\"x\\""  # c\n'),
            ("a: b      # c\n", "a", "bcd", "a: bcd    # c\n"),
            ("a: b    # c\n", "a", "b" * 9, "a: bbbbbbbbb  # c\n"),
            ("a: b # c\n", "a", "bcd", "a: bcd # c\n"),
            ("a: one\n   two # c\nb: x\n", "a", "three", "a: three # c\nb: x\n"),
            ('a: "one\n  two"\n\n# c\nb: x\n', "a", "three", 'a: "three"\n\n# c\nb: x\n'),
            ("a: |  # c\n  one\n  two\n\n# d\nb: x\n", "a", "y", 'a: "y"  # c\n\n# d\nb: x\n'),
            ("a: >-\n  one", "a", "y", 'a: "y"'),
            ("a:   # c\nb: x\n", "a", "y", "a: y  # c\nb: x\n"),
            ("a:\nb: x\n", "a", "y", "a: y\nb: x\n"),
            ("a: ~\n", "a", "y", "a: y\n"),
            ("a:\n  # c\n  b\n", "a", "y", "a:\n  # c\n  y\n"),
            ("a: b\n", "a", ("c", "d"), 'a: ["c", "d"]\n'),
            ("a:\n  - b\nc: x\n", "a", "y", 'a: "y"\nc: x\n'),
            # Flow mappings.
            ("p: {n: X,  c: 2}  # c\n", "p.n", "Y", "p: {n: Y,  c: 2}  # c\n"),
            ("p: {n: X}   # c\n", "p.n", "a, b", 'p: {n: "a, b"}  # c\n'),
            ("p: {n: X,  c: 2}  # c\n", "p.n", None, "p: {c: 2}         # c\n"),
            ("p: {n: X,  c: 2}\n", "p.c", None, "p: {n: X}\n"),
            ("p: {n: X, }\n", "p.n", None, "p: {}\n"),
            ("p: {n: X}\n", "p.d", "true", "p: {n: X, d: true}\n"),
            ("p: {n: X,}\n", "p.d", "y", 'p: {n: X, d: "y",}\n'),
            ("p: {q: {}}\n", "p.q.d", "y", 'p: {q: {d: "y"}}\n'),
            ("p: {n: X}\n", "p.q.d", "y", 'p: {n: X, q: {d: "y"}}\n'),
            ("p: {n: [x, '# 1']}  # c\n", "p.m", "y", "p: {n: [x, '# 1'], m: \"y\"}  # c\n"),
            # Keys that are not there.
            ("a: b", "c", "d", 'a: b\nc: "d"'),
            ("a: b\r\n", "c.d", "7", "a: b\r\nc:\r\n  d: 7\r\n"),
            ("a: b  # c\n# end\n", "d", "e", 'a: b  # c\nd: "e"\n# end\n'),
            ("---\na: b\n...\n", "c", "d", '---\na: b\nc: "d"\n...\n'),
            ("p: {}  # c\nq: r\n", "p.m.d", "7", "p:     # c\n  m:\n    d: 7\nq: r\n"),
            ("p: {}\n", "p.d", "7", "p:\n  d: 7\n"),
            ("p:\n  # one\n  # d: 3\nq: r\n", "p.d", "7", "p:\n  d: 7\n  # one\n  # d: 3\nq: r\n"),
            ("p:\n    # d: 3\n    e: 4\n", "p.d", "7", "p:\n    # d: 3\n    e: 4\n    d: 7\n"),
            ("p:\n    e: 4\n    # d: 3\nq: r\n", "p.d", "7", "p:\n    e: 4\n    d: 7\n    # d: 3\nq: r\n"),
            ("a: b\n\n# d:\n#   e: f\ng: h\n", "d.e", "x", 'a: b\n\nd:\n  e: "x"\n# d:\n#   e: f\ng: h\n'),
            ("a:\n  b: c\n# d: x\n  e: f\n", "d", "x", 'a:\n  b: c\n# d: x\n  e: f\nd: "x"\n'),
            ("a: |+\n  b\n\n", "c", "d", 'c: "d"\na: |+\n  b\n\n'),
            ("x: y\na: |\n  b", "c", "d", 'x: y\nc: "d"\na: |\n  b'),
            ("{}\n", "a.b", "c", 'a:\n  b: "c"\n'),
            ("", "a.b", "c", 'a:\n  b: "c"\n'),
            # Keys that go.
            ("a: b\nc: d  # gone\n# stays\ne: f\n", "c", None, "a: b\n# stays\ne: f\n"),
            ("a: b\nc: d", "c", None, "a: b\n"),
            ("a: b  # c\n", "a", None, "{}\n"),
            ("# c\na: b", "a", None, "# c\n{}"),
            ("p:   # c\n  a: b\n# d\nq: r\n", "p.a", None, "p: {}  # c\n# d\nq: r\n"),
            ("p:\n  a: >\n    b\n\n    c\n\n  d: e\n", "p.a", None, "p:\n\n  d: e\n"),
            # Lists.
            ("a: [x, y]    # c\n", "a", ("x", "z"), "a: [x, z]    # c\n"),
            ("a: [x, 'y']    # c\n", "a", ("z", "x", "y"), "a: [\"z\", x, 'y']  # c\n"),
            ("a: [x, y]    # c\n", "a", ("y",), "a: [y]       # c\n"),
            ("a: [x]\n", "a", ("x", "y, z"), 'a: [x, "y, z"]\n'),
            ("a: [x]\n", "a", ("y, z",), 'a: ["y, z"]\n'),
            ("a: []\n", "a", ("x",), 'a: ["x"]\n'),
            ("a:\n  - x  # 1\n  - y  # 2\n", "a", ("y", "z"), 'a:\n  - y  # 2\n  - "z"\n'),
            ("a:\n- x\n- y", "a", ("x", "new", "y"), 'a:\n- x\n- "new"\n- y'),
            ("a:\n- x\n- y", "a", ("x", "y", "new"), 'a:\n- x\n- y\n- "new"'),
            ("a:\n- x\n", "a", ("k: v",), 'a:\n- "k: v"\n'),
            ("a: [\n  x,   # 1\n  y    # 2\n]\n", "a", ("x",), "a: [\n  x,   # 1\n       # 2\n]\n"),
        ],
    )
    @pytest.mark.parametrize("parser", [yaml.BaseLoader, PARSER])
    def test_each_way_to_write_it(
        self,
        before: str,
        loc: str,
        value: Value,
        after: str,
        parser: type,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(yamltext, "PARSER", parser)
        keys = tuple(loc.split("."))
        assert edited(before, keys, value, {}) == after
        if before:
            assert said(after, tmp_path) == with_value(said(before, tmp_path), keys, value)

    def test_a_new_key_stands_in_its_order(self) -> None:
        order: dict[Loc, list[str]] = {(): ["a", "b", "c", "d"], ("d",): ["x", "y"]}
        assert edited("a: 1  # one\n\n# four\nd: {}\n", ("c",), "3", order) == (
            "a: 1  # one\nc: 3\n\n# four\nd: {}\n"
        )
        assert edited("d:\n  x: 1\n  z: 3\n", ("d", "y"), "2", order) == "d:\n  x: 1\n  y: 2\n  z: 3\n"

    @pytest.mark.parametrize("text", ["? a\n: b\n", "? a\n"])
    def test_what_cannot_be_written_is_refused(self, text: str, tmp_path: Path) -> None:
        try:
            after = edited(text, ("a",), None, {})
        except HandoutError as error:
            assert "by hand" in str(error) or "in the file" in str(error)  # noqa: PT017
        else:
            assert said(after, tmp_path) == {}

    def test_half_a_character_is_refused(self) -> None:
        with pytest.raises(HandoutError, match="`a`"):
            edited("a: b\n", ("a",), "\ud800", {})
