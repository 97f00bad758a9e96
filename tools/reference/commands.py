"""The page of commands: what each says of itself with ``--help``, as Markdown."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from handoutpress.cli import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = "handouts"
_WIDE = 500
"""Characters: wide enough that click never shortens the one line that says what a command does."""

HEAD = """\
# Commands

Made from each command's own `--help` by `make docs`: change the words there, not here.

Once installed, the program is called `handouts`. In a checkout, say `python generate.py` in its place.
Options that mean the same are spelled the same everywhere, and may stand before or after the names. `-h` or
`--help` works with every command.

Exit status: 0 for done, 1 for problems in what was given, 2 for a wrong command line, 130 after Ctrl-C.
Results go to standard output; what is said about them goes to standard error.
"""


@dataclass(frozen=True)
class Documented:
    """One command as a reader meets it."""

    path: tuple[str, ...]
    """Its words: ``outbox send``."""
    command: click.Command
    context: click.Context

    @property
    def title(self) -> str:
        """The words after the program's name."""
        return " ".join(self.path)


def documented() -> Iterator[Documented]:
    """Yield every command and subcommand, in the order in which ``--help`` lists them."""
    yield from _below(cli, click.Context(cli, info_name=PROGRAM), ())


def _below(group: click.Group, context: click.Context, path: tuple[str, ...]) -> Iterator[Documented]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        if command.hidden:
            continue
        own = click.Context(command, context, info_name=name)
        yield Documented((*path, name), command, own)
        if isinstance(command, click.Group):
            yield from _below(command, own, (*path, name))


def options(command: Documented) -> list[tuple[str, str]]:
    """Return each option as its help writes it, and its meaning; without ``--help``, which all have."""
    found = []
    for parameter in command.command.get_params(command.context):
        record = parameter.get_help_record(command.context)
        if record and isinstance(parameter, click.Option) and "--help" not in parameter.opts:
            found.append(record)
    return found


def commands_page() -> str:
    """Return the page."""
    commands = list(documented())
    parts = [HEAD, "\n".join(_entry(each) for each in commands), _said(cli.help or "")]
    parts += [_section(each) for each in commands]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _entry(each: Documented) -> str:
    short = each.command.get_short_help_str(_WIDE).rstrip(".")
    return f"{'  ' * (len(each.path) - 1)}- [`{each.title}`](#{each.title.replace(' ', '-')}): {short}"


def _section(each: Documented) -> str:
    usage = " ".join(each.command.collect_usage_pieces(each.context))
    parts = [
        f"{'#' * (len(each.path) + 1)} {each.title}",
        f"    {PROGRAM} {each.title} {usage}".rstrip(),
        _said(each.command.help or ""),
        "\n".join(f"- `{written}`: {_plain(meaning)}" for written, meaning in options(each)),
    ]
    return "\n\n".join(part for part in parts if part)


def _plain(meaning: str) -> str:
    return " ".join(meaning.split())


def _said(text: str) -> str:
    """Return a help text as Markdown; click marks lines to keep, such as examples, with a backspace."""
    parts = []
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.lstrip().startswith("\b"):
            head, *lines = paragraph.strip("\b\n").split("\n")
            if head.startswith("Example"):
                said = "\n".join(f"$ {PROGRAM} {line.strip()}" for line in lines)
                parts.append(f"```console\n{said}\n```")
            else:
                parts.append("```text\n" + "\n".join([head, *lines]) + "\n```")
        else:
            parts.append(" ".join(paragraph.split()))
    return "\n\n".join(parts)
