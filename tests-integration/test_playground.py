"""The playground as a process: `python -m playground` on every database driver."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from datetime import datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
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
from sqlalchemy import Engine, create_engine, inspect, select
from sqlalchemy.orm import Session, class_mapper
from starlette.applications import Starlette

from ariadne_sqla import from_global_id, to_global_id
from playground import models, schema
from playground.app import create_app
from playground.database import Database
from playground.gallery import EXAMPLES
from playground.models import Comment, Post, User
from playground.prepare import prepare_database
from playground.testing import ROOT, Answer, Process, running

NOT_COMPARED = {"depth", "guess", "mutation", "too-many-rows"}
"""Examples with an error, a viewer or a write, which have tests of their own."""

STATEMENTS = {
    "quick-start": 2,
    "fallback": 3,
    "everybody": 4,
    "arguments": 3,
    "fragments": 1,
    "aliases": 1,
    "directives": 1,
    "computed": 2,
    "unplanned": 6,
    "self-referential": 5,
    "composite-key": 3,
    "polymorphism": 5,
    "interface-root": 5,
    "union": 5,
    "pages": 2,
    "nested-lists": 3,
    "filters": 2,
    "not-null": 3,
    "many-to-many-page": 3,
    "nested-connections": 4,
    "total-of-none": 3,
    "nodes": 3,
    "wsgi": 3,
}
"""What each example of the gallery takes, whatever the number of rows."""

LOGGED_TWICE = {"unplanned": 5}
"""What asyncpg's connection logs before an AsyncSession refuses to wait for it."""

if version("sqlalchemy").startswith("2.0."):
    # Its selectinload asks for 500 keys at a time, here those of 1,000 posts.
    STATEMENTS["everybody"] += 2


@contextmanager
def playground(url: Any, *options: str) -> Iterator[Process]:
    arguments = ("-m", "playground", "--no-ui", "--port=0", "--echo", *options)
    with running(*arguments, f"--database={render(url)}") as process:
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
        query.set_field("nodes", self._nodes)
        query.set_field("publishedPosts", schema.resolve_published_posts)
        query.set_field("notifications", self._notifications)
        query.set_field("search", schema.resolve_search)
        query.set_field("postPages", self._list_of(Post, connection_of))

        types: dict[Any, ObjectType] = {
            mapper.class_: ObjectType(mapper.class_.__name__)
            for mapper in models.Base.registry.mappers
            if mapper.class_ is not models.Notification
        }
        for model, type_ in types.items():
            type_.set_field("id", global_id)
            for name, to_many in class_mapper(model).relationships.items():
                if to_many.uselist and "_" not in name:  # those take no arguments
                    type_.set_field(name, self._related(name, to_many.mapper.class_))
        pages = {"posts": (User, models.Tag), "comments": (Post,), "followers": (User,)}
        for name, owners in pages.items():
            for owner in owners:
                target = class_mapper(owner).relationships[name].mapper.class_
                resolver = self._related(name, target, connection_of)
                types[owner].set_field(f"{name}Connection", resolver)
        types[User].set_alias("name", "full_name")
        types[Post].set_alias("writer", "author")
        types[Post].set_field("excerpt", schema.resolve_excerpt)
        return make_executable_schema(
            load_schema_from_path(Path(schema.__file__).with_name("schema.graphql")),
            [
                query,
                *types.values(),
                schema.date_time,
                InterfaceType("Node", type_of),
                InterfaceType("Notification", type_of),
                UnionType("SearchResult", type_of),
            ],
            convert_names_case=True,
        )

    @staticmethod
    def _list_of(model: Any, answer: Any = None) -> Any:
        def resolve(_: Any, info: Any, **asked: Any) -> Any:
            session = info.context["session"]
            rows = session.scalars(select(model).order_by(model.id)).all()
            return (answer or list_of)(chosen(session, rows, model, asked), asked)

        return resolve

    @staticmethod
    def _related(name: str, target: Any, answer: Any = None) -> Any:
        def resolve(obj: Any, info: Any, **asked: Any) -> Any:
            session = info.context["session"]
            rows = getattr(obj, name)
            return (answer or list_of)(chosen(session, rows, target, asked), asked)

        return resolve

    @staticmethod
    def _first_of(model: Any) -> Any:
        def resolve(_: Any, info: Any, **where: Any) -> Any:
            stmt = select(model).filter_by(**with_numbers(where))
            return info.context["session"].scalars(stmt).one_or_none()

        return resolve

    @staticmethod
    def _notifications(_: Any, info: Any, limit: int) -> Any:
        stmt = select(models.Notification).order_by(models.Notification.id.desc())
        return info.context["session"].scalars(stmt.limit(limit)).all()

    @staticmethod
    def _nodes(_: Any, info: Any, ids: list[str]) -> list[Any]:
        found = []
        for type_name, key in map(from_global_id, ids):
            numbers = tuple(map(int, key))
            model = getattr(models, type_name)
            found.append(info.context["session"].get(model, numbers))
        return found


