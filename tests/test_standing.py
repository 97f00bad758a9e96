"""Does a text still stand: review dates, drafts, sign-offs. Through the command line, on real sheets."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pypdfium2
import pytest

from handoutpress.errors import ProblemsFound
from handoutpress.places import Places, shipped_folder
from handoutpress.press import make_copy
from handoutpress.reading.signoffs import read_sign_offs
from handoutpress.wish import Wish

from .conftest import ROOT
from .verapdf import validate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Ran

SHEET = "microneedling-aftercare"
TODAY = dt.date(2026, 11, 23)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a clinic's folder of its own, to sign in."""
    folder = tmp_path / "own"
    shutil.copytree(ROOT / "clinics" / "harbor", folder)
    return folder


def _text(file: Path) -> list[str]:
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(file)]


def _sign(run: Callable[..., Ran], clinic: Path, *more: str, until: str = "2027-05-31") -> Ran:
    return run(
        "sign-off", SHEET, "--by", "Example Clinician (example)", "--until", until, "--clinic", clinic, *more,
        env={"HANDOUTS_TODAY": TODAY.isoformat()},
    )  # fmt: skip


def _made(run: Callable[..., Ran], clinic: Path, *more: str, today: str = "2026-11-24") -> Ran:
    return run("make", SHEET, "--clinic", clinic, "-o", clinic / "out", *more, env={"HANDOUTS_TODAY": today})


def test_without_a_sign_off_the_footer_says_so(run: Callable[..., Ran], own: Path) -> None:
    assert _made(run, own).status == 0
    for page in _text(own / "out" / f"{SHEET}.pdf"):
        assert "not reviewed by this clinic" in page
        assert "checked by" not in page


def test_a_sign_off_names_the_text_and_stands_in_every_footer(run: Callable[..., Ran], own: Path) -> None:
    signed = _sign(run, own)
    assert signed.status == 0, signed.err
    (entry,) = read_sign_offs(Places(own, shipped_folder())).sign_offs
    copy = make_copy(SHEET, Places(own, shipped_folder()), Wish(today=TODAY))
    assert entry.text == copy.text_hash
    assert entry.text[:8] in signed.out
    made = _made(run, own, "--name", "Example Patient")
    assert made.err == ""
    for page in _text(own / "out" / f"{SHEET}.pdf"):
        assert "checked by Example Clinician (example), Nov 23, 2026" in page
        assert "not reviewed" not in page


@pytest.mark.parametrize("spoilt", ["sheet", "answer", "template", "style", "time", "language"])
def test_what_changes_the_text_ends_it(run: Callable[..., Ran], own: Path, spoilt: str) -> None:
    assert _sign(run, own).status == 0
    today, more = "2026-11-24", list[str]()
    topic = own / "handouts" / "microneedling"
    if spoilt == "sheet":
        topic.mkdir(parents=True)
        shipped = (ROOT / "handouts" / "microneedling" / f"{SHEET}.yaml").read_text(encoding="utf-8")
        (topic / f"{SHEET}.yaml").write_text(shipped.replace("Wear a hat", "Put on a hat"), encoding="utf-8")
    elif spoilt == "answer":
        facts = own / "clinic.yaml"
        text = facts.read_text(encoding="utf-8")
        changed = text.replace("555-555-0142", "555-555-0143")
        assert changed != text
        facts.write_text(changed, encoding="utf-8")
    elif spoilt == "template":
        (own / "templates" / "parts").mkdir(parents=True)
        title = (ROOT / "templates" / "parts" / "title.html").read_text(encoding="utf-8")
        (own / "templates" / "parts" / "title.html").write_text(title + "<p>More words</p>", encoding="utf-8")
    elif spoilt == "style":  # it could hide the warning
        (own / "styles").mkdir()
        (own / "styles" / "clinic.css").write_text(".warning { display: none; }\n", encoding="utf-8")
    elif spoilt == "time":
        today = "2027-06-01"
    else:
        more = ["--language", "es"]
    made = _made(run, own, *more, today=today)
    assert made.status == 0, made.err
    name = f"{SHEET}.es.pdf" if more else f"{SHEET}.pdf"
    for page in _text(own / "out" / name):
        assert "Example Clinician" not in page
    if not more:
        assert "no longer holds" in made.err
        reason = "good until 2027-05-31" if spoilt == "time" else "the text has changed since"
        assert reason in made.err


