"""What every section of the configuration has in common: no unknown names, no guessing at types, no change afterwards."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of the configuration: no unknown names, no guessing at types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @classmethod
    def empty(cls) -> Self:
        """The section as it is when the file does not have it."""
        return cls.model_validate({})
