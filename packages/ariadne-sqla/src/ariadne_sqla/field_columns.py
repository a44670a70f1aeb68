"""What a field reads of objects, and to what all of it is completed.

Fields of which a resolver of this library reads a mapped attribute; no code runs then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, TypeAlias

from graphql import GraphQLField, get_named_type, is_leaf_type

from sqla_loaders import reader_of
from sqla_selection import Policies
from sqla_selection.asked import Asked, AskedField
from sqla_selection.mapping import classes_without
from sqla_selection.reading import ColumnRead, RelationshipRead, reading_of

from .bound import Bound
from .columns import Column, Completion, NotWhole, Present, Unfit, completion_of
from .leaf_columns import leaf_column
from .ownership import path_given

__all__ = ["Below", "FieldColumn", "field_column"]

Below: TypeAlias = Callable[[Any, tuple[Asked, ...]], Present]
"""Returns what completes values of a composite type of which that is asked."""
FieldColumn: TypeAlias = Callable[[Column, list[dict[str, Any]]], Column]
"""Completes what one field has for objects; it is given what these have loaded."""


@dataclass(frozen=True, slots=True, eq=False)
class _TypeName:
    name: str

    def __call__(self, objects: Column, _: list[dict[str, Any]]) -> Column:
        return [self.name] * len(objects)


@dataclass(frozen=True, slots=True, eq=False)
class _Attribute:
    """A field whose resolver, one of this library's, reads an attribute."""

    definition: GraphQLField
    resolver: Any
    read: Callable[[Column, list[dict[str, Any]]], Iterable[Any]]
    complete: Completion

    def __call__(self, objects: Column, loaded: list[dict[str, Any]]) -> Column:
        if self.definition.resolve is not self.resolver:  # it was set since
            raise NotWhole
        try:
            values = list(self.read(objects, loaded))
        except (KeyError, AttributeError):
            raise Unfit from None
        return self.complete(values)


def field_column(
    bound: Bound, fields: list[AskedField], below_of: Below, policies: Policies
) -> FieldColumn | None:
    """Return what completes a column of a field, `None` where code runs for it.

    And where a policy may hide what it leads to: no attribute has what is left then.
    """
    first = fields[0]
    definition = first.definition
    if definition is None:
        is_name = first.name == "__typename"
        return _TypeName(bound.config.name) if is_name else None
    path = path_given(definition)
    if path is None:
        return None
    if definition.args or first.arguments is not None or first.connection is not None:
        return None
    read = _reader(bound, first.name, path, policies)
    if read is None:
        return None
    type_ = get_named_type(definition.type)
    if is_leaf_type(type_):
        below: Present = leaf_column(type_)
    else:
        asked = tuple(one.below for one in fields if one.below is not None)
        below = below_of(type_, asked)
    completion = completion_of(definition.type, below)
    return _Attribute(definition, definition.resolve, read, completion)


def _reader(
    bound: Bound, field_name: str, path: str, policies: Policies
) -> Callable[[Column, list[dict[str, Any]]], Iterable[Any]] | None:
    """Return what reads *path* on objects, all that is loaded: or raises `KeyError`."""
    reading = reading_of(bound.config.mapper, path)
    if isinstance(reading, ColumnRead):
        return _reading_loaded(reading.name)
    if not isinstance(reading, RelationshipRead) or reading.relationship is None:
        return None
    prop = reading.relationship
    if bound.config.strategies.get(field_name) or classes_without(prop):
        return None
    if policies.guards(prop.mapper):
        return None
    if prop.collection_class in (None, list, set):
        return _reading_loaded(prop.key)
    return _reading_each(reader_of(prop))


def _reading_loaded(name: str) -> Callable[..., Iterable[Any]]:
    get = itemgetter(name)
    return lambda _, loaded: map(get, loaded)


def _reading_each(read: Callable[[Any], Any]) -> Callable[..., Iterable[Any]]:
    return lambda objects, _: map(read, objects)
