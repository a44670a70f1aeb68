"""What is asked below a root field, in one statement: the same as by objects."""

from typing import ClassVar

import pytest
from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    String,
    Table,
    and_,
    desc,
    inspect,
    select,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    column_property,
    mapped_column,
    relationship,
    synonym,
)

from .asking import DATABASES, same, schema_of

pytestmark = pytest.mark.parametrize("database", DATABASES, indirect=True)


# Some databases have no VARCHAR without a length.
STRINGS = {str: String(50)}


class Base(DeclarativeBase):
    type_annotation_map = STRINGS


post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
    Column("position", Integer, default=0),
)


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    first_name: Mapped[str]
    last_name: Mapped[str | None]
    other = synonym("first_name")
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="desc(Post.title)"
    )
    drafts: Mapped[list["Post"]] = relationship(
        primaryjoin=lambda: and_(User.id == Post.author_id, Post.title.like("d%")),
        viewonly=True,
        order_by="Post.id",
    )


User.full = column_property(User.first_name + "!")


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"))
    author: Mapped[User | None] = relationship(back_populates="posts")
    reply_to: Mapped["Post | None"] = relationship(
        remote_side=[id], back_populates="replies"
    )
    replies: Mapped[list["Post"]] = relationship(back_populates="reply_to", order_by=id)
    tags: Mapped[list["Tag"]] = relationship(
        secondary=post_tags, order_by=lambda: [post_tags.c.position, Tag.id]
    )


Post.headline = column_property(Post.title + "!")


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    posts: Mapped[list[Post]] = relationship(
        secondary=post_tags, viewonly=True, order_by=desc(Post.id)
    )


class Room(Base):
    __tablename__ = "rooms"

    house: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    beds: Mapped[list["Bed"]] = relationship(back_populates="room", order_by="Bed.id")


