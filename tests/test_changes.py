"""A clinic's changes to a shipped sheet: each kind, on the page, and what they mean for all around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handoutpress.composing.identity import words_hash
from handoutpress.places import Places, shipped_folder
from handoutpress.reading.sheet import read_sheet
from tests.copies import words as words_of
from tests.overlays import (
    AFTERCARE,
    HEAD,
    html,
    own_shipped,
    reword,
    told,
    was,
    write_changes,
    write_evidence,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

PARKING = '{paragraph: {heading: Parking, text: [{say: "Park behind the house.", from: [L01]}]}}'
SUN = "Keep the treated skin **clean** and **out of the sun**."
SUN_WAS = reword(SUN, "x").split('was: "')[1][:8]
SPANISH = """\
hours: de lunes a viernes
after_hours: llame al (555) 555-0199
protocol: {microneedling: {allergy_signs: dificultad para respirar}}
"""


class TestEachKind:
    def test_a_statement_in_other_words_rests_on_what_it_did(self, clinic: Path) -> None:
        write_changes(
            clinic,
            "changes:\n" + reword(SUN, "Keep your skin **clean** and in the shade."),
        )
        said = html(clinic)
        assert "Keep your skin <strong>clean</strong> and in the shade." in said
        assert "out of the sun</strong>." not in said
        handout = read_sheet(Places(clinic, shipped_folder()).sheet(AFTERCARE)).handout
        points = handout.blocks[1].block.points  # type: ignore[attr-defined]
        assert points[1].from_ == ("C53", "C56")

    def test_a_statement_is_found_however_its_line_is_broken(self, clinic: Path) -> None:
        broken = SUN.replace(" and ", "\n        and ")
        write_changes(
            clinic,
            f'changes:\n  - reword:\n      was: "{SUN_WAS}"\n      said: >-\n        {broken}\n'
            "      say: Stay in the shade.\n      from: [C56]\n",
        )
        assert "Stay in the shade." in html(clinic)

    @pytest.mark.parametrize("name", ["key-points", "Key points"])
    def test_a_block_in_the_place_of_another(self, clinic: Path, name: str) -> None:
        digest = was("key-points")
        write_changes(
            clinic,
            f'changes:\n  - replace:\n      block: {name}\n      was: "{digest}"\n      with:\n'
            "        key-points:\n          heading: What counts\n"
            '          points: [{say: "Follow your provider.", from: [C57]}]\n',
        )
        said = html(clinic)
        assert "What counts" in said
        assert "Key points" not in said

    def test_a_block_less(self, clinic: Path) -> None:
        assert "Daily life" in html(clinic)
        write_changes(
            clinic, f'changes:\n  - hide: {{block: faq, was: "{was("faq")}", because: we talk about them}}\n'
        )
        assert "Daily life" not in html(clinic)

    def test_blocks_of_its_own_after_one_and_before_all(self, clinic: Path) -> None:
        write_evidence(clinic)
        write_changes(
            clinic,
            "changes:\n"
            f"  - add: {{after: patient, blocks: [{PARKING}]}}\n"
            "  - add: {after: top, blocks: [notes: {heading: Before all, lines: 1}]}\n"
            "  - add: {after: patient, blocks: [notes: {heading: The second, lines: 1}]}\n",
        )
        said = html(clinic)
        places = [said.index(words) for words in ("Before all", "Parking", "The second", "Key points")]
        assert places == sorted(places)

    def test_another_order(self, clinic: Path) -> None:
        order = ("Key points", "When to get help")
        said = html(clinic)
        assert said.index(order[0]) < said.index(order[1])
        write_changes(
            clinic,
            "changes:\n  - move: {block: key-points, after: warning}\n  - move: {block: faq, after: top}\n",
        )
        said = html(clinic)
        assert said.index("Daily life") < said.index(order[1]) < said.index(order[0])

    def test_what_stands_at_the_head_and_over_blocks(self, clinic: Path) -> None:
        head = 'of: "1.0"\nversion: "2.0"\ndated: 2026-11-24\nreview_by: 2028-01-01\npages: 3\n'
        title = reword("After your microneedling", "After your treatment with us")
        write_changes(clinic, "changes:\n" + title + reword("Daily life", "Every day"), head=head)
        handout = read_sheet(Places(clinic, shipped_folder()).sheet(AFTERCARE)).handout
        assert (handout.title, handout.version, handout.pages) == ("After your treatment with us", "2.0", 3)
        # The shipped text has its own day, and no change of a clinic's makes it good for longer.
        assert (handout.dated.isoformat(), handout.review_by.isoformat()) == ("2026-11-24", "2027-11-23")
        assert "Every day" in html(clinic)

    def test_all_at_once_on_paper(self, run: Callable[..., Ran], clinic: Path, tmp_path: Path) -> None:
        write_evidence(clinic)
        write_changes(
            clinic,
            "changes:\n"
            + reword(SUN, "Keep your skin **clean** and in the shade.")
            + f'  - hide: {{block: figure, was: "{was("figure")}", because: we show it}}\n'
            f"  - add: {{after: warning, blocks: [{PARKING}]}}\n"
            "  - move: {block: patient, after: key-points}\n",
        )
        ran = run("make", AFTERCARE, "--clinic", clinic, "-o", tmp_path / "a.pdf")
        assert ran.status == 0, ran.err
        said = " ".join(" ".join(words_of((tmp_path / "a.pdf").read_bytes())).split())
        assert "Park behind the house." in said
        assert "Keep your skin clean and in the shade." in said
        assert "Four steps" not in said
        assert said.index("Key points") < said.index("Name") < said.index("When to get help")
        assert "1.0.1" in said
        listed = run("list", "--clinic", clinic)
        assert listed.out.count("with your clinic's changes") == 1


class TestTheShippedTextChanges:
    """A new version of the program may ship other words under a clinic's changes."""

    @pytest.fixture
    def shipped(self, tmp_path: Path) -> Path:
        return own_shipped(tmp_path / "shipped")

    def mend(self, shipped: Path, old: str, new: str) -> None:
        path = shipped / "handouts" / "microneedling" / f"{AFTERCARE}.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def test_under_a_statement(self, clinic: Path, shipped: Path) -> None:
        write_changes(clinic, "changes:\n" + reword(SUN, "Keep it **clean**."))
        assert "Keep it <strong>clean</strong>." in html(clinic, shipped=shipped)
        self.mend(shipped, "out of the sun**.", "out of all sun**.")
        (problem,) = told(clinic, shipped=shipped)
        assert problem == (
            f"{AFTERCARE}.changes.yaml",
            6,
            f"{AFTERCARE}.yaml does not say this, or no longer",
        )

    @pytest.mark.parametrize(
        "change",
        ["hide: {block: faq, was: WAS, because: x}", "replace: {block: faq, was: WAS, with: {notes: {}}}"],
    )
    def test_under_a_block(self, clinic: Path, shipped: Path, change: str) -> None:
        write_changes(clinic, f"changes:\n  - {change}\n".replace("WAS", f'"{was("faq")}"'))
        html(clinic, shipped=shipped)
        self.mend(shipped, "heading: Daily life", "heading: Questions we hear")
        ((file, line, message),) = told(clinic, shipped=shipped)
        assert (file, line) == (f"{AFTERCARE}.changes.yaml", 6)
        assert message == f"the shipped block `faq` is not what it was: it has changed since `{was('faq')}`"

    def test_what_is_not_named_follows(self, clinic: Path, shipped: Path) -> None:
        write_changes(clinic, f'changes:\n  - hide: {{block: figure, was: "{was("figure")}", because: x}}\n')
        self.mend(shipped, "heading: Daily life", "heading: Questions we hear")
        assert "Questions we hear" in html(clinic, shipped=shipped)

    @pytest.mark.parametrize(
        "change",
        [
            "add: {after: faq, blocks: [notes]}",
            "move: {block: faq, after: top}",
            "hide: {block: faq, was: 00000000, because: x}",
        ],
    )
    def test_a_block_that_is_gone(self, clinic: Path, shipped: Path, change: str) -> None:
        write_changes(clinic, f"changes:\n  - {change}\n")
        self.mend(shipped, "  - faq:", "  - glossary:")
        messages = [message for file, _, message in told(clinic, shipped=shipped) if "changes" in file]
        assert messages == [f"{AFTERCARE}.yaml has no block `faq`, or no longer"]

    def test_a_line_that_moves_to_the_other_list(self, clinic: Path, shipped: Path) -> None:
        """What is to be done stands under "do not" now: the clinic's words would say the opposite."""
        stay = "Stay in the shade. Wear a hat."
        write_changes(clinic, "changes:\n" + reword(stay, "Wear a hat and long sleeves."))
        html(clinic, shipped=shipped)
        path = shipped / "handouts" / "microneedling" / f"{AFTERCARE}.yaml"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        (line,) = [each for each in lines if stay in each]
        lines.remove(line)
        dont = next(number for number, each in enumerate(lines) if each.strip() == "dont:")
        path.write_text("".join([*lines[: dont + 1], line, *lines[dont + 1 :]]), encoding="utf-8")
        ((file, _, message),) = told(clinic, shipped=shipped)
        assert file == f"{AFTERCARE}.changes.yaml"
        assert message.startswith("these words stand elsewhere, or rest on something else, since")

    def test_another_version_is_told_by_check(self, run: Callable[..., Ran], clinic: Path) -> None:
        write_changes(clinic, "", head=HEAD.replace('of: "1.0"', 'of: "0.9"'))
        assert run("make", AFTERCARE, "--clinic", clinic, "-o", clinic / "a.pdf").status == 0
        checked = run("check", AFTERCARE, "--clinic", clinic)
        assert checked.status == 1
        assert f"{AFTERCARE}.changes.yaml:1:5  the shipped sheet has version 1.0 now" in checked.err
        assert 'then write `of: "1.0"`' in checked.err


