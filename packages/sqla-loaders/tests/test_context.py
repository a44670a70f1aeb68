import pytest
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import (
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from sqla_loaders import LoaderRegistry, MissingSessionError
from sqla_loaders.context import NoSession, session_in

engine = create_engine("sqlite://")
async_engine = create_async_engine("sqlite+aiosqlite://")
CALL = (
    "Call it for each request, put there what it returns, and close that after the "
    "request."
)
SESSION_ON_IT = (
    "Put a `Session` or an `AsyncSession` on it there, a new one for each request."
)


class TestSessionIn:
    @pytest.mark.parametrize("context", [None, {}, {"session": None}, object()])
    def test_nothing_is_an_error_with_the_message_of_the_caller(self, context):
        with pytest.raises(MissingSessionError) as error:
            session_in(context, "session", "Missing.")

        assert str(error.value) == "Missing."

    def test_sessions_and_what_acts_as_one_are_returned(self):
        class Double:
            def execute(self):
                pass

        for session in (
            Session(engine),
            AsyncSession(async_engine),
            scoped_session(sessionmaker(engine)),
            Double(),
        ):
            assert session_in({"db": session}, "db", "") is session

    def test_the_session_of_the_registry_is_found_where_none_is_at_the_usual_key(self):
        own, of_registry = Session(engine), Session(engine)
        context = {"loader_registry": LoaderRegistry(of_registry)}

        assert session_in(context, "session", "") is of_registry
        assert session_in({**context, "session": own}, "session", "") is own
        with pytest.raises(MissingSessionError, match=r"^Missing\.$"):
            session_in(context, "db", "Missing.")

    def test_a_registry_without_a_session_is_an_error_with_the_same_message(self):
        context = {"loader_registry": LoaderRegistry(NoSession("None here."))}

        with pytest.raises(MissingSessionError, match=r"^Missing\.$"):
            session_in(context, "session", "Missing.")

    @pytest.mark.parametrize(
        ("value", "what", "advice"),
        [
            (sessionmaker(engine), "of the class 'sessionmaker'", CALL),
            (
                async_sessionmaker(async_engine),
                "of the class 'async_sessionmaker'",
                CALL,
            ),
            (Session, "the class 'Session'", CALL),
            (engine, "of the class 'Engine'", SESSION_ON_IT),
            (async_engine, "of the class 'AsyncEngine'", SESSION_ON_IT),
            ("sqlite://", "of the class 'str'", SESSION_ON_IT.replace(" on it", "")),
        ],
        ids=lambda value: value if isinstance(value, str) else type(value).__name__,
    )
    def test_what_is_no_session_is_said_what_it_is(self, value, what, advice):
        with pytest.raises(MissingSessionError) as error:
            session_in({"session": value}, "session", "Missing.")

        assert str(error.value) == (
            "What the GraphQL context has under 'session' is no session: it is "
            f"{what}. {advice}"
        )


class TestNoSession:
    def test_all_use_is_an_error(self):
        with pytest.raises(MissingSessionError, match="None here"):
            NoSession("None here.").execute("SELECT 1")

    def test_a_registry_may_be_made_of_it(self):
        registry = LoaderRegistry(NoSession("None here."))
        registry.close()

        assert registry.is_closed
