"""From a resolver's `info` to the plan of what the client asks below it.

`plan(collect(info), …)`, remembered: a server that keeps parsed documents gives the
same field nodes with every request of the same query. What else decided the selection
(the fragments, the variables of `@skip` and `@include`) is compared before a plan is
used again. What is remembered goes when its document goes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import FieldNode
from sqlalchemy.orm import Mapper

from .asked import AskedField
from .collector import Consulted
from .config import DepthLimit
from .depth import check_depth
from .load_plan import LoadPlan
from .planner import plan, plan_asked, plan_field, plan_field_key, plan_key
from .remembered import remember, remembered, root_of
from .selection import Selection, collect, collect_field
from .type_registry import TypeRegistry

if TYPE_CHECKING:
    from .arguments.shapes import ArgumentsShape

__all__ = [
    "check_depth_of_root",
    "lookahead",
    "lookahead_connection",
    "lookahead_field",
    "lookahead_within",
]


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
    path = path if isinstance(path, str) else tuple(path)

    def decide() -> _Decided:
        selection = collect(info, path)
        decided = plan(selection, mapper, types, limit=limit)
        key = plan_key(selection.asked, mapper, types)
        return _Decided(decided, key, selection.consulted)

    key = (info.parent_type.name, mapper, _depth(limit), path)
    return _remembered(info.field_nodes, info, types, key, decide)


def lookahead_connection(
    info: Any,
    shape: ArgumentsShape,
    types: TypeRegistry,
    *,
    limit: DepthLimit | None = None,
) -> LoadPlan:
    """Return the plan for the rows of the connection that the running field gives.

    For what is asked of them by whatever fields of the connection.

    Args:
        info: The `info` of the field.
        shape: What its arguments may ask, of rows of which class.
        types: The configurations.
        limit: The depth allowed, the rows being its first level.

    Raises:
        DepthLimitError: What is asked nests deeper.
    """

    def decide() -> _Decided:
        consulted = Consulted()
        below = collect_field(info, consulted, shape).below
        assert below is not None
        decided = plan_asked(below, shape.mapper, types, limit=limit)
        return _Decided(decided, plan_key(below, shape.mapper, types), consulted)

    key = (info.parent_type.name, shape.mapper, _depth(limit), "connection")
    return _remembered(info.field_nodes, info, types, key, decide)


def lookahead_within(
    info: Any,
    selection: Selection,
    mapper: Mapper[Any],
    types: TypeRegistry,
) -> LoadPlan:
    """Return the plan for rows of *mapper* that are found within the field's value.

    No depth limit applies: see `check_depth_of_root`.

    Args:
        info: The `info` of the field.
        selection: What is asked of the rows. It came of `collect(info)`.
        mapper: What the rows are of.
        types: The configurations.
    """

    def decide() -> _Decided:
        decided = plan(selection, mapper, types)
        key = plan_key(selection.asked, mapper, types)
        return _Decided(decided, key, selection.consulted)

    # Not where it stands: fields of two types may stand in one place of a response.
    key = (selection.type.name, mapper)
    return _remembered(selection.nodes, info, types, key, decide)


def lookahead_field(
    info: Any,
    types: TypeRegistry,
    *,
    reads: str | None = None,
    mapper: Mapper[Any] | None = None,
) -> LoadPlan:
    """Return what the running field needs of its object, and of what is below.

    For an object that was not prepared. The limit is that of `check_depth_of_root`.

    Args:
        info: The `info` of the field, whose type has a configuration.
        types: The configurations.
        reads: The path that is read, whatever the field's resolver and hint say: it
            may be wrapped by another resolver.
        mapper: What the object is a row of, if that is not what the type shows.
    """
    config = types[info.parent_type.name]
    if mapper is not None:
        config = replace(config, model=mapper.class_)
    name = info.field_name
    definition = info.parent_type.fields[name]
    if not any(node.selection_set for node in info.field_nodes):
        return plan_field(
            config, AskedField(name, name, definition, None), types, reads
        )

    def decide() -> _Decided:
        consulted = Consulted()
        asked = collect_field(info, consulted)
        decided = plan_field(config, asked, types, reads)
        key = plan_field_key(config, asked, types, reads)
        return _Decided(decided, key, consulted)

    key = (config.name, name, config.model, reads)
    return _remembered(info.field_nodes, info, types, key, decide)


def _depth(limit: DepthLimit | None) -> int | None:
    """Return what *limit* refuses by: who set it, only the error tells."""
    return None if limit is None else limit.max_depth


class _Decided(NamedTuple):
    """A plan, and what it was decided by."""

    plan: LoadPlan
    key: Hashable
    """What it is kept under."""
    consulted: Consulted


def _remembered(
    nodes: Sequence[FieldNode],
    info: Any,
    types: TypeRegistry,
    key: Hashable,
    decide: Callable[[], _Decided],
) -> LoadPlan:
    """Return the plan of *nodes* that is known by *key*, or decide it."""
    key = (key, types.edition)
    for kept_under in remembered(types, nodes, key, info):
        known: LoadPlan | None = types.plans.get(kept_under)
        if known is not None:
            return known
    decided = decide()
    remember(types, nodes, key, info, decided.consulted, decided.key)
    return decided.plan


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
    consulted = Consulted()
    root = root_of(info, consulted)
    if root is None or remembered(types, root.nodes, "depth", info):
        return
    raised = types.raised_limits.get(info.path) or raised
    check_depth(root.asked, types, limit=raised)
    if raised is None:
        remember(types, root.nodes, "depth", info, consulted)
