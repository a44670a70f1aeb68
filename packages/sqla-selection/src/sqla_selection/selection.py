"""What a client asked for, per concrete GraphQL type.

CollectFields of the GraphQL specification (section 6.3.2), ahead of execution:
fragments are expanded where their type condition holds, and `@skip` and `@include` are
decided with the request's variables. Nothing is collected before somebody looks at it,
one level at a time: who refuses a level has not paid for what is below it.

What is asked is shown in two ways. A `Selection` is of one request: per response key,
with nodes and arguments. An `Asked` is a value, which has no document in it and no
variables: planning reads that one. It decides nothing about SQL; that is `planner`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
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

__all__ = [
    "Asked",
    "AskedField",
    "Consulted",
    "SelectedField",
    "Selection",
    "collect",
    "collect_root",
]


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


@dataclass(frozen=True, eq=False)
class Selection:
    """What is asked of one composite value, in one request.

    Where several types ask for the same below the same field, they share one
    `Selection`. Its fields are collected when they are read.
    """

    type: GraphQLCompositeType
    """The declared type: an object type, an interface or a union."""
    _nodes: tuple[FieldNode, ...] = field(repr=False)
    _collector: _Collector = field(repr=False)

    @cached_property
    def fields(self) -> Mapping[str, Mapping[str, SelectedField]]:
        """Name of each possible object type → response key → field."""
        return self._collector.selected(self.type, self._nodes)

    @cached_property
    def asked(self) -> Asked:
        """The same as a value, which planning reads."""
        return self._collector.asked(self.type, _selection_sets(self._nodes))

    @property
    def key(self) -> bytes:
        """A digest of all that planning can read, see `Asked.key`."""
        return self.asked.key

    def of(self, type_name: str) -> Mapping[str, SelectedField]:
        """Return what is asked where the value's concrete type is *type_name*."""
        return self.fields.get(type_name, {})


class Asked:
    """What is asked of one composite value: a value, of no document and no request.

    Nodes of one response key are not merged here, so that there are never more of
    these than the document has selection sets: whoever goes down merges as it goes. Two
    that ask for the same are equal, whichever documents, fragments and variables they
    came from.
    """

    def __init__(
        self,
        type_: GraphQLCompositeType,
        source: tuple[_Collector, tuple[SelectionSetNode, ...]],
    ) -> None:
        self.type = type_
        """The declared type: an object type, an interface or a union."""
        self.size = 0
        """The number of fields asked here and below, as far as `key` counted them."""
        self._source: Any = source
        self._key: bytes | None = None

    @cached_property
    def fields(self) -> Mapping[str, tuple[AskedField, ...]]:
        """Name of each possible object type → what is asked of it."""
        collector, selection_sets = self._source
        fields: Mapping[str, tuple[AskedField, ...]]
        fields = collector.asked_fields(self.type, selection_sets)
        self._source = None  # which leads to the document
        return fields

    @property
    def key(self) -> bytes:
        """A digest of all that planning can read, on this level and below.

        To ask for it is to collect everything below: check the depth first.
        """
        if self._key is None:
            self._digest()
        assert self._key is not None
        return self._key

    @property
    def has_key(self) -> bool:
        """Whether all that is below was collected."""
        return self._key is not None

    def _digest(self) -> None:
        """Make the keys of all that is below, the deepest first: without recursion."""
        waiting = [self]
        while waiting:
            asked = waiting[-1]
            below = asked.unkeyed_below()
            waiting += below
            if not below:
                waiting.pop()
                self.size += asked.make_key()

    def unkeyed_below(self) -> list[Asked]:
        """Return what is asked below that has no key yet."""
        if self._key is not None:
            return []
        return [
            field.below
            for fields in self.fields.values()
            for field in fields
            if field.below is not None and not field.below.has_key
        ]

    def make_key(self) -> int:
        """Make the key, and return how many fields are asked here if it is new."""
        if self._key is not None:
            return 0
        # A digest: a nested key is as long as any, however much is asked below it.
        content = [self.type.name.encode()]
        for type_name, fields in self.fields.items():
            content.append(b"\1%b\1" % type_name.encode())
            content += [field.content for field in fields]
        self._key = sha256(b"".join(content)).digest()
        return sum(map(len, self.fields.values()))

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Asked) and self.key == other.key)

    def __hash__(self) -> int:
        return hash(self.key)


class AskedField:
    """One field of what is asked. Arguments do not decide what is loaded yet."""

    __slots__ = ("_content", "below", "definition", "name", "response_key")

    def __init__(
        self,
        response_key: str,
        name: str,
        definition: GraphQLField | None,
        below: Asked | None,
    ) -> None:
        self.response_key = response_key
        self.name = name
        self.definition = definition
        """The field of the schema; `None` for `__typename`."""
        self.below = below
        """What is asked below; `None` for a scalar, an enum and `__typename`."""
        self._content: bytes | None = None

    @property
    def content(self) -> bytes:
        """All of it in bytes, from which nothing else could be read."""
        if self._content is None:
            below = b"." if self.below is None else b":" + self.below.key
            names = f"{self.response_key}\0{self.name}\0"
            self._content = names.encode() + below
        return self._content


