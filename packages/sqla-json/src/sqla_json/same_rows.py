"""Whether a subquery finds the rows that loading objects finds, by the mapping.

What is not known to is declined. Each reason is one sentence about one relationship or
class.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from sqlalchemy import (
    Alias,
    ColumnElement,
    FromClause,
    Join,
    SelectBase,
    Table,
    inspect,
)
from sqlalchemy.orm import (
    Mapper,
    RelationshipProperty,
    immediateload,
    joinedload,
    lazyload,
    selectinload,
    subqueryload,
)
from sqlalchemy.sql import visitors

from sqla_selection.given_names import alias_is_ambiguous, secondary_is_ambiguous
from sqla_selection.joins import (
    further_tables,
    has_one_row,
    has_open_parameter,
    has_text,
    may_repeat,
)
from sqla_selection.keys import (
    finds_null,
    local_attributes,
    may_have_null_in_key,
    may_repeat_key,
)
from sqla_selection.mapping import (
    Loading,
    classes_without,
    correlated,
    loading_of,
    whole_because,
)

from .declining import Declining

__all__ = ["check_expression", "check_mapper", "check_relationship"]

_SAME_ROWS = (immediateload, joinedload, lazyload, selectinload, subqueryload)
"""Strategies that leave no row out."""


def check_mapper(
    mapper: Mapper[Any], attributes: Iterable[str], *, is_root: bool
) -> None:
    """Check that rows of a class need no object to be made for *attributes* of them.

    Raises:
        Declining: They do.
    """
    whole = whole_because(mapper)
    if whole is not None:
        why = f"{mapper.class_.__name__} is loaded as objects. {whole}"
        raise Declining(why)
    subqueries = correlated(mapper) & {*attributes}
    if subqueries and not is_root:
        # It would correlate to every table of the statements around it.
        name = f"{mapper.class_.__name__}.{min(subqueries)}"
        why = f"{name} is a subquery, which may mean a table around it."
        raise Declining(why)
    is_one = isinstance(mapper.selectable, Table | Join)
    if len(mapper.with_polymorphic_mappers) > 1 and not is_one:
        why = f"{mapper.class_.__name__} is read from a union of tables."
        raise Declining(why)
    if alias_is_ambiguous(mapper):
        name = mapper.class_.__name__
        why = f"A table has the name of an alias of {name}'s, or of a subquery."
        raise Declining(why)
    if may_have_null_in_key(mapper):
        why = f"The key of {mapper.class_.__name__} may have NULL in a part."
        raise Declining(why)
    if may_repeat_key(mapper):
        # Which is one object, however many rows it has.
        name = mapper.class_.__name__
        why = f"What {name} is read from may have several rows of one key."
        raise Declining(why)


def check_relationship(
    prop: RelationshipProperty[Any], strategy: Any, where: str
) -> None:
    """Check that a subquery finds what loading *prop* does.

    Raises:
        Declining: It is not known to.
    """
    joins = (prop.primaryjoin, prop.secondaryjoin)
    written = [*(one for one in joins if one is not None), *(prop.order_by or ())]
    known = len(local_attributes(prop.parent, prop)) == len(prop.local_columns) > 0
    reasons = {
        "has a strategy of the application's": strategy is not None
        and strategy not in _SAME_ROWS,
        f"is mapped lazy={prop.lazy!r}": loading_of(prop) is not Loading.SETTABLE,
        "leads to an alias of a class": inspect(prop.entity).is_aliased_class,
        "is something else on a subclass": bool(classes_without(prop)),
        "joins more tables than its own": bool(further_tables(prop)),
        "joins by an alias that has the name of a table": secondary_is_ambiguous(prop),
        "has SQL text in its condition or order": has_text(prop),
        "has a parameter in its condition": has_open_parameter(prop),
        "has a subquery in its condition or order": any(
            isinstance(part, SelectBase)
            for clause in written
            for part in visitors.iterate(clause)
        ),
        "joins on what is no attribute of its owner": not known,
        "finds targets with NULL in a part of the key": finds_null(prop),
        "may give a target several times": may_repeat(prop),
        "is a scalar that may have several rows": not prop.uselist
        and not has_one_row(prop),
        "has a collection that is no list": bool(prop.uselist)
        and prop.collection_class not in (None, list),
    }
    for reason, is_so in reasons.items():
        if is_so:
            why = f"{where} {reason}."
            raise Declining(why)


def check_expression(
    expression: Any,
    own: Collection[FromClause],
    around: Callable[[], Collection[FromClause]],
    where: str,
) -> None:
    """Check that what code of the application gave means the same in a subquery.

    There it could mean the row of another table, of a statement around it, where in a
    statement of its own it asks all rows of that table.

    Args:
        expression: What a policy, a filter or an order is.
        own: The tables of the subquery.
        around: Returns the tables of the statement around it.
        where: The field.

    Raises:
        Declining: It is not known to.
    """
    outside = _parts(expression, into_selects=False)
    if not {table for part in outside for table in _of(part)} <= {*own}:
        why = f"A condition or order of {where} names a table beside its rows."
        raise Declining(why)
    inside = _parts(expression, into_selects=True)
    others = {table for part in inside for table in _of(part)} - {*own}
    if len(others) > 1 and not others.isdisjoint(around()):
        why = f"A subquery about {where} names a table of the statement around it."
        raise Declining(why)


def _parts(element: Any, *, into_selects: bool) -> Iterator[Any]:
    yield element
    if not isinstance(element, Alias) and (
        into_selects or not isinstance(element, SelectBase)
    ):
        for part in element.get_children():
            yield from _parts(part, into_selects=into_selects)


def _of(element: Any) -> Iterator[FromClause]:
    """Yield the table that an element of an expression is, or is a column of."""
    table = getattr(element, "table", None)
    if isinstance(table, FromClause):
        yield table
    # A function is a ColumnElement, and a FromClause as well.
    if isinstance(element, FromClause) and not isinstance(
        element, ColumnElement | Join
    ):
        yield element
