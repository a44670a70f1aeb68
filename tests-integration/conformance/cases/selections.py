"""What a document may ask, over a small blog."""

from collections.abc import Callable
from typing import Any

from ariadne import InterfaceType, ObjectType, UnionType
from sqlalchemy import Column, ForeignKey, Select, Table, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    joinedload,
    load_only,
    mapped_column,
    query_expression,
    relationship,
    selectinload,
    subqueryload,
    synonym,
    with_expression,
    with_loader_criteria,
)

from ..case import STRINGS, Case, Query, Root, Type


class Base(DeclarativeBase):
    type_annotation_map = STRINGS


post_tag = Table(
    "post_tag",
    Base.metadata,
    Column("post_id", ForeignKey("post.id"), primary_key=True),
    Column("tag_id", ForeignKey("tag.id"), primary_key=True),
)


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_name: Mapped[str]
    full_name: Mapped[str]
    email: Mapped[str]
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="Post.id"
    )
    written_comments: Mapped[list["Comment"]] = relationship(back_populates="author")
    login = synonym("user_name")
    weight: Mapped[int | None] = query_expression()

    @hybrid_property
    def mail_name(self) -> str:
        return self.user_name + "@" + self.email


class Post(Base):
    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User | None] = relationship(back_populates="posts")
    tags: Mapped[list["Tag"]] = relationship(
        secondary=post_tag, back_populates="posts", order_by="Tag.id"
    )
    comments: Mapped[list["Comment"]] = relationship(
        back_populates="post", order_by="Comment.id"
    )


class Comment(Base):
    __tablename__ = "comment"
    id: Mapped[int] = mapped_column(primary_key=True)
    message: Mapped[str]
    stars: Mapped[int]
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    post: Mapped[Post] = relationship(back_populates="comments")
    author: Mapped[User] = relationship(back_populates="written_comments")


class Tag(Base):
    __tablename__ = "tag"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    hint: Mapped[str]
    posts: Mapped[list[Post]] = relationship(secondary=post_tag, back_populates="tags")


def seed(session: Session, generation: int) -> None:
    start = generation * 100
    users = [
        User(
            id=start + number,
            user_name=f"user{number}",
            full_name=f"User {number}",
            email="host",
        )
        for number in range(3)
    ]
    tags = [
        Tag(id=start + number, name=f"tag {number}", hint="long") for number in range(3)
    ]
    session.add_all(users)
    for number, author in enumerate((0, 0, 2, None)):
        post = Post(
            id=start + number,
            title=f"post {number}",
            body=f"body {number}",
            author=None if author is None else users[author],
        )
        post.tags = tags[: 3 - number]
        post.comments = [
            Comment(
                id=start + number * 10 + place,
                message=f"comment {place}",
                stars=place,
                author=users[place],
            )
            for place in range(number)
        ]
        session.add(post)


SDL = """
    type Query {
        users(user_name: [String!], id: [ID!], login: String): [User!]!
        user(id: ID!): User
        posts(author_id: ID, id: [Int!]): [Post!]!
        comments: [Comment!]!
        tags: [Tag!]!
        nodes: [Node!]!
        found: [Found!]!
    }
    interface Node { id: ID! }
    interface Authored implements Node { id: ID! author: User }
    union Found = User | Post
    type User implements Node {
        id: ID! user_name: String! full_name: String! email: String! weight: Int
        mail_name: String! login: String!
        posts: [Post!]! written_comments: [Comment!]! comments: [Comment!]!
    }
    type Post implements Node & Authored {
        id: ID! title: String! body: String! author: User writer: User
        tags: [Tag!]! comments: [Comment!]!
    }
    type Comment implements Node & Authored {
        id: ID! message: String! stars: Int! post: Post! author: User
    }
    type Tag implements Node { id: ID! name: String! hint: String! posts: [Post!]! }
"""


def type_name(instance: Any, *_: Any) -> str:
    """The GraphQL type has the name of the class."""
    return type(instance).__name__


def posts() -> Select[Any]:
    return select(Post).order_by(Post.id)


def users() -> Select[Any]:
    return select(User).order_by(User.id)


def case(
    mapping: str,
    *queries: Query,
    user: dict[str, Any] | None = None,
    post: dict[str, Any] | None = None,
) -> Case:
    return Case(
        mapping=mapping,
        metadata=Base.metadata,
        seed=seed,
        types=[
            Type(
                "User",
                User,
                **{"aliases": {"comments": "written_comments"}, **(user or {})},
            ),
            Type("Post", Post, aliases={"writer": "author"}, **(post or {})),
            Type("Comment", Comment),
            Type("Tag", Tag),
        ],
        sdl=SDL,
        queries=queries,
        # Fields of no one model have a resolver of their own on every path.
        roots={"nodes": Root(posts, always=True), "found": Root(posts, always=True)},
        bindables=[
            InterfaceType("Node", type_name),
            InterfaceType("Authored", type_name),
            UnionType("Found", type_name),
        ],
    )


