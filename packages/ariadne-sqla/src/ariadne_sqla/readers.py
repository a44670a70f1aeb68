"""What fields read of objects, all at once: what their resolvers would give.

Nothing is loaded here. What an object lacks is for its resolver to load: `Unfit`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

from graphql import get_named_type, is_leaf_type
from sqlalchemy import inspect
from sqlalchemy.orm import RelationshipProperty

from sqla_loaders import Page, page_in, persistent_state, reader_of, sits_on_owner
from sqla_selection import Policies
from sqla_selection.asked import AskedField
from sqla_selection.load_plan import Edge
from sqla_selection.mapping import classes_without
from sqla_selection.needs import Needs
from sqla_selection.reading import (
    ColumnRead,
    RelationshipRead,
    leaves_out,
    reading_of,
)

from .bound import Bound
from .chosen_rows import shape_of_field
from .columns import Column, Loaded, NotWhole, Unfit, never_waits
from .request import Request

__all__ = ["Reader", "reader_of_default", "reader_of_path"]


class Reader(NamedTuple):
    """How a field is read of objects."""

    read: Callable[[Column, list[Loaded], Any], Iterable[Any]]
    """Returns what each object has, or raises `Unfit`; it is given the objects, what
    they have loaded, and an `info` of the request."""
    runs_code: bool = False


def reader_of_default(path: str) -> Reader | None:
    """Return what reads dicts as graphql-core's default resolver does."""
    return None if "." in path else Reader(partial(_of_dicts, path))


def _of_dicts(name: str, _: Column, loaded: list[Loaded], __: Any) -> Column:
    values = [one.get(name) for one in loaded]
    if any(_is_called(kind) for kind in set(map(type, values))):
        raise Unfit
    return values


def reader_of_path(
    bound: Bound, field: AskedField, path: str, policies: Policies
) -> Reader | None:
    """Return what reads *path* as the resolver of a bound type's field does."""
    reading = reading_of(bound.config.mapper, path)
    definition = field.definition
    assert definition is not None
    takes_arguments = bool(definition.args)
    if isinstance(reading, RelationshipRead) and reading.relationship is not None:
        if takes_arguments and shape_of_field(field.name, definition) is None:
            return None
        is_guarded = policies.guards(reading.relationship.mapper)
        return _reader_of_rows(bound, field, reading.relationship, is_guarded)
    if takes_arguments:
        return None
    if isinstance(reading, ColumnRead):
        return Reader(partial(_of_loaded, itemgetter(reading.name)))
    hint = bound.config.requires.get(field.name)
    needs = Needs()
    for read in [path] if hint is None else hint:
        needs |= reading_of(bound.config.mapper, read).needs
    if "." in path or needs.relationships or needs.target or needs.subclasses:
        return None
    if policies and not is_leaf_type(get_named_type(definition.type)):
        return None  # what a policy hides is left out by what is around it
    return Reader(partial(_of_code, path, needs.attributes), runs_code=True)


def _of_loaded(get: Any, _: Column, loaded: list[Loaded], __: Any) -> Column:
    try:
        return list(map(get, loaded))
    except KeyError:
        raise Unfit from None


def _of_code(
    name: str, needs: frozenset[str], objects: Column, loaded: list[Loaded], _: Any
) -> Column:
    """Return what a property of each object gives, which has what that reads."""
    if not all(one.keys() >= needs for one in loaded):
        raise Unfit
    try:
        values = [getattr(one, name, None) for one in objects]
    except Exception as error:
        raise Unfit from error
    for kind in set(map(type, values)):
        if _is_called(kind) or not never_waits(kind):
            for value in values:
                close = getattr(value, "close", None)
                if not never_waits(type(value)) and close is not None:
                    close()
            raise NotWhole
    return values


def _is_called(kind: type) -> bool:
    """Tell whether objects of a class are functions to a resolver."""
    return any("__call__" in base.__dict__ for base in kind.__mro__)


def _reader_of_rows(
    bound: Bound,
    field: AskedField,
    prop: RelationshipProperty[Any],
    is_guarded: bool,
) -> Reader | None:
    """Return what reads the objects that a relationship leads to."""
    if is_guarded and field.connection is not None:
        return None  # its resolver says that the rows of the page may be seen
    strategy = bound.config.strategies.get(field.name)
    chosen_by = strategy if strategy and leaves_out(prop, strategy) else None
    edge = Edge(prop, field.arguments, chosen_by, is_guarded)
    is_apart = field.arguments is not None or chosen_by or is_guarded
    if is_apart or not sits_on_owner(prop):
        return Reader(_KeptRows(bound, edge, field).read)
    with_code = tuple(
        one
        for one in classes_without(prop)
        if prop.key not in inspect(one).relationships
    )
    if prop.collection_class in (None, list, set) and not with_code:
        return Reader(partial(_of_loaded, itemgetter(prop.key)))
    return Reader(partial(_of_owners, reader_of(prop), with_code))


def _of_owners(
    read: Callable[[Any], Any],
    with_code: tuple[type, ...],
    objects: Column,
    _: list[Loaded],
    __: Any,
) -> Column:
    if with_code and any(isinstance(one, with_code) for one in objects):
        raise Unfit
    try:
        return list(map(read, objects))
    except KeyError:
        raise Unfit from None


@dataclass(frozen=True, slots=True, eq=False)
class _KeptRows:
    """Rows that the loaders keep beside the attribute: not all, or never on it."""

    bound: Bound
    edge: Edge
    field: AskedField

    def read(self, objects: Column, _: list[Loaded], info: Any) -> Column:
        if not all(map(self._is_owner, objects)):
            raise Unfit
        try:
            return self._read(objects, info)
        except Exception as error:  # that of the field, which its resolver raises
            raise Unfit from error

    def _is_owner(self, obj: Any) -> bool:
        state = persistent_state(obj)
        prop = self.edge.relationship
        return state is not None and state.mapper.relationships.get(prop.key) is prop

    def _read(self, objects: Column, info: Any) -> Column:
        edge, asked = self.edge, self.edge.window
        request = Request(info, self.bound)
        values = self.bound.registry_in(info.context).values
        window = None if asked is None else request.windows.of(edge)
        connection = self.field.connection
        if connection is None or asked is None or window is None:
            kept = values.of(edge.relationship, edge.kept_by(window))
            return [_iterable(kept.value_of(one)) for one in objects]
        shape = asked.shape.connection
        pages = [
            page_in(values, edge, window, connection.wanted, one) for one in objects
        ]
        return [page.as_connection(shape) for page in pages]


def _iterable(value: Any) -> Any:
    if isinstance(value, Page):
        return value.rows
    return list(value.values()) if isinstance(value, Mapping) else value
