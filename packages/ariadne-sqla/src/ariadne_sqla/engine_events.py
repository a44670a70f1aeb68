"""Hears each statement of an engine, and what became of it, for who listens.

A listener belongs to one request; requests that share an engine are told apart by a
context variable.
"""

from __future__ import annotations

from contextvars import ContextVar
from time import perf_counter
from typing import Any, Protocol
from weakref import WeakSet

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import MissingGreenlet

from sqla_selection.counted_cursor import count_rows

from .recorded import RecordedStatement

__all__ = ["Listener", "listen", "listener"]


class Listener(Protocol):
    """Notes statements."""

    statements: list[RecordedStatement]

    def start(
        self, connection: Connection, sql: str, parameters: Any
    ) -> RecordedStatement | None:
        """Note a statement that is about to run."""


listener: ContextVar[Listener | None] = ContextVar("listener", default=None)
"""Who hears the statements of the current request."""

_engines: WeakSet[Engine] = WeakSet()


def listen(engine: Engine) -> None:
    """Hear *engine* from now on; where nobody listens that does nothing."""
    if engine not in _engines:
        _engines.add(engine)
        event.listen(engine, "before_cursor_execute", _before)
        event.listen(engine, "after_cursor_execute", _after)
        event.listen(engine, "handle_error", _refused)


def _before(
    connection: Connection,
    cursor: Any,
    sql: str,
    parameters: Any,
    context: Any,
    _: bool,
) -> None:
    heard_by = listener.get()
    if heard_by is None or context is None:
        return
    statement = heard_by.start(connection, sql, parameters)
    context.ariadne_sqla_statement = (statement, perf_counter())


def _after(
    connection: Connection,
    cursor: Any,
    sql: str,
    parameters: Any,
    context: Any,
    _: bool,
) -> None:
    statement, started = getattr(context, "ariadne_sqla_statement", (None, 0.0))
    if statement is None:
        return
    statement.duration = perf_counter() - started

    def count(rows: int) -> None:
        statement.rows = (statement.rows or 0) + rows

    count_rows(context, cursor, count)


def _refused(context: ExceptionContext) -> None:
    """Forget a statement that an `AsyncSession` refused: it is run again elsewhere."""
    heard_by = listener.get()
    if heard_by is not None and isinstance(context.original_exception, MissingGreenlet):
        statement, _ = getattr(
            context.execution_context, "ariadne_sqla_statement", (None, 0.0)
        )
        if heard_by.statements and heard_by.statements[-1] is statement:
            heard_by.statements.pop()
