"""The statement for rows that are asked for by any of their keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Select, and_, inspect, or_, select

from sqla_selection import LoadPlan
from sqla_selection.arguments import Visible
from sqla_selection.given_names import alias_of
from sqla_selection.options import entity_of, options_on

from .entity_keys import EntityKey, Path, Values

__all__ = ["EntityStatement", "Named", "entity_statement"]

Named: TypeAlias = tuple[EntityKey, Values]
"""What names a row: one of its keys, and the values of that."""


@dataclass(frozen=True, slots=True)
class EntityStatement:
    """A statement, and where the keys of its rows are."""

    select: Select[Any]
    places: dict[EntityKey, tuple[int, ...]]
    """Where the values of each key are in a row, behind the object."""


def entity_statement(
    entity: type[Any],
    wanted: list[Named],
    plan: LoadPlan | None,
    stmt: Any = None,
    visible: Visible = lambda _: None,
) -> EntityStatement:
    """Return the statement for the rows that *wanted* names.

    Args:
        entity: The mapped class.
        wanted: What names them.
        plan: What to load of them.
        stmt: A `select()` of *entity*, or of an alias of it, that they are among.
        visible: Tells which rows may be seen.
    """
    by_key: dict[EntityKey, list[Values]] = {}
    for key, values in wanted:
        by_key.setdefault(key, []).append(values)
    if stmt is None:
        stmt = select(entity)
    else:
        entity = entity_of(stmt, inspect(entity))
    columns: dict[Path, Any] = {}
    sources: dict[Path, Any] = {(): entity}
    for path in dict.fromkeys(path for key in by_key for path in key.attributes):
        for length in range(1, len(path)):
            to, before = path[:length], path[: length - 1]
            if to not in sources:
                step = getattr(sources[before], to[-1])
                sources[to] = alias_of(step.property.mapper)
                attribute, seen = step.of_type(sources[to]), visible(sources[to])
                if seen is not None:
                    attribute = attribute.and_(seen)
                stmt = stmt.outerjoin(attribute)
        columns[path] = getattr(sources[path[:-1]], path[-1])
    stmt = stmt.where(
        or_(
            *(
                _has_any_key([columns[path] for path in key.attributes], values)
                for key, values in by_key.items()
            )
        )
    )
    seen = visible(entity)
    if seen is not None:
        stmt = stmt.where(seen)
    if plan is not None:
        stmt = stmt.options(
            *options_on(stmt, plan, entity=entity, joined_only=True).options
        )
    at = {path: place for place, path in enumerate(columns)}
    return EntityStatement(
        stmt.add_columns(*columns.values()),
        {key: tuple(at[path] for path in key.attributes) for key in by_key},
    )


def _has_any_key(columns: list[Any], wanted: list[Values]) -> Any:
    if len(columns) == 1:
        return columns[0].in_([value for (value,) in wanted])
    return or_(
        *(
            and_(
                *(
                    column == value
                    for column, value in zip(columns, values, strict=True)
                )
            )
            for values in wanted
        )
    )
