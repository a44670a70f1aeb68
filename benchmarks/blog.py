"""The blog that every contestant serves: models, schema and seed data."""

from __future__ import annotations

import random
from itertools import count

from sqlalchemy import Column, Engine, ForeignKey, Table, func, insert, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

USERS = 200
TAGS = 20
COMMENTS_PER_POST = 3


class Base(DeclarativeBase):
    pass


post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True, index=True),
)


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    email: Mapped[str]
    posts: Mapped[list[Post]] = relationship(back_populates="author")


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str]
    views: Mapped[int]
    is_published: Mapped[bool]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    author: Mapped[User] = relationship(back_populates="posts")
    comments: Mapped[list[Comment]] = relationship(back_populates="post")
    tags: Mapped[list[Tag]] = relationship(secondary=post_tags, back_populates="posts")


class Comment(Base):
    __tablename__ = "comments"

    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    post: Mapped[Post] = relationship(back_populates="comments")
    author: Mapped[User] = relationship()


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    posts: Mapped[list[Post]] = relationship(secondary=post_tags, back_populates="tags")


TYPE_DEFS = """
type Query {
  users: [User!]!
  posts: [Post!]!
  post(id: Int!): Post
  publishedPosts: [Post!]!
  tags: [Tag!]!
}

type User {
  id: ID!
  username: String!
  email: String!
  posts: [Post!]!
}

type Post {
  id: ID!
  title: String!
  body: String!
  views: Int!
  author: User!
  comments: [Comment!]!
  tags: [Tag!]!
}

type Comment {
  id: ID!
  body: String!
  post: Post!
  author: User!
}

type Tag {
  id: ID!
  name: String!
  posts: [Post!]!
}
"""


def seed(engine: Engine, posts: int) -> None:
    """Create the tables and fill them, with the same rows each time."""
    rng = random.Random(0)  # noqa: S311 - no secrets here
    words = [f"word{number:02}" for number in range(50)]
    comment_ids = count(1)

    def sentence(length: int) -> str:
        return " ".join(rng.choices(words, k=length))

    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(
            insert(User),
            [
                {"id": i, "username": f"user{i}", "email": f"user{i}@example.com"}
                for i in range(1, USERS + 1)
            ],
        )
        connection.execute(
            insert(Tag), [{"id": i, "name": f"tag{i}"} for i in range(1, TAGS + 1)]
        )
        connection.execute(
            insert(Post),
            [
                {
                    "id": i,
                    "title": sentence(6),
                    "body": sentence(30),
                    "views": rng.randrange(10_000),
                    "is_published": True,
                    "author_id": rng.randint(1, USERS),
                }
                for i in range(1, posts + 1)
            ],
        )
        connection.execute(
            insert(Comment),
            [
                {
                    "id": next(comment_ids),
                    "body": sentence(10),
                    "post_id": post_id,
                    "author_id": rng.randint(1, USERS),
                }
                for post_id in range(1, posts + 1)
                for _ in range(COMMENTS_PER_POST)
            ],
        )
        connection.execute(
            insert(post_tags),
            [
                {"post_id": post_id, "tag_id": tag_id}
                for post_id in range(1, posts + 1)
                for tag_id in rng.sample(range(1, TAGS + 1), rng.randint(0, 4))
            ],
        )
    with engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
        assert connection.scalar(select(func.count(Post.id))) == posts
