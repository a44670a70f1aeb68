"""The value of a field that is as the response has it: nothing is left to execute.

An executor of `executors.EXECUTORS` may answer with one where `takes_finished` says
that whoever executes the operation knows what it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import GraphQLResolveInfo

__all__ = ["Finished", "TakingInfo", "takes_finished"]


@dataclass(frozen=True, slots=True)
class Finished:
    """What a field is completed to, whatever is asked below it.

    For a field whose type is an object type, an interface, a union, or a list of them,
    non-null or not. A field that is null is `None`, without this around it.

    Who gives it answers for all of it: response keys in order, scalars serialized, no
    null in a non-null place. What may have an error is no `Finished`: it is left to the
    standard path, which tells it.
    """

    value: Any
    """Lists, dicts, and what leaves are serialized to. Nobody looks into it."""


class TakingInfo(GraphQLResolveInfo):  # type: ignore[type-arg]  # generic on 3.3
    """The `info` of a field of an operation, of which the value may be a `Finished`."""

    __slots__ = ()


def takes_finished(info: Any) -> bool:
    """Tell whether the value of the running field may be a `Finished`.

    So it is for the fields of an operation, by whatever resolver, where
    `SQLAlchemyExecutionContext` executes it and no middleware sees each field.
    """
    return isinstance(info, TakingInfo)
