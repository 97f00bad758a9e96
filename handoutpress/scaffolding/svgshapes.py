"""How large a shape of an SVG drawing is: the box around it, in the drawing's own units."""

from __future__ import annotations

import math
import re
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NUMBER = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_PART = re.compile(r"([MmLlHhVvCcSsQqTtAaZz])([^MmLlHhVvCcSsQqTtAaZz]*)")
_GAP = r"[\s,]*"
_ARC = re.compile(_GAP.join([*[f"({_NUMBER})"] * 3, "([01])", "([01])", *[f"({_NUMBER})"] * 2]))
"""An arc's two flags may stand without a space between them."""
_TAKES = {"m": 2, "l": 2, "h": 1, "v": 1, "c": 6, "s": 4, "q": 4, "t": 2, "a": 7, "z": 0}
_MOST_STEPS = 200_000


def box_of(tag: str, attributes: Mapping[str, str], style: Mapping[str, str]) -> tuple[float, float]:
    """Return a shape's width and height; transforms are left out, and a text's are a guess."""

    def number(name: str, default: float = 0.0) -> float:
        found = re.match(rf"\s*({_NUMBER})", attributes.get(name, ""))
        return float(found[1]) if found else default

    match tag:
        case "rect":
            return abs(number("width")), abs(number("height"))
        case "circle":
            side = math.sqrt(math.pi) * number("r")  # a square of the same area
            return side, side
        case "ellipse":
            root = math.sqrt(math.pi)
            return root * number("rx", number("ry")), root * number("ry", number("rx"))
        case "line":
            return abs(number("x2") - number("x1")), abs(number("y2") - number("y1"))
        case "polygon" | "polyline":
            flat = [float(each) for each in re.findall(_NUMBER, attributes.get("points", ""))]
            return _around(list(zip(flat[::2], flat[1::2], strict=False)))
        case "path":
            return _around(list(_points(attributes.get("d", ""))))
    size = re.match(rf"\s*({_NUMBER})", style.get("font-size", ""))
    height = float(size[1]) if size else 16.0
    return 3 * height, height / 2


def _around(points: list[tuple[float, float]]) -> tuple[float, float]:
    if not points:
        return 0.0, 0.0
    across, down = zip(*points, strict=True)
    return max(across) - min(across), max(down) - min(down)


def _points(written: str) -> Iterator[tuple[float, float]]:
    """Walk along a path (SVG 1.1, 8.3) and yield the ends of its parts, and the points that bend them."""
    x = y = first_x = first_y = 0.0
    for command, numbers in islice(_steps(written), _MOST_STEPS):
        kind, (from_x, from_y) = command.lower(), (x, y) if command.islower() else (0.0, 0.0)
        match kind:
            case "z":
                x, y = first_x, first_y
                continue
            case "h":
                x = from_x + numbers[0]
            case "v":
                y = from_y + numbers[0]
            case "a":
                end = from_x + numbers[5], from_y + numbers[6]
                yield _bulge((x, y), end, numbers)
                x, y = end
            case _:
                for across, down in zip(numbers[::2], numbers[1::2], strict=True):
                    yield from_x + across, from_y + down
                x, y = from_x + numbers[-2], from_y + numbers[-1]
        if kind == "m":
            first_x, first_y = x, y
        yield x, y


def _steps(written: str) -> Iterator[tuple[str, list[float]]]:
    """Yield each command of a path with its numbers; one that goes on without its letter is said again."""
    for command, rest in _PART.findall(written):
        takes = _TAKES[command.lower()]
        if not takes:
            yield command, []
        elif takes == _TAKES["a"]:
            yield from ((command, [float(each) for each in arc]) for arc in _ARC.findall(rest))
        else:
            numbers = [float(each) for each in re.findall(_NUMBER, rest)]
            for at in range(0, len(numbers) - takes + 1, takes):
                yield command, numbers[at : at + takes]
                # What follows a move is drawn.
                command = {"m": "l", "M": "L"}.get(command, command)


def _bulge(start: tuple[float, float], end: tuple[float, float], arc: list[float]) -> tuple[float, float]:
    """Return the point of an arc that is farthest from the line between its ends."""
    across, down = end[0] - start[0], end[1] - start[1]
    chord = math.hypot(across, down)
    if not chord:
        return end
    radius = max(abs(arc[0]), chord / 2)
    middle = math.sqrt(radius**2 - chord**2 / 4)
    height = (radius + middle if arc[3] else radius - middle) / chord * (1 if arc[4] else -1)
    return (start[0] + end[0]) / 2 + down * height, (start[1] + end[1]) / 2 - across * height
