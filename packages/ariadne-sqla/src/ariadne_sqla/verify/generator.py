"""Queries over a subject: each field, each relationship, and trees of both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from random import Random
from typing import Literal, TypeAlias

from .selections import Asked, Selection
from .subject import AskedField, AskedType, Subject

__all__ = ["Queries"]

_Leaves: TypeAlias = Literal["all", "none", "one", "some"]
_Choose: TypeAlias = Callable[[Sequence[AskedField]], Sequence[AskedField]]
_DIRECTIVES = (
    "@include(if: $yes)",
    "@include(if: $no)",
    "@skip(if: $no)",
    "@skip(if: true)",
)
_FEWER: tuple[_Leaves, ...] = ("one", "none")
_MANY: tuple[_Leaves, ...] = ("all", "one", "some")
_SOME = 0.4
_WILD = 0.15
_TREES = 4
_DEPTHS = (2, 3)
"""Levels of relationships below the root's rows in trees, where the limit lets them."""


class Queries:
    """Makes the queries.

    Args:
        subject: What is asked.
        random: Decides what is in trees.
    """

    def __init__(self, subject: Subject, random: Random) -> None:
        self.subject = subject
        self.random = random
        self.refused: set[tuple[str, str]] = set()
        """Types and fields that lazy loading itself has no answer for."""
        self.apart: set[tuple[str, str]] = set()
        """Those of code that runs statements of its own: they are asked for alone."""

    def everything(self) -> Iterator[tuple[str, dict[str, Selection]]]:
        """Yield each object type, with a selection of each of its fields alone.

        The first one, of the name "", is of all of them.
        """
        for root, type_ in self._roots():
            for name in type_.concrete or (type_.name,):
                fields = self.subject.types[name].fields.values()
                asked = {"": tuple(Asked(one.name, _nothing(one)) for one in fields)}
                asked |= {one.name: (Asked(one.name, _nothing(one)),) for one in fields}
                selections = {}
                for field, of in asked.items():
                    own = Selection(name, of)
                    whole = own if name == root else Selection(root, (), (own,))
                    selections[field] = whole
                yield name, selections

    def all(self) -> Iterator[Selection]:
        """Yield all selections, those that ask for everything once first."""
        yield from self.brief()
        yield from self.others()

    def brief(self) -> Iterator[Selection]:
        """Yield all values of each type, each relationship with all, and each code."""
        for _, type_ in self._roots():
            yield self._of(type_)
            for field in self._fields(type_):
                if field.target is None and not field.is_column:
                    yield self._alone(type_, field.name)
                elif field.target is not None and self.subject.max_depth > 1:
                    yield self._of(type_, "all", _only(field.name), 1)

    def others(self) -> Iterator[Selection]:
        """Yield each relationship with fewer values, and trees of them."""
        for _, type_ in self._roots():
            for field in self._fields(type_):
                if field.target is not None and self.subject.max_depth > 1:
                    for some in _FEWER:
                        yield self._of(type_, some, _only(field.name), 1)
        for depth in _DEPTHS:
            if depth >= self.subject.max_depth:
                return
            for _ in range(_TREES):
                for _, type_ in self._roots():
                    leaves = self.random.choice(_MANY)
                    is_wild = self.random.random() < 0.5
                    yield self._of(type_, leaves, self._a_few, depth, is_wild=is_wild)

    def _fields(self, type_: AskedType) -> Iterable[AskedField]:
        """Return the fields of a type and of those that its objects may be of."""
        members = [type_, *(self.subject.types[one] for one in type_.concrete)]
        found = {one.name: one for member in members for one in self._known(member)}
        return found.values()

    def _roots(self) -> Iterator[tuple[str, AskedType]]:
        for name in self.subject.roots:
            yield name, self.subject.types[name]

    def _known(self, type_: AskedType) -> list[AskedField]:
        return _without(self.refused, type_)

    def _a_few(self, fields: Sequence[AskedField]) -> Sequence[AskedField]:
        return self.random.sample(fields, min(len(fields), self.random.randint(1, 2)))

    def _alone(self, type_: AskedType, name: str) -> Selection:
        if name in type_.fields:
            return Selection(type_.name, (Asked(name),))
        below = tuple(
            Selection(one, (Asked(name),))
            for one in type_.concrete
            if name in self.subject.types[one].fields
            and (one, name) not in self.refused
        )
        return Selection(type_.name, (), below)

    def _of(
        self,
        type_: AskedType,
        leaves: _Leaves = "all",
        choose: _Choose | None = None,
        depth: int = 0,
        *,
        is_wild: bool = False,
    ) -> Selection:
        """Return a selection on objects of a type.

        Args:
            type_: The type.
            leaves: Which of its values.
            choose: Chooses among its relationships, `None` for none.
            depth: How many levels of them.
            is_wild: Whether there are aliases and directives.
        """

        def fields(of: AskedType, known: set[str]) -> tuple[Asked, ...]:
            own = _without(self.refused | self.apart, of)
            own = [one for one in own if one.name not in known]
            values = self._leaves([one for one in own if one.target is None], leaves)
            found = [self._asked(one, None, of, is_wild=is_wild) for one in values]
            related = [one for one in own if one.target is not None]
            if choose is not None and depth > 0:
                for one in choose(related):
                    target = self.subject.types[one.target or ""]
                    deeper = choose if depth > 1 else None
                    below = self._of(target, leaves, deeper, depth - 1, is_wild=is_wild)
                    found.append(self._asked(one, below, of, is_wild=is_wild))
            return tuple(found)

        own = fields(type_, set())
        fragments = (
            Selection(one, fields(self.subject.types[one], set(type_.fields)))
            for one in type_.concrete
        )
        return Selection(type_.name, own, tuple(one for one in fragments if one.fields))

    def _leaves(
        self, fields: Sequence[AskedField], leaves: _Leaves
    ) -> Sequence[AskedField]:
        if leaves == "none" or not fields:
            return ()
        if leaves == "one":
            return [self.random.choice(fields)]
        if leaves == "some":
            return [one for one in fields if self.random.random() < _SOME]
        return fields

    def _asked(
        self,
        field: AskedField,
        below: Selection | None,
        of: AskedType,
        *,
        is_wild: bool,
    ) -> Asked:
        if not is_wild:
            return Asked(field.name, below)
        has_alias = self.random.random() < _WILD
        directive = ""
        if self.random.random() < _WILD:
            directive = self.random.choice(_DIRECTIVES)
        # The same name in two types may be of two kinds: the alias tells them apart.
        alias = f"a_{field.name}_{of.name}" if has_alias else ""
        return Asked(field.name, below, alias, directive)


def _without(
    left_out: AbstractSet[tuple[str, str]], type_: AskedType
) -> list[AskedField]:
    names = (type_.name, *type_.concrete)
    return [
        one
        for one in type_.fields.values()
        if not any((name, one.name) in left_out for name in names)
    ]


def _only(name: str) -> _Choose:
    return lambda fields: [one for one in fields if one.name == name]


def _nothing(field: AskedField) -> Selection | None:
    return None if field.target is None else Selection(field.target)
