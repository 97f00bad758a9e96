"""Which copy of a file wins, and why: said by ``where``, and true of what is made."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from handoutpress.errors import ProblemsFound
from handoutpress.places import Places, shipped_folder
from handoutpress.press import compose_copy
from handoutpress.wish import Wish
from tests.conftest import ROOT, TODAY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

    Run = Callable[..., Ran]

SHEET = "microneedling-aftercare"
SHEET_PATH = f"handouts/microneedling/{SHEET}.yaml"
NO_COPY = "    It is shipped, and the clinic has no copy of its own.\n"
SAME_PATH = "The clinic's own copy stands at the same path, so it wins over the shipped one."


def put(clinic: Path, path: str, text: str | None = None) -> Path:
    """Write a file of the clinic's own; without a text, the shipped one."""
    own = clinic / path
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_bytes((ROOT / path).read_bytes() if text is None else text.encode())
    return own


def composed(clinic: Path, name: str = SHEET) -> str:
    return compose_copy(name, Places(clinic, shipped_folder()), Wish(today=TODAY)).composition.html


def test_a_sheet_in_all_its_languages(run: Run) -> None:
    es = SHEET_PATH.replace(".yaml", ".es.yaml")
    ran = run("where", SHEET)
    assert ran.out == f"{SHEET_PATH}  (wins: shipped)\n{NO_COPY}{es}  (wins: shipped)\n{NO_COPY}"
    assert run("where", f"{SHEET}.es").out == f"{es}  (wins: shipped)\n{NO_COPY}"
    assert run("where", "templates/sheet.html").out == f"templates/sheet.html  (wins: shipped)\n{NO_COPY}"


def test_winner_reason_and_loser(run: Run, clinic: Path) -> None:
    own = put(clinic, "templates/sheet.html", "own")
    ran = run("where", "templates/sheet.html", "--clinic", clinic)
    assert ran.out.splitlines() == [
        f"{own}  (wins: the clinic's)",
        f"    {SAME_PATH}",
        "    Nothing notes which version it was made from; `eject templates/sheet.html --seen` does.",
        "templates/sheet.html  (not used: shipped)",
    ]


@pytest.mark.parametrize(
    "path",
    [
        SHEET_PATH,
        "handouts/microneedling/evidence.yaml",
        "handouts/microneedling/protocol.es.yaml",
        "handouts/microneedling/figures/sun.svg",
        "templates/blocks/steps.html",
        "templates/words/es.yaml",
        "templates/email/message.txt",
        "templates/email/en.yaml",
        "styles/blocks.css",
        "styles/editions/large-print.css",
        "styles/icons/tick.svg",
    ],
)
def test_whatever_a_clinic_may_have_a_copy_of(run: Run, clinic: Path, path: str) -> None:
    assert run("where", path, "--clinic", clinic).out == f"{path}  (wins: shipped)\n{NO_COPY}"
    own = put(clinic, path)
    for given in (path, path.replace("/", "\\"), f"./{path}", own):
        said = run("where", given, "--clinic", clinic).out.splitlines()
        assert said[:2] == [f"{own}  (wins: the clinic's)", f"    {SAME_PATH}"]
        assert said[-1] == f"{path}  (not used: shipped)"
        assert "the same as the shipped one: delete it" in said[-2]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("clinic.yaml", "only in the clinic's own folder"),
        ("_brand.yml", "only in the clinic's own folder"),
        ("clinic.es.yaml", "only in the clinic's own folder"),
        ("handouts/ours/new-sheet.yaml", "a sheet of the clinic's own"),
        ("handouts/ours/figures/new.svg", "nothing is shipped at this path"),
        ("styles/clinic.css", "added after the shipped ones"),
        ("styles/mine.css", "so nothing uses it"),
        ("handouts/microneedling/evidence.changes.yaml", "no copy of it"),
    ],
)
def test_what_only_the_clinic_has(run: Run, clinic: Path, path: str, reason: str) -> None:
    own = clinic / path
    if not own.exists():
        put(clinic, path, "")
    first, second = run("where", path, "--clinic", clinic).out.splitlines()
    assert first == f"{own}  (wins: the clinic's)"
    assert reason in second


