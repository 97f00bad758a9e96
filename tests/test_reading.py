"""Reading, piece by piece: YAML kept as written, the small markup, slots, colours, brands, phone numbers."""

from __future__ import annotations

import colorsys
from typing import TYPE_CHECKING, Any

import pytest
from pydantic_core import PydanticCustomError

from handoutpress.editing.contrast import check_contrast
from handoutpress.errors import Problem, ProblemsFound, suggestion
from handoutpress.places import Places, shipped_folder
from handoutpress.reading.brand import read_brand
from handoutpress.reading.clinic import read_clinic
from handoutpress.reading.colour import AA_TEXT, BLACK, WHITE, Colour, nearest_passing, parse_colour
from handoutpress.reading.inline import Inline, Link, Strong, parse
from handoutpress.reading.slots import SLOTS, Slot, SlotError, parse_slot
from handoutpress.reading.yamlfile import DEEPEST, MOST_BYTES, MOST_VALUES, YamlFile, read_yaml

if TYPE_CHECKING:
    from pathlib import Path


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


def context(text: str) -> dict[str, Any]:
    with pytest.raises(PydanticCustomError) as error:
        parse(text)
    assert error.value.context
    return error.value.context


PHONE = Slot("clinic", "phone")


class TestInline:
    @pytest.mark.parametrize(
        ("text", "parts"),
        [
            ("plain", ("plain",)),
            ("call {clinic.phone} now", ("call ", PHONE, " now")),
            ("{clinic.phone}", (PHONE,)),
            ("a **b** c", ("a ", Strong(("b",)), " c")),
            ("**on {clinic.phone}**", (Strong(("on ", PHONE)),)),
            ("see [the page](https://example.org/a)", ("see ", Link("the page", "https://example.org/a"))),
            ("[write](mailto:a@example.org)", (Link("write", "mailto:a@example.org"),)),
            ("{{clinic.phone}}", ("{clinic.phone}",)),
            ("a * b _c_ <b>&amp;", ("a * b _c_ <b>&amp;",)),
            ("{{}}", ("{}",)),
            ("two\n  lines", ("two lines",)),
        ],
    )
    def test_parses(self, text: str, parts: tuple[object, ...]) -> None:
        assert parse(text).parts == parts

    def test_slots_inside_strong_words_are_found(self) -> None:
        text = parse("{clinic.name} **{clinic.phone}** [a page](https://e.org)")
        assert [slot.path for slot in text.slots()] == ["clinic.name", "clinic.phone"]
        assert [link.url for link in text.links()] == ["https://e.org"]
        assert isinstance(text, Inline)

    @pytest.mark.parametrize(
        ("text", "offset", "width", "said"),
        [
            ("call {clinic.fone} now", 5, 13, "unknown slot"),
            ("**on {clinic.fone}**", 5, 13, "unknown slot"),
            ("a } b", 2, 1, "a stray `}`"),
            ("a { b", 2, 1, "a stray `{`"),
            ("a **b", 2, 2, "a stray `**`"),
            ("{}", 0, 2, "is not a slot"),
            ("{7*7}", 0, 5, "is not a slot"),
            ("see [it here](http://e.org)", 4, 23, "cannot be printed"),
            ("[x](javascript:alert)", 0, 21, "cannot be printed"),
            ("[click here](https://e.org)", 0, 27, "does not say where it goes"),
            ("[https://e.org](https://e.org)", 0, 30, "does not say where it goes"),
            ("**a [b](https://e.org)**", 4, 18, "cannot stand here"),
        ],
    )
    def test_refuses_in_place(self, text: str, offset: int, width: int, said: str) -> None:
        found = context(text)
        assert (found["offset"], found["width"]) == (offset, width)
        assert said in found["said"]

    def test_no_offset_where_lines_were_joined(self) -> None:
        assert context("two\nlines {clinic.fone}")["width"] == 0


