"""What is found in a schema, as values, and what somebody wants silenced."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, TypeAlias, get_args

__all__ = ["CODES", "Code", "Finding", "without_silenced"]

Code: TypeAlias = Literal[
    "configuration",
    "drift",
    "enum-mismatch",
    "filter-index",
    "foreign-key-index",
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


@dataclass(frozen=True, order=True)
class Finding:
    """One thing in a schema that does not fit the models, or costs too much."""

    code: Code
    coordinate: str
    """As the schema has it: `User.email`, `Query.posts(limit:)`, `PostFilter.title`."""
    why: str
    """What is so, and why it matters."""
    fix: str
    """What to do."""

    def __str__(self) -> str:
        """Show all of it, on lines of their own."""
        return f"{self.coordinate}  {self.code}\n    {self.why}\n    {self.fix}"


def without_silenced(
    findings: Iterable[Finding], silence: Collection[str]
) -> list[Finding]:
    """Return the findings that nobody silenced, each once, in order.

    What silences nothing is a finding itself: so the list gets shorter when a finding
    is done.

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
    return sorted(left)


def _matches(silence: str, finding: Finding) -> bool:
    code, _, coordinate = silence.partition(":")
    return code == finding.code and fnmatchcase(finding.coordinate, coordinate or "*")