def test_paper_and_edition_do_not_end_it(run: Callable[..., Ran], own: Path) -> None:
    assert _sign(run, own).status == 0
    made = _made(run, own, "--paper", "a4", "--edition", "large-print", "--no-letterhead")
    assert made.status == 0
    assert all("Example Clinician" in page for page in _text(own / "out" / f"{SHEET}.large-print.pdf"))


def test_the_latest_sign_off_of_a_text_counts(run: Callable[..., Ran], own: Path) -> None:
    assert _sign(run, own).status == 0
    assert _sign(run, own, until="2026-12-01").status == 0  # taken back, so to say
    made = _made(run, own, today="2026-12-02")
    assert "good until 2026-12-01" in made.err
    assert "not reviewed" in _text(own / "out" / f"{SHEET}.pdf")[0]


def test_a_clinic_can_demand_it(run: Callable[..., Ran], own: Path) -> None:
    with (own / "clinic.yaml").open("a", encoding="utf-8") as facts:
        facts.write("\nrequire_sign_off: true\n")
    refused = _made(run, own)
    assert refused.status == 1
    assert "prints signed-off sheets only" in refused.err
    assert "nobody has signed it off" in refused.err
    assert f"sign-off {SHEET} --by WHO --until DATE" in refused.err
    assert not (own / "out").exists()
    assert _sign(run, own).status == 0
    assert _made(run, own).status == 0
    late = _made(run, own, today="2027-06-01")
    assert late.status == 1
    assert "good until 2027-05-31" in late.err
    assert _sign(run, own, "--language", "es").status == 0
    assert _made(run, own, "--language", "es").status == 0


def test_every_sign_off_stays_in_the_record(run: Callable[..., Ran], own: Path) -> None:
    assert _sign(run, own).status == 0
    assert _sign(run, own, until="2027-06-30").status == 0
    record = read_sign_offs(Places(own, shipped_folder()))
    assert [str(entry.until) for entry in record.sign_offs] == ["2027-05-31", "2027-06-30"]


@pytest.mark.parametrize(
    ("by", "until", "said"),
    [
        ("Example Clinician", "2026-11-22", "2026-11-22 is past"),
        (" ", "2027-01-01", "say who read the text"),
        ("x" * 200, "2027-01-01", "--by: has more than 120"),
        ("Example 医師", "2027-01-01", "--by: no font of this clinic covers `医`"),
    ],
)
def test_a_wrong_sign_off_is_refused(
    run: Callable[..., Ran], own: Path, by: str, until: str, said: str
) -> None:
    refused = run(
        "sign-off", SHEET, "--by", by, "--until", until, "--clinic", own,
        env={"HANDOUTS_TODAY": TODAY.isoformat()},
    )  # fmt: skip
    assert refused.status == 1
    assert said in refused.err
    assert not (own / "sign-offs.yaml").exists()


def test_what_would_not_print_cannot_be_signed(run: Callable[..., Ran], clinic: Path) -> None:
    (clinic / "clinic.yaml").write_text("name: Test Clinic (example)\n", encoding="utf-8")
    refused = _sign(run, clinic)
    assert refused.status == 1
    assert "{clinic.phone}` is not set" in refused.err
    assert not (clinic / "sign-offs.yaml").exists()


