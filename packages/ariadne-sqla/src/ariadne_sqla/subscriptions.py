"""Loaders and a session for each event of a subscription.

Ariadne runs no extensions for subscriptions, and graphql-core executes all events of
one with the same context. So the source of the events is wrapped: what is around an
event happens when it is taken from the source, and when the next one is asked for.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from ariadne import SubscriptionType
from ariadne.types import Subscriber
from graphql import GraphQLSchema

from sqla_loaders import LoaderRegistry, unscoped, value_in
from sqla_loaders.extension import SQLAlchemyDataLoaderExtension
from sqla_selection import DepthLimit, TypeRegistry

from .closing import close_async
from .field_plans import check_asked
from .request import Request
from .watched_fields import WatchedField

__all__ = ["EventField", "SQLAlchemySubscriptionType"]

_KEY = "ariadne_sqla.subscriptions"


class SQLAlchemySubscriptionType(SubscriptionType):
    """Ariadne's `SubscriptionType`, for a context with other keys than the usual ones.

    Each event has a new `LoaderRegistry`, and what the context's session has loaded is
    forgotten after it: the session is closed, and its connection is back in the pool
    while the subscription waits for the next event. A plain `SubscriptionType` has that
    too, with the session in `context["session"]`. What asks too much is refused once,
    before the first event.

    Args:
        extension: Says where session and registry are, and of which class that is, as
            `SQLAlchemyDataLoaderExtension(session_key="db")`.
    """

    def __init__(
        self,
        *,
        extension: type[SQLAlchemyDataLoaderExtension]
        | SQLAlchemyDataLoaderExtension = SQLAlchemyDataLoaderExtension,
    ) -> None:
        super().__init__()
        self.extension = extension

    def bind_to_schema(self, schema: GraphQLSchema) -> None:
        """Bind sources and resolvers to the subscription type of *schema*."""
        super().bind_to_schema(schema)
        schema.extensions[_KEY] = self.extension


class EventField(WatchedField):
    """A field of the subscription type: its source is wrapped, whoever sets it."""

    def __setattr__(self, name: str, value: Any) -> None:
        """Set what is around each event where it is the source that is set."""
        if name == "subscribe" and value is not None and not isinstance(value, _Source):
            value = _Source(value)
        super().__setattr__(name, value)


@dataclass(frozen=True, slots=True)
class _Source:
    """A source with loaders and a session for each of its events."""

    source: Subscriber

    async def __call__(self, root: Any, info: Any, /, **kwargs: Any) -> Any:
        events = self.source(root, info, **kwargs)
        if isawaitable(events):
            events = await events
        extension = info.schema.extensions.get(_KEY, SQLAlchemyDataLoaderExtension)()
        around = _Event(extension, info)
        around.begin()
        try:
            check_asked(Request(info))
        except BaseException:
            await _close(events)
            raise
        finally:
            # What ran before the first event holds no connection while that is awaited.
            await around.end()
        if not isinstance(events, AsyncIterable):
            return events  # graphql-core says what is wrong
        return _each(events, around)


async def _each(
    events: AsyncIterable[Any], around: _Event
) -> AsyncGenerator[Any, None]:
    try:
        async for event in events:
            around.begin()
            try:
                yield event
            finally:
                await around.end()
    finally:
        await _close(events)
        await around.end()  # the source itself may have used the session


async def _close(events: Any) -> None:
    close = getattr(events, "aclose", None)
    if close is not None:
        await close()


@dataclass(slots=True)
class _Event:
    """What is around an event."""

    extension: SQLAlchemyDataLoaderExtension
    info: Any
    """The source's."""
    raised: DepthLimit | None = None
    """The depth that a call of `auto_eager_load` in the source allows."""

    @property
    def context(self) -> Any:
        return self.info.context

    def begin(self) -> None:
        """Put a new registry into the context, of the class of the one before."""
        known = self._registry()
        if known is None:
            self.extension.request_started(self.context)
        else:
            fresh = type(known)(known.session)
            fresh.savepoints = known.savepoints
            self.context[self.extension.registry_key] = fresh
        limits = TypeRegistry.of(self.info.schema).raised_limits
        self.raised = limits.get(self.info.path) or self.raised
        registry = self._registry()
        if registry is not None:
            registry.raised_limit = self.raised

    async def end(self) -> None:
        """Close the registry, and the session, which may be used again."""
        registry = self._registry()
        self.extension.request_finished(self.context)
        if registry is not None and registry.has_session:
            await close_async(unscoped(registry.session))

    def _registry(self) -> LoaderRegistry | None:
        registry = value_in(self.context, self.extension.registry_key)
        return registry if isinstance(registry, LoaderRegistry) else None
