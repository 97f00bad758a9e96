"""A sheet as a careful editor reads it: line by line, slots filled, marks taken out.

Every rule of the editor works on these lines, so that none of them knows YAML, slots or markup. Where the
clinic has not filled a slot, the topic's own example stands for it: a sheet is judged as it will be read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from handoutpress.composing.filling import Filler
from handoutpress.reading.blocks import Faq, Figure, Glossary, Table, Timeline, WarningBlock
from handoutpress.reading.inline import Inline, Link, Strong
from handoutpress.reading.slots import Slot
from handoutpress.reading.statement import statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handoutpress.composing.job import Job
    from handoutpress.reading.blocks import Block
    from handoutpress.reading.yamlfile import Loc

Part = Literal["title", "summary", "heading", "label", "say"]
"""Where a line stands: the sheet's title or its summary; a block's heading; a question, column head, term or
moment; or a statement."""


@dataclass(frozen=True)
class Line:
    """One line of a sheet, as the patient reads it."""

    text: str
    """The words, with slots filled and without markup."""
    part: Part
    kind: str = ""
    """The kind of block it stands in: ``do-dont``; "" for title and summary."""
    loc: Loc = ()
    """Where its text stands in the sheet's file."""
    block: int = -1
    """The number of its block; -1 for title and summary."""
    references: tuple[str, ...] = ()
    """What a statement rests on."""
    frame: str = ""
    """What a reader has just read over it: heading, intro, column head, question."""
    filled: frozenset[str] = field(default_factory=frozenset)
    """The groups of the slots in it: "protocol", "clinic"."""


@dataclass(frozen=True)
class Finding:
    """One thing an editor would stop, before it has a place in a file."""

    rule: str
    """The rule's name: ``promise``, ``jargon``."""
    line: Line | None
    """The line it is about; None for the sheet as a whole."""
    words: str
    """The words on that line, as they stand there; "" for all of it."""
    message: str
    hint: str = ""


def asks(text: str) -> bool:
    """Whether a text ends as a question: it claims nothing."""
    return text.rstrip(' "”’»)').endswith(("?", "؟"))


def read_lines(job: Job) -> list[Line]:
    """Return every line of a sheet in reading order, headings and labels too."""
    handout = job.sheet.handout
    plain = _Plain(job)
    found = [
        Line(handout.title, "title", loc=("title",)),
        Line(plain(handout.summary), "summary", loc=("summary",), filled=_groups(handout.summary)),
    ]
    for index, entry in enumerate(handout.blocks):
        loc: Loc = ("blocks", index, entry.kind)
        heading = entry.block.heading
        if heading:
            found.append(Line(heading, "heading", entry.kind, (*loc, "heading"), index))
        labels = dict(_labels(entry.block))
        found += [Line(text, "label", entry.kind, (*loc, *at), index) for at, text in labels.items()]
        for at, statement in statements(entry.block):
            over = [heading or "", *_over(entry.block, at, labels, plain)]
            found.append(
                Line(
                    plain(statement.say),
                    "say",
                    entry.kind,
                    (*loc, *at, "say"),
                    index,
                    statement.from_,
                    " ".join(words for words in over if words),
                    _groups(statement.say),
                )
            )
    return found


def _labels(block: Block) -> Iterator[tuple[Loc, str]]:
    """Yield the words of a block that ask or name, and so rest on nothing."""
    match block:
        case Faq():
            for number, question in enumerate(block.questions):
                yield ("questions", number, "ask"), question.ask
        case Table():
            for number, column in enumerate(block.columns):
                yield ("columns", number), column
        case Timeline():
            for number, moment in enumerate(block.moments):
                yield ("moments", number, "when"), moment.when
        case Glossary():
            for number, entry in enumerate(block.terms):
                yield ("terms", number, "term"), entry.term


def _over(block: Block, at: Loc, labels: dict[Loc, str], plain: _Plain) -> list[str]:
    """Return what stands over one statement of a block, its own heading left out."""
    intro = getattr(block, "intro", None)
    over = [plain(intro.say)] if intro is not None and at != ("intro",) else []
    match block, at:
        case Faq(), (_, number, *_):
            over.append(labels["questions", number, "ask"])
        case Glossary(), (_, number, *_):
            over.append(labels["terms", number, "term"])
        case Timeline(), ("moments", number, *_):
            over.append(labels["moments", number, "when"])
        case Table(), ("rows", row, column):
            over.append(labels["columns", column])
            head = block.rows[int(row)][0]
            if column and head is not None:
                over.append(plain(head.say))
        case WarningBlock(), (half, "signs", *_):
            over.append(plain(getattr(block, str(half)).action.say))
        case Figure(), ("legend", *_):
            over.append(plain(block.caption.say))
    return over


def _groups(text: Inline) -> frozenset[str]:
    return frozenset(slot.group for slot in text.slots())


@dataclass(frozen=True)
class _Plain:
    """Turns a text with marks into the words a patient reads."""

    job: Job

    def __call__(self, text: Inline) -> str:
        words = ""
        for part in text.parts:
            match part:
                case Slot():
                    words += self._slot(part)
                case Strong(parts=inner):
                    words += "".join(self._slot(p) if isinstance(p, Slot) else p for p in inner)
                case Link(label=label):
                    words += label
                case str():
                    words += part
        return words

    def _slot(self, slot: Slot) -> str:
        filler = Filler(self.job)
        value = filler.value(slot)
        if value is not None:
            return value
        declared = self.job.protocol.slots.get(slot.name) if slot.group == "protocol" else None
        return declared.example if declared else "…"
