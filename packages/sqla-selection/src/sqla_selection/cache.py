"""Plans that were decided before, so that the same selection is planned once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from threading import Lock
from typing import Any, ClassVar
from weakref import ref

__all__ = ["PlanCache", "PlansOfNodes"]


class PlanCache:
    """A bounded map, least recently used out first."""

    max_size: ClassVar[int] = 1000
    """Plans in each cache. `PlanCache.max_size = 0` switches caching off."""

    def __init__(self) -> None:
        self._plans: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._plans)

    def get(self, key: Hashable) -> Any:
        """Return what is kept under *key*, or `None`."""
        if not self.max_size:
            return None
        with self._lock:
            if key not in self._plans:
                return None
            self._plans.move_to_end(key)
            return self._plans[key]

    def put(self, key: Hashable, plan: Any) -> None:
        """Keep *plan*, and drop what was used least recently beyond the bound."""
        with self._lock:
            self._plans[key] = plan
            self._plans.move_to_end(key)
            while len(self._plans) > self.max_size:
                self._plans.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._plans.clear()


class PlansOfNodes:
    """A map from nodes of a document, which it does not keep alive.

    What is kept goes when its document goes. So it serves an application that keeps
    parsed documents, and costs nothing in one that parses anew for each request.
    Nodes are told apart by identity: to compare them by value is to walk them.
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
        if len(self._kept) >= PlanCache.max_size:
            self._kept.clear()  # rare: so many nodes of documents that are kept
        kept, whole_key = self._kept, (*map(id, nodes), key)
        first = ref(nodes[0], lambda _: kept.pop(whole_key, None))
        refs = (first, *map(ref, nodes[1:]))
        kept[whole_key] = (refs, value)

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
