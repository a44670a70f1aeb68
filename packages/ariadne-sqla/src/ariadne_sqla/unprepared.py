"""Fields of objects that lack what the field reads.

What is missing is asked of the request's `LoaderRegistry`: under an event loop as an
awaitable that shares its statement with its siblings, otherwise at once for all of
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from ariadne.types import Resolver
from sqlalchemy import Row, inspect
from sqlalchemy.orm import (
    InstanceState,
    Mapper,
    RelationshipProperty,
)

from sqla_loaders import (
    NotLoadedError,
    is_complete,
    page_in,
    persistent_state,
    state_of,
)
from sqla_selection import LoadPlan, LoadStrategy, TypeRegistry
from sqla_selection.asked import AskedField
from sqla_selection.load_plan import Edge
from sqla_selection.mapping import Loading, loading_of
from sqla_selection.needs import Needs
from sqla_selection.reading import (
    ColumnRead,
    RelationshipRead,
    leaves_out,
    reading_of,
)

from .bound import Bound
from .completing import load_by_own_class, when_complete
from .errors import RowResultError
from .field_plans import field_plan
from .lazy_reading import iterable, read, read_lazily
from .lent import put_on, reads_guarded
from .noted import noted_value
from .request import Request
from .shown import shown

__all__ = ["Unprepared"]


@dataclass(frozen=True, slots=True)
class Unprepared:
    """A field of an object that lacks what the field reads."""

    bound: Bound
    path: str
    prop: RelationshipProperty[Any] | None = None
    reads: str | None = None
    """The path to plan by, where the field's hint or resolver says nothing of it."""
    other: Mapper[Any] | None = None
    """The mapper of the object, where that is of another class than the type."""
    strategy: LoadStrategy | None = None
    """That of the type for the field."""
    needs: Needs | None = None
    """What Python code reads for the path, where that is code."""

    def resolve(self, obj: Any, info: Any, kwargs: dict[str, Any]) -> Any:
        """Return what the field reads, loaded if need be."""
        request = Request(info, self.bound)
        state = inspect(obj, raiseerr=False)
        if not isinstance(state, InstanceState):
            return self._resolve_foreign(obj, request, kwargs)
        if not state.has_identity:
            return self._read_of_application(obj, self.path, request, kwargs)
        return self._of_class(state.mapper).resolve_mapped(obj, state, request, kwargs)

    def is_ready(self, obj: Any, info: Any, needs: Needs) -> bool:
        """Tell whether *obj* has all that its field needs, on every level."""
        loaded = getattr(obj, "__dict__", None)
        if loaded is None:
            return True
        if not loaded.keys() >= needs.attributes:
            return False
        if not (needs.relationships or needs.target or needs.subclasses):
            return True
        request = Request(info, self.bound)
        if request.registry is None:
            keys = {key for key, _ in needs.relationships} | {*needs.target[:1]}
            return bool(loaded.keys() >= keys)
        return is_complete([obj], self.plan(request))

    def read(self, obj: Any, info: Any, kwargs: dict[str, Any]) -> Any:
        """Read the path on *obj*, which is ready."""
        if self.needs is not None:
            put_on(obj, self.needs, Request(info, self.bound))
        return read(obj, self.path, info, self.bound, kwargs)

    def is_guarded(self, info: Any) -> bool:
        """Tell whether a policy may hide what the relationship leads to."""
        policies = TypeRegistry.of(info.schema).policies
        return self.prop is not None and policies.guards(self.prop.mapper)

    def _read_of_application(
        self, obj: Any, path: str, request: Request, kwargs: dict[str, Any]
    ) -> Any:
        """Read what the application has put on an object that is no row of ours."""
        value = read(obj, path, request.info, self.bound, kwargs)
        return shown(value, request) if self.is_guarded(request.info) else value

    def then(
        self, obj: Any, info: Any, kwargs: dict[str, Any], resolver: Resolver
    ) -> Any:
        """Call *resolver* when *obj* has what its field needs."""
        state = persistent_state(obj)
        if state is not None:
            request = Request(info, self.bound)
            if request.registry is not None:
                plan = self._of_class(state.mapper).plan(request)
                if not is_complete([obj], plan):
                    return when_complete(
                        obj, plan, request, lambda: resolver(obj, info, **kwargs)
                    )
        return resolver(obj, info, **kwargs)

    def _of_class(self, mapper: Mapper[Any]) -> Unprepared:
        """Return this for an object of *mapper*, which may be another class's."""
        if self.other is mapper:
            return self
        if mapper.isa(self.bound.config.mapper) and (
            self.prop is None or mapper.relationships.get(self.prop.key) is self.prop
        ):
            return self
        return _of_another_class(self, mapper)

    def resolve_mapped(
        self,
        obj: Any,
        state: InstanceState[Any],
        request: Request,
        kwargs: dict[str, Any],
    ) -> Any:
        """Return what the field reads of an object that the database knows."""
        is_apart = self.chosen_by is not None or self.is_guarded(request.info)
        if self.prop is not None and is_apart:
            return self._load_relationship(obj, self.prop, request)
        if request.route == "lazy" and not reads_guarded(
            state.mapper, self.needs, request.info
        ):
            return read_lazily(obj, self.path, request, kwargs)
        if self._has_no_statement(state.mapper):
            return self.read(obj, request.info, kwargs)
        if self.prop is not None:
            return self._load_relationship(obj, self.prop, request)
        return self._load_attribute(obj, request, kwargs)

    @property
    def chosen_by(self) -> LoadStrategy | None:
        """The strategy, if that leaves rows of the relationship out."""
        if self.strategy is None or self.prop is None:
            return None
        return self.strategy if leaves_out(self.prop, self.strategy) else None

    def _has_no_statement(self, mapper: Mapper[Any]) -> bool:
        """Tell whether the mapping says that there is nothing to load."""
        prop = self.prop or mapper.column_attrs.get(self.path)
        return prop is not None and loading_of(prop) is Loading.NOTHING

    def _resolve_foreign(
        self, obj: Any, request: Request, kwargs: dict[str, Any]
    ) -> Any:
        """Resolve the field of a parent that is no mapped object."""
        name = self._name_given_by(obj, request.info.field_name)
        if name is not None:
            return self._read_of_application(obj, name, request, kwargs)
        if self.prop is None or obj is None:
            return None
        return self._load_relationship(obj, self.prop, request)

    def _name_given_by(self, obj: Any, field_name: str) -> str | None:
        """Return the name by which *obj*, which is not mapped, has the value."""
        for name in dict.fromkeys((self.path, field_name)):
            first = name.partition(".")[0]
            if first in obj if isinstance(obj, Mapping) else hasattr(obj, first):
                return name
        if isinstance(obj, Row) and any(state_of(one) is not None for one in obj):
            msg = (
                f"A resolver gave a Row({', '.join(obj._fields)}) for "
                f"{self.bound.config.name!r}, and not an object in it: it has no "
                f"{field_name!r}. Return `session.scalars(select(…))`."
            )
            raise RowResultError(msg)
        return None

    def resolve_chosen(
        self, obj: Any, info: Any, asked: AskedField, kwargs: dict[str, Any]
    ) -> Any:
        """Return those of the rows that the field's arguments choose.

        Never what the mapped attribute has: that is all of them.
        """
        request = Request(info, self.bound)
        state = state_of(obj)
        if state is not None:
            return self._of_class(state.mapper).choose(obj, request, asked)
        if obj is None or self._name_given_by(obj, info.field_name) is not None:
            return self._resolve_foreign(obj, request, kwargs)
        return self.choose(obj, request, asked)

    def choose(self, obj: Any, request: Request, asked: AskedField) -> Any:
        """Return the rows of this relationship that are asked, loaded if need be."""
        arguments = asked.arguments
        assert arguments is not None
        prop, shape = self.prop, arguments.shape
        if prop is None or prop.mapper is not shape.mapper:
            msg = (
                f"{request.field} chooses rows by its arguments, but {self.path!r} of "
                f"a {type(obj).__name__} is no relationship to "
                f"{shape.mapper.class_.__name__!r}. Give the field a resolver."
            )
            raise NotLoadedError(msg)
        is_guarded = self.is_guarded(request.info)
        edge = Edge(prop, arguments, self.chosen_by, is_guarded)
        window = request.windows.of(edge)
        registry = self.bound.registry_in(request.info.context)
        values = registry.values

        def chosen() -> Any:
            if asked.connection is None:
                return values.of(prop, edge.kept_by(window)).value_of(obj)
            page = page_in(values, edge, window, asked.connection.wanted, obj)
            if is_guarded:
                registry.verdicts.allow(page.rows)  # they are read by other fields
            return page.as_connection(shape.connection)

        try:
            return chosen()
        except NotLoadedError:
            return when_complete(obj, self.plan(request), request, chosen)

    def _load_relationship(
        self, obj: Any, prop: RelationshipProperty[Any], request: Request
    ) -> Any:
        is_guarded = self.is_guarded(request.info)
        edge = Edge(prop, None, self.chosen_by, is_guarded)
        registry = request.registry
        if registry is None:
            with suppress(NotLoadedError):
                return iterable(noted_value(obj, edge, request.info), request.info)
            registry = self.bound.registry_in(request.info.context)
        if not is_guarded and registry.has_own_way(prop):
            loader = registry.get_loader(prop)
            return load_by_own_class(obj, request, loader)
        values = registry.values.of(prop, edge.kept_by())

        def value() -> Any:
            return iterable(values.value_of(obj), request.info)

        if values.are_kept_for(obj):
            return value()
        return when_complete(obj, self.plan(request), request, value)

    def _load_attribute(
        self, obj: Any, request: Request, kwargs: dict[str, Any]
    ) -> Any:
        if request.registry is None:
            return read_lazily(obj, self.path, request, kwargs)
        plan = self.plan(request)
        if is_complete([obj], plan):
            return self.read(obj, request.info, kwargs)
        return when_complete(
            obj, plan, request, lambda: self.read(obj, request.info, kwargs)
        )

    def plan(self, request: Request) -> LoadPlan:
        """Return what the field needs of its object, and below."""
        return field_plan(request, self.reads, self.other)


@lru_cache(maxsize=1024)
def _of_another_class(unprepared: Unprepared, mapper: Mapper[Any]) -> Unprepared:
    """Return *unprepared* for objects of *mapper*, which the type is not bound to.

    A resolver may return them for it, as rows of a history table. They are read by
    their own mapping, as lazy loading does, and never by that of the type.
    """
    reading = reading_of(mapper, unprepared.path)
    path = reading.name if isinstance(reading, ColumnRead) else unprepared.path
    prop = reading.relationship if isinstance(reading, RelationshipRead) else None
    needs = None if unprepared.needs is None else reading.needs
    return replace(unprepared, path=path, prop=prop, other=mapper, needs=needs)
