"""The command line as a person uses it: real processes, their output, their exit status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pikepdf
import pypdfium2
import pytest

from handoutpress.cli import COMMANDS
from tests.conftest import LIBRARY, ROOT, SHEETS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

    Run = Callable[..., Ran]

SHEET = "microneedling-aftercare"


def text_of(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    try:
        return " ".join("\n".join(page.get_textpage().get_text_range() for page in document).split())
    finally:
        document.close()


def size_of(path: Path) -> tuple[int, int]:
    with pikepdf.open(path) as pdf:
        _, _, width, height = (round(float(edge)) for edge in pdf.pages[0].mediabox)
        return width, height


def created(path: Path) -> str:
    with pikepdf.open(path) as pdf:
        return str(pdf.docinfo["/CreationDate"])


def made(run: Run, path: Path, *words: object, **how: Any) -> Path:
    ran = run("make", SHEET, "-o", path, *words, **how)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines() == [str(path)]
    return path


HELPED = {
    "desk": "Only this computer reaches it",
    "make": "make microneedling-aftercare -o aftercare.pdf",
    "batch": "A row that is wrong is told with its line",
    "packet": "A warning that several sheets share is printed once",
    "preview": "until it is mended the page shows the last good pages",
    "print": "on the paper it was laid out for and never scaled",
    "email": "One message with all sheets, to one address",
    "outbox": "or that need somebody to decide",
    "records": "Names and addresses are not in the records",
    "preference": "The address itself is not kept",
    "new": "Nothing that is there already is ever written over",
    "check": "everything that would stop a print",
    "list": "the clinic's own and the shipped ones",
    "show": "how this clinic fills",
    "sign-off": "who of this clinic has read exactly this text",
    "where": "such as templates/sheet.html",
    "eject": "Nothing that is there is written over",
    "schema": "for editors",
    "doctor": "the one command that mends",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_each_command_explains(run: Run, name: str) -> None:
    ran = run(name, "--help")
    assert ran.status == 0
    assert HELPED[name] in " ".join(ran.out.split())
    assert "\\b" not in ran.out


def test_examples_of_make_stand_line_by_line(run: Run) -> None:
    lines = [line.strip() for line in run("make", "--help").out.splitlines()]
    assert "make microneedling-aftercare" in lines


def test_help_lists_all_commands(run: Run) -> None:
    listed = run("--help").out.partition("Commands:")[2].split("\n")
    assert [line.split()[0] for line in listed if line.strip()] == list(COMMANDS)


@pytest.mark.parametrize("days", ["9999999", "²", "a week", "-3"])
def test_a_number_of_days_that_is_none_is_refused(run: Run, clinic: Path, days: str) -> None:
    facts = clinic / "clinic.yaml"
    answer = f'microneedling:\n    no_sun_days_after: "{days}"'
    text = facts.read_text(encoding="utf-8").replace("microneedling:", answer)
    facts.write_text(text, encoding="utf-8")
    ran = run("make", SHEET, "--clinic", clinic, "--visit", "2026-11-23", "-o", clinic / "out")
    assert ran.status == 1
    assert f"`{days}` is not a whole number of days" in ran.err


def test_make_into_a_folder(run: Run, tmp_path: Path) -> None:
    ran = run("make", "--all", "-o", tmp_path / "new")
    paths = [tmp_path / "new" / f"{name}.pdf" for name in LIBRARY]
    assert ran.out.splitlines() == [str(path) for path in paths]
    assert all(path.read_bytes().startswith(b"%PDF-") for path in paths)


def test_make_into_out_here(run: Run, tmp_path: Path) -> None:
    ran = run("make", SHEET, "--html", cwd=tmp_path)
    assert ran.out.splitlines() == [f"out/{SHEET}.pdf", f"out/{SHEET}.html"]
    assert "<html" in (tmp_path / "out" / f"{SHEET}.html").read_text("utf-8")


def test_details_of_a_patient_are_printed(run: Run, tmp_path: Path) -> None:
    words = ("--name", "Ana Example", "--visit", "2026-11-24", "--appointment", "2026-12-07 14:30")
    text = text_of(made(run, tmp_path / "x.pdf", *words))
    blank = text_of(made(run, tmp_path / "blank.pdf"))
    for said in ("Ana Example", "24 November", "Monday 7 December", "2:30 pm"):
        assert said in text
        assert said not in blank


def test_paper(run: Run, tmp_path: Path) -> None:
    assert size_of(made(run, tmp_path / "a4.pdf")) == (595, 842)
    assert size_of(made(run, tmp_path / "letter.pdf", "--paper", "letter")) == (612, 792)


def test_letterhead(run: Run, tmp_path: Path) -> None:
    assert "1 Example Street" in text_of(made(run, tmp_path / "with.pdf"))
    assert "1 Example Street" not in text_of(made(run, tmp_path / "without.pdf", "--no-letterhead"))


def test_edition(run: Run, tmp_path: Path) -> None:
    assert run("make", SHEET, "--edition", "large-print", "-o", tmp_path).status == 0
    with (
        pikepdf.open(tmp_path / f"{SHEET}.large-print.pdf") as large,
        pikepdf.open(made(run, tmp_path / "x.pdf")) as usual,
    ):
        assert len(large.pages) > len(usual.pages)


@pytest.mark.parametrize(
    "words",
    [
        ("make", *SHEETS[:2], "-o", "x.pdf"),
        ("make",),
        ("make", SHEET, "--bogus"),
        ("make", SHEET, "--paper", "a5"),
        ("lst",),
        ("show",),
    ],
)
def test_wrong_usage_is_status_2(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    ran = run(*words, cwd=tmp_path)
    assert (ran.status, ran.out) == (2, "")
    assert "Usage:" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_a_misspelt_command_is_suggested(run: Run) -> None:
    assert 'Did you mean "list"?' in run("lst").err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("microneedling-aftercar",), f'did you mean "{SHEET}"?'),
        ((SHEET, "--visit", "tomorrow"), "--visit"),
        ((SHEET, "--appointment", "2026-12-07 25:00"), "--appointment"),
        ((SHEET, "--language", "xx"), "it is there in: en"),
        ((SHEET, "--clinic", "nowhere"), "no such folder"),
        ((SHEET, "microneedling-nonesuch"), "there is no handout"),
    ],
)
def test_what_cannot_be_made_is_said_and_nothing_written(
    run: Run, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    ran = run("make", *words, cwd=tmp_path)
    assert (ran.status, ran.out) == (1, "")
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert list(tmp_path.iterdir()) == []


def test_no_phone_no_print(run: Run, clinic: Path, tmp_path: Path) -> None:
    facts = clinic / "clinic.yaml"
    assert run("make", SHEET, "--clinic", clinic, "-o", tmp_path / "good.pdf").status == 0
    facts.write_text(facts.read_text("utf-8").replace('phone: "(555) 555-0100"\n', "", 1), "utf-8")
    ran = run("make", SHEET, "--clinic", clinic, "-o", tmp_path / "bad.pdf")
    assert (ran.status, ran.out) == (1, "")
    assert "phone" in ran.err.lower()
    assert not (tmp_path / "bad.pdf").exists()


def test_the_clinic_from_the_environment_or_the_nearest_folder(
    run: Run, clinic: Path, tmp_path: Path
) -> None:
    deep = clinic / "some" / "folder"
    deep.mkdir(parents=True)
    asked = ("show", SHEET, "--json")

    def phone(ran: Ran) -> str:
        return str(json.loads(ran.out)["slots"]["clinic.phone"]["value"])

    assert phone(run(*asked, cwd=deep)) == "(555) 555-0100"
    assert phone(run(*asked, env={"HANDOUTS_CLINIC": str(clinic)})) == "(555) 555-0100"
    assert phone(run(*asked, cwd=tmp_path)) == "01632 960123"
    harbor = {"HANDOUTS_CLINIC": str(ROOT / "clinics" / "harbor")}
    assert phone(run(*asked, cwd=deep, env=harbor)) not in {"(555) 555-0100", "01632 960123"}
    assert phone(run(*asked, "--clinic", clinic, env=harbor)) == "(555) 555-0100"


def test_the_date_inside_is_the_sheets_or_the_given_one(run: Run, tmp_path: Path) -> None:
    assert created(made(run, tmp_path / "x.pdf")).startswith("D:20261123")
    given = made(run, tmp_path / "y.pdf", env={"SOURCE_DATE_EPOCH": "1700000000"})
    assert created(given).startswith("D:20231114221320")


def test_same_bytes_from_two_processes_and_two_caches(run: Run, tmp_path: Path) -> None:
    one = made(run, tmp_path / "1.pdf", env={"XDG_CACHE_HOME": str(tmp_path / "a"), "PYTHONHASHSEED": "1"})
    two = made(run, tmp_path / "2.pdf", env={"XDG_CACHE_HOME": str(tmp_path / "b"), "PYTHONHASHSEED": "2"})
    assert (tmp_path / "a" / "handoutpress").is_dir()
    assert (tmp_path / "b" / "handoutpress").is_dir()
    assert one.read_bytes() == two.read_bytes()
