"""What a running field needs of an object that no plan of a root field prepared."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from sqlalchemy.orm import Mapper

from sqla_selection import LoadPlan
from sqla_selection.nested_pages import check_pages, pages_of_root
from sqla_selection.remembered_plans import check_depth_of_root, lookahead_field

from .request import Request, fields_of_path

__all__ = [
    "check_arguments",
    "check_asked",
    "check_depth",
    "check_pages_of_root",
    "field_plan",
]


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
        check_asked(request)
        plan = known[key] = lookahead_field(
            info, request.seen_types, reads=reads, mapper=other
        )
    return plan


def check_depth(request: Request) -> None:
    """Refuse what nests too deep below the root field that the field is in.

    Looked at once for each root field of an execution.

    Raises:
        DepthLimitError: It does.
    """
    if _is_due(request, "depth"):
        registry = request.registry
        raised = None if registry is None else registry.raised_limit
        check_depth_of_root(request.info, request.types, raised=raised)
        _note(request, "depth")


def check_asked(request: Request) -> None:
    """Refuse what asks too much below the root field that the field is in.

    Raises:
        DepthLimitError: It nests too deep.
        ArgumentError: Arguments mean nothing, or ask for more than is allowed.
    """
    check_depth(request)
    check_arguments(request)


def check_arguments(request: Request) -> None:
    """Refuse arguments below the root field that the field is in, if they are wrong.

    Looked at once for each root field of an execution, before its first statement.

    Raises:
        ArgumentError: They mean nothing, or ask for more than is allowed.
    """
    schema = request.bound_schema
    schema.at_first.do(request.info.schema)
    if schema.chooses:
        at_root = request.info.path.prev is None
        if at_root or _is_due(request, "arguments"):
            check_pages_of_root(request)


def check_pages_of_root(request: Request, size: int | None = None) -> None:
    """Do the same, of a schema that is complete, where there is something to refuse.

    Args:
        request: Of the field.
        size: How many rows the page of the root field has, if it has one.

    Raises:
        ArgumentError: See above.
    """
    info = request.info
    pages = pages_of_root(info, request.types)
    root = fields_of_path(info.path)[0]
    check_pages(pages, request.windows, request.bound_schema.limits, root, size)
    _note(request, "arguments")


def _is_due(request: Request, what: str) -> bool:
    return (what, fields_of_path(request.info.path)[0]) not in _passed(request)


def _note(request: Request, what: str) -> None:
    _passed(request)[what, fields_of_path(request.info.path)[0]] = None


def _passed(request: Request) -> dict[Hashable, Any]:
    return {} if request.registry is None else request.execution.field_plans
