import asyncio
import gc
import re
from functools import partial
from wsgiref.util import setup_testing_defaults

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import (
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import Session, sessionmaker

from ariadne_sqla import ConfigurationError, serialized
from ariadne_sqla.closing import close_async
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
    async def test_an_error_while_closing_is_logged(
        self, async_engine, caplog, cancelled
    ):
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
            with pytest.raises(asyncio.CancelledError):
                await task
        else:
            await task

        [record] = caplog.records
        assert record.name == "ariadne_sqla"
        assert record.getMessage() == "The session of a request failed to close."
        assert record.exc_info[0] is ConnectionError

    @pytest.mark.parametrize("is_async", [False, True])
    async def test_an_error_while_closing_leaves_the_applications_exception(
        self, engine, async_engine, caplog, is_async
    ):
        class BrokenSession(Session):
            def close(self):
                super().close()
                raise ConnectionError

        class BrokenAsyncSession(AsyncSession):
            async def close(self):
                await super().close()
                raise ConnectionError

        async def app(_scope, _receive, _send):
            raise LookupError

        factory = (
            async_sessionmaker(async_engine, class_=BrokenAsyncSession)
            if is_async
            else sessionmaker(engine, class_=BrokenSession)
        )
        with pytest.raises(LookupError):
            await request(SQLAlchemySessionMiddleware(app, factory))

        assert [record.exc_info[0] for record in caplog.records] == [ConnectionError]

    async def test_it_is_closed_before_a_finished_response_is_sent(self, async_engine):
        checked_out = []

        async def send_slowly(message):
            checked_out.append((message["type"], async_engine.pool.checkedout()))

        async def app(scope, _receive, send):
            await scope["state"]["session"].execute(SELECT)
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body", "body": b"done"})

        middleware = SQLAlchemySessionMiddleware(app, async_sessionmaker(async_engine))
        await middleware({"type": "http"}, receive, send_slowly)

        assert checked_out == [("http.response.start", 0), ("http.response.body", 0)]

    async def test_a_stream_may_run_statements_until_its_last_piece(self, engine):
        checked_out = []

        async def send_slowly(message):
            checked_out.append((message.get("body"), engine.pool.checkedout()))

        async def app(scope, _receive, send):
            session = scope["state"]["session"]
            session.execute(SELECT)
            await send({"type": "http.response.start", "status": 200})
            for row in session.execute(SELECT):
                body = str(row).encode()
                message = {"type": "http.response.body", "body": body}
                await send({**message, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

        middleware = SQLAlchemySessionMiddleware(app, sessionmaker(engine))
        await middleware({"type": "http"}, receive, send_slowly)

        assert checked_out == [(None, 0), (b"(1,)", 1), (b"", 0)]

    async def test_a_route_may_keep_its_session_while_it_streams(self, async_engine):
        checked_out = []

        async def send_slowly(message):
            checked_out.append((message.get("body"), async_engine.pool.checkedout()))

        async def app(scope, _receive, send):
            rows = await scope["state"]["session"].stream(SELECT)
            scope["state"]["keep_session"] = True
            await send({"type": "http.response.start", "status": 200})
            async for row in rows:
                body = str(row).encode()
                message = {"type": "http.response.body", "body": body}
                await send({**message, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

        middleware = SQLAlchemySessionMiddleware(app, async_sessionmaker(async_engine))
        await middleware({"type": "http"}, receive, send_slowly)

        assert checked_out == [(None, 1), (b"(1,)", 1), (b"", 1)]
        assert async_engine.pool.checkedout() == 0

    async def test_a_factory_that_needs_an_argument_is_given_the_scope(self, engine):
        seen = []

        def session_of(scope):
            return Session(engine, info={"viewer": scope["state"]["viewer"]})

        async def app(scope, _receive, _send):
            seen.append(scope["state"]["session"].info)

        middleware = SQLAlchemySessionMiddleware(app, session_of)
        for viewer in ("ada", "bob"):
            await request(middleware, {"type": "http", "state": {"viewer": viewer}})

        assert seen == [{"viewer": "ada"}, {"viewer": "bob"}]

    @pytest.mark.parametrize(
        "factory", [Session, partial(Session, info={}), lambda bind=None: Session(bind)]
    )
    async def test_a_factory_that_can_do_without_is_given_nothing(self, factory):
        seen = []

        async def app(scope, _receive, _send):
            seen.append(scope["state"]["session"].bind)

        await request(SQLAlchemySessionMiddleware(app, factory))

        assert seen == [None]

    def test_a_factory_that_needs_more_is_refused(self):
        message = (
            "`session_factory` of SQLAlchemySessionMiddleware needs 2 arguments. It is "
            "called with none, or with the ASGI scope."
        )
        with pytest.raises(ConfigurationError, match=re.escape(message)):
            SQLAlchemySessionMiddleware(None, lambda scope, engine: Session(engine))

    def test_a_factory_that_waits_is_refused(self):
        async def session_of(scope):
            return AsyncSession()

        with pytest.raises(ConfigurationError, match="without waiting"):
            SQLAlchemySessionMiddleware(None, session_of)


class WebSocket:
    """Messages that come in one after another, and what is seen when one goes out."""

    def __init__(self, engine, *messages):
        self.engine = engine
        self.messages = ["connect", *messages]
        self.seen = []

    async def receive(self):
        message = self.messages.pop(0)
        self.seen.append((message, self.engine.pool.checkedout()))
        return {"type": f"websocket.{message}"}

    async def send(self, message):
        self.seen.append((message["type"], self.engine.pool.checkedout()))

    async def run(self, app, factory):
        middleware = SQLAlchemySessionMiddleware(app, factory)
        await middleware({"type": "websocket"}, self.receive, self.send)


class TestWebSocket:
    async def test_each_message_begins_an_operation_with_its_session(self, engine):
        sessions = []

        async def app(scope, receive, _send):
            for _ in range(3):
                await receive()
                sessions.append(scope["state"]["session"])
                assert scope["state"].get("session") is sessions[-1]

        await WebSocket(engine, "receive", "receive").run(app, sessionmaker(engine))

        assert len({*sessions}) == 3

    async def test_its_factory_sees_what_the_application_has_noted(self, engine):
        seen = []

        async def app(scope, receive, _send):
            for viewer in (None, "ada", "bob"):
                await receive()
                scope["state"]["viewer"] = viewer
                seen.append(scope["state"]["session"].info)

        def session_of(scope):
            return Session(engine, info={"viewer": scope["state"]["viewer"]})

        await WebSocket(engine, "receive", "receive").run(app, session_of)

        assert seen == [{"viewer": None}, {"viewer": "ada"}, {"viewer": "bob"}]

    @pytest.mark.parametrize("is_async", [False, True])
    async def test_who_waits_for_a_client_holds_no_connection(
        self, engine, async_engine, is_async
    ):
        async def app(scope, receive, send):
            for _ in range(3):
                await receive()
                for _ in range(2):
                    done = scope["state"]["session"].execute(SELECT)
                    if is_async:
                        await done
                    await send({"type": "websocket.send"})
                done = scope["state"]["session"].execute(SELECT)
                if is_async:
                    await done

        used = async_engine if is_async else engine
        websocket = WebSocket(used, "receive", "disconnect")
        factory = async_sessionmaker if is_async else sessionmaker
        await websocket.run(app, factory(used))

        assert [out for _, out in websocket.seen] == [0] * 9
        assert used.pool.checkedout() == 0

    async def test_a_session_that_was_taken_once_is_closed_each_time(self, engine):
        async def app(scope, receive, _send):
            session = scope["state"]["session"]
            for _ in range(3):
                await receive()
                session.execute(SELECT)

        websocket = WebSocket(engine, "receive", "receive")
        await websocket.run(app, sessionmaker(engine))

        assert [out for _, out in websocket.seen] == [0, 0, 0]
        assert engine.pool.checkedout() == 0

    async def test_operations_at_the_same_time_do_not_share_a_session(
        self, async_engine
    ):
        in_use, done = asyncio.Event(), asyncio.Event()
        tasks, same = [], []

        async def app(scope, receive, send):
            async def event(session):
                await session.execute(SELECT)
                same.append(session is scope["state"]["session"])
                in_use.set()
                await done.wait()
                assert session.in_transaction()
                await send({"type": "websocket.event"})

            await receive()
            tasks.append(asyncio.create_task(event(scope["state"]["session"])))
            await receive()
            await in_use.wait()
            await scope["state"]["session"].execute(SELECT)
            await send({"type": "websocket.answer"})
            done.set()
            await tasks[0]

        websocket = WebSocket(async_engine, "receive")
        await websocket.run(app, async_sessionmaker(async_engine))

        assert same == [True]
        assert websocket.seen[2:] == [("websocket.answer", 1), ("websocket.event", 0)]

    async def test_all_are_closed_when_a_websocket_is_cancelled(self, async_engine):
        in_use = asyncio.Event()

        async def app(scope, receive, _send):
            async def event():
                await scope["state"]["session"].execute(SELECT)

            await receive()
            await asyncio.create_task(event())
            assert async_engine.pool.checkedout() == 1
            in_use.set()
            await asyncio.Event().wait()

        websocket = WebSocket(async_engine)
        task = asyncio.create_task(websocket.run(app, async_sessionmaker(async_engine)))
        await in_use.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        assert async_engine.pool.checkedout() == 0

    async def test_the_state_may_be_copied_and_written(self, engine):
        async def app(scope, receive, _send):
            await receive()
            copied = {**scope["state"]}
            assert copied == {"name": "x", "session": scope["state"]["session"]}
            scope["state"]["session"] = "another"
            assert scope["state"]["session"] == "another"

        middleware = SQLAlchemySessionMiddleware(app, sessionmaker(engine))
        websocket = WebSocket(engine)
        scope = {"type": "websocket", "state": {"name": "x"}}
        await middleware(scope, websocket.receive, websocket.send)


def call(app, **environ):
    setup_testing_defaults(environ)
    return app(environ, lambda *_args: None)


class TestWSGI:
    def test_a_factory_that_needs_an_argument_is_given_the_environ(self, engine):
        def session_of(environ):
            return Session(engine, info={"path": environ["PATH_INFO"]})

        def app(environ, start_response):
            start_response("200 OK", [])
            return [environ["ariadne_sqla.session"].info["path"].encode()]

        assert call(SQLAlchemySessionWSGIMiddleware(app, session_of)) == [b"/"]

    def test_a_factory_that_needs_more_is_refused(self):
        message = "needs 2 arguments. It is called with none, or with the WSGI environ."
        with pytest.raises(ConfigurationError, match=re.escape(message)):
            SQLAlchemySessionWSGIMiddleware(None, lambda environ, bind: Session(bind))

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

    @pytest.mark.parametrize("fails", [False, True])
    def test_an_error_while_closing_is_logged(self, engine, caplog, fails):
        class BrokenSession(Session):
            def close(self):
                super().close()
                raise ConnectionError

        def app(environ, start_response):
            if fails:
                raise LookupError
            start_response("200 OK", [])
            return [b"done"]

        factory = sessionmaker(engine, class_=BrokenSession)
        middleware = SQLAlchemySessionWSGIMiddleware(app, factory)
        if fails:
            with pytest.raises(LookupError):
                call(middleware)
        else:
            assert call(middleware) == [b"done"]

        assert [record.exc_info[0] for record in caplog.records] == [ConnectionError]


async def test_an_async_session_is_closed_when_nothing_runs_on_it(async_engine):
    session = AsyncSession(async_engine)
    async with serialized(session):
        task = asyncio.create_task(close_async(session))
        assert await session.scalar(SELECT) == 1
        for _ in range(10):
            await asyncio.sleep(0)
        assert not task.done()
        assert async_engine.pool.checkedout() == 1
    await task

    assert async_engine.pool.checkedout() == 0
