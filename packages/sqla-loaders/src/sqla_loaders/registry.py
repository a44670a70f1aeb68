"""The loaders of one request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary, WeakSet

from aiodataloader import DataLoader
from sqlalchemy import event, inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState, RelationshipProperty, Session

from sqla_selection import LoadPlan
from sqla_selection.planner import merge

from .completion import complete, levels_of
from .errors import ClosedRegistryError
from .loader import _NO_LOOP, SQLAlchemyDataLoader
from .session import AnySession, Cause, run, unscoped

__all__ = ["LoaderRegistry"]

T = TypeVar("T", bound=SQLAlchemyDataLoader)


class LoaderRegistry:
    """Keeps one loader for each relationship and loader class.

    Make one for each request: its loaders cache rows, which are one user's to see.
    After a flush, a commit or a rollback of the session, and after any statement on it
    that is no `select()`, what the loaders know is forgotten.

    Args:
        session: The session of the request. Statements on an `AsyncSession` are run one
            at a time.
    """

    def __init__(self, session: AnySession) -> None:
        self.session = session
        self.is_closed = False
        self.field_plans: dict[Any, Any] = {}
        """What fields of unprepared objects need, as it was decided in this request."""
        self.results: list[tuple[list[Any], LoadPlan]] = []
        """What fields gave in a synchronous execution, and what is asked of it."""
        self.sibling_results: dict[Any, dict[int, Any]] = {}
        """What resolvers gave for objects that were asked for the same."""
        self._loaders: dict[tuple[Any, ...], SQLAlchemyDataLoader] = {}
        self._objects: dict[Any, _ObjectLoader] = {}
        self._assigned: list[tuple[str, list[Any]]] = []
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
    ) -> Awaitable[None] | None:
        """Load what the objects of each group lack of its plan, see `complete`."""

        def work(session: Session) -> None:
            for objects, plan in groups:
                complete(session, objects, plan, self)

        return run(self.session, work, cause or Cause("fallback"))

    def complete_soon(self, obj: Any, plan: LoadPlan) -> Awaitable[Any]:
        """Return a future of *obj* with what it lacks of *plan*, loaded in a batch.

        All objects that are asked for before the event loop gets its turn again are
        completed by the same statements.
        """
        key = (plan.mapper, *sorted(plan.relationships))
        loader = self._objects.get(key)
        if loader is None:
            loader = self._objects[key] = _ObjectLoader(self)
        return loader.load_object(obj, plan)

    def siblings_of(self, obj: Any, type_name: str) -> list[Any]:
        """Return the objects that are asked for the same as *obj*, itself included.

        Those are on the same level of the plan of one of `results`, as objects of the
        GraphQL type *type_name*.
        """
        for objects, plan in self.results:
            for level, planned in levels_of(objects, plan):
                if type_name in planned.type_names and any(o is obj for o in level):
                    return list({id(one): one for one in level}.values())
        return [obj]

    def remember(self, key: str, objects: list[Any]) -> None:
        """Note that the relationship *key* of *objects* was set by a loader."""
        self._assigned.append((key, objects))

    def forget(self) -> None:
        """Forget what the loaders know, and unload what they set: rows have changed.

        A relationship that the application itself has changed since stays as it is.
        """
        if self.is_closed:
            return
        for loader in self._loaders.values():
            loader.forget()
        self.results.clear()
        self.sibling_results.clear()
        assigned, self._assigned = self._assigned, []
        session = unscoped(self.session)
        sync = session.sync_session if isinstance(session, AsyncSession) else session
        for key, objects in assigned:
            for obj in objects:
                state = inspect(obj)
                if state.session is sync and not state.modified and key in state.dict:
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


@dataclass(frozen=True, eq=False, slots=True)
class _Request:
    """An object to complete; compared by identity, as its class may not be hashable."""

    obj: Any


class _ObjectLoader(DataLoader[_Request, Any]):
    """Completes objects in batches, by one plan for all that are asked together."""

    cache = False

    def __init__(self, registry: LoaderRegistry) -> None:
        super().__init__(loop=_NO_LOOP)
        self._registry = registry
        self._plan: LoadPlan | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    @loop.setter
    def loop(self, _: Any) -> None:
        pass

    def load_object(self, obj: Any, plan: LoadPlan) -> Awaitable[Any]:
        self._registry.check_open(self._what(plan))
        if self._plan is None or self._plan is plan:
            self._plan = plan
        else:
            self._plan = merge(self._plan, plan)
        return self.load(_Request(obj))

    async def batch_load_fn(self, keys: list[_Request]) -> list[Any]:
        plan, self._plan = self._plan, None
        assert plan is not None
        objects = [request.obj for request in keys]
        with self._registry.batch(self._what(plan)):
            done = self._registry.complete(objects, plan, self._cause(plan))
            if done is not None:
                await done
        return objects

    @staticmethod
    def _what(plan: LoadPlan) -> str:
        return f"attributes of {plan.mapper.class_.__name__!r}"

    @staticmethod
    def _cause(plan: LoadPlan) -> Cause:
        relationships = [str(one.relationship) for one in plan.relationships.values()]
        return Cause(
            "fallback",
            relationship=", ".join(relationships) or None,
            plan=plan,
            why="The objects were not prepared: one batch for all of them.",
        )


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
    if not state.is_select:
        _forget(state.session)


# Listening on the class costs nothing where nothing is written. `do_orm_execute` costs
# every statement, so it is listened to on the one session whose loaders are used.
for _event in ("after_flush_postexec", "after_commit", "after_soft_rollback"):
    event.listen(Session, _event, _forget)
