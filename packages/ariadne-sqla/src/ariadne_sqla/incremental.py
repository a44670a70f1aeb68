"""Whether a client asks for something that only graphql-core itself answers.

`@defer` and `@stream` are answered by the executor itself, and so are fragments with
arguments of their own. None of them is in the specification as yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphql import FieldNode, FragmentSpreadNode

__all__ = ["is_incremental"]

_LATER = {"defer", "stream"}


def is_incremental(info: Any) -> bool:
    """Tell whether there is any of it in the running field, or below.

    By what is written: a condition may say that it is switched off.
    """
    seen: set[str] = set()
    waiting: list[Any] = list(info.field_nodes)
    while waiting:
        node = waiting.pop()
        if node.directives and any(one.name.value in _LATER for one in node.directives):
            return True
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name in seen:
                continue
            seen.add(name)
            if getattr(node, "arguments", None):
                return True
            fragment = info.fragments.get(name)
            if fragment is None:
                continue
            if getattr(fragment, "variable_definitions", None):
                return True
            waiting += fragment.selection_set.selections
        elif isinstance(node, FieldNode):
            waiting += _selections(node)
        else:
            waiting += node.selection_set.selections
    return False


def _selections(node: FieldNode) -> Iterable[Any]:
    return () if node.selection_set is None else node.selection_set.selections
