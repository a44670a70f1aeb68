"""How many keys one statement takes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapper, Session

from .binds import bind_arguments
from .terms import NO_TERMS, Terms

__all__ = ["in_chunks", "keys_per_statement"]

# Parameters of one statement that a driver takes. psycopg and asyncpg count in 16 bits
# (asyncpg signed), SQLite has SQLITE_MAX_VARIABLE_NUMBER (32,766 since 3.32). PyMySQL
# and aiomysql put values into the text: there the limit is the server's
# max_allowed_packet, 16 MiB by default.
_PARAMETERS = {
    "asyncpg": 32_767,
    "psycopg": 65_535,
    "psycopg2": 65_535,
    "pysqlite": 32_766,
    "aiosqlite": 32_766,
    "pymysql": 65_535,
    "aiomysql": 65_535,
    "asyncmy": 65_535,
    "mysqldb": 65_535,
    "mariadbconnector": 65_535,
}
_PARAMETERS_ELSEWHERE = 1_000
_PARAMETERS_OF_OTHERS = 100
"""Left for what listeners and loader criteria add to a statement."""
_TAKEN_BY_ALL = 999
"""What any build of SQLite took before 3.32, and every driver takes."""
_TOO_MANY = "too many SQL variables"

_limits: WeakKeyDictionary[Engine, int] = WeakKeyDictionary()
"""What a connection of the engine said, or was seen to take."""


def keys_per_statement(
    session: Session, mapper: Mapper[Any], columns: int = 1, terms: Terms = NO_TERMS
) -> int:
    """Return how many keys of that many columns one statement on *mapper* takes.

    A session may use another driver for each model.
    """
    bind = session.get_bind(**bind_arguments(mapper, terms))
    usual = _PARAMETERS.get(bind.dialect.driver, _PARAMETERS_ELSEWHERE)
    return _keys(min(usual, _limits.get(bind.engine, usual)), columns)


def _keys(parameters: int, columns: int) -> int:
    return max(1, (parameters - min(_PARAMETERS_OF_OTHERS, parameters // 2)) // columns)


def _ask_sqlite(session: Session, mapper: Mapper[Any], terms: Terms) -> None:
    """Note what this SQLite takes: Python's module tells it since 3.11."""
    connection = session.connection(bind_arguments(mapper, terms))
    getlimit = getattr(connection.connection.dbapi_connection, "getlimit", None)
    if getlimit is not None and connection.engine not in _limits:
        _limits[connection.engine] = getlimit(_SQLITE_LIMIT_VARIABLE_NUMBER)


_SQLITE_LIMIT_VARIABLE_NUMBER = 9


def in_chunks(
    session: Session,
    mapper: Mapper[Any],
    keys: Sequence[Hashable],
    columns: int,
    terms: Terms,
    load: Callable[[Sequence[Hashable]], Sequence[Any]],
) -> Iterator[tuple[Sequence[Hashable], Sequence[Any]]]:
    """Yield some of *keys* and their rows, until there are no more."""
    size = (_TAKEN_BY_ALL - _PARAMETERS_OF_OTHERS) // columns
    if len(keys) > size:
        _ask_sqlite(session, mapper, terms)
        size = keys_per_statement(session, mapper, columns, terms)
    start = 0
    while start < len(keys):
        some = keys[start : start + size]
        try:
            rows = load(some)
        except DBAPIError as error:
            # A driver that does not tell its limit (aiosqlite), or an older Python.
            if _TOO_MANY not in str(error.orig) or len(some) == 1:
                raise
            size = len(some) // 2
            bind = session.get_bind(**bind_arguments(mapper, terms))
            _limits[bind.engine] = size * columns + _PARAMETERS_OF_OTHERS
            continue
        yield some, rows
        start += size
