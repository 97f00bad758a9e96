"""The message that carries a handout: subject, plain text, HTML and the names of the attached files.

It is neutral: a bounce may echo it and others may see it. It says which sheet it carries only if the clinic's
``name_the_sheet`` does, and never who it is for. Its HTML loads nothing.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from handoutpress.composing.environment import render
from handoutpress.errors import Problem, ProblemsFound
from handoutpress.places import CLINIC_FILE
from handoutpress.reading.colour import AA_GRAPHIC, AA_TEXT, TINT, WHITE, Colour, nearest_passing
from handoutpress.reading.letterwords import filled, one_line, read_letter_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handoutpress.places import Places
    from handoutpress.reading.brand import Brand
    from handoutpress.reading.clinic import Clinic, ClinicFacts
    from handoutpress.reading.letterwords import LetterWords
    from handoutpress.wish import SheetText

COLUMNS = 72
"""The longest line of the text part, in characters."""

_INK, _NIGHT, _DUSK = Colour(236, 238, 240), Colour(17, 19, 22), Colour(28, 31, 35)
"""In a dark mail program: text, what is behind the message, and the message."""

AAA_TEXT = 7.0
"""WCAG 2.2 AAA for text: what we give on a dark screen, where the brand's colours had to change anyhow."""

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_NUMBER = re.compile(r"\+?\(?[0-9][0-9 ().\-–/\u00a0]{7,}[0-9]")
"""A phone number inside a sentence."""
_FEWEST_DIGITS = 9
"""Of such a number: fewer may be hours, as in 09.00-17.00."""

_LEFT_TO_RIGHT = "\u200e"


@dataclass(frozen=True)
class Enclosed:
    """One PDF that goes with a message: one sheet, or a packet of several."""

    sheets: tuple[SheetText, ...]
    pages: int


@dataclass(frozen=True)
class Letter:
    """A message as it is sent, without its addresses and its files."""

    subject: str
    """One line."""
    text: str
    html: str
    file_names: tuple[str, ...]
    """A name for each PDF, in their order; no two are the same."""


@dataclass(frozen=True)
class Wording:
    """What staff ask a patient before email that is not protected."""

    text: str
    version: str
    """The first 8 hex digits of the text's SHA-256: another wording cannot have the same."""


class _Ground(NamedTuple):
    """What words stand on, and the lines between them."""

    page: Colour
    card: Colour
    box: Colour
    rule: Colour
    bar: Colour


def preference_wording(places: Places, language: str) -> Wording:
    """Return what staff ask in a language; raises ``ProblemsFound``."""
    text = one_line(read_letter_words(places, language).preference)
    return Wording(text, hashlib.sha256(text.encode()).hexdigest()[:8])


def compose_letter(
    enclosed: Sequence[Enclosed], clinic: Clinic, places: Places, language: str, *, protected: bool
) -> Letter:
    """Compose the message for one patient; ``clinic`` is read for the same ``language``.

    With ``protected`` it says where the password of the files comes from. Raises ``ProblemsFound``: nothing
    enclosed, no phone number to call, words that are wrong or missing, a template of the clinic's own.
    """
    if not enclosed or not all(one.sheets for one in enclosed):
        raise ProblemsFound([Problem("a message needs a sheet to carry, and this one has none")])
    facts, words = clinic.facts, read_letter_words(places, language)
    if facts.phone is None:
        said = "`{clinic.phone}` is not set, and every message must say who to call"
        hint = f"add `phone:` to {CLINIC_FILE}"
        raise ProblemsFound([Problem(said, clinic.facts_yaml.place(("phone",)), hint)])
    named = facts.mail is not None and facts.mail.name_the_sheet
    names = _file_names(enclosed, words.file_name, named=named)
    labels = _labels(enclosed, facts.name, words, named=named)
    context = {
        "language": language,
        "direction": words.direction,
        "start": "right" if words.direction == "rtl" else "left",
        "words": labels,
        "files": _files(enclosed, names, words, named=named),
        "protected": protected,
        "fonts": _fonts(clinic.brand),
        "light": _light(clinic.brand),
        "dark": _dark(clinic.brand),
    }
    html = render(places, "email/message.html", {**context, "clinic": _contact(facts)}, "message")
    # HTML can say which way a number runs; plain text needs a mark on both sides, or it would turn around.
    mark = _LEFT_TO_RIGHT if words.direction == "rtl" else ""
    plain = {**context, "clinic": _contact(facts, mark)}
    text = _wrapped(render(places, "email/message.txt", plain, "plain-text"))
    return Letter(labels["subject"], text, html.strip() + "\n", names)


