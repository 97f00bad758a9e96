"""The message that carries a handout: what it says, what it never says, and what a clinic can change."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import re
import unicodedata
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
import tinyhtml5  # type: ignore[import-untyped]

from handoutpress.composing.environment import render
from handoutpress.composing.letter import (
    COLUMNS,
    Enclosed,
    Letter,
    Wording,
    compose_letter,
    preference_wording,
)
from handoutpress.editing.lines import Line
from handoutpress.editing.readability import MOST, grade
from handoutpress.errors import ProblemsFound
from handoutpress.places import Places, shipped_folder
from handoutpress.press import compose_copy
from handoutpress.reading.clinic import read_clinic
from handoutpress.reading.colour import AA_TEXT, parse_colour
from handoutpress.reading.handout import read_sheet
from handoutpress.wish import SheetText, Wish
from tests.conftest import CLINICS, LANGUAGES, ROOT, SHEETS, TODAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAIL = "mail: {host: localhost, security: none, from: handouts@example.org, preference: required}\n"
NAMED = MAIL.replace("}", ", name_the_sheet: true}")
EACH = list(itertools.product(CLINICS, LANGUAGES))
VOID = {"meta", "br"}
BRANDS = ["#ffee00", "#ffffff", "#000000", "#808080", "#ff00ff", "#00ff00", "#0000ff", "#8a0000", "#777700"]


def sample(name: str) -> Places:
    return Places(shipped_folder() / "clinics" / name, shipped_folder())


def sheet_text(places: Places, name: str, language: str = "en") -> SheetText:
    handout = read_sheet(places.sheet(name, language)).handout
    return SheetText(
        name, handout.title, handout.version, handout.dated.isoformat(), language, "0" * 64, "2027-11-23"
    )


def letter(
    places: Places, *pdfs: tuple[str, ...], language: str = "en", pages: int = 2, protected: bool = False
) -> Letter:
    """Compose a letter; each of ``pdfs`` has the names of its sheets."""
    enclosed = [
        Enclosed(tuple(sheet_text(places, name, language) for name in names), pages)
        for names in pdfs or (("microneedling-aftercare",),)
    ]
    clinic = read_clinic(places, language)
    return compose_letter(enclosed, clinic, places, language, protected=protected)


def own(clinic: Path, facts: str = MAIL) -> Places:
    """Return the places of a clinic whose ``clinic.yaml`` has these lines too."""
    path = clinic / "clinic.yaml"
    path.write_text(facts + path.read_text(encoding="utf-8"), encoding="utf-8")
    return Places(clinic, shipped_folder())


def put(places: Places, relative: str, text: str) -> Path:
    path = places.clinic / "templates" / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def changed_words(places: Places, old: str, new: str) -> None:
    text = (ROOT / "templates" / "email" / "en.yaml").read_text(encoding="utf-8")
    assert old in text
    put(places, "email/en.yaml", text.replace(old, new))


def refused(places: Places, language: str = "en") -> str:
    with pytest.raises(ProblemsFound) as found:
        letter(places, language=language)
    return str(found.value)


class Words(HTMLParser):
    """The words of an HTML part, its links, and whether each element is closed in its turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.hrefs: list[str] = []
        self.said: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), "an attribute twice"
        self.hrefs += [value or "" for name, value in attrs if name == "href"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "title"} & set(self.open):
            self.said.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        return " ".join(word for word in self.said if word)


def everything(made: Letter) -> str:
    return "\n".join([made.subject, made.text, made.html, *made.file_names]).lower()


# --- What it says ------------------------------------------------------------------------------------------


