"""The key by which the rows of a relationship are given to their owners."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from enum import Enum as PythonEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Enum, Integer, String, Uuid
from sqlalchemy.orm import RelationshipProperty

from .errors import ParentKeyError

__all__ = ["NO_KEY", "OwnerKey"]

NO_KEY: Any = object()
"""Stands for the key of an owner that lacks an attribute of it."""


class OwnerKey:
    """What an owner is told apart by: the value of one attribute, or a tuple of some.

    Args:
        prop: The relationship.
        attributes: The owner's attributes, in the order of the key's parts.
        may_have_null: Whether a key with NULL in a part finds rows.
    """

    def __init__(
        self,
        prop: RelationshipProperty[Any],
        attributes: tuple[str, ...],
        *,
        may_have_null: bool,
    ) -> None:
        self.prop = prop
        self.attributes = attributes
        self._may_have_null = may_have_null
        self._types = [
            _python_type(prop.parent.column_attrs[name].columns[0].type)
            for name in attributes
        ]

    def of(self, owner: Any) -> Hashable:
        """Return the key of *owner*, a mapped object, a mapping or any other object.

        Raises:
            ParentKeyError: *owner* lacks an attribute that the relationship joins on.
        """
        try:
            # What a loaded object has is here; an instrumented read costs five times.
            loaded = owner.__dict__
            parts = [loaded[name] for name in self.attributes]
        except (KeyError, AttributeError):
            parts = [self._part(owner, name) for name in self.attributes]
        if len(parts) > 1:
            key: Hashable = self._converted(tuple(parts))
            return key
        part: Hashable = parts[0]
        if type(part) is self._types[0]:
            return part
        converted: Hashable = _converted(part, self._types[0])
        return converted

    def of_each(self, owners: Iterable[Any]) -> list[Hashable]:
        """Return the key of each of *owners*, or `NO_KEY`."""
        name, python_type = self.attributes[0], self._types[0]
        if len(self.attributes) > 1:
            return [self._of_or_none(owner) for owner in owners]
        keys: list[Hashable] = []
        for owner in owners:
            key = getattr(owner, "__dict__", _NOTHING).get(name)
            keys.append(key if type(key) is python_type else self._of_or_none(owner))
        return keys

    def _of_or_none(self, owner: Any) -> Hashable:
        try:
            return self.of(owner)
        except ParentKeyError:
            none: Hashable = NO_KEY
            return none

    def converted(self, key: Hashable) -> Hashable:
        """Return *key* as the database gives it back: `"7"` of an integer is 7."""
        parts = self._converted(key if isinstance(key, tuple) else (key,))
        return parts if isinstance(key, tuple) else parts[0]

    def converted_each(self, keys: Iterable[Hashable]) -> list[Hashable]:
        """Return each of *keys* converted."""
        if len(self.attributes) > 1:
            return [self.converted(key) for key in keys]
        python_type = self._types[0]
        return [
            key if type(key) is python_type else self.converted(key) for key in keys
        ]

    def _converted(self, parts: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(parts) != len(self._types):
            return parts
        return tuple(map(_converted, parts, self._types))

    def _part(self, owner: Any, name: str) -> Any:
        try:
            return owner[name] if isinstance(owner, Mapping) else getattr(owner, name)
        except (KeyError, AttributeError) as error:
            msg = (
                f"{self.prop} cannot be loaded for a {type(owner).__name__} without "
                f"{name!r}: the relationship joins on "
                f"{', '.join(map(repr, self.attributes))}. Return that from the "
                "resolver too, or return mapped objects."
            )
            raise ParentKeyError(msg) from error

    def without_empty(self, keys: Iterable[Hashable]) -> list[Hashable]:
        """Return those of *keys* that are not empty."""
        return [
            key
            for key in keys
            if key is not None and not (isinstance(key, tuple) and self.is_empty(key))
        ]

    def is_empty(self, key: Hashable) -> bool:
        """Tell whether *key* has a NULL that equals nothing."""
        if not isinstance(key, tuple):
            return key is None
        nulls = [part is None for part in key]
        return all(nulls) if self._may_have_null else any(nulls)


def _python_type(type_: Any) -> type[Any] | None:
    """Return the class of the values that a column of *type_* has in Python.

    `None` where it is not one of those that keys of another class are converted to.
    """
    if isinstance(type_, Integer):
        return int
    if isinstance(type_, Uuid):
        return UUID if type_.as_uuid else str
    if isinstance(type_, Enum):
        return type_.enum_class
    return str if isinstance(type_, String) else None


def _converted(part: Any, python_type: type[Any] | None) -> Any:
    """Return *part* as *python_type*, or as it is where it is none of that type."""
    if python_type is None or part is None or isinstance(part, python_type):
        return part
    convert = _CONVERSIONS.get((type(part), python_type))
    if isinstance(part, str) and issubclass(python_type, PythonEnum):
        return python_type.__members__.get(part, part)
    try:
        return part if convert is None else convert(part)
    except ValueError:
        return part


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise ValueError(text)
    return int(text)


_CONVERSIONS: dict[tuple[type[Any], type[Any]], Callable[[Any], Any]] = {
    (str, int): _integer,
    (str, UUID): UUID,
    (int, str): str,
    (UUID, str): str,
}

_NOTHING: Any = {}
