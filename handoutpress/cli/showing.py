"""``show``: one sheet's facts, what each of its lines rests on, and where a claim is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from handoutpress.cli.looking import sheet_facts
from handoutpress.cli.options import clinic_option, json_option, language_option, places_for
from handoutpress.errors import Problem, Problems, ProblemsFound, suggestion

if TYPE_CHECKING:
    from handoutpress.composing.job import Job
    from handoutpress.places import Places
    from handoutpress.reading.yamlfile import Loc


@click.command()
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--evidence", is_flag=True, help="Line by line: what each rests on.")
@click.option("--blocks", is_flag=True, help="What a file with changes to the shipped sheet can name.")
@click.option("--claim", metavar="ID", help="Where a claim, fact or practical entry is said, such as C26.")
@clinic_option
@language_option
@json_option
def show(
    name: str | None,
    evidence: bool,
    blocks: bool,
    claim: str | None,
    clinic: Path | None,
    language: str,
    as_json: bool,
) -> None:
    """Show one sheet: its blocks, its slots and how this clinic fills them, its sources.

    \b
    Examples:
      show microneedling-aftercare
      show microneedling-aftercare --evidence
      show microneedling-aftercare --blocks
      show --claim C26
    """  # noqa: D301 (click's own mark for lines to keep)
    places = places_for(clinic)
    if claim:
        _show_claim(claim.upper(), name, places, language, as_json)
        return
    if name is None:
        raise click.UsageError("Name a sheet, or a claim with --claim. `list` shows what there is.")
    if blocks:
        _show_blocks(name, places, language, as_json)
        return
    problems = Problems()
    job = _job(name, places, language, problems)
    if evidence:
        _show_evidence(job, as_json)
    else:
        _show_facts(job, places, problems, as_json)


def _job(name: str, places: Places, language: str, problems: Problems) -> Job:
    from handoutpress.press import read_job
    from handoutpress.wish import Wish

    job = read_job(name, places, Wish(language), problems)
    if job is None:
        raise ProblemsFound(problems.found)
    return job


def _show_facts(job: Job, places: Places, problems: Problems, as_json: bool) -> None:
    from handoutpress.composing.filling import Filler
    from handoutpress.composing.identity import text_hash, words_hash
    from handoutpress.composing.signoff import standing
    from handoutpress.editing.standing import staff_remarks
    from handoutpress.reading.statement import inlines, statements

    handout = job.sheet.handout
    filler = Filler(job)
    slots: dict[str, Any] = {}
    for _, text in inlines(handout):
        for slot in text.slots():
            kind = filler.kind(slot)
            slots[slot.path] = {
                "label": kind.label if kind else None,
                "value": filler.value(slot),
                "unset": kind.unset if kind else None,
            }
    said = list(statements(handout))
    references = sorted({reference for _, statement in said for reference in statement.from_})
    digest = text_hash(job, places)
    sign_off = standing(job, digest)
    facts = {
        **sheet_facts(job.sheet),
        "text_hash": digest,
        "words_hash": words_hash(handout),
        "signed_off": sign_off.model_dump(mode="json") if sign_off else None,
        "blocks": [{"kind": entry.kind, "heading": entry.block.heading} for entry in handout.blocks],
        "statements": len(said),
        "rests_on": references,
        "sources": job.evidence.sources_of(references)[1],
        "slots": dict(sorted(slots.items())),
        "problems": len(problems.found),
    }
    if as_json:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    for key in (
        "title", "topic", "given", "language", "version", "dated", "review_by", "pages", "text_hash",
        "words_hash",
    ):  # fmt: skip
        click.echo(f"{key.replace('_', ' '):<10} {facts[key]}")
    signed = f"{sign_off.by}, {sign_off.signed}, good until {sign_off.until}" if sign_off else "no"
    click.echo(f"{'signed off':<10} {signed}")
    if facts["changes"]:
        click.echo(f"{'changes':<10} {facts['changes']}")
    for remark in staff_remarks(job, digest):
        click.echo(remark)
    click.echo("blocks")
    for entry in handout.blocks:
        click.echo(f"  {entry.kind:<12} {entry.block.heading or ''}")
    click.echo("slots")
    for path, slot in facts["slots"].items():
        value = slot["value"] or (
            "not set: stops the print" if slot["unset"] == "stop" else "a line for a pen"
        )
        click.echo(f"  {path:<30} {value}")
    click.echo(f"{facts['statements']} statements, resting on {', '.join(references)}")
    if problems.found:
        click.echo(f"{len(problems.found)} problems; `check {job.sheet.name}` says them.")


def _show_evidence(job: Job, as_json: bool) -> None:
    """Print a sheet line by line, each with the claims and sources behind it."""
    from handoutpress.editing.lines import read_lines

    said = [line for line in read_lines(job) if line.part in ("heading", "say")]
    if as_json:
        rows = [
            {
                "block": line.kind,
                "say": line.text,
                "rests_on": [{"id": name, **job.evidence.entry(name)} for name in line.references],
            }
            for line in said
            if line.part == "say"
        ]
        click.echo(json.dumps({"name": job.sheet.name, "lines": rows}, indent=2, ensure_ascii=False))
        return
    named: set[str] = set()
    for line in said:
        if line.part == "heading":
            click.echo(f"\n{line.text}  ({line.kind})")
            continue
        click.echo(f"  {line.text}")
        for name in line.references:
            click.echo(f"      {name}  {_in_short(job.evidence.entry(name), again=name in named)}")
            named.add(name)


def _in_short(entry: dict[str, Any], *, again: bool) -> str:
    """Say an entry in one line; the second time on a sheet, only where it comes from."""
    behind = ", ".join(entry["behind"]) or "the clinic's own, or the sheet itself"
    return f"[{behind}]" if again else f"{entry['says']} [{behind}]"


def _show_blocks(name: str, places: Places, language: str, as_json: bool) -> None:
    """Print a sheet's blocks as its file has them, without the clinic's changes: those name what is here."""
    from handoutpress.reading.parts import HEAD, blocks_of, spaced, text_hash, texts_of
    from handoutpress.reading.yamlreader import read_yaml

    data = read_yaml(places.sheet(name, language).path).data
    said_at: dict[str, list[Loc]] = {}
    for loc, words in texts_of(data):
        said_at.setdefault(spaced(words), []).append(loc)
    says = {words: {"said": words, "was": text_hash(data, locs)} for words, locs in said_at.items()}
    head = [says[words] for words, locs in said_at.items() if locs[0][0] in HEAD]
    rows: list[dict[str, Any]] = [
        {
            "name": block.name,
            "heading": block.heading,
            "was": block.digest,
            "says": [says[spaced(words)] for _, words in block.texts],
        }
        for block in blocks_of(data)
    ]
    if as_json:
        told = {"name": name, "of": str(data.get("version")), "head": head, "blocks": rows}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    for row in [{"name": "(head)", "heading": None, "was": None, "says": head}, *rows]:
        was = f'  was: "{row["was"]}"' if row["was"] else ""
        click.echo(f"{row['name']}{was}")
        for text in row["says"]:
            click.echo(f'    was: "{text["was"]}"  {text["said"]}')


def _show_claim(claim: str, name: str | None, places: Places, language: str, as_json: bool) -> None:
    """Print where a claim is said: on every sheet of its language, or on the one named.

    Topics number their entries each for itself, so one name may be several topics'.
    """
    from handoutpress.editing.lines import read_lines

    names = [name] if name else [known for known, tag in places.sheets() if tag == language]
    known: dict[str, None] = {}
    found: dict[str, dict[str, Any]] = {}
    for sheet in names:
        job = _job(sheet, places, language, Problems())
        known |= dict.fromkeys(job.evidence.references)
        if not job.evidence.knows(claim):
            continue
        topic = job.sheet.file.topic
        said = found.setdefault(topic, {"id": claim, "topic": topic, **job.evidence.entry(claim), "said": []})
        for line in read_lines(job):
            if claim in line.references:
                heading = job.sheet.handout.blocks[line.block].block.heading or line.kind
                said["said"].append({"sheet": sheet, "under": heading, "say": line.text})
    if not found:
        hint = suggestion(claim, list(known), "entries")
        raise ProblemsFound([Problem(f"there is no `{claim}` in evidence.yaml", hint=hint)])
    if as_json:
        click.echo(json.dumps(list(found.values()), indent=2, ensure_ascii=False))
        return
    for entry in found.values():
        _print_claim(entry, with_topic=len(found) > 1)


def _print_claim(entry: dict[str, Any], *, with_topic: bool) -> None:
    click.echo(f"{entry['id']}  {entry['says']}" + (f" ({entry['topic']})" if with_topic else ""))
    for key, value in entry.items():
        if key not in ("id", "topic", "says", "behind", "said") and value:
            click.echo(f"     {key.replace('_', ' ')}: {value}")
    click.echo(f"     behind it: {', '.join(entry['behind']) or 'nothing published'}")
    for row in entry["said"]:
        click.echo(f"  {row['sheet']}, {row['under']}: {row['say']}")
    if not entry["said"]:
        click.echo("  said on no sheet")


COMMANDS = {"show": show}
