"""The words an editor listens for, by language, and the rules run together on whole sheets."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from handoutpress.editing.lexicon import FOLDER, Lexicon, contains, read_lexicon
from handoutpress.editing.wording import (
    check_wording,
    promise,
)
from tests.conftest import CLINICS, SHEETS
from tests.said import EN, ES, found, line
from tests.test_readability import sheet

# The lexicons ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words", "match"),
    [
        ("It can help.", ["can"], "can"),
        ("It cannot help.", ["can"], None),
        ("It can't help.", ["can"], None),
        ("It can’t help.", ["can't"], "can’t"),
        ("Helpers HELPED", ["help*"], "Helpers"),
        ("Results differ.", ["differ*"], "differ"),
        ("all-day", ["all"], None),
        ("for  most people", ["for most"], "for  most"),
        ("Most.", ["for most", "most"], "Most"),
        ("anything", [], None),
        ("quizás", ["quizá"], None),
        ("Podría", ["podría"], "Podría"),
    ],
)
def test_contains(text: str, words: list[str], match: str | None) -> None:
    assert contains(text, words) == match


@pytest.mark.parametrize(("language", "terms"), [("en", 120), ("es", 60)])
def test_lexicons_are_whole(language: str, terms: int) -> None:
    lexicon = read_lexicon(language)
    names = [term.term.lower() for term in lexicon.jargon]
    forms = [form.lower() for term in lexicon.jargon for form in (term.term, *term.also)]
    assert lexicon.language == language
    assert len(names) >= terms
    assert len(set(names)) == len(names)
    assert [form for form in set(forms) if forms.count(form) > 1] == []
    assert set(forms) & {word.lower() for word in lexicon.known} == set()
    assert set(lexicon.hedges) & set(lexicon.firm) == set()
    assert len(lexicon.hedges) > 30


def test_a_term_is_not_explained_by_a_term() -> None:
    for language in ("en", "es"):
        lexicon = read_lexicon(language)
        hard = {
            (term.term, use.term.term)
            for term in lexicon.jargon
            for plain in term.plain
            for use in lexicon.uses(plain)
            if use.term != term
        }
        assert hard == set()


def test_other_languages_have_an_empty_lexicon() -> None:
    assert read_lexicon("vi") == Lexicon(language="vi")
    assert read_lexicon("es-MX") == ES
    assert found(promise, "Guarantee", read_lexicon("vi")) == []
    assert list(check_wording([line("Keloids, 10mg, guaranteed")], read_lexicon("vi"))) == []
    assert sorted(path.stem for path in FOLDER.glob("*.yaml")) == ["en", "es"]


def test_findings_quote_the_line_as_it_stands() -> None:
    text = "It’s safe. Utilize 10mg, PERFECT for you."
    for finding in check_wording([line(text)], EN):
        assert finding.words in text
        assert finding.message
        assert finding.hint


def test_sources_keep_their_own_titles() -> None:
    lines = [line("Erythema & edema: GUARANTEED 10mg", kind="sources")]
    assert list(check_wording(lines, EN)) == []


@pytest.mark.parametrize("clinic", CLINICS)
@pytest.mark.parametrize("name", SHEETS)
def test_shipped_sheets_pass(name: str, clinic: str) -> None:
    assert list(check_wording(sheet(name, clinic=clinic), EN)) == []


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError):
        Lexicon.model_validate({"language": "en", "notation": [{"find": "(", "write": "x"}]})
