"""`new clinic --brand`: a designer's file as it is, with its logo and fonts, or mended where asked."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from handoutpress.editing.contrast import check_contrast
from handoutpress.places import Places, shipped_folder
from handoutpress.reading.clinic import read_clinic
from handoutpress.scaffolding.designed import read_design
from tests.founding import options, svg

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Ran

    Run = Callable[..., Ran]

DESIGN = """\
# Made by the studio. \u00a9 (example)\r
meta: {name: {full: "Studio Clinic (example)", short: Studio}, link: {home: "https://studio.example.com"}}
logo:
    images:
        mark: {path: art/mark.svg, alt: 'A mark'}
    large: {light: mark, dark: art/not-there.png}
    medium: mark
color:
    palette: {sun: "#F2A900", sea: '#16335b'}   # the studio's own
    primary: sea
    secondary: sun    # loved
    warning: sun
typography:
    fonts:
        - family: Studio Sans
          files: [fonts/regular.ttf]
    base: {family: Studio Sans}
    link: {color: sun}
    monospace: {family: Not There Mono}
defaults: {shiny: {theme: {preset: shiny}}}
"""


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    folder = tmp_path / "studio"
    (folder / "art").mkdir(parents=True)
    (folder / "fonts").mkdir()
    svg(folder / "art" / "mark.svg", '<rect width="40" height="40" fill="#16335b"/>')
    found = find_spec("fontpkg_atkinson_hyperlegible")
    assert found
    assert found.origin
    font = Path(found.origin).parent / "files" / "AtkinsonHyperlegible-Regular.ttf"
    shutil.copy(font, folder / "fonts" / "regular.ttf")
    (folder / "brand.yml").write_bytes(
        DESIGN.replace("sun    #", "sea    #").replace("color: sun", "color: sea").encode()
    )
    return folder


def made(run: Run, studio: Path, *more: str) -> Ran:
    words = [word for word in options() if word not in ("--name", "Test Clinic (example)")]
    return run("new", "clinic", "mine", "--brand", studio / "brand.yml", *words, *more, cwd=studio.parent)


def test_it_is_taken_byte_for_byte_with_its_files(run: Run, studio: Path) -> None:
    ran = made(run, studio)
    assert ran.status == 0, ran.err
    mine = studio.parent / "mine"
    assert (mine / "_brand.yml").read_bytes() == (studio / "brand.yml").read_bytes()
    for name in ("art/mark.svg", "fonts/regular.ttf"):
        assert (mine / name).read_bytes() == (studio / name).read_bytes()
    facts = read_clinic(Places(mine, shipped_folder())).facts
    assert (facts.name, facts.website) == ("Studio Clinic (example)", "https://studio.example.com")
    assert run("check", "microneedling-about", cwd=mine).status == 0


def test_colours_too_pale_are_refused_with_the_nearest(run: Run, studio: Path) -> None:
    (studio / "brand.yml").write_bytes(DESIGN.encode())
    ran = made(run, studio)
    assert ran.status == 1
    assert "studio/brand.yml:11:16  secondary #f2a900 has a contrast of" in ran.err
    assert "studio/brand.yml:18:19  link" in ran.err
    assert "the nearest colour that passes is #9f6d00" in ran.err
    assert "--mend-colours" in ran.err
    assert "is missing" not in ran.err
    assert not (studio.parent / "mine").exists()


def test_where_asked_only_what_is_pale_is_changed(run: Run, studio: Path) -> None:
    (studio / "brand.yml").write_bytes(DESIGN.encode())
    ran = made(run, studio, "--mend-colours")
    assert ran.status == 0, ran.err
    assert "secondary: #f2a900 is too pale to read; now #9f6d00." in ran.err
    wished = DESIGN.replace("secondary: sun ", 'secondary: "#9f6d00" ').replace(
        "color: sun", 'color: "#9f6d00"'
    )
    written = (studio.parent / "mine" / "_brand.yml").read_bytes().decode()
    assert "".join(written.split()) == "".join(wished.split())
    assert written.startswith("# Made by the studio. \u00a9 (example)\r\n")
    clinic = read_clinic(Places(studio.parent / "mine", shipped_folder()))
    assert list(check_contrast(clinic)) == []


@pytest.mark.parametrize("main", ["#e4572e", "#00a3a1", "#ffee00", "#9a9a9a"])
def test_a_pale_main_colour_is_mended_with_its_tint(clinic: Path, tmp_path: Path, main: str) -> None:
    (tmp_path / "brand.yml").write_text(f'color:\n  primary: "{main}"\n', encoding="utf-8")
    design = read_design(tmp_path / "brand.yml", tmp_path, mend=True)
    (clinic / "_brand.yml").write_bytes(design.text.encode())
    assert list(check_contrast(read_clinic(Places(clinic, shipped_folder())))) == []
    assert [(each.role, str(each.before)) for each in design.mended] == [("primary", main)]


def test_what_stops_a_print_stops_it_here(run: Run, studio: Path) -> None:
    (studio / "art" / "mark.svg").unlink()
    (studio / "fonts" / "regular.ttf").write_bytes(b"none")
    ran = made(run, studio)
    assert ran.status == 1
    assert "mine/_brand.yml:5:22  there is no image `mark.svg`" in ran.err
    assert "`fonts/regular.ttf` is not a font this program can read" in ran.err
    assert not (studio.parent / "mine").exists()


def test_what_goes_together_with_it_and_what_not(run: Run, studio: Path) -> None:
    ran = made(run, studio, "--primary", "#16335b")
    assert ran.status == 2
    assert "--brand has logo and colours in it" in ran.err
    assert run("new", "clinic", "x", *options(), "--mend-colours", cwd=studio).status == 2
    (studio / "brand.yml").write_text("typography: {base: Comic Sans}\ncolour: red\n", encoding="utf-8")
    ran = made(run, studio)
    assert ran.status == 1
    assert 'brand.yml:2:1  unknown key "colour"' in ran.err
