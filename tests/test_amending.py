"""A clinic's facts changed by a program: what is wished is kept, and who else may have changed them."""

from __future__ import annotations

import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Barrier, BrokenBarrierError
from typing import TYPE_CHECKING

import pytest

from handoutpress import amending
from handoutpress.amending import (
    Amendment,
    NotAmended,
    amend,
    amended_file,
    consequences,
    keep,
    state_of,
)
from handoutpress.errors import ProblemsFound
from handoutpress.places import Places, shipped_folder
from handoutpress.reading.clinic import read_clinic
from handoutpress.reading.yamlreader import read_yaml
from tests.amended import SIGNS, at, change, copied, refused, scalars
from tests.conftest import CLINICS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from handoutpress.reading.yamlediting import Value
    from handoutpress.reading.yamlfile import Loc


@pytest.fixture
def own(tmp_path: Path) -> Callable[[str], Places]:
    """Return a function that copies a sample clinic, to change it."""
    return partial(copied, tmp_path)


class TestAmend:
    @pytest.mark.parametrize("name", CLINICS)
    @pytest.mark.parametrize("language", [None, "en", "es"])
    def test_the_same_again_changes_nothing(
        self, own: Callable[[str], Places], name: str, language: str | None
    ) -> None:
        places = own(name)
        path = amended_file(places, language)
        assert path.name == ("clinic.es.yaml" if language == "es" else "clinic.yaml")
        data = read_yaml(path).data
        changes: dict[Loc, Value] = {loc: f" {at(data, loc)} " for loc in scalars(data)}
        if "address" in data:
            changes["address",] = tuple(data["address"])
        amendment = change(places, {**changes, ("printer", "name"): None}, language)
        assert amendment.changed == ()
        assert amendment.text == path.read_bytes().decode()
        assert consequences(places, amendment) == type(consequences(places, amendment))()

    @pytest.mark.parametrize("name", CLINICS)
    def test_a_form_is_kept(self, own: Callable[[str], Places], name: str) -> None:
        places = own(name)
        before = (places.clinic / "clinic.yaml").read_text("utf-8")
        changes: dict[Loc, Value] = {
            ("name",): "New Name: Skin & Co (example)",
            ("phone",): "01632 960111",
            ("address",): ("3 New Street, Rear", "Sampletown"),
            ("email",): None,
            ("letterhead",): "false",
            ("printer", "name"): "Front-Desk",
            ("printer", "duplex"): "true",
            ("protocol", "microneedling", "no_sun_days_before"): "5",
            ("protocol", "microneedling", "wash_how"): "cool water",
        }
        amendment = change(places, changes)
        assert amendment.changed == tuple(changes)
        assert (places.clinic / "clinic.yaml").read_text("utf-8") == before
        keep(amendment, state_of(amendment.path))
        facts = read_clinic(places).facts
        assert facts.name == "New Name: Skin & Co (example)"
        assert facts.phone == "01632 960111"
        assert facts.address == ("3 New Street, Rear", "Sampletown")
        assert facts.email is None
        assert not facts.letterhead
        assert (facts.printer.name, facts.printer.duplex, facts.printer.copies) == ("Front-Desk", True, 1)
        assert facts.protocol["microneedling"]["no_sun_days_before"] == "5"
        own_comments = re.findall(r"(?m)^ *#.*", before)
        assert re.findall(r"(?m)^ *#.*", amendment.text) == own_comments
        trailing = [words for words in re.findall(r"(?m)\S +(# .*)$", before) if words != "# optional"]
        kept = [words for words in re.findall(r"(?m)\S +(# .*)$", amendment.text) if words != "# optional"]
        assert kept == trailing

    @pytest.mark.parametrize("name", CLINICS)
    def test_answers_come_into_an_empty_protocol_in_the_topics_order(
        self, own: Callable[[str], Places], name: str
    ) -> None:
        places = own(name)
        path = places.clinic / "clinic.yaml"
        answers = read_yaml(path).data["protocol"]["microneedling"]
        path.write_text("name: X\nprotocol: {}\n", encoding="utf-8")
        changes: dict[Loc, Value] = {
            ("protocol", "microneedling", slot): answers[slot] for slot in sorted(answers)
        }
        amendment = change(places, changes)
        keep(amendment, state_of(path))
        now = read_yaml(path).data["protocol"]["microneedling"]
        assert now == answers
        assert list(now)[1:] == [slot for slot in answers if slot in list(now)[1:]]

    def test_words_of_another_language(self, clinic: Path) -> None:
        places = Places(clinic, shipped_folder())
        changes: dict[Loc, Value] = {("hours",): "de lunes a viernes", SIGNS: "Dificultad para respirar"}
        assert state_of(clinic / "clinic.es.yaml") == ""
        amendment = amend(places, changes, "", "es")
        assert amendment.path == clinic / "clinic.es.yaml"
        assert amendment.language == "es"
        keep(amendment, "")
        facts = read_clinic(places, "es").facts
        assert facts.hours == "de lunes a viernes"
        assert facts.protocol["microneedling"]["allergy_signs"] == "Dificultad para respirar"
        assert read_clinic(places, "en").facts.hours == "Monday to Friday, 9 am to 5 pm"
        nothing = change(places, dict.fromkeys(changes), "es")
        keep(nothing, state_of(nothing.path))
        assert read_clinic(places, "es").facts.hours is None
        assert refused(places, {("phone",): "911"}, "es").fields[("phone",)][0].message == (
            'unknown key "phone"'
        )

    def test_no_file_is_made_for_nothing(self, clinic: Path) -> None:
        amendment = amend(Places(clinic, shipped_folder()), {("hours",): None}, "", "fr")
        assert amendment == Amendment(clinic / "clinic.fr.yaml", "", (), "fr")
        keep(amendment, "")
        assert not amendment.path.exists()

    @pytest.mark.parametrize("language", ["../x", "es/..", "español", "e", "es\n", ""])
    def test_what_is_no_language(self, clinic: Path, language: str) -> None:
        with pytest.raises(ProblemsFound, match="is not a language"):
            amend(Places(clinic, shipped_folder()), {}, "", language)

    def test_an_empty_list_goes(self, own: Callable[[str], Places]) -> None:
        places = own("willow")
        amendment = change(places, {("address",): ()})
        assert amendment.changed == (("address",),)
        keep(amendment, state_of(amendment.path))
        assert "address" not in read_yaml(amendment.path).data

    def test_a_file_that_cannot_be_read_stays(self, clinic: Path) -> None:
        path = clinic / "clinic.yaml"
        path.write_text("name: X\nname: Y\n", "utf-8")
        with pytest.raises(ProblemsFound, match="a second time"):
            amend(Places(clinic, shipped_folder()), {("name",): "Z"}, state_of(path))
        path.unlink()
        with pytest.raises(ProblemsFound, match="no such file"):
            amend(Places(clinic, shipped_folder()), {("name",): "Z"}, "")

    @pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
    def test_a_link_out_of_the_folder_is_refused(self, clinic: Path, tmp_path: Path) -> None:
        other = tmp_path / "elsewhere.yaml"
        (clinic / "clinic.yaml").rename(other)
        (clinic / "clinic.yaml").symlink_to(other)
        with pytest.raises(ProblemsFound, match="leads out of the folder"):
            amend(Places(clinic, shipped_folder()), {("hours",): "Z"}, state_of(other))

    @pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
    def test_a_link_inside_the_folder_stays_one(self, clinic: Path) -> None:
        (clinic / "clinic.yaml").rename(clinic / "facts.yaml")
        (clinic / "clinic.yaml").symlink_to("facts.yaml")
        places = Places(clinic, shipped_folder())
        amendment = change(places, {("emergency_phone",): "112"})
        assert len(consequences(places, amendment).ends) == 0
        keep(amendment, state_of(amendment.path))
        assert (clinic / "clinic.yaml").is_symlink()
        assert read_clinic(places).facts.emergency_phone == "112"


