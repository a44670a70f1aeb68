"""What a client asked for, per concrete GraphQL type.

`collect` carries out CollectFields of the GraphQL specification (section 6.3.2) ahead
of execution: fragments are expanded where their type condition holds, `@skip` and
`@include` are decided with the request's variables, and nodes with one response key are
merged. It decides nothing about SQL; that is `planner`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

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
from graphql.execution.values import get_argument_values

from .errors import FragmentCycleError, SelectionPathError, suggest

__all__ = ["Consulted", "SelectedField", "Selection", "collect"]


@dataclass(frozen=True, eq=False, slots=True)
class SelectedField:
    """One response key of a selection: a field, and what is asked below it."""

    response_key: str
    """The alias, or the name where there is none."""
    name: str
    """The name of the field in the schema."""
    nodes: tuple[FieldNode, ...]
    """The field nodes that were merged under this response key."""
    selection: Selection | None
    """What is asked below; `None` for a scalar, an enum and `__typename`."""
    definition: GraphQLField | None = field(repr=False)
    """The field of the schema; `None` for `__typename`."""
    _variable_values: Any = field(repr=False)

    @property
    def arguments(self) -> dict[str, Any]:
        """The coerced arguments by their Python names, as a resolver gets them."""
        if self.definition is None:
            return {}
        return get_argument_values(
            self.definition, self.nodes[0], self._variable_values
        )


@dataclass(frozen=True, eq=False, slots=True)
class Selection:
    """What is asked of one composite value.

    Two selections that ask for the same have an equal `key`, whichever documents,
    fragments and variables they came from. Where several types ask for the same below
    the same field, they share one `Selection`: what walks the selections of all types
    does so once for each of these objects, or takes exponential time.
    """

    type: GraphQLCompositeType
    """The declared type: an object type, an interface or a union."""
    fields: Mapping[str, Mapping[str, SelectedField]]
    """Name of each possible object type → response key → field."""
    key: bytes
    """A digest of all that planning can read."""

    def of(self, type_name: str) -> Mapping[str, SelectedField]:
        """Return what is asked where the value's concrete type is *type_name*."""
        return self.fields.get(type_name, {})


@dataclass(frozen=True, slots=True)
class Consulted:
    """What of a document and its request decided a selection, beside its nodes."""

    fragments: dict[str, FragmentDefinitionNode | None] = field(default_factory=dict)
    """The fragments that were spread."""
    variables: set[str] = field(default_factory=set)
    """The variables that `@skip` and `@include` read."""


def collect(
    info: Any, path: str | Sequence[str] = (), consulted: Consulted | None = None
) -> Selection:
    """Return what the client asked below the field that *info* belongs to.

    Args:
        info: The `GraphQLResolveInfo` of the running resolver, on graphql-core 3.2 or
            3.3.
        path: GraphQL field names below this field, as `"edges.node"` or a sequence:
            the selection of that nested field is returned instead. A field asked under
            several aliases counts once, with what all of them ask.
        consulted: Is filled with what decided the selection, for who keeps it.

    Raises:
        FragmentCycleError: A fragment spreads itself.
        SelectionPathError: *path* names a field that the schema does not have.
        TypeError: The field, or the end of *path*, is a scalar or an enum.
    """
    collector = _Collector(
        info.schema, info.fragments, info.variable_values, consulted or Consulted()
    )
    nodes: list[FieldNode] = list(info.field_nodes)
    type_ = get_named_type(info.return_type)
    where = f"{info.parent_type.name}.{info.field_name}"
    for name in path.split(".") if isinstance(path, str) else path:
        type_, nodes = collector.step(type_, nodes, name, where)
        where = f"{where}.{name}"
    if not is_composite_type(type_):
        msg = f"{where} is a {type_.name}, which has no fields that could be selected."
        raise TypeError(msg)
    return collector.selection(type_, nodes)


