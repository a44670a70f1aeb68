"""What is found in a schema, as values, and what somebody wants silenced."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Literal, TypeAlias, get_args

__all__ = ["CODES", "Code", "Finding", "without_silenced"]

Code: TypeAlias = Literal[
    "configuration",
    "drift",
    "enum-mismatch",
    "foreign-key-index",
    "filter-index",
    "nullable-column",
    "nullable-relationship",
    "order-index",
    "scalar-mismatch",
    "unanswered-field",
    "unbounded-list",
    "unknown-argument",
    "unplanned-code",
    "unused-silence",
]
"""What kind of finding it is."""

CODES: tuple[Code, ...] = get_args(Code)


@dataclass(frozen=True)
class Finding:
    """One thing in a schema that does not fit the models, or costs too much."""

    code: Code
    coordinate: str
    """As the schema has it: `User.email`, `Query.posts(limit:)`, `PostFilter.title`."""
    why: str
    """What is so, and why it matters."""
    fix: str
    """What to do."""
    statement: str | None = None
    """The SQL that does it, if it is an index that is missing."""
    also: tuple[str, ...] = ()
    """Other coordinates that want the same index."""

    @property
    def where(self) -> str:
        """All its coordinates."""
        return ", ".join((self.coordinate, *self.also))

    def __str__(self) -> str:
        """Show all of it, on lines of their own."""
        return f"{self.where}  {self.code}\n    {self.why}\n    {self.fix}"


def without_silenced(
    findings: Iterable[Finding], silence: Collection[str]
) -> list[Finding]:
    """Return the findings that nobody silenced, each once, in the order of the codes.

    Those that want the same index are one, of the first code. What silences nothing
    is a finding itself: so the list gets shorter when a finding is done.

    Args:
        findings: All of them.
        silence: `"code"`, `"code:coordinate"`; `*` in a coordinate stands for anything.
    """
    used: set[str] = set()

    def is_silenced(finding: Finding) -> bool:
        matching = {one for one in silence if _matches(one, finding)}
        used.update(matching)
        return bool(matching)

    left = {finding for finding in findings if not is_silenced(finding)}
    for one in set(silence) - used:
        code, _, coordinate = one.partition(":")
        known = "" if code in CODES else f" There is no code {code!r}."
        left.add(
            Finding(
                "unused-silence",
                coordinate or code,
                f"{one!r} silences nothing.{known}",
                "Take it off the list.",
            )
        )
    return _with_each_index_once(sorted(left, key=_place))


def _place(finding: Finding) -> tuple[int, str, str]:
    return CODES.index(finding.code), finding.coordinate, finding.why


def _with_each_index_once(findings: list[Finding]) -> list[Finding]:
    found: dict[str | Finding, Finding] = {}
    for one in findings:
        key = one.statement or one
        first = found.setdefault(key, one)
        if first is not one:
            found[key] = replace(first, also=(*first.also, one.coordinate))
    return [*found.values()]


def _matches(silence: str, finding: Finding) -> bool:
    code, _, coordinate = silence.partition(":")
    return code == finding.code and fnmatchcase(finding.coordinate, coordinate or "*")
