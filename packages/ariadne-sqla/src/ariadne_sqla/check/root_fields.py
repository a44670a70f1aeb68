"""Root fields that nothing answers."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import GraphQLSchema, OperationType, get_named_type

from sqla_selection import TypeRegistry

from ..ownership import is_default
from .findings import Finding

__all__ = ["check_root_fields"]


def check_root_fields(schema: GraphQLSchema) -> Iterator[Finding]:
    """Find the fields of the operations that only read a root value.

    Next to no application gives one: they are null, or an error where they must not
    be. A resolver was forgotten, or a type in the list of the `SQLAlchemyQueryType`.
    """
    types = TypeRegistry.of(schema)
    for operation in OperationType:
        root = schema.get_root_type(operation)
        for name, definition in root.fields.items() if root else ():
            if not is_default(definition) or definition.subscribe is not None:
                continue
            shown = get_named_type(definition.type).name
            fix = "Give it a resolver."
            if operation is OperationType.SUBSCRIPTION:
                fix = "Give it a source."
            elif operation is OperationType.QUERY and shown in types:
                fix = (
                    f"Put {shown!r} among the types of a SQLAlchemyQueryType, or give "
                    "the field a resolver."
                )
            yield Finding(
                "unanswered-field",
                f"{root}.{name}",
                "It has no resolver: without a root value it is null, or an error if "
                "it is non-null.",
                fix,
            )
