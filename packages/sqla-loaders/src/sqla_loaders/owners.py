"""One edge of many owners, loaded at once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.orm import InstanceState, Session

from sqla_selection import LoadPlan
from sqla_selection.arguments import Visible

from ._compat import states_of
from .binds import crosses_binds
from .causes import Cause, cause_of_statements, causing
from .columns import lacking_columns
from .errors import LoaderError
from .fetching import Fetch, fetched
from .on_owners import members
from .owner_keys import NO_KEY
from .row_entities import RowEntities
from .terms import Terms, terms_of_each
from .values import EdgeValues, targets_in

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
    known: list[Hashable] = field(default_factory=list)
    """Those of owners whose targets are kept."""
    others: list[Hashable] = field(default_factory=list)
    """Those of owners whose targets are there, but lack columns."""


def load_edge(
    session: Session,
    owners: Iterable[Any],
    plan: LoadPlan,
    values: EdgeValues,
    criteria: tuple[Any, ...] = (),
    *,
    savepoint: bool = False,
    fetch: Fetch = fetched,
    visible: Visible | None = None,
    beside: RowEntities | None = None,
) -> list[Any]:
    """Load the edge of *values* for those of *owners* that lack it, and keep it there.

    What *plan* says of the targets is loaded with them. *criteria* leave some out, and
    so does what *visible* says of them. What their rows can have *beside* them is kept.
    One statement for all owners that were loaded on the same terms, see `terms`: what
    *fetch* runs, by default for all rows.

    Returns the targets of all owners. A statement that fails is kept as the value of
    its keys, and an owner without its key is passed by: the field that asks for one
    raises the error, see `EdgeValues.value_of`.
    """
    loaded, lacking = values.apart(owners)
    targets = [one for owner in loaded for one in values.targets_on(owner) or ()]
    groups = _grouped(lacking, values)
    for group in groups.values():
        targets += [one for key in group.known for one in targets_in(group.kept[key])]
    groups = {terms: group for terms, group in groups.items() if group.keys}
    if groups:
        _join_lacking(groups, loaded, plan, values)
    for terms, group in groups.items():
        if criteria:
            terms = terms._replace(criteria=(*terms.criteria, *criteria))
        targets += _load_group(
            session,
            group,
            plan,
            terms,
            values,
            savepoint=savepoint,
            fetch=fetch,
            visible=visible,
            beside=beside,
        )
    return targets


def _grouped(owners: Sequence[Any], values: EdgeValues) -> dict[Terms, _Group]:
    """Return those of *owners* that have a key, by the terms they were loaded on.

    What was never saved has no rows.
    """
    groups: dict[Terms, _Group] = {}
    before, group = None, None
    for owner, state, key, terms in _keyed(owners, values):
        if state is not None and not state.has_identity:
            continue
        if group is None or terms is not before:
            before, group = terms, groups.get(terms)
            if group is None:
                group = groups[terms] = _Group(values.kept_on(terms))
        if key in group.kept:
            group.known.append(key)
        elif key is not NO_KEY:
            group.owners.append(owner)
            group.states.append(state)
            group.keys.append(key)
    return groups


def _keyed(
    owners: Sequence[Any], values: EdgeValues
) -> Iterable[tuple[Any, InstanceState[Any] | None, Hashable, Terms]]:
    """Return each of *owners* with its state, its key and its terms.

    The key is `NO_KEY` where the owner lacks it: its field raises the error.
    """
    states = states_of(owners)
    keys = values.query.owner_key.of_each(owners)
    return zip(owners, states, keys, terms_of_each(states, values.prop), strict=True)


def _join_lacking(
    groups: dict[Terms, _Group],
    loaded: Sequence[Any],
    plan: LoadPlan,
    values: EdgeValues,
) -> None:
    """Ask again for the targets of owners that have them, but without a column.

    SQLAlchemy fills what they lack from the statement that runs anyway: they would take
    one more of their own otherwise.
    """
    for group in groups.values():
        group.others += [
            key
            for key in group.known
            if lacking_columns(targets_in(group.kept[key]), plan)
        ]
    for owner, state, key, terms in _keyed(loaded, values) if loaded else ():
        if (
            terms in groups
            and key is not NO_KEY
            and (state is None or state.has_identity)
            and lacking_columns(values.targets_on(owner) or (), plan)
        ):
            groups[terms].others.append(key)


def _load_group(
    session: Session,
    group: _Group,
    plan: LoadPlan,
    terms: Terms,
    values: EdgeValues,
    *,
    savepoint: bool,
    fetch: Fetch,
    visible: Visible | None,
    beside: RowEntities | None,
) -> list[Any]:
    cause = cause_of_statements.get() or Cause("fallback")
    query, prop = values.query, values.prop
    try:
        with causing(replace(cause, relationship=str(prop), plan=plan)):
            if fetch is fetched and _is_read_lazily(session, values, terms):
                _refuse_guarded(values, visible)
                return [
                    target
                    for owner in group.owners
                    for target in members(getattr(owner, prop.key))
                ]
            keys = dict.fromkeys([*group.keys, *group.others])
            found = fetch(
                session,
                query,
                keys,
                plan,
                terms,
                savepoint=savepoint,
                visible=visible,
                beside=beside,
            )
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


def _refuse_guarded(values: EdgeValues, visible: Visible | None) -> None:
    if visible is not None:
        msg = (
            f"{values.prop} leads to rows with a policy in another database, by a join "
            "that names both: SQLAlchemy would load them as if there was none. Give "
            "the field a resolver."
        )
        raise LoaderError(msg)
