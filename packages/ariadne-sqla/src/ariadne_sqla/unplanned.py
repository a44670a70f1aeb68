"""The executors that plan nothing ahead: the statement is run as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, lazyload

from .request import then
from .results import prepare
from .root_request import Declined, RootRequest
from .root_rows import rows_of
from .routes import Route
from .selected import Selected

__all__ = ["batched", "lazy"]


def batched(request: RootRequest) -> Any:
    """Answer by the field's own statement, and load what is asked below in batches."""
    if request.route == "lazy":
        return Declined("So are batches.")
    selected = _selected(request)
    request.root.bound.registry_in(request.info.context)  # which says what is missing
    why = " ".join(filter(None, (*request.declined, _WHY)))
    return then(
        _rows(request, selected, "fallback"),
        lambda rows: then(prepare(rows, request, why), lambda _: rows),
    )


def lazy(request: RootRequest) -> Any:
    """Answer by the field's own statement, and leave all else to SQLAlchemy."""
    why = "SQLAlchemy loads each relationship when it is read."
    return _rows(request, _selected(request), "lazy", why)


_WHY = "What the rows lack is batched."


def _selected(request: RootRequest) -> Selected:
    session = request.session
    selected = request.selected(session)
    if request.visibility is not None and hasattr(selected.stmt, "options"):
        # What the mapping loads with the rows, it loads without its policies.
        stmt = selected.stmt.options(lazyload("*"))
        selected = replace(selected, make=lambda: stmt)
    if isinstance(session, AsyncSession):
        request.check_is_async()
    return selected


def _rows(request: RootRequest, selected: Selected, route: Route, *why: str) -> Any:
    def work(sync: Session) -> Any:
        return rows_of(request, sync, selected).value

    return request.run(request.session, work, request.answered(route, *why))
