"""What else a change of a clinic's facts does, and what is copied to try it."""

from __future__ import annotations

import datetime as dt
import os
import socket
from functools import partial
from typing import TYPE_CHECKING

import pytest

from handoutpress import amending
from handoutpress.amending import consequences, keep, state_of
from handoutpress.editing.trying import copy_clinic
from handoutpress.places import OutsideError, files_below, inside
from handoutpress.reading.signoffs import read_sign_offs
from handoutpress.signing import sign_sheets
from handoutpress.wish import Wish
from tests.amended import SHEET, SIGNS, change, copied
from tests.conftest import TODAY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from handoutpress.places import Places


@pytest.fixture
def own(tmp_path: Path) -> Callable[[str], Places]:
    """Return a function that copies a sample clinic, to change it."""
    return partial(copied, tmp_path)


@pytest.fixture
def signed(own: Callable[[str], Places]) -> Places:
    """A clinic with one sheet signed in both languages."""
    places = own("harbor")
    for language in ("en", "es"):
        wish = Wish(language, today=TODAY)
        sign_sheets((SHEET,), places, wish, "Example Clinician (example)", dt.date(2027, 5, 31))
    return places


class TestConsequences:
    def test_a_number_ends_every_sign_off_and_an_hour_only_where_it_stands(self, signed: Places) -> None:
        ends = consequences(signed, change(signed, {("phone",): "555-555-0143"})).ends
        assert [(entry.sheet, entry.language, entry.by) for entry in ends] == [
            (SHEET, "en", "Example Clinician (example)"),
            (SHEET, "es", "Example Clinician (example)"),
        ]
        ends = consequences(signed, change(signed, {("hours",): "cada día"}, "es")).ends
        assert [entry.language for entry in ends] == ["es"]
        assert consequences(signed, change(signed, {("printer", "name"): "Front"})).ends == ()
        assert consequences(signed, change(signed, {("paper",): "a4"})).ends == ()

    def test_they_are_what_comes_true(self, signed: Places) -> None:
        amendment = change(signed, {("phone",): "555-555-0143"})
        told = consequences(signed, amendment)
        before = state_of(amendment.path)
        assert len(read_sign_offs(signed).sign_offs) == 2  # nothing was written
        keep(amendment, before)
        again = change(signed, {("phone",): "555-555-0142"})
        assert consequences(signed, again).ends == ()
        assert len(told.ends) == 2

    def test_what_would_stop_a_sheet(self, own: Callable[[str], Places]) -> None:
        places = own("harbor")
        told = consequences(places, change(places, {SIGNS: None}))
        assert {language for _, language, _ in told.stops} == {"en"}  # the Spanish words stand elsewhere
        assert SHEET in {name for name, _, _ in told.stops}
        for _, _, problem in told.stops:
            assert "{protocol.allergy_signs}` is not set" in problem.message
        no_glyph = consequences(places, change(places, {("name",): "皮膚 Clinic (example)"}))
        assert no_glyph.stops
        for _, _, problem in no_glyph.stops:
            assert "no font covers" in problem.message
            assert problem.place
            assert problem.place.file == places.clinic / "clinic.yaml"
            assert "皮膚" in problem.place.text
        demanded = consequences(places, change(places, {("require_sign_off",): "true"}))
        assert {problem.rule for _, _, problem in demanded.stops} == {"sign-off"}
        assert len(demanded.stops) == len(places.sheets())

    def test_what_would_free_a_sheet_stops_none(self, own: Callable[[str], Places]) -> None:
        places = own("harbor")
        keep(removed := change(places, {("phone",): None}), state_of(removed.path))
        freed = change(places, {("phone",): "555-555-0142", ("name",): "Other (example)"})
        assert consequences(places, freed) == amending.Consequences()

    def test_a_problem_that_only_moves_is_not_new(self, own: Callable[[str], Places]) -> None:
        places = own("example")
        path = places.clinic / "clinic.yaml"
        path.write_text(path.read_text("utf-8") + "require_sign_off: true\n", "utf-8")
        amendment = change(places, {("address",): None, ("printer", "name"): "Front"})
        assert consequences(places, amendment) == type(consequences(places, amendment))()

    @pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
    def test_links_are_not_followed(self, signed: Places, tmp_path: Path) -> None:
        (signed.clinic / "loop").symlink_to(".")
        (signed.clinic / "dead").symlink_to("nowhere")
        (tmp_path / "elsewhere").mkdir()
        (signed.clinic / "far").symlink_to(tmp_path / "elsewhere")
        assert len(consequences(signed, change(signed, {("phone",): "555-555-0143"})).ends) == 2