def test_an_own_picture_wins_on_a_shipped_sheet_too(clinic: Path) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><title>{}</title></svg>'
    assert "OWN" not in composed(clinic)
    put(clinic, "styles/icons/tick.svg", svg.format("OWN-TICK"))
    put(clinic, "handouts/microneedling/figures/sun.svg", svg.format("OWN-SUN"))
    html = unquote(composed(clinic))
    assert "OWN-TICK" in html
    figures = [path.stem for path in (ROOT / "handouts" / "microneedling" / "figures").iterdir()]
    assert "sun" in figures
    pages = [unquote(composed(clinic, name)) for name in (SHEET, "microneedling-at-a-glance")]
    assert any("OWN-SUN" in page for page in pages)


def test_a_template_that_builds_on_the_shipped_one(run: Run, clinic: Path) -> None:
    text = '{% extends "shipped:sheet.html" %}{% block letterhead %}OURS{% endblock %}'
    put(clinic, "templates/sheet.html", text)
    assert "OURS" in composed(clinic)
    assert "changes its block `letterhead`.\n" in run("where", "templates/sheet.html", "--clinic", clinic).out
    put(clinic, "templates/sheet.html", text + "{% block titel %}{% endblock %}")
    _, _, built, last = run("where", "templates/sheet.html", "--clinic", clinic).out.splitlines()
    said = "It builds on shipped:sheet.html and changes its block `letterhead`; `titel` is no block of that."
    assert built.strip() == said
    assert last == "templates/sheet.html  (built on: shipped)"
    (told,) = json.loads(run("where", "templates/sheet.html", "--clinic", clinic, "--json").out)
    assert told["extends"] == "shipped:sheet.html"
    assert told["blocks"] == ["letterhead"]
    assert [copy["use"] for copy in told["copies"]] == ["wins", "built on"]


def test_a_part_that_includes_the_shipped_one(run: Run, clinic: Path) -> None:
    put(clinic, "templates/parts/title.html", '{% include "shipped:parts/title.html" %}<p>More</p>')
    out = run("where", "templates/parts/title.html", "--clinic", clinic).out
    assert "It builds on shipped:parts/title.html.\n" in out
    assert "(built on: shipped)" in out


def test_a_template_that_cannot_be_read(run: Run, clinic: Path) -> None:
    put(clinic, "templates/sheet.html", "{% block %}")
    ran = run("where", "templates/sheet.html", "--clinic", clinic)
    assert ran.status == 0
    assert "It cannot be used: not readable as a template" in ran.out


def test_changes_to_a_sheet_are_named(run: Run, clinic: Path) -> None:
    changes = put(clinic, SHEET_PATH.replace(".yaml", ".changes.yaml"), "version: '1.1'\n")
    out = run("where", SHEET, "--clinic", clinic).out
    assert out.count(f"The clinic changes it with {changes}.") == 1
    (en, es) = json.loads(run("where", SHEET, "--clinic", clinic, "--json").out)
    assert (en["changes"], es["changes"]) == (str(changes), None)


def test_a_sheet_of_the_same_name_in_another_folder(run: Run, clinic: Path) -> None:
    own = put(clinic, f"handouts/ours/{SHEET}.yaml", (ROOT / SHEET_PATH).read_text("utf-8"))
    for given in (f"{SHEET}.en", SHEET_PATH, own):
        first, why, *_, last = run("where", given, "--clinic", clinic).out.splitlines()
        assert first == f"{own}  (wins: the clinic's)"
        assert "of this name wins over the shipped one, whatever folder" in why
        assert last == f"{SHEET_PATH}  (not used: shipped)"


