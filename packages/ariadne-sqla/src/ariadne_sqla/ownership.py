"""Whose resolver a field has.

All that this library sets on fields it sets by `own`, which notes it in
`GraphQLField.extensions`. What else is found on `.resolve` is the application's. Marks
on functions would not do: `functools.wraps` copies them to a wrapper.

graphql-core runs what is on `.resolve`, and gives no sign when a schema is complete:
anybody may set a resolver until the first request is there. So what has to be around
one of the application's is put there when that is set: a `WatchedField` sees them all.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from ariadne.resolvers import resolve_to
from ariadne.types import Resolver
from graphql import (
    FieldDefinitionNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    default_field_resolver,
)

__all__ = [
    "InterfaceField",
    "WatchedField",
    "application_resolver",
    "belongs_to_the_application",
    "is_default",
    "is_ours",
    "is_surrounded",
    "notice_validation",
    "own",
    "path_given",
    "path_of_alias",
    "path_set_by_us",
    "put_around",
    "resolver_inside",
    "resolver_set_by_us",
    "watch",
]

_SLOT = "ariadne_sqla"


@dataclass(slots=True)
class _Owned:
    """What this library has set on one field."""

    resolver: Resolver | None = None
    path: str | None = None
    """The attribute path that `resolver` reads, if it reads one."""
    gives_it: bool = False  # as it is
    around: Resolver | None = None
    """What was put around `inside`."""
    inside: Resolver | None = None


_NOTHING = _Owned()


def _owned(definition: GraphQLField) -> _Owned:
    owned: _Owned = definition.extensions.get(_SLOT, _NOTHING)
    return owned


def own(
    definition: GraphQLField,
    resolver: Resolver,
    path: str | None = None,
    *,
    gives_it: bool = False,
) -> None:
    """Set *resolver*, one of this library's, which reads the attribute *path*.

    It gives what it reads, and makes nothing else of it, if it *gives_it*.
    """
    definition.extensions[_SLOT] = _Owned(resolver, path, gives_it)
    definition.resolve = resolver


def put_around(
    definition: GraphQLField, around: Resolver, inside: Resolver | None
) -> None:
    """Note that *around*, which is set now, is put by this library around *inside*.

    What `own` noted stays: *inside* may be around that.
    """
    known = _owned(definition)
    definition.extensions[_SLOT] = _Owned(
        known.resolver, known.path, known.gives_it, around, inside
    )


def path_set_by_us(definition: GraphQLField) -> str | None:
    """Return the path that the resolver of `own` reads, though wrapped since."""
    return _owned(definition).path


def resolver_set_by_us(definition: GraphQLField) -> Resolver | None:
    """Return the same resolver of `own`, though wrapped or replaced since."""
    return _owned(definition).resolver


def resolver_inside(definition: GraphQLField) -> Resolver | None:
    """Return the field's resolver, without what this library has put around it."""
    return _inside(definition, _owned(definition))


def _inside(definition: GraphQLField, owned: _Owned) -> Resolver | None:
    resolver: Resolver | None = definition.resolve
    return owned.inside if resolver and resolver is owned.around else resolver


def is_surrounded(definition: GraphQLField) -> bool:
    """Tell whether the field has what `put_around` noted."""
    around = _owned(definition).around
    return around is not None and definition.resolve is around


def is_ours(definition: GraphQLField) -> bool:
    """Tell whether the field has the resolver that `own` set, and no other."""
    resolver = _owned(definition).resolver
    return resolver is not None and resolver_inside(definition) is resolver


def path_given(definition: GraphQLField) -> str | None:
    """Return the path of which the field gives what is there, if no code is around."""
    owned = _owned(definition)
    is_plain = owned.gives_it and definition.resolve is owned.resolver
    return owned.path if is_plain else None


def is_default(definition: GraphQLField) -> bool:
    """Tell whether graphql-core or Ariadne itself reads an attribute for the field."""
    return _is_default(resolver_inside(definition))


def _is_default(resolver: Any) -> bool:
    return resolver is None or resolver is default_field_resolver or _is_alias(resolver)


def application_resolver(definition: GraphQLField) -> Resolver | None:
    """Return the resolver of the application's own, `None` where it has none."""
    owned = _owned(definition)
    resolver = _inside(definition, owned)
    if resolver is owned.resolver or _is_default(resolver):
        return None
    return resolver


def belongs_to_the_application(definition: GraphQLField, resolver: Any) -> bool:
    """Tell whether *resolver*, which is set now, is no default and none of ours."""
    owned = _owned(definition)
    return not _is_default(resolver) and resolver not in (owned.resolver, owned.around)


# Ariadne marks its aliases by an attribute of the function, which `functools.wraps`
# copies: a directive's wrapper around an alias would pass for one.
_ALIAS = resolve_to("").__code__


def _is_alias(resolver: Any) -> bool:
    return getattr(resolver, "__code__", None) is _ALIAS


class _ReadNames:
    """Notes the attributes that are read on it."""

    def __init__(self, names: list[str]) -> None:
        self._names = names

    def __getattr__(self, name: str) -> _ReadNames:
        self._names.append(name)
        return self


def path_of_alias(resolver: Any) -> str | None:
    """Return what a resolver of Ariadne's own (an alias, a converted name) reads.

    Such a resolver reads a dotted path, which only it knows: so it is shown an object
    that notes what is read.
    """
    if not _is_alias(resolver):
        return None
    names: list[str] = []
    resolver(_ReadNames(names), None)
    return ".".join(names)


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
