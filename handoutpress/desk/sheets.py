"""The sheets as a clinic's managers look at them: what each is, whether it holds, and what stops it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from handoutpress.composing.filling import Filler
from handoutpress.desk.figures import figures_of, figures_of_topic
from handoutpress.desk.telling import Teller
from handoutpress.desk.topics import topic_titles
from handoutpress.errors import ProblemsFound
from handoutpress.places import DEFAULT_LANGUAGE, still
from handoutpress.reading.clinic import read_clinic
from handoutpress.reading.statement import inlines
from handoutpress.wish import Wish

if TYPE_CHECKING:
    from handoutpress.composing.job import Job
    from handoutpress.desk.app import Desk
    from handoutpress.desk.figures import Figures
    from handoutpress.desk.pages import Visit
    from handoutpress.desk.plain import Told
    from handoutpress.places import SheetFile
    from handoutpress.reading.clinic import ClinicFacts


@dataclass(frozen=True)
class Filled:
    """One slot of a sheet, and what this clinic puts there."""

    path: str
    label: str
    value: str | None
    unset: str
    """What comes of a blank: ``stop`` or ``write-in``."""
    link: str
    """Where it is filled in; "" for what is each patient's own."""


async def overview(desk: Desk, visit: Visit) -> Response:
    """Show the sheets of one topic."""
    return await _topic(desk, visit, visit.request.query_params.get("topic"))


async def by_name(desk: Desk, visit: Visit) -> Response:
    """Lead to a sheet in the clinic's language, else any; or show a topic of this name."""
    name = visit.request.path_params["name"]
    languages = [language for known, language in desk.places.sheets() if known == name]
    if not languages:
        return await _topic(desk, visit, name)
    language = next((each for each in (_own(desk), DEFAULT_LANGUAGE) if each in languages), languages[0])
    return RedirectResponse(f"{desk.pages.root}sheets/{name}/{language}", 303)


async def sheet(desk: Desk, visit: Visit) -> Response:
    """Show one sheet."""
    params = visit.request.path_params
    file = desk.places.sheets().get((params["name"], params["language"]))
    if file is None:
        raise HTTPException(404)
    context = await run_in_threadpool(_sheet, desk, visit, file)
    return await desk.pages.page("sheet.html", visit, **context)


async def _topic(desk: Desk, visit: Visit, asked: str | None) -> Response:
    def context() -> dict[str, Any]:
        places = still(desk.places)
        topics = topic_titles(places, visit.language)
        topic = asked or next(iter(topics), "")
        if topic not in topics and topic:
            raise HTTPException(404)
        rows = figures_of_topic(places, topic) if topic else []
        return {"topics": topics, "topic": topic, "rows": rows}

    found = await run_in_threadpool(context)
    facts = await run_in_threadpool(_facts, desk)
    rows = found["rows"]
    return await desk.pages.page(
        "library.html",
        visit,
        today=Wish().today,
        teller=Teller(desk.places, visit.language, facts),
        back=f"sheets/{found['topic']}",
        signed=sum(row.signed is not None for row in rows),
        stopped=sum(bool(row.problems) for row in rows),
        **found,
    )


def _own(desk: Desk) -> str:
    facts = _facts(desk)
    return facts.language if facts else DEFAULT_LANGUAGE


def _facts(desk: Desk) -> ClinicFacts | None:
    try:
        return read_clinic(desk.places).facts
    except ProblemsFound:
        return None


def _sheet(desk: Desk, visit: Visit, file: SheetFile) -> dict[str, Any]:
    made = figures_of(desk.places, file)
    others = [language for name, language in desk.places.sheets() if name == file.name]
    slots = _slots(made.job) if made.job else []
    return {
        "row": made,
        "handout": made.handout,
        "topic": file.topic,
        "languages": others,
        "stops": _stops(made, slots, visit),
        "remarks": _remarks(made, visit),
        "slots": [slot for slot in slots if slot.link],
        "personal": [slot.label for slot in slots if not slot.link],
        "document": _document(made),
        "sources": [(name, made.job.evidence.sources[name]) for name in made.sources] if made.job else [],
        "today": Wish().today,
        "teller": Teller(desk.places, visit.language, _facts(desk)),
        "back": f"sheets/{file.name}/{file.language}",
    }


def _stops(made: Figures, slots: list[Filled], visit: Visit) -> list[Told]:
    """Return what stops a sheet, each with where it is mended: for a translation that is another page."""
    fields = {slot.link.partition("#")[2]: slot.link for slot in slots if slot.link}
    found = []
    for told in visit.told_once(made.problems):
        page, _, field = told.link.partition("#")
        here = page == f"sheets/{made.name}"
        found.append(replace(told, link="" if here else fields.get(field, told.link)))
    return found


def _remarks(made: Figures, visit: Visit) -> list[Told]:
    """Return what staff should know of the sheet, but for its sign-off, which is told already."""
    told = [visit.told(remark) for remark in made.remarks if not (made.lapsed and made.lapsed in remark)]
    found = []
    for one in told:
        # It begins with the sheet's name, which this page has at its head.
        name, colon, text = one.text.partition(": ")
        is_named = bool(colon) and name.casefold() == made.name
        found.append(replace(one, text=text[:1].upper() + text[1:]) if is_named else one)
    return found


def _document(made: Figures) -> str:
    """Return what the document is called that the claims were read from, where any of them is said."""
    document = made.job.evidence.document if made.job else None
    if made.job is None or document is None or not made.job.evidence.sources_of(made.references)[0]:
        return ""
    return document.title_in(made.language)


def _slots(job: Job) -> list[Filled]:
    """Return the slots of a sheet in the order of its text, each once, as this clinic fills them."""
    filler, found = Filler(job), dict[str, Filled]()
    for _, text in inlines(job.sheet.handout):
        for slot in text.slots():
            kind = filler.kind(slot)
            if kind is None or slot.path in found:
                continue
            ours = slot.group in ("clinic", "protocol")
            found[slot.path] = Filled(
                slot.path,
                job.words.labels.get(f"slot.{slot.path}", kind.label),
                filler.value(slot) if ours else None,
                kind.unset,
                _link(job, slot.group, slot.name) if ours else "",
            )
    return list(found.values())


def _link(job: Job, group: str, name: str) -> str:
    """Return the field of the clinic's page that fills a slot."""
    topic, language = job.sheet.file.topic, job.sheet.handout.language
    is_days = group == "protocol" and job.protocol.slots[name].kind == "days"
    words = (group == "protocol" and not is_days) or name in ("hours", "after_hours")
    own = language.partition("-")[0] == job.clinic.facts.language.partition("-")[0]
    page = "clinic" if own or not words else f"clinic/{language}"
    return f"{page}#{f'protocol.{topic}.{name}' if group == 'protocol' else name}"


PAGES = {
    ("GET", "/sheets"): overview,
    ("GET", "/sheets/{name}"): by_name,
    ("GET", "/sheets/{name}/{language}"): sheet,
}
