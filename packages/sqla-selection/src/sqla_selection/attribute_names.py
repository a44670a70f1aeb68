"""What a name is on a mapped class, and which of its names a GraphQL field reads.

Functions of the mapping and the class alone: what is loaded for a name is in
`attributes`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from inspect import getattr_static
from typing import Any

from sqlalchemy.orm import Mapper, SynonymProperty

from .code import function_of

__all__ = [
    "attribute_named",
    "is_mapped",
    "overriding",
    "snake_case",
    "without_synonym",
]

_SYNONYM_MODULE = SynonymProperty.__module__


def attribute_named(
    mapper: Mapper[Any], field_name: str, aliases: Mapping[str, str] | None = None
) -> str | None:
    """Return the attribute that a GraphQL field of that name reads by default.

    That is the one of its alias, which may be a dotted path, else the attribute of the
    same name, else the one with the name in snake_case (`createdAt` reads
    `created_at`), else `None`.
    """
    if aliases and field_name in aliases:
        return aliases[field_name]
    for name in (field_name, snake_case(field_name)):
        if is_mapped(mapper, name) or hasattr(mapper.class_, name):
            return name
    return None


@lru_cache(maxsize=10_000)
def snake_case(name: str) -> str:
    """Return *name* in snake_case: `HTTPServer2` is `http_server_2`."""
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    name = re.sub(r"([a-z])([A-Z0-9])|([0-9])([A-Z])", r"\1\3_\2\4", name)
    return name.lower()


def is_mapped(mapper: Mapper[Any], name: str) -> bool:
    """Tell whether *name* is anything that SQLAlchemy knows on the class."""
    return name in mapper.all_orm_descriptors or name in mapper.attrs


def without_synonym(mapper: Mapper[Any], name: str, *, in_sql: bool = False) -> str:
    """Return the attribute that *name* is a synonym of, or *name*.

    A synonym with a descriptor of its own is an attribute of its own in Python. In SQL
    it is what it stands for.
    """
    while name in mapper.synonyms and (in_sql or not _has_descriptor(mapper, name)):
        name = mapper.synonyms[name].name
    return name


def _has_descriptor(mapper: Mapper[Any], name: str) -> bool:
    # SQLAlchemy makes a property where the application gives none.
    function = function_of(mapper.synonyms[name].descriptor)
    return getattr(function, "__module__", None) != _SYNONYM_MODULE


@lru_cache(maxsize=4096)
def overriding(mapper: Mapper[Any], name: str) -> tuple[Mapper[Any], ...]:
    """Return the subclasses whose *name* is something else than that of their base."""
    return tuple(
        subclass
        for subclass in mapper.self_and_descendants
        if subclass is not mapper and subclass.inherits is not None
        for own in (_definition(subclass, name),)
        if own is not None and own is not _definition(subclass.inherits, name)
    )


def _definition(mapper: Mapper[Any], name: str) -> Any:
    name = without_synonym(mapper, name)
    if name not in mapper.attrs:
        return getattr_static(mapper.class_, name, None)
    kinds = (
        mapper.column_attrs,
        mapper.relationships,
        mapper.composites,
        mapper.synonyms,
    )
    # A concrete class has something without a kind for what only its base maps.
    return next((kind[name] for kind in kinds if name in kind), None)
