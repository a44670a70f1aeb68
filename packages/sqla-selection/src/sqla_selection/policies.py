"""The policies of a schema's models: which rows a viewer may see, as the types say it.

A policy is a function of the application's. What it says in one request is asked in
`visibility`; here is only which models have one. A plan knows that much, and no more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from inspect import iscoroutinefunction
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Table
from sqlalchemy.orm import Mapper, RelationshipProperty

from .errors import ConfigurationError

__all__ = ["Answer", "Policies", "Policy", "VisibleIf", "is_coroutine", "public"]

Answer: TypeAlias = "bool | ColumnElement[bool]"
"""`True`: all rows. `False`: none. A condition: the rows that it holds for."""
Policy: TypeAlias = Callable[[Any, Any], "Answer | Awaitable[Answer]"]
"""`(entity, info)` → answer. The entity is the mapped class or an alias of it."""
VisibleIf: TypeAlias = Callable[[Any], "bool | Awaitable[bool]"]
"""`info` → whether the viewer may see a field: what a policy is for one field."""


def is_coroutine(function: Callable[..., Any]) -> bool:
    """Tell whether what *function* gives is to be awaited."""
    return iscoroutinefunction(function) or iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004
    )


def public(entity: Any, info: Any) -> bool:
    """Let everybody see all rows: the policy that says so."""
    return True


class Policies:
    """The policies of a schema's models.

    Args:
        given: GraphQL type, its mapper and its policy, of the types that have one.

    Raises:
        ConfigurationError: Two types of one model have different policies.
    """

    def __init__(self, given: Iterable[tuple[str, Mapper[Any], Policy]] = ()) -> None:
        self.by_mapper: dict[Mapper[Any], Policy] = {}
        """Those that are not `public`."""
        self._known: dict[Mapper[Any], tuple[str, Policy]] = {}
        self._guarded: dict[Mapper[Any], bool] = {}
        for name, mapper, policy in given:
            before, other = self._known.setdefault(mapper, (name, policy))
            if other != policy:
                msg = (
                    f"{before!r} and {name!r} show {mapper.class_.__name__!r} with "
                    "different policies. What may be seen of a model is the same on "
                    "every way to it: give them one policy."
                )
                raise ConfigurationError(msg)
            if policy is not public:
                self.by_mapper[mapper] = policy

    def __bool__(self) -> bool:
        """Tell whether any row may be hidden from anybody."""
        return bool(self.by_mapper)

    def guards(self, mapper: Mapper[Any]) -> bool:
        """Tell whether rows of *mapper* may be hidden.

        They may where it has a policy, or a class that it inherits from, or one that
        inherits from it.
        """
        if not self.by_mapper:
            return False
        known = self._guarded.get(mapper)
        if known is None:
            family = (*mapper.iterate_to_root(), *mapper.self_and_descendants)
            known = self._guarded[mapper] = not self.by_mapper.keys().isdisjoint(family)
        return known

    def has_one(self, mapper: Mapper[Any]) -> bool:
        """Tell whether it is said what is seen of the rows of *mapper*.

        That says the mapper or a class that it inherits from; or, where it has no rows
        of its own (`polymorphic_abstract`), each class that inherits from it.
        """
        if not self._known.keys().isdisjoint(mapper.iterate_to_root()):
            return True
        below = [one for one in mapper.self_and_descendants if one.inherits is mapper]
        return (
            mapper.polymorphic_abstract
            and bool(below)
            and all(map(self.has_one, below))
        )

    def guarded_between(self, prop: RelationshipProperty[Any]) -> Mapper[Any] | None:
        """Return the mapper with a policy whose table is the `secondary` of *prop*."""
        between = [prop.secondary] if isinstance(prop.secondary, Table) else []
        for mapper in self.by_mapper:
            if any(table in between for table in mapper.tables):
                return mapper
        return None
