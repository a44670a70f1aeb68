"""What a running field needs of an object that no plan of a root field prepared."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Mapper

from sqla_selection import LoadPlan, TypeRegistry
from sqla_selection.lookahead import check_depth_of_root, lookahead_field

from .request import Request

__all__ = ["check_depth", "field_plan"]


def field_plan(
    request: Request, reads: str | None, other: Mapper[Any] | None = None
) -> LoadPlan:
    """Return what the field needs of its owner, and below; decided once an execution.

    That is to read the path *reads*, or else what the field's hint or resolver says.

    Args:
        request: Of the field. It has a registry.
        reads: The path to plan by.
        other: The mapper of the owner, where that is of another class than the type.

    Raises:
        DepthLimitError: The query nests too deep below its root field.
    """
    info = request.info
    nodes = map(id, info.field_nodes)
    key = (info.parent_type.name, info.field_name, reads, other, *nodes)
    known = request.execution.field_plans
    plan: LoadPlan | None = known.get(key)
    if plan is None:
        check_depth(request)
        plan = known[key] = lookahead_field(
            info, TypeRegistry.of(info.schema), reads=reads, mapper=other
        )
    return plan


def check_depth(request: Request) -> None:
    """Refuse what nests too deep below the root field that the field is in.

    Looked at once for each root field of an execution.

    Raises:
        DepthLimitError: It does.
    """
    info, registry = request.info, request.registry
    passed = {} if registry is None else registry.execution(info.fragments).field_plans
    path = info.path
    while path.prev is not None:
        path = path.prev
    key = ("depth", path.key)
    if key not in passed:
        raised = None if registry is None else registry.raised_limit
        check_depth_of_root(info, TypeRegistry.of(info.schema), raised=raised)
        passed[key] = None