class TestCopy:
    """What is tried on: a clinic's folder is full of what must not lie about in another."""

    def test_only_what_sheets_are_made_of_is_copied(self, clinic: Path, tmp_path: Path) -> None:
        needed = (
            "_brand.yml", "clinic.yaml", "clinic.es.yaml", "sign-offs.yaml", "logo.SVG", "brand/logo.png",
            "brand/fonts/own.ttf", "handouts/own/own-sheet.yaml", "handouts/own/README",
            "styles/clinic.css", "templates/sheet.html.j2",
        )  # fmt: skip
        others = (
            "patients.csv", "smtp-password", "out/sheet.pdf", "notes.yaml", "brand/clinic.yaml",
            ".git/logo.png", "clinic.yaml.bak",
        )  # fmt: skip
        for name in (*needed, *others):
            path = clinic / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name, encoding="utf-8")
        copy_clinic(clinic, copy := tmp_path / "copy")
        found = {path.relative_to(copy).as_posix(): path for path in files_below(copy)}
        assert found.keys() == set(needed)
        assert all(path.read_text("utf-8") == name for name, path in found.items())

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    def test_what_is_no_file_is_left_out(self, signed: Places, tmp_path: Path) -> None:
        for folder in ("", "handouts/microneedling", "brand"):
            (signed.clinic / folder).mkdir(parents=True, exist_ok=True)
            os.mkfifo(signed.clinic / folder / "pipe.png")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(signed.clinic / "handouts" / "s"))
            copy_clinic(signed.clinic, tmp_path / "copy")
            assert len(consequences(signed, change(signed, {("phone",): "555-555-0143"})).ends) == 2
        assert not list((tmp_path / "copy").rglob("pipe.png"))
        assert not (tmp_path / "copy" / "handouts" / "s").exists()

    @pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
    def test_links_lead_where_they_led(self, clinic: Path, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("secret", "utf-8")
        (clinic / "facts").mkdir()
        (clinic / "clinic.yaml").rename(clinic / "facts" / "own.yaml")
        (clinic / "clinic.yaml").symlink_to(clinic / "facts" / "own.yaml")
        (clinic / "library" / "own").mkdir(parents=True)
        (clinic / "library" / "own" / "own-sheet.yaml").write_text("title: Own", "utf-8")
        (clinic / "handouts").symlink_to("library")
        (clinic / "library" / "again").symlink_to("..")
        (clinic / "patients.csv").write_text("Pat", "utf-8")
        (clinic / "sign-offs.yaml").symlink_to(tmp_path / "secret")
        for name, other in (("a.png", "b.png"), ("b.png", "a.png")):
            (clinic / name).symlink_to(other)
        copy_clinic(clinic, copy := tmp_path / "copy")
        assert inside(copy, "clinic.yaml") == copy / "facts" / "own.yaml"
        assert (copy / "clinic.yaml").read_bytes() == (clinic / "clinic.yaml").read_bytes()
        assert (copy / "handouts" / "own" / "own-sheet.yaml").is_file()
        assert not (copy / "patients.csv").exists()
        with pytest.raises(OutsideError):
            inside(copy, "sign-offs.yaml")
