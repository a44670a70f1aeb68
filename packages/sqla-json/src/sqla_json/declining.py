"""Why something is not answered as JSON: a value, which is part of what is compiled.

Inside of this package a reason is raised where it is found, and becomes a value at the
door. To decline is no error: whoever asked answers in another way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

__all__ = ["Declined", "Declining", "declining"]

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Declined:
    """What is given where one statement cannot give the same answer."""

    why: str
    """One sentence, for people who debug."""
    is_of_the_rows: bool = False
    """Whether it is of what was found, and not of what is asked: a null where none may
    be, a number out of range. Other rows may have an answer."""


class Declining(Exception):  # noqa: N818  # it is no error, and leaves no function
    """Carries a reason out of what was being decided."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.declined = Declined(why)


def declining(decide: Callable[P, T]) -> Callable[P, T | Declined]:
    """Let *decide* return the reason that is raised in it."""

    @wraps(decide)
    def decided(*args: P.args, **kwargs: P.kwargs) -> T | Declined:
        try:
            return decide(*args, **kwargs)
        except Declining as reason:
            return reason.declined

    return decided
