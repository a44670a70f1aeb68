"""The executor that plans ahead: one statement, and batches for what it cannot carry.

Nothing below the field has to wait then.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from sqla_loaders import (
    AnySession,
    EntitiesOf,
    LoaderRegistry,
    RowEntities,
    has_hooks,
    joins_cross_binds,
    sync_session,
)
from sqla_selection.carriers import joins_entities
from sqla_selection.options import options_on
from sqla_selection.statement import selects_from_alone

from .noted import note_values
from .root_request import Declined, RootRequest
from .root_rows import rows_of
from .root_sessions import on_its_session
from .routes import PLANNED_AHEAD
from .selected import Selected

__all__ = ["eager"]


def eager(request: RootRequest) -> Any:
    """Answer by a statement that loads what the plan of the selection says."""
    if request.route not in PLANNED_AHEAD:
        return Declined("Planning ahead is switched off for this request.")
    return on_its_session(request, _run)


def _run(request: RootRequest, session: AnySession, where: str) -> Any:
    selected = request.selected(session)
    plan, stmt = request.plan, selected.stmt
    if isinstance(session, AsyncSession):
        request.check_is_async()
    options = options_on(
        stmt,
        plan,
        entity=selected.entity,
        joined_only=True,
        joins_nothing=joins_cross_binds(sync_session(session), plan),
        form=selected.form,
        with_entities=_takes_entities(request, selected, session),
    )

    def with_options(entities: EntitiesOf | None, stmt: Any) -> Any:
        stmt = stmt.options(*options.options)
        if entities is not None:
            stmt = entities.on(stmt)
        if stmt.get_execution_options().get("yield_per"):
            # All rows are read at once, and each object is taken once.
            stmt = stmt.execution_options(yield_per=None)
        return stmt

    def work(sync: Session) -> Any:
        entities = taken = None
        if options.joins:
            entities = EntitiesOf.joined(
                RowEntities.of(request.registry),
                options.joins,
                takes_subqueries=not selected.criteria,
            )
            taken = entities.taken
        finish = partial(with_options, entities)
        rows = rows_of(request, sync, selected, finish, taken)
        if not options.are_enough:
            _complete(request, sync, rows.objects)
        if not request.is_async:
            _note(request, rows.objects)
        return rows.value

    why = "The selection was planned ahead.", options.why, where
    return request.run(session, work, request.answered("eager", *why, plan=plan))


def _takes_entities(
    request: RootRequest, selected: Selected, session: AnySession
) -> bool:
    """Tell whether what may be hidden can be joined to the statement.

    Its own FROM stays what it is, if the application wrote it.
    """
    if request.visibility is None or has_hooks(sync_session(session)):
        return False
    base = selected.base
    return base is None or (
        joins_entities(request.plan) and selects_from_alone(base, selected.entity)
    )


def _complete(request: RootRequest, sync: Session, objects: list[Any]) -> None:
    """Load in batches what the statement did not carry."""
    registry = request.registry or LoaderRegistry(sync)
    has_windows = request.registry is not None and request.bound_schema.chooses
    windows = request.windows if has_windows else None
    registry.complete_on(sync, objects, request.plan, windows)
    if request.registry is None and registry.values.are_kept:
        note_values(sync, registry, request.info)


def _note(request: RootRequest, objects: list[Any]) -> None:
    """Note which objects are asked for the same, as no event loop brings them."""
    if request.registry is not None:
        info, root = request.info, request.root
        root.schema.at_first_synchronous.do(info.schema)
        places = None if root.is_list else [()]
        ways = ((),) if request.shape.connection is None else request.connection.ways
        for way in ways:
            path = (info.path.key, *way)
            request.execution.note(path, objects, request.plan, places)
