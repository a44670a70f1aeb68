"""A database alone → a module of models, which others can import."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from sqlalchemy import Engine, MetaData

from sqla_selection import ConfigurationError

from .mapped import mappers_in

__all__ = ["imported", "models_of"]


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
    if not any(table.primary_key for table in metadata.tables.values()):
        names = ", ".join(sorted(metadata.tables)) or "none"
        msg = (
            f"No table of {engine.url!r} has a primary key, which a class needs. "
            f"Its tables: {names}."
        )
        raise ConfigurationError(msg)
    text: str = DeclarativeGenerator(metadata, engine, ["use_inflect"]).generate()
    return f'"""The tables of the database, as sqlacodegen reads them."""\n\n{text}'


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
