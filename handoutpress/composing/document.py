"""One sheet, one clinic, one patient -> one HTML document that stands alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from handoutpress import __version__
from handoutpress.composing.environment import render
from handoutpress.composing.filling import Filler, write_in
from handoutpress.composing.identity import SHORT, text_hash
from handoutpress.composing.images import svg_uri
from handoutpress.composing.personal import Personal, long_details, note_lines
from handoutpress.composing.pictures import clinic_logo, embed_pictures
from handoutpress.composing.signoff import standing
from handoutpress.composing.sources import listed_sources
from handoutpress.composing.stylesheets import brand_css, draft_css, paper_css, style_sheets
from handoutpress.errors import Problems, ProblemsFound
from handoutpress.reading.slots import SLOTS, Slot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from handoutpress.composing.job import Job
    from handoutpress.composing.stylesheets import PageSize
    from handoutpress.places import Places
    from handoutpress.reading.families import FontSource


@dataclass(frozen=True)
class Look:
    """How one copy looks."""

    faces: Sequence[FontSource]
    paper: PageSize = "a4"
    edition: str = "standard"
    letterhead: bool = True


@dataclass(frozen=True)
class Composition:
    """A finished HTML document and what is known of it."""

    html: str
    text_hash: str
    title: str
    style_files: tuple[Path | None, ...]
    """The file of each ``<style>`` element after the first, in order, for the engine's complaints."""
    sheet_hashes: tuple[str, ...] = ()
    """The text hash of each sheet in it, in order."""


@dataclass(frozen=True)
class Filled:
    """A sheet's own words: its slots filled, its pictures put into it."""

    job: Job
    summary: Markup
    blocks: list[tuple[str, dict[str, Any]]]
    """Each block's kind, and its values for the template."""


@dataclass(frozen=True)
class Dress:
    """What a clinic lends every document: its logo and its styles."""

    logo: dict[str, str] | None
    styles: list[str]
    files: tuple[Path | None, ...]
    """The file of each style, where it has one."""


def compose(job: Job, look: Look, places: Places, epoch: str | None = None) -> Composition:
    """Compose one copy; raises ``ProblemsFound`` with everything that stops it.

    ``epoch`` is ``SOURCE_DATE_EPOCH``, where that is set.
    """
    problems = Problems()
    filled = fill_sheet(job, look, places, problems)
    dress = dressed(job, look, places, problems)
    problems.raise_if_any()
    digest = text_hash(job, places)
    context = {
        **document_context(job, look, dress),
        **sheet_context(filled, digest),
        "created": created(job.sheet.handout.dated, epoch),
    }
    html = render(places, "sheet.html", context)
    return Composition(html, digest, job.sheet.handout.title, dress.files, (digest,))


def fill_sheet(job: Job, look: Look, places: Places, problems: Problems) -> Filled:
    """Fill a sheet's slots and embed its pictures; what stops it goes to ``problems``."""
    handout, facts = job.sheet.handout, job.clinic.facts
    filler = Filler(job)
    if facts.phone is None:  # it stands in every page's footer
        phone = Slot("clinic", "phone")
        place = job.clinic.facts_yaml.path.name
        filler.problems.add(
            f"`{phone}` is not set, and every page must say who to call",
            job.clinic.facts_yaml.place(),
            f"add `phone:` to {place}",
        )
    summary = filler.markup(handout.summary, ("summary",))
    blocks = [
        (entry.kind, filler.fill(entry.block, ("blocks", index, entry.kind)))
        for index, entry in enumerate(handout.blocks)
    ]
    embed_pictures(job, look.edition, places, blocks, _colours(job), filler.problems)
    problems.extend(filler.problems.found)
    return Filled(job, summary, blocks)


def dressed(job: Job, look: Look, places: Places, problems: Problems, *more: str) -> Dress:
    """Return the clinic's logo and all styles in order; ``more`` are sheets that not every document has."""
    logo = clinic_logo(job.clinic, places, problems)
    try:
        sheets = style_sheets(places, look.edition, _colours(job), more)
    except ProblemsFound as found:
        problems.extend(found.problems)
        sheets = []
    styles = [
        brand_css(job.clinic.brand, look.faces),
        paper_css(look.paper),
        *(style.text for style in sheets),
    ]
    files: list[Path | None] = [None, None, *(style.path for style in sheets)]
    if job.draft:  # last, so that no style sheet can hide it
        styles.append(draft_css(job.words.label("draft")))
        files.append(None)
    return Dress(logo, styles, tuple(files))


