"""What owners themselves have of a relationship, read without a statement."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

from sqlalchemy.orm import RelationshipProperty
from sqlalchemy.orm.collections import collection_adapter

from sqla_selection.joins import may_repeat
from sqla_selection.mapping import Loading, loading_of

__all__ = ["has_repeated", "members", "reader_of", "scalars_on", "sits_on_owner"]


def sits_on_owner(prop: RelationshipProperty[Any], window: Hashable = None) -> bool:
    """Tell whether the value of an edge may sit on the owner's mapped attribute."""
    return window is None and loading_of(prop) is not Loading.NEVER_SET


def reader_of(
    prop: RelationshipProperty[Any],
    window: Hashable = None,
    otherwise: Callable[..., Any] | None = None,
) -> Callable[..., Any]:
    """Return the function that reads what an owner itself has of an edge.

    It gives what graphql-core iterates. Where the owner has nothing it gives what
    *otherwise* gives for the same arguments; by default it raises a `KeyError`.
    """
    name = prop.key

    def nothing(owner: Any, /, *_: Any, **__: Any) -> Any:
        raise KeyError(name)

    otherwise = otherwise or nothing

    def as_it_is(owner: Any, /, *others: Any, **named: Any) -> Any:
        try:
            return owner.__dict__[name]
        except (KeyError, AttributeError):
            return otherwise(owner, *others, **named)

    def members_of(owner: Any, /, *others: Any, **named: Any) -> Any:
        try:
            value = owner.__dict__[name]
        except (KeyError, AttributeError):
            return otherwise(owner, *others, **named)
        return members(value)

    if not sits_on_owner(prop, window):
        return otherwise
    return as_it_is if prop.collection_class in (None, list, set) else members_of


def scalars_on(
    owners: Iterable[Any], prop: RelationshipProperty[Any], window: Hashable = None
) -> list[Any] | None:
    """Return the scalar that each of *owners* itself has, `None` if one has nothing."""
    name = prop.key
    if not sits_on_owner(prop, window):
        return None
    try:
        return [owner.__dict__[name] for owner in owners]
    except (KeyError, AttributeError):
        return None


def members(value: Any) -> Iterable[Any]:
    """Return the objects in the value of a relationship, whatever collects them."""
    if value is None:
        return ()
    if isinstance(value, list | tuple | set | frozenset):
        return value
    try:
        return tuple(collection_adapter(value))
    except AttributeError:
        return (value,)


def has_repeated(prop: RelationshipProperty[Any], targets: Iterable[Any]) -> bool:
    """Tell whether *targets* have an object twice, which lazy loading leaves out."""
    if not may_repeat(prop) or not isinstance(targets, list):
        return False
    return len({id(target) for target in targets}) < len(targets)
