"""Style sheets: the shipped ones in order, an edition's, the clinic's own last.

Order matters twice. Later rules win, and ``@page`` rules ignore cascade layers, so the clinic's sheet must
simply stand last. What a sheet's ``url()`` names is embedded, so that the document opens no file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import tinycss2

from handoutpress.composing.images import embed_image
from handoutpress.errors import Place, Problem, Problems, ProblemsFound
from handoutpress.places import OutsideError
from handoutpress.reading.families import FALLBACK_FAMILY, LAST_FAMILY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from handoutpress.places import Places
    from handoutpress.reading.brand import Brand
    from handoutpress.reading.clinic import Paper
    from handoutpress.reading.families import FontSource

PageSize = Literal["a4", "letter", "a5", "half-letter"]
"""What a page is laid out on: a clinic's paper, or half of it in a booklet."""

EDITIONS = ("standard", "large-print")
BOOKLET = "booklet"
"""The edition for pages of half the size: of a booklet, never asked for by its name."""
SHEETS = ("tokens.css", "page.css", "type.css", "frame.css", "blocks.css")
CLINIC_SHEET = "clinic.css"
PAPERS: dict[PageSize, tuple[str, str]] = {
    "a4": ("210mm", "297mm"),
    "letter": ("8.5in", "11in"),
    "a5": ("148mm", "210mm"),
    "half-letter": ("5.5in", "8.5in"),
}
FOLDED: dict[Paper, PageSize] = {"a4": "a5", "letter": "half-letter"}
"""The page of a booklet that is folded from a paper."""

_ASIDE = re.compile(
    r"/\*.*?\*/|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|url\(\s*[^\s\"')][^)]*\)",
    re.DOTALL | re.IGNORECASE,
)
"""Comments, texts and addresses: what stands in them opens nothing."""
# An escape may hide any of the others.
_NAMES_SOMETHING = re.compile(r"url\(|src\(|image|@import|@font-face|\\", re.IGNORECASE)


@dataclass(frozen=True)
class StyleSheet:
    """One style sheet's text, and the file it came from where there is one."""

    text: str
    path: Path | None = None


def style_sheets(
    places: Places, edition: str, colours: Mapping[str, str], more: Sequence[str] = ()
) -> list[StyleSheet]:
    """Return the style sheets of an edition in order, icons in the brand's ``colours``.

    ``more`` are those that only some documents have. Raises ``ProblemsFound``.
    """
    names = [*SHEETS, *more]
    if edition != "standard":
        names.append(f"editions/{edition}.css")
    sheets, problems = [], Problems()
    paths = [places.find("styles", name) for name in names]
    own = places.clinic / "styles" / CLINIC_SHEET
    if own.is_file():
        paths.append(places.find("styles", CLINIC_SHEET))
    for name, path in zip([*names, CLINIC_SHEET], paths, strict=False):
        if path is None:
            raise ProblemsFound([Problem(f"there is no style sheet `{name}`")])
        try:
            sheets.append(StyleSheet(embedded(path, places, colours), path))
        except ProblemsFound as found:
            problems.extend(found.problems)
    problems.raise_if_any()
    return sheets


