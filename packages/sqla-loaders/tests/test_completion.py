# ruff: noqa: RUF012  # a dict is what SQLAlchemy takes as __mapper_args__

from types import SimpleNamespace

import pytest
from sqlalchemy import ForeignKey, ForeignKeyConstraint, inspect, select
from sqlalchemy.orm import (
    DeclarativeBase,
    DynamicMapped,
    Mapped,
    Session,
    attribute_keyed_dict,
    defer,
    joinedload,
    lazyload,
    load_only,
    mapped_column,
    relationship,
    selectinload,
)
from sqlalchemy.orm.attributes import set_committed_value

from sqla_loaders import (
    LoaderRegistry,
    SQLAlchemyDataLoader,
    is_complete,
    members,
    persistent_state,
)
from sqla_loaders.completion import complete
from sqla_loaders.on_owners import has_repeated
from sqla_loaders.testing import count_statements
from sqla_selection import LoadPlan, RelationshipPlan


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    biography: Mapped[str] = mapped_column(default="long", deferred=True)
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="Post.id"
    )
    posts_by_title: Mapped[dict[str, "Post"]] = relationship(
        collection_class=attribute_keyed_dict("title"), viewonly=True
    )
    all_posts: DynamicMapped["Post"] = relationship(viewonly=True)
    marked: Mapped[list["Post"]] = relationship(secondary="marks", viewonly=True)


class Mark(Base):
    __tablename__ = "marks"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User | None] = relationship(back_populates="posts")


class Place(Base):
    __tablename__ = "places"

    zone: Mapped[int] = mapped_column(primary_key=True)
    area: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Visit(Base):
    __tablename__ = "visits"

    id: Mapped[int] = mapped_column(primary_key=True)
    notes: Mapped[str] = mapped_column(deferred=True)
    zone: Mapped[int] = mapped_column()
    area: Mapped[int] = mapped_column()
    place: Mapped[Place] = relationship(lazy="joined")

    __table_args__ = (ForeignKeyConstraint([zone, area], [Place.zone, Place.area]),)


class Animal(Base):
    __tablename__ = "animals"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]

    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "animal"}


class Dog(Animal):
    __tablename__ = "dogs"

    id: Mapped[int] = mapped_column(ForeignKey("animals.id"), primary_key=True)
    trick: Mapped[str]
    toys: Mapped[list["Toy"]] = relationship(order_by="Toy.id")

    __mapper_args__ = {"polymorphic_identity": "dog"}


class Cat(Animal):
    __tablename__ = "cats"

    id: Mapped[int] = mapped_column(ForeignKey("animals.id"), primary_key=True)
    lives: Mapped[int]

    __mapper_args__ = {"polymorphic_identity": "cat"}


class Toy(Base):
    __tablename__ = "toys"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    dog_id: Mapped[int] = mapped_column(ForeignKey("dogs.id"))


Base.registry.configure()


