"""One block as a sheet writes it: a single key, its kind, with the block's own keys under it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from handoutpress.reading.blocks import (
    Appointment,
    Block,
    Checklist,
    DoDont,
    Faq,
    Figure,
    Glossary,
    KeyPoints,
    Notes,
    Paragraph,
    Patient,
    Questions,
    Sources,
    Steps,
    Table,
    Timeline,
    WarningBlock,
)
from handoutpress.reading.model import Model


class BlockEntry(Model):
    """One block: a single key, its kind."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    key_points: Annotated[KeyPoints | None, Field(alias="key-points")] = None
    paragraph: Paragraph | None = None
    steps: Steps | None = None
    do_dont: Annotated[DoDont | None, Field(alias="do-dont")] = None
    timeline: Timeline | None = None
    checklist: Checklist | None = None
    warning: WarningBlock | None = None
    faq: Faq | None = None
    table: Table | None = None
    glossary: Glossary | None = None
    questions: Questions | None = None
    appointment: Appointment | None = None
    patient: Patient | None = None
    notes: Notes | None = None
    figure: Figure | None = None
    sources: Sources | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_kind(cls, value: Any) -> Any:
        """A kind with nothing under it has only defaults: `- notes:` is `- notes: {}`."""
        if isinstance(value, str):
            return {value: {}}
        if not isinstance(value, dict):
            raise PydanticCustomError("block", "expected a block, such as `- paragraph:`")
        if len(value) != 1:
            raise PydanticCustomError(
                "block",
                "one block has one kind; this has {count}: {kinds}",
                {
                    "count": len(value),
                    "kinds": ", ".join(map(str, value)) or "none",
                    "hint": 'indent the block\'s own keys further than its kind, or begin a new "- "',
                },
            )
        return {kind: {} if block is None else block for kind, block in value.items()}

    @property
    def kind(self) -> str:
        """``key-points``: the key as written."""
        (name,) = self.model_fields_set
        return type(self).model_fields[name].alias or name

    @property
    def block(self) -> Block:
        """The block itself."""
        (name,) = self.model_fields_set
        block: Block = getattr(self, name)
        return block


BLOCK_KINDS: tuple[str, ...] = tuple(info.alias or name for name, info in BlockEntry.model_fields.items())
