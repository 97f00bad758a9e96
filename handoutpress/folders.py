"""This computer's own folders: for what can be made again, and for what must not be lost."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder for what can be made again: ``XDG_CACHE_HOME``, or the system's own."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    else:
        base = os.environ.get("XDG_CACHE_HOME")
    home = Path(base) if base else Path.home() / ".cache"
    return home / "handoutpress"


def state_home() -> Path:
    """Return the folder for what must not be lost: ``HANDOUTS_STATE``, or the system's own."""
    given = os.environ.get("HANDOUTS_STATE")
    if given:
        return Path(given).absolute()
    base = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "handoutpress"


def state_folder(clinic: Path) -> Path:
    """Return the folder for what a clinic's deliveries leave behind, one for each clinic's folder.

    It is the user's and not in the clinic's folder, which may be shared, copied or kept in version control:
    an outbox holds patients' addresses.
    """
    real = clinic.resolve()
    mark = hashlib.blake2b(str(real).encode(errors="surrogateescape"), digest_size=4).hexdigest()
    return state_home() / f"{real.name}-{mark}"
