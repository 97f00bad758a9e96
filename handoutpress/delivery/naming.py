"""Names of the files a batch writes: from a pattern or as a row says, and never two rows one file.

A pattern is not Python's ``str.format``, which reaches into objects: it has a closed list of fields. What a
field says goes into a name only as letters, digits, hyphens and underscores, so that no patient's name can
lead out of the folder, hide a file or mean a device on Windows.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

from handoutpress.errors import Problem, ProblemsFound, suggestion
from handoutpress.places import DEFAULT_LANGUAGE
from handoutpress.reading.days import quoted

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

FIELDS = ("line", "handout", "name", "reference", "visit", "language", "edition")
DEFAULT_PATTERN = "{line:05}-{handout}"
DEFAULT_EDITION = "standard"
LONGEST_FIELD = 60
MOST_BYTES = 150
"""Of a name: file systems stop at 255, and a file being written has a longer name for a moment."""

_PART = re.compile(r"\{([^{}]*)\}")
_WIDTH = re.compile(r"line:0([1-9])")
_NOT_ON_WINDOWS = frozenset('<>:"|?*')
_PORTS = (f"{port}{number}" for port in ("COM", "LPT") for number in "0123456789¹²³")
_DEVICES = frozenset(("CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", *_PORTS))


@dataclass(frozen=True, slots=True)
class FileNames:
    """A pattern such as ``{line:05}-{handout}``; raises ``ProblemsFound`` where it is wrong."""

    pattern: str = DEFAULT_PATTERN
    _parts: tuple[tuple[str, str], ...] = field(init=False, repr=False, compare=False)
    """Texts and the fields that follow them, in turn; a line's field keeps its width."""

    def __post_init__(self) -> None:
        pattern = unicodedata.normalize("NFC", self.pattern)
        stem = pattern[:-4] if pattern.lower().endswith(".pdf") else pattern
        *pieces, last = _PART.split(stem)
        parts = (*zip(pieces[::2], pieces[1::2], strict=True), (last, ""))
        if problems := _pattern_problems(self.pattern, parts):
            raise ProblemsFound(problems)
        object.__setattr__(self, "_parts", parts)

    def name(self, fields: Mapping[str, str | int | dt.date | None], file: str | None = None) -> str:
        """Return a name that ends in ``.pdf`` for a row's ``fields``; ``file`` goes before the pattern.

        Raises ``ProblemsFound``, without a place, for a name that is not safe.
        """
        if file:
            return _as_given(file)
        stem = ""
        for text, name in self._parts:
            width = _WIDTH.fullmatch(name)
            value = fields.get("line" if width else name)
            said = "" if value is None else str(value)
            stem += text + (said.zfill(int(width[1])) if width else _safe(said))
        stem = re.sub("-{2,}", "-", stem).strip("-. ")  # a blank field leaves its hyphens behind
        ending = "".join(
            f".{_safe(str(value))}"
            for name, usual in (("language", DEFAULT_LANGUAGE), ("edition", DEFAULT_EDITION))
            if (value := fields.get(name)) not in (None, "", usual) and not self.has(name)
        )
        if not stem:
            hint = "add {line} to the pattern"
            raise ProblemsFound([Problem(f"{quoted(self.pattern)} gives this row no name", hint=hint)])
        if stem.partition(".")[0].upper() in _DEVICES:
            stem = f"_{stem}"
        room = MOST_BYTES - len(f"{ending}.pdf".encode())
        stem = stem.encode()[:room].decode(errors="ignore").rstrip("-. ")
        return unicodedata.normalize("NFC", f"{stem}{ending}.pdf")

    def has(self, name: str) -> bool:
        """Whether the pattern has this field."""
        return any(part.partition(":")[0] == name for _, part in self._parts)


def _pattern_problems(pattern: str, parts: tuple[tuple[str, str], ...]) -> list[Problem]:
    """Return all that is wrong with a pattern."""
    problems = []
    for _, name in parts[:-1]:
        if name.partition(":")[0] == "line" and ":" in name and not _WIDTH.fullmatch(name):
            hint = "write {line}, or {line:05} for five digits"
            problems.append(Problem(f"the pattern's `{{{name[:40]}}}` has an unknown width", hint=hint))
        elif name not in FIELDS and not _WIDTH.fullmatch(name):
            hint = suggestion(name, list(FIELDS), "fields of a file's name")
            problems.append(Problem(f"unknown field {quoted('{' + name + '}')} in the pattern", hint=hint))
    texts = "".join(text for text, _ in parts)
    if "{" in texts or "}" in texts:
        hint = "a field stands in one pair of braces: {handout}"
        problems.append(Problem(f"the pattern {quoted(pattern)} has a brace too many", hint=hint))
    # With an "x" in place of each field: what the fields give is safe by itself.
    elif reason := _refused("x".join(text for text, _ in parts)):
        problems.append(Problem(f"the pattern {quoted(pattern)} {reason}"))
    return problems


