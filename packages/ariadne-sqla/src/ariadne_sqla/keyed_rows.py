"""The rows of one bound type that are asked for by their keys, loaded at once.

What a field names by keys, be it representations of a federated schema or global ids,
is one statement for each type, and batches for what is asked below.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session, lazyload

from sqla_loaders import AnySession, result_of
from sqla_selection import LoadPlan, lookahead
from sqla_selection.coercion import coerced
from sqla_selection.visibility import hides_all

from .bound import Bound
from .entity_statement import Named, entity_statement
from .field_plans import check_arguments
from .holder import Holder
from .request import Request
from .routes import PLANNED_AHEAD

__all__ = ["KeyedRows"]


class KeyedRows:
    """Rows of one type that one running field asks for by keys.

    Args:
        bound: The type.
        request: Of the field.
        why: Why its rows are asked for, for people who debug.
        stmt: A `select()` of the type's class that they are among; by default all.
    """

    def __init__(
        self, bound: Bound, request: Request, why: str, stmt: Any = None
    ) -> None:
        self._registry = bound.registry_in(request.info.context)
        self.session: AnySession = self._registry.session
        self._bound = bound
        self._request = request
        self._why = why
        self._stmt = stmt

    def load(self, wanted: Iterable[Named]) -> Any:
        """Return the rows of *wanted* by what names them, or an awaitable of that.

        One statement, or as many as the driver's limit of values demands. What names no
        row is not in the answer. What is asked below, and the statement does not carry,
        is left to `results.prepare`.

        Args:
            wanted: Keys with values as their columns hold them, see `coerced`.

        Raises:
            DepthLimitError: The query nests too deep.
            ArgumentError: Arguments below mean nothing, or ask for too much.
        """
        plan = self._plan()
        check_arguments(self._request)
        parts = list(self._parts(dict.fromkeys(wanted)))
        entity = self._bound.config.mapper.class_

        def work(session: Session) -> dict[Named, Any]:
            rows: dict[Named, Any] = {}
            if hides_all(self._request.visible(entity)):
                return rows
            for part in parts:
                visible = self._request.visible
                stmt = entity_statement(entity, part, plan, self._stmt, visible)
                select = stmt.select
                if plan is None and self._request.visibility is not None:
                    # What the mapping loads with the rows, it loads without policies.
                    select = select.options(lazyload("*"))
                if self._stmt is not None:
                    select = select.options(*self._request.criteria)
                found: Iterable[Any] = result_of(session, select).unique()
                for obj, *values in found:
                    for key, places in stmt.places.items():
                        named = (key, tuple(values[place] for place in places))
                        rows.setdefault(named, obj)
            if self._request.visibility is not None:
                self._registry.verdicts.allow(rows.values())
            return rows

        cause = self._request.cause(self._request.route, self._why, plan=plan)
        return self._request.when_policies_are_known(
            lambda: self._request.run(self.session, work, cause)
        )

    def coerced(self, column: Any, value: Any) -> Any:
        """Return *value* as the column holds it.

        Raises:
            UnfitValueError: It cannot.
        """
        return coerced(value, column.type, self._holder.dialect)

    @cached_property
    def _holder(self) -> Holder:
        return Holder.of(self.session, self._bound.config.mapper)

    def _plan(self) -> LoadPlan | None:
        if self._request.route not in PLANNED_AHEAD:
            return None
        info, config = self._request.info, self._bound.config
        types = self._request.seen_types
        limit = types.limit_of([config.name])
        return lookahead(info, config.mapper, types, limit=limit)

    def _parts(self, wanted: Iterable[Named]) -> Iterator[list[Named]]:
        """Yield *wanted* in parts that a statement of this database takes."""
        part: list[Named] = []
        free = self._holder.values_per_statement
        for key, values in wanted:
            if part and free < len(values):
                yield part
                part, free = [], self._holder.values_per_statement
            part.append((key, values))
            free -= len(values)
        if part:
            yield part
