"""The executable schema: most of it bound to the models, the rest written by hand."""

# GraphQLResolveInfo is generic in graphql-core 3.3 and not in 3.2.
from __future__ import annotations

import re
import warnings
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timezone
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import uuid4

from ariadne import (
    MutationType,
    ScalarType,
    load_schema_from_path,
    make_executable_schema,
)
from graphql import (
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
)
from sqlalchemy import Select, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from ariadne_sqla import (
    ArgumentLimits,
    GlobalIdError,
    HiddenNonNullWarning,
    Policy,
    SQLAlchemyNodeType,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    auto_eager_load,
    from_global_id,
    visible,
)

from .models import (
    AnnouncementNotification,
    Base,
    Comment,
    CommentNotification,
    FollowNotification,
    Notification,
    Post,
    PostRevision,
    RevisionNote,
    Tag,
    User,
)
from .seed import slug

MAX_DEPTH = 4  # levels
LIMITS = ArgumentLimits(depth=3, conditions=20, max_rows=100_000)
MAX_TITLE = 200  # characters, what the column holds
WITH_THEIR_POST = (
    r"(Comment|PostRevision)\.post is |RevisionNote\.revision is |"
    r"CommentNotification\.comment is "
)

P = ParamSpec("P")
T = TypeVar("T")
B = TypeVar("B", bound=Base)


class BlogType(SQLAlchemyObjectType):
    """A type whose root fields give rows in the order of the key."""

    def __init__(self, name: str, model: type[Base], **options: Any) -> None:
        super().__init__(name, model, max_depth=MAX_DEPTH, **options)

    def get_base_query(
        self, info: GraphQLResolveInfo[Any], /, *_: Any, **kwargs: Any
    ) -> Select[Any]:
        return select(self.model).order_by(*inspect(self.model).primary_key)


def not_negative(name: str, value: int) -> int:
    if value < 0:
        msg = f"{name!r} must not be negative, got {value}."
        raise GraphQLError(msg)
    return value


date_time = ScalarType("DateTime")


@date_time.serializer
def serialize_date_time(value: datetime) -> str:
    return value.isoformat()


def resolve_excerpt(post: Post, _info: GraphQLResolveInfo[Any], *, length: int) -> str:
    """Return the beginning of the post, up to a word's end."""
    text = " ".join(post.body.split())
    if len(text) <= not_negative("length", length):
        return text
    return text[:length].rpartition(" ")[0] + " …"


def with_session(
    resolve: Callable[Concatenate[Session, GraphQLResolveInfo[Any], P], T],
) -> Callable[..., T | Awaitable[T]]:
    """Let a resolver that is written for a `Session` serve an `AsyncSession` too.

    It gets the request's session in place of the parent, which root fields lack.
    """

    @wraps(resolve)
    def resolver(
        _parent: Any, info: GraphQLResolveInfo[Any], *args: P.args, **kwargs: P.kwargs
    ) -> T | Awaitable[T]:
        session = info.context["session"]
        if isinstance(session, AsyncSession):
            return session.run_sync(resolve, info, *args, **kwargs)
        return resolve(session, info, *args, **kwargs)

    return resolver


@with_session
def resolve_published_posts(
    session: Session, _info: GraphQLResolveInfo[Any], *, limit: int | None = None
) -> Sequence[Post]:
    stmt = select(Post).where(Post.is_published).order_by(Post.id)
    if limit is not None:
        stmt = stmt.limit(not_negative("limit", limit))
    return session.scalars(stmt).all()


@with_session
def resolve_notifications(
    session: Session, info: GraphQLResolveInfo[Any], *, limit: int
) -> Sequence[Notification]:
    stmt = select(Notification).order_by(Notification.id.desc())
    stmt = stmt.limit(not_negative("limit", limit))
    return session.scalars(auto_eager_load(stmt, info, Notification)).all()


@with_session
def resolve_search(
    session: Session, _info: GraphQLResolveInfo[Any], *, term: str, limit: int
) -> list[User | Post | Tag]:
    not_negative("limit", limit)
    users = (
        select(User)
        .where(User.full_name.icontains(term, autoescape=True))
        .order_by(User.id)
    )
    posts = (
        select(Post)
        .where(Post.is_published, Post.title.icontains(term, autoescape=True))
        .order_by(Post.id)
    )
    tags = (
        select(Tag).where(Tag.name.icontains(term, autoescape=True)).order_by(Tag.name)
    )
    return [
        *session.scalars(users.limit(limit)),
        *session.scalars(posts.limit(limit)),
        *session.scalars(tags.limit(limit)),
    ]


