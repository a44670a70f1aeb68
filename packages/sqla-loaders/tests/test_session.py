import asyncio
from contextlib import contextmanager
from inspect import iscoroutinefunction

import pytest
from sqlalchemy import event, func, insert, select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.asyncio import (
    AsyncSession,
    async_scoped_session,
    async_sessionmaker,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    scoped_session,
    sessionmaker,
)

from sqla_loaders import SerializedAsyncSession, serialized
from sqla_loaders.session import (
    Cause,
    cause_of_statements,
    close,
    observer_of_work,
    run,
    unscoped,
)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default="")


COUNT = select(func.count()).select_from(User)


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


class TestRun:
    def test_gives_the_result_at_once_on_a_session(self, file_engine):
        with Session(file_engine) as session:
            assert run(session, lambda sync: (sync, sync.scalar(COUNT))) == (session, 3)

    async def test_gives_an_awaitable_on_an_async_session(self, async_engine):
        async with AsyncSession(async_engine) as session:
            result = run(session, lambda sync: (sync, sync.scalar(COUNT)))

            assert await result == (session.sync_session, 3)

    def test_takes_a_scoped_session(self, file_engine):
        scoped = scoped_session(sessionmaker(file_engine))

        assert run(scoped, lambda sync: sync) is scoped()
        scoped.remove()

    async def test_takes_an_async_scoped_session(self, async_engine):
        scoped = async_scoped_session(
            async_sessionmaker(async_engine), asyncio.current_task
        )

        assert await run(scoped, lambda sync: sync) is scoped().sync_session
        await scoped.remove()

    async def test_raises_what_the_work_raises(self, any_session):
        def work(_):
            msg = "no"
            raise ValueError(msg)

        with pytest.raises(ValueError, match="no"):
            await run(any_session, work)
        result = run(any_session, lambda sync: sync.scalar(COUNT))
        assert (await result if hasattr(result, "__await__") else result) == 3

    async def test_tells_the_cause_of_its_statements_while_it_runs(self, any_session):
        cause = Cause("fallback", ("users", 0), "Query.users", why="Because.")
        seen = []
        sync = getattr(any_session, "sync_session", any_session)
        event.listen(
            sync, "do_orm_execute", lambda _: seen.append(cause_of_statements.get())
        )

        result = run(any_session, lambda sync: sync.scalar(COUNT), cause)
        if hasattr(result, "__await__"):
            await result

        assert seen == [cause]
        assert cause_of_statements.get() is None

    async def test_is_observed_where_the_request_has_an_observer(self, any_session):
        seen = []

        @contextmanager
        def observer(cause):
            seen.append(("start", cause))
            yield
            seen.append(("end", cause))

        async def count(*cause):
            result = run(any_session, lambda sync: sync.scalar(COUNT), *cause)
            return await result if hasattr(result, "__await__") else result

        cause = Cause("eager")
        token = observer_of_work.set(observer)
        try:
            assert await count(cause) == 3
            assert await count() == 3  # work of nobody's is not observed
        finally:
            observer_of_work.reset(token)
        assert await count(cause) == 3
        assert seen == [("start", cause), ("end", cause)]

    async def test_in_tasks_at_once_takes_turns(self, async_engine):
        running = 0

        def work(sync):
            nonlocal running
            running += 1
            assert running == 1
            count = sync.scalar(COUNT)
            running -= 1
            return count

        async with AsyncSession(async_engine) as session:
            counts = await asyncio.gather(*(run(session, work) for _ in range(10)))

        assert counts == [3] * 10

    async def test_on_different_sessions_does_not_wait(self, async_engine):
        one, two = AsyncSession(async_engine), AsyncSession(async_engine)
        async with one, two, serialized(one):
            assert await run(two, lambda sync: sync.scalar(COUNT)) == 3


def test_unscoped_gives_any_other_session_as_it_is(file_engine):
    with Session(file_engine) as session:
        assert unscoped(session) is session


class TestSerialized:
    async def test_lets_a_plain_async_session_be_used_by_tasks(self, async_engine):
        async with AsyncSession(async_engine) as session:

            async def count():
                async with serialized(session) as held:
                    assert held is session
                    return await session.scalar(COUNT)

            counts = await asyncio.gather(
                count(), run(session, lambda sync: sync.scalar(COUNT)), count()
            )

        assert counts == [3, 3, 3]

    async def test_is_what_a_plain_async_session_lacks(self, async_engine):
        async with AsyncSession(async_engine) as session:
            results = await asyncio.gather(
                *(session.scalar(COUNT) for _ in range(3)), return_exceptions=True
            )

        assert any(isinstance(result, InvalidRequestError) for result in results)

    async def test_may_be_entered_again_by_its_task(self, async_engine):
        async with AsyncSession(async_engine) as session:
            async with serialized(session), serialized(session):
                assert await run(session, lambda sync: sync.scalar(COUNT)) == 3
            assert await run(session, lambda sync: sync.scalar(COUNT)) == 3

    async def test_holds_until_the_outermost_block_ends(self, async_engine):
        order = []
        async with AsyncSession(async_engine) as session:

            async def other():
                async with serialized(session):
                    order.append("other")

            async with serialized(session):
                task = asyncio.create_task(other())
                async with serialized(session):
                    await turns()
                await turns()
                order.append("first")
            await task

        assert order == ["first", "other"]

    async def test_serves_in_the_order_of_asking(self, async_engine):
        order = []
        async with AsyncSession(async_engine) as session:

            async def ask(number):
                async with serialized(session):
                    order.append(number)

            async with serialized(session):
                tasks = [asyncio.create_task(ask(number)) for number in range(5)]
                await turns()
            await asyncio.gather(*tasks)

        assert order == [0, 1, 2, 3, 4]

    async def test_is_released_by_an_error(self, async_engine):
        async with AsyncSession(async_engine) as session:
            with pytest.raises(ZeroDivisionError):
                async with serialized(session):
                    _ = 1 / 0

            assert await run(session, lambda sync: sync.scalar(COUNT)) == 3

    async def test_is_released_by_a_cancelled_task(self, async_engine):
        async with AsyncSession(async_engine) as session:

            async def hold():
                async with serialized(session):
                    await asyncio.Event().wait()

            task = asyncio.create_task(hold())
            await turns()
            task.cancel()

            assert await run(session, lambda sync: sync.scalar(COUNT)) == 3
            assert task.cancelled()

    async def test_passes_by_a_task_that_is_cancelled_while_it_waits(
        self, async_engine
    ):
        async with AsyncSession(async_engine) as session:

            async def use():
                return await run(session, lambda sync: sync.scalar(COUNT))

            async with serialized(session):
                cancelled = asyncio.create_task(use())
                waiting = asyncio.create_task(use())
                await turns()
                cancelled.cancel()
                await turns()
            assert await waiting == 3
            assert cancelled.cancelled()


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


async def test_close_waits_for_what_runs(async_engine):
    session = AsyncSession(async_engine)
    async with serialized(session):
        task = asyncio.create_task(close(session))
        assert await session.scalar(COUNT) == 3
        await turns()
        assert not task.done()
        assert async_engine.pool.checkedout() == 1
    await task

    assert async_engine.pool.checkedout() == 0
