"""One relationship of many owners → one SELECT, and its rows → one value per key.

Where the condition is nothing but equalities of columns whose values compare in Python
as they do in SQL, the owner's table is left out of the statement. Otherwise the
condition is the one of SQLAlchemy's own lazy loading, with an alias of the owner where
that has the values of one owner.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import (
    FromClause,
    Select,
    and_,
    inspect,
    select,
    true,
)
from sqlalchemy.orm import RelationshipProperty, aliased
from sqlalchemy.orm.exc import UnmappedColumnError
from sqlalchemy.sql import visitors

from sqla_selection.given_names import alias_is_ambiguous, subquery_of
from sqla_selection.joins import entity_of_target, may_repeat
from sqla_selection.keys import (
    equal_columns,
    finds_null,
    key_attributes,
    local_attributes,
    may_have_null_in_key,
    primary_key_of_target,
)
from sqla_selection.mapping import (
    Loading,
    has_unjoined_union,
    loading_of,
)
from sqla_selection.statement import has_names, with_columns

from ._compat import is_local
from .keys import is_one_of
from .owner_keys import OwnerKey
from .remote_columns import are_exact, remote_columns

__all__ = ["RelationshipQuery", "condition_on", "null_safe_condition"]


class RelationshipQuery:
    """How one relationship is loaded for many owners at once.

    A key is the value of the one attribute that the relationship joins on, or the
    tuple of them where it joins on several, in alphabetical order of the column's
    names. Where the condition is more than equalities, it is the owner's primary key.
    """

    def __init__(self, prop: RelationshipProperty[Any]) -> None:
        self.prop = prop
        self.entity = entity_of_target(prop)
        """What is selected: the class, or the alias that the relationship leads to."""
        self.is_list = bool(prop.uselist)
        pairs = equal_columns(prop)
        local = local_attributes(prop.parent, prop)
        has_local = len(local) == len(prop.local_columns) > 0
        if pairs is None or not has_local:
            pairs = None
            keys = key_attributes(prop.parent)
        else:
            keys = local
        target = inspect(prop.entity)
        table = target.selectable if target.is_aliased_class else target.local_table
        self._order_by = with_columns(
            prop.order_by or (), {column.name: column for column in table.c}
        )
        conditions = [prop.primaryjoin, prop.secondaryjoin]
        self.has_names = has_names(
            [*(one for one in conditions if one is not None), *self._order_by]
        )
        """Whether SQL text in it names columns, which a join could give others."""
        self.is_null_safe = pairs is not None and finds_null(prop)
        """Whether a NULL in a part of the key equals one of the target."""
        may_have_null = self.is_null_safe or (
            pairs is None and may_have_null_in_key(prop.parent)
        )
        self.key_attributes = keys
        """The owner's attributes that make a key, in the order of its parts."""
        self.owner_key = OwnerKey(prop, keys, may_have_null=may_have_null)
        self._identity = None if pairs is None else self._identity_order()
        self.remote = (
            None if pairs is None else remote_columns(prop, pairs, keys, self._identity)
        )
        """The columns that equal the key's parts, `None` if the owner is joined."""
        self.is_collated = self.remote is not None and not are_exact(pairs or {})
        """Whether SQL may find a key equal to one of a target that Python does not."""
        self.is_query = loading_of(prop) is Loading.NEVER_SET
        """Whether the attribute is a query, and takes no rows."""
        self.may_repeat = self.remote is None or may_repeat(prop)
        """Whether one owner may have the same target in several rows."""

    @classmethod
    @lru_cache(maxsize=4096)
    def of(cls, prop: RelationshipProperty[Any]) -> RelationshipQuery:
        """Return the query for *prop*, made once."""
        return cls(prop)

    def __repr__(self) -> str:
        return f"<RelationshipQuery {self.prop}>"

    def key_of(self, owner: Any) -> Hashable:
        """Return the key of *owner*, a mapped object, a mapping or any other object.

        Raises:
            ParentKeyError: *owner* lacks an attribute that the relationship joins on.
        """
        return self.owner_key.of(owner)

    def is_empty(self, key: Hashable) -> bool:
        """Tell whether *key* has a NULL that equals nothing."""
        return self.owner_key.is_empty(key)

    @property
    def nothing(self) -> Any:
        """The relationship's value where it has no targets."""
        return [] if self.is_list else None

    def values_of(
        self, keys: Iterable[Hashable], found: Mapping[Hashable, list[Any]]
    ) -> list[Any]:
        """Return the value of each of *keys*: the targets *found*, or the only one."""
        if self.is_list:
            return [found.get(key, []) for key in keys]
        return [found[key][0] if found.get(key) else None for key in keys]

    def identities_of(self, keys: Iterable[Hashable]) -> list[tuple[Any, ...]] | None:
        """Return the targets' primary keys where *keys* say them.

        `None` where that is no plain many-to-one.
        """
        order = self._identity
        if order is None:
            return None
        parts = [key if isinstance(key, tuple) else (key,) for key in keys]
        return [tuple([of_one[index] for index in order]) for of_one in parts]

    def statement(self, keys: Sequence[Hashable]) -> Select[Any]:
        """Return the statement for *keys*: the target first, then the key's parts."""
        stmt, columns = self._every
        return stmt.where(is_one_of(columns, keys))

    def statement_of_matches(self, keys: Sequence[Hashable]) -> Select[Any]:
        """Return the statement for *keys* that tells of which of them a target is.

        The target first, then the key's parts, then for each of *keys* whether the
        database finds it equal.
        """
        _, columns = self._every
        return self.statement(keys).add_columns(
            *(is_one_of(columns, [key]).label(None) for key in keys)
        )

    def by_match(
        self, keys: Sequence[Hashable], rows: Iterable[Any]
    ) -> dict[Hashable, list[Any]]:
        """Return key → targets, in the order of *rows* of `statement_of_matches`."""
        found: defaultdict[Hashable, list[Any]] = defaultdict(list)
        for target, *others in rows:
            matches = others[len(self.owner_key.attributes) :]
            for key, is_equal in zip(keys, matches, strict=True):
                if is_equal:
                    found[key].append(target)
        return dict(found)

    def by_key(self, rows: Iterable[Any]) -> dict[Hashable, list[Any]]:
        """Return key → targets, in the order of *rows*."""
        found: defaultdict[Hashable, list[Any]] = defaultdict(list)
        if len(self.owner_key.attributes) == 1:
            for target, key in rows:
                found[key].append(target)
        else:
            for target, *parts in rows:
                found[tuple(parts)].append(target)
        return dict(found)

    @cached_property
    def _every(self) -> tuple[Select[Any], list[Any]]:
        """The statement for all owners, and the columns of the key in it."""
        prop, stmt = self.prop, select(self.entity).select_from(self.entity)
        if self.remote is None:
            owner = self._owner()
            columns = [getattr(owner, name) for name in self.key_attributes]
            if has_unjoined_union(prop.mapper):
                # The condition would name the base's table beside the union: only an
                # ORM join is adapted there.
                stmt = select(self.entity, *columns).select_from(owner)
                stmt = stmt.join(getattr(owner, prop.key))
                return stmt.order_by(*self._order_by), columns
            condition = (
                null_safe_condition(owner, prop)
                if self.is_null_safe
                else condition_on(owner, prop)
            )
            if prop.local_columns:
                stmt = stmt.select_from(owner)
            else:  # each owner has the same rows: say that this product is meant
                stmt = stmt.join(owner, true())
            stmt = stmt.where(condition)
        else:
            columns = self.remote
        stmt = stmt.add_columns(*columns)
        if prop.secondary is not None and prop.secondaryjoin is not None:
            stmt = stmt.select_from(prop.secondary).where(prop.secondaryjoin)
        if self._order_by:
            stmt = stmt.order_by(*self._order_by)
        return stmt, columns

    def _owner(self) -> Any:
        """Return an alias of the owner to join to."""
        prop = self.prop
        if not self.has_names and not alias_is_ambiguous(prop.parent):
            return aliased(prop.parent.class_, flat=True)
        # Columns without names of their own, which SQL text could mean as well, and an
        # alias that has no table's name.
        joined = {*prop.local_columns, *prop.parent.primary_key}
        columns = [
            getattr(prop.parent.class_, prop.parent.get_property_by_column(column).key)
            for column in sorted(joined, key=str)
        ]
        named = [column.label(f"_owner_{n}") for n, column in enumerate(columns)]
        return aliased(prop.parent.class_, subquery_of(select(*named), prop.parent))

    def _identity_order(self) -> tuple[int, ...] | None:
        columns = primary_key_of_target(self.prop)
        if columns is None:
            return None
        names = [self.prop.parent.get_property_by_column(one).key for one in columns]
        return tuple(self.key_attributes.index(name) for name in names)


