"""The playground under WSGI: a real server, the answers and the statements of ASGI."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ariadne_sqla import to_global_id
from playground.gallery import EXAMPLES
from playground.testing import Answer, Process, running

SYNCHRONOUS = pytest.mark.parametrize(
    "database", ["sqlite", "psycopg", "pymysql"], indirect=True
)
READING = [example for example in EXAMPLES if "mutation" not in example.query]


def serving(module: str, database: Any, *options: str) -> Any:
    url = database.url.render_as_string(hide_password=False)
    return running("-m", module, "--port=0", "--echo", f"--database={url}", *options)


def ask_all(process: Process) -> dict[str, Answer]:
    """Ask every example, after a first query that opens the connection."""
    process.ask("{ tags { name } }")
    return {
        example.id: process.ask(example.query, example.variables) for example in READING
    }


@SYNCHRONOUS
def test_wsgi_answers_as_asgi_does_with_as_many_statements(
    database: Any, subtests: pytest.Subtests
) -> None:
    with serving("playground.wsgi", database) as process:
        under_wsgi = ask_all(process)
    with serving("playground", database, "--no-ui") as process:
        under_asgi = ask_all(process)

    for id_, answer in under_wsgi.items():
        with subtests.test(id_):
            assert answer.body == under_asgi[id_].body
            assert answer.body["data"] is not None
            assert len(answer.statements) == len(under_asgi[id_].statements)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("route", "count"), [("fallback", 3), ("lazy", 11)])
def test_routes_under_wsgi(database: Any, route: str, count: int) -> None:
    query = "{ posts(limit: 5) { title author { name } tags { name } } }"
    with serving("playground.wsgi", database) as process:
        eager = process.ask(query)
        answer = process.ask(query, switches={"route": route})
        refused = process.client.post(
            "/graphql", json={"query": query, "extensions": {"sqla": {"route": "x"}}}
        )

    assert answer.data == eager.data
    assert len(answer.body["extensions"]["sqla"]["statements"]) == count
    assert len(answer.statements) == count
    assert refused.status_code == 400
    assert refused.text.startswith("There is no route 'x'; there are eager, fallback")


@SYNCHRONOUS
def test_mutation_and_requests_at_once_under_wsgi(database: Any) -> None:
    query = "query User($id: ID) { user(id: $id) { id comments { id body } } }"

    with serving("playground.wsgi", database) as process:
        added = process.ask(
            'mutation { addComment(input: {postId: 2, authorId: 7, body: "Où ?"}) '
            "{ comment { body author { id } post { id commentCount } } } }"
        )
        client = process.client

        def ask(id_: int) -> Any:
            body = {"query": query, "variables": {"id": id_}}
            return client.post("/graphql", json=body).json()["data"]["user"]

        with ThreadPoolExecutor(8) as pool:
            users = list(pool.map(ask, range(1, 41)))

    comment = added.data["addComment"]["comment"]
    assert comment["body"] == "Où ?"
    assert comment["author"] == {"id": to_global_id("User", 7)}
    assert comment["post"]["id"] == to_global_id("Post", 2)
    assert [user["id"] for user in users] == [
        to_global_id("User", id_) for id_ in range(1, 41)
    ]
    assert users[6]["comments"][-1] == {
        "id": to_global_id("Comment", 3001),
        "body": "Où ?",
    }


def test_wsgi_serves_nothing_but_graphql(tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path}/blog.sqlite3"
    with running("-m", "playground.wsgi", "--port=0", f"--database={url}") as process:
        missing = process.client.get("/")
        endpoint = process.client.get("/graphql")

    assert missing.status_code == 404
    assert missing.text == "The GraphQL endpoint is POST /graphql.\n"
    assert endpoint.status_code == 200
    assert endpoint.text == missing.text


@pytest.mark.parametrize(
    "database", ["aiosqlite", "asyncpg", "aiomysql"], indirect=True
)
def test_asynchronous_driver_is_refused(database: Any) -> None:
    with serving("playground.wsgi", database) as process:
        assert process.wait() == 1
        assert process.output == (
            f"error: WSGI has no event loop for the driver {database.driver!r}. Name a "
            "synchronous one, such as sqlite, postgresql+psycopg or mariadb+pymysql.\n"
        )


def test_port_in_use_is_one_sentence(tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path}/blog.sqlite3"
    arguments = ("-m", "playground.wsgi", f"--database={url}")
    with running(*arguments, "--port=0") as first:
        port = first.client.base_url.port
        with running(*arguments, f"--port={port}") as second:
            assert second.wait() == 1
            assert f"error: Can't serve at 127.0.0.1, port {port}: " in second.output
            assert "Traceback" not in second.output


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_own_host_only_is_answered_under_wsgi(database: Any) -> None:
    query = {"query": "{ tags { name } }"}
    with serving("playground.wsgi", database) as process:
        own = process.client.post("/graphql", json=query)
        foreign = process.client.post(
            "/graphql", json=query, headers={"host": "evil.example"}
        )

    assert own.status_code == 200
    assert foreign.status_code == 421
