"""What the viewer of one request may see: the one place where policies are asked.

Whoever makes a SELECT asks `Visibility.of` for each entity that it names, and puts the
condition into it. A policy is asked once for each entity. What it raises, it raises
again wherever the rows are asked for: nothing is shown that no policy has allowed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    false,
    inspect,
    not_,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.exc import UnmappedColumnError
from sqlalchemy.sql import visitors

from .awaited_answers import AwaitedAnswers
from .errors import PolicyError
from .given_names import alias_of
from .keys import key_attributes
from .policies import Policies, Policy
from .statement import has_names

__all__ = ["Visibility", "hides_all"]


def hides_all(condition: Any) -> bool:
    """Tell whether *condition*, one of `Visibility.of`, holds for no row."""
    return condition is not None and condition is false()


class Visibility:
    """What the viewer of one request may see.

    Args:
        policies: Those of the schema.
        info: Of any field of the request. Policies get it.
    """

    def __init__(self, policies: Policies, info: Any) -> None:
        self.policies = policies
        self.context = info.context
        """Whose request it is."""
        self._info = info
        self._known: dict[Any, ColumnElement[bool] | Exception | None] = {}
        self._said: dict[tuple[Policy, Any], ColumnElement[bool]] = {}
        self._awaited = AwaitedAnswers(policies.by_mapper)

    def of(self, entity: Any) -> ColumnElement[bool] | None:
        """Return the condition for the rows of *entity* that may be seen.

        `None` where that is all of them, `false()` where it is none: see `hides_all`.

        Args:
            entity: A mapped class, or an alias of one.

        Raises:
            PolicyError: A policy says nothing, or cannot be asked here.
            Exception: What the policy raised.
        """
        if entity not in self._known:
            try:
                self._known[entity] = self._asked(entity)
            except Exception as error:
                self._known[entity] = error
        found = self._known[entity]
        if isinstance(found, Exception):
            raise found
        return found

    def own_of(self, mapper: Mapper[Any]) -> ColumnElement[bool]:
        """Return what the policy of *mapper* itself says of its class.

        Raises:
            PolicyError: It says nothing, or cannot be asked here.
            Exception: What the policy raised.
        """
        policy = self.policies.by_mapper[mapper]
        return self._answer(mapper, policy, mapper.class_)

    def is_awaited(self, mapper: Mapper[Any]) -> bool:
        """Tell whether a policy for *mapper* is a coroutine.

        What it said of the class is made to be about an alias.
        """
        return any(one in self._awaited for one, _ in self._of_family(mapper))

    def waiting(self) -> Coroutine[Any, Any, None] | None:
        """Return what is to be awaited before policies are asked, `None` for nothing.

        Policies that are coroutines are awaited here, one after the other, once for
        each class.
        """
        return self._awaited.waiting(self._coroutine)

    def _coroutine(self, mapper: Mapper[Any]) -> Any:
        return self.policies.by_mapper[mapper](mapper.class_, self._info)

    def _asked(self, entity: Any) -> ColumnElement[bool] | None:
        mapper: Mapper[Any] = inspect(entity).mapper
        if not self.policies.guards(mapper):
            return None
        parts: list[ColumnElement[bool]] = []
        applied: list[Policy] = []
        for one, policy in self._of_family(mapper):
            if policy in applied:
                continue
            if mapper.isa(one):
                applied.append(policy)
                found = self._answer(one, policy, entity)
            else:
                found = self._of_subclass(entity, mapper, one, policy)
            if found is false():
                return found
            if found is not true():
                parts.append(found)
        return and_(*parts) if parts else None

    def _of_family(self, mapper: Mapper[Any]) -> Iterator[tuple[Mapper[Any], Policy]]:
        """Yield the policies of *mapper* and its bases, then those of subclasses."""
        family = dict.fromkeys(
            (*mapper.iterate_to_root(), *mapper.self_and_descendants)
        )
        for one in family:
            policy = self.policies.by_mapper.get(one)
            if policy is not None:
                yield one, policy

    def _answer(
        self, mapper: Mapper[Any], policy: Policy, entity: Any
    ) -> ColumnElement[bool]:
        """Return what *policy*, that of *mapper*, says of *entity*, as a condition."""
        said = self._said.get((policy, entity))
        if said is None:
            said = self._condition(mapper, policy, entity)
            if inspect(entity).is_aliased_class and has_names([said]):
                said = self._of_same_rows(mapper, policy, entity)
            self._said[policy, entity] = said
        return said

    def _of_same_rows(
        self, mapper: Mapper[Any], policy: Policy, alias: Any
    ) -> ColumnElement[bool]:
        """Return what *policy* says of the class, for rows of an alias of it.

        SQL text names the tables of the class, whatever is selected.
        """
        class_ = inspect(alias).mapper.class_
        rows = select(*_keys(class_)).where(self._answer(mapper, policy, class_))
        found: ColumnElement[bool] = _key(alias).in_(rows.correlate(None))
        return found

    def _condition(
        self, mapper: Mapper[Any], policy: Policy, entity: Any
    ) -> ColumnElement[bool]:
        if mapper in self._awaited:
            answer = self._awaited_answer(mapper, entity)
        else:
            answer = policy(entity, self._info)
        if answer is True:
            return true()
        if answer is False:
            return false()
        condition = answer
        if hasattr(condition, "__clause_element__"):
            condition = condition.__clause_element__()
        if isinstance(condition, ColumnElement):
            return condition
        if asyncio.iscoroutine(answer):
            answer.close()
        msg = f"The policy of {mapper.class_.__name__!r} gave {answer!r}, which says "
        msg += "nothing. Return a condition, `True` for all rows or `False` for none"
        msg += ": is a `return` missing?" if answer is None else "."
        raise PolicyError(msg)

    def _awaited_answer(self, mapper: Mapper[Any], entity: Any) -> Any:
        what = f"The policy of {mapper.class_.__name__!r}"
        answer = self._awaited.of(mapper, what)
        if isinstance(answer, Exception):
            raise answer
        if entity is mapper.class_ or isinstance(answer, bool) or answer is None:
            return answer
        return _adapted(answer, mapper, entity)

    def _of_subclass(
        self, entity: Any, mapper: Mapper[Any], subclass: Mapper[Any], policy: Policy
    ) -> ColumnElement[bool]:
        """Return the condition for rows of *subclass* among those of *entity*.

        It holds for rows of other classes.
        """
        alias = alias_of(subclass)
        answer = self._answer(subclass, policy, alias)
        if answer is true():
            return answer
        is_other = _is_no(entity, mapper, subclass)
        if answer is false():
            return is_other
        return or_(is_other, _key(entity).in_(select(*_keys(alias)).where(answer)))


def _is_no(
    entity: Any, mapper: Mapper[Any], subclass: Mapper[Any]
) -> ColumnElement[bool]:
    """Return the condition that a row of *entity* is none of *subclass*."""
    identities = [
        one.polymorphic_identity
        for one in subclass.self_and_descendants
        if one.polymorphic_identity is not None
    ]
    if mapper.polymorphic_on is not None and identities:
        try:
            key = mapper.get_property_by_column(mapper.polymorphic_on).key
        except (UnmappedColumnError, AttributeError):
            pass
        else:
            found: ColumnElement[bool] = getattr(entity, key).not_in(identities)
            return found
    in_subclass: ColumnElement[bool] = _key(entity).in_(
        select(*_keys(alias_of(subclass)))
    )
    return not_(in_subclass)


def _keys(entity: Any) -> list[Any]:
    return [getattr(entity, name) for name in key_attributes(inspect(entity).mapper)]


def _key(entity: Any) -> Any:
    keys = _keys(entity)
    return keys[0] if len(keys) == 1 else tuple_(*keys)


def _adapted(condition: Any, mapper: Mapper[Any], entity: Any) -> Any:
    """Return *condition*, which is about the class of *mapper*, about *entity*."""
    selectable = inspect(entity).selectable
    tables = {*mapper.tables, mapper.selectable, mapper.persist_selectable}

    def of_entity(element: Any, **_: Any) -> Any:
        if isinstance(element, ColumnElement) and (
            getattr(element, "table", None) in tables
        ):
            return selectable.corresponding_column(element)
        return None

    return visitors.replacement_traverse(condition, {}, of_entity)
