"""Colours, brands and their contrast on paper."""

from __future__ import annotations

import colorsys
from typing import TYPE_CHECKING

import pytest

from handoutpress.editing.contrast import check_contrast
from handoutpress.errors import Problem, ProblemsFound
from handoutpress.places import Places, shipped_folder
from handoutpress.reading.brand import read_brand
from handoutpress.reading.clinic import read_clinic
from handoutpress.reading.colour import AA_TEXT, BLACK, WHITE, Colour, nearest_passing, parse_colour

if TYPE_CHECKING:
    from pathlib import Path


from tests.test_yamlfile import read


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
