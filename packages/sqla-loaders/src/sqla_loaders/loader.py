"""The DataLoader of one relationship."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Sequence
from functools import cached_property
from typing import Any, Generic, TypeAlias

from aiodataloader import DataLoader
from sqlalchemy.orm import (
    MapperProperty,
    QueryableAttribute,
    RelationshipProperty,
    Session,
)
from typing_extensions import TypeVar

from .causes import Cause
from .fetching import fetched
from .lifetime import Lifetime
from .relationship import RelationshipQuery
from .terms import NO_TERMS
from .turns import AnySession, run

__all__ = ["Relation", "SQLAlchemyDataLoader", "relationship_of"]


K = TypeVar("K", default=Any)
V = TypeVar("V", default=Any)

Relation: TypeAlias = MapperProperty[V] | QueryableAttribute[V]
"""`User.posts.property`, or `User.posts`."""


def relationship_of(relation: Relation[Any]) -> RelationshipProperty[Any]:
    """Return the relationship that `User.posts`, or `User.posts.property`, is.

    Raises:
        TypeError: It is none.
    """
    prop = relation.property if isinstance(relation, QueryableAttribute) else relation
    if not isinstance(prop, RelationshipProperty):
        msg = f"{relation!s} is no relationship, which alone has a loader."
        raise TypeError(msg)
    return prop


class SQLAlchemyDataLoader(DataLoader[K, V], Generic[K, V]):
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
    parameters; and one for each subclass of the target with columns of its own that has
    rows among the values. A many-to-one asks the session's identity map first.

    Args:
        session: The session that statements run on.
        relation_prop: The mapped relationship, as `User.posts` or its `.property`.
        cache: Whether a key that was loaded is kept until the next write.

    Raises:
        TypeError: *relation_prop* is no relationship.
    """

    session: AnySession
    relation_prop: RelationshipProperty[Any]
    _savepoints = False

    def __init__(
        self,
        session: AnySession,
        relation_prop: Relation[V],
        cache: bool = True,
    ) -> None:
        # aiodataloader wants its event loop here; a loader may be made where none runs.
        super().__init__(cache=cache, loop=_NO_LOOP)
        self.session = session
        self.relation_prop = relationship_of(relation_prop)
        self.query = RelationshipQuery.of(self.relation_prop)

    def belong_to(self, lifetime: Lifetime, *, savepoints: bool) -> None:
        """Belong to a request: run as long as that lasts."""
        self._lifetime = lifetime
        self._savepoints = savepoints

    @cached_property
    def _lifetime(self) -> Lifetime:
        """Without end, for a loader of no request."""
        return Lifetime()

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

    def load(self, key: K) -> asyncio.Future[V]:
        """Return a future of the value of *key*."""
        self._lifetime.check_open(self.where)
        if key is None:  # a NULL key, which aiodataloader refuses
            future = self.loop.create_future()
            future.set_result(self.query.nothing)
            return future
        return super().load(key)

    async def batch_load_fn(self, keys: Sequence[K]) -> list[V]:
        """Return one value for each of *keys*, whole rows, in one statement."""

        def work(session: Session) -> list[Any]:
            wanted = [self.query.owner_key.converted(key) for key in keys]
            found = fetched(
                session,
                self.query,
                dict.fromkeys(wanted),
                None,
                NO_TERMS,
                savepoint=self._savepoints,
            )
            return self.query.values_of(wanted, found)

        cause = Cause("fallback", relationship=self.where, why="A loader was asked.")
        with self._lifetime.batch(self.where):
            result = run(self.session, work, cause)
            return result if isinstance(result, list) else await result

    def load_at_once(self, keys: list[K]) -> list[V]:
        """Return the values of *keys* by `batch_load_fn`, where no event loop runs.

        Raises:
            RuntimeError: It waits for something.
        """
        batch: Any = self.batch_load_fn(keys)
        try:
            batch.send(None)
        except StopIteration as done:
            values: list[V] = done.value
            return values
        batch.close()
        msg = (
            f"{type(self).__name__}.batch_load_fn waits for something, but this "
            "execution is synchronous. Use a `Session`, or serve the schema under ASGI."
        )
        raise RuntimeError(msg)

    def forget(self) -> None:
        """Forget every value: the rows may have changed."""
        self.clear_all()


_NO_LOOP: Any = object()
