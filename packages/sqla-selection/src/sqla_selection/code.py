"""What the code of a Python function reads of the object that it gets first.

Read from its instructions: they are there without a source file, and name attributes
alone. What they do not say for certain is unknown.
"""

from __future__ import annotations

import dis
from collections.abc import Iterator
from functools import cached_property
from types import CodeType
from typing import Any

__all__ = ["chains_read", "function_of"]

_CLOSES_OVER = ("MAKE_CELL", "COPY_FREE_VARS", "LOAD_CLOSURE")
_LOADS = ("LOAD_FAST", "LOAD_DEREF", "STORE_FAST_LOAD_FAST")
_LOADS_A_CELL = (
    "LOAD_FAST",
    "LOAD_FAST_BORROW",
    "LOAD_FAST_LOAD_FAST",
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW",
    "STORE_FAST_LOAD_FAST",
)
_READS = ("LOAD_ATTR", "LOAD_METHOD")
_SAYS_NOTHING = ("CACHE", "EXTENDED_ARG", "NOP", "PUSH_NULL", "RESUME")
_LOOK_AT_THE_CLASS = ("type", "isinstance")
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

    `return self.author.name + self.title` gives `{("author", "name"), ("title",)}`.
    `None` where the object goes elsewhere, as an argument or into a variable, or where
    the function is no plain one. What `type` and `isinstance` read is its class.
    """
    code: CodeType | None = getattr(function, "__code__", None)
    if code is None or code.co_argcount == 0:
        return None
    return _chains(code, code.co_varnames[0])


def _chains(code: CodeType, name: str) -> frozenset[tuple[str, ...]] | None:
    if _READ_ANYTHING & set(code.co_names):
        return None
    found = set()
    instructions = [
        one for one in dis.get_instructions(code) if one.opname not in _SAYS_NOTHING
    ]
    for place, one in enumerate(instructions):
        if not _mentions(one.argval, name) or _closes_over(one, code, name):
            continue
        if (
            place
            and _looks_at_the_class(instructions[place - 1])
            and one.argval == name
        ):
            continue
        chain = tuple(_attributes(instructions[place + 1 :]))
        if not _is_loaded_last(one, name) or not chain:
            return None
        found.add(chain)
    for constant in code.co_consts:
        if isinstance(constant, CodeType) and name in constant.co_freevars:
            below = _chains(constant, name)
            if below is None:
                return None
            found |= below
    return frozenset(found)


def _looks_at_the_class(call: dis.Instruction) -> bool:
    return call.opname == "LOAD_GLOBAL" and call.argval in _LOOK_AT_THE_CLASS


def _mentions(value: Any, name: str) -> bool:
    return value == name or (isinstance(value, tuple) and name in value)


def _closes_over(instruction: dis.Instruction, code: CodeType, name: str) -> bool:
    """Tell whether *instruction* hands the variable to a function inside, unread."""
    if instruction.opname in _CLOSES_OVER:
        return True
    # Python 3.13 loads the cell as it loads a variable that has none.
    shared = name in code.co_cellvars or name in code.co_freevars
    return shared and instruction.opname in _LOADS_A_CELL


def _is_loaded_last(instruction: dis.Instruction, name: str) -> bool:
    """Tell whether *instruction* loads that variable, and no other one after it."""
    if not instruction.opname.startswith(_LOADS):
        return False
    value = instruction.argval
    # Python 3.13 stores or loads one variable and loads another with one instruction.
    return value == name or (value[-1] == name and name not in value[:-1])


def _attributes(instructions: list[dis.Instruction]) -> Iterator[str]:
    for one in instructions:
        if one.opname not in _READS:
            return
        yield one.argval
