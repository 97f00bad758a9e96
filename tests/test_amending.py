"""A clinic's facts changed by a program: only what was wished, and every other byte as it was."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import re
import shutil
import stat
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from handoutpress.amending import (
    Amendment,
    NotAmended,
    amend,
    amended_file,
    consequences,
    keep,
    state_of,
)
from handoutpress.errors import HandoutError, ProblemsFound
from handoutpress.places import Places, shipped_folder
from handoutpress.reading import yamltext
from handoutpress.reading.clinic import read_clinic
from handoutpress.reading.signoffs import read_sign_offs
from handoutpress.reading.yamlediting import edited, with_value
from handoutpress.reading.yamlreader import PARSER, read_yaml
from handoutpress.signing import sign_sheets
from handoutpress.wish import Wish

from .conftest import CLINICS, ROOT, TODAY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from handoutpress.reading.yamlediting import Value
    from handoutpress.reading.yamlfile import Loc

FILES = sorted((ROOT / "clinics").glob("*/clinic*.yaml"))
SIGNS = ("protocol", "microneedling", "allergy_signs")
SHEET = "microneedling-aftercare"

TEXTS = (
    "plain words",
    "no",
    "true",
    "7",
    "007",
    "8:30",
    "01632 960123",
    "#1",
    "a #1",
    "ends with a colon:",
    "a: b",
    'it\'s "quoted" \\ twice',
    "👩🏽‍⚕️ emoji, and ¿ñ?",
    "  two spaces before and after  ",
    "",
    "~",
    "null",
    "- item",
    "? key",
    "!!python/object/apply:os.system [id]",
    "!tag x",
    "&anchor x",
    "*alias",
    "<<",
    "{a: b}",
    "[a, b",
    "a, b]",
    "% @ ` |",
    "> fold",
    "---",
    "...",
    "line\nbreak",
    "\n  evil: x",
    "x\nevil: y\r\nmore: z",
    "9\u00a0a.\u00a0m.",
    "\u2028 \u0085 \ufeff \x07 \t",
    "2026-11-24",
    "x" * 5000,
    "a, " + "[" * 150,
    "[" * 20_000,
)

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


def scalars(data: Any, loc: Loc = ()) -> list[Loc]:
    if isinstance(data, dict):
        return [each for key, inner in data.items() for each in scalars(inner, (*loc, key))]
    return [] if isinstance(data, list) else [loc]


def at(data: Any, loc: Loc) -> Any:
    for step in loc:
        data = data[step]
    return data


def other_lines(before: str, after: str, first: int, last: int) -> None:
    """Assert that only the lines from ``first`` to ``last`` of a text (0-based) are other ones."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    assert new[:first] == old[:first]
    behind = len(old) - last - 1
    assert new[len(new) - behind :] == old[last + 1 :]


@pytest.fixture
def own(tmp_path: Path) -> Callable[[str], Places]:
    """Return a function that copies a sample clinic, to change it."""

    def copied(name: str) -> Places:
        shutil.copytree(ROOT / "clinics" / name, tmp_path / name)
        return Places(tmp_path / name, shipped_folder())

    return copied


def change(places: Places, changes: dict[Loc, Value], language: str | None = None) -> Amendment:
    return amend(places, changes, state_of(amended_file(places, language)), language)


def refused(places: Places, changes: dict[Loc, Value], language: str | None = None) -> NotAmended:
    path = amended_file(places, language)
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(NotAmended) as found:
        change(places, changes, language)
    assert (path.read_bytes() if path.exists() else None) == before
    return found.value


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


