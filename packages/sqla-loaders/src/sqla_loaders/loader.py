"""The DataLoader of one relationship."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiodataloader import DataLoader
from sqlalchemy import inspect
from sqlalchemy.orm import (
    InstanceState,
    LoaderCriteriaOption,
    RelationshipProperty,
    Session,
)

from sqla_selection import LoadPlan
from sqla_selection.planner import merge

from ._compat import criteria_of
from .completion import complete, members, set_loaded
from .errors import ClosedRegistryError
from .relationship import RelationshipQuery
from .session import AnySession, Cause, run

if TYPE_CHECKING:
    from .registry import LoaderRegistry

__all__ = ["SQLAlchemyDataLoader"]


@dataclass(frozen=True, slots=True)
class _Failed:
    """What stands for the value of a key whose batch failed."""

    error: Exception


class SQLAlchemyDataLoader(DataLoader[Any, Any]):
    """Loads one relationship of many owners in one statement.

    A key is the value of the attribute that the relationship joins on (a tuple of them,
    in alphabetical order of the column's names, where it joins on several), so
    `loader.load(user.id)` gives a user's posts and `loader.load(post.author_id)` a
    post's author. Where the join is more than equalities of columns, the key is the
    owner's primary key. `key_of` makes it.

    A value is a list for a relationship that is a collection, in the relationship's
    `order_by` and empty where there is none; else an object or `None`. Values come in
    the order of the keys, one for each, duplicates included.

    A batch is one statement, or one for every so many keys as the driver takes
    parameters. A many-to-one asks the session's identity map first.

    Args:
        session: The session that statements run on.
        relation_prop: The mapped relationship, as `User.posts.property`.
        cache: Whether a key that was loaded is kept until the next write.
    """

    session: AnySession
    relation_prop: RelationshipProperty[Any]

    def __init__(
        self,
        session: AnySession,
        relation_prop: RelationshipProperty[Any],
        cache: bool = True,
    ) -> None:
        # aiodataloader wants its event loop here; a loader may be made where none runs.
        super().__init__(cache=cache, loop=_NO_LOOP)
        self.session = session
        self.relation_prop = relation_prop
        self.query = RelationshipQuery.of(relation_prop)
        self.registry: LoaderRegistry | None = None
        self.criteria: tuple[LoaderCriteriaOption, ...] = ()
        """Criteria that the owners were loaded with and that hold for their targets."""
        self._plan: LoadPlan | None = None
        self._loads_whole_rows = False
        self._waiting: dict[Hashable, list[Any]] = {}
        self._values: dict[Hashable, Any] = {}

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The running event loop: aiodataloader reads it when a key is loaded."""
        return asyncio.get_running_loop()

    @loop.setter
    def loop(self, _: Any) -> None:
        pass

    @property
    def is_batched_here(self) -> bool:
        """Whether batches are this class's own: a subclass may load its own way."""
        return type(self).batch_load_fn is SQLAlchemyDataLoader.batch_load_fn

    @property
    def where(self) -> str:
        """The relationship, as `User.posts`."""
        return str(self.relation_prop)

    def key_of(self, parent: Any) -> Hashable:
        """Return the key of *parent*: a mapped object, a mapping or another object."""
        return self.query.key_of(parent)

    def load(self, key: Any) -> asyncio.Future[Any]:
        """Return a future of the value of *key*."""
        self._loads_whole_rows = True
        return self._load(key)

    def _load(self, key: Any) -> asyncio.Future[Any]:
        if self.registry is not None and self.registry.is_closed:
            msg = f"Cannot load {self.where}: the request of this loader is over."
            raise ClosedRegistryError(msg)
        return super().load(key)

    def load_for(self, parent: Any, plan: LoadPlan) -> Any:
        """Return the value for *parent*, or a future of it.

        What *plan* says of the targets is loaded with them. The value is set on
        *parent* where that is a mapped object of this session.
        """
        key = self.key_of(parent)
        if key in self._values:
            return self._unpacked(self._values[key])
        if self.query.is_empty(key):
            return self._value([])
        self._plan = plan if self._plan is None else merge(self._plan, plan)
        self._waiting.setdefault(key, []).append(parent)
        return self._load(key)

    async def batch_load_fn(self, keys: Sequence[Any]) -> list[Any]:
        """Return one value for each of *keys*, in one statement."""
        plan = None if self._loads_whole_rows else self._plan
        self._plan, self._loads_whole_rows = None, False
        if self.registry is not None:
            self.registry.track_task(asyncio.current_task())

        def work(session: Session) -> list[Any]:
            found = self._fetch(session, list(dict.fromkeys(keys)), plan)
            values = []
            for key in keys:
                targets = found.get(key, [])
                for parent in self._waiting.pop(key, ()):
                    self._assign(session, key, parent, targets)
                values.append(self._value(targets))
            return values

        result = run(self.session, work, self._cause(plan))
        return result if isinstance(result, list) else await result

    def load_now(
        self, session: Session, parents: Iterable[Any], plan: LoadPlan
    ) -> list[Any]:
        """Load the relationship for those of *parents* that lack it, at once.

        Returns the targets of all of them. A statement that fails is kept as the value
        of its keys: the field that asks for one raises it.
        """
        targets: list[Any] = []
        groups: dict[tuple[Any, ...], dict[Hashable, list[Any]]] = {}
        name = self.relation_prop.key
        for parent in parents:
            loaded = getattr(parent, "__dict__", {})
            if name in loaded and not self._is_never_set:
                targets.extend(members(loaded[name]))
                continue
            state = inspect(parent, raiseerr=False)
            if isinstance(state, InstanceState) and not state.has_identity:
                continue
            key = self.key_of(parent)
            if key in self._values:
                targets.extend(members(self._values[key]))
                continue
            criteria = () if state is None else criteria_of(state)
            groups.setdefault(criteria, {}).setdefault(key, []).append(parent)
        for criteria, waiting in groups.items():
            targets.extend(self._load_group(session, waiting, plan, criteria))
        return targets

    def _load_group(
        self,
        session: Session,
        waiting: dict[Hashable, list[Any]],
        plan: LoadPlan,
        criteria: tuple[LoaderCriteriaOption, ...],
    ) -> list[Any]:
        try:
            found = self._fetch(session, list(waiting), plan, criteria)
        except Exception as error:
            self._values.update(dict.fromkeys(waiting, _Failed(error)))
            return []
        targets: list[Any] = []
        for key, parents in waiting.items():
            of_key = found.get(key, [])
            targets.extend(of_key)
            for parent in parents:
                self._assign(session, key, parent, of_key)
        return targets

    def loaded_value(self, parent: Any) -> Any:
        """Return what `load_now` loaded for *parent*, or raise what it met."""
        loaded = getattr(parent, "__dict__", {})
        name = self.relation_prop.key
        if name in loaded and not self._is_never_set:
            return loaded[name]
        if self.query.is_empty(key := self.key_of(parent)):
            return self._value([])
        return self._unpacked(self._values.get(key))

    @property
    def _is_never_set(self) -> bool:
        return self.relation_prop.lazy in ("dynamic", "write_only")

    def _fetch(
        self,
        session: Session,
        keys: Sequence[Hashable],
        plan: LoadPlan | None,
        criteria: tuple[LoaderCriteriaOption, ...] | None = None,
    ) -> dict[Hashable, list[Any]]:
        found: dict[Hashable, list[Any]] = {}
        missing = []
        for key in keys:
            if self.query.is_empty(key):
                continue
            target = self._in_session(session, key)
            if target is None:
                missing.append(key)
            else:
                found[key] = [target]
        if plan is not None and self.registry is not None and found:
            known = [target for targets in found.values() for target in targets]
            complete(session, known, plan, self.registry)
        if missing:
            criteria = self.criteria if criteria is None else criteria
            found |= self.query.fetch(session, missing, plan, criteria)
        return found

    def _in_session(self, session: Session, key: Hashable) -> Any:
        identity = self.query.identity_of(key)
        if identity is None:
            return None
        mapper = self.relation_prop.mapper
        identity_key = mapper.identity_key_from_primary_key(identity)
        target = session.identity_map.get(identity_key)
        if not isinstance(target, mapper.class_) or inspect(target).expired:
            return None
        return target

    def _assign(
        self, session: Session, key: Hashable, parent: Any, targets: list[Any]
    ) -> None:
        if set_loaded(session, parent, self.relation_prop, targets):
            if self.registry is not None:
                self.registry.remember(self.relation_prop.key, parent)
        else:
            self._values[key] = self._value(targets)

    def _value(self, targets: list[Any]) -> Any:
        if self.query.is_list:
            return targets
        return targets[0] if targets else None

    @staticmethod
    def _unpacked(value: Any) -> Any:
        if isinstance(value, _Failed):
            raise value.error
        return value

    def _cause(self, plan: LoadPlan | None) -> Cause:
        return Cause(
            "fallback",
            relationship=self.where,
            plan=plan,
            why="The owners were not prepared: one batch for all of them.",
        )

    def forget(self) -> None:
        """Forget every value: the rows may have changed."""
        self._values.clear()
        self.clear_all()


_NO_LOOP: Any = object()
