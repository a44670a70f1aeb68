"""What a client gave as a filter → a filter.

Coercion drops the variables that were not given, and leaves `{}` where there was
nothing else. That is not what a client means who writes `{}`; so the document is asked
as well: a condition vanishes upwards where its variables were not given.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import ObjectValueNode, ValueNode, VariableNode
from sqlalchemy import Dialect
from sqlalchemy.orm import Mapper

from ..coercion import UnfitValueError, as_sent, coerced, holds_lists
from .document import child, has_fields, item
from .errors import ArgumentError, ArgumentPath
from .filters import (
    AllOf,
    AnyOf,
    Applied,
    Compared,
    Filter,
    Operator,
    Opposite,
    Related,
    frozen,
    together,
)
from .limits import Budget
from .seen import EVERYTHING, Hides, check_attribute
from .shapes import (
    ColumnField,
    FilterShape,
    FunctionField,
    LogicField,
    RelationField,
)

__all__ = ["FilterReader"]

_NOTHING = AllOf()
"""No condition, as it was written; `None` is one that has vanished."""


@dataclass(frozen=True)
class FilterReader:
    """Reads filters of one field.

    Each method returns `None` for what has vanished, and `AllOf()` for no condition.
    """

    variables: Mapping[str, Any]
    budget: Budget
    dialect: Dialect
    hides: Hides = EVERYTHING

    def all_of(
        self,
        shape: FilterShape,
        value: Any,
        node: ValueNode | None,
        path: ArgumentPath,
        depth: int,
    ) -> Filter | None:
        """Return what the object *value* asks: all of its keys."""
        self.budget.take_condition(path)
        parts = []
        vanished = not value and has_fields(node)
        for key, one in value.items():
            of_field = shape.fields[key]
            below = (*path, of_field.name)
            written = child(node, of_field.name)
            part = self._field(shape.mapper, of_field, one, written, below, depth)
            vanished |= part is None
            parts.append(part)
        found = together(*parts)
        if found is None:
            vanished |= any(name not in value for name in _names(node, shape))
            return None if vanished else _NOTHING
        return found

    def _field(
        self,
        mapper: Mapper[Any],
        of_field: Any,
        value: Any,
        node: ValueNode | None,
        path: ArgumentPath,
        depth: int,
    ) -> Filter | None:
        if isinstance(of_field, FunctionField):
            self.budget.take_condition(path)
            return Applied(of_field.name, of_field.function, value)
        if isinstance(of_field, ColumnField):
            check_attribute(self.hides, mapper, of_field.attribute, path)
            if of_field.operators is None:
                return self.shorthand(of_field, value, node, path)
            _refuse_null(value, path)
            return self._operators(of_field, value, node, path)
        if isinstance(of_field, LogicField):
            _refuse_null(value, path)
            return self._logic(of_field, value, node, path, depth)
        assert isinstance(of_field, RelationField)
        if value is None:
            is_one = of_field.parts[0][2] == "one"
            rows = "not: {{{0}: {{}}}}" if is_one else "{0}: {{none: {{}}}}"
            why = "is null, which is no condition. Rows without any: "
            why += f"`{rows.format(path[-1])}`."
            raise ArgumentError(path, why)
        check_attribute(self.hides, mapper, of_field.relationship, path)
        return self._relation(of_field, value, node, path, depth + 1)

    def shorthand(
        self,
        of_field: ColumnField,
        value: Any,
        node: ValueNode | None,
        path: ArgumentPath,
    ) -> Filter | None:
        """Return `column = value`; NULL where it is null, one of them for a list.

        A list that is a value of the column itself is compared as it is.
        """
        self.budget.take_condition(path)
        if value is None:
            return Compared(of_field.attribute, "isNull", True)
        if isinstance(value, list) and not self._is_one_value(of_field, value):
            values = self._values(of_field, value, node, path, nulls=True)
            if values is None:
                return None
            return Compared(of_field.attribute, "in", values)
        one = self._converted(of_field, value, path)
        return Compared(of_field.attribute, "eq", one)

    def _is_one_value(self, of_field: ColumnField, value: list[Any]) -> bool:
        return holds_lists(of_field.type, self.dialect, value)

    def _operators(
        self,
        of_field: ColumnField,
        value: Any,
        node: ValueNode | None,
        path: ArgumentPath,
    ) -> Filter | None:
        if not value and not has_fields(node):
            raise ArgumentError(path, "has no operator.")
        parts = []
        for key, name, operator in of_field.operators or ():
            if key in value:
                below = (*path, name)
                self.budget.take_condition(below)
                _refuse_null(value[key], below)
                parts.append(
                    self._compared(
                        of_field, operator, value[key], child(node, name), below
                    )
                )
        return together(*parts)

    def _compared(
        self,
        of_field: ColumnField,
        operator: Operator,
        value: Any,
        node: ValueNode | None,
        path: ArgumentPath,
    ) -> Filter | None:
        attribute = of_field.attribute
        if operator in ("in", "notIn"):
            many = value if isinstance(value, list) else [value]
            values = self._values(of_field, many, node, path, nulls=False)
            return None if values is None else Compared(attribute, operator, values)
        if operator == "isNull":
            if not isinstance(value, bool):
                raise ArgumentError(path, "must be true or false.")
            return Compared(attribute, operator, value)
        return Compared(attribute, operator, self._converted(of_field, value, path))

    def _values(
        self,
        of_field: ColumnField,
        values: list[Any],
        node: ValueNode | None,
        path: ArgumentPath,
        *,
        nulls: bool,
    ) -> tuple[Any, ...] | None:
        """Return the values of a list, `None` if none of its variables was given."""
        self.budget.check_values(path, len(values))
        found: dict[Hashable, Any] = {}
        vanished = False
        for index, value in enumerate(values):
            if value is None and self._is_missing(item(node, index)):
                vanished = True
                continue
            below = (*path, index)
            if value is None and not nulls:
                _refuse_null(value, below)
            converted = self._converted(of_field, value, below)
            found[frozen(converted)] = converted
        self.budget.take_values(path, len(found))
        return None if vanished and not found else tuple(found.values())

    def _converted(self, of_field: ColumnField, value: Any, path: ArgumentPath) -> Any:
        try:
            read = value if of_field.reads is None else of_field.reads(value)
            return coerced(read, of_field.type, self.dialect)
        except UnfitValueError as error:
            why = f"is {as_sent(value)}, which is not {error}."
            raise ArgumentError(path, why) from error

    def _logic(
        self,
        of_field: LogicField,
        value: Any,
        node: ValueNode | None,
        path: ArgumentPath,
        depth: int,
    ) -> Filter | None:
        many = value if isinstance(value, list) else [value]
        self.budget.check_values(path, len(many))
        if not many:
            if of_field.kind == "and":
                return _NOTHING
            raise ArgumentError(path, "is an empty list.")
        parts: list[Filter] = []
        for index, one in enumerate(many):
            of_one = item(node, index)
            below = (*path, index) if isinstance(value, list) else path
            if one is None and self._is_missing(of_one):
                continue
            _refuse_null(one, below)
            part = self.all_of(of_field.target, one, of_one, below, depth)
            if part == _NOTHING and of_field.kind != "and":
                raise ArgumentError(below, "has no condition.")
            if part is not None:
                parts.append(part)
        if not parts:
            return None
        if of_field.kind == "and":
            return together(*parts) or _NOTHING
        if of_field.kind == "or":
            return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))
        # A list of `not` is none of them: all of their opposites.
        return together(*map(Opposite, parts))

    def _relation(
        self,
        of_field: RelationField,
        value: Any,
        node: ValueNode | None,
        path: ArgumentPath,
        depth: int,
    ) -> Filter | None:
        self.budget.check_depth(path, depth)
        [(key, name, quantifier, target), *_] = of_field.parts
        if quantifier == "one":
            part = self.all_of(target, value, node, path, depth)
            if part is None:
                return None
            return Related(of_field.relationship, quantifier, part)
        if not value and not has_fields(node):
            raise ArgumentError(path, "says none of 'some', 'none' and 'every'.")
        parts = []
        for key, name, quantifier, target in of_field.parts:
            if key not in value:
                continue
            below = (*path, name)
            _refuse_null(value[key], below)
            part = self.all_of(target, value[key], child(node, name), below, depth)
            if part == _NOTHING and quantifier == "every":
                raise ArgumentError(below, "has no condition.")
            if part is not None:
                parts.append(Related(of_field.relationship, quantifier, part))
        return together(*parts)

    def _is_missing(self, node: ValueNode | None) -> bool:
        return isinstance(node, VariableNode) and node.name.value not in self.variables


def _names(node: ValueNode | None, shape: FilterShape) -> list[str]:
    """Return the Python names of what the document has in an object."""
    if not isinstance(node, ObjectValueNode):
        return []
    written = {one.name.value for one in node.fields}
    return [key for key, one in shape.fields.items() if one.name in written]


def _refuse_null(value: Any, path: ArgumentPath) -> None:
    if value is None:
        why = "is null, which is no condition. Use `isNull`, or leave it out."
        raise ArgumentError(path, why)
