"""The resolvers of mapped attributes: a column, a relationship, or what Python makes.

Each returns what is loaded at once, and leaves the rest to `unprepared`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from ariadne.types import Resolver
from sqlalchemy import inspect
from sqlalchemy.orm import Mapper, RelationshipProperty

from sqla_loaders import NotLoadedError, ParentKeyError, reader_of, state_of
from sqla_selection import LoadStrategy, TypeRegistry
from sqla_selection.load_plan import Edge
from sqla_selection.mapping import classes_without
from sqla_selection.needs import Needs
from sqla_selection.reading import ColumnRead, RelationshipRead, reading_of

from .bound import Bound
from .chosen_rows import choosing
from .unprepared import Unprepared

__all__ = ["attribute_resolver"]


def attribute_resolver(bound: Bound, field_name: str, path: str) -> Resolver:
    """Return the resolver that reads *path*, as `"title"` or `"author.username"`."""
    mapper: Mapper[Any] = bound.config.mapper
    reading = reading_of(mapper, path)
    if isinstance(reading, ColumnRead):
        return _column_resolver(bound, reading.name)
    if isinstance(reading, RelationshipRead) and reading.relationship is not None:
        strategy = bound.config.strategies.get(field_name)
        every = _relationship_resolver(bound, reading.relationship, strategy)
        return choosing(bound, reading.relationship, strategy, every)
    hint = bound.config.requires.get(field_name)
    return _derived_resolver(bound, mapper, path, hint)


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
        needs |= reading_of(mapper, read).needs
    unprepared = Unprepared(
        bound, path, reads=path if hint is None else None, needs=needs
    )

    def resolve(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        if hasattr(obj, "__dict__") and unprepared.is_ready(obj, info, needs):
            return unprepared.read(obj, info, kwargs)
        return unprepared.resolve(obj, info, kwargs)

    return resolve


def _relationship_resolver(
    bound: Bound, prop: RelationshipProperty[Any], strategy: LoadStrategy | None
) -> Resolver:
    unprepared = Unprepared(bound, prop.key, prop, reads=prop.key, strategy=strategy)

    def resolve_unprepared(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        return unprepared.resolve(obj, info, kwargs)

    on_owner = reader_of(prop, otherwise=resolve_unprepared)

    def resolve(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        # Called for each object of a list: first what most schemas can say at once.
        policies = TypeRegistry.of(info.schema).policies
        is_plain = strategy is None and not policies.by_mapper
        if is_plain or not (
            unprepared.chosen_by is not None or unprepared.is_guarded(info)
        ):
            return on_owner(obj, info, **kwargs)
        if unprepared.chosen_by is None:
            with suppress(NotLoadedError, ParentKeyError):
                return _kept_apart(bound, prop, obj, info)
        return resolve_unprepared(obj, info, **kwargs)

    with_code = tuple(
        one
        for one in classes_without(prop)
        if prop.key not in inspect(one).relationships
    )

    def resolve_by_class(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        if isinstance(obj, with_code):
            return unprepared.resolve(obj, info, kwargs)
        return resolve(obj, info, **kwargs)

    return resolve_by_class if with_code else resolve


def _kept_apart(
    bound: Bound, prop: RelationshipProperty[Any], obj: Any, info: Any
) -> Any:
    """Return what the loaders keep of a guarded relationship for a row of its class.

    What `Unprepared` finds as well, in several times as long: it is asked for each
    object of a list.

    Raises:
        NotLoadedError: They keep nothing for this viewer, or it is no such row.
    """
    state, registry = state_of(obj), bound.registry_in(info.context)
    visibility = registry.visibility
    if (
        state is None
        or not state.has_identity
        or state.mapper.relationships.get(prop.key) is not prop
        or visibility is None
        or visibility.context is not info.context
    ):
        raise NotLoadedError
    kept_by = Edge(prop, is_guarded=True).kept_by()
    return registry.values.of(prop, kept_by).value_of(obj)
