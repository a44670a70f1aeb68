"""The resolvers of mapped attributes.

Each returns what is loaded at once. What is not loaded is asked of the request's
`LoaderRegistry`: under an event loop as an awaitable that shares its statement with
its siblings, otherwise at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from ariadne.types import Resolver
from graphql import get_nullable_type, is_list_type
from sqlalchemy import inspect
from sqlalchemy.exc import MissingGreenlet, SQLAlchemyError
from sqlalchemy.ext.asyncio import async_object_session
from sqlalchemy.orm import (
    InstanceState,
    Mapper,
    RelationshipProperty,
    Session,
    WriteOnlyCollection,
    object_session,
)
from sqlalchemy.orm.exc import DetachedInstanceError

from sqla_loaders import LoaderRegistry, SQLAlchemyDataLoader
from sqla_loaders._compat import state_of
from sqla_loaders.completion import is_complete, members, persistent_state
from sqla_loaders.errors import NotLoadedError
from sqla_loaders.session import Cause, run
from sqla_loaders.siblings import Places
from sqla_selection import LoadPlan, TypeRegistry, collect
from sqla_selection._compat import is_query_expression
from sqla_selection.attributes import Needs, needs_of, without_synonym
from sqla_selection.lookahead import check_depth_of_root
from sqla_selection.planner import needs_of_field, plan_field

from .errors import MissingRegistryError
from .routes import current_route

if TYPE_CHECKING:
    from .object_type import SQLAlchemyObjectType

__all__ = [
    "attribute_resolver",
    "check_depth",
    "fields_of_path",
    "is_async",
    "loading_what_it_reads",
    "note_failures",
    "places_in",
    "reading_prepared",
    "registry_of",
]


class _Probe:
    def __await__(self) -> Any:
        yield


_probe = _Probe()


def is_async(info: Any) -> bool:
    """Tell whether the executor awaits what a resolver returns.

    graphql-core gives a synchronous execution a predicate that finds nothing awaitable.
    """
    return bool(info.is_awaitable(_probe))


def registry_of(object_type: SQLAlchemyObjectType, info: Any) -> LoaderRegistry | None:
    """Return the request's loaders, `None` where there are none.

    For what can do without: a field that cannot asks the object type itself, which
    says what is missing.
    """
    try:
        return object_type.get_loader_registry_from_context(info.context)
    except MissingRegistryError:
        return None


_FAILURES = "ariadne_sqla.failures"


def note_failures(session: Session, registry: LoaderRegistry) -> None:
    """Note on *session* what failed with a registry that no field will find.

    A root field completes its objects without a registry in the context, too. What
    fails then is the error of the field that needs it, and not that it finds none.
    """
    session.info.setdefault(_FAILURES, []).append(registry)


def _raise_noted_failure(obj: Any, prop: RelationshipProperty[Any]) -> None:
    """Raise what `note_failures` knows of the relationship of *obj*, if anything."""
    session = None if state_of(obj) is None else object_session(obj)
    for registry in () if session is None else session.info.get(_FAILURES, ()):
        with suppress(NotLoadedError):
            registry.get_loader(prop).loaded_value(obj)


def fields_of_path(path: Any) -> tuple[str, ...]:
    """Return the response keys of a response path, without the places in lists."""
    return tuple(key for key in path.as_list() if isinstance(key, str)) if path else ()


def places_in(path: Any) -> Places:
    """Return the places in lists of a response path, without its keys."""
    return tuple(key for key in path.as_list() if isinstance(key, int)) if path else ()


def attribute_resolver(
    object_type: SQLAlchemyObjectType, field_name: str, path: str
) -> Resolver:
    """Return the resolver that reads *path*, as `"title"` or `"author.username"`."""
    mapper: Mapper[Any] = inspect(object_type.model)
    name = without_synonym(mapper, path)
    if name in mapper.relationships:
        resolver = _relationship_resolver(object_type, mapper.relationships[name])
    elif name in mapper.column_attrs:
        resolver = _column_resolver(object_type, name)
    else:
        hint = object_type.requires.get(field_name)
        resolver = _derived_resolver(object_type, mapper, path, hint)
    return resolver


def reading_prepared(object_type: SQLAlchemyObjectType, resolver: Resolver) -> Resolver:
    """Return *resolver*, a resolver of the application's own, on a prepared object.

    An object that lacks what the field's `requires` hint names, or any plain column
    where there is no hint, gets it first, in one batch with its siblings.
    """
    needs: Needs | None = None
    unprepared = _Unprepared(object_type, "")

    def resolve(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        nonlocal needs
        if needs is None:
            needs = _needs(object_type, info)
        if current_route() == "lazy" or unprepared.is_ready(obj, info, needs):
            return resolver(obj, info, **kwargs)
        return unprepared.then(obj, info, kwargs, resolver)

    return resolve


def loading_what_it_reads(resolver: Resolver) -> Resolver:
    """Let *resolver* read on an `AsyncSession` what nothing foresaw, as on a `Session`.

    SQLAlchemy loads there only inside of `run_sync`: the resolver is called once more,
    in it. One that is a coroutine itself cannot be, and is told what to do.
    """
    if iscoroutinefunction(resolver):
        return _advising(resolver)

    def call(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        try:
            return resolver(obj, info, **kwargs)
        except DetachedInstanceError:
            return _on_an_attached_one(
                obj, info, lambda one: resolver(one, info, **kwargs)
            )
        except SQLAlchemyError as error:
            state = persistent_state(obj)
            session = None if state is None else state.async_session
            if session is None or not _lacks_greenlet(error):
                raise
        cause = _cause("lazy", info)
        return _awaited(run(session, lambda _: resolver(obj, info, **kwargs), cause))

    return call


def _advising(resolver: Resolver) -> Resolver:
    async def call(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        try:
            return await resolver(obj, info, **kwargs)
        except SQLAlchemyError as error:
            if not _lacks_greenlet(error):
                raise
            field = f"{info.parent_type.name}.{info.field_name}"
            msg = (
                f"The resolver of {field!r} is a coroutine and reads an attribute that "
                "is not loaded, which an AsyncSession cannot load there. Declare all "
                f"that it reads on the type: `requires={{{info.field_name!r}: […]}}`."
            )
            raise NotLoadedError(msg) from error

    return call


def _on_an_attached_one(obj: Any, info: Any, read: Callable[[Any], Any]) -> Any:
    """Call *read*, which met an unloaded attribute of the detached *obj*, on a copy.

    The copy has what *obj* has, without a statement, and is in the session of the
    context, which loads the rest: so `session_factory` gives up no lazy load. It is
    the object of that row that the session has already, if there is one.

    Raises:
        DetachedInstanceError: *obj* was changed, or the context has no registry.
    """
    state = inspect(obj, raiseerr=False)
    object_type = info.schema.extensions["ariadne_sqla"].get(info.parent_type.name)
    registry = registry_of(object_type, info) if object_type else None
    if (
        not isinstance(state, InstanceState)
        or not state.detached
        or state.modified
        or state.key is None
        or registry is None
    ):
        return read(obj)
    key = state.key

    def work(sync: Session) -> Any:
        known = sync.identity_map.get(key)
        return read(sync.merge(obj, load=False) if known is None else known)

    result = run(registry.session, work, _cause("lazy", info))
    return _awaited(result) if info.is_awaitable(result) else result


async def _awaited(result: Any) -> Any:
    """Await the work, and what it gave: the resolver may return an awaitable."""
    value = await result
    return await value if isinstance(value, Awaitable) else value


def _lacks_greenlet(error: SQLAlchemyError) -> bool:
    """Tell whether SQLAlchemy had to wait where it could not.

    Some drivers say so where the statement is run: then it is the error's origin.
    """
    return isinstance(getattr(error, "orig", error), MissingGreenlet)


def _needs(object_type: SQLAlchemyObjectType, info: Any) -> Needs:
    """Return what the running field needs of its own object, and below."""
    definition = info.parent_type.fields[info.field_name]
    config = object_type.config
    return needs_of_field(config.mapper, config, info.field_name, definition)


def _column_resolver(object_type: SQLAlchemyObjectType, name: str) -> Resolver:
    unprepared = _Unprepared(object_type, name, reads=name)

    def resolve(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        try:
            return obj.__dict__[name]
        except (KeyError, AttributeError):
            return unprepared.resolve(obj, info, kwargs)

    return resolve


def _derived_resolver(
    object_type: SQLAlchemyObjectType,
    mapper: Mapper[Any],
    path: str,
    hint: Sequence[str] | None,
) -> Resolver:
    """Return the resolver of what Python computes from loaded attributes."""
    needs = Needs()
    for one in [path] if hint is None else hint:
        needs |= needs_of(mapper, one)
    unprepared = _Unprepared(object_type, path, reads=path if hint is None else None)

    def resolve(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        if hasattr(obj, "__dict__") and unprepared.is_ready(obj, info, needs):
            return unprepared.read(obj, info, kwargs)
        return unprepared.resolve(obj, info, kwargs)

    return resolve


def _relationship_resolver(
    object_type: SQLAlchemyObjectType, prop: RelationshipProperty[Any]
) -> Resolver:
    name = prop.key
    never_set = prop.lazy in ("dynamic", "write_only")
    as_they_are = prop.collection_class in (None, list, set) and not never_set
    unprepared = _Unprepared(object_type, name, prop, reads=name)

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

    return resolve


@dataclass(frozen=True, slots=True)
class _Unprepared:
    """A field of an object that lacks what the field reads."""

    object_type: SQLAlchemyObjectType
    path: str
    prop: RelationshipProperty[Any] | None = None
    reads: str | None = None
    """The path to plan by, where the field's hint or resolver says nothing of it."""
    other: Mapper[Any] | None = None
    """The mapper of the object, where that is of another class than the type."""

    def resolve(self, obj: Any, info: Any, kwargs: dict[str, Any]) -> Any:
        state = inspect(obj, raiseerr=False)
        if not isinstance(state, InstanceState):
            return self._resolve_foreign(obj, info, kwargs)
        if not state.has_identity:
            return self.read(obj, info, kwargs)
        of_class = self._of_class(state.mapper)
        if of_class is not self:
            return of_class.resolve(obj, info, kwargs)
        if current_route() == "lazy":
            return self._read_lazily(obj, info, kwargs)
        if self._has_no_statement(state.mapper):
            return self.read(obj, info, kwargs)
        if self.prop is not None:
            return self._load_relationship(obj, info)
        return self._load_attribute(obj, info, kwargs)

    def _of_class(self, mapper: Mapper[Any]) -> _Unprepared:
        """Return this for an object of *mapper*, which may be another class's."""
        if self.other is mapper or mapper.isa(self.object_type.config.mapper):
            return self
        return _of_another_class(self, mapper)

    def is_ready(self, obj: Any, info: Any, needs: Needs) -> bool:
        """Tell whether *obj* has all that its field needs, on every level."""
        loaded = getattr(obj, "__dict__", None)
        if loaded is None:
            return True
        if not loaded.keys() >= needs.attributes:
            return False
        if not (needs.relationships or needs.target or needs.subclasses):
            return True
        registry = registry_of(self.object_type, info)
        if registry is None:
            keys = {key for key, _ in needs.relationships} | {*needs.target[:1]}
            return bool(loaded.keys() >= keys)
        return is_complete([obj], self.plan(info, registry))

    def _has_no_statement(self, mapper: Mapper[Any]) -> bool:
        """Tell whether the mapping says that there is nothing to load."""
        if self.prop is not None:
            return self.prop.lazy == "noload"
        prop = mapper.column_attrs.get(self.path)
        return prop is not None and is_query_expression(prop)

    def then(
        self, obj: Any, info: Any, kwargs: dict[str, Any], resolver: Resolver
    ) -> Any:
        """Call *resolver* when *obj* has what its field needs."""
        state = persistent_state(obj)
        registry = None if state is None else registry_of(self.object_type, info)
        if state is None or registry is None:
            return resolver(obj, info, **kwargs)
        plan = self._of_class(state.mapper).plan(info, registry)
        if is_complete([obj], plan):
            return resolver(obj, info, **kwargs)
        if is_async(info):
            return self._completed(
                obj, plan, registry, lambda: resolver(obj, info, **kwargs)
            )
        self._complete_siblings(obj, plan, registry, info)
        return resolver(obj, info, **kwargs)

    @staticmethod
    def _complete_siblings(
        obj: Any, plan: LoadPlan, registry: LoaderRegistry, info: Any
    ) -> None:
        """Complete *obj* at once, with all objects that are asked for the same."""
        siblings = _siblings_of(obj, registry, info)
        relationships = [str(one.relationship) for one in plan.relationships.values()]
        cause = _cause("fallback", info, ", ".join(relationships) or None)
        registry.complete(siblings, plan, cause)

    def read(self, obj: Any, info: Any, kwargs: dict[str, Any]) -> Any:
        """Read the path on *obj*, as graphql-core's default resolver would."""
        try:
            return self._read(obj, info, kwargs)
        except DetachedInstanceError:
            return _on_an_attached_one(
                obj, info, lambda one: self._read(one, info, kwargs)
            )
        except SQLAlchemyError as error:
            if not _lacks_greenlet(error):
                raise
        return self._read_lazily(obj, info, kwargs)

    def _read(self, obj: Any, info: Any, kwargs: dict[str, Any]) -> Any:
        value = obj
        for name in self.path.split("."):
            if value is None:
                return None
            if isinstance(value, Mapping):
                value = value.get(name)
            else:
                value = getattr(value, name, None)
        if callable(value):
            return value(info, **kwargs)
        return _listed(value, info)

    def _read_lazily(self, obj: Any, info: Any, kwargs: dict[str, Any]) -> Any:
        """Read where SQLAlchemy may load: one statement for each object."""

        def work(sync: Session | None) -> Any:
            value = self._read(obj, info, kwargs)
            return value if sync is None else _queried(value, sync)

        session = async_object_session(obj) or object_session(obj)
        if session is None:
            return work(None)
        return run(session, work, _cause("lazy", info))

    def _resolve_foreign(self, obj: Any, info: Any, kwargs: dict[str, Any]) -> Any:
        """Resolve the field of a parent that is no mapped object."""
        for name in dict.fromkeys((self.path, info.field_name)):
            first = name.partition(".")[0]
            if first in obj if isinstance(obj, Mapping) else hasattr(obj, first):
                reader = _Unprepared(self.object_type, name)
                return reader.read(obj, info, kwargs)
        if self.prop is None or obj is None:
            return None
        return self._load_relationship(obj, info)

    def _load_relationship(self, obj: Any, info: Any) -> Any:
        assert self.prop is not None
        registry = self._registry(obj, info, self.prop)
        loader: SQLAlchemyDataLoader = registry.get_loader(self.prop)
        if not loader.is_batched_here:
            return self._load_by_own_class(obj, info, registry, loader)
        plan = self.plan(info, registry)
        if not is_async(info):
            self._complete_siblings(obj, plan, registry, info)
            return _listed(loader.loaded_value(obj), info)
        return self._completed(
            obj, plan, registry, lambda: _listed(loader.loaded_value(obj), info)
        )

    def _registry(
        self, obj: Any, info: Any, prop: RelationshipProperty[Any]
    ) -> LoaderRegistry:
        try:
            return self.object_type.get_loader_registry_from_context(info.context)
        except MissingRegistryError:
            _raise_noted_failure(obj, prop)
            raise

    def _load_by_own_class(
        self,
        obj: Any,
        info: Any,
        registry: LoaderRegistry,
        loader: SQLAlchemyDataLoader,
    ) -> Any:
        """Load by a loader class of the application's own, which is given keys."""
        keys = loader.query.key_attributes
        state = persistent_state(obj)
        plan = None
        if state is not None and not state.dict.keys() >= {*keys}:
            plan = LoadPlan(state.mapper, frozenset(keys), {})
        if is_async(info):
            if plan is None:
                return loader.load(loader.key_of(obj))
            return self._completed(
                obj, plan, registry, lambda: loader.load(loader.key_of(obj))
            )
        if plan is not None:
            self._complete_siblings(obj, plan, registry, info)
        key = loader.key_of(obj)
        known = registry.execution(info.fragments).results_of(loader)
        if key not in known:
            siblings = _siblings_of(obj, registry, info)
            wanted = dict.fromkeys(map(loader.key_of, siblings))
            known.update(zip(wanted, _at_once(loader, list(wanted)), strict=True))
        return known[key]

    def _load_attribute(self, obj: Any, info: Any, kwargs: dict[str, Any]) -> Any:
        registry = registry_of(self.object_type, info)
        if registry is None:
            return self._read_lazily(obj, info, kwargs)
        plan = self.plan(info, registry)
        if is_async(info):
            return self._completed(
                obj, plan, registry, lambda: self.read(obj, info, kwargs)
            )
        self._complete_siblings(obj, plan, registry, info)
        return self.read(obj, info, kwargs)

    @staticmethod
    async def _completed(
        obj: Any, plan: LoadPlan, registry: LoaderRegistry, read: Callable[[], Any]
    ) -> Any:
        await registry.complete_soon(obj, plan)
        try:
            value = read()
        except NotLoadedError:
            # A sibling has written meanwhile, and the loaders forgot what they knew.
            await registry.complete_soon(obj, plan)
            value = read()
        return await value if isinstance(value, Awaitable) else value

    def plan(self, info: Any, registry: LoaderRegistry) -> LoadPlan:
        """Return what the field needs of its owner; decided once in an execution."""
        type_name = info.parent_type.name
        nodes = map(id, info.field_nodes)
        key = (type_name, info.field_name, self.reads, self.other, *nodes)
        known = registry.execution(info.fragments).field_plans
        if key not in known:
            check_depth(info, registry)
            known[key] = _field_plan(info, self.reads, self.other)
        plan: LoadPlan = known[key]
        return plan


