"""Plans that were decided before, so that the same selection is planned once.

What is kept is bounded by number and by size. A plan grows while it is used, as its
levels are decided when they are needed: so each has a `Weight`, which tells its cache.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from threading import Lock
from typing import Any, ClassVar
from weakref import ref

__all__ = ["PlanCache", "PlansOfNodes", "RootFieldMap", "Weight"]


class Weight:
    """How much a plan takes: one for each field asked, `LEVEL` for each level."""

    LEVEL: ClassVar[int] = 20
    """A level takes as much as that many fields: 2 to 4 KB with its options."""

    def __init__(self, fields: int = 0) -> None:
        self.amount = fields
        self.levels = 0
        self.cache: PlanCache | None = None
        """The one that keeps the plan now."""

    def add_level(self) -> None:
        """Note that one more level was decided."""
        self.levels += 1
        if self.cache is None:
            self.amount += self.LEVEL
        else:
            self.cache.grow(self, self.LEVEL)


class PlanCache:
    """A bounded map, least recently used out first."""

    max_size: ClassVar[int] = 1000
    """Plans in each cache. `PlanCache.max_size = 0` switches caching off."""
    max_weight: ClassVar[int] = 200_000
    """What the plans of each cache take together, see `Weight`: 20 to 40 MB."""

    def __init__(self) -> None:
        self._plans: OrderedDict[Hashable, tuple[Any, Weight]] = OrderedDict()
        self._weight = 0
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._plans)

    def get(self, key: Hashable) -> Any:
        """Return what is kept under *key*, or `None`."""
        if not self.max_size:
            return None
        with self._lock:
            found = self._plans.get(key)
            if found is None:
                return None
            self._plans.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, plan: Any, weight: Weight | None = None) -> None:
        """Keep *plan*, and drop what was used least recently beyond the bounds."""
        weight = weight or Weight()
        with self._lock:
            if key in self._plans:
                self._drop(self._plans.pop(key)[1])
            self._plans[key] = plan, weight
            weight.cache = self
            self._weight += weight.amount
            self._shrink()

    def grow(self, weight: Weight, amount: int) -> None:
        """Add *amount* to the *weight* of a plan that is kept here."""
        with self._lock:
            weight.amount += amount
            if weight.cache is self:
                self._weight += amount
                self._shrink()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            for _, weight in self._plans.values():
                self._drop(weight)
            self._plans.clear()

    def _shrink(self) -> None:
        while self._plans and (
            len(self._plans) > self.max_size or self._weight > self.max_weight
        ):
            self._drop(self._plans.popitem(last=False)[1][1])

    def _drop(self, weight: Weight) -> None:
        weight.cache = None
        self._weight -= weight.amount


class PlansOfNodes:
    """A bounded map from nodes of a document, which it does not keep alive.

    What is kept goes when its document goes. Nodes are told apart by identity: to
    compare them by value is to walk them. `PlanCache.max_size = 0` switches it off.

    It serves an application that keeps parsed documents, and costs nothing in one that
    parses anew for each request.
    """

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[tuple[ref[Any], ...], Any]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, nodes: Sequence[Any], key: Hashable) -> Any:
        """Return what is kept for these *nodes* under *key*, or `None`."""
        if not PlanCache.max_size:
            return None
        refs, value = self._kept.get((*map(id, nodes), key), ((), None))
        # An id may be another node's by now, if only the first of several has lived on.
        if all(one() is node for one, node in zip(refs, nodes, strict=False)):
            return value
        return None

    def put(self, nodes: Sequence[Any], key: Hashable, value: Any) -> None:
        """Keep *value* as long as the first of *nodes* lives."""
        if not PlanCache.max_size:
            return
        kept, whole_key = self._kept, (*map(id, nodes), key)
        if len(kept) >= PlanCache.max_size:
            kept.clear()  # rare: so many nodes of documents that are kept
        first = ref(nodes[0], lambda _: kept.pop(whole_key, None))
        refs = (first, *map(ref, nodes[1:]))
        kept[whole_key] = (refs, value)

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()


class RootFieldMap:
    """A bounded map from the root fields of executions, the oldest out first.

    A document may be executed several times at once. So a field is told by the first
    part of its response path, which is one object in each execution, and the same one
    for all fields below. It is kept as long as the value is, so that nothing else has
    its id; it is small, and leads to no document.
    """

    max_size: ClassVar[int] = 10_000
    """More than executions run at a time. About 3 MB."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[Any, Any]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, path: Any) -> Any:
        """Return what is kept for the root field that *path* starts with, or `None`."""
        root = _root_of(path)
        kept, value = self._kept.get(id(root), (None, None))
        return value if kept is root else None

    def put(self, path: Any, value: Any) -> None:
        """Keep *value* for the root field that *path* starts with."""
        root = _root_of(path)
        with self._lock:
            self._kept[id(root)] = (root, value)
            if len(self._kept) > self.max_size:
                self._kept.popitem(last=False)


def _root_of(path: Any) -> Any:
    while path.prev is not None:
        path = path.prev
    return path
