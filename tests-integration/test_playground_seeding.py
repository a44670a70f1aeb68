"""The playground's first start: what is seeded, what is left alone, what survives."""

from __future__ import annotations

import io
import re
import signal
import socket
import sqlite3
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine, func, inspect, select, text
from sqlalchemy.orm import Session

from playground.cli import address, make_parser, prepare
from playground.database import PlaygroundError
from playground.models import Base, Comment, FollowNotification, Notification
from playground.prepare import prepare_database
from playground.progress import Progress
from playground.seed import START
from playground.testing import Process, running

ROWS = {"users": 200, "posts": 1_000, "comments": 3_000}


def playground(url: Any, *options: str) -> Any:
    """Start `python -m playground`; echo is off, so that output is short."""
    return running(
        "-m", "playground", "--no-ui", "--port=0", f"--database={render(url)}", *options
    )


def render(url: str | URL) -> str:
    return url if isinstance(url, str) else url.render_as_string(hide_password=False)


def health(process: Process) -> Any:
    return process.client.get("/health").json()


def main_rows(process: Process) -> dict[str, int]:
    rows = health(process)["rows"]
    return {name: rows[name] for name in ROWS}


def dump(engine: Engine) -> dict[str, list[Any]]:
    with engine.connect() as connection:
        return {
            table.name: list(
                connection.execute(select(table).order_by(*table.primary_key))
            )
            for table in Base.metadata.sorted_tables
        }


def test_first_start_seeds_and_a_second_leaves_the_database_as_it_is(
    database: Any,
) -> None:
    with playground(database.url) as process:
        assert main_rows(process) == ROWS
        assert process.output.count("Seeding: ") > 2
        process.ask(
            'mutation { addComment(input: {postId: 1, authorId: 1, body: "Hi"})'
            "{ comment { id } } }"
        )
    before = dump(database.engine)

    with playground(database.url, "--scale=2", "--seed=7") as process:
        assert main_rows(process) == {**ROWS, "comments": 3_001}
        assert "has rows already and stays as it is" in process.output
        assert "Seeding" not in process.output
    assert dump(database.engine) == before


def test_rows_are_the_same_on_every_driver(database: Any, tmp_path: Path) -> None:
    reference = f"sqlite:///{tmp_path}/reference.sqlite3"
    assert prepare_database(reference)
    assert prepare_database(database.url)

    assert dump(database.engine) == dump_of(reference)


def dump_of(url: str) -> dict[str, list[Any]]:
    engine = create_engine(url)
    try:
        return dump(engine)
    finally:
        engine.dispose()


def test_rows_follow_from_scale_and_seed(tmp_path: Path) -> None:
    def rows(name: str, **options: int) -> dict[str, list[Any]]:
        url = f"sqlite:///{tmp_path}/{name}.sqlite3"
        prepare_database(url, **options)
        return dump_of(url)

    first = rows("first")
    assert rows("again") == first
    assert rows("other", seed=2)["posts"] != first["posts"]
    doubled = rows("doubled", scale=2)
    for table, count in ROWS.items():
        assert len(first[table]) == count
        assert len(doubled[table]) == 2 * count


def test_new_rows_are_numbered_after_the_seeded_ones(database: Any) -> None:
    prepare_database(database.url)

    with Session(database.engine) as session:
        comment = Comment(body="Hi", created_at=START, post_id=1, author_id=1)
        follow = FollowNotification(created_at=START, recipient_id=1, follower_id=2)
        session.add_all([comment, follow])
        session.flush()
        assert comment.id == ROWS["comments"] + 1
        others = select(func.max(Notification.id)).where(Notification.id != follow.id)
        assert follow.id == session.scalars(others).one() + 1


@pytest.mark.parametrize("count", [2, None], ids=["some", "all"])
def test_empty_tables_are_filled(database: Any, count: int | None) -> None:
    Base.metadata.create_all(database.engine, Base.metadata.sorted_tables[:count])

    assert prepare_database(database.url)
    assert {name: len(dump(database.engine)[name]) for name in ROWS} == ROWS


