import asyncio
from typing import ClassVar

import pytest
from aiodataloader import DataLoader
from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Table, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import (
    DeclarativeBase,
    DynamicMapped,
    Mapped,
    Session,
    attribute_keyed_dict,
    load_only,
    mapped_column,
    relationship,
    with_loader_criteria,
)

from sqla_loaders import (
    ClosedRegistryError,
    LoaderError,
    LoaderRegistry,
    ParentKeyError,
    SQLAlchemyDataLoader,
    run,
)
from sqla_loaders.owners import load_edge
from sqla_loaders.testing import count_statements
from sqla_selection import LoadPlan


class Base(DeclarativeBase):
    pass


post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="Post.id.desc()"
    )
    posts_by_title: Mapped[dict[str, "Post"]] = relationship(
        collection_class=attribute_keyed_dict("title"), viewonly=True
    )
    all_posts: DynamicMapped["Post"] = relationship(viewonly=True, order_by="Post.id")


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User | None] = relationship(back_populates="posts")
    tags: Mapped[list["Tag"]] = relationship(secondary=post_tags, order_by="Tag.id")


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Place(Base):
    __tablename__ = "places"

    zone: Mapped[int] = mapped_column(primary_key=True)
    area: Mapped[int] = mapped_column(primary_key=True)
    visits: Mapped[list["Visit"]] = relationship(back_populates="place")


class Visit(Base):
    __tablename__ = "visits"

    id: Mapped[int] = mapped_column(primary_key=True)
    at_zone: Mapped[int | None]
    in_area: Mapped[int | None]
    place: Mapped[Place | None] = relationship(back_populates="visits")

    __table_args__ = (
        ForeignKeyConstraint(["at_zone", "in_area"], ["places.zone", "places.area"]),
    )


Base.registry.configure()

POSTS = User.posts.property
AUTHOR = Post.author.property
TAGS = Post.tags.property


@pytest.fixture(autouse=True)
def rows(file_engine):
    Base.metadata.create_all(file_engine)
    with Session(file_engine) as session:
        session.add_all(
            [
                User(id=1, name="Ada", email="a@x.org"),
                User(id=2, name="Bob", email="b@x.org"),
                User(id=3, name="Cyd", email="c@x.org"),
                Post(id=1, title="p1", body="…", author_id=1, tags=[Tag(name="t")]),
                Post(id=2, title="p2", body="…", author_id=1),
                Post(id=3, title="p3", body="…", author_id=2),
                Post(id=4, title="p4", body="…"),
                Place(zone=1, area=2, visits=[Visit(id=1), Visit(id=2)]),
            ]
        )
        session.commit()


@pytest.fixture
def session(any_session):
    return any_session


@pytest.fixture
def counted(session):
    return lambda: count_statements(session.bind)


async def scalars(session, stmt):
    result = session.scalars(stmt)
    return (await result if isinstance(session, AsyncSession) else result).all()


def ids(objects):
    return [one.id for one in objects]


class TestLoad:
    async def test_gives_a_list_for_a_collection(self, session):
        loader = SQLAlchemyDataLoader(session, POSTS)

        assert ids(await loader.load(1)) == [2, 1]
        assert await loader.load(3) == []

    async def test_gives_an_object_or_none_otherwise(self, session):
        loader = SQLAlchemyDataLoader(session, AUTHOR)

        assert (await loader.load(2)).name == "Bob"
        assert await loader.load(99) is None

    async def test_asks_once_for_all_that_is_asked_at_once(self, session, counted):
        loader = SQLAlchemyDataLoader(session, POSTS)

        with counted() as statements:
            of_two, of_one = await asyncio.gather(loader.load(2), loader.load(1))

        assert (ids(of_two), ids(of_one)) == ([3], [2, 1])
        statements.expect(1)

    async def test_takes_composite_keys_as_tuples(self, session, counted):
        loader = SQLAlchemyDataLoader(session, Place.visits.property)

        with counted() as statements:
            found, none = await loader.load_many([(2, 1), (1, 2)])

        assert sorted(ids(found)) == [1, 2]
        assert none == []
        statements.expect(1)

    async def test_of_null_gives_nothing_without_asking(self, session, counted):
        author = SQLAlchemyDataLoader(session, AUTHOR)
        posts = SQLAlchemyDataLoader(session, POSTS)
        place = SQLAlchemyDataLoader(session, Visit.place.property)

        with counted() as statements:
            assert await author.load(None) is None
            assert await posts.load(None) == []
            assert await place.load((None, 1)) is None

        statements.expect(0)

    async def test_loads_whole_rows(self, session, counted):
        post, _ = await SQLAlchemyDataLoader(session, POSTS).load(1)

        with counted() as statements:
            assert (post.title, post.body, post.author_id) == ("p2", "…", 1)
        statements.expect(0)


