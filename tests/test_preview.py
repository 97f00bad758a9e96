"""The preview as a process: each kind of file, problems in their places, whole folders that come and go."""

from __future__ import annotations

import errno
import os
import queue
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import repeat
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import pypdfium2
import pytest
import watchfiles

from handoutpress.errors import Problem
from handoutpress.places import Places, shipped_folder
from handoutpress.preview import rounds, running
from handoutpress.preview.rounds import Choice, Made, State
from handoutpress.preview.watching import Watch, is_heard
from handoutpress.reading.parts import text_hash
from handoutpress.reading.yamlreader import read_yaml
from handoutpress.wish import Wish
from tests.conftest import ROOT
from tests.previews import News, RunningPreview, running_preview, small_clinic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from handoutpress.preview.running import Round
    from tests.conftest import Ran

PROMISE = "The first point will guarantee results."


@dataclass
class Open:
    """A preview of the small sheet, and its files."""

    preview: RunningPreview
    clinic: Path
    output: Path
    patient: Path

    @property
    def topic(self) -> Path:
        return self.clinic / "handouts" / "test-topic"

    @property
    def sheet(self) -> Path:
        return self.topic / "small.yaml"

    @property
    def text(self) -> str:
        """The words of the file that each good round writes."""
        return words_of(self.output)


def words_of(pdf: Path) -> str:
    document = pypdfium2.PdfDocument(pdf.read_bytes())
    try:
        text = "".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()
    return " ".join(text.split())


def good(news: News) -> bool:
    return bool(news["state"] == "good")


def stopped(news: News) -> bool:
    return bool(news["state"] == "stopped")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    clinic = small_clinic(tmp_path_factory.mktemp("clinics") / "clinic")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    patient, output = elsewhere / "patient.yaml", clinic / "small.pdf"
    patient.write_text("name: Ann Example\n", encoding="utf-8")
    with running_preview("small", clinic, "--patient", patient, "-o", output) as preview:
        preview.wait(good)
        yield Open(preview, clinic, output, patient)


