"""Counts the rows that are fetched, which few drivers tell of a SELECT."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["count_rows"]


def count_rows(context: Any, cursor: Any, count: Callable[[int], None]) -> None:
    """Call *count* with the rows of a statement that has run.

    Of what changes rows, at once and with their number; of what selects, each time that
    some are fetched, with how many. It is for `after_cursor_execute`.
    """
    if context is not None and not (
        context.isinsert or context.isupdate or context.isdelete or context.isddl
    ):
        count(0)
        # Not *cursor*: somebody else may count, too.
        context.cursor = _CountedCursor(context.cursor, count)
    elif cursor.rowcount >= 0:
        count(cursor.rowcount)


class _CountedCursor:
    """A cursor that counts the rows that are fetched from it."""

    def __init__(self, cursor: Any, count: Callable[[int], None]) -> None:
        self._cursor = cursor
        self._count = count

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def _counted(self, rows: Any) -> Any:
        self._count(len(rows))
        return rows

    def fetchall(self) -> Any:
        return self._counted(self._cursor.fetchall())

    def fetchmany(self, *size: Any) -> Any:
        return self._counted(self._cursor.fetchmany(*size))

    def fetchone(self) -> Any:
        row = self._cursor.fetchone()
        self._count(0 if row is None else 1)
        return row