class TestLoadMany:
    async def test_keeps_order_and_duplicates(self, session, counted):
        loader = SQLAlchemyDataLoader(session, AUTHOR)

        with counted() as statements:
            users = await loader.load_many([2, 99, 1, 2, 1])

        assert [user and user.name for user in users] == [
            "Bob",
            None,
            "Ada",
            "Bob",
            "Ada",
        ]
        statements.expect(1)

    async def test_passes_by_null(self, session, counted):
        loader = SQLAlchemyDataLoader(session, AUTHOR)

        with counted() as statements:
            users = await loader.load_many([1, None, 2])

        assert [user and user.name for user in users] == ["Ada", None, "Bob"]
        statements.expect(1)
        assert statements[0].parameters == (1, 2)

    async def test_without_a_cache_asks_for_each_key_once(self, session, counted):
        loader = SQLAlchemyDataLoader(session, POSTS, cache=False)

        with counted() as statements:
            found = await loader.load_many([1, 2, 1])

        assert [ids(posts) for posts in found] == [[2, 1], [3], [2, 1]]
        statements.expect(1)
        assert statements[0].parameters == (1, 2)

    async def test_of_more_keys_than_the_driver_takes(self, session, counted):
        loader = SQLAlchemyDataLoader(session, POSTS)

        with counted() as statements:
            found = await loader.load_many(range(40_000))

        assert [len(posts) for posts in found[:4]] == [0, 2, 1, 0]
        statements.expect(2)


class TestCache:
    async def test_keeps_what_was_loaded(self, session, counted):
        loader = SQLAlchemyDataLoader(session, POSTS)
        first = await loader.load(1)

        with counted() as statements:
            assert await loader.load(1) is first
        statements.expect(0)

    async def test_off_loads_again(self, session, counted):
        loader = SQLAlchemyDataLoader(session, POSTS, cache=False)
        await loader.load(1)

        with counted() as statements:
            await loader.load(1)
        statements.expect(1)

    async def test_prime_gives_a_value_that_was_not_loaded(self, session, counted):
        loader = SQLAlchemyDataLoader(session, POSTS)
        loader.prime(1, ["primed"])

        with counted() as statements:
            assert await loader.load(1) == ["primed"]
        statements.expect(0)

    async def test_prime_leaves_what_is_there(self, session):
        loader = SQLAlchemyDataLoader(session, POSTS)
        await loader.load(3)

        assert await loader.prime(3, ["primed"]).load(3) == []

    async def test_prime_takes_an_error(self, session):
        loader = SQLAlchemyDataLoader(session, POSTS)
        loader.prime(1, ValueError("primed"))

        with pytest.raises(ValueError, match="primed"):
            await loader.load(1)

    @pytest.mark.parametrize("clear", ["clear", "clear_all", "forget"])
    async def test_cleared_loads_again(self, session, counted, clear):
        loader = SQLAlchemyDataLoader(session, POSTS)
        await loader.load(1)
        getattr(loader, clear)(*([1] if clear == "clear" else []))

        with counted() as statements:
            assert ids(await loader.load(1)) == [2, 1]
        statements.expect(1)

    async def test_clear_of_one_key_keeps_the_others(self, session, counted):
        loader = SQLAlchemyDataLoader(session, POSTS)
        await loader.load_many([1, 2])
        loader.clear(1)

        with counted() as statements:
            await loader.load_many([1, 2])
        assert statements[0].parameters == (1,)


