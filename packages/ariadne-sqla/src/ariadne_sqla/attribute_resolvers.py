"""The resolvers of mapped attributes: a column, a relationship, or what Python makes.

Each returns what is loaded at once, and leaves the rest to `unprepared`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ariadne.types import Resolver
from sqlalchemy import inspect
from sqlalchemy.orm import Mapper, RelationshipProperty

from sqla_loaders import members
from sqla_selection.attributes import Needs, needs_of, without_synonym
from sqla_selection.mapping import classes_without

from .bound import Bound
from .unprepared import Unprepared

__all__ = ["attribute_resolver"]


def attribute_resolver(bound: Bound, field_name: str, path: str) -> Resolver:
    """Return the resolver that reads *path*, as `"title"` or `"author.username"`."""
    mapper: Mapper[Any] = bound.config.mapper
    name = without_synonym(mapper, path)
    if name in mapper.relationships:
        resolver = _relationship_resolver(bound, mapper.relationships[name])
    elif name in mapper.column_attrs:
        resolver = _column_resolver(bound, name)
    else:
        hint = bound.config.requires.get(field_name)
        resolver = _derived_resolver(bound, mapper, path, hint)
    return resolver


def _column_resolver(bound: Bound, name: str) -> Resolver:
    unprepared = Unprepared(bound, name, reads=name)

    def resolve(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        try:
            return obj.__dict__[name]
        except (KeyError, AttributeError):
            return unprepared.resolve(obj, info, kwargs)

    return resolve


def _derived_resolver(
    bound: Bound,
    mapper: Mapper[Any],
    path: str,
    hint: Sequence[str] | None,
) -> Resolver:
    """Return the resolver of what Python computes from loaded attributes."""
    needs = Needs()
    for read in [path] if hint is None else hint:
        needs |= needs_of(mapper, read)
    unprepared = Unprepared(bound, path, reads=path if hint is None else None)

    def resolve(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        if hasattr(obj, "__dict__") and unprepared.is_ready(obj, info, needs):
            return unprepared.read(obj, info, kwargs)
        return unprepared.resolve(obj, info, kwargs)

    return resolve


def _relationship_resolver(bound: Bound, prop: RelationshipProperty[Any]) -> Resolver:
    name = prop.key
    never_set = prop.lazy in ("dynamic", "write_only")
    as_they_are = prop.collection_class in (None, list, set) and not never_set
    unprepared = Unprepared(bound, name, prop, reads=name)

    def resolve(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        try:
            value = obj.__dict__[name]
        except (KeyError, AttributeError):
            pass
        else:
            if as_they_are:
                return value
            if not never_set:
                return members(value)
        return unprepared.resolve(obj, info, kwargs)

    with_code = tuple(
        one for one in classes_without(prop) if name not in inspect(one).relationships
    )

    def resolve_by_class(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        if isinstance(obj, with_code):
            return unprepared.resolve(obj, info, kwargs)
        return resolve(obj, info, **kwargs)

    return resolve_by_class if with_code else resolve
