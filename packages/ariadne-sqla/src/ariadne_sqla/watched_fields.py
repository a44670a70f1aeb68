"""Fields that notice what is done with them.

graphql-core runs what is on `.resolve`, and gives no sign when a schema is complete:
anybody may set a resolver until the first request is there. So what has to be around
one of the application's is put there when that is set: a `WatchedField` sees them all.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from graphql import (
    FieldDefinitionNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
)

from .ownership import resolver_inside

__all__ = ["InterfaceField", "WatchedField", "notice_validation", "watch"]

Watcher: TypeAlias = Callable[[GraphQLField, Any], Any]
"""Is given the field and the resolver that is set, and returns what to set instead."""

F = TypeVar("F", bound="WatchedField")


class WatchedField(GraphQLField):
    """A field whose `watcher` sees each resolver that is set from now on."""

    watcher: Watcher | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        """Set what the watcher says, where it is the resolver that is set."""
        if name == "resolve" and self.watcher is not None:
            value = self.watcher(self, value)
        super().__setattr__(name, value)


class InterfaceField(WatchedField):
    """A field of an interface, whose watcher sees what an `InterfaceType` sets.

    And not what directives put around it: they belong to the field of the interface,
    which nothing resolves, and not to those of the types that implement it.
    """

    _is_visited = False

    def __setattr__(self, name: str, value: Any) -> None:
        """Set the resolver by the watcher, unless a directive sets it."""
        if name == "resolve" and self._is_visited:
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    # Ariadne reads the node to find the directives of a field, before it applies them
    # and after all bindables are bound. Nothing else tells the one from the other.
    @property
    def ast_node(self) -> FieldDefinitionNode | None:
        """The node of the schema document."""
        self._is_visited = True
        return self._node

    @ast_node.setter
    def ast_node(self, node: FieldDefinitionNode | None) -> None:
        self._node = node


def watch(
    type_: GraphQLObjectType | GraphQLInterfaceType,
    name: str,
    watcher: Watcher,
    field_class: type[WatchedField] = WatchedField,
) -> None:
    """Let *watcher* see the resolvers of the field, the one that it has first."""
    definition = type_.fields[name]
    resolver = resolver_inside(definition)
    if not isinstance(definition, field_class):
        kwargs: dict[str, Any] = {**definition.to_kwargs(), "resolve": None}
        definition = type_.fields[name] = field_class(**kwargs)
    definition.watcher = watcher
    definition.resolve = resolver


class _NoticingField(WatchedField):
    """A field that notices when graphql-core validates its schema.

    By then all bindables are bound, names are converted and directives are visited.
    Validation reads the arguments of every field, others do before: the module tells
    who it is. Where that has another name one day, the first execution is the time.
    """

    when_validated: Callable[[], None] | None = None

    def hide(self) -> None:
        """Let arguments be looked up by `__getattr__` until they were validated."""
        self._args = self.__dict__.pop("args")

    def __getattr__(self, name: str) -> Any:
        """Return the arguments."""
        if name != "args" or "_args" not in self.__dict__:
            raise AttributeError(name)
        frame = inspect.currentframe()
        reader = frame.f_back if frame is not None else None
        if reader is not None and reader.f_globals.get("__name__") == _VALIDATING:
            self.args = self._args
            if self.when_validated is not None:
                self.when_validated()
        return self._args


_VALIDATING = "graphql.type.validate"


def notice_validation(schema: GraphQLSchema, go: Callable[[], None]) -> None:
    """Call *go* when graphql-core validates *schema*, if it has a query type."""
    query_type = schema.query_type
    if query_type is not None and query_type.fields:
        name, definition = next(iter(query_type.fields.items()))
        noticing = _NoticingField(**definition.to_kwargs())
        if isinstance(definition, WatchedField):
            noticing.watcher = definition.watcher
        noticing.when_validated = go
        noticing.hide()
        query_type.fields[name] = noticing
