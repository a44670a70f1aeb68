"""What a batch runs on: the session, token and options of its owners."""

import ast
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import (
    Column,
    ForeignKey,
    String,
    Table,
    and_,
    create_engine,
    event,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.ext.horizontal_shard import ShardedSession, set_shard_id
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    UserDefinedOption,
    aliased,
    lazyload,
    load_only,
    make_transient_to_detached,
    mapped_column,
    raiseload,
    relationship,
    with_loader_criteria,
)
from sqlalchemy.pool import StaticPool

import sqla_loaders
from sqla_loaders import LoaderRegistry
from sqla_loaders.errors import AsyncOwnerError, FailedBatchError
from sqla_loaders.gate import targets_of
from sqla_loaders.relationship import RelationshipQuery
from sqla_loaders.testing import count_statements
from sqla_selection import LoadPlan, RelationshipPlan


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="Post.id"
    )
    queried: Mapped[list["Post"]] = relationship(
        lazy="dynamic", viewonly=True, order_by="Post.id"
    )


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(50))
    is_draft: Mapped[bool] = mapped_column(default=False)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User] = relationship(back_populates="posts")


ranked = select(
    Post,
    func.row_number()
    .over(partition_by=Post.author_id, order_by=Post.id.desc())
    .label("place"),
).subquery()
Latest = aliased(Post, ranked)
User.latest = relationship(
    Latest,
    primaryjoin=and_(Latest.author_id == User.id, ranked.c.place == 1),
    viewonly=True,
)
Renamed = aliased(Post)
User.aliased = relationship(Renamed, viewonly=True, order_by=Renamed.id)

entries = Table(
    "entries",
    Base.metadata,
    Column("list_id", ForeignKey("lists.id"), primary_key=True),
    Column("song_id", ForeignKey("songs.id"), primary_key=True),
    Column("position", String(3)),
)


class Playlist(Base):
    __tablename__ = "lists"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    songs: Mapped[list["Song"]] = relationship(
        secondary=entries, order_by=entries.c.position, viewonly=True
    )
    first: Mapped[list["Song"]] = relationship(
        secondary=entries,
        primaryjoin=lambda: and_(
            Playlist.id == entries.c.list_id, entries.c.position < "2"
        ),
        order_by=entries.c.position,
        viewonly=True,
    )


class Song(Base):
    __tablename__ = "songs"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)


Base.registry.configure()

TITLE = LoadPlan(Post.__mapper__, frozenset({"title"}))
NAME = LoadPlan(User.__mapper__, frozenset({"name"}))


def plan_of(attribute, target, strategy=None):
    """Return the plan of a user or a post with one relationship."""
    prop = attribute.property
    planned = RelationshipPlan(prop, target, strategy)
    return LoadPlan(prop.parent, frozenset({"id"}), (planned,))


POSTS = plan_of(User.posts, TITLE)
AUTHOR = plan_of(Post.author, NAME)


def filled(name, users=(1,)):
    """Return an engine on a database of its own, which *name* is seen in."""
    engine = create_engine(
        "sqlite://",
        poolclass=StaticPool,
        connect_args={"check_same_thread": False},
    )
    Base.metadata.create_all(engine)
    fill(engine, name, users)
    return engine


def fill(engine, name, users=(1,)):
    with Session(engine) as session:
        for number in users:
            drafts = [False, True]
            posts = [
                Post(
                    id=2 * number + place,
                    title=f"{name}-{2 * number + place}",
                    is_draft=is_draft,
                )
                for place, is_draft in enumerate(drafts)
            ]
            session.add(User(id=number, name=f"{name}-{number}", posts=posts))
        session.commit()


def titles(posts):
    return [post.title for post in posts]


@pytest.fixture
def main():
    engine = filled("main")
    yield engine
    engine.dispose()


@pytest.fixture
def tenant():
    engine = filled("tenant")
    yield engine
    engine.dispose()


