"""What the code of a Python function reads of the object that it gets first.

Read from its instructions: they are there without a source file, and name attributes
alone. What they do not say for certain is unknown.
"""

from __future__ import annotations

import dis
import re
from collections.abc import Iterator
from functools import cached_property
from types import CodeType
from typing import Any, NamedTuple

__all__ = ["chains_read", "function_of"]

_OF_A_VARIABLE = re.compile("FAST|DEREF|CELL|CLOSURE")
_CLOSES_OVER = ("MAKE_CELL", "LOAD_CLOSURE")
_LOADS = ("LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_FAST_CHECK", "LOAD_DEREF")
_LOADS_A_CELL = ("LOAD_FAST", "LOAD_FAST_BORROW")
_STORES = ("STORE_FAST", "STORE_DEREF")
_OF_TWO_VARIABLES = re.compile("(?:LOAD|STORE)_FAST(?:_BORROW)?")
_READS = ("LOAD_ATTR", "LOAD_METHOD")
_SAYS_NOTHING = ("CACHE", "EXTENDED_ARG", "NOP", "PUSH_NULL", "RESUME")
_LOOK_AT_THE_CLASS = ("type", "isinstance")
_READ_WHAT_IS_NAMED = ("getattr", "hasattr")
_READ_ANYTHING = {"super", "locals", "vars", "eval", "exec"}


def function_of(descriptor: Any) -> Any:
    """Return the function behind a method or a property, `None` for anything else."""
    if isinstance(descriptor, property):
        return descriptor.fget
    if isinstance(descriptor, cached_property):
        return descriptor.func
    return descriptor if hasattr(descriptor, "__code__") else None


def chains_read(function: Any) -> frozenset[tuple[str, ...]] | None:
    """Return the chains of attributes that *function* reads of its first argument.

    `return self.author.name + self.title` gives `{("author", "name"), ("title",)}`, and
    so does `a = self.author` with `return a.name + self.title`.
    `None` where the object goes elsewhere, as an argument or into a variable, or where
    the function is no plain one. What `type` and `isinstance` read is its class.
    """
    code: CodeType | None = getattr(function, "__code__", None)
    if code is None or code.co_argcount == 0:
        return None
    return _chains(code, code.co_varnames[0])


class _Step(NamedTuple):
    """One instruction, on one variable at most."""

    name: str
    value: Any

    def is_of(self, variable: str) -> bool:
        return self.value == variable and bool(_OF_A_VARIABLE.search(self.name))


def _steps(code: CodeType) -> Iterator[_Step]:
    for one in dis.get_instructions(code):
        if one.opname in _SAYS_NOTHING:
            continue
        if isinstance(one.argval, tuple) and _OF_A_VARIABLE.search(one.opname):
            # Python 3.13 stores or loads two variables with one instruction.
            names = _OF_TWO_VARIABLES.findall(one.opname)
            yield from map(_Step, names, one.argval)
        else:
            yield _Step(one.opname, one.argval)


def _chains(
    code: CodeType,
    variable: str,
    so_far: tuple[str, ...] = (),
    followed: frozenset[str] = frozenset(),
) -> frozenset[tuple[str, ...]] | None:
    """Return the chains that *code* reads of what *variable* may hold.

    That is the first argument, or else what *so_far* leads to from it, by way of the
    variables in *followed*.
    """
    if _READ_ANYTHING & set(code.co_names):
        return None
    found: set[tuple[str, ...]] = set()
    steps = [*_steps(code)]
    for place, step in enumerate(steps):
        if not step.is_of(variable) or _closes_over(step, code):
            continue
        if step.name not in _LOADS:
            if so_far:
                continue
            return None
        read = [*_attributes(steps[place + 1 :])] or [*_named(steps, place)]
        if not read and not so_far:
            if place and _looks_at_the_class(steps[place - 1]):
                continue
            return None
        chain = (*so_far, *read)
        store = steps[place + 1 + len(read)]
        further = None
        if (
            read
            and store.name in _STORES
            and store.value not in {*followed, *code.co_freevars}
        ):
            further = _chains(code, store.value, chain, followed | {store.value})
        found |= further or {chain}
    for constant in code.co_consts:
        if isinstance(constant, CodeType) and variable in constant.co_freevars:
            below = _chains(constant, variable, so_far, followed)
            if below is None:
                return None
            found |= below
    return frozenset(found)


def _looks_at_the_class(call: _Step) -> bool:
    return call.name == "LOAD_GLOBAL" and call.value in _LOOK_AT_THE_CLASS


def _named(steps: list[_Step], place: int) -> Iterator[str]:
    """Yield what `getattr` reads of the variable, where its name stands there."""
    if not place or place + 1 == len(steps):
        return
    call, name = steps[place - 1], steps[place + 1]
    is_call = call.name == "LOAD_GLOBAL" and call.value in _READ_WHAT_IS_NAMED
    if is_call and name.name == "LOAD_CONST" and isinstance(name.value, str):
        yield name.value


def _closes_over(step: _Step, code: CodeType) -> bool:
    """Tell whether *step* hands its variable to a function inside, unread."""
    if step.name in _CLOSES_OVER:
        return True
    # Python 3.13 loads the cell as it loads a variable that has none.
    is_shared = step.value in code.co_cellvars or step.value in code.co_freevars
    return is_shared and step.name in _LOADS_A_CELL


def _attributes(steps: list[_Step]) -> Iterator[str]:
    for one in steps:
        if one.name not in _READS:
            return
        yield one.value
