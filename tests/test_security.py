"""What a clinic's folder may hold at worst: nothing outside is opened, nothing is reached, nothing runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from handoutpress.errors import HandoutError
from handoutpress.places import Places
from handoutpress.press import compose_copy, make_copy
from handoutpress.reading.patient import PatientDetails
from handoutpress.wish import Wish
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "canary-7391"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {}>{}</svg>'
BILLION = (
    '<!DOCTYPE svg [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    + SVG.format("", "<text>&c;</text>")
)

# A process of its own: an audit hook cannot be taken out again. It prints what was opened and reached.
WATCH = """
import json, sys
from pathlib import Path
clinic, shipped = Path(sys.argv[1]), Path(sys.argv[2])
opened, reached, refusal = set(), [], None
def hook(event, args):
    if event == "open" and isinstance(args[0], (str, bytes)):
        opened.add(args[0] if isinstance(args[0], str) else args[0].decode("utf-8", "replace"))
    elif event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen", "os.system"):
        reached.append(f"{event} {args}")
sys.addaudithook(hook)
from handoutpress.errors import HandoutError
from handoutpress.places import Places
from handoutpress.press import make_copy
from handoutpress.wish import Wish
html = ""
try:
    html = make_copy("every-block", Places(clinic, shipped), Wish()).html
except HandoutError as error:
    refusal = str(error)
real = sorted({str(Path(path).resolve()) for path in opened})
print(json.dumps({"opened": real, "reached": reached, "refusal": refusal, "html": html}))
"""


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Return a folder beside the clinic's, with files nobody may read from there."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.txt").write_text(SECRET, encoding="utf-8")
    (folder / "secret.html").write_text(SECRET, encoding="utf-8")
    (folder / "secret.svg").write_text(SVG.format("", f"<title>{SECRET}</title>"), encoding="utf-8")
    (folder / "secret.css").write_text(f"/* {SECRET} */", encoding="utf-8")
    (folder / "clinic.yaml").write_text(f"name: {SECRET}\nphone: '911'\n", encoding="utf-8")
    shutil.copy(next((ROOT / ".venv").rglob("*.ttf")), folder / "secret.ttf")
    return folder


def refusal(places: Places, name: str = "every-block") -> str:
    with pytest.raises(HandoutError) as found:
        make_copy(name, places, Wish())
    return str(found.value)


def put(places: Places, relative: str, text: str) -> Path:
    path = places.clinic / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def change(places: Places, old: str, new: str) -> None:
    path = places.clinic / "handouts" / "test-topic" / "every-block.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def watched(places: Places) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", WATCH, str(places.clinic), str(places.shipped)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ},
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, object] = json.loads(done.stdout)
    return seen


def assert_kept_in(seen: dict[str, object], outside: Path) -> None:
    opened = seen["opened"]
    assert isinstance(opened, list)
    assert any(path.endswith("every-block.yaml") for path in opened), "the hook recorded nothing"
    assert "/etc/passwd" not in opened
    assert [path for path in opened if path.startswith(str(outside))] == []
    assert seen["reached"] == []
    assert SECRET not in str(seen["html"])
    assert "root:x:" not in str(seen["html"])


def test_a_good_sheet_opens_and_reaches_nothing_outside(all_blocks: Places, outside: Path) -> None:
    seen = watched(all_blocks)
    assert seen["refusal"] is None
    assert_kept_in(seen, outside)


def test_the_hook_does_see_what_is_opened_outside(all_blocks: Places, outside: Path) -> None:
    """The recorder itself can fail: a file outside that is named as a clinic's own root is recorded."""
    moved = outside / "clinic"
    shutil.copytree(all_blocks.clinic, moved)
    with pytest.raises(AssertionError, match="clinic"):
        assert_kept_in(watched(Places(moved, all_blocks.shipped)), outside)


ADDRESSES = ["file:///etc/passwd", "http://127.0.0.1:9/x.png", "https://example.org/x.png", "//example.org/x"]


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://example.org", "javascript:alert", "data:text/html,x"]
)
def test_links_of_other_kinds_are_refused(all_blocks: Places, url: str) -> None:
    change(all_blocks, "https://example.org/examples", url)
    assert f"the address `{url}` cannot be printed" in refusal(all_blocks)