def test_tables_of_another_application_stay_beside_those_of_the_playground(
    database: Any,
) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE invoices (id INTEGER)"))
        connection.execute(text("INSERT INTO invoices VALUES (17)"))

    assert prepare_database(database.url)
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT id FROM invoices")) == 17


@pytest.mark.parametrize("filled", [True, False], ids=["filled", "empty"])
def test_table_of_the_same_name_but_another_shape_is_not_touched(
    database: Any, filled: bool
) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE users (id INTEGER, nick VARCHAR(9))"))
        if filled:
            connection.execute(text("INSERT INTO users VALUES (1, 'zoe')"))

    with pytest.raises(PlaygroundError) as raised:
        prepare_database(database.url)

    assert str(raised.value) == (
        "The database has a table 'users' that is not the playground's, or that of "
        "another version of it: expected the columns ['bio', 'email', 'first_name', "
        "'id', 'joined_at', 'last_name', 'username'], found ['id', 'nick']. Nothing "
        "was changed. Name another database, or delete this one if the playground "
        "made it."
    )
    assert inspect(database.engine).get_table_names() == ["users"]
    with database.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM users")).all()
    assert rows == ([(1, "zoe")] if filled else [])


@pytest.mark.parametrize("filled", [True, False], ids=["filled", "empty"])
def test_view_of_the_same_name_is_not_touched(database: Any, filled: bool) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE people (id INTEGER)"))
        connection.execute(text("CREATE VIEW users AS SELECT * FROM people"))
        if filled:
            connection.execute(text("INSERT INTO people VALUES (1)"))

    with pytest.raises(PlaygroundError) as raised:
        prepare_database(database.url)

    assert str(raised.value) == (
        "The database has a view or a foreign table 'users', which is not the "
        "playground's: it would have a table of that name. Nothing was changed. Name "
        "another database."
    )
    assert inspect(database.engine).get_table_names() == ["people"]


@pytest.mark.parametrize("database", ["psycopg", "asyncpg"], indirect=True)
@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("CREATE MATERIALIZED VIEW users AS SELECT 1 AS id", "view or a foreign table"),
        ("CREATE TYPE users AS (id integer)", "type"),
        ("CREATE TYPE users AS ENUM ('a')", "type"),
        ("CREATE DOMAIN users AS text", "type"),
    ],
)
def test_what_has_the_same_name_on_postgresql_is_not_touched(
    database: Any, statement: str, kind: str
) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(statement))

    with pytest.raises(PlaygroundError, match=f"has a {kind} 'users'"):
        prepare_database(database.url)
    assert inspect(database.engine).get_table_names() == []


def test_rows_without_the_other_tables_are_not_touched(database: Any) -> None:
    tags = Base.metadata.tables["tags"]
    with database.engine.begin() as connection:
        tags.create(connection)
        connection.execute(tags.insert().values(id=1, name="mine"))

    with pytest.raises(PlaygroundError, match="has rows in tags but no table announc"):
        prepare_database(database.url)
    assert inspect(database.engine).get_table_names() == ["tags"]


def seeding_process(url: Any) -> Any:
    """Start a seeding that takes long enough to be interrupted."""
    return playground(url, "--scale=10")


