"""Whether the request of some loaders is open, and who waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .errors import ClosedRegistryError

__all__ = ["Lifetime"]


class Lifetime:
    """The time between the start of a request and its end."""

    def __init__(self) -> None:
        self.is_over = False
        self._tasks: set[asyncio.Task[Any]] = set()

    def check_open(self, what: str) -> None:
        """Raise `ClosedRegistryError` if the request is over."""
        if self.is_over:
            msg = f"Cannot load {what}: the request of this loader is over."
            raise ClosedRegistryError(msg)

    @contextmanager
    def batch(self, what: str) -> Iterator[None]:
        """Run a batch that `end` ends, with an error for all who wait for it."""
        task = _current_task()
        try:
            self.check_open(what)
            if task is not None:
                self._tasks.add(task)
            yield
        except asyncio.CancelledError:
            # aiodataloader would leave the futures of a cancelled batch pending.
            self.check_open(what)
            raise
        finally:
            if task is not None:
                self._tasks.discard(task)

    def end(self) -> None:
        """End the request, and cancel the batches that still run."""
        self.is_over = True
        for task in self._tasks:
            task.cancel()


def _current_task() -> asyncio.Task[Any] | None:
    """Return the running task, `None` where no event loop runs."""
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
