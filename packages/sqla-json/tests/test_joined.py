"""What is joined to many rows: the same as a subquery for each, at once."""

import re

import pytest
from sqlalchemy import Column, ForeignKey, Integer, String, Table, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from sqla_json.joined import FEW

from .asking import ask, same, schema_of, sent

pytestmark = pytest.mark.parametrize("database", ["psycopg"], indirect=True)


class Base(DeclarativeBase):
    type_annotation_map = {str: String(50)}  # noqa: RUF012


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
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="desc(Post.title)"
    )


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str | None]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User | None] = relationship(back_populates="posts")
    comments: Mapped[list["Comment"]] = relationship(back_populates="post")
    tags: Mapped[list["Tag"]] = relationship(secondary=post_tags, order_by="Tag.id")


class Comment(Base):
    __tablename__ = "comments"

    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str]
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    post: Mapped[Post | None] = relationship(back_populates="comments")
    author: Mapped[User] = relationship()


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    posts: Mapped[list[Post]] = relationship(
        secondary=post_tags, viewonly=True, order_by="desc(Post.id)"
    )


no_key = Table(
    "no_key",
    Base.metadata,
    Column("id", Integer, nullable=False),
    Column("user_id", ForeignKey("users.id")),
)


class NoKey(Base):
    __table__ = no_key
    __mapper_args__ = {"primary_key": [no_key.c.id]}  # noqa: RUF012

    posts: Mapped[list[Post]] = relationship(
        primaryjoin=lambda: NoKey.user_id == Post.author_id,
        foreign_keys=lambda: Post.author_id,
        viewonly=True,
        order_by="Post.id",
    )


SDL = """
type Query { posts: [Post!]! post: Post users: [User!]! noKeys: [NoKey!]! }
type User { id: ID! name: String! posts: [Post!]! }
type Post {
  id: Int!, title: String, author: User, comments: [Comment!]!, tags: [Tag!]!
}
type Comment { id: Int!, body: String!, post: Post, author: User! }
type Tag { id: Int!, name: String!, posts: [Post!]! }
type NoKey { id: Int!, posts: [Post!]! }
"""
MODELS = {one.__name__: one for one in (User, Post, Comment, Tag, NoKey)}

DOCUMENTS = [
    "{ posts { id author { name } } }",
    "{ posts { id tags { name } } }",
    "{ posts { id comments { body author { name } post { id } } tags { id } } }",
    "{ posts { author { name posts { title comments { id } } } } }",
    "{ posts { tags { posts { id tags { id posts { author { id } } } } } } }",
    "{ posts { a: tags { id } b: tags { name } author { id } by: author { name } } }",
    "{ posts { comments { author { posts { id } } } } }",
    "{ posts { comments { id post { comments { id } } } } }",
]


@pytest.fixture
def session(database):
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        tags = [Tag(id=n, name=f"tag \"{n}'\n") for n in (1, 2, 3)]
        users = [User(id=n, name=f"user {n}") for n in (1, 2, 3)]
        session.add_all([*tags, *users])
        for number, title in enumerate(["b", None, "a", "d", "c"], 1):
            post = Post(id=number, title=title, tags=tags[: number % 4])
            post.author = [None, *users][number % 3]
            session.add(post)
            for place in range(number % 3):
                body, author = f"{number} {place}", users[place]
                id_ = number * 10 + place
                session.add(Comment(id=id_, body=body, post=post, author=author))
        session.add(Comment(id=1, body="nobody's", author=users[2]))
        session.flush()
        session.execute(no_key.insert(), [{"id": 1, "user_id": 1}])
        session.commit()
        yield session


@pytest.fixture
def schema():
    return schema_of(SDL, MODELS)


STATEMENTS = {
    "all": select(Post).order_by(Post.id),
    "in another order": select(Post).order_by(Post.title.desc(), Post.id),
    "some": select(Post).where(Post.id.in_([5, 2, 4])).order_by(Post.id.desc()),
    "some by their author": select(Post)
    .where(Post.author.has(User.id == 1))
    .order_by(Post.id),
    "none": select(Post).where(Post.id < 0).order_by(Post.id),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_many_rows_have_what_each_has(schema, session, subtests, name):
    for document in DOCUMENTS:
        with subtests.test(document):
            same(session, schema, document, STATEMENTS[name])


def test_lists_of_all_rows_are_grouped_once(schema, session):
    document = "{ posts { author { name } comments { author { id } } tags { id } } }"
    sql = sent(session, schema, document, STATEMENTS["all"])

    assert "WITH" not in sql
    assert sql.count("GROUP BY posts.id") == 2
    assert len(re.findall(r"\(SELECT", sql)) == 3  # both, and that of the rows


def test_conditions_of_the_rows_are_asked_once(schema, session):
    sql = sent(session, schema, "{ posts { tags { id } } }", STATEMENTS["some"])

    assert sql.startswith("WITH")
    assert sql.count("posts.id IN") == 1
    assert sql.count("GROUP BY") == 1


def test_what_is_below_the_rows_is_of_them_alone(schema, session):
    document = "{ posts { comments { author { posts { id } } } } }"
    sql = sent(session, schema, document, STATEMENTS["some"])

    assert sql.count("EXISTS") == 2  # which comments are of these posts, which users


def test_a_page_and_one_object_have_a_subquery_for_each_row(schema, session):
    page = select(Post).order_by(Post.id).limit(3)
    document = "{ posts { author { name } tags { id } } }"
    same(session, schema, document, page)
    assert "GROUP BY" not in sent(session, schema, document, page)

    document = "{ post { author { name } comments { id author { id } } } }"
    same(session, schema, document)
    sql = sent(session, schema, document)
    assert "GROUP BY" not in sql
    assert sql.count("LEFT OUTER JOIN") == 1  # for all comments of the object


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_page_of_many_rows_has_what_each_has(schema, session, subtests, name):
    page = STATEMENTS[name].limit(FEW + 1).offset(1)
    for document in DOCUMENTS:
        with subtests.test(document):
            same(session, schema, document, page, limit=FEW + 1)


def test_a_page_of_many_rows_is_cut_out_first(schema, session):
    page = select(Post).order_by(Post.id).limit(FEW + 1)
    document = "{ posts { author { name } tags { id } } }"
    sql = sent(session, schema, document, page, limit=FEW + 1)

    assert sql.startswith("WITH")
    assert sql.index("LIMIT") < sql.index("JOIN")
    assert "GROUP BY" not in sent(session, schema, document, page, limit=FEW)


def test_rows_without_an_order_have_that_of_their_key(schema, session):
    session.execute(Post.__table__.update().values(title="moved").where(Post.id == 1))
    document = "{ posts { id comments { id } } }"
    asked = ask(session, schema, document, select(Post)).answer.value()

    assert [one["id"] for one in asked] == [1, 2, 3, 4, 5]
    assert asked[4]["comments"] == [{"id": 50}, {"id": 51}]


def test_rows_that_no_key_tells_apart_are_not_grouped(schema, session):
    document = "{ noKeys { posts { id } } }"
    same(session, schema, document)

    assert "GROUP BY" not in sent(session, schema, document)


def test_a_wrong_value_in_what_is_joined_is_noticed(session):
    strict = schema_of(SDL.replace("title: String,", "title: String!,"), MODELS)
    document = "{ users { posts { title } } }"

    asked = ask(session, strict, document)
    assert asked.answer.is_of_the_rows
    assert asked.errors