def rewrite(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def overwrite_as_it_was(path: Path, data: bytes) -> None:
    """Write a file in place and give it back its date: only what is in it tells."""
    stat = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


FONTS = Path(str(find_spec("fontpkg_atkinson_hyperlegible").origin)).parent / "files"  # type: ignore[union-attr]


def sheet(it: Open) -> str:
    rewrite(it.sheet, "The first point is short.", "The new point is short.")
    return "The new point is short."


def sheet_of_one_size_and_date(it: Open) -> str:
    text = it.sheet.read_bytes()
    assert b"A picture." in text
    overwrite_as_it_was(it.sheet, text.replace(b"A picture.", b"A drawing."))
    return "A drawing."


def evidence(it: Open) -> str:
    rewrite(it.topic / "evidence.yaml", "title: Examples", "title: Other examples")
    return "Other examples"


def facts(it: Open) -> str:
    rewrite(it.clinic / "clinic.yaml", "(555) 555-0100", "(555) 555-0111")
    return "(555) 555-0111"


def answers(it: Open) -> str:
    with (it.clinic / "clinic.yaml").open("a", encoding="utf-8") as file:
        file.write("  test-topic:\n    plan: rest at home\n")
    return "rest at home"


def words(it: Open) -> str:
    copied = it.clinic / "templates" / "words" / "en.yaml"
    copied.parent.mkdir(parents=True)
    text = (ROOT / "templates" / "words" / "en.yaml").read_text(encoding="utf-8")
    copied.write_text(text.replace("  version: Version", "  version: Release"), encoding="utf-8")
    return "Release"


def patient(it: Open) -> str:
    new = it.patient.with_suffix(".new")
    new.write_text("name: Bob Example\n", encoding="utf-8")
    new.replace(it.patient)
    return "Bob Example"


def template(it: Open) -> str:
    """Add a clinic's own copy of a template that is in use."""
    own = it.clinic / "templates" / "parts" / "title.html"
    own.parent.mkdir(parents=True)
    own.write_text("<h1>{{ sheet.title }}</h1><p>FIRST</p>", encoding="utf-8")
    return "FIRST"


def template_of_one_size_and_date(it: Open) -> str:
    own = it.clinic / "templates" / "parts" / "title.html"
    overwrite_as_it_was(own, own.read_bytes().replace(b"FIRST", b"OTHER"))
    return "OTHER"


def template_gone(it: Open) -> str:
    (it.clinic / "templates" / "parts" / "title.html").unlink()
    return "A page for the tests"


def style(it: Open) -> str:
    """Add a style sheet with a picture in it."""
    (it.clinic / "styles").mkdir()
    shutil.copy(it.topic / "shapes.svg", it.clinic / "styles" / "mark.svg")
    rules = 'h1::after { content: " STYLED" } h2 { background: url("mark.svg") }'
    (it.clinic / "styles" / "clinic.css").write_text(rules, encoding="utf-8")
    return "STYLED"


def in_colour(path: Path) -> None:
    """Change a drawing to another of the same size and date."""
    text = path.read_text(encoding="utf-8")
    other = text.replace('width="20" height="20"', 'width="10" height="25"')
    assert text != other
    overwrite_as_it_was(path, other.encode())


def styles_picture(it: Open) -> None:
    in_colour(it.clinic / "styles" / "mark.svg")


def figure(it: Open) -> None:
    in_colour(it.topic / "shapes.svg")


def logo(it: Open) -> None:
    in_colour(it.clinic / "logo.svg")


def brand(it: Open) -> None:
    rewrite(it.clinic / "_brand.yml", "#1f5c66", "#5c1f66")


def font(it: Open) -> None:
    shutil.copyfile(FONTS / "AtkinsonHyperlegible-Regular.ttf", it.clinic / "own.ttf")
    with (it.clinic / "_brand.yml").open("a", encoding="utf-8") as file:
        family = "{family: Own, source: file, files: [own.ttf]}"
        file.write(f"typography:\n  fonts:\n    - {family}\n  base: Own\n")


def font_of_one_name(it: Open) -> None:
    overwrite_as_it_was(it.clinic / "own.ttf", (FONTS / "AtkinsonHyperlegible-Bold.ttf").read_bytes())


WITH_WORDS = (
    sheet,
    sheet_of_one_size_and_date,
    evidence,
    facts,
    answers,
    words,
    patient,
    template,
    template_of_one_size_and_date,
    template_gone,
    style,
)
WITH_LOOKS = (styles_picture, figure, logo, brand, font, font_of_one_name)


@pytest.mark.parametrize("change", WITH_WORDS, ids=lambda change: change.__name__)
def test_a_change_of_each_kind_of_file_is_on_the_page(opened: Open, change: Callable[[Open], str]) -> None:
    said: list[str] = []
    opened.preview.after(
        lambda: said.append(change(opened)), lambda news: good(news) and said[0] in opened.text
    )


@pytest.mark.parametrize("change", WITH_LOOKS, ids=lambda change: change.__name__)
def test_a_change_of_each_kind_of_look_is_on_the_page(opened: Open, change: Callable[[Open], None]) -> None:
    shown = picture(opened.preview)
    opened.preview.after(lambda: change(opened), lambda news: good(news) and picture(opened.preview) != shown)


def picture(preview: RunningPreview) -> bytes:
    answer = preview.ask("GET", f"{preview.root}picture/{preview.rounds[-1]['version']}/1.png?scale=1")
    assert (answer.status, answer.body[:4]) == (200, b"\x89PNG")
    return answer.body


def test_after_all_that_it_is_the_very_file_that_make_makes(
    opened: Open, run: Callable[..., Ran], tmp_path: Path
) -> None:
    fresh = tmp_path / "fresh.pdf"
    done = run("make", "small", "--clinic", opened.clinic, "--patient", opened.patient, "-o", fresh, "--html")
    assert (done.status, done.err) == (0, "")
    assert opened.output.read_bytes() == fresh.read_bytes()


def test_the_protocol_too(opened: Open) -> None:
    protocol = opened.topic / "protocol.yaml"
    whole = protocol.read_text(encoding="utf-8")
    news = opened.preview.after(lambda: rewrite(protocol, "  plan:", "  plans:"), stopped)
    assert any("plan" in problem["message"] for problem in news["problems"])
    opened.preview.after(lambda: protocol.write_text(whole, encoding="utf-8"), good)


def test_what_is_wrong_is_told_with_its_place_and_the_last_pages_stay(opened: Open) -> None:
    lines, shown = len(opened.preview.log), opened.preview.rounds[-1]["version"]
    kept = opened.output.read_bytes()
    text = opened.sheet.read_text(encoding="utf-8")
    wrong = text.replace("  - sources:", "  - sorces:").replace("given:", "givn:")
    news = opened.preview.after(lambda: opened.sheet.write_text(wrong, encoding="utf-8"), stopped)
    assert news["version"] == shown
    where = "handouts/test-topic/small.yaml"
    assert [problem["where"] for problem in news["problems"]] == [
        f"{where}:1:1",
        f"{where}:4:1",
        f"{where}:24:5",
    ]
    last = news["problems"][-1]
    assert (last["message"], last["hint"]) == ('unknown block "sorces"', 'did you mean "sources"?')
    assert "sorces" in last["source"]
    assert "^^^^^^" in last["source"]
    said = opened.preview.wait_said("Still showing", lines)
    assert f'{where}:24:5  unknown block "sorces"' in said
    assert f"{where}: 3 problems in 1 file. Still showing the last good pages." in said
    assert picture(opened.preview)
    assert opened.output.read_bytes() == kept
    news = opened.preview.after(lambda: opened.sheet.write_text(text, encoding="utf-8"), good)
    assert (news["problems"], news["version"]) == ([], shown)
    opened.preview.wait_said("small.yaml: 1 page in ", lines)


def test_what_a_draft_may_waive_is_shown_as_a_draft(opened: Open) -> None:
    kept, text = opened.output.read_bytes(), opened.sheet.read_text(encoding="utf-8")
    wrong = text.replace("The new point is short.", PROMISE)
    lines = len(opened.preview.log)
    news = opened.preview.after(lambda: opened.sheet.write_text(wrong, encoding="utf-8"))
    assert (news["state"], news["problems"][0]["rule"]) == ("draft", "promise")
    assert "as a draft: 1 problem" in opened.preview.wait_said("as a draft", lines)
    assert opened.output.read_bytes() == kept, "a draft is never put in the place of a good copy"
    opened.preview.after(lambda: opened.sheet.write_text(text, encoding="utf-8"), good)
    assert opened.output.read_bytes() == kept


def test_a_file_that_is_not_whole_yet_is_waited_for(opened: Open) -> None:
    text = opened.sheet.read_text(encoding="utf-8")
    since = len(opened.preview.rounds)

    def save() -> None:
        """Save as editors do: a file beside it, the old one aside, the new one in its place."""
        beside = opened.topic / ".small.yaml.swp"
        beside.write_text("half", encoding="utf-8")
        (opened.topic / "4913").write_text("", encoding="utf-8")
        opened.sheet.rename(opened.topic / "small.yaml~")
        opened.sheet.write_text(text.replace("A small page", "A saved page"), encoding="utf-8")
        for left in (beside, opened.topic / "4913", opened.topic / "small.yaml~"):
            left.unlink()

    opened.preview.after(save, lambda news: "A saved page" in opened.text)
    assert [news["state"] for news in opened.preview.rounds[since:]] == ["good"] * (
        len(opened.preview.rounds) - since
    )


def test_what_comes_and_goes_comes_back(opened: Open, tmp_path: Path) -> None:
    preview, aside = opened.preview, tmp_path / "aside"
    news = preview.after(lambda: opened.sheet.rename(aside), stopped)
    assert "there is no handout named `small`" in news["problems"][0]["message"]
    preview.after(lambda: aside.rename(opened.sheet), good)
    for folder in (opened.topic, opened.clinic):
        preview.after(lambda folder=folder: shutil.move(folder, aside), stopped)  # type: ignore[misc]
        preview.after(lambda folder=folder: shutil.move(aside, folder), good)  # type: ignore[misc]
    # Another folder in its place is another folder, and is the one that is watched from now on.
    shutil.copytree(opened.clinic, aside)
    preview.after(lambda: opened.clinic.rename(tmp_path / "gone"), stopped)
    preview.after(lambda: aside.rename(opened.clinic), good)
    preview.after(lambda: rewrite(opened.sheet, "drawing", "sketch"), lambda news: "A sketch." in opened.text)


def test_what_is_chosen_on_the_page_is_made(opened: Open) -> None:
    news = opened.preview.after(
        lambda: opened.preview.choose(edition="large-print", paper="letter"),
        lambda news: news["look"]["edition"] == "large-print",
    )
    assert news["look"] == {"edition": "large-print", "paper": "letter", "language": "en"}
    assert news["sizes"][0] == pytest.approx([612, 792])
    opened.preview.wait_said("the choice on the page: ")
    for wrong in ({"edition": "x"}, {"paper": "a5"}, {"language": "es"}, {"name": "x"}, {"edition": ""}):
        assert opened.preview.choose(**wrong).status in (204, 400), wrong
    assert opened.preview.choose(edition="x", paper="a4").status == 400


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_quietly(tmp_path: Path, ending: signal.Signals) -> None:
    with running_preview("small", small_clinic(tmp_path / "clinic")) as preview:
        preview.wait(
            good
        ) if ending is signal.SIGINT else None  # the other one while it makes the first pages
        preview.process.send_signal(ending)
        assert preview.process.wait(30) == 0
    assert "Traceback" not in preview.said
    assert "Stopped" not in preview.said
    assert preview.ended or ending is signal.SIGTERM


def test_a_clinics_changes_show_where_the_system_tells_of_nothing(tmp_path: Path) -> None:
    """With ``--poll``, as on a network disk."""
    clinic, output = small_clinic(tmp_path / "clinic"), tmp_path / "about.pdf"
    topic = clinic / "handouts" / "microneedling"
    topic.mkdir()
    changes, evidence = topic / "microneedling-about.changes.yaml", topic / "evidence.changes.yaml"
    file = Places(clinic, shipped_folder()).sheet("microneedling-about")
    title = read_yaml(file.path).data["title"]
    digest = text_hash(read_yaml(file.path).data, [("title",)])
    own = (
        'of: "1.0"\nversion: "1.0.1"\ndated: 2026-11-23\nreview_by: 2027-11-23\nchanges:\n'
        f'  - reword: {{said: "{title}", was: "{digest}", say: Asked often (example)}}\n'
    )
    with running_preview("microneedling-about", clinic, "--poll", "-o", output) as preview:
        preview.wait(good)
        preview.after(
            lambda: changes.write_text(own, encoding="utf-8"),
            lambda news: good(news) and "Asked often (example)" in words_of(output),
        )
        news = preview.after(lambda: evidence.write_text("clams: {}\n", encoding="utf-8"), stopped)
        assert "evidence.changes.yaml:1:1" in news["problems"][0]["where"]
        preview.after(evidence.unlink, good)
        preview.after(changes.unlink, lambda news: good(news) and "Asked often" not in words_of(output))


def test_what_is_wrong_on_the_command_line_is_told_at_once(run: Callable[..., Ran], clinic: Path) -> None:
    done = run("preview", "microneedling-aftrcare", "--clinic", clinic)
    assert (done.status, done.out) == (1, "")
    assert 'did you mean "microneedling-aftercare"?' in done.err
    done = run("preview", "microneedling-aftercare", "--clinic", clinic, "--visit", "soon")
    assert (done.status, done.out) == (1, "")
    assert "--visit: `soon` is not a date" in done.err
    done = run("preview", "microneedling-aftercare", "--clinic", clinic, "-o", "aftercare")
    assert done.status == 2


@pytest.mark.parametrize("missing", ["watchfiles", "starlette", "pypdfium2"])
def test_without_its_packages_it_names_the_command_that_installs_them(clinic: Path, missing: str) -> None:
    words = ["handouts", "preview", "microneedling-aftercare", "--clinic", str(clinic)]
    without = f"import sys; sys.modules[{missing!r}] = None; sys.argv = {words!r}"
    code = f"{without}; import handoutpress.cli as cli; cli.main()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert f"({missing}): pip install 'handoutpress[desk]'" in done.stderr


def rounds_of(monkeypatch: pytest.MonkeyPatch, clinic: Path, makes: Iterator[Made]) -> list[State]:
    """Return what is told of rounds that end so; files change again during each one that is stopped."""
    told: list[State] = []

    def tell(each: Round) -> None:
        told.append(each.made.state)
        preview.end()

    def make(_choice: Choice) -> Made:
        made = next(makes)
        if made.state is State.STOPPED:
            preview.changed(("small.yaml",))
        return made

    preview = running.Preview(running.Asked("small", Places(clinic, shipped_folder()), Wish), tell)
    monkeypatch.setattr(preview._maker, "make", make)
    preview.run(lambda _news: None)
    return told


def test_the_problems_of_a_file_that_is_being_written_are_not_told(
    monkeypatch: pytest.MonkeyPatch, clinic: Path
) -> None:
    monkeypatch.setattr(running, "SETTLE_SECONDS", 30.0)
    monkeypatch.setattr(running, "_MOST_SETTLING", 30.0)
    half = Made(State.STOPPED, (Problem("half"),))
    assert rounds_of(monkeypatch, clinic, iter([half, half, Made(State.GOOD)])) == [State.GOOD]


def test_a_file_that_is_written_without_end_is_told_of_all_the_same(
    monkeypatch: pytest.MonkeyPatch, clinic: Path
) -> None:
    monkeypatch.setattr(running, "_MOST_SETTLING", 0.0)
    assert rounds_of(monkeypatch, clinic, repeat(Made(State.STOPPED))) == [State.STOPPED]


def test_no_fault_of_the_program_ends_it(monkeypatch: pytest.MonkeyPatch, clinic: Path) -> None:
    def fault(*_: object) -> None:
        raise KeyError("secret\nthing")

    monkeypatch.setattr(rounds, "compose_copy", fault)
    made = rounds.Maker("small", Places(clinic, shipped_folder()), Wish).make(Choice())
    assert made.state is State.STOPPED
    assert made.problems[0].message.startswith("something went wrong in the program: KeyError")


@pytest.mark.parametrize(
    ("name", "heard"),
    [
        ("handouts/topic/small.yaml", True),
        ("_brand.yml", True),
        ("fonts/Own.ttf", True),
        (".git/index", False),
        ("handouts/.small.yaml.a1b2c3d4.part", False),
        ("handouts/topic/small.yaml~", False),
        ("handouts/topic/.small.yaml.swp", False),
        ("handouts/topic/#small.yaml#", False),
        ("4913", False),
    ],
)
def test_what_editors_leave_beside_a_file_is_not_heard(name: str, heard: bool) -> None:
    root = Path("/home/.hidden/clinic")
    assert is_heard(root / name, root) is heard


def test_where_too_much_is_watched_already_it_looks_for_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real, polled = watchfiles.watch, Event()

    def watch(*folders: Path, **how: Any) -> Iterator[Any]:
        if not how["force_polling"]:
            raise OSError(errno.ENOSPC, "OS file watch limit reached")
        polled.set()
        return real(*folders, **how)

    monkeypatch.setattr(watchfiles, "watch", watch)
    told: queue.SimpleQueue[tuple[str, ...]] = queue.SimpleQueue()
    looking = Watch([tmp_path], told.put)
    looking.start()
    try:
        assert polled.wait(60)
        assert told.get(timeout=60) == ()  # it is watched from now on: what came before is looked for
        (tmp_path / "new.yaml").write_text("x", encoding="utf-8")
        assert told.get(timeout=60) == (str(tmp_path / "new.yaml"),)
    finally:
        looking.stop()
