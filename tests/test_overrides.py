"""A clinic's own templates and styles: what in them reaches no page is told, with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handoutpress.composing.overrides import unprinted_parts, unused_templates
from handoutpress.editing.misnamed import misnamed
from handoutpress.editing.strays import stray_styles
from handoutpress.places import Places, shipped_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran


EXTENDS = '{% extends "shipped:sheet.html" %}\n'


def put(clinic: Path, name: str, text: str) -> Path:
    path = clinic / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def told(clinic: Path) -> list[tuple[str, int, str, str]]:
    """Return the problems: file, line, message, hint."""
    places = Places(clinic, shipped_folder())
    found = [*unprinted_parts(places), *unused_templates(places), *stray_styles(places, "clinic.css")]
    found += misnamed(places)
    return [
        (each.place.file.relative_to(clinic).as_posix(), each.place.line, each.message, each.hint)
        for each in found
        if each.place
    ]


def test_a_block_that_the_shipped_template_has_not(clinic: Path) -> None:
    put(
        clinic,
        "templates/sheet.html",
        EXTENDS + "\n{% block lettrehead %}x{% endblock %}\n",
    )
    ((file, line, message, hint),) = told(clinic)
    assert (file, line) == ("templates/sheet.html", 3)
    assert message == "`shipped:sheet.html` has no block `lettrehead`, so nothing prints this one"
    assert hint == 'did you mean "letterhead"?'


def test_words_outside_of_blocks(clinic: Path) -> None:
    put(clinic, "templates/sheet.html", EXTENDS + "<p>Park behind the house.</p>\n")
    ((file, line, message, hint),) = told(clinic)
    assert (file, line) == ("templates/sheet.html", 2)
    assert message == "this stands outside of all blocks, so nothing prints it"
    assert "letterhead" in hint


def test_a_template_in_nobodys_place(clinic: Path) -> None:
    put(clinic, "templates/blocks/warnin.html", "<p>x</p>")
    assert told(clinic) == [
        (
            "templates/blocks/warnin.html",
            0,
            "no template uses this one",
            'did you mean "blocks/warning.html"?',
        )
    ]


@pytest.mark.parametrize(
    ("name", "message", "meant"),
    [
        ("templates/sheet.HTML", "nothing reads this file", "sheet.html"),
        ("templates/sheet.htm", "nothing reads this file", "sheet.html"),
        ("templates/sheet.hmtl", "nothing reads this file", "sheet.html"),
        ("templates/words/eng.yaml", "nothing reads this file", "words/en.yaml"),
        ("templates/email/en.yml", "nothing reads this file", "email/en.yaml"),
        ("templates/email/mesage.txt", "no template uses this one", "email/message.txt"),
        ("Handouts/x.txt", "nothing reads this folder", "handouts/"),
        ("template/sheet.html", "nothing reads this folder", "templates/"),
        ("style/clinic.css", "nothing reads this folder", "styles/"),
        ("clinic.ES.yaml", "nothing reads this file", "clinic.es.yaml"),
        ("clinic-es-mx.yml", "nothing reads this file", "clinic.es-MX.yaml"),
        ("clinc.yaml", "nothing reads this file", "clinic.yaml"),
        ("clinic.yml", "nothing reads this file", "clinic.yaml"),
        ("clinic.yaml.txt", "nothing reads this file", "clinic.yaml"),
        ("brand.yml", "nothing reads this file", "_brand.yml"),
        ("signoffs.yaml", "nothing reads this file", "sign-offs.yaml"),
    ],
)
def test_a_name_that_is_nearly_a_known_one(clinic: Path, name: str, message: str, meant: str) -> None:
    put(clinic, name, "x")
    ((file, line, said, hint),) = told(clinic)
    first = name.partition("/")[0]
    assert (file, line) == (name if first == "templates" else first, 0)
    assert (said, hint) == (message, f'did you mean "{meant}"?')


def test_what_a_clinic_keeps_beside_is_its_own_affair(clinic: Path) -> None:
    names = ["notes.txt", "photos/a.png", "clinic-before.yaml", "patient.yaml", "schemas/clinic.json"]
    names += ["clinic.es.yaml", "sign-offs.yaml", "templates/README.md", "templates/.sheet.html.swp"]
    names += ["templates/sheet.html~", "templates/words/fr.yaml", "templates/email/es-MX.yaml", ".git/config"]
    for name in names:
        put(clinic, name, "x")
    (clinic / "clinc.yaml").symlink_to("nowhere")
    (clinic / "templates" / "parts").mkdir()
    assert [file for file, *_ in told(clinic)] == ["clinc.yaml"]


def test_a_style_sheet_in_nobodys_place(clinic: Path) -> None:
    put(clinic, "styles/clinc.css", "p { color: red }")
    ((file, _, message, hint),) = told(clinic)
    assert (file, message) == ("styles/clinc.css", "nothing reads this style sheet")
    assert hint == 'did you mean "clinic.css"?; your own rules stand in styles/clinic.css'


@pytest.mark.parametrize(
    "files",
    [
        {"sheet.html": EXTENDS + "{% block letterhead %}{% block inner %}x{% endblock %}{% endblock %}"},
        {
            "sheet.html": "{# why #}"
            + EXTENDS
            + '{% block title %}{% include "own/title.html" %}{% endblock %}',
            "own/title.html": "x",
        },
        {"blocks/notes.html": "<section>x</section>"},
        {
            "blocks/notes.html": '{% extends "own/notes.html" %}\n{% block lines %}y{% endblock %}',
            "own/notes.html": "{% block lines %}x{% endblock %}",
        },
        {
            "sheet.html": EXTENDS
            + '{% block title %}{% include "own/" ~ language ~ ".html" %}{% endblock %}',
            "own/en.html": "x",
        },
        {"sheet.html": "{% broken"},
    ],
)
def test_what_is_used_is_left_alone(clinic: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        put(clinic, f"templates/{name}", text)
    assert told(clinic) == []


def test_check_says_it_and_make_prints_all_the_same(
    run: Callable[..., Ran], clinic: Path, tmp_path: Path
) -> None:
    """A draft of a template may lie about: it changes nothing, and stops nothing but `check`."""
    put(clinic, "templates/blocks/warnin.html", "<p>x</p>")
    put(clinic, "Styles/clinic.css", "p { color: red }")
    checked = run("check", "--clinic", clinic)
    assert checked.status == 1
    assert "Styles  nothing reads this folder" in checked.err
    assert "no template uses this one" in checked.err
    made = run("make", "microneedling-about", "--clinic", clinic, "-o", tmp_path / "a.pdf")
    assert made.status == 0, made.err
