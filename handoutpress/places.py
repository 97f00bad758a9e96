"""Where things live: the clinic's folder first, then what is shipped.

A clinic's folder has the same three names as the top level (``handouts``, ``templates``, ``styles``), and
the same relative path there wins. Everything a sheet opens goes through ``Places``, and nothing outside
these two folders is ever opened: paths are resolved, links too, before they are compared.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from handoutpress.errors import Place, Problem, ProblemsFound, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["handouts", "templates", "styles"]
KINDS: tuple[Kind, ...] = ("handouts", "templates", "styles")

BRAND_FILE = "_brand.yml"
CLINIC_FILE = "clinic.yaml"
EVIDENCE_FILE = "evidence.yaml"
PROTOCOL_FILE = "protocol.yaml"
SIGN_OFFS_FILE = "sign-offs.yaml"
SCORES_FILE = "scores.yaml"
BESIDE_SHEETS = {"evidence", "protocol", "scores"}
"""Names in a topic's folder that are not sheets, in any language."""
CHANGES = ".changes.yaml"
"""How the names of files end that change a shipped one without copying it."""
EJECTED = ".ejected"
"""The folder in a clinic's with the shipped texts that its own copies were made from."""
DEFAULT_LANGUAGE = "en"

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_SHEET_FILE = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9-]{0,79})(?:\.(?P<language>[a-z]{2}(?:-[A-Z]{2})?))?\.yaml"
)


class OutsideError(ProblemsFound):
    """A path that leaves the folder it must stay in."""

    def __init__(self, message: str) -> None:
        super().__init__([Problem(message)])


def inside(root: Path, relative: str) -> Path:
    """Return ``root / relative``, resolved; raises ``OutsideError`` if that is not below ``root``."""
    if (
        "\x00" in relative
        or "://" in relative
        or relative.startswith(("/", "\\", "~"))
        or ":" in relative[:3]
    ):
        raise OutsideError(f"`{relative}` is not a path inside the folder")
    top = root.resolve()
    path = (top / relative).resolve()
    if not path.is_relative_to(top):
        raise OutsideError(f"`{relative}` leads out of the folder")
    return path


def files_below(folder: Path, above: frozenset[Path] = frozenset()) -> Iterator[Path]:
    """Yield every file below a folder, sorted; links are followed, but never back into a folder above."""
    real = folder.resolve()
    if real in above or not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            yield from files_below(path, above | {real})
        else:
            yield path


def state_of(path: Path) -> tuple[int, int, int, int]:
    """Return what tells one state of a file from the next without reading it; raises ``OSError``.

    The time of the last change of its entry too: who puts an older file in place may keep its date and size.
    """
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def is_sheet_name(name: str) -> bool:
    """Whether a file of this name is a sheet: ``NAME.yaml``, ``NAME.es.yaml``."""
    found = _SHEET_FILE.fullmatch(name)
    return found is not None and found["name"] not in BESIDE_SHEETS


def shipped_folder() -> Path:
    """Return the folder of the shipped handouts, templates, styles and clinics."""
    package = Path(__file__).resolve().parent
    installed = package / "shipped"
    return installed if installed.is_dir() else package.parent


@dataclass(frozen=True)
class SheetFile:
    """A sheet's file: its name on the command line, its topic's folder, its language."""

    name: str
    topic: str
    language: str
    path: Path
    changes: Path | None = None
    """The clinic's changes to it, where there are any."""
    own: bool = False
    """Whether it is the clinic's own and not a shipped one."""
    twin: Path | None = None
    """Another sheet of this name and language in the same ``handouts``: which is meant, nobody knows."""