class TestObjectsOfAnotherSession:
    def test_are_answered_from_it(self, main, tenant):
        with Session(main) as own, Session(tenant) as other:
            registry = LoaderRegistry(own)
            user = other.scalars(select(User)).one()
            with count_statements(main) as of_main, count_statements(tenant) as sent:
                registry.complete([user], POSTS)

            assert titles(inspect(user).dict["posts"]) == ["tenant-2", "tenant-3"]
            of_main.expect(0)
            sent.expect(1)

    def test_are_filled_from_it(self, main, tenant):
        with Session(main) as own, Session(tenant) as other:
            registry = LoaderRegistry(own)
            user = other.scalars(select(User).options(load_only(User.id))).one()
            registry.complete([user], NAME)

            assert inspect(user).dict["name"] == "tenant-1"

    def test_are_told_apart_from_those_of_the_registry(self, main, tenant):
        with Session(main) as own, Session(tenant) as other:
            registry = LoaderRegistry(own)
            users = [one.scalars(select(User)).one() for one in (own, other, own)]
            with count_statements(main) as of_main, count_statements(tenant) as sent:
                registry.complete(users, POSTS)

            assert [titles(user.posts) for user in users[:2]] == [
                ["main-2", "main-3"],
                ["tenant-2", "tenant-3"],
            ]
            of_main.expect(1)
            sent.expect(1)

    def test_forget_what_was_set_with_the_registry(self, main, tenant):
        with Session(main) as own, Session(tenant) as other:
            registry = LoaderRegistry(own)
            user = other.scalars(select(User)).one()
            registry.complete([user], POSTS)
            registry.forget()

            assert "posts" not in inspect(user).dict

    async def test_of_an_async_session_are_awaited_there(self, tmp_path):
        pytest.importorskip("aiosqlite")
        engines = {}
        for name in ("main", "tenant"):
            url = f"{tmp_path}/{name}.db"
            engine = create_engine(f"sqlite:///{url}")
            Base.metadata.create_all(engine)
            fill(engine, name)
            engine.dispose()
            engines[name] = create_async_engine(f"sqlite+aiosqlite:///{url}")
        try:
            async with (
                AsyncSession(engines["main"]) as own,
                AsyncSession(engines["tenant"]) as other,
            ):
                registry = LoaderRegistry(own)
                user = (await other.scalars(select(User))).one()
                with count_statements(engines["tenant"]) as sent:
                    await registry.complete([user], POSTS)

                assert titles(user.posts) == ["tenant-2", "tenant-3"]
                sent.expect(1)
        finally:
            for engine in engines.values():
                await engine.dispose()

    def test_of_an_async_session_need_an_event_loop(self, main, tmp_path):
        pytest.importorskip("aiosqlite")
        other = AsyncSession(create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/a"))
        user = User(id=1)
        make_transient_to_detached(user)
        other.add(user)
        with Session(main) as own, pytest.raises(AsyncOwnerError) as error:
            LoaderRegistry(own).complete([user], POSTS)

        assert str(error.value) == (
            "What an object of an AsyncSession lacks cannot be loaded where no event "
            "loop runs (WSGI, `graphql_sync`). Return objects of a Session there, or "
            "load all that the client asks of them."
        )


class TestIdentityToken:
    """The same ids are in both shards, as where each tenant has a database."""

    @pytest.fixture
    def sharded(self, main, tenant):
        with ShardedSession(
            shards={"main": main, "tenant": tenant},
            shard_chooser=lambda mapper, instance, clause=None: "main",
            identity_chooser=lambda mapper, key, **_: ["main", "tenant"],
            execute_chooser=lambda context: ["main", "tenant"],
        ) as session:
            yield session

    def users(self, session):
        return [
            session.scalars(select(User).options(set_shard_id(shard, False))).one()
            for shard in ("main", "tenant")
        ]

    def test_says_where_targets_are(self, sharded, main, tenant):
        registry = LoaderRegistry(sharded)
        users = self.users(sharded)
        with count_statements(main) as of_main, count_statements(tenant) as of_tenant:
            registry.complete(users, POSTS)

        assert [titles(user.posts) for user in users] == [
            ["main-2", "main-3"],
            ["tenant-2", "tenant-3"],
        ]
        of_main.expect(1)
        of_tenant.expect(1)

    def test_says_which_object_of_the_session_is_meant(self, sharded, tenant):
        registry = LoaderRegistry(sharded)
        users = self.users(sharded)
        posts = sharded.scalars(select(Post).options(set_shard_id("tenant", False)))
        post = posts.first()
        with count_statements(tenant) as sent:
            registry.complete([post], AUTHOR)

        assert post.author is users[1]
        sent.expect(0)

    def test_says_where_columns_are(self, sharded):
        registry = LoaderRegistry(sharded)
        users = [
            sharded.scalars(
                select(User).options(load_only(User.id), set_shard_id(shard, False))
            ).one()
            for shard in ("main", "tenant")
        ]
        registry.complete(users, NAME)

        assert [inspect(user).dict["name"] for user in users] == [
            "main-1",
            "tenant-1",
        ]

    def test_of_a_statement_holds_below(self, main):
        with Session(main) as session:
            registry = LoaderRegistry(session)
            stmt = select(User).execution_options(identity_token="a")  # noqa: S106  # no secret
            user = session.scalars(stmt).one()
            registry.complete([user], POSTS)

            assert [inspect(post).identity_token for post in user.posts] == ["a", "a"]


class Hidden(UserDefinedOption):
    propagate_to_loaders = True


class TestHooks:
    @pytest.fixture
    def session(self, main):
        with Session(main) as session:
            yield session

    @pytest.fixture
    def seen(self, session):
        seen = []

        @event.listens_for(session, "do_orm_execute")
        def see(state):
            seen.append(
                (
                    state.is_relationship_load,
                    state.is_column_load,
                    state.execution_options.get("with_drafts"),
                    [type(option).__name__ for option in state.user_defined_options],
                )
            )

        return seen

    def test_see_a_batch_as_the_load_of_a_relationship(self, session, seen):
        registry = LoaderRegistry(session)
        user = session.scalars(select(User)).one()
        registry.complete([user], POSTS)

        assert seen == [(False, False, None, []), (True, False, None, [])]

    def test_see_a_refill_as_the_load_of_columns(self, session, seen):
        registry = LoaderRegistry(session)
        user = session.scalars(select(User).options(load_only(User.id))).one()
        registry.complete([user], NAME)

        assert seen == [(False, False, None, []), (False, True, None, [])]

    def test_see_the_execution_options_of_the_statement_below_it(self, session, seen):
        registry = LoaderRegistry(session)
        stmt = select(User).execution_options(with_drafts=True, yield_per=7)
        user = session.scalars(stmt).one()
        below = plan_of(Post.author, NAME)
        below = LoadPlan(Post.__mapper__, frozenset({"author_id"}), below.edges)
        registry.complete([user], plan_of(User.posts, below))
        registry.complete(user.posts, TITLE)

        assert [options for *_, options, _ in seen] == [True, True, True]

    def test_see_options_of_the_application(self, session, seen):
        registry = LoaderRegistry(session)
        user = session.scalars(select(User).options(Hidden())).one()
        registry.complete([user], POSTS)

        assert [options for *_, options in seen] == [["Hidden"], ["Hidden"]]

    def test_see_each_select_where_an_option_is_handed_on(self, session, seen, main):
        """What is joined is no SELECT, and would not be filtered."""
        registry = LoaderRegistry(session)
        user = session.scalars(select(User).options(Hidden())).one()
        joined = RelationshipPlan(Post.author.property, NAME)
        below = LoadPlan(Post.__mapper__, frozenset({"author_id"}), (joined,))
        session.expunge(user)
        session.add(user)
        with count_statements(main) as sent:
            registry.complete([user], plan_of(User.posts, below))

        assert "JOIN" not in sent[0].sql
        assert seen[1][0] is True

    def test_that_filter_are_heard_once(self, main):
        class Filtering(Session):
            pass

        @event.listens_for(Filtering, "do_orm_execute")
        def hide(state):
            if not state.is_column_load and not state.is_relationship_load:
                state.statement = state.statement.options(
                    with_loader_criteria(Post, Post.is_draft.is_(False))
                )

        with Filtering(main) as session:
            registry = LoaderRegistry(session)
            user = session.scalars(select(User)).one()
            with count_statements(main) as sent:
                registry.complete([user], POSTS)

            assert titles(user.posts) == ["main-2"]
            sent.expect(1)
            assert sent[0].sql.count("is_draft IS 0") == 1

    def test_that_filter_everything_leave_columns_alone(self, main):
        class Filtering(Session):
            pass

        @event.listens_for(Filtering, "do_orm_execute")
        def hide(state):
            state.statement = state.statement.options(
                with_loader_criteria(User, User.id > 1, propagate_to_loaders=False)
            )

        with Session(main) as plain:
            user = plain.scalars(select(User).options(load_only(User.id))).one()
            plain.expunge(user)
        with Filtering(main) as session:
            session.add(user)
            LoaderRegistry(session).complete([user], NAME)

            assert inspect(user).dict["name"] == "main-1"


class TestCriteria:
    @pytest.fixture
    def session(self, main):
        with Session(main) as session:
            yield session

    def test_of_a_lazy_load_hold(self, session, main):
        option = lazyload(User.posts.and_(Post.is_draft.is_(True)))
        user = session.scalars(select(User).options(option)).one()
        with count_statements(main) as sent:
            LoaderRegistry(session).complete([user], POSTS)

        assert titles(user.posts) == ["main-3"]
        sent.expect(1)

    @pytest.mark.parametrize(
        "option",
        [raiseload("*"), raiseload(User.posts), raiseload(User.posts, sql_only=True)],
    )
    def test_are_none_of_an_option_without_any(self, session, main, option):
        user = session.scalars(select(User).options(option)).one()
        with count_statements(main) as sent:
            LoaderRegistry(session).complete([user], POSTS)

        assert titles(user.posts) == ["main-2", "main-3"]
        assert "NULL" not in sent[0].sql
        sent.expect(1)

    def test_of_a_strategy_hold(self, session, main):
        user = session.scalars(select(User)).one()
        plan = plan_of(
            User.posts,
            TITLE,
            lambda posts: lazyload(posts.and_(Post.is_draft.is_(True))),
        )
        with count_statements(main) as sent:
            LoaderRegistry(session).complete([user], plan)

        assert titles(user.posts) == ["main-3"]
        sent.expect(1)

    def test_of_detached_owners_are_told_apart(self, session, main):
        criteria = with_loader_criteria(Post, Post.is_draft.is_(False))
        with Session(main) as other:
            filtered = other.scalars(select(User).options(criteria)).one()
        with Session(main) as other:
            plain = other.scalars(select(User)).one()
        registry = LoaderRegistry(session)
        values = registry.values_of(User.posts.property)
        registry.complete([filtered], POSTS)
        registry.complete([plain], POSTS)

        assert titles(values.value_of(filtered)) == ["main-2"]
        assert titles(values.value_of(plain)) == ["main-2", "main-3"]

    def test_are_not_handed_on_to_a_query(self, session):
        """As SQLAlchemy's `user.queried.all()`."""
        criteria = with_loader_criteria(Post, Post.is_draft.is_(False))
        user = session.scalars(select(User).options(criteria)).one()
        registry = LoaderRegistry(session)
        registry.complete([user], plan_of(User.queried, TITLE))
        values = registry.values_of(User.queried.property)

        assert titles(values.value_of(user)) == titles(user.queried.all())
        assert titles(user.queried.all()) == ["main-2", "main-3"]


class TestTargets:
    @pytest.fixture
    def engine(self):
        engine = filled("main", users=(1, 2, 3))
        yield engine
        engine.dispose()

    @pytest.fixture
    def session(self, engine):
        with Session(engine) as session:
            yield session

    @pytest.mark.parametrize(
        ("attribute", "expected"),
        [
            (User.latest, [["main-3"], ["main-5"], ["main-7"]]),
            (User.aliased, [["main-2", "main-3"], ["main-4", "main-5"]]),
        ],
    )
    def test_of_a_relationship_to_an_alias(self, session, engine, attribute, expected):
        users = session.scalars(select(User).order_by(User.id)).all()
        with count_statements(engine) as sent:
            LoaderRegistry(session).complete(users, plan_of(attribute, TITLE))

        found = [titles(getattr(user, attribute.key)) for user in users]
        assert found[: len(expected)] == expected
        sent.expect(1)

    @pytest.mark.parametrize(
        ("attribute", "expected"),
        [(Playlist.songs, ["b", "a", "c"]), (Playlist.first, ["b", "a"])],
    )
    def test_in_the_order_of_the_secondary(self, session, engine, attribute, expected):
        session.add_all([Playlist(id="x"), *(Song(id=one) for one in "abc")])
        session.flush()
        session.execute(
            entries.insert(),
            [
                {"list_id": "x", "song_id": song, "position": position}
                for song, position in (("a", "1"), ("b", "0"), ("c", "2"))
            ],
        )
        with count_statements(engine) as sent:
            found = targets_of(session, RelationshipQuery.of(attribute.property), ["x"])

        assert [song.id for song in found["x"]] == expected
        sent.expect(1)

    @pytest.mark.parametrize("key", [1, "1"], ids=["int", "str"])
    async def test_of_a_key_that_is_text(self, session, key):
        loader = LoaderRegistry(session).get_loader(User.posts.property)

        assert titles(await loader.load(key)) == ["main-2", "main-3"]

    def test_of_an_object_whose_key_is_text(self, session, engine):
        session.autoflush = False
        post = Post(title="new", author_id="2")
        session.add(post)
        session.flush()
        with count_statements(engine) as sent:
            LoaderRegistry(session).complete([post], AUTHOR)

        assert post.author.name == "main-2"
        sent.expect(1)

    @pytest.mark.parametrize("key", ["x", "1_0", "\u0661"])
    async def test_of_text_that_is_no_number_are_none(self, session, key):
        loader = LoaderRegistry(session).get_loader(User.posts.property)

        assert await loader.load(key) == []

    def test_in_another_database_than_the_owners_table(self, tmp_path):
        """Text keys are compared in SQL, with the owner's table: not across two."""
        engines = [
            create_engine(f"sqlite:///{tmp_path}/{name}.db")
            for name in ("lists", "songs")
        ]
        Base.metadata.create_all(engines[0], tables=[Shelf.__table__])
        Base.metadata.create_all(engines[1], tables=[Book.__table__])
        binds = {Shelf: engines[0], Book: engines[1]}
        with Session(binds=binds) as session:
            session.add_all([Shelf(code="a"), Book(id=1, shelf_code="a")])
            session.commit()
        with Session(binds=binds) as session:
            shelf = session.scalars(select(Shelf)).one()
            planned = plan_of(Shelf.books, LoadPlan(Book.__mapper__, frozenset()))
            plan = LoadPlan(Shelf.__mapper__, frozenset(), planned.edges)
            LoaderRegistry(session).complete([shelf], plan)

            assert [book.id for book in inspect(shelf).dict["books"]] == [1]


class Shelf(Base):
    __tablename__ = "shelves"

    code: Mapped[str] = mapped_column(primary_key=True)
    books: Mapped[list["Book"]] = relationship(
        primaryjoin="foreign(Book.shelf_code) == Shelf.code", viewonly=True
    )


class Book(Base):
    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_code: Mapped[str]


class TestFailure:
    @pytest.fixture
    def session(self):
        engine = filled("main", users=range(1, 40))
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE posts"))
        with Session(engine) as session:
            yield session
        engine.dispose()

    def test_is_told_once(self, session):
        users = session.scalars(select(User)).all()
        registry = LoaderRegistry(session)
        values = registry.values_of(User.posts.property)
        registry.complete(users, POSTS)
        with pytest.raises(OperationalError, match="no such table"):
            values.value_of(users[0])

        for user in users[1:]:
            with pytest.raises(FailedBatchError) as error:
                values.value_of(user)
            assert str(error.value) == (
                "User.posts was not loaded: its batch failed, see the first error."
            )

    def test_of_columns_is_not_tried_again_for_siblings(self, session):
        users = session.scalars(select(User).options(load_only(User.id))).all()
        session.execute(text("ALTER TABLE users RENAME COLUMN name TO gone"))
        registry = LoaderRegistry(session)
        with count_statements(session.get_bind()) as sent:
            with pytest.raises(OperationalError):
                registry.complete(users, NAME)
            for _ in users:
                with pytest.raises(FailedBatchError):
                    registry.complete(users, NAME)

        sent.expect(1)

    async def test_of_objects_that_wait_is_told_once(self, session):
        users = session.scalars(select(User).options(load_only(User.id))).all()
        session.execute(text("ALTER TABLE users RENAME COLUMN name TO gone"))
        registry = LoaderRegistry(session)
        waiting = [registry.complete_soon(user, NAME) for user in users]
        errors = []
        for one in waiting:
            with pytest.raises(Exception, match=r"no such column|see the first") as e:
                await one
            errors.append(type(e.value))

        assert errors == [OperationalError] + [FailedBatchError] * (len(users) - 1)


class TestSavepoints:
    def test_are_made_for_each_statement_where_they_are_wanted(self, main):
        with Session(main) as session:
            user = session.scalars(select(User)).one()
            with count_statements(main) as sent, recorded(main) as savepoints:
                LoaderRegistry(session, savepoints=True).complete([user], POSTS)

            assert titles(user.posts) == ["main-2", "main-3"]
            sent.expect(3)
            assert savepoints == ["begin", "release"]

    def test_take_a_failing_statement_back(self, main):
        with main.begin() as connection:
            connection.execute(text("DROP TABLE posts"))
        with Session(main) as session:
            user = session.scalars(select(User)).one()
            with recorded(main) as savepoints:
                registry = LoaderRegistry(session, savepoints=True)
                registry.complete([user], POSTS)

            assert savepoints == ["begin", "rollback"]
            with pytest.raises(OperationalError):
                registry.values_of(User.posts.property).value_of(user)

    def test_are_not_made_by_default(self, main):
        with Session(main) as session:
            user = session.scalars(select(User)).one()
            with recorded(main) as savepoints:
                LoaderRegistry(session).complete([user], POSTS)

            assert savepoints == []


async def test_a_failing_statement_leaves_the_transaction_as_it_was(database):
    """PostgreSQL takes no further statement otherwise."""
    Base.metadata.create_all(database.engine, tables=[User.__table__, Post.__table__])
    fill(database.engine, "main")
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE posts RENAME COLUMN title TO gone"))
    session = database.session_factory()()
    registry = LoaderRegistry(session, savepoints=True)
    values = registry.values_of(User.posts.property)
    try:
        found = session.scalars(select(User))
        user = (await found if database.is_async else found).one()
        for plan in (POSTS, plan_of(User.posts, LoadPlan(Post.__mapper__, IDS))):
            done = registry.complete([user], plan)
            if database.is_async:
                await done
            if plan is POSTS:
                with pytest.raises(DBAPIError):
                    values.value_of(user)
                values.forget()

        assert [post.id for post in user.posts] == [2, 3]
    finally:
        closed = session.close()
        if database.is_async:
            await closed


IDS = frozenset({"id"})


class recorded:  # noqa: N801  # reads as a function
    """Note the savepoints of an engine."""

    def __init__(self, engine):
        self.engine, self.seen = engine, []
        self.listeners = {
            "savepoint": lambda *_: self.seen.append("begin"),
            "release_savepoint": lambda *_: self.seen.append("release"),
            "rollback_savepoint": lambda *_: self.seen.append("rollback"),
        }

    def __enter__(self):
        for name, listener in self.listeners.items():
            event.listen(self.engine, name, listener)
        return self.seen

    def __exit__(self, *_):
        for name, listener in self.listeners.items():
            event.remove(self.engine, name, listener)


class TestParametersOfSQLite:
    """A build from before 3.32 takes 999, and a connection may be told to take less."""

    @pytest.mark.parametrize(
        ("limit", "statements"), [(999, 3), (300, 10), (50_000, 1)]
    )
    def test_are_asked_of_the_connection(self, main, limit, statements):
        if not hasattr(sqlite3.Connection, "setlimit"):
            pytest.skip("Python 3.11 tells")
        with Session(main) as session:
            set_limit(session, limit)
            query = RelationshipQuery.of(User.posts.property)
            with count_statements(main) as sent:
                found = targets_of(session, query, list(range(2_000)))

        assert {key: titles(posts) for key, posts in found.items()} == {
            1: ["main-2", "main-3"]
        }
        assert len(sent) == statements

    def test_are_learnt_where_the_connection_does_not_tell(self, main, monkeypatch):
        if not hasattr(sqlite3.Connection, "setlimit"):
            pytest.skip("Python 3.11 sets it")
        with Session(main) as session:
            set_limit(session, 999)
            monkeypatch.setattr(main.dialect, "driver", "aiosqlite")
            query = RelationshipQuery.of(User.posts.property)
            found = targets_of(session, query, list(range(3_000)))
            with count_statements(main) as sent:
                again = targets_of(session, query, list(range(3_000)))

        assert found.keys() == again.keys() == {1}
        sent.expect(4)


def set_limit(session, limit):
    connection = session.connection().connection.dbapi_connection
    connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, limit)


def test_importing_listens_to_no_session():
    program = """
import sqla_loaders
from sqlalchemy.orm import Session
for name in ("after_flush_postexec", "after_commit", "after_soft_rollback"):
    assert not list(getattr(Session().dispatch, name))
"""
    subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603


def test_one_listener_a_session_serves_all(main):
    """To listen costs as much as planning: it is done once for each session."""
    with Session(main) as session:
        LoaderRegistry(session).get_loader(User.posts.property)
        LoaderRegistry(session).get_loader(User.posts.property)

        assert len(session.dispatch.do_orm_execute) == 1
        with Session(main) as other:
            assert not list(other.dispatch.do_orm_execute)


def test_nothing_else_runs_statements():
    """Every SELECT of the package is in the gate, which knows what it runs on."""
    package = Path(sqla_loaders.__file__).parent
    executing = {
        module.name
        for module in package.glob("*.py")
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("execute", "scalars", "scalar", "stream", "get_one")
    }

    assert executing == {"gate.py"}
