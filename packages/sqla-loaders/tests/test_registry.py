import asyncio
import gc
from unittest.mock import Mock
from weakref import ref

import pytest
from sqlalchemy import (
    ForeignKey,
    delete,
    event,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    load_only,
    mapped_column,
    relationship,
    scoped_session,
    sessionmaker,
)

from sqla_loaders import (
    Cause,
    ClosedRegistryError,
    LoaderRegistry,
    ParentKeyError,
    SQLAlchemyDataLoader,
    cause_of_statements,
    serialized,
)
from sqla_loaders.testing import count_statements
from sqla_selection import LoadPlan, RelationshipPlan


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="Post.id"
    )
    drafts: Mapped[list["Post"]] = relationship(viewonly=True)


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User | None] = relationship(back_populates="posts")

    def __eq__(self, other):
        return isinstance(other, Post) and self.id == other.id

    # A class with __eq__ alone is not hashable.


Base.registry.configure()

POSTS = User.posts.property
AUTHOR = Post.author.property


def plan_of(model, *attributes, **relationships):
    return LoadPlan(
        model.__mapper__, frozenset(attributes), tuple(relationships.values())
    )


WITH_POSTS = plan_of(
    User,
    "id",
    posts=RelationshipPlan(POSTS, plan_of(Post, "id", "title")),
)
WITH_AUTHOR = plan_of(
    Post,
    "id",
    "author_id",
    author=RelationshipPlan(AUTHOR, plan_of(User, "id", "name")),
)


@pytest.fixture(autouse=True)
def rows(file_engine):
    Base.metadata.create_all(file_engine)
    with Session(file_engine) as session:
        session.add_all(
            [
                User(id=1, name="Ada", posts=[Post(id=1, title="a")]),
                User(id=2, name="Bob", posts=[Post(id=2, title="b")]),
                User(id=3, name="Cyd"),
            ]
        )
        session.commit()


@pytest.fixture
def session(any_session):
    return any_session


@pytest.fixture
def registry(session):
    return LoaderRegistry(session)


@pytest.fixture
def counted(session):
    return lambda: count_statements(session.bind)


async def awaited(value):
    return await value if hasattr(value, "__await__") else value


async def scalars(session, stmt):
    return (await awaited(session.scalars(stmt))).all()


def titles(posts):
    return [post.title for post in posts]


class TestGetLoader:
    async def test_gives_one_loader_for_each_relationship(self, session, registry):
        loader = registry.get_loader(POSTS)

        assert type(loader) is SQLAlchemyDataLoader
        assert registry.get_loader(POSTS) is loader
        assert registry.get_loader(User.posts) is loader
        assert registry.get_loader(AUTHOR) is not loader
        assert registry.get_loader(User.drafts.property) is not loader
        assert (loader.session, loader.relation_prop) == (session, POSTS)

    async def test_refuses_what_is_no_relationship(self, registry):
        with pytest.raises(TypeError, match=r"^User\.id is no relationship"):
            registry.get_loader(User.id)

    async def test_gives_one_loader_for_each_class(self, registry):
        class Own(SQLAlchemyDataLoader):
            pass

        own = registry.get_loader(POSTS, Own)

        assert type(own) is Own
        assert registry.get_loader(POSTS, loader_class=Own) is own
        assert registry.get_loader(POSTS) is not own

    async def test_of_another_registry_gives_another_loader(self, session, registry):
        loader = LoaderRegistry(session).get_loader(POSTS)

        assert registry.get_loader(POSTS) is not loader

    async def test_may_be_overridden(self, session):
        class Own(SQLAlchemyDataLoader):
            async def batch_load_fn(self, keys):
                return [f"posts of {key}" for key in keys]

        class Registry(LoaderRegistry):
            def get_loader(self, relation_prop, loader_class=Own):
                return super().get_loader(relation_prop, loader_class)

        assert await Registry(session).get_loader(POSTS).load(7) == "posts of 7"

    async def test_of_a_scoped_session_loads_on_the_session_of_its_scope(
        self, file_engine
    ):
        scoped = scoped_session(sessionmaker(file_engine))
        loader = LoaderRegistry(scoped).get_loader(POSTS)

        [post] = await loader.load(1)
        assert inspect(post).session is scoped()
        scoped.remove()

    async def test_of_an_async_scoped_session_does_so_too(self, async_engine):
        scoped = async_scoped_session(
            lambda: AsyncSession(async_engine), asyncio.current_task
        )
        loader = LoaderRegistry(scoped()).get_loader(POSTS)

        [post] = await loader.load(1)
        assert inspect(post).async_session is scoped()
        await scoped.remove()


