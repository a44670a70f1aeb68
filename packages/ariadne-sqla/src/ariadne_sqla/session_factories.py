"""Functions that make sessions: whether they are told what for, decided once."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, iscoroutinefunction, signature
from typing import Any, TypeVar

from .errors import ConfigurationError

__all__ = ["taking"]

_Session = TypeVar("_Session")


def taking(
    what: str, factory: Callable[..., _Session], owner: str
) -> Callable[[Any], _Session]:
    """Return *factory* as a function of one argument, which it gets if it needs one.

    One that could do without it, such as a `sessionmaker` or a class of sessions, is
    called without.

    Args:
        what: The argument, in words.
        factory: What the application gave.
        owner: Whose `session_factory` that is.

    Raises:
        ConfigurationError: It is a coroutine function, or needs more than that.
    """
    if iscoroutinefunction(factory):
        msg = (
            f"`session_factory` of {owner} is a coroutine function. A session is made "
            "without waiting: await what it depends on before, in a middleware around."
        )
        raise ConfigurationError(msg)
    needed = _needed(factory)
    if needed == 0:
        return lambda _: factory()
    if needed == 1:
        return factory
    msg = (
        f"`session_factory` of {owner} needs {needed} arguments. It is called with "
        f"none, or with {what}."
    )
    raise ConfigurationError(msg)


def _needed(factory: Callable[..., Any]) -> int:
    """Return how many positional arguments *factory* cannot do without."""
    try:
        every = signature(factory).parameters.values()
    except (TypeError, ValueError):  # a function of C
        return 0
    by_position = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    return sum(
        one.kind in by_position and one.default is Parameter.empty for one in every
    )
