"""Brings objects that are there already up to a load plan: the fallback's work.

What an object lacks of the plan is loaded for all objects of its level at once: one
statement for columns (one more for each subclass), one for each relationship.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

from sqlalchemy.orm import RelationshipProperty, Session

from sqla_selection import LoadPlan, PolicyError, RelationshipPlan, Visibility
from sqla_selection.arguments import Scope, Visible, Wanted, Window, Windows
from sqla_selection.carriers import is_joined
from sqla_selection.load_plan import Edge
from sqla_selection.merging import merge_edges

from ._compat import state_of
from .columns import load_columns
from .on_owners import has_repeated, members, reader_of, scalars_on
from .owners import load_edge
from .paging import pages_of, parts_of
from .relationship import RelationshipQuery
from .row_entities import RowEntities
from .terms import Terms
from .values import EdgeValues

__all__ = ["Loaders", "complete", "is_complete"]


class Loaders(Protocol):
    """Who has the loaders of a request, and what they loaded."""

    savepoints: bool
    visibility: Visibility | None

    def values_of(
        self, prop: RelationshipProperty[Any], window: Hashable = None
    ) -> EdgeValues:
        """Return what was loaded for one edge."""

    def has_own_way(self, prop: RelationshipProperty[Any]) -> bool:
        """Tell whether a class of the application's own loads *prop*."""


def complete(
    session: Session,
    objects: Iterable[Any],
    plan: LoadPlan,
    loaders: Loaders,
    windows: Windows | None = None,
) -> None:
    """Load what *objects* lack of *plan*, on this level and below.

    What arguments choose is loaded where *windows* tells what they mean: where that is
    an error, the field raises it. Objects that are not mapped (a resolver that returns
    dicts) get their relationships into *loaders*. Objects that were never saved are
    left as they are.
    """
    distinct = {id(obj): obj for obj in objects if obj is not None}
    if not distinct:
        return
    _complete(session, list(distinct.values()), plan, loaders, windows)


def _complete(
    session: Session,
    objects: list[Any],
    plan: LoadPlan,
    loaders: Loaders,
    windows: Windows | None,
) -> None:
    load_columns(session, objects, plan, savepoint=loaders.savepoints)
    for edge in plan.edges:
        if edge.window is None:
            targets = _load_relationship(session, objects, plan, edge, loaders)
            if targets:
                complete(session, targets, edge.target, loaders, windows)
    if windows is not None:
        for of_window in _edges_by_window(plan, windows):
            _load_window(session, objects, of_window, loaders, windows)
    for subclass in plan.subclasses:
        model = subclass.mapper.class_
        rows = [obj for obj in objects if isinstance(obj, model)]
        if rows:
            _complete(session, rows, subclass, loaders, windows)


def _load_relationship(
    session: Session,
    objects: list[Any],
    plan: LoadPlan,
    edge: RelationshipPlan,
    loaders: Loaders,
) -> list[Any]:
    """Load all rows of one relationship, and return them."""
    if not edge.is_guarded:
        if is_joined(plan, edge):
            joined = scalars_on(objects, edge.relationship, edge.kept_by)
            if joined is not None:
                return joined
        if loaders.has_own_way(edge.relationship):
            return []
    return load_edge(
        session,
        objects,
        edge.target,
        loaders.values_of(edge.relationship, edge.kept_by),
        edge.criteria,
        savepoint=loaders.savepoints,
        visible=_visible(edge, loaders) if edge.is_guarded else None,
        beside=RowEntities.of(loaders),
    )


def _visible(edge: RelationshipPlan, loaders: Loaders) -> Visible:
    """Return what tells which targets of *edge*, which is guarded, may be seen."""
    if loaders.visibility is None:
        msg = (
            f"{edge.relationship} leads to rows with a policy, but nobody said who "
            "sees them. See `LoaderRegistry.visibility_for`."
        )
        raise PolicyError(msg)
    return loaders.visibility.of


