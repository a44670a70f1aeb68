import asyncio
import gc
from wsgiref.util import setup_testing_defaults

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import (
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import Session, sessionmaker

from ariadne_sqla.middleware import (
    SQLAlchemySessionMiddleware,
    SQLAlchemySessionWSGIMiddleware,
)

SELECT = text("SELECT 1")


@pytest.fixture
def engine(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/test.db")
    yield engine
    engine.dispose()


@pytest.fixture
async def async_engine(tmp_path):
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/test.db")
    yield engine
    await engine.dispose()


async def receive():
    return {"type": "http.request"}


async def send(_message):
    pass


async def request(app, scope=None):
    await app(scope or {"type": "http"}, receive, send)


class TestASGI:
    async def test_the_session_is_in_the_state_and_closed_afterwards(self, engine):
        sessions = []

        async def app(scope, _receive, _send):
            session = scope["state"]["session"]
            session.execute(SELECT)
            sessions.append((session, engine.pool.checkedout()))

        await request(SQLAlchemySessionMiddleware(app, sessionmaker(engine)))

        [(session, checked_out)] = sessions
        assert isinstance(session, Session)
        assert checked_out == 1
        assert engine.pool.checkedout() == 0
        assert not session.in_transaction()

    async def test_an_async_session_is_closed_afterwards(self, async_engine):
        sessions = []

        async def app(scope, _receive, _send):
            session = scope["state"]["session"]
            await session.execute(SELECT)
            sessions.append((session, async_engine.pool.checkedout()))

        middleware = SQLAlchemySessionMiddleware(app, async_sessionmaker(async_engine))
        await request(middleware)

        [(session, checked_out)] = sessions
        assert isinstance(session, AsyncSession)
        assert checked_out == 1
        assert async_engine.pool.checkedout() == 0

    async def test_each_request_has_its_own_session(self, engine):
        sessions = []

        async def app(scope, _receive, _send):
            sessions.append(scope["state"]["session"])

        middleware = SQLAlchemySessionMiddleware(app, sessionmaker(engine))
        await request(middleware)
        await request(middleware)

        assert sessions[0] is not sessions[1]

    async def test_scope_and_state_of_the_server_stay_as_they_were(self, engine):
        seen = []

        async def app(scope, _receive, _send):
            seen.append(scope["state"].keys())

        state = {"from_lifespan": object()}
        scope = {"type": "http", "path": "/", "state": state}
        await request(SQLAlchemySessionMiddleware(app, sessionmaker(engine)), scope)

        assert seen == [{"from_lifespan", "session"}]
        assert scope == {"type": "http", "path": "/", "state": state}
        assert state.keys() == {"from_lifespan"}

    async def test_a_websocket_has_a_session(self, engine):
        seen = []

        async def app(scope, _receive, _send):
            seen.append(scope["state"]["session"])

        middleware = SQLAlchemySessionMiddleware(app, sessionmaker(engine))
        await request(middleware, {"type": "websocket"})

        assert len(seen) == 1

    async def test_lifespan_passes_through_without_a_session(self, engine):
        seen = []

        async def app(scope, _receive, _send):
            seen.append(scope)

        lifespan = {"type": "lifespan", "state": {}}
        middleware = SQLAlchemySessionMiddleware(app, sessionmaker(engine))
        await request(middleware, lifespan)

        assert seen[0] is lifespan
        assert lifespan == {"type": "lifespan", "state": {}}

    async def test_a_session_takes_no_connection_before_it_is_used(self, engine):
        async def app(_scope, _receive, _send):
            assert engine.pool.checkedout() == 0

        await request(SQLAlchemySessionMiddleware(app, sessionmaker(engine)))

    async def test_what_was_not_committed_is_rolled_back(self, async_engine):
        async with async_engine.begin() as connection:
            await connection.execute(text("CREATE TABLE notes (id INTEGER)"))

        async def app(scope, _receive, _send):
            session = scope["state"]["session"]
            await session.execute(text("INSERT INTO notes VALUES (1)"))
            await session.commit()
            await session.execute(text("INSERT INTO notes VALUES (2)"))

        middleware = SQLAlchemySessionMiddleware(app, async_sessionmaker(async_engine))
        await request(middleware)

        async with async_engine.connect() as connection:
            notes = await connection.scalars(text("SELECT id FROM notes"))
            assert notes.all() == [1]

    async def test_it_is_closed_when_the_application_raises(self, engine, async_engine):
        async def app(scope, _receive, _send):
            scope["state"]["session"].execute(SELECT)
            raise LookupError

        async def async_app(scope, _receive, _send):
            await scope["state"]["session"].execute(SELECT)
            raise LookupError

        with pytest.raises(LookupError):
            await request(SQLAlchemySessionMiddleware(app, sessionmaker(engine)))
        with pytest.raises(LookupError):
            await request(
                SQLAlchemySessionMiddleware(async_app, async_sessionmaker(async_engine))
            )

        assert engine.pool.checkedout() == 0
        assert async_engine.pool.checkedout() == 0

    async def test_it_is_closed_when_the_request_is_cancelled(self, async_engine):
        started = asyncio.Event()

        async def app(scope, _receive, _send):
            await scope["state"]["session"].execute(SELECT)
            started.set()
            await asyncio.Event().wait()

        middleware = SQLAlchemySessionMiddleware(app, async_sessionmaker(async_engine))
        task = asyncio.create_task(request(middleware))
        await started.wait()
        assert async_engine.pool.checkedout() == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        assert async_engine.pool.checkedout() == 0

    async def test_it_is_closed_when_a_statement_is_cancelled(self, async_engine):
        async def app(scope, _receive, _send):
            endless = (
                "WITH RECURSIVE n AS (SELECT 1 UNION ALL SELECT 1 FROM n LIMIT 3000000)"
                "SELECT count(*) FROM n"
            )
            await scope["state"]["session"].execute(text(endless))

        middleware = SQLAlchemySessionMiddleware(app, async_sessionmaker(async_engine))
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(request(middleware), timeout=0.05)

        assert async_engine.pool.checkedout() == 0

    async def test_closing_is_finished_before_a_cancellation_goes_on(
        self, async_engine
    ):
        closing, may_close = asyncio.Event(), asyncio.Event()

        class SlowlyClosedSession(AsyncSession):
            async def close(self):
                closing.set()
                await may_close.wait()
                await super().close()

        async def app(scope, _receive, _send):
            await scope["state"]["session"].execute(SELECT)

        middleware = SQLAlchemySessionMiddleware(
            app, async_sessionmaker(async_engine, class_=SlowlyClosedSession)
        )
        task = asyncio.create_task(request(middleware))
        await closing.wait()
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert not task.done()
        assert async_engine.pool.checkedout() == 1
        may_close.set()
        with pytest.raises(asyncio.CancelledError):
            await task

        assert async_engine.pool.checkedout() == 0

    @pytest.mark.parametrize("cancelled", [False, True])
    async def test_an_error_while_closing_is_raised(self, async_engine, cancelled):
        closing = asyncio.Event()

        class BrokenSession(AsyncSession):
            async def close(self):
                await super().close()
                closing.set()
                await asyncio.sleep(0)
                raise ConnectionError

        async def app(_scope, _receive, _send):
            pass

        middleware = SQLAlchemySessionMiddleware(
            app, async_sessionmaker(async_engine, class_=BrokenSession)
        )
        task = asyncio.create_task(request(middleware))
        await closing.wait()
        if cancelled:
            task.cancel()
        with pytest.raises(asyncio.CancelledError if cancelled else ConnectionError):
            await task


def call(app, **environ):
    setup_testing_defaults(environ)
    return app(environ, lambda *_args: None)


class TestWSGI:
    def test_the_session_is_in_the_environ_until_the_response_is_closed(self, engine):
        def app(environ, start_response):
            start_response("200 OK", [])
            session = environ["ariadne_sqla.session"]
            yield str(session.scalar(SELECT)).encode()

        response = call(SQLAlchemySessionWSGIMiddleware(app, sessionmaker(engine)))
        assert list(response) == [b"1"]
        assert engine.pool.checkedout() == 1
        response.close()

        assert engine.pool.checkedout() == 0

    def test_a_finished_response_is_passed_on_and_holds_no_connection(self, engine):
        body = [b"done"]

        def app(environ, start_response):
            start_response("200 OK", [])
            environ["ariadne_sqla.session"].execute(SELECT)
            return body

        response = call(SQLAlchemySessionWSGIMiddleware(app, sessionmaker(engine)))

        assert response is body
        assert engine.pool.checkedout() == 0

    def test_it_is_closed_when_the_application_raises(self, engine):
        def app(environ, _start_response):
            environ["ariadne_sqla.session"].execute(SELECT)
            raise LookupError

        with pytest.raises(LookupError):
            call(SQLAlchemySessionWSGIMiddleware(app, sessionmaker(engine)))

        assert engine.pool.checkedout() == 0

    def test_it_is_closed_when_the_response_raises(self, engine):
        def app(environ, start_response):
            start_response("200 OK", [])
            environ["ariadne_sqla.session"].execute(SELECT)
            yield b"begun"
            raise LookupError

        response = call(SQLAlchemySessionWSGIMiddleware(app, sessionmaker(engine)))
        with pytest.raises(LookupError):
            list(response)
        response.close()

        assert engine.pool.checkedout() == 0

    def test_it_is_closed_when_the_server_never_iterates(self, engine):
        class Response:
            closed = False

            def __init__(self, session):
                session.execute(SELECT)

            def __iter__(self):
                raise AssertionError

            def close(self):
                self.closed = True

        responses = []

        def app(environ, _start_response):
            responses.append(Response(environ["ariadne_sqla.session"]))
            return responses[0]

        response = call(SQLAlchemySessionWSGIMiddleware(app, sessionmaker(engine)))
        assert engine.pool.checkedout() == 1
        response.close()

        assert responses[0].closed
        assert engine.pool.checkedout() == 0

    def test_it_is_closed_when_closing_the_response_raises(self, engine):
        class Response:
            def __iter__(self):
                return iter(())

            def close(self):
                raise LookupError

        def app(environ, _start_response):
            environ["ariadne_sqla.session"].execute(SELECT)
            return Response()

        response = call(SQLAlchemySessionWSGIMiddleware(app, sessionmaker(engine)))
        with pytest.raises(LookupError):
            response.close()

        assert engine.pool.checkedout() == 0

    def test_a_response_that_is_dropped_gives_its_connection_back(self, engine):
        def app(environ, _start_response):
            environ["ariadne_sqla.session"].execute(SELECT)
            return iter([b"unread"])

        call(SQLAlchemySessionWSGIMiddleware(app, sessionmaker(engine)))
        gc.collect()

        assert engine.pool.checkedout() == 0

    def test_an_async_sessionmaker_is_refused(self):
        with pytest.raises(TypeError) as caught:
            SQLAlchemySessionWSGIMiddleware(
                lambda _environ, _start_response: [], async_sessionmaker()
            )

        assert str(caught.value) == (
            "SQLAlchemySessionWSGIMiddleware can't use an async_sessionmaker, as a "
            "WSGI server has no event loop. Give it a sessionmaker."
        )
