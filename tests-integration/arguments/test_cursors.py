"""A cursor says a place in an order, and nothing that a client may not see."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import create_engine, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from sqla_loaders import connection
from sqla_loaders.page import Page
from sqla_selection.arguments import CursorError, Cursors, Position, Wanted, Window
from sqla_selection.testing import count_statements

from .blog import Base, Post, User, asked
from .test_semantics import rows

POSTS: Any = Post.__table__


@pytest.fixture
def session() -> Any:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(rows())
        session.commit()
        yield session
    engine.dispose()


def page(session: Any, arguments: str, **wanted: bool) -> Page:
    window = asked(arguments, "postPages")
    found = connection(session, select(Post), window, wanted=Wanted(**wanted))
    assert isinstance(found, Page)
    return found


def decoded(cursor: str) -> Any:
    return json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))


def encoded(content: Any) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def test_a_cursor_holds_the_values_of_the_order_and_the_key(session: Any) -> None:
    [cursor] = page(session, "orderBy: [TITLE_ASC, VIEWS_ASC] first: 1").cursors
    version, digest, key, values = decoded(cursor)
    assert (version, len(digest), key, values) == (1, 12, [3], [None, None])


@pytest.mark.parametrize(
    "order", ["SCORE_ASC", "LOUDNESS_ASC", "CREATED_AT_ASC", "KIND_ASC"]
)
def test_a_value_that_does_not_come_back_is_not_in_a_cursor(
    session: Any, order: str
) -> None:
    [cursor] = page(session, f"orderBy: [{order}] first: 1").cursors
    assert len(decoded(cursor)) == 3


def test_a_value_that_is_hidden_is_not_in_a_cursor() -> None:
    window = asked("orderBy: [VIEWS_ASC]", "postPages")
    [key] = window.order
    hidden = [replace(key, is_exposed=False)]
    cursors = Cursors.of(Post.__mapper__, hidden)
    assert decoded(cursors.encode([1], [5])) == [1, cursors.digest, [1]]
    forged = encoded([1, cursors.digest, [1], [5]])
    with pytest.raises(CursorError):
        cursors.decode(forged, ("after",))


def test_a_long_value_is_looked_up() -> None:
    window = asked("orderBy: [TITLE_ASC]", "postPages")
    cursors = Cursors.of(Post.__mapper__, window.order)
    cursor = cursors.encode([1], ["x" * 2_000])
    assert len(cursor) < 100
    assert cursors.decode(cursor, ("after",)) == Position((1,))


MALFORMED = [
    "",
    "x",
    "é",
    "A" * 1_001,
    encoded({}),
    encoded([]),
    encoded([2, "d", [1]]),
    encoded([True, "d", [1]]),
    encoded("text"),
    "W" * 999,
]


@pytest.mark.parametrize("cursor", MALFORMED)
def test_a_malformed_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(CursorError) as caught:
        asked("after: $c", "postPages", declared="$c: String", c=cursor)
    assert caught.value.message == "Argument 'after' is no cursor of this list."


@pytest.mark.parametrize(
    ("key", "values"),
    [
        (["1"], [1, "a"]),
        ([1, 2], [1, "a"]),
        ([None], [1, "a"]),
        ([2**70], [1, "a"]),
        ([1.5], [1, "a"]),
        ([True], [1, "a"]),
        ([[1]], [1, "a"]),
        ({"id": 1}, [1, "a"]),
        ([1], [1]),
        ([1], ["1", "a"]),
        ([1], [1, "\x00"]),
        ([1], [1, "\ud800"]),
        ([1], [1, {"a": 1}]),
        ([1], None),
    ],
)
def test_a_forged_cursor_is_refused(key: Any, values: Any) -> None:
    order = "orderBy: [VIEWS_ASC, TITLE_ASC]"
    cursors = Cursors.of(Post.__mapper__, asked(order, "postPages").order)
    cursor = encoded([1, cursors.digest, key, values])
    with pytest.raises(CursorError):
        asked(f"{order} after: $c", "postPages", declared="$c: String", c=cursor)


def test_a_cursor_of_another_order_is_refused(session: Any) -> None:
    [cursor] = page(session, "orderBy: [VIEWS_ASC] first: 1").cursors
    for order in ("", "orderBy: [VIEWS_DESC]", "orderBy: [VIEWS_ASC_NULLS_LAST]"):
        with pytest.raises(CursorError) as caught:
            asked(f'{order} before: "{cursor}"', "postPages")
        assert caught.value.message == (
            "Argument 'before' is a cursor of another order. Start from the first page."
        )


def test_a_cursor_is_of_any_filter(session: Any) -> None:
    [cursor] = page(session, "first: 1 filter: {id: {eq: 2}}").cursors
    assert [post.id for post in page(session, f'after: "{cursor}"').rows] == [3, 4]


def test_the_cursor_of_a_row_that_is_gone_is_refused(session: Any) -> None:
    order = "orderBy: [SCORE_ASC]"
    cursors = page(session, f"{order} first: 2").cursors
    session.execute(delete(POSTS).where(Post.id.in_([1, 2])))
    with pytest.raises(CursorError) as caught:
        page(session, f'{order} after: "{cursors[1]}"')
    assert caught.value.message == (
        "Argument 'after' is the cursor of a row that is gone. Start from the first "
        "page."
    )
    # What holds the values says the place without the row.
    known = page(session, "orderBy: [VIEWS_ASC] first: 1").cursors[0]
    session.execute(delete(POSTS).where(Post.id == 3))
    assert page(session, f'orderBy: [VIEWS_ASC] after: "{known}"').rows


def test_only_what_is_selected_is_computed(session: Any) -> None:
    engine = session.get_bind()
    with count_statements(engine) as sent:
        found = page(session, "first: 1")
    assert found.total is None
    sent.expect(1)

    with count_statements(engine) as sent:
        counted = page(session, "first: 1", rows=False, total=True)
    assert (counted.rows, counted.total) == ([], 4)
    sent.expect(1)

    after = f'first: 1 after: "{found.cursors[0]}"'
    with count_statements(engine) as sent:
        found = page(session, after, previous=True, total=True)
    assert (found.has_previous, found.has_next, found.total) == (True, True, 4)
    sent.expect(3)


def test_no_row_is_asked_for_and_still_it_is_known_if_there_is_one(
    session: Any,
) -> None:
    found = page(session, "first: 0")
    assert (found.rows, found.has_next) == ([], True)


def test_a_connection_is_what_the_default_resolvers_read(session: Any) -> None:
    found = page(session, "first: 1", total=True).as_connection()
    [edge] = found["edges"]
    assert edge["node"].id == 1
    assert found["nodes"] == [edge["node"]]
    assert found["totalCount"] == found["total_count"] == 4
    assert found["pageInfo"] == found["page_info"]
    # In both cases, as `convert_names_case` of Ariadne lets snake_case be read.
    assert found["pageInfo"] == {
        "hasNextPage": True,
        "has_next_page": True,
        "hasPreviousPage": False,
        "has_previous_page": False,
        "startCursor": edge["cursor"],
        "start_cursor": edge["cursor"],
        "endCursor": edge["cursor"],
        "end_cursor": edge["cursor"],
    }
    empty = Page().as_connection()
    assert empty["pageInfo"]["startCursor"] is None


@pytest.mark.parametrize(
    "database", ["aiosqlite", "asyncpg", "aiomysql"], indirect=True
)
async def test_a_connection_on_an_async_session(database: Any) -> None:
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session, session.begin():
        session.add_all(rows())
    async with AsyncSession(database.async_engine) as asynchronous:
        walked: list[int] = []
        after = ""
        order = "orderBy: [SCORE_DESC, AUTHOR_USERNAME_ASC]"
        while True:
            window = asked(f"{order} first: 1 {after}", "postPages")
            found: Any = await connection(asynchronous, select(Post), window)
            walked += [post.id for post in found.rows]
            if not found.has_next:
                break
            after = f'after: "{found.cursors[0]}"'
        assert sorted(walked) == [1, 2, 3, 4]
        assert found.has_previous is True
        assert found.total == 4


def test_a_statement_keeps_its_conditions(session: Any) -> None:
    stmt = select(Post).join(User).where(User.username == "bob").order_by(Post.title)
    found: Any = connection(session, stmt, Window(is_connection=True))
    assert ([post.id for post in found.rows], found.total) == ([2], 1)
