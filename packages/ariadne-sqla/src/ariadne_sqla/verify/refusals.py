"""Which columns have values that a mapped class refuses as it loads them."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Mapper, Session, lazyload, load_only
from sqlalchemy.sql.schema import Column

__all__ = ["refused_columns"]


def refused_columns(
    engine: Engine, mappers: Iterable[Mapper[Any]]
) -> set[Column[Any]]:
    """Return the columns without which the rows of their class load.

    A type takes a value that the class has no use for, as a `MutableList` has none for
    an object of JSON. What fails without any such column is not told.
    """
    found: set[Column[Any]] = set()
    for mapper in mappers:
        if _loads(engine, mapper, mapper.column_attrs.keys()):
            continue
        keys = [mapper.get_property_by_column(one).key for one in mapper.primary_key]
        if not _loads(engine, mapper, keys):
            continue
        for prop in mapper.column_attrs:
            column = prop.columns[0]
            if isinstance(column, Column) and not _loads(engine, mapper, [prop.key]):
                found.add(column)
    return found


def _loads(engine: Engine, mapper: Mapper[Any], names: Iterable[str]) -> bool:
    attributes = [getattr(mapper.class_, name) for name in names]
    statement = select(mapper).options(load_only(*attributes), lazyload("*"))
    with warnings.catch_warnings(), Session(engine) as session:
        warnings.simplefilter("ignore")
        try:
            session.scalars(statement).unique().all()
        except Exception:  # whatever the application raises
            return False
    return True
