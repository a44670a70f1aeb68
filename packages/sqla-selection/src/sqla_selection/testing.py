"""Counting statements, for tests that assert how often the database is asked."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from reprlib import Repr
from time import perf_counter
from typing import TYPE_CHECKING, Any, overload

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection, ExecutionContext

from .counted_cursor import count_rows

if TYPE_CHECKING:  # imported, it needs greenlet, which this package does not
    from sqlalchemy.ext.asyncio import AsyncEngine

__all__ = ["Statement", "Statements", "count_statements"]

_parameters_repr = Repr()
_parameters_repr.maxtuple = _parameters_repr.maxlist = _parameters_repr.maxdict = 20
_parameters_repr.maxstring = _parameters_repr.maxother = 100


@dataclass(frozen=True)
class Statement:
    """One statement as it was handed to the driver."""

    sql: str
    """The SQL, with the placeholders of the driver."""

    parameters: Any
    """What the driver was given: a tuple, a dict, or a list of them for
    `executemany`."""

    executemany: bool
    """Whether `parameters` is a list of parameter sets, sent at once."""

    duration: float | None = None
    """Seconds until the driver answered, without fetching rows; `None` while the
    statement runs and when it failed."""

    rows: int | None = None
    """Rows fetched so far, or changed; `None` where there can be none, or the driver
    does not tell."""

    def __str__(self) -> str:
        """Show the SQL, and its parameters if there are any, long lists shortened."""
        if not self.parameters:
            return self.sql
        return f"{self.sql}\nparameters: {_parameters_repr.repr(self.parameters)}"


@dataclass
class _Execution:
    """A statement, replaced by one that tells more as more is known of it."""

    statement: Statement
    started: float

    def ended(self) -> None:
        duration = perf_counter() - self.started
        self.statement = replace(self.statement, duration=duration)

    def count(self, rows: int) -> None:
        before = self.statement.rows or 0
        self.statement = replace(self.statement, rows=before + rows)


class Statements(Sequence[Statement]):
    """The statements counted so far, in the order in which they were started."""

    def __init__(self, executions: list[_Execution]) -> None:
        self._executions = executions

    def __len__(self) -> int:
        return len(self._executions)

    @overload
    def __getitem__(self, index: int) -> Statement: ...
    @overload
    def __getitem__(self, index: slice) -> list[Statement]: ...
    def __getitem__(self, index: int | slice) -> Statement | list[Statement]:
        if isinstance(index, slice):
            return [execution.statement for execution in self._executions[index]]
        return self._executions[index].statement

    def __repr__(self) -> str:
        """Show every statement with its parameters, numbered from 1."""
        count = len(self)
        lines = [f"{count} statement{'' if count == 1 else 's'}{':' if count else '.'}"]
        for number, statement in enumerate(self, start=1):
            label = f"{number:>3}. "
            text = textwrap.indent(str(statement), " " * len(label))
            lines.append(label + text[len(label) :])
        return "\n".join(lines)

    def expect(self, count: int) -> None:
        """Check the number of statements.

        pytest shortens the message of `assert len(statements) == 3, statements`
        unless it runs with `-vv`; this one is always shown whole.

        Raises:
            AssertionError: There are more or fewer than `count` statements. The
                message holds each of them.

        """
        __tracebackhide__ = True  # pytest then points at the line of the test
        if len(self) != count:
            msg = f"Expected {count}, got {self!r}"
            raise AssertionError(msg)


@contextmanager
def count_statements(
    engine: Engine | AsyncEngine | type[Engine],
) -> Iterator[Statements]:
    """Count what is sent to the database inside the block.

    One `execute` of the driver's cursor is one statement, and so is one
    `executemany` whatever the number of its parameter sets. `BEGIN`, `COMMIT` and
    `ROLLBACK` do not go through a cursor and are not counted, nor is what a dialect
    asks on its first connection; `SAVEPOINT` is. A statement that fails counts.

    Statements of every connection and thread that use the engine are counted, also
    on connections that were open before. Blocks may be nested: each counts what is
    sent inside it. Engines made by `engine.execution_options()` count as the engine.
    The class `Engine` stands for every engine of the process.

    Enter and leave a block while no other thread is executing a statement on the
    engine: SQLAlchemy's event listeners cannot be changed while they are called.

        with count_statements(engine) as statements:
            session.scalars(select(User)).all()
        statements.expect(1)
    """
    sync_engine = getattr(engine, "sync_engine", engine)
    executions: list[_Execution] = []
    # A cursor runs one statement at a time and lives until that has ended, so its
    # identity tells which statement has ended, in any number of threads.
    running: dict[int, _Execution] = {}

    def before_cursor_execute(
        _connection: Connection,
        cursor: Any,
        sql: str,
        parameters: Any,
        _context: ExecutionContext | None,
        executemany: bool,
    ) -> None:
        execution = _Execution(Statement(sql, parameters, executemany), perf_counter())
        executions.append(execution)
        running[id(cursor)] = execution

    def after_cursor_execute(
        _connection: Connection,
        cursor: Any,
        sql: str,
        parameters: Any,
        context: ExecutionContext | None,
        executemany: bool,
    ) -> None:
        # The block may have been entered while the statement was running.
        if execution := running.pop(id(cursor), None):
            execution.ended()
            count_rows(context, cursor, execution.count)

    event.listen(sync_engine, "before_cursor_execute", before_cursor_execute)
    event.listen(sync_engine, "after_cursor_execute", after_cursor_execute)
    try:
        yield Statements(executions)
    finally:
        event.remove(sync_engine, "before_cursor_execute", before_cursor_execute)
        event.remove(sync_engine, "after_cursor_execute", after_cursor_execute)
