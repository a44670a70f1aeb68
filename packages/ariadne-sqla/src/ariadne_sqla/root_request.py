"""One root field that is asked for in one request: what executors are given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqla_loaders import AnySession, Cause
from sqla_selection import LoadPlan, lookahead
from sqla_selection.arguments import ArgumentsShape
from sqla_selection.asked import AskedField
from sqla_selection.asked_connections import AskedConnection
from sqla_selection.remembered_plans import lookahead_connection
from sqla_selection.selection import collect_field

from .field_plans import check_depth, check_pages_of_root
from .holder import Holder
from .request import Request
from .root_field import RootField
from .routes import PLANNED_AHEAD
from .selected import Selected

__all__ = ["Declined", "RootRequest"]


@dataclass(frozen=True, slots=True)
class Declined:
    """What an executor gives where it does not apply."""

    why: str
    """One sentence, for people who debug; empty where nobody asks."""


class RootRequest(Request):
    """A root field that is answered now."""

    def __init__(
        self,
        info: Any,
        root: RootField,
        shape: ArgumentsShape,
        arguments: dict[str, Any],
    ) -> None:
        super().__init__(info, root.bound)
        self.bound_schema = root.schema
        self.root = root
        self.shape = shape
        self.arguments = arguments
        self._selected: tuple[AnySession, Selected] | None = None
        self._holder: tuple[AnySession, Holder] | None = None
        self.declined: list[str] = []
        """Why the executors before declined, empty where nobody asks."""

    @cached_property
    def session(self) -> AnySession:
        """The session of the request.

        Raises:
            MissingSessionError: The context has none.
        """
        return self.root.session_in(self.info.context)

    @cached_property
    def plan(self) -> LoadPlan:
        """What is asked of the rows, and below.

        Raises:
            DepthLimitError: It nests too deep.
        """
        info, types, limit = self.info, self.seen_types, self.root.limit
        if self.shape.connection is not None:
            return lookahead_connection(info, self.shape, types, limit=limit)
        return lookahead(info, self.root.mapper, types, limit=limit)

    def holder(self, session: AnySession) -> Holder:
        """Return the database that *session* reads the rows from."""
        if self._holder is None or self._holder[0] is not session:
            self._holder = session, Holder.of(session, self.root.mapper)
        return self._holder[1]

    def selected(self, session: AnySession) -> Selected:
        """Return what the field selects, when all that is asked below it is checked.

        Args:
            session: What is to run the statement.

        Raises:
            DepthLimitError: The query nests too deep.
            ArgumentError: Arguments here or below mean nothing, or ask for too much.
        """
        if self._selected is not None and self._selected[0] is session:
            return self._selected[1]  # of an executor before, which declined
        selected = self.root.statement(
            self, self.shape, self.arguments, lambda: self.holder(session)
        )
        if self.root.base_query is not None and hasattr(selected.stmt, "options"):
            selected = replace(selected, criteria=self.criteria)
        if self.route in PLANNED_AHEAD:
            _ = self.plan
        elif self.route == "fallback":
            check_depth(self)
        if self.bound_schema.chooses or selected.window.limit:
            check_pages_of_root(self, selected.window.limit)
        self._selected = session, selected
        return selected

    @cached_property
    def connection(self) -> AskedConnection:
        """What is asked of the connection that the field gives, which gives one."""
        connection = self.asked.connection
        assert connection is not None
        return connection

    @cached_property
    def asked(self) -> AskedField:
        """What is asked of the field, if it gives a connection."""
        return collect_field(self.info, shape=self.shape)

    def answered(self, route: str, *why: str, plan: LoadPlan | None = None) -> Cause:
        """Return what the statement is run for, and why it is not one before."""
        path = tuple(self.info.path.as_list())
        reasons = " ".join(filter(None, (*self.declined, *why)))
        return Cause(route, path, self.root.where, None, plan, reasons)
