"""The database that conditions are for: what its columns hold, and its driver takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.orm import Mapper

from sqla_loaders import AnySession, keys_per_statement, sync_session

__all__ = ["Holder"]

_VALUES = 900
"""As many as any driver takes."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The database that conditions are for."""

    dialect: Dialect
    values_per_statement: int
    """How many values one statement takes."""

    @classmethod
    def of(cls, session: AnySession, mapper: Mapper[Any]) -> Holder:
        """Return the database that *session* reads rows of *mapper* from."""
        sync = sync_session(session)
        try:
            dialect = sync.get_bind(mapper).dialect
            values = keys_per_statement(sync, mapper)
        except Exception:  # a session that routes by the statement, which is to come
            dialect = None
        if not isinstance(dialect, Dialect):
            return cls(DefaultDialect(), _VALUES)
        return cls(dialect, values)
