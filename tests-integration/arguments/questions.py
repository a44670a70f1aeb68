"""Questions about a list, with the answers of the Python reference.

A question is one field with its arguments. Many of them share a request, each under an
alias of its own; each is compared by itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from sqla_selection.arguments import Window

from .blog import asked
from .naive import Asked, Chosen, comparing
from .paths import OWNERS, Path, ask

_PAGE = """
  edges { cursor node { id } } nodes { id } totalCount
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
"""


@dataclass(frozen=True, eq=False)
class Question:
    """One field with its arguments, and what they mean."""

    name: str
    asked: Asked
    arguments: str
    field: str = "few"
    declared: tuple[str, ...] = ()
    variables: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def is_connection(self) -> bool:
        return self.field == "pages"

    def under(self, alias: str) -> str:
        """Return the field as a document has it."""
        given = f"({self.arguments})" if self.arguments else ""
        below = _PAGE if self.is_connection else "id"
        return f"{alias}: {self.field}{given} {{ {below} }}"

    @cached_property
    def window(self) -> Window:
        """What the packages make of it: equal ones share their statements."""
        fields = {"pages": "postPages", "open": "somePosts", "top": "topPosts"}
        return asked(
            self.arguments,
            fields.get(self.field, "posts"),
            declared=", ".join(self.declared),
            **self.variables,
        )

    def check(self, answer: Any, expected: Chosen, dialect: str) -> None:
        """Fail unless *answer* is what the reference has chosen."""
        __tracebackhide__ = True
        if not self.is_connection:
            found = [post["id"] for post in answer]
            if self.asked.limit is not None or self.asked.offset:
                assert found == ids(expected.rows)
                return
            # Nothing says the order of rows that are equal in what is asked.
            assert sorted(found) == sorted(ids(expected.rows))
            if self.asked.order:
                compare = comparing(self.asked.order, dialect, is_total=False)
                rows = [
                    one for key in found for one in expected.rows if str(one.id) == key
                ]
                assert all(compare(*two) <= 0 for two in pairwise(rows)), found
            return
        info = answer["pageInfo"]
        cursors = [edge["cursor"] for edge in answer["edges"]]
        assert [node["id"] for node in answer["nodes"]] == ids(expected.rows)
        assert [edge["node"]["id"] for edge in answer["edges"]] == ids(expected.rows)
        assert answer["totalCount"] == expected.total
        assert info["hasNextPage"] is expected.has_next
        assert info["hasPreviousPage"] is expected.has_previous
        assert info["startCursor"] == (cursors[0] if cursors else None)
        assert info["endCursor"] == (cursors[-1] if cursors else None)


def ids(posts: Sequence[Any]) -> list[str]:
    return [str(post.id) for post in posts]


def statements(
    path: Path, asked: Mapping[str, Mapping[str, Question]], data: Any
) -> int:
    """Return how many statements the questions of one request take on a path.

    One for each list and window; one more for each total, whose page is no matter; one
    for each page that starts at a cursor, for the flag of the other side. Where no page
    has a row, one for each cursor that only names its row: is that row gone? A root
    field shares nothing.
    """
    number = len(asked) if path.loads_owners else 0
    for name, questions in asked.items():
        rows, totals, others, gone = [], [], [], []
        for alias, one in questions.items():
            window = one.window
            rows.append(window)
            if one.is_connection:
                totals.append(window.filter)
                position = window.before if window.is_backward else window.after
                others += [window] if position is not None else []
                pages = [page for _, page in path.lists_in(data, name, alias)]
                if window.order and not any(page["nodes"] for page in pages):
                    positions = {"after": window.after, "before": window.before}
                    gone += [
                        (window, side)
                        for side, position in positions.items()
                        if position is not None and position.values is None
                    ]
        for part in (rows, totals, others, gone):
            number += len(part if path.owners is None else {*part})
    return number


async def check_all(
    database: Any,
    subtests: Any,
    path: Path,
    expected: Callable[[Any, Question], Chosen],
    questions: Sequence[Question],
) -> None:
    """Ask *questions* in one request, and check each of them in a subtest.

    They go round the kinds of owners, so that three ways to ask one thing meet all.
    *expected* gives the reference's answer for an owner.
    """
    asked: dict[str, dict[str, Question]] = {}
    for number, question in enumerate(questions):
        name = [*OWNERS][(number + number // 3) % len(OWNERS)]
        asked.setdefault(name, {})[f"a{number}"] = question
    selections = {
        name: " ".join(one.under(alias) for alias, one in of_owner.items())
        for name, of_owner in asked.items()
    }
    declared = ", ".join(
        dict.fromkeys(name for one in questions for name in one.declared)
    )
    variables = {
        key: value for one in questions for key, value in one.variables.items()
    }
    answer = await ask(database, path, path.document(selections, declared), variables)
    assert not answer.errors, answer.errors
    dialect = database.engine.dialect.name
    for name, of_owner in asked.items():
        for alias, one in of_owner.items():
            with subtests.test(f"{one.name} ({one.field}), {path}"):
                for owner, found in path.lists_in(answer.data, name, alias):
                    one.check(found, expected(owner, one), dialect)
    with subtests.test(f"statements, {path}"):
        answer.statements.expect(statements(path, asked, answer.data))
