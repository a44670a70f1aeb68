"""A filter → a SQL condition on a mapped class or an alias of it.

Negation is two-valued, as in GraphQL's own booleans: the opposite of a filter holds for
exactly the rows that it does not hold for. It is pushed down to the comparisons, where
NULL is decided; there is no `NOT` around anything that may be NULL.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import (
    Column,
    ColumnElement,
    and_,
    false,
    func,
    inspect,
    literal,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.orm import ColumnProperty, Mapper, RelationshipProperty
from sqlalchemy.sql import visitors

from ..given_names import alias_of, secondary_is_ambiguous, subquery_of
from ..keys import key_attributes
from .filters import (
    AllOf,
    AnyOf,
    Applied,
    Compared,
    Filter,
    Operator,
    Opposite,
    Related,
)

__all__ = [
    "Between",
    "Scope",
    "Visible",
    "condition_of",
    "entity_of_target",
]

Condition: TypeAlias = ColumnElement[bool]
Visible: TypeAlias = Callable[[Any], "Condition | None"]
Between: TypeAlias = Callable[[RelationshipProperty[Any]], "Mapper[Any] | None"]


@dataclass(frozen=True)
class Scope:
    """What a condition may depend on beside the filter."""

    visible: Visible = lambda entity: None
    """Tells which rows of an entity may be seen: a condition, or `None` for all. It is
    called for each entity that a statement names by way of an argument."""
    info: Any = None
    """Is passed to the functions of the application."""
    between: Between = lambda prop: None
    """Tells of which mapped class the `secondary` of a relationship is the table, if
    that has rows that may be hidden."""
    is_lateral: bool = False
    """Whether the condition stands in a LATERAL: there SQLAlchemy (2.0 and 2.1) takes
    an EXISTS of two tables for a cartesian product, and warns of it."""


def condition_of(filter_: Filter, entity: Any, scope: Scope = Scope()) -> Condition:
    """Return the condition on *entity* that holds for the rows that *filter_* asks.

    Related rows are asked for by EXISTS, with an alias of their own: no row of *entity*
    comes twice.

    Raises:
        TypeError: A function of the application gives no condition.
    """
    return _condition(filter_, entity, scope, holds=True)


def _condition(filter_: Filter, entity: Any, scope: Scope, *, holds: bool) -> Condition:
    if isinstance(filter_, Opposite):
        return _condition(filter_.part, entity, scope, holds=not holds)
    if isinstance(filter_, AllOf | AnyOf):
        parts = [_condition(one, entity, scope, holds=holds) for one in filter_.parts]
        if isinstance(filter_, AllOf) is holds:
            return and_(true(), *parts)
        return or_(false(), *parts)
    if isinstance(filter_, Compared):
        return _compared(filter_, getattr(entity, filter_.attribute), holds=holds)
    if isinstance(filter_, Related):
        return _related(filter_, entity, scope, holds=holds)
    return _applied(filter_, entity, scope, holds=holds)


def _applied(filter_: Applied, entity: Any, scope: Scope, *, holds: bool) -> Condition:
    found = filter_.function(entity, filter_.value, scope.info)
    if isinstance(found, bool):
        return true() if found is holds else false()
    if not isinstance(found, ColumnElement):
        msg = (
            f"The function of {filter_.name!r} gave {found!r}, which is no condition. "
            "Return a SQL expression, or True for all rows."
        )
        raise TypeError(msg)
    return _holds(found, holds=holds)


def _related(filter_: Related, entity: Any, scope: Scope, *, holds: bool) -> Condition:
    prop = inspect(entity).mapper.relationships[filter_.relationship]
    attribute = getattr(entity, filter_.relationship)
    target, attribute = entity_of_target(prop, attribute)
    is_every = filter_.quantifier == "every"
    part = _condition(filter_.part, target, scope, holds=not is_every)
    visible = scope.visible(target)
    if visible is not None:
        part = and_(visible, part)
    between = _rows_between(prop, scope)
    # `any` and `has` ask the discriminator of the table itself, not of its alias
    # (SQLAlchemy 2.0 and 2.1), where a subclass has no table of its own.
    if between is not None:
        exists = _exists_by_rows_between(entity, prop, target, between, part)
    elif prop.mapper.single or (scope.is_lateral and prop.secondary is not None):
        exists = _exists_by_join(entity, prop, target, part)
    else:
        exists = attribute.any(part) if prop.uselist else attribute.has(part)
    wants_none = filter_.quantifier in ("none", "every")
    return not_(exists) if wants_none is holds else exists


def _exists_by_join(
    entity: Any, prop: RelationshipProperty[Any], target: Any, part: Condition
) -> Condition:
    mapper = inspect(entity).mapper
    again = alias_of(mapper)
    _, attribute = entity_of_target(prop, getattr(again, prop.key), target)
    stmt = select(literal(1)).select_from(again).join(attribute)
    for key in key_attributes(mapper):
        stmt = stmt.where(getattr(again, key) == getattr(entity, key))
    return stmt.where(part).correlate(entity).exists()


def _rows_between(
    prop: RelationshipProperty[Any], scope: Scope
) -> tuple[Any, Condition | None] | None:
    """Return what stands for the table between, and which of it is seen, if any has to.

    So where rows have a policy, or an alias of the table the name of another.
    """
    between = scope.between(prop)
    if between is not None:
        rows = alias_of(between)
        return rows, scope.visible(rows)
    if prop.secondary is not None and secondary_is_ambiguous(prop):
        return subquery_of(prop.secondary.select(), prop.mapper), None
    return None


def _exists_by_rows_between(
    entity: Any,
    prop: RelationshipProperty[Any],
    target: Any,
    between: tuple[Any, Condition | None],
    part: Condition,
) -> Condition:
    """Return the EXISTS by the rows of `_rows_between`, and not by their table."""
    rows, seen = between
    to_rows, to_target = (
        _about(condition, rows, other)
        for condition, other in (
            (prop.primaryjoin, entity),
            (prop.secondaryjoin, target),
        )
    )
    stmt = select(literal(1)).select_from(rows).join(target, to_target)
    stmt = stmt.where(to_rows, part, *(() if seen is None else (seen,)))
    return stmt.correlate(entity).exists()


def _about(condition: Any, *entities: Any) -> Any:
    """Return a join condition of the mapping with the columns of *entities*."""
    selectables = [inspect(one).selectable for one in entities]

    def of_entity(element: Any, **_: Any) -> Any:
        if isinstance(element, Column):
            for selectable in selectables:
                found = selectable.corresponding_column(element)
                if found is not None:
                    return found
        return None

    return visitors.replacement_traverse(condition, {}, of_entity)


def entity_of_target(
    prop: RelationshipProperty[Any], attribute: Any, target: Any = None
) -> tuple[Any, Any]:
    """Return an alias of what *prop* leads to, and *attribute* as leading to it.

    A relationship to an alias of the application's own leads to that, as its join is
    written for it.
    """
    if inspect(prop.entity).is_aliased_class:
        return prop.entity.entity, attribute
    if target is None:
        target = alias_of(prop.mapper)
    return target, attribute.of_type(target)


def _compared(filter_: Compared, column: Any, *, holds: bool) -> Condition:
    operator: Operator = filter_.operator
    value = filter_.value
    if operator in ("ne", "notIn"):
        operator, holds = ("eq" if operator == "ne" else "in"), not holds
    if operator == "isNull":
        return _is_null(column, holds=value is holds)
    if operator == "eq":
        return _is_equal(column, value, holds=holds)
    if operator == "in":
        return _is_one_of(column, value, holds=holds)
    found = _COMPARISONS[operator](column, value)
    return found if holds else or_(not_(found), column.is_(None))


def _compares_by_itself(column: Any) -> bool:
    """Tell whether the application says what `=` means: it may not know `IN`."""
    if not hasattr(column, "type"):  # a comparator of a hybrid
        return True
    prop = getattr(column, "property", None)
    return isinstance(prop, ColumnProperty) and (
        prop.comparator_factory is not ColumnProperty.Comparator
    )


def _holds(condition: Any, *, holds: bool) -> Condition:
    """Return *condition*, or what holds for exactly the other rows."""
    found: Condition = condition if holds else not_(func.coalesce(condition, false()))
    return found


def _is_null(column: Any, *, holds: bool) -> Condition:
    if not hasattr(column, "type"):
        column = column.__clause_element__()
    found: Condition = column.is_(None) if holds else column.is_not(None)
    return found


def _is_equal(column: Any, value: Any, *, holds: bool) -> Condition:
    if _compares_by_itself(column):
        return _holds(column == value, holds=holds)
    found: Condition = column == value if holds else column.is_distinct_from(value)
    return found


def _is_one_of(column: Any, values: tuple[Any, ...], *, holds: bool) -> Condition:
    known = [one for one in values if one is not None]
    has_null = len(known) < len(values)
    if not known and not has_null:
        return false() if holds else true()
    if _compares_by_itself(column):
        any_of = or_(false(), *(column == one for one in known))
        if has_null:
            any_of = or_(any_of, _is_null(column, holds=True))
        return _holds(any_of, holds=holds)
    if holds:
        found: Condition = column.in_(known) if known else false()
        return or_(found, column.is_(None)) if has_null else found
    found = column.not_in(known) if known else true()
    if has_null:
        return and_(found, column.is_not(None))
    return or_(found, column.is_(None))


_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
    "contains": lambda column, value: column.contains(value, autoescape=True),
    "startsWith": lambda column, value: column.startswith(value, autoescape=True),
    "endsWith": lambda column, value: column.endswith(value, autoescape=True),
    "icontains": lambda column, value: column.icontains(value, autoescape=True),
    "istartsWith": lambda column, value: column.istartswith(value, autoescape=True),
    "iendsWith": lambda column, value: column.iendswith(value, autoescape=True),
}
