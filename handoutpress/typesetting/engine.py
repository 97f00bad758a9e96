"""The engine: WeasyPrint with our fonts only, no network, no files but those fonts, and a strict log.

WeasyPrint is lenient: a missing picture or a blocked address is a log record, and the PDF still comes out.
A handout with a hole in it must not, so every record from warning up stops the print.
"""

from __future__ import annotations

import ctypes.util
import gc
import logging
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from handoutpress.errors import EngineUnavailable, Place, Problem, ProblemsFound
from handoutpress.folders import cache_folder
from handoutpress.places import state_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from handoutpress.reading.families import FontSource

Finisher = Callable[[Any, Any], None]
"""Works on the engine's document and its PDF objects, before they are written."""


class Enough(Exception):
    """Raised by a finisher that has all it wants: the engine need not write the file."""


_NO_FONTS = '<?xml version="1.0"?>\n<fontconfig>\n  <cachedir>{cache}</cachedir>\n</fontconfig>\n'


@dataclass(frozen=True)
class Typeset:
    """A finished PDF and its number of pages."""

    pdf: bytes
    pages: int


def typeset(
    html: str,
    faces: Sequence[FontSource],
    style_files: Sequence[Path | None] = (),
    finishers: Sequence[Finisher] = (),
) -> Typeset:
    """Lay out one document as PDF/A-3a and PDF/UA-1.

    ``style_files`` are the files of its ``<style>`` elements, so that a complaint about a style can name
    its place. ``finishers`` may work on the engine's own document and objects before they are written.
    Raises ``ProblemsFound`` for anything the engine complains of, ``EngineUnavailable`` where it cannot
    start.
    """
    if "@font-face" not in html:
        # Without a single font the engine does not complain: the process dies.
        raise ProblemsFound(
            [
                Problem(
                    "the template leaves out the style sheets, and with them every font",
                    hint="keep the loop over `styles` in the head, as sheet.html has it",
                )
            ]
        )
    weasyprint = start()
    from handoutpress.typesetting.tagging import finish

    fetcher = _fetcher({face.path.as_uri() for face in faces})
    with _strict_log() as records:
        source = weasyprint.HTML(string=html, base_url=None, url_fetcher=fetcher)
        fonts = _font_configuration(faces)
        document = source.render(font_config=fonts, pdf_variant="pdf/a-3a", pdf_tags=True)

        def finisher(document: Any, pdf: Any) -> None:
            for work in (finish, *finishers):
                work(document, pdf)

        pdf = b""
        with suppress(Enough):
            pdf = document.write_pdf(finisher=finisher, pdf_variant="pdf/a-3a")
    if records:
        raise ProblemsFound(_problem(record, style_files) for record in records)
    return Typeset(pdf, len(document.pages))


def start() -> Any:
    """Import WeasyPrint with a Fontconfig that knows no directory: a missing glyph must not fall back."""
    if (
        "FONTCONFIG_FILE" not in os.environ
        or os.environ.get("HANDOUTS_FONTCONFIG") != os.environ["FONTCONFIG_FILE"]
    ):
        path = _fontconfig_file()
        os.environ["FONTCONFIG_FILE"] = os.environ["HANDOUTS_FONTCONFIG"] = str(path)
    try:
        with warnings.catch_warnings():
            # "No fonts configured in FontConfig": on purpose, ours come with the document.
            warnings.simplefilter("ignore", UserWarning)
            with _without_library_search():
                import weasyprint
    except OSError as error:  # a system library that is not there
        missing = re.search(r"cannot load library '([^']+)'", str(error))
        raise EngineUnavailable(
            f"The PDF engine cannot start: {missing[1] if missing else error} is missing. "
            "`doctor` names the command that installs it."
        ) from None
    return weasyprint


@contextmanager
def _without_library_search() -> Iterator[None]:
    """Load system libraries by their own names only, while the engine is imported.

    Under Linux the engine's list has the exact name of each library, but not first, and for each name that
    fails the loader starts ``ldconfig`` and a C compiler to search: up to 0.3 s, for nothing.
    """
    search = ctypes.util.find_library
    if sys.platform == "linux":
        ctypes.util.find_library = lambda name: None  # noqa: ARG005 (the function's own signature)
    try:
        yield
    finally:
        ctypes.util.find_library = search


