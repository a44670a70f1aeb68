"""A database alone → a module of models, which others can import."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from sqlalchemy import (
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    UniqueConstraint,
    inspect,
)

from sqla_selection import ConfigurationError

from .mapped import mappers_in
from .sketch import LeftOut

__all__ = ["imported", "models_of", "unmapped_in"]


def models_of(engine: Engine) -> str:
    """Return a module that maps the tables of a database, written by sqlacodegen.

    Tables without a primary key become a `Table` and no class; those with nothing but
    two foreign keys become the `secondary` of a relationship. It reads the catalogue of
    the database and none of its rows.

    Raises:
        ConfigurationError: sqlacodegen is not installed, or no table has a primary key.
    """
    try:
        from sqlacodegen.generators import DeclarativeGenerator
    except ImportError as error:
        msg = (
            "To write models of a database, sqlacodegen is needed: "
            "pip install 'ariadne-sqla[cli]'."
        )
        raise ConfigurationError(msg) from error
    metadata = MetaData()
    metadata.reflect(engine)
    _complete_unique(metadata, engine)
    if not any(table.primary_key for table in metadata.tables.values()):
        names = ", ".join(sorted(metadata.tables)) or "none"
        msg = (
            f"No table of {engine.url!r} has a primary key, which a class needs. "
            f"Its tables: {names}."
        )
        raise ConfigurationError(msg)
    text: str = DeclarativeGenerator(metadata, engine, ["use_inflect"]).generate()
    return f'"""The tables of the database, as sqlacodegen reads them."""\n\n{text}'


def _complete_unique(metadata: MetaData, engine: Engine) -> None:
    """Add each UNIQUE of SQLite that SQLAlchemy overlooks.

    It reads them from the text of `CREATE TABLE`, and finds none behind a type with
    parentheses, as in `email varchar(80) unique`. The index that SQLite makes of each
    is found always. A foreign key that is unique makes a relationship of one object.
    """
    inspector = inspect(engine)
    for table in metadata.tables.values():
        known = {
            frozenset(constraint.columns.keys())
            for constraint in table.constraints
            if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint)
        }
        for index in inspector.get_indexes(
            table.name, table.schema, include_auto_indexes=True
        ):
            names = [name for name in index["column_names"] if name]
            is_of_sqlite = (index["name"] or "").startswith("sqlite_autoindex_")
            if is_of_sqlite and frozenset(names) not in known:
                table.append_constraint(UniqueConstraint(*(table.c[n] for n in names)))


@contextmanager
def imported(text: str, name: str) -> Iterator[ModuleType]:
    """Import a module of that text and *name* for as long as the block runs.

    Raises:
        ConfigurationError: It maps nothing.
    """
    if not re.fullmatch(r"[A-Za-z_]\w*", name):
        msg = f"{name!r} is no name of a module."
        raise ConfigurationError(msg)
    module = ModuleType(name)
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        exec(compile(text, f"{name}.py", "exec"), vars(module))  # noqa: S102 - our own
        mappers_in(module)
        yield module
    finally:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before


def unmapped_in(engine: Engine, module: ModuleType) -> Iterator[LeftOut]:
    """Yield the tables and views of a database that no model of *module* reads."""
    used: set[object] = set()
    for mapper in mappers_in(module):
        used.update(table.name for table in mapper.tables if hasattr(table, "name"))
        secondaries = (one.secondary for one in mapper.relationships)
        used.update(getattr(table, "name", None) for table in secondaries)
    inspector = inspect(engine)
    for name in sorted(set(inspector.get_table_names()) - used):
        yield LeftOut(name, "has no primary key")
    for name in sorted(inspector.get_view_names()):
        yield LeftOut(name, "is a view")