def test_killed_seeding_leaves_no_rows_and_the_next_start_seeds(database: Any) -> None:
    with seeding_process(database.url) as process:
        process.wait_for_output(r"Seeding: [2-9]\d,\d{3} of")
        assert process.stop(signal.SIGKILL) == -signal.SIGKILL
        assert "The playground is at" not in process.output

    if database.engine.dialect.name == "sqlite":
        assert not Path(database.url.database).exists()
    assert prepare_database(database.url)
    assert {name: len(dump(database.engine)[name]) for name in ROWS} == ROWS


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """Let Ctrl+C end what a test starts, also where the tests run in the background.

    There a shell has SIGINT ignored, by them and by what they start.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("driver", ["sqlite", "sqlite+aiosqlite"])
def test_interrupted_seeding_cleans_up(
    tmp_path: Path, driver: str, number: signal.Signals
) -> None:
    with seeding_process(f"{driver}:///{tmp_path}/blog.sqlite3") as process:
        process.wait_for_output(r"Seeding: [2-9]\d,\d{3} of")
        assert process.stop(number) == 128 + number, process.output
        assert "Traceback" not in process.output

    assert list(tmp_path.iterdir()) == []


def test_two_first_starts_at_once_give_one_complete_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/blog.sqlite3"
    with playground(url) as one, playground(url) as other:
        assert main_rows(one) == ROWS
        assert main_rows(other) == ROWS

    assert [path.name for path in tmp_path.iterdir()] == ["blog.sqlite3"]


def test_empty_file_is_a_new_database(tmp_path: Path) -> None:
    file = tmp_path / "blog.sqlite3"
    file.touch()

    assert prepare_database(f"sqlite:///{file}")
    assert not prepare_database(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM posts").fetchone() == (1_000,)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite://", "The playground cannot serve 'sqlite://': a SQLite database in "),
        ("sqlite:////no/such/folder/x.sqlite3", "There is no folder '/no/such/folder'"),
        ("nonsense", "The database can't be used: Could not parse SQLAlchemy URL"),
        (
            "oracle://x",
            "The database can't be used: No module named 'oracledb'. Install ",
        ),
        ("sqlite:////proc/x.sqlite3", "The database can't be used: "),
        ("db2://x", "The database can't be used: Can't load plugin: sqlalchemy.dialec"),
        ("postgresql://u:secret@127.0.0.1:1/x", "The database can't be used: "),
        ("postgresql+asyncpg://u:secret@127.0.0.1:1/x", "The database can't be used: "),
        ("mariadb://u:secret@127.0.0.1:1/x", "The database can't be used: "),
        ("mariadb+aiomysql://u:secret@127.0.0.1:1/x", "The database can't be used: "),
    ],
)
def test_database_that_cannot_be_used_is_one_sentence(url: str, message: str) -> None:
    with pytest.raises(PlaygroundError) as raised:
        prepare(Namespace(database=url, scale=1, seed=1))

    assert str(raised.value).startswith(message)
    assert "secret" not in str(raised.value)
    assert re.search("[Nn]ame|--database", str(raised.value))


def test_program_that_cannot_start_says_why_and_ends() -> None:
    with playground("sqlite://") as process:
        assert process.wait() == 1
        assert process.output == (
            "error: The playground cannot serve 'sqlite://': a SQLite database in "
            "memory is gone with its connection. Name a file: "
            "sqlite:///blog.sqlite3.\n"
        )


def test_port_in_use_is_said_before_anything_is_seeded(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        url = f"sqlite:///{tmp_path}/blog.sqlite3"
        with playground(url, f"--port={port}") as process:
            assert process.wait() == 1
            assert process.output.startswith(
                f"error: Can't serve at 127.0.0.1, port {port}: "
            )

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--port=99999", "'99999' is not a port, which are 0 to 65535"),
        ("--port=x", "'x' is not a port, which are 0 to 65535"),
        ("--scale=0", "'0' is not a whole number of 1 or more"),
    ],
)
def test_a_number_that_is_none_is_told(
    option: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        make_parser("playground", "").parse_args([option])

    assert capsys.readouterr().err.endswith(f"{option.split('=')[0]}: {message}\n")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),  # noqa: S104
        ("::", "http://[::1]:80"),
        ("blog.example", "http://blog.example:80"),
    ],
)
def test_the_greeting_names_an_address_that_a_browser_finds(
    host: str, url: str
) -> None:
    assert address(host, 80) == url


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_terminal_gets_one_line_that_grows() -> None:
    terminal = Terminal()
    progress = Progress("Seeding", 2_000, terminal)

    progress.advance(1_000)
    progress.advance(1_000)

    assert terminal.getvalue() == (
        f"\rSeeding {'█' * 15}{'░' * 15} 1,000 of 2,000 rows"
        f"\rSeeding {'█' * 30} 2,000 of 2,000 rows\n"
    )


def test_log_gets_a_line_for_each_tenth() -> None:
    log = io.StringIO()
    progress = Progress("Seeding", 1_000, log)

    for _ in range(100):
        progress.advance(10)

    lines = log.getvalue().splitlines()
    assert lines[0] == "Seeding: 10 of 1,000 rows"
    assert lines[-1] == "Seeding: 1,000 of 1,000 rows"
    assert len(lines) == 11
