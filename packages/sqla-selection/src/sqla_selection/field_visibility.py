"""Which fields the viewer of one request may see: the one place where rules are asked.

Each rule is asked once. What it raises is the error of each field that it is for; that
one and whatever is no answer hides the field, and what the field reads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from sqlalchemy.orm import Mapper

from .awaited_answers import AwaitedAnswers
from .errors import PolicyError
from .field_rules import FieldRules
from .policies import VisibleIf

__all__ = ["FieldVisibility"]


class FieldVisibility:
    """Which fields the viewer of one request may see.

    Args:
        rules: Those of the schema.
        info: Of any field of the request. Rules get it.
    """

    def __init__(self, rules: FieldRules, info: Any) -> None:
        self.rules = rules
        self.context = info.context
        """Whose request it is."""
        self._info = info
        self._answers: dict[VisibleIf, bool | Exception] = {}
        self._hidden: frozenset[tuple[str, str]] | None = None
        self._awaited = AwaitedAnswers({rule: rule for rule in rules.all})

    @property
    def hidden(self) -> frozenset[tuple[str, str]]:
        """The fields that are not seen: names of type and field."""
        if self._hidden is None:
            hidden = frozenset(
                of_field
                for of_field, rules in self.rules.of_fields.items()
                if not self._allow(rules)
            )
            if not self._awaited.is_complete:
                return hidden
            self._hidden = hidden
        return self._hidden

    def is_seen(self, type_name: str, field_name: str) -> bool:
        """Tell whether the viewer may see a field.

        Raises:
            PolicyError: A rule says nothing, or cannot be asked here.
            Exception: What a rule raised.
        """
        rules = self.rules.of_fields.get((type_name, field_name), ())
        for answer in map(self._answer, rules):
            if isinstance(answer, Exception):
                raise answer
            if not answer:
                return False
        return True

    def hides(self, mapper: Mapper[Any], path: str) -> bool:
        """Tell whether nothing may be asked about an attribute, by its dotted path."""
        return not self._allow(self.rules.of_attribute(mapper, path))

    def waiting(self) -> Coroutine[Any, Any, None] | None:
        """Return what is to be awaited before rules are asked, `None` for nothing."""
        return self._awaited.waiting(self._coroutine)

    async def _coroutine(self, rule: VisibleIf) -> bool:
        answer: Any = rule(self._info)
        return _checked(rule, await answer)

    def _allow(self, rules: tuple[VisibleIf, ...]) -> bool:
        return all(self._answer(rule) is True for rule in rules)

    def _answer(self, rule: VisibleIf) -> bool | Exception:
        if rule in self._awaited:
            answer: bool | Exception = self._awaited.of(rule, _named(rule))
            return answer
        if rule in self._answers:
            return self._answers[rule]
        try:
            self._answers[rule] = _checked(rule, rule(self._info))
        except Exception as error:
            self._answers[rule] = error
        return self._answers[rule]


def _checked(rule: VisibleIf, answer: Any) -> bool:
    if isinstance(answer, bool):
        return answer
    if asyncio.iscoroutine(answer):
        answer.close()
    msg = f"{_named(rule)} gave {answer!r}, which says nothing. Return `True` or "
    msg += "`False`"
    msg += ": is a `return` missing?" if answer is None else "."
    raise PolicyError(msg)


def _named(rule: VisibleIf) -> str:
    return f"`visible_if` {getattr(rule, '__name__', rule)!r}"
