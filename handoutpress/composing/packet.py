"""Several sheets, one clinic, one patient -> one HTML document: a cover with its contents, then the sheets.

Each sheet is rendered by its own ``sheet.html``, so that what a clinic changes there holds in a packet too,
and what stands in its ``<body>`` becomes one ``<article>`` of ``packet.html``.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from handoutpress.composing.document import (
    Composition,
    Filled,
    created,
    document_context,
    dressed,
    fill_sheet,
    sheet_context,
)
from handoutpress.composing.environment import render
from handoutpress.composing.identity import SHORT, text_hash
from handoutpress.errors import Problem, Problems, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handoutpress.composing.document import Dress, Look
    from handoutpress.composing.job import Job
    from handoutpress.places import Places

STYLES = ("packet.css",)
"""What a packet adds to the styles of a sheet."""

_OURS = Markup("/* the packet's styles stand here */")
"""Stands for all styles while a sheet is rendered: what follows it in the head is the clinic's own."""
_STYLES_END = re.compile(re.escape(str(_OURS)) + r"\s*</style\s*>", re.IGNORECASE)
"""Where they end; a clinic's template may set ``</style>`` on a line of its own."""


@dataclass(frozen=True)
class _Rendered:
    """One sheet as HTML: what it adds to the head, and its body."""

    head: str
    body: str


def compose_packet(
    jobs: Sequence[Job], look: Look, places: Places, epoch: str | None = None, *, duplex: bool = False
) -> Composition:
    """Compose one packet; raises ``ProblemsFound`` with what stops any of its sheets.

    The sheets share clinic, language and patient. With ``duplex`` each begins on a right-hand page. The
    packet's hash is the SHA-256 of its sheets' hashes, in their order; ``epoch`` is ``SOURCE_DATE_EPOCH``.
    """
    problems = Problems()
    filled = [fill_sheet(job, look, places, problems) for job in jobs]
    dress = dressed(jobs[0], look, places, problems, *STYLES)
    problems.raise_if_any()
    digests = [text_hash(job, places) for job in jobs]
    digest = hashlib.sha256("\n".join(digests).encode()).hexdigest()
    document = document_context(jobs[0], look, dress)
    sheets = [
        {**sheet_context(sheet, own), "created": created(sheet.job.sheet.handout.dated, epoch)}
        for sheet, own in zip(_warnings_once(filled), digests, strict=True)
    ]
    rendered = [_rendered(_within(document) | sheet, places) for sheet in sheets]
    facts = _packet_facts(jobs, [sheet["sheet"] for sheet in sheets], digest)
    context = {
        **document,
        "created": created(max(job.sheet.handout.dated for job in jobs), epoch),
        "packet": facts,
        "sheets": [sheet["sheet"] for sheet in sheets],
        "heads": list(dict.fromkeys(Markup(page.head) for page in rendered)),  # noqa: S704 (rendered)
        "bodies": [Markup(page.body) for page in rendered],  # noqa: S704 (rendered by our environment)
        "duplex": duplex,
    }
    html = render(places, "packet.html", context)
    return Composition(html, digest, facts["title"], _files(dress, rendered), tuple(digests))


def _within(document: dict[str, Any]) -> dict[str, Any]:
    """Return what a sheet knows when it is part of a packet: letterhead and note stand on the cover, once."""
    patient = {**document["patient"], "note": []}
    return {**document, "styles": [_OURS], "letterhead": False, "patient": patient}


def _rendered(context: dict[str, Any], places: Places) -> _Rendered:
    html = render(places, "sheet.html", context)
    body = re.search(r"<body\b[^>]*>(.*)</body>", html, re.DOTALL)
    if body is None:
        hint = "keep <body> and </body>, as the shipped sheet.html has them"
        raise ProblemsFound([Problem("the clinic's sheet.html has no body to put into a packet", hint=hint)])
    styles = _STYLES_END.search(html, 0, body.start())
    if styles is None:
        hint = "print each of `styles` in a <style> of its own, as the shipped sheet.html does"
        said = "the clinic's sheet.html does not print `styles`, so a packet cannot tell what its head adds"
        raise ProblemsFound([Problem(said, hint=hint)])
    head = html[styles.end() : body.start()].partition("</head>")[0]
    return _Rendered(head.strip(), body[1])


def _files(dress: Dress, rendered: Sequence[_Rendered]) -> tuple[Any, ...]:
    """Return the file of each ``<style>``; those in a template's head have none."""
    own = sum(head.count("<style") for head in dict.fromkeys(page.head for page in rendered))
    return (*dress.files, *(None,) * own)


def _packet_facts(jobs: Sequence[Job], sheets: Sequence[dict[str, Any]], digest: str) -> dict[str, Any]:
    """Return what the cover says of the whole packet; its title names no patient."""
    words = jobs[0].words
    topics = list(dict.fromkeys(sheet["topic"] for sheet in sheets))
    checked = list(dict.fromkeys(sheet["checked"] for sheet in sheets))
    unread = words.label("not_reviewed")
    return {
        "title": words.label("packet"),
        "topics": topics,
        "keywords": list(dict.fromkeys(word for sheet in sheets for word in sheet["keywords"])),
        "hash": digest,
        "short_hash": digest[:SHORT],
        "draft": jobs[0].draft,
        # A cover may not look better checked than the sheets behind it.
        "checked": unread if unread in checked else checked[0] if len(checked) == 1 else "",
    }


def _warnings_once(sheets: Sequence[Filled]) -> list[Filled]:
    """Return the sheets with each warning that several of them share in full once, in the first of them.

    Two warnings are the same if all their words are, headings apart; none is ever merged with another.
    """
    first: list[tuple[dict[str, Any], int, int]] = []
    blocks = [list(sheet.blocks) for sheet in sheets]
    for number, sheet in enumerate(sheets):
        for index, (kind, block) in enumerate(sheet.blocks):
            if kind != "warning":
                continue
            said = {name: value for name, value in block.items() if name not in ("heading", "id")}
            known = next((place for place in first if place[0] == said and place[1] != number), None)
            if known is None:
                first.append((said, number, index))
                continue
            _, at_sheet, at_index = known
            anchor = f"warning-{at_sheet + 1}-{at_index + 1}"
            blocks[at_sheet][at_index] = (
                "shared-warning",
                {**sheets[at_sheet].blocks[at_index][1], "anchor": anchor},
            )
            told = {
                "heading": block["heading"],
                "anchor": anchor,
                "sheet": sheets[at_sheet].job.sheet.handout.title,
            }
            blocks[number][index] = ("see-warning", told)
    return [replace(sheet, blocks=own) for sheet, own in zip(sheets, blocks, strict=True)]
