"""The message as a clinic makes it its own, and how far that reaches."""

from __future__ import annotations

import hashlib
import sys
from typing import TYPE_CHECKING

import pytest
import tinyhtml5  # type: ignore[import-untyped]

from handoutpress.cli.checking import check
from handoutpress.composing.environment import render
from handoutpress.composing.letter import (
    Enclosed,
    Wording,
    compose_letter,
    preference_wording,
)
from handoutpress.errors import ProblemsFound
from handoutpress.press import compose_copy
from handoutpress.reading.clinic import read_clinic
from handoutpress.wish import Wish
from tests.conftest import TODAY
from tests.letters import (
    MAIL,
    NAMED,
    changed_words,
    letter,
    own,
    put,
    refused,
    sheet_text,
)

if TYPE_CHECKING:
    from pathlib import Path

    from handoutpress.places import Places


def test_a_clinic_has_words_of_its_own(clinic: Path) -> None:
    places = own(clinic)
    changed_words(places, "greeting: Hello,", "greeting: Good day & welcome,")
    made = letter(places)
    assert "\nGood day & welcome,\n" in made.text
    assert "Good day &amp; welcome," in made.html


@pytest.mark.parametrize("name", ["message.html", "message.txt"])
def test_a_clinic_changes_one_block_of_the_shipped_template(clinic: Path, name: str) -> None:
    places = own(clinic)
    put(
        places,
        f"email/{name}",
        f'{{% extends "shipped:email/{name}" %}}'
        "{% block notes %}Ours & {{ clinic.name }}.{% endblock %}",
    )
    made = letter(places)
    part, other = (made.html, made.text) if name.endswith("html") else (made.text, made.html)
    assert "Ours & Test Clinic (example)." in part
    assert "not meant for you" not in part
    assert "Questions? Call us" in part
    assert "Ours" not in other
    assert "not meant for you" in other


def test_text_is_never_escaped_and_html_always_is(clinic: Path) -> None:
    places = own(clinic, NAMED)
    put(places, "email/message.txt", "{{ clinic.name }} <{{ words.greeting }}>")
    put(places, "email/message.html", '<p>{% include "email/message.txt" %}</p>')
    changed_words(places, "greeting: Hello,", "greeting: <b>&")
    for _ in range(2):  # the second time both come from the cache of compiled templates
        made = letter(places)
        assert made.text == "Test Clinic (example) <<b>&>\n"
        assert made.html == "<p>Test Clinic (example) <&lt;b&gt;&amp;></p>\n"


def test_words_run_from_right_to_left_where_they_say_so(clinic: Path) -> None:
    places = own(clinic)
    changed_words(places, "direction: ltr", "direction: rtl")
    made = letter(places)
    root = tinyhtml5.parse(made.html, namespace_html_elements=False)
    assert root.get("dir") == "rtl"
    assert {cell.get("align") for cell in root.iter("td")} == {"right", "center", None}
    assert {link.get("dir") for link in root.iter("a")} == {"ltr"}
    assert "\u200e(555) 555-0100\u200e" in made.text
    assert "\u200e" not in made.html


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  greeting: Hello,\n", "", ['"greeting" is missing', "en.yaml:12:1"]),
        (
            "  greeting: Hello,",
            "  greetin: Hello,",
            ['unknown key "greetin"', 'did you mean "greeting"?', ":19:3"],
        ),
        ("from {clinic}", "from {name}", ["`{name}` is not a field of this label", ":13:30", "{clinic}"]),
        ("greeting: Hello,", "greeting: Hello {patient},", ["`{patient}` is not a field", "has no fields"]),
        ("greeting: Hello,", "greeting: Hello }", ["`}` is not a field"]),
        ("file_name: information", "file_name: ../x", ['"file_name": `../x` is not written as expected']),
        ("direction: ltr", "direction: up", ['"direction"']),
        ("preference: >-", "preferences: >-", ['unknown key "preferences"', '"preference" is missing']),
    ],
)
def test_words_that_are_wrong_are_told_in_their_place(
    clinic: Path, old: str, new: str, told: list[str]
) -> None:
    places = own(clinic)
    changed_words(places, old, new)
    said = refused(places)
    assert [words for words in told if words not in said] == []


