"""The message in a clinic's name: facts that are not set or set with ill intent, and its colours."""

from __future__ import annotations

import itertools
import json
import re
import unicodedata
from typing import TYPE_CHECKING

import pytest

from handoutpress.reading.clinic import read_clinic
from handoutpress.reading.colour import AA_TEXT, parse_colour
from tests.conftest import CLINICS
from tests.letters import (
    BRANDS,
    NAMED,
    Words,
    letter,
    own,
    refused,
    sample,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.parametrize("unset", ["hours", "after_hours", "emergency_phone"])
def test_an_unset_fact_takes_its_line_with_it(clinic: Path, unset: str) -> None:
    places = own(clinic)
    before = letter(places)
    path = clinic / "clinic.yaml"
    kept = [row for row in path.read_text(encoding="utf-8").splitlines() if not row.startswith(f"{unset}:")]
    path.write_text("\n".join(kept), encoding="utf-8")
    made = letter(places)
    gone = set(before.text.splitlines()) - set(made.text.splitlines())
    assert len(gone) == 1
    assert len(made.text.splitlines()) == len(before.text.splitlines()) - 1
    words = Words(made.html).text
    assert len(words) < len(Words(before.html).text)
    assert not re.search(r"None|undefined|After hours:(?! call)|call (?!us|\(|9)", words)


def test_without_a_phone_number_there_is_no_message(clinic: Path) -> None:
    places = own(clinic)
    path = clinic / "clinic.yaml"
    path.write_text(re.sub("(?m)^phone:.*\n", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    said = refused(places)
    assert "clinic.yaml:1:1" in said
    assert "`{clinic.phone}` is not set" in said
    assert "add `phone:` to clinic.yaml" in said


INJECTED = """\
<script>alert(1)</script> "quoted" 'single' & {{ 7 * 7 }}{% raw %}{clinic}"""


@pytest.mark.parametrize("key", ["name", "hours", "after_hours", "address"])
def test_what_a_clinic_writes_is_text_and_nothing_else(clinic: Path, key: str) -> None:
    places = own(clinic, NAMED)
    path = clinic / "clinic.yaml"
    rows = [row for row in path.read_text(encoding="utf-8").splitlines() if not row.startswith(f"{key}:")]
    value = json.dumps(f"{INJECTED}\r\n\n\u202eBcc: x@example.org\u2028end\x00")
    head = f"{key}: [{value}]\n" if key == "address" else f"{key}: {value}\n"
    path.write_text(head + "\n".join(rows), encoding="utf-8")
    made = letter(places)
    page = Words(made.html)
    assert "<script" not in made.html
    assert "<script>alert(1)</script>" in made.text
    shown = f"{INJECTED} Bcc: x@example.org end"
    for said in (made.text, page.text):
        assert shown in " ".join(said.split())
    for line in (made.subject, *made.file_names):
        assert not any(unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") for char in line)
    assert "\u202e" not in made.html
    assert "\nBcc" not in made.text


def test_the_brands_families_stand_first_and_cannot_leave_their_style(clinic: Path) -> None:
    html = letter(sample("willow")).html
    assert "&#39;Source Serif 4&#39;, Georgia" in html
    assert "&#39;Source Sans 3&#39;, -apple-system" in html
    brand = clinic / "_brand.yml"
    brand.write_text('typography: {base: {family: "x\'; background: url(x)"}}', encoding="utf-8")
    assert "is not written as expected" in refused(own(clinic))


@pytest.mark.parametrize(
    ("phone", "href"),
    [
        ("(555) 555-0100", "tel:5555550100"),
        ("+44 (0)20 7946 0000", "tel:+442079460000"),
        ("+44 20 7946 0000 ext. 123", "tel:+442079460000;ext=123"),
        ("020 7946 0018 x5", "tel:02079460018;ext=5"),
    ],
)
def test_a_phone_number_can_be_dialled(clinic: Path, phone: str, href: str) -> None:
    places = own(clinic)
    path = clinic / "clinic.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("(555) 555-0100", phone), encoding="utf-8")
    made = letter(places)
    assert Words(made.html).hrefs == [href, "tel:5555550199", "tel:911"]
    assert f"Questions? Call us: {phone}\n" in made.text


def test_hours_are_no_phone_number(clinic: Path) -> None:
    path = clinic / "clinic.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("call (555) 555-0199", "open 09.00-17.00, or call 020 7946 0018"))
    assert Words(letter(own(clinic)).html).hrefs == ["tel:5555550100", "tel:02079460018", "tel:911"]


def palettes(html: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the colours of the light and of the dark scheme by the class they are for."""
    dark = dict(re.findall(r"\.(\w+) \{ (?:background-|border-)?color: (#\w{6}) !important", html))
    yield "dark", dark
    light = {}
    for name in dark:
        rule = {"page": "background-color", "card": "background-color", "box": "background-color"}
        prop = rule.get(name, "background-color" if name == "bar" else "(?<!-)color")
        tags = re.findall(rf'<[^>]*class="(?:[^"]* )?{name}(?: [^"]*)?"[^>]*>', html)
        found = {hit for tag in tags for hit in re.findall(rf"{prop}: (#\w{{6}})", tag)}
        if name != "line":
            assert len(found) == 1, (name, found)
            light[name] = found.pop()
    yield "light", light


def assert_readable(html: str) -> None:
    for scheme, colours in palettes(html):
        for text, ground in itertools.product(("text", "quiet", "name", "link"), ("page", "card", "box")):
            ink, paper = parse_colour(colours[text]), parse_colour(colours[ground])
            assert ink
            assert paper
            assert ink.contrast(paper) >= AA_TEXT, (scheme, text, ground)
            assert (paper.luminance > 0.5) == (scheme == "light")


@pytest.mark.parametrize("name", CLINICS)
def test_words_can_be_read_in_both_schemes(name: str) -> None:
    made = letter(sample(name), protected=True)
    assert_readable(made.html)
    brand = read_clinic(sample(name)).brand
    light = dict(palettes(made.html))["light"]
    assert light["bar"] == str(brand.colours["primary"])
    assert light["name"] == str(brand.colours["heading"])


@pytest.mark.parametrize("colour", BRANDS)
def test_words_can_be_read_whatever_the_brand(clinic: Path, colour: str) -> None:
    roles = ("primary", "secondary", "foreground")
    rows = "".join(f'  {role}: "{colour}"\n' for role in roles)
    (clinic / "_brand.yml").write_text(f"color:\n{rows}", encoding="utf-8")
    assert_readable(letter(own(clinic), protected=True).html)


def test_every_class_is_dressed_in_the_dark() -> None:
    html = letter(sample("example"), protected=True).html
    used = {name for names in re.findall(r'class="([^"]*)"', html) for name in names.split()}
    dark = {name for scheme, colours in palettes(html) if scheme == "dark" for name in colours}
    assert used - dark == {"outer", "pad", "inner", "title"}
    coloured = re.findall(r"<(?!style)[^>]*(?:[ -]color: #|1px solid #)[^>]*>", html)
    assert len(coloured) > 15
    assert [tag for tag in coloured if not set(re.findall(r"\w+", tag.partition("style=")[0])) & dark] == []