def _colours(job: Job) -> dict[str, str]:
    return {role: str(colour) for role, colour in job.clinic.brand.colours.items()}


def document_context(job: Job, look: Look, dress: Dress) -> dict[str, Any]:
    """Return what a template knows of the clinic, the patient and the look, whatever sheet it prints."""
    return {
        "language": job.sheet.handout.language,
        "direction": job.words.direction,
        "edition": look.edition,
        "paper": look.paper,
        "letterhead": look.letterhead,
        "styles": [Markup(style.replace("</", "<\\/")) for style in dress.styles],  # noqa: S704 (our CSS)
        "generator": f"Handout Press {__version__}",
        "words": dict(job.words.labels),
        "clinic": {**job.clinic.facts.model_dump(exclude={"protocol"}), "logo": dress.logo},
        "patient": _patient(job),
        "write_in": write_in,
    }


def sheet_context(filled: Filled, digest: str) -> dict[str, Any]:
    """Return what a template knows of one sheet."""
    job = filled.job
    return {
        "sheet": _sheet_facts(job, digest, filled.summary),
        "blocks": [{"kind": kind, **block} for kind, block in filled.blocks],
        "sources": listed_sources(job),
        "page": _clinic_page(job),
    }


def _sheet_facts(job: Job, digest: str, summary: Markup) -> dict[str, Any]:
    handout = job.sheet.handout
    return {
        "name": job.sheet.name,
        "title": handout.title,
        "topic": handout.topic,
        "given": handout.given,
        "summary": summary,
        "version": handout.version,
        "dated": handout.dated.isoformat(),
        "dated_words": job.calendar.full_day(handout.dated),
        "review_words": job.calendar.full_day(handout.review_by),
        "keywords": list(handout.keywords),
        "hash": digest,
        "short_hash": digest[:SHORT],
        "draft": job.draft,
        "checked": _checked(job, digest),
    }


def _checked(job: Job, digest: str) -> str:
    """Return the footer's words on who checked this text; without a sign-off that holds, that nobody did."""
    sign_off = standing(job, digest)
    if sign_off is None:
        return job.words.label("not_reviewed")
    return job.words.label("checked", by=sign_off.by, date=job.calendar.full_day(sign_off.signed))


def _patient(job: Job) -> dict[str, Any]:
    """Return each patient field as its words, or as a line for a pen."""

    def told(detail: Personal, path: str) -> str | Markup:
        label = job.words.labels.get(f"slot.{path}", SLOTS[path].label)
        return job.say(detail) or write_in(label, "fill")

    lines = len(note_lines(job.patient))
    return {
        "name": told(Personal("name"), "patient.name"),
        "reference": told(Personal("reference"), "patient.reference"),
        "clinician": told(Personal("clinician"), "patient.clinician"),
        "visit": told(Personal("visit", "full-day"), "visit.date"),
        "appointment": told(Personal("appointment", "day"), "appointment.date"),
        "appointment_time": told(Personal("appointment_time", "time"), "appointment.time"),
        "note": [job.say(Personal("note", "line", line)) for line in range(lines)],
        "long": long_details(job.patient),
    }


def _clinic_page(job: Job) -> dict[str, str] | None:
    """Return the clinic's page for this sheet and its QR code, or None where it has none."""
    page = job.clinic.facts.handout_page
    if page is None:
        return None
    import segno

    url = page.replace("{name}", job.sheet.name).replace("{language}", job.sheet.handout.language)
    code = segno.make(url, error="m", micro=False)
    # The quiet zone of four modules is white paper: the style sheet keeps that distance.
    svg = code.svg_inline(border=0, scale=1, svgclass=None, lineclass=None)
    return {
        "url": url,
        "qr": svg_uri(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)),
    }


def created(dated: dt.date, epoch: str | None) -> str:
    """Return the document's date as W3C text: ``SOURCE_DATE_EPOCH`` if set, else the version's own day."""
    if epoch and epoch.isdigit():
        return dt.datetime.fromtimestamp(int(epoch), dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return dated.isoformat()