class TestAmend:
    @pytest.mark.parametrize("name", CLINICS)
    @pytest.mark.parametrize("language", [None, "en", "es"])
    def test_the_same_again_changes_nothing(
        self, own: Callable[[str], Places], name: str, language: str | None
    ) -> None:
        places = own(name)
        path = amended_file(places, language)
        assert path.name == ("clinic.es.yaml" if language == "es" else "clinic.yaml")
        data = read_yaml(path).data
        changes: dict[Loc, Value] = {loc: f" {at(data, loc)} " for loc in scalars(data)}
        if "address" in data:
            changes["address",] = tuple(data["address"])
        amendment = change(places, {**changes, ("printer", "name"): None}, language)
        assert amendment.changed == ()
        assert amendment.text == path.read_bytes().decode()
        assert consequences(places, amendment) == type(consequences(places, amendment))()

    @pytest.mark.parametrize("name", CLINICS)
    def test_a_form_is_kept(self, own: Callable[[str], Places], name: str) -> None:
        places = own(name)
        before = (places.clinic / "clinic.yaml").read_text("utf-8")
        changes: dict[Loc, Value] = {
            ("name",): "New Name: Skin & Co (example)",
            ("phone",): "01632 960111",
            ("address",): ("3 New Street, Rear", "Sampletown"),
            ("email",): None,
            ("letterhead",): "false",
            ("printer", "name"): "Front-Desk",
            ("printer", "duplex"): "true",
            ("protocol", "microneedling", "no_sun_days_before"): "5",
            ("protocol", "microneedling", "wash_how"): "cool water",
        }
        amendment = change(places, changes)
        assert amendment.changed == tuple(changes)
        assert (places.clinic / "clinic.yaml").read_text("utf-8") == before
        keep(amendment, state_of(amendment.path))
        facts = read_clinic(places).facts
        assert facts.name == "New Name: Skin & Co (example)"
        assert facts.phone == "01632 960111"
        assert facts.address == ("3 New Street, Rear", "Sampletown")
        assert facts.email is None
        assert not facts.letterhead
        assert (facts.printer.name, facts.printer.duplex, facts.printer.copies) == ("Front-Desk", True, 1)
        assert facts.protocol["microneedling"]["no_sun_days_before"] == "5"
        own_comments = re.findall(r"(?m)^ *#.*", before)
        assert re.findall(r"(?m)^ *#.*", amendment.text) == own_comments
        trailing = [words for words in re.findall(r"(?m)\S +(# .*)$", before) if words != "# optional"]
        kept = [words for words in re.findall(r"(?m)\S +(# .*)$", amendment.text) if words != "# optional"]
        assert kept == trailing

    @pytest.mark.parametrize("name", CLINICS)
    def test_answers_come_into_an_empty_protocol_in_the_topics_order(
        self, own: Callable[[str], Places], name: str
    ) -> None:
        places = own(name)
        path = places.clinic / "clinic.yaml"
        answers = read_yaml(path).data["protocol"]["microneedling"]
        path.write_text("name: X\nprotocol: {}\n", encoding="utf-8")
        changes: dict[Loc, Value] = {
            ("protocol", "microneedling", slot): answers[slot] for slot in sorted(answers)
        }
        amendment = change(places, changes)
        keep(amendment, state_of(path))
        now = read_yaml(path).data["protocol"]["microneedling"]
        assert now == answers
        assert list(now)[1:] == [slot for slot in answers if slot in list(now)[1:]]

    def test_words_of_another_language(self, clinic: Path) -> None:
        places = Places(clinic, shipped_folder())
        changes: dict[Loc, Value] = {("hours",): "de lunes a viernes", SIGNS: "Dificultad para respirar"}
        assert state_of(clinic / "clinic.es.yaml") == ""
        amendment = amend(places, changes, "", "es")
        assert amendment.path == clinic / "clinic.es.yaml"
        assert amendment.language == "es"
        keep(amendment, "")
        facts = read_clinic(places, "es").facts
        assert facts.hours == "de lunes a viernes"
        assert facts.protocol["microneedling"]["allergy_signs"] == "Dificultad para respirar"
        assert read_clinic(places, "en").facts.hours == "Monday to Friday, 9 am to 5 pm"
        nothing = change(places, dict.fromkeys(changes), "es")
        keep(nothing, state_of(nothing.path))
        assert read_clinic(places, "es").facts.hours is None
        assert refused(places, {("phone",): "911"}, "es").fields[("phone",)][0].message == (
            'unknown key "phone"'
        )

    def test_no_file_is_made_for_nothing(self, clinic: Path) -> None:
        amendment = amend(Places(clinic, shipped_folder()), {("hours",): None}, "", "fr")
        assert amendment == Amendment(clinic / "clinic.fr.yaml", "", (), "fr")
        keep(amendment, "")
        assert not amendment.path.exists()

    @pytest.mark.parametrize("language", ["../x", "es/..", "español", "e", "es\n", ""])
    def test_what_is_no_language(self, clinic: Path, language: str) -> None:
        with pytest.raises(ProblemsFound, match="is not a language"):
            amend(Places(clinic, shipped_folder()), {}, "", language)

    def test_all_problems_at_once_each_at_its_field(self, own: Callable[[str], Places]) -> None:
        places = own("harbor")
        signs: dict[Loc, str] = {
            ("phone",): "looks like a placeholder",
            ("name",): "has more than 120",
            ("email",): "not written as expected",
            ("address",): "has more than 5",
            ("paper",): "is not one of",
            ("printer", "copies"): "is more than 20",
            ("printer", "colour"): 'unknown key "colour"',
            ("fax",): 'unknown key "fax"',
            ("mail", "from"): "not an email address",
            ("mail", "preference"): '"preference" is missing',
        }
        found = refused(
            places,
            {
                ("phone",): "0000000000",
                ("name",): "x" * 121,
                ("email",): "nobody",
                ("address",): tuple("abcdef"),
                ("paper",): "a3",
                ("printer", "copies"): "21",
                ("printer", "colour"): "yes",
                ("fax",): "1",
                ("mail", "from"): "nobody",
            },
        )
        assert {loc: len(problems) for loc, problems in found.fields.items()} == dict.fromkeys(signs, 1)
        for loc, words in signs.items():
            (problem,) = found.fields[loc]
            assert words in problem.message
            assert problem.place
            assert problem.place.file == places.clinic / "clinic.yaml"
            shown = loc[0] if loc[-1] == "preference" else loc[-1]
            assert f"{shown}:" in problem.place.text
        assert sorted(problem for told in found.fields.values() for problem in map(str, told)) == sorted(
            map(str, found.problems)
        )

    def test_what_is_missing_is_told_at_its_own_field(self, own: Callable[[str], Places]) -> None:
        places = own("example")
        assert list(refused(places, {("name",): None}).fields) == [("name",)]
        (places.clinic / "clinic.yaml").write_text("mail:\n  host: mail.example.org\nname: X\n", "utf-8")
        assert set(refused(places, {("name",): None}).fields) == {
            ("name",),
            ("mail", "from"),
            ("mail", "preference"),
        }

    def test_answers_are_checked_as_the_command_line_does(self, own: Callable[[str], Places]) -> None:
        places = own("harbor")
        topic = ("protocol", "microneedling")
        changes: dict[Loc, Value] = {
            (*topic, "no_sun_days_before"): "a week",
            (*topic, "no_sun_days_befor"): "7",
            ("protocol", "botany", "roots"): "deep",
            (*topic, "wash_how"): "x" * 201,
        }
        too_long = refused(places, changes)
        assert list(too_long.fields) == [(*topic, "wash_how")]  # no answer is checked before it has its form
        del changes[*topic, "wash_how"]
        found = refused(places, changes)
        messages = {loc: [problem.message for problem in told] for loc, told in found.fields.items()}
        assert messages == {
            (*topic, "no_sun_days_before"): ["`a week` is not a whole number of days"],
            (*topic, "no_sun_days_befor"): ["the topic `microneedling` has no slot `no_sun_days_befor`"],
            ("protocol", "botany"): ["there is no topic `botany`"],
        }
        spanish = refused(places, {(*topic, "no_sun_days_before"): "una semana"}, "es")
        assert list(spanish.fields) == [(*topic, "no_sun_days_before")]

    @pytest.mark.parametrize(
        "value",
        [
            "Monday\n  evil: x",
            "Monday\r\nphone: '666'",
            "a\u2028b",
            "a\u0085b",
            "a\x00b",
            "\x1b[2J",
            "\ud800",
            "a\tb",
            ("one", "two\nthree"),
        ],
    )
    def test_one_line_is_one_line(self, clinic: Path, value: Value) -> None:
        loc = ("address",) if isinstance(value, tuple) else ("hours",)
        found = refused(Places(clinic, shipped_folder()), {loc: value, ("phone",): "0000000000"})
        assert set(found.fields) == {loc, ("phone",)}
        assert "line break" in found.fields[loc][0].message

    @pytest.mark.parametrize("value", [text for text in TEXTS if text.strip() and len(text) <= 160])
    def test_hostile_words_are_only_words(self, clinic: Path, value: str) -> None:
        places = Places(clinic, shipped_folder())
        shown = value.strip().replace("\u00a0", "").replace("\u200d", "")
        if not shown.isprintable():
            refused(places, {("hours",): value})
            return
        amendment = change(places, {("hours",): value, SIGNS: value, ("address",): (value, value)})
        keep(amendment, state_of(amendment.path))
        facts = read_clinic(places).facts
        assert facts.hours == facts.protocol["microneedling"]["allergy_signs"] == value.strip()
        assert facts.address == (value.strip(), value.strip())
        assert facts.phone == "(555) 555-0100"

    def test_what_is_too_long_is_refused(self, clinic: Path) -> None:
        places = Places(clinic, shipped_folder())
        assert list(refused(places, {("hours",): "x" * 161}).fields) == [("hours",)]
        (problem,) = refused(places, {("hours",): "x" * 1_000_001}).fields[()]
        assert "too large" in problem.message

    @pytest.mark.parametrize(
        "loc", [(), ("",), ("a b",), ("a\nb",), ("A",), ("address", 0), ("x" * 81,), ("a.b",), ("phone: 1",)]
    )
    def test_what_is_no_field(self, clinic: Path, loc: Loc) -> None:
        found = refused(Places(clinic, shipped_folder()), {loc: "x"})
        assert "is not the name of a field" in found.fields[loc][0].message

    @pytest.mark.parametrize(
        ("loc", "value", "said"),
        [
            (("printer",), "x", "expected `key: value` lines"),
            (("phone", "x"), "y", "expected a text"),
            (("protocol", "microneedling"), "x", "expected `key: value` lines"),
            (("hours",), ("x", "y"), "expected a text"),
            (("address",), "x", "expected a list"),
        ],
    )
    def test_the_wrong_kind_of_value(
        self, own: Callable[[str], Places], loc: Loc, value: Value, said: str
    ) -> None:
        found = refused(own("harbor"), {loc: value})
        assert any(said in problem.message for problem in found.problems), found

    def test_an_empty_list_goes(self, own: Callable[[str], Places]) -> None:
        places = own("willow")
        amendment = change(places, {("address",): ()})
        assert amendment.changed == (("address",),)
        keep(amendment, state_of(amendment.path))
        assert "address" not in read_yaml(amendment.path).data

    def test_a_file_that_cannot_be_read_stays(self, clinic: Path) -> None:
        path = clinic / "clinic.yaml"
        path.write_text("name: X\nname: Y\n", "utf-8")
        with pytest.raises(ProblemsFound, match="a second time"):
            amend(Places(clinic, shipped_folder()), {("name",): "Z"}, state_of(path))
        path.unlink()
        with pytest.raises(ProblemsFound, match="no such file"):
            amend(Places(clinic, shipped_folder()), {("name",): "Z"}, "")

    @pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
    def test_a_link_out_of_the_folder_is_refused(self, clinic: Path, tmp_path: Path) -> None:
        other = tmp_path / "elsewhere.yaml"
        (clinic / "clinic.yaml").rename(other)
        (clinic / "clinic.yaml").symlink_to(other)
        with pytest.raises(ProblemsFound, match="leads out of the folder"):
            amend(Places(clinic, shipped_folder()), {("hours",): "Z"}, state_of(other))

    @pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
    def test_a_link_inside_the_folder_stays_one(self, clinic: Path) -> None:
        (clinic / "clinic.yaml").rename(clinic / "facts.yaml")
        (clinic / "clinic.yaml").symlink_to("facts.yaml")
        places = Places(clinic, shipped_folder())
        amendment = change(places, {("emergency_phone",): "112"})
        assert len(consequences(places, amendment).ends) == 0
        keep(amendment, state_of(amendment.path))
        assert (clinic / "clinic.yaml").is_symlink()
        assert read_clinic(places).facts.emergency_phone == "112"


