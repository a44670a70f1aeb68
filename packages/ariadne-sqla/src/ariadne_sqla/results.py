"""Loads what is asked below the result of a resolver of the application's own.

A resolver that runs its own `select()` returns objects that no plan prepared. Before
graphql-core goes into them, what the client asks below is planned, and what the objects
lack is loaded for all of them: one statement for each relationship and level. So no
field below has to wait, under an event loop or without one.
"""

from __future__ import annotations

from collections.abc import (
    Awaitable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
)
from dataclasses import dataclass
from inspect import getattr_static, isdatadescriptor
from typing import Any

from graphql import GraphQLList, get_nullable_type
from sqlalchemy import Row
from sqlalchemy.orm import Mapper

from sqla_loaders import Places, is_complete, state_of
from sqla_selection import (
    LoadPlan,
    SelectedField,
    Selection,
    TypeConfig,
    TypeRegistry,
    collect,
)
from sqla_selection.remembered_plans import lookahead_within

from .bound import bound_to
from .field_plans import check_depth
from .ownership import is_default, path_of_alias, resolver_inside
from .recorded import plans_of_results
from .request import Request, fields_of_path, places_in
from .shown import is_trusted, when_asked

__all__ = ["known_as_seen", "prepare", "prepare_placed"]


_OWN = "The field has its own resolver: what its objects lack is batched."


def prepare(result: Any, request: Request, why: str = _OWN) -> Awaitable[None] | None:
    """Load all that the client asks of the objects in the *result* of a field.

    On an `AsyncSession` the return value must be awaited, unless there is nothing to
    load. What fails here fails again, and is told, at the field that needs it.

    Args:
        result: What the field gave.
        request: Of the field. It has a registry.
        why: Why its objects lack something.
    """
    return prepare_placed([(places_in(request.info.path), result)], request, why)


def prepare_placed(
    placed: list[tuple[Places, Any]], request: Request, why: str = _OWN
) -> Awaitable[None] | None:
    """Do the same for what a field gave for several objects, with the places."""
    info, registry = request.info, request.registry
    assert registry is not None
    if not any(node.selection_set for node in info.field_nodes):
        return None
    path = fields_of_path(info.path)
    if not request.is_async:
        if request.execution.has_noted(path, _objects_in(placed, info.return_type)):
            return None  # It was a part of another result.
        bound_to(info.schema).at_first_synchronous.do(info.schema)
    check_depth(request)
    types = request.seen_types
    selection = collect(info)
    found = list(_found(placed, info.return_type, selection, path, types, info))
    lacking = [
        (group.objects, group.plan)
        for group in found
        if group.plan is not None and not is_complete(group.objects, group.plan)
    ]
    plans = plans_of_results.get()
    if plans is not None:
        asked = [(group.path[len(path) :], group.plan) for group in found]
        plans[tuple(info.path.as_list())] = [(p, o) for p, o in asked if o is not None]
    done = None
    if lacking:
        cause = request.cause("fallback", why, plan=lacking[0][1])
        done = registry.complete_all(lacking, cause, request.windows, is_tolerant=True)
    if not request.is_async:
        execution = request.execution
        for group in found:
            execution.note(group.path, group.objects, group.plan, group.places)
    return done


def known_as_seen(placed: list[tuple[Places, Any]], request: Request) -> Any:
    """Ask which objects in what a field gave may be seen, for all at once.

    On an `AsyncSession` the return value must be awaited, unless it is `None`.
    """
    info = request.info
    if is_trusted(request) or not any(one.selection_set for one in info.field_nodes):
        return None
    types = request.seen_types
    path = fields_of_path(info.path)
    found = _found(placed, info.return_type, collect(info), path, types, info)
    objects = [one for group in found if group.plan for one in group.objects]
    return when_asked(objects, request, lambda: None)


@dataclass(frozen=True, slots=True)
class _Found:
    """Objects of one kind in a result."""

    path: tuple[str, ...]
    """Where they are: response keys, without places in lists."""
    places: list[Places]
    """The places in lists of each."""
    objects: list[Any]
    plan: LoadPlan | None
    """What is asked of them, if they are of a bound type."""


def _found(
    placed: Iterable[tuple[Places, Any]],
    type_: Any,
    selection: Selection,
    path: tuple[str, ...],
    types: TypeRegistry,
    info: Any,
) -> Iterator[_Found]:
    """Yield the objects in values of *type_*, and in those that are no mapped objects.

    Those are of types bound to no model, or stand for a row of a type that is, as a
    dict does.
    """
    placed = _objects_in(placed, type_)
    if not placed:
        return
    if any(name in types for name in selection.type_names):
        by_own_mapper = _by_own_mapper(placed)
        for mapper, of_mapper in _by_mapper(by_own_mapper, selection, types).items():
            plan = lookahead_within(info, selection, mapper, types)
            yield _Found(
                path, [p for p, _ in of_mapper], [o for _, o in of_mapper], plan
            )
        placed = by_own_mapper.get(None, [])
        if not placed:
            return
    else:
        objects = [one for _, one in placed]
        yield _Found(path, [places for places, _ in placed], objects, None)
    walked: set[tuple[str, int]] = set()
    for type_name, fields in selection.fields.items():
        for selected in fields.values():
            definition = selected.definition
            below = (selected.response_key, id(selected.selection))
            # The possible types of an interface share what is asked below them.
            if selected.selection is None or definition is None or below in walked:
                continue
            walked.add(below)
            names = _names_read(selected, types.get(type_name))
            if names:
                yield from _found(
                    [(places, _stored(value, names)) for places, value in placed],
                    definition.type,
                    selected.selection,
                    (*path, selected.response_key),
                    types,
                    info,
                )


