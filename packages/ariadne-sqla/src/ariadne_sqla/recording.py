"""Records the statements of one request, and what each was run for.

Listens on the engine (every statement) and on the session (what the ORM loads, and
why). One recorder belongs to one request.
"""

from __future__ import annotations

import logging
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import UnboundExecutionError
from sqlalchemy.orm import MapperProperty, ORMExecuteState, Session

from sqla_loaders import AnySession, Cause, cause_of_statements, sync_session

from .engine_events import listen, listener
from .errors import UnplannedLoadError
from .recorded import (
    LAZY_HINT,
    LazyLoad,
    PlansOfResults,
    RecordedStatement,
    RunningField,
    hint,
    hint_of_select,
    plans_of_results,
    running_field,
)

__all__ = ["Explains", "Recorder"]

logger = logging.getLogger("ariadne_sqla")


def _only_watches(hook: Callable[..., None]) -> Callable[..., None]:
    """Let *hook* be none that changes statements, see `sqla_loaders.has_hooks`."""
    hook.only_watches = True  # type: ignore[attr-defined]
    return hook


@dataclass
class Recorder:
    """What one request asked of the database."""

    explains: Explains = False
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
    _is_lazy: bool = False
    _selects: dict[str, tuple[str | int, ...]] = field(default_factory=dict)
    """Field → where its resolver first ran a SELECT below a list."""
    _is_explaining: bool = False
    _uncommitted: set[str] = field(default_factory=set)
    """The models whose rows the transaction has changed."""

    @contextmanager
    def recording(self, session: AnySession) -> Iterator[None]:
        """Record what is run in this block by *session*, and on its engine."""
        sync = sync_session(session)
        with suppress(UnboundExecutionError):  # it has an engine for each model
            self._listen_on(sync.get_bind().engine)
        hooks = {
            "do_orm_execute": self._orm_execute,
            "after_flush": self._after_flush,
            "after_transaction_end": self._after_transaction_end,
        }
        for name, hook in hooks.items():
            event.listen(sync, name, hook)
        token, plans = listener.set(self), plans_of_results.set(self.plans)
        try:
            yield
        finally:
            listener.reset(token)
            plans_of_results.reset(plans)
            for name, hook in hooks.items():
                event.remove(sync, name, hook)
            self._tell_of_uncommitted(sync)

    def _listen_on(self, engine: Engine) -> None:
        self.database = _DATABASES.get(engine.dialect.name, engine.dialect.name)
        listen(engine)

    def _after_flush(self, session: Session, _: Any) -> None:
        """Note what is written, and not committed as yet."""
        self._uncommitted |= _changed(session)

    def _after_transaction_end(self, _: Session, transaction: Any) -> None:
        if transaction.parent is None:
            self._uncommitted.clear()

    def _tell_of_uncommitted(self, session: Session) -> None:
        """Warn of what is lost when the session is closed."""
        names = sorted(self._uncommitted | _changed(session))
        if names:
            logger.warning(
                "Changes of %s were neither committed nor rolled back when the answer "
                "was made: they are lost when the session is closed. Call "
                "`session.commit()` in the resolver.",
                ", ".join(names),
            )

    @_only_watches
    def _orm_execute(self, state: ORMExecuteState) -> None:
        """Note for what relationship the ORM loads, and whether it does so lazily."""
        self._listen_on(state.session.get_bind(**state.bind_arguments).engine)
        if state.is_insert or state.is_update or state.is_delete:
            self._uncommitted.add(_model_of(state) or "rows")
        self._relationship = self._attribute = None
        self._is_lazy = False
        loads_attribute = state.is_relationship_load or state.is_column_load
        if not loads_attribute:
            self._note_select(state)
            return
        attribute = self._attribute = _attribute_of(state)
        if state.is_relationship_load:
            self._relationship = attribute
        if state.lazy_loaded_from is None and not state.is_column_load:
            return
        self._is_lazy = True
        cause = cause_of_statements.get()
        asked_for = cause is not None and cause.route == "lazy"
        if asked_for and not self.is_strict:
            return
        running = running_field.get()
        name = running.name if running else "no field"
        what = f"{attribute} was loaded lazily for {name}."
        advice = LAZY_HINT if asked_for else hint(running, attribute)
        self._note_load(running, attribute, what, advice)

    def _note_select(self, state: ORMExecuteState) -> None:
        """Note a SELECT that a resolver runs for one more object of a list.

        Not the first one: a DataLoader of the application's own runs one for all.
        """
        running = running_field.get()
        if (
            not state.is_select
            or running is None
            or not running.is_below_a_list
            or not running.has_own_resolver
            or cause_of_statements.get() is not None
        ):
            return
        first = self._selects.setdefault(running.name, running.path)
        if first[:-1] != running.path[:-1]:
            self._attribute = attribute = _model_of(state) or "SELECT"
            what = f"{attribute} was selected once more for {running.name}."
            self._note_load(running, attribute, what, hint_of_select(running))

    def _note_load(
        self, running: RunningField | None, attribute: str, what: str, advice: str
    ) -> None:
        path, name = (running.path, running.name) if running else ((), "")
        self.lazy_loads.append(LazyLoad(path, name, attribute, advice))
        if self.is_strict:
            msg = f"{what} {advice}"
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
            cause.route if cause else "lazy" if self._is_lazy else "manual",
            (cause.relationship if cause else None) or self._relationship,
            self._attribute,
            page=cause.page if cause else None,
        )
        self._relationship = self._attribute = None
        self._is_lazy = False
        self.statements.append(statement)
        if self.explains:
            statement.explain = self._explained(connection, sql, parameters)
        return statement

    def _explained(
        self, connection: Connection, sql: str, parameters: Any
    ) -> list[str] | None:
        start = sql.lstrip("( \n").upper()
        prefix = _EXPLAIN.get(connection.dialect.name)
        if prefix is None or not start.startswith(("SELECT", "WITH")):
            return None
        # A WITH may write: it is never run twice.
        if self.explains == "analyze" and start.startswith("SELECT"):
            prefix = _analyze(connection.dialect) or prefix
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

Explains: TypeAlias = bool | Literal["analyze"]
"""Whether the database explains each SELECT, or runs it once more and tells of that."""


def _analyze(dialect: Any) -> str | None:
    """Return how a database is asked what a SELECT really took, `None` for nothing."""
    if dialect.name == "postgresql":
        return "EXPLAIN (ANALYZE, BUFFERS)"
    if dialect.name in ("mysql", "mariadb"):
        return "ANALYZE" if dialect.is_mariadb else "EXPLAIN ANALYZE"
    return None


def _attribute_of(state: ORMExecuteState) -> str:
    path = state.loader_strategy_path
    for part in reversed(path.path if path is not None else ()):
        if isinstance(part, MapperProperty):
            return str(part)
    return _model_of(state) or "An attribute"


def _changed(session: Session) -> set[str]:
    """Return the models of objects that the session has yet to write, or writes now."""
    changed = {one for one in session.dirty if session.is_modified(one)}
    return {type(one).__name__ for one in (*session.new, *changed, *session.deleted)}


def _model_of(state: ORMExecuteState) -> str | None:
    mapper = state.bind_mapper
    return None if mapper is None else mapper.class_.__name__


def _line(row: Any) -> str:
    """Return one row of an EXPLAIN as a line of text."""
    if "detail" in row:  # SQLite
        return str(row["detail"])
    if len(row) == 1:  # PostgreSQL
        return str(next(iter(row.values())))
    return ", ".join(
        f"{key}: {value}" for key, value in row.items() if value is not None
    )
