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
    get_named_type,
    is_abstract_type,
    is_composite_type,
)
from sqlalchemy import inspect
from sqlalchemy.orm import Mapper

from sqla_selection.asked import Asked, AskedField

from .abstract_types import name_by_class, tells_by_class
from .bound import bound_to
from .columns import (
    Column,
    Completion,
    Loaded,
    NotWhole,
    Present,
    Unfit,
    completion_of,
    never_waits,
    rows_of,
)
from .field_columns import FieldColumn, field_column

__all__ = ["ObjectClosures", "ValueClosures", "closures_of"]


def closures_of(schema: GraphQLSchema, asked: Asked) -> ValueClosures:
    """Return what completes values of which that is *asked*; the schema is complete."""
    return _Closures(schema).below(asked.type, (asked,))


class _Closures:
    """All that are made of one selection."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self.types = bound_to(schema).types
        self._known: dict[tuple[Any, ...], ValueClosures] = {}

    def below(self, type_: Any, asked: tuple[Asked, ...]) -> ValueClosures:
        """Return the functions for what several fields ask together of a type."""
        key = (type_.name, *map(id, asked))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = ValueClosures(self, type_, asked)
        return known


class ValueClosures:
    """What completes values of one composite type. It is made when it is needed."""

    def __init__(
        self, closures: _Closures, type_: Any, asked: tuple[Asked, ...]
    ) -> None:
        self._closures = closures
        self._type = type_
        self._asked = asked
        self._objects: dict[str, ObjectClosures] = {}

    def of_type(self, type_: Any) -> Completion:
        """Return what completes values of *type_*, a list of them for example."""
        return completion_of(type_, self)

    def of_objects(self, type_name: str) -> ObjectClosures:
        """Return the functions for objects of one of the possible types."""
        known = self._objects.get(type_name)
        if known is None:
            known = ObjectClosures(self._closures, type_name, self._asked)
            self._objects[type_name] = known
        return known

    def __call__(self, values: Column, kinds: set[type], info: Any) -> Column:
        """Return what *values*, which are all there, are completed to."""
        return self._complete(values, kinds, info)

    @cached_property
    def _complete(self) -> Present:
        if not is_abstract_type(self._type):
            return self.of_objects(self._type.name)
        return partial(self._of_several_types, self._type)

    def _of_several_types(
        self, abstract: GraphQLAbstractType, values: Column, kinds: set[type], info: Any
    ) -> Column:
        by_type = self._kinds_by_type(abstract, kinds)
        if len(by_type) == 1:
            [name] = by_type
            return self.of_objects(name)(values, kinds, info)
        done: dict[int, Any] = {}
        for name, own in by_type.items():
            places = [n for n, value in enumerate(values) if type(value) in own]
            objects = [values[n] for n in places]
            completed = self.of_objects(name)(objects, own, info)
            done.update(zip(places, completed, strict=True))
        return [done[n] for n in range(len(values))]

    def _kinds_by_type(
        self, abstract: GraphQLAbstractType, kinds: set[type]
    ) -> dict[str, set[type]]:
        """Return the classes by the type that their objects are shown as."""
        if not tells_by_class(abstract):
            raise NotWhole
        found: dict[str, set[type]] = {}
        for kind in kinds:
            try:
                name = name_by_class(kind, abstract, self._closures.schema)
            except TypeError:
                name = None
            if name is None:
                raise Unfit
            found.setdefault(name, set()).add(kind)
        return found


class ObjectClosures:
    """What completes objects that are shown as one object type."""

    def __init__(
        self, closures: _Closures, type_name: str, asked: tuple[Asked, ...]
    ) -> None:
        type_ = closures.schema.type_map[type_name]
        assert isinstance(type_, GraphQLObjectType)
        self._type = type_
        self._closures = closures
        self._bound = closures.types.get(type_name)
        self._fit: set[type] = set()
        self._asked = _merged(asked, type_name)
        self.fields: dict[str, FieldColumn] = {}
        """Response key → what completes a column of it."""
        self.left: set[str] = set()
        """The response keys that graphql-core has to see to."""
        for response_key, fields in self._asked.items():
            column = field_column(closures.schema, type_name, fields, closures.below)
            if column is None:
                self.left.add(response_key)
            else:
                self.fields[response_key] = column
        self._keys = tuple(self.fields)
        # Code of the application's runs when all else is fit.
        self._in_turn = sorted(self._keys, key=lambda key: self.fields[key].runs_code)

    def __call__(self, values: Column, kinds: set[type], info: Any) -> Column:
        """Return what *values* are completed to."""
        if self.left or self._type.is_type_of is not None:
            raise NotWhole
        loaded = self._loaded(values, kinds)
        columns = {
            key: self._column(key, values, loaded, info) for key in self._in_turn
        }
        return rows_of(self._keys, [columns[key] for key in self._keys], len(values))

    def value(self, response_key: str, obj: Any, info: Any) -> Any:
        """Return what one field of one object is completed to."""
        loaded = self._loaded([obj], {type(obj)})
        return self._column(response_key, [obj], loaded, info)[0]

    def below(self, response_key: str) -> ValueClosures | None:
        """Return the functions for what is asked of what a field gives."""
        fields = self._asked.get(response_key)
        definition = fields[0].definition if fields else None
        type_ = None if definition is None else get_named_type(definition.type)
        if not is_composite_type(type_):
            return None
        asked = [one.page or one.below for one in fields or ()]
        return self._closures.below(type_, tuple(one for one in asked if one))

    def _column(
        self, key: str, objects: Column, loaded: list[Loaded], info: Any
    ) -> Column:
        try:
            return self.fields[key](objects, loaded, info)
        except NotWhole:
            self.left.add(key)
            raise

    def _loaded(self, values: Column, kinds: set[type]) -> list[Loaded]:
        """Return what objects have: mapped ones of a bound type, dicts of another."""
        if self._bound is None:
            if kinds == {dict}:
                return values
            raise Unfit
        for kind in kinds - self._fit:
            is_mapped = isinstance(inspect(kind, raiseerr=False), Mapper)
            if not is_mapped or not never_waits(kind):
                raise Unfit
            self._fit.add(kind)
        return [one.__dict__ for one in values]


def _merged(asked: tuple[Asked, ...], type_name: str) -> dict[str, list[AskedField]]:
    """Return response key → what all of *asked* ask of it, in the order of both."""
    merged: dict[str, dict[AskedField, None]] = {}
    for one in asked:
        for field in one.fields.get(type_name, ()):
            merged.setdefault(field.response_key, {})[field] = None
    return {response_key: list(fields) for response_key, fields in merged.items()}