def _labels(enclosed: Sequence[Enclosed], clinic: str, words: LetterWords, *, named: bool) -> dict[str, str]:
    """Return the words for this message: for one sheet or for several, with their fields filled."""
    titles = [sheet.title for one in enclosed for sheet in one.sheets]
    sheets, files = len(titles), len(enclosed)
    number = "one" if sheets == 1 else "more"
    kinds = {
        "subject": ("subject_named" + ("_more" if sheets > 1 else "")) if named else "subject",
        "heading": f"heading_{number}",
        "intro": "intro_one" if sheets == 1 else "intro_packet" if files == 1 else "intro_more",
        "reading": f"reading_{number}",
        "locked": "locked_one" if files == 1 else "locked_more",
    }
    alone = ("greeting", "questions", "after_hours", "emergency", "urgent", "wrong_person", "stop")
    kinds |= {name: name for name in alone}
    values: dict[str, str | int] = {"clinic": clinic, "title": titles[0], "more": sheets - 1}
    values |= {"sheets": sheets, "files": files}
    return {name: filled(getattr(words.labels, label), **values) for name, label in kinds.items()}


def _files(
    enclosed: Sequence[Enclosed], names: Sequence[str], words: LetterWords, *, named: bool
) -> list[dict[str, Any]]:
    """Return each file's name, how long it is, and if they may be said, the titles in it."""
    found = []
    for one, name in zip(enclosed, names, strict=True):
        label = words.labels.pages_one if one.pages == 1 else words.labels.pages_more
        titles = [one_line(sheet.title) for sheet in one.sheets] if named else []
        found.append({"name": name, "pages": filled(label, pages=one.pages), "titles": titles})
    return found


def _file_names(enclosed: Sequence[Enclosed], neutral: str, *, named: bool) -> tuple[str, ...]:
    """Return a name for each file; a packet has no sheet's name, and those with one name get numbers."""
    stems = [
        one.sheets[0].name
        if named and len(one.sheets) == 1 and _SLUG.fullmatch(one.sheets[0].name)
        else neutral
        for one in enclosed
    ]
    taken = {stem for stem in stems if stems.count(stem) == 1}
    names = []
    for stem in stems:
        name, number = stem, 0
        while stem not in taken and (not number or name in names or name in taken):
            number += 1
            name = f"{stem}-{number}"
        names.append(name)
    return tuple(f"{name}.pdf" for name in names)


def _contact(facts: ClinicFacts, mark: str | None = None) -> dict[str, Any]:
    """Return the clinic's facts; those that are not set are None, and their lines are left out.

    ``mark`` is for plain text, around each phone number; None for HTML.
    """
    site = facts.website
    return {
        "name": one_line(facts.name),
        "address": [one_line(line) for line in facts.address],
        "phone": _phone(facts.phone, mark) if facts.phone else None,
        # It is written for the middle of a sentence, and here it begins a line.
        "hours": hours[:1].upper() + hours[1:] if (hours := one_line(facts.hours or "")) else None,
        "after_hours": _pieces(one_line(facts.after_hours), mark) if facts.after_hours else None,
        "emergency_phone": _phone(facts.emergency_phone, mark) if facts.emergency_phone else None,
        "website": {"text": site.removeprefix("https://").rstrip("/"), "href": site} if site else None,
    }