@pytest.mark.parametrize("path", [*ADDRESSES, "../../../outside/secret.svg", "/etc/passwd", "~/x.svg"])
def test_images_and_logos_stay_in_their_folder(all_blocks: Places, outside: Path, path: str) -> None:
    change(all_blocks, "shapes.svg", path)
    put(all_blocks, "_brand.yml", f'logo:\n  medium: "{path.replace("../../../", "../")}"\n')
    said = refusal(all_blocks)
    assert said.count("the folder") >= 2
    assert "every-block.yaml" in said
    assert "_brand.yml" in said
    assert SECRET not in said


@pytest.mark.parametrize(
    "css",
    [
        *(f'.x {{ background: url("{url}") }}' for url in ADDRESSES),
        "p { background: url(../../outside/secret.svg) }",
        r"p { background: u\72l(http://127.0.0.1:9/x) }",
        "p { content: image-set('http://127.0.0.1:9/x' 1x) }",
        '@import "http://127.0.0.1:9/x.css";',
        "@import url(file:///etc/passwd);",
        r"@\69mport 'x.css';",
        '@font-face { font-family: X; src: url("http://127.0.0.1:9/x.ttf") }',
    ],
)
def test_styles_reach_nothing(all_blocks: Places, outside: Path, css: str) -> None:
    put(all_blocks, "styles/clinic.css", css)
    seen = watched(all_blocks)
    assert "clinic.css" in str(seen["refusal"])
    assert_kept_in(seen, outside)


@pytest.mark.parametrize(
    "svg",
    [
        SVG.format("", '<image href="file:///etc/passwd"/>'),
        SVG.format("", '<image xlink:href="http://127.0.0.1:9/"/>'),
        SVG.format("", '<use href="http://127.0.0.1:9/a.svg#x"/>'),
        SVG.format("", '<image href="../x.png"/>'),
        SVG.format("", '<rect style="fill:url(http://127.0.0.1:9/x)"/>'),
        SVG.format("", '<rect fill="url(file:///a#b)"/>'),
        SVG.format("", "<style>@import 'http://127.0.0.1:9/';</style>"),
        SVG.format("", "<script>1</script>"),
        SVG.format("", r"<style>rect{fill:u\72l(http://127.0.0.1:9/)}</style>"),
        SVG.format('onload="x()"', ""),
        SVG.format("", "<foreignObject/>"),
        BILLION,
        '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + SVG.format("", "<text>&x;</text>"),
        '<?xml-stylesheet href="http://127.0.0.1:9/x.css"?>' + SVG.format("", ""),
        "<html/>",
        "<svg>",
        "",
    ],
)
def test_svg_is_a_drawing_and_nothing_else(all_blocks: Places, svg: str) -> None:
    put(all_blocks, "handouts/test-topic/shapes.svg", svg)
    assert "shapes.svg" in refusal(all_blocks)


def test_svg_in_another_encoding_is_refused(all_blocks: Places) -> None:
    path = put(all_blocks, "handouts/test-topic/shapes.svg", "")
    path.write_bytes(('<?xml version="1.0" encoding="utf-16"?>' + SVG.format("", "")).encode("utf-16"))
    assert "UTF-8" in refusal(all_blocks)


@pytest.mark.parametrize(
    "head",
    [
        '<img src="file:///etc/passwd" alt="x">',
        '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<object data="file:///etc/passwd"></object>',
        '<style>@import "file:///etc/passwd";</style>',
        '{% include "../../outside/secret.html" %}',
        '{% include "/etc/passwd" %}',
        '{% include "shipped:../../outside/secret.html" %}',
    ],
)
def test_templates_reach_nothing(all_blocks: Places, outside: Path, head: str) -> None:
    put(
        all_blocks,
        "templates/sheet.html",
        '{% extends "shipped:sheet.html" %}{% block title %}' + head + "{{ super() }}{% endblock %}",
    )
    seen = watched(all_blocks)
    assert seen["refusal"]
    assert_kept_in(seen, outside)


