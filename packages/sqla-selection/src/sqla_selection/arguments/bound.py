"""The windows of one execution: what its fields ask, with the values of its variables.

A plan has arguments as a client wrote them. Whoever carries it out asks here what they
mean now; each is read once in an execution, and equal ones are equal windows.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from functools import lru_cache
from typing import Any, TypeAlias

from graphql import GraphQLError
from sqlalchemy import Dialect
from sqlalchemy.orm import Mapper, RelationshipProperty

from .._compat import coerced_variables
from ..coercion import ANY
from ..load_plan import Edge
from .conditions import Scope
from .given import window_of
from .limits import ArgumentLimits
from .ordering import order_key_of_another, order_keys_of
from .seen import hidden_in
from .shapes import OrderKey
from .windows import Window

__all__ = ["KnownWindows", "Windows"]

KnownWindows: TypeAlias = MutableMapping[Edge, "Window | GraphQLError"]
"""What is known in one execution: of arguments that mean nothing, why."""


class Windows:
    """The windows of one execution.

    Args:
        info: Of any field of the execution. Functions of the application get it.
        known: What is kept between the fields of the execution.
        limits: What is allowed.
        scope: What conditions depend on beside the arguments.
        dialect_of: Tells what the values for rows of a mapper must fit; without it,
            what any database holds.
    """

    def __init__(
        self,
        info: Any,
        known: KnownWindows,
        limits: ArgumentLimits = ArgumentLimits(),  # noqa: B008  # frozen
        scope: Scope | None = None,
        dialect_of: Callable[[Mapper[Any]], Dialect] = lambda _: ANY,
    ) -> None:
        self.known = known
        self.scope = scope or Scope(info=info)
        self._info = info
        self._limits = limits
        self._dialect_of = dialect_of

    def of(self, edge: Edge) -> Window:
        """Return what is asked of the rows of *edge*, whose arguments choose some.

        Raises:
            GraphQLError: The arguments mean nothing, or ask for more than is allowed.
        """
        found = self.known.get(edge)
        if found is None:
            try:
                found = self._made(edge)
            except GraphQLError as error:
                found = error
            self.known[edge] = found
        if isinstance(found, Window):
            return found
        raise found.with_traceback(None)

    def find(self, edge: Edge) -> Window | None:
        """Return the same, or `None` for what is an error: its field raises it."""
        try:
            return self.of(edge)
        except GraphQLError:
            return None

    def _made(self, edge: Edge) -> Window:
        asked = edge.window
        assert asked is not None
        return window_of(
            asked.shape,
            asked.values(self._info.variable_values),
            asked.node,
            coerced_variables(self._info),
            limits=self._limits,
            dialect=self._dialect_of(edge.relationship.mapper),
            default_order=_order_of(
                edge.relationship, asked.shape.connection is not None
            ),
            hides=hidden_in(self._info),
        )


@lru_cache(maxsize=1024)
def _order_of(
    prop: RelationshipProperty[Any], is_connection: bool
) -> tuple[OrderKey, ...]:
    """Return the order of the mapping, always the same: expressions are no values.

    That of a connection is one that cursors can say the place in.
    """
    order = order_keys_of(prop)
    if is_connection and order_key_of_another(prop, order) is not None:
        return ()
    return order
