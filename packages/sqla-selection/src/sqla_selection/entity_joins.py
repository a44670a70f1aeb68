"""Targets that stand in the rows of their owners' statement, as entities beside them.

What a policy leaves of a scalar is no value of the owner's attribute: an object of the
session keeps what it has, and code that writes must not take a hidden target for none.
So the target is selected beside its owner, joined by the policy's condition, and who
runs the statement reads it from the row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import SelectBase, Table, inspect
from sqlalchemy.orm import Mapper, RelationshipProperty
from sqlalchemy.sql.elements import ClauseElement, ColumnClause
from sqlalchemy.sql.selectable import AliasedReturnsRows

from .statement import has_names, tables_of

__all__ = ["EntityJoin", "means_the_same_joined", "tables_of_class"]


@dataclass(frozen=True, slots=True, eq=False)
class EntityJoin:
    """One scalar that is joined to the entity that owns it."""

    owner: Any
    """What the statement selects the owner as: the class, or an alias of it."""
    relationship: RelationshipProperty[Any]
    alias: Any
    """Of the target's class: what is joined."""
    is_beside: bool
    """Whether the alias is selected. Otherwise it is on the owner's attribute, and here
    for what is joined to it."""
    options: tuple[Any, ...]
    """Loader options for the alias, if it is selected."""
    below: tuple[EntityJoin, ...]
    """What is joined to the alias."""

    @property
    def condition(self) -> Any:
        """The condition of the relationship, between owner and alias."""
        return getattr(self.owner, self.relationship.key).of_type(self.alias)


def tables_of_class(mapper: Mapper[Any]) -> frozenset[Any]:
    """Return the tables that a statement may name where it selects the class itself."""
    return frozenset(
        table for one in mapper.self_and_descendants for table in one.tables
    )


def means_the_same_joined(
    condition: Any, join: EntityJoin, beside: frozenset[Any], *, takes_subqueries: bool
) -> bool:
    """Tell whether *condition* may stand in an ON, and means there what it does alone.

    A subquery that selects from a table *beside* would be correlated to the row of that
    table, and SQLAlchemy makes the tables of owner and target in it those of the join.
    Columns of other tables would join these, too, and text may mean another table's
    column.

    Args:
        condition: About the rows of the alias of *join*.
        join: By which the rows are joined.
        beside: The tables of the statement, but for aliases.
        takes_subqueries: Whether there may be subqueries at all.
    """
    prop = join.relationship
    beside |= tables_of_class(prop.parent) | tables_of_class(prop.mapper)
    own = set(tables_of(inspect(join.alias).selectable))
    for part, is_in_subquery in _walked(condition):
        if is_in_subquery:
            if not takes_subqueries or part in beside:
                return False
        elif part not in own:
            return False
    return not has_names([condition])


def _walked(condition: Any) -> Iterator[tuple[Any, bool]]:
    """Yield what *condition* reads from, and whether a subquery in it does."""
    waiting: list[tuple[ClauseElement, bool]] = [(condition, False)]
    while waiting:
        part, is_in_subquery = waiting.pop()
        if isinstance(part, ColumnClause):
            if part.table is not None:
                yield part.table, is_in_subquery
        elif isinstance(part, Table) or _is_alias_of_table(part):
            yield part, is_in_subquery
        else:
            is_in_subquery = is_in_subquery or isinstance(part, SelectBase)
            waiting += [(one, is_in_subquery) for one in part.get_children()]


def _is_alias_of_table(part: Any) -> bool:
    return isinstance(part, AliasedReturnsRows) and isinstance(part.element, Table)