class TestSlots:
    def test_the_list_is_closed(self) -> None:
        assert set(SLOTS) == {
            *(f"clinic.{name}" for name in ("name", "phone", "hours", "after_hours", "emergency_phone")),
            *("clinic.email", "clinic.website", "patient.name", "patient.reference", "patient.clinician"),
            *("visit.date", "appointment.date", "appointment.time"),
        }

    def test_help_never_prints_blank(self) -> None:
        needed = {path for path, kind in SLOTS.items() if kind.unset == "stop"}
        assert {"clinic.phone", "clinic.after_hours", "clinic.emergency_phone"} <= needed

    @pytest.mark.parametrize(
        ("written", "slot", "shown"),
        [
            ("visit.date+3", Slot("visit", "date", 3), "{visit.date+3}"),
            ("visit.date-14", Slot("visit", "date", -14), "{visit.date-14}"),
            ("appointment.date", Slot("appointment", "date"), "{appointment.date}"),
            ("visit.date+protocol.days", Slot("visit", "date", 0, "days"), "{visit.date+protocol.days}"),
            ("protocol.any_name2", Slot("protocol", "any_name2"), "{protocol.any_name2}"),
            (" clinic.phone ", PHONE, "{clinic.phone}"),
        ],
    )
    def test_reads(self, written: str, slot: Slot, shown: str) -> None:
        assert parse_slot(written) == slot
        assert str(slot) == shown

    @pytest.mark.parametrize(
        ("written", "said"),
        [
            ("clinic.phone+3", "only dates can be moved"),
            ("appointment.time+1", "only dates can be moved"),
            ("protocol.days+3", "only dates can be moved"),
            ("visit.date+1000", "is not a slot"),
            ("visit.date+clinic.phone", "is not a slot"),
            ("visit.date + 3", "is not a slot"),
            ("clinic.__class__", "is not a slot"),
            ("clinic.phone.real", "is not a slot"),
            ("self.secret", "unknown slot"),
            ("clinic", "is not a slot"),
        ],
    )
    def test_refuses(self, written: str, said: str) -> None:
        with pytest.raises(SlotError, match=said):
            parse_slot(written)

    def test_suggests_the_nearest(self) -> None:
        with pytest.raises(SlotError) as error:
            parse_slot("clinic.fone")
        assert error.value.hint == 'did you mean "clinic.phone"?'
        assert suggestion("zzz", ["b", "a"], "names") == "the names are: a, b"
        assert suggestion("zzz", [], "names") == ""


