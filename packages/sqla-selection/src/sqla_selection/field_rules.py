"""Which fields not everybody may see: `visible_if`, as the types of a schema say it.

A rule that is given to a field holds for the attribute that the field reads: on every
other way to that it holds too, be it a second field, a dotted alias, or a filter. Only
another type of the model may say something else, for its own field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import GraphQLSchema
from sqlalchemy import Column
from sqlalchemy.orm import Mapper
from sqlalchemy.sql import visitors

from .attribute_names import attribute_named, without_synonym
from .attributes import proxied
from .policies import VisibleIf

if TYPE_CHECKING:
    from .config import TypeConfig

__all__ = ["FieldRules"]


@dataclass(frozen=True, slots=True)
class _Ruled:
    """An attribute that a field with a rule reads."""

    mapper: Mapper[Any]
    name: str
    columns: frozenset[Any]
    """What it is, if that is plain columns; other attributes are told by their name."""
    type_name: str
    """Of the field."""
    rule: VisibleIf

    def is_read_by(self, mapper: Mapper[Any], name: str) -> bool:
        """Tell whether the attribute *name* of *mapper* is this one, or made of it."""
        if not self.columns:
            is_related = mapper.isa(self.mapper) or self.mapper.isa(mapper)
            return is_related and name == self.name
        return not self.columns.isdisjoint(_columns_in(mapper, name))


class FieldRules:
    """The rules of a schema's fields.

    Args:
        schema: The schema, which is complete.
        configs: Its types.
    """

    def __init__(self, schema: GraphQLSchema, configs: Iterable[TypeConfig]) -> None:
        configs = tuple(configs)
        self._ruled: list[_Ruled] = []
        self._of_attributes: dict[tuple[Mapper[Any], str], tuple[VisibleIf, ...]] = {}
        fields = {
            config.name: getattr(schema.type_map.get(config.name), "fields", {})
            for config in configs
        }
        for config in configs:
            for name, rule in config.visible_if.items():
                path = _attribute_of(config, name, fields[config.name].get(name))
                if path is not None and "." not in path:
                    self._ruled.append(_ruled(config, path, rule))
        self.of_fields: dict[tuple[str, str], tuple[VisibleIf, ...]] = {}
        """Names of type and field → what must allow it."""
        for config in configs:
            for name, definition in fields[config.name].items():
                rules = self._of_field(config, name, definition)
                if rules:
                    self.of_fields[config.name, name] = rules

    @property
    def all(self) -> tuple[VisibleIf, ...]:
        """Every rule, once."""
        return tuple(dict.fromkeys(one for of in self.of_fields.values() for one in of))

    def of_attribute(self, mapper: Mapper[Any], path: str) -> tuple[VisibleIf, ...]:
        """Return what must allow that *path* is asked about: of whichever types."""
        known = self._of_attributes.get((mapper, path))
        if known is None:
            rules = dict.fromkeys(one.rule for one in self._read_by(mapper, path))
            known = self._of_attributes[mapper, path] = tuple(rules)
        return known

    def _of_field(
        self, config: TypeConfig, name: str, definition: Any
    ) -> tuple[VisibleIf, ...]:
        rule = config.visible_if.get(name)
        if rule is not None:
            return (rule,)
        if config.reads(name, definition) is None:
            return ()  # code of the application's, which shows what it likes
        path = _attribute_of(config, name, definition)
        found = [] if path is None else list(self._read_by(config.mapper, path))
        own = [one for one in found if one.type_name == config.name]
        return tuple(dict.fromkeys(one.rule for one in own or found))

    def _read_by(self, mapper: Mapper[Any], path: str) -> Iterator[_Ruled]:
        """Yield the attributes with rules that reading *path* on *mapper* reads."""
        if not self._ruled:
            return
        name, _, rest = path.partition(".")
        name = without_synonym(mapper, name, in_sql=True)
        for one in self._ruled:
            if one.is_read_by(mapper, name):
                yield one
        # A proxy of a base may go through what only its subclasses have.
        targets = {
            one.relationships[name].mapper
            for one in mapper.self_and_descendants
            if name in one.relationships
        }
        if targets:
            for target in targets if rest else ():
                yield from self._read_by(target, rest)
            return
        through = proxied(mapper, name)
        if through is not None:
            yield from self._read_by(mapper, ".".join((*through, rest)).rstrip("."))


def _attribute_of(config: TypeConfig, name: str, definition: Any) -> str | None:
    """Return the path that a field reads, or would, if it had no resolver of its own.

    That of a field that reads nothing by its name is `None`.
    """
    path = None if definition is None else config.reads(name, definition)
    if path is None or path == name:
        return attribute_named(config.mapper, name, config.aliases)
    return path


def _ruled(config: TypeConfig, name: str, rule: VisibleIf) -> _Ruled:
    mapper = config.mapper
    name = without_synonym(mapper, name, in_sql=True)
    prop = mapper.column_attrs.get(name)
    columns = frozenset(() if prop is None else prop.columns)
    if not all(isinstance(one, Column) for one in columns):
        columns = frozenset()
    return _Ruled(mapper, name, columns, config.name, rule)


def _columns_in(mapper: Mapper[Any], name: str) -> set[Any]:
    """Return the columns that an attribute is in SQL, those in its expression too."""
    if name in mapper.relationships:
        return set()
    if name in mapper.column_attrs:
        expressions: list[Any] = list(mapper.column_attrs[name].columns)
    elif name in mapper.composites:
        props = mapper.composites[name].props
        expressions = [one for prop in props for one in getattr(prop, "columns", ())]
    else:
        try:
            expressions = [getattr(mapper.class_, name).__clause_element__()]
        except Exception:  # no expression, but code
            return set()
    return {
        element
        for one in expressions
        for element in visitors.iterate(one)
        if isinstance(element, Column)
    }
