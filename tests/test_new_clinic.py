"""`new clinic`: a folder that passes `check` at once, appears whole or not at all, and says what was said."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import jsonschema
import pytest
import yaml

from handoutpress.errors import HandoutError
from handoutpress.places import Places, shipped_folder
from handoutpress.reading.clinic import read_clinic
from handoutpress.reading.schema import SCHEMAS
from handoutpress.reading.yamlreader import read_yaml
from handoutpress.scaffolding import clinics
from handoutpress.scaffolding.clinicfile import clinic_text
from handoutpress.scaffolding.clinics import Look, found_clinic
from handoutpress.scaffolding.palette import propose
from handoutpress.scaffolding.questions import OWN
from tests.amended import TEXTS
from tests.conftest import ROOT
from tests.founding import ANSWERS, FACTS, SHIPPED, options, said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

    Run = Callable[..., Ran]

PLAIN = Look(None, None, None, propose((), {}), {})
HOSTILE = 'Dr. Ñ. O\'Brien: "Skin" & Laser #1 – C:\\Temp\\x'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a new clinic's folder, made by the command itself."""
    folder = tmp_path_factory.mktemp("new") / "down" / "my clinic"
    words = [*options(name=HOSTILE), "--address", "1, Sample: Lane", "--address", "#2 - back", "--email"]
    words += ["hello@example.org", "--website", "https://example.org"]
    done = subprocess.run(
        [sys.executable, str(ROOT / "generate.py"), "new", "clinic", str(folder), *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{folder}\n"
    assert "nothing to mend" in done.stderr
    assert "No sheet prints in `es` yet" in done.stderr
    return folder


def test_it_passes_check_at_once(run: Run, made: Path) -> None:
    ran = run("check", cwd=made)
    assert ran.status == 0, ran.err
    assert "nothing to mend" in ran.out
    assert ran.err == "Not checked: the sheets in `es`. They print once there is a clinic.es.yaml.\n"


def test_it_says_what_was_said(made: Path) -> None:
    facts = read_clinic(Places(made, shipped_folder())).facts
    assert facts.name == HOSTILE
    assert facts.address == ("1, Sample: Lane", "#2 - back")
    assert (facts.phone, facts.emergency_phone) == (FACTS["--phone"], "999")
    assert (facts.paper, facts.date_order, facts.clock) == ("a4", "day-month", "12")
    assert (facts.email, facts.website) == ("hello@example.org", "https://example.org")
    answers = {
        f"{topic}.{name}": text for topic, given in facts.protocol.items() for name, text in given.items()
    }
    assert answers == ANSWERS


def test_editors_find_a_schema_that_the_file_keeps_to(made: Path) -> None:
    assert {path.stem for path in (made / "schemas").iterdir()} == set(SCHEMAS)
    for path in (made / "clinic.yaml", made / "_brand.yml"):
        first = path.read_text("utf-8").splitlines()[0]
        assert first.startswith("# yaml-language-server: $schema=schemas/")
        schema = json.loads((made / first.partition("=")[2]).read_text("utf-8"))
        # Editors guess: 700 is a number to them.
        jsonschema.validate(yaml.safe_load(path.read_text("utf-8")), schema)

    asked = json.loads((made / "schemas" / "clinic.json").read_text("utf-8"))["properties"]["protocol"]
    assert "allergy_signs" in asked["properties"]["microneedling"]["properties"]


def test_its_files_are_as_commented_as_the_examples(made: Path) -> None:
    def comments(path: Path) -> int:
        return path.read_text("utf-8").count("# ")

    for name in ("clinic.yaml", "_brand.yml"):
        assert comments(made / name) >= comments(shipped_folder() / "clinics" / "example" / name) - 1
    asked = (made / "clinic.yaml").read_text("utf-8")
    assert '# no_sun_days_after: ""' in asked
    assert "Days without sun after treatment; a whole number, like: 7" in asked
    told = (made / "README.txt").read_text("utf-8")
    assert "clinic.es.yaml" in told
    assert "sign-off NAME --by" in told
    assert f'check --clinic "{made}"' in told


@pytest.mark.parametrize("text", [text for text in TEXTS if text.strip() and "\x00" not in text])
def test_any_words_are_read_back_as_they_were_said(tmp_path: Path, text: str) -> None:
    values = {**said(), (OWN, ("name",)): text, (OWN, ("address",)): (text, "x"), (OWN, ("hours",)): text}
    path = tmp_path / "clinic.yaml"
    path.write_bytes(clinic_text(values, SHIPPED).encode())
    data = read_yaml(path).data
    assert (data["name"], data["address"], data["hours"]) == (text, [text, "x"], text)


def test_all_that_is_missing_is_named_at_once(run: Run, tmp_path: Path) -> None:
    ran = run("new", "clinic", "mine", cwd=tmp_path)
    assert ran.status == 1
    for option in (*FACTS, *(f"--answer {name}" for name in ANSWERS)):
        assert f"{option}{'=' if ' ' in option else ' '}TEXT is missing" in ran.err
    for name, example in ANSWERS.items():
        assert f"like: {example}" in ran.err, name
    assert list(tmp_path.iterdir()) == []


BAD: dict[str, tuple[list[str], str]] = {
    "phone": (["--phone", "call us"], "--phone: `call us` is not a phone number"),
    "placeholder": (["--emergency-phone", "11111"], "--emergency-phone: `11111` looks like a placeholder"),
    "hours": (["--hours", " "], "--hours: is empty"),
    "website": (["--website", "http://x.org"], "--website: `http://x.org` is not written as expected"),
    "email": (["--email", "x"], "--email: `x` is not written as expected"),
    "address": (["--address", "a"] * 6, "--address: has more than 5"),
    "topic": (["--answer", "acne.x=1"], "--answer acne.x: there is no topic `acne`"),
    "slot": (["--answer", "microneedling.x=1"], "microneedling does not ask for `x`"),
    "days": (
        ["--answer", "microneedling.no_sun_days_after=a week"],
        "`a week` is not a whole number of days",
    ),
    "form": (["--answer", "allergy"], "--answer: `allergy` is not written as expected"),
    "words": (["--words", "fr.hours=x"], "--words: there is no sheet in `fr`"),
    "colour": (["--secondary", "bluish"], "--secondary: `bluish` is not an opaque colour"),
    "pale": (["--primary", "#ffee00"], "--primary: #ffee00 is too pale to read on paper"),
    "logo": (["--logo", "nix.svg"], "there is no image `nix.svg`"),
}


def test_all_that_is_wrong_is_told_at_once(run: Run, tmp_path: Path) -> None:
    words = [*options(), *(word for bad, _ in BAD.values() for word in bad)]
    ran = run("new", "clinic", "mine", *words, cwd=tmp_path)
    assert ran.status == 1
    assert [name for name, (_, message) in BAD.items() if message not in ran.err] == []
    assert "--words fr.after_hours=TEXT is missing" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_what_no_sheet_could_print_is_refused_with_its_place(run: Run, tmp_path: Path) -> None:
    ran = run("new", "clinic", "mine", *options(name="诊所"), cwd=tmp_path)
    assert ran.status == 1
    assert "mine/clinic.yaml:8:8  no font covers" in ran.err
    assert list(tmp_path.iterdir()) == []


class TestFolder:
    def test_one_that_is_not_empty_is_refused(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "clinic.yaml").write_text("name: Mine\n", encoding="utf-8")
        ran = run("new", "clinic", "mine", *options(), cwd=tmp_path)
        assert ran.status == 1
        assert "mine  this folder is not empty" in ran.err
        assert (tmp_path / "mine" / "clinic.yaml").read_text("utf-8") == "name: Mine\n"

    def test_a_file_is_refused(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "mine").write_bytes(b"x")
        ran = run("new", "clinic", "mine", *options(), cwd=tmp_path)
        assert ran.status == 1
        assert "this is no folder" in ran.err

    def test_one_under_version_control_is_filled(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / ".git").mkdir()
        ran = run("new", "clinic", ".", *options(), cwd=tmp_path)
        assert ran.status == 0, ran.err
        names = {path.name for path in tmp_path.iterdir()}
        assert names == {".git", "_brand.yml", "clinic.yaml", "README.txt", "schemas"}

    @pytest.mark.parametrize("fails_at", [0, 1, 5])
    @pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
    @pytest.mark.parametrize("is_there", [True, False])
    def test_nothing_is_left_of_one_that_failed(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        fails_at: int,
        error: BaseException,
        is_there: bool,
    ) -> None:
        written: list[Path] = []

        def write(path: Path, data: bytes) -> None:
            if len(written) == fails_at:
                raise error
            path.write_bytes(data)
            written.append(path)

        monkeypatch.setattr(clinics, "write_whole", write)
        folder = tmp_path / "a" / "mine"
        if is_there:
            folder.mkdir(parents=True)
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises((HandoutError, KeyboardInterrupt)):
            found_clinic(folder, said(), PLAIN, SHIPPED, "handouts")
        assert sorted(tmp_path.rglob("*")) == before


class TestAnotherLanguage:
    WORDS = ("--words", "es.hours=de 9 a 5", "--words", "es.after_hours=llame al 020 7946 0019")

    def test_its_words_are_written_and_checked(self, run: Run, tmp_path: Path) -> None:
        given = [f"es.{name}=Dificultad para respirar: «¡ya!»" for name in ANSWERS]
        more = [word for each in given for word in ("--words", each)]
        given_us = options(emergency_phone="911")
        ran = run("new", "clinic", "mine", *given_us, "--clock", "24", *self.WORDS, *more, cwd=tmp_path)
        assert ran.status == 0, ran.err
        data = read_yaml(tmp_path / "mine" / "clinic.yaml").data  # paper and dates as where 911 is called
        assert (data["paper"], data["date_order"], data["clock"]) == ("letter", "month-day", "24")
        assert "yet: README" not in ran.err
        text = (tmp_path / "mine" / "clinic.es.yaml").read_text("utf-8")
        assert text.startswith("# yaml-language-server: $schema=schemas/clinic-words.json\n")
        checked = run("check", cwd=tmp_path / "mine")
        assert (checked.status, checked.err) == (0, "")
        assert "microneedling-about                es" in checked.out

    def test_half_of_them_is_not_enough(self, run: Run, tmp_path: Path) -> None:
        ran = run("new", "clinic", "mine", *options(), *self.WORDS[:2], cwd=tmp_path)
        assert ran.status == 1
        assert "--words es.after_hours=TEXT is missing" in ran.err
        assert list(tmp_path.iterdir()) == []
