import asyncio
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.asyncio import (
    AsyncSession,
    async_scoped_session,
    async_sessionmaker,
)
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from sqla_loaders import (
    Cause,
    ClosedRegistryError,
    LoaderRegistry,
    cause_of_statements,
    observer_of_work,
    run,
    serialized,
    unscoped,
)

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

    async def test_is_not_done_for_a_request_that_is_over(self, any_session):
        registry, done = LoaderRegistry(any_session), []
        registry.close()

        with pytest.raises(ClosedRegistryError, match=r"Query\.users"):
            await run(
                any_session,
                done.append,
                Cause("eager", field="Query.users"),
                registry.lifetime,
            )
        assert done == []

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
