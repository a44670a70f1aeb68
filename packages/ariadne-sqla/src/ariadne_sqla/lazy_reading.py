"""Reading where SQLAlchemy may load: one statement for each object.

That is what is left for code that nothing foresaw, and all that the lazy route does.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from inspect import iscoroutinefunction
from typing import Any

from ariadne.types import Resolver
from graphql import get_nullable_type, is_list_type
from sqlalchemy import inspect
from sqlalchemy.exc import MissingGreenlet, SQLAlchemyError
from sqlalchemy.ext.asyncio import async_object_session
from sqlalchemy.orm import InstanceState, Session, WriteOnlyCollection, object_session
from sqlalchemy.orm.exc import DetachedInstanceError

from sqla_loaders import NotLoadedError, persistent_state, result_of

from .bound import Bound
from .request import Request, then

__all__ = ["iterable", "loading_what_it_reads", "read", "read_lazily"]


def read(obj: Any, path: str, info: Any, bound: Bound, kwargs: dict[str, Any]) -> Any:
    """Read *path* on *obj*, as graphql-core's default resolver would."""
    try:
        return _value_at(obj, path, info, kwargs)
    except DetachedInstanceError:
        return _on_an_attached_one(
            obj, Request(info, bound), lambda copy: _value_at(copy, path, info, kwargs)
        )
    except SQLAlchemyError as error:
        if not _lacks_greenlet(error):
            raise
    return read_lazily(obj, path, Request(info, bound), kwargs)


def read_lazily(obj: Any, path: str, request: Request, kwargs: dict[str, Any]) -> Any:
    """Read *path* on *obj* in the work of its session."""

    def work(sync: Session | None) -> Any:
        value = _value_at(obj, path, request.info, kwargs)
        return value if sync is None else _rows_of(value, sync)

    session = async_object_session(obj) or object_session(obj)
    if session is None:
        return work(None)
    return request.run(session, work, request.cause("lazy", _WHY))


def loading_what_it_reads(bound: Bound, resolver: Resolver) -> Resolver:
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
                obj, Request(info, bound), lambda copy: resolver(copy, info, **kwargs)
            )
        except SQLAlchemyError as error:
            state = persistent_state(obj)
            session = None if state is None else state.async_session
            if session is None or not _lacks_greenlet(error):
                raise
        request = Request(info, bound)
        cause = request.cause("lazy", _WHY)
        found = request.run(session, lambda _: resolver(obj, info, **kwargs), cause)
        return then(found, _same)

    return call


def iterable(value: Any, info: Any) -> Any:
    """Return what graphql-core iterates: the values of a keyed collection.

    A generator runs here, where what it lacks can still be loaded.
    """
    if isinstance(value, Generator):
        return list(value)
    if isinstance(value, Mapping) and is_list_type(get_nullable_type(info.return_type)):
        return list(value.values())
    return value


_WHY = "SQLAlchemy's own lazy loading: one statement for each object."


def _value_at(obj: Any, path: str, info: Any, kwargs: dict[str, Any]) -> Any:
    value = obj
    for name in path.split("."):
        if value is None:
            return None
        if isinstance(value, Mapping):
            value = value.get(name)
        else:
            value = getattr(value, name, None)
    if callable(value):
        return value(info, **kwargs)
    return iterable(value, info)


def _advising(resolver: Resolver) -> Resolver:
    async def call(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        try:
            return await resolver(obj, info, **kwargs)
        except SQLAlchemyError as error:
            who = "an AsyncSession"
            if isinstance(error, DetachedInstanceError):
                who = "an object of a closed session"
            elif not _lacks_greenlet(error):
                raise
            field = f"{info.parent_type.name}.{info.field_name}"
            msg = (
                f"The resolver of {field!r} is a coroutine and reads an attribute that "
                f"is not loaded, which {who} cannot load there. Declare all "
                f"that it reads on the type: `requires={{{info.field_name!r}: […]}}`."
            )
            raise NotLoadedError(msg) from error

    return call


def _on_an_attached_one(
    obj: Any, request: Request, read_one: Callable[[Any], Any]
) -> Any:
    """Call *read_one*, which met an unloaded attribute of a detached object, on a copy.

    The copy has what *obj* has, without a statement, and is in the session of the
    context, which loads the rest: so `session_factory` gives up no lazy load. It is
    the object of that row that the session has already, if there is one.

    Raises:
        DetachedInstanceError: *obj* was changed, or the context has no registry.
    """
    state = inspect(obj, raiseerr=False)
    registry = request.registry
    if (
        not isinstance(state, InstanceState)
        or not state.detached
        or state.modified
        or state.key is None
        or registry is None
    ):
        return read_one(obj)
    key = state.key

    def work(sync: Session) -> Any:
        known = sync.identity_map.get(key)
        return read_one(sync.merge(obj, load=False) if known is None else known)

    result = request.run(registry.session, work, request.cause("lazy", _WHY))
    return then(result, _same) if request.is_async else result


def _same(value: Any) -> Any:
    """Return *value*, which may be awaitable itself: a resolver's result."""
    return value


def _lacks_greenlet(error: SQLAlchemyError) -> bool:
    """Tell whether SQLAlchemy had to wait where it could not.

    Some drivers say so where the statement is run: then it is the error's origin.
    """
    return isinstance(getattr(error, "orig", error), MissingGreenlet)


def _rows_of(value: Any, session: Session) -> Any:
    """Return the rows of a `dynamic` or `write_only` relationship that was read."""
    if isinstance(value, WriteOnlyCollection):
        return result_of(session, value.select()).scalars().all()
    if hasattr(value, "all") and hasattr(value, "filter_by"):
        return list(value.all())
    return value
