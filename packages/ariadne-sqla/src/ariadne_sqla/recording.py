"""Records the statements of one request, and what each was run for.

Listens on the engine (every statement) and on the session (what the ORM loads, and
why). One recorder belongs to one request; requests that share an engine are told apart
by a context variable.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from weakref import WeakSet

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import MissingGreenlet, UnboundExecutionError
from sqlalchemy.orm import MapperProperty, ORMExecuteState

from sqla_loaders import AnySession, Cause, cause_of_statements, sync_session

from .errors import UnplannedLoadError
from .recorded import (
    LazyLoad,
    PlansOfResults,
    RecordedStatement,
    hint,
    plans_of_results,
    running_field,
)

__all__ = ["Recorder"]


def _only_watches(hook: Callable[..., None]) -> Callable[..., None]:
    """Let *hook* be none that changes statements, see `sqla_loaders.has_hooks`."""
    hook.only_watches = True  # type: ignore[attr-defined]
    return hook


@dataclass
class Recorder:
    """What one request asked of the database."""

    explains: bool = False
    is_strict: bool = False
    statements: list[RecordedStatement] = field(default_factory=list)
    lazy_loads: list[LazyLoad] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)
    """Each piece of work that ran statements."""
    plans: PlansOfResults = field(default_factory=dict)
    """What was asked of what resolvers of the application's own gave."""
    database: str = ""
    _relationship: str | None = None
    _attribute: str | None = None
    _is_explaining: bool = False

    @contextmanager
    def recording(self, session: AnySession) -> Iterator[None]:
        """Record what is run in this block by *session*, and on its engine."""
        sync = sync_session(session)
        with suppress(UnboundExecutionError):  # it has an engine for each model
            self._listen_on(sync.get_bind().engine)
        event.listen(sync, "do_orm_execute", self._orm_execute)
        token, plans = _recorder.set(self), plans_of_results.set(self.plans)
        try:
            yield
        finally:
            _recorder.reset(token)
            plans_of_results.reset(plans)
            event.remove(sync, "do_orm_execute", self._orm_execute)

    def _listen_on(self, engine: Engine) -> None:
        self.database = _DATABASES.get(engine.dialect.name, engine.dialect.name)
        _listen(engine)

    @_only_watches
    def _orm_execute(self, state: ORMExecuteState) -> None:
        """Note for what relationship the ORM loads, and whether it does so lazily."""
        self._listen_on(state.session.get_bind(**state.bind_arguments).engine)
        self._relationship = self._attribute = None
        loads_attribute = state.is_relationship_load or state.is_column_load
        if not loads_attribute:
            return
        attribute = self._attribute = _attribute_of(state)
        if state.is_relationship_load:
            self._relationship = attribute
        if state.lazy_loaded_from is None and not state.is_column_load:
            return
        cause = cause_of_statements.get()
        if cause is not None and cause.route == "lazy":
            return
        running = running_field.get()
        path, name = (running.path, running.name) if running else ((), "")
        advice = hint(running, attribute)
        self.lazy_loads.append(LazyLoad(path, name, attribute, advice))
        if self.is_strict:
            msg = f"{attribute} was loaded lazily for {name or 'no field'}. {advice}"
            raise UnplannedLoadError(msg)

    def statements_of_lazy_loads(self) -> list[list[int]]:
        """Return the indexes of the statements of each lazy load.

        There is none in strict mode. An `AsyncSession` refuses the first time, and the
        statement is run later: so they are told by what they load, and in what order.
        """
        run: defaultdict[tuple[Any, ...], deque[int]] = defaultdict(deque)
        for statement in self.statements:
            run[statement.path, statement.attribute].append(statement.index)
        found = []
        for load in self.lazy_loads:
            waiting = run[load.path, load.attribute]
            found.append([waiting.popleft()] if waiting else [])
        return found

    def start(
        self, connection: Connection, sql: str, parameters: Any
    ) -> RecordedStatement | None:
        """Note a statement that is about to run."""
        if self._is_explaining:
            return None
        cause = cause_of_statements.get()
        running = running_field.get()
        if cause is not None and (not self.causes or self.causes[-1] is not cause):
            self.causes.append(cause)
        path = (cause.path if cause else ()) or (running.path if running else ())
        name = (cause.field if cause else "") or (running.name if running else "")
        statement = RecordedStatement(
            len(self.statements),
            sql,
            parameters,
            path,
            name,
            cause.route if cause else "manual",
            (cause.relationship if cause else None) or self._relationship,
            self._attribute,
            page=cause.page if cause else None,
        )
        self._relationship = self._attribute = None
        self.statements.append(statement)
        if self.explains:
            statement.explain = self._explained(connection, sql, parameters)
        return statement

    def _explained(
        self, connection: Connection, sql: str, parameters: Any
    ) -> list[str] | None:
        prefix = _EXPLAIN.get(connection.dialect.name)
        if prefix is None or not sql.lstrip("( \n").upper().startswith(
            ("SELECT", "WITH")
        ):
            return None
        self._is_explaining = True
        try:
            rows = connection.exec_driver_sql(f"{prefix} {sql}", parameters)
            return [_line(row) for row in rows.mappings()]
        finally:
            self._is_explaining = False