class _EdgesOfWindow(NamedTuple):
    """The edges of one relationship that ask for the same rows."""

    window: Window
    edges: list[RelationshipPlan]


def _edges_by_window(plan: LoadPlan, windows: Windows) -> Iterable[_EdgesOfWindow]:
    """Return the edges whose arguments choose rows, those together that choose alike.

    They may be written differently: a variable has the value that is a literal
    elsewhere.
    """
    found: dict[tuple[Edge, Window], _EdgesOfWindow] = {}
    for edge in plan.edges:
        window = None if edge.window is None else windows.find(edge.edge)
        if window is not None:
            key = (edge.edge._replace(window=None), window)
            found.setdefault(key, _EdgesOfWindow(window, [])).edges.append(edge)
    return found.values()


def _load_window(
    session: Session,
    objects: list[Any],
    of_window: _EdgesOfWindow,
    loaders: Loaders,
    windows: Windows,
) -> None:
    window, edges = of_window
    together = merge_edges(edges)
    scope = windows.scope
    if together.is_guarded:
        scope = replace(scope, visible=_visible(together, loaders))
    connection, targets = together.connection, []
    wanted = Wanted() if connection is None else connection.wanted
    for part, of_part in parts_of(window, wanted).items():
        targets += load_edge(
            session,
            objects,
            together.target,
            loaders.values_of(together.relationship, together.edge.kept_by(part)),
            together.criteria,
            savepoint=loaders.savepoints,
            fetch=_Pages(window, scope, of_part),
            beside=RowEntities.of(loaders),
        )
    if targets:
        complete(session, targets, together.target, loaders, windows)


@dataclass(frozen=True)
class _Pages:
    """Gets the rows of a window, or the page where that is a connection's."""

    window: Window
    scope: Scope
    wanted: Wanted

    def __call__(
        self,
        session: Session,
        query: RelationshipQuery,
        keys: Iterable[Hashable],
        plan: LoadPlan,
        terms: Terms,
        *,
        savepoint: bool,
        visible: Visible | None,  # the scope has it
        beside: RowEntities | None,
    ) -> dict[Hashable, Any]:
        pages = pages_of(
            session,
            query,
            keys,
            self.window,
            self.scope,
            plan,
            terms,
            self.wanted,
            savepoint=savepoint,
            beside=beside,
        )
        if self.window.is_connection:
            return dict(pages)
        return {key: page.rows for key, page in pages.items()}


def is_complete(objects: Iterable[Any], plan: LoadPlan) -> bool:
    """Tell whether *objects* themselves have all of *plan*, on every level."""
    wanted = plan.stored_attributes
    below: list[tuple[RelationshipPlan, Callable[[Any], Any], list[Any]]] = [
        (edge, reader_of(edge.relationship, edge.edge.kept_by(edge.window)), [])
        for edge in plan.edges
    ]
    for obj in objects:
        loaded = getattr(obj, "__dict__", {})
        if not loaded.keys() >= wanted and not all(
            key in loaded or _has_code_as(obj, key) for key in wanted
        ):
            return False
        for edge, read, targets in below:
            try:
                of_one = members(read(obj))
            except (KeyError, AttributeError):
                if _has_code_as(obj, edge.key):
                    continue
                return False
            if has_repeated(edge.relationship, of_one):
                return False
            targets.extend(of_one)
    # A plan is decided as far as somebody goes: only for what is there.
    return all(
        is_complete(targets, edge.target) for edge, _, targets in below if targets
    ) and all(
        is_complete([o for o in objects if isinstance(o, sub.mapper.class_)], sub)
        for sub in plan.subclasses
    )


def _has_code_as(obj: Any, key: str) -> bool:
    """Tell whether the class of *obj* has code in place of what its base has mapped."""
    state = state_of(obj)
    return state is not None and key not in state.mapper.attrs
