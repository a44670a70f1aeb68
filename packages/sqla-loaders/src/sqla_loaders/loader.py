"""The DataLoader of one relationship."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from aiodataloader import DataLoader
from sqlalchemy import inspect
from sqlalchemy.orm import InstanceState, RelationshipProperty, Session
from sqlalchemy.orm.attributes import set_committed_value

from sqla_selection import LoadPlan
from sqla_selection.attributes import plain_columns
from sqla_selection.mapping import Loading, classes_without, loading_of

from ._compat import load_options_of, reference_to, state_of
from .causes import Cause, cause_of_statements, causing
from .completion import has_repeated, joined_in, lacks_columns, members
from .errors import NotLoadedError, ParentKeyError
from .failures import Failure
from .gate import (
    NO_TERMS,
    Terms,
    crosses_binds,
    targets_of,
    terms_of,
    without_options,
)
from .lifetime import Lifetime
from .relationship import RelationshipQuery
from .turns import AnySession, run

if TYPE_CHECKING:
    from .registry import LoaderRegistry

__all__ = ["SQLAlchemyDataLoader"]


@dataclass(frozen=True, slots=True)
class _Group:
    """Owners whose targets one statement loads."""

    values: dict[Hashable, Any]
    """What is known of owners with the same terms."""
    parents: list[Any] = field(default_factory=list)
    states: list[InstanceState[Any] | None] = field(default_factory=list)
    keys: list[Hashable] = field(default_factory=list)
    """Of the parents, in their order: three lists take less than a tuple for each."""
    others: list[Hashable] = field(default_factory=list)
    """Those of owners whose targets are known, but lack columns."""

    def add(self, parent: Any, state: InstanceState[Any] | None, key: Hashable) -> None:
        self.parents.append(parent)
        self.states.append(state)
        self.keys.append(key)


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
        self.lifetime = Lifetime()
        self.has_failed = False
        self._values: dict[Terms, dict[Hashable, Any]] = {}
        self._name = relation_prop.key
        # Whether the mapping has no place for loaded objects.
        self._is_never_set = loading_of(relation_prop) is Loading.NEVER_SET
        self._without = classes_without(relation_prop)

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
        self.lifetime.check_open(self.where)
        if key is None:  # a NULL key, which aiodataloader refuses
            future = self.loop.create_future()
            future.set_result(self._value([]))
            return future
        return super().load(key)

    async def batch_load_fn(self, keys: Sequence[Any]) -> list[Any]:
        """Return one value for each of *keys*, whole rows, in one statement."""

        def work(session: Session) -> list[Any]:
            wanted = [self.query.converted(key) for key in keys]
            found = self._fetch(session, dict.fromkeys(wanted), None, NO_TERMS)
            return [self._value(found.get(key, [])) for key in wanted]

        cause = Cause("fallback", relationship=self.where, why="A loader was asked.")
        with self.lifetime.batch(self.where):
            result = run(self.session, work, cause)
            return result if isinstance(result, list) else await result

    def load_now(
        self,
        session: Session,
        parents: Iterable[Any],
        plan: LoadPlan,
        criteria: tuple[Any, ...] = (),
    ) -> list[Any]:
        """Load the relationship for those of *parents* that lack it, at once.

        What *plan* says of the targets is loaded with them, and *criteria* leave some
        out. The value is set on a parent that is a mapped object of this session, and
        kept here for another one. One statement for all parents that were loaded on the
        same terms, see `gate`.

        Returns the targets of all parents. A statement that fails is kept as the value
        of its keys, and a parent without its key is passed by: the field that asks for
        one raises the error, see `loaded_value`.
        """
        targets: list[Any] = []
        known: list[Any] = []
        groups: dict[Terms, _Group] = {}
        group, options, token = None, None, None
        for parent in parents:
            if self._without and isinstance(parent, self._without):
                continue
            of_one = self._targets_on(parent)
            if of_one is not None:
                targets.extend(of_one)
                known.append(parent)
                continue
            state = state_of(parent)
            if state is not None and not state.has_identity:
                continue
            try:
                key = self.query.key_of(parent)
            except ParentKeyError:
                continue  # the field of this parent raises it
            # Objects of one statement share their options: read once for all of them.
            loaded_with = load_options_of(state)
            own_token = None if state is None else state.identity_token
            if group is None or loaded_with is not options or own_token != token:
                options, token = loaded_with, own_token
                terms = self._terms_of(state)
                group = groups.get(terms)
                if group is None:
                    group = _Group(self._values.setdefault(terms, {}))
                    groups[terms] = group
            if key in group.values:
                targets.extend(self._targets_of(group.values[key]))
                known.append(parent)
            else:
                group.add(parent, state, key)
        groups = {terms: group for terms, group in groups.items() if group.keys}
        if groups:
            self._join_lacking(groups, known, plan)
        for terms, group in groups.items():
            if criteria:
                terms = terms._replace(criteria=(*terms.criteria, *criteria))
            targets.extend(self._load_group(session, group, plan, terms))
        return targets

    def _terms_of(self, state: InstanceState[Any] | None) -> Terms:
        """Return the terms for an owner.

        SQLAlchemy hands no options on to what `dynamic` and `write_only` select.
        """
        terms = terms_of(state, self._name)
        return without_options(terms) if self._is_never_set else terms

    def _targets_on(self, parent: Any) -> Iterable[Any] | None:
        """Return what *parent* itself has, `None` if it has not loaded it."""
        loaded = getattr(parent, "__dict__", _NOTHING)
        if self._name not in loaded or self._is_never_set:
            return None
        value = loaded[self._name]
        if not self.query.is_list:
            return () if value is None else (value,)
        targets = members(value)
        if has_repeated(self.relation_prop, targets):
            targets = list({id(one): one for one in targets}.values())
            set_committed_value(parent, self._name, targets)
        return targets

    def _join_lacking(
        self, groups: dict[Terms, _Group], known: Iterable[Any], plan: LoadPlan
    ) -> None:
        """Ask again for the targets of owners that have them, but without a column.

        SQLAlchemy fills what they lack from the statement that runs anyway: they would
        take one more of their own otherwise.
        """
        for parent in known:
            state = state_of(parent)
            group = groups.get(self._terms_of(state))
            if group is None or (state is not None and not state.has_identity):
                continue
            try:
                key = self.query.key_of(parent)
            except ParentKeyError:
                continue
            targets = self._targets_on(parent) or self._targets_of(
                group.values.get(key)
            )
            if any(lacks_columns(target, plan) for target in targets):
                group.others.append(key)

    def _load_group(
        self, session: Session, group: _Group, plan: LoadPlan, terms: Terms
    ) -> list[Any]:
        cause = cause_of_statements.get() or Cause("fallback")
        try:
            with causing(replace(cause, relationship=self.where, plan=plan)):
                if self._is_read_lazily(session, terms):
                    return self._read_lazily(group)
                keys = dict.fromkeys([*group.keys, *group.others])
                found = self._fetch(session, keys, plan, terms)
        except Exception as error:
            failed = Failure(self.where, error)
            group.values.update(dict.fromkeys(group.keys, failed))
            self.has_failed = True
            return []
        set_on: list[InstanceState[Any]] = []
        owners = zip(group.parents, group.states, group.keys, strict=True)
        for parent, state, key in owners:
            value = self._value(found.get(key, []))
            # A detached object may outlive the request, and be another user's tomorrow.
            if (
                state is not None
                and state.session is session
                and not self._is_never_set
            ):
                # SQLAlchemy makes the collection, of whatever class it is mapped.
                set_committed_value(parent, self._name, value)
                set_on.append(state)
            else:
                group.values[key] = value
        targets = [target for targets in found.values() for target in targets]
        if self.registry is not None:
            self.registry.remember(self._name, [reference_to(one) for one in set_on])
            if self.registry.has_written:
                for name, states in joined_in(targets, plan):
                    self.registry.remember(name, list(map(reference_to, states)))
        return targets

    def _is_read_lazily(self, session: Session, terms: Terms) -> bool:
        """Tell whether no statement can have owner and targets in it."""
        return (
            self.query.needs_owner
            and not self._is_never_set
            and crosses_binds(session, self.relation_prop, terms)
        )

    def _read_lazily(self, group: _Group) -> list[Any]:
        """Let SQLAlchemy load: one statement for each owner."""
        return [
            target
            for parent in group.parents
            for target in members(getattr(parent, self._name))
        ]

    def loaded_value(self, parent: Any) -> Any:
        """Return what `load_now` loaded for *parent*, or raise what it met.

        Raises:
            NotLoadedError: Nothing was loaded: what is not known is not empty.
        """
        loaded = getattr(parent, "__dict__", _NOTHING)
        if self._name in loaded and not self._is_never_set:
            return loaded[self._name]
        key = self.query.key_of(parent)
        if self.query.is_empty(key):
            return self._value([])
        values = self._values.get(self._terms_of(state_of(parent)), {})
        if key not in values:
            msg = f"{self.where} was not loaded for {key!r}, or was forgotten since."
            raise NotLoadedError(msg)
        value = values[key]
        if isinstance(value, Failure):
            raise value.reason()
        return value

    def _fetch(
        self,
        session: Session,
        keys: Iterable[Hashable],
        plan: LoadPlan | None,
        terms: Terms,
    ) -> dict[Hashable, list[Any]]:
        found: dict[Hashable, list[Any]] = {}
        missing = []
        for key in keys:
            if self.query.is_empty(key):
                continue
            target = self._in_session(session, key, terms)
            if target is not None and plan is None and not _is_whole(target):
                target = None
            if target is None:
                missing.append(key)
            else:
                found[key] = [target]
        if missing and plan is not None:
            # See `_join_lacking`.
            missing += [key for key, [one] in found.items() if lacks_columns(one, plan)]
        if missing:
            savepoint = self.registry is not None and self.registry.savepoints
            found |= targets_of(
                session, self.query, missing, plan, terms, savepoint=savepoint
            )
        return found

    def _in_session(self, session: Session, key: Hashable, terms: Terms) -> Any:
        """Return the target of a plain many-to-one that the session has already."""
        identity = self.query.identity_of(key)
        if identity is None or terms.criteria:
            return None
        mapper = self.relation_prop.mapper
        identity_key = mapper.identity_key_from_primary_key(
            identity, terms.identity_token
        )
        target = session.identity_map.get(identity_key)
        if not isinstance(target, mapper.class_) or inspect(target).expired:
            return None
        return target

    def _value(self, targets: list[Any]) -> Any:
        if self.query.is_list:
            return targets
        return targets[0] if targets else None

    @staticmethod
    def _targets_of(value: Any) -> Iterable[Any]:
        return () if isinstance(value, Failure) else members(value)

    def forget(self) -> None:
        """Forget every value: the rows may have changed."""
        self._values.clear()
        self.clear_all()


def _is_whole(obj: Any) -> bool:
    """Tell whether every plain column of *obj* is loaded."""
    state = inspect(obj)
    return bool(state.dict.keys() >= plain_columns(state.mapper))


_NO_LOOP: Any = object()
_NOTHING: Any = {}