CAMEL_SDL = """
    type Query { users: [User!]! posts(authorId: ID): [Post!]! }
    type User {
        id: ID! userName: String! fullName: String! email: String! mailName: String!
        writtenComments: [Comment!]! posts: [Post!]!
    }
    type Post { title: String! body: String! author: User comments: [Comment!]! }
    type Comment { message: String! author: User! }
"""


def camel_case(mapping: str, *, convert: bool) -> Case:
    queries = [
        Query("{ users { userName } }", 1, unread=("email", "full_name")),
        Query("{ users { fullName writtenComments { message } } }", 2),
        Query("{ posts { author { userName } } }", 2, unread=("body", "email")),
        Query("{ users { mailName } }", 1, unread=("full_name",)),
    ]
    if convert:
        queries += [
            Query("{ posts(authorId: 100) { author { fullName } } }", 2),
            Query(
                "{ users { userName"
                " writtenComments { message author { fullName } } } }",
                3,
                unread=("email",),
                fault="convert_names_case is planned",
            ),
        ]
    return Case(
        mapping=mapping,
        metadata=Base.metadata,
        seed=seed,
        types=[Type("User", User), Type("Post", Post), Type("Comment", Comment)],
        sdl=CAMEL_SDL,
        queries=queries,
        convert_names_case=convert,
    )


def shown(user: User, info: Any) -> str:
    return f"shown {user.email}"


TWO_TYPES = Case(
    mapping="selection: two GraphQL types on one model",
    metadata=Base.metadata,
    seed=seed,
    types=[
        Type(
            "User",
            User,
            aliases={"name": "user_name"},
            strategies={"posts": subqueryload},
        ),
        Type(
            "Contact",
            User,
            aliases={"name": "full_name", "articles": "posts"},
            resolvers={"shown": shown},
            requires={"shown": ["email"]},
        ),
        Type("Post", Post, aliases={"contact": "author"}),
        Type("Article", Post, aliases={"name": "title", "by": "author"}),
    ],
    sdl="""
        type Query {
            users: [User!]! contacts: [Contact!]! posts: [Post!]! articles: [Article!]!
        }
        type User { name: String! posts: [Post!]! }
        type Contact { name: String! shown: String! articles: [Article!]! }
        type Post { title: String! body: String! author: User contact: Contact }
        type Article { name: String! body: String! by: Contact }
    """,
    queries=[
        Query("{ users { name } }", 1, unread=("full_name", "email")),
        Query("{ contacts { name } }", 1, unread=("user_name", "email")),
        Query("{ contacts { shown } }", 1, unread=("user_name", "full_name")),
        Query(
            "{ posts { author { name } contact { name } } }",
            3,
            unread=("email",),
            fault="two GraphQL types on one model do not collide",
            first={"author": {"name": "user0"}, "contact": {"name": "User 0"}},
        ),
        Query(
            "{ users { name posts { title } }"
            " contacts { name articles { name by { shown } } } }",
            5,
            unread=("body",),
        ),
        Query("{ articles { by { name articles { body } } } }", 3, unread=("title",)),
    ],
)


def own_author(post: Post, info: Any) -> dict[str, str]:
    return {"user_name": f"resolved for {post.title}"}


def own_title(post: Post, info: Any) -> str:
    return f"own {post.body}"


def plain(name: str, field: str, resolver: Callable[..., Any]) -> ObjectType:
    """A bindable that knows nothing of models."""
    bindable = ObjectType(name)
    bindable.set_field(field, resolver)
    return bindable