def _safe(value: str) -> str:
    """Return what of a field's value may stand in a name: letters of any script, digits, ``-`` and ``_``."""
    kept = "".join(
        char if char in "-_" or unicodedata.category(char)[0] in "LNM" else "-"
        for char in unicodedata.normalize("NFC", value)
    )
    kept = re.sub("-{2,}", "-", kept).strip("-")
    while kept and unicodedata.category(kept[0])[0] == "M":  # an accent must not land on what stands before
        kept = kept[1:]
    return kept[:LONGEST_FIELD]


def _as_given(file: str) -> str:
    """Return the name a row gives its own file; raises ``ProblemsFound`` with the reason."""
    name = unicodedata.normalize("NFC", file)
    stem = name[:-4] if name.lower().endswith(".pdf") else name
    if reason := _refused(stem):
        hint = "a name such as aftercare-0007.pdf, without a folder"
        raise ProblemsFound([Problem(f'"file": {quoted(file)} {reason}', hint=hint)])
    return f"{stem}.pdf"


def _refused(stem: str) -> str:
    """Return why a name without ``.pdf`` is not safe, or nothing."""
    if not stem:
        return "is empty"
    if stem.startswith("/") or "\\" in stem or re.match("[A-Za-z]:", stem):
        return "is a path and not a name"
    if ".." in stem:
        return "has `..` in it, which leads out of the folder"
    if "/" in stem:
        return "names a folder; all copies go into one"
    if any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in stem):
        return "has a character that cannot be seen"
    if stem.startswith("."):
        return "starts with a dot: the file would be hidden"
    if stem != stem.strip() or stem.endswith("."):
        return "starts with a space, or ends with a space or a dot"
    if wrong := sorted(set(stem) & _NOT_ON_WINDOWS):
        return f"has `{wrong[0]}` in it, which is no name on Windows"
    if stem.partition(".")[0].strip().upper() in _DEVICES:
        return "means a device on Windows"
    size = len(stem.encode()) + len(".pdf")
    return f"is {size} bytes long; {MOST_BYTES} is the most" if size > MOST_BYTES else ""


def same_file(name: str) -> str:
    """Return a key that is the same for all names that are one file somewhere.

    Names that differ in capitals or in how an accent is written are one file on a Mac and on Windows.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


class Numbered:
    """A number for each of many keys, in 24 to 48 bytes a key: only a 64-bit hash of the key is kept.

    Two of a million keys have one hash once in thirty million such tables.
    """

    def __init__(self) -> None:
        self.count, self._hashes, self._numbers = 0, array("Q", bytes(8 * 64)), array("Q", bytes(8 * 64))

    def get(self, key: bytes) -> int | None:
        """Return the key's number, or None."""
        hashed, slot = self._find(key)
        return self._numbers[slot] if self._hashes[slot] == hashed else None

    def put(self, key: bytes, number: int) -> None:
        """Give a key its number, from 0 to 2**64 - 1, in place of an earlier one."""
        hashed, slot = self._find(key)
        self.count += self._hashes[slot] == 0
        self._hashes[slot], self._numbers[slot] = hashed, number
        if self.count * 3 > len(self._hashes) * 2:
            self._grow()

    def _find(self, key: bytes) -> tuple[int, int]:
        # 0 marks a free slot, so it is nobody's hash.
        hashed = int.from_bytes(blake2b(key, digest_size=8).digest()) or 1
        return hashed, self._slot(hashed)

    def _slot(self, hashed: int) -> int:
        """Return where a hash stands, or the free slot where it would."""
        hashes, mask = self._hashes, len(self._hashes) - 1
        slot = hashed & mask
        while hashes[slot] not in (0, hashed):
            slot = (slot + 1) & mask
        return slot

    def _grow(self) -> None:
        hashes, numbers = self._hashes, self._numbers
        self._hashes, self._numbers = (array("Q", bytes(16 * len(hashes))) for _ in range(2))
        for hashed, number in zip(hashes, numbers, strict=True):
            if hashed:
                slot = self._slot(hashed)
                self._hashes[slot], self._numbers[slot] = hashed, number


class Taken:
    """The names a batch has given, and the line that has each; ``same_file`` says which are one."""

    def __init__(self) -> None:
        self._lines = Numbered()

    def claim(self, name: str, line: int) -> int | None:
        """Note that this line has this name, and return None; or return the line that has it already."""
        key = same_file(name).encode()
        first = self._lines.get(key)
        if first is None:
            self._lines.put(key, line)
        return first
