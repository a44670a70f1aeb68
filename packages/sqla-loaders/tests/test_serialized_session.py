import asyncio
from inspect import iscoroutinefunction

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session

from sqla_loaders import SerializedAsyncSession, run, serialized

from .blog import COUNT, Base, User


@pytest.fixture(autouse=True)
def rows(file_engine):
    Base.metadata.create_all(file_engine)
    with Session(file_engine) as session:
        session.add_all(User(id=number) for number in (1, 2, 3))
        session.commit()


async def turns():
    """Let everything run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


class TestSerializedAsyncSession:
    @pytest.fixture
    async def session(self, async_engine):
        factory = async_sessionmaker(async_engine, class_=SerializedAsyncSession)
        async with factory() as session:
            yield session

    @pytest.mark.parametrize(
        ("method", "arguments"),
        [
            ("execute", (COUNT,)),
            ("scalar", (COUNT,)),
            ("scalars", (COUNT,)),
            ("stream", (COUNT,)),
            ("stream_scalars", (COUNT,)),
            ("get", (User, 1)),
            ("get_one", (User, 1)),
            ("connection", ()),
            ("flush", ()),
            ("commit", ()),
            ("rollback", ()),
            ("close", ()),
            ("aclose", ()),
            ("reset", ()),
            ("invalidate", ()),
            ("run_sync", (lambda sync: sync.scalar(COUNT),)),
        ],
    )
    async def test_each_method_waits_for_its_turn(self, session, method, arguments):
        async with serialized(session):
            task = asyncio.create_task(getattr(session, method)(*arguments))
            await turns()
            assert not task.done()
        result = await task
        if method.startswith("stream"):
            await result.close()

    @pytest.mark.parametrize("method", ["refresh", "merge", "delete"])
    async def test_each_method_of_an_object_waits_for_its_turn(self, session, method):
        user = await session.get(User, 1)
        async with serialized(session):
            task = asyncio.create_task(getattr(session, method)(user))
            await turns()
            assert not task.done()
        await task

    def test_every_method_of_async_session_that_is_awaited_waits(self):
        awaited = {
            name
            for name in dir(AsyncSession)
            if iscoroutinefunction(getattr(AsyncSession, name))
            and not name.startswith("_")
        }
        assert "execute" in awaited
        left_out = {"close_all"}  # of the class, not of a session

        assert {
            name
            for name in awaited
            if getattr(SerializedAsyncSession, name) is getattr(AsyncSession, name)
        } <= left_out

    async def test_lets_tasks_use_it_at_once(self, session):
        counts = await asyncio.gather(
            *(session.scalar(COUNT) for _ in range(5)),
            *(run(session, lambda sync: sync.scalar(COUNT)) for _ in range(5)),
        )

        assert counts == [3] * 10

    async def test_keeps_results_and_errors_as_they_are(self, session):
        assert (await session.get(User, 1)).id == 1
        assert [user.id for user in await session.scalars(select(User))] == [1, 2, 3]
        with pytest.raises(TypeError):
            await session.get(User)
        assert session.get.__doc__ == AsyncSession.get.__doc__

    async def test_may_be_used_inside_a_block_that_holds_it(self, session):
        async with serialized(session):
            assert await session.scalar(COUNT) == 3
            assert await run(session, lambda sync: sync.scalar(COUNT)) == 3

    @pytest.mark.parametrize("begin", ["begin", "begin_nested"])
    async def test_lets_tasks_use_it_while_another_begins_and_ends(
        self, session, begin
    ):
        async def write():
            async with getattr(session, begin)():
                await session.execute(insert(User).values(name="new"))

        async def read():
            return [await session.scalar(COUNT) for _ in range(20)]

        _, counts = await asyncio.gather(write(), read())

        assert set(counts) <= {3, 4}
        assert await session.scalar(COUNT) == 4

    async def test_rolls_a_block_back_that_fails(self, session):
        async def fail():
            async with session.begin():
                session.add(User())
                await session.flush()
                _ = 1 / 0

        with pytest.raises(ZeroDivisionError):
            await fail()
        assert await session.scalar(COUNT) == 3

    async def test_may_be_begun_by_hand(self, session):
        transaction = await session.begin()
        session.add(User())
        await transaction.commit()
        savepoint = await session.begin_nested()
        session.add(User())
        await session.flush()
        await savepoint.rollback()

        assert await session.scalar(COUNT) == 4

    async def test_is_closed_by_its_block_beside_other_tasks(self, async_engine):
        async with SerializedAsyncSession(async_engine) as session:
            task = asyncio.create_task(session.scalar(COUNT))
            await turns()
        await asyncio.gather(task, return_exceptions=True)
        await session.close()

        assert async_engine.pool.checkedout() == 0