@with_session
def resolve_add_post(
    session: Session,
    info: GraphQLResolveInfo[Any],
    *,
    input: dict[str, Any],
) -> dict[str, Any]:
    author = find(session, info, User, input["author_id"])
    if author is None:
        return {"problem": f"There is no user {input['author_id']}."}
    title = input["title"].strip()
    if not 0 < len(title) <= MAX_TITLE:
        return {"problem": f"A title has 1 to {MAX_TITLE} characters."}
    tags = session.scalars(select(Tag).where(Tag.name.in_(input["tags"]))).all()
    if unknown := set(input["tags"]) - {tag.name for tag in tags}:
        return {"problem": f"There is no tag {', '.join(sorted(unknown))}."}
    post = Post(
        # Made unique by the id, once it is known.
        slug=str(uuid4()),
        title=title,
        body=input["body"],
        is_published=input["is_published"],
        published_at=now() if input["is_published"] else None,
        author_id=author.id,
        tags=list(tags),
    )
    session.add(post)
    session.flush()
    post.slug = f"{slug(title)[:100] or 'post'}-{post.id}"
    session.commit()
    return {"post": post}


@with_session
def resolve_add_comment(
    session: Session,
    info: GraphQLResolveInfo[Any],
    *,
    input: dict[str, Any],
) -> dict[str, Any]:
    post = find(session, info, Post, input["post_id"])
    if post is None:
        return {"problem": f"There is no post {input['post_id']}."}
    author = find(session, info, User, input["author_id"])
    if author is None:
        return {"problem": f"There is no user {input['author_id']}."}
    parent_id = input.get("parent_id")
    parent = None if parent_id is None else find(session, info, Comment, parent_id)
    if parent_id is not None and (parent is None or parent.post_id != post.id):
        return {"problem": f"There is no comment {parent_id} on post {post.id}."}
    if not input["body"].strip():
        return {"problem": "A comment needs a text."}
    comment = Comment(
        body=input["body"].strip(),
        created_at=now(),
        post_id=post.id,
        author_id=author.id,
        parent_id=None if parent is None else parent.id,
    )
    session.add(comment)
    session.commit()
    return {"comment": comment}


def find(
    session: Session, info: GraphQLResolveInfo[Any], model: type[B], id_: str
) -> B | None:
    """Return the row of the ID, which is a global one or the key as text.

    A row that the viewer may not see is none.
    """
    try:
        type_name, (key, *_) = from_global_id(id_)
    except GlobalIdError:
        type_name, key = model.__name__, id_
    if type_name != model.__name__ or not re.fullmatch(r"[0-9]{1,9}", key):
        return None
    (column,) = inspect(model).primary_key
    stmt = select(model).where(column == int(key), visible(model, info))
    return session.scalars(stmt).one_or_none()


def now() -> datetime:
    """Return the time in UTC, in the whole seconds that every database keeps."""
    return datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)


def make_types(policies: Mapping[type[Base], Policy]) -> list[BlogType]:
    """Return the object types, whose models may have policies."""

    def of(name: str, model: type[Base], **options: Any) -> BlogType:
        return BlogType(name, model, policy=policies.get(model), **options)

    post = of(
        "Post",
        Post,
        aliases={"writer": "author"},
        trusted=["commentCount"],  # whoever sees a post sees all its comments
        requires={
            "excerpt": ["body"],
            "byline": ["title", "author.full_name"],
        },
    )
    post.set_field("excerpt", resolve_excerpt)
    return [
        of("User", User, aliases={"name": "full_name"}),
        post,
        of("Tag", Tag),
        of("Comment", Comment),
        of("PostRevision", PostRevision),
        of("RevisionNote", RevisionNote),
        of("CommentNotification", CommentNotification),
        of("FollowNotification", FollowNotification),
        of("AnnouncementNotification", AnnouncementNotification),
    ]


def make_schema(policies: Mapping[type[Base], Policy] | None = None) -> GraphQLSchema:
    """Return the schema.

    Args:
        policies: Of models; without them everybody sees all rows.
    """
    types = make_types(policies or {})
    query = SQLAlchemyQueryType(types, limits=LIMITS)
    query.set_field("publishedPosts", resolve_published_posts)
    query.set_field("search", resolve_search)
    query.set_field("notifications", resolve_notifications)
    mutation = MutationType()
    mutation.set_field("addPost", resolve_add_post)
    mutation.set_field("addComment", resolve_add_comment)
    with warnings.catch_warnings():
        # What belongs to a post is hidden with it: whoever sees the one sees the other.
        warnings.filterwarnings("ignore", WITH_THEIR_POST, HiddenNonNullWarning)
        return make_executable_schema(
            load_schema_from_path(Path(__file__).parent / "schema.graphql"),
            query,
            mutation,
            date_time,
            SQLAlchemyNodeType(),
            *types,
            convert_names_case=True,
        )
