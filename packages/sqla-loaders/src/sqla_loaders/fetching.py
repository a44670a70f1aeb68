"""The targets of some keys: what the session has, and a statement for the rest."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from sqla_selection import LoadPlan

from .columns import is_whole, lacks_columns
from .gate import targets_of
from .relationship import RelationshipQuery
from .terms import Terms

__all__ = ["fetched"]


def fetched(
    session: Session,
    query: RelationshipQuery,
    keys: Iterable[Hashable],
    plan: LoadPlan | None,
    terms: Terms,
    *,
    savepoint: bool,
) -> dict[Hashable, list[Any]]:
    """Return key → targets with what *plan* says of them, whole ones without a plan.

    A key without targets is not in it. Keys must be distinct. No statement where the
    session has the targets of all keys: those of a plain many-to-one.
    """
    found: dict[Hashable, list[Any]] = {}
    missing = []
    for key in keys:
        if query.is_empty(key):
            continue
        target = _in_session(session, query, key, terms)
        if target is not None and plan is None and not is_whole(target):
            target = None
        if target is None:
            missing.append(key)
        else:
            found[key] = [target]
    if missing and plan is not None:
        # SQLAlchemy fills what they lack from the statement that runs anyway.
        missing += [key for key, [one] in found.items() if lacks_columns(one, plan)]
    if missing:
        found |= targets_of(session, query, missing, plan, terms, savepoint=savepoint)
    return found


def _in_session(
    session: Session, query: RelationshipQuery, key: Hashable, terms: Terms
) -> Any:
    """Return the target of a plain many-to-one that the session has already."""
    identity = query.identity_of(key)
    if identity is None or terms.criteria:
        return None
    mapper = query.prop.mapper
    identity_key = mapper.identity_key_from_primary_key(identity, terms.identity_token)
    target = session.identity_map.get(identity_key)
    if not isinstance(target, mapper.class_) or inspect(target).expired:
        return None
    return target
