"""``doctor``: what this computer lacks, and the one command that mends it."""

from __future__ import annotations

import json

import click

from handoutpress.cli.options import json_option


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Say what this computer lacks, and the one command that mends it.

    Exit status 1 if anything is missing that making a PDF needs; what only print or email needs is told.
    """
    from handoutpress.machine import examine

    findings = examine()
    missing = [finding for finding in findings if not finding.ok and not finding.only_for]
    if as_json:
        rows = [
            {
                "name": f.name,
                "ok": f.ok,
                "seen": f.seen,
                "mend": None if f.ok else f.mend,
                "only_for": f.only_for or None,
            }
            for f in findings
        ]
        click.echo(json.dumps(rows, indent=2))
        raise SystemExit(1 if missing else 0)
    for finding in findings:
        standing = "ok     " if finding.ok else "not set" if finding.only_for else "MISSING"
        needed = "" if finding.ok or not finding.only_for else f" (for `{finding.only_for}`: {finding.mend})"
        click.echo(f"{standing}  {finding.name}: {finding.seen}{needed}")
    if not missing:
        click.echo("Ready to make PDFs.")
        return
    click.echo("\nTo mend it:")
    for command in dict.fromkeys(finding.mend for finding in missing):
        click.echo(f"  {command}")
    raise SystemExit(1)


COMMANDS = {"doctor": doctor}
