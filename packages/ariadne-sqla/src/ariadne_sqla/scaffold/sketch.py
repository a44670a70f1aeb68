"""What is scaffolded, as values: types and fields, before anything is printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy.orm import Mapper

__all__ = ["EnumSketch", "FieldSketch", "LeftOut", "Sketch", "TypeSketch"]


class LeftOut(NamedTuple):
    """An attribute or a class that no field shows."""

    where: str
    """As `User.password_hash`."""
    why: str


@dataclass(frozen=True)
class EnumSketch:
    """An enum type."""

    name: str
    values: tuple[str, ...]
    python: type[Enum] | None = None
    """The enum of Python that its values are members of, `None` for texts."""
    read_by: str = ""
    """Python that has it: `Order.status`."""


@dataclass(frozen=True)
class FieldSketch:
    """A field that reads an attribute."""

    name: str
    attribute: str
    type: str
    """In SDL, as `[Post!]!`."""
    target: Mapper[Any] | None = None
    """What a relationship leads to."""
    is_list: bool = False
    column: Any = None
    """The column, where it reads just one."""

    @property
    def bare_type(self) -> str:
        """The type without `!` at its end."""
        return self.type.removesuffix("!")


@dataclass(frozen=True)
class TypeSketch:
    """An object type, or an interface over those of a class and its subclasses."""

    name: str
    mapper: Mapper[Any]
    fields: tuple[FieldSketch, ...]
    interfaces: tuple[str, ...] = ()
    is_interface: bool = False

    def field_of(self, attribute: str) -> FieldSketch | None:
        """Return the field that reads *attribute*."""
        return next((one for one in self.fields if one.attribute == attribute), None)


@dataclass(frozen=True)
class Sketch:
    """The types for some mapped classes."""

    types: tuple[TypeSketch, ...]
    enums: tuple[EnumSketch, ...]
    left_out: tuple[LeftOut, ...]
    shown: dict[Mapper[Any], str] = field(default_factory=dict)
    """The type that rows of a class are, where rows of subclasses may be among them."""

    @property
    def objects(self) -> tuple[TypeSketch, ...]:
        """The object types."""
        return tuple(one for one in self.types if not one.is_interface)

    def shown_as(self, mapper: Mapper[Any]) -> TypeSketch:
        """Return the type that rows of *mapper* are shown as."""
        return next(one for one in self.types if one.name == self.shown[mapper])