class TestKeep:
    def test_two_people_do_not_overwrite_each_other(self, clinic: Path) -> None:
        places = Places(clinic, shipped_folder())
        path = clinic / "clinic.yaml"
        seen = state_of(path)
        first = amend(places, {("hours",): "daily"}, seen)
        second = amend(places, {("phone",): "01632 960123"}, seen)
        keep(first, seen)
        kept = path.read_bytes()
        with pytest.raises(ProblemsFound, match="changed this file meanwhile"):
            keep(second, seen)
        with pytest.raises(NotAmended) as found:
            amend(places, {("phone",): "0000000000"}, seen)
        assert {loc: len(told) for loc, told in found.value.fields.items()} == {(): 1, ("phone",): 1}
        path.unlink()
        with pytest.raises(ProblemsFound, match="changed this file meanwhile"):
            keep(second, seen)
        path.write_bytes(kept)

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no such bits")
    @pytest.mark.parametrize("mode", [0o600, 0o664, 0o640])
    def test_who_may_read_it_stays(self, clinic: Path, mode: int) -> None:
        places = Places(clinic, shipped_folder())
        path = clinic / "clinic.yaml"
        path.chmod(mode)
        mask = os.umask(0o077)
        try:
            keep(change(places, {("hours",): "daily"}), state_of(path))
        finally:
            os.umask(mask)
        assert stat.S_IMODE(path.stat().st_mode) == mode
        assert b"daily" in path.read_bytes()
        assert sorted(each.name for each in clinic.iterdir()) == ["_brand.yml", "clinic.yaml"]

    def test_windows_lines_and_the_mark_are_kept_in_the_file(self, clinic: Path) -> None:
        places = Places(clinic, shipped_folder())
        path = clinic / "clinic.yaml"
        before = b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n")
        path.write_bytes(before)
        keep(change(places, {("emergency_phone",): "112"}), state_of(path))
        assert path.read_bytes() == before.replace(b'"911"', b'"112"')