@pytest.mark.parametrize(
    "expression",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ clinic.__class__ }}",
        "{{ write_in.__globals__ }}",
        "{{ write_in.__code__ }}",
        "{{ cycler }}",
        "{{ lipsum }}",
        "{{ joiner }}",
        "{% set x = [].append %}{{ x(1) }}",
        "{{ '%s'.__format__ }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ ''|attr('__class__') }}",
        "{{ clinic.update({'name': 1}) }}",
        "{{ range(999999999) | list }}",
        "{{ sheet['__class__'] }}",
        "{{ config }}",
        "{% import 'os' as os %}",
    ],
)
def test_templates_cannot_reach_into_python(all_blocks: Places, expression: str) -> None:
    put(all_blocks, "templates/sheet.html", expression)
    said = refusal(all_blocks)
    assert "in this template" in said
    assert "sheet.html:1" in said


@pytest.mark.parametrize(
    "link",
    [
        "styles/clinic.css>secret.css",
        "templates/sheet.html>secret.html",
        "clinic.yaml>clinic.yaml",
        "handouts/test-topic/shapes.svg>secret.svg",
        "styles>",
        "templates>",
    ],
)
def test_links_that_lead_out_are_not_followed(all_blocks: Places, outside: Path, link: str) -> None:
    name, target = link.split(">")
    path = all_blocks.clinic / name
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(outside / target)
    if not target:
        shutil.copy(outside / "secret.css", outside / "clinic.css")
        shutil.copy(outside / "secret.html", outside / "sheet.html")
    assert_kept_in(watched(all_blocks), outside)


def test_a_linked_sheet_is_not_there(all_blocks: Places, outside: Path) -> None:
    sheet = all_blocks.clinic / "handouts" / "test-topic" / "every-block.yaml"
    shutil.move(sheet, outside / "sheet.yaml")
    sheet.symlink_to(outside / "sheet.yaml")
    assert "there is no handout named" in refusal(all_blocks)


@pytest.mark.parametrize(
    "font", ["../outside/secret.ttf", "/etc/passwd", "http://127.0.0.1:9/x.ttf", "bad.ttf", "no.ttf"]
)
def test_fonts_are_files_of_the_clinic(all_blocks: Places, outside: Path, font: str) -> None:
    put(all_blocks, "bad.ttf", "not a font")
    put(
        all_blocks,
        "_brand.yml",
        f"typography:\n  fonts:\n    - family: X\n      files: ['{font}']\n  base: X\n",
    )
    said = refusal(all_blocks)
    assert font in said
    assert "_brand.yml:4:" in said


def test_texts_are_never_evaluated(all_blocks: Places) -> None:
    change(all_blocks, "Wash your hands.", "Wash {{{{7*7}}}} <script>alert(1)</script> {{% x %}}")
    html = compose_copy("every-block", all_blocks, Wish()).composition.html
    assert "{{7*7}} &lt;script&gt;alert(1)&lt;/script&gt; {% x %}" in html
    assert "<script" not in html


def test_a_patients_name_is_escaped(all_blocks: Places) -> None:
    patient = PatientDetails(name='<img src="file:///etc/passwd"> {{7*7}}')
    html = make_copy("every-block", all_blocks, Wish(patient=patient)).html
    assert "&lt;img src=&#34;file:///etc/passwd&#34;&gt; {{7*7}}" in html
    assert '<img src="file:' not in html


def test_a_missing_image_is_named(all_blocks: Places) -> None:
    change(all_blocks, "shapes.svg", "no-such.svg")
    assert "there is no image `no-such.svg`" in refusal(all_blocks)


def test_a_character_no_font_has_is_named(all_blocks: Places) -> None:
    change(all_blocks, "Wash your hands.", "Wash 字.")
    said = refusal(all_blocks)
    assert "no font covers `字` (U+5B57, CJK UNIFIED IDEOGRAPH-5B57)" in said
    sheet = next(all_blocks.clinic.glob("handouts/*/every-block.yaml"))
    (line,) = [n for n, text in enumerate(sheet.read_text().splitlines(), 1) if "字" in text]
    assert f"every-block.yaml:{line}:" in said