@lru_cache(maxsize=1024)
def _of_another_class(unprepared: _Unprepared, mapper: Mapper[Any]) -> _Unprepared:
    """Return *unprepared* for objects of *mapper*, which the type is not bound to.

    A resolver may return them for it, as rows of a history table. They are read by
    their own mapping, as lazy loading does, and never by that of the type.
    """
    name = without_synonym(mapper, unprepared.path)
    prop = mapper.relationships.get(name)
    return replace(unprepared, path=name, prop=prop, other=mapper)


def check_depth(info: Any, registry: LoaderRegistry | None) -> None:
    """Refuse what nests too deep below the root field that *info* is in.

    Looked at once for each root field of an execution.

    Raises:
        DepthLimitError: It does.
    """
    passed = {} if registry is None else registry.execution(info.fragments).field_plans
    path = info.path
    while path.prev is not None:
        path = path.prev
    key = ("depth", path.key)
    if key not in passed:
        raised = None if registry is None else registry.raised_limit
        check_depth_of_root(info, TypeRegistry.of(info.schema), raised=raised)
        passed[key] = None


def _field_plan(
    info: Any, reads: str | None, other: Mapper[Any] | None = None
) -> LoadPlan:
    """Return what the running field needs of its owner, and below.

    That is to read the path *reads*, or else what the field's hint or resolver says.
    """
    definition = info.parent_type.fields[info.field_name]
    is_composite = any(node.selection_set for node in info.field_nodes)
    types = TypeRegistry.of(info.schema)
    config = types[info.parent_type.name]
    if other is not None:
        config = replace(config, model=other.class_)
    return plan_field(
        config.mapper,
        config,
        info.field_name,
        definition,
        collect(info) if is_composite else None,
        types,
        reads=reads,
    )


