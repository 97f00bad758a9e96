"""Standard output that breaks on the way: a reader that has gone, a full disk."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from handoutpress.errors import HandoutError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def while_read() -> Iterator[None]:
    """Write to standard output; when its reader is gone, say so once, and send the rest nowhere.

    Raises ``HandoutError`` where it cannot be written for another reason, such as a full disk.
    """
    try:
        yield
    except OSError as error:
        to_nowhere()
        if not isinstance(error, BrokenPipeError):
            said = f"the output cannot be written: {error.strerror or error}. What is done stays."
            raise HandoutError(said) from None
        click.echo("Nobody reads the output any more; the work goes on all the same.", err=True)


def to_nowhere() -> None:
    """Send what is still to be written, and what is buffered, nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
