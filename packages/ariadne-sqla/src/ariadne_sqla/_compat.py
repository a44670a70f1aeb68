"""The one place for what versions of graphql-core do differently.

The executor is no public name where graphql-core gives none: each name says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from graphql import GraphQLLeafType, version_info
from graphql.type import scalars

__all__ = [
    "BaseExecutionContext",
    "Nodes",
    "deferred_by",
    "grouped_fields",
    "is_specified",
    "serializer_of",
]

Nodes: TypeAlias = list[Any]
"""What executors pass on of the nodes of one response key: `FieldNode` on graphql-core
3.2, `FieldDetails` on 3.3. The same list for all objects of one execution."""

if version_info >= (3, 3):
    # What `execute` takes when it is told nothing. The public `Executor` passes by
    # `@defer` and `@stream`, where this one answers them, or refuses to.
    from graphql.execution.incremental.incremental_executor import (
        IncrementalExecutor as BaseExecutionContext,
    )
else:
    from graphql import (  # type: ignore[attr-defined, no-redef]
        ExecutionContext as BaseExecutionContext,
    )


def grouped_fields(collected: Any) -> Mapping[str, Nodes]:
    """Return response key → nodes of what `collect_subfields` gave."""
    grouped: Mapping[str, Nodes] = getattr(collected, "grouped_field_set", collected)
    return grouped


def deferred_by(nodes: Sequence[Any]) -> bool:
    """Tell whether some of *nodes* are in a fragment with `@defer`."""
    return any(getattr(one, "defer_usage", None) is not None for one in nodes)


def serializer_of(type_: GraphQLLeafType) -> Callable[[Any], Any]:
    """Return what makes of a value what the response has.

    `serialize` on graphql-core 3.2; 3.3 has it as well, and calls another name.
    """
    serializer: Callable[[Any], Any] = getattr(
        type_, "coerce_output_value", type_.serialize
    )
    return serializer


_SPECIFIED = {
    "Boolean": scalars.serialize_boolean,
    "Float": scalars.serialize_float,
    "ID": scalars.serialize_id,
    "Int": scalars.serialize_int,
    "String": scalars.serialize_string,
}


def is_specified(type_: GraphQLLeafType) -> bool:
    """Tell whether *type_* is a scalar of the specification, serialized as that says.

    An application may give `ID` a serializer of its own.
    """
    return serializer_of(type_) is _SPECIFIED.get(type_.name)