class TestErrors:
    TOO_BIG = 2**70  # for an integer of SQLite

    async def test_of_a_statement_are_those_of_its_keys_only(self, session):
        loader = SQLAlchemyDataLoader(session, POSTS)
        failed = [loader.load(1), loader.load(self.TOO_BIG)]
        for future in failed:
            with pytest.raises((SQLAlchemyError, OverflowError)):
                await future

        assert ids(await loader.load(2)) == [3]

    async def test_are_not_cached(self, session):
        loader = SQLAlchemyDataLoader(session, POSTS)
        with pytest.raises((SQLAlchemyError, OverflowError)):
            await loader.load_many([1, self.TOO_BIG])

        assert ids(await loader.load(1)) == [2, 1]

    async def test_of_a_closed_registry_say_what_was_asked(self, session):
        registry = LoaderRegistry(session)
        loader = registry.get_loader(POSTS)
        registry.close()

        with pytest.raises(ClosedRegistryError) as error:
            loader.load(1)
        assert str(error.value) == (
            "Cannot load User.posts: the request of this loader is over."
        )


class TestIdentityMap:
    async def test_is_asked_first_for_a_many_to_one(self, session, counted):
        [user] = await scalars(session, select(User).where(User.id == 1))
        loader = SQLAlchemyDataLoader(session, AUTHOR)

        with counted() as statements:
            assert await loader.load(1) is user
        statements.expect(0)

    async def test_leaves_the_rest_to_one_statement(self, session, counted):
        users = await scalars(session, select(User).where(User.id == 1))
        loader = SQLAlchemyDataLoader(session, AUTHOR)

        with counted() as statements:
            found = await loader.load_many([1, 2, 99])
        assert [user and user.id for user in found] == [1, 2, None]
        assert found[0] is users[0]
        statements.expect(1)
        assert statements[0].parameters == (2, 99)

    async def test_with_an_expired_object_is_passed_by(self, session, counted):
        [user] = await scalars(session, select(User).where(User.id == 1))
        session.expire(user)
        loader = SQLAlchemyDataLoader(session, AUTHOR)

        with counted() as statements:
            assert await loader.load(1) is user
            assert user.name == "Ada"
        statements.expect(1)

    async def test_with_an_object_that_lacks_columns_loads_the_row(
        self, session, counted
    ):
        stmt = select(User).where(User.id == 1).options(load_only(User.name))
        [user] = await scalars(session, stmt)
        loader = SQLAlchemyDataLoader(session, AUTHOR)

        with counted() as statements:
            assert await loader.load(1) is user
            assert user.email == "a@x.org"
        statements.expect(1)

    async def test_is_of_no_use_to_a_collection(self, session, counted):
        await scalars(session, select(Post))
        loader = SQLAlchemyDataLoader(session, POSTS)

        with counted() as statements:
            await loader.load(1)
        statements.expect(1)


def plan_of(model, *attributes, **relationships):
    return LoadPlan(
        model.__mapper__, frozenset(attributes), tuple(relationships.values())
    )


POST_TITLE = plan_of(Post, "id", "title")


