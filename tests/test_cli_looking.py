"""The commands that look and make nothing: list, show, check, schema, doctor."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from handoutpress.reading.schema import SCHEMAS, schema_text
from tests.conftest import LANGUAGES, LIBRARY, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from handoutpress.places import Places
    from tests.conftest import Ran

    Run = Callable[..., Ran]

SHEET = "microneedling-aftercare"


def test_list(run: Run) -> None:
    ran = run("list")
    assert ran.status == 0
    rows = [tuple(line.split()[:2]) for line in ran.out.splitlines()[::2]]
    assert rows == [(name, language) for name in LIBRARY for language in LANGUAGES]
    assert "After your microneedling" in ran.out


def test_list_json(run: Run) -> None:
    rows = json.loads(run("list", "--json").out)
    assert [row["name"] for row in rows[:: len(LANGUAGES)]] == list(LIBRARY)
    (row,) = [row for row in rows if (row["name"], row["language"]) == (SHEET, "en")]
    assert (row["dated"], row["pages"]) == ("2026-11-23", 2)
    assert row["file"].endswith(f"{SHEET}.yaml")


def test_the_table_in_the_docs_is_up_to_date(run: Run) -> None:
    printed = run("check", "--table")
    assert printed.status == 0, printed.err
    committed = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    assert committed == printed.out, "write it anew: make docs"


def test_check_tells_each_sheets_figures(run: Run) -> None:
    rows = json.loads(run("check", "--json").out)["sheets"]
    named = [(row["name"], row["language"]) for row in rows]
    assert named == [(name, language) for name in LIBRARY for language in LANGUAGES]
    for row in rows:
        assert row["problems"] == 0
        assert row["words"] > 150
        assert row["pages"] in (1, 2)
        assert row["claims"] or row["facts"]
        english = {"Flesch-Kincaid", "SMOG"}
        assert set(row["grades"]) == (english if row["language"] == "en" else {"INFLESZ"})
        assert row["grades"].get("Flesch-Kincaid", 0) <= 6
        assert row["grades"].get("SMOG", 0) <= 8
        assert row["grades"].get("INFLESZ", 99) >= 65


def test_check_can_count_pages(run: Run) -> None:
    assert run("check", SHEET, "--layout").status == 0


def test_show(run: Run) -> None:
    out = run("show", SHEET).out
    assert "clinic.phone                   01632 960123" in out
    assert "visit.date                     a line for a pen" in out


def test_show_json(run: Run) -> None:
    facts = json.loads(run("show", SHEET, "--json").out)
    assert facts["slots"]["clinic.phone"]["value"] == "01632 960123"
    assert facts["slots"]["visit.date"]["value"] is None
    assert facts["blocks"][0]["kind"] == "patient"
    assert len(facts["text_hash"]) == 64
    other = json.loads(run("show", SHEET, "--json", "--clinic", "clinics/harbor").out)
    assert other["text_hash"] != facts["text_hash"]
    assert other["slots"]["clinic.phone"]["value"] != "01632 960123"


def test_schema(run: Run, tmp_path: Path) -> None:
    assert run("schema").out == schema_text("handout")
    assert run("schema", "brand").out == schema_text("brand")
    assert run("schema", "-o", tmp_path).status == 0
    assert {path.stem for path in tmp_path.iterdir()} == set(SCHEMAS)
    shipped = (ROOT / "schemas" / "clinic.json").read_text("utf-8")
    assert (tmp_path / "clinic.json").read_text("utf-8") == shipped
    assert json.loads(shipped)["properties"]["protocol"]["properties"].keys() >= {"microneedling"}
    assert run("schema", "nonesuch").status == 2


def test_a_clinic_s_own_topics_are_in_its_schemas(run: Run, all_blocks: Places) -> None:
    for kind in ("clinic", "clinic-words"):
        schema = json.loads(run("schema", kind, "--clinic", all_blocks.clinic).out)
        asked = schema["properties"]["protocol"]["properties"]
        assert asked.keys() >= {"microneedling", "test-topic"}


def test_doctor_json(run: Run, tmp_path: Path) -> None:
    ran = run("doctor", "--json", env={"XDG_CACHE_HOME": str(tmp_path)})
    rows = json.loads(ran.out)
    assert {row["name"] for row in rows} >= {"Python", "Pango", "Fontconfig", "HarfBuzz"}
    assert ran.status == (0 if all(row["ok"] or row["only_for"] for row in rows) else 1)
    assert all((row["mend"] is None) == row["ok"] for row in rows)


WATCH = """
import sys
from handoutpress.cli import cli
try:
    cli.main(sys.argv[1:], standalone_mode=False)
except SystemExit:
    pass
print("\\nENGINE" if "weasyprint" in sys.modules else "\\nNONE")
"""


def _engine(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", WATCH, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert len(done.stdout) > 20
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    "words", [("list",), ("show", SHEET), ("check",), ("where", SHEET), ("schema",), ("doctor",)]
)
def test_looking_never_imports_the_engine(words: tuple[str, ...]) -> None:
    assert _engine(*words) == "NONE"


def test_making_does_import_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))  # no plate is kept there
    assert _engine("make", SHEET, "-o", str(tmp_path)) == "ENGINE"
