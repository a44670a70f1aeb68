"""Where schema, models and database have moved apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Engine, inspect
from sqlalchemy.sql.schema import Column, Table

from .findings import Finding
from .schema_fields import BoundField

__all__ = ["check_database", "check_deprecation"]


def check_deprecation(field: BoundField) -> Iterator[Finding]:
    """Find a column that is deprecated where the schema does not say it.

    A column is if its `info` has a `"deprecated"`, or if its comment or its doc begins
    with that word.
    """
    if field.definition.deprecation_reason is not None:
        return
    for column in field.columns[:1]:
        reason = _deprecation_of(column)
        if reason:
            yield Finding(
                "drift",
                field.coordinate,
                f"The column {column.table.name}.{column.name} is deprecated: {reason}",
                'Write @deprecated(reason: "…") behind the field, or take it out.',
            )


def _deprecation_of(column: Column[Any]) -> str | None:
    if column.info.get("deprecated"):
        return f"its info says {column.info['deprecated']!r}."
    for text in (column.comment, column.doc):
        if text and text.lower().startswith("deprecated"):
            return f"it is said to be {text!r}."
    return None


def check_database(fields: Iterable[BoundField], engine: Engine) -> Iterator[Finding]:
    """Find columns that the database has not, or whose NULL it sees otherwise.

    Reads the catalogue of the database, a few statements for each table.
    """
    inspector = inspect(engine)
    known: dict[Table, dict[str, Any] | None] = {}
    for field in fields:
        for column in field.columns[:1]:
            table = column.table
            if not isinstance(table, Table):
                continue
            if table not in known:
                has = inspector.has_table(table.name, table.schema)
                listed = inspector.get_columns(table.name, table.schema) if has else ()
                known[table] = {one["name"]: one for one in listed} if has else None
            yield from _compare(field, column, known[table])


def _compare(
    field: BoundField, column: Column[Any], there: dict[str, Any] | None
) -> Iterator[Finding]:
    name = f"{column.table.name}.{column.name}"
    if there is None or column.name not in there:
        what = f"table {column.table.name}" if there is None else f"column {name}"
        yield Finding(
            "drift",
            field.coordinate,
            f"The database has no {what}, which the field reads: asking is an error.",
            "Migrate the database, or take the field out.",
        )
    elif there[column.name]["nullable"] and not column.nullable:
        yield Finding(
            "drift",
            field.coordinate,
            f"The models say that {name} is never NULL, but in the database it may be.",
            "Migrate the database, or make the attribute optional.",
        )
