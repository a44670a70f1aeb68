"""Fields that lazy loading has no answer for, and code that runs statements itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from .generator import Queries
from .report import NotAsked
from .selections import Selection, document_of
from .ways import Answer, Asker

__all__ = ["leave_out"]


def leave_out(
    queries: Queries, asker: Asker, deadline: float, tell: Callable[[str], None]
) -> Iterator[NotAsked]:
    """Find out what queries must not ask for, or only alone, and yield what and why.

    Args:
        queries: Are told.
        asker: Asks lazy loading.
        deadline: When to stop.
        tell: Is told the type in work.
    """
    for name, selections in queries.everything():
        tell(name)
        code = {
            one.name
            for one in queries.subject.types[name].fields.values()
            if not one.is_column and one.target is None
        }
        look = _Look(queries, asker, code)
        whole = selections.pop("")
        if look.why_not(whole) is None and not look.runs_statements(whole):
            continue
        for field, selection in selections.items():
            if time.monotonic() > deadline:
                return
            why = look.why_not(selection)
            if why is not None:
                queries.refused.add((name, field))
                yield NotAsked(f"{name}.{field}", why)
            elif field in code and look.runs_statements(selection):
                queries.apart.add((name, field))


class _Look:
    """Looks at what lazy loading answers.

    Args:
        queries: Know the root fields.
        asker: Asks.
        code: The fields of a type that are read by code.
    """

    def __init__(self, queries: Queries, asker: Asker, code: Collection[str]) -> None:
        self.roots = queries.subject.roots
        self.asker = asker
        self.code = code

    def why_not(self, selection: Selection) -> str | None:
        """Return why lazy loading has no answer, or none that can be compared with."""
        first = self._answer(selection)
        if first.error is not None:
            return f"lazy loading cannot read it: {first.error}"
        if self._answer(selection).rows != first.rows:
            return "lazy loading has another answer each time"
        return None

    def runs_statements(self, selection: Selection) -> bool:
        """Tell whether code takes statements, and not what it reads."""
        less = self._without_code(selection)
        return self._answer(selection).of_code > self._answer(less).of_code

    def _answer(self, selection: Selection) -> Answer:
        root = self.roots[selection.type][0]
        return self.asker.naive(document_of(root.name, selection))

    def _without_code(self, selection: Selection) -> Selection:
        fields = (one for one in selection.fields if one.name not in self.code)
        below = map(self._without_code, selection.fragments)
        return replace(selection, fields=tuple(fields), fragments=tuple(below))
