"""The loaders of one request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar, cast
from weakref import ref

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import RelationshipProperty, Session

from sqla_selection import DepthLimit, LoadPlan
from sqla_selection.plan import merge

from ._compat import state_of
from .causes import Cause
from .completion import complete
from .context import NoSession
from .errors import AsyncOwnerError
from .failures import Failure
from .lifetime import Lifetime
from .listening import tell_of_writes, watch
from .loader import SQLAlchemyDataLoader
from .siblings import Execution
from .turns import AnySession, run, serialized, sync_session, unscoped

__all__ = ["LoaderRegistry"]

T = TypeVar("T", bound=SQLAlchemyDataLoader)


_MAX_EXECUTIONS = 16


class LoaderRegistry:
    """Keeps one loader for each relationship and loader class.

    Make one for each request: its loaders cache rows, which are one user's to see.
    After a flush, a commit or a rollback of the session, and before any statement on it
    that is no query, what the loaders know is forgotten.

    Args:
        session: The session of the request. Statements on an `AsyncSession` are run one
            at a time.
        savepoints: Whether each statement of a batch has a `SAVEPOINT` of its own, so
            that one that fails does not end the transaction of PostgreSQL, and with it
            all fields that load after. Two short statements more for each.
    """

    def __init__(self, session: AnySession, *, savepoints: bool = False) -> None:
        self.session = session
        self.savepoints = savepoints
        self.lifetime = Lifetime()
        self.has_written = False
        """Whether rows may have changed in this request, and may again."""
        self.raised_limit: DepthLimit | None = None
        """The depth that the source of a subscription allows for its events."""
        self._loaders: dict[tuple[Any, ...], SQLAlchemyDataLoader] = {}
        self._batches: dict[Any, _ObjectBatch] = {}
        self._executions: dict[int, Execution] = {}
        self._assigned: list[tuple[str, list[ref[Any]]]] = []
        self._failures: dict[LoadPlan, tuple[Failure, dict[int, Any]]] = {}
        # A scoped session is made when something is loaded: perhaps for another scope.
        if isinstance(session, Session | AsyncSession):
            watch(sync_session(session))

    def get_loader(
        self,
        relation_prop: RelationshipProperty[Any],
        loader_class: type[T] = SQLAlchemyDataLoader,  # type: ignore[assignment]  # PEP 696
    ) -> T:
        """Return the loader for *relation_prop*, the same one each time."""
        key = (relation_prop, loader_class)
        loader = self._loaders.get(key)
        if loader is None:
            if not self._loaders:
                tell_of_writes(sync_session(self.session), self)
            loader = loader_class(self.session, relation_prop)
            loader.registry = self
            loader.lifetime = self.lifetime
            self._loaders[key] = loader
        return cast(T, loader)

    @property
    def has_session(self) -> bool:
        """Whether the request has a session: use of none is an error."""
        return not isinstance(self.session, NoSession)

    @property
    def is_closed(self) -> bool:
        """Whether the request is over."""
        return self.lifetime.is_over

    @property
    def has_failed(self) -> bool:
        """Whether a batch has failed, which the fields that need it will tell."""
        return any(loader.has_failed for loader in self._loaders.values())

    def complete(
        self, objects: Iterable[Any], plan: LoadPlan, cause: Cause | None = None
    ) -> Awaitable[None] | None:
        """Load what *objects* lack of *plan*: nothing they have is loaded again.

        One statement for their columns (and one for each subclass), one for each
        relationship and level. On an `AsyncSession` the result must be awaited.
        """
        return self.complete_all([(list(objects), plan)], cause)

    def complete_all(
        self,
        groups: Sequence[tuple[Sequence[Any], LoadPlan]],
        cause: Cause | None = None,
        *,
        is_tolerant: bool = False,
    ) -> Awaitable[None] | None:
        """Load what the objects of each group lack of its plan, see `complete`.

        A group that fails is left as it is where *is_tolerant*: the fields that need
        what is missing try again, and each has its own error.
        """
        cause = cause or Cause("fallback")
        done = [
            run(session, partial(self._complete_on, own, is_tolerant), cause)
            for session, own in self._by_session(groups)
        ]
        waiting = [one for one in done if one is not None]
        return _all(waiting) if waiting else None

    def complete_on(
        self, session: Session, objects: Iterable[Any], plan: LoadPlan
    ) -> None:
        """Do the same within a piece of work that runs on *session* already."""
        complete(session, objects, plan, self)

    def _complete_on(
        self,
        groups: Iterable[tuple[Sequence[Any], LoadPlan]],
        is_tolerant: bool,
        session: Session,
    ) -> None:
        for objects, plan in groups:
            failure = self._failure_of(objects, plan)
            if failure is None:
                try:
                    complete(session, objects, plan, self)
                except Exception as error:
                    failure = Failure(_what(plan), error)
                    known = {id(obj): obj for obj in objects}
                    self._failures[plan] = (failure, known)
            if failure is not None and not is_tolerant:
                raise failure.reason()

    def _failure_of(self, objects: Sequence[Any], plan: LoadPlan) -> Failure | None:
        """Return why *objects* could not be completed, if that was tried already.

        A synchronous execution asks for each object, with the same siblings.
        """
        failure, known = self._failures.get(plan, (None, {}))
        return failure if known and all(id(obj) in known for obj in objects) else None

    def _by_session(
        self, groups: Sequence[tuple[Sequence[Any], LoadPlan]]
    ) -> list[tuple[AnySession, list[tuple[Sequence[Any], LoadPlan]]]]:
        """Return the groups by the session that loads for their objects.

        That is the registry's own, unless an object is in another one that is open.
        """
        own = unscoped(self.session)
        id_of_own = sync_session(own).hash_key
        others: dict[Any, list[tuple[Sequence[Any], LoadPlan]]] = {}
        ours = []
        for objects, plan in groups:
            apart: dict[Any, list[Any]] = {}
            for obj in objects:
                state = state_of(obj)
                if state is not None and state.session_id not in (None, id_of_own):
                    session = state.async_session or state.session
                    if session is not None:
                        apart.setdefault(session, []).append(obj)
            for session, theirs in apart.items():
                others.setdefault(session, []).append((theirs, plan))
            if apart:
                foreign = {id(obj) for theirs in apart.values() for obj in theirs}
                objects = [obj for obj in objects if id(obj) not in foreign]
            if objects:
                ours.append((objects, plan))
        if not isinstance(own, AsyncSession) and not _has_loop():
            _check_sync(others)
        return [(own, ours), *others.items()] if ours else list(others.items())

    def complete_soon(self, obj: Any, plan: LoadPlan) -> Awaitable[Any]:
        """Return a future of *obj* with what it lacks of *plan*, loaded in a batch.

        All objects that are asked for before the event loop gets its turn again are
        completed by the same statements.
        """
        key = (plan.mapper, *sorted(edge.key for edge in plan.edges))
        batch = self._batches.get(key)
        if batch is None:
            batch = self._batches[key] = _ObjectBatch(self)
        return batch.add(obj, plan)

    def execution(self, identity: object) -> Execution:
        """Return what is known in one execution of an operation.

        Of the executions that one registry serves only the latest are known.

        Args:
            identity: An object that is the execution's own, as `info.fragments` is.
        """
        execution = self._executions.get(id(identity))
        if execution is None:
            execution = self._executions[id(identity)] = Execution(identity)
            if len(self._executions) > _MAX_EXECUTIONS:
                del self._executions[next(iter(self._executions))]
        return execution

    def remember(self, key: str, objects: list[ref[Any]]) -> None:
        """Note that the relationship *key* of *objects* was set by a loader.

        By reference only: a long list goes when its answer is made, and not at the end
        of the request.
        """
        self._assigned.append((key, objects))

    def forget(self) -> None:
        """Forget what the loaders know, and unload what they set: rows have changed.

        A relationship that the application itself has changed since stays as it is.
        """
        if self.lifetime.is_over:
            return
        self.has_written = True
        for loader in self._loaders.values():
            loader.forget()
        for execution in self._executions.values():
            execution.forget()
        self._failures.clear()
        assigned, self._assigned = self._assigned, []
        for key, objects in assigned:
            for reference in objects:
                obj = reference()
                state = state_of(obj)
                if (
                    state is not None
                    and state.session is not None
                    and key in state.dict
                    and not (state.modified and state.attrs[key].history.has_changes())
                ):
                    state.session.expire(obj, [key])

    def close(self) -> None:
        """End the request: no loader runs a statement from now on.

        A batch that still runs, because the request ended early, is cancelled. Whoever
        waits for it gets a `ClosedRegistryError`.
        """
        self.lifetime.end()


class _ObjectBatch:
    """Completes objects in batches, by one plan for all that are asked together.

    A batch takes what has been asked for until it has its turn on the session, so that
    the objects of resolvers that wait for one session end up in one batch.
    """

    def __init__(self, registry: LoaderRegistry) -> None:
        self._registry = registry
        self._plans: dict[LoadPlan, None] = {}
        self._waiting: list[tuple[Any, asyncio.Future[Any]]] = []
        self._task: asyncio.Task[None] | None = None

    def add(self, obj: Any, plan: LoadPlan) -> asyncio.Future[Any]:
        """Return a future of *obj* with what it lacks of *plan*."""
        self._registry.lifetime.check_open(_what(plan))
        self._plans[plan] = None
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._waiting.append((obj, future))
        if len(self._waiting) == 1:
            self._task = loop.create_task(self._run(_what(plan)))
        return future

    async def _run(self, what: str) -> None:
        await _turns()
        taken: list[tuple[Any, asyncio.Future[Any]]] = []
        try:
            with self._registry.lifetime.batch(what):
                session = unscoped(self._registry.session)
                if isinstance(session, AsyncSession):
                    async with serialized(session):
                        await _turns()  # for who had the session until now
                        await self._complete(taken)
                else:
                    await self._complete(taken)
        except Exception as error:
            failure = Failure(what, error)
            for _, future in taken or self._take():
                if not future.done():
                    future.set_exception(failure.reason())
        else:
            for obj, future in taken:
                if not future.done():
                    future.set_result(obj)

    async def _complete(self, taken: list[tuple[Any, asyncio.Future[Any]]]) -> None:
        plan = merge(*self._plans)
        taken += self._take()
        relationships = [str(edge.relationship) for edge in plan.edges]
        cause = Cause(
            "fallback",
            relationship=", ".join(relationships) or None,
            plan=plan,
            why="The objects were not prepared: one batch for all of them.",
        )
        done = self._registry.complete([obj for obj, _ in taken], plan, cause)
        if done is not None:
            await done

    def _take(self) -> list[tuple[Any, asyncio.Future[Any]]]:
        taken, self._waiting, self._plans = self._waiting, [], {}
        return taken


def _has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _check_sync(sessions: Iterable[Any]) -> None:
    if any(isinstance(session, AsyncSession) for session in sessions):
        msg = (
            "What an object of an AsyncSession lacks cannot be loaded where no event "
            "loop runs (WSGI, `graphql_sync`). Return objects of a Session there, or "
            "load all that the client asks of them."
        )
        raise AsyncOwnerError(msg)


async def _all(waiting: Iterable[Awaitable[None]]) -> None:
    for one in waiting:
        await one


async def _turns() -> None:
    """Let the event loop go round twice, as aiodataloader does before a batch."""
    for _ in range(2):
        await asyncio.sleep(0)


def _what(plan: LoadPlan) -> str:
    return f"attributes of {plan.mapper.class_.__name__!r}"