class TestColour:
    @pytest.mark.parametrize(
        ("colour", "behind", "ratio"),
        [
            ("#777", "white", 4.48),
            ("#767676", "white", 4.54),
            ("#000", "#fff", 21.0),
            ("#fff", "#fff", 1.0),
            ("#ff0000", "white", 4.00),
            ("#0000ff", "white", 8.59),
            ("#00ff00", "black", 15.30),
        ],
    )
    def test_contrast_of_known_pairs(self, colour: str, behind: str, ratio: float) -> None:
        one, other = parse_colour(colour), parse_colour(behind)
        assert one
        assert other
        assert one.contrast(other) == other.contrast(one) == pytest.approx(ratio, abs=0.005)

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("#1f5c66", "#1f5c66"),
            ("#ABC", "#aabbcc"),
            ("rgb(31 92 102)", "#1f5c66"),
            ("rgb(31, 92, 102)", "#1f5c66"),
            ("navy", "#000080"),
            ("hsl(120 100% 25%)", "#008000"),
        ],
    )
    def test_reads_css_colours(self, text: str, shown: str) -> None:
        assert str(parse_colour(text)) == shown

    @pytest.mark.parametrize(
        "text", ["1f5c66", "", "#12345", "rgb(0 0 0 / 50%)", "transparent", "currentcolor", "url(x)", "red;"]
    )
    def test_refuses_what_is_not_an_opaque_colour(self, text: str) -> None:
        assert parse_colour(text) is None

    @pytest.mark.parametrize(
        ("start", "behind"),
        [
            *((start, WHITE) for start in ("#777777", "#ff8800", "#66ccff", "#00ff00", "#e0583e", "#6ba6a9")),
            *(
                (start, Colour(233, 239, 240))
                for start in ("#777777", "#ff8800", "#66ccff", "#f0f", "#6ba6a9")
            ),
            *((start, BLACK) for start in ("#1f5c66", "#a32020", "#47652f", "#333333")),
        ],
        ids=str,
    )
    def test_the_nearest_passing_passes_and_keeps_its_hue(self, start: str, behind: Colour) -> None:
        colour = parse_colour(start)
        assert colour
        assert colour.contrast(behind) < AA_TEXT
        found = nearest_passing(colour, behind, AA_TEXT)
        assert found.contrast(behind) >= AA_TEXT
        assert found.contrast(behind) < AA_TEXT + 0.2, "nearest: not darker than it needs to be"
        hue, _, saturation = colorsys.rgb_to_hls(*(c / 255 for c in (colour.red, colour.green, colour.blue)))
        its, _, its_saturation = colorsys.rgb_to_hls(*(c / 255 for c in (found.red, found.green, found.blue)))
        if saturation:
            turned = abs(hue - its) * 360
            assert min(turned, 360 - turned) < 8
            assert its_saturation > 0.2
        else:
            assert (found.red, found.red) == (found.green, found.blue)

    def test_mixing(self) -> None:
        assert BLACK.mixed(WHITE, 0.5) == Colour(128, 128, 128)
        assert Colour(10, 20, 30).mixed(WHITE, 0) == Colour(10, 20, 30)


def brand_problems(folder: Path, text: str) -> list[Problem]:
    yaml = read(folder, text)
    with pytest.raises(ProblemsFound) as found:
        read_brand(yaml)
    return found.value.problems