class TestLoadEdge:
    """How results are prepared: many objects at once, with or without a loop."""

    @pytest.fixture
    def session(self, file_engine):
        with Session(file_engine) as session:
            yield session

    @pytest.fixture
    def values(self, session):
        return LoaderRegistry(session).values_of(POSTS)

    def test_sets_the_values_and_gives_all_targets(self, session, values, counted):
        users = session.scalars(select(User).order_by(User.id)).all()

        with counted() as statements:
            targets = load_edge(session, users, POST_TITLE, values)
            assert [ids(user.posts) for user in users] == [[2, 1], [3], []]

        assert sorted(ids(targets)) == [1, 2, 3]
        statements.expect(1)

    def test_loads_what_the_plan_says(self, session, values):
        user = session.get(User, 1)
        load_edge(session, [user], POST_TITLE, values)

        for post in user.posts:
            assert "title" in inspect(post).dict
            assert inspect(post).unloaded == {"body", "author_id", "author", "tags"}
        assert not inspect(user).modified

    def test_leaves_what_is_loaded(self, session, values, counted):
        user = session.get(User, 1)
        assert len(user.posts) == 2

        with counted() as statements:
            assert ids(load_edge(session, [user], POST_TITLE, values)) == [2, 1]
        statements.expect(0)

    def test_passes_by_what_was_never_saved(self, session, values, counted):
        with counted() as statements:
            assert load_edge(session, [User(name="new")], POST_TITLE, values) == []
        statements.expect(0)

    def test_keeps_the_values_of_dicts(self, session, values, counted):
        parents = [{"id": 1}, {"id": 3}]

        with counted() as statements:
            load_edge(session, parents, POST_TITLE, values)
            assert ids(values.value_of({"id": 1})) == [2, 1]
            assert values.value_of({"id": 3}) == []
            assert ids(load_edge(session, [{"id": 1}], POST_TITLE, values)) == [2, 1]
        statements.expect(1)

    def test_leaves_a_parent_without_its_key_to_the_field(self, session, values):
        parents = [{"name": "Ada"}, {"id": 1}]
        load_edge(session, parents, POST_TITLE, values)

        assert ids(values.value_of(parents[1])) == [2, 1]
        with pytest.raises(ParentKeyError):
            values.value_of(parents[0])

    def test_does_not_touch_an_object_of_another_session(
        self, session, file_engine, values
    ):
        with Session(file_engine) as elsewhere:
            user = elsewhere.get(User, 1)
            load_edge(session, [user], POST_TITLE, values)

            assert "posts" not in inspect(user).dict
            assert ids(values.value_of(user)) == [2, 1]

    def test_keeps_the_value_of_a_detached_object(self, session, file_engine, values):
        with Session(file_engine) as elsewhere:
            user = elsewhere.get(User, 1)
        load_edge(session, [user], POST_TITLE, values)

        assert ids(values.value_of(user)) == [2, 1]
        # It may outlive the request, and be shown to another user.
        assert "posts" not in user.__dict__

    def test_keeps_the_rows_of_a_dynamic_relationship(self, session, counted):
        users = session.scalars(select(User).order_by(User.id)).all()
        values = LoaderRegistry(session).values_of(User.all_posts.property)

        with counted() as statements:
            load_edge(session, users, POST_TITLE, values)
            found = [ids(values.value_of(user)) for user in users]
        assert found == [[1, 2], [3], []]
        statements.expect(1)

    def test_fills_a_keyed_collection(self, session):
        user = session.get(User, 1)
        values = LoaderRegistry(session).values_of(User.posts_by_title.property)
        load_edge(session, [user], POST_TITLE, values)

        assert set(user.posts_by_title) == {"p1", "p2"}

    def test_sets_none_for_null_without_asking(self, session, counted):
        post = session.get(Post, 4)
        values = LoaderRegistry(session).values_of(AUTHOR)

        with counted() as statements:
            assert load_edge(session, [post], plan_of(User, "id"), values) == []
            assert values.value_of(post) is None
            assert post.author is None
        statements.expect(0)

    def test_gives_null_to_a_dict(self, session):
        values = LoaderRegistry(session).values_of(AUTHOR)
        load_edge(session, [{"author_id": None}], plan_of(User, "id"), values)

        assert values.value_of({"author_id": None}) is None

    def test_keeps_an_error_for_the_field_that_asks(self, session, values):
        failing = {"id": 2**70}

        assert load_edge(session, [failing], POST_TITLE, values) == []
        with pytest.raises((SQLAlchemyError, OverflowError)):
            values.value_of(failing)
        load_edge(session, [{"id": 1}], POST_TITLE, values)
        assert ids(values.value_of({"id": 1})) == [2, 1]

    def test_does_not_take_what_it_did_not_load_for_empty(self, values):
        with pytest.raises(LoaderError) as error:
            values.value_of({"id": 1})

        assert str(error.value) == (
            "User.posts was not loaded for 1, or was forgotten since."
        )

    def test_applies_the_criteria_of_each_owner(self, session, values, counted):
        only_p1 = with_loader_criteria(Post, Post.title == "p1")
        filtered = session.scalars(
            select(User).where(User.id == 1).options(only_p1)
        ).one()
        other = session.get(User, 2)

        with counted() as statements:
            load_edge(session, [filtered, other], POST_TITLE, values)
            assert (ids(filtered.posts), ids(other.posts)) == ([1], [3])
        statements.expect(2)


