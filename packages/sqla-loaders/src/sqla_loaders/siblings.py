"""What one execution knows: who is asked for the same, and what was found for them.

A registry may serve several executions (a batch of operations, the events of a
subscription), with other variables and other rows each. What is known by response paths
and by nodes of the document is true of one of them only.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqla_selection import LoadPlan
from sqla_selection.arguments import KnownWindows, Window
from sqla_selection.asked import AskedField

from .values import Values

__all__ = ["Execution", "Executions", "Places"]

_MAX_EXECUTIONS = 16

Places: TypeAlias = tuple[int, ...]
"""The places in lists of a response path, from its root on."""


@dataclass(slots=True)
class _Level:
    """The objects at one response path, apart from their places in lists."""

    by_places: dict[Places, Any] = field(default_factory=dict)
    by_id: dict[int, Any] = field(default_factory=dict)


class Execution:
    """What is known in one execution of an operation.

    Args:
        identity: An object that is this execution's own. It is kept.
        values: What was loaded for relationships.
    """

    def __init__(self, identity: object, values: Values | None = None) -> None:
        self.identity = identity
        self.windows: KnownWindows = {}
        """What arguments mean in it."""
        self.asked: dict[tuple[str, int], tuple[Any, AskedField]] = {}
        """What nodes ask of a type: by the id of each node, which is kept with it."""
        self._values = values or Values()
        self.field_plans: dict[Hashable, Any] = {}
        """What fields of unprepared objects need."""
        self._results: dict[Hashable, dict[Any, Any]] = {}
        self._noted: list[
            tuple[
                tuple[str, ...], Sequence[Any], LoadPlan | None, Sequence[Places] | None
            ]
        ] = []
        self._levels: dict[tuple[str, ...], _Level] = {}
        self._root = ""

    def results_of(self, key: Hashable) -> dict[Any, Any]:
        """Return what resolvers gave, to be filled; the same one for the same *key*."""
        return self._results.setdefault(key, {})

    def enter(self, root: str) -> None:
        """Let go of what is noted below other root fields than *root*.

        A synchronous execution goes through one after the other, and to none again. So
        objects live as long as without this: a later field that selects a row again
        gets it as its own statement says.

        Args:
            root: A response key.
        """
        if root != self._root:
            self._root = root
            self._noted.clear()
            self._levels.clear()

    def note(
        self,
        path: tuple[str, ...],
        objects: Sequence[Any],
        plan: LoadPlan | None,
        places: Sequence[Places] | None = None,
    ) -> None:
        """Note what the field at *path* gave in a synchronous execution.

        Args:
            path: Response keys, without places in lists.
            objects: What was given there.
            plan: What is asked of it, if it is of mapped classes.
            places: The places in lists of each object. `None`: the field gave one list.
        """
        self._noted.append((path, objects, plan, places))

    def has_noted(
        self, path: tuple[str, ...], placed: Iterable[tuple[Places, Any]]
    ) -> bool:
        """Tell whether all of *placed* was noted at *path*: it has what is asked.

        Args:
            path: Response keys, without places in lists.
            placed: Objects, and their places in lists.
        """
        level = self._levels.get(path)
        known = {} if level is None else dict(level.by_places)
        for noted, objects, _, places in self._noted:
            if noted == path and places is not None:
                known.update(zip(places, objects, strict=True))
        return all(known.get(places) is obj for places, obj in placed)

    def siblings_of(self, obj: Any, path: tuple[str, ...]) -> list[Any]:
        """Return the objects that are asked for the same as *obj*, itself included.

        Those are at the same response path, apart from their places in lists.
        """
        level = self._level(path)
        return list(level.by_id.values()) if id(obj) in level.by_id else [obj]

    def placed_siblings_of(
        self, obj: Any, path: tuple[str, ...], places: Places
    ) -> list[tuple[Places, Any]]:
        """Return the same with the places of each, one that is at several for each."""
        known = self._level(path).by_places
        if known.get(places) is obj:
            return list(known.items())
        return [(places, obj)]

    def forget(self) -> None:
        """Forget what was found: rows have changed."""
        self._noted.clear()
        self._levels.clear()
        self._results.clear()

    def _level(self, path: tuple[str, ...]) -> _Level:
        for root, objects, plan, places in self._noted:
            if places is None:
                places = [(place,) for place in range(len(objects))]
            placed = list(zip(places, objects, strict=True))
            levels = [((), placed)] if plan is None else self._below(placed, plan)
            for below, found in levels:
                level = self._levels.setdefault((*root, *below), _Level())
                level.by_places.update(found)
                level.by_id.update((id(obj), obj) for _, obj in found)
        self._noted.clear()
        return self._levels.get(path) or _Level()

    def _below(
        self, placed: Iterable[tuple[Places, Any]], plan: LoadPlan
    ) -> Iterator[tuple[tuple[str, ...], list[tuple[Places, Any]]]]:
        """Yield the response path of each level of *plan*, and the objects there."""
        placed = [(places, obj) for places, obj in placed if obj is not None]
        yield (), placed
        for edge in plan.edges:
            window = None if edge.window is None else self.windows.get(edge.edge)
            if edge.window is not None and not isinstance(window, Window):
                continue  # it is not loaded, or an error of its field
            values = self._values.of(edge.relationship, edge.edge.kept_by(window))
            below: list[tuple[Places, Any]] = []
            for places, obj in placed:
                targets = values.known_targets(obj)
                if edge.relationship.uselist:
                    below += [((*places, n), one) for n, one in enumerate(targets)]
                else:
                    below += [(places, one) for one in targets]
            if below:
                for path, level in self._below(below, edge.target):
                    for way in edge.ways:
                        yield (*way, *path), level
        for subclass in plan.subclasses:
            rows = [one for one in placed if isinstance(one[1], subclass.mapper.class_)]
            if rows:
                yield from self._below(rows, subclass)


class Executions:
    """The latest executions that one registry serves.

    Args:
        values: What was loaded for relationships.
    """

    def __init__(self, values: Values) -> None:
        self._values = values
        self._latest: dict[int, Execution] = {}

    def of(self, identity: object) -> Execution:
        """Return what is known in one execution of an operation.

        Args:
            identity: An object that is its own, as `info.fragments` is.
        """
        execution = self._latest.get(id(identity))
        if execution is None:
            execution = Execution(identity, self._values)
            self._latest[id(identity)] = execution
            if len(self._latest) > _MAX_EXECUTIONS:
                del self._latest[next(iter(self._latest))]
        return execution

    def enter(self, identity: object, root: str) -> None:
        """Let go of what is known below other root fields, see `Execution.enter`."""
        execution = self._latest.get(id(identity))
        if execution is not None:
            execution.enter(root)

    def forget(self) -> None:
        """Forget what was found: rows have changed."""
        for execution in self._latest.values():
            execution.forget()