def embedded(path: Path, places: Places, colours: Mapping[str, str]) -> str:
    """Return a style sheet with every picture it names in it; raises ``ProblemsFound``."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ProblemsFound([Problem(f"this style sheet cannot be read: {error}", Place(path))]) from None
    if left := _left_open(text):
        line, opening, closing = left
        shown = text.split("\n")[line - 1].rstrip("\r")
        place = Place(path, line, 1, len(shown), shown)
        said = f"a `{opening}` on this line is never closed"
        raise ProblemsFound([Problem(said, place, f"close it with a `{closing}`")])
    if not places.owns(path) and not _NAMES_SOMETHING.search(text):
        return text
    named, wrong = _named(path, text)
    problems = Problems(list(wrong))
    for url, place in named:
        try:
            uri = embed_image(places.beside(path, url), colours, place)
            written = re.compile(r"url\(\s*[\"']?" + re.escape(url) + r"[\"']?\s*\)")
            text = written.sub(lambda _, uri=uri: f'url("{uri}")', text)  # type: ignore[misc]
        except OutsideError as error:
            problems.add(str(error), place, "copy the file into the styles folder")
        except ProblemsFound as found:
            problems.extend(found.problems)
    problems.raise_if_any()
    return text


@lru_cache(maxsize=64)
def _named(path: Path, text: str) -> tuple[tuple[tuple[str, Place], ...], tuple[Problem, ...]]:
    """Return the pictures a style sheet names, with their places, and what is wrong with it.

    Once for each text, as reading it token by token takes 20 ms. The pictures are not in it: they can change
    while the style sheet stays as it is.
    """
    named, problems = [], Problems()
    lines = text.splitlines()
    rules = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    for token in _tokens(rules):
        if token.type == "error":
            hint = "a rule is like h2 { color: red; }"
            problems.add(f"not readable as CSS: {token.message}", _place(path, lines, token), hint)
        elif token.type == "at-rule" and token.lower_at_keyword in ("import", "font-face"):
            hint = (
                "put the rules into this file"
                if token.lower_at_keyword == "import"
                else "name font files in _brand.yml, under typography: fonts:"
            )
            problems.add(f"`@{token.at_keyword}` is not used here", _place(path, lines, token), hint)
        elif (url := _url(token)) is not None and not url.startswith(("#", "data:image/")):
            named.append((url, _place(path, lines, token)))
    return tuple(named), tuple(problems.found)


def _left_open(text: str) -> tuple[int, str, str] | None:
    """Return the line of the comment, or else of the last brace, that nothing closes, and its marks.

    CSS closes it at the end of the file, and takes all that follows for a part of it.
    """
    bare = _ASIDE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    if "/*" in bare:
        return bare.count("\n", 0, bare.index("/*")) + 1, "/*", "*/"
    opened: list[int] = []
    for brace in re.finditer(r"[{}]", bare):
        if brace[0] == "{":
            opened.append(bare.count("\n", 0, brace.start()) + 1)
        elif opened:
            opened.pop()
    return (opened[-1], "{", "}") if opened else None


def _tokens(nodes: Sequence[tinycss2.ast.Node]) -> Iterator[tinycss2.ast.Node]:
    for node in nodes:
        yield node
        for part in ("prelude", "content", "arguments"):
            yield from _tokens(getattr(node, part, None) or [])


def _url(token: tinycss2.ast.Node) -> str | None:
    if token.type == "url":
        return str(token.value)
    if token.type == "function" and token.lower_name in ("url", "src", "image", "image-set"):
        return "".join(str(inner.value) for inner in token.arguments if inner.type == "string")
    return None


def _place(path: Path, lines: Sequence[str], token: tinycss2.ast.Node) -> Place:
    text = lines[token.source_line - 1] if token.source_line <= len(lines) else ""
    return Place(path, token.source_line, token.source_column, 1, text)


def face_css(face: FontSource) -> str:
    """Return the rule that names a face's file."""
    return (
        f'@font-face {{ font-family: "{face.family}"; font-weight: {face.weight}; '
        f'src: url("{face.path.as_uri()}"); }}'
    )


def brand_css(brand: Brand, faces: Sequence[FontSource]) -> str:
    """Return the brand as ``@font-face`` rules and custom properties."""
    rules = [face_css(face) for face in faces]
    others = f'"{FALLBACK_FAMILY}", "{LAST_FAMILY}"'
    colours = brand.colours
    from handoutpress.reading.colour import TINT, WHITE

    tints = {f"{role}-tint": colours[role].mixed(WHITE, TINT) for role in ("primary", "danger", "success")}
    tints["rule"] = colours["primary"].mixed(WHITE, 0.55)
    tokens = {**colours, **tints}
    rows = [f"  --{name}: {colour};" for name, colour in sorted(tokens.items())]
    rows += [
        f'  --base-family: "{brand.base_family}", {others};',
        f'  --heading-family: "{brand.heading_family}", "{brand.base_family}", {others};',
        f"  --heading-weight: {brand.heading_weight};",
        f"  --body-size: {brand.body_size:g}pt;",
        f"  --body-line: {brand.line_height:g};",
    ]
    return "\n".join([*rules, ":root {", *rows, "}"])


def paper_css(paper: PageSize) -> str:
    """Return the page size. The rest of ``@page`` is in page.css, which reads no custom property here."""
    width, height = PAPERS[paper]
    return f"@page {{ size: {width} {height}; }}"


def draft_css(mark: str) -> str:
    """Return the rules that print ``mark`` at the head of every page, in a margin that has room for it.

    Each is important, and said of every kind of page: a clinic's own style sheet must not hide it.
    """
    words = mark.replace("\\", "").replace('"', "'")
    box = {
        "content": f'"{words}"',
        "display": "block",
        "visibility": "visible",
        "width": "100%",
        "margin": "13mm 0 4mm",
        "border": "1.6pt solid #000",
        "vertical-align": "middle",
        "text-align": "center",
        "font-size": "14pt",
        "font-weight": "700",
        "color": "#000",
        "background": "#fff",
    }
    rules = " ".join(f"{name}: {value} !important;" for name, value in box.items())
    return "".join(
        f"\n@page{kind} {{ margin-top: 26mm !important; @top-center {{ {rules} }} }}"
        for kind in ("", " :first", " :left", " :right", " :blank")
    )
