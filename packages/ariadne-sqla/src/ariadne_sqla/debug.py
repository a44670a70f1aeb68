"""Shows in the response what a query did: for development, never for production."""

from __future__ import annotations

from collections.abc import Awaitable
from contextlib import ExitStack
from copy import copy
from time import perf_counter
from typing import Any

from ariadne.types import Extension
from graphql import get_named_type

from sqla_loaders import SESSION_KEY, Cause, session_in

from .ownership import application_resolver
from .page_entries import page_entry
from .plan_tree import PlanTree
from .recorded import (
    LazyLoad,
    RecordedStatement,
    ResolverTime,
    RunningField,
    running_field,
)
from .recording import Explains, Recorder
from .routes import Route, use_route

__all__ = ["SQLAlchemyDebugExtension"]


class SQLAlchemyDebugExtension(Extension):
    """Adds `extensions.sqla` to the response: plans, statements, lazy loads.

    For development only: it shows SQL and values to the client, and it costs time for
    every field. For each root field and each batch of the fallback it tells the route
    taken and why, and the plan as a tree; for each statement its SQL, parameters,
    duration, rows, the field that caused it, and what it does where arguments choose
    its rows. A load that no plan foresaw is listed
    under `lazy_loads` with the hint that would avoid it. `resolvers` tells how
    often the resolver of each field was called and how long that took.

    Args:
        session_key: Where the context has the session.
        parameters: Whether values of statements are shown; `False` redacts them.
        explain: Whether the database is asked to EXPLAIN each SELECT (SQLite,
            PostgreSQL, MariaDB): one statement more for each, which is not listed.
            `"analyze"` lets PostgreSQL and MariaDB run it once more, to tell its real
            rows and times.
        strict: Whether a load that no plan foresaw is an error on its field: for test
            suites.
        route: The route to answer on, to compare, see `use_route`.
    """

    only_watches = True
    """For `execution_context`: no value is changed, and no field has to be seen."""

    def __init__(
        self,
        *,
        session_key: str = SESSION_KEY,
        parameters: bool = True,
        explain: Explains = False,
        strict: bool = False,
        route: Route = "eager",
    ) -> None:
        self.session_key = session_key
        self.parameters = parameters
        self.explain = explain
        self.strict = strict
        self.route = route
        self._recorder = Recorder()
        self._stack = ExitStack()
        self._started = 0.0
        self._fields: list[RunningField] = []
        self._times: dict[str, ResolverTime] = {}

    def __call__(self) -> SQLAlchemyDebugExtension:
        """Return the extension for one request."""
        return copy(self)

    def request_started(self, context: Any) -> None:
        """Record what the request does from now on."""
        missing = (
            "SQLAlchemyDebugExtension finds no session in the GraphQL context "
            f"under {self.session_key!r}. Say where it is: `session_key=…`."
        )
        session = session_in(context, self.session_key, missing)
        self._recorder = Recorder(explains=self.explain, is_strict=self.strict)
        self._fields = []
        self._times = {}
        self._stack = ExitStack()
        self._stack.enter_context(self._recorder.recording(session))
        self._stack.enter_context(use_route(self.route))
        self._started = perf_counter()

    def request_finished(self, context: Any) -> None:
        """Stop recording."""
        self._stack.close()

    def resolve(  # type: ignore[override]  # an argument of a field may have any name
        self, next_: Any, obj: Any, info: Any, /, **kwargs: Any
    ) -> Any:
        """Note which field is resolved while its resolver runs."""
        if info.field_name.startswith("__"):  # what the schema itself answers
            return next_(obj, info, **kwargs)
        definition = info.parent_type.fields[info.field_name]
        field = RunningField(
            tuple(info.path.as_list()),
            f"{info.parent_type.name}.{info.field_name}",
            application_resolver(definition) is not None,
            get_named_type(definition.type).name,
        )
        if info.path.prev is None:
            self._fields.append(field)
        time = self._times.setdefault(field.name, ResolverTime())
        token, started = running_field.set(field), perf_counter()
        try:
            result = next_(obj, info, **kwargs)
        finally:
            running_field.reset(token)
            time.calls += 1
            time.seconds += perf_counter() - started
        return _awaited(result, field, time) if info.is_awaitable(result) else result

    def format(self, context: Any) -> dict[str, Any]:
        """Return what was recorded, for the response."""
        recorder = self._recorder
        return {
            "sqla": {
                "version": 1,
                "database": recorder.database,
                "route": self.route,
                "duration_ms": _milliseconds(perf_counter() - self._started),
                "fields": self._field_entries(),
                "statements": [
                    _statement_entry(statement, shows_parameters=self.parameters)
                    for statement in recorder.statements
                ],
                "lazy_loads": [
                    _lazy_load_entry(load, statements)
                    for load, statements in zip(
                        recorder.lazy_loads,
                        recorder.statements_of_lazy_loads(),
                        strict=True,
                    )
                ],
                "resolvers": [
                    {
                        "field": name,
                        "calls": time.calls,
                        "duration_ms": _milliseconds(time.seconds),
                    }
                    for name, time in self._times.items()
                ],
            }
        }

    def _field_entries(self) -> list[dict[str, Any]]:
        """Return an entry for each root field, then one for each kind of batch."""
        entries = [self._root_entry(field) for field in self._fields]
        batches: dict[tuple[str, str], Cause] = {}
        for cause in self._recorder.causes:
            what = cause.relationship or (cause.field if len(cause.path) > 1 else "")
            if what:
                batches.setdefault((cause.route, what), cause)
        entries.extend(
            self._batch_entry(what, cause) for (_, what), cause in batches.items()
        )
        return entries

    def _root_entry(self, field: RunningField) -> dict[str, Any]:
        causes = [each for each in self._recorder.causes if each.path == field.path]
        causes.sort(key=lambda each: each.relationship is not None)
        cause = causes[0] if causes else None
        why = "No statement of it was seen on the engine of the request's session."
        if field.has_own_resolver:
            why = "The field has a resolver of its own, and what it returned was "
            why += "left to lazy loading." if self.route == "lazy" else "complete."
        return {
            "path": list(field.path),
            "field": field.name,
            "route": cause.route if cause else "manual",
            "why": cause.why if cause and cause.why else why,
            "plan": self._plan_entry(field, cause),
            "statements": [
                statement.index
                for statement in self._recorder.statements
                if statement.path[:1] == field.path[:1]
            ],
        }

    def _batch_entry(self, what: str, cause: Cause) -> dict[str, Any]:
        if cause.plan and cause.relationship:
            tree = PlanTree(self._batched(cause.path))
            plan: Any = tree.of_batch(cause.plan, what, cause.why)
        else:
            field = RunningField(cause.path, cause.field, True, what)
            plan = self._plan_entry(field, cause)
        return {
            "path": list(cause.path),
            "field": what,
            "route": cause.route,
            "why": cause.why,
            "plan": plan,
            "statements": [
                statement.index
                for statement in self._recorder.statements
                if statement.route == cause.route
                and what in (statement.relationship, statement.field)
            ],
        }

    def _plan_entry(
        self, field: RunningField, cause: Cause | None
    ) -> dict[str, Any] | None:
        """Return what was planned for a field, and how it was loaded."""
        is_json = cause is not None and cause.route == "json"
        tree = PlanTree(self._batched(field.path), is_json=is_json)
        plans = self._recorder.plans.get(field.path)
        if plans and (cause is None or cause.route != "eager"):
            is_own = field.has_own_resolver
            return tree.of_result(plans, field.type_name, is_own=is_own)
        if cause is None or cause.plan is None:
            return None
        run = dict.fromkeys(
            each.plan
            for each in self._recorder.causes
            if each.path == field.path and each.relationship is None and each.plan
        )
        return tree.of_statements(list(run) or [cause.plan], field.type_name)

    def _batched(self, path: tuple[str | int, ...]) -> set[str]:
        """Return the relationships that batches loaded below the root field."""
        return {
            name
            for cause in self._recorder.causes
            if cause.relationship and cause.path[:1] in (path[:1], ())
            for name in cause.relationship.split(", ")
        }


async def _awaited(
    result: Awaitable[Any], field: RunningField, time: ResolverTime
) -> Any:
    token, started = running_field.set(field), perf_counter()
    try:
        return await result
    finally:
        running_field.reset(token)
        time.seconds += perf_counter() - started


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)


def _statement_entry(
    statement: RecordedStatement, *, shows_parameters: bool
) -> dict[str, Any]:
    return {
        "index": statement.index,
        "sql": statement.sql,
        "parameters": _shown(statement.parameters) if shows_parameters else None,
        "duration_ms": _milliseconds(statement.duration),
        "rows": statement.rows,
        "path": list(statement.path),
        "field": statement.field,
        "route": statement.route,
        "relationship": statement.relationship,
        "page": page_entry(statement.page, shows_values=shows_parameters),
        "explain": statement.explain,
    }


def _lazy_load_entry(load: LazyLoad, statements: list[int]) -> dict[str, Any]:
    return {
        "path": list(load.path),
        "field": load.field,
        "attribute": load.attribute,
        "hint": load.hint,
        "statements": statements,
    }


def _shown(value: Any) -> Any:
    """Return parameters as JSON has them."""
    if isinstance(value, dict):
        return {str(key): _shown(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
