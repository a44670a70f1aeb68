"""The targets of some keys: what the session has, and a statement for the rest."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from sqla_selection import LoadPlan
from sqla_selection.arguments import Visible
from sqla_selection.visibility import hides_all

from .columns import is_whole, lacking_columns
from .gate import targets_of
from .relationship import RelationshipQuery
from .row_entities import RowEntities
from .terms import Terms

__all__ = ["Fetch", "fetched"]


class Fetch(Protocol):
    """Gets the targets of some keys, see `fetched`."""

    def __call__(
        self,
        session: Session,
        query: RelationshipQuery,
        keys: Iterable[Hashable],
        plan: LoadPlan,
        terms: Terms,
        *,
        savepoint: bool,
        visible: Visible | None,
        beside: RowEntities | None,
    ) -> dict[Hashable, Any]:
        """Return key → an iterable of targets with what *plan* says of them."""


def fetched(
    session: Session,
    query: RelationshipQuery,
    keys: Iterable[Hashable],
    plan: LoadPlan | None,
    terms: Terms,
    *,
    savepoint: bool,
    visible: Visible | None = None,
    beside: RowEntities | None = None,
) -> dict[Hashable, list[Any]]:
    """Return key → targets with what *plan* says of them, whole ones without a plan.

    A key without targets is not in it. Keys must be distinct. No statement where the
    session has the targets of all keys: those of a plain many-to-one. But what it has
    does not tell what may be seen; and where *visible* hides all, nothing is asked.
    See `targets_of`.
    """
    seen = None
    if visible is not None:
        seen = visible(query.entity)
        if hides_all(seen):
            return {}
    missing = query.owner_key.without_empty(keys)
    is_chosen = bool(terms.criteria) or seen is not None
    known = {} if is_chosen else _in_session(session, query, missing, terms)
    if known and plan is None:
        known = {key: one for key, one in known.items() if is_whole(one)}
    if known:
        missing = [key for key in missing if key not in known]
    if known and missing and plan is not None:
        # SQLAlchemy fills what they lack from the statement that runs anyway.
        lacking = {id(one) for one in lacking_columns(known.values(), plan)}
        missing += [key for key, one in known.items() if id(one) in lacking]
    found = {key: [one] for key, one in known.items()}
    if missing:
        found |= targets_of(
            session,
            query,
            missing,
            plan,
            terms,
            savepoint=savepoint,
            visible=seen,
            beside=beside,
        )
    return found


def _in_session(
    session: Session, query: RelationshipQuery, keys: Sequence[Hashable], terms: Terms
) -> dict[Hashable, Any]:
    """Return key → target of a plain many-to-one, of those that the session has."""
    found = {}
    mapper = query.prop.mapper
    for key, identity in zip(keys, query.identities_of(keys) or (), strict=False):
        target = session.identity_map.get(
            mapper.identity_key_from_primary_key(identity, terms.identity_token)
        )
        if isinstance(target, mapper.class_) and not inspect(target).expired:
            found[key] = target
    return found
