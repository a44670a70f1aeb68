"""The blog's tables, chosen so that every kind of mapping can be queried."""

# ruff: noqa: RUF012  # a dict is what SQLAlchemy takes as __mapper_args__

from datetime import datetime
from typing import Any, Optional

from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    and_,
    func,
    select,
)
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    column_property,
    mapped_column,
    relationship,
)
from sqlalchemy.sql.elements import ColumnElement

# MariaDB's own default depends on its configuration, and the posts are not ASCII.
UTF8: dict[str, Any] = {"mysql_charset": "utf8mb4", "mariadb_charset": "utf8mb4"}


class Base(DeclarativeBase):
    __table_args__: Any = UTF8


follows = Table(
    "follows",
    Base.metadata,
    Column("follower_id", Integer, ForeignKey("users.id"), primary_key=True),
    Column(
        "followed_id", Integer, ForeignKey("users.id"), primary_key=True, index=True
    ),
    **UTF8,
)

post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", Integer, ForeignKey("posts.id"), primary_key=True),
    Column("tag_id", Integer, ForeignKey("tags.id"), primary_key=True),
    Index("ix_post_tags_tag_id", "tag_id"),
    **UTF8,
)


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(60), unique=True)
    first_name: Mapped[str] = mapped_column(String(40))
    last_name: Mapped[str] = mapped_column(String(40))
    email: Mapped[str] = mapped_column(String(100))
    bio: Mapped[str] = mapped_column(Text, deferred=True)
    joined_at: Mapped[datetime]

    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="Post.id"
    )
    published_posts: Mapped[list["Post"]] = relationship(
        primaryjoin=lambda: and_(Post.author_id == User.id, Post.is_published),
        order_by="Post.published_at.desc(), Post.id",
        viewonly=True,
    )
    comments: Mapped[list["Comment"]] = relationship(
        back_populates="author", order_by="Comment.id"
    )
    notifications: Mapped[list["Notification"]] = relationship(
        back_populates="recipient", order_by="Notification.id"
    )
    following: Mapped[list["User"]] = relationship(
        secondary=follows,
        primaryjoin=id == follows.c.follower_id,
        secondaryjoin=id == follows.c.followed_id,
        order_by="User.id",
        back_populates="followers",
    )
    followers: Mapped[list["User"]] = relationship(
        secondary=follows,
        primaryjoin=id == follows.c.followed_id,
        secondaryjoin=id == follows.c.follower_id,
        order_by="User.id",
        back_populates="following",
    )

    @hybrid_property
    def full_name(self) -> str:
        return self.first_name + " " + self.last_name


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)

    posts: Mapped[list["Post"]] = relationship(
        secondary=post_tags, order_by="Post.id", back_populates="tags"
    )


class Comment(Base):
    __tablename__ = "comments"

    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id"), index=True)

    post: Mapped["Post"] = relationship(back_populates="comments")
    author: Mapped[User] = relationship(back_populates="comments")
    parent: Mapped[Optional["Comment"]] = relationship(
        back_populates="replies", remote_side=id
    )
    replies: Mapped[list["Comment"]] = relationship(
        back_populates="parent", order_by="Comment.id"
    )


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    is_published: Mapped[bool] = mapped_column(index=True)
    published_at: Mapped[datetime | None]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)

    # Deferred, so that only a query that asks for it counts.
    comment_count: Mapped[int] = column_property(
        select(func.count(Comment.id))
        .where(Comment.post_id == id)
        .correlate_except(Comment)
        .scalar_subquery(),
        deferred=True,
    )

    author: Mapped[User] = relationship(back_populates="posts")
    tags: Mapped[list[Tag]] = relationship(
        secondary=post_tags, order_by=Tag.name, back_populates="posts"
    )
    comments: Mapped[list[Comment]] = relationship(
        back_populates="post", order_by=Comment.id
    )
    revisions: Mapped[list["PostRevision"]] = relationship(
        back_populates="post", order_by="PostRevision.number"
    )
    tag_names: AssociationProxy[list[str]] = association_proxy("tags", "name")

    @hybrid_property
    def word_count(self) -> int:
        return self.body.count(" ") + 1

    @word_count.inplace.expression
    @classmethod
    def _word_count(cls) -> ColumnElement[int]:
        # MariaDB's length counts bytes, the others' characters: the difference is
        # the number of spaces either way.
        return func.length(cls.body) - func.length(func.replace(cls.body, " ", "")) + 1

    @property
    def byline(self) -> str:
        """A plain property, which no mapping tells what it reads."""
        return f"{self.title}, by {self.author.full_name}"

    @property
    def signature(self) -> str:
        """Another one, whose code does not show what it reads, and which has no hint.

        It loads author by author.
        """
        return "— {.author.username}".format(self)  # noqa: UP032  # see above


class PostRevision(Base):
    """An earlier text of a post: a composite key, one column of it a foreign key."""

    __tablename__ = "post_revisions"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    editor_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)

    post: Mapped[Post] = relationship(back_populates="revisions")
    editor: Mapped[User] = relationship()
    notes: Mapped[list["RevisionNote"]] = relationship(
        back_populates="revision", order_by="RevisionNote.id"
    )


class RevisionNote(Base):
    """What an editor wrote about a revision: a foreign key of two columns."""

    __tablename__ = "revision_notes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["post_id", "revision_number"],
            ["post_revisions.post_id", "post_revisions.number"],
        ),
        Index("ix_revision_notes_revision", "post_id", "revision_number"),
        UTF8,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int]
    revision_number: Mapped[int]
    body: Mapped[str] = mapped_column(Text)

    revision: Mapped[PostRevision] = relationship(back_populates="notes")


class Notification(Base):
    """Joined-table inheritance: what tells a user that something happened."""

    __tablename__ = "notifications"
    __mapper_args__ = {
        "polymorphic_on": "kind",
        "polymorphic_identity": "notification",
    }

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime]
    recipient_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)

    recipient: Mapped[User] = relationship(back_populates="notifications")


class CommentNotification(Notification):
    """Somebody commented on a post of the recipient's."""

    __tablename__ = "comment_notifications"
    __mapper_args__ = {"polymorphic_identity": "comment"}

    id: Mapped[int] = mapped_column(ForeignKey("notifications.id"), primary_key=True)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comments.id"), index=True)

    comment: Mapped[Comment] = relationship()


class FollowNotification(Notification):
    """Somebody follows the recipient."""

    __tablename__ = "follow_notifications"
    __mapper_args__ = {"polymorphic_identity": "follow"}

    id: Mapped[int] = mapped_column(ForeignKey("notifications.id"), primary_key=True)
    follower_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)

    follower: Mapped[User] = relationship()


class AnnouncementNotification(Notification):
    """The editors say something to everybody."""

    __tablename__ = "announcement_notifications"
    __mapper_args__ = {"polymorphic_identity": "announcement"}

    id: Mapped[int] = mapped_column(ForeignKey("notifications.id"), primary_key=True)
    message: Mapped[str] = mapped_column(String(200))
