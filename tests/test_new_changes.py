"""``new changes``: a file that is right as it stands, for every block of every shipped sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handoutpress.places import Places, shipped_folder
from handoutpress.reading.parts import blocks_of
from handoutpress.reading.sheet import read_sheet
from handoutpress.reading.yamlreader import read_yaml
from handoutpress.scaffolding.changing import begin_changes
from tests.conftest import LANGUAGES, LIBRARY, TODAY
from tests.overlays import AFTERCARE, TOPIC, write_changes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LIBRARY)
def test_every_block_begun_anew_says_what_the_shipped_one_says(
    clinic: Path, name: str, language: str
) -> None:
    places = Places(clinic, shipped_folder())
    shipped = read_sheet(places.sheet(name, language)).handout
    blocks = [block.name for block in blocks_of(read_yaml(places.sheet(name, language).path).data)]
    path, text = begin_changes(places, name, language, TODAY, replace=blocks)
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    changed = read_sheet(places.sheet(name, language))
    assert changed.changes is not None
    assert len(changed.changes.changes) == len(blocks)
    assert changed.handout.blocks == shipped.blocks
    assert changed.handout.version == "1.0.1"


def test_its_examples_are_changes_too(clinic: Path) -> None:
    """Whoever takes the # away has changes that can be read; only what they say is to be written."""
    places = Places(clinic, shipped_folder())
    path, text = begin_changes(places, AFTERCARE, "en", TODAY)
    head, _, examples = text.partition("changes: []")
    lines = [line.removeprefix("# ") for line in examples.splitlines() if line.startswith("#   ")]
    path.parent.mkdir(parents=True)
    for kind in ("reword", "replace", "hide", "add", "move"):
        (start,) = [number for number, line in enumerate(lines) if line.startswith(f"  - {kind}:")]
        rest = (number for number, line in enumerate(lines) if number > start and line.startswith("  - "))
        end = next(rest, next((n for n, line in enumerate(lines) if line.startswith("  C01:")), len(lines)))
        one = [line for line in lines[start:end] if not line.startswith("leaves_out")]
        path.write_text(f"{head}changes:\n" + "\n".join(one) + "\n", encoding="utf-8")
        assert read_sheet(places.sheet(AFTERCARE)).changes is not None, kind


class TestCommand:
    def test_hide_with_a_reason_then_check_and_make(
        self, run: Callable[..., Ran], clinic: Path, tmp_path: Path
    ) -> None:
        because = 'we say "it" at the visit: # 1'
        ran = run("new", "changes", AFTERCARE, "--hide", "faq", "--because", because, "--clinic", clinic)
        assert ran.status == 0, ran.err
        path = clinic / "handouts" / TOPIC / f"{AFTERCARE}.changes.yaml"
        assert ran.out.strip().endswith(str(path))
        assert read_yaml(path).data["changes"][0]["hide"]["because"] == because
        assert run("check", AFTERCARE, "--clinic", clinic).status == 0
        made = run("make", AFTERCARE, "--clinic", clinic, "-o", tmp_path / "a.pdf", "--html")
        assert made.status == 0, made.err
        assert "Daily life" not in (tmp_path / "a.html").read_text(encoding="utf-8")

    def test_the_translation_begins_with_the_hash_of_the_changed_original(
        self, run: Callable[..., Ran], clinic: Path
    ) -> None:
        options = ("--hide", "faq", "--because", "x", "--clinic", clinic)
        for more in ((), ("--language", "es")):
            ran = run("new", "changes", AFTERCARE, *options, *more)
            assert ran.status == 0, ran.err
        places = Places(clinic, shipped_folder())
        assert read_sheet(places.sheet(AFTERCARE, "es")).handout.translation is not None
        checked = run("check", AFTERCARE, "--clinic", clinic)
        assert "translated" not in checked.err

    @pytest.mark.parametrize(
        ("options", "said", "hint"),
        [
            (("--hide", "faw", "--because", "x"), "--hide faw: no block", 'did you mean "faq"?'),
            (("--hide", "faq"), "--hide: say why", '--because "WHY"'),
            (("--replace", "figure 9"), "--replace figure 9: no block", "figure"),
        ],
    )
    def test_what_is_wrong_writes_nothing(
        self, run: Callable[..., Ran], clinic: Path, options: tuple[str, ...], said: str, hint: str
    ) -> None:
        ran = run("new", "changes", AFTERCARE, *options, "--clinic", clinic)
        assert ran.status == 1
        assert said in ran.err
        assert hint in ran.err
        assert not (clinic / "handouts").exists()

    def test_a_file_that_is_there_stays(self, run: Callable[..., Ran], clinic: Path) -> None:
        path = write_changes(clinic, "# ours\n")
        before = path.read_bytes()
        ran = run("new", "changes", AFTERCARE, "--clinic", clinic)
        assert ran.status == 1
        assert "is there already" in ran.err
        assert path.read_bytes() == before

    def test_a_sheet_of_the_clinics_own_is_changed_itself(
        self, run: Callable[..., Ran], all_blocks: Places
    ) -> None:
        ran = run("new", "changes", "every-block", "--clinic", all_blocks.clinic)
        assert ran.status == 1
        assert "is your clinic's own sheet" in ran.err
