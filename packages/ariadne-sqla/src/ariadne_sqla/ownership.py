"""Whose resolver a field has.

All that this library sets on fields it sets by `own`, which notes it in
`GraphQLField.extensions`. What else is found on `.resolve` is the application's. Marks
on functions would not do: `functools.wraps` copies them to a wrapper.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from ariadne.resolvers import resolve_to
from ariadne.types import Resolver
from graphql import GraphQLField, default_field_resolver
from sqlalchemy.orm import Mapper

from sqla_json import MadeOf

__all__ = [
    "application_resolver",
    "belongs_to_the_application",
    "hide_by",
    "is_default",
    "is_hidden_by_us",
    "is_ours",
    "is_surrounded",
    "made_of_columns",
    "own",
    "path_given",
    "path_of_alias",
    "path_set_by_us",
    "put_around",
    "resolver_inside",
    "resolver_set_by_us",
]

_SLOT = "ariadne_sqla"

MadeOfColumns: TypeAlias = Callable[
    [Mapper[Any], Collection[type[Any]]], "MadeOf | None"
]
"""See `sqla_json.Reads.made_of`."""


@dataclass(slots=True)
class _Owned:
    """What this library has set on one field."""

    resolver: Resolver | None = None
    path: str | None = None
    """The attribute path that `resolver` reads, if it reads one."""
    gives_it: bool = False  # as it is
    made_of: MadeOfColumns | None = None
    """What it makes of columns, if it does that."""
    around: Resolver | None = None
    """What was put around `inside`."""
    inside: Resolver | None = None
    hiding: Resolver | None = None
    """What asks first whether the field may be seen."""


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
    made_of: MadeOfColumns | None = None,
) -> None:
    """Set *resolver*, one of this library's, which reads the attribute *path*.

    It gives what it reads, and makes nothing else of it, if it *gives_it*. What it
    makes of columns alone, *made_of* tells.
    """
    definition.extensions[_SLOT] = _Owned(resolver, path, gives_it, made_of)
    definition.resolve = resolver


def put_around(
    definition: GraphQLField, around: Resolver, inside: Resolver | None
) -> None:
    """Note that *around*, which is set now, is put by this library around *inside*.

    What `own` noted stays: *inside* may be around that.
    """
    known = _owned(definition)
    definition.extensions[_SLOT] = _Owned(
        known.resolver, known.path, known.gives_it, known.made_of, around, inside
    )


def hide_by(
    definition: GraphQLField, hiding: Resolver, inside: Resolver | None
) -> None:
    """Set *hiding*, which asks whether the field may be seen, in place of a resolver.

    In place of one that `own` has set it is owned as that, as it gives what that reads.
    Otherwise it is put around *inside*, and what is around that already.
    """
    known = _owned(definition)
    if inside is known.resolver and definition.resolve is inside:
        owned = replace(known, resolver=hiding, hiding=hiding)
    else:
        owned = replace(known, around=hiding, inside=inside, hiding=hiding)
    definition.extensions[_SLOT] = owned
    definition.resolve = hiding


def is_hidden_by_us(definition: GraphQLField) -> bool:
    """Tell whether the resolver is the one that `hide_by` has set."""
    hiding = _owned(definition).hiding
    return hiding is not None and definition.resolve is hiding


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


def made_of_columns(
    definition: GraphQLField, mapper: Mapper[Any], classes: Collection[type[Any]]
) -> MadeOf | None:
    """See `sqla_json.Reads.made_of`."""
    owned = _owned(definition)
    if owned.made_of is None or definition.resolve is not owned.resolver:
        return None
    return owned.made_of(mapper, classes)


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
