"""What is verified: a schema that answers, and what lazy loading would read for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from graphql import GraphQLSchema
from sqlalchemy.orm import Mapper

__all__ = ["AskedField", "AskedRoot", "AskedType", "Path", "Subject", "with_session"]

Path: TypeAlias = Literal["auto_eager_load", "eager", "fallback", "own resolver"]
"""How rows come to be: planned ahead by a root field or by `auto_eager_load`, or not
planned ahead, by a root field or by a resolver of the application's own."""


@dataclass(frozen=True)
class AskedField:
    """A field that queries may ask for."""

    name: str
    read: Callable[..., Any]
    """Reads it of an object, given `info` and arguments, as SQLAlchemy alone would."""
    target: str | None = None
    """The type of what a relationship leads to."""
    is_list: bool = False
    is_ordered: bool = False
    """Whether the mapping says in which order its rows are."""
    is_column: bool = False
    """Whether it is a stored value, which takes no statement of its own."""


@dataclass(frozen=True)
class AskedType:
    """An object type, or an interface."""

    name: str
    mapper: Mapper[Any]
    fields: Mapping[str, AskedField]
    concrete: tuple[str, ...] = ()
    """The object types of an interface; none for an object type."""


@dataclass(frozen=True)
class AskedRoot:
    """A field of `Query` that queries begin with."""

    name: str
    type: str
    path: Path


def with_session(session: Any) -> dict[str, Any]:
    """Return the context of a request, where nothing else is wanted."""
    return {"session": session}


@dataclass(frozen=True)
class Subject:
    """A schema, with what is asked of it."""

    schema: GraphQLSchema
    mappers: tuple[Mapper[Any], ...]
    types: Mapping[str, AskedType]
    roots: Mapping[str, tuple[AskedRoot, ...]]
    """By the name of the type, the ways to its rows."""
    rows_of: Callable[[AskedRoot, Any, Any], Any] | None = None
    """Gives the rows of a root field as SQLAlchemy alone would, of the session and
    `info`; `None` where the field's own statement is run without loading ahead."""
    context_of: Callable[[Any], dict[str, Any]] = with_session
    """Makes the context of a request with that session."""
    max_depth: int = 4
    """How many levels a query may nest, wherever it begins."""
