"""Plans that were decided before, so that the same selection is planned once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any, ClassVar

__all__ = ["PlanCache"]


class PlanCache:
    """A bounded map, least recently used out first.

    Args:
        max_characters: How long the documents that the values keep alive are together.
            A document takes 100 to 300 bytes of memory for each character of its text.
            What keeps one alive that is longer than a fiftieth of this (10,000
            characters by default) is never kept, so that a few long ones cannot push
            out the rest.
    """

    max_size: ClassVar[int] = 1000
    """Values in each cache. `PlanCache.max_size = 0` switches caching off."""

    def __init__(self, max_characters: int = 500_000) -> None:
        self.max_characters = max_characters
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._characters = 0
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable) -> Any:
        """Return what is kept under *key*, or `None`."""
        if not self.max_size:
            return None
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][0]

    def put(self, key: Hashable, value: Any, characters: int = 0) -> None:
        """Keep *value*, and drop what was used least recently beyond the bounds.

        Args:
            characters: How long the document is that *value* keeps alive.
        """
        if characters > self.max_characters // 50:
            return
        with self._lock:
            _, replaced = self._values.pop(key, (None, 0))
            self._values[key] = (value, characters)
            self._characters += characters - replaced
            while (
                len(self._values) > self.max_size
                or self._characters > self.max_characters
            ):
                _, (_, dropped) = self._values.popitem(last=False)
                self._characters -= dropped

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()
            self._characters = 0