def _fontconfig_file() -> Path:
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="handoutpress-"))
    path = folder / "fonts.conf"
    text = _NO_FONTS.format(cache=folder / "fontconfig")
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        from handoutpress.delivery.files import write_whole

        write_whole(path, text.encode())
    return path


_shared: list[Any] = []
_opened: dict[Path, tuple[int, ...]] = {}
"""The font files that the shared configuration has taken in, as they were then."""


def _font_configuration(faces: Sequence[FontSource]) -> Any:
    """Return the process's one font configuration: a fresh one for each document leaks 245 kB.

    It takes a font in by the file's name, so it is a fresh one where a file has changed under its name.
    """
    now = {face.path: state_of(face.path) for face in faces}
    if any(_opened.get(path, state) != state for path, state in now.items()):
        close()
    _opened.update(now)
    if not _shared:
        from weasyprint.text.fonts import FontConfiguration

        _shared.append(FontConfiguration())
    return _shared[0]


def close() -> None:
    """Give back the folder of fonts that this process's engine holds; the next layout takes a new one."""
    _shared.clear()
    _opened.clear()
    gc.collect()


def _fetcher(fonts: set[str]) -> Any:
    """Return a fetcher that opens our fonts and what is in the document itself, and nothing else."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    class Fetcher(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if url.startswith("data:") or url in fonts:
                return super().fetch(url, headers)
            raise FatalURLFetchingError(
                f"`{url[:200]}` was not opened: a sheet opens no other file and no address"
            )

    return Fetcher(allowed_protocols=("data", "file"), allow_redirects=False)


class _Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@contextmanager
def _strict_log() -> Iterator[list[str]]:
    """Collect what the engine and its font subsetter complain of."""
    from weasyprint.urls import FatalURLFetchingError

    handler = _Records()
    loggers = [logging.getLogger(name) for name in ("weasyprint", "fontTools")]
    before = [(logger, logger.propagate, logger.level) for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.propagate = False
    loggers[0].setLevel(logging.WARNING)
    try:
        yield handler.messages
    except FatalURLFetchingError as error:  # what our fetcher refuses, raised through the engine
        handler.messages.append(str(error))
    finally:
        for logger, propagate, level in before:
            logger.removeHandler(handler)
            logger.propagate = propagate
            logger.setLevel(level)


def _problem(record: str, style_files: Sequence[Path | None]) -> Problem:
    """Give a complaint its place where it names a line of a style sheet, or words of one."""
    texts = {path: path.read_text(encoding="utf-8-sig").splitlines() for path in style_files if path}
    if selector := re.match(r"Invalid or unsupported selector, '(?P<what>.*)'", record, re.DOTALL):
        first = selector["what"].splitlines()[0].strip()
        for path, lines in texts.items():
            for number, text in enumerate(lines, 1):
                if first and first in text:
                    place = Place(path, number, text.index(first) + 1, len(first), text)
                    return Problem(
                        "this selector is not understood", place, "a rule is like h2 { color: red; }"
                    )
    found = re.match(
        r"Ignored `(?P<what>.*)` at (?P<line>\d+):(?P<column>\d+), (?P<why>.*)", record, re.DOTALL
    )
    if not found:
        return Problem(f"the PDF engine says: {record}")
    line, column, what = int(found["line"]), int(found["column"]), found["what"]
    name = what.split(":")[0].strip()
    there = {path: lines[line - 1] for path, lines in texts.items() if line <= len(lines)}
    # The engine names no file. What stands exactly there is surer than what stands on that line.
    for stands in (lambda text: text.startswith(name, column - 1), lambda text: name in text):
        for path, text in there.items():
            if stands(text):
                why = found["why"].rstrip(".")
                place = Place(path, line, column, len(what), text)
                return Problem(f"this style is not understood: {why}", place)
    return Problem(f"a style is not understood: `{what}`, {found['why']}")