class TestClass:
    def test_is_an_aiodataloader_made_without_an_event_loop(self, file_engine):
        with Session(file_engine) as session:
            loader = SQLAlchemyDataLoader(session, POSTS)

            assert isinstance(loader, DataLoader)
            assert (loader.session, loader.relation_prop) == (session, POSTS)
            assert loader.where == "User.posts"
            assert loader.cache is True
            assert SQLAlchemyDataLoader(session, POSTS, cache=False).cache is False

    def test_makes_keys_of_owners(self, file_engine):
        with Session(file_engine) as session:
            posts = SQLAlchemyDataLoader(session, POSTS)
            place = SQLAlchemyDataLoader(session, Visit.place.property)

            assert posts.key_of(User(id=7)) == 7
            assert posts.key_of({"id": 7}) == 7
            assert place.key_of(Visit(at_zone=1, in_area=2)) == (1, 2)

    def test_knows_whether_a_subclass_loads_its_own_way(self, file_engine):
        class Named(SQLAlchemyDataLoader):
            pass

        class Own(SQLAlchemyDataLoader):
            async def batch_load_fn(self, keys):
                return [[] for _ in keys]

        with Session(file_engine) as session:
            assert Named(session, POSTS).is_batched_here
            assert not Own(session, POSTS).is_batched_here

    async def test_takes_the_settings_of_aiodataloader(self, session, counted):
        class Small(SQLAlchemyDataLoader):
            max_batch_size = 2

        loader = Small(session, POSTS)
        with counted() as statements:
            found = await loader.load_many([1, 2, 3])
        assert [ids(posts) for posts in found] == [[2, 1], [3], []]
        statements.expect(2)

    async def test_may_be_used_in_several_loops_one_after_the_other(self, file_engine):
        def use():
            with Session(file_engine) as session:
                loader = SQLAlchemyDataLoader(session, POSTS, cache=False)

                async def load():
                    return ids(await loader.load(1))

                return [asyncio.run(load()), asyncio.run(load())]

        assert await asyncio.to_thread(use) == [[2, 1], [2, 1]]


async def test_loaders_of_one_session_take_turns(session, counted):
    registry = LoaderRegistry(session)
    loaders = [registry.get_loader(prop) for prop in (POSTS, AUTHOR, TAGS)]

    with counted() as statements:
        posts, author, tags = await asyncio.gather(
            *(loader.load(1) for loader in loaders)
        )
    assert (ids(posts), author.name, [tag.name for tag in tags]) == (
        [2, 1],
        "Ada",
        ["t"],
    )
    statements.expect(3)


async def test_work_of_the_application_takes_turns_with_loaders(session, counted):
    loader = SQLAlchemyDataLoader(session, POSTS)

    async def count():
        result = run(session, lambda sync: sync.scalars(select(User)).all())
        return len(await result if isinstance(session, AsyncSession) else result)

    posts, users = await asyncio.gather(loader.load(1), count())
    assert (ids(posts), users) == ([2, 1], 3)


class Zoo(DeclarativeBase):
    pass


class Animal(Zoo):
    __tablename__ = "animals"
    __mapper_args__: ClassVar = {
        "polymorphic_on": "kind",
        "polymorphic_identity": "animal",
    }

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]


class Dog(Animal):
    __tablename__ = "dogs"
    __mapper_args__: ClassVar = {"polymorphic_identity": "dog"}

    id: Mapped[int] = mapped_column(ForeignKey("animals.id"), primary_key=True)
    trick: Mapped[str]


class Puppy(Dog):
    __mapper_args__: ClassVar = {"polymorphic_identity": "puppy"}

    toy: Mapped[str | None]


class Cat(Animal):
    __mapper_args__: ClassVar = {"polymorphic_identity": "cat"}

    lives: Mapped[int | None]


class Sight(Zoo):
    __tablename__ = "sights"

    id: Mapped[int] = mapped_column(primary_key=True)
    animal_id: Mapped[int] = mapped_column(ForeignKey("animals.id"))
    animal: Mapped[Animal] = relationship()


async def test_rows_of_subclasses_are_whole(file_engine, async_engine):
    Zoo.metadata.create_all(file_engine)
    with Session(file_engine) as session:
        animals = [Dog(trick="sit"), Puppy(trick="run", toy="ball"), Cat(lives=9)]
        animals += [Dog(trick="lie"), Cat(lives=7), Animal()]
        session.add_all([Sight(animal=animal) for animal in animals])
        session.commit()

    async with AsyncSession(async_engine) as session:
        sights = (await session.scalars(select(Sight).order_by(Sight.id))).all()
        loader = SQLAlchemyDataLoader(session, Sight.animal)
        with count_statements(async_engine.sync_engine) as statements:
            found = await loader.load_many([sight.animal_id for sight in sights])

        assert [
            getattr(one, "trick", None) or getattr(one, "lives", 0) for one in found
        ] == [
            "sit",
            "run",
            9,
            "lie",
            7,
            0,
        ]
        assert found[1].toy == "ball"
    statements.expect(4)  # animals; then dogs, puppies and cats