@pytest.fixture
def session(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(
            [
                User(id=1, name="Ada", posts=[Post(title="a"), Post(title="b")]),
                User(id=2, name="Bob", posts=[Post(title="c")]),
                User(id=3, name="Cyd"),
                Post(id=9, title="z"),
                Place(zone=1, area=2, name="here"),
                Place(zone=2, area=1, name="there"),
                Visit(id=1, notes="long", zone=1, area=2),
                Dog(id=1, name="Rex", trick="sit", toys=[Toy(name="ball")]),
                Cat(id=2, name="Tom", lives=9),
                Animal(id=3, name="Who"),
            ]
        )
        session.commit()
    with Session(engine) as session:
        yield session


@pytest.fixture
def finish(session, engine):
    """Complete objects, and give the statements that it took."""
    registry = LoaderRegistry(session)

    def finish(objects, plan):
        with count_statements(engine) as statements:
            complete(session, objects, plan, registry)
        assert is_complete(
            [one for one in objects if persistent_state(one) is not None], plan
        )
        return statements

    return finish


def plan_of(model, *attributes, subclasses=(), **relationships):
    return LoadPlan(
        model.__mapper__,
        frozenset(attributes),
        tuple(relationships.values()),
        tuple(subclasses),
    )


def below(attribute, target):
    return RelationshipPlan(attribute.property, target)


def loaded(obj):
    return set(inspect(obj).dict) - {"_sa_instance_state"}


POSTS = below(User.posts, plan_of(Post, "id", "title"))


class TestColumns:
    def test_that_are_deferred_load_in_one_statement(self, session, finish):
        users = session.scalars(select(User)).all()

        statements = finish(users, plan_of(User, "id", "biography"))

        statements.expect(1)
        assert [inspect(user).dict["biography"] for user in users] == ["long"] * 3

    def test_are_those_that_any_object_lacks(self, session, finish):
        one = session.scalars(
            select(User).where(User.id == 1).options(load_only(User.name))
        ).one()
        other = session.scalars(
            select(User).where(User.id == 2).options(load_only(User.email))
        ).one()

        statements = finish([one, other], plan_of(User, "name", "email"))

        statements.expect(1)
        assert loaded(one) == loaded(other) == {"id", "name", "email"}

    def test_of_a_complete_object_are_not_asked_for(self, session, finish):
        users = session.scalars(select(User).options(defer(User.email))).all()
        session.refresh(users[0], ["email"])

        statements = finish(users, plan_of(User, "id", "email"))

        statements.expect(1)
        assert statements[0].parameters == (2, 3)

    def test_that_are_all_there_need_no_statement(self, session, finish):
        users = session.scalars(select(User)).all()

        finish(users, plan_of(User, "id", "name")).expect(0)

    def test_load_without_what_is_mapped_to_load(self, session, finish):
        visits = session.scalars(select(Visit).options(lazyload(Visit.place))).all()
        plan = LoadPlan(inspect(Visit), frozenset({"notes"}))

        sent = finish(visits, plan)

        assert [visit.notes for visit in visits] == ["long"]
        assert len(sent) == 1, sent
        assert "places" not in sent[0].sql

    def test_of_expired_objects_load_in_one_statement(self, session, finish):
        users = session.scalars(select(User)).all()
        session.expire_all()

        statements = finish(users, plan_of(User, "id", "name"))

        statements.expect(1)
        assert [user.name for user in users] == ["Ada", "Bob", "Cyd"]

    def test_of_composite_keys_load_in_one_statement(self, session, finish):
        places = session.scalars(select(Place).options(load_only(Place.zone))).all()

        statements = finish(places, plan_of(Place, "zone", "area", "name"))

        statements.expect(1)
        assert {place.name for place in places} == {"here", "there"}

    def test_do_not_overwrite_what_the_application_changed(self, session, finish):
        user = session.scalars(select(User).options(load_only(User.name))).first()
        user.name = "Eve"
        session.autoflush = False

        finish([user], plan_of(User, "id", "name", "email"))

        assert user.name == "Eve"

    def test_of_the_same_object_twice_are_asked_for_once(self, session, finish):
        user = session.get(User, 1)

        statements = finish([user, user, user], plan_of(User, "biography"))

        assert statements[0].parameters == (1,)

    @pytest.mark.parametrize("is_detached", [True, False])
    def test_of_an_object_of_another_session_are_copied(
        self, engine, finish, is_detached
    ):
        with Session(engine) as elsewhere:
            user = elsewhere.get(User, 1)
            if is_detached:
                elsewhere.expunge(user)

            statements = finish([user], plan_of(User, "id", "biography"))
            statements.expect(1)
            assert inspect(user).dict["biography"] == "long"
            assert not inspect(user).modified

    def test_of_more_objects_than_the_driver_takes_keys(
        self, session, engine, finish, monkeypatch
    ):
        monkeypatch.setattr(engine.dialect, "driver", "of few parameters")
        session.add_all(User(name="x") for _ in range(1000))
        session.commit()
        users = session.scalars(select(User)).all()

        statements = finish(users, plan_of(User, "id", "biography"))

        statements.expect(2)


class TestRelationships:
    def test_load_in_one_statement_for_each_level(self, session, finish):
        session.add(Mark(user_id=1, post_id=9))
        session.commit()
        users = session.scalars(select(User).order_by(User.id)).all()
        plan = plan_of(
            User,
            "id",
            posts=below(
                User.posts,
                plan_of(
                    Post,
                    "id",
                    "title",
                    "author_id",
                    author=below(
                        Post.author,
                        plan_of(
                            User,
                            "id",
                            marked=below(User.marked, plan_of(Post, "id")),
                        ),
                    ),
                ),
            ),
        )

        statements = finish(users, plan)

        # The authors are there: they are the users.
        statements.expect(2)
        assert "FROM posts" in statements[0].sql
        assert "marks" in statements[1].sql
        assert [[post.title for post in user.posts] for user in users] == [
            ["a", "b"],
            ["c"],
            [],
        ]
        assert [len(user.posts[0].author.marked) for user in users[:2]] == [1, 0]

    def test_that_are_loaded_are_completed_below(self, session, finish):
        users = (
            session.scalars(
                select(User).options(joinedload(User.posts).load_only(Post.id))
            )
            .unique()
            .all()
        )

        statements = finish(users, plan_of(User, "id", posts=POSTS))

        statements.expect(1)
        assert "title" in statements[0].sql

    def test_complete_what_others_have_loaded_in_the_same_statement(
        self, session, finish
    ):
        session.add(Mark(user_id=1, post_id=9))
        session.add(Mark(user_id=2, post_id=9))
        session.add(Mark(user_id=2, post_id=1))
        session.commit()
        names_only = selectinload(User.marked).load_only(Post.id)
        ada = session.get(User, 1, options=[names_only])
        bob = session.get(User, 2)
        marked = below(User.marked, plan_of(Post, "id", "title"))

        statements = finish([ada, bob], plan_of(User, "id", marked=marked))

        statements.expect(1)
        assert [post.title for post in ada.marked] == ["z"]
        assert {post.title for post in bob.marked} == {"z", "a"}

    def test_complete_what_the_session_has_in_the_same_statement(self, session, finish):
        ada = session.get(User, 1, options=[load_only(User.name)])
        posts = session.scalars(select(Post).order_by(Post.id)).all()
        author = below(Post.author, plan_of(User, "id", "name", "email"))

        statements = finish(posts, plan_of(Post, "id", author=author))

        statements.expect(1)
        assert posts[0].author is ada
        assert loaded(ada) >= {"email"}

    def test_of_null_need_no_statement(self, session, finish):
        post = session.get(Post, 9)
        author = below(Post.author, plan_of(User, "id"))

        finish([post], plan_of(Post, "id", author=author)).expect(0)
        assert inspect(post).dict["author"] is None

    def test_of_an_object_that_lacks_its_key_load_that_first(self, session, finish):
        posts = session.scalars(select(Post).options(load_only(Post.title))).all()
        author = below(Post.author, plan_of(User, "id", "name"))

        statements = finish(posts, plan_of(Post, "id", "author_id", author=author))

        statements.expect(2)
        assert [post.author and post.author.name for post in posts] == [
            "Ada",
            "Ada",
            "Bob",
            None,
        ]

    def test_fill_keyed_collections(self, session, finish):
        users = session.scalars(select(User)).all()
        plan = plan_of(
            User,
            "id",
            posts_by_title=below(
                User.posts_by_title, plan_of(Post, "id", "title", "author_id")
            ),
        )

        finish(users, plan).expect(1)
        assert [sorted(user.posts_by_title) for user in users] == [
            ["a", "b"],
            ["c"],
            [],
        ]

    def test_of_dicts_go_into_the_loader(self, session, engine):
        registry = LoaderRegistry(session)
        parents = [{"id": 1}, {"id": 3}]

        with count_statements(engine) as statements:
            complete(session, parents, plan_of(User, "id", posts=POSTS), registry)
        values = registry.values_of(User.posts.property)

        statements.expect(1)
        assert [post.title for post in values.value_of(parents[0])] == ["a", "b"]
        assert values.value_of(parents[1]) == []

    def test_of_other_loader_classes_are_left_to_them(self, session, engine):
        class Own(SQLAlchemyDataLoader):
            async def batch_load_fn(self, keys):
                return [[] for _ in keys]

        class Registry(LoaderRegistry):
            def get_loader(self, relation_prop, loader_class=Own):
                return super().get_loader(relation_prop, loader_class)

        user = session.get(User, 1)
        with count_statements(engine) as statements:
            complete(
                session, [user], plan_of(User, "id", posts=POSTS), Registry(session)
            )
        statements.expect(0)
        assert "posts" not in loaded(user)


class TestSubclasses:
    PLAN = plan_of(
        Animal,
        "id",
        "name",
        subclasses=[
            plan_of(Dog, "trick", toys=below(Dog.toys, plan_of(Toy, "id", "name"))),
            plan_of(Cat, "lives"),
        ],
    )

    def test_load_in_one_statement_each(self, session, finish):
        animals = session.scalars(select(Animal).order_by(Animal.id)).all()

        statements = finish(animals, self.PLAN)

        statements.expect(3)
        assert [loaded(animal) for animal in animals] == [
            {"id", "kind", "name", "trick", "toys"},
            {"id", "kind", "name", "lives"},
            {"id", "kind", "name"},
        ]
        assert animals[0].toys[0].name == "ball"

    def test_without_rows_need_no_statement(self, session, finish):
        animals = [session.get(Animal, 3)]

        finish(animals, self.PLAN).expect(0)


class TestObjectsLeftAsTheyAre:
    def test_of_nothing_nothing_is_asked(self, finish):
        finish([], plan_of(User, "name")).expect(0)
        finish([None], plan_of(User, "name", posts=POSTS)).expect(0)

    def test_that_were_never_saved(self, session, finish):
        transient = User(name="new")
        pending = User(name="newer")
        session.autoflush = False
        session.add(pending)

        plan = plan_of(User, "id", "email", posts=POSTS)
        finish([transient, pending], plan).expect(0)
        assert "posts" not in loaded(transient)

    def test_of_an_unrelated_class(self, session, finish):
        place = session.scalars(select(Place).options(load_only(Place.area))).first()

        with pytest.raises(AssertionError):
            finish([place], plan_of(User, "name")).expect(0)
        assert "name" not in loaded(place)

    def test_that_are_not_mapped(self, finish):
        finish([{"id": 1}, SimpleNamespace(id=2), "3"], plan_of(User, "name")).expect(0)


class TestIsComplete:
    PLAN = plan_of(User, "id", "name", posts=POSTS)

    def test_says_whether_everything_is_there(self, session):
        users = session.scalars(select(User)).all()
        assert not is_complete(users, self.PLAN)

        complete(session, users[:1], self.PLAN, LoaderRegistry(session))
        assert is_complete(users[:1], self.PLAN)
        assert not is_complete(users, self.PLAN)

    def test_looks_below(self, session):
        users = session.scalars(
            select(User).options(joinedload(User.posts).load_only(Post.id))
        )
        users = users.unique().all()

        assert is_complete(
            users, plan_of(User, "name", posts=below(User.posts, plan_of(Post, "id")))
        )
        assert not is_complete(users, self.PLAN)

    def test_looks_at_subclasses(self, session):
        animals = session.scalars(select(Animal)).all()
        plan = plan_of(Animal, "id", subclasses=[plan_of(Dog, "trick")])

        assert not is_complete(animals, plan)
        assert is_complete([one for one in animals if one.id != 1], plan)

    def test_of_nothing_is_true(self):
        assert is_complete([], self.PLAN)


class TestMembers:
    def test_are_the_objects_whatever_collects_them(self, session):
        post, other = Post(title="a"), Post(title="b")
        user = User(posts=[post])

        assert tuple(members(None)) == ()
        assert tuple(members(post)) == (post,)
        assert tuple(members([post, other])) == (post, other)
        assert tuple(members({post})) == (post,)
        assert tuple(members(user.posts)) == (post,)

    def test_of_a_keyed_collection_are_its_values(self, session):
        user = session.get(User, 1)

        assert {post.title for post in members(user.posts_by_title)} == {"a", "b"}


class TestRepeatedTargets:
    """A secondary table may have a pair twice; lazy loading gives it once."""

    def test_are_left_out_of_what_is_loaded_already(self, session, finish):
        one, other = session.get(User, 1), session.get(User, 2)
        post = session.get(Post, 9)
        # selectinload gives this list on SQLAlchemy 2.1.
        set_committed_value(one, "marked", [post, post])
        set_committed_value(other, "marked", [post])
        plan = plan_of(User, "id", marked=below(User.marked, plan_of(Post, "id")))
        assert not is_complete([one], plan)
        assert is_complete([other], plan)

        finish([one, other], plan).expect(0)
        assert one.marked == other.marked == [post]
        assert not inspect(one).modified

    def test_has_repeated_looks_where_there_may_be_some(self):
        post = Post()
        prop = User.marked.property

        assert has_repeated(prop, [post, post])
        assert not has_repeated(prop, [post, Post()])
        assert not has_repeated(prop, ())
        assert not has_repeated(User.posts.property, [post, post])


def test_persistent_state_is_that_of_an_object_in_the_database(session):
    user = session.get(User, 1)
    assert persistent_state(user) is inspect(user)

    session.expunge(user)
    assert persistent_state(user) is inspect(user)
    assert persistent_state(User(id=1)) is None
    assert persistent_state({"id": 1}) is None
    assert persistent_state(None) is None
