"""Loads what `_entities` of Apollo Federation is asked for.

`ariadne.contrib.federation` calls a reference resolver of the type for each
representation. For bound types with a `@key` that is the one of this module: its first
call loads the rows of all representations of the type.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from graphql import GraphQLObjectType, get_argument_values
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from sqla_loaders import unscoped
from sqla_selection.coercion import UnfitValueError, as_sent

from .bound import Bound, bound_to
from .entity_keys import EntityKey, EntityKeys, has_keys
from .entity_statement import Named
from .errors import RepresentationError
from .keyed_rows import KeyedRows
from .request import Request, fields_of_path, then
from .results import prepare

__all__ = ["set_reference_resolver"]

_EXTENSION = "__resolve_reference__"  # where Ariadne looks for it
_WHY = "The representations name the rows."


def set_reference_resolver(graphql_type: GraphQLObjectType, bound: Bound) -> None:
    """Let `_entities` load the rows of *graphql_type*, if it has a `@key`.

    A reference resolver of the application's own wins, whenever it is set.
    """
    if not has_keys(graphql_type) or _EXTENSION in (graphql_type.extensions or {}):
        return

    @cache  # the classes that a key leads to may be mapped later
    def keys() -> EntityKeys:
        return EntityKeys.of(graphql_type, bound.config)

    def resolve(type_: Any, info: Any, reference: Any) -> Any:
        for interface in type_.interfaces:
            own = (interface.extensions or {}).get(_EXTENSION)
            if own is not None:
                return own(type_, info, reference)
        try:
            entities = _Entities(bound, keys(), info)
            return entities.request.when_policies_are_known(
                lambda: entities.entity(reference)
            )
        except Exception as error:
            # Returned, and so an error of this entity alone.
            return error

    graphql_type.extensions = {**(graphql_type.extensions or {}), _EXTENSION: resolve}


@dataclass(slots=True)
class _Loaded:
    """What one `_entities` field has of one type.

    The loaders keep it, and so it leads to none of them.
    """

    rows: dict[Named, Any] | None = None
    has_failed: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class _Entities:
    """The entities of one type that one `_entities` field is asked for.

    One statement for their rows, one more for each collection and level below.
    """

    def __init__(self, bound: Bound, keys: EntityKeys, info: Any) -> None:
        self.request = Request(info, bound)
        self._rows = KeyedRows(bound, self.request, _WHY)
        self._type_name = bound.config.name
        self._mapper = bound.config.mapper
        self._keys = keys
        known = self.request.execution.results_of("_entities")
        key = (self._type_name, *fields_of_path(info.path))
        self._loaded: _Loaded = known.setdefault(key, _Loaded())

    def entity(self, reference: Any) -> Any:
        """Return the row that *reference* represents, or an awaitable of it.

        Raises:
            RepresentationError: It has no key of the type, or a value that the column
                cannot hold.
        """
        named = self._named(reference)
        if self._loaded.rows is None and not self._loaded.has_failed:
            if isinstance(unscoped(self._rows.session), AsyncSession):
                self.request.check_is_async()
                return self._awaited(named)
            with self._noting_failure():
                self._prepared()
        return self._row_of(named)

    async def _awaited(self, named: Named) -> Any:
        """Load once for all that wait, in whichever of them comes first."""
        async with self._loaded.turn:
            if self._loaded.rows is None and not self._loaded.has_failed:
                with self._noting_failure():
                    await self._prepared()
        return self._row_of(named)

    @contextmanager
    def _noting_failure(self) -> Iterator[None]:
        self._loaded.has_failed = True
        yield
        self._loaded.has_failed = False

    def _row_of(self, named: Named) -> Any:
        if self._loaded.rows is None:
            msg = (
                f"This {self._type_name!r} was not loaded: the error of another entity "
                "says why."
            )
            raise RepresentationError(msg)
        return self._loaded.rows.get(named)

    def _prepared(self) -> Any:
        """Load the rows, and all that is asked of them; to be awaited if either is."""
        return then(self._rows.load(self._wanted()), self._prepare)

    def _prepare(self, rows: dict[Named, Any]) -> Any:
        self._loaded.rows = rows
        if self.request.route == "lazy":
            return None
        objects = list({id(row): row for row in rows.values()}.values())
        return prepare(objects, self.request, _WHY)

    def _wanted(self) -> Iterator[Named]:
        """Yield what the representations of this type name, but for malformed ones."""
        info = self.request.info
        definition = info.parent_type.fields[info.field_name]
        arguments = get_argument_values(
            definition, info.field_nodes[0], info.variable_values
        )
        for reference in arguments["representations"]:
            if reference["__typename"] == self._type_name:
                with suppress(RepresentationError):
                    named = self._named(reference)
                    if None not in named[1]:
                        yield named

    def _named(self, reference: Mapping[str, Any]) -> Named:
        """Return the key that *reference* has, with values as the columns hold them."""
        for key in self._keys.usable:
            values = key.values_in(reference)
            if values is not None:
                self._check_is_seen(key)
                return key, tuple(map(self._coerced, key.columns, values))
        known = ", ".join(repr(key.fields) for key in self._keys.usable) or "none"
        msg = (
            f"The representation {as_sent(reference)} of {self._type_name!r} has no "
            f"key that a row can be found by. Those are: {known}."
        )
        if self._keys.unusable:
            others = ", ".join(map(repr, self._keys.unusable))
            msg += (
                f" What is not of columns ({others}) needs a `reference_resolver` of "
                "your own (`FederatedObjectType`)."
            )
        raise RepresentationError(msg)

    def _check_is_seen(self, key: EntityKey) -> None:
        """Refuse to look for rows by what the viewer may not see."""
        seen, mapper = self.request.field_visibility, self._mapper
        if seen and any(seen.hides(mapper, ".".join(one)) for one in key.attributes):
            msg = (
                f"The key {key.fields!r} of {self._type_name!r} is not for this viewer "
                "to see, and so not to ask by."
            )
            raise RepresentationError(msg)

    def _coerced(self, column: Any, value: Any) -> Any:
        read = None
        if isinstance(column, InstrumentedAttribute):
            ids = bound_to(self.request.info.schema).id_reader
            read = ids(column.property.parent, column.key)
        try:
            given = value if read is None else read(value)
            return self._rows.coerced(column, given)
        except UnfitValueError as error:
            msg = (
                f"The key {column.key!r} of a representation of {self._type_name!r} is "
                f"{as_sent(value)}, which is not {error}."
            )
            raise RepresentationError(msg) from error
