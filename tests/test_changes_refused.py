"""Changes that do not fit: each told in the file and on the line where it stands, all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from markupsafe import Markup

from handoutpress.errors import ProblemsFound
from handoutpress.places import Places, shipped_folder
from handoutpress.reading.parts import blocks_of
from handoutpress.reading.topic import read_evidence, read_protocol
from tests.overlays import (
    AFTERCARE,
    TOPIC,
    html,
    problems,
    reword,
    told,
    was,
    write_changes,
    write_evidence,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

FILE = f"{AFTERCARE}.changes.yaml"
SUN = "Keep the treated skin **clean** and **out of the sun**."
HIDE = "hide: {block: faq, was: WAS, because: x}"
HIDE_POINTS = "hide: {block: key-points, was: KEY, because: x}"
REWORD = reword(SUN, "Keep it clean.").strip().removeprefix("- ")


class TestTheFile:
    def test_a_misspelt_key_and_a_misspelt_change(self, clinic: Path) -> None:
        write_changes(clinic, "chnages: []\n")
        assert told(clinic) == [(FILE, 5, 'unknown key "chnages"')]
        write_changes(clinic, "changes:\n  - hyde: {block: faq}\n")
        assert told(clinic) == [(FILE, 6, 'unknown key "hyde"')]

    def test_all_of_it_at_once(self, clinic: Path) -> None:
        write_changes(
            clinic,
            "changes:\n"
            "  - reword: {said: Nobody says this, say: Nor this}\n"
            f'  - hide: {{block: faw, was: "{was("faq")}", because: x}}\n'
            '  - replace: {block: faq, was: "00000000", with: {notes: {}}}\n'
            "  - move: {block: patient, after: patient}\n"
            "  - add: {after: paragraph, blocks: [notes]}\n",
        )
        assert told(clinic) == [
            (FILE, 6, f"{AFTERCARE}.yaml does not say this, or no longer"),
            (FILE, 7, f"{AFTERCARE}.yaml has no block `faw`, or no longer"),
            (FILE, 8, "the shipped block `faq` is not what it was: it has changed since `00000000`"),
            (FILE, 9, "the block `patient` cannot follow itself"),
            (FILE, 10, f"{AFTERCARE}.yaml has no block `paragraph`, or no longer"),
        ]
        hints = [problem.hint for problem in problems(clinic)]
        assert hints[1] == 'did you mean "faq"?'
        assert was("faq") in hints[2]

    def test_words_nearly_right_are_shown_as_they_stand(self, clinic: Path) -> None:
        write_changes(
            clinic, 'changes:\n  - reword: {said: "Keep the treated skin clean.", say: Keep it clean.}\n'
        )
        (problem,) = problems(clinic)
        assert problem.hint == f"the nearest words there: {SUN}"

    def test_what_is_wrong_in_a_block_of_the_clinics_stands_in_the_clinics_file(self, clinic: Path) -> None:
        for words, said in (("in {clinic.fone}", "clinic.fone"), ("it", "C99")):
            write_changes(
                clinic,
                "changes:\n  - add:\n      after: faq\n      blocks:\n"
                "        - paragraph:\n            text:\n"
                f'              - {{say: "We tell you {words}.", from: [C99]}}\n',
            )
            ((file, line, message),) = told(clinic)
            assert (file, line) == (FILE, 11)
            assert said in message

    def test_the_editors_rules_hold_for_a_clinics_words(self, clinic: Path) -> None:
        write_changes(clinic, "changes:\n" + reword(SUN, "This cures all scars for sure."))
        assert {(file, line) for file, line, _ in told(clinic)} == {(FILE, 6)}

    @pytest.mark.parametrize(
        ("first", "second", "said"),
        [
            (HIDE, HIDE, "the block `faq` is hidden"),
            ("replace: {block: faq, was: WAS, with: {notes: {}}}", HIDE, "the block `faq` is replaced"),
            (HIDE, "move: {block: faq, after: top}", "the block `faq` is hidden"),
            (HIDE_POINTS, REWORD, "these words stand only in blocks that are hidden"),
            (REWORD, REWORD, "these words are reworded twice"),
            (
                "move: {block: faq, after: top}",
                "move: {block: faq, after: top}",
                "the block `faq` is moved twice",
            ),
        ],
    )
    def test_two_changes_to_one_block(self, clinic: Path, first: str, second: str, said: str) -> None:
        text = f"changes:\n  - {first}\n  - {second}\n"
        write_changes(clinic, text.replace("WAS", f'"{was("faq")}"').replace("KEY", f'"{was("key-points")}"'))
        ((file, line, message),) = told(clinic)
        assert (file, line) == (FILE, 7)
        assert message.startswith(said)

    def test_several_blocks_of_one_kind(self, clinic: Path) -> None:
        name = "microneedling-about"
        write_changes(clinic, "changes:\n  - move: {block: figure, after: top}\n", name)
        (problem,) = problems(clinic, name)
        assert problem.message == f"there are 2 blocks `figure` in {name}.yaml"
        headings = [block.heading for block in blocks_of(written(name)) if block.kind == "figure"]
        assert problem.hint == "say which: " + ", ".join(f'"{heading}"' for heading in headings)
        write_changes(clinic, f'changes:\n  - move: {{block: "{headings[1]}", after: top}}\n', name)
        html(clinic, name)

    def test_a_number_is_no_anchor(self, clinic: Path) -> None:
        """With one more figure before it, it would be another one's."""
        name = "microneedling-about"
        write_changes(clinic, "changes:\n  - add: {after: figure 2, blocks: [notes]}\n", name)
        (problem,) = problems(clinic, name)
        assert problem.message == "`figure 2` may be another block in the next version"
        assert problem.hint.startswith('say "')

    def test_what_is_needed_to_be_sure_is_asked_for_with_its_value(self, clinic: Path) -> None:
        write_changes(
            clinic,
            f'changes:\n  - reword: {{said: "{SUN}", say: Keep it clean.}}\n'
            "  - hide: {block: faq, because: x}\n",
        )
        first, second = problems(clinic)
        assert "`was` is missing" in first.message
        assert "`was` is missing" in second.message
        assert REWORD.split("was: ")[1][:10] in first.hint
        assert was("faq") in second.hint

    def test_an_empty_change(self, clinic: Path) -> None:
        write_changes(clinic, "changes:\n  - hide:\n")
        assert told(clinic) == [(FILE, 6, "`hide` says nothing")]

    @pytest.mark.parametrize(
        "change",
        [
            "hide: {block: warning, was: WAS, because: x}",
            "replace: {block: warning, was: WAS, with: {notes: {}}}",
        ],
    )
    def test_when_to_get_help_stays_on_the_sheet(self, clinic: Path, change: str) -> None:
        write_changes(clinic, f"changes:\n  - {change}\n".replace("WAS", f'"{was("warning")}"'))
        ((file, line, message),) = told(clinic)
        assert (file, line) == (FILE, 6)
        assert message == "with this, the sheet would not say when to call and when to get emergency help"

    def test_names_of_the_program_are_no_keys(self, clinic: Path) -> None:
        write_changes(clinic, f'changes:\n  - reword: {{said: "{SUN}", say: Keep it clean., from_: [C53]}}\n')
        assert told(clinic) == [(FILE, 6, 'unknown key "from_"')]

    def test_a_day_before_the_other(self, clinic: Path) -> None:
        write_changes(
            clinic, "", head='of: "1.0"\nversion: "1.0.1"\ndated: 2026-11-24\nreview_by: 2026-11-24\n'
        )
        assert told(clinic) == [(FILE, 4, '"review_by": must be after dated')]

    def test_a_past_review_of_the_clinics_own_stops_the_sheet(self, clinic: Path) -> None:
        write_changes(
            clinic, "", head='of: "1.0"\nversion: "1.0.1"\ndated: 2026-11-23\nreview_by: 2026-11-24\n'
        )
        html(clinic)
        write_changes(
            clinic, "", head='of: "1.0"\nversion: "1.0.1"\ndated: 2026-11-22\nreview_by: 2026-11-23\n'
        )
        # The shipped text is dated the 23rd, so the clinic's review lies before it.
        assert [(file, line) for file, line, _ in told(clinic)] == [(FILE, 4)]