def test_a_language_has_words_or_is_refused(clinic: Path) -> None:
    places = own(clinic)
    sheet = Enclosed((sheet_text(places, "microneedling-aftercare"),), 1)
    facts = read_clinic(places, "es-MX")
    made = compose_letter([sheet], facts, places, "es-MX", protected=False)
    assert made.subject == "Información de Test Clinic (example)"
    assert '<html lang="es-MX"' in made.html
    with pytest.raises(ProblemsFound, match="no words in language `fr-CA` yet"):
        compose_letter([sheet], facts, places, "fr-CA", protected=False)
    for name in ("../words/en", "/etc/passwd", "x\x00"):
        with pytest.raises(ProblemsFound):
            preference_wording(places, name)


def test_the_preferences_version_is_its_words(clinic: Path) -> None:
    places = own(clinic)
    shipped = preference_wording(places, "en")
    assert shipped.text.startswith("Email is not private.")
    assert "  " not in shipped.text
    assert shipped == Wording(shipped.text, hashlib.sha256(shipped.text.encode()).hexdigest()[:8])
    changed_words(places, "greeting: Hello,", "greeting: Good day,")
    assert preference_wording(places, "en") == shipped
    changed_words(places, "Email is not private.", "Email is not very private.")
    assert preference_wording(places, "en").version != shipped.version
    assert preference_wording(places, "es").text.startswith("El correo electrónico no es privado.")


def text_hash(places: Places) -> str:
    return compose_copy("every-block", places, Wish(today=TODAY)).composition.text_hash


def test_a_message_is_no_part_of_a_sheets_text(all_blocks: Places) -> None:
    before = text_hash(all_blocks)
    put(all_blocks, "email/message.html", '{% extends "shipped:email/message.html" %}')
    changed_words(all_blocks, "greeting: Hello,", "greeting: Good day,")
    assert text_hash(all_blocks) == before
    put(all_blocks, "sheet.html", '{% extends "shipped:sheet.html" %}')
    assert text_hash(all_blocks) != before


@pytest.mark.parametrize(
    "used",
    [
        '{% include "email/own.html" %}',
        '{% include "email/own.html" ignore missing %}{% include "parts/../email/own.html" %}',
        '{% import "./email/own.html" as own %}{{ own }}',
        '{% include ["email/own.html"] %}',
        '{% include "shipped:email/message.txt" %}',
        '{% include "parts/linked.html" %}',
        '{% include "linked/own.html" %}',
    ],
)
def test_a_sheet_can_use_nothing_of_a_message(all_blocks: Places, used: str) -> None:
    own = put(all_blocks, "email/own.html", "CANARY")
    put(all_blocks, "parts/own.html", "fine")
    (all_blocks.clinic / "templates" / "parts" / "linked.html").symlink_to(own)
    (all_blocks.clinic / "templates" / "linked").symlink_to(own.parent)
    put(
        all_blocks,
        "sheet.html",
        f'{{% extends "shipped:sheet.html" %}}{{% block head %}}{used}{{% endblock %}}',
    )
    with pytest.raises(ProblemsFound, match=r"sheet\.html:1.*(a sheet none of them|no template)"):
        text_hash(all_blocks)
    put(all_blocks, "sheet.html", '{% extends "shipped:sheet.html" %}')
    before = text_hash(all_blocks)  # what no sheet can use is not in its hash, by whatever name
    own.write_text("ANOTHER", encoding="utf-8")
    assert text_hash(all_blocks) == before


def test_a_message_can_use_nothing_of_a_sheet(clinic: Path) -> None:
    places = own(clinic)
    put(places, "email/message.txt", '{% include "parts/title.html" %}')
    assert "a message uses only templates below `email/`" in refused(places)
    put(places, "email/message.txt", "{{ 7 * 7 }}{{ clinic.nothing }}")
    assert "message.txt:1:1" in refused(places)
    with pytest.raises(ProblemsFound, match="is not for this"):
        render(places, "email/message.html", {})


def test_check_tells_all_the_rest_where_emails_packages_are_missing(
    clinic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own(clinic, MAIL)
    changed = (clinic / "clinic.yaml").read_text(encoding="utf-8").replace('phone: "(555) 555-0100"\n', "")
    (clinic / "clinic.yaml").write_text(changed, encoding="utf-8")
    monkeypatch.setitem(sys.modules, "email_validator", None)
    with pytest.raises(ProblemsFound) as caught:
        check.main(["--clinic", str(clinic)], standalone_mode=False)
    told = [problem.message for problem in caught.value.problems]
    assert told.count("emailing needs more packages: pip install 'handoutpress[email]'") == 1
    assert any("`{clinic.phone}` is not set" in message for message in told)
