"""What a statement is written for: the aliases of its rows, and what a request asks.

Ahead of requests nothing is asked of rows, besides what is mapped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

from sqlalchemy import FromClause, inspect
from sqlalchemy.orm import Mapper, aliased

from sqla_selection.arguments import Scope, Window, Windows
from sqla_selection.keys import key_attributes
from sqla_selection.statement import tables_of

from .shape import RelatedShape

__all__ = ["AskedRows", "Now", "Row", "Targets", "tables_around"]


class Row(NamedTuple):
    """What an object is written of."""

    entity: Any
    """The class, or an alias of it: what relationships start from."""
    column: Callable[[str], Any]
    """Attribute → its column there."""

    @classmethod
    def of(cls, entity: Any) -> Row:
        """Return a row of *entity*, as it is mapped."""
        return cls(entity, partial(getattr, entity))

    @property
    def anchor(self) -> Any:
        """A column of it."""
        return self.column(key_attributes(inspect(self.entity).mapper)[0])

    @property
    def source(self) -> FromClause:
        """What it is selected from."""
        found: FromClause = inspect(self.entity).selectable
        return found

    @property
    def tables(self) -> list[FromClause]:
        """The tables of that."""
        return list(tables_of(self.source))


class Targets:
    """The alias that the target of each relationship of a shape is selected as.

    Always the same one, so that what requests say of it can be compared. Shapes share
    them: to adapt a class to a new alias takes longer than all else of a statement.
    """

    __slots__ = ("_known",)

    def __init__(self, fields: Iterable[RelatedShape]) -> None:
        self._known: dict[int, Row] = {}
        taken: dict[Mapper[Any], int] = {}
        for field in fields:
            mapper = field.relationship.mapper
            if id(field) not in self._known:
                self._known[id(field)] = _target(mapper, taken.get(mapper, 0))
                taken[mapper] = taken.get(mapper, 0) + 1

    def of(self, field: RelatedShape) -> Row:
        """Return the row of *field*, a part of a shape that is kept with this."""
        return self._known[id(field)]


@lru_cache(maxsize=1024)
def _target(mapper: Mapper[Any], place: int) -> Row:
    """Return the row of an alias, one for each place in a statement."""
    return Row.of(aliased(mapper.class_, flat=True))


class AskedRows(NamedTuple):
    """What one request asks of the rows of a relationship, besides what is mapped."""

    target: Row
    seen: Any = None
    """The condition for those that may be seen."""
    is_hidden: bool = False
    """Whether none may."""
    condition: Any = None
    """That of a filter."""
    window: Window | None = None
    """What arguments ask; `None` where the field has none."""
    limit: Any = None
    offset: Any = None
    """The sizes of the window, as SQL takes them."""


@dataclass(frozen=True, slots=True)
class Now:
    """What a statement is written for: one request, or none as yet."""

    targets: Targets
    asked: Mapping[int, AskedRows] | None = None
    """What is asked of the rows of each relationship, by the id of its shape; `None`
    for what is compiled ahead of requests."""
    scope: Scope = Scope()  # noqa: RUF009  # frozen
    """What may be seen of what an order leads to."""
    windows: Windows | None = None
    """What arguments mean, where connections ask it."""
    root: Any = None
    """The statement of the rows of the root, whose tables are around all others."""

    def rows(self, field: RelatedShape) -> AskedRows:
        """Return what is asked of the rows of *field*."""
        if self.asked is None:
            return AskedRows(self.targets.of(field))
        return self.asked[id(field)]

    def around(self) -> set[FromClause]:
        """Return the tables of the root, where all else is of aliases."""
        return tables_around(self.root)


def tables_around(root: Any) -> set[FromClause]:
    """Return the tables of *root*, a `select()`."""
    return {one for part in root.get_final_froms() for one in tables_of(part)}
