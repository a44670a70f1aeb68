"""Models, a schema and rows that the tests of arguments ask."""

from __future__ import annotations

import datetime
import enum
from typing import Any

from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    parse,
    validate,
)
from graphql.execution.values import get_argument_values, get_variable_values
from sqlalchemy import Column, ForeignKey, String, Table, and_
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    configure_mappers,
    mapped_column,
    relationship,
)
from sqlalchemy.types import REAL

from sqla_selection import TypeConfig, TypeRegistry
from sqla_selection.arguments import (
    ArgumentsShape,
    FilterConfig,
    OrderConfig,
    Vocabulary,
    Window,
    arguments_shape,
    order_keys_of,
    window_of,
)


class Base(DeclarativeBase):
    type_annotation_map = {str: String(100)}  # noqa: RUF012  # SQLAlchemy's


class Kind(enum.Enum):
    zebra = 1
    article = 2
    note = 3


post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str | None]
    posts: Mapped[list[Post]] = relationship(back_populates="author")
    by_title: Mapped[list[Post]] = relationship(
        order_by="Post.title.desc()", viewonly=True
    )
    published: Mapped[list[Post]] = relationship(
        primaryjoin=lambda: and_(
            Post.author_id == User.id, Post.is_published.is_(True)
        ),
        viewonly=True,
    )


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str | None]
    views: Mapped[int | None]
    rank: Mapped[int]
    score: Mapped[float | None] = mapped_column(REAL)
    created_at: Mapped[datetime.datetime | None]
    is_published: Mapped[bool | None]
    kind: Mapped[Kind | None]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"))
    author: Mapped[User | None] = relationship(back_populates="posts")
    parent: Mapped[Post | None] = relationship(
        remote_side="Post.id", back_populates="replies"
    )
    replies: Mapped[list[Post]] = relationship(back_populates="parent")
    comments: Mapped[list[Comment]] = relationship(back_populates="post")
    tags: Mapped[list[Tag]] = relationship(secondary=post_tags, back_populates="posts")


class Comment(Base):
    __tablename__ = "comments"

    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str | None]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    post: Mapped[Post] = relationship(back_populates="comments")


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    posts: Mapped[list[Post]] = relationship(secondary=post_tags, back_populates="tags")


configure_mappers()

OBJECTS = """
type Query {
  posts(isPublished: Boolean, views: [Int], filter: PostFilter, orderBy: [PostOrder!],
        limit: Int, offset: Int): [Post!]!
  postPages(filter: PostFilter, orderBy: [PostOrder!], first: Int, after: String,
            last: Int, before: String): PostConnection!
  openPosts(where: PostFilter, order: [PostChoice!]): [Post!]!
  somePosts(where: PostFilter, order: [PostChoice!], limit: Int): [Post!]!
  topPosts(orderBy: [PostOrder!] = [RANK_DESC], limit: Int = 2): [Post!]!
}
type User {
  id: ID! username: String
  posts(filter: PostFilter, orderBy: [PostOrder!], limit: Int, offset: Int): [Post!]!
  postPages(filter: PostFilter, orderBy: [PostOrder!], first: Int, after: String,
            last: Int, before: String): PostConnection!
}
type Post {
  id: ID! title: String views: Int rank: Int! score: Float createdAt: String
  isPublished: Boolean kind: Kind author: User
  tags(orderBy: [TagOrder!], limit: Int): [Tag!]!
}
type Tag { id: ID! name: String
           posts(filter: PostFilter, orderBy: [PostOrder!], limit: Int): [Post!]! }
"""
INPUTS = """
type Comment { id: ID! body: String }
type PostConnection { edges: [PostEdge!]! nodes: [Post!]! pageInfo: PageInfo!
                      totalCount: Int! }
type PostEdge { node: Post! cursor: String! }
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean!
                startCursor: String endCursor: String }
enum Kind { zebra article note }
input PostFilter {
  id: IDFilter title: StringFilter views: IntFilter score: FloatFilter
  createdAt: StringComparison isPublished: Boolean kind: KindFilter
  author: UserFilter parent: PostFilter
  comments: CommentListFilter replies: PostListFilter tags: TagListFilter
  loud: Boolean
  and: [PostFilter!] or: [PostFilter!] not: PostFilter
}
input UserFilter { id: IDFilter username: StringFilter posts: PostListFilter
                   published: PostListFilter
                   and: [UserFilter!] or: [UserFilter!] not: UserFilter }
input CommentFilter { body: StringFilter post: PostFilter not: CommentFilter }
input TagFilter { name: StringFilter posts: PostListFilter not: TagFilter }
input PostListFilter { some: PostFilter none: PostFilter every: PostFilter }
input CommentListFilter { some: CommentFilter none: CommentFilter every: CommentFilter }
input TagListFilter { some: TagFilter none: TagFilter every: TagFilter }
input IDFilter { eq: ID ne: ID in: [ID!] notIn: [ID!] isNull: Boolean }
input StringFilter { eq: String ne: String in: [String!] notIn: [String!]
  lt: String gte: String contains: String startsWith: String endsWith: String
  icontains: String istartsWith: String iendsWith: String isNull: Boolean }
input StringComparison { eq: String lt: String gte: String isNull: Boolean }
input IntFilter { eq: Int ne: Int in: [Int!] notIn: [Int!] lt: Int lte: Int gt: Int
                  gte: Int isNull: Boolean }
input FloatFilter { lt: Float gte: Float isNull: Boolean }
input KindFilter { eq: Kind ne: Kind in: [Kind!] isNull: Boolean }
enum PostOrder {
  TITLE_ASC TITLE_DESC VIEWS_ASC VIEWS_DESC VIEWS_ASC_NULLS_FIRST VIEWS_ASC_NULLS_LAST
  VIEWS_DESC_NULLS_FIRST VIEWS_DESC_NULLS_LAST RANK_ASC RANK_DESC SCORE_ASC SCORE_DESC
  CREATED_AT_ASC CREATED_AT_DESC KIND_ASC KIND_DESC IS_PUBLISHED_ASC
  AUTHOR_USERNAME_ASC AUTHOR_USERNAME_DESC PARENT_AUTHOR_USERNAME_ASC
  AUTHOR_USERNAME_DESC_NULLS_LAST ID_ASC ID_DESC LOUDNESS_ASC LOUDNESS_DESC
}
enum TagOrder { NAME_ASC NAME_DESC }
enum Direction { ASC DESC ASC_NULLS_FIRST DESC_NULLS_LAST }
input PostChoice @oneOf { title: Direction views: Direction author: UserChoice }
input UserChoice @oneOf { username: Direction }
"""
"""All types but those whose fields choose."""
SDL = OBJECTS + INPUTS


