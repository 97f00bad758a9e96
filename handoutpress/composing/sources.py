"""Where a sheet's statements come from, ready to list on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handoutpress.reading.statement import statements

if TYPE_CHECKING:
    from handoutpress.composing.job import Job
    from handoutpress.reading.evidence import Source


def listed_sources(job: Job) -> dict[str, Any]:
    """Return what the sheet's own statements rest on, ready to list."""
    references = {name for _, statement in statements(job.sheet.handout) for name in statement.from_}
    from_document, published = job.evidence.sources_of(references)
    known = job.evidence.sources
    document = job.evidence.document
    groups: dict[str, list[Source]] = {}
    for name in published:
        groups.setdefault(known[name].by, []).append(known[name])
    return {
        "document": document.title_in(job.sheet.handout.language) if document and from_document else None,
        "published": [
            {
                "by": by,
                "sources": [{"title": source.title, "url": source.url} for source in sources],
            }
            for by, sources in groups.items()
        ],
    }
