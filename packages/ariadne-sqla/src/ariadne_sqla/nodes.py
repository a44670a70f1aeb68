"""Answers `node(id)` and `nodes(ids)`: rows of any type, by their global ids.

One statement for each type that is asked for, and one for each relationship and level
below it, as everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from sqla_loaders import unscoped
from sqla_selection import ConfigurationError
from sqla_selection.arguments.limits import Budget
from sqla_selection.coercion import UnfitValueError, as_sent

from .entity_statement import Named
from .errors import GlobalIdError
from .keyed_rows import KeyedRows
from .node_ids import NodeIds, NodeType, key_value
from .request import Request, then
from .results import prepare

__all__ = ["answer_node", "answer_nodes"]

_WHY = "The global ids name the rows."


def answer_node(ids: NodeIds, info: Any, global_id: Any) -> Any:
    """Return the object with that global id, or an awaitable of it; `None` if none.

    Raises:
        GlobalIdError: It is malformed, or of no type that is a node.
    """

    def only(found: list[Any]) -> Any:
        [obj] = found
        if isinstance(obj, GlobalIdError):
            raise obj
        return obj

    return then(_Nodes(ids, info, is_list=False).answer([global_id]), only)


def answer_nodes(ids: NodeIds, info: Any, global_ids: Sequence[Any] | None) -> Any:
    """Return the objects with those global ids in their order, or an awaitable of them.

    `None` for one that does not exist, an error for one that is malformed.

    Raises:
        ArgumentLimitError: There are more than the limits allow.
    """
    global_ids = global_ids or ()
    Budget(ids.bound.limits).check_values(("ids",), len(global_ids))
    return _Nodes(ids, info, is_list=True).answer(global_ids)


class _Asked(NamedTuple):
    """A row that is asked for."""

    node: NodeType
    named: Named


class _Nodes:
    """What one running field asks for by global ids."""

    def __init__(self, ids: NodeIds, info: Any, *, is_list: bool) -> None:
        self._ids = ids
        self._info = info
        self._is_list = is_list
        self._request = Request(info)
        self._request.leave_others()
        self._rows: dict[NodeType, KeyedRows] = {}

    def answer(self, global_ids: Sequence[Any]) -> Any:
        asked = [self._asked(one) for one in global_ids]
        wanted: dict[NodeType, list[Named]] = {}
        for one in asked:
            if isinstance(one, _Asked):
                wanted.setdefault(one.node, []).append(one.named)
        found: dict[_Asked, Any] = {}
        return then(
            self._load(list(wanted.items()), found),
            lambda _: self._prepared(asked, found),
        )

    def _asked(self, global_id: Any) -> _Asked | GlobalIdError:
        try:
            node, key = self._ids.node_of(global_id)
            rows = self._rows_of(node)
            values = []
            for column, text in zip(node.key.columns, key, strict=True):
                values.append(rows.coerced(column, key_value(text, column.type)))
        except GlobalIdError as error:
            return error
        except UnfitValueError as error:
            given = as_sent(global_id)
            msg = f"{given} is no id of a {node.name!r}: it is not {error}."
            return GlobalIdError(msg)
        return _Asked(node, (node.key, tuple(values)))

    def _rows_of(self, node: NodeType) -> KeyedRows:
        rows = self._rows.get(node)
        if rows is None:
            request = Request(self._info, node.bound)
            stmt = _base_query(node, self._info)
            rows = self._rows[node] = KeyedRows(node.bound, request, _WHY, stmt)
            if isinstance(unscoped(rows.session), AsyncSession):
                request.check_is_async()
        return rows

    def _load(
        self, wanted: list[tuple[NodeType, list[Named]]], found: dict[_Asked, Any]
    ) -> Any:
        """Load one type after the other into *found*; to be awaited where that is."""
        if not wanted:
            return None
        (node, of_type), *others = wanted

        def keep(rows: dict[Named, Any]) -> Any:
            found.update({_Asked(node, named): obj for named, obj in rows.items()})
            return self._load(others, found)

        return then(self._rows_of(node).load(of_type), keep)

    def _prepared(
        self, asked: list[_Asked | GlobalIdError], found: dict[_Asked, Any]
    ) -> Any:
        """Return the objects when they have what is asked below."""
        objects = [found.get(one) if isinstance(one, _Asked) else None for one in asked]
        answers = [
            one if isinstance(one, GlobalIdError) else obj
            for one, obj in zip(asked, objects, strict=True)
        ]
        if self._request.route == "lazy" or not found:
            return answers
        result = objects if self._is_list else objects[0]
        return then(prepare(result, self._request, _WHY), lambda _: answers)


def _base_query(node: NodeType, info: Any) -> Any:
    """Return the statement that a node is among the rows of, `None` for all rows.

    The application's conditions and options count; its limit and its order, which are
    about a list, do not.

    Raises:
        ConfigurationError: It takes no condition.
    """
    base_query = node.bound.base_query
    if base_query is None:
        return None
    stmt = base_query(info)
    if not hasattr(stmt, "where"):
        msg = (
            f"A {node.name!r} cannot be found by its global id: its base query is a "
            f"{type(stmt).__name__}, which takes no condition. Return a `select()`."
        )
        raise ConfigurationError(msg)
    return stmt.order_by(None).limit(None).offset(None)
