"""What was loaded for relationships: the one place that reads, keeps and forgets it.

An edge is a relationship, and the window through which its rows are seen: what is asked
of them beyond the relationship, or who asks. `None` is no window: all rows.

The value of an edge sits on the mapped attribute of its owner where that is what the
attribute means: without a window, and on an object of the session. Elsewhere it is kept
here, by the key of the owner and the terms that it was loaded on, until rows change.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy.orm import InstanceState, RelationshipProperty, Session
from sqlalchemy.orm.attributes import set_committed_value

from sqla_selection import LoadPlan, Policies
from sqla_selection.carriers import is_joined
from sqla_selection.load_plan import Edge
from sqla_selection.mapping import classes_without
from sqla_selection.needs import Needs

from ._compat import state_of
from .errors import NotLoadedError, ParentKeyError
from .failures import Failure
from .on_owners import has_repeated, members, reader_of
from .page import Page
from .relationship import RelationshipQuery
from .terms import Terms, terms_of
from .writes import Writes

__all__ = ["EdgeValues", "Values", "targets_in"]


class Values:
    """What was loaded for relationships in one request."""

    def __init__(self) -> None:
        self.writes = Writes()
        self._lent = Writes(of_detached=True)
        self._edges: dict[tuple[RelationshipProperty[Any], Hashable], EdgeValues] = {}

    def of(
        self, prop: RelationshipProperty[Any], window: Hashable = None
    ) -> EdgeValues:
        """Return the values of one edge, the same each time."""
        edge = (prop, window)
        values = self._edges.get(edge)
        if values is None:
            values = self._edges[edge] = EdgeValues(prop, window, self.writes)
        return values

    def value_of(
        self, owner: Any, prop: RelationshipProperty[Any], window: Hashable = None
    ) -> Any:
        """Return what was loaded for *owner*, see `EdgeValues.value_of`."""
        return self.of(prop, window).value_of(owner)

    @property
    def are_kept(self) -> bool:
        """Whether something is kept here, beside the owners: a value or a failure."""
        return any(values.are_kept for values in self._edges.values())

    def forget(self) -> None:
        """Forget what is kept, and unload what was set: rows have changed."""
        for values in self._edges.values():
            values.forget()
        self._edges = {edge: one for edge, one in self._edges.items() if not edge[1]}
        self.writes.unload()
        self.take_off()

    def put_on(self, owner: Any, needs: Needs, policies: Policies) -> None:
        """Put what was loaded of guarded relationships on the attributes of *owner*.

        For Python code that reads them next, and whatever they have had before: it may
        be what somebody else sees. What the application has changed itself stays.

        Args:
            owner: A mapped object.
            needs: What the code reads.
            policies: Those of the schema.

        Raises:
            NotLoadedError: It was not loaded, or was forgotten since.
        """
        state = state_of(owner)
        if state is None:
            return
        steps = [*needs.relationships]
        if needs.target:
            first, *rest = needs.target
            steps.append((first, Needs(target=tuple(rest))))
        for key, below in steps:
            prop = state.mapper.relationships.get(key)
            if prop is None:
                continue
            if policies.guards(prop.mapper) and state.has_identity:
                self._lend(owner, state, prop)
            for target in members(state.dict.get(key)):
                self.put_on(target, below, policies)
        for mapper, below in needs.subclasses:
            if state.mapper.isa(mapper):
                self.put_on(owner, below, policies)

    def _lend(
        self,
        owner: Any,
        state: InstanceState[Any],
        prop: RelationshipProperty[Any],
    ) -> None:
        if prop.key not in state.committed_state:
            value = self.value_of(owner, prop, Edge(prop, is_guarded=True).kept_by())
            set_committed_value(owner, prop.key, value)
            self._lent.note(prop.key, [state])

    def take_off(self) -> None:
        """Unload again what `put_on` has set: code that writes must not see it."""
        self._lent.unload()


class EdgeValues:
    """What was loaded for one edge in one request.

    Args:
        prop: The relationship.
        window: See the module.
        writes: Is told what is set on owners.
    """

    def __init__(
        self, prop: RelationshipProperty[Any], window: Hashable, writes: Writes
    ) -> None:
        self.prop = prop
        self.query = RelationshipQuery.of(prop)
        self._writes = writes
        self._name = prop.key
        self._sits_on_owner = window is None and not self.query.is_query
        self._read = reader_of(prop, window)
        self._kept: dict[Terms, dict[Hashable, Any]] = {}

    @property
    def are_kept(self) -> bool:
        """Whether something is kept here, beside the owners: a value or a failure."""
        return any(self._kept.values())

    def kept_on(self, terms: Terms) -> dict[Hashable, Any]:
        """Return key → what is kept for owners with *terms*: a value or a `Failure`."""
        return self._kept.setdefault(terms, {})

    def value_of(self, owner: Any) -> Any:
        """Return what was loaded for *owner*, or raise what a batch met.

        Raises:
            NotLoadedError: Nothing was loaded: what is not known is not empty.
        """
        loaded = getattr(owner, "__dict__", _NOTHING)
        if self._sits_on_owner and self._name in loaded:
            return loaded[self._name]
        key = self.query.key_of(owner)
        if self.query.is_empty(key):
            return self.query.nothing
        values = self._kept.get(terms_of(state_of(owner), self.prop), {})
        if key not in values:
            msg = f"{self.prop} was not loaded for {key!r}, or was forgotten since."
            raise NotLoadedError(msg)
        value = values[key]
        if isinstance(value, Failure):
            raise value.reason()
        return value

    def apart(self, owners: Iterable[Any]) -> tuple[list[Any], list[Any]]:
        """Return the owners that have loaded their targets, and those that lack them.

        Owners of a subclass that has something else of the name are in neither.
        """
        name = self._name if self._sits_on_owner else None
        loaded: list[Any] = []
        lacking: list[Any] = []
        without = classes_without(self.prop)
        for owner in owners:
            if not (without and isinstance(owner, without)):
                has_it = name in getattr(owner, "__dict__", _NOTHING)
                (loaded if has_it else lacking).append(owner)
        return loaded, lacking

    def targets_on(self, owner: Any) -> Iterable[Any] | None:
        """Return the targets that *owner* itself has, `None` if it has not loaded them.

        What a loader option has given it twice is left out, as lazy loading does.
        """
        loaded = getattr(owner, "__dict__", _NOTHING)
        if not self._sits_on_owner or self._name not in loaded:
            return None
        value = loaded[self._name]
        if not self.query.is_list:
            return () if value is None else (value,)
        targets = members(value)
        if has_repeated(self.prop, targets):
            targets = list({id(one): one for one in targets}.values())
            set_committed_value(owner, self._name, targets)
        return targets

    def known_targets(self, owner: Any) -> Iterable[Any]:
        """Return the targets that are known of *owner*, without a statement."""
        try:
            return members(self._read(owner))
        except (KeyError, AttributeError):
            return targets_in(self._kept_of(owner, None))

    def are_kept_for(self, owner: Any) -> bool:
        """Tell whether something is kept for *owner*, without a statement."""
        return self._kept_of(owner, _UNKNOWN) is not _UNKNOWN

    def _kept_of(self, owner: Any, default: Any) -> Any:
        """Return the value or `Failure` kept for *owner*, if its key is loaded."""
        state = state_of(owner)
        kept = self._kept and self._kept.get(terms_of(state, self.prop))
        lacks_key = state is not None and not (
            state.dict.keys() >= {*self.query.key_attributes}
        )
        if not kept or lacks_key:
            return default
        try:
            return kept.get(self.query.key_of(owner), default)
        except ParentKeyError:
            return default

    def keep(
        self,
        session: Session,
        owners: Sequence[Any],
        states: Sequence[InstanceState[Any] | None],
        keys: Sequence[Hashable],
        found: dict[Hashable, list[Any]],
        kept: dict[Hashable, Any],
    ) -> None:
        """Keep what was *found* for the *keys* of *owners*: on them, or else in *kept*.

        A detached object may outlive the request, and be another user's tomorrow.
        """
        set_on: list[InstanceState[Any]] = []
        values = self.query.values_of(keys, found)
        for owner, state, key, value in zip(owners, states, keys, values, strict=True):
            if state is not None and state.session is session and self._sits_on_owner:
                # SQLAlchemy makes the collection, of whatever class it is mapped.
                set_committed_value(owner, self._name, value)
                set_on.append(state)
            else:
                kept[key] = value
        self._writes.note(self._name, set_on)

    def note_joined(self, targets: Iterable[Any], plan: LoadPlan) -> None:
        """Note what a statement for *plan* has set on *targets* itself."""
        if self._writes.have_been:
            for name, owners in _joined_in(targets, plan):
                self._writes.note(name, owners)

    def fail(
        self, keys: Iterable[Hashable], kept: dict[Hashable, Any], error: Exception
    ) -> None:
        """Keep *error* as what there is for *keys*."""
        kept.update(dict.fromkeys(keys, Failure(str(self.prop), error)))

    def forget(self) -> None:
        """Forget what is kept."""
        self._kept.clear()


def targets_in(value: Any) -> Iterable[Any]:
    """Return the targets in what is kept for a key."""
    if isinstance(value, Page):
        return value.rows
    return () if isinstance(value, Failure) else members(value)


def _joined_in(
    objects: Iterable[Any], plan: LoadPlan
) -> Iterator[tuple[str, list[InstanceState[Any]]]]:
    """Yield each scalar that a statement for *plan* set, and its owners."""
    for edge in plan.edges:
        if is_joined(plan, edge):
            owners = [state for state in map(state_of, objects) if state is not None]
            yield edge.key, owners
            below = [state.dict.get(edge.key) for state in owners]
            yield from _joined_in(
                [one for one in below if one is not None], edge.target
            )


_NOTHING: Any = {}
_UNKNOWN: Any = object()
