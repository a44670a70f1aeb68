"""A selection on the application's own statement: the eager path, as one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from graphql import get_named_type, is_abstract_type, is_leaf_type
from sqlalchemy import Executable

from .config import DepthLimit, LoadStrategy, TypeConfig, mapper_of
from .options import with_options
from .planner import plan
from .remembered_plans import lookahead
from .selection import collect
from .type_registry import TypeRegistry

__all__ = ["auto_eager_load"]


Q = TypeVar("Q", bound=Executable)


def auto_eager_load(
    query: Q,
    info: Any,
    model: type[Any],
    strategies: Mapping[str, LoadStrategy] | None = None,
    aliases: Mapping[str, str] | None = None,
    max_depth: int | None = None,
    type_registry: Mapping[Any, Any] | None = None,
    *,
    path: str | Sequence[str] = (),
) -> Q:
    """Return *query* with loader options for what the client asked below this field.

    The statement then loads the columns that the selection needs, plus keys, and every
    relationship that it names: scalars joined into the statement, each collection by
    one further `SELECT … IN` for each relationship and level. Loader options that are
    on *query* already stay and win.

    Args:
        query: A `select()` of *model*, or of an alias of it.
        info: The `GraphQLResolveInfo` of the running resolver.
        model: The mapped class that the statement selects.
        strategies: GraphQL field → loader function, for the first level.
        aliases: GraphQL field → attribute, for the first level. Both are used before
            those of the type's own configuration.
        max_depth: How many levels the selection may nest, this one included. By
            default what the field's type allows, or the schema; a type on the way that
            says less narrows it.
        type_registry: Configurations of types below, by GraphQL type name or by model,
            in place of those that were bound to the schema.
        path: Plan for a nested field of the resolver's own result instead, as
            `"edges.node"`.

    Raises:
        DepthLimitError: The selection nests deeper than *max_depth*, or than a type on
            the way allows.
        FragmentCycleError: A fragment spreads itself.
        QueryTooLargeError: The statement would take options for more than
            `TypeRegistry.max_levels` levels.
        ConfigurationError: *model* is not mapped.
        SelectionPathError: *path* names a field that the schema does not have.
    """
    if not path and is_leaf_type(get_named_type(info.return_type)):
        return query  # as a count: nothing is selected below it
    types = TypeRegistry.in_request(info)
    if type_registry:
        named = [_config(value) for value in type_registry.values()]
        types = TypeRegistry(
            [*types.values(), *named], limit=types.limit, max_levels=types.max_levels
        )
    if strategies or aliases or path or type_registry:
        selection = collect(info, path)
        type_name = selection.type.name
        if strategies or aliases:
            types = types.overridden(
                selection.fields, model, strategies or {}, aliases or {}
            )
        load_plan = plan(
            selection,
            mapper_of(model, type_name),
            types,
            limit=_limit(max_depth, selection.type, info, types),
        )
    else:
        type_ = get_named_type(info.return_type)
        limit = _limit(max_depth, type_, info, types)
        load_plan = lookahead(info, mapper_of(model, type_.name), types, limit=limit)
    return with_options(query, load_plan)


def _limit(
    max_depth: int | None, type_: Any, info: Any, types: TypeRegistry
) -> DepthLimit:
    """Return the limit that a call gives, or else the one of the type it is about."""
    limit = types.limit_of(
        [one.name for one in info.schema.get_possible_types(type_)]
        if is_abstract_type(type_)
        else [type_.name]
    )
    if max_depth is None:
        return limit
    given = DepthLimit(max_depth, "auto_eager_load")
    if max_depth > limit.max_depth and info.path.prev is None:
        # It holds for what else is done below the field, too.
        TypeRegistry.of(info.schema).raised_limits.put(info.path, given)
    return given


def _config(value: Any) -> TypeConfig:
    return value if isinstance(value, TypeConfig) else value.config
