"""From a resolver's `info` to the plan of what the client asks below it.

`plan(collect(info), …)`, remembered: a server that keeps parsed documents gives the
same field nodes with every request of the same query. What else decided the selection
(the fragments, the variables of `@skip` and `@include`) is compared before a plan is
used again. What is remembered goes when its document goes.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import FragmentDefinitionNode
from sqlalchemy.orm import Mapper

from ._compat import coerced_variables
from .config import TypeRegistry
from .plan import LoadPlan
from .planner import DepthLimit, plan, plan_key
from .selection import Consulted, collect

__all__ = ["lookahead"]

_VARIANTS = 8
"""Plans kept for one field of one document: one for each outcome of its conditions."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    """The key of a plan, and all that it was decided by, beside its nodes."""

    fragments: dict[str, FragmentDefinitionNode | None]
    variables: dict[str, Any]
    key: Hashable
    """What the plan is kept under: it goes when there are too many or too large."""

    def holds_for(self, info: Any) -> bool:
        values = coerced_variables(info)
        return all(
            info.fragments.get(name) is fragment
            for name, fragment in self.fragments.items()
        ) and all(
            name in values and values[name] == value
            for name, value in self.variables.items()
        )


def lookahead(
    info: Any,
    mapper: Mapper[Any],
    types: TypeRegistry,
    *,
    limit: DepthLimit | None = None,
    path: str | Sequence[str] = (),
) -> LoadPlan:
    """Return the plan for rows of *mapper* below the field that *info* belongs to.

    Args and errors are those of `collect` and `plan`.
    """
    nodes = info.field_nodes
    path = path if isinstance(path, str) else tuple(path)
    key = (info.parent_type.name, mapper, limit, path)
    variants: tuple[_Remembered, ...] = types.plans_of_nodes.get(nodes, key) or ()
    for remembered in variants:
        if remembered.holds_for(info):
            known: LoadPlan | None = types.plans.get(remembered.key)
            if known is not None:
                return known
    consulted = Consulted()
    selection = collect(info, path, consulted)
    decided = plan(selection, mapper, types, limit=limit)
    values = coerced_variables(info)
    if consulted.variables <= values.keys():
        remembered = _Remembered(
            consulted.fragments,
            {name: values[name] for name in consulted.variables},
            plan_key(selection, mapper),
        )
        types.plans_of_nodes.put(nodes, key, (remembered, *variants)[:_VARIANTS])
    return decided