class Bed(Base):
    __tablename__ = "beds"
    __table_args__ = (
        ForeignKeyConstraint(["house", "number"], ["rooms.house", "rooms.number"]),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    house: Mapped[str | None]
    number: Mapped[int | None]
    room: Mapped[Room | None] = relationship(back_populates="beds")


class Animal(Base):
    __tablename__ = "animals"
    __mapper_args__: ClassVar = {
        "polymorphic_on": "kind",
        "polymorphic_identity": "animal",
    }

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    friend_id: Mapped[int | None] = mapped_column(ForeignKey("dogs.id"))
    friend: Mapped["Dog | None"] = relationship(foreign_keys=[friend_id])


class Dog(Animal):
    __tablename__ = "dogs"

    id: Mapped[int] = mapped_column(ForeignKey("animals.id"), primary_key=True)
    bark: Mapped[str]
    __mapper_args__: ClassVar = {
        "polymorphic_identity": "dog",
        "inherit_condition": id == Animal.id,
    }
    owner: Mapped[User | None] = relationship(
        primaryjoin=lambda: Dog.owner_id == User.id, foreign_keys=lambda: Dog.owner_id
    )


class Cat(Animal):
    __mapper_args__: ClassVar = {"polymorphic_identity": "cat"}

    lives: Mapped[int | None]


SDL = """
type Query {
  users: [User!]!
  posts: [Post!]!
  post: Post
  rooms: [Room!]!
  beds: [Bed!]!
  animals: [Animal!]!
  dogs: [Dog!]!
  cats: [Cat!]!
}
type User {
  id: ID!, first_name: String!, last_name: String, full: String!, other: String!
  posts: [Post!]!, drafts: [Post!]!
}
type Post {
  id: ID!, title: String!, headline: String!, author: User, reply_to: Post
  replies: [Post!]!, tags: [Tag!]
}
type Tag { id: Int!, name: String!, posts: [Post]! }
type Room { house: String!, number: Int!, beds: [Bed!]! }
type Bed { id: ID!, room: Room }
type Animal { id: ID!, name: String!, friend: Dog }
type Dog { id: ID!, name: String!, bark: String!, owner: User, friend: Dog }
type Cat { id: ID!, name: String!, lives: Int, friend: Dog }
"""
MODELS = {one.__name__: one for one in (User, Post, Tag, Room, Bed, Animal, Dog, Cat)}


DOCUMENTS = [
    "{ users { id first_name last_name full other } }",
    "{ users { b: id a: id __typename } }",
    "{ users { posts { headline } } }",
    "{ users { posts { author { posts { title author { first_name } } } } } }",
    "{ users { a: drafts { title } b: posts { id } } }",
    "{ posts { author { first_name } tags { name posts { title } } } }",
    "{ posts { reply_to { title reply_to { id } replies { title } } } }",
    "{ posts { replies { id replies { id } } } }",
    "{ posts { ...A tags { id } } } fragment A on Post { tags { name } }",
    "{ posts { author { id } author { first_name } } }",
    "{ posts { __typename } }",
    "{ rooms { house number beds { id room { number } } } }",
    "{ beds { id room { house beds { id } } } }",
    "{ animals { id name friend { bark owner { first_name } } } }",
    "{ dogs { id name bark owner { posts { id } } } }",
    "{ cats { id name lives friend { name } } }",
    "{ cats { id friend { name owner { posts { id } } } } }",
]


@pytest.fixture
def session(database):
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        tags = [Tag(id=n, name=f"tag {n}") for n in (1, 2, 3)]
        ada = User(id=1, first_name="ada", last_name="l")
        bob = User(id=2, first_name="bob")
        first = Post(id=1, title="draft", author=ada, tags=tags[:2])
        second = Post(id=2, title="end", author=ada, reply_to=first, tags=[tags[2]])
        third = Post(id=3, title="nobody's", reply_to=first)
        session.add_all([*tags, ada, bob, first, second, third])
        session.add(Room(house="a", number=1, beds=[Bed(id=1), Bed(id=2)]))
        session.add(Room(house="b", number=1, beds=[Bed(id=3)]))
        session.add(Bed(id=4, house="a"))
        rex = Dog(id=1, name="rex", bark="wuff", owner=ada)
        session.add_all([rex, Cat(id=2, name="tom", lives=7), Animal(id=3, name="x")])
        session.flush()
        session.get_one(Animal, 2).friend = rex
        rows = post_tags.update().where(post_tags.c.tag_id == 1).values(position=5)
        session.execute(rows)
        session.commit()
        yield session


@pytest.fixture
def schema():
    return schema_of(SDL, MODELS)


def test_one_statement_gives_what_objects_do(schema, session, subtests):
    for document in DOCUMENTS:
        with subtests.test(document):
            assert same(session, schema, document)


def test_rows_that_a_condition_chooses_have_what_is_below_them(
    schema, session, subtests
):
    models = {f"{one.__name__.lower()}s": one for one in MODELS.values()}
    for document in DOCUMENTS:
        mapper = inspect(models[document.split()[1]])
        keys = mapper.primary_key
        chosen = select(mapper.class_).where(keys[-1] > 0).order_by(*keys)
        with subtests.test(document):
            assert same(session, schema, document, chosen)


def test_rows_are_those_of_the_statement_in_its_order(schema, session):
    stmt = select(Post).where(Post.id > 1).order_by(Post.id.desc()).limit(1)

    assert same(session, schema, "{ posts { id } }", stmt) == [{"id": "3"}]


def test_rows_that_a_join_multiplies_come_once(schema, session):
    stmt = select(Post).join(Post.tags).order_by(Post.id, Tag.id)

    posts = same(session, schema, "{ posts { id } }", stmt, is_plain=False)
    assert posts == [{"id": "1"}, {"id": "2"}]


def test_one_object_is_the_first_row_or_null(schema, session):
    stmt = select(Post).order_by(Post.id)

    assert same(session, schema, "{ post { title } }", stmt) == {"title": "draft"}
    nothing = stmt.where(Post.id < 0)
    assert same(session, schema, "{ post { title } }", nothing) is None


def test_a_response_key_is_a_parameter(schema, session):
    key = "select_1"
    asked = same(session, schema, f"{{ posts {{ {key}: title }} }}")

    assert asked[0] == {key: "draft"}
