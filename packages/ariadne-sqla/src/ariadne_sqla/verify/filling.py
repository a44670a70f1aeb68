"""Tables are made and get their rows; what the database or a class refuses is told."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine, delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute, Mapper, Session, lazyload, load_only
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.schema import Column, Table

from sqla_selection.keys import key_attributes

from .report import NotAsked
from .rows import MadeRows, Row
from .tables import copy_without_types

__all__ = ["drop_refused_rows", "fill", "hollow", "refused_columns"]


def fill(
    engine: Engine, tables: Sequence[Table], made: MadeRows
) -> dict[Table, Exception]:
    """Make the tables with their rows, and return why those without any have none."""
    without_rows: dict[Table, Exception] = {}
    with engine.begin() as connection:
        for table in tables:
            _create(connection, table, made.without_value)
        for table in tables:
            error = _insert(connection, table, made.of.get(table, []))
            if error is not None:
                without_rows[table] = error
    return without_rows


def refused_columns(engine: Engine, mappers: Iterable[Mapper[Any]]) -> set[Column[Any]]:
    """Return the columns without which the rows of their class load.

    A type takes a value that the class has no use for, as a `MutableList` has none for
    an object of JSON. What fails without any such column is not told.
    """
    found: set[Column[Any]] = set()
    for mapper in mappers:
        if _loads(engine, mapper, mapper.column_attrs.keys()):
            continue
        if not _loads(engine, mapper, key_attributes(mapper)):
            continue
        for prop in mapper.column_attrs:
            column = prop.columns[0]
            if isinstance(column, Column) and not _loads(engine, mapper, [prop.key]):
                found.add(column)
    return found


def drop_refused_rows(
    engine: Engine, mappers: Iterable[Mapper[Any]]
) -> Iterator[NotAsked]:
    """Delete the rows that no class loads, whatever of them it loads, and tell why."""
    for mapper in mappers:
        key = [*mapper.base_mapper.primary_key]
        is_loaded = _loads(engine, mapper, mapper.column_attrs.keys())
        if is_loaded or not isinstance(key[0].table, Table):
            continue
        with engine.connect() as connection, suppress(SQLAlchemyError):
            identities = connection.execute(select(*key)).all()
            refusals = [
                (identity, refusal)
                for identity in identities
                if (refusal := _refusal(engine, mapper, tuple(identity))) is not None
            ]
            for identity, _ in refusals:
                is_it = [one == value for one, value in zip(key, identity, strict=True)]
                connection.execute(delete(key[0].table).where(*is_it))
            connection.commit()
            if refusals:
                reason = str(refusals[0][1]).partition("\n")[0]
                why = f"lacks {len(refusals)} of its rows, which it refuses: {reason}"
                yield NotAsked(mapper.class_.__name__, why)


def _refusal(engine: Engine, mapper: Mapper[Any], identity: Any) -> Exception | None:
    with Session(engine) as session:
        try:
            session.get(mapper, identity, options=[lazyload("*")])
        except Exception as error:  # whatever the application raises
            return error
    return None


def _loads(engine: Engine, mapper: Mapper[Any], names: Iterable[str]) -> bool:
    found = (getattr(mapper.class_, name, None) for name in names)
    # A class may have code of its own in place of a column, or a proxy of a column that
    # a concrete class does not inherit.
    attributes = [one for one in found if isinstance(one, InstrumentedAttribute)]
    statement = select(mapper).options(load_only(*attributes), lazyload("*"))
    with warnings.catch_warnings(), Session(engine) as session:
        warnings.simplefilter("ignore")
        try:
            session.scalars(statement).unique().all()
        except Exception:  # whatever the application raises
            return False
    return True


def hollow(made: MadeRows, without_rows: dict[Table, Exception]) -> Iterator[NotAsked]:
    """Yield which columns have NULL only, and which tables have no rows."""
    for column in sorted(made.without_value, key=str):
        why = (
            "is NULL in each row: no value is known that its type takes and gives back"
        )
        yield NotAsked(f"{column}", why)
    for table, error in without_rows.items():
        reason = f"{getattr(error, 'orig', error)}".partition("\n")[0]
        why = f"has no rows: those that are made for it are refused: {reason}"
        yield NotAsked(table.fullname, why)


def _create(
    connection: Any, table: Table, without_value: Collection[Column[Any]]
) -> None:
    """Make a table, without what would refuse NULL where there is nothing else."""
    forms = [copy_without_types(table)]
    if all(one.nullable for one in table.columns if one in without_value):
        forms.insert(0, table)
    for one in forms:
        with suppress(SQLAlchemyError), connection.begin_nested():
            connection.execute(CreateTable(one))
            return


def _insert(connection: Any, table: Table, rows: Sequence[Row]) -> Exception | None:
    """Write the rows that the database takes; return why it takes none of them."""
    refusal, is_empty = None, True
    for row in rows:
        filled = {key: value for key, value in row.items() if value is not None}
        for one in (row, filled):
            try:
                with connection.begin_nested():
                    connection.execute(table.insert(), one)
            except Exception as error:  # the application's own types may raise anything
                refusal = error
            else:
                is_empty = False
                break
    return refusal if is_empty else None
