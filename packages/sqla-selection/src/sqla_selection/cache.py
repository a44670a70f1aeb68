"""Plans that were decided before, so that the same selection is planned once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any, ClassVar

__all__ = ["PlanCache"]


class PlanCache:
    """A bounded map from selections to plans, least recently used out first."""

    max_size: ClassVar[int] = 1000
    """Plans kept for each schema. `PlanCache.max_size = 0` switches caching off."""

    def __init__(self, limit: int | None = None) -> None:
        self._limit = limit
        self._plans: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._plans)

    def get(self, key: Hashable) -> Any:
        """Return what is kept under *key*, or `None`."""
        if not self.max_size:
            return None
        with self._lock:
            plan = self._plans.get(key)
            if plan is not None:
                self._plans.move_to_end(key)
            return plan

    def put(self, key: Hashable, plan: Any) -> None:
        """Keep *plan*, and drop the least recently used beyond `max_size`."""
        with self._lock:
            self._plans[key] = plan
            size = self.max_size if self._limit is None else self._limit
            while len(self._plans) > min(size, self.max_size):
                self._plans.popitem(last=False)

    def clear(self) -> None:
        """Forget all plans."""
        with self._lock:
            self._plans.clear()
