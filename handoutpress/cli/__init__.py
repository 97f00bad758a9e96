"""The command line: ``python generate.py COMMAND`` in a checkout, ``handouts COMMAND`` once installed.

The only part of the program that prints. Each command's module is imported when it is called, so that
``list`` does not pay for ``make``.
"""

from __future__ import annotations

import gc
import importlib
import io
import sys
from typing import Any, NoReturn

import click

from handoutpress import __version__
from handoutpress.cli.output import to_nowhere
from handoutpress.errors import HandoutError, ProblemsFound

COMMANDS = {
    "desk": "handoutpress.cli.desking",
    "make": "handoutpress.cli.making",
    "packet": "handoutpress.cli.packeting",
    "preview": "handoutpress.cli.previewing",
    "print": "handoutpress.cli.printing",
    "email": "handoutpress.cli.emailing",
    "batch": "handoutpress.cli.batching",
    "outbox": "handoutpress.cli.outboxing",
    "records": "handoutpress.cli.recording",
    "preference": "handoutpress.cli.preferring",
    "new": "handoutpress.cli.founding",
    "check": "handoutpress.cli.checking",
    "list": "handoutpress.cli.looking",
    "show": "handoutpress.cli.showing",
    "sign-off": "handoutpress.cli.signing",
    "where": "handoutpress.cli.placing",
    "eject": "handoutpress.cli.placing",
    "schema": "handoutpress.cli.looking",
    "doctor": "handoutpress.cli.doctor",
}

_DONE = {"desk": "started", "email": "sent", "print": "printed"}
"""What a command would have done; all others write."""

HELP = """Make patient handouts as PDF, in your clinic's brand.

\b
First steps:
  desk                        the page for staff, in your browser
  list                        what there is to hand out
  make microneedling-aftercare
                              a sheet as PDF, in the folder out/
  print microneedling-aftercare
                              the same on paper
  check                       everything that would stop a print
  new clinic my-clinic        a folder for your own clinic: it asks, then checks
  doctor                      what this computer lacks, and how to mend it

A clinic is a folder with a _brand.yml and a clinic.yaml. Name it with --clinic on any command, or in the
environment variable HANDOUTS_CLINIC, or work inside it; without one, the example clinic is used.
"""


class Commands(click.Group):
    """The commands, in the order of ``COMMANDS``, each imported when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's own signature)
        """Return the names in the order a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command; None for a name that is not there."""
        if name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[name])
        command: click.Command = module.COMMANDS[name]
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Suggest the nearest command for one that is misspelt."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from handoutpress.errors import suggestion

            hint = suggestion(args[0], list(COMMANDS), "commands")
            raise click.UsageError(f"{error.message} {hint[:1].upper()}{hint[1:]}", ctx) from None


@click.group(cls=Commands, help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="handouts")
def cli() -> None:
    """Group the commands."""


def main() -> NoReturn:
    """Run the command line; every refusal ends as a message and exit status 1, never as a traceback."""
    # A command makes a great many objects and drops few: collecting garbage on the way only costs time.
    gc.disable()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A letter in a file's name that the terminal's encoding lacks is no reason to stop.
            stream.reconfigure(errors="backslashreplace")
    try:
        cli.main(standalone_mode=False, prog_name=_program())
    except ProblemsFound as found:
        for problem in found.problems:
            click.echo(str(problem), err=True)
        done = _DONE.get(next((word for word in sys.argv[1:] if word in COMMANDS), ""), "written")
        click.echo(f"{found.summary} Nothing was {done}.", err=True)
        sys.exit(1)
    except HandoutError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except BrokenPipeError:
        to_nowhere()
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    sys.exit(0)


def _program() -> str:
    return "python generate.py" if sys.argv[0].endswith("generate.py") else "handouts"
