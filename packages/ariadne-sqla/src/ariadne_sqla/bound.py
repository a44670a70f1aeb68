"""What is bound to a schema: all that resolvers know of their types.

The lowest floor of the package. Bindables put it together, resolvers read it, and so
neither has to know the other.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from weakref import WeakSet

from graphql import GraphQLField, GraphQLSchema, get_named_type

from sqla_loaders import LoaderRegistry
from sqla_selection import ConfigurationError, TypeConfig
from sqla_selection.arguments import (
    ArgumentLimits,
    ArgumentsShape,
    FilterConfig,
    IdReader,
    OrderConfig,
    Vocabulary,
    as_it_is,
)

__all__ = [
    "Bound",
    "BoundSchema",
    "DerivedOfField",
    "Due",
    "any_bound_type",
    "bound_to",
]

T = TypeVar("T")


_KEY = "ariadne_sqla"


@dataclass(frozen=True, eq=False, slots=True)
class Bound:
    """A GraphQL type that is bound to a model."""

    config: TypeConfig
    registry_in: Callable[[Any], LoaderRegistry]
    """Returns the loaders that are in a GraphQL context.

    It raises `MissingRegistryError` where there are none."""
    base_query: Callable[..., Any] | None = None
    """The application's `get_base_query`, if it has one."""


class Due:
    """Steps that are taken once with each schema, when that is complete.

    graphql-core gives no sign of it: bindables, converted names, directives and code
    that comes later set resolvers, and then the first execution is there. A step may
    be taken twice, by two threads.
    """

    def __init__(self) -> None:
        self._steps: dict[Hashable, Callable[[GraphQLSchema], None]] = {}
        self._last: Callable[[GraphQLSchema], None] | None = None
        self._done: WeakSet[GraphQLSchema] = WeakSet()

    def add(self, key: Hashable, step: Callable[[GraphQLSchema], None]) -> None:
        """Take *step* too, in place of one that was added under the same *key*."""
        self._steps[key] = step
        self._done.clear()

    def end_with(self, step: Callable[[GraphQLSchema], None]) -> None:
        """Take *step* behind all others, which may set what it looks at."""
        self._last = step

    def do(self, schema: GraphQLSchema) -> None:
        """Take the steps with *schema*, which is executed now."""
        if schema not in self._done:
            for step in list(self._steps.values()):
                step(schema)
            if self._last is not None:
                self._last(schema)
            self._done.add(schema)


class BoundSchema:
    """What is bound to one schema."""

    def __init__(self) -> None:
        self.types: dict[str, Bound] = {}
        """The types that are bound to models, by name."""
        self.inputs: dict[str, FilterConfig | OrderConfig] = {}
        """What bindables say of filters and orders, by the names of their types."""
        self.id_reader: IdReader = as_it_is
        """How clients' ids of a column are read."""
        self.root_shapes: dict[str, Callable[[GraphQLField], ArgumentsShape]] = {}
        """Tells what the arguments of a root field may ask, by the field's name."""
        self.limits = ArgumentLimits()
        """What the arguments of one query may ask."""
        self.trusted: set[tuple[str, str]] = set()
        """Fields whose results are shown as they are: names of type and field."""
        self.requires_policy = False
        """Whether each type must have a policy."""
        self.leads: dict[str, bool] = {}
        """Whether types lead to bound ones, as far as somebody has asked."""
        self.vocabulary: Vocabulary | None = None
        """What names of input types mean, known when the schema is complete."""
        self.chooses = False
        """Whether a relationship has arguments that choose among its rows."""
        self.is_looked_at = False
        """Whether somebody looks at the schema when it is complete."""
        self.when_complete = Due()
        """What is checked of the complete schema; its errors are told."""
        self.at_first = Due()
        """What is derived of the complete schema."""
        self.at_first_synchronous = Due()
        """What only executions without an event loop take."""

    def add(self, bound: Bound) -> None:
        """Note what is bound to a type, anew if it is.

        Raises:
            ConfigurationError: Something else is, with other settings.
        """
        name = bound.config.name
        known = self.types.get(name)
        setting = None if known is None else _differing(known, bound)
        if setting is not None:
            msg = (
                f"The type {name!r} is bound by two object types, which have different "
                f"`{setting}`. Give `SQLAlchemyQueryType` and `make_executable_schema` "
                "the same one, or one of them alone."
            )
            raise ConfigurationError(msg)
        self.types[name] = bound


_SETTINGS = (
    "aliases",
    "requires",
    "max_depth",
    "page_size",
    "max_page_size",
    "policy",
)
_FUNCTIONS = ("strategies", "visible_if")
"""Settings that are functions by the names of fields, as a rule made where they are."""


def _differing(one: Bound, other: Bound) -> str | None:
    """Return a setting that two of one type do not have in common, if there is one."""
    if one is other:
        return None
    for setting in _SETTINGS:
        if getattr(one.config, setting) != getattr(other.config, setting):
            return setting
    for setting in _FUNCTIONS:
        if getattr(one.config, setting).keys() != getattr(other.config, setting).keys():
            return setting
    queries = [getattr(each.base_query, "__func__", None) for each in (one, other)]
    return None if queries[0] is queries[1] else "get_base_query"


class DerivedOfField(Generic[T]):
    """What is made of a field when its schema is complete, for all of them at once."""

    def __init__(
        self,
        schema: BoundSchema,
        type_name: str,
        field_name: str,
        make: Callable[[GraphQLField], T],
    ) -> None:
        self.value: T | None = None
        """`None` before the first execution."""
        self._schema = schema
        self._type_name = type_name
        self._field_name = field_name
        self._make = make
        schema.at_first.add((type_name, field_name), self._derive)

    def of(self, info: Any) -> T:
        """Return what is made of the running field, whose schema is complete."""
        self._schema.at_first.do(info.schema)
        if self.value is None:  # it failed, or this schema has another name for it
            self.value = self._make(info.parent_type.fields[info.field_name])
        return self.value

    def _derive(self, schema: GraphQLSchema) -> None:
        fields = getattr(schema.type_map.get(self._type_name), "fields", {})
        if self._field_name in fields:
            with suppress(Exception):  # an error of this field: it is told there
                self.value = self._make(fields[self._field_name])


def bound_to(schema: GraphQLSchema) -> BoundSchema:
    """Return what is bound to *schema*."""
    bound: BoundSchema | None = schema.extensions.get(_KEY)
    if bound is None:
        bound = schema.extensions[_KEY] = BoundSchema()
    return bound


def any_bound_type(info: Any) -> Bound:
    """Return the type of the running field, or any other if that is not bound.

    To ask it for what is the same for all of them, in most applications: where the
    loaders are.
    """
    types = bound_to(info.schema).types
    known = types.get(get_named_type(info.return_type).name)
    return next(iter(types.values())) if known is None else known
