"""Sign-offs: who in a clinic checked exactly which text, and until when that holds.

``sign-offs.yaml`` in the clinic's folder is written by ``sign-off`` and only ever grows: it is the clinic's
record of its own process (the UK's PIF TICK asks for one), so an entry that no longer holds stays in it.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import yaml
from pydantic import StringConstraints

from handoutpress.places import DEFAULT_LANGUAGE, SIGN_OFFS_FILE, inside
from handoutpress.reading.model import Model, validate
from handoutpress.reading.statement import Language, Words
from handoutpress.reading.yamlreader import read_yaml

if TYPE_CHECKING:
    from handoutpress.places import Places

_HEAD = """\
# Who checked which text, written by the command `sign-off`. Entries are only ever added.
# text is the hash of all that the clinic's patients read: when it changes, the sign-off no longer holds. Of
# several for one text, the latest counts.
"""


class SignOff(Model):
    """One sheet checked by one person."""

    sheet: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    """The sheet's name."""
    language: Language = DEFAULT_LANGUAGE
    """The language of the text that was read."""
    text: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """The hash of the text that was read."""
    by: Words
    """Who read it, as it is to stand on the sheet."""
    signed: dt.date
    """The day they signed."""
    until: dt.date
    """The last day on which it holds."""


class SignOffs(Model):
    """All of a clinic's sign-offs, the oldest first."""

    sign_offs: tuple[SignOff, ...] = ()
    """The entries."""

    def of(self, sheet: str, language: str) -> tuple[SignOff, ...]:
        """Return the entries for one sheet, the latest first."""
        found = [entry for entry in self.sign_offs if (entry.sheet, entry.language) == (sheet, language)]
        return tuple(reversed(found))


def read_sign_offs(places: Places) -> SignOffs:
    """Read a clinic's sign-offs; without the file there are none. Raises ``ProblemsFound``."""
    path = inside(places.clinic, SIGN_OFFS_FILE)
    return validate(SignOffs, read_yaml(path)) if path.is_file() else SignOffs()


def sign_offs_text(sign_offs: SignOffs) -> str:
    """Return the file's text."""
    rows = sign_offs.model_dump(mode="json")
    return _HEAD + yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=110)
