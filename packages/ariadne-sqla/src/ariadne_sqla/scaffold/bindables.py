"""A sketch → a module of Python that binds it."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

from sqlalchemy.orm import Mapper

from sqla_selection import ConfigurationError
from sqla_selection.attribute_names import attribute_named, snake_case

from .sdl import used_scalars
from .sketch import EnumSketch, Sketch, TypeSketch

__all__ = ["bindables_of"]

_PAGES = ("page_size=20", "max_page_size=100")
_WIDTH = 88  # characters of a line


def bindables_of(sketch: Sketch, *, base: str = "") -> str:
    """Return a module that makes `schema` of the `schema.graphql` beside it.

    Args:
        sketch: The types.
        base: Where an automap base is, as `"models:Base"`: its classes are read there.

    Raises:
        ConfigurationError: A class has no name that it could be imported by.
    """
    return _Module(sketch, base).text()


class _Module:
    """One module, put together."""

    def __init__(self, sketch: Sketch, base: str) -> None:
        self.sketch = sketch
        self.base = base
        self.names: dict[str, set[str]] = defaultdict(set)
        """Module → names that are imported of it."""
        self.classes: list[str] = []
        """Lines that name the classes of an automap base."""

    def text(self) -> str:
        """Return the text of the module."""
        parts = [*self._enums()]
        names = [name for _, name in parts]
        if used_scalars(self.sketch):
            names.append("scalars")
        types = [
            (one, f"{snake_case(one.name)}_type", self._class(one.mapper))
            for one in self.sketch.objects
        ]
        bound = [_bound(type_, name, model) for type_, name, model in types]
        listed = "".join(f"    {name},\n" for _, name, _ in types)
        return "\n".join(
            (
                '"""Binds the types of the schema to the models."""\n',
                *self._imports(),
                "",
                *self.classes,
                *([""] if self.classes else []),
                *(part for part, _ in parts),
                *bound,
                f"object_types = [\n{listed}]",
                "query = SQLAlchemyQueryType(object_types, max_depth=5)",
                'file = Path(__file__).with_name("schema.graphql")',
                "type_defs = load_schema_from_path(file)",
                "schema = make_executable_schema(",
                "    type_defs,",
                "    query,",
                "    *object_types,",
                *(f"    {name}," for name in names),
                ")\n",
            )
        )

    def _imports(self) -> Iterator[str]:
        of_ariadne = ["load_schema_from_path", "make_executable_schema"]
        if any(one.python is not None for one in self.sketch.enums):
            of_ariadne.insert(0, "EnumType")
        yield "from pathlib import Path"
        yield ""
        yield _import("ariadne", of_ariadne)
        yield ""
        yield from (_import(*one) for one in sorted(self.names.items()))
        yield ""
        yield "from ariadne_sqla import SQLAlchemyObjectType, SQLAlchemyQueryType"
        if used_scalars(self.sketch):
            yield "from ariadne_sqla.scalars import scalars"

    def _enums(self) -> Iterator[tuple[str, str]]:
        """Yield what makes each enum, and the variable that it is in."""
        for one in self.sketch.enums:
            if one.python is not None:
                variable = f"{snake_case(one.name)}_enum"
                arguments = (f'"{one.name}"', self._enum(one, one.python))
                yield _call(f"{variable} = EnumType", arguments), variable

    def _enum(self, sketch: EnumSketch, python: type[Enum]) -> str:
        if _is_importable(python):
            self.names[python.__module__].add(python.__name__)
            return python.__name__
        model, _, key = sketch.read_by.partition(".")
        [mapper, *_] = (
            type_.mapper
            for type_ in self.sketch.types
            if type_.mapper.class_.__name__ == model
        )
        return f"{self._class(mapper)}.{key}.type.enum_class"

    def _class(self, mapper: Mapper[Any]) -> str:
        """Return the name of a class in the module, which imports it."""
        class_ = mapper.class_
        name: str = class_.__name__
        if _is_importable(class_):
            self.names[class_.__module__].add(name)
            return name
        module, _, base = self.base.partition(":")
        found = getattr(sys.modules.get(module), base, None)
        if (
            found is None
            or getattr(getattr(found, "classes", None), name, None) is not class_
        ):
            msg = (
                f"The class {name!r} cannot be imported: {class_.__module__!r} has no "
                "such name. Give it one at the top of a module."
            )
            raise ConfigurationError(msg)
        self.names[module].add(base)
        line = f"{name} = {base}.classes.{name}"
        if line not in self.classes:
            self.classes.append(line)
        return name


def _bound(type_: TypeSketch, variable: str, model: str) -> str:
    aliases = {
        field.name: field.attribute
        for field in type_.fields
        if attribute_named(type_.mapper, field.name) != field.attribute
    }
    arguments = [f'"{type_.name}"', model, *_PAGES]
    if aliases:
        arguments.append(f"aliases={aliases!r}")
    return _call(f"{variable} = SQLAlchemyObjectType", arguments)


def _call(function: str, arguments: Iterable[str]) -> str:
    """Return a call, on one line if that is short enough."""
    listed = ", ".join(arguments)
    line = f"{function}({listed})"
    if len(line) <= _WIDTH:
        return line
    if len(listed) <= _WIDTH - 4:
        return f"{function}(\n    {listed}\n)"
    return f"{function}(\n{''.join(f'    {one},' + chr(10) for one in arguments)})"


def _import(module: str, names: Iterable[str]) -> str:
    names = sorted(names, key=lambda name: (name.islower(), name))
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= _WIDTH:
        return line
    listed = "".join(f"    {name},\n" for name in names)
    return f"from {module} import (\n{listed})"


def _is_importable(class_: type[Any]) -> bool:
    return getattr(sys.modules.get(class_.__module__), class_.__name__, None) is class_
