"""Where masters are kept between runs, and under which key: everything that shaped them.

The key is a hash of contents, so that nothing stale is ever printed: every file of the clinic and of what
is shipped, this program and the engine it runs on, the wish, and the day, as a text's time may run out
over night. Reading it all takes some milliseconds, and neither the YAML nor the engine is touched.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from handoutpress import __version__
from handoutpress.composing.personal import shape
from handoutpress.delivery.files import write_whole
from handoutpress.errors import HandoutError
from handoutpress.folders import cache_folder
from handoutpress.places import BRAND_FILE, KINDS, SIGN_OFFS_FILE, files_below
from handoutpress.plates.format import read_master, written_master

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handoutpress.places import Places
    from handoutpress.plates.master import Master
    from handoutpress.wish import Wish

_ENGINE = ("weasyprint", "pydyf", "uharfbuzz", "tinycss2", "tinyhtml5", "jinja2", "segno", "fontTools")
"""Packages that shape a page. Of the system's own Pango nothing is asked: a plate serves one day."""
_FONTS = (
    "fontpkg_source_sans_3",
    "fontpkg_source_serif_4",
    "fontpkg_atkinson_hyperlegible",
    "fontpkg_noto_sans",
)

_DAYS = 7
"""A master serves one day; what is older only takes up room."""


def master_key(kind: str, names: tuple[str, ...], places: Places, wish: Wish) -> str:
    """Return the key of the master for a wish; of the patient only which details are given counts."""
    rows = [
        __version__,
        *_programs(),
        kind,
        *names,
        wish.language,
        wish.edition,
        wish.paper,
        wish.letterhead,
        wish.today.isoformat(),
        os.environ.get("SOURCE_DATE_EPOCH"),
        shape(wish.patient),
        *_contents(places),
    ]
    return hashlib.blake2b(repr(rows).encode(), digest_size=16).hexdigest()


def _programs() -> Iterator[tuple[str, int, int]]:
    """Yield when this program's and the engine's files were written; an update writes them anew."""
    for path in files_below(Path(__file__).resolve().parent.parent):
        if path.suffix in (".py", ".yaml"):  # the editor's words decide what is printed
            yield _written(path)
    for package in (*_ENGINE, *_FONTS):
        spec = find_spec(package)  # does not import the package
        if spec and spec.origin:
            yield _written(Path(spec.origin))


def _written(path: Path) -> tuple[str, int, int]:
    stat = path.stat()
    return path.name, stat.st_size, stat.st_mtime_ns


def _contents(places: Places) -> Iterator[tuple[str, str]]:
    """Yield each file that a sheet may be made of, and its hash."""
    for root in places.roots:
        files = [root / BRAND_FILE, root / SIGN_OFFS_FILE, *root.glob("clinic*.yaml")]
        for kind in KINDS:
            files += files_below(root / kind)
        for path in sorted(files):
            yield str(path), file_hash(path)


def file_hash(path: Path) -> str:
    """Return a hash of a file's content; "" for one that cannot be read."""
    try:
        return hashed(path.read_bytes())
    except OSError:
        return ""


def hashed(data: bytes) -> str:
    """Return a hash of some bytes."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def load(key: str) -> Master | None:
    """Return the master kept under a key, or None where there is none that is whole and still holds."""
    try:
        master = read_master(_folder(), key)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None
    if any(file_hash(Path(name)) != digest for name, digest in master.also):
        return None
    return master


def keep(master: Master) -> None:
    """Keep a master for the next copy. Where the disk does not take it, the next copy is laid out again."""
    folder = _folder()
    with contextlib.suppress(OSError, HandoutError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, data in written_master(master).items():
            if file_hash(folder / name) == hashed(data):
                os.utime(folder / name)  # a face that is in use
            else:
                write_whole(folder / name, data, durable=False)  # one that is torn is made anew
        oldest = time.time() - _DAYS * 86400
        for path in folder.iterdir():
            if path.stat().st_mtime < oldest and path.suffix in (".master", ".face", ".part"):
                path.unlink()


@lru_cache(maxsize=256)
def is_kept(key: str) -> bool:
    """Whether another process of this computer can read the master; it is read once to know."""
    return load(key) is not None


def _folder() -> Path:
    return cache_folder() / "plates"
