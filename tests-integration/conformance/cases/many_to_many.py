"""Relationships through a secondary table."""

from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from ..case import STRINGS, Case, Query, Type


class Base(DeclarativeBase):
    type_annotation_map = STRINGS


post_tag = Table(
    "post_tag",
    Base.metadata,
    Column("post_id", ForeignKey("post.id"), primary_key=True),
    Column("tag_id", ForeignKey("tag.id"), primary_key=True),
)


class Post(Base):
    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str]
    tags: Mapped[list["Tag"]] = relationship(secondary=post_tag, back_populates="posts")


class Tag(Base):
    __tablename__ = "tag"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str]
    posts: Mapped[list[Post]] = relationship(secondary=post_tag, back_populates="tags")


def seed(session: Session, generation: int) -> None:
    start = generation * 100
    tags = [
        Tag(id=start + number, name=f"tag {number}", description="long")
        for number in range(4)
    ]
    for number, chosen in enumerate(((0, 1), (), (1, 2, 0), (3,))):
        post = Post(id=start + number, title=f"title {number}", body="long")
        post.tags = [tags[position] for position in chosen]
        session.add(post)


CASES = [
    Case(
        mapping="many-to-many",
        metadata=Base.metadata,
        seed=seed,
        types=[Type("Post", Post), Type("Tag", Tag)],
        sdl="""
            type Query { posts: [Post!]! tags: [Tag!]! }
            type Post { id: ID! title: String! body: String! tags: [Tag!]! }
            type Tag { id: ID! name: String! description: String! posts: [Post!]! }
        """,
        queries=[
            Query("{ posts { title tags { name } } }", 2, unread=("description",)),
            Query(
                "{ posts { tags { name } } }",
                2,
                unread=("description",),
                fault="the fallback loads only what the selection below asks",
            ),
            Query(
                "{ tags { name posts { title tags { name posts { id } } } } }",
                4,
                unread=("description", "body"),
            ),
        ],
    )
]