def is_loud(entity: Any, value: bool, info: Any) -> Any:
    """Whether a post has many views, which is NULL where they are not known."""
    return (entity.views > 2) if value else (entity.views <= 2)


def loudness(entity: Any, info: Any) -> Any:
    return entity.views * 2


CONFIGS = (
    FilterConfig("PostFilter", functions={"loud": is_loud}),
    OrderConfig("PostOrder", functions={"loudness": loudness}),
)
MODELS: dict[str, type[Any]] = {
    "User": User,
    "Post": Post,
    "Comment": Comment,
    "Tag": Tag,
}


def bound(sdl: str = SDL, **aliases: dict[str, str]) -> GraphQLSchema:
    """Return a schema whose types show the models of their names."""
    schema = build_schema(sdl)
    for name, model in MODELS.items():
        if name in schema.type_map:
            TypeRegistry.of(schema).add(TypeConfig(name, model, aliases.get(name, {})))
    return schema


SCHEMA = bound()
VOCABULARY = Vocabulary.of(SCHEMA, CONFIGS)


def shape_of(coordinate: str, prop: Any = None, **sizes: Any) -> ArgumentsShape:
    """Return the shape of the arguments of a field of the schema."""
    type_name, field_name = coordinate.split(".")
    type_ = SCHEMA.type_map[type_name]
    assert isinstance(type_, GraphQLObjectType)
    mapper = prop.mapper if prop is not None else Post.__mapper__
    definition = type_.fields[field_name]
    return arguments_shape(coordinate, definition, mapper, VOCABULARY, **sizes)


def asked(
    arguments: str,
    field: str = "posts",
    *,
    declared: str = "",
    type_name: str = "Query",
    prop: Any = None,
    sizes: dict[str, Any] | None = None,
    **given: Any,
) -> Window:
    """Return the window of `field(arguments)`, with the variables *given*.

    Options of `window_of` are given as `limits` and `convert`.
    """
    options = {name: given.pop(name) for name in ("limits", "convert") if name in given}
    shape = shape_of(f"{type_name}.{field}", prop, **(sizes or {}))
    below = "{ nodes { id } }" if shape.connection else "{ id }"
    inner = f"{field}{f'({arguments})' if arguments else ''} {below}"
    document = parse(
        f"query Q{f'({declared})' if declared else ''} {{ {inner} }}", no_location=True
    )
    operation: Any = document.definitions[0]
    coerced: Any = get_variable_values(
        SCHEMA, operation.variable_definitions or (), given
    )
    assert not isinstance(coerced, list), coerced
    node = operation.selection_set.selections[0]
    type_: Any = SCHEMA.type_map[type_name]
    values = get_argument_values(type_.fields[field], node, coerced)
    if type_name == "Query":
        errors = validate(SCHEMA, document)
        assert not [one for one in errors if "is never used" not in one.message]
    order = order_keys_of(prop) if prop is not None else ()
    return window_of(
        shape,
        values,
        node,
        getattr(coerced, "coerced", coerced),
        default_order=order,
        **options,
    )
