"""Generated filters, orders and pages over generated rows mean what Python says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from sqla_loaders import connection
from sqla_loaders.connections import pages_of_owners
from sqla_loaders.page import Page
from sqla_loaders.pages import PageDialect, PageQuery
from sqla_selection.arguments import ArgumentLimits, Wanted, Window, filtered, paged

from .blog import Base, Post, Tag, User, asked
from .generated import filters, orders, rows
from .naive import in_order, matches

EXAMPLES = int(os.environ.get("SQLA_TEST_EXAMPLES", "20"))
LIMITS = ArgumentLimits(depth=9, conditions=10_000)
ALL = Wanted(total=True, next=True, previous=True)

pytestmark = pytest.mark.parametrize(
    "database", ["sqlite", "psycopg", "pymysql"], indirect=True
)
checked = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def emptied(database: Any) -> Iterator[Any]:
    """A database whose tables are there, in a transaction that is never committed."""
    Base.metadata.create_all(database.engine)
    with database.engine.connect() as connection:
        yield connection


def filled(connection: Any, objects: list[Any]) -> Session:
    """Return a session whose rows are *objects*, which go with it."""
    session = Session(connection, join_transaction_mode="create_savepoint")
    session.begin_nested()
    session.add_all(objects)
    session.flush()
    session.expire_all()
    return session


def order_as_text(order: list[str]) -> str:
    return f"orderBy: [{' '.join(order)}]"


@checked
@given(rows=rows(), asks=filters())
def test_a_filter_selects_the_rows_that_python_selects(
    emptied: Any, rows: list[Any], asks: dict[str, Any]
) -> None:
    session = filled(emptied, rows)
    try:
        posts = session.scalars(select(Post)).all()
        expected = {post.id for post in posts if matches(post, asks)}
        assert selected(session, asks) == expected
        others = selected(session, {"not": asks})
        assert others == {post.id for post in posts} - expected
    finally:
        session.rollback()
        emptied.rollback()


def selected(session: Session, asks: dict[str, Any]) -> set[int]:
    window = asked("filter: $f", declared="$f: PostFilter", f=asks, limits=LIMITS)
    found = session.scalars(filtered(select(Post), window, Post)).all()
    assert len({post.id for post in found}) == len(found)
    return {post.id for post in found}


@checked
@given(rows=rows(), order=orders)
def test_an_order_is_the_one_of_python(
    emptied: Any, rows: list[Any], order: list[str]
) -> None:
    if any(item.startswith("KIND") for item in order):
        return  # by name or by place, as the database has it
    session = filled(emptied, rows)
    try:
        dialect = emptied.dialect.name
        window = asked(f"{order_as_text(order)} limit: 100")
        found = session.scalars(ordered_by(window, dialect)).all()
        expected = in_order(session.scalars(select(Post)).all(), order, dialect)
        assert [post.id for post in found] == [post.id for post in expected]
    finally:
        session.rollback()
        emptied.rollback()


def ordered_by(window: Window, dialect: str) -> Any:
    return paged(select(Post), window, Post, dialect)


@checked
@given(rows=rows(), order=orders, asks=st.none() | filters(), size=st.integers(1, 4))
def test_a_walk_over_pages_meets_every_row_once(
    emptied: Any,
    rows: list[Any],
    order: list[str],
    asks: dict[str, Any] | None,
    size: int,
) -> None:
    session = filled(emptied, rows)
    try:

        def page(**sizes: Any) -> Page:
            window = asked(
                f"filter: $f {order_as_text(order)} {written(sizes)}",
                "postPages",
                declared="$f: PostFilter",
                f=asks,
                limits=LIMITS,
            )
            found = connection(session, select(Post), window, wanted=ALL)
            assert isinstance(found, Page)
            return found

        check_walks(page, size)
    finally:
        session.rollback()
        emptied.rollback()


@checked
@given(
    rows=rows(),
    order=orders,
    asks=st.none() | filters(),
    size=st.integers(1, 3),
    prop=st.sampled_from(
        [User.posts, User.published, User.by_title, Tag.posts, Post.replies]
    ),
)
def test_a_walk_over_the_pages_of_many_owners_meets_every_row_once(
    emptied: Any,
    rows: list[Any],
    order: list[str],
    asks: dict[str, Any] | None,
    size: int,
    prop: Any,
) -> None:
    session = filled(emptied, rows)
    try:
        keys = session.scalars(select(prop.property.parent.class_.id)).all()
        dialect = PageDialect.of(emptied.dialect)
        if not keys:
            return

        def pages(of: list[Any], **sizes: Any) -> dict[Any, Page]:
            window = asked(
                f"filter: $f {order_as_text(order)} {written(sizes)}",
                "postPages",
                type_name="User",
                prop=prop.property,
                declared="$f: PostFilter",
                f=asks,
                limits=LIMITS,
            )
            query = PageQuery(prop.property, window, dialect)
            return pages_of_owners(session, query, of, ALL)

        every = pages(list(keys))
        for key in keys:
            owner = session.get_one(prop.property.parent.class_, key)
            related = getattr(owner, prop.key)
            expected = {one.id for one in related if not asks or matches(one, asks)}
            assert {one.id for one in every[key].rows} == expected

            def page(key: Any = key, **sizes: Any) -> Page:
                # A cursor means the same for every owner: ask them all.
                return pages(list(keys), **sizes)[key]

            check_walks(page, size)
            # The form for one owner has the same rows.
            for sizes in ({"first": size}, {"last": size}):
                alone, among = pages([key], **sizes)[key], page(**sizes)
                assert alone == among
    finally:
        session.rollback()
        emptied.rollback()


def written(sizes: dict[str, Any]) -> str:
    return " ".join(
        f'{name}: "{value}"' if isinstance(value, str) else f"{name}: {value}"
        for name, value in sizes.items()
    )


def check_walks(page: Any, size: int) -> None:
    """Walk forward and backward to the end, and compare with all rows at once."""
    every = page()
    ids = [row.id for row in every.rows]
    assert len(set(ids)) == len(ids) == every.total
    for name, cursor, more, less in (
        ("first", "after", "has_next", "has_previous"),
        ("last", "before", "has_previous", "has_next"),
    ):
        walked: list[int] = []
        position: dict[str, str] = {}
        for _ in range(len(ids) + 1):
            found = page(**{name: size}, **position)
            assert found.total == len(ids)
            assert getattr(found, less) is bool(walked)
            part = [row.id for row in found.rows]
            walked = walked + part if name == "first" else part + walked
            if not getattr(found, more):
                break
            assert len(part) == size
            position = {cursor: found.cursors[-1 if name == "first" else 0]}
        assert walked == ids
    if len(ids) > 2:
        inner = page(after=every.cursors[0], before=every.cursors[-1])
        assert [row.id for row in inner.rows] == ids[1:-1]
