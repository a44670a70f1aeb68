"""On what the owners of a relationship were loaded, which their targets are loaded on.

A batch runs on what its owners were loaded with, as lazy loading does: their identity
token (a shard, a tenant), and the options that travel with objects:
`with_loader_criteria`, `set_shard_id`, options of the application's own. What the
application put on its statement as `execution_options` (a `schema_translate_map`, a
`include_deleted` of its own) is handed on too, as `selectinload` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import InstanceState, LoaderCriteriaOption, RelationshipProperty

from sqla_selection.mapping import Loading, loading_of

from ._compat import (
    carried_in,
    criteria_of_lazy_load,
    load_options_of,
    load_options_of_each,
)
from .listening import ExecutionOptions

__all__ = ["NO_TERMS", "Terms", "terms_of", "terms_of_each", "terms_of_refresh"]


class Terms(NamedTuple):
    """What the statement that loaded the owners says of what is loaded from them."""

    options: tuple[Any, ...] = ()
    """Options that travel with the owners, other than loader strategies."""
    criteria: tuple[Any, ...] = ()
    """Those of a `lazyload(User.posts.and_(…))` for this relationship."""
    identity_token: Any = None


NO_TERMS = Terms()


def terms_of(
    state: InstanceState[Any] | None, prop: RelationshipProperty[Any]
) -> Terms:
    """Return the terms on which the relationship of the object is loaded.

    SQLAlchemy hands no options on to what `dynamic` and `write_only` select, but what
    the owner's statement ran with.
    """
    return _terms(state, load_options_of(state), prop)


def _terms(
    state: InstanceState[Any] | None,
    options: tuple[Any, ...],
    prop: RelationshipProperty[Any],
) -> Terms:
    token = None if state is None else state.identity_token
    if not options:
        return NO_TERMS if token is None else Terms(identity_token=token)
    carried = carried_in(options)
    if loading_of(prop) is Loading.NEVER_SET:
        kept = [one for one in carried if isinstance(one, ExecutionOptions)]
        return Terms(tuple(kept), (), token)
    return Terms(carried, criteria_of_lazy_load(state, prop.key), token)


def terms_of_each(
    states: Sequence[InstanceState[Any] | None], prop: RelationshipProperty[Any]
) -> list[Terms]:
    """Return the terms of each of *states*.

    The same object for those of one statement: they share their options.
    """
    found: list[Terms] = []
    terms, options, token = NO_TERMS, None, None
    for state, own in zip(states, load_options_of_each(states), strict=True):
        own_token = None if state is None else state.identity_token
        if own is not options or own_token != token:
            terms, options, token = _terms(state, own, prop), own, own_token
        found.append(terms)
    return found


def terms_of_refresh(state: InstanceState[Any]) -> Terms:
    """Return the terms on which columns of the object are loaded.

    Without criteria: the object is there.
    """
    options = load_options_of(state)
    if not options and state.identity_token is None:
        return NO_TERMS
    carried = carried_in(options)
    kept = [one for one in carried if not isinstance(one, LoaderCriteriaOption)]
    return Terms(tuple(kept), (), state.identity_token)