class TestOwnEvidenceAndSlots:
    def test_entries_stand_beside_the_shipped_ones(self, clinic: Path) -> None:
        write_evidence(clinic)
        evidence = read_evidence(Places(clinic, shipped_folder()), TOPIC)
        assert evidence.knows("L01")
        assert evidence.knows("C01")

    def test_a_name_that_is_taken(self, clinic: Path) -> None:
        write_evidence(clinic, "practical:\n  P01: {states: Something else.}\n")
        assert ("evidence.changes.yaml", 2, "`P01` is there already, in evidence.yaml") in told(clinic)

    def test_a_name_that_another_part_has(self, clinic: Path) -> None:
        """G29 was seen in no source: as a practical entry, it would be printed as a fact."""
        write_evidence(
            clinic, "practical:\n  G29: {states: Nothing.}\nfacts:\n  L01: {fact: x., basis: seen}\n"
        )
        assert ("evidence.changes.yaml", 2, "`G29` is there already, in evidence.yaml") in told(clinic)

    def test_a_reason_for_what_is_said_all_the_same(self, run: Callable[..., Ran], clinic: Path) -> None:
        write_changes(clinic, "leaves_out: {C999: why, C53: why}\n")
        ran = run("check", "--clinic", clinic)
        assert f"{FILE}:5:14  C999 is no claim of this topic" in ran.err
        assert f"{FILE}:5:25  C53 is said on a sheet" in ran.err

    def test_a_source_that_is_not_there(self, clinic: Path) -> None:
        write_evidence(clinic, "facts:\n  L01: {fact: Something., sources: [S99], basis: seen}\n")
        assert ("evidence.changes.yaml", 2, "there is no `S99` here") in told(clinic)

    def test_a_slot_of_the_clinics_own(self, clinic: Path) -> None:
        write_evidence(clinic)
        folder = clinic / "handouts" / TOPIC
        slots = "slots:\n  parking: {label: Where to park, example: behind the house}\n"
        (folder / "protocol.changes.yaml").write_text(slots, encoding="utf-8")
        write_changes(
            clinic,
            "changes:\n  - add: {after: faq, blocks: "
            '[{paragraph: {text: [{say: "Park {protocol.parking}.", from: [L01]}]}}]}\n',
        )
        assert "Where to park" in html(clinic)  # a line for a pen, as it is read out
        facts = clinic / "clinic.yaml"
        facts.write_text(facts.read_text(encoding="utf-8") + "    parking: in the yard\n", encoding="utf-8")
        assert "Park in the yard." in Markup(html(clinic)).striptags()

    def test_a_slot_needs_its_words_in_the_other_language(self, clinic: Path) -> None:
        folder = clinic / "handouts" / TOPIC
        folder.mkdir(parents=True)
        slots = "slots:\n  parking: {label: Where to park, example: behind the house}\n"
        (folder / "protocol.changes.yaml").write_text(slots, encoding="utf-8")
        places = Places(clinic, shipped_folder())
        with pytest.raises(ProblemsFound, match="the slot `parking` has no words here"):
            read_protocol(places, TOPIC, "es")
        words = "slots:\n  parking: {label: Dónde aparcar, example: detrás de la casa}\n"
        (folder / "protocol.es.changes.yaml").write_text(words, encoding="utf-8")
        assert read_protocol(places, TOPIC, "es").slots["parking"].label == "Dónde aparcar"
