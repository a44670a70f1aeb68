"""What an application writes on the public names of the packages, without a cast.

It is never run. What a checker infers is held by `assert_type`; a line that is to be
refused has an ignore, and an ignore that nothing needs is an error.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from ariadne import MutationType, make_executable_schema
from ariadne.asgi import GraphQL
from ariadne.asgi.handlers import GraphQLTransportWSHandler
from graphql import GraphQLResolveInfo
from sqlalchemy import ColumnElement, Select, create_engine, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, selectinload, sessionmaker
from typing_extensions import assert_type

from ariadne_sqla import (
    ArgumentLimits,
    DocumentCache,
    GlobalId,
    LoaderRegistry,
    SQLAlchemyDataLoader,
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyDebugExtension,
    SQLAlchemyExecutionContext,
    SQLAlchemyFilterType,
    SQLAlchemyHTTPHandler,
    SQLAlchemyNodeType,
    SQLAlchemyObjectType,
    SQLAlchemyOrderType,
    SQLAlchemyQueryType,
    SQLAlchemySessionMiddleware,
    SQLAlchemySessionWSGIMiddleware,
    SQLAlchemySubscriptionType,
    SQLAlchemyWSGI,
    auto_eager_load,
    document_limits,
    format_error,
    from_global_id,
    get_visible,
    public,
    safe_options,
    serialized,
    to_global_id,
    use_route,
    values_of,
    visible,
)
from ariadne_sqla.check import assert_no_findings, check_schema
from sqla_loaders import connection
from sqla_loaders.testing import count_statements
from sqla_selection import TypeConfig, TypeRegistry, collect, plan, with_options
from sqla_selection.arguments import Window

from .models import Post, User

Info = GraphQLResolveInfo

# Bindables


def visible_posts(post: type[Post], info: Info) -> ColumnElement[bool] | bool:
    """Return which posts may be seen."""
    viewer: int | None = info.context["viewer"]
    return viewer is not None and post.author_id == viewer


class PostType(SQLAlchemyObjectType[Post]):
    """Posts, the newest first."""

    def get_base_query(self, info: Info, /, *, newest: bool = False) -> Select[Any]:
        """Return the statement that root fields start from."""
        stmt = super().get_base_query(info)
        return stmt.order_by(Post.created_at.desc()) if newest else stmt


class AnyType(SQLAlchemyObjectType):
    """A base of an application's types, for whichever model."""


user_type = SQLAlchemyObjectType(
    "User",
    User,
    aliases={"works": "posts", "shout": lambda user, info: user.name.upper()},
    strategies={"works": selectinload},
    requires={"byline": ["name"]},
    max_depth=5,
    policy=public,
)
assert_type(user_type, SQLAlchemyObjectType[User])
assert_type(user_type.model, type[User])
post_type = PostType("Post", Post, policy=visible_posts, trusted=["draft"])
assert_type(post_type.model, type[Post])
PostType("Post", User)  # type: ignore[arg-type]
any_type = AnyType("User", User)


@user_type.field("byline")
def resolve_byline(user: User, info: Info) -> str:
    """Return a line."""
    return f"by {user.name}"


object_types = [SQLAlchemyObjectType("User", User), SQLAlchemyObjectType("Post", Post)]
make_executable_schema("", SQLAlchemyQueryType(object_types), *object_types)

query = SQLAlchemyQueryType(
    [user_type, post_type],
    max_depth=5,
    max_levels=100,
    limits=ArgumentLimits(),
    require_policy=True,
)


@query.field("latest")
def resolve_latest(_: object, info: Info) -> Post | None:
    """Return the latest post."""
    session: Session = info.context["session"]
    stmt = auto_eager_load(select(Post).where(visible(Post, info)), info, Post)
    return session.scalars(stmt).first()


@query.field("mine")
async def resolve_mine(_: object, info: Info) -> list[Post]:
    """Return posts of the viewer."""
    session: AsyncSession = info.context["session"]
    stmt = auto_eager_load(select(Post), info, Post, strategies={"tags": selectinload})
    return list(await session.scalars(stmt))


mutation = MutationType()


@mutation.field("rename")
def resolve_rename(_: object, info: Info, *, id: str, name: str) -> User | None:
    """Rename a user."""
    found: GlobalId = from_global_id(id)
    session: Session = info.context["session"]
    user = session.get(User, found.key)
    if user is not None:
        user.name = name
        session.commit()
    return user


@mutation.field("update")
def resolve_update(_: object, info: Info, *, id: str, input: dict[str, Any]) -> Post:
    """Change what a client names of a post."""
    session: Session = info.context["session"]
    assert_type(get_visible(session, Post, id, info), Post | None)
    post = get_visible(session, Post, id, info, required=True)
    for name, value in values_of(input, Post, info, aliases={"text": "body"}).items():
        setattr(post, name, value)
    return post


