"""What somebody points at → the mappers that are there.

A declarative base, an automap base, a registry, a module, a class, several of them, or
a `MetaData` of reflected tables: the commands take all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from sqlalchemy import MetaData, inspect
from sqlalchemy.exc import NoInspectionAvailable
from sqlalchemy.ext.automap import automap_base
from sqlalchemy.orm import Mapper, registry

from sqla_selection import ConfigurationError

__all__ = ["mapper_at", "mappers_in"]


def mappers_in(models: Any) -> tuple[Mapper[Any], ...]:
    """Return the mappers of *models*, configured, in the order of their names.

    Args:
        models: A declarative base, an automap base that is prepared, a `registry`, a
            module, a mapped class (which brings its subclasses), several of these, or
            a `MetaData` whose tables are mapped by automap.

    Raises:
        ConfigurationError: Nothing is mapped there.
    """
    found = dict.fromkeys(_found(models))
    if not found:
        msg = f"{_shown(models)} maps no class. {_advice(models)}"
        raise ConfigurationError(msg)
    for mapper in found:
        mapper.registry.configure(cascade=True)
    return tuple(sorted(found, key=lambda one: (one.class_.__name__, str(one.class_))))


def mapper_at(value: Any) -> Mapper[Any] | None:
    """Return the mapper of *value*, `None` where it is no mapped class."""
    if not isinstance(value, type):
        return None
    try:
        mapper: Any = inspect(value)
    except NoInspectionAvailable:
        return None
    return mapper if isinstance(mapper, Mapper) else None


def _found(models: Any) -> Iterator[Mapper[Any]]:
    mapper = mapper_at(models)
    if mapper is not None:
        yield from mapper.self_and_descendants
    elif isinstance(models, registry):
        yield from models.mappers
    elif isinstance(models, MetaData):
        base = automap_base(metadata=models)
        base.prepare()
        yield from base.registry.mappers
    elif isinstance(models, ModuleType):
        yield from _in_module(models)
    elif isinstance(getattr(models, "registry", None), registry):
        yield from models.registry.mappers
    elif isinstance(models, Iterable) and not isinstance(models, str | bytes):
        for one in models:
            yield from _found(one)


def _in_module(module: ModuleType) -> Iterator[Mapper[Any]]:
    values = [value for name, value in vars(module).items() if name[:2] != "__"]
    mapped = [value for value in values if mapper_at(value) is not None]
    bases = [
        value
        for value in values
        if isinstance(value, type) and isinstance(vars(value).get("registry"), registry)
    ]
    for value in mapped or bases:
        yield from _found(value)


def _shown(models: Any) -> str:
    if isinstance(models, ModuleType):
        return f"The module {models.__name__!r}"
    return repr(models)


def _advice(models: Any) -> str:
    if hasattr(models, "prepare"):
        return "Call its `prepare()` first, with `autoload_with=engine`."
    return (
        "Give a declarative base, a registry, a module or a mapped class, and import "
        "the modules that map classes before."
    )
