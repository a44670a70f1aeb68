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
from sqlalchemy import inspect
from sqlalchemy.orm import (
    InstanceState,
    Mapper,
    RelationshipProperty,
)

from sqla_loaders import (
    LoaderRegistry,
    NotLoadedError,
    SQLAlchemyDataLoader,
    is_complete,
    page_in,
    persistent_state,
    state_of,
)
from sqla_selection import LoadPlan, LoadStrategy
from sqla_selection.asked import AskedField
from sqla_selection.mapping import Loading, loading_of
from sqla_selection.needs import Needs
from sqla_selection.plan import Edge
from sqla_selection.reading import (
    ColumnRead,
    RelationshipRead,
    leaves_out,
    reading_of,
)

from .bound import Bound
from .completing import siblings_of, when_complete
from .field_plans import field_plan
from .lazy_reading import iterable, read, read_lazily
from .noted import noted_value
from .request import Request

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

    def resolve(self, obj: Any, info: Any, kwargs: dict[str, Any]) -> Any:
        """Return what the field reads, loaded if need be."""
        request = Request(info, self.bound)
        state = inspect(obj, raiseerr=False)
        if not isinstance(state, InstanceState):
            return self._resolve_foreign(obj, request, kwargs)
        if not state.has_identity:
            return self.read(obj, request.info, kwargs)
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
        return read(obj, self.path, info, self.bound, kwargs)

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
        if self.prop is not None and self.chosen_by is not None:
            return self._load_relationship(obj, self.prop, request)
        if request.route == "lazy":
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
            return read(obj, name, request.info, self.bound, kwargs)
        if self.prop is None or obj is None:
            return None
        return self._load_relationship(obj, self.prop, request)

    def _name_given_by(self, obj: Any, field_name: str) -> str | None:
        """Return the name by which *obj*, which is not mapped, has the value."""
        for name in dict.fromkeys((self.path, field_name)):
            first = name.partition(".")[0]
            if first in obj if isinstance(obj, Mapping) else hasattr(obj, first):
                return name
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
        edge = Edge(prop, arguments, self.chosen_by)
        window = request.windows.of(edge)
        values = self.bound.registry_in(request.info.context).values

        def chosen() -> Any:
            if asked.connection is None:
                return values.of(prop, edge.kept_by(window)).value_of(obj)
            page = page_in(values, edge, window, asked.connection.wanted, obj)
            return page.as_connection(shape.connection)

        try:
            return chosen()
        except NotLoadedError:
            return when_complete(obj, self.plan(request), request, chosen)

    def _load_relationship(
        self, obj: Any, prop: RelationshipProperty[Any], request: Request
    ) -> Any:
        edge = Edge(prop, chosen_by=self.chosen_by)
        registry = request.registry
        if registry is None:
            with suppress(NotLoadedError):
                return iterable(noted_value(obj, edge, request.info), request.info)
            registry = self.bound.registry_in(request.info.context)
        loader: SQLAlchemyDataLoader = registry.get_loader(prop)
        if not loader.is_batched_here:
            return _load_by_own_class(obj, request, registry, loader)
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
    return replace(unprepared, path=path, prop=prop, other=mapper)


def _load_by_own_class(
    obj: Any, request: Request, registry: LoaderRegistry, loader: SQLAlchemyDataLoader
) -> Any:
    """Load by a loader class of the application's own, which is given keys."""
    keys = loader.query.key_attributes
    state = persistent_state(obj)
    plan = None
    if state is not None and not state.dict.keys() >= {*keys}:
        plan = LoadPlan(state.mapper, frozenset(keys))

    def load() -> Any:
        if request.is_async:
            return loader.load(loader.key_of(obj))
        key = loader.key_of(obj)
        known = request.execution.results_of(loader)
        if key not in known:
            siblings = siblings_of(obj, request)
            wanted = dict.fromkeys(map(loader.key_of, siblings))
            known.update(zip(wanted, loader.load_at_once(list(wanted)), strict=True))
        return known[key]

    return load() if plan is None else when_complete(obj, plan, request, load)