class TestForget:
    """What loaders know does not outlive a write."""

    async def in_session(self, session, work):
        if isinstance(session, AsyncSession):
            return await session.run_sync(work)
        return work(session)

    async def flush(self, session):
        def work(sync):
            sync.add(Post(id=9, title="new", author_id=1))
            sync.flush()

        await self.in_session(session, work)

    async def update(self, session):
        await awaited(
            session.execute(update(Post).where(Post.id == 2).values(author_id=1))
        )

    async def delete(self, session):
        await awaited(session.execute(delete(Post).where(Post.id == 1)))

    async def insert(self, session):
        rows = [{"id": 9, "title": "new", "author_id": 1}]
        await awaited(session.execute(insert(Post), rows))

    async def text(self, session):
        await awaited(session.execute(text("UPDATE posts SET author_id = NULL")))

    async def legacy(self, session):
        def work(sync):
            sync.query(Post).filter_by(id=1).update({"title": "other"})

        await self.in_session(session, work)

    async def commit(self, session):
        def work(sync):
            sync.connection().exec_driver_sql("UPDATE posts SET author_id = NULL")
            sync.commit()

        await self.in_session(session, work)

    async def rollback(self, session):
        await self.in_session(session, lambda sync: sync.rollback())

    async def savepoint(self, session):
        def work(sync):
            with sync.begin_nested() as savepoint:
                savepoint.rollback()

        await self.in_session(session, work)

    @pytest.mark.parametrize(
        ("write", "expected"),
        [
            ("flush", ["a", "new"]),
            ("update", ["a", "b"]),
            ("delete", []),
            ("insert", ["a", "new"]),
            ("text", []),
            ("legacy", ["other"]),
            ("commit", []),
            ("rollback", ["a"]),
            ("savepoint", ["a"]),
        ],
    )
    async def test_loaded_keys_after(self, session, registry, counted, write, expected):
        loader = registry.get_loader(POSTS)
        first = await loader.load(1)
        assert titles(first) == ["a"]
        await getattr(self, write)(session)

        with counted() as statements:
            again = await loader.load(1)
            assert titles(again) == expected
        statements.expect(1)

    @pytest.mark.parametrize(
        ("write", "expected"),
        [
            ("flush", ["a", "new"]),
            ("update", ["a", "b"]),
            ("delete", []),
            ("insert", ["a", "new"]),
            ("text", []),
        ],
    )
    async def test_what_was_set_on_objects_after(
        self, session, registry, counted, write, expected
    ):
        users = await scalars(session, select(User).order_by(User.id))
        await awaited(registry.complete(users, WITH_POSTS))
        assert titles(users[0].posts) == ["a"]
        await getattr(self, write)(session)

        assert "posts" not in inspect(users[0]).dict
        with counted() as statements:
            await awaited(registry.complete(users, WITH_POSTS))
            assert titles(users[0].posts) == expected
        statements.expect(1)

    @pytest.mark.parametrize(
        "query",
        ["SELECT 1", "\n  select 1", "VALUES (1)", "EXPLAIN SELECT 1"],
    )
    async def test_is_not_caused_by_a_textual_query(
        self, session, registry, counted, query
    ):
        loader = registry.get_loader(POSTS)
        await loader.load(1)
        await awaited(session.execute(text(query)))

        with counted() as statements:
            await loader.load(1)
        statements.expect(0)

    async def test_what_dicts_have_after_a_write(self, session, registry):
        parent = {"id": 1}
        values = registry.values_of(POSTS)
        await awaited(registry.complete([parent], WITH_POSTS))
        await self.update(session)
        await awaited(registry.complete([parent], WITH_POSTS))

        assert titles(values.value_of(parent)) == ["a", "b"]

    async def test_leaves_what_the_application_changed(self, session, registry):
        users = await scalars(session, select(User).order_by(User.id))
        await awaited(registry.complete(users, WITH_POSTS))
        users[2].posts.append(Post(id=9, title="mine"))

        registry.forget()

        assert titles(users[2].posts) == ["mine"]
        assert "posts" not in inspect(users[0]).dict

    async def test_leaves_what_the_application_loaded(self, session, registry):
        [user] = await scalars(session, select(User).where(User.id == 1))
        await self.in_session(session, lambda _: user.posts)
        await awaited(registry.complete([user], WITH_POSTS))

        registry.forget()

        assert "posts" in inspect(user).dict

    async def test_without_an_event_loop_a_batch_runs_at_once(self, file_engine):
        with Session(file_engine) as session:
            loader = LoaderRegistry(session).get_loader(POSTS)

            def run():
                batch = loader.batch_load_fn([1])
                with pytest.raises(StopIteration) as done:
                    batch.send(None)
                return done.value.value

            [posts] = await asyncio.to_thread(run)
            assert titles(posts) == ["a"]

    async def test_passes_by_objects_that_left_the_session(self, session, registry):
        users = await scalars(session, select(User))
        await awaited(registry.complete(users, WITH_POSTS))
        session.expunge(users[0])

        registry.forget()

        assert "posts" in inspect(users[0]).dict

    async def test_of_another_session_is_not_caused(
        self, file_engine, registry, counted
    ):
        loader = registry.get_loader(POSTS)
        await loader.load(3)
        with Session(file_engine) as elsewhere:
            elsewhere.rollback()
            elsewhere.execute(update(User).values(name="x"))

        with counted() as statements:
            await loader.load(3)
        statements.expect(0)

    async def test_does_not_keep_a_registry_alive(self, session):
        registry = LoaderRegistry(session)
        registry.get_loader(POSTS)
        gone = ref(registry)
        del registry
        gc.collect()

        assert gone() is None
        await self.rollback(session)


