"""In which database the rows of a mapper are, for a session that has several."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Mapper, RelationshipProperty, Session

from sqla_selection import LoadPlan
from sqla_selection.carriers import is_in_its_rows

from ._compat import has_one_bind
from .terms import NO_TERMS, Terms

__all__ = ["bind_arguments", "crosses_binds", "joins_cross_binds"]


def bind_arguments(mapper: Mapper[Any], terms: Terms) -> dict[str, Any]:
    """Return what a session tells its databases apart by."""
    if terms.identity_token is None:
        return {"mapper": mapper}
    return {"mapper": mapper, "shard_id": terms.identity_token}


def crosses_binds(
    session: Session, prop: RelationshipProperty[Any], terms: Terms = NO_TERMS
) -> bool:
    """Tell whether the owner's table is in another database than the target's."""
    if has_one_bind(session):
        return False

    def binds(mapper: Mapper[Any], times: int) -> set[int]:
        arguments = bind_arguments(mapper, terms)
        return {id(session.get_bind(**arguments)) for _ in range(times)}

    try:
        if binds(prop.parent, 1) == binds(prop.mapper, 1):
            return False
        # A session may choose one of several replicas each time that it is asked.
        return binds(prop.parent, 8).isdisjoint(binds(prop.mapper, 8))
    except Exception:  # it routes by what is not known yet
        return False


def joins_cross_binds(session: Session, plan: LoadPlan) -> bool:
    """Tell whether *plan* joins what is not in one database."""
    return not has_one_bind(session) and any(
        is_in_its_rows(level, edge) and crosses_binds(session, edge.relationship)
        for level in plan.levels()
        for edge in level.edges
    )