class TestKeep:
    def test_two_people_do_not_overwrite_each_other(self, clinic: Path) -> None:
        places = Places(clinic, shipped_folder())
        path = clinic / "clinic.yaml"
        seen = state_of(path)
        first = amend(places, {("hours",): "daily"}, seen)
        second = amend(places, {("phone",): "01632 960123"}, seen)
        keep(first, seen)
        kept = path.read_bytes()
        with pytest.raises(ProblemsFound, match="changed this file meanwhile"):
            keep(second, seen)
        with pytest.raises(NotAmended) as found:
            amend(places, {("phone",): "0000000000"}, seen)
        assert {loc: len(told) for loc, told in found.value.fields.items()} == {(): 1, ("phone",): 1}
        path.unlink()
        with pytest.raises(ProblemsFound, match="changed this file meanwhile"):
            keep(second, seen)
        path.write_bytes(kept)

    def test_not_even_at_the_same_moment(self, clinic: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        places, path = Places(clinic, shipped_folder()), clinic / "clinic.yaml"
        seen = state_of(path)
        wishes: tuple[dict[Loc, Value], ...] = ({("hours",): "daily"}, {("phone",): "01632 960123"})
        amendments = [amend(places, wish, seen) for wish in wishes]
        both = Barrier(2)

        def slow_state_of(file: Path) -> str:
            state = state_of(file)
            with suppress(BrokenBarrierError):
                both.wait(0.5)  # until the other one has looked, too
            return state

        def try_to_keep(amendment: Amendment) -> bool:
            try:
                keep(amendment, seen)
            except ProblemsFound:
                return False
            return True

        monkeypatch.setattr(amending, "state_of", slow_state_of)
        with ThreadPoolExecutor(2) as pool:
            kept = list(pool.map(try_to_keep, amendments))
        assert sorted(kept) == [False, True]
        assert path.read_text("utf-8") == amendments[kept.index(True)].text

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no such bits")
    @pytest.mark.parametrize("mode", [0o600, 0o664, 0o640])
    def test_who_may_read_it_stays(self, clinic: Path, mode: int) -> None:
        places = Places(clinic, shipped_folder())
        path = clinic / "clinic.yaml"
        path.chmod(mode)
        mask = os.umask(0o077)
        try:
            keep(change(places, {("hours",): "daily"}), state_of(path))
        finally:
            os.umask(mask)
        assert stat.S_IMODE(path.stat().st_mode) == mode
        assert b"daily" in path.read_bytes()
        assert sorted(each.name for each in clinic.iterdir()) == ["_brand.yml", "clinic.yaml"]

    def test_windows_lines_and_the_mark_are_kept_in_the_file(self, clinic: Path) -> None:
        places = Places(clinic, shipped_folder())
        path = clinic / "clinic.yaml"
        before = b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n")
        path.write_bytes(before)
        keep(change(places, {("emergency_phone",): "112"}), state_of(path))
        assert path.read_bytes() == before.replace(b'"911"', b'"112"')
