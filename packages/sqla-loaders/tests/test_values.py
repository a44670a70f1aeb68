import pytest
from sqlalchemy import ForeignKey
from sqlalchemy.orm import (
    DeclarativeBase,
    DynamicMapped,
    Mapped,
    Session,
    attribute_keyed_dict,
    mapped_column,
    relationship,
)

from sqla_loaders import NotLoadedError, reader_of
from sqla_loaders.on_owners import sits_on_owner
from sqla_loaders.terms import NO_TERMS
from sqla_loaders.testing import count_statements
from sqla_loaders.values import Values


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    posts: Mapped[list["Post"]] = relationship(order_by="Post.id")
    by_title: Mapped[dict[str, "Post"]] = relationship(
        collection_class=attribute_keyed_dict("title"), viewonly=True
    )
    queried: DynamicMapped["Post"] = relationship(viewonly=True)


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


Base.registry.configure()
POSTS, BY_TITLE, QUERIED = (
    attribute.property for attribute in (User.posts, User.by_title, User.queried)
)
FIRST = ("first", 1)
"""A window."""


@pytest.fixture
def session(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        posts = [Post(id=number, title=f"post {number}") for number in (1, 2)]
        session.add(User(id=1, posts=posts))
        session.commit()
    with Session(engine) as session:
        yield session


def keep(values, session, owner, found):
    """Keep what was found for *owner*, as a batch does."""
    state = None if isinstance(owner, dict) else owner._sa_instance_state
    key = values.query.key_of(owner)
    values.keep(
        session, [owner], [state], [key], {key: found}, values.kept_on(NO_TERMS)
    )


class TestWithoutAWindow:
    def test_a_value_sits_on_an_object_of_the_session(self, session, engine):
        user, post = session.get_one(User, 1), session.get_one(Post, 2)
        values = Values()

        keep(values.of(POSTS), session, user, [post])

        with count_statements(engine) as counted:
            assert user.posts == [post]
            assert reader_of(POSTS)(user) == [post]
            assert values.value_of(user, POSTS) == [post]
        assert len(counted) == 0

    def test_it_is_unloaded_when_rows_have_changed(self, session):
        user, post = session.get_one(User, 1), session.get_one(Post, 2)
        values = Values()
        keep(values.of(POSTS), session, user, [post])

        values.forget()

        assert values.writes.have_been
        assert [one.id for one in user.posts] == [1, 2]

    def test_a_keyed_collection_is_read_as_its_values(self, session):
        user = session.get_one(User, 1)

        assert [*user.by_title] == ["post 1", "post 2"]
        assert [post.id for post in reader_of(BY_TITLE)(user)] == [1, 2]

    @pytest.mark.parametrize("owner", [User(), {"posts": []}], ids=["unloaded", "dict"])
    def test_nothing_is_read_where_there_is_nothing(self, owner):
        with pytest.raises((KeyError, AttributeError)):
            reader_of(POSTS)(owner)

    def test_what_is_mapped_as_a_query_is_never_on_its_owner(self, session):
        user, post = session.get_one(User, 1), session.get_one(Post, 2)
        values = Values()

        keep(values.of(QUERIED), session, user, [post])

        assert not sits_on_owner(QUERIED)
        assert [one.id for one in user.queried] == [1, 2]
        with pytest.raises(KeyError):
            reader_of(QUERIED)(user)


class TestWithAWindow:
    def test_a_value_is_not_on_the_mapped_attribute(self, session):
        user, post = session.get_one(User, 1), session.get_one(Post, 1)
        assert len(user.posts) == 2
        values = Values()

        keep(values.of(POSTS, FIRST), session, user, [post])

        assert not sits_on_owner(POSTS, FIRST)
        assert values.value_of(user, POSTS, FIRST) == [post]
        assert len(user.posts) == 2
        assert len(values.value_of(user, POSTS)) == 2
        with pytest.raises(KeyError):
            reader_of(POSTS, FIRST)(user)

    def test_each_window_has_its_own(self, session):
        owner, post = {"id": 1}, session.get_one(Post, 1)
        values = Values()
        keep(values.of(POSTS), session, owner, [])
        keep(values.of(POSTS, FIRST), session, owner, [post])

        assert values.value_of(owner, POSTS) == []
        assert values.value_of(owner, POSTS, FIRST) == [post]
        with pytest.raises(NotLoadedError, match=r"^User\.posts was not loaded for 1"):
            values.value_of(owner, POSTS, ("first", 2))

    def test_it_is_forgotten_when_rows_have_changed(self, session):
        values = Values()
        edge = values.of(POSTS, FIRST)
        keep(edge, session, {"id": 1}, [session.get_one(Post, 1)])

        values.forget()

        with pytest.raises(NotLoadedError):
            edge.value_of({"id": 1})
