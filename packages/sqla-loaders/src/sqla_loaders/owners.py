"""One edge of many owners, loaded at once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.orm import InstanceState, Session

from sqla_selection import LoadPlan
from sqla_selection.mapping import classes_without

from ._compat import load_options_of, state_of
from .binds import crosses_binds
from .causes import Cause, cause_of_statements, causing
from .columns import lacks_columns
from .errors import ParentKeyError
from .fetching import fetched
from .terms import Terms, terms_of
from .values import EdgeValues, members, targets_in

__all__ = ["load_edge"]


@dataclass(slots=True)
class _Group:
    """Owners whose targets one statement loads."""

    kept: dict[Hashable, Any]
    """What is known of owners with the same terms."""
    owners: list[Any] = field(default_factory=list)
    states: list[InstanceState[Any] | None] = field(default_factory=list)
    keys: list[Hashable] = field(default_factory=list)
    """Of the owners, in their order: three lists take less than a tuple for each."""
    others: list[Hashable] = field(default_factory=list)
    """Those of owners whose targets are known, but lack columns."""

    def add(self, owner: Any, state: InstanceState[Any] | None, key: Hashable) -> None:
        self.owners.append(owner)
        self.states.append(state)
        self.keys.append(key)


def load_edge(
    session: Session,
    owners: Iterable[Any],
    plan: LoadPlan,
    values: EdgeValues,
    criteria: tuple[Any, ...] = (),
    *,
    savepoint: bool = False,
) -> list[Any]:
    """Load the edge of *values* for those of *owners* that lack it, and keep it there.

    What *plan* says of the targets is loaded with them, and *criteria* leave some out.
    One statement for all owners that were loaded on the same terms, see `terms`.

    Returns the targets of all owners. A statement that fails is kept as the value of
    its keys, and an owner without its key is passed by: the field that asks for one
    raises the error, see `EdgeValues.value_of`.
    """
    query, prop = values.query, values.prop
    targets: list[Any] = []
    known: list[Any] = []
    groups: dict[Terms, _Group] = {}
    group, options, token = None, None, None
    without = classes_without(prop)
    for owner in owners:
        if without and isinstance(owner, without):
            continue
        of_one = values.targets_on(owner)
        if of_one is not None:
            targets.extend(of_one)
            known.append(owner)
            continue
        state = state_of(owner)
        if state is not None and not state.has_identity:
            continue
        try:
            key = query.key_of(owner)
        except ParentKeyError:
            continue  # the field of this owner raises it
        # Objects of one statement share their options: read once for all of them.
        loaded_with = load_options_of(state)
        own_token = None if state is None else state.identity_token
        if group is None or loaded_with is not options or own_token != token:
            options, token = loaded_with, own_token
            terms = terms_of(state, prop)
            group = groups.get(terms)
            if group is None:
                group = groups[terms] = _Group(values.kept_on(terms))
        if key in group.kept:
            targets.extend(targets_in(group.kept[key]))
            known.append(owner)
        else:
            group.add(owner, state, key)
    groups = {terms: group for terms, group in groups.items() if group.keys}
    if groups:
        _join_lacking(groups, known, plan, values)
    for terms, group in groups.items():
        if criteria:
            terms = terms._replace(criteria=(*terms.criteria, *criteria))
        targets += _load_group(session, group, plan, terms, values, savepoint=savepoint)
    return targets


def _join_lacking(
    groups: dict[Terms, _Group],
    known: Iterable[Any],
    plan: LoadPlan,
    values: EdgeValues,
) -> None:
    """Ask again for the targets of owners that have them, but without a column.

    SQLAlchemy fills what they lack from the statement that runs anyway: they would take
    one more of their own otherwise.
    """
    for owner in known:
        state = state_of(owner)
        group = groups.get(terms_of(state, values.prop))
        if group is None or (state is not None and not state.has_identity):
            continue
        try:
            key = values.query.key_of(owner)
        except ParentKeyError:
            continue
        targets = values.targets_on(owner) or targets_in(group.kept.get(key))
        if any(lacks_columns(target, plan) for target in targets):
            group.others.append(key)


def _load_group(
    session: Session,
    group: _Group,
    plan: LoadPlan,
    terms: Terms,
    values: EdgeValues,
    *,
    savepoint: bool,
) -> list[Any]:
    cause = cause_of_statements.get() or Cause("fallback")
    query, prop = values.query, values.prop
    try:
        with causing(replace(cause, relationship=str(prop), plan=plan)):
            if _is_read_lazily(session, values, terms):
                return [
                    target
                    for owner in group.owners
                    for target in members(getattr(owner, prop.key))
                ]
            keys = dict.fromkeys([*group.keys, *group.others])
            found = fetched(session, query, keys, plan, terms, savepoint=savepoint)
    except Exception as error:
        values.fail(group.keys, group.kept, error)
        return []
    values.keep(session, group.owners, group.states, group.keys, found, group.kept)
    targets = [target for targets in found.values() for target in targets]
    values.note_joined(targets, plan)
    return targets


def _is_read_lazily(session: Session, values: EdgeValues, terms: Terms) -> bool:
    """Tell whether no statement can have owner and targets in it.

    SQLAlchemy loads then: one statement for each owner.
    """
    query = values.query
    return (
        query.remote is None
        and not query.is_query
        and crosses_binds(session, query.prop, terms)
    )