def test_an_expired_text_stops_the_print_and_a_draft_says_so(
    run: Callable[..., Ran], own: Path, tmp_path: Path
) -> None:
    refused = _made(run, own, today="2027-11-24")
    assert refused.status == 1
    assert "had to be reviewed by 2027-11-23" in refused.err
    assert not (own / "out").exists()
    draft = _made(run, own, "--draft", today="2027-11-24")
    assert draft.status == 0
    assert "had to be reviewed by 2027-11-23" in draft.err
    assert "every page says DRAFT" in draft.err
    file = own / "out" / f"{SHEET}.draft.pdf"
    assert not (own / "out" / f"{SHEET}.pdf").exists()
    assert all("DRAFT: not for patients" in page for page in _text(file))
    assert pypdfium2.PdfDocument(file).get_metadata_dict()["Title"].startswith("DRAFT")
    assert [str(verdict) for verdict in validate([file]) if not verdict.compliant] == []


@pytest.mark.parametrize(
    "css",
    [
        '@page :first { @top-center { content: "" } }',
        "@page { @top-center { content: none !important; } }",
        "@page :left { @top-center { display: none; visibility: hidden; color: #fff } }",
    ],
)
def test_no_style_of_the_clinic_hides_that_it_is_a_draft(all_blocks: Places, css: str) -> None:
    (all_blocks.clinic / "styles").mkdir()
    (all_blocks.clinic / "styles" / "clinic.css").write_text(css, encoding="utf-8")
    copy = make_copy("every-block", all_blocks, Wish(draft=True, today=TODAY))
    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(copy.pdf)]
    assert len(pages) > 2
    assert all("DRAFT: not for patients" in page for page in pages)


def test_another_day_than_today_is_told(own: Path) -> None:
    words = ["make", SHEET, "--clinic", str(own), "-o", str(own / "out")]
    program = [sys.executable, str(ROOT / "generate.py"), *words]
    for day, said in (("2026-11-24", "today is taken to be 2026-11-24"), ("soon", "`soon` is not a date")):
        done = subprocess.run(
            program, env={**os.environ, "HANDOUTS_TODAY": day}, capture_output=True, text=True, check=False
        )
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_check_tells_that_a_sign_off_is_asked_for(run: Callable[..., Ran], own: Path) -> None:
    with (own / "clinic.yaml").open("a", encoding="utf-8") as facts:
        facts.write("\nrequire_sign_off: true\n")
    for more in ((), ("--layout",)):
        told = run("check", SHEET, "--clinic", own, *more)
        assert told.status == 1
        assert "prints signed-off sheets only" in told.err
    assert json.loads(run("check", SHEET, "--clinic", own, "--layout", "--json").out)["sheets"]


def test_a_draft_does_not_print_what_cannot_be_made(run: Callable[..., Ran], clinic: Path) -> None:
    text = (clinic / "clinic.yaml").read_text(encoding="utf-8")
    (clinic / "clinic.yaml").write_text(text.replace("phone:", "# phone:", 1), encoding="utf-8")
    refused = _made(run, clinic, "--draft")
    assert refused.status == 1
    assert "not set, and every page must say who to call" in refused.err
    assert not (clinic / "out").exists()


@pytest.mark.parametrize(
    ("field", "old", "new", "said"),
    [
        ("review_by", "2027-11-23", "2036-11-23", "more than three years"),
        ("dated", "2026-11-23", "2026-12-24", "dated in the future"),
    ],
)
def test_dates_that_make_no_sense_are_stopped(own: Path, field: str, old: str, new: str, said: str) -> None:
    topic = own / "handouts" / "microneedling"
    topic.mkdir(parents=True)
    text = (ROOT / "handouts" / "microneedling" / f"{SHEET}.yaml").read_text(encoding="utf-8")
    (topic / f"{SHEET}.yaml").write_text(text.replace(f"{field}: {old}", f"{field}: {new}"), encoding="utf-8")
    with pytest.raises(ProblemsFound) as found:
        make_copy(SHEET, Places(own, shipped_folder()), Wish(today=TODAY))
    (problem,) = [problem for problem in found.value.problems if problem.rule == "review-date"]
    assert said in problem.message
    assert problem.place
    assert problem.place.line
