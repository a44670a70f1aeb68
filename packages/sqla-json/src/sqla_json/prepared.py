"""Statements that are kept from request to request, without a value of any.

Of a request there are the statement of the root's rows, the conditions of policies and
filters, and the sizes of pages. Requests whose parts have equal keys differ in values
alone. What is kept has a name in the place of each value, and no value: who runs it has
to give all of them.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    Dialect,
    FromClause,
    Integer,
    Select,
    Table,
    bindparam,
    tuple_,
)
from sqlalchemy.sql import visitors
from sqlalchemy.types import TupleType

from sqla_selection.arguments import Scope

from ._compat import Keyed, become, keyed
from .decoding import Decoders
from .now import AskedRows, Now, Targets

__all__ = ["MOST", "NotKept", "Prepared", "Request", "is_same_sql", "request_of"]

MOST = 32
"""How many statements are kept of one plan on one database."""

Rows = Mapping[int, AskedRows]


class Prepared(NamedTuple):
    """A statement that is kept."""

    stmt: Any
    decoders: Decoders
    """What Python does to each row, empty where it is finished."""
    has_keys: bool = False
    """Whether it selects the key of each row beside, as it may give one twice."""


class NotKept(Exception):  # noqa: N818  # it is no error: the statement is written anew
    """What is written depends on more than its key and its values."""


@dataclass(frozen=True, slots=True)
class Request:
    """What of a statement is of one request."""

    stmt: Select[Any]
    """The rows of the root."""
    rows: Rows
    key: Hashable
    """Equal for requests that differ in values alone."""
    values: Mapping[str, Any]
    """Name → value."""
    names: tuple[Mapping[str, str], Mapping[str, str]]
    """The key of what has a value → name: in the statement, unless that has names
    itself, and in the conditions."""
    sizes: Sequence[str]
    """The names of the sizes of pages."""

    @property
    def may_be_copied_wrongly(self) -> bool:
        """Whether a part with values has tables of its own, which copies of it share.

        What a subquery correlates to is told by the identity of tables.
        """
        parts: list[Any] = [self.stmt] if self.names[0] else []
        if self.names[1]:
            parts += _conditions(self.rows)
        return any(
            isinstance(one, FromClause | Select) and not isinstance(one, Table)
            for part in parts
            for one in visitors.iterate(part)
            if one is not part
        )

    def without_values(self, targets: Targets) -> tuple[Select[Any], Now]:
        """Return the statement with names, and what the rest is written for.

        Raises:
            NotKept: There is a value that no name could stand for.
        """
        stmt = _named(self.stmt, self.names[0])
        names = iter(self.sizes)
        rows: dict[int, AskedRows] = {}
        for place, one in self.rows.items():
            rows[place] = one._replace(
                seen=_named(one.seen, self.names[1]),
                condition=_named(one.condition, self.names[1]),
                limit=None if one.limit is None else _size(next(names)),
                offset=_size(next(names)) if one.offset else one.offset,
            )
        for element, of_part in zip((stmt, _together(rows)), self.names, strict=True):
            if of_part and _names(element) != [*of_part.values()]:
                raise NotKept
        return stmt, Now(targets, rows or None, Scope(_not_known), None, stmt)


def request_of(
    stmt: Select[Any], rows: Rows, given: Mapping[str, Any] | None = None
) -> Request | None:
    """Return what of a statement is of this request, `None` where nothing is kept.

    Args:
        stmt: The rows of the root.
        rows: What is asked of those of each relationship, empty where nothing is.
        given: The values of the names that *stmt* has, where it is always the same.
    """
    if given is not None and not rows:
        return Request(stmt, rows, stmt, given, ({}, {}), ())
    of_stmt = keyed(stmt) if given is None else Keyed(stmt, ())
    of_rows = keyed(_together(rows))
    if of_stmt is None or of_rows is None or not all(map(_is_kept, rows.values())):
        return None
    if stmt.get_execution_options():  # which are in no key: the schema of a tenant
        return None
    values: dict[str, Any] = {**(given or {})}

    def name_of(value: Any) -> str:
        name = f"sqla_json_{len(values)}"
        values[name] = value
        return name

    names = []
    for part in (of_stmt, of_rows):
        if any(one.required or isinstance(one.type, TupleType) for one in part.values):
            return None
        names.append({one.key: name_of(one.effective_value) for one in part.values})
    sizes = [name_of(size) for size in _sizes(rows)]
    structure = tuple(map(_structure, rows.values()))
    key = (of_stmt.key, of_rows.key, structure)
    return Request(stmt, rows, key, values, (names[0], names[1]), sizes)


def is_same_sql(one: Any, other: Any, dialect: Dialect) -> bool:
    """Tell whether two statements are the same SQL, but for the names of values."""
    class_: Any = type(dialect)
    without_names = class_(paramstyle="qmark")
    texts = [str(stmt.compile(dialect=without_names)) for stmt in (one, other)]
    first, second = (_EXPANDED.sub("", text) for text in texts)
    return first == second


_EXPANDED = re.compile(r"(?<=__\[POSTCOMPILE_)[^\]]*(?=\])")


def _is_kept(rows: AskedRows) -> bool:
    """Tell whether what is asked of rows depends on conditions and sizes alone."""
    window = rows.window
    return window is None or not (
        window.is_connection
        or window.has_functions
        or window.after is not None
        or window.before is not None
        or any(key.path for key in window.order)  # to rows that a policy is about
    )


def _structure(rows: AskedRows) -> Hashable:
    window = rows.window
    chosen = window and (
        window.order,
        window.limit is None,
        not window.offset,
        window.is_backward,
    )
    return rows.is_hidden, rows.seen is None, rows.condition is None, chosen


def _sizes(rows: Rows) -> Iterator[int]:
    """Yield the sizes of pages that have a name."""
    for one in rows.values():
        if one.limit is not None:
            yield one.limit
        if one.offset:
            yield one.offset


def _conditions(rows: Rows) -> Iterator[Any]:
    for one in rows.values():
        for condition in (one.seen, one.condition):
            if condition is not None:
                yield condition


def _together(rows: Rows) -> Any:
    """Return all conditions as one expression, with what each is about.

    The key of an alias is its place among the aliases of the expression.
    """
    parts: list[Any] = []
    for one in rows.values():
        if one.seen is not None or one.condition is not None:
            parts += (one.target.anchor, one.seen, one.condition)
    return tuple_(*(part for part in parts if part is not None)) if parts else None


def _names(element: Any) -> list[str]:
    found = keyed(element)
    if found is None:
        raise NotKept
    return [one.key for one in found.values]


def _named(element: Any, names: Mapping[str, str]) -> Any:
    """Return *element* with names in place of values."""
    if element is None or not names:
        return element

    def name(copy: Any) -> None:
        if copy.key in names:
            become(copy, bindparam(names[copy.key], required=True, type_=copy.type))

    # By the keys: what replaces parts leaves out what `any()` and `has()` are made of.
    options = {"maintain_key": True}
    try:
        return visitors.cloned_traverse(element, options, {"bindparam": name})
    except AttributeError as error:  # an option with criteria, which has no copies
        raise NotKept from error


def _size(name: str) -> Any:
    return bindparam(name, required=True, type_=Integer())


def _not_known(entity: Any) -> Any:
    raise NotKept
