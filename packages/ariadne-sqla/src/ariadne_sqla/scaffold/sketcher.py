"""Models → a sketch of the types that show them: `scaffold` is the whole of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from sqla_selection import ConfigurationError
from sqla_selection.errors import suggest

from .bindables import bindables_of
from .enums import EnumNames
from .fields import FieldReader
from .hierarchy import Hierarchy
from .inputs import Inputs
from .mapped import mappers_in
from .scalars import SCALARS
from .sdl import sdl_of
from .sketch import LeftOut, Sketch

__all__ = ["Scaffold", "scaffold"]

_RESERVED = {
    *("Query", "Mutation", "Subscription", "PageInfo"),
    *("Boolean", "Float", "ID", "Int", "String", *SCALARS),
}


@dataclass(frozen=True)
class Scaffold:
    """What is made of models."""

    sdl: str
    """The schema, complete."""
    bindables: str
    """A module of Python that makes `schema` of it, from `schema.graphql` beside it."""
    left_out: tuple[LeftOut, ...]
    """What no field shows, and why: secrets, binary data, what was excluded."""
    sketch: Sketch = field(repr=False)
    """The same as values."""


def scaffold(
    models: Any,
    *,
    types: Collection[str] = (),
    exclude: Collection[str] = (),
    camel_case: bool = True,
    connections: bool = False,
    base: str = "",
) -> Scaffold:
    """Return a schema for *models*, and the bindables for it, to own from then on.

    Types, interfaces over inheritance, relationships, enums; root fields, filters,
    orders and pages of 20 rows, 100 at most. A field is non-null where a constraint of
    the database says so. Columns that look like secrets are left out, and so are
    foreign keys that a relationship shows. No statement runs.

    Args:
        models: A declarative base, an automap base, a `registry`, a module, a mapped
            class, or several of these.
        types: The classes to show, all where none is named.
        exclude: Classes (`"AuditLog"`) and attributes (`"User.email"`) to leave out;
            `*` stands for anything.
        camel_case: Whether fields are in camelCase, else in the case of attributes.
        connections: Whether lists are shown as connections, too.
        base: Where an automap base is, as `"models:Base"`: only there its classes have
            names that they can be imported by.

    Raises:
        ConfigurationError: Nothing is mapped there, *types* or *exclude* names nothing,
            or a class cannot be imported.
    """
    mappers = mappers_in(models)
    names = {mapper.class_.__name__ for mapper in mappers}
    for name in types:
        if name not in names:
            msg = f"No mapped class is called {name!r}.{suggest(name, names)}"
            raise ConfigurationError(msg)
    used: set[str] = set()

    def is_excluded(name: str) -> bool:
        matching = [one for one in exclude if fnmatchcase(name, one)]
        used.update(matching)
        return bool(matching)

    taken = set(_RESERVED)
    shown = [
        mapper
        for mapper in mappers
        if not is_excluded(mapper.class_.__name__)
        and (not types or mapper.class_.__name__ in types)
    ]
    hierarchy = Hierarchy(shown, taken)
    taken |= {*hierarchy.shown.values(), *hierarchy.objects.values()}
    enums = EnumNames(taken)
    reader = FieldReader(hierarchy.shown, is_excluded, enums, is_camel=camel_case)
    sketched = hierarchy.types(reader.fields_of)
    unmatched = set(exclude) - used
    if unmatched:
        name = min(unmatched)
        msg = (
            f"Nothing is called {name!r}: it excludes nothing. Name a class, or an "
            f"attribute as 'User.email'.{suggest(name, names)}"
        )
        raise ConfigurationError(msg)
    is_there = {type_.name for type_ in sketched}
    sketch = Sketch(
        sketched,
        tuple(enums.sketches.values()),
        tuple(reader.left_out.values()),
        {m: name for m, name in hierarchy.shown.items() if name in is_there},
    )
    inputs = Inputs(sketch, taken, is_camel=camel_case)
    return Scaffold(
        sdl_of(sketch, inputs, connections=connections),
        bindables_of(sketch, base=base),
        sketch.left_out,
        sketch,
    )
