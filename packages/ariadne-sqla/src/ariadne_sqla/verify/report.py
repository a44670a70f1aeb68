"""What verifying found, as values."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

__all__ = ["Difference", "Kind", "NotAsked", "Verification"]

Kind: TypeAlias = Literal["error", "n+1", "order", "reads", "rows"]
"""An error that lazy loading has not, statements that grow with the rows, the members
of a collection in another order, more rows fetched than lazy loading's and as many
again, other rows or values."""


@dataclass(frozen=True)
class Difference:
    """One query whose answer is not that of lazy loading, or that costs too much."""

    kind: Kind
    way: str
    """How it was asked: the path, and how it was executed."""
    query: str
    """The smallest query that shows it."""
    got: str
    """What was answered, where it differs; the statements of an N+1; the rows that were
    fetched, and by what."""
    want: str
    """What lazy loading answers there; how many statements there should be, and how
    many rows."""

    def __str__(self) -> str:
        """Show the query and both answers."""
        return (
            f"{self.kind}, {self.way}\n    {self.query}\n"
            f"    got:  {self.got}\n    want: {self.want}"
        )


@dataclass(frozen=True)
class NotAsked:
    """Something that no query asked for, or that has no values to be asked for."""

    where: str
    why: str


@dataclass
class Verification:
    """What was asked, and what came of it."""

    classes: int = 0
    queries: int = 0
    """Different ones."""
    answers: int = 0
    """Answers that were compared: each query was asked in several ways."""
    ways: Counter[str] = field(default_factory=Counter)
    """How many of them were asked in which way, as `Difference.way` names it."""
    rows: int = 0
    """Rows in the database."""
    seconds: float = 0.0
    differences: list[Difference] = field(default_factory=list)
    not_asked: list[NotAsked] = field(default_factory=list)

    @property
    def is_proven(self) -> bool:
        """Whether every answer was that of lazy loading, in bounded statements."""
        return not self.differences
