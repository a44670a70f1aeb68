"""What a running field has of its request, each asked for once.

Whether it is awaited, the loaders, the route, and its place in the response.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cached_property
from inspect import isawaitable
from typing import Any

from sqlalchemy import ColumnElement, Dialect, true
from sqlalchemy.orm import Mapper, Session

from sqla_loaders import AnySession, Cause, Execution, LoaderRegistry, Places, run
from sqla_selection import (
    ConfigurationError,
    FieldVisibility,
    LoadPlan,
    TypeRegistry,
    Visibility,
)
from sqla_selection.arguments import Scope, Windows
from sqla_selection.net import criteria_below

from .bound import Bound, BoundSchema, any_bound_type, bound_to
from .errors import MissingRegistryError
from .holder import Holder
from .routes import Route, current_route

__all__ = [
    "Request",
    "fields_of_path",
    "is_async",
    "places_in",
    "then",
    "visible",
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


def then(value: Any, go: Callable[[Any], Any]) -> Any:
    """Return what *go* gives for *value*; an awaitable of it if either must wait."""
    return _later(value, go) if isawaitable(value) else go(value)


async def _later(value: Awaitable[Any], go: Callable[[Any], Any]) -> Any:
    result = go(await value)
    return await result if isawaitable(result) else result


def fields_of_path(path: Any) -> tuple[str, ...]:
    """Return the response keys of a response path, without the places in lists."""
    return tuple(key for key in path.as_list() if isinstance(key, str)) if path else ()


def places_in(path: Any) -> Places:
    """Return the places in lists of a response path, without its keys."""
    return tuple(key for key in path.as_list() if isinstance(key, int)) if path else ()


class Request:
    """What one running field has of its request.

    Args:
        info: Of the field.
        bound: The type that is asked where the loaders are; by default that of what
            the field gives.
    """

    def __init__(self, info: Any, bound: Bound | None = None) -> None:
        self.info = info
        self.route: Route = current_route()
        """The route in force."""
        self._bound = bound

    @cached_property
    def is_async(self) -> bool:
        """Whether what the resolver returns may be an awaitable."""
        return is_async(self.info)

    @cached_property
    def bound_schema(self) -> BoundSchema:
        """What is bound to the schema."""
        return bound_to(self.info.schema)

    @cached_property
    def types(self) -> TypeRegistry:
        """The types of the schema."""
        return TypeRegistry.of(self.info.schema)

    @cached_property
    def seen_types(self) -> TypeRegistry:
        """The types as the viewer sees them: what is hidden of them reads nothing."""
        seen = self.field_visibility
        return self.types if seen is None else self.types.without(seen.hidden)

    @cached_property
    def registry(self) -> LoaderRegistry | None:
        """The loaders; `None` where there are none.

        For what can do without: a field that cannot asks `Bound.registry_in`, which
        says what is missing.
        """
        bound = self._bound or any_bound_type(self.info)
        try:
            return bound.registry_in(self.info.context)
        except MissingRegistryError:
            return None

    @cached_property
    def execution(self) -> Execution:
        """What the loaders know of this execution."""
        assert self.registry is not None
        return self.registry.executions.of(self.info.fragments)

    @cached_property
    def windows(self) -> Windows:
        """What arguments of fields mean in this execution."""
        limits, registry = self.bound_schema.limits, self.registry
        if registry is None:
            return Windows(self.info, {}, limits, self.scope)
        known, session = self.execution.windows, registry.session
        if not registry.has_session:
            return Windows(self.info, known, limits, self.scope)

        def dialect_of(mapper: Mapper[Any]) -> Dialect:
            return Holder.of(session, mapper).dialect

        return Windows(self.info, known, limits, self.scope, dialect_of)

    @cached_property
    def visibility(self) -> Visibility | None:
        """What the viewer may see, `None` where no type has a policy.

        Raises:
            MissingRegistryError: There is no registry, which keeps it for the request.
        """
        policies = self.types.policies
        if not policies.by_mapper:
            return None
        bound = self._bound or any_bound_type(self.info)
        registry = bound.registry_in(self.info.context)
        return registry.visibility_for(policies, self.info)

    @cached_property
    def field_visibility(self) -> FieldVisibility | None:
        """Which fields the viewer may see, `None` where no type has `visible_if`.

        Raises:
            MissingRegistryError: There is no registry, which keeps it for the request.
        """
        rules = self.types.field_rules(self.info.schema)
        if rules is None:
            return None
        bound = self._bound or any_bound_type(self.info)
        registry = bound.registry_in(self.info.context)
        return registry.field_visibility_for(rules, self.info)

    @property
    def criteria(self) -> tuple[Any, ...]:
        """What a statement of the application's gets, so that it shows nothing hidden.

        See `sqla_selection.net`.
        """
        return () if self.visibility is None else criteria_below(self.visibility)

    def visible(self, entity: Any) -> ColumnElement[bool] | None:
        """Return the condition for the rows of *entity* that the viewer may see.

        Whoever makes a statement asks this for each entity in it. `None`: all rows.
        """
        return None if self.visibility is None else self.visibility.of(entity)

    @cached_property
    def scope(self) -> Scope:
        """What conditions depend on beside the arguments: what may be seen."""
        if self.visibility is None:
            return Scope(info=self.info)
        seen = self.visibility
        return Scope(seen.of, self.info, seen.policies.guarded_between)

    def when_policies_are_known(self, go: Callable[[], Any]) -> Any:
        """Return what *go* gives when policies that are coroutines were awaited.

        Those of rows and those of fields.
        """
        for kind in (self.visibility, self.field_visibility):
            waiting = None if kind is None else kind.waiting()
            if waiting is None:
                continue
            if self.is_async:
                return then(waiting, lambda _: self.when_policies_are_known(go))
            waiting.close()  # each policy says then that it cannot be asked
        return go()

    def leave_others(self) -> None:
        """Let go of what is known below root fields before this one.

        Under an event loop there is none before another one.
        """
        path = self.info.path
        if path.prev is None and not self.is_async and self.registry is not None:
            self.registry.executions.enter(self.info.fragments, path.key)

    def run(
        self, session: AnySession, work: Callable[[Session], Any], cause: Cause
    ) -> Any:
        """Return what *work* gives at its turn on *session*, see `sqla_loaders.run`."""
        registry = self.registry
        lifetime = None if registry is None else registry.lifetime
        return run(session, work, cause, lifetime)

    @property
    def field(self) -> str:
        """The field, as `Post.author`."""
        return f"{self.info.parent_type.name}.{self.info.field_name}"

    def check_is_async(self) -> None:
        """Check that the execution can wait, as it must on an `AsyncSession`.

        Raises:
            ConfigurationError: It cannot.
        """
        if not self.is_async:
            msg = (
                f"{self.field} cannot be answered on an AsyncSession by a synchronous "
                "execution (WSGI, `graphql_sync`). Use a Session there."
            )
            raise ConfigurationError(msg)

    def cause(
        self,
        route: str,
        why: str,
        *,
        relationship: str | None = None,
        plan: LoadPlan | None = None,
    ) -> Cause:
        """Return what statements are run for that this field needs."""
        path = tuple(self.info.path.as_list())
        return Cause(route, path, self.field, relationship, plan, why)


def visible(entity: Any, info: Any) -> ColumnElement[bool]:
    """Return the condition for the rows of *entity* that the viewer may see.

    For statements of resolvers of your own: `select(Post).where(visible(Post, info))`.
    What a resolver gives is checked without this too, by a statement more.

    Args:
        entity: A mapped class, or an alias of it.
        info: Of the field.

    Raises:
        PolicyError: The policy says nothing.
    """
    found = Request(info).visible(entity)
    return true() if found is None else found
