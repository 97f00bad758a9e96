"""The pictures one sheet names, put into it: its figures and the clinic's logo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handoutpress.composing.images import embed_image
from handoutpress.errors import Problems, ProblemsFound
from handoutpress.places import BRAND_FILE, OutsideError, inside
from handoutpress.reading.blocks import Figure

if TYPE_CHECKING:
    from handoutpress.composing.job import Job
    from handoutpress.places import Places
    from handoutpress.reading.clinic import Clinic


def embed_pictures(
    job: Job,
    edition: str,
    places: Places,
    blocks: list[tuple[str, Any]],
    colours: dict[str, str],
    problems: Problems,
) -> None:
    """Put each figure's picture into its block; large print gets a strip of panels in two rows."""
    for index, entry in enumerate(job.sheet.handout.blocks):
        if not isinstance(entry.block, Figure):
            continue
        place = job.sheet.yaml.place(("blocks", index, "figure", "image"))
        try:
            path = places.beside(job.sheet.file.path, entry.block.image)
            own = inside(places.clinic, f"handouts/{job.sheet.file.topic}/{entry.block.image}")
            rows = 2 if edition == "large-print" and entry.block.panels in (4, 6) else 1
            blocks[index][1]["image"] = embed_image(path, colours, place, rows=rows, before=own)
        except OutsideError as error:
            problems.add(str(error), place, "copy the file beside the sheet and give its name")
        except ProblemsFound as found:
            problems.extend(found.problems)


def clinic_logo(clinic: Clinic, places: Places, problems: Problems) -> dict[str, str] | None:
    """Return the clinic's logo as a picture and its words, or None where it has none."""
    logo = clinic.brand.logo
    if logo is None:
        return None
    place = _logo_place(clinic)
    try:
        path = places.beside(places.clinic / BRAND_FILE, logo.path)
        return {"src": embed_image(path, place=place), "alt": logo.alt or clinic.facts.name}
    except OutsideError as error:
        problems.add(str(error), place, "copy the logo into the clinic's folder")
    except ProblemsFound as found:
        problems.extend(found.problems)
    return None


def _logo_place(clinic: Clinic) -> Any:
    yaml = clinic.brand_yaml
    logo = clinic.brand.logo
    for loc in yaml.locs_of(logo.path if logo else ""):
        if loc[0] == "logo":
            return yaml.place(loc)
    return yaml.place(("logo",))
