"""A translation is one of its original as it stands: nothing missing, nothing changed since."""

from __future__ import annotations

import datetime as dt
import shutil
from typing import TYPE_CHECKING

import pytest

from handoutpress.composing.identity import words_hash
from handoutpress.errors import Problems, ProblemsFound
from handoutpress.places import Places, shipped_folder
from handoutpress.press import read_job
from handoutpress.reading.sheet import read_sheet
from handoutpress.wish import Wish

from .conftest import LIBRARY, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Ran

NAME = "microneedling-aftercare"
TOPIC = ROOT / "handouts" / "microneedling"


@pytest.fixture
def own(tmp_path: Path) -> Places:
    """Return the places of a clinic with its own copies of a sheet and its translation, to spoil."""
    folder = tmp_path / "own"
    shutil.copytree(ROOT / "clinics" / "example", folder)
    own = folder / "handouts" / "microneedling"
    own.mkdir(parents=True)
    for name in (f"{NAME}.yaml", f"{NAME}.es.yaml"):
        shutil.copy(TOPIC / name, own)
    return Places(folder, shipped_folder())


def _change(places: Places, name: str, old: str, new: str) -> None:
    path = places.clinic / "handouts" / "microneedling" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def _said(places: Places) -> list[str]:
    problems = Problems()
    read_job(NAME, places, Wish("es", today=dt.date(2026, 11, 24)), problems)
    return [problem.message for problem in problems.found if problem.rule == "translation"]


def test_the_shipped_one_is_up_to_date(own: Places) -> None:
    assert _said(own) == []


@pytest.mark.parametrize(
    ("old", "new"), [("Wear a hat", "Put on a hat"), ("heading: Key points", "heading: Main points")]
)
def test_a_change_of_the_original_makes_it_stale(own: Places, old: str, new: str) -> None:
    _change(own, f"{NAME}.yaml", old, new)
    assert _said(own) == [f"{NAME}.yaml has changed since this was translated"]


def test_what_rests_on_what_is_no_change_of_words(own: Places) -> None:
    before = words_hash(read_sheet(own.sheet(NAME)).handout)
    _change(own, f"{NAME}.yaml", "from: [C53]", "from: [C53, C52]")
    assert words_hash(read_sheet(own.sheet(NAME)).handout) == before
    assert _said(own) == ["the original rests on C53, C52 here"]


def test_a_dropped_slot_and_a_wrong_number_are_seen(own: Places) -> None:
    _change(own, f"{NAME}.es.yaml", "**{clinic.phone}**", "**nosotros**")
    _change(own, f"{NAME}.es.yaml", "38", "37")
    said = _said(own)
    assert "the original has the slots {clinic.phone} here" in said
    assert "the original has the numbers 100.4, 38 here" in said
    assert len(said) == 2


def test_a_dropped_statement_is_seen(own: Places) -> None:
    path = own.clinic / "handouts" / "microneedling" / f"{NAME}.es.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    (point,) = [line for line in lines if "from: [C52]" in line]
    path.write_text("\n".join(line for line in lines if line != point) + "\n", encoding="utf-8")
    assert any(message.startswith("a statement is missing") for message in _said(own))


def test_a_stale_one_is_refused_and_a_draft_is_made(run: Callable[..., Ran], own: Places) -> None:
    _change(own, f"{NAME}.yaml", "Wear a hat", "Put on a hat")
    words = ("make", NAME, "--language", "es", "--clinic", own.clinic, "-o", own.clinic / "out")
    today = {"HANDOUTS_TODAY": "2026-11-24"}
    refused = run(*words, env=today)
    assert refused.status == 1
    assert "has changed since this was translated" in refused.err
    assert not (own.clinic / "out").exists()
    draft = run(*words, "--draft", env=today)
    assert draft.status == 0
    assert "has changed since this was translated" in draft.err


def test_staff_are_told_and_the_page_is_not(run: Callable[..., Ran], own: Places) -> None:
    words = ("make", NAME, "--language", "es", "--clinic", own.clinic, "-o", own.clinic / "out", "--html")
    made = run(*words, env={"HANDOUTS_TODAY": "2026-11-24"})
    assert made.status == 0, made.err
    assert "no qualified translator has checked this translation yet" in made.err
    page = (own.clinic / "out" / f"{NAME}.es.html").read_text(encoding="utf-8")
    assert "traduc" not in page.lower()
    words_now = words_hash(read_sheet(own.sheet(NAME, "es")).handout)
    checked = f'translation: {{checked_by: Example Translator (example), checked_text: "{words_now}", '
    _change(own, f"{NAME}.es.yaml", "translation: {", checked)
    assert run(*words, env={"HANDOUTS_TODAY": "2026-11-24"}).err == ""
    _change(own, f"{NAME}.es.yaml", "Use sombrero", "Lleve sombrero")
    made = run(*words, env={"HANDOUTS_TODAY": "2026-11-24"})
    assert "not the one that Example Translator (example) checked" in made.err


@pytest.mark.parametrize(
    ("old", "new"), [("when: Desde día 3", "when: Desde día 13"), ("        4: ", "        5: ")]
)
def test_numbers_in_labels_and_alt_texts_are_compared_too(own: Places, old: str, new: str) -> None:
    path = own.clinic / "handouts" / "microneedling" / f"{NAME}.es.yaml"
    text = path.read_text(encoding="utf-8")
    if old not in text:
        old, new = " 4: ", " 5: "
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert any("the original has the numbers" in message for message in _said(own))


def test_a_file_says_the_language_of_its_name(own: Places) -> None:
    _change(own, f"{NAME}.es.yaml", "language: es\n", "")
    with pytest.raises(ProblemsFound, match="name says `es`, and its language is `en`"):
        read_sheet(own.sheet(NAME, "es"))


def test_an_original_that_cannot_be_read_is_told_and_not_missed(run: Callable[..., Ran], own: Places) -> None:
    _change(own, f"{NAME}.yaml", "review_by:", "reviewed:")
    told = run("check", NAME, "--clinic", own.clinic)
    assert "did you mean" in told.err
    assert "no original" not in told.err
    english = own.clinic / "handouts" / "microneedling" / f"{NAME}.yaml"
    english.rename(english.with_name("another-name.yaml"))
    translation = own.clinic / "handouts" / "microneedling" / f"{NAME}.es.yaml"
    translation.rename(translation.with_name("alone.es.yaml"))
    assert (
        "there is no original that this could translate" in run("check", "alone", "--clinic", own.clinic).err
    )


def test_list_and_show_tell_staff_too(run: Callable[..., Ran]) -> None:
    listed = run("list").out.splitlines()
    assert sum("no qualified translator has checked it yet" in line for line in listed) == len(LIBRARY)
    shown = run("show", NAME, "--language", "es").out
    assert "no qualified translator has checked this translation yet" in shown
    assert "translator" not in run("show", NAME).out


def test_a_clinics_english_words_never_stand_on_it(run: Callable[..., Ran], own: Places) -> None:
    """The signs of an allergy have to be there in Spanish too: English ones would help nobody."""
    (own.clinic / "clinic.es.yaml").unlink()
    words = ("make", NAME, "--language", "es", "--clinic", own.clinic, "-o", own.clinic / "out")
    refused = run(*words, env={"HANDOUTS_TODAY": "2026-11-24"})
    assert refused.status == 1
    assert "{protocol.allergy_signs}` is not set" in refused.err
    assert "clinic.es.yaml" in refused.err
    assert "{clinic.after_hours}` is not set" in refused.err