class TestComplete:
    async def test_is_done_at_once_on_a_session_only(self, session, registry):
        users = await scalars(session, select(User))
        done = registry.complete(users, WITH_POSTS)

        if isinstance(session, AsyncSession):
            assert await done is None
        else:
            assert done is None
        assert all("posts" in inspect(user).dict for user in users)

    async def test_all_takes_each_group_with_its_plan(self, session, registry, counted):
        users = await scalars(session, select(User))
        posts = await scalars(session, select(Post))

        with counted() as statements:
            await awaited(
                registry.complete_all([(users, WITH_POSTS), (posts, WITH_AUTHOR)])
            )
        statements.expect(1)  # the authors are in the session
        assert {post.author.name for post in posts} == {"Ada", "Bob"}

    async def test_all_may_leave_a_group_that_fails(self, session, registry):
        [user] = await scalars(session, select(User).where(User.id == 1))
        failing = LoadPlan(User.__mapper__, frozenset({"nowhere"}))
        groups = [([user], failing), ([user], WITH_POSTS)]

        with pytest.raises(KeyError):
            await awaited(registry.complete_all(groups))
        await awaited(registry.complete_all(groups, is_tolerant=True))
        assert titles(user.posts) == ["a"]

    async def test_tells_what_its_statements_are_for(self, session, registry):
        seen = []

        def listen(state):
            seen.append(cause_of_statements.get())

        sync = session.sync_session if isinstance(session, AsyncSession) else session
        users = await scalars(session, select(User))
        event.listen(sync, "do_orm_execute", listen)
        await awaited(registry.complete(users, WITH_POSTS, Cause("fallback", ("x",))))

        [cause] = seen
        assert (cause.route, cause.path) == ("fallback", ("x",))
        assert cause.relationship == "User.posts"
        assert cause_of_statements.get() is None


class TestCompleteSoon:
    async def test_completes_all_objects_of_a_turn_together(
        self, session, registry, counted
    ):
        users = await scalars(session, select(User).order_by(User.id))

        with counted() as statements:
            found = await asyncio.gather(
                *(registry.complete_soon(user, WITH_POSTS) for user in users)
            )
            assert [titles(user.posts) for user in users] == [["a"], ["b"], []]
        assert found == users
        statements.expect(1)

    async def test_loads_what_all_plans_of_a_turn_say(self, session, registry, counted):
        users = await scalars(session, select(User).options(load_only(User.name)))

        with counted() as statements:
            await asyncio.gather(
                registry.complete_soon(users[0], plan_of(User, "id", "name")),
                registry.complete_soon(users[1], plan_of(User, "id", "email")),
                registry.complete_soon(users[2], plan_of(User, "id", "email")),
            )
            assert [user.email for user in users] == ["", "", ""]
        statements.expect(1)

    async def test_of_different_relationships_takes_one_statement_each(
        self, session, registry, counted
    ):
        drafts = RelationshipPlan(User.drafts.property, plan_of(Post, "id"))
        users = await scalars(session, select(User))

        with counted() as statements:
            await asyncio.gather(
                *(registry.complete_soon(user, WITH_POSTS) for user in users),
                *(
                    registry.complete_soon(user, plan_of(User, "id", drafts=drafts))
                    for user in users
                ),
            )
        statements.expect(2)

    async def test_takes_objects_that_are_not_hashable(
        self, session, registry, counted
    ):
        posts = await scalars(session, select(Post).order_by(Post.id))
        with pytest.raises(TypeError):
            hash(posts[0])

        with counted() as statements:
            await asyncio.gather(
                *(registry.complete_soon(post, WITH_AUTHOR) for post in posts)
            )
        assert [post.author.name for post in posts] == ["Ada", "Bob"]
        statements.expect(1)

    async def test_takes_what_is_not_mapped(self, registry, counted):
        parents = [{"id": 1}, {"id": 2}]

        with counted() as statements:
            await asyncio.gather(
                *(registry.complete_soon(parent, WITH_POSTS) for parent in parents)
            )
        values = registry.values_of(POSTS)
        found = [titles(values.value_of(parent)) for parent in parents]
        assert found == [["a"], ["b"]]
        statements.expect(1)

    async def test_completes_again_what_was_forgotten(self, session, registry, counted):
        [user] = await scalars(session, select(User).where(User.id == 1))
        await registry.complete_soon(user, WITH_POSTS)
        registry.forget()

        with counted() as statements:
            await registry.complete_soon(user, WITH_POSTS)
        statements.expect(1)

    async def test_leaves_an_error_to_the_field_that_it_is_about(
        self, registry, counted
    ):
        parents = [{"id": 1}, {"name": "without its key"}]
        with counted() as statements:
            await asyncio.gather(
                *(registry.complete_soon(parent, WITH_POSTS) for parent in parents)
            )
        values = registry.values_of(POSTS)

        statements.expect(1)
        assert titles(values.value_of(parents[0])) == ["a"]
        with pytest.raises(ParentKeyError):
            values.value_of(parents[1])