def _names_read(selected: SelectedField, config: TypeConfig | None) -> tuple[str, ...]:
    """Return by which names a value may have what the field reads, if it just reads."""
    definition, name = selected.definition, selected.name
    assert definition is not None
    if config is not None:
        path = config.reads(name, definition)
        return () if path is None or config.runs_code(definition) else (path, name)
    if not is_default(definition):
        return ()
    return (path_of_alias(resolver_inside(definition)) or name,)


def _stored(value: Any, paths: Iterable[str]) -> Any:
    """Return what *value* has at the first of *paths* where it has something.

    Without running any code of its class: a property may be slow, raise, or load. It is
    read once, when its field is resolved.
    """
    stored = (_stored_at(value, path) for path in paths)
    return next((one for one in stored if one is not None), None)


def _stored_at(value: Any, path: str) -> Any:
    for name in path.split("."):
        if isinstance(value, Row):
            value = value._mapping.get(name)  # noqa: SLF001  # public, named as a namedtuple's are
        elif isinstance(value, MutableMapping):
            value = _read_once(value, name)
        elif isinstance(value, Mapping):
            value = value.get(name)
        elif name in getattr(value, "__dict__", ()):
            value = value.__dict__[name]
        else:
            descriptor = getattr_static(value, name, None)
            is_data = isdatadescriptor(descriptor) and not isinstance(
                descriptor, property
            )
            if not is_data or state_of(value) is not None:
                return None
            value = getattr(value, name, None)
    return value


def _read_once(values: MutableMapping[str, Any], name: str) -> Any:
    """Return a list in place of an iterator, which can be read only once.

    Nothing else is written: the mapping may be shared, or refuse it.
    """
    value = values.get(name)
    if isinstance(value, Iterator):
        value = values[name] = list(value)
    return value


def _by_own_mapper(
    placed: Iterable[tuple[Places, Any]],
) -> dict[Mapper[Any] | None, list[tuple[Places, Any]]]:
    """Return the objects and their places by their mapper; `None` for what has none."""
    by_own_mapper: dict[Mapper[Any] | None, list[tuple[Places, Any]]] = {}
    for places, obj in placed:
        state = state_of(obj)
        mapper = None if state is None else state.mapper
        by_own_mapper.setdefault(mapper, []).append((places, obj))
    return by_own_mapper


def _by_mapper(
    by_own_mapper: Mapping[Mapper[Any] | None, list[tuple[Places, Any]]],
    selection: Selection,
    types: TypeRegistry,
) -> dict[Mapper[Any], list[tuple[Places, Any]]]:
    """Return the same by the mapper that their plan is for."""
    configured = [types[name].mapper for name in selection.type_names if name in types]
    only = configured[0] if len(configured) == 1 else None
    grouped: dict[Mapper[Any], list[tuple[Places, Any]]] = {}
    for own, of_mapper in by_own_mapper.items():
        planned_by = _planned_by(own, only)
        if planned_by is not None:
            grouped.setdefault(planned_by, []).extend(of_mapper)
    return grouped


def _planned_by(
    mapper: Mapper[Any] | None, only: Mapper[Any] | None
) -> Mapper[Any] | None:
    """Return the mapper to plan by for objects of *mapper*.

    Args:
        mapper: `None` for objects that are not mapped.
        only: The one that the types are bound to, if there is just one.
    """
    if mapper is None:
        return only
    if only is None:
        return mapper.base_mapper
    return only if mapper.isa(only) else mapper


def _objects_in(
    placed: Iterable[tuple[Places, Any]], type_: Any
) -> list[tuple[Places, Any]]:
    """Return the objects in values of *type_*, and their places."""
    members = _members_of_lists(placed, type_)
    return [(places, value) for places, value in members if value is not None]


def _members_of_lists(
    placed: Iterable[tuple[Places, Any]], type_: Any
) -> Iterable[tuple[Places, Any]]:
    """Return the values in values of *type_* that are no list by their GraphQL type."""
    type_ = get_nullable_type(type_)
    if not isinstance(type_, GraphQLList):
        return placed
    below = [
        ((*places, n), value)
        for places, values in placed
        if isinstance(values, Collection) and not isinstance(values, str | Mapping)
        for n, value in enumerate(values)
    ]
    return _members_of_lists(below, type_.of_type)