OWN_RESOLVERS = Case(
    mapping="selection: a resolver of the user's own wins",
    metadata=Base.metadata,
    seed=seed,
    types=[
        Type("User", User, aliases={"name": "user_name"}),
        Type(
            "Post",
            Post,
            aliases={"writer": "author", "heading": "title"},
            resolvers={"author": own_author, "heading": own_title},
        ),
        Type("Comment", Comment),
    ],
    sdl="""
        type Query { users: [User!]! posts: [Post!]! comments: [Comment!]! }
        type User { name: String user_name: String! posts: [Post!]! }
        type Post {
            heading: String! title: String! body: String!
            author: User writer: User comments: [Comment!]!
        }
        type Comment { message: String! post: Post! author: User! }
    """,
    queries=[
        Query("{ posts { author { user_name } } }", 2),
        Query(
            "{ posts { heading } }",
            1,
            fault="an alias does not take the place of an explicit resolver",
            first={"heading": "own body 0"},
        ),
        Query("{ posts { heading writer { user_name } } }", 2, unread=("email",)),
        Query("{ users { posts { heading author { user_name } } } }", 2),
        Query("{ comments { message author { name user_name } } }", 2),
        Query("{ users { name posts { comments { message } } } }", 3),
    ],
    bindables=[
        # Bound by others, after the library's own.
        plain("Comment", "message", lambda comment, _: f"plain {comment.id}"),
        plain("User", "name", lambda user, _: "plain"),
    ],
)


def users_with_options() -> Select[Any]:
    return users().options(
        load_only(User.email),
        selectinload(User.posts).options(load_only(Post.body), joinedload(Post.author)),
        with_expression(User.weight, User.id + 1),
    )


def users_with_posts_joined() -> Select[Any]:
    return users().options(joinedload(User.posts).selectinload(Post.tags))


without_post_1 = with_loader_criteria(Post, Post.title != "post 1")

TITLE = "fragment Title on Post { title }"

