"""What a server that is open to everybody needs: neutral errors, bounded documents."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from ariadne import format_error as ariadne_format_error
from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
    ValueNode,
    VisitorAction,
)

__all__ = ["document_limits", "format_error", "safe_options"]

logger = logging.getLogger("ariadne_sqla")


def safe_options(
    *, max_depth: int = 15, max_fields: int = 500, max_root_fields: int = 20
) -> dict[str, Any]:
    """Return the options of Ariadne's servers that hide errors and bound documents.

        app = GraphQL(schema, **safe_options())

    That is `error_formatter`, see `format_error`, and `validation_rules`, see
    `document_limits`.
    """
    limits = document_limits(
        max_depth=max_depth, max_fields=max_fields, max_root_fields=max_root_fields
    )
    return {"error_formatter": format_error, "validation_rules": [limits]}


def format_error(error: GraphQLError, debug: bool = False) -> dict[str, Any]:
    """Return *error* for the client, without the message of what is not meant for it.

    Meant for the client is a `GraphQLError`: of validation, of a limit, of a value that
    a column cannot hold, or one that a resolver raises; and what the parser of a scalar
    says of a value that the client wrote, in the document or in a variable. Every other
    exception, that of a serializer too, above
    all those of SQLAlchemy and of drivers, whose messages have the SQL and its values,
    is an `Internal error.` with an `id` in its `extensions`. It is logged once, with
    that id, to `ariadne_sqla`.

    With *debug* all is shown, as by Ariadne's own formatter.
    """
    if debug:
        return ariadne_format_error(error, debug)
    original = _original(error)
    formatted: dict[str, Any] = {**error.formatted}
    if original is not None:
        formatted["message"] = "Internal error."
        formatted["extensions"] = {"id": _logged(original)}
    return formatted


def _original(error: GraphQLError) -> Exception | None:
    """Return the exception behind *error*, unless that is meant for the client.

    An error of validation at a value has what a scalar's parser raised behind it.
    """
    original = error.original_error
    is_of_value = any(isinstance(node, ValueNode) for node in error.nodes or ())
    return None if is_of_value or isinstance(original, GraphQLError) else original


_ID = "_ariadne_sqla_id"


def _logged(original: Exception) -> str:
    """Return the id of *original*, which may be the error of many fields."""
    known: str | None = getattr(original, _ID, None)
    if known is None:
        known = uuid4().hex[:12]
        with suppress(AttributeError):  # a frozen one: each field logs it anew
            setattr(original, _ID, known)
        logger.error("Internal error %s.", known, exc_info=original)
    return known


def document_limits(
    *, max_depth: int = 15, max_fields: int = 500, max_root_fields: int = 20
) -> type[ValidationRule]:
    """Return a validation rule that refuses operations beyond its limits.

    A fragment counts at each place where it is spread. The time that counting takes
    grows with the text of the document alone.

    Args:
        max_depth: Fields inside of each other; those of an introspection by GraphiQL
            are 13.
        max_fields: Fields of an operation in all.
        max_root_fields: Fields at the root, aliases of one field included: each may
            be a statement.
    """
    limits = _Size(max_depth, max_fields, max_root_fields)

    class DocumentLimits(ValidationRule):
        """Refuses operations that are larger than the limits."""

        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            self._measure = _Measure(context, limits)

        def enter_operation_definition(
            self, node: OperationDefinitionNode, *_args: Any
        ) -> VisitorAction:
            size = self._measure.operation(node)
            for what, found, limit in (
                ("nests {} levels of fields", size.depth, limits.depth),
                ("has {} fields", size.fields, limits.fields),
                ("has {} fields at the root", size.root_fields, limits.root_fields),
            ):
                if found > limit:
                    more = what.format(f"more than {limit}")
                    message = f"The operation {more}. Ask for less at a time."
                    self.report_error(GraphQLError(message, [node]))
            return None

    return DocumentLimits


@dataclass(frozen=True, slots=True)
class _Size:
    depth: int = 0
    fields: int = 0
    root_fields: int = 0


class _Measure:
    """Counts what an operation asks for, each fragment once.

    Numbers beyond the limits are kept just beyond: fragments that spread each other
    twice double them each time.
    """

    def __init__(self, context: ValidationContext, limits: _Size) -> None:
        self._context = context
        self._limits = limits
        self._fragments: dict[str, _Size] = {}

    def operation(self, node: OperationDefinitionNode) -> _Size:
        """Return the size of *node*."""
        for fragment in self._inner_first(node.selection_set):
            definition = self._context.get_fragment(fragment)
            if definition is not None:
                self._fragments[fragment] = self._size(definition.selection_set)
        return self._size(node.selection_set)

    def _inner_first(self, selected: SelectionSetNode) -> Iterator[str]:
        """Yield the fragments below *selected*, behind those that they spread.

        Without recursion: a chain of fragments may be as long as a document. One that
        spreads itself, which another rule refuses, is cut where it closes.
        """
        begun: set[str] = set()
        waiting = [self._spreads(selected)]
        names: list[str] = []
        while waiting:
            name = next(waiting[-1], None)
            if name is None:
                waiting.pop()
                if names:
                    yield names.pop()
            elif name not in begun and name not in self._fragments:
                begun.add(name)
                definition = self._context.get_fragment(name)
                if definition is not None:
                    names.append(name)
                    waiting.append(self._spreads(definition.selection_set))

    def _spreads(self, selected: SelectionSetNode) -> Iterator[str]:
        spreads = self._context.get_fragment_spreads(selected)
        return iter(dict.fromkeys(spread.name.value for spread in spreads))

    def _size(self, selected: SelectionSetNode) -> _Size:
        depth = fields = root_fields = 0
        for node in selected.selections:
            if isinstance(node, FieldNode):
                below = (
                    self._size(node.selection_set) if node.selection_set else _Size()
                )
                size = _Size(below.depth + 1, below.fields + 1, 1)
            elif isinstance(node, FragmentSpreadNode):
                size = self._fragments.get(node.name.value, _Size())
            else:
                assert isinstance(node, InlineFragmentNode)
                size = self._size(node.selection_set)
            depth = max(depth, size.depth)
            fields += size.fields
            root_fields += size.root_fields
        return _Size(
            min(depth, self._limits.depth + 1),
            min(fields, self._limits.fields + 1),
            min(root_fields, self._limits.root_fields + 1),
        )
