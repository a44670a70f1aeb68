"""The executors that plan nothing ahead: the statement is run as it is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from sqla_loaders import result_of, run

from .request import then
from .results import prepare
from .root_request import Declined, RootRequest
from .routes import Route

__all__ = ["batched", "lazy"]


def batched(request: RootRequest) -> Any:
    """Answer by the field's own statement, and load what is asked below in batches."""
    if request.route == "lazy":
        return Declined("So are batches.")
    stmt = _statement(request)
    request.root.bound.registry_in(request.info.context)  # which says what is missing
    why = " ".join((*request.declined, "What the rows lack is batched."))
    return then(
        _rows(request, stmt, "fallback"),
        lambda rows: then(prepare(rows, request, why), lambda _: rows),
    )


def lazy(request: RootRequest) -> Any:
    """Answer by the field's own statement, and leave all else to SQLAlchemy."""
    why = "SQLAlchemy loads each relationship when it is read."
    return _rows(request, _statement(request), "lazy", why)


def _statement(request: RootRequest) -> Select[Any]:
    info, session = request.info, request.session
    selected = request.root.statement(info, request.shape, request.arguments, session)
    if isinstance(session, AsyncSession):
        request.check_is_async()
    return selected.stmt


def _rows(request: RootRequest, stmt: Select[Any], route: Route, *why: str) -> Any:
    def work(sync: Session) -> Any:
        rows = result_of(sync, stmt).scalars().unique()
        return rows.all() if request.root.is_list else rows.first()

    return run(request.session, work, request.answered(route, *why))