@dataclass(frozen=True)
class Places:
    """The clinic's folder and the shipped one."""

    clinic: Path
    shipped: Path

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folders that may be opened, the winning one first."""
        return (self.clinic, self.shipped)

    def owns(self, path: Path) -> bool:
        """Whether a file is the clinic's own and not a shipped one."""
        real, clinic = path.resolve(), self.clinic.resolve()
        return real.is_relative_to(clinic) and clinic != self.shipped.resolve()

    def candidates(self, kind: Kind, relative: str) -> list[Path]:
        """Return every copy of ``kind/relative``, the winning one first."""
        found = []
        for root in self.roots:
            inside(root / kind, relative)
            path = inside(root, f"{kind}/{relative}")
            if path.is_file():
                found.append(path)
        return found

    def find(self, kind: Kind, relative: str) -> Path | None:
        """Return the copy that wins, or None."""
        return next(iter(self.candidates(kind, relative)), None)

    def beside(self, path: Path, relative: str) -> Path:
        """Return a file named by another (an image, a logo): below the folder of the one that names it.

        Of an image that a sheet or a style names, the clinic's copy wins, whoever wrote what names it.
        """
        first = inside(path.parent, relative)
        # Most are named as they were found; only what a link led to has to be resolved, which takes longer.
        for plain in (True, False):
            named = path if plain else path.resolve()
            for root in self.roots:
                for kind in KINDS:
                    folder = root / kind if plain else (root / kind).resolve()
                    if named.is_relative_to(folder):
                        below = named.parent.relative_to(folder)
                        return self.find(kind, str(below / relative)) or first
        return first

    def sheets(self) -> dict[tuple[str, str], SheetFile]:
        """Return all sheets by name and language; the clinic's copy of a name wins."""
        found: dict[tuple[str, str], SheetFile] = {}
        changed = any((self.clinic / "handouts").glob(f"*/*{CHANGES}"))
        for root in reversed(self.roots):
            here: dict[tuple[str, str], SheetFile] = {}
            for sheet in _sheets_in(root):
                changes = self.changes_to(f"{sheet.topic}/{sheet.path.name}") if changed else None
                other = here.get((sheet.name, sheet.language))
                twin = other.path if other and not other.path.samefile(sheet.path) else None
                own = root == self.clinic != self.shipped
                here[sheet.name, sheet.language] = replace(sheet, changes=changes, own=own, twin=twin)
            found |= here
        return dict(sorted(found.items()))

    def changes_to(self, relative: str) -> Path | None:
        """Return the clinic's file with changes to ``handouts/relative``, where there is one."""
        try:
            path = inside(self.clinic, f"handouts/{relative}".removesuffix(".yaml") + CHANGES)
        except OutsideError:  # told with the other files that nothing reads
            return None
        return path if path.is_file() else None

    def sheet(self, name: str, language: str = DEFAULT_LANGUAGE) -> SheetFile:
        """Return one sheet's file; raises ``ProblemsFound`` for a name that is not there."""
        if not _NAME.fullmatch(name):
            raise ProblemsFound(
                [
                    Problem(
                        f"`{name}` is not the name of a handout",
                        hint="names are like microneedling-aftercare; see `list`",
                    )
                ]
            )
        sheets = self.sheets()
        found = sheets.get((name, language))
        for file in sheets.values():
            if file.name == name and file.twin:  # in any language: a translation has one original
                hint = "give one of them another name, or delete it: nobody can know which is meant"
                message = f"two sheets are named {name} ({file.language}); the other is {shorten(file.twin)}"
                raise ProblemsFound([Problem(message, Place(file.path), hint)])
        if found:
            return found
        languages = sorted(lang for known, lang in sheets if known == name)
        if languages:
            raise ProblemsFound(
                [
                    Problem(
                        f"{name} is not there in language `{language}`",
                        hint=f"it is there in: {', '.join(languages)}",
                    )
                ]
            )
        from handoutpress.errors import suggestion

        names = sorted({known for known, _ in sheets})
        raise ProblemsFound(
            [Problem(f"there is no handout named `{name}`", hint=suggestion(name, names, "handouts"))]
        )

    def beside_sheet(self, sheet: SheetFile, name: str) -> Path | None:
        """Return a topic's own file (evidence, scores), the clinic's copy first."""
        return self.find("handouts", f"{sheet.topic}/{name}")


@dataclass(frozen=True)
class StillPlaces(Places):
    """The places while many sheets are looked at: the folders are looked through once, not for each."""

    @cached_property
    def _found(self) -> dict[tuple[str, str], SheetFile]:
        return super().sheets()

    def sheets(self) -> dict[tuple[str, str], SheetFile]:
        """Return all sheets as they were when first asked for."""
        return self._found


def still(places: Places) -> StillPlaces:
    """Return the places as they are now."""
    return places if isinstance(places, StillPlaces) else StillPlaces(places.clinic, places.shipped)


def _sheets_in(root: Path) -> Iterator[SheetFile]:
    """Yield the sheets below one root; what a link leads out of it is not there."""
    top = root.resolve()
    for path in sorted((root / "handouts").glob("*/*.yaml")):
        if path.parent.name.startswith("."):
            continue  # what an editor or `eject` keeps
        if is_sheet_name(path.name) and path.resolve().is_relative_to(top):
            name, _, language = path.stem.partition(".")
            yield SheetFile(name, path.parent.name, language or DEFAULT_LANGUAGE, path)


def find_places(clinic: Path | None = None) -> Places:
    """Find the clinic: as given, else ``HANDOUTS_CLINIC``, else the nearest parent, else the example.

    Raises ``ProblemsFound`` for a folder that is not a clinic's.
    """
    shipped = shipped_folder()
    if clinic is None and os.environ.get("HANDOUTS_CLINIC"):
        clinic = Path(os.environ["HANDOUTS_CLINIC"])
    if clinic is None:
        here = Path.cwd()
        for folder in (here, *here.parents):
            if (folder / BRAND_FILE).is_file():
                clinic = folder
                break
        else:
            clinic = shipped / "clinics" / "example"
    if not (clinic / BRAND_FILE).is_file():
        named = shipped / "clinics" / clinic.name
        hint = "a clinic's folder has a _brand.yml and a clinic.yaml"
        if (named / BRAND_FILE).is_file() and clinic.parent == Path():
            return Places(named, shipped)
        missing = "no such folder" if not clinic.is_dir() else f"no {BRAND_FILE} in this folder"
        raise ProblemsFound([Problem(missing, Place(clinic), hint)])
    return Places(clinic.absolute(), shipped)
