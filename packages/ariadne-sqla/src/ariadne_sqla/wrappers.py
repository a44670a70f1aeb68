"""Functions of the application's around ours: what they take, and what they call.

Arguments of a field are for whoever reads them. A function says by its parameters which
are its own; and a resolver that was put around one of ours has that somewhere within.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from inspect import Parameter, signature
from types import FunctionType, MethodType
from typing import Any, NamedTuple

from graphql import GraphQLField

from sqla_selection.attribute_names import snake_case

from .ownership import application_resolver, resolver_set_by_us

__all__ = ["Parameters", "is_around_ours", "parameters_of"]

_MOST = 200
"""Values that are looked through for our resolver: wrappers of wrappers have few."""


class Parameters(NamedTuple):
    """What a function of the application's takes by name."""

    names: frozenset[str] = frozenset()
    takes_others: bool = False
    """Whether it takes what it does not name."""

    def named(self, name: str) -> str | None:
        """Return the parameter for an argument, by its name or that in snake_case."""
        for one in (name, snake_case(name)):
            if one in self.names:
                return one
        return None

    def given(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return *arguments* by the names of their parameters; others as they are."""
        return {self.named(name) or name: value for name, value in arguments.items()}


def parameters_of(function: Callable[..., Any] | None, first: int) -> Parameters:
    """Return what *function* takes by name, without the *first* parameters.

    Of a wrapper its own, and not what `functools.wraps` copied.
    """
    if function is None:
        return Parameters()
    try:
        every = signature(function, follow_wrapped=False).parameters.values()
    except (TypeError, ValueError):  # a function of C
        return Parameters()
    by_name = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    return Parameters(
        frozenset(one.name for one in list(every)[first:] if one.kind in by_name),
        any(one.kind is Parameter.VAR_KEYWORD for one in every),
    )


def is_around_ours(definition: GraphQLField) -> bool:
    """Tell whether the application's resolver of a field has ours within.

    Then it calls that, as a directive's wrapper does. One that has not is in its place.
    """
    ours, waiting = resolver_set_by_us(definition), [application_resolver(definition)]
    seen: set[int] = set()
    while ours is not None and waiting and len(seen) < _MOST:
        value = waiting.pop(0)
        if value is ours:
            return True
        if id(value) not in seen:
            seen.add(id(value))
            waiting += _within(value)
    return False


def _within(value: Any) -> Iterator[Any]:
    """Yield what a function, or an object that has one, may call."""
    if isinstance(value, FunctionType):
        for cell in value.__closure__ or ():
            try:
                yield cell.cell_contents
            except ValueError:  # it is not set as yet
                continue
        yield from value.__defaults__ or ()
        yield from (value.__kwdefaults__ or {}).values()
        yield from vars(value).values()
    elif isinstance(value, MethodType):
        yield value.__func__
        yield value.__self__
    elif isinstance(value, partial):
        yield from (value.func, *value.args, *value.keywords.values())
    elif isinstance(value, list | tuple):
        yield from value
    elif isinstance(value, dict):
        yield from value.values()
    elif callable(value) or hasattr(value, "visit_field_definition"):
        yield from getattr(value, "__dict__", {}).values()
