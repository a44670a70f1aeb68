"""The loaders of one request."""

from __future__ import annotations

from collections.abc import Awaitable, Hashable, Iterable, Sequence
from functools import cached_property, partial
from typing import Any, TypeVar, overload

from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapper, RelationshipProperty, Session

from sqla_selection import (
    DepthLimit,
    FieldRules,
    FieldVisibility,
    LoadPlan,
    Policies,
    PolicyError,
    Visibility,
)
from sqla_selection.arguments import Windows

from .batches import Batches
from .causes import Cause
from .completion import complete
from .context import NoSession
from .failures import Failures, what_of
from .lifetime import Lifetime
from .listening import tell_of_writes, watch
from .loader import Relation, SQLAlchemyDataLoader, relationship_of
from .owning_sessions import Group, by_session
from .siblings import Executions
from .turns import AnySession, all_of, run, sync_session, unscoped
from .values import EdgeValues, Values
from .verdicts import Verdicts

__all__ = ["LoaderRegistry"]

T = TypeVar("T", bound=SQLAlchemyDataLoader[Any, Any])
V = TypeVar("V")

_OF_ANOTHER_REQUEST = """This LoaderRegistry belongs to another request: what it has \
loaded is what somebody else may see. Make one for each request."""


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
        self.raised_limit: DepthLimit | None = None
        """The depth that the source of a subscription allows for its events."""
        self.visibility: Visibility | None = None
        """What may be seen, once somebody has asked `visibility_for`."""
        self._fields: FieldVisibility | None = None
        self.lifetime = Lifetime()
        """Whether the request is open: what runs a statement asks at its turn."""
        self.verdicts = Verdicts(self.lifetime)
        """What may be seen of what the application's own code gave."""
        self.values = Values()
        """What was loaded for relationships."""
        self.executions = Executions(self.values)
        """What is known in single executions of an operation."""
        self._loaders: dict[tuple[Any, ...], SQLAlchemyDataLoader[Any, Any]] = {}
        self._listens = False
        # A scoped session is made when something is loaded: perhaps for another scope.
        if isinstance(session, Session):
            watch(session)
        elif isinstance(session, AsyncSession):
            watch(session.sync_session)

    @cached_property
    def _batches(self) -> Batches:
        return Batches(self.session, self.lifetime)

    @cached_property
    def _failures(self) -> Failures:
        return Failures()

    @overload
    def get_loader(
        self, relation_prop: Relation[V]
    ) -> SQLAlchemyDataLoader[Any, V]: ...

    @overload
    def get_loader(self, relation_prop: Relation[Any], loader_class: type[T]) -> T: ...

    def get_loader(
        self,
        relation_prop: Relation[Any],
        loader_class: type[SQLAlchemyDataLoader[Any, Any]] = SQLAlchemyDataLoader,
    ) -> Any:
        """Return the loader for `User.posts`, the same one each time.

        Raises:
            TypeError: *relation_prop* is no relationship.
        """
        prop = relationship_of(relation_prop)
        key = (prop, loader_class)
        loader = self._loaders.get(key)
        if loader is None:
            self._listen()
            loader = loader_class(self.session, prop)
            loader.belong_to(self.lifetime, savepoints=self.savepoints)
            self._loaders[key] = loader
        return loader

    def has_own_way(self, prop: RelationshipProperty[Any]) -> bool:
        """Tell whether a loader class of the application's own loads *prop*."""
        if type(self).get_loader is LoaderRegistry.get_loader:
            return False
        return not self.get_loader(prop).is_batched_here

    def values_of(
        self, prop: RelationshipProperty[Any], window: Hashable = None
    ) -> EdgeValues:
        """Return what was loaded for one edge, the same each time."""
        self._listen()
        return self.values.of(prop, window)

    def visibility_for(self, policies: Policies, info: Any) -> Visibility:
        """Return what may be seen in the request of *info*, the same each time.

        Raises:
            PolicyError: They have rows of another request, or by other policies.
        """
        known = self.visibility = self.visibility or Visibility(policies, info)
        if known.context is not info.context or known.policies is not policies:
            raise PolicyError(_OF_ANOTHER_REQUEST)
        return known

    def field_visibility_for(self, rules: FieldRules, info: Any) -> FieldVisibility:
        """Return which fields are seen in the request of *info*, the same each time.

        Raises:
            PolicyError: These loaders belong to another request, or other rules.
        """
        self._fields = known = self._fields or FieldVisibility(rules, info)
        if known.context is not info.context or known.rules is not rules:
            raise PolicyError(_OF_ANOTHER_REQUEST)
        return known

    def ask_verdicts(
        self, objects: Iterable[Any], cause: Cause
    ) -> Awaitable[None] | None:
        """Ask which of *objects* may be seen; to be awaited on an `AsyncSession`.

        One statement for the keys of each hierarchy of classes, see `Verdicts`.
        """
        if self.visibility is None:
            return None
        self._listen()
        session = unscoped(self.session)
        ask = partial(self.verdicts.ask, savepoint=self.savepoints)
        return ask(session, objects, self.visibility, cause)

    def ask_verdict_soon(self, obj: Any) -> Awaitable[Any]:
        """Do the same for a mapped object, with all that is asked about till then."""
        mapper: Mapper[Any] = inspect(obj).mapper

        def ask(objects: Sequence[Any], _: LoadPlan, cause: Cause) -> Any:
            return self.ask_verdicts(objects, cause)

        return self._batches.add(obj, LoadPlan(mapper, frozenset()), ask, "verdicts")

    def _listen(self) -> None:
        if not self._listens:
            self._listens = True
            tell_of_writes(sync_session(self.session), self)

    @property
    def has_session(self) -> bool:
        """Whether the request has a session: use of none is an error."""
        return not isinstance(self.session, NoSession)

    def complete(
        self,
        objects: Iterable[Any],
        plan: LoadPlan,
        cause: Cause | None = None,
        windows: Windows | None = None,
    ) -> Awaitable[None] | None:
        """Load what *objects* lack of *plan*: nothing they have is loaded again.

        One statement for their columns (and one for each subclass), one for each
        relationship and level. On an `AsyncSession` the result must be awaited.

        Args:
            objects: Mapped objects, mappings or others with the keys.
            plan: What is asked of them.
            cause: What the statements are run for.
            windows: What arguments in the plan mean; without them their rows are left.
        """
        return self.complete_all([(list(objects), plan)], cause, windows)

    def complete_all(
        self,
        groups: Sequence[Group],
        cause: Cause | None = None,
        windows: Windows | None = None,
        *,
        is_tolerant: bool = False,
    ) -> Awaitable[None] | None:
        """Load what the objects of each group lack of its plan, see `complete`.

        A group that fails is left as it is where *is_tolerant*: the fields that need
        what is missing try again, and each has its own error.
        """
        cause = cause or Cause("fallback")
        done = [
            run(session, partial(self._complete_each, own, windows, is_tolerant), cause)
            for session, own in by_session(groups, unscoped(self.session))
        ]
        return all_of(done)

    def _complete_each(
        self,
        groups: Iterable[Group],
        windows: Windows | None,
        is_tolerant: bool,
        session: Session,
    ) -> None:
        for objects, plan in groups:
            self.lifetime.check_open(what_of(plan))
            if self._failures.are_none(objects, plan, is_tolerant=is_tolerant):
                with self._failures.noting(objects, plan, is_tolerant=is_tolerant):
                    self.complete_on(session, objects, plan, windows)

    def complete_on(
        self,
        session: Session,
        objects: Iterable[Any],
        plan: LoadPlan,
        windows: Windows | None = None,
    ) -> None:
        """Do the same within a piece of work that runs on *session* already."""
        complete(session, objects, plan, self, windows)

    def complete_soon(
        self, obj: Any, plan: LoadPlan, windows: Windows | None = None
    ) -> Awaitable[Any]:
        """Return a future of *obj* with what it lacks of *plan*, loaded in a batch.

        All that are asked for before the event loop goes round share its statements.
        """
        complete = partial(self.complete, windows=windows)
        execution = None if windows is None else id(windows.known)
        return self._batches.add(obj, plan, complete, execution)

    def forget(self) -> None:
        """Forget what the loaders know, and unload what they set: rows have changed.

        A relationship that the application itself has changed since stays as it is.
        """
        if self.is_closed:
            return
        for loader in self._loaders.values():
            loader.forget()
        self.executions.forget()
        self._failures.forget()
        self.verdicts.forget()
        self.values.forget()

    @property
    def is_closed(self) -> bool:
        """Whether the request is over."""
        return self.lifetime.is_over

    def close(self) -> None:
        """End the request: no loader runs a statement from now on.

        A batch that still runs is cancelled: who waits gets a `ClosedRegistryError`.
        """
        self.lifetime.end()
        self.values.take_off()