def condition_on(owner: Any, prop: RelationshipProperty[Any]) -> Any:
    """Return the condition of *prop*, about *owner*, an alias of the owner's class."""
    # What a subquery of the condition is correlated to, where that can be told apart.
    own_tables = set(prop.parent.tables).difference(prop.mapper.tables)

    def of_alias(element: Any, **_: Any) -> Any:
        if is_local(element):
            return _column_of(owner, prop, element)
        if isinstance(element, FromClause) and element in own_tables:
            first = next(iter(element.c))
            return inspect(owner).selectable.corresponding_column(first).table
        return None

    return visitors.replacement_traverse(prop.primaryjoin, {}, of_alias)


def null_safe_condition(owner: Any, prop: RelationshipProperty[Any]) -> Any:
    """Return the condition of *prop*, made of equalities, where NULL equals NULL.

    About *owner*, an alias of the owner's class.
    """
    return and_(
        *(
            _column_of(owner, prop, local).is_not_distinct_from(remote)
            for local, remote in (equal_columns(prop) or {}).items()
        )
    )


def _column_of(owner: Any, prop: RelationshipProperty[Any], column: Any) -> Any:
    """Return what *column* of the owner's tables is in its alias."""
    try:
        return getattr(owner, prop.parent.get_property_by_column(column).key)
    except UnmappedColumnError:
        return inspect(owner).selectable.corresponding_column(column)
