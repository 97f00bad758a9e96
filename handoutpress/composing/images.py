"""Pictures -> data URIs, after a look inside: a document names no file and no address.

An SVG is XML from anywhere, so it is read by a parser that refuses document types (entities can name files
and grow without end), scripts, event handlers and whatever points outside the file.
"""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.parsers import expat

from handoutpress.errors import Place, Problem, ProblemsFound, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MOST_BYTES = 2_000_000
DEEPEST = 200
"""Levels of an SVG's elements: far deeper than anybody draws. At some 900, the engine leaves it out."""

_RASTER = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_FORBIDDEN = {"script", "foreignObject", "iframe", "audio", "video", "animate", "set", "handler"}
# A backslash may hide any of the others.
_OUTSIDE = re.compile(r"url\(\s*['\"]?(?!#)|@import|\\", re.IGNORECASE)
_COLOUR = re.compile(r"var\(--([a-z-]+)\)")


def embed_image(
    path: Path,
    colours: Mapping[str, str] | None = None,
    place: Place | None = None,
    *,
    rows: int = 1,
    before: Path | None = None,
) -> str:
    """Return the picture as a data URI; ``var(--name)`` in an SVG becomes the brand's colour.

    ``place`` is where the picture is named; ``rows`` cuts an SVG strip into so many rows; ``before`` is where
    it would be used first, if it were there. Raises ``ProblemsFound``: missing, too large, not SVG, PNG or
    JPEG, damaged, nested too deep, or an SVG that reaches outside itself.
    """
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MOST_BYTES else b""
    except OSError:
        looked = " and ".join(shorten(each) for each in dict.fromkeys((before or path, path)))
        raise ProblemsFound(
            [Problem(f"there is no image `{path.name}`", place or Place(path), f"looked for {looked}")]
        ) from None
    if size > MOST_BYTES:
        raise ProblemsFound(
            [
                Problem(
                    f"the image `{path.name}` has {size:,} bytes",
                    place or Place(path),
                    f"the limit is {MOST_BYTES:,} bytes",
                )
            ]
        )
    return _embedded(path, data, tuple(sorted((colours or {}).items())), place, rows)


@lru_cache(maxsize=64)
def _embedded(
    path: Path, data: bytes, colours: tuple[tuple[str, str], ...], place: Place | None, rows: int
) -> str:
    """Look into each picture once, by what is in it: two saves can have one date."""
    for magic, kind in _RASTER.items():
        if data.startswith(magic):
            _check_raster(data, path, place)
            return f"data:{kind};base64,{base64.b64encode(data).decode()}"
    check_svg(data, path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ProblemsFound(
            [Problem("an SVG that is not UTF-8 text", Place(path), "save it as UTF-8")]
        ) from None
    chosen = dict(colours)
    text = _COLOUR.sub(lambda found: chosen.get(found[1], found[0]), text)
    return svg_uri(in_rows(text, rows) if rows > 1 else text)


def in_rows(svg: str, rows: int) -> str:
    """Return an SVG strip cut into rows of one width, one under the other, so that it can be drawn larger.

    A strip without a plain ``viewBox`` stays as it is.
    """
    number = r"(-?[\d.]+)"
    shape = rf'<svg\b[^>]*\bviewBox="{number} {number} {number} {number}"[^>]*>(.*)</svg>\s*$'
    found = re.search(shape, svg, re.DOTALL)
    if not found:
        return svg
    left, top, width, height = (float(found[group]) for group in (1, 2, 3, 4))
    gap = width / 60  # between panels: 12 of 720, as the style sheet's legend has it too
    pitch, step = (width + gap) / rows, height * 1.08
    row = pitch - gap
    drawn = "".join(
        f'<svg x="0" y="{index * step:g}" width="{row:g}" height="{height:g}" '
        f'viewBox="{left + index * pitch:g} {top:g} {row:g} {height:g}">{found[5]}</svg>'
        for index in range(rows)
    )
    tall = (rows - 1) * step + height
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {row:g} {tall:g}">{drawn}</svg>'


def svg_uri(svg: str) -> str:
    """Return SVG text as a data URI."""
    return "data:image/svg+xml," + quote(svg, safe=" =:/;,.-+()!*@?&$[]|~'")


def _check_raster(data: bytes, path: Path, place: Place | None) -> None:
    """Decode it once: the engine only logs a picture it cannot read."""
    import io

    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ProblemsFound(
            [Problem(f"the image `{path.name}` is damaged: {error}", place or Place(path))]
        ) from None


def check_svg(data: bytes, path: Path) -> None:
    """Raise ``ProblemsFound`` for anything in an SVG that is not a drawing."""
    lines = data.decode("utf-8", "replace").splitlines()
    problems: list[Problem] = []
    parser = expat.ParserCreate()
    root: list[str] = []
    depth = 0

    def note(message: str, hint: str = "") -> None:
        line = parser.CurrentLineNumber
        text = lines[line - 1] if line <= len(lines) else ""
        place = Place(path, line, parser.CurrentColumnNumber + 1, 1, text)
        problems.append(Problem(message, place, hint))

    def doctype(*_: object) -> None:
        note("an SVG with a document type is not opened", "save it as plain SVG")
        raise ProblemsFound(problems)

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            note(f"an SVG nested deeper than {DEEPEST} levels is not opened", "save it as plain SVG")
            raise ProblemsFound(problems)
        tag = name.split(":")[-1]
        if not root:
            root.append(tag)
        if tag in _FORBIDDEN:
            note(f"`<{tag}>` is not used in a printed picture", "save it as plain SVG")
        for key, value in attributes.items():
            attribute = key.split(":")[-1]
            if attribute.lower().startswith("on"):
                note(f"`{key}` is a script", "save it as plain SVG")
            elif attribute in ("href", "src") and not value.startswith(
                ("#", "data:image/png", "data:image/jpeg")
            ):
                note(f"`{key}` points outside the picture: {value[:60]}", "embed what it shows")
            elif _OUTSIDE.search(value):
                note(f"`{key}` points outside the picture", "embed what it shows")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def text(content: str) -> None:
        if _OUTSIDE.search(content):
            note("a style in this SVG points outside the picture")

    def instruction(target: str, _content: str) -> None:
        note(f"`<?{target}?>` is not used in a printed picture", "save it as plain SVG")

    parser.ProcessingInstructionHandler = instruction
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        message = expat.errors.messages.get(error.code, "unreadable")
        place = Place(
            path,
            error.lineno,
            error.offset + 1,
            1,
            lines[error.lineno - 1] if error.lineno <= len(lines) else "",
        )
        kind = "not SVG, PNG or JPEG" if not root else f"damaged SVG: {message}"
        problems.append(Problem(kind, place if root else Place(path)))
    if root and root[0] != "svg":
        problems.append(Problem(f"not an SVG: its first element is `<{root[0]}>`", Place(path)))
    if problems:
        raise ProblemsFound(problems)
