"""Which types of a schema are nodes, and what their global ids say.

A bound type is a node if it implements the `Node` interface. Its global id has the name
of the type that the interface resolves an object's class to: so an object has one id,
whichever field led to it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graphql import GraphQLInterfaceType, GraphQLSchema
from sqlalchemy.orm import Mapper

from sqla_json import MadeOf
from sqla_loaders import state_of
from sqla_selection import ConfigurationError
from sqla_selection.coercion import UnfitValueError, as_sent, python_type_of
from sqla_selection.keys import key_attributes

from .bound import Bound, BoundSchema
from .entity_keys import EntityKey
from .errors import GlobalIdError
from .global_ids import from_global_id, to_global_id
from .lazy_reading import read

__all__ = ["NodeIds", "NodeType", "key_value"]


@dataclass(frozen=True, eq=False)
class NodeType:
    """A bound type whose objects have global ids."""

    bound: Bound
    key: EntityKey
    """The primary key."""

    @classmethod
    def of(cls, bound: Bound) -> NodeType:
        """Return the type with its primary key."""
        mapper = bound.config.mapper
        names = key_attributes(mapper)
        paths = tuple((name,) for name in names)
        columns = tuple(getattr(mapper.class_, name) for name in names)
        return cls(bound, EntityKey(" ".join(names), paths, paths, columns))

    @property
    def name(self) -> str:
        """The name of the GraphQL type."""
        return self.bound.config.name


@dataclass(frozen=True, eq=False)
class NodeIds:
    """The nodes of one schema, known when that is complete."""

    schema: GraphQLSchema
    bound: BoundSchema
    interface: str

    @cached_property
    def types(self) -> dict[str, NodeType]:
        """The nodes by the names of their types.

        Raises:
            ConfigurationError: Two types show one model, so that a row would have two
                global ids.
        """
        found: dict[str, NodeType] = {}
        interface = self.schema.type_map[self.interface]
        assert isinstance(interface, GraphQLInterfaceType)
        for type_ in self.schema.get_possible_types(interface):
            if type_.name in self.bound.types:
                node = NodeType.of(self.bound.types[type_.name])
                for other in found.values():
                    _check_apart(node, other, self.interface)
                found[node.name] = node
        return found

    def id_of(self, obj: Any, node: NodeType, info: Any) -> str | None:
        """Return the global id of *obj*, which a field of the type *node* gave.

        `None` where it has no key as yet.
        """
        state = state_of(obj)
        key = state.identity if state is not None else None
        if key is None:
            config = node.bound.config
            names = node.key.fields.split()
            key = tuple(read(obj, name, info, node.bound, {}) for name in names)
            if None in key:
                return None
            return to_global_id(config.name, *key)
        return to_global_id(self._name_of(type(obj), node), *key)

    def made_of(
        self, node: NodeType, mapper: Mapper[Any], classes: Collection[type[Any]]
    ) -> MadeOf | None:
        """Return how `id_of` makes the ids of rows of *mapper*, of their keys.

        `None` where those of *classes* are of several nodes.
        """
        name, *others = {self._name_of(one, node) for one in classes}
        if others:
            return None
        return MadeOf(
            key_attributes(mapper), lambda values: to_global_id(name, *values)
        )

    def node_of(self, global_id: Any) -> tuple[NodeType, tuple[str, ...]]:
        """Return the type and the key of a global id that a client sent.

        Raises:
            GlobalIdError: It is malformed, or of no type that is a node.
        """
        type_name, key = from_global_id(global_id)
        node = self.types.get(type_name)
        if node is None:
            given = as_sent(global_id)
            msg = f"{given} is the id of a {type_name!r}, which is no node."
            raise GlobalIdError(msg)
        if len(key) != len(node.key.columns):
            msg = (
                f"{as_sent(global_id)} is no id of a {type_name!r}: its key has other "
                "parts."
            )
            raise GlobalIdError(msg)
        return node, key

    def reader_of(
        self, mapper: Mapper[Any], attribute: str
    ) -> Callable[[Any], Any] | None:
        """Return how a client's `ID` for a column is read, `None` if it is as it is.

        That is for columns which are the key of a node, or refer to it. The key itself
        is taken too; a global id of another type is not.
        """
        if attribute not in mapper.column_attrs:
            return None
        columns = mapper.column_attrs[attribute].columns
        nodes = [node for node in self.types.values() if _is_key(columns, node)]
        names = [node.name for node in nodes]
        if not names:
            return None

        def reader(value: Any) -> Any:
            try:
                node, key = self.node_of(value)
            except GlobalIdError:
                return value
            if node.name not in names:
                msg = f"an id of {' or '.join(names)}"
                raise UnfitValueError(msg)
            return key_value(key[0], columns[0].type)

        return reader

    def _name_of(self, class_: type[Any], node: NodeType) -> str:
        for one in class_.__mro__:
            if one in self._names:
                return self._names[one]
        return node.name

    @cached_property
    def _names(self) -> dict[type[Any], str]:
        return {node.bound.config.model: name for name, node in self.types.items()}


def key_value(text: str, type_: Any) -> Any:
    """Return what *text* of a global id is, to be coerced to the column's type.

    Raises:
        UnfitValueError: It is nothing of that type.
    """
    if python_type_of(type_) is not bytes:
        return text
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        msg = "bytes as hexadecimal digits"
        raise UnfitValueError(msg) from error


def _is_key(columns: Any, node: NodeType) -> bool:
    """Tell whether one of *columns* is the key of *node*, or refers to it."""
    if len(node.key.columns) != 1:
        return False
    keys = node.bound.config.mapper.column_attrs[node.key.fields].columns
    return any(
        one is key or one.references(key)
        for one in columns
        for key in keys
        if hasattr(one, "references")
    )


def _check_apart(node: NodeType, other: NodeType, interface: str) -> None:
    if node.bound.config.model is other.bound.config.model:
        msg = (
            f"{other.name!r} and {node.name!r} both show "
            f"{node.bound.config.model.__name__} and implement {interface!r}: a row "
            "would have two global ids. Let one of them implement it."
        )
        raise ConfigurationError(msg)
