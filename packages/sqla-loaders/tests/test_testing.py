from sqlalchemy import Column, Integer, MetaData, Table, select, text
from sqlalchemy.ext.asyncio import create_async_engine

import sqla_loaders.testing
import sqla_selection.testing
from sqla_loaders.testing import count_statements

users = Table("users", MetaData(), Column("id", Integer, primary_key=True))


def test_the_names_are_those_of_sqla_selection():
    for name in sqla_selection.testing.__all__:
        ours = getattr(sqla_loaders.testing, name)
        assert ours is getattr(sqla_selection.testing, name)


async def test_an_async_engine_is_counted(tmp_path):
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/test.db")
    with count_statements(engine) as statements:
        async with engine.begin() as connection:
            await connection.run_sync(users.metadata.create_all)
    with count_statements(engine) as selects:
        async with engine.connect() as connection:
            await connection.execute(select(users))
    await engine.dispose()

    assert any("CREATE TABLE users" in statement.sql for statement in statements)
    selects.expect(1)


async def test_every_driver_is_counted(database):
    two = text("SELECT 1 UNION ALL SELECT 2")
    with count_statements(database.counted_engine) as statements:
        if database.is_async:
            async with database.session_factory()() as session:
                found = (await session.execute(two)).all()
        else:
            with database.session_factory()() as session:
                found = session.execute(two).all()

    statements.expect(1)
    assert len(found) == statements[0].rows == 2