async def turns():
    """Let everything run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


class TestClose:
    async def test_refuses_what_is_asked_later(self, session, registry):
        [user] = await scalars(session, select(User).where(User.id == 1))
        loader = registry.get_loader(POSTS)
        registry.close()

        with pytest.raises(ClosedRegistryError) as error:
            loader.load(1)
        assert str(error.value) == (
            "Cannot load User.posts: the request of this loader is over."
        )
        with pytest.raises(ClosedRegistryError) as error:
            registry.complete_soon(user, WITH_POSTS)
        assert str(error.value) == (
            "Cannot load attributes of 'User': the request of this loader is over."
        )

    async def test_runs_no_statement_that_was_scheduled(
        self, session, registry, counted
    ):
        [user] = await scalars(session, select(User).where(User.id == 1))
        futures = [
            registry.get_loader(POSTS).load(1),
            registry.complete_soon(user, WITH_POSTS),
        ]
        registry.close()

        with counted() as statements:
            for future in futures:
                with pytest.raises(ClosedRegistryError):
                    await future
        statements.expect(0)

    async def test_ends_the_batches_that_wait_for_the_session(self, async_engine):
        async with AsyncSession(async_engine) as session:
            registry = LoaderRegistry(session)
            [user] = (await session.scalars(select(User).where(User.id == 1))).all()
            async with serialized(session):
                futures = [
                    registry.get_loader(POSTS).load(1),
                    registry.complete_soon(user, WITH_POSTS),
                ]
                await turns()
                with count_statements(async_engine) as statements:
                    registry.close()
                    for future in futures:
                        with pytest.raises(ClosedRegistryError):
                            await future
                statements.expect(0)

            # The session is free for whoever comes next.
            assert len((await session.scalars(select(User))).all()) == 3
            async with serialized(session):
                pass

    async def test_keeps_what_is_set_when_rows_change_later(self, session, registry):
        users = await scalars(session, select(User))
        await awaited(registry.complete(users, WITH_POSTS))
        registry.close()

        registry.forget()

        assert all("posts" in inspect(user).dict for user in users)

    async def test_of_a_cancelled_request_leaves_the_session_usable(self, async_engine):
        async with AsyncSession(async_engine) as session:
            registry = LoaderRegistry(session)

            async def request():
                try:
                    await registry.get_loader(POSTS).load(1)
                finally:
                    registry.close()

            before = asyncio.all_tasks()
            async with serialized(session):
                task = asyncio.create_task(request())
                await turns()
                task.cancel()
                await turns()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert asyncio.all_tasks() == before
            assert not session.in_transaction()
            assert titles((await session.scalars(select(Post))).all()) == ["a", "b"]
        assert async_engine.pool.checkedout() == 0


@pytest.mark.parametrize("session", [Mock(), Mock(spec=Session)], ids=["any", "spec"])
async def test_gives_a_loader_for_the_session_that_a_test_mocks(session):
    loader = LoaderRegistry(session).get_loader(User.posts.property)

    assert loader.session is session


async def test_a_registry_goes_with_its_request_and_waits_for_no_garbage_collector(
    async_engine,
):
    gc.disable()
    try:
        async with AsyncSession(async_engine) as session:
            users = (await session.scalars(select(User).order_by(User.id))).all()
            registry = LoaderRegistry(session)
            await registry.complete_soon(users[0], WITH_POSTS)
            await registry.complete(users, WITH_POSTS)
            assert [titles(user.posts) for user in users] == [["a"], ["b"], []]
            registry.close()
            known = ref(registry)
            del registry

            assert known() is None
    finally:
        gc.enable()
