"""The executors that plan nothing ahead: the statement is run as it is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from sqla_loaders import result_of, run

from .asked import Asked, Declined
from .request import then
from .results import prepare
from .routes import Route

__all__ = ["batched", "lazy"]


def batched(asked: Asked) -> Any:
    """Answer by the field's own statement, and load what is asked below in batches."""
    if asked.route == "lazy":
        return Declined("So are batches.")
    stmt = _statement(asked)
    asked.root.bound.registry_in(asked.info.context)  # which says what is missing
    why = " ".join((*asked.declined, "What the rows lack is batched."))
    return then(
        _rows(asked, stmt, "fallback"),
        lambda rows: then(prepare(rows, asked, why), lambda _: rows),
    )


def lazy(asked: Asked) -> Any:
    """Answer by the field's own statement, and leave all else to SQLAlchemy."""
    why = "SQLAlchemy loads each relationship when it is read."
    return _rows(asked, _statement(asked), "lazy", why)


def _statement(asked: Asked) -> Select[Any]:
    info, session = asked.info, asked.session
    selected = asked.root.statement(info, asked.shape, asked.arguments, session)
    if isinstance(session, AsyncSession):
        asked.check_is_async()
    return selected.stmt


def _rows(asked: Asked, stmt: Select[Any], route: Route, *why: str) -> Any:
    def work(sync: Session) -> Any:
        rows = result_of(sync, stmt).scalars().unique()
        return rows.all() if asked.root.is_list else rows.first()

    return run(asked.session, work, asked.answered(route, *why))
