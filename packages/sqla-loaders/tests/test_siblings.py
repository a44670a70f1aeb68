# ruff: noqa: RUF012  # a dict is what SQLAlchemy takes as __mapper_args__
import weakref

import pytest
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
    selectinload,
)

from sqla_loaders import LoaderRegistry
from sqla_loaders.siblings import Execution
from sqla_selection import LoadPlan, RelationshipPlan


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="Post.id"
    )
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "user"}


class Admin(User):
    __mapper_args__ = {"polymorphic_identity": "admin"}


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User] = relationship(back_populates="posts")


Base.registry.configure()


def plan_of(model, *subclasses, **relationships):
    return LoadPlan(
        model.__mapper__, frozenset(), tuple(relationships.values()), subclasses
    )


PLAN = plan_of(
    User,
    plan_of(Admin),
    posts=RelationshipPlan(
        User.posts.property,
        plan_of(
            Post,
            author=RelationshipPlan(
                Post.author.property, plan_of(User), fields=("author",)
            ),
        ),
        fields=("posts", "articles"),
    ),
)


@pytest.fixture
def users(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([User(posts=[Post(), Post()]), Admin(posts=[Post()]), User()])
        session.commit()
    with Session(engine) as session:
        posts = selectinload(User.posts).joinedload(Post.author)
        yield session.scalars(select(User).options(posts).order_by(User.id)).all()


@pytest.fixture
def execution(users):
    execution = Execution(object())
    execution.note(("people",), users, PLAN)
    return execution


class TestSiblings:
    def test_are_those_at_the_same_path(self, execution, users):
        one, other, third = users
        posts = [*one.posts, *other.posts]

        assert execution.siblings_of(other, ("people",)) == [one, other, third]
        for field in ("posts", "articles"):
            assert execution.siblings_of(posts[0], ("people", field)) == posts
            path = ("people", field, "author")
            assert execution.siblings_of(one, path) == [one, other]

    @pytest.mark.parametrize("is_looked_at", [False, True])
    def test_are_noted_at_their_path_and_place(self, execution, users, is_looked_at):
        one, other, _ = users
        execution.note(("feed", "owner"), [one, other], PLAN, [(0,), (2,)])
        if is_looked_at:
            assert execution.siblings_of(one, ("feed", "owner")) == [one, other]

        assert execution.has_noted(("feed", "owner"), [((2,), other)])
        assert execution.has_noted(("feed", "owner"), [((0,), one), ((2,), other)])
        assert not execution.has_noted(("feed", "owner"), [((0,), one), ((2,), one)])
        assert not execution.has_noted(("feed", "owner"), [((1,), other)])
        assert not execution.has_noted(("feed", "other"), [((2,), other)])

    def test_at_another_path_are_none(self, execution, users):
        assert execution.siblings_of(users[0], ("users",)) == [users[0]]
        assert execution.siblings_of(users[0], ("people", "posts")) == [users[0]]

    def test_of_another_root_field_are_let_go(self, execution, users):
        execution.enter("people")
        execution.note(("people",), users, PLAN)
        execution.enter("people")
        assert execution.siblings_of(users[0], ("people",)) == users
        known = weakref.ref(execution.siblings_of(users[0], ("people",))[2])

        execution.enter("others")
        assert execution.siblings_of(users[0], ("people",)) == [users[0]]
        users.clear()
        assert known() is None

    def test_of_an_unknown_object_are_none(self, execution):
        stranger = User()

        assert execution.siblings_of(stranger, ("people",)) == [stranger]
        assert execution.placed_siblings_of(stranger, ("people",), (0,)) == [
            ((0,), stranger)
        ]

    def test_have_their_places_in_lists_each(self, execution, users):
        one, other, third = users
        first, second, of_other = [*one.posts, *other.posts]

        assert execution.placed_siblings_of(other, ("people",), (1,)) == [
            ((0,), one),
            ((1,), other),
            ((2,), third),
        ]
        path = ("people", "articles")
        assert execution.placed_siblings_of(second, path, (0, 1)) == [
            ((0, 0), first),
            ((0, 1), second),
            ((1, 0), of_other),
        ]
        path = ("people", "posts", "author")
        assert execution.placed_siblings_of(one, path, (0, 1)) == [
            ((0, 0), one),
            ((0, 1), one),
            ((1, 0), other),
        ]

    def test_at_another_place_are_none(self, execution, users):
        assert execution.placed_siblings_of(users[0], ("people",), (1,)) == [
            ((1,), users[0])
        ]

    def test_may_be_objects_of_no_model(self, users):
        execution = Execution(object())
        edges = [{"node": user} for user in users]
        places = [(0, 0), (0, 1), (1, 0)]
        execution.note(("pages", "edges"), edges, None, places)

        assert execution.siblings_of(edges[1], ("pages", "edges")) == edges
        assert execution.placed_siblings_of(
            edges[1], ("pages", "edges"), (0, 1)
        ) == list(zip(places, edges, strict=True))

    def test_leave_out_nulls_and_count_their_places(self, users):
        execution = Execution(object())
        execution.note(("people",), [None, users[1]], PLAN)

        assert execution.placed_siblings_of(users[1], ("people",), (1,)) == [
            ((1,), users[1])
        ]


class TestRegistry:
    @pytest.fixture
    def registry(self, engine):
        with Session(engine) as session:
            yield LoaderRegistry(session)

    def test_knows_one_execution_by_its_identity(self, registry):
        one, other = {}, {}

        assert registry.executions.of(one) is registry.executions.of(one)
        assert registry.executions.of(one) is not registry.executions.of(other)

    def test_knows_the_latest_executions_only(self, registry):
        identities = [{} for _ in range(20)]
        executions = [registry.executions.of(one) for one in identities]

        assert registry.executions.of(identities[-1]) is executions[-1]
        assert registry.executions.of(identities[0]) is not executions[0]

    def test_forgets_what_was_found(self, registry, users):
        execution = registry.executions.of({})
        execution.note(("people",), users, PLAN)
        execution.results_of("field")["key"] = "value"
        assert len(execution.siblings_of(users[0], ("people",))) == 3

        registry.forget()

        assert execution.siblings_of(users[0], ("people",)) == [users[0]]
        assert execution.results_of("field") == {}
