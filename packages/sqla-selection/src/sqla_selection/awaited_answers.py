"""What coroutines of the application's say in one request: each is awaited once.

Policies and rules are asked where nothing can be awaited. Those that are coroutines are
awaited before, all of them: until then they have said nothing, which hides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Generic, TypeVar

from .errors import PolicyError
from .policies import is_coroutine

__all__ = ["AwaitedAnswers"]

Key = TypeVar("Key")


class AwaitedAnswers(Generic[Key]):
    """The answers of those of some functions that are coroutines.

    Args:
        functions: Key → function.
    """

    def __init__(self, functions: Mapping[Key, Callable[..., Any]]) -> None:
        self._keys = [key for key, one in functions.items() if is_coroutine(one)]
        self._answers: dict[Key, Any] = {}
        self._turn: asyncio.Lock | None = None

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to be awaited."""
        return len(self._answers) == len(self._keys)

    def __contains__(self, key: Key) -> bool:
        """Tell whether the answer of *key* is one that is awaited."""
        return key in self._keys

    def waiting(
        self, ask: Callable[[Key], Awaitable[Any]]
    ) -> Coroutine[Any, Any, None] | None:
        """Return what awaits them all, one after the other; `None` for nothing.

        Args:
            ask: Called with a key; returns what its function gives.
        """
        return None if self.is_complete else self._await_all(ask)

    def of(self, key: Key, what: str) -> Any:
        """Return the answer of *key*, or the exception that it raised.

        Args:
            key: One that is awaited.
            what: Whose answer it is, for the error if it was not.
        """
        if key in self._answers:
            return self._answers[key]
        return PolicyError(
            f"{what} is a coroutine, which a synchronous execution (WSGI, "
            "`graphql_sync`) cannot await. Put what it awaits into the context, and "
            "let it be a plain function."
        )

    async def _await_all(self, ask: Callable[[Key], Awaitable[Any]]) -> None:
        if self._turn is None:
            self._turn = asyncio.Lock()
        async with self._turn:
            for key in self._keys:
                if key not in self._answers:
                    try:
                        self._answers[key] = await ask(key)
                    except Exception as error:
                        self._answers[key] = error