class TestBrand:
    def test_palette_names_are_followed(self, tmp_path: Path) -> None:
        brand = read_brand(
            read(
                tmp_path,
                "color:\n  palette: {sea: deep, deep: '#123456'}\n  primary: sea\n  danger: '#a00'\n"
                "typography:\n  headings: {color: primary}\n",
            )
        )
        assert str(brand.colours["primary"]) == "#123456"
        assert str(brand.colours["heading"]) == "#123456"
        assert str(brand.colours["link"]) == "#123456"
        assert str(brand.colours["danger"]) == "#aa0000"
        assert brand.colour_locs["primary"] == ("color", "primary")

    def test_an_empty_brand_has_our_defaults(self, tmp_path: Path) -> None:
        brand = read_brand(read(tmp_path, "meta: {name: A}\n"))
        assert str(brand.colours["primary"]) == "#1f5c66"
        assert (brand.base_family, brand.heading_family) == ("Source Sans 3", "Source Sans 3")
        assert (brand.body_size, brand.line_height, brand.heading_weight) == (12.0, 1.4, 700)

    def test_a_circle_is_refused(self, tmp_path: Path) -> None:
        problems = brand_problems(tmp_path, "color:\n  palette: {a: b, b: a}\n  primary: a\n")
        assert {"a → b → a"} <= {p.message.partition("circle: ")[2] for p in problems}

    def test_roles_in_a_circle_are_refused(self, tmp_path: Path) -> None:
        problems = brand_problems(tmp_path, "color:\n  primary: secondary\n  secondary: primary\n")
        assert all("circle" in p.message or "not an opaque colour" in p.message for p in problems)

    def test_a_misspelt_palette_name(self, tmp_path: Path) -> None:
        (problem,) = brand_problems(tmp_path, "color:\n  palette: {teal1: '#123456'}\n  primary: teal2\n")
        assert problem.hint == 'did you mean "teal1"?'
        assert problem.place
        assert problem.place.line == 3

    def test_a_colour_without_its_hash(self, tmp_path: Path) -> None:
        (problem,) = brand_problems(tmp_path, "color: {primary: 1f5c66}\n")
        assert '"#1f5c66"' in problem.hint

    @pytest.mark.parametrize("source", ["google", "bunny", "system"])
    def test_fonts_from_elsewhere_are_refused(self, tmp_path: Path, source: str) -> None:
        text = f"typography:\n  fonts:\n    - family: Lato\n      source: {source}\n  base: Lato\n"
        (problem,) = brand_problems(tmp_path, text)
        assert problem.message == f'fonts are not fetched from "{source}"'
        assert problem.place
        assert problem.place.line == 4

    def test_a_shipped_family_from_google_is_the_shipped_one(self, tmp_path: Path) -> None:
        text = "typography:\n  fonts: [{family: Source Serif 4, source: google}]\n  base: Source Serif 4\n"
        assert read_brand(read(tmp_path, text)).base_family == "Source Serif 4"

    @pytest.mark.parametrize(
        ("typography", "said"),
        [
            ("base: Comic Sans", "no files are known"),
            ("fonts: [{family: Own}]", "names no files"),
            ("base: {size: 11pt}", "is not a size"),
            ("base: {size: 15pt}", "is not a size"),
            ("base: {size: 12}", "is not a size"),
            ("base: {size: big}", "is not a size"),
            ("base: {size: nanpt}", "is not a size"),
            ("base: {line-height: 1.2}", "line-height"),
            ("base: {style: italic}", "italic type is not used"),
            ("base: {weight: 450}", "is not a weight"),
            ("base: {weight: 1000}", "is not a weight"),
            ("base: {weight: 0}", "is not a weight"),
        ],
    )
    def test_refuses_type(self, tmp_path: Path, typography: str, said: str) -> None:
        problems = brand_problems(tmp_path, f"typography: {{{typography}}}\n")
        assert any(said in problem.message for problem in problems), problems

    @pytest.mark.parametrize(
        ("size", "points"), [("12pt", 12.0), ("14pt", 14.0), ("16px", 12.0), ("1.1rem", 13.2)]
    )
    def test_sizes_in_points(self, tmp_path: Path, size: str, points: float) -> None:
        brand = read_brand(read(tmp_path, f"typography: {{base: {{size: {size}}}}}\n"))
        assert brand.body_size == pytest.approx(points)

    def test_weights_by_name(self, tmp_path: Path) -> None:
        brand = read_brand(read(tmp_path, "typography: {headings: {weight: semi-bold}}\n"))
        assert brand.heading_weight == 600

    @pytest.mark.parametrize(
        ("logo", "path"),
        [
            ("logo: a.svg", "a.svg"),
            ("logo: {medium: a.svg}", "a.svg"),
            ("logo: {medium: {light: a.svg, dark: b.svg}}", "a.svg"),
            ("logo: {images: {m: {path: a.svg}}, medium: m}", "a.svg"),
            ("logo: {small: s.svg, large: l.svg}", "l.svg"),
        ],
    )
    def test_the_letterheads_logo(self, tmp_path: Path, logo: str, path: str) -> None:
        found = read_brand(read(tmp_path, logo + "\n")).logo
        assert found
        assert found.path == path