@mutation.field("publish")
async def resolve_publish(_: object, info: Info, *, id: str) -> Post | None:
    """Find a post, and return it."""
    session: AsyncSession = info.context["session"]
    assert_type(await get_visible(session, Post, id, info, required=True), Post)
    return await get_visible(session, Post, id, info)


subscription = SQLAlchemySubscriptionType()
bindables = [
    query,
    user_type,
    post_type,
    mutation,
    subscription,
    SQLAlchemyNodeType(),
    SQLAlchemyFilterType("PostFilter", aliases={"called": "title"}),
    SQLAlchemyOrderType("PostOrder", functions={"length": lambda post, info: post.id}),
]
schema = make_executable_schema("type Query { latest: Post }", *bindables)
assert_type(to_global_id("Post", 1), str)

# Loaders


async def loaders(session: AsyncSession, user: User) -> None:
    """Load relationships, by whichever name of them."""
    registry = LoaderRegistry(session)
    posts = registry.get_loader(User.posts)
    assert_type(posts, SQLAlchemyDataLoader[Any, list[Post]])
    assert_type(await posts.load(user.id), list[Post])
    author = registry.get_loader(Post.author.property)
    assert_type(await author.load(1), User)
    assert_type(registry.get_loader(User.posts, PostLoader), PostLoader)
    await SQLAlchemyDataLoader(session, User.posts).load_many([1, 2])


class PostLoader(SQLAlchemyDataLoader[int, list[Post]]):
    """Loads posts in a way of its own."""

    async def batch_load_fn(self, keys: Any) -> list[list[Post]]:
        """Return the posts of each user."""
        return [posts[:1] for posts in await super().batch_load_fn(keys)]


# One layer alone


def planned(info: Info) -> Select[Any]:
    """Return a statement with what is asked, by the steps of `auto_eager_load`."""
    types = TypeRegistry(
        TypeConfig(name, Post, aliases={"writer": "author"}) for name in ("Post",)
    )
    load_plan = plan(collect(info), Post.__mapper__, types)
    return with_options(select(Post), load_plan)


def paged(session: Session, stmt: Select[Any], window: Window) -> dict[str, Any]:
    """Return a page of a statement, which a `Session` has at once."""
    return connection(session, stmt, window).as_connection()


async def paged_later(
    session: AsyncSession, stmt: Select[Any], window: Window
) -> dict[str, Any]:
    """Return the same on an `AsyncSession`."""
    return (await connection(session, stmt, window)).as_connection()


# Servers

engine = create_engine("sqlite://")
documents = DocumentCache(max_size=500)
async_engine = create_async_engine("sqlite+aiosqlite://")


def get_context(request: Any, _: Any) -> dict[str, Any]:
    """Return the context of a request."""
    return {"request": request, "session": request.state.session, "viewer": 1}


app = SQLAlchemySessionMiddleware(
    GraphQL(
        schema,
        context_value=get_context,
        http_handler=SQLAlchemyHTTPHandler(
            extensions=[
                SQLAlchemyDataLoaderExtension,
                SQLAlchemyDebugExtension(strict=True),
            ]
        ),
        websocket_handler=GraphQLTransportWSHandler(),
        execution_context_class=SQLAlchemyExecutionContext,
        validation_rules=[document_limits()],
        error_formatter=format_error,
        query_parser=documents.parse,
        query_validator=documents.validate,
    ),
    async_sessionmaker(async_engine),
)
safe_app = GraphQL(schema, **safe_options())
wsgi_app = SQLAlchemySessionWSGIMiddleware(
    SQLAlchemyWSGI(schema, context_value=lambda environ, _: {"session": environ}),
    sessionmaker(engine),
)


def session_of(scope: MutableMapping[str, Any]) -> AsyncSession:
    """Return a session that knows who asks."""
    return async_sessionmaker(async_engine)(info={"viewer": scope["user"]})


def session_of_environ(environ: dict[str, Any]) -> Session:
    """Return a session that knows who asks."""
    return sessionmaker(engine)(info={"viewer": environ["REMOTE_USER"]})


SQLAlchemySessionMiddleware(safe_app, session_of)
SQLAlchemySessionWSGIMiddleware(
    SQLAlchemyWSGI(schema, context_value={}), session_of_environ
)
SQLAlchemyQueryType(
    object_types,
    session_factory=lambda info: Session(engine, info={"viewer": info.context}),
)
shared = serialized(AsyncSession(async_engine))

# Tests


def test_the_schema() -> None:
    """Fit the models, and take two statements."""
    assert_no_findings(schema, silence=["unbounded-list:*"])
    assert not check_schema(schema)
    with count_statements(engine) as statements, use_route("lazy"):
        pass
    statements.expect(0)
