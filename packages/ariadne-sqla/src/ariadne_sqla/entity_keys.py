"""The keys of a type in a federated schema: what a row of it is found by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    GraphQLObjectType,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    value_from_ast_untyped,
)
from sqlalchemy.orm import Mapper

from sqla_selection import TypeConfig
from sqla_selection.arguments.vocabulary import column_named
from sqla_selection.attribute_names import attribute_named

__all__ = ["EntityKey", "EntityKeys", "has_keys"]

Path: TypeAlias = tuple[str, ...]
Values: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class EntityKey:
    """A `@key`: the attributes that a row is found by."""

    fields: str
    """As the schema has it, `"id organization { id }"`."""
    leaves: tuple[Path, ...]
    """The places in a representation."""
    attributes: tuple[Path, ...]
    """The attribute for each of them, behind the relationships that lead to it."""

    columns: tuple[Any, ...]
    """The column attribute for each of them."""

    def values_in(self, representation: Mapping[str, Any]) -> Values | None:
        """Return the values of the key, `None` if the representation lacks one."""
        found = []
        for leaf in self.leaves:
            value: Any = representation
            for name in leaf:
                if not isinstance(value, Mapping) or name not in value:
                    return None
                value = value[name]
            found.append(value)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class EntityKeys:
    """The keys of one type."""

    usable: tuple[EntityKey, ...]
    """Those whose fields are columns, behind to-one relationships or not."""
    unusable: tuple[str, ...]
    """What the others name."""

    @classmethod
    def of(cls, graphql_type: GraphQLObjectType, config: TypeConfig) -> EntityKeys:
        """Return the keys that the schema gives to *graphql_type*."""
        usable, unusable = [], []
        for fields in _fields_of_keys(graphql_type):
            key = _key(fields, config)
            if key is None:
                unusable.append(fields)
            else:
                usable.append(key)
        return cls(tuple(usable), tuple(unusable))


def has_keys(graphql_type: GraphQLObjectType) -> bool:
    """Tell whether the schema gives *graphql_type* a key that it is found by."""
    return any(_fields_of_keys(graphql_type))


def _fields_of_keys(graphql_type: GraphQLObjectType) -> Iterator[str]:
    """Yield what each `@key` of the type names."""
    for node in (graphql_type.ast_node, *(graphql_type.extension_ast_nodes or ())):
        for directive in (node.directives if node else None) or ():
            if directive.name.value == "key":
                arguments = {
                    argument.name.value: value_from_ast_untyped(argument.value)
                    for argument in directive.arguments or ()
                }
                if arguments.get("resolvable", True):
                    yield " ".join(str(arguments.get("fields", "")).split())


def _key(fields: str, config: TypeConfig) -> EntityKey | None:
    """Return the key, `None` if it is not of columns behind to-one relationships."""
    [operation] = parse(f"{{ {fields} }}", no_location=True).definitions
    assert isinstance(operation, OperationDefinitionNode)
    leaves = tuple(_leaves(operation.selection_set))
    attributes = [_attribute(config.mapper, config.aliases, leaf) for leaf in leaves]
    known = tuple(attribute for attribute in attributes if attribute is not None)
    if len(known) < len(leaves):
        return None
    columns = tuple(_column(config.mapper, attribute) for attribute in known)
    return EntityKey(fields, leaves, known, columns)


def _leaves(selected: SelectionSetNode) -> Iterator[Path]:
    for node in selected.selections:
        assert isinstance(node, FieldNode)
        if node.selection_set is None:
            yield (node.name.value,)
        else:
            for below in _leaves(node.selection_set):
                yield (node.name.value, *below)


def _attribute(
    mapper: Mapper[Any], aliases: Mapping[str, str], leaf: Path
) -> Path | None:
    name, *below = leaf
    if not below:
        column = column_named(mapper, aliases, name)
        return None if column is None else (column[0],)
    key = attribute_named(mapper, name, aliases)
    relationship = mapper.relationships.get(key or "")
    if relationship is None or relationship.uselist:
        return None
    rest = _attribute(relationship.mapper, {}, tuple(below))
    return None if rest is None else (relationship.key, *rest)


def _column(mapper: Mapper[Any], attribute: Path) -> Any:
    *way, name = attribute
    for key in way:
        mapper = mapper.relationships[key].mapper
    return getattr(mapper.class_, name)
