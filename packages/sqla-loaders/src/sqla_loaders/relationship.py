"""One relationship of many owners → one SELECT, and its rows → one value per key.

SQLAlchemy builds the join from the mapped relationship itself. Where the condition is
nothing but equalities of columns whose values compare in Python as they do in SQL, the
owner's table is left out of the statement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BinaryExpression,
    Integer,
    Uuid,
    inspect,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import (
    LoaderCriteriaOption,
    Mapper,
    RelationshipProperty,
    Session,
    aliased,
)
from sqlalchemy.orm.exc import UnmappedColumnError
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BooleanClauseList, Grouping
from sqlalchemy.sql.schema import Column, Table

from sqla_selection import LoadPlan, options_for
from sqla_selection.attributes import local_attributes
from sqla_selection.mapping import (
    correlated,
    entity_of_target,
    further_tables,
    may_repeat,
)
from sqla_selection.statement import has_names, with_columns

from .errors import ParentKeyError

__all__ = ["RelationshipQuery", "keys_per_statement"]

_EXACT_TYPES = (Integer, Uuid)

# Parameters of one statement that a driver takes. psycopg and asyncpg count in 16 bits
# (asyncpg signed), SQLite has SQLITE_MAX_VARIABLE_NUMBER (32,766 since 3.32). PyMySQL
# and aiomysql put values into the text: there the limit is the server's
# max_allowed_packet, 16 MiB by default.
_PARAMETERS = {
    "asyncpg": 32_767,
    "psycopg": 65_535,
    "psycopg2": 65_535,
    "pysqlite": 32_766,
    "aiosqlite": 32_766,
    "pymysql": 65_535,
    "aiomysql": 65_535,
    "asyncmy": 65_535,
    "mysqldb": 65_535,
    "mariadbconnector": 65_535,
}
_PARAMETERS_ELSEWHERE = 1_000
_PARAMETERS_OF_OTHERS = 100
"""Left for what listeners and loader criteria add to a statement."""


def keys_per_statement(session: Session, mapper: Mapper[Any], columns: int) -> int:
    """Return how many keys of that many columns one statement on *mapper* takes.

    A session may use another driver for each model.
    """
    driver = session.get_bind(mapper).dialect.driver
    limit = _PARAMETERS.get(driver, _PARAMETERS_ELSEWHERE)
    return max(1, (limit - _PARAMETERS_OF_OTHERS) // columns)


class RelationshipQuery:
    """How one relationship is loaded for many owners at once.

    A key is the value of the one attribute that the relationship joins on, or the
    tuple of them where it joins on several, in alphabetical order of the column's
    names. Where the condition is more than equalities, it is the owner's primary key.
    """

    def __init__(self, prop: RelationshipProperty[Any]) -> None:
        self.prop = prop
        self.model = entity_of_target(prop)
        self.is_list = bool(prop.uselist)
        pairs = _equalities(prop)
        local = local_attributes(prop.parent, prop)
        if pairs is None or len(local) != len(prop.local_columns) or not local:
            pairs = None
            keys = tuple(
                prop.parent.get_property_by_column(column).key
                for column in prop.parent.primary_key
            )
        else:
            keys = local
        target = inspect(prop.entity)
        table = target.selectable if target.is_aliased_class else target.local_table
        self._order_by = with_columns(
            prop.order_by or (), {column.name: column for column in table.c}
        )
        conditions = [prop.primaryjoin, prop.secondaryjoin]
        self._has_names = has_names(
            [*(one for one in conditions if one is not None), *self._order_by]
        )
        self.key_attributes = keys
        """The owner's attributes that make a key, in the order of its parts."""
        self._remote = self._remote_columns(pairs)
        self._identity = self._identity_order(pairs)
        self._may_repeat = self._remote is None or may_repeat(prop)

    @classmethod
    @lru_cache(maxsize=4096)
    def of(cls, prop: RelationshipProperty[Any]) -> RelationshipQuery:
        """Return the query for *prop*, made once."""
        return cls(prop)

    def __repr__(self) -> str:
        return f"<RelationshipQuery {self.prop}>"

    def key_of(self, parent: Any) -> Hashable:
        """Return the key of *parent*, a mapped object, a mapping or any other object.

        Raises:
            ParentKeyError: *parent* lacks an attribute that the relationship joins on.
        """
        try:
            # What a loaded object has is here; an instrumented read costs five times.
            loaded = parent.__dict__
            parts = tuple([loaded[name] for name in self.key_attributes])
        except (KeyError, AttributeError):
            parts = tuple([self._part(parent, name) for name in self.key_attributes])
        return parts[0] if len(parts) == 1 else parts

    def _part(self, parent: Any, name: str) -> Any:
        try:
            return (
                parent[name] if isinstance(parent, Mapping) else getattr(parent, name)
            )
        except (KeyError, AttributeError) as error:
            msg = (
                f"{self.prop} cannot be loaded for a {type(parent).__name__} without "
                f"{name!r}: the relationship joins on "
                f"{', '.join(map(repr, self.key_attributes))}. Return that from the "
                "resolver too, or return mapped objects."
            )
            raise ParentKeyError(msg) from error

    def is_empty(self, key: Hashable) -> bool:
        """Tell whether *key* has a NULL, which equals nothing."""
        parts = key if isinstance(key, tuple) else (key,)
        return any(part is None for part in parts)

    def identity_of(self, key: Hashable) -> tuple[Any, ...] | None:
        """Return the target's primary key where *key* says it: a plain many-to-one."""
        if self._identity is None:
            return None
        parts = key if isinstance(key, tuple) else (key,)
        return tuple(parts[index] for index in self._identity)

    def fetch(
        self,
        session: Session,
        keys: Sequence[Hashable],
        plan: LoadPlan | None = None,
        criteria: Sequence[LoaderCriteriaOption] = (),
    ) -> dict[Hashable, list[Any]]:
        """Return the targets of each of *keys*, in the relationship's order.

        One statement, or one for each `keys_per_statement` keys. A key without rows is
        not in the answer. Keys must be distinct and without NULL.
        """
        found: defaultdict[Hashable, list[Any]] = defaultdict(list)
        size = keys_per_statement(session, self.prop.mapper, len(self.key_attributes))
        for start in range(0, len(keys), size):
            stmt = self._statement(keys[start : start + size])
            if plan is not None:
                options = options_for(
                    plan,
                    self.model,
                    joined_only=True,
                    joins_nothing=self._has_names,
                )
                stmt = stmt.options(*options)
            if criteria:
                stmt = stmt.options(*criteria)
            for key, target in self._pairs(session.execute(stmt), plan):
                found[key].append(target)
        if self._may_repeat:
            for key, targets in found.items():
                found[key] = list({id(target): target for target in targets}.values())
        return dict(found)

    def _pairs(
        self, result: Any, plan: LoadPlan | None
    ) -> Iterable[tuple[Hashable, Any]]:
        """Yield the key and the target of each row."""
        # Only a collection that is joined in multiplies rows, and only the
        # application's own options join one: to compare all rows costs half the time.
        if plan is None or plan.joins_collections:
            result = result.unique()
        if len(self.key_attributes) == 1:
            return ((key, target) for target, key in result)
        return ((tuple(parts), target) for target, *parts in result)

    def _statement(self, keys: Sequence[Hashable]) -> Any:
        prop = self.prop
        if self._remote is None:
            owner = self._owner()
            columns = [getattr(owner, name) for name in self.key_attributes]
            stmt = select(self.model, *columns).select_from(owner)
            for table in further_tables(prop):
                stmt = stmt.join(table, true())
            stmt = stmt.join(getattr(owner, prop.key))
        else:
            columns = self._remote
            stmt = select(self.model, *columns)
            if prop.secondary is not None:
                stmt = stmt.join(prop.secondary, prop.secondaryjoin)
        key = columns[0] if len(columns) == 1 else tuple_(*columns)
        stmt = stmt.where(key.in_(keys))
        return stmt.order_by(*self._order_by) if self._order_by else stmt

    def _owner(self) -> Any:
        """Return an alias of the owner to join to."""
        prop = self.prop
        if not self._has_names:
            return aliased(prop.parent.class_, flat=True)
        # Columns without names of their own, which SQL text could mean as well.
        joined = {*prop.local_columns, *prop.parent.primary_key}
        columns = [
            getattr(prop.parent.class_, prop.parent.get_property_by_column(column).key)
            for column in sorted(joined, key=str)
        ]
        named = [column.label(f"_owner_{n}") for n, column in enumerate(columns)]
        return aliased(prop.parent.class_, select(*named).subquery())

    def _remote_columns(
        self, pairs: Mapping[Column[Any], Column[Any]] | None
    ) -> list[Any] | None:
        """Return the columns that equal the key's parts without the owner's table.

        `None` where the owner must be joined: SQL may find two strings equal that
        Python does not, and a target in an inheritance tree may be selected from
        another table than the one that the condition names.
        """
        if pairs is None or self.prop.mapper.concrete:
            return None
        if len(self.prop.mapper.with_polymorphic_mappers) > 1:
            return None
        if further_tables(self.prop):
            return None
        remote = []
        for name in self.key_attributes:
            for local, other in pairs.items():
                if self.prop.parent.get_property_by_column(local).key == name:
                    if not _is_exact(local, other):
                        return None
                    remote.append(other)
        if self.prop.secondary is not None:
            # Beside the owner SQLAlchemy gives the secondary a name of its own.
            is_plain = isinstance(self.prop.secondary, Table)
            return remote if is_plain and not correlated(self.prop.mapper) else None
        try:
            keys = [self.prop.mapper.get_property_by_column(c).key for c in remote]
        except UnmappedColumnError:
            return None
        return [getattr(self.model, key) for key in keys]

    def _identity_order(
        self, pairs: Mapping[Column[Any], Column[Any]] | None
    ) -> tuple[int, ...] | None:
        if pairs is None or self.prop.secondary is not None:
            return None
        names: dict[Any, str] = {
            remote: self.prop.parent.get_property_by_column(local).key
            for local, remote in pairs.items()
        }
        primary_key = self.prop.mapper.primary_key
        if set(names) != set(primary_key):
            return None
        return tuple(self.key_attributes.index(names[c]) for c in primary_key)


