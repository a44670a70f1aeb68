"""Columns of enums → enum types, one for each enum of Python or set of texts."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Enum
from sqlalchemy.orm import Mapper
from sqlalchemy.types import TypeDecorator, TypeEngine

from .sketch import EnumSketch
from .words import pascal_case, unused

__all__ = ["EnumNames", "enum_in"]

_NAME = re.compile(r"[A-Za-z][0-9A-Za-z_]*")
_RESERVED = {"true", "false", "null"}


class EnumNames:
    """Gives enum types their names.

    Args:
        taken: Names that are no longer free; theirs are added.
    """

    def __init__(self, taken: set[str]) -> None:
        self.sketches: dict[Any, EnumSketch] = {}
        self._taken = taken

    def name_of(self, mapper: Mapper[Any], key: str, type_: Enum) -> str | None:
        """Return the enum type of a column.

        `None` where it has names that GraphQL allows in no enum.
        """
        python = type_.enum_class
        names = [one.name for one in python] if python else list(type_.enums)
        if not names or not all(map(_is_allowed, names)):
            return None
        known = self.sketches.get(python or tuple(names))
        if known is None:
            class_name = mapper.class_.__name__
            name = python.__name__ if python else f"{class_name}_{key}"
            name = unused(pascal_case(name), self._taken)
            self._taken.add(name)
            known = EnumSketch(name, tuple(names), python, f"{class_name}.{key}")
            self.sketches[python or tuple(names)] = known
        return known.name


def enum_in(type_: TypeEngine[Any]) -> Enum | None:
    """Return the enum that *type_* is, or that it stores and gives back as it is."""
    if isinstance(type_, TypeDecorator) and (
        type(type_).process_result_value is TypeDecorator.process_result_value
    ):
        type_ = type_.impl_instance
    return type_ if isinstance(type_, Enum) else None


def _is_allowed(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and name not in _RESERVED
