"""Relay and Apollo Client themselves page a connection of the playground, over HTTP.

What a client's own list has after each page is what the database has: no row is lost,
and none comes twice. Node.js runs them from what npm has installed.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from ariadne_sqla import to_global_id
from playground.models import Post
from playground.testing import TIMEOUT, Process, running
from playground.ui_build import BuildFailedError, find_node, install_tools

FOLDER = Path(__file__).parent
AUTHOR = 7
"""Who has 13 posts, some of them drafts, which have no date."""
COUNT = 3  # posts of a page
ORDERS = {
    "PUBLISHED_AT_DESC": (Post.published_at.desc(), Post.id.desc()),
    "TITLE_ASC": (Post.title, Post.id),
}


def unavailable(reason: str) -> NoReturn:
    """Skip the test, or fail it in CI, where Node.js and npm have to be there."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def run(*command: str | Path) -> str:
    """Run a command in the folder of the clients, and return what it prints."""
    done = subprocess.run(  # noqa: S603  # commands of this file only
        command,
        cwd=FOLDER,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def node() -> Path:
    """Node.js, for which the clients are installed, and Relay's documents compiled."""
    said: list[str] = []
    try:
        install_tools(progress=said.append, folder=FOLDER)
        node = find_node(FOLDER, said.append).node
    except BuildFailedError as error:
        unavailable("\n".join([*said, str(error)]))
    (FOLDER / "__generated__").mkdir(exist_ok=True)
    compiler = FOLDER / "node_modules/relay-compiler/cli.js"
    run(node, compiler, FOLDER / "relay.config.json")
    return node


class Server(NamedTuple):
    """The playground, and the database that it serves."""

    process: Process
    url: str

    def slugs(self, order: str) -> list[str]:
        """Return all posts of the author in *order*, which `ORDERS` says in SQL."""
        engine = create_engine(self.url)
        stmt = select(Post.slug).where(Post.author_id == AUTHOR)
        with Session(engine) as session:
            found = list(session.scalars(stmt.order_by(*ORDERS[order])))
        engine.dispose()
        return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    url = f"sqlite:///{tmp_path_factory.mktemp('clients')}/blog.sqlite3"
    options = ("--no-ui", "--port=0", "--echo", f"--database={url}")
    with running("-m", "playground", *options) as process:
        assert process.client.get("/health").status_code == 200
        yield Server(process, url)


def walk(node: Path, server: Server, client: str, **asked: Any) -> Any:
    """Let a client page the author's posts to the end."""
    asked |= {
        "url": str(server.process.client.base_url.join("/graphql")),
        "id": to_global_id("User", AUTHOR),
        "count": COUNT,
    }
    printed = run(node, FOLDER / f"{client}.mjs", json.dumps(asked))
    return json.loads(printed)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("client", ["relay", "apollo"])
def test_a_client_pages_to_the_end(
    node: Path, server: Server, client: str, direction: str, order: str
) -> None:
    expected = server.slugs(order)
    pages = -(-len(expected) // COUNT)
    assert pages >= 5

    found = walk(node, server, client, direction=direction, orderBy=[order], add=None)[
        "lists"
    ]

    ends = [COUNT * number for number in range(1, pages)] + [len(expected)]
    if direction == "forward":
        assert found == [expected[:end] for end in ends]
    else:
        assert found == [expected[-end:] for end in ends]


@pytest.mark.parametrize("client", ["relay", "apollo"])
def test_what_is_inserted_moves_no_other_row(
    node: Path, server: Server, client: str
) -> None:
    """The new post is before the first page: there is one more, and no row twice."""
    order = "PUBLISHED_AT_DESC"
    before = server.slugs(order)
    add = {"authorId": to_global_id("User", AUTHOR), "title": "New", "body": "It is."}

    forward = walk(node, server, client, direction="forward", orderBy=[order], add=add)
    after = server.slugs(order)
    assert after == [forward["added"], *before]
    assert forward["lists"][-1] == before

    backward = walk(
        node, server, client, direction="backward", orderBy=[order], add=add
    )
    assert server.slugs(order) == [backward["added"], *after]
    assert backward["lists"][-1] == [backward["added"], *after]


@pytest.mark.parametrize("client", ["relay", "apollo"])
def test_a_page_is_one_statement(node: Path, server: Server, client: str) -> None:
    """One for the user, one for the page, and one for the flag of the other side.

    The first page has nothing before it, which takes no statement.
    """
    printed = len(server.process.output)
    order = ["TITLE_ASC"]
    found = walk(node, server, client, direction="forward", orderBy=order, add=None)
    selects = server.process.output[printed:].count("INFO sqlalchemy.engine.Engine SEL")

    pages = len(found["lists"])
    assert selects == 2 + 3 * (pages - 1), server.process.output[printed:]
