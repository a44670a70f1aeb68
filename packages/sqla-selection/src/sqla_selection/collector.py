"""CollectFields of the GraphQL specification (section 6.3.2), ahead of execution.

Fragments are expanded where their type condition holds, and `@skip` and `@include` are
decided with the request's variables. Nothing is collected before somebody looks at it,
one level at a time: who refuses a level has not paid for what is below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLError,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_directive_values,
    get_named_type,
    is_abstract_type,
    is_composite_type,
)

from .asked import Asked, AskedArguments, AskedField
from .asked_connections import asked_of_connection
from .errors import FragmentCycleError, SelectionPathError, suggest
from .type_registry import TypeRegistry

if TYPE_CHECKING:
    from .arguments.shapes import ArgumentsShape

__all__ = ["Collector", "Consulted", "selection_sets_of"]


@dataclass(frozen=True, slots=True)
class Consulted:
    """What of a document and its request decided a selection, beside its nodes.

    It is complete when the selection was collected to its end, as `Asked.key` does.
    """

    fragments: dict[str, FragmentDefinitionNode | None] = field(default_factory=dict)
    """The fragments that were spread."""
    variables: set[str] = field(default_factory=set)
    """The variables that `@skip` and `@include` read."""


@dataclass(frozen=True, slots=True)
class Collector:
    """Collects what a document asks in one request."""

    schema: GraphQLSchema
    types: TypeRegistry
    """Tells which arguments choose rows."""
    fragments: Mapping[str, FragmentDefinitionNode]
    variable_values: Any
    consulted: Consulted
    _asked: dict[tuple[str, tuple[int, ...]], Asked] = field(default_factory=dict)
    """One object for the same selection sets: by the type and the ids of the nodes."""
    _asked_fields: dict[tuple[str, int], AskedField] = field(default_factory=dict)
    _without_cycle: set[str] = field(default_factory=set)
    """The fragments that are known not to spread themselves."""

    @classmethod
    def of(cls, info: Any, consulted: Consulted | None) -> Collector:
        """Return the collector of the request that *info* belongs to."""
        return cls(
            info.schema,
            TypeRegistry.of(info.schema),
            info.fragments,
            info.variable_values,
            consulted or Consulted(),
        )

    def asked(
        self, type_: GraphQLCompositeType, selection_sets: tuple[SelectionSetNode, ...]
    ) -> Asked:
        """Return what *selection_sets* ask of a value of *type_*, as a value."""
        same = (type_.name, tuple(map(id, selection_sets)))
        asked = self._asked.get(same)
        if asked is None:
            collect = partial(self._fields, type_, selection_sets)
            asked = self._asked[same] = Asked(type_, collect)
        return asked

    def _fields(
        self, type_: GraphQLCompositeType, selection_sets: Sequence[SelectionSetNode]
    ) -> dict[str, tuple[AskedField, ...]]:
        return {
            object_type.name: tuple(
                dict.fromkeys(
                    [
                        self._asked_field(object_type, node)
                        for node in self._included(object_type, selection_sets)
                    ]
                )
            )
            for object_type in self.possible_types(type_)
        }

    def _asked_field(
        self, object_type: GraphQLObjectType, node: FieldNode
    ) -> AskedField:
        same = (object_type.name, id(node))
        asked = self._asked_fields.get(same)
        if asked is None:
            below = () if node.selection_set is None else (node.selection_set,)
            asked = self.asked_field(object_type, node, below)
            self._asked_fields[same] = asked
        return asked

    def asked_field(
        self,
        object_type: GraphQLObjectType,
        node: FieldNode,
        selection_sets: tuple[SelectionSetNode, ...],
        shape: ArgumentsShape | None = None,
    ) -> AskedField:
        """Return what *node* asks of an object; *shape* goes before what types say."""
        name = node.name.value
        definition = object_type.fields.get(name)
        below = arguments = connection = page = None
        if definition is not None:
            type_ = get_named_type(definition.type)
            if shape is None:
                shape = self.types.arguments_of(object_type.name, name, definition)
            if shape is not None:
                arguments = AskedArguments.of(shape, definition, node)
                if shape.connection is not None:
                    page = self.asked(type_, selection_sets)
                    connection, selection_sets = asked_of_connection(
                        shape.connection, type_, selection_sets, self._included
                    )
                    type_ = self.schema.type_map[shape.connection.node_type]
            if is_composite_type(type_):
                below = self.asked(type_, selection_sets)
        key = name if node.alias is None else node.alias.value
        return AskedField(key, name, definition, below, arguments, connection, page)

    def step(
        self, type_: Any, nodes: Sequence[FieldNode], name: str, where: str
    ) -> tuple[Any, list[FieldNode]]:
        """Return the type and the nodes of the field *name* below *nodes*."""
        known: dict[str, GraphQLField] = {}
        found: dict[int, FieldNode] = {}
        if is_composite_type(type_):
            for object_type in self.possible_types(type_):
                known.update(object_type.fields)
                for node in self._included(object_type, selection_sets_of(nodes)):
                    if node.name.value == name:
                        found[id(node)] = node
        if name not in known:
            msg = f"{where} has no field {name!r}.{suggest(name, known)}"
            raise SelectionPathError(msg)
        return get_named_type(known[name].type), list(found.values())

    def possible_types(
        self, type_: GraphQLCompositeType
    ) -> Iterable[GraphQLObjectType]:
        """Return the object types that a value of *type_* may have."""
        if is_abstract_type(type_):
            return self.schema.get_possible_types(type_)
        return (type_,) if isinstance(type_, GraphQLObjectType) else ()

    def grouped(
        self, object_type: GraphQLObjectType, selection_sets: Sequence[SelectionSetNode]
    ) -> dict[str, list[FieldNode]]:
        """Return the nodes that *selection_sets* ask of the type by response key."""
        grouped: dict[str, list[FieldNode]] = {}
        for node in self._included(object_type, selection_sets):
            grouped.setdefault((node.alias or node.name).value, []).append(node)
        return grouped

    def _included(
        self, object_type: GraphQLObjectType, selection_sets: Sequence[SelectionSetNode]
    ) -> Iterator[FieldNode]:
        """Yield the field nodes that *selection_sets* ask of an object of the type."""
        visited: set[str] = set()
        within = [iter(one.selections) for one in reversed(selection_sets)]
        while within:
            for node in within[-1]:
                if node.directives and not self._is_included(node):
                    continue
                if isinstance(node, FieldNode):
                    yield node
                    continue
                applied: InlineFragmentNode | FragmentDefinitionNode | None = None
                if isinstance(node, InlineFragmentNode):
                    applied = node
                elif isinstance(node, FragmentSpreadNode):
                    applied = self._spread(node, visited)
                if applied is not None and self._applies(applied, object_type):
                    within.append(iter(applied.selection_set.selections))
                    break
            else:
                within.pop()

    def _spread(
        self, node: FragmentSpreadNode, visited: set[str]
    ) -> FragmentDefinitionNode | None:
        """Return the fragment that *node* spreads, once for each of *visited*."""
        name = node.name.value
        fragment = self.fragments.get(name)
        self.consulted.fragments[name] = fragment
        if name in visited or fragment is None:
            return None
        visited.add(name)
        self._refuse_cycles(node)
        return fragment

    def _refuse_cycles(self, spread: FragmentSpreadNode) -> None:
        """Raise `FragmentCycleError` if *spread* leads to itself.

        By whatever fields, types and conditions, as validation has it.
        """
        if spread.name.value in self._without_cycle:
            return
        inside: dict[str, None] = {}
        within = [iter((spread,))]
        while within:
            for node in within[-1]:
                name = node.name.value
                if name in inside:
                    names = list(inside)
                    cycle = " → ".join([*names[names.index(name) :], name])
                    msg = f"Fragment {name!r} spreads itself: {cycle}."
                    raise FragmentCycleError(msg, node)
                fragment = self.fragments.get(name)
                if name in self._without_cycle or fragment is None:
                    continue
                inside[name] = None
                within.append(iter(_spreads(fragment.selection_set)))
                break
            else:
                within.pop()
                if inside:
                    self._without_cycle.add(inside.popitem()[0])

    def _is_included(self, node: SelectionNode) -> bool:
        self.consulted.variables.update(
            argument.value.name.value
            for directive in node.directives or ()
            for argument in directive.arguments or ()
            if isinstance(argument.value, VariableNode)
        )
        try:
            skip = get_directive_values(
                GraphQLSkipDirective, node, self.variable_values
            )
            include = get_directive_values(
                GraphQLIncludeDirective, node, self.variable_values
            )
        except GraphQLError:
            # A condition that cannot be decided here (a variable of an experimental
            # fragment with arguments): loading too much is right, too little is not.
            return True
        return not (skip and skip["if"]) and (include is None or bool(include["if"]))

    def _applies(
        self,
        fragment: InlineFragmentNode | FragmentDefinitionNode,
        object_type: GraphQLObjectType,
    ) -> bool:
        condition = fragment.type_condition
        if condition is None or condition.name.value == object_type.name:
            return True
        type_ = self.schema.get_type(condition.name.value)
        return is_abstract_type(type_) and self.schema.is_sub_type(type_, object_type)


def selection_sets_of(nodes: Iterable[FieldNode]) -> tuple[SelectionSetNode, ...]:
    """Return what *nodes* ask of their values."""
    return tuple(node.selection_set for node in nodes if node.selection_set is not None)


def _spreads(selection_set: SelectionSetNode) -> list[FragmentSpreadNode]:
    """Return the fragment spreads in *selection_set*, below its fields too."""
    found: list[FragmentSpreadNode] = []
    within = [selection_set]
    while within:
        for node in within.pop().selections:
            if isinstance(node, FragmentSpreadNode):
                found.append(node)
            elif isinstance(node, FieldNode | InlineFragmentNode) and (
                node.selection_set is not None
            ):
                within.append(node.selection_set)
    return found
