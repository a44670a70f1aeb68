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
from .config import DepthLimit, TypeRegistry
from .depth import check_depth
from .plan import LoadPlan
from .planner import plan, plan_key
from .selection import Consulted, collect, collect_root

__all__ = ["check_depth_of_root", "lookahead"]

_VARIANTS = 8
"""Plans kept for one field of one document: one for each outcome of its conditions."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    """The key of a plan, and all that it was decided by, beside its nodes."""

    fragments: dict[str, FragmentDefinitionNode | None]
    variables: dict[str, Any]
    key: Hashable = None
    """What the plan is kept under: it goes when there are too many or too large."""

    @classmethod
    def of(
        cls, info: Any, consulted: Consulted, key: Hashable = None
    ) -> _Remembered | None:
        """Return what holds for requests that are decided alike, if that is known."""
        values = coerced_variables(info)
        if not consulted.variables <= values.keys():
            return None
        variables = {name: values[name] for name in consulted.variables}
        return cls(consulted.fragments, variables, key)

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
    made = _Remembered.of(info, consulted, plan_key(selection, mapper))
    if made is not None:
        types.plans_of_nodes.put(nodes, key, (made, *variants)[:_VARIANTS])
    return decided


def check_depth_of_root(
    info: Any, types: TypeRegistry, *, raised: DepthLimit | None = None
) -> None:
    """Check all that is asked below the field of the operation that *info* is in.

    For what a resolver of the application's own gives: the limit is that of the first
    configured types on each way, or what `auto_eager_load` was called with for that
    field of this execution. Levels are counted as `check_depth` does, from the root
    field on.

    Args:
        info: The `info` of the field.
        types: The configurations.
        raised: What it was called with in the source of a subscription, whose events
            are executions of their own.

    Raises:
        DepthLimitError: It nests deeper.
    """
    if not any(node.selection_set for node in info.field_nodes):
        return
    path = info.path
    while path.prev is not None:
        path = path.prev
    consulted = Consulted()
    if path is info.path:
        nodes, selection = info.field_nodes, collect(info, (), consulted)
    else:
        root = collect_root(info, path.key, consulted)
        if root is None or root.selection is None:
            return
        nodes, selection = root.nodes, root.selection
    variants: tuple[_Remembered, ...] = types.plans_of_nodes.get(nodes, "depth") or ()
    if any(remembered.holds_for(info) for remembered in variants):
        return
    raised = types.raised_limits.get(path) or raised
    check_depth(selection.asked, types, limit=raised)
    made = _Remembered.of(info, consulted)
    if made is not None and raised is None:
        types.plans_of_nodes.put(nodes, "depth", (made, *variants)[:_VARIANTS])