def _siblings_of(obj: Any, registry: LoaderRegistry, info: Any) -> list[Any]:
    """Return *obj*, and the objects of its kind that are asked for the same."""
    execution = registry.execution(info.fragments)
    siblings = execution.siblings_of(obj, fields_of_path(info.path.prev))
    state = state_of(obj)
    if state is None:
        return [one for one in siblings if state_of(one) is None]
    base = state.mapper.base_mapper.class_
    return [one for one in siblings if isinstance(one, base)]


def _cause(route: str, info: Any, relationship: str | None = None) -> Cause:
    why = "The object was not prepared, and nothing else asks for the same now."
    if route == "lazy":
        why = "SQLAlchemy's own lazy loading: one statement for each object."
    return Cause(
        route,
        tuple(info.path.as_list()),
        f"{info.parent_type.name}.{info.field_name}",
        relationship,
        why=why,
    )


def _at_once(loader: Any, keys: list[Any]) -> list[Any]:
    """Run the batch of a loader class of the application's own, without a loop."""
    batch = loader.batch_load_fn(keys)
    try:
        batch.send(None)
    except StopIteration as done:
        values: list[Any] = done.value
        return values
    batch.close()
    msg = (
        f"{type(loader).__name__}.batch_load_fn waits for something, but this "
        "execution is synchronous. Use a `Session`, or serve the schema under ASGI."
    )
    raise RuntimeError(msg)


def _listed(value: Any, info: Any) -> Any:
    """Return what graphql-core iterates: the values of a keyed collection."""
    if isinstance(value, Mapping) and is_list_type(get_nullable_type(info.return_type)):
        return list(value.values())
    return value


def _queried(value: Any, session: Session) -> Any:
    """Return the rows of a `dynamic` or `write_only` relationship that was read."""
    if isinstance(value, WriteOnlyCollection):
        return session.scalars(value.select()).all()
    if hasattr(value, "all") and hasattr(value, "filter_by"):
        return list(value.all())
    return value
