"""The loaders of one request."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary, WeakSet, ref

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState, RelationshipProperty, Session

from sqla_selection import LoadPlan
from sqla_selection.planner import merge

from ._compat import state_of
from .completion import complete
from .errors import ClosedRegistryError
from .loader import SQLAlchemyDataLoader
from .session import AnySession, Cause, run, serialized, unscoped
from .siblings import Execution

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
    """

    def __init__(self, session: AnySession) -> None:
        self.session = session
        self.is_closed = False
        self._loaders: dict[tuple[Any, ...], SQLAlchemyDataLoader] = {}
        self._batches: dict[Any, _ObjectBatch] = {}
        self._executions: dict[int, Execution] = {}
        self._assigned: list[tuple[str, list[ref[Any]]]] = []
        self._tasks: set[asyncio.Task[Any]] = set()

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
                _watch(self)
            loader = loader_class(self.session, relation_prop)
            loader.registry = self
            self._loaders[key] = loader
        return cast(T, loader)

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

        def work(session: Session) -> None:
            for objects, plan in groups:
                try:
                    complete(session, objects, plan, self)
                except Exception:
                    if not is_tolerant:
                        raise

        return run(self.session, work, cause or Cause("fallback"))

    def complete_soon(self, obj: Any, plan: LoadPlan) -> Awaitable[Any]:
        """Return a future of *obj* with what it lacks of *plan*, loaded in a batch.

        All objects that are asked for before the event loop gets its turn again are
        completed by the same statements.
        """
        key = (plan.mapper, *sorted(plan.relationships))
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
        if self.is_closed:
            return
        for loader in self._loaders.values():
            loader.forget()
        for execution in self._executions.values():
            execution.forget()
        assigned, self._assigned = self._assigned, []
        session = unscoped(self.session)
        sync = session.sync_session if isinstance(session, AsyncSession) else session
        for key, objects in assigned:
            for reference in objects:
                obj = reference()
                state = state_of(obj)
                if (
                    state is not None
                    and state.session is sync
                    and not state.modified
                    and key in state.dict
                ):
                    sync.expire(obj, [key])

    def check_open(self, what: str) -> None:
        """Raise `ClosedRegistryError` if the request is over."""
        if self.is_closed:
            msg = f"Cannot load {what}: the request of this loader is over."
            raise ClosedRegistryError(msg)

    @contextmanager
    def batch(self, what: str) -> Iterator[None]:
        """Run a batch that `close` ends, with an error for all who wait for it."""
        task = _current_task()
        try:
            self.check_open(what)
            if task is not None:
                self._tasks.add(task)
            yield
        except asyncio.CancelledError:
            # aiodataloader would leave the futures of a cancelled batch pending.
            self.check_open(what)
            raise
        finally:
            if task is not None:
                self._tasks.discard(task)

    def close(self) -> None:
        """End the request: no loader runs a statement from now on.

        A batch that still runs, because the request ended early, is cancelled. Whoever
        waits for it gets a `ClosedRegistryError`.
        """
        self.is_closed = True
        for task in self._tasks:
            task.cancel()


class _ObjectBatch:
    """Completes objects in batches, by one plan for all that are asked together.

    A batch takes what has been asked for until it has its turn on the session, so that
    the objects of resolvers that wait for one session end up in one batch.
    """

    def __init__(self, registry: LoaderRegistry) -> None:
        self._registry = registry
        self._plan: LoadPlan | None = None
        self._waiting: list[tuple[Any, asyncio.Future[Any]]] = []
        self._task: asyncio.Task[None] | None = None

    def add(self, obj: Any, plan: LoadPlan) -> asyncio.Future[Any]:
        """Return a future of *obj* with what it lacks of *plan*."""
        self._registry.check_open(_what(plan))
        if self._plan is None or self._plan is plan:
            self._plan = plan
        else:
            self._plan = merge(self._plan, plan)
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
            with self._registry.batch(what):
                session = unscoped(self._registry.session)
                if isinstance(session, AsyncSession):
                    async with serialized(session):
                        await _turns()  # for who had the session until now
                        await self._complete(taken)
                else:
                    await self._complete(taken)
        except Exception as error:
            for _, future in taken or self._take():
                if not future.done():
                    future.set_exception(error)
        else:
            for obj, future in taken:
                if not future.done():
                    future.set_result(obj)

    async def _complete(self, taken: list[tuple[Any, asyncio.Future[Any]]]) -> None:
        plan = self._plan
        assert plan is not None
        taken += self._take()
        relationships = [str(one.relationship) for one in plan.relationships.values()]
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
        taken, self._waiting, self._plan = self._waiting, [], None
        return taken


async def _turns() -> None:
    """Let the event loop go round twice, as aiodataloader does before a batch."""
    for _ in range(2):
        await asyncio.sleep(0)


def _what(plan: LoadPlan) -> str:
    return f"attributes of {plan.mapper.class_.__name__!r}"


def _current_task() -> asyncio.Task[Any] | None:
    """Return the running task, `None` where no event loop runs."""
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


_watched: WeakKeyDictionary[Session, WeakSet[LoaderRegistry]] = WeakKeyDictionary()


def _watch(registry: LoaderRegistry) -> None:
    """Let *registry* forget when its session writes."""
    session = unscoped(registry.session)
    sync = session.sync_session if isinstance(session, AsyncSession) else session
    if sync not in _watched:
        event.listen(sync, "do_orm_execute", _forget_before_write)
    _watched.setdefault(sync, WeakSet()).add(registry)


def _forget(session: Session, *_: Any) -> None:
    for registry in tuple(_watched.get(session, ())):
        registry.forget()


def _forget_before_write(state: ORMExecuteState) -> None:
    # There is no event after an UPDATE of the 2.0 style. Nothing is loaded in between.
    if not state.is_select and not _is_query(state.statement):
        _forget(state.session)


def _is_query(statement: Any) -> bool:
    """Tell whether a textual statement only reads, as far as its first word says."""
    text = getattr(statement, "text", None)
    return isinstance(text, str) and bool(_QUERY.match(text))


_QUERY = re.compile(r"[\s(]*(SELECT|VALUES|TABLE|SHOW|EXPLAIN)\b", re.IGNORECASE)


# Listening on the class costs nothing where nothing is written. `do_orm_execute` costs
# every statement, so it is listened to on the one session whose loaders are used.
for _event in ("after_flush_postexec", "after_commit", "after_soft_rollback"):
    event.listen(Session, _event, _forget)