def test_the_text_says_what_comes_and_whom_to_call(clinic: Path) -> None:
    made = letter(own(clinic), protected=True)
    assert made.subject == "Information from Test Clinic (example)"
    assert made.file_names == ("information.pdf",)
    assert made.text == (
        "Test Clinic (example)\n"
        "\n"
        "Hello,\n"
        "\n"
        "We are sending you an information sheet. It comes with this email as a\n"
        "PDF file. You can read it on your phone or computer, or print it.\n"
        "\n"
        "  information.pdf (2 pages)\n"
        "\n"
        "The file is locked. It opens with the password we gave you another way.\n"
        "We never send the password by email.\n"
        "\n"
        "Questions? Call us: (555) 555-0100\n"
        "Monday to Friday, 9 am to 5 pm\n"
        "After hours: call (555) 555-0199\n"
        "In an emergency, call 911\n"
        "\n"
        "Please do not reply with anything urgent: we may not read it in time.\n"
        "Call us.\n"
        "\n"
        "If this email is not meant for you, please delete it, and call us to let\n"
        "us know.\n"
        "\n"
        "If you do not want email from us, just tell us.\n"
        "\n"
        "Test Clinic (example)\n"
    )


@pytest.mark.parametrize(("name", "language"), EACH)
@pytest.mark.parametrize("protected", [False, True])
def test_both_parts_say_the_same_in_every_clinic_and_language(
    name: str, language: str, protected: bool
) -> None:
    places = sample(name)
    made = letter(places, SHEETS[:2], SHEETS[2:3], language=language, pages=1, protected=protected)
    page = Words(made.html)
    said = " ".join(made.text.split())
    facts = read_clinic(places, language).facts
    sentences = {
        "en": ["We are sending you 3 information sheets", "as 2 PDF files", "1 page", "do not reply"],
        "es": ["Le enviamos 3 hojas informativas", "en 2 archivos PDF", "1 página", "no responda"],
    }[language]
    for words in (*sentences, facts.name, facts.phone, facts.emergency_phone, *facts.address):
        assert str(words) in said
        assert str(words) in page.text
    for words in (facts.hours, facts.after_hours):
        plain = str(words).replace("\u00a0", " ")[1:]
        assert plain in said
        assert plain in page.text.replace("\u00a0", " ")
    locked = {"en": "We never send the password by email.", "es": "Nunca enviamos la contraseña por correo."}
    assert (locked[language] in said) == protected
    assert (locked[language] in page.text) == protected
    for href in (
        f"tel:{re.sub(r'[^0-9]', '', number)}" for number in (facts.phone, facts.emergency_phone) if number
    ):
        assert href in page.hrefs


@pytest.mark.parametrize(("name", "language"), EACH)
def test_the_html_holds_in_a_strict_parser_and_loads_nothing(name: str, language: str) -> None:
    made = letter(sample(name), language=language, protected=True)
    website = str(read_clinic(sample(name), language).facts.website)
    page = Words(made.html)
    assert [href for href in page.hrefs if not href.startswith("tel:")] == [website]
    assert re.findall(r"https?:[^\"'\s<]*", made.html) == [website]
    for loaded in ("<img", "url(", "<link", "<script", "src=", "@import", "background=", "<form"):
        assert loaded not in made.html.lower()
    root = tinyhtml5.parse(made.html, namespace_html_elements=False)
    assert (root.get("lang"), root.get("dir")) == (language, "ltr")
    assert root.findtext("head/title") == made.subject
    assert [meta.get("content") for meta in root.iter("meta") if meta.get("name") == "color-scheme"] == [
        "light dark"
    ]
    assert [table.get("lang") for table in root.findall("body/table")] == [language]
    assert all(table.get("role") == "presentation" for table in root.iter("table"))


@pytest.mark.parametrize(("name", "language"), EACH)
def test_the_text_is_wrapped_and_has_no_gaps(name: str, language: str) -> None:
    made = letter(sample(name), SHEETS, SHEETS[:1], language=language, protected=True)
    assert max(map(len, made.text.splitlines())) <= COLUMNS
    assert "\n\n\n" not in made.text
    assert not made.text.startswith("\n")
    assert made.text.endswith("\n")
    assert [line for line in made.text.splitlines() if line != line.rstrip()] == []
    assert not re.search("[<>&{}]", made.text)


