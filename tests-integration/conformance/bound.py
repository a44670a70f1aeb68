"""How many statements a document may take, from the document and the mapping alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_object_type,
)
from sqlalchemy import inspect
from sqlalchemy.ext.associationproxy import AssociationProxy
from sqlalchemy.orm import Mapper, RelationshipProperty

from .case import Case, Type
from .naive import attribute_of

Path = tuple[str, ...]


@dataclass
class Bound:
    """Counts what the document asks for, as a set: what is asked twice is loaded once.

    One statement for each root field, one for each (relationship, level) pair, one for
    each subclass of which a level reads more than the base has or whose mapping asks
    for a statement of its own, and one for each type and root field whose objects lack
    a deferred column: a manual resolver did not load it.
    """

    case: Case
    schema: GraphQLSchema
    document: DocumentNode
    variables: Mapping[str, Any]
    path: str
    statements: set[tuple[Any, ...]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._types = {declared.name: declared for declared in self.case.types}
        self._fragments = {
            definition.name.value: definition
            for definition in self.document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }

    def __int__(self) -> int:
        """Walk the document."""
        query_type = self.schema.query_type
        assert query_type is not None
        for definition in self.document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                roots = self._nodes(query_type, [definition.selection_set])
                for key, nodes in _by_key(roots).items():
                    self.statements.add((key,))
                    type_ = get_named_type(query_type.fields[nodes[0].name.value].type)
                    self._level((key,), type_, _below(nodes))
        return len(self.statements)

    def _level(
        self,
        path: Path,
        named: GraphQLNamedType,
        selections: Sequence[SelectionSetNode],
    ) -> None:
        below: dict[Path, tuple[GraphQLNamedType, list[SelectionSetNode]]] = {}
        possible = (
            self.schema.get_possible_types(named)
            if is_abstract_type(named)
            else [named]
        )
        shared = self._shared(possible)
        for type_ in possible:
            assert is_object_type(type_)
            declared = self._types.get(type_.name)
            if declared is None:
                continue
            mapper: Mapper[Any] = inspect(declared.model)
            if mapper.polymorphic_load == "selectin":
                self.statements.add((*path, type_.name))
            for node in self._nodes(type_, selections):
                name = node.name.value
                if name == "__typename":
                    continue
                attribute = attribute_of(self.case, declared, name)
                if not hasattr(shared.class_, attribute) or self._is_missing(
                    path, mapper, attribute
                ):
                    self.statements.add((*path, type_.name))
                target = get_named_type(type_.fields[name].type)
                for steps in self._relationships(declared, mapper, name, attribute):
                    deeper = path
                    for step in steps:
                        deeper = (*deeper, str(step))
                        self.statements.add(deeper)
                    if node.selection_set:
                        _, sets = below.setdefault(deeper, (target, []))
                        sets.append(node.selection_set)
        for deeper, (target, sets) in below.items():
            self._level(deeper, target, sets)

    def _shared(self, possible: Iterable[GraphQLNamedType]) -> Mapper[Any]:
        """The mapper that all possible types have in common."""
        mappers: list[Mapper[Any]] = [
            inspect(self._types[type_.name].model) for type_ in possible
        ]
        return next(
            mapper
            for mapper in mappers[0].iterate_to_root()
            if all(other.isa(mapper) for other in mappers)
        )

    def _is_missing(self, path: Path, mapper: Mapper[Any], attribute: str) -> bool:
        column = mapper.column_attrs.get(attribute)
        return (
            self.path == "fallback"
            and len(path) == 1
            and column is not None
            and column.deferred
        )

    def _relationships(
        self, declared: Type, mapper: Mapper[Any], name: str, attribute: str
    ) -> Iterator[list[RelationshipProperty[Any]]]:
        """The relationships that a field goes along, one after the other."""
        if attribute in mapper.synonyms:
            attribute = mapper.synonyms[attribute].name
        described = mapper.all_orm_descriptors.get(attribute)
        if isinstance(described, AssociationProxy):
            first = mapper.relationships[described.target_collection]
            second = first.mapper.relationships.get(described.value_attr)
            yield [first] if second is None else [first, second]
        elif attribute in mapper.relationships:
            yield [mapper.relationships[attribute]]
        for hint in declared.requires.get(name, ()):
            steps, owner = [], mapper
            for part in hint.split("."):
                if part in owner.relationships:
                    steps.append(owner.relationships[part])
                    owner = owner.relationships[part].mapper
            if steps:
                yield steps

    def _nodes(
        self, type_: GraphQLObjectType, selections: Iterable[SelectionSetNode]
    ) -> Iterator[FieldNode]:
        """The fields that are asked of an object of this type."""
        for selection_set in selections:
            for node in selection_set.selections:
                if not self._is_included(node):
                    continue
                if isinstance(node, FieldNode):
                    yield node
                    continue
                fragment: Any = node
                if isinstance(node, FragmentSpreadNode):
                    fragment = self._fragments[node.name.value]
                condition = fragment.type_condition
                if condition is None or self._applies(condition.name.value, type_):
                    yield from self._nodes(type_, [fragment.selection_set])

    def _applies(self, condition: str, type_: GraphQLObjectType) -> bool:
        named = self.schema.type_map[condition]
        return named is type_ or (
            is_abstract_type(named) and self.schema.is_sub_type(named, type_)
        )

    def _is_included(self, node: Any) -> bool:
        for directive in node.directives or ():
            condition = directive.arguments[0].value
            if isinstance(condition, VariableNode):
                value = self.variables[condition.name.value]
            else:
                value = condition.value
            if value != (directive.name.value == "include"):
                return False
        return True


def _by_key(nodes: Iterable[FieldNode]) -> dict[str, list[FieldNode]]:
    grouped: dict[str, list[FieldNode]] = {}
    for node in nodes:
        key = node.alias.value if node.alias else node.name.value
        grouped.setdefault(key, []).append(node)
    return grouped


def _below(nodes: Iterable[FieldNode]) -> list[SelectionSetNode]:
    return [node.selection_set for node in nodes if node.selection_set]