def list_of(rows: list[Any], asked: dict[str, Any]) -> list[Any]:
    """Return the page of a list."""
    start = asked.get("offset") or 0
    limit = asked.get("limit")
    return rows[start:] if limit is None else rows[start : start + limit]


def connection_of(rows: list[Any], asked: dict[str, Any]) -> dict[str, Any]:
    """Return the first page of a connection, whose cursors are not compared."""
    assert asked.get("after") is None
    page = rows[: asked["first"]]
    return {
        "total_count": len(rows),
        "edges": [{"node": row, "cursor": ""} for row in page],
        "page_info": {
            "has_next_page": len(rows) > len(page),
            "has_previous_page": False,
            "start_cursor": "",
            "end_cursor": "",
        },
    }


def without_cursors(value: Any) -> Any:
    """Return an answer without what only one of the sides can know."""
    if isinstance(value, list):
        return [without_cursors(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: without_cursors(one)
        for key, one in value.items()
        if key not in ("cursor", "startCursor", "endCursor")
    }


SIZES = {"limit", "offset", "first", "after", "last", "before"}


def chosen(
    session: Session, rows: Sequence[Any], model: Any, asked: dict[str, Any]
) -> list[Any]:
    """Return those of *rows* that are asked for, in order: all but that in Python.

    Which text or NULL comes first is the database's to say.
    """
    others = {
        name: value
        for name, value in asked.items()
        if name not in SIZES | {"filter", "order_by"}
    }
    wanted = {**with_numbers(others), **asked.get("filter", {})}
    found = [row for row in rows if matches(row, wanted)]
    if not asked.get("order_by"):
        return found
    keys = []
    for value in asked["order_by"]:
        name, direction, nulls = re.findall("(.+)_(ASC|DESC)(_NULLS_LAST)?", value)[0]
        column = getattr(model, name.lower())
        if nulls:
            keys.append(column.is_(None))
        keys.append(column.desc() if direction == "DESC" else column.asc())
    keys.append(model.id.desc() if direction == "DESC" else model.id.asc())
    ids = session.scalars(select(model.id).order_by(*keys))
    places = {id_: place for place, id_ in enumerate(ids)}
    return sorted(found, key=lambda row: places[row.id])


def matches(row: Any, wanted: dict[str, Any]) -> bool:
    """Tell whether *row* is one of those that the filter *wanted* is for."""
    logic: dict[str, Any] = {
        "and": lambda parts: all(matches(row, part) for part in parts),
        "or": lambda parts: any(matches(row, part) for part in parts),
        "not": lambda part: not matches(row, part),
    }
    for name, value in wanted.items():
        if name in logic:
            if not logic[name](value):
                return False
            continue
        held = getattr(row, name)
        if isinstance(held, list):
            some = any(matches(one, value.get("some", {})) for one in held)
            none = not any(matches(one, value.get("none", {})) for one in held)
            assert value.keys() <= {"some", "none"}
            if ("some" in value and not some) or ("none" in value and not none):
                return False
        elif isinstance(held, models.Base):
            if not matches(held, value):
                return False
        elif isinstance(value, dict):
            if not all(COMPARE[key](held, one) for key, one in value.items()):
                return False
        elif held != value:
            return False
    return True


COMPARE: dict[str, Any] = {
    "eq": lambda held, value: held == value,
    "in": lambda held, value: held in value,
    "icontains": lambda held, value: value.lower() in held.lower(),
    "starts_with": lambda held, value: held.startswith(value),
    "is_null": lambda held, value: (held is None) is value,
    "gte": lambda held, value: (
        held is not None and held >= datetime.fromisoformat(value)
    ),
}


def global_id(obj: Any, _: Any) -> str:
    return to_global_id(type(obj).__name__, *inspect(obj).identity)


def type_of(obj: Any, *_: Any) -> str:
    return type(obj).__name__


def with_numbers(where: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments with the IDs as the numbers that they are."""
    return {
        name: int(value) if name.endswith("id") else value
        for name, value in where.items()
    }


_expected: dict[tuple[str, str, str], Any] = {}
"""A database, a query and its variables → the naive answer: a new playground has the
same rows whatever the driver, see `test_rows_are_the_same_on_every_driver`, and is
written to in the same way."""


def expected_of(naive: Naive, query: str, variables: dict[str, Any]) -> Any:
    asked = naive.engine.dialect.name, query, json.dumps(variables)
    if asked not in _expected:
        _expected[asked] = naive.answer(query, variables)
    return _expected[asked]


def test_playground_answers_on_every_driver(
    database: Any, subtests: pytest.Subtests
) -> None:
    """One test, as the start of the server takes longer than all of its requests."""
    with playground(database.url) as process:
        with subtests.test("health"):
            assert process.client.get("/health").json() == health_of(database)

        naive = Naive(database.engine)
        for example in EXAMPLES:
            if example.id in NOT_COMPARED:
                continue
            with subtests.test(example.id):
                answer = process.ask(example.query, example.variables)
                expected = expected_of(naive, example.query, example.variables)
                assert without_cursors(answer.data) == without_cursors(expected)
                count = STATEMENTS[example.id]
                if database.driver == "asyncpg":
                    count += LOGGED_TWICE.get(example.id, 0)
                assert len(answer.statements) == count, answer.statements

        with subtests.test("README"):
            check_query_of_the_readme(process)
        with subtests.test("depth"):
            check_depth_error(process)
        with subtests.test("too-many-rows"):
            check_row_limit(process)
        with subtests.test("switches"):
            check_switches(process)
        with subtests.test("guess"):
            check_guesses(process, database.engine)
        with subtests.test("mutations"):
            check_mutations(process)
        with subtests.test("requests at once"):
            check_requests_at_once(process, naive)


def health_of(database: Any) -> dict[str, Any]:
    return {
        "status": "ok",
        "database": {"psycopg": "postgresql", "asyncpg": "postgresql"}.get(
            database.driver, database.engine.dialect.name
        ),
        "driver": {"sqlite": "pysqlite"}.get(database.driver, database.driver),
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


def check_query_of_the_readme(process: Process) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    sent = re.search(r"-d '(\{.*\})'\n", readme)
    shown = re.search(r"```json\n(.*?)```", readme, re.DOTALL)
    assert sent
    assert shown

    answer = process.ask(json.loads(sent[1])["query"])

    assert answer.body == json.loads(shown[1])
    assert len(answer.statements) == 2
    assert "That took two statements" in readme


def check_depth_error(process: Process) -> None:
    [example] = [example for example in EXAMPLES if example.id == "depth"]

    answer = process.ask(example.query)

    [error] = answer.body["errors"]
    assert error["message"] == "Query depth 5 exceeds max_depth=4 (set by 'User')."
    assert error["path"] == ["user"]
    assert answer.body["data"]["user"] is None
    assert len(answer.body["data"]["tags"]) == 3
    assert len(answer.statements) == 1


def check_row_limit(process: Process) -> None:
    [example] = [example for example in EXAMPLES if example.id == "too-many-rows"]

    answer = process.ask(example.query)

    [error] = answer.body["errors"]
    assert error["path"] == ["user"]
    assert error["message"] == (
        "Field 'user.posts.comments.replies' makes the pages of this query 1000000 "
        "rows, the product of their sizes; 100000 are allowed."
    )
    assert answer.body["data"]["user"] is None
    assert len(answer.body["data"]["tags"]) == 3
    assert len(answer.statements) == 1


def check_switches(process: Process) -> None:
    """Every route gives the same data; what the response tells is what was sent."""
    query = "{ posts(limit: 5) { title byline author { name } tags { name } } }"
    plain = process.ask(query)
    assert plain.body.keys() == {"data"}

    for route, count in {"eager": 2, "fallback": 3, "lazy": 1 + 5 + 5}.items():
        answer = process.ask(query, switches={"route": route})
        assert answer.data == plain.data
        assert answer.statements == plain.statements or route != "eager"
        told = answer.body["extensions"]["sqla"]
        assert told["route"] == route
        assert len(told["statements"]) == len(answer.statements) == count, told

    simple = "{ posts(limit: 5) { title author { username } tags { name } } }"
    for route, count in {
        "eager": 2,
        "closures": 2,
        "json": count_of_json(process, simple),
    }.items():
        answer = process.ask(simple, switches={"route": route, "debug": False})
        assert answer.body == process.ask(simple).body
        assert len(answer.statements) == count, answer.statements

    explained = process.ask(query, switches={"explain": True, "parameters": False})
    for statement in explained.body["extensions"]["sqla"]["statements"]:
        assert statement["explain"]
        assert statement["parameters"] is None

    for switches, message in {
        '{"route": "x"}': "There is no route 'x'; there are eager, fallback, lazy, "
        "closures, json.",
        '{"viewer": "root"}': "There is no viewer 'root'; there are anonymous, admin",
        '{"viewer": 7}': "There is no viewer 7; there are anonymous, admin",
        '{"strict": 1}': "The switch 'strict' must be true or false, got 1.",
        '{"x": true}': "There is no switch 'x'; there are debug, explain, parameters",
        "[]": "`extensions.sqla` must be an object.",
    }.items():
        refused = process.client.post(
            "/graphql",
            json={"query": query, "extensions": {"sqla": json.loads(switches)}},
        )
        assert refused.status_code == 400
        assert refused.text.startswith(message)


def count_of_json(process: Process, query: str) -> int:
    """Return how many statements those posts take where the database may write JSON."""
    told = process.ask(query, switches={"route": "json"}).body["extensions"]["sqla"]
    return {"json": 1, "eager": 2}[told["fields"][0]["route"]]


def check_guesses(process: Process, engine: Engine) -> None:
    """Nothing in an answer depends on what the viewer may not see."""
    [example] = [example for example in EXAMPLES if example.id == "guess"]

    def ask(viewer: str | None) -> Answer:
        switches = {"viewer": viewer, "debug": False}
        return process.ask(example.query, example.variables, switches=switches)

    before = ask("anonymous")
    assert before.data["byId"] is None
    assert before.data["byCount"] == {"totalCount": 0}
    assert sum("/* policy */" in one for one in before.statements) >= 7
    for viewer in ("user:103", "admin", None):
        seen = ask(viewer)
        assert seen.data["byId"] == {"title": example.variables["title"]}
        assert seen.data["byCount"] == {"totalCount": 1}
        marked = any("/* policy */" in one for one in seen.statements)
        assert marked is (viewer == "user:103")

    with Session(engine) as session:
        draft = session.get_one(Post, 272)
        kept, draft.title = draft.title, "Zyzzyva"
        session.commit()
        assert ask("admin").data["byId"] == {"title": "Zyzzyva"}
        assert ask("anonymous").body == before.body
        draft.title = kept
        session.commit()

    comment = {"postId": "272", "authorId": "1", "body": "I see you"}
    refused = process.ask(
        ADD_COMMENT, {"input": comment}, switches={"viewer": "anonymous"}
    )
    assert refused.data["addComment"]["problem"] == "There is no post 272."


ADD_POST = """
mutation Post($input: PostInput!) {
  addPost(input: $input) {
    problem
    post { id slug title isPublished wordCount author { username } tags { name } }
  }
}
"""

ADD_COMMENT = """
mutation Comment($input: CommentInput!) {
  addComment(input: $input) {
    problem
    comment { id body author { username } parent { id } post { id commentCount } }
  }
}
"""


def check_mutations(process: Process) -> None:
    post = {"authorId": "1", "title": " Ça va ? ", "body": "Un deux trois"}
    author = process.ask("{ user(id: 1) { username } }").data["user"]

    added = process.ask(ADD_POST, {"input": {**post, "tags": ["graphql", "async"]}})

    assert added.data["addPost"] == {
        "problem": None,
        "post": {
            "id": to_global_id("Post", 1001),
            "slug": "ca-va-1001",
            "title": "Ça va ?",
            "isPublished": True,
            "wordCount": 3,
            "author": author,
            "tags": [{"name": "async"}, {"name": "graphql"}],
        },
    }

    comment = {"postId": "1001", "authorId": "1", "body": "とても"}
    first = process.ask(ADD_COMMENT, {"input": comment}).data["addComment"]["comment"]
    post_id = to_global_id("Post", 1001)
    assert first["post"] == {"id": post_id, "commentCount": 1}
    reply = process.ask(ADD_COMMENT, {"input": {**comment, "parentId": first["id"]}})
    assert reply.data["addComment"]["comment"] == {
        "id": to_global_id("Comment", 3002),
        "body": "とても",
        "author": author,
        "parent": {"id": to_global_id("Comment", 3001)},
        "post": {"id": post_id, "commentCount": 2},
    }
    read = process.ask("{ post(id: 1001) { comments { body replies { id } } } }")
    assert read.data["post"]["comments"] == [
        {"body": "とても", "replies": [{"id": to_global_id("Comment", 3002)}]},
        {"body": "とても", "replies": []},
    ]

    for input_, problem in [
        ({**post, "authorId": "9999"}, "There is no user 9999."),
        ({**post, "title": "  "}, "A title has 1 to 200 characters."),
        ({**post, "tags": ["none", "such"]}, "There is no tag none, such."),
    ]:
        refused = process.ask(ADD_POST, {"input": input_})
        assert refused.data["addPost"] == {"problem": problem, "post": None}
    for input_, problem in [
        ({**comment, "postId": "x"}, "There is no post x."),
        ({**comment, "authorId": "0"}, "There is no user 0."),
        ({**comment, "body": " "}, "A comment needs a text."),
        ({**comment, "parentId": "1"}, "There is no comment 1 on post 1001."),
    ]:
        refused = process.ask(ADD_COMMENT, {"input": input_})
        assert refused.data["addComment"] == {"problem": problem, "comment": None}


def check_requests_at_once(process: Process, naive: Naive) -> None:
    """Sibling root fields on one session, and many requests with one each."""
    query = """
        query Author($id: ID!) {
            user(id: $id) { name posts { title tags { name } } }
            posts(authorId: $id) { title comments { body author { name } } }
            publishedPosts(limit: 3) { title author { name } }
        }
    """

    def ask(id_: int) -> tuple[Any, Any]:
        variables = {"id": str(id_)}
        body = {"query": query, "variables": variables}
        return variables, process.client.post("/graphql", json=body).json()

    with ThreadPoolExecutor(10) as pool:
        for variables, answer in pool.map(ask, range(1, 31)):
            assert answer == {"data": expected_of(naive, query, variables)}


def test_each_compared_example_has_an_expected_number_of_statements() -> None:
    assert STATEMENTS.keys() | NOT_COMPARED == {example.id for example in EXAMPLES}


@pytest.mark.skipif(
    version("sqlalchemy").startswith("2.0."),
    reason="The selectinload of SQLAlchemy 2.0 asks for 500 keys at a time.",
)
def test_statements_do_not_grow_with_the_rows(tmp_path: Path) -> None:
    with playground(f"sqlite:///{tmp_path}/big.sqlite3", "--scale=3") as process:
        rows = process.client.get("/health").json()["rows"]
        assert (rows["users"], rows["posts"], rows["comments"]) == (600, 3_000, 9_000)
        sent = {
            example.id: len(process.ask(example.query, example.variables).statements)
            for example in EXAMPLES
            if example.id not in NOT_COMPARED
        }

    # Its last 500 rows are all of one subclass here, which the others don't add to.
    assert sent.pop("interface-root") < STATEMENTS["interface-root"]
    assert sent.items() <= STATEMENTS.items()
    assert len(sent) == len(STATEMENTS) - 1


async def test_pages_without_the_built_ui(tmp_path: Path) -> None:
    app = create_app(f"sqlite:///{tmp_path}/none.sqlite3", ui_folder=tmp_path)
    async with client_of(app) as client:
        page = await client.get("/")
        endpoint = await client.get("/graphql")
        examples = await client.get("/examples.json")

    assert page.text == endpoint.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "POST /graphql" in page.text
    assert "http://" not in page.text.replace("http://127.0.0.1", "")
    assert examples.json() == [asdict(example) for example in EXAMPLES]
    assert set(examples.json()[0]) == {
        "id",
        "title",
        "description",
        "query",
        "variables",
        "viewer",
    }


async def test_built_ui_is_served_beside_the_endpoints(tmp_path: Path) -> None:
    prepare_database(f"sqlite:///{tmp_path}/blog.sqlite3")
    ui = tmp_path / "ui"
    (ui / "assets").mkdir(parents=True)
    (ui / "index.html").write_text("<title>The UI</title>")
    (ui / "assets" / "index.js").write_text("start()")
    app = create_app(f"sqlite:///{tmp_path}/blog.sqlite3", ui_folder=ui)
    async with client_of(app) as client:
        page = await client.get("/")
        script = await client.get("/assets/index.js")
        missing = await client.get("/assets/none.js")
        health = await client.get("/health")
        answer = await client.post(
            "/graphql", json={"query": "{ tag(id: 1) { name } }"}
        )

    assert page.text == "<title>The UI</title>"
    assert script.text == "start()"
    assert missing.status_code == 404
    assert health.json()["status"] == "ok"
    assert answer.json() == {"data": {"tag": {"name": "async"}}}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8000", 200),
        ("127.0.0.1:8000", 200),
        ("192.168.1.7:8000", 200),
        ("[::1]:8000", 200),
        ("blog.example", 200),  # named by --host
        ("evil.example", 421),
        ("evil.example:8000", 421),
        ("127.0.0.1.evil.example", 421),
        ("[evil.example]", 421),
        ("localhost:8000@evil.example", 421),
        ("", 421),
    ],
)
@pytest.mark.parametrize("path", ["/", "/graphql", "/health", "/examples.json"])
async def test_own_host_only_is_answered(
    tmp_path: Path, path: str, host: str, status: int
) -> None:
    app = create_app(
        f"sqlite:///{tmp_path}/none.sqlite3", ui_folder=None, host="Blog.example"
    )
    async with client_of(app) as client:
        answer = await client.get(path, headers={"host": host})

    assert answer.status_code == status
    if status != 200:
        assert answer.text == (
            "The playground answers to its own address only, not to this host name.\n"
        )
    assert answer.headers["content-security-policy"].startswith("default-src 'none';")


async def test_policy_allows_the_script_of_the_plain_page(tmp_path: Path) -> None:
    app = create_app(f"sqlite:///{tmp_path}/none.sqlite3", ui_folder=None)
    async with client_of(app) as client:
        page = await client.get("/")

    [script] = re.findall("<script>(.*?)</script>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = page.headers["content-security-policy"]
    assert f"script-src 'self' 'sha256-{digest}'; " in policy
    assert "unsafe-eval" not in policy


@pytest.mark.parametrize("driver", ["sqlite", "sqlite+aiosqlite"])
async def test_health_of_an_empty_database(tmp_path: Path, driver: str) -> None:
    app = create_app(f"{driver}:///{tmp_path}/empty.sqlite3")
    async with client_of(app) as client:
        health = await client.get("/health")

    assert health.status_code == 200
    assert health.json()["status"] == "empty"
    assert health.json()["rows"] == {}


async def test_health_of_a_database_of_somebody_elses(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/other.sqlite3"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE invoices (id INTEGER)")
    engine.dispose()
    async with client_of(create_app(url)) as client:
        health = await client.get("/health")

    assert health.json()["status"] == "foreign"


@pytest.mark.parametrize(
    "driver",
    [
        "postgresql+psycopg",
        "postgresql+asyncpg",
        "mariadb+pymysql",
        "mariadb+aiomysql",
    ],
)
async def test_health_of_a_database_that_does_not_answer(driver: str) -> None:
    app = create_app(f"{driver}://u:secret@127.0.0.1:1/none")
    async with client_of(app) as client:
        health = await client.get("/health")
        answer = await client.post("/graphql", json={"query": "{ tags { name } }"})

    assert health.status_code == 503
    body = health.json()
    assert body["status"] == "unavailable"
    assert body["driver"] == driver.partition("+")[2]
    assert body["problem"]
    assert "secret" not in health.text
    [error] = answer.json()["errors"]
    assert error["path"] == ["tags"]
    assert "secret" not in answer.text


@asynccontextmanager
async def client_of(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the application while that runs, lifespan included."""
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://localhost"
        ) as client,
    ):
        yield client


async def test_database_url_chooses_the_driver() -> None:
    drivers = {
        "sqlite:///x.sqlite3": "pysqlite",
        "sqlite+aiosqlite:///x.sqlite3": "aiosqlite",
        "postgres://h/x": "psycopg",
        "postgresql://h/x": "psycopg",
        "postgresql+asyncpg://h/x": "asyncpg",
        "mariadb://h/x": "pymysql",
        "mariadb+aiomysql://h/x": "aiomysql",
        "mysql://h/x": "pymysql",
    }
    databases = {url: Database(url) for url in drivers}

    assert {url: one.driver for url, one in databases.items()} == drivers
    assert {one.driver for one in databases.values() if one.is_async} == {
        "aiosqlite",
        "asyncpg",
        "aiomysql",
    }


def test_playground_uses_public_names_only() -> None:
    """Of the packages, what their `__all__` has; that is what it shows off."""
    for path in (ROOT / "playground").glob("**/*.py"):
        if "ui" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and not node.level:
                package = str(node.module).partition(".")[0]
                if package in ("ariadne_sqla", "sqla_loaders", "sqla_selection"):
                    exported = import_module(str(node.module)).__all__
                    assert {alias.name for alias in node.names} <= set(exported), path
