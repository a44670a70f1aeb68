"""A sketch → what its lists are filtered and ordered by, and its root fields.

By the names and the structures that `sqla_selection.arguments` understands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Enum
from sqlalchemy.orm import Mapper

from sqla_selection.coercion import is_opaque
from sqla_selection.keys import key_attributes

from .scalars import OPERATORS
from .sketch import FieldSketch, Sketch, TypeSketch
from .words import camel_case, capitals, plural, unused, valid

__all__ = ["InputSketch", "Inputs", "RootSketch"]

_ENUM_VALUE = re.compile(r"[A-Z][0-9A-Z_]*")
_PAGE = ("limit: Int", "offset: Int")
_CONNECTION = ("first: Int", "after: String", "last: Int", "before: String")


@dataclass(frozen=True)
class InputSketch:
    """An input type, or the enum of an order."""

    name: str
    fields: tuple[tuple[str, str], ...] = ()
    """Name and type."""
    values: tuple[str, ...] = ()
    """Of an enum."""


@dataclass(frozen=True)
class RootSketch:
    """A field of `Query`."""

    name: str
    arguments: tuple[str, ...]
    type: str
    of: TypeSketch

    @property
    def is_list(self) -> bool:
        """Whether it gives a list."""
        return self.type.startswith("[")


class Inputs:
    """The input types that a sketch needs, made as they are asked for.

    Args:
        sketch: The types.
        taken: Names of types that are no longer free; those given are added.
        is_camel: Whether names are in camelCase.
    """

    def __init__(
        self, sketch: Sketch, taken: set[str], *, is_camel: bool = True
    ) -> None:
        self.sketch = sketch
        self.inputs: dict[Any, InputSketch] = {}
        self._taken = taken
        self._order_argument = "orderBy" if is_camel else "order_by"
        self._name = camel_case if is_camel else valid
        self._enums = {one.name for one in sketch.enums}

    def arguments_of(self, field: FieldSketch) -> tuple[str, ...]:
        """Return the arguments of a field, in SDL: none where it gives no list."""
        if not field.is_list or field.target is None:
            return ()
        return (*self._choices(field.target), *_PAGE)

    def connection_arguments(self, target: Mapper[Any]) -> tuple[str, ...]:
        """Return the arguments of a connection of rows of *target*."""
        return (*self._choices(target), *_CONNECTION)

    def roots(self) -> Iterator[RootSketch]:
        """Yield a list for each class, and an object by its primary key."""
        names: set[str] = set()
        for mapper, type_name in self.sketch.shown.items():
            type_ = self.sketch.shown_as(mapper)
            singular = self._field_name(type_name)
            name = unused(plural(singular), names)
            names.add(name)
            arguments = (*self._choices(mapper), *_PAGE)
            yield RootSketch(name, arguments, f"[{type_name}!]!", type_)
            keys = [type_.field_of(name) for name in key_attributes(mapper)]
            if all(key is not None and _is_plain(key) for key in keys):
                if singular == name:
                    singular = singular.removesuffix("s")
                singular = unused(singular, names)
                names.add(singular)
                by_key = tuple(f"{one.name}: {one.type}" for one in keys if one)
                yield RootSketch(singular, by_key, type_name, type_)

    def _field_name(self, type_name: str) -> str:
        name = type_name[:1].lower() + type_name[1:]
        if self._name is camel_case:
            return name
        return capitals(type_name).lower()

    def _choices(self, mapper: Mapper[Any]) -> Iterator[str]:
        """Yield the filter and the order of rows of *mapper*."""
        yield f"filter: {self._filter(mapper)}"
        order = self._order(mapper)
        if order is not None:
            yield f"{self._order_argument}: [{order}!]"

    def _new(self, key: Any, name: str) -> str:
        name = unused(name, self._taken)
        self._taken.add(name)
        self.inputs[key] = InputSketch(name)
        return name

    def _filter(self, mapper: Mapper[Any]) -> str:
        key = ("filter", mapper)
        if key in self.inputs:
            return self.inputs[key].name
        type_ = self.sketch.shown_as(mapper)
        name = self._new(key, f"{type_.name}Filter")
        fields = [
            (field.name, of)
            for field in type_.fields
            for of in (self._filter_of(field),)
            if of is not None
        ]
        fields += [("and", f"[{name}!]"), ("or", f"[{name}!]"), ("not", name)]
        self.inputs[key] = InputSketch(name, tuple(dict(fields).items()))
        return name

    def _filter_of(self, field: FieldSketch) -> str | None:
        if field.target is None:
            return self._operators(field)
        target = self._filter(field.target)
        if not field.is_list:
            return target
        key = ("quantifiers", field.target)
        if key not in self.inputs:
            shown = self.sketch.shown[field.target]
            name = self._new(key, f"{shown}ListFilter")
            parts = tuple((part, target) for part in ("some", "none", "every"))
            self.inputs[key] = InputSketch(name, parts)
        return self.inputs[key].name

    def _operators(self, field: FieldSketch) -> str | None:
        kind = field.bare_type
        operators = OPERATORS["ID"] if kind in self._enums else OPERATORS.get(kind)
        if operators is None or not _is_comparable(field):
            return None
        if kind == "String" and _is_enum(field):
            return None  # whose texts GraphQL cannot name
        key = ("operators", kind)
        if key not in self.inputs:
            name = self._new(key, f"{kind}Filter")
            types = {"in": f"[{kind}!]", "notIn": f"[{kind}!]", "isNull": "Boolean"}
            fields = tuple(
                (self._name(one) if one != "in" else one, types.get(one, kind))
                for one in operators
            )
            self.inputs[key] = InputSketch(name, fields)
        return self.inputs[key].name

    def _order(self, mapper: Mapper[Any]) -> str | None:
        key = ("order", mapper)
        if key in self.inputs:
            return self.inputs[key].name
        type_ = self.sketch.shown_as(mapper)
        names = [
            capitals(field.name)
            for field in type_.fields
            if field.column is not None and _is_plain(field)
            if _is_comparable(field)
        ]
        names = [name for name in names if _ENUM_VALUE.fullmatch(name)]
        if not names:
            return None
        name = self._new(key, f"{type_.name}Order")
        values = tuple(f"{one}_{way}" for one in names for way in ("ASC", "DESC"))
        self.inputs[key] = InputSketch(name, values=values)
        return name


def _is_plain(field: FieldSketch) -> bool:
    return field.target is None and field.bare_type != "JSON" and field.type[0] != "["


def _is_enum(field: FieldSketch) -> bool:
    return field.column is not None and isinstance(field.column.type, Enum)


def _is_comparable(field: FieldSketch) -> bool:
    """Tell whether the database compares the column: arrays and JSON it does not."""
    return field.column is None or not is_opaque(field.column.type)
