"""What a field reads: decided here, and asked by everyone as a value.

`reading_of` is of an attribute by its path, which is the mapping's to say;
`reading_of_field` is of a field of a GraphQL type, whose resolver and hint count too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from graphql import GraphQLCompositeType, GraphQLField, is_abstract_type
from sqlalchemy.ext.hybrid import HybridExtensionType
from sqlalchemy.orm import Mapper, RelationshipProperty

from ._compat import criteria_given_to
from .attribute_names import attribute_named, without_synonym
from .attributes import everything, needs_of, needs_of_code, whole
from .config import TELLS_BY_CLASS, LoadStrategy, TypeConfig
from .needs import Needs

__all__ = [
    "ApplicationRead",
    "ColumnRead",
    "HiddenRead",
    "PythonRead",
    "Reading",
    "RelationshipRead",
    "chosen_by",
    "column_of",
    "leaves_out",
    "needs_of_type",
    "reading_of",
    "reading_of_field",
]


@dataclass(frozen=True, slots=True)
class ColumnRead:
    """A column attribute, as it is loaded."""

    name: str
    """Its key, where the field reads a synonym too."""
    needs: Needs
    """What is loaded for it."""


@dataclass(frozen=True, slots=True)
class RelationshipRead:
    """What relationships lead to: mapped objects, of which more is asked."""

    path: tuple[str, ...]
    """Their keys."""
    relationship: RelationshipProperty[Any] | None
    """The relationship of the object itself, where there is just one. A dotted path or
    an association proxy leads through several: Python reads it."""
    needs: Needs


@dataclass(frozen=True, slots=True)
class PythonRead:
    """What Python computes of loaded attributes, as properties and hybrids do."""

    needs: Needs


@dataclass(frozen=True, slots=True)
class ApplicationRead:
    """What a resolver of the application's own gives."""

    needs: Needs
    """What it reads of the object. With a `target`, if it may give what that leads to:
    what is asked below the field is planned there."""


@dataclass(frozen=True, slots=True)
class HiddenRead:
    """Nothing: the viewer may not see the field."""

    needs: Needs = field(default_factory=Needs)


Reading: TypeAlias = (
    ColumnRead | RelationshipRead | PythonRead | ApplicationRead | HiddenRead
)


@lru_cache(maxsize=4096)
def reading_of(mapper: Mapper[Any], path: str) -> Reading:
    """Return what reading *path*, as `"title"` or `"author.username"`, is."""
    needs = needs_of(mapper, path)
    name = without_synonym(mapper, path)
    if name in mapper.column_attrs:
        return ColumnRead(name, needs)
    if needs.target:
        only = mapper.relationships.get(name) if len(needs.target) == 1 else None
        return RelationshipRead(needs.target, only, needs)
    return PythonRead(needs)


def reading_of_field(
    mapper: Mapper[Any], config: TypeConfig, name: str, definition: GraphQLField
) -> Reading:
    """Return what the field *name* of the type reads of rows of *mapper*.

    A resolver of the user's own needs what its `requires` hint says, or that for `"*"`;
    without a hint it may read any plain column. One on a field that names a
    relationship reads that: so what is asked below is planned too. One that was put
    around what reads an attribute reads that attribute, and what its hint says.
    """
    if name in config.hidden:
        return HiddenRead()
    path = config.reads(name, definition)
    is_known, runs_code = path is not None, config.runs_code(definition)
    if path is None or path == name:
        path = attribute_named(mapper, name, config.aliases)
    read = PythonRead(Needs()) if path is None else reading_of(mapper, path)
    kind = PythonRead if is_known and not runs_code else ApplicationRead
    hint = config.requires.get(name)
    if hint is None and kind is ApplicationRead:
        hint = config.requires.get("*")
    if hint is None:
        if kind is PythonRead and path is not None:
            return read
        plain = everything(mapper)
        return kind(read.needs | plain if is_known or read.needs.target else plain)
    needs = Needs()
    for hinted in hint:
        needs |= whole(mapper, needs_of(mapper, hinted))
    if (is_known and runs_code) or (read.needs.target and path in hint):
        needs |= read.needs
    return kind(needs)


def chosen_by(
    mapper: Mapper[Any],
    config: TypeConfig,
    name: str,
    definition: GraphQLField | None,
    path: Sequence[str],
) -> LoadStrategy | None:
    """Return the strategy of the field *name*, if that leaves rows of *path* out.

    What it leaves is the value of this field and not of the attribute, which other
    types and the application's code read as well. A resolver of the application's own
    reads the attribute: there it is set.
    """
    strategy = config.strategies.get(name)
    if strategy is None or not config.reads_apart or len(path) > 1:
        return None
    if definition is not None and config.reads(name, definition) is None:
        return None
    prop = mapper.relationships[path[0]]
    return strategy if leaves_out(prop, strategy) else None


def leaves_out(prop: RelationshipProperty[Any], strategy: LoadStrategy) -> bool:
    """Tell whether *strategy* has criteria: `lambda a: selectinload(a.and_(…))`."""
    return _has_criteria((prop, strategy))


@lru_cache(maxsize=1024)
def _has_criteria(of: tuple[RelationshipProperty[Any], LoadStrategy]) -> bool:
    prop, strategy = of
    return bool(criteria_given_to(strategy(getattr(prop.parent.class_, prop.key))))


def column_of(mapper: Mapper[Any], attribute: str) -> str | None:
    """Return the column or the hybrid that *attribute* is in SQL, `None` if neither."""
    name = without_synonym(mapper, attribute, in_sql=True)
    if name in mapper.column_attrs:
        return name
    descriptor = mapper.all_orm_descriptors.get(name)
    kind = getattr(descriptor, "extension_type", None)
    return name if kind is HybridExtensionType.HYBRID_PROPERTY else None


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
