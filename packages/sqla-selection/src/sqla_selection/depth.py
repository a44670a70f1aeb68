"""How deep a query nests, which is checked before anything is planned.

A level is what a relationship leads to, or whatever is of a type that has a
configuration: so the levels below resolvers of the application's own count as well.
Types without one that are reached by such a resolver (edges, payloads) do not.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from sqlalchemy.orm import Mapper

from .asked import Asked
from .config import DepthLimit, TypeConfig
from .reading import reading_of_field
from .type_registry import TypeRegistry

__all__ = ["check_depth"]


def check_depth(
    asked: Asked,
    types: TypeRegistry,
    *,
    mapper: Mapper[Any] | None = None,
    limit: DepthLimit | None = None,
) -> None:
    """Raise `DepthLimitError` if *asked* nests more levels than it may.

    Nothing is collected below what is refused. Each selection set is looked at once for
    each depth at which it stands, so the time is linear in the document.

    Args:
        asked: What is asked of the value of one field, which counts as level 1 if it
            is a level at all.
        types: The configurations.
        mapper: What the value's rows are of, if that is known.
        limit: The depth that is allowed. By default that of the first types with a
            configuration on each way.
    """
    passed: set[tuple[int, Mapper[Any] | None, DepthLimit | None, int]] = set()
    waiting = deque([(asked, mapper, limit, 0)])
    while waiting:
        asked, mapper, limit, depth = waiting.popleft()
        state = (id(asked), mapper, limit, depth)
        if state in passed:
            continue
        passed.add(state)
        configured = [name for name in asked.fields if name in types]
        if configured or mapper is not None:
            depth += 1
            limit = limit or types.limit_of(configured)
        for type_name, fields in asked.fields.items():
            if not fields:
                continue
            config = types.get(type_name)
            narrowed = limit.narrowed(config) if limit and config else limit
            if narrowed is not None and (configured or mapper is not None):
                narrowed.check(depth)
            rows_of = mapper if config is None else config.mapper
            for field in fields:
                if field.below is None or field.definition is None:
                    continue
                target = None
                if rows_of is not None:
                    config = config or TypeConfig(type_name, rows_of.class_)
                    reading = reading_of_field(
                        rows_of, config, field.name, field.definition
                    )
                    target = _target(rows_of, reading.needs.target)
                waiting.append((field.below, target, narrowed, depth))


def _target(mapper: Mapper[Any], path: tuple[str, ...]) -> Mapper[Any] | None:
    for key in path:
        mapper = mapper.relationships[key].mapper
    return mapper if path else None
