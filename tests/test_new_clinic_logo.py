"""A new clinic's colours come from its logo and can be read; a logo that would not print is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from handoutpress.editing.contrast import check_contrast
from handoutpress.places import Places, shipped_folder
from handoutpress.reading.clinic import read_clinic
from handoutpress.reading.colour import AA_TEXT, Colour, parse_colour
from handoutpress.scaffolding.brandtext import brand_text
from handoutpress.scaffolding.logocolours import LogoColour, logo_colours
from handoutpress.scaffolding.palette import propose
from handoutpress.scaffolding.svgcolours import svg_colours
from tests.conftest import CLINIC_YAML, ROOT
from tests.founding import options, png, svg

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

    Run = Callable[..., Ran]

SMALL = '<rect width="9" height="9" fill="#225588"/>'
STOPS = '<stop offset="0" stop-color="#7b2d8b"/><stop offset="100%" style="stop-color:#2d4f8b"/>'
GRADIENTS = f'<linearGradient id="a">{STOPS}</linearGradient><linearGradient id="b" href="#a"/>'
DRAWINGS = {
    "attribute": (SMALL, ["#225588"]),
    "group": (f'<g fill="#e0583e"><path d="M0 0h20v20H0z"/></g>{SMALL}', ["#225588", "#e0583e"]),
    "style": ('<style>.a,.b{fill:#225588}</style><rect class="b" width="40" height="40"/>', ["#225588"]),
    "inline": ('<rect style="fill:rgb(34,85,136)" fill="red" width="40" height="40"/>', ["#225588"]),
    "stroke": ('<circle cx="20" cy="20" r="9" fill="none" stroke="#225588"/>', ["#225588"]),
    "arcs": ('<path d="M8 6A30 30 0 01 8 54A30 30 0 01 8 6Z" fill="#225588"/>', ["#225588"]),
    "use": (f'<defs><g id="r">{SMALL}</g></defs><use href="#r"/>', ["#225588"]),
    "never used": (f'<defs><rect width="90" height="40" fill="red"/></defs>{SMALL}', ["#225588"]),
    "clipped": (f'<clipPath><rect width="90" height="40" fill="red"/></clipPath>{SMALL}', ["#225588"]),
    "gradient": (f'{GRADIENTS}<circle cx="20" cy="20" r="18" fill="url(#b)"/>', ["#2d4f8b", "#7b2d8b"]),
    "black": ('<path d="M0 0h40v40H0z"/>', ["#000000"]),
    "white": ('<rect width="40" height="40" fill="#fff"/><rect width="9" height="9" fill="none"/>', []),
    "clipped deep inside": (
        f'<clipPath><g><g><rect width="90" height="40" fill="red"/></g></g></clipPath><g>{SMALL}</g>',
        ["#225588"],
    ),
    "clear": ('<rect width="40" height="40" fill="red" fill-opacity="0"/>', []),
    "hidden": (f'<g display="none">{SMALL}</g>', []),
}


def named(found: list[LogoColour]) -> list[str]:
    return [str(each.colour) for each in found]


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_colours_of_a_drawing(tmp_path: Path, drawing: str) -> None:
    inner, wanted = DRAWINGS[drawing]
    assert sorted(named(logo_colours(svg(tmp_path / "logo.svg", inner)))) == wanted


def test_groups_in_groups_are_read_however_deep() -> None:
    groups = 20_000
    drawing = b"<svg>" + b"<g>" * groups + SMALL.encode() + b"</g>" * groups + b"</svg>"
    assert [str(colour) for colour in svg_colours(drawing)[0]] == ["#225588"]


def test_colours_of_a_picture_the_largest_first(tmp_path: Path) -> None:
    assert named(logo_colours(png(tmp_path / "a.png", "#7b2d8b", "#f2c14e"))) == ["#7b2d8b", "#f2c14e"]
    assert named(logo_colours(png(tmp_path / "b.png", "#7b2d8b", mode="RGB"))) == ["#7b2d8b"]
    assert named(logo_colours(png(tmp_path / "c.png", "#ffffff", mode="L"))) == []
    assert named(logo_colours(png(tmp_path / "d.png", "#7b2d8b40"))) == []
    picture = png(tmp_path / "e.png", "#7b2d8b", mode="RGB")
    with Image.open(picture) as image:
        image.save(tmp_path / "e.jpg", quality=40)
        image.convert("P").save(tmp_path / "f.png")
    (jpeg,) = logo_colours(tmp_path / "e.jpg")
    assert max(abs(jpeg.colour.red - 0x7B), abs(jpeg.colour.green - 0x2D), abs(jpeg.colour.blue - 0x8B)) < 12
    assert named(logo_colours(tmp_path / "f.png"))


LOGOS = {
    "the most of it": ([("#16335b", 0.9), ("#e0583e", 0.1)], "#16335b", None),
    "colour before grey": ([("#333333", 0.7), ("#47652f", 0.3)], "#47652f", None),
    "dark before pale": ([("#6ba6a9", 0.8), ("#1f5c66", 0.2)], "#1f5c66", None),
    "too pale": ([("#f2c14e", 1.0)], None, "#f2c14e"),
    "grey": ([("#777777", 0.6), ("#333333", 0.4)], "#333333", None),
    "pale grey": ([("#bbbbbb", 1.0)], None, "#bbbbbb"),
    "black": ([("#000000", 1.0)], "#000000", None),
    "white": ([], "#1f5c66", None),
}


@pytest.mark.parametrize("logo", LOGOS)
def test_proposed_colours_can_be_read_where_they_stand(tmp_path: Path, logo: str) -> None:
    shares, main, moved = LOGOS[logo]
    found = [LogoColour(parsed(text), share) for text, share in shares]
    proposals = propose(found, {})
    primary = next(each for each in proposals if each.role == "primary")
    assert str(primary.wished or None) == str(moved)
    assert main is None or str(primary.colour) == main
    (tmp_path / "_brand.yml").write_text(brand_text("A: #b", None, None, found, proposals), encoding="utf-8")
    (tmp_path / "clinic.yaml").write_text(CLINIC_YAML, encoding="utf-8")
    clinic = read_clinic(Places(tmp_path, shipped_folder()))
    assert list(check_contrast(clinic)) == []
    assert {
        role: clinic.brand.colours[role] for role in ("primary", "foreground", "secondary", "danger")
    } == {each.role: each.colour for each in proposals if each.role != "success"}
    assert all(each.contrast >= AA_TEXT for each in proposals)
    inks = {each.role: each.colour for each in proposals}
    assert inks["foreground"].contrast(Colour(255, 255, 255)) > 10


def parsed(text: str) -> Colour:
    colour = parse_colour(text)
    assert colour
    return colour


@pytest.mark.parametrize(
    ("clinic", "main"), [("example", "#1f5c66"), ("harbor", "#16335b"), ("willow", "#47652f")]
)
def test_the_sample_clinics_logos_give_their_designers_colour(clinic: str, main: str) -> None:
    found = logo_colours(ROOT / "clinics" / clinic / "logo.svg")
    assert next(str(each.colour) for each in propose(found, {}) if each.role == "primary") == main


def test_the_command_tells_what_it_found_and_moved(run: Run, tmp_path: Path) -> None:
    png(tmp_path / "sun.png", "#f2a900")
    ran = run("new", "clinic", "mine", *options(name="Sol"), "--logo", "sun.png", cwd=tmp_path)
    assert ran.status == 0, ran.err
    lines = [" ".join(line.split()) for line in ran.err.splitlines()]
    assert "Colours in the logo: #f2a900 (100%)" in lines
    (main,) = [line for line in lines if line.startswith("primary")]
    assert main.endswith("moved from #f2a900, which is too pale to read")
    assert (tmp_path / "mine" / "logo.png").read_bytes() == (tmp_path / "sun.png").read_bytes()
    brand = (tmp_path / "mine" / "_brand.yml").read_text("utf-8")
    assert 'alt: "Sol logo"' in brand
    assert "the nearest to #f2a900 that can be read" in brand


def test_a_white_logo_is_taken_and_told(run: Run, tmp_path: Path) -> None:
    svg(tmp_path / "logo.svg", '<rect width="40" height="40" fill="white"/>')
    ran = run("new", "clinic", "mine", *options(), "--logo", "logo.svg", "--logo-alt", "A: b", cwd=tmp_path)
    assert ran.status == 0, ran.err
    assert "nothing of it will be seen on paper" in ran.err
    assert 'alt: "A: b"' in (tmp_path / "mine" / "_brand.yml").read_text("utf-8")


SVG = b"<svg xmlns='http://www.w3.org/2000/svg'>"
BROKEN = {
    "script.svg": (SVG + b"<script>1</script></svg>", "`<script>` is not used"),
    "remote.svg": (SVG + b"<image href='https://x.org/a.png'/></svg>", "points outside the picture"),
    "bomb.svg": (b"<!DOCTYPE svg [<!ENTITY a 'a'>]><svg/>", "an SVG with a document type"),
    "deep.svg": (SVG + b"<g>" * 200 + b"</g>" * 200 + b"</svg>", "nested deeper than 200 levels"),
    "damaged.png": (b"\x89PNG\r\n\x1a\n" + bytes(40), "the image `damaged.png` is damaged"),
    "words.docx": (b"PK\x03\x04", "not SVG, PNG or JPEG"),
    "huge.png": (b"\x89PNG\r\n\x1a\n" + bytes(2_000_001), "the limit is 2,000,000 bytes"),
}


def test_a_logo_that_would_not_print_is_refused_now(run: Run, tmp_path: Path) -> None:
    for number, (name, (data, message)) in enumerate(BROKEN.items()):
        (tmp_path / name).write_bytes(data)
        ran = run("new", "clinic", "mine", *options(), "--logo", name, cwd=tmp_path)
        assert ran.status == 1
        assert message in ran.err
        assert len(list(tmp_path.iterdir())) == number + 1, "something was written"
    ran = run("new", "clinic", "mine", *options(), "--logo", ".", cwd=tmp_path)
    assert "the logo is a folder" in ran.err