class TestAround:
    def test_a_sign_off_ends_with_the_first_change(self, run: Callable[..., Ran], clinic: Path) -> None:
        signed = run(
            "sign-off", AFTERCARE, "--by", "Example Clinician", "--until", "2027-05-31", "--clinic", clinic
        )
        assert signed.status == 0, signed.err
        assert "signed off Example Clinician" in run("show", AFTERCARE, "--clinic", clinic).out
        write_changes(clinic, "changes:\n" + reword(SUN, "Keep it **clean**."))
        assert "signed off no" in run("show", AFTERCARE, "--clinic", clinic).out

    def test_the_second_copy_of_the_day_has_the_change(
        self, run: Callable[..., Ran], clinic: Path, tmp_path: Path
    ) -> None:
        """A plate is kept under a key of all that shaped it, and a file with changes is one of these."""
        for words in ("Keep it **clean**.", "Keep it very **clean**."):
            write_changes(clinic, "changes:\n" + reword(SUN, words))
            ran = run(
                "make", AFTERCARE, "--name", "Example Patient", "--clinic", clinic, "-o", tmp_path / "a.pdf"
            )
            assert ran.status == 0, ran.err
            said = " ".join(" ".join(words_of((tmp_path / "a.pdf").read_bytes())).split())
            assert words.replace("*", "") in said

    def test_the_translation_waits_for_the_same_change(self, clinic: Path) -> None:
        write_changes(clinic, f'changes:\n  - hide: {{block: faq, was: "{was("faq")}", because: x}}\n')
        (clinic / "clinic.es.yaml").write_text(SPANISH, encoding="utf-8")
        ((file, _, message),) = told(clinic, language="es")
        assert file == f"{AFTERCARE}.changes.yaml"
        assert message == f"these changes are not in the sheet's translation, {AFTERCARE}.es.yaml"
        original = read_sheet(Places(clinic, shipped_folder()).sheet(AFTERCARE)).handout
        spanish = f'changes:\n  - hide: {{block: faq, was: "{was("faq", language="es")}", because: x}}\n'
        write_changes(clinic, f'translation: {{of: "{words_hash(original)}"}}\n{spanish}', f"{AFTERCARE}.es")
        assert "Vida diaria" not in html(clinic, language="es")

    def test_a_claim_that_no_sheet_says_any_more_needs_a_reason(
        self, run: Callable[..., Ran], clinic: Path
    ) -> None:
        change = f'changes:\n  - hide: {{block: table, was: "{was("table")}", because: we say so}}\n'
        write_changes(clinic, change)
        ran = run("check", "--clinic", clinic)
        missing = [line.split()[-1] for line in ran.err.splitlines() if "no sheet in `en` uses" in line]
        assert missing == ["C55"]
        write_changes(clinic, f"leaves_out: {{C55: we say so in the talk}}\n{change}")
        assert "no sheet in `en` uses" not in run("check", "--clinic", clinic).err
