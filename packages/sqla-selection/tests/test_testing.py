from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError

import pytest
from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    select,
    text,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool
from sqlalchemy.schema import CreateTable

from sqla_selection.testing import Statement, count_statements

users = Table(
    "users",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("name", String),
)


@pytest.fixture
def engine(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/test.db")
    with engine.begin() as connection:
        users.create(connection)
        connection.execute(insert(users), [{"name": "Ada"}, {"name": "Grace"}])
    yield engine
    engine.dispose()


def listeners(engine):
    return [
        *engine.dispatch.before_cursor_execute,
        *engine.dispatch.after_cursor_execute,
    ]


def test_counts_what_is_executed_inside_the_block(engine):
    with engine.connect() as connection:
        connection.execute(select(users))
        with count_statements(engine) as statements:
            connection.execute(select(users.c.name).where(users.c.id == 2))
        connection.execute(select(users))

    assert len(statements) == 1
    statement = statements[0]
    assert " ".join(statement.sql.split()) == (
        "SELECT users.name FROM users WHERE users.id = ?"
    )
    assert statement.parameters == (2,)
    assert statement.executemany is False
    assert statement.duration > 0


def test_an_executemany_is_one_statement_with_its_rows(engine):
    with count_statements(engine) as statements, engine.begin() as connection:
        connection.execute(insert(users), [{"name": "Mary"}, {"name": "Joan"}])

    statements.expect(1)
    assert statements[0].executemany is True
    assert statements[0].parameters == [("Mary",), ("Joan",)]
    assert statements[0].rows == 2


def test_rows_of_a_select_are_those_that_were_fetched(engine):
    with count_statements(engine) as statements, engine.connect() as connection:
        result = connection.execute(select(users))
        assert statements[0].rows == 0
        result.fetchone()
        assert statements[0].rows == 1
        result.all()

    assert statements[0].rows == 2


def test_nested_blocks_both_count_rows(engine):
    with (
        count_statements(engine) as outer,
        count_statements(engine) as inner,
        engine.connect() as connection,
    ):
        connection.execute(select(users)).fetchmany(1)
        connection.execute(select(users)).all()

    assert [one.rows for one in outer] == [one.rows for one in inner] == [1, 2]


def test_what_has_no_rows_tells_of_none(engine):
    with count_statements(engine) as statements, engine.begin() as connection:
        connection.execute(
            CreateTable(Table("others", MetaData(), Column("id", Integer)))
        )

    assert statements[0].rows is None


def test_transaction_control_and_the_first_connection_are_not_counted(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/fresh.db")
    with count_statements(engine) as statements, engine.begin() as connection:
        connection.execute(text("SELECT 1"))
    engine.dispose()

    statements.expect(1)


def test_a_savepoint_is_counted(engine):
    with (
        count_statements(engine) as statements,
        engine.begin() as connection,
        connection.begin_nested(),
    ):
        connection.execute(text("SELECT 1"))

    assert [statement.sql.split()[0] for statement in statements] == [
        "SAVEPOINT",
        "SELECT",
        "RELEASE",
    ]


def test_a_statement_that_fails_is_counted_and_has_no_duration(engine):
    with count_statements(engine) as statements, engine.connect() as connection:
        with pytest.raises(OperationalError):
            connection.execute(text("SELECT * FROM nowhere"))
        connection.execute(text("SELECT 1"))

    assert [statement.sql for statement in statements] == [
        "SELECT * FROM nowhere",
        "SELECT 1",
    ]
    assert statements[0].duration is None
    assert statements[1].duration is not None


def test_a_statement_is_there_as_soon_as_it_is_started(engine):
    seen = []

    with count_statements(engine) as statements, engine.connect() as connection:

        @event.listens_for(engine, "after_cursor_execute")
        def look(*_args):
            seen.append(len(statements))

        connection.execute(text("SELECT 1"))

    assert seen == [1]


def test_the_sql_is_what_other_listeners_made_of_it(engine):
    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def comment(_connection, _cursor, sql, parameters, _context, _executemany):
        return f"/* traced */ {sql}", parameters

    with count_statements(engine) as statements, engine.connect() as connection:
        connection.execute(text("SELECT 1"))

    assert statements[0].sql == "/* traced */ SELECT 1"


def test_listeners_are_removed_also_when_the_block_raises(engine):
    before = listeners(engine)

    def count_and_raise():
        with count_statements(engine):
            assert len(listeners(engine)) == len(before) + 2
            raise LookupError

    with pytest.raises(LookupError):
        count_and_raise()

    assert listeners(engine) == before


def test_nested_blocks_each_count_their_own(engine):
    with count_statements(engine) as outer, engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        with count_statements(engine) as inner:
            connection.execute(text("SELECT 2"))
        connection.execute(text("SELECT 3"))

    assert [statement.sql for statement in inner] == ["SELECT 2"]
    assert [statement.sql for statement in outer] == [
        "SELECT 1",
        "SELECT 2",
        "SELECT 3",
    ]


def test_another_engine_is_not_counted(engine, tmp_path):
    other = create_engine(f"sqlite:///{tmp_path}/test.db")
    with count_statements(engine) as statements, other.connect() as connection:
        connection.execute(select(users))
    other.dispose()

    statements.expect(0)


def test_an_engine_with_execution_options_counts_as_the_engine(engine):
    logged = engine.execution_options(stream_results=True)
    with count_statements(engine) as statements, logged.connect() as connection:
        connection.execute(select(users))

    statements.expect(1)


def test_the_class_counts_every_engine(engine, tmp_path):
    other = create_engine(f"sqlite:///{tmp_path}/test.db")
    with (
        count_statements(Engine) as statements,
        engine.connect() as connection,
        other.connect() as another,
    ):
        connection.execute(text("SELECT 1"))
        another.execute(text("SELECT 2"))
    with other.connect() as another:
        another.execute(text("SELECT 3"))
    other.dispose()

    assert [statement.sql for statement in statements] == ["SELECT 1", "SELECT 2"]


def test_threads_are_counted_together(engine):
    def read(user_id):
        with engine.connect() as connection:
            for _ in range(20):
                connection.execute(select(users).where(users.c.id == user_id)).all()

    with (
        count_statements(engine) as statements,
        ThreadPoolExecutor(max_workers=8) as executor,
    ):
        list(executor.map(read, range(8)))

    statements.expect(160)
    assert all(statement.duration is not None for statement in statements)
    assert sorted(statement.parameters[0] for statement in statements) == sorted(
        list(range(8)) * 20
    )


def test_a_slice_is_a_list_of_statements(engine):
    with count_statements(engine) as statements, engine.connect() as connection:
        for number in range(3):
            connection.execute(text(f"SELECT {number}"))

    assert [statement.sql for statement in statements[1:]] == ["SELECT 1", "SELECT 2"]
    assert statements[-1].sql == "SELECT 2"


def test_a_statement_is_frozen():
    statement = Statement("SELECT 1", (), executemany=False)

    with pytest.raises(FrozenInstanceError):
        statement.sql = "SELECT 2"


def test_repr_shows_every_statement_with_its_parameters(engine):
    with count_statements(engine) as statements, engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        connection.execute(text("SELECT name\nFROM users\nWHERE id = :id"), {"id": 2})

    assert repr(statements) == (
        "2 statements:\n"
        "  1. SELECT 1\n"
        "  2. SELECT name\n"
        "     FROM users\n"
        "     WHERE id = ?\n"
        "     parameters: (2,)"
    )


def test_repr_shortens_long_parameter_lists(engine):
    with count_statements(engine) as statements, engine.connect() as connection:
        connection.execute(select(users).where(users.c.id.in_(range(100))))

    assert "18, 19, ...)" in repr(statements)


def test_repr_of_none_and_of_one(engine):
    with count_statements(engine) as statements, engine.connect() as connection:
        assert repr(statements) == "0 statements."
        connection.execute(text("SELECT 1"))
        assert repr(statements) == "1 statement:\n  1. SELECT 1"


def test_expect_shows_every_statement_when_the_count_differs(engine):
    with count_statements(engine) as statements, engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        connection.execute(text("SELECT 2"))

    statements.expect(2)
    with pytest.raises(AssertionError) as caught:
        statements.expect(1)
    assert str(caught.value) == (
        "Expected 1, got 2 statements:\n  1. SELECT 1\n  2. SELECT 2"
    )


def test_in_memory_database_of_one_connection():
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with count_statements(engine) as statements, engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    engine.dispose()

    statements.expect(1)
