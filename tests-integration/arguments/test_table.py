"""The table of docs/guides/arguments.md, row by row, on every path and database.

One test asks all rows on the paths of a database; each row on each path is a subtest.
Rows share requests, each under an alias of its own, so that it costs seconds. With
`SQLA_TEST_EVERY_PATH=1` each row is asked on each path of each database; else rows take
turns with the paths, see `paths.paths_on`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import count, islice
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from .blog import Base, Post, Tag
from .naive import Asked, Chosen, chosen
from .paths import Path, ask, fill, literal, owners_in, paths_on
from .questions import Question, check_all
from .test_semantics import ORDERS, REFUSED, TABLE, VANISHED
from .test_semantics import rows as rows_of_the_table

TOGETHER = 36
"""Questions of one request."""


def rows() -> list[Any]:
    """The rows of the table, and owners that have several of them, or none."""
    found = rows_of_the_table()
    posts = [one for one in found if isinstance(one, Post)]
    ann = posts[0].author
    # Ties in what orders are by, and one NULL more.
    posts += [
        Post(id=5, title="a%b", views=None, rank=2, author=ann, parent=posts[0]),
        Post(id=6, title=None, views=3, rank=2, author=ann, parent=posts[0]),
        Post(id=7, title="ab", views=3, rank=1, author=ann, parent=posts[0]),
    ]
    return [*found, *posts[4:], Tag(id=3, name="all", posts=posts), Tag(id=4)]


@pytest.fixture
def filled(database: Any) -> Any:
    Base.metadata.create_all(database.engine)
    fill(database.engine, rows())
    return database


def filters() -> Iterator[Question]:
    for number, (name, asks) in enumerate(TABLE.items()):
        given = f"$f{number}"
        declared: tuple[str, ...] = (f"{given}: PostFilter!",)
        variables: dict[str, Any] = {}
        if "kind" in str(asks):  # no enum in a variable with graphql-core 3.2
            given, declared = literal(asks), ()
        else:
            variables = {f"f{number}": asks}
        rest = declared, variables
        yield Question(name, Asked(asks), f"filter: {given}", "few", *rest)
        page = Asked(asks, limit=4)
        yield Question(name, page, f"filter: {given} first: 4", "pages", *rest)
        if asks not in ({}, {"and": []}):
            others = Asked({"not": asks}, limit=9)
            arguments = f"filter: {{not: {given}}} limit: 9"
            yield Question(f"not: {name}", others, arguments, "few", *rest)


def vanished() -> Iterator[Question]:
    for name, text in VANISHED.items():
        known = {"$list": "[String!]", "$q": "String"}
        declared = tuple(
            f"{one}: {type_}" for one, type_ in known.items() if one in text
        )
        yield Question(f"vanished: {name}", Asked(), f"filter: {text}", "few", declared)
        page = Asked(limit=2)
        arguments = f"filter: {text} first: 2"
        yield Question(f"vanished: {name}", page, arguments, "pages", declared)


async def check(database: Any, subtests: Any, questions: Sequence[Question]) -> None:
    """Ask all questions on every path, and compare with the reference."""
    dialect = database.engine.dialect.name
    with Session(database.engine) as session:
        owners = owners_in(session)

        @cache
        def expected(owner: Any, question: Question) -> Chosen:
            return chosen(owners.get(owner, ()), question.asked, dialect)

        left = iter(questions)
        # All paths for a few questions: their statements are compiled once.
        for turn in count():
            batch = list(islice(left, TOGETHER))
            if not batch:
                break
            for path in paths_on(database, turn):
                await check_all(database, subtests, path, expected, batch)


async def test_filters(filled: Any, subtests: Any) -> None:
    await check(filled, subtests, [*filters(), *vanished()])


PAGES = {
    "limit: 2": Asked(limit=2),
    "offset: 1": Asked(offset=1),
    "limit: 2, offset: 1": Asked(limit=2, offset=1),
    "limit: 0": Asked(limit=0),
    "limit: 9, offset: 9": Asked(limit=9, offset=9),
    "": Asked(),
}
CONNECTIONS = {
    "first: 2": Asked(limit=2),
    "last: 2": Asked(limit=2, is_backward=True),
    "first: 0": Asked(limit=0),
    "last: 0": Asked(limit=0, is_backward=True),
    "first: 2, after: $a": Asked(limit=2, after=5),
    "last: 2, before: $a": Asked(limit=2, before=5, is_backward=True),
    "last: 2, after: $a": Asked(limit=2, after=5, is_backward=True),
    "first: 2, before: $a": Asked(limit=2, before=5),
    "after: $a": Asked(after=5),
    "before: $a": Asked(before=5),
    "after: $b, before: $a": Asked(after=3, before=5),
    "after: $a, before: $b": Asked(after=5, before=3),
    "": Asked(),
}
"""The cursors `$a` and `$b` are those of the posts 5 and 3, whichever the owner is."""


def sizes(number: int) -> Iterator[tuple[str, str, Asked]]:
    """Yield some of the pages, others for each order, and `""` for all."""
    for field, pages, some in (("few", PAGES, 2), ("pages", CONNECTIONS, 4)):
        named = [*pages.items()]
        for text, page in [
            named[(number * some + n) % len(named)] for n in range(some)
        ]:
            yield field, text, page


async def test_orders_and_pages(filled: Any, subtests: Any) -> None:
    questions = [Question("all rows, in any order", Asked(), "")]
    with Session(filled.engine) as session:
        posts = {post.id: post for post in session.scalars(select(Post))}
        for number, order in enumerate(ORDERS):
            cursors = await cursors_of(filled, order)
            for field, text, page in sizes(number):
                asked = replace(
                    page,
                    order=tuple(order),
                    after=posts.get(page.after),
                    before=posts.get(page.before),
                )
                # Each order has its own cursors.
                arguments = f"orderBy: [{' '.join(order)}] {text}"
                variables = {}
                for name, key in (("$a", "5"), ("$b", "3")):
                    if name in text:
                        variables[f"{name[1:]}{number}"] = cursors[key]
                        arguments = arguments.replace(name, f"{name}{number}")
                declared = tuple(f"${one}: String" for one in variables)
                questions.append(
                    Question(arguments, asked, arguments, field, declared, variables)
                )
        await check(filled, subtests, questions)


async def cursors_of(database: Any, order: list[str]) -> dict[str, str]:
    """Return the cursors of posts in an order, by their keys."""
    path = paths_on(database)[-1]
    asked = (
        f"pages(orderBy: [{' '.join(order)}]) {{ edges {{ cursor node {{ id }} }} }}"
    )
    answer = await ask(database, path, path.document({"tags": asked}), {})
    [page] = [
        page
        for (_, key), page in path.lists_in(answer.data, "tags", "pages")
        if key == 3
    ]
    return {edge["node"]["id"]: edge["cursor"] for edge in page["edges"]}


NOON = "2026-01-01T14:00:00+02:00"
ARGUMENTS = [
    Question(
        "null counts as not given", Asked(), "filter: null, orderBy: null, limit: null"
    ),
    Question(
        "a column is an argument", Asked({"isPublished": True}), "isPublished: true"
    ),
    Question("null of a column", Asked({"isPublished": None}), "isPublished: null"),
    Question("a list of values", Asked({"views": {"in": [1, 3]}}), "views: [1, 3]"),
    Question(
        "null among values",
        Asked({"or": [{"views": {"in": [1]}}, {"views": {"isNull": True}}]}),
        "views: [1, null]",
    ),
    Question(
        "a column and a filter are AND",
        Asked({"views": {"in": [3]}, "isPublished": True}),
        "views: [3] filter: {isPublished: true}",
    ),
    Question(
        "an aware time is converted to UTC",
        Asked({"id": {"in": ["1", "4"]}}),
        f'filter: {{createdAt: {{eq: "{NOON}"}}}}',
    ),
    Question(
        "the same key counts once",
        Asked(order=("VIEWS_ASC",), limit=9),
        "orderBy: [VIEWS_ASC VIEWS_DESC] limit: 9",
    ),
    Question(
        "the open form of an order",
        Asked(order=("AUTHOR_USERNAME_ASC", "VIEWS_DESC"), limit=4),
        "order: [{author: {username: ASC}} {views: DESC}] limit: 4",
        "open",
    ),
    Question("defaults of the schema", Asked(order=("RANK_DESC",), limit=2), "", "top"),
    Question(
        "a default that is replaced",
        Asked(order=("RANK_DESC",), limit=1),
        "limit: 1",
        "top",
    ),
    Question(
        "null in place of a default",
        Asked(limit=2),
        "orderBy: null",
        "top",
    ),
    Question("null sizes", Asked(), "first: null after: null last: null", "pages"),
    Question(
        "a page of a filter and an order",
        Asked({"not": {"views": {"eq": 1}}}, ("RANK_DESC",), limit=2),
        "filter: {not: {views: {eq: 1}}} orderBy: [RANK_DESC] first: 2",
        "pages",
    ),
]


async def test_other_arguments(filled: Any, subtests: Any) -> None:
    await check(filled, subtests, ARGUMENTS)


async def test_what_means_nothing_is_refused_before_any_statement(
    filled: Any, subtests: Any
) -> None:
    """Each on one path: where it comes from is told by the argument alone."""
    refused = {
        f"filter: {text}": message
        for text, message in REFUSED.items()
        # Which numbers and texts a column holds is the affair of its database.
        if message and "99999" not in text and "u0000" not in text
    }
    refused["limit: -1"] = "'limit' is -1. It must not be negative."
    refused["offset: -1"] = "'offset' is -1. It must not be negative."
    for number, (arguments, message) in enumerate(refused.items()):
        paths = paths_on(filled, number)
        path = paths[number % len(paths)]
        with subtests.test(f"{arguments}, {path}"):
            selection = f"wrong: few({arguments}) {{ id }}"
            answer = await ask(filled, path, path.document({"users": selection}), {})
            assert answer.data is None
            [error] = answer.errors
            place = message.split("'")[1]
            if path.owners is not None:
                [root] = error["path"]
                message = message.replace("' ", f"' of '{root}.wrong' ", 1)
            assert error["message"] == f"Argument {message}"
            assert error["extensions"]["argument"] == place
            answer.statements.expect(0)


async def test_what_a_column_holds_is_the_affair_of_its_database(filled: Any) -> None:
    """Below owners as on root fields: a driver never gets what it cannot send."""
    path = Path("below an eager root", "", is_in_loop=filled.is_async)
    selection = 'few(filter: {id: {eq: "3000000000"}}) { id }'

    answer = await ask(filled, path, path.document({"users": selection}), {})

    if filled.engine.dialect.name == "sqlite":
        assert all(user["few"] == [] for user in answer.data["users"])
        answer.statements.expect(2)
    else:
        [error] = answer.errors
        assert "'filter.id.eq' of 'users.few' is '3000000000'" in error["message"]
        assert "between -2147483648 and 2147483647" in error["message"]
        answer.statements.expect(0)