def _phone(number: str, mark: str | None) -> dict[str, str]:
    """Return a number to show and its ``tel:`` address (RFC 3966); in plain text no line end parts it."""
    dialled, _, extension = re.sub("[Ee]xt|x", "|", number).partition("|")
    if dialled.lstrip().startswith("+"):
        dialled = dialled.replace("(0)", "")  # the 0 is for calls within the country
    digits = re.sub(r"[^0-9]", "", dialled)
    href = "tel:" + ("+" if "+" in dialled else "") + digits
    if extension:
        href += ";ext=" + re.sub(r"[^0-9]", "", extension)
    shown = one_line(number)
    if mark is not None:
        shown = f"{mark}{shown}{mark}".replace(" ", "\u00a0")
    return {"text": shown, "href": href}


def _pieces(sentence: str, mark: str | None) -> list[dict[str, str]]:
    """Cut a sentence at its phone numbers; pieces without ``href`` are words."""
    pieces, start = [], 0
    for found in _NUMBER.finditer(sentence):
        if sum(char.isdigit() for char in found[0]) >= _FEWEST_DIGITS:
            pieces += [{"text": sentence[start : found.start()], "href": ""}, _phone(found[0], mark)]
            start = found.end()
    pieces.append({"text": sentence[start:], "href": ""})
    return [piece for piece in pieces if piece["text"]]


def _wrapped(text: str) -> str:
    """Wrap each line, keep its indent, and leave one blank line at most between two.

    A no-break space has done its work then; a plain one is what mail programs find phone numbers by.
    """
    lines: list[str] = []
    for line in text.splitlines():
        indent = line[: len(line) - len(line.lstrip(" "))]
        rows = textwrap.wrap(
            line, COLUMNS, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        )
        if rows or (lines and lines[-1]):
            lines += rows or [""]
    return "\n".join(lines).strip("\n").replace("\u00a0", " ") + "\n"


def _fonts(brand: Brand) -> dict[str, str]:
    """Return font stacks for a style attribute: the brand's families where a reader has them."""

    def stack(family: str) -> str:  # the brand file lets a family's name have no quotes
        words = family.lower().split()
        if "serif" in words and "sans" not in words:
            return f"'{family}', Georgia, 'Times New Roman', serif"
        system = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
        return f"'{family}', {system}"

    return {"base": stack(brand.base_family), "heading": stack(brand.heading_family)}


def _light(brand: Brand) -> dict[str, str]:
    primary = brand.colours["primary"]
    tint = primary.mixed(WHITE, TINT)
    rule = _readable(primary, WHITE, AA_GRAPHIC).mixed(WHITE, 0.75)
    return _palette(brand.colours, _Ground(tint, WHITE, tint, rule, primary), AA_TEXT)


def _dark(brand: Brand) -> dict[str, str]:
    bar = _readable(brand.colours["primary"], _DUSK, AA_TEXT)
    ground = _Ground(_NIGHT, _DUSK, _DUSK.mixed(bar, 0.1), _DUSK.mixed(bar, 0.35), bar)
    return _palette({**brand.colours, "foreground": _INK}, ground, AAA_TEXT)


def _palette(own: dict[str, Colour], ground: _Ground, ratio: float) -> dict[str, str]:
    """Return the colours of one scheme; each text passes on the hardest ground it may stand on."""
    roles = {"text": "foreground", "quiet": "secondary", "heading": "heading", "link": "link"}
    colours = dict(ground._asdict())
    for name, role in roles.items():
        hardest = min((ground.page, ground.card, ground.box), key=own[role].contrast)
        colours[name] = _readable(own[role], hardest, ratio)
    return {name: str(colour) for name, colour in colours.items()}


def _readable(colour: Colour, behind: Colour, ratio: float) -> Colour:
    return colour if colour.contrast(behind) >= ratio else nearest_passing(colour, behind, ratio)
