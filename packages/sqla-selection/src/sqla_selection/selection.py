"""What a client asked for, per concrete GraphQL type.

What is asked is shown in two ways. A `Selection` is of one request: per response key,
with nodes and arguments. An `Asked` is a value, which planning reads. Neither decides
anything about SQL; that is `planner`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
)
from graphql.execution.values import get_argument_values

from .asked import Asked, AskedField
from .collector import Collector, Consulted, selection_sets_of

if TYPE_CHECKING:
    from .arguments.shapes import ArgumentsShape

__all__ = ["SelectedField", "Selection", "collect", "collect_field", "collect_root"]


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
    nodes: tuple[FieldNode, ...] = field(repr=False)
    """The field nodes that were merged: the selection sets are theirs."""
    _selections: _Selections = field(repr=False)

    @cached_property
    def fields(self) -> Mapping[str, Mapping[str, SelectedField]]:
        """Name of each possible object type → response key → field."""
        return self._selections.fields_of(self.type, self.nodes)

    @cached_property
    def asked(self) -> Asked:
        """The same as a value, which planning reads."""
        selection_sets = selection_sets_of(self.nodes)
        return self._selections.collector.asked(self.type, selection_sets)

    @cached_property
    def type_names(self) -> tuple[str, ...]:
        """The names of the possible object types: nothing is collected for them."""
        possible = self._selections.collector.possible_types(self.type)
        return tuple(object_type.name for object_type in possible)

    @property
    def consulted(self) -> Consulted:
        """What decided it, beside its nodes, as far as it was collected."""
        return self._selections.collector.consulted

    @property
    def key(self) -> bytes:
        """A digest of all that planning can read, see `Asked.key`."""
        return self.asked.key

    def of(self, type_name: str) -> Mapping[str, SelectedField]:
        """Return what is asked where the value's concrete type is *type_name*."""
        return self.fields.get(type_name, {})


@dataclass(frozen=True, slots=True)
class _Selections:
    """The selections of one request, one object for the same nodes."""

    collector: Collector
    _known: dict[tuple[str, tuple[int, ...]], Selection] = field(default_factory=dict)
    """By the type and the ids of the nodes."""

    def of(self, type_: GraphQLCompositeType, nodes: Sequence[FieldNode]) -> Selection:
        """Return what *nodes* ask of a value of *type_*."""
        same = (type_.name, tuple(map(id, nodes)))
        selection = self._known.get(same)
        if selection is None:
            selection = self._known[same] = Selection(type_, tuple(nodes), self)
        return selection

    def fields_of(
        self, type_: GraphQLCompositeType, nodes: Sequence[FieldNode]
    ) -> dict[str, dict[str, SelectedField]]:
        """Return the fields that *nodes* ask of each object type."""
        selection_sets = selection_sets_of(nodes)
        return {
            object_type.name: {
                response_key: self.field_of(object_type, response_key, merged)
                for response_key, merged in self.collector.grouped(
                    object_type, selection_sets
                ).items()
            }
            for object_type in self.collector.possible_types(type_)
        }

    def field_of(
        self,
        object_type: GraphQLObjectType,
        response_key: str,
        nodes: Sequence[FieldNode],
    ) -> SelectedField:
        """Return the field that *nodes* ask of *object_type*."""
        name = nodes[0].name.value
        definition = object_type.fields.get(name)
        selection = None
        if definition is not None:
            type_ = get_named_type(definition.type)
            if is_composite_type(type_):
                selection = self.of(type_, nodes)
        return SelectedField(
            response_key,
            name,
            tuple(nodes),
            selection,
            definition,
            self.collector.variable_values,
        )


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
    collector = Collector.of(info, consulted)
    nodes: Sequence[FieldNode] = info.field_nodes
    type_ = get_named_type(info.return_type)
    where = f"{info.parent_type.name}.{info.field_name}"
    for name in path.split(".") if isinstance(path, str) else path:
        type_, nodes = collector.step(type_, nodes, name, where)
        where = f"{where}.{name}"
    if not is_composite_type(type_):
        msg = f"{where} is a {type_.name}, which has no fields that could be selected."
        raise TypeError(msg)
    return _Selections(collector).of(type_, nodes)


def collect_field(
    info: Any,
    consulted: Consulted | None = None,
    shape: ArgumentsShape | None = None,
) -> AskedField:
    """Return the field that *info* belongs to, with all its nodes, as a value.

    Args:
        info: The `GraphQLResolveInfo` of the running resolver.
        consulted: See `collect`.
        shape: What the field's arguments may ask, where the types do not say it.
    """
    collector = Collector.of(info, consulted)
    nodes = info.field_nodes
    selection_sets = selection_sets_of(nodes)
    return collector.asked_field(info.parent_type, nodes[0], selection_sets, shape)


def collect_root(
    info: Any, response_key: str, consulted: Consulted | None = None
) -> SelectedField | None:
    """Return the field of the operation itself that has this response key, if any.

    Args:
        info: The `GraphQLResolveInfo` of any resolver of the request.
        response_key: The first part of a response path.
        consulted: See `collect`.
    """
    collector = Collector.of(info, consulted)
    type_ = info.schema.get_root_type(info.operation.operation)
    nodes = collector.grouped(type_, [info.operation.selection_set]).get(response_key)
    return (
        _Selections(collector).field_of(type_, response_key, nodes) if nodes else None
    )
