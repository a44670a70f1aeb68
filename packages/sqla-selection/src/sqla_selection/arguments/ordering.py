"""An order → joins and ORDER BY on a mapped class or an alias of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import (
    Column,
    ColumnElement,
    Enum,
    Integer,
    inspect,
    type_coerce,
)
from sqlalchemy.orm import Mapper, RelationshipProperty
from sqlalchemy.orm.exc import UnmappedColumnError
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import UnaryExpression

from ..attribute_names import without_synonym
from ..errors import ConfigurationError
from ..keys import may_have_null_in_key
from ..statement import has_names, order_of, with_columns
from .conditions import Scope
from .order_joins import joined_on
from .shapes import Direction, Expression, OrderKey

__all__ = [
    "Ordering",
    "SortKey",
    "order_key_of_another",
    "order_keys_of",
    "order_keys_of_statement",
    "ordering_of",
]

_NULLS_ARE_SMALL = ("sqlite", "mysql", "mariadb", "mssql")
_NULLS_ARE_LARGE = ("postgresql", "oracle")
_PLACES_NULLS = ("postgresql", "sqlite", "oracle")
_ENUMS_BY_PLACE = ("mysql", "mariadb")


@dataclass(frozen=True)
class SortKey:
    """One expression that rows are ordered by."""

    expression: ColumnElement[Any]
    is_descending: bool
    nulls: Literal["first", "last"]
    """Where they come, asked for or not."""
    is_nullable: bool
    emulation: Literal["", "words", "case"] = ""
    """How the statement says it: not at all where the database puts them there."""
    is_repeated: bool = False
    """Whether an earlier key is the same attribute: it decides nothing."""

    def clauses(self, *, backward: bool = False) -> list[Any]:
        """Return what ORDER BY takes, for the rows from the end if *backward*."""
        descending = self.is_descending is not backward
        clause = self.expression.desc() if descending else self.expression.asc()
        first = (self.nulls == "first") is not backward
        if self.emulation == "words":
            return [clause.nulls_first() if first else clause.nulls_last()]
        if self.emulation == "case":
            is_null = self.expression.is_(None)
            return [is_null.desc() if first else is_null.asc(), clause]
        return [clause]


@dataclass(frozen=True)
class Ordering:
    """How the rows of one statement are ordered."""

    keys: tuple[SortKey, ...]
    joins: tuple[Any, ...] = field(default=())
    """Relationship attributes to join, without losing rows that have none."""
    key_length: int = 0
    """How many of the last keys are the primary key."""

    def joined(self, stmt: Any) -> Any:
        """Return *stmt* with the joins."""
        for attribute in self.joins:
            stmt = stmt.join(attribute, isouter=True)
        return stmt

    def clauses(self, *, backward: bool = False) -> list[Any]:
        """Return what ORDER BY takes."""
        return [
            clause
            for key in self.keys
            if not key.is_repeated
            for clause in key.clauses(backward=backward)
        ]


def ordering_of(
    order: Sequence[OrderKey],
    entity: Any,
    dialect: str,
    scope: Scope = Scope(),  # noqa: B008  # frozen
    *,
    is_total: bool = True,
) -> Ordering:
    """Return how rows of *entity* are ordered.

    Args:
        order: The keys.
        entity: The mapped class, or an alias of it, as the statement selects it.
        dialect: SQLAlchemy's name of the database.
        scope: What may be seen, and what functions are passed.
        is_total: Append the primary key, in the direction of the last key, so that no
            two rows have the same place.
    """
    mapper: Mapper[Any] = inspect(entity).mapper
    joins: dict[tuple[str, ...], tuple[Any, Any]] = {}
    named: set[tuple[tuple[str, ...], str]] = set()
    keys = []
    for key in order:
        source = joined_on(entity, key.path, joins, scope)
        if isinstance(key.source, Expression):
            expression, nullable = key.source.expression, True
        elif callable(key.source):
            expression, nullable = key.source(source, scope.info), True
        else:
            expression = getattr(source, key.source)
            nullable = bool(key.path) or _is_nullable(source, key.source)
        if dialect in _ENUMS_BY_PLACE and isinstance(expression.type, Enum):
            # ORDER BY goes by an ENUM's place and `<` by its name; `+ 0` is the place.
            expression = type_coerce(expression, Integer) + 0
        is_repeated = (key.path, key.source) in named
        if isinstance(key.source, str):
            named.add((key.path, key.source))
        keys.append(
            _sort_key(expression, key.direction, dialect, nullable, is_repeated)
        )
    length = 0
    if is_total:
        may_have_null = may_have_null_in_key(mapper)
        last = Direction(order[-1].direction.is_descending if order else False)
        for column in mapper.primary_key:
            name = mapper.get_property_by_column(column).key
            nullable = may_have_null and bool(getattr(column, "nullable", True))
            is_repeated = ((), name) in named
            keys.append(
                _sort_key(getattr(entity, name), last, dialect, nullable, is_repeated)
            )
            length += 1
    found = tuple(attribute for _, attribute in joins.values())
    return Ordering(tuple(keys), found, length)


@lru_cache(maxsize=1024)
def order_keys_of(
    prop: RelationshipProperty[Any],
) -> tuple[OrderKey, ...]:
    """Return `relationship(order_by=…)` as keys of an order."""
    target = inspect(prop.entity)
    table = target.selectable if target.is_aliased_class else target.local_table
    clauses = with_columns(prop.order_by or (), {one.name: one for one in table.c})
    keys = []
    for clause in clauses:
        expression, direction = _taken_apart(clause)
        source: Any = Expression(expression)
        if isinstance(expression, Column):
            with suppress(UnmappedColumnError):
                source = prop.mapper.get_property_by_column(expression).key
        keys.append(OrderKey((), source, direction, name=str(expression)))
    return tuple(keys)


def order_key_of_another(
    prop: RelationshipProperty[Any], order: Sequence[OrderKey]
) -> OrderKey | None:
    """Return the first key of *order* that is not of the target of *prop* alone.

    The mapping may order by columns of its `secondary`: the target's row does not say
    its place in that.
    """
    keys = [key for key in order if isinstance(key.source, Expression)]
    if not keys:
        return None
    entity = prop.entity.entity
    columns = {
        key: getattr(entity, key).expression
        for key in prop.mapper.column_attrs.keys()  # noqa: SIM118
    }
    for key in keys:
        assert isinstance(key.source, Expression)
        if not _is_of(key.source.expression, columns):
            return key
    return None


def order_keys_of_statement(stmt: Any, entity: Any) -> tuple[OrderKey, ...]:
    """Return the ORDER BY of *stmt*, a `select()` of *entity*, as keys of an order.

    Raises:
        ConfigurationError: It is by something that *entity* alone does not have.
    """
    columns = {
        key: getattr(entity, key).expression
        for key in inspect(entity).mapper.column_attrs.keys()  # noqa: SIM118
    }
    keys = []
    for clause in order_of(stmt):
        expression, direction = _taken_apart(clause)
        source: Any = _key_of(expression, columns)
        if source is None:
            if not _is_of(expression, columns):
                msg = (
                    f"The statement is ordered by {str(expression)!r}, which is not of "
                    f"{inspect(entity).mapper.class_.__name__!r} alone: no cursor says "
                    "the place of a row in it. Order by columns of the class, or give "
                    "the field an order by a default in the schema."
                )
                raise ConfigurationError(msg)
            source = Expression(expression)
        keys.append(OrderKey((), source, direction, name=str(expression)))
    return tuple(keys)


def _key_of(expression: Any, columns: Mapping[str, Any]) -> str | None:
    return next(
        (key for key, column in columns.items() if column.compare(expression)), None
    )


def _is_of(expression: Any, columns: Mapping[str, Any]) -> bool:
    """Tell whether all columns that *expression* names are among *columns*."""
    parts = list(visitors.iterate(expression))
    named = [one for one in parts if isinstance(one, Column)]
    return not has_names([expression]) and all(
        _key_of(one, columns) is not None for one in named
    )


def _taken_apart(clause: Any) -> tuple[Any, Direction]:
    descending = False
    nulls: Any = None
    while isinstance(clause, UnaryExpression):
        if clause.modifier is operators.desc_op:
            descending = True
        elif clause.modifier is operators.nulls_first_op:
            nulls = "first"
        elif clause.modifier is operators.nulls_last_op:
            nulls = "last"
        elif clause.modifier is not operators.asc_op:
            break
        clause = clause.element
    return clause, Direction(descending, nulls)


def _sort_key(
    expression: Any,
    direction: Direction,
    dialect: str,
    nullable: bool,
    is_repeated: bool,
) -> SortKey:
    large = dialect in _NULLS_ARE_LARGE
    put: Literal["first", "last"] = (
        "last" if large is not direction.is_descending else "first"
    )
    wanted = direction.nulls or put
    is_known = large or dialect in _NULLS_ARE_SMALL
    emulation: Literal["", "words", "case"] = ""
    if nullable and (wanted != put or not is_known):
        emulation = "words" if dialect in _PLACES_NULLS else "case"
    return SortKey(
        expression, direction.is_descending, wanted, nullable, emulation, is_repeated
    )


def _is_nullable(entity: Any, attribute: str) -> bool:
    mapper = inspect(entity).mapper
    prop = mapper.column_attrs.get(without_synonym(mapper, attribute))
    if prop is None:
        return True
    return bool(getattr(prop.columns[0], "nullable", True))
