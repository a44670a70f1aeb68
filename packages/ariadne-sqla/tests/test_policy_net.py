"""The net: SQL of the application's in a statement shows nothing that is hidden."""

import warnings

import pytest
from ariadne import make_executable_schema
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    aliased,
    column_property,
    contains_eager,
    mapped_column,
    relationship,
)

from ariadne_sqla import (
    SQLAlchemyNodeType,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    UnguardedExpressionWarning,
    to_global_id,
)

from .viewing import FUNCTIONS, Asking

SDL = """
type Query {
  users(title: String): [User!]! pages(title: String): Users! node(id: ID!): Node
}
interface Node { id: ID! }
type User implements Node { id: ID! name: String posts: [Post!]! }
type Post { title: String }
type Users { nodes: [User!]! totalCount: Int! }
"""


class Base(DeclarativeBase):
    pass


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped["User"] = relationship(back_populates="posts")


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    posts: Mapped[list[Post]] = relationship(back_populates="author", order_by=Post.id)


def hidden_posts(post, info):
    return True if info.context["viewer"] == "admin" else ~post.title.startswith("h")


def by_subquery(title):
    other = aliased(Post)
    found = select(other.id).where(other.author_id == User.id, other.title == title)
    return select(User).where(found.exists())


def by_join(title):
    return select(User).join(User.posts).where(Post.title == title)


def by_outer_join(title):
    posts = Post.title == title
    joined = select(User).outerjoin(User.posts.and_(posts)).order_by(User.id, Post.id)
    return joined.options(contains_eager(User.posts))


def by_count(title):
    number = select(func.count(Post.id)).where(
        Post.author_id == User.id, Post.title == title
    )
    return select(User).where(number.scalar_subquery() > 0)


def made(stmt_of, *, user=None, post=hidden_posts):
    class UserType(SQLAlchemyObjectType):
        def get_base_query(self, info, /, title="hidden", **kwargs):
            return stmt_of(title)

    types = [
        UserType("User", User, policy=user),
        SQLAlchemyObjectType("Post", Post, policy=post),
    ]
    query = SQLAlchemyQueryType(types)
    return make_executable_schema(SDL, query, SQLAlchemyNodeType(), *types)


@pytest.fixture
def ask(execute, engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        ada, eve = User(id=1, name="Ada"), User(id=2, name="Eve")
        session.add_all(
            [
                Post(id=1, title="a", author=ada),
                Post(id=2, title="hidden", author=eve),
            ]
        )
        session.commit()

    return Asking(execute)


@pytest.mark.parametrize("stmt_of", [by_subquery, by_join, by_count])
async def test_a_base_query_finds_nothing_by_what_is_hidden(ask, stmt_of):
    schema = made(stmt_of)
    document = """{
      users(title: "hidden") { name } pages(title: "hidden") { totalCount }
      other: users(title: "a") { name posts { title } }
    }"""
    ada = {"name": "Ada", "posts": [{"title": "a"}]}
    for route in ("eager", "fallback", "lazy"):
        for options in ({}, FUNCTIONS):
            hidden = await ask(document, "ada", schema, route=route, **options)

            assert hidden["data"] == {
                "users": [],
                "pages": {"totalCount": 0},
                "other": [ada],
            }, ask.statements
            is_json = route == "eager" and bool(options)
            assert len(ask.statements) == (3 if is_json else 4), ask.statements
            seen = await ask(document, "admin", schema, route=route, **options)
            assert seen["data"]["users"] == [{"name": "Eve"}], ask.statements
            assert seen["data"]["pages"] == {"totalCount": 1}


async def test_what_a_base_query_joins_is_left_out_and_its_rows_stay(ask):
    document = '{ users(title: "hidden") { name posts { title } } }'
    schema = made(by_outer_join)
    for route in ("eager", "fallback", "lazy"):
        result = await ask(document, "ada", schema, route=route)

        assert [one["name"] for one in result["data"]["users"]] == ["Ada", "Eve"]
        assert "hidden" not in str(result), ask.statements


async def test_the_base_query_of_a_node_finds_nothing_by_what_is_hidden(ask):
    document = f'{{ node(id: "{to_global_id("User", 2)}") {{ id }} }}'
    schema = made(by_subquery)

    assert await ask(document, "ada", schema) == {"data": {"node": None}}
    assert (await ask(document, "admin", schema))["data"]["node"] is not None


async def test_a_policy_asks_about_all_rows_of_others(ask):
    """What a policy says is the same in the net, or it is not in it."""

    def of_who_writes(user, info):
        return user.posts.any(Post.title == "hidden")

    def of_whom_is_seen(post, info):
        return post.author.has(User.name != "Ada")

    schema = made(by_subquery, user=of_who_writes, post=of_whom_is_seen)
    result = await ask('{ users(title: "hidden") { name } }', "ada", schema)
    assert result == {"data": {"users": [{"name": "Eve"}]}}, ask.statements


async def test_a_policy_that_fails_shows_nothing_in_the_net(ask):
    def failing(post, info):
        raise RuntimeError

    schema = made(by_subquery, post=failing)
    result = await ask('{ users(title: "a") { name } }', "ada", schema)
    assert result == {"data": {"users": []}}


def test_an_expression_that_reads_hidden_rows_is_warned_of():
    class Own(DeclarativeBase):
        pass

    class Item(Own):
        __tablename__ = "items"
        id: Mapped[int] = mapped_column(primary_key=True)
        shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"))

    class Shop(Own):
        __tablename__ = "shops"
        id: Mapped[int] = mapped_column(primary_key=True)

    number = select(func.count(Item.id)).where(Item.shop_id == Shop.id)
    Shop.item_count = column_property(number.scalar_subquery())

    def make(**options):
        shop = SQLAlchemyObjectType("Shop", Shop, **options)
        item = SQLAlchemyObjectType("Item", Item, policy=lambda item, info: False)
        sdl = """
        type Query { shops: [Shop!]! }
        type Shop { id: ID! itemCount: Int }
        type Item { id: ID! }
        """
        return make_executable_schema(
            sdl, SQLAlchemyQueryType([shop, item]), shop, item
        )

    with pytest.warns(UnguardedExpressionWarning) as warned:
        make()
    assert str(warned[0].message) == (
        "Shop.itemCount is an expression that reads rows of 'Item', hidden ones too: "
        "its policy cannot be asked there. Give the field a resolver that asks "
        "`visible(…)`, or say that it may: `trusted=['itemCount']`."
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(trusted=["itemCount"])