class TestConsequences:
    @pytest.fixture
    def signed(self, own: Callable[[str], Places]) -> Places:
        """A clinic with one sheet signed in both languages."""
        places = own("harbor")
        for language in ("en", "es"):
            wish = Wish(language, today=TODAY)
            sign_sheets((SHEET,), places, wish, "Example Clinician (example)", dt.date(2027, 5, 31))
        return places

    def test_a_number_ends_every_sign_off_and_an_hour_only_where_it_stands(self, signed: Places) -> None:
        ends = consequences(signed, change(signed, {("phone",): "555-555-0143"})).ends
        assert [(entry.sheet, entry.language, entry.by) for entry in ends] == [
            (SHEET, "en", "Example Clinician (example)"),
            (SHEET, "es", "Example Clinician (example)"),
        ]
        ends = consequences(signed, change(signed, {("hours",): "cada día"}, "es")).ends
        assert [entry.language for entry in ends] == ["es"]
        assert consequences(signed, change(signed, {("printer", "name"): "Front"})).ends == ()
        assert consequences(signed, change(signed, {("paper",): "a4"})).ends == ()

    def test_they_are_what_comes_true(self, signed: Places) -> None:
        amendment = change(signed, {("phone",): "555-555-0143"})
        told = consequences(signed, amendment)
        before = state_of(amendment.path)
        assert len(read_sign_offs(signed).sign_offs) == 2  # nothing was written
        keep(amendment, before)
        again = change(signed, {("phone",): "555-555-0142"})
        assert consequences(signed, again).ends == ()
        assert len(told.ends) == 2

    def test_what_would_stop_a_sheet(self, own: Callable[[str], Places]) -> None:
        places = own("harbor")
        told = consequences(places, change(places, {SIGNS: None}))
        assert told.frees == ()
        assert {language for _, language, _ in told.stops} == {"en"}  # the Spanish words stand elsewhere
        assert SHEET in {name for name, _, _ in told.stops}
        for _, _, problem in told.stops:
            assert "{protocol.allergy_signs}` is not set" in problem.message
        no_glyph = consequences(places, change(places, {("name",): "皮膚 Clinic (example)"}))
        assert no_glyph.stops
        for _, _, problem in no_glyph.stops:
            assert "no font covers" in problem.message
            assert problem.place
            assert problem.place.file == places.clinic / "clinic.yaml"
            assert "皮膚" in problem.place.text
        demanded = consequences(places, change(places, {("require_sign_off",): "true"}))
        assert {problem.rule for _, _, problem in demanded.stops} == {"sign-off"}
        assert len(demanded.stops) == len(places.sheets())

    def test_what_would_free_a_sheet(self, own: Callable[[str], Places]) -> None:
        places = own("harbor")
        keep(removed := change(places, {("phone",): None}), state_of(removed.path))
        told = consequences(
            places, change(places, {("phone",): "555-555-0142", ("name",): "Other (example)"})
        )
        assert told.stops == ()
        assert told.frees == tuple(places.sheets())

    def test_a_problem_that_only_moves_is_not_new(self, own: Callable[[str], Places]) -> None:
        places = own("example")
        path = places.clinic / "clinic.yaml"
        path.write_text(path.read_text("utf-8") + "require_sign_off: true\n", "utf-8")
        amendment = change(places, {("address",): None, ("printer", "name"): "Front"})
        assert consequences(places, amendment) == type(consequences(places, amendment))()

    @pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
    def test_links_are_not_followed(self, signed: Places, tmp_path: Path) -> None:
        (signed.clinic / "loop").symlink_to(".")
        (signed.clinic / "dead").symlink_to("nowhere")
        (tmp_path / "elsewhere").mkdir()
        (signed.clinic / "far").symlink_to(tmp_path / "elsewhere")
        assert len(consequences(signed, change(signed, {("phone",): "555-555-0143"})).ends) == 2
