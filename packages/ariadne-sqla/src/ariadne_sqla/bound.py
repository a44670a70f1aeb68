"""What is bound to a schema: all that resolvers know of their types.

The lowest floor of the package. Bindables put it together, resolvers read it, and so
neither has to know the other.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

from graphql import GraphQLSchema, get_named_type

from sqla_loaders import LoaderRegistry
from sqla_selection import TypeConfig

__all__ = ["Bound", "BoundSchema", "Due", "any_bound_type", "bound_to"]

_KEY = "ariadne_sqla"


@dataclass(frozen=True, eq=False, slots=True)
class Bound:
    """A GraphQL type that is bound to a model."""

    config: TypeConfig
    registry_in: Callable[[Any], LoaderRegistry]
    """Returns the loaders that are in a GraphQL context.

    It raises `MissingRegistryError` where there are none."""


class Due:
    """Steps that are taken once with each schema, when that is complete.

    graphql-core gives no sign of it: bindables, converted names, directives and code
    that comes later set resolvers, and then the first execution is there. A step may
    be taken twice, by two threads.
    """

    def __init__(self) -> None:
        self._steps: dict[Hashable, Callable[[GraphQLSchema], None]] = {}
        self._done: WeakSet[GraphQLSchema] = WeakSet()

    def add(self, key: Hashable, step: Callable[[GraphQLSchema], None]) -> None:
        """Take *step* too, in place of one that was added under the same *key*."""
        self._steps[key] = step
        self._done.clear()

    def do(self, schema: GraphQLSchema) -> None:
        """Take the steps with *schema*, which is executed now."""
        if schema not in self._done:
            for step in list(self._steps.values()):
                step(schema)
            self._done.add(schema)


class BoundSchema:
    """What is bound to one schema."""

    def __init__(self) -> None:
        self.types: dict[str, Bound] = {}
        """The types that are bound to models, by name."""
        self.at_first = Due()
        """What is derived of the complete schema."""
        self.at_first_synchronous = Due()
        """What only executions without an event loop take."""


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