def test_the_english_is_as_easy_to_read_as_a_sheet_has_to_be(clinic: Path) -> None:
    places = own(clinic)
    pieces = letter(places, protected=True).text.split("\n\n")
    pieces += [preference_wording(places, "en").text]
    scores = grade([Line(" ".join(piece.split()), "say") for piece in pieces], "en").scores
    assert set(scores) == set(MOST)
    for formula, score in scores.items():
        assert score is not None
        assert score <= MOST[formula]


# --- What it never says ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "language"), list(itertools.product(SHEETS, LANGUAGES)))
def test_it_does_not_say_which_sheet_it_carries(name: str, language: str) -> None:
    places = sample("example")
    handout = read_sheet(places.sheet(name, language)).handout
    secret = [name, handout.title, handout.topic, str(handout.summary), handout.version, "0" * 64]
    secret += ["acne", "acné", "needling", "agujas", "scar", "cicatri", "aftercare", "handouts/"]
    for pdfs in ([(name,)], [(name, SHEETS[0])], [(name,), (SHEETS[-1],)]):
        said = everything(letter(places, *pdfs, language=language, protected=True))
        assert [words for words in secret if words.lower() in said] == []


def test_the_neutral_file_names_are_the_languages_own_and_differ() -> None:
    places = sample("harbor")
    assert letter(places, language="es").file_names == ("informacion.pdf",)
    assert letter(places, SHEETS[:2], language="es").file_names == ("informacion.pdf",)
    several = letter(places, SHEETS[:1], SHEETS[:1], SHEETS[1:3])
    assert several.file_names == ("information-1.pdf", "information-2.pdf", "information-3.pdf")


def test_it_names_the_sheets_only_where_the_clinic_says_so(clinic: Path) -> None:
    places = own(clinic, NAMED)
    made = letter(places)
    assert made.subject == "After your microneedling – Test Clinic (example)"
    assert made.file_names == ("microneedling-aftercare.pdf",)
    assert "After your microneedling" in made.text
    assert "After your microneedling" in Words(made.html).text
    packet = letter(places, ("microneedling-aftercare", "microneedling-about"), ("microneedling-aftercare",))
    assert packet.subject == "After your microneedling (and 2 more) – Test Clinic (example)"
    assert packet.file_names == ("information.pdf", "microneedling-aftercare.pdf")
    assert Words(packet.html).text.count("After your microneedling") == 2
    twice = letter(places, *[("microneedling-aftercare",)] * 2)
    assert twice.file_names == ("microneedling-aftercare-1.pdf", "microneedling-aftercare-2.pdf")


def test_a_name_that_is_no_slug_and_names_that_meet_give_safe_names_all_the_same(clinic: Path) -> None:
    places = own(clinic, NAMED)
    sheet = sheet_text(places, "microneedling-aftercare")
    facts = read_clinic(places, "en")

    def names(*given: str) -> tuple[str, ...]:
        enclosed = [Enclosed((dataclasses.replace(sheet, name=name),), 1) for name in given]
        return compose_letter(enclosed, facts, places, "en", protected=False).file_names

    assert names("../x\r\nBcc: a") == ("information.pdf",)
    assert names("a", "a-1", "a") == ("a-2.pdf", "a-1.pdf", "a-3.pdf")


def test_nothing_enclosed_is_refused(clinic: Path) -> None:
    places = own(clinic)
    for enclosed in ([], [Enclosed((), 1)]):
        with pytest.raises(ProblemsFound, match="needs a sheet"):
            compose_letter(enclosed, read_clinic(places), places, "en", protected=False)


# --- What the clinic has not set, or set with ill intent ---------------------------------------------------


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


# --- Colours -----------------------------------------------------------------------------------------------


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


# --- What a clinic can change ------------------------------------------------------------------------------


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


# --- A message and a sheet have nothing in common ----------------------------------------------------------


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
