"""What one request asks of the rows of each relationship of a shape.

Policies and functions of the application are asked here, about the alias that the rows
are always selected as.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any

from sqlalchemy import FromClause

from sqla_selection.arguments import Windows, condition_of
from sqla_selection.load_plan import Edge
from sqla_selection.visibility import hides_all

from .now import AskedRows, Targets, tables_around
from .same_rows import check_expression
from .shape import PolymorphicShape, RelatedShape, RowShape

__all__ = ["asked_rows", "check_rows"]


def asked_rows(
    shape: RowShape, windows: Windows | None, targets: Targets
) -> dict[int, AskedRows]:
    """Return what is asked of the rows of each relationship, by the id of its shape.

    Of what is below rows that may not be seen nothing is asked.

    Args:
        shape: Of the root.
        windows: What may be seen, and what arguments mean; `None` where neither is
            asked.
        targets: What the rows are selected as.

    Raises:
        GraphQLError: Arguments mean nothing, or ask for too much.
        Exception: What a policy or a function of the application raises.
    """
    found: dict[int, AskedRows] = {}
    for field in _related(shape):
        rows = AskedRows(targets.of(field))
        if windows is not None:
            rows = _asked(field, rows, windows)
        found[id(field)] = rows
        if not rows.is_hidden:
            found |= asked_rows(field.target, windows, targets)
    return found


def _related(shape: RowShape) -> Iterator[RelatedShape]:
    """Yield the relationships of a row, whatever its class."""
    if isinstance(shape, PolymorphicShape):
        for variant in shape.variants:
            yield from _related(variant)
    else:
        yield from (one for one in shape.fields if isinstance(one, RelatedShape))


def _asked(field: RelatedShape, rows: AskedRows, windows: Windows) -> AskedRows:
    entity = rows.target.entity
    if field.is_guarded:
        seen = windows.scope.visible(entity)
        rows = rows._replace(seen=seen, is_hidden=hides_all(seen))
    if field.arguments is None or rows.is_hidden:
        return rows
    window = windows.of(Edge(field.relationship, field.arguments))
    rows = rows._replace(window=window, limit=window.limit, offset=window.offset)
    if window.filter is not None:
        condition = condition_of(window.filter, entity, windows.scope)
        rows = rows._replace(condition=condition)
    return rows


def check_rows(shape: RowShape, asked: Mapping[int, AskedRows], root: Any) -> None:
    """Check that what is asked of rows means the same in a subquery.

    Args:
        shape: Of the root.
        asked: What is asked, empty where nothing is.
        root: The statement of the rows of the root, whose tables are around all others.

    Raises:
        Declining: It is not known to.
    """
    if asked:
        _check(shape, asked, partial(tables_around, root))


def _check(
    shape: RowShape,
    asked: Mapping[int, AskedRows],
    around: Callable[[], Collection[FromClause]],
) -> None:
    for field in _related(shape):
        rows = asked[id(field)]
        if rows.is_hidden:
            continue
        for condition in (rows.seen, rows.condition):
            if condition is not None:
                check_expression(condition, rows.target.tables, around, field.where)
        _check(field.target, asked, around)