@dataclass(frozen=True, slots=True)
class _Collector:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variable_values: Any
    consulted: Consulted
    _selections: dict[tuple[str, tuple[int, ...]], Selection] = field(
        default_factory=dict
    )
    """What was collected, by the type and the ids of the nodes."""
    _without_cycle: set[str] = field(default_factory=set)
    """The fragments that are known not to spread themselves."""

    def selection(
        self, type_: GraphQLCompositeType, nodes: Sequence[FieldNode]
    ) -> Selection:
        """Return what *nodes* ask of a value of *type_*, one object for the same."""
        same = (type_.name, tuple(map(id, nodes)))
        selection = self._selections.get(same)
        if selection is None:
            selection = self._selections[same] = self._collected(type_, nodes)
        return selection

    def _collected(
        self, type_: GraphQLCompositeType, nodes: Sequence[FieldNode]
    ) -> Selection:
        fields = {
            object_type.name: {
                response_key: self._selected(object_type, response_key, merged)
                for response_key, merged in self._grouped(object_type, nodes).items()
            }
            for object_type in self._possible_types(type_)
        }
        return Selection(type_, fields, _key(type_, fields))

    def step(
        self, type_: Any, nodes: Sequence[FieldNode], name: str, where: str
    ) -> tuple[Any, list[FieldNode]]:
        """Return the type and the nodes of the field *name* below *nodes*."""
        known: dict[str, GraphQLField] = {}
        found: dict[int, FieldNode] = {}
        if is_composite_type(type_):
            for object_type in self._possible_types(type_):
                known.update(object_type.fields)
                for same in self._grouped(object_type, nodes).values():
                    found |= {id(one): one for one in same if one.name.value == name}
        if name not in known:
            msg = f"{where} has no field {name!r}.{suggest(name, known)}"
            raise SelectionPathError(msg)
        return get_named_type(known[name].type), list(found.values())

    def _possible_types(
        self, type_: GraphQLCompositeType
    ) -> Iterable[GraphQLObjectType]:
        if is_abstract_type(type_):
            return self.schema.get_possible_types(type_)
        return (type_,) if isinstance(type_, GraphQLObjectType) else ()

    def _selected(
        self, object_type: GraphQLObjectType, response_key: str, nodes: list[FieldNode]
    ) -> SelectedField:
        name = nodes[0].name.value
        definition = object_type.fields.get(name)
        selection = None
        if definition is not None:
            type_ = get_named_type(definition.type)
            if is_composite_type(type_):
                selection = self.selection(type_, nodes)
        return SelectedField(
            response_key,
            name,
            tuple(nodes),
            selection,
            definition,
            self.variable_values,
        )

    def _grouped(
        self, object_type: GraphQLObjectType, nodes: Sequence[FieldNode]
    ) -> dict[str, list[FieldNode]]:
        grouped: dict[str, list[FieldNode]] = {}
        visited: set[str] = set()
        for node in nodes:
            if node.selection_set is not None:
                self._walk(object_type, node.selection_set, visited, grouped)
        return grouped

    def _walk(
        self,
        object_type: GraphQLObjectType,
        selection_set: SelectionSetNode,
        visited: set[str],
        grouped: dict[str, list[FieldNode]],
    ) -> None:
        for node in selection_set.selections:
            if node.directives and not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                response_key = (node.alias or node.name).value
                grouped.setdefault(response_key, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                if self._applies(node, object_type):
                    self._walk(object_type, node.selection_set, visited, grouped)
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                fragment = self.fragments.get(name)
                self.consulted.fragments[name] = fragment
                if name in visited or fragment is None:
                    continue
                visited.add(name)
                self._refuse_cycles(node, ())
                if self._applies(fragment, object_type):
                    self._walk(object_type, fragment.selection_set, visited, grouped)

    def _refuse_cycles(
        self, spread: FragmentSpreadNode, inside: tuple[str, ...]
    ) -> None:
        """Raise `FragmentCycleError` if *spread* leads to itself.

        By whatever fields, types and conditions, as validation has it.
        """
        name = spread.name.value
        if name in inside:
            cycle = " → ".join([*inside[inside.index(name) :], name])
            msg = f"Fragment {name!r} spreads itself: {cycle}."
            raise FragmentCycleError(msg, spread)
        fragment = self.fragments.get(name)
        if name in self._without_cycle or fragment is None:
            return
        for below in _spreads(fragment.selection_set):
            self._refuse_cycles(below, (*inside, name))
        self._without_cycle.add(name)

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


def _key(
    type_: GraphQLCompositeType, fields: Mapping[str, Mapping[str, SelectedField]]
) -> bytes:
    # A digest: a nested key is as long as any, however much is asked below it.
    content = (
        type_.name,
        [
            (
                type_name,
                [
                    (key, one.name, one.selection and one.selection.key)
                    for key, one in selected.items()
                ],
            )
            for type_name, selected in fields.items()
        ],
    )
    return sha256(repr(content).encode()).digest()


def _spreads(selection_set: SelectionSetNode) -> Iterator[FragmentSpreadNode]:
    """Yield the fragment spreads in *selection_set*, below its fields too."""
    for node in selection_set.selections:
        if isinstance(node, FragmentSpreadNode):
            yield node
        elif isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set:
            yield from _spreads(node.selection_set)
