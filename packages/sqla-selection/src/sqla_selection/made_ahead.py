"""What others make of a selection, beside its plan: made once, and kept as plans are.

An executor of answers may need more of what was asked than what is to be loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from graphql import get_named_type

from .asked import Asked
from .cache import Weight
from .collector import Consulted
from .remembered import remember, remembered
from .selection import collect
from .type_registry import TypeRegistry

__all__ = ["made_ahead"]

T = TypeVar("T")


def made_ahead(
    info: Any, types: TypeRegistry, name: str, make: Callable[[Asked], T]
) -> T:
    """Return what *make* makes of what is asked below the running field.

    It is kept where plans are: by what was asked, within the bounds of `PlanCache`; and
    found by the nodes of a document, as long as that lives.

    Args:
        info: The `info` of the field, which is no leaf.
        types: The configurations.
        name: Tells apart what is made.
        make: It must not keep anything of *info*.

    Raises:
        FragmentCycleError: A fragment spreads itself.
    """
    nodes_key = (name, get_named_type(info.return_type).name)
    for key in remembered(types, info.field_nodes, nodes_key, info):
        known: T | None = types.plans.get(key)
        if known is not None:
            return known
    consulted = Consulted()
    asked = collect(info, consulted=consulted).asked
    key = (name, asked.key)
    made: T | None = types.plans.get(key)
    if made is None:
        made = make(asked)
        types.plans.put(key, made, Weight(asked.size))
    remember(types, info.field_nodes, nodes_key, info, consulted, key)
    return made
