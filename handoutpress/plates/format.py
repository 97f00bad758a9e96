"""A master as files: one of its own, and each face once for all masters.

The master's file is a line of JSON and then the bytes that the JSON counts; nothing in it is ever executed.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from handoutpress.composing.dates import Calendar
from handoutpress.composing.personal import Personal
from handoutpress.plates.master import Face, Master
from handoutpress.typesetting.glyphs import FontParts, Pool
from handoutpress.typesetting.plate import Content, Line, Piece, Plate
from handoutpress.typesetting.shaping import Setting
from handoutpress.wish import SheetText

if TYPE_CHECKING:
    from pathlib import Path

_KINDS = (Calendar, Content, Face, FontParts, Line, Master, Personal, Piece, Plate, Pool, Setting, SheetText)
_BY_NAME: dict[str, Any] = {kind.__name__: kind for kind in _KINDS}
_FACE_SIZE = 100_000
"""Bytes from which on a blob is a face, kept in a file of its own."""


def written_master(master: Master) -> dict[str, bytes]:
    """Return the files of a master, by name."""
    blobs: list[bytes] = []
    files: dict[str, bytes] = {}
    tree = _plain(master, blobs, files)
    head = json.dumps({"blobs": [len(blob) for blob in blobs], "master": tree}, ensure_ascii=False).encode()
    check = hashlib.blake2b(head + b"".join(blobs), digest_size=16).hexdigest().encode()
    return {**files, f"{master.key}.master": b"\n".join([check, head, b"".join(blobs)])}


def read_master(folder: Path, key: str) -> Master:
    """Read a master back; raises ``ValueError`` and its like, or ``OSError``, for one that is not whole."""
    data = (folder / f"{key}.master").read_bytes()
    check, head, body = data.split(b"\n", 2)
    if hashlib.blake2b(head + body, digest_size=16).hexdigest().encode() != check:
        raise ValueError("this master is not whole")
    read = json.loads(head)
    blobs, start = [], 0
    for length in read["blobs"]:
        blobs.append(body[start : start + length])
        start += length
    master: Master = _made(read["master"], blobs, folder)
    return master


def _plain(value: Any, blobs: list[bytes], files: dict[str, bytes]) -> Any:
    """Return a value as JSON has it; bytes go to ``blobs``, faces to ``files``."""
    if dataclasses.is_dataclass(value):
        fields = {
            field.name: _plain(getattr(value, field.name), blobs, files)
            for field in dataclasses.fields(value)
        }
        return {"$is": type(value).__name__, **fields}
    if isinstance(value, bytes):
        if len(value) < _FACE_SIZE:
            blobs.append(value)
            return {"$blob": len(blobs) - 1}
        name = _face_name(value)
        files[name] = value
        return {"$file": name}
    if isinstance(value, (tuple, list)):
        return [_plain(inner, blobs, files) for inner in value]
    if isinstance(value, frozenset):
        return {"$set": sorted(value)}
    if isinstance(value, dict):
        return {
            "$map": [[_plain(key, blobs, files), _plain(inner, blobs, files)] for key, inner in value.items()]
        }
    return value


@lru_cache(maxsize=32)
def _face(folder: Path, name: str) -> bytes:
    """Return a face, once in memory for all masters; raises ``ValueError`` for one that is not whole."""
    data = (folder / name).read_bytes()
    if name != _face_name(data):
        raise ValueError("this face is not whole")
    return data


def _face_name(data: bytes) -> str:
    return f"{hashlib.blake2b(data, digest_size=16).hexdigest()}.face"


def _made(value: Any, blobs: list[bytes], folder: Path) -> Any:
    """Return what ``_plain`` was given."""
    if isinstance(value, list):
        return tuple(_made(inner, blobs, folder) for inner in value)
    if not isinstance(value, dict):
        return value
    if "$blob" in value:
        return blobs[value["$blob"]]
    if "$file" in value:
        return _face(folder, value["$file"])
    if "$set" in value:
        return frozenset(value["$set"])
    if "$map" in value:
        pairs = [[_made(inner, blobs, folder) for inner in pair] for pair in value["$map"]]
        return dict(pairs)
    kind = _BY_NAME[value.pop("$is")]
    return kind(**{name: _made(inner, blobs, folder) for name, inner in value.items()})
