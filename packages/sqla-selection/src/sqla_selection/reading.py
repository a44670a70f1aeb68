"""What a field reads: a column, a relationship, or Python code with its needs."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLCompositeType, GraphQLField, is_abstract_type
from sqlalchemy.orm import Mapper

from .attributes import (
    Needs,
    attribute_named,
    everything,
    needs_of,
    needs_of_code,
    whole,
)
from .config import TELLS_BY_CLASS, TypeConfig

__all__ = ["needs_of_field", "needs_of_type"]


def needs_of_field(
    mapper: Mapper[Any], config: TypeConfig, name: str, definition: GraphQLField
) -> Needs:
    """Return what the field *name* of the type takes to be resolved.

    A resolver of the user's own needs what its `requires` hint says; without a hint it
    may read any plain column. One on a field that names a relationship reads that: so
    what is asked below is planned too. One that was put around what reads an attribute
    reads that attribute, and what its hint says.
    """
    path = config.reads(name, definition)
    is_known, runs_code = path is not None, config.runs_code(definition)
    if path is None or path == name:
        path = config.aliases.get(name) or attribute_named(mapper, name)
    read = Needs() if path is None else needs_of(mapper, path)
    hint = config.requires.get(name)
    if hint is None:
        if is_known and not runs_code and path is not None:
            return read
        plain = everything(mapper)
        return read | plain if is_known or read.target else plain
    needs = Needs()
    for hinted in hint:
        needs |= whole(mapper, needs_of(mapper, hinted))
    if (is_known and runs_code) or (read.target and path in hint):
        needs |= read
    return needs


def needs_of_type(
    mapper: Mapper[Any], config: TypeConfig, declared: GraphQLCompositeType
) -> Needs:
    """Return what is read of a row to find its GraphQL type.

    A type resolver of the application's own needs what the type's hint for
    `"__typename"` says; without a hint what its code reads of the row.
    """
    if is_abstract_type(declared):
        resolver: Any = declared.resolve_type
        if resolver is None or resolver is declared.extensions.get(TELLS_BY_CLASS):
            return Needs()
    else:
        resolver = getattr(declared, "is_type_of", None)
        if resolver is None:
            return Needs()
    hint = config.requires.get("__typename")
    if hint is None:
        return needs_of_code(mapper, resolver)
    needs = Needs()
    for hinted in hint:
        needs |= whole(mapper, needs_of(mapper, hinted))
    return needs
