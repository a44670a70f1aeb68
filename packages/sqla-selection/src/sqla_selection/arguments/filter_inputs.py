"""An input type of filters → its shape."""

from __future__ import annotations

import datetime
import decimal
from typing import Any, NoReturn

from graphql import GraphQLInputObjectType, get_named_type, is_input_object_type
from sqlalchemy import Enum
from sqlalchemy.orm import Mapper
from sqlalchemy.types import NullType, TypeEngine

from ..coercion import is_opaque, python_type_of
from .filters import Operator, Quantifier
from .shapes import (
    ColumnField,
    FilterConfig,
    FilterField,
    FilterShape,
    FunctionField,
    LogicField,
    RelationField,
)
from .vocabulary import (
    Vocabulary,
    column_named,
    fields_of,
    names_for,
    plain,
    refuse,
    relationship_named,
)

__all__ = ["filter_shape"]

_EQUALITY: tuple[Operator, ...] = ("eq", "ne", "in", "notIn", "isNull")
_COMPARISON: tuple[Operator, ...] = (*_EQUALITY, "lt", "lte", "gt", "gte")
_TEXT: tuple[Operator, ...] = (
    *_COMPARISON,
    "contains",
    "startsWith",
    "endsWith",
    "icontains",
    "istartsWith",
    "iendsWith",
)
_OPERATORS: dict[str, Operator] = {plain(name): name for name in _TEXT}
_ORDERED = (
    int,
    float,
    decimal.Decimal,
    datetime.date,
    datetime.time,
    datetime.timedelta,
)
_QUANTIFIERS: dict[str, Quantifier] = {"some": "some", "none": "none", "every": "every"}
_LOGIC: dict[str, Any] = {"and": "and", "or": "or", "not": "not"}


def filter_shape(
    type_: GraphQLInputObjectType, mapper: Mapper[Any], vocabulary: Vocabulary
) -> FilterShape:
    """Return the shape of *type_* as a filter of *mapper*.

    Raises:
        ConfigurationError: A field of it, or of an input type below it, means nothing.
    """
    shape = FilterShape(type_.name, mapper)
    known = vocabulary.known.get(shape)
    if isinstance(known, FilterShape):
        return known
    vocabulary.known[shape] = shape
    reader = _Reader(vocabulary, type_, shape)
    for name, definition in fields_of(type_).items():
        found = reader.field(name, definition.type)
        shape.fields[definition.out_name or name] = found
    for name in (*reader.config.functions, *reader.config.aliases):
        if name not in type_.fields:
            why = "is configured, but the schema has no such field."
            refuse(f"{type_.name}.{name}", why, name, type_.fields)
    return shape


class _Reader:
    """Reads the fields of one input type."""

    def __init__(
        self, vocabulary: Vocabulary, type_: GraphQLInputObjectType, shape: FilterShape
    ) -> None:
        self.vocabulary = vocabulary
        self.type_name = type_.name
        self.shape = shape
        self.mapper = shape.mapper
        self.config = vocabulary.filters.get(type_.name) or FilterConfig(type_.name)
        self.aliases = vocabulary.aliases_of(self.mapper, self.config.aliases)

    def field(self, name: str, type_: Any) -> FilterField:
        """Return what the field *name* means."""
        where = f"{self.type_name}.{name}"
        named = get_named_type(type_)
        function = self.config.functions.get(name)
        if function is not None:
            return FunctionField(name, function)
        if name in _LOGIC and is_input_object_type(named):
            target = filter_shape(named, self.mapper, self.vocabulary)
            return LogicField(name, _LOGIC[name], target)
        relationship = relationship_named(self.mapper, self.aliases, name)
        if relationship is not None:
            return self._relation(where, name, relationship, named)
        column = column_named(self.mapper, self.aliases, name)
        if column is None:
            self._refuse_name(where, name)
        attribute, type_of_column = column
        if is_opaque(type_of_column):
            refuse(
                where,
                f"would compare {self._attribute(attribute)}, which is JSON or an "
                "array. Give the field a function that says what it means.",
            )
        if is_input_object_type(named):
            operators = self._operators(named, attribute, type_of_column)
            types = [one.type for one in named.fields.values()]
        else:
            operators, types = None, [named]
        reads = self.vocabulary.reader_of(self.mapper, attribute, types)
        return ColumnField(name, attribute, type_of_column, operators, reads)

    def _relation(
        self, where: str, name: str, relationship: str, named: Any
    ) -> RelationField:
        prop = self.mapper.relationships[relationship]
        if not is_input_object_type(named):
            refuse(
                where,
                f"is a {named.name}, but {self._attribute(relationship)} is a "
                "relationship: it takes a filter of its target.",
            )
        target = prop.mapper
        if not prop.uselist:
            shape = filter_shape(named, target, self.vocabulary)
            return RelationField(name, relationship, (("", "", "one", shape),))
        parts = []
        for part, definition in fields_of(named).items():
            quantifier = _QUANTIFIERS.get(part)
            of = get_named_type(definition.type)
            if quantifier is None or not is_input_object_type(of):
                refuse(
                    f"{named.name}.{part}",
                    f"is none of 'some', 'none' and 'every', which the filter of a "
                    f"collection ({self._attribute(relationship)}) is made of.",
                    part,
                    _QUANTIFIERS,
                )
            shape = filter_shape(of, target, self.vocabulary)
            parts.append((definition.out_name or part, part, quantifier, shape))
        return RelationField(name, relationship, tuple(parts))

    def _operators(
        self, named: GraphQLInputObjectType, attribute: str, type_: TypeEngine[Any]
    ) -> tuple[tuple[str, str, Operator], ...]:
        allowed = _operators_of(type_)
        operators = []
        for name, definition in fields_of(named).items():
            operator = _OPERATORS.get(plain(name))
            if operator is None:
                why = "is no operator."
                refuse(f"{named.name}.{name}", why, name, allowed)
            if operator not in allowed:
                refuse(
                    f"{named.name}.{name}",
                    f"has no meaning for {self._attribute(attribute)}, which takes "
                    f"{', '.join(allowed)}.",
                )
            operators.append((definition.out_name or name, name, operator))
        return tuple(operators)

    def _attribute(self, key: str) -> str:
        return f"'{self.mapper.class_.__name__}.{key}'"

    def _refuse_name(self, where: str, name: str) -> NoReturn:
        class_name = self.mapper.class_.__name__
        alias = self.aliases.get(name, "")
        if alias:
            why = f"is an alias of {alias!r}, which is no column of {class_name!r}."
        else:
            why = (
                f"names no column and no relationship of {class_name!r}, and has no "
                "function."
            )
        refuse(where, why, name, names_for(self.mapper))


def _operators_of(type_: TypeEngine[Any]) -> tuple[Operator, ...]:
    kind = python_type_of(type_)
    if isinstance(type_, Enum) or kind is bool:
        return _EQUALITY
    if kind is None or isinstance(type_, NullType):
        return _TEXT
    if issubclass(kind, str):
        return _TEXT
    return _COMPARISON if issubclass(kind, _ORDERED) else _EQUALITY
