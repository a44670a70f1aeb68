"""What a field reads of objects, and to what all of it is completed.

Only fields whose value no resolver of the application's own gives: those for which a
resolver of this library reads a mapped attribute, and those of types without a model
that graphql-core's default resolver reads from a dict, as a connection is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeAlias

from graphql import (
    GraphQLField,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)

from sqla_selection import TypeRegistry
from sqla_selection.asked import Asked, AskedField

from .bound import bound_to
from .columns import (
    Column,
    Completion,
    Loaded,
    NotWhole,
    Present,
    Unfit,
    completion_of,
)
from .hidden_fields import is_seen
from .leaf_columns import leaf_column
from .ownership import is_default, path_given, path_of_alias, resolver_inside
from .readers import Reader, reader_of_default, reader_of_path
from .shown import guarded_types

__all__ = ["Below", "FieldColumn", "field_column"]

Below: TypeAlias = Callable[[Any, tuple[Asked, ...]], Present]
"""Returns what completes values of a composite type of which that is asked."""


class FieldColumn(Protocol):
    """Completes what one field has for objects."""

    @property
    def runs_code(self) -> bool:
        """Whether code of the application's runs, as that of a property."""

    def __call__(self, objects: Column, loaded: list[Loaded], info: Any) -> Column:
        """Return the column, or raise `Unfit`.

        Args:
            objects: The objects.
            loaded: What each of them has.
            info: Of any field of the request.
        """


def field_column(
    schema: GraphQLSchema, type_name: str, fields: list[AskedField], below_of: Below
) -> FieldColumn | None:
    """Return what completes a column of a field, `None` where that is not known.

    Args:
        schema: The schema.
        type_name: The type that the objects are shown as.
        fields: What is asked under one response key.
        below_of: See `Below`.
    """
    first = fields[0]
    definition = first.definition
    if definition is None:
        return _TypeName(type_name) if first.name == "__typename" else None
    reader, resolver = _reader(schema, type_name, first, definition)
    if reader is None:
        return None
    rules = TypeRegistry.of(schema).field_rules(schema)
    field_ = type_name, first.name
    asks = field_ if rules is not None and field_ in rules.of_fields else None
    type_ = get_named_type(definition.type)
    if is_leaf_type(type_):
        below: Present = leaf_column(type_)
    else:
        asked = [one.page or one.below for one in fields]
        below = below_of(type_, tuple(one for one in asked if one is not None))
    completion = completion_of(definition.type, below)
    read, runs_code = reader.read, reader.runs_code
    return _Read(definition, resolver, read, completion, runs_code, asks)


def _reader(
    schema: GraphQLSchema, type_name: str, field: AskedField, definition: GraphQLField
) -> tuple[Reader | None, Any]:
    """Return what reads a field, and the resolver that it is in the place of."""
    bound = bound_to(schema).types.get(type_name)
    if bound is not None:
        path = path_given(definition)
        if path is None:
            return None, None
        policies = TypeRegistry.of(schema).policies
        return reader_of_path(bound, field, path, policies), definition.resolve
    resolver = resolver_inside(definition)
    if definition.args or not is_default(definition):
        return None, None
    if guarded_types(definition.type, schema):
        return None, None  # what a policy hides is left out by what is around it
    return reader_of_default(path_of_alias(resolver) or field.name), resolver


@dataclass(frozen=True, slots=True, eq=False)
class _TypeName:
    name: str
    runs_code: ClassVar[bool] = False

    def __call__(self, objects: Column, loaded: list[Loaded], info: Any) -> Column:
        return [self.name] * len(objects)


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """A field that is read without its resolver."""

    definition: GraphQLField
    resolver: Any
    read: Callable[[Column, list[Loaded], Any], Iterable[Any]]
    complete: Completion
    runs_code: bool
    asks: tuple[str, str] | None = None
    """Type and field, where not everybody may see it."""

    def __call__(self, objects: Column, loaded: list[Loaded], info: Any) -> Column:
        running = self.definition.resolve
        if running is not self.resolver and (
            resolver_inside(self.definition) is not self.resolver
        ):
            raise NotWhole  # another one was set since
        if self.asks is not None and self._is_hidden(info, *self.asks):
            return [None] * len(objects)
        return self.complete(list(self.read(objects, loaded, info)), info)

    def _is_hidden(self, info: Any, type_name: str, field_name: str) -> bool:
        try:
            if is_seen(info, type_name, field_name):
                return False
        except Exception as error:  # that of the field, which its resolver raises
            raise Unfit from error
        if isinstance(self.definition.type, GraphQLNonNull):
            raise Unfit
        return True