def test_two_sheets_of_one_name_are_refused_and_the_others_are_not(run: Run, all_blocks: Places) -> None:
    clinic = all_blocks.clinic
    name, first = next(
        (file.name, file.path) for file in all_blocks.sheets().values() if file.topic == "test-topic"
    )
    shutil.copytree(first.parent, clinic / "handouts" / "b-topic")
    second = clinic / "handouts" / "b-topic" / first.name
    for words in (("make", name, "-o", clinic / "out"), ("check", name)):
        ran = run(*words, "--clinic", clinic)
        assert ran.status == 1
        assert ran.err.count(f"two sheets are named {name} (en)") == 1
        assert str(first) in ran.err
        assert str(second) in ran.err
    assert not (clinic / "out").exists()
    assert run("list", "--clinic", clinic).status == 0
    assert "OWN" not in composed(clinic)  # another sheet of the clinic's is made as ever
    out = run("where", name, "--clinic", clinic).out
    assert "none is used until one of them is renamed" in out
    assert out.count("(not used: the clinic's)") == 2
    (clinic / "handouts" / "b-topic" / first.name).unlink()
    assert Places(clinic, shipped_folder()).sheet(name).path == first


def test_a_translation_of_two_originals_is_refused_too(clinic: Path) -> None:
    places = Places(clinic, shipped_folder())
    for topic in ("a", "b"):
        put(clinic, f"handouts/{topic}/{SHEET}.yaml", (ROOT / SHEET_PATH).read_text("utf-8"))
    with pytest.raises(ProblemsFound, match=rf"two sheets are named {SHEET} \(en\)"):
        places.sheet(SHEET, "es")
    assert places.sheet("microneedling-about", "es")


def test_a_link_to_a_topic_is_no_second_sheet(all_blocks: Places) -> None:
    topic = all_blocks.clinic / "handouts" / "test-topic"
    (all_blocks.clinic / "handouts" / "linked").symlink_to(topic)
    for file in all_blocks.sheets().values():
        assert file.twin is None


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("templates/none.html", "did you mean templates/sheet.html or templates/parts/note.html"),
        ("templates/shet.html", "did you mean templates/sheet.html"),
        ("tick.svg", "did you mean styles/icons/tick.svg?"),
        ("microneedling-aftrcare", f"did you mean {SHEET}"),
        ("handouts/../../x", "leads out of the folder"),
        ("clinics/example", "is a folder"),
        ("templates/", "is a folder"),
        ("qqqqqq", "`list` shows the sheets"),
        ("", "there is no ``"),
        ("pyproject.toml", "there is no `pyproject.toml`"),
        ("clinic.fr.yaml", "there is no `clinic.fr.yaml`"),
        ("templates/sheet.html/x", "did you mean templates/sheet.html"),
        ("templates/" + 70 * "long", "cannot be looked for"),
    ],
)
def test_an_unknown_path(run: Run, path: str, said: str) -> None:
    ran = run("where", path)
    assert (ran.status, ran.out) == (1, "")
    assert said in ran.err
    assert path.rpartition("/")[2][:60] in ran.err
    assert "Traceback" not in ran.err


def test_a_path_as_it_is_seen_from_here(run: Run, clinic: Path) -> None:
    own = put(clinic, "templates/parts/title.html", "own")
    ran = run("where", "title.html", cwd=own.parent)
    assert ran.out.startswith("title.html  (wins: the clinic's)\n")
    assert run("where", ROOT / "styles" / "type.css", cwd=clinic).out.startswith(
        str(ROOT / "styles" / "type.css")
    )


def test_what_a_link_leads_out_to_is_not_there(run: Run, clinic: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.html").write_text("SECRET", encoding="utf-8")
    (clinic / "templates").mkdir()
    (clinic / "templates" / "sheet.html").symlink_to(tmp_path / "secret.html")
    ran = run("where", "templates/sheet.html", "--clinic", clinic)
    assert ran.status == 1
    assert "leads out of the folder" in ran.err