_DATABASES = {"mysql": "mariadb"}
_EXPLAIN = {
    "sqlite": "EXPLAIN QUERY PLAN",
    "postgresql": "EXPLAIN",
    "mysql": "EXPLAIN",
    "mariadb": "EXPLAIN",
}

_recorder: ContextVar[Recorder | None] = ContextVar("recorder", default=None)

_engines: WeakSet[Engine] = WeakSet()


def _listen(engine: Engine) -> None:
    """Listen on *engine* from now on; without a recorder that does nothing."""
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
    recorder = _recorder.get()
    if recorder is None or context is None:
        return
    statement = recorder.start(connection, sql, parameters)
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
    if context.isinsert or context.isupdate or context.isdelete:
        statement.rows = cursor.rowcount
    else:
        # A SELECT has rows only as they are fetched: not every driver counts them.
        context.cursor = _CountingCursor(cursor, statement)


def _refused(context: ExceptionContext) -> None:
    """Forget a statement that an `AsyncSession` refused: it is run again elsewhere."""
    recorder = _recorder.get()
    if recorder is not None and isinstance(context.original_exception, MissingGreenlet):
        statement, _ = getattr(
            context.execution_context, "ariadne_sqla_statement", (None, 0.0)
        )
        if recorder.statements and recorder.statements[-1] is statement:
            recorder.statements.pop()


class _CountingCursor:
    """A cursor that counts the rows that are fetched from it."""

    def __init__(self, cursor: Any, statement: RecordedStatement) -> None:
        self._cursor = cursor
        self._statement = statement
        statement.rows = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def _counted(self, rows: Any) -> Any:
        self._statement.rows = (self._statement.rows or 0) + len(rows)
        return rows

    def fetchall(self) -> Any:
        return self._counted(self._cursor.fetchall())

    def fetchmany(self, *size: Any) -> Any:
        return self._counted(self._cursor.fetchmany(*size))

    def fetchone(self) -> Any:
        row = self._cursor.fetchone()
        self._counted(() if row is None else (row,))
        return row


def _attribute_of(state: ORMExecuteState) -> str:
    path = state.loader_strategy_path
    for part in reversed(path.path if path is not None else ()):
        if isinstance(part, MapperProperty):
            return str(part)
    mapper = state.bind_mapper
    return f"{mapper.class_.__name__}" if mapper is not None else "An attribute"


def _line(row: Any) -> str:
    """Return one row of an EXPLAIN as a line of text."""
    if "detail" in row:  # SQLite
        return str(row["detail"])
    if len(row) == 1:  # PostgreSQL
        return str(next(iter(row.values())))
    return ", ".join(
        f"{key}: {value}" for key, value in row.items() if value is not None
    )
