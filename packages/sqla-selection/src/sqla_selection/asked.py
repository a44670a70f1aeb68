"""What is asked of a value, as a value: it has no document in it and no request.

Planning reads it. Two that ask for the same are equal, whichever documents, fragments
and variables they came from. Variables that decide what is asked (those of `@skip` and
`@include`) were looked at; those in arguments are names here, and have their values
when a plan is carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    GraphQLCompositeType,
    GraphQLField,
    OperationDefinitionNode,
    parse,
    print_ast,
)
from graphql.execution.values import get_argument_values

from ._compat import has_default
from .asked_connections import AskedConnection

if TYPE_CHECKING:
    from .arguments.shapes import ArgumentsShape

__all__ = ["Asked", "AskedArguments", "AskedField"]


class Asked:
    """What is asked of one composite value.

    Nodes of one response key are not merged here, so that there are never more of
    these than the document has selection sets: whoever goes down merges as it goes.
    """

    def __init__(
        self,
        type_: GraphQLCompositeType,
        collect: Callable[[], Mapping[str, tuple[AskedField, ...]]],
    ) -> None:
        self.type = type_
        """The declared type: an object type, an interface or a union."""
        self.size = 0
        """The number of fields asked here and below, as far as `key` counted them."""
        self._collect: Any = collect
        self._key: bytes | None = None

    @cached_property
    def fields(self) -> Mapping[str, tuple[AskedField, ...]]:
        """Name of each possible object type → what is asked of it."""
        fields: Mapping[str, tuple[AskedField, ...]] = self._collect()
        self._collect = None  # which leads to the document
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
            below
            for fields in self.fields.values()
            for field in fields
            for below in (field.below, field.page)
            if below is not None and not below.has_key
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
    """One field of what is asked."""

    __slots__ = (
        "_content",
        "arguments",
        "below",
        "connection",
        "definition",
        "name",
        "page",
        "response_key",
    )

    def __init__(
        self,
        response_key: str,
        name: str,
        definition: GraphQLField | None,
        below: Asked | None,
        arguments: AskedArguments | None = None,
        connection: AskedConnection | None = None,
        page: Asked | None = None,
    ) -> None:
        self.response_key = response_key
        self.name = name
        self.definition = definition
        """The field of the schema; `None` for `__typename`."""
        self.below = below
        """What is asked below; `None` for a scalar, an enum and `__typename`. Of a
        connection that is what is asked of its rows."""
        self.connection = connection
        """What is asked of the connection itself, if the field gives one: what of it
        must be loaded."""
        self.page = page
        """The same as the client asked it: of a value of the connection's own type."""
        self.arguments = arguments
        """What chooses among its rows; `None` where nothing does."""
        self._content: bytes | None = None

    @property
    def content(self) -> bytes:
        """All of it in bytes, from which nothing else could be read."""
        if self._content is None:
            below = b"." if self.below is None else b":" + self.below.key
            names = f"{self.response_key}\0{self.name}\0"
            if self.arguments is not None:
                names += f"{self.arguments.text}\0"
            if self.connection is not None:
                names += f"{self.connection}\0"
            if self.page is not None:
                below += b":" + self.page.key
            self._content = names.encode() + below
        return self._content


@dataclass(frozen=True)
class AskedArguments:
    """The arguments that choose rows of one field, as a client wrote them.

    Fields with equal ones have the same values in one request, and may share what is
    loaded. Those that are written differently do not, if only by a variable's name.
    """

    shape: ArgumentsShape
    """What they may ask."""
    text: str
    """GraphQL, in alphabetical order: `filter: $filter, limit: 3`."""
    definition: GraphQLField = field(compare=False, repr=False)
    """The field of the schema."""

    @classmethod
    def of(
        cls, shape: ArgumentsShape, definition: GraphQLField, node: FieldNode
    ) -> AskedArguments | None:
        """Return what *node* asks of a field whose arguments are of *shape*.

        `None` where that is all rows, as the relationship has them.
        """
        if not cls.are_asked(shape, definition, node):
            return None
        arguments = sorted(map(print_ast, node.arguments or ()))
        return cls(shape, ", ".join(arguments), definition)

    @staticmethod
    def are_asked(
        shape: ArgumentsShape, definition: GraphQLField, node: FieldNode
    ) -> bool:
        """Tell whether *node*, or the schema in its place, says which rows."""
        return bool(node.arguments or shape.chooses_by_itself) or any(
            map(has_default, definition.args.values())
        )

    @cached_property
    def node(self) -> FieldNode:
        """A field node with these arguments, of no document."""
        text = f"{{ field({self.text}) }}" if self.text else "{ field }"
        operation = parse(text, no_location=True).definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        node = operation.selection_set.selections[0]
        assert isinstance(node, FieldNode)
        return node

    def values(self, variable_values: Any) -> dict[str, Any]:
        """Return the coerced values in one request, by their Python names.

        Args:
            variable_values: `info.variable_values`.

        Raises:
            GraphQLError: A value is none of its type.
        """
        return get_argument_values(self.definition, self.node, variable_values)