class TestContrast:
    def test_a_pale_colour_is_refused_with_one_that_passes(self, clinic: Path) -> None:
        (clinic / "_brand.yml").write_text('color:\n  primary: "#1f5c66"\n  danger: "#ff8800"\n', "utf-8")
        (problem,) = check_contrast(read_clinic(Places(clinic, shipped_folder())))
        assert problem.message.startswith("danger #ff8800 has a contrast of 2.39 to 1")
        assert problem.place
        assert (problem.place.file, problem.place.line) == (clinic / "_brand.yml", 3)
        assert problem.hint == "the nearest colour that passes is #b65f00"
        mended = problem.hint.rpartition(" ")[2]
        (clinic / "_brand.yml").write_text(f'color:\n  primary: "#1f5c66"\n  danger: "{mended}"\n', "utf-8")
        assert list(check_contrast(read_clinic(Places(clinic, shipped_folder())))) == []

    def test_text_must_pass_on_the_tint_too(self, clinic: Path) -> None:
        (clinic / "_brand.yml").write_text('color: {primary: "#1f5c66", foreground: "#767676"}\n', "utf-8")
        problems = list(check_contrast(read_clinic(Places(clinic, shipped_folder()))))
        assert [problem.message.split()[0] for problem in problems] == ["foreground"]

    @pytest.mark.parametrize("name", ["example", "harbor", "willow"])
    def test_the_sample_clinics_pass(self, name: str) -> None:
        places = Places(shipped_folder() / "clinics" / name, shipped_folder())
        assert list(check_contrast(read_clinic(places))) == []


class TestClinic:
    @pytest.mark.parametrize(
        "phone",
        [
            "call us",
            "TBD",
            "12",
            "0000000000",
            "555-555-5555",
            "123456",
            "1234567",
            "123456789",
            "(555) 555-01OO",
            "01632 960123; rm",
            "<b>911</b>",
            "{clinic.phone}",
            "01632 960123 or 960124",
            "-1632 960123",
            "(((",
        ],
    )
    def test_numbers_nobody_can_dial_are_refused(self, clinic: Path, phone: str) -> None:
        path = clinic / "clinic.yaml"
        path.write_text(path.read_text("utf-8").replace("(555) 555-0100", phone), "utf-8")
        with pytest.raises(ProblemsFound) as found:
            read_clinic(Places(clinic, shipped_folder()))
        (problem,) = found.value.problems
        assert problem.message.startswith('"phone": `')
        assert problem.place
        assert problem.place.line == 2

    @pytest.mark.parametrize(
        "phone",
        [
            "+44 20 7946 0000",
            "01632 960123",
            "(555) 555-0100",
            "911",
            "112",
            "030/123 45-67",
            "5550100 ext. 12",
        ],
    )
    def test_numbers_that_can_be_dialled(self, clinic: Path, phone: str) -> None:
        path = clinic / "clinic.yaml"
        path.write_text(path.read_text("utf-8").replace("(555) 555-0100", phone), "utf-8")
        assert read_clinic(Places(clinic, shipped_folder())).facts.phone == phone

    def test_a_leading_nought_survives_without_quotes(self, clinic: Path) -> None:
        path = clinic / "clinic.yaml"
        path.write_text(path.read_text("utf-8").replace('"(555) 555-0100"', "01632960123"), "utf-8")
        assert read_clinic(Places(clinic, shipped_folder())).facts.phone == "01632960123"

    def test_problems_of_both_files_at_once(self, clinic: Path) -> None:
        (clinic / "clinic.yaml").write_text("name: A\nfone: 911\n", "utf-8")
        (clinic / "_brand.yml").write_text("colour: {}\n", "utf-8")
        with pytest.raises(ProblemsFound) as found:
            read_clinic(Places(clinic, shipped_folder()))
        assert [problem.hint for problem in found.value.problems] == [
            'did you mean "color"?',
            'did you mean "phone"?',
        ]

    @pytest.mark.parametrize(
        "line",
        [
            "email: nobody",
            "website: http://example.org",
            "handout_page: http://example.org/{name}",
            "handout_page: https://example.org/{other}",
            "paper: a5",
            "clock: 13",
            "letterhead: maybe",
        ],
    )
    def test_refuses(self, clinic: Path, line: str) -> None:
        path = clinic / "clinic.yaml"
        path.write_text(f"{line}\n{path.read_text('utf-8')}", "utf-8")
        with pytest.raises(ProblemsFound) as found:
            read_clinic(Places(clinic, shipped_folder()))
        (problem,) = found.value.problems
        assert problem.place
        assert problem.place.line == 1
