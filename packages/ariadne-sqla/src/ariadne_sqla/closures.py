"""The answer to a selection as functions: objects in, what the response has out.

graphql-core asks for each field of each object anew what it is and how it is completed.
But where fields read attributes, and no code of the application's runs, that is the
same for all objects of a list. So it is decided once, when a selection is met first;
and what the fields have is then completed column by column.

What comes out is what graphql-core would have made of it. What it would make an error
of, and what it alone knows how to get, is left to it: `Unfit`.
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any

from graphql import (
    GraphQLAbstractType,
    GraphQLObjectType,
    GraphQLSchema,
    is_abstract_type,
)
from sqlalchemy import inspect
from sqlalchemy.orm import Mapper

from sqla_selection import TypeRegistry
from sqla_selection.asked import Asked, AskedField

from .abstract_types import name_by_class, tells_by_class
from .bound import bound_to
from .columns import (
    Column,
    Completion,
    NotWhole,
    Present,
    Unfit,
    completion_of,
    never_waits,
)
from .field_columns import FieldColumn, field_column

__all__ = ["Closures", "ObjectClosures"]


class Closures:
    """What is asked of values of one composite type, as functions.

    Args:
        schema: The schema, which is complete.
        asked: What is asked.
    """

    def __init__(self, schema: GraphQLSchema, asked: Asked) -> None:
        self.schema = schema
        self.types = bound_to(schema).types
        self.policies = TypeRegistry.of(schema).policies
        self._known: dict[tuple[Any, ...], _Values] = {}
        self._top = self.below(asked.type, (asked,))

    def below(self, type_: Any, asked: tuple[Asked, ...]) -> _Values:
        """Return the functions for what several fields ask together of a type."""
        key = (type_.name, *map(id, asked))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = _Values(self, type_, asked)
        return known

    def of_type(self, type_: Any) -> Completion:
        """Return what completes values of *type_*, a list of them for example."""
        return completion_of(type_, self._top)

    def of_objects(self, type_: GraphQLObjectType) -> ObjectClosures:
        """Return the functions for objects that are shown as *type_*."""
        return self._top.of_objects(type_.name)


class _Values:
    """What completes values of one composite type. It is made when it is needed."""

    def __init__(
        self, closures: Closures, type_: Any, asked: tuple[Asked, ...]
    ) -> None:
        self._closures = closures
        self._type = type_
        self._asked = asked
        self._objects: dict[str, ObjectClosures] = {}

    def of_objects(self, type_name: str) -> ObjectClosures:
        """Return the functions for objects of one of the possible types."""
        known = self._objects.get(type_name)
        if known is None:
            known = ObjectClosures(self._closures, type_name, self._asked)
            self._objects[type_name] = known
        return known

    def __call__(self, values: Column, kinds: set[type]) -> Column:
        return self._complete(values, kinds)

    @cached_property
    def _complete(self) -> Present:
        if not is_abstract_type(self._type):
            return self.of_objects(self._type.name)
        return partial(self._of_several_types, self._type)

    def _of_several_types(
        self, abstract: GraphQLAbstractType, values: Column, kinds: set[type]
    ) -> Column:
        if not tells_by_class(abstract):
            raise NotWhole
        schema = self._closures.schema
        try:
            names = {kind: name_by_class(kind, abstract, schema) for kind in kinds}
        except TypeError as error:
            raise Unfit from error
        found: dict[str | None, set[type]] = {}
        for kind, name in names.items():
            found.setdefault(name, set()).add(kind)
        if None in found:
            raise Unfit
        if len(found) == 1:
            [(name, _)] = found.items()
            return self.of_objects(str(name))(values, kinds)
        done: dict[int, Any] = {}
        for name, own in found.items():
            places = [n for n, value in enumerate(values) if type(value) in own]
            objects = [values[n] for n in places]
            done.update(
                zip(places, self.of_objects(str(name))(objects, own), strict=True)
            )
        return [done[n] for n in range(len(values))]


class ObjectClosures:
    """What completes objects that are shown as one object type."""

    def __init__(
        self, closures: Closures, type_name: str, asked: tuple[Asked, ...]
    ) -> None:
        self._type = closures.schema.type_map[type_name]
        self._fit: set[type] = set()
        self.left: set[str] = set()
        """The response keys that graphql-core has to see to."""
        self.fields: dict[str, FieldColumn] = {}
        """Response key → what completes a column of it."""
        bound = closures.types.get(type_name)
        for response_key, fields in _merged(asked, type_name).items():
            column = (
                None
                if bound is None
                else field_column(bound, fields, closures.below, closures.policies)
            )
            if column is None:
                self.left.add(response_key)
            else:
                self.fields[response_key] = column
        self._keys = tuple(self.fields)

    def __call__(self, values: Column, kinds: set[type]) -> Column:
        """Return what *values* are completed to."""
        if self.left or self._type.is_type_of is not None:  # type: ignore[attr-defined]
            raise NotWhole
        if not kinds <= self._fit:
            self._check(kinds)
        loaded = [one.__dict__ for one in values]
        columns = [self._column(key, values, loaded) for key in self._keys]
        if not columns:
            return [{} for _ in values]
        keys = self._keys
        return [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=True)]

    def value(self, response_key: str, obj: Any) -> Any:
        """Return what one field of one object is completed to."""
        kind = type(obj)
        if kind not in self._fit:
            self._check({kind})
        return self._column(response_key, [obj], [obj.__dict__])[0]

    def _column(
        self, key: str, objects: Column, loaded: list[dict[str, Any]]
    ) -> Column:
        try:
            return self.fields[key](objects, loaded)
        except NotWhole:
            self.left.add(key)
            raise

    def _check(self, kinds: set[type]) -> None:
        for kind in kinds:
            if not isinstance(inspect(kind, raiseerr=False), Mapper):
                raise Unfit
            if not never_waits(kind):
                raise Unfit
            self._fit.add(kind)


def _merged(asked: tuple[Asked, ...], type_name: str) -> dict[str, list[AskedField]]:
    """Return response key → what all of *asked* ask of it, in the order of both."""
    merged: dict[str, dict[AskedField, None]] = {}
    for one in asked:
        for field in one.fields.get(type_name, ()):
            merged.setdefault(field.response_key, {})[field] = None
    return {response_key: list(fields) for response_key, fields in merged.items()}
