"""The playground as a process: `python -m playground` on every database driver."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ariadne import (
    InterfaceType,
    ObjectType,
    QueryType,
    UnionType,
    load_schema_from_path,
    make_executable_schema,
)
from graphql import GraphQLSchema, graphql_sync
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from playground import models, schema
from playground.gallery import EXAMPLES
from playground.models import Comment, Post, User
from playground.testing import Process, running

NOT_COMPARED = {"depth", "mutation"}
"""Examples with an error and with a write, which have tests of their own."""

STATEMENTS = {
    "quick-start": 2,
    "fallback": 3,
    "everybody": 4,
    "arguments": 3,
    "fragments": 1,
    "aliases": 1,
    "directives": 1,
    "computed": 2,
    "self-referential": 5,
    "composite-key": 3,
    "polymorphism": 5,
    "union": 5,
    "pages": 2,
    "wsgi": 3,
}
"""What each example of the gallery may take, whatever the number of rows."""


@contextmanager
def playground(url: Any, *options: str) -> Iterator[Process]:
    arguments = ("-m", "playground", "--port", "0", "--echo", "--database", render(url))
    with running(*arguments, *options) as process:
        # Whatever the driver asks at its first connection is not the query's.
        assert process.client.get("/health").status_code == 200
        yield process


def render(url: Any) -> str:
    return url if isinstance(url, str) else url.render_as_string(hide_password=False)


class Naive:
    """The same SDL with plain resolvers and SQLAlchemy's own lazy loading."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.schema = self._make_schema()

    def answer(self, query: str, variables: dict[str, Any]) -> Any:
        with Session(self.engine) as session:
            result = graphql_sync(
                self.schema,
                query,
                context_value={"session": session},
                variable_values=variables,
            )
            assert result.errors is None, result.errors
            return result.data

    def _make_schema(self) -> GraphQLSchema:
        query = QueryType()
        lists = {"users": User, "posts": Post, "tags": models.Tag, "comments": Comment}
        for name, model in lists.items():
            query.set_field(name, self._list_of(model))
        singles = {
            "user": User,
            "post": Post,
            "tag": models.Tag,
            "comment": Comment,
            "postRevision": models.PostRevision,
        }
        for name, model in singles.items():
            query.set_field(name, self._first_of(model))
        query.set_field("publishedPosts", schema.resolve_published_posts)
        query.set_field("notifications", schema.resolve_notifications)
        query.set_field("search", schema.resolve_search)
        query.set_field("postPages", self._post_pages)

        user, post = ObjectType("User"), ObjectType("Post")
        user.set_alias("name", "full_name")
        post.set_alias("writer", "author")
        post.set_field("excerpt", schema.resolve_excerpt)
        return make_executable_schema(
            load_schema_from_path(Path(schema.__file__).with_name("schema.graphql")),
            [
                query,
                user,
                post,
                schema.date_time,
                InterfaceType("Notification", schema.resolve_type),
                UnionType("SearchResult", schema.resolve_type),
            ],
            convert_names_case=True,
        )

    @staticmethod
    def _list_of(model: Any) -> Any:
        def resolve(_: Any, info: Any, limit: int | None = None, **where: Any) -> Any:
            stmt = select(model).filter_by(**with_numbers(where)).limit(limit)
            return info.context["session"].scalars(stmt.order_by(model.id)).all()

        return resolve

    @staticmethod
    def _first_of(model: Any) -> Any:
        def resolve(_: Any, info: Any, **where: Any) -> Any:
            stmt = select(model).filter_by(**with_numbers(where))
            return info.context["session"].scalars(stmt).one_or_none()

        return resolve

    @staticmethod
    def _post_pages(_: Any, info: Any, first: int, after: str | None) -> Any:
        stmt = select(Post).where(Post.is_published).order_by(Post.id)
        posts = info.context["session"].scalars(stmt).all()
        if after is not None:
            posts = [post for post in posts if post.id > schema.post_id_of(after)]
        edges = [
            {"node": post, "cursor": schema.cursor_of(post)} for post in posts[:first]
        ]
        return {
            "total_count": len(posts),
            "edges": edges,
            "page_info": {
                "has_next_page": len(posts) > first,
                "end_cursor": edges[-1]["cursor"],
            },
        }


def with_numbers(where: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments with the IDs as the numbers that they are."""
    return {
        name: int(value) if name.endswith("id") else value
        for name, value in where.items()
    }


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Process]:
    with playground(f"sqlite:///{tmp_path}/blog.sqlite3") as process:
        yield process


def test_every_example_answers_as_lazy_loading_does(
    database: Any, subtests: pytest.Subtests
) -> None:
    with playground(database.url) as process:
        naive = Naive(database.engine)
        for example in EXAMPLES:
            if example.id in NOT_COMPARED:
                continue
            with subtests.test(example.id):
                answer = process.ask(example.query, example.variables)

                assert answer.data == naive.answer(example.query, example.variables)
                expected = STATEMENTS[example.id]
                assert len(answer.statements) == expected, answer.statements


def test_each_compared_example_has_an_expected_number_of_statements() -> None:
    assert STATEMENTS.keys() | NOT_COMPARED == {example.id for example in EXAMPLES}


def test_statements_do_not_grow_with_the_rows(tmp_path: Path) -> None:
    with playground(f"sqlite:///{tmp_path}/big.sqlite3", "--scale=3") as process:
        rows = process.client.get("/health").json()["rows"]
        assert (rows["users"], rows["posts"], rows["comments"]) == (600, 3_000, 9_000)
        sent = {
            example.id: len(process.ask(example.query, example.variables).statements)
            for example in EXAMPLES
            if example.id not in NOT_COMPARED
        }

    assert sent == {**STATEMENTS, **BEYOND_500_KEYS}


def test_health_tells_database_driver_and_rows(database: Any) -> None:
    with playground(database.url) as process:
        health = process.client.get("/health").json()

    backend, driver = {
        "sqlite": ("sqlite", "pysqlite"),
        "aiosqlite": ("sqlite", "aiosqlite"),
        "psycopg": ("postgresql", "psycopg"),
        "asyncpg": ("postgresql", "asyncpg"),
        "pymysql": ("mariadb", "pymysql"),
        "aiomysql": ("mariadb", "aiomysql"),
    }[database.driver]
    assert health == {
        "status": "ok",
        "database": backend,
        "driver": driver,
        "rows": {
            "announcement_notifications": 400,
            "comment_notifications": 1_000,
            "comments": 3_000,
            "follow_notifications": 200,
            "follows": 1_600,
            "notifications": 1_600,
            "post_revisions": 1_000,
            "post_tags": 2_500,
            "posts": 1_000,
            "revision_notes": 1_000,
            "tags": 40,
            "users": 200,
        },
    }
