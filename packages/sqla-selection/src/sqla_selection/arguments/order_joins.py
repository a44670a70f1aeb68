"""What an order by related rows joins: those that may be seen, or none."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Mapper, RelationshipProperty, aliased

from ..given_names import subquery_of
from ..statement import has_names, has_subquery
from .conditions import Scope, entity_of_target

__all__ = ["joined_on"]


def joined_on(
    entity: Any,
    path: tuple[str, ...],
    joins: dict[tuple[str, ...], tuple[Any, Any]],
    scope: Scope,
) -> Any:
    """Return the entity at the end of *path*, joined once for each path.

    Args:
        entity: The mapped class that *path* begins at, or an alias of it.
        path: The names of scalar relationships, one after the other.
        joins: Path → what is joined there, and the relationship by which it is. It is
            added to.
        scope: What may be seen.
    """
    for place in range(len(path)):
        way = path[: place + 1]
        if way not in joins:
            prop = inspect(entity).mapper.relationships[path[place]]
            joins[way] = _join(prop, getattr(entity, path[place]), scope)
        entity = joins[way][0]
    return entity


def _join(
    prop: RelationshipProperty[Any], attribute: Any, scope: Scope
) -> tuple[Any, Any]:
    target, leading = entity_of_target(prop, attribute)
    visible = scope.visible(target)
    if visible is None:
        return target, leading
    is_of_class = target is not prop.entity.entity
    if is_of_class and _may_mean_something_else_joined(visible):
        return entity_of_target(prop, attribute, _visible_rows(prop.mapper, scope))
    return target, leading.and_(visible)


def _may_mean_something_else_joined(condition: Any) -> bool:
    """Tell whether *condition* names what the statement has, too.

    A subquery in an ON is correlated to all that is joined, and SQL text may mean the
    column of another table.
    """
    return has_names([condition]) or has_subquery(condition)


def _visible_rows(mapper: Mapper[Any], scope: Scope) -> Any:
    """Return an alias of the class that has no other rows than may be seen.

    They are a subquery in FROM, which knows nothing of what is around it.
    """
    rows = mapper.persist_selectable.select()
    visible = scope.visible(mapper.class_)
    if visible is not None:
        rows = rows.where(visible)
    return aliased(mapper.class_, subquery_of(rows, mapper))