CASES = [
    case(
        "selection: fragments",
        Query(
            "query { posts { ...Title } } " + TITLE,
            1,
            unread=("body",),
        ),
        Query(
            "{ posts { ... { title } ... on Post { author { ...Name } } } }"
            " fragment Name on User { user_name ... on User { posts { ...Title } } } "
            + TITLE,
            3,
            unread=("body", "email"),
        ),
        Query(
            "{ posts { ...Whole } } fragment Whole on Post { ...Title ...Tags }"
            " fragment Tags on Post { tags { ...TagName } }"
            " fragment TagName on Tag { name } " + TITLE,
            2,
            unread=("body", "hint"),
        ),
        # A fragment on an interface of the type, and two levels of conditions.
        Query(
            "{ posts { ... on Authored { author { email } ... on Node { id }"
            " ... on Post { title } } } }",
            2,
            unread=("body", "full_name"),
        ),
        # A condition that no post can meet.
        Query(
            "{ posts { title ... on Authored { ... on Comment { post { body } } } } }",
            1,
            unread=("body", "comment"),
        ),
        Query(
            "{ posts { ...Two ... on Post { comments { message } } } }"
            " fragment Two on Post { comments { stars author { user_name } } }",
            3,
            unread=("body", "email"),
        ),
    ),
    case(
        "selection: @skip and @include",
        Query(
            "{ posts { title body @skip(if: true)"
            " tags @include(if: false) { name } } }",
            1,
            unread=("body", "tag"),
        ),
        Query(
            "query ($yes: Boolean!, $no: Boolean!) { posts {"
            " title @include(if: $yes) body @include(if: $no)"
            " tags @skip(if: $yes) { name }"
            " comments @skip(if: $no) { message stars @include(if: $no) } } }",
            2,
            variables={"yes": True, "no": False},
            unread=("body", "tag", "stars"),
        ),
        Query(
            "query ($no: Boolean = false) { posts { title"
            " ... @include(if: $no) { body tags { name } }"
            " ... on Post @skip(if: true) { author { email } }"
            " ...Comments @include(if: $no) ...Comments @skip(if: true) } }"
            " fragment Comments on Post { comments { message } }",
            1,
            unread=("body", "tag", "comment", "users"),
        ),
        Query(
            "query ($no: Boolean!) { posts { title tags @include(if: $no) { name }"
            " ... @skip(if: true) { comments { message } } } }",
            1,
            variables={"no": False},
            unread=("tag", "comment"),
            fault="skipped relationships are not loaded",
        ),
        Query(
            "query ($no: Boolean!) { posts { title ...Tags @skip(if: $no)"
            " ...Tags @include(if: $no) author @skip(if: false) @include(if: true)"
            " { email } } } fragment Tags on Post { tags { name } }",
            3,
            variables={"no": False},
            unread=("body", "hint"),
        ),
        # Skipped once and asked once: it is asked.
        Query(
            "{ posts { tags @skip(if: true) { hint } tags { name } } }",
            2,
            unread=("hint", "body"),
        ),
        Query(
            "{ posts { comments { author @skip(if: true) { email } stars } } }",
            2,
            unread=("users", "message"),
        ),
    ),
    case(
        "selection: repeated fields and aliases",
        Query(
            "{ posts { title title author { user_name } author { email } } }",
            2,
            unread=("body", "full_name"),
        ),
        Query(
            "{ posts { a: author { user_name } b: author { email } c: title } }",
            2,
            unread=("body", "full_name"),
        ),
        Query(
            "{ posts { one: comments { message } two: comments { stars"
            " author { email } } } }",
            3,
            unread=("body",),
        ),
        Query(
            "{ posts { author { user_name } writer { email } } }",
            3,
            unread=("body", "full_name"),
        ),
        Query(
            "{ a: users { user_name } b: users { email posts { title } } }",
            3,
            unread=("body",),
        ),
        Query(
            "{ posts { title: body body: title author { id: email } } }",
            2,
            unread=("full_name",),
        ),
        Query(
            "{ posts { writer { user_name } } }",
            2,
            fault="an aliased relationship reaches the loader",
        ),
        # One row by two ways, with other columns on each.
        Query(
            "{ posts { author { user_name } comments { author { email } } } }",
            4,
            unread=("full_name",),
        ),
        Query("{ users { user_name } comments { author { email } } }", 3),
        Query(
            "{ posts { title author { user_name } tags { name } } }",
            3,
            fault="everything below the root works under graphql_sync",
            first={
                "title": "post 0",
                "author": {"user_name": "user0"},
                "tags": [{"name": f"tag {number}"} for number in range(3)],
            },
        ),
    ),
    case(
        "selection: root fields beside each other",
        Query(
            "{ a: users { user_name } b: posts { title tags { name } }"
            " c: users { posts { author { user_name } } } }",
            6,
            fault="root fields beside each other share one session",
        ),
        Query(
            "{ users { posts { title } } posts { author { user_name } tags { name } }"
            " again: users { user_name } }",
            6,
            fault="manual resolvers beside each other share one session",
        ),
    ),
    case(
        "selection: __typename and relationships alone",
        Query("{ __typename users { __typename } }", 1, unread=("email",)),
        Query(
            "{ users { posts { __typename } } }", 2, unread=("email", "body", "title")
        ),
        Query(
            "{ posts { author { posts { id } } } }",
            3,
            unread=("body", "title", "user_name"),
        ),
        Query(
            '{ __type(name: "Post") { name } posts { t: __typename title } }',
            1,
            unread=("body",),
        ),
    ),
    case(
        "selection: interfaces and unions of several models",
        Query("{ nodes { __typename id ... on Post { title tags { name } } } }", 2),
        Query("{ found { ... on Post { author { user_name } } } }", 2),
        Query("{ nodes { ... on Authored { author { email } } } }", 2),
    ),
    camel_case("selection: camelCase fields, no aliases", convert=False),
    camel_case("selection: convert_names_case=True", convert=True),
    TWO_TYPES,
    OWN_RESOLVERS,
    case(
        "selection: arguments",
        Query(
            '{ users(user_name: ["user0", "user2"]) { user_name posts { title } } }', 2
        ),
        Query('{ users(login: "user1") { full_name } }', 1),
        Query(
            "query ($ids: [ID!]) { users(id: $ids) { id } }",
            1,
            variables={"ids": ["100", "102", "999"]},
        ),
        Query("{ posts(id: [100, 101], author_id: 100) { title } }", 1),
        Query("{ posts(author_id: null) { title body } }", 1),
        Query("{ user(id: 102) { user_name posts { title } } }", 2),
    ),
    case(
        "selection: options of the base query survive",
        # The posts are the base query's own; what it leaves out is loaded again.
        Query("{ users { user_name weight } }", 2, 3),
        Query("{ users { weight posts { title } } }", 3),
        Query(
            "{ users { weight user_name posts { title } } }",
            3,
            4,
            fault="options of the base query do not clash",
            first={
                "weight": 101,
                "user_name": "user0",
                "posts": [{"title": "post 0"}, {"title": "post 1"}],
            },
        ),
        Query("{ users { posts { author { full_name } comments { stars } } } }", 4),
        user={"base_query": users_with_options},
    ),
    case(
        "selection: a filter of the base query holds below",
        Query(
            "{ users { posts { title } } posts { title } }",
            3,
            fault="a filter of the base query can hold below the root",
            first={"posts": [{"title": "post 0"}]},
        ),
        user={"base_query": lambda: users().options(without_post_1)},
        post={"base_query": lambda: posts().options(without_post_1)},
    ),
    case(
        "selection: joins of the base query survive",
        Query("{ users { user_name posts { title tags { name } } } }", 3),
        Query("{ users { user_name comments { message } } }", 4),
        user={
            "base_query": users_with_posts_joined,
            "aliases": {"comments": "written_comments"},
        },
    ),
]
