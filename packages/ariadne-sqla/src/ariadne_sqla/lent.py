"""Python code that reads relationships to what a policy may hide.

A dotted alias, an association proxy, a property, a resolver with a `requires` hint:
they read mapped attributes, which may have rows that somebody else may see. So what was
loaded for this viewer is put there before such code runs, and taken off again before
code that writes, and at the end of the request.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Mapper

from sqla_selection import Policies, TypeRegistry
from sqla_selection.needs import Needs

from .request import Request

__all__ = ["put_on", "reads_guarded"]


def reads_guarded(mapper: Mapper[Any], needs: Needs | None, info: Any) -> bool:
    """Tell whether code with these *needs* reads what a policy may hide.

    Args:
        mapper: Of the object that is read.
        needs: What the code reads; `None` where it is none.
        info: Of a field of the schema.
    """
    policies = TypeRegistry.of(info.schema).policies
    if not policies or needs is None:
        return False
    return _reads_guarded(mapper, needs, policies)


@lru_cache(maxsize=1024)
def _reads_guarded(mapper: Mapper[Any], needs: Needs, policies: Policies) -> bool:
    steps = [*needs.relationships]
    if needs.target:
        first, *rest = needs.target
        steps.append((first, Needs(target=tuple(rest))))
    return any(
        prop is not None
        and (
            policies.guards(prop.mapper) or _reads_guarded(prop.mapper, below, policies)
        )
        for key, below in steps
        for prop in (mapper.relationships.get(key),)
    ) or any(_reads_guarded(one, below, policies) for one, below in needs.subclasses)


def put_on(obj: Any, needs: Needs, request: Request) -> None:
    """Put what was loaded for this viewer on *obj*, for code with these *needs*.

    Raises:
        MissingRegistryError: There is no registry, which has it.
        NotLoadedError: It was not loaded.
    """
    visibility = request.visibility
    if visibility is not None and request.registry is not None:
        request.registry.values.put_on(obj, needs, visibility.policies)