def _is_exact(local: Column[Any], remote: Column[Any]) -> bool:
    return any(
        isinstance(local.type, kind) and isinstance(remote.type, kind)
        for kind in _EXACT_TYPES
    )


def _equalities(prop: RelationshipProperty[Any]) -> dict[Any, Any] | None:
    """Return owner's column → column that equals it; `None` if there is more to it."""
    pairs = _column_pairs(prop.primaryjoin)
    if pairs is None:
        return None
    if prop.secondary is None:
        oriented = dict(prop.local_remote_pairs or ())
    elif _column_pairs(prop.secondaryjoin) is None:
        return None
    else:
        oriented = {
            local: remote
            for pair in pairs
            for local, remote in (pair, pair[::-1])
            if prop.secondary.c.contains_column(remote)
        }
    same = {frozenset(pair) for pair in pairs} == set(map(frozenset, oriented.items()))
    return oriented if same and len(oriented) == len(pairs) else None


def _column_pairs(
    condition: Any,
) -> list[tuple[Column[Any], Column[Any]]] | None:
    """Return the two columns of each equality; `None` if there is another condition."""
    if isinstance(condition, Grouping):
        return _column_pairs(condition.element)
    if isinstance(condition, BooleanClauseList):
        parts = [_column_pairs(clause) for clause in condition.clauses]
        if condition.operator is not operators.and_ or None in parts:
            return None
        return [pair for part in parts for pair in part or ()]
    if (
        isinstance(condition, BinaryExpression)
        and condition.operator is operators.eq
        and isinstance(condition.left, Column)
        and isinstance(condition.right, Column)
    ):
        return [(condition.left, condition.right)]
    return None