@dataclass(frozen=True, slots=True)
class Consulted:
    """What of a document and its request decided a selection, beside its nodes.

    It is complete when the selection was collected to its end, as `Asked.key` does.
    """

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
        FragmentCycleError: A fragment spreads itself; raised when its level is read.
        SelectionPathError: *path* names a field that the schema does not have.
        TypeError: The field, or the end of *path*, is a scalar or an enum.
    """
    collector = _Collector.of(info, consulted)
    nodes: Sequence[FieldNode] = info.field_nodes
    type_ = get_named_type(info.return_type)
    where = f"{info.parent_type.name}.{info.field_name}"
    for name in path.split(".") if isinstance(path, str) else path:
        type_, nodes = collector.step(type_, nodes, name, where)
        where = f"{where}.{name}"
    if not is_composite_type(type_):
        msg = f"{where} is a {type_.name}, which has no fields that could be selected."
        raise TypeError(msg)
    return collector.selection(type_, nodes)


def collect_root(
    info: Any, response_key: str, consulted: Consulted | None = None
) -> SelectedField | None:
    """Return the field of the operation itself that has this response key, if any.

    Args:
        info: The `GraphQLResolveInfo` of any resolver of the request.
        response_key: The first part of a response path.
        consulted: See `collect`.
    """
    collector = _Collector.of(info, consulted)
    type_ = info.schema.get_root_type(info.operation.operation)
    nodes = collector.grouped(type_, [info.operation.selection_set]).get(response_key)
    return collector.selected_field(type_, response_key, nodes) if nodes else None


@dataclass(frozen=True, slots=True)
class _Collector:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variable_values: Any
    consulted: Consulted
    _selections: dict[tuple[str, tuple[int, ...]], Selection] = field(
        default_factory=dict
    )
    """One object for the same nodes: by the type and the ids of the nodes."""
    _asked: dict[tuple[str, tuple[int, ...]], Asked] = field(default_factory=dict)
    """One object for the same selection sets, as above."""
    _asked_fields: dict[tuple[str, int], AskedField] = field(default_factory=dict)
    _without_cycle: set[str] = field(default_factory=set)
    """The fragments that are known not to spread themselves."""

    @classmethod
    def of(cls, info: Any, consulted: Consulted | None) -> _Collector:
        return cls(
            info.schema, info.fragments, info.variable_values, consulted or Consulted()
        )

    def selection(
        self, type_: GraphQLCompositeType, nodes: Sequence[FieldNode]
    ) -> Selection:
        """Return what *nodes* ask of a value of *type_*, one object for the same."""
        same = (type_.name, tuple(map(id, nodes)))
        selection = self._selections.get(same)
        if selection is None:
            selection = Selection(type_, tuple(nodes), self)
            self._selections[same] = selection
        return selection

    def asked(
        self, type_: GraphQLCompositeType, selection_sets: tuple[SelectionSetNode, ...]
    ) -> Asked:
        """Return what *selection_sets* ask of a value of *type_*, as a value."""
        same = (type_.name, tuple(map(id, selection_sets)))
        asked = self._asked.get(same)
        if asked is None:
            asked = self._asked[same] = Asked(type_, (self, selection_sets))
        return asked

    def selected(
        self, type_: GraphQLCompositeType, nodes: Sequence[FieldNode]
    ) -> dict[str, dict[str, SelectedField]]:
        """Return the fields of a `Selection`."""
        selection_sets = _selection_sets(nodes)
        return {
            object_type.name: {
                response_key: self.selected_field(object_type, response_key, merged)
                for response_key, merged in self.grouped(
                    object_type, selection_sets
                ).items()
            }
            for object_type in self._possible_types(type_)
        }

    def asked_fields(
        self, type_: GraphQLCompositeType, selection_sets: Sequence[SelectionSetNode]
    ) -> dict[str, tuple[AskedField, ...]]:
        """Return the fields of an `Asked`."""
        return {
            object_type.name: tuple(
                dict.fromkeys(
                    [
                        self._asked_field(object_type, node)
                        for node in self._included(object_type, selection_sets)
                    ]
                )
            )
            for object_type in self._possible_types(type_)
        }

    def step(
        self, type_: Any, nodes: Sequence[FieldNode], name: str, where: str
    ) -> tuple[Any, list[FieldNode]]:
        """Return the type and the nodes of the field *name* below *nodes*."""
        known: dict[str, GraphQLField] = {}
        found: dict[int, FieldNode] = {}
        if is_composite_type(type_):
            for object_type in self._possible_types(type_):
                known.update(object_type.fields)
                for node in self._included(object_type, _selection_sets(nodes)):
                    if node.name.value == name:
                        found[id(node)] = node
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

    def selected_field(
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

    def _asked_field(
        self, object_type: GraphQLObjectType, node: FieldNode
    ) -> AskedField:
        same = (object_type.name, id(node))
        asked = self._asked_fields.get(same)
        if asked is None:
            name = node.name.value
            definition = object_type.fields.get(name)
            below = None
            if definition is not None:
                type_ = get_named_type(definition.type)
                if is_composite_type(type_):
                    below = self.asked(type_, _selection_sets((node,)))
            response_key = name if node.alias is None else node.alias.value
            asked = AskedField(response_key, name, definition, below)
            self._asked_fields[same] = asked
        return asked

    def grouped(
        self, object_type: GraphQLObjectType, selection_sets: Sequence[SelectionSetNode]
    ) -> dict[str, list[FieldNode]]:
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


def _selection_sets(nodes: Iterable[FieldNode]) -> tuple[SelectionSetNode, ...]:
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
